"""The reader of CSV files: it reads what the csv module wrote, and refusals name the place and the remedy."""

import csv
import hashlib
import io
from collections.abc import Callable
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbon_ledger.csv_rows import (
    DELIMITERS,
    MOST_LINE_BYTES,
    Cells,
    CsvFile,
    CsvTable,
    UnreadableRow,
    last_line_of,
    read_csv_file,
)
from carbon_ledger.errors import CarbonLedgerError, MissingDataError, QuantityError

Read = Callable[..., CsvFile]

BREAKS = ("\n", "\r", "\r\n")
PIECES = st.sampled_from(["a", "7", " ", '"', "\n", "\r", "\r\n", "\x0b", "\x85", "\u2028", "é", "\0", *DELIMITERS])
CELLS = st.lists(PIECES, max_size=5).map("".join)


def csv_file(data: bytes, delimiter: str = ",") -> CsvFile:
    return CsvFile("t.csv", data, delimiter, MissingDataError, QuantityError)


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read a file of the given content, by default with commas."""

    def reader(content: str | bytes, delimiter: Any = ",") -> CsvFile:
        path = tmp_path / "table.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_csv_file(path, delimiter=delimiter, missing=MissingDataError, malformed=QuantityError)

    return reader


# --- what is read ---------------------------------------------------------------------------------------------------


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[Cells], str, str, int]:
    """Rows of equal width, a delimiter, a line end, and which cells are quoted."""
    width = draw(st.integers(1, 4))
    rows = draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=6))
    end = draw(st.sampled_from(BREAKS))
    # With another line end the csv module leaves a cell that holds one of the other breaks without quotes.
    quoting = csv.QUOTE_ALL if end != "\r\n" else draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    return rows, draw(st.sampled_from(DELIMITERS)), end, quoting


def written(rows: list[Cells], delimiter: str, end: str, quoting: int) -> tuple[bytes, list[int]]:
    """The rows as the csv module writes them; on which line each begins, and which line follows the last."""
    pieces, lines = [], [1]
    for row in rows:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting).writerow(row)
        pieces.append(text.getvalue())
        lines.append(lines[-1] + pieces[-1].replace("\r\n", "\n").replace("\r", "\n").count("\n"))
    return "".join(pieces).encode(), lines


@given(tables(), st.booleans())
def test_what_the_csv_module_writes_is_read_back_with_its_lines(
    table: tuple[list[Cells], str, str, int], with_bom: bool
) -> None:
    rows, delimiter, end, quoting = table
    data, lines = written(rows, delimiter, end, quoting)
    file = csv_file(b"\xef\xbb\xbf" * with_bom + data, delimiter)
    assert list(file.records()) == list(zip(lines[:-1], rows, strict=True))
    assert [last_line_of(line, cells) + 1 for line, cells in file.records()] == lines[1:]


@given(tables(), st.integers(0, 3))
def test_rows_below_a_header_are_those_of_the_file(table: tuple[list[Cells], str, str, int], blank: int) -> None:
    rows, delimiter, end, quoting = table
    header = [f"c{place}" for place in range(len(rows[0]))]
    data, lines = written([header, *rows], delimiter, end, quoting)
    found = csv_file(blank * end.encode() + data, delimiter).table()
    assert (found.header, found.line) == (tuple(header), 1 + blank)
    expected = [(line + blank, row) for line, row in zip(lines[1:-1], rows, strict=True)]
    assert list(found.rows(keep_empty=True)) == expected
    assert list(found.rows()) == [(line, row) for line, row in expected if "".join(row).strip()]


@settings(max_examples=300)
@given(st.binary(max_size=60) | st.lists(PIECES, max_size=30).map(lambda pieces: "".join(pieces).encode()))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """No other error comes out, and no row is read twice or lost."""
    aside: list[UnreadableRow] = []
    try:
        table = csv_file(data).table()
    except (MissingDataError, QuantityError):
        return
    rows = list(table.rows(set_aside=aside.append))
    assert all(len(cells) == len(table.header) for _, cells in rows)
    taken = sorted(
        [(table.line, last_line_of(table.line, table.header))]
        + [(line, last_line_of(line, cells)) for line, cells in rows]
        + [(row.line, row.last_line) for row in aside]
    )
    assert all(first <= last for first, last in taken)
    assert all(last < first for (_, last), (first, _) in pairwise(taken))


def test_lines_are_those_that_an_editor_shows(read: Read) -> None:
    """Only line feeds and carriage returns end a line: a line separator or a form feed in a cell does not."""
    file = read('a,b\r\n1,"x\ny\r\nz"\r\n\r\n2,\u2028\x0c\x85\x1c\r3,4')
    assert list(file.records()) == [
        (1, ["a", "b"]),
        (2, ["1", "x\ny\r\nz"]),
        (6, ["2", "\u2028\x0c\x85\x1c"]),
        (7, ["3", "4"]),
    ]


@pytest.mark.parametrize("shift", range(8))
def test_line_ends_and_characters_stay_whole_in_long_files(shift: int) -> None:
    """The file is decoded in pieces, and a piece may end inside of a character or between CR and LF."""
    rows = [["é" * 5, "a\r\nb\r"]] * 5_000
    data, lines = written([["x" * shift, "y"], *rows], ",", "\r\n", csv.QUOTE_MINIMAL)
    assert list(csv_file(data).records())[1:] == list(zip(lines[1:-1], rows, strict=True))


def test_the_digest_is_of_the_files_bytes(read: Read, tmp_path: Path) -> None:
    data = b"\xef\xbb\xbfa,b\r\n1,2"
    file = read(data)
    assert file.sha256 == f"sha256:{hashlib.sha256(data).hexdigest()}"
    assert file.path == str(tmp_path / "table.csv")
    assert file.table().header == ("a", "b")


def test_rows_are_made_one_at_a_time() -> None:
    """A hundred thousand rows take as much memory as the one that is read."""
    import tracemalloc

    file = csv_file(b"time,net\n" + b"2024-05-01T00:00Z,1\n" * 100_000)
    tracemalloc.start()
    count = sum(1 for _ in file.table().rows())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 100_000
    assert peak < len(file.data) // 4


def test_rows_can_be_read_again(read: Read) -> None:
    table = read("a\n1\n2\n3\n").table()
    assert list(islice(table.rows(), 1)) == [(2, ["1"])]
    assert [cells for _, cells in table.rows()] == [["1"], ["2"], ["3"]]


@pytest.mark.parametrize("cell", ["", " ", "\t ", "\u00a0"])
def test_a_row_of_blank_cells_is_passed_over_whatever_its_width(read: Read, cell: str) -> None:
    row = ",".join
    table = read(f"{cell},\na,b\n1,2\n{row([cell] * 2)}\n{row([cell] * 5)}\n{cell}\n3,4\n{cell}").table()
    assert (table.line, table.header) == (2, ("a", "b"))
    assert [line for line, _ in table.rows()] == [3, 7]
    aside: list[UnreadableRow] = []
    assert [line for line, _ in table.rows(keep_empty=True, set_aside=aside.append)] == [3, 4, 7]
    assert [row.line for row in aside] == ([5, 6, 8] if cell else [5])
    assert {row.rule for row in aside} == {"fields"}


def test_a_column_says_which_cell_is_its_and_where_a_cell_stands(read: Read) -> None:
    table = read('time,"the\nnote",net\n').table()
    assert [table.column(name).position for name in ("net", "the\nnote", "time")] == [2, 1, 0]
    assert table.column("net").place(7) == f"{table.file.path}, line 7, column 'net'"
    assert table.column("the\nnote").place(7).endswith(r", line 7, column 'the\nnote'")


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            "a,b\n1,2,3\n",
            "line 2: 3 cells, the header has 2; quote a cell that holds ',', and double each quote inside",
        ),
        ('a,b\n"x\ny",2\n1\n', "line 4: 1 cell, the header has 2; complete the row"),
        (
            'a,b\n1,"x\ny"z\n',
            "line 2: not CSV up to line 3: ',' expected after '\"'; close every quote, and double each",
        ),
        ('a,b\n1,2\n1,"2\n\n3,4\n', "line 3: not CSV up to line 5: unexpected end of data; close every quote"),
        ('a,"b"c\n', "line 1: not CSV: ',' expected"),
        ("a,b\n1," + "2" * 200_000, "line 2: not CSV: field larger than field limit"),
        (b"a,b\n1,2\r3,\xff\n", "line 3: byte 10 is not UTF-8; save the file as CSV in UTF-8"),
        (b"\xef\xbb\xbfa,b\n\xc3", "line 2: byte 7 is not UTF-8"),
        ("a,b\n".encode("utf-16"), "line 1: byte 0 is not UTF-8"),
        (b"a\n\n" + b"1" * (MOST_LINE_BYTES + 1), f"line 3: a line of more than {MOST_LINE_BYTES:,} octets"),
        (b"a\n" + b'"x",' * MOST_LINE_BYTES + b"\n1\n", f"line 2: a line of more than {MOST_LINE_BYTES:,} octets"),
    ],
)
def test_what_is_no_table_is_refused_by_its_line(read: Read, content: str | bytes, reason: str) -> None:
    with pytest.raises(QuantityError) as caught:
        list(read(content).table().rows())
    assert f"table.csv, {reason}" in str(caught.value)
    assert type(caught.value) is QuantityError


@pytest.mark.parametrize("end", BREAKS)
def test_lines_may_be_as_long_as_the_limit(end: str) -> None:
    row = ",".join(["x" * 1_023] * 1_024)
    assert len(row) == MOST_LINE_BYTES - 1
    content = f"{row}{end}{row}y{end}".encode()
    assert [len(cells) for _, cells in csv_file(content).records()] == [1_024, 1_024]
    assert [len(cells) for _, cells in csv_file(content.rstrip()).records()] == [1_024, 1_024]


def test_rows_that_cannot_be_read_are_set_aside_if_the_caller_asks(read: Read) -> None:
    table = read('a,b\n1,2\n1,"x\ny"z\n3,4\n5\n6,"7\n').table()
    aside: list[UnreadableRow] = []
    assert [cells for _, cells in table.rows(set_aside=aside.append)] == [["1", "2"], ["3", "4"]]
    assert [(row.line, row.last_line, row.rule, row.cells) for row in aside] == [
        (3, 4, "no-csv", ()),
        (6, 6, "fields", ("5",)),
        (7, 7, "no-csv", ()),
    ]
    assert aside[0].reason.startswith("not CSV up to line 4: ',' expected")
    with pytest.raises(QuantityError, match="line 3: not CSV up to line 4"):
        list(table.rows())


def test_a_faulty_header_is_refused_although_rows_are_set_aside(read: Read) -> None:
    with pytest.raises(QuantityError, match="line 2: not CSV"):
        read('\n"a"b,c\n1,2\n').table()


@pytest.mark.parametrize("content", ["", "\n\n", ",,\n", "\ufeff"])
def test_a_file_without_a_header_is_refused(read: Read, content: str) -> None:
    with pytest.raises(MissingDataError, match=r"table\.csv: the file is empty; expected a header, and rows below it"):
        read(content).table()


@pytest.mark.parametrize(
    ("header", "name", "error", "reason"),
    [
        ("Time,net", "time", MissingDataError, "line 2: no column 'time'; did you mean 'Time'?"),
        ("time,MWh", "net", MissingDataError, "line 2: no column 'net'; the header is ['time', 'MWh']"),
        ("time;net", "time", MissingDataError, "line 2: no column 'time'; the header is one cell, 'time;net': is the "),
        ("time,net", None, MissingDataError, "line 2: no column None; the header is"),
        ("net,time,net,net", "net", QuantityError, "line 2: 3 columns are called 'net'; rename all but one"),
    ],
)
def test_a_column_that_is_absent_or_ambiguous_is_refused(
    read: Read, header: str, name: Any, error: type[CarbonLedgerError], reason: str
) -> None:
    table: CsvTable = read(f"\n{header}\n1,2\n").table()
    with pytest.raises(error) as caught:
        table.column(name)
    assert f"table.csv, {reason}" in str(caught.value)


def test_another_delimiter_is_guessed_for_a_header_of_one_cell(read: Read) -> None:
    for other in set(DELIMITERS) - {","}:
        with pytest.raises(MissingDataError) as caught:
            read(f"time{other}net\n").table().column("net")
        assert str(caught.value).endswith(f"is the delimiter {other!r}?")


@pytest.mark.parametrize("delimiter", ["", ":", ",,", None, 5, ["a"], b","])
def test_a_delimiter_that_is_not_one_of_four_is_refused_before_the_file_is_read(tmp_path: Path, delimiter: Any) -> None:
    with pytest.raises(QuantityError, match=r"delimiter .*: expected one of \(',', ';', '\\t', '\|'\)"):
        read_csv_file(tmp_path / "none", delimiter=delimiter, missing=MissingDataError, malformed=QuantityError)


@pytest.mark.parametrize("name", ["absent.csv", ".", "a\0b.csv"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(MissingDataError, match="cannot be read"):
        read_csv_file(tmp_path / name, missing=MissingDataError, malformed=QuantityError)
