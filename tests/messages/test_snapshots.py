"""What holds for every message, and for the files that have them."""

import re
from collections.abc import Callable

import pytest

from tests.messages import snapshots
from tests.messages.snapshots import COMMAND, PRINTED, Case, Snapshot

LONGEST = 320  # characters; more than three sentences are a page of the documentation
# What no message shows: Python's words for things of ours, and words that this project once had for itself.
INTERNAL = re.compile(r"object at 0x|<class |<function |carbon_ledger\.|\b_[a-z]+|Traceback")
PRIVATE = re.compile(r"\b(the door|doors?|told|said|kept|sealed|furnish\w*|twins?)\b")


@pytest.mark.parametrize("name", snapshots.module_names())
def test_a_file_has_the_snapshots_of_its_module_in_the_order_of_the_cases(name: str) -> None:
    """None is missing, and none is left over."""
    cases = [case.id for case in snapshots.cases_of(snapshots.module_of(name))]
    assert list(snapshots.read(name)) == cases, f"tests/messages/{name}.txt: to write it, {COMMAND}"


@pytest.mark.parametrize("name", snapshots.module_names())
def test_a_file_is_as_the_command_writes_it(name: str) -> None:
    content = snapshots.path_of(name).read_bytes().decode()
    assert snapshots.render(name, snapshots.parse(content)) == content, f"do not edit it: {COMMAND}"


@pytest.mark.parametrize("name", snapshots.module_names())
def test_the_ids_of_a_module_are_different_words(name: str) -> None:
    """So that adding a case renames no other."""
    cases = [case.id for case in snapshots.cases_of(snapshots.module_of(name))]
    assert len(set(cases)) == len(cases)
    assert [case for case in cases if not re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", case)] == []


def test_each_file_has_a_module() -> None:
    assert snapshots.orphans() == [], f"delete them, or: {COMMAND}"


def unfit(snapshot: Snapshot) -> list[str]:
    """What is wrong with a text, whatever it says."""
    label, text = snapshot
    wrong = {
        "a line ends in a blank": any(line != line.rstrip() for line in text.split("\n")),
        "it shows a name of Python's or of the library's inside": INTERNAL.search(text),
        "it has a word that this project alone used": PRIVATE.search(text),
        "it is not one line": label != PRINTED and "\n" in text,
        "it begins with a blank": label != PRINTED and text != text.lstrip(),
        "it is empty": not text,
        "it is too long": label != PRINTED and len(text) > LONGEST,
    }
    return [fault for fault, found in wrong.items() if found]


def test_every_text_is_fit_to_be_read() -> None:
    """A message ends up in a log: it is one line. Only what is printed has several."""
    found = {
        f"{name}.txt, {case}": unfit(snapshot)
        for name in snapshots.module_names()
        for case, snapshot in snapshots.read(name).items()
    }
    assert {place: faults for place, faults in found.items() if faults} == {}


@pytest.mark.parametrize(
    "text",
    [
        "ends in a blank ", "<Ledger object at 0x7f>", "is <class 'int'>", "see Ledger._store", "told at the door",
        "two\nlines", " begins with a blank", "", "x" * (LONGEST + 1),
    ],
)  # fmt: skip
def test_a_text_that_is_not_fit_is_found(text: str) -> None:
    assert unfit(Snapshot("StoreError", text)) != []


CASES = [Case(name, str, None, "found") for name in ("a", "b", "c")]
A, B, C = (Snapshot("found", text) for text in ("one line", "two\n\n  lines", "# three"))


def test_what_is_rendered_is_parsed() -> None:
    """Empty lines inside a text and indented lines come through."""
    assert snapshots.parse(snapshots.render("x", {"a": A, "b": B, "c": C})) == {"a": A, "b": B, "c": C}


def test_a_rewriting_keeps_what_did_not_run_and_drops_what_has_no_case() -> None:
    """In the order of the cases; a case that failed, and never had a snapshot, gets none."""
    before, new = {"gone": A, "b": A, "a": A}, {"b": B}
    assert list(snapshots.merged(CASES, before, new).items()) == [("a", A), ("b", B)]


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], str]:
    """What a comparison of case *name* with a text says."""
    monkeypatch.setattr(snapshots, "_read_once", lambda _: {"a": A})

    def fail(name: str, text: str) -> str:
        with pytest.raises(pytest.fail.Exception) as failed:
            snapshots.compare("x", Case(name, str, None, "found"), text)
        return str(failed.value)

    return fail


def test_another_text_fails_with_the_difference_and_the_command(failing: Callable[[str, str], str]) -> None:
    snapshots.compare("x", CASES[0], A.text)
    assert failing("a", "one line too") == (
        "tests/messages/x.txt, a: the text is not the one of the snapshot (- snapshot, + now):\n"
        "  found\n- one line\n+ one line too\n?         ++++\n"
        f"If the new text is better: {COMMAND}"
    )


def test_a_missing_snapshot_fails_with_the_command(failing: Callable[[str, str], str]) -> None:
    assert failing("b", "text") == f"tests/messages/x.txt, b: no snapshot of this case. To write it: {COMMAND}"
