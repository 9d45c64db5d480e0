"""Files of dispositions: what spreadsheets make of them is read, what is wrong is refused, and nothing is lost."""

import csv
import os
import stat
from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.support.reviewed_ledgers import r06

import carbon_ledger as cl
from carbon_ledger.errors import MissingDataError, QuantityError, StoreError
from carbon_ledger.review import disposition_files, saved_tables
from carbon_ledger.review.disposition_files import _read, _written

BOM = b"\xef\xbb\xbf"
HEADER = tuple(column.name for column in cl.Disposition._columns)


@pytest.fixture(scope="module")
def review() -> cl.Review:
    return r06().ledger.review()


@pytest.fixture
def path(tmp_path: Path, review: cl.Review) -> Path:
    made = tmp_path / "dispositions.csv"
    cl.update_dispositions(made, review)
    return made


def rows_of(path: Path) -> list[list[str]]:
    return list(csv.reader(StringIO(path.read_bytes().removeprefix(BOM).decode(), newline="")))


def write(path: Path, rows: list[list[str]], delimiter: str = ",", encoding: str = "utf-8", quoting: int = 0) -> None:
    """As a spreadsheet saves a table."""
    text = StringIO(newline="")
    csv.writer(text, delimiter=delimiter, quoting=quoting).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))


def edit(path: Path, **cells: str) -> None:
    """Write into the first row."""
    rows = rows_of(path)
    for name, text in cells.items():
        rows[1][rows[0].index(name)] = text
    write(path, rows)


def test_a_new_file_has_an_open_row_for_each_flag(path: Path, review: cl.Review) -> None:
    assert path.read_bytes().startswith(BOM), "without it, Excel shows names of Azerbaijan in another encoding"
    head, *rows = rows_of(path)
    assert tuple(head) == HEADER
    assert [row[head.index("key")] for row in rows] == [flag.key for flag in review.flags]
    assert {row[head.index("disposition")] for row in rows} == {"open"}
    assert cl.read_dispositions(path) == cl.Dispositions().updated(review)


def test_what_the_auditor_writes_is_read_and_kept(path: Path, review: cl.Review) -> None:
    edit(path, disposition="Explained", response="seen", by="Ə. Auditor", date="2026-03-03", misstated_wh="5000")
    (first, *others) = cl.read_dispositions(path).rows
    assert (first.disposition, first.response, first.by) == ("explained", "seen", "Ə. Auditor")
    assert (first.date, first.misstated_wh, first.is_open) == (date(2026, 3, 3), 5_000, False)
    assert all(item.is_open for item in others)
    before = path.read_bytes()
    cl.update_dispositions(path, review)
    assert path.read_bytes() == before, "nothing is new, so nothing is written"
    empty = evolve(review, flags=review.flags[:0])
    assert {item.status for item in cl.update_dispositions(path, empty).rows} == {"gone"}
    assert cl.read_dispositions(path).rows[0] == evolve(first, status="gone")
    assert cl.update_dispositions(path, review).rows[0] == first


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_what_spreadsheets_save_is_read(
    path: Path, review: cl.Review, delimiter: str, quoting: int, encoding: str
) -> None:
    edit(path, response='"quoted"; with, every\n|separator\tof a spreadsheet', disposition="CL")
    rows = rows_of(path)
    expected = cl.read_dispositions(path)
    write(path, [*rows, ["" for _ in rows[0]]], delimiter, encoding, quoting)
    assert cl.read_dispositions(path) == expected
    cl.update_dispositions(path, evolve(review, flags=review.flags[1:]))
    assert delimiter.join(HEADER) in path.read_text(encoding="utf-8"), "the file stays as the spreadsheet reads it"
    assert cl.read_dispositions(path).rows[0] == evolve(expected.rows[0], status="gone")


def test_columns_may_move_and_further_columns_are_kept(path: Path, review: cl.Review) -> None:
    head, *rows = rows_of(path)
    order = [*reversed(range(len(head)))]
    moved = [["my note", *(row[k] for k in order)] for row in [head, *rows]]
    for k, row in enumerate(moved[1:]):
        row[0] = f"=note {k}"
    write(path, moved)
    found = cl.read_dispositions(path)
    assert found.other_columns == ("my note",)
    assert [item.others for item in found.rows] == [(("my note", f"=note {k}"),) for k in range(len(rows))]
    changed = evolve(review, flags=cl.Listing([evolve(review.flags[0], exposure_wh=1)], cl.Flag))
    made = cl.update_dispositions(path, changed)
    assert made == cl.read_dispositions(path)
    assert rows_of(path)[0] == moved[0]
    assert [item.others[0][1] for item in made.rows] == [*(f"=note {k}" for k in range(len(rows))), ""]
    assert rows_of(path)[1][0] == "'=note 0", "what a spreadsheet would run has an apostrophe before it"


hostile = st.text(st.sampled_from("ab=+-@';,\"|\n\t é"), max_size=12).map(str.strip)


@given(response=hostile, note=hostile, by=st.text(st.sampled_from("ab=+-@';,\" é"), max_size=8).map(str.strip))
def test_every_text_comes_back(review: cl.Review, response: str, note: str, by: str) -> None:
    """With every delimiter, also what begins as a formula."""
    (item,) = cl.Dispositions().updated(evolve(review, flags=review.flags[:1])).rows
    item = evolve(item, response=response, by=by, others=(("note", note),))
    made = cl.Dispositions(rows=cl.Listing([item], cl.Disposition), other_columns=("note",))
    for delimiter in (",", ";", "\t", "|"):
        data = _written(made, (*HEADER, "note"), delimiter)
        assert disposition_files._parsed("file.csv", data).dispositions == made


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"disposition": "explaned"}, "column 'disposition': 'explaned', expected one of open, CL, CAR, explained, "),
        ({"disposition": "passed"}, "'passed', expected one of"),
        (
            {"date": "3/4/2026"},
            "column 'date': '3/4/2026', expected a day such as 2025-03-03; format the column",
        ),
        ({"date": "2026-02-30"}, "column 'date': '2026-02-30'"),
        ({"date": "31.4.2026"}, "column 'date': '31.4.2026'"),
        ({"misstated_wh": "1.2E+11"}, "column 'misstated_wh': '1.2E+11', expected whole Wh"),
        ({"misstated_wh": "1,000"}, "column 'misstated_wh'"),
        ({"misstated_wh": "-5"}, "column 'misstated_wh'"),
        ({"misstated_wh": "٣"}, "column 'misstated_wh'"),
        ({"key": "R25"}, "column 'key': 'R25', expected the key of a flag"),
        ({"ledger": ""}, "column 'ledger': '', expected the ledger's id"),
        ({"rule": ""}, "column 'rule': ''"),
        ({"status": "done"}, "column 'status': 'done', expected one of current, gone"),
        ({"response": "a\x00b"}, "column 'response'"),
        ({"response": 2_001 * "a"}, "column 'response'"),
        ({"by": "two\nlines"}, "column 'by'"),
    ],
)
def test_a_cell_that_cannot_be_right_is_refused_with_its_line(
    path: Path, review: cl.Review, cells: dict[str, str], words: str
) -> None:
    edit(path, **cells)
    before = path.read_bytes()
    with pytest.raises(QuantityError) as found:
        cl.read_dispositions(path)
    assert f"{path}, line 2, " in str(found.value)
    assert words in str(found.value)
    with pytest.raises(QuantityError):
        cl.update_dispositions(path, evolve(review, flags=review.flags[:0]))
    assert path.read_bytes() == before


def test_a_day_is_read_in_two_ways(path: Path) -> None:
    for text in ("2026-04-03", "3.4.2026", "03.04.2026"):
        edit(path, date=text)
        assert cl.read_dispositions(path).rows[0].date == date(2026, 4, 3)


def test_two_rows_about_a_flag_have_to_be_equal(path: Path) -> None:
    rows = rows_of(path)
    write(path, [*rows, rows[1]])
    assert len(cl.read_dispositions(path).rows) == len(rows) - 1
    other = [*rows[1]]
    other[rows[0].index("response")] = "another"
    write(path, [*rows, other])
    with pytest.raises(QuantityError, match=rf"line {len(rows) + 1}: another row about the flag of line 2, with other"):
        cl.read_dispositions(path)


def test_files_of_something_else_are_refused_and_kept(tmp_path: Path, review: cl.Review) -> None:
    path = tmp_path / "file"
    for data, error in (
        (b"", MissingDataError),
        (b"a,b\r\n1,2\r\n", MissingDataError),
        (b'"a"b,c\r\n', QuantityError),
        ("rule;sévérité".encode("latin-1"), QuantityError),
        (b"PK\x03\x04\x00\x00", MissingDataError),
    ):
        path.write_bytes(data)
        for ask in (lambda: cl.read_dispositions(path), lambda: cl.update_dispositions(path, review)):
            with pytest.raises(error):
                ask()
        assert path.read_bytes() == data
    with pytest.raises(MissingDataError, match="cannot be read"):
        cl.read_dispositions(tmp_path / "none.csv")
    with pytest.raises(MissingDataError, match="a directory"):
        cl.update_dispositions(tmp_path, review)
    with pytest.raises(QuantityError, match="expected a Review"):
        cl.update_dispositions(tmp_path / "none.csv", ())  # type: ignore[arg-type]
    assert not (tmp_path / "none.csv").exists()


def test_the_number_of_rows_and_columns_and_the_length_are_bounded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disposition_files, "MOST_ROWS", 1)
    with pytest.raises(QuantityError, match="line 3: more than 1 rows"):
        cl.read_dispositions(path)
    monkeypatch.setattr(disposition_files, "MOST_BYTES", 100)
    with pytest.raises(MissingDataError, match="expected at most 100"):
        cl.read_dispositions(path)
    monkeypatch.setattr(disposition_files, "MOST_BYTES", 1 << 20)
    monkeypatch.setattr(saved_tables, "MOST_COLUMNS", 3)
    with pytest.raises(QuantityError, match="14 columns, expected at most 3"):
        cl.read_dispositions(path)


def fails(*args: object) -> None:
    raise OSError(28, os.strerror(28))


@pytest.mark.parametrize("call", ["replace", "fsync", "chmod"])
def test_a_file_that_cannot_be_written_stays_as_it_was(
    path: Path, review: cl.Review, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    before = path.read_bytes()
    monkeypatch.setattr(os, call, fails)
    with pytest.raises(StoreError, match="cannot be written"):
        cl.update_dispositions(path, evolve(review, flags=review.flags[:0]))
    assert path.read_bytes() == before
    assert [item.name for item in path.parent.iterdir()] == [path.name]


def test_what_somebody_saves_meanwhile_is_not_lost(
    path: Path, review: cl.Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = _read

    def late(name: str) -> object:
        found = read(name)
        edit(path, response="saved meanwhile")
        return found

    monkeypatch.setattr(disposition_files, "_read", late)
    with pytest.raises(StoreError, match="changed by another program in the meantime; do it again"):
        cl.update_dispositions(path, evolve(review, flags=review.flags[:0]))
    assert cl.read_dispositions(path).rows[0].response == "saved meanwhile"


def test_a_link_and_the_mode_of_the_file_stay(path: Path, review: cl.Review) -> None:
    os.chmod(path, 0o640)
    link = path.parent / "link.csv"
    link.symlink_to(path)
    cl.update_dispositions(link, evolve(review, flags=review.flags[:0]))
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert {item.status for item in cl.read_dispositions(path).rows} == {"gone"}


def test_an_open_ledger_is_never_replaced(tmp_path: Path, review: cl.Review) -> None:
    made: Callable[[], cl.Ledger] = lambda: cl.open_ledger(tmp_path / "ledger.db", ledger_id="reviewed")  # noqa: E731
    with made() as ledger:
        with pytest.raises(MissingDataError, match="has the ledger open"):
            cl.update_dispositions(tmp_path / "ledger.db", review)
        assert ledger.audit().passed
