"""Notes of an audit: a hundred of each kind and the count of the rest, with any number of workers."""

from typing import Any

import pytest

from carbon_ledger.audit.findings import AuditNote
from carbon_ledger.audit.notes import Notes, require_record


def noted(*kinds: tuple[str, int, int]) -> Notes:
    """The notes of entries first..end-1, of each kind."""
    notes = Notes()
    for kind, first, end in kinds:
        notes.add((kind, AuditNote(n, f"{kind} {n}")) for n in range(first, end))
    return notes


def test_many_notes_of_one_kind_hide_none_of_another() -> None:
    notes = noted(("a", 0, 150), ("b", 150, 151)).all()
    assert [note.detail for note in notes[:2]] == ["a 0", "a 1"]
    assert len(notes) == 102
    assert notes[100].detail == "b 150"
    assert notes[101] == AuditNote(149, "a: 50 more such notes; this entry is the last of them")


@pytest.mark.parametrize("cut", [0, 1, 60, 100, 140, 240, 250])
def test_notes_of_slices_are_those_of_the_whole(cut: int) -> None:
    whole = noted(("a", 0, 250))
    merged = Notes()
    for part in (noted(("a", 0, cut)), noted(("a", cut, 250))):
        merged.merge(require_record(part.to_record()))
    assert merged.all() == whole.all()
    assert merged.to_record() == whole.to_record()


@pytest.mark.parametrize(
    "record",
    [
        [],
        {},
        {"shown": []},
        {"shown": [["a", 1]], "more": []},
        {"shown": [["a", True, "b"]], "more": []},
        {"shown": ["abc"], "more": []},
        {"shown": [], "more": [["a", 1, None]]},
        {"shown": [], "more": {}},
        {"shown": [], "more": [], "other": 1},
    ],
)
def test_what_a_process_sends_is_checked(record: Any) -> None:
    with pytest.raises(ValueError, match="not the notes of a report"):
        require_record(record)
