"""Exports of registries: small files for every reason to refuse a row, and files that are refused as a whole."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import carbon_ledger as cl
from carbon_ledger.csv_rows import DELIMITERS
from carbon_ledger.errors import MissingDataError, QuantityError, SerialError
from carbon_ledger.registries.files import THOUSANDS, read_registry_csv
from carbon_ledger.registries.rows import REFUSALS, RefusedRow, RegistryRows

HEAD = "Serial,Quantity,Note\n"
Read = Callable[..., RegistryRows]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read a file of the given content, by default one of ACR with columns Serial and Quantity."""

    def reader(content: str | bytes, **changes: Any) -> RegistryRows:
        path = tmp_path / "export.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        options: dict[str, Any] = {"serial_column": "Serial", "quantity_column": "Quantity", "registry": "acr"}
        return read_registry_csv(path, **options | changes)

    return reader


def acr(first: int, last: int, batch: int = 7) -> str:
    return f"ACR-US-1-2024-{batch}-{first} to {last}"


def told(export: RegistryRows) -> list[tuple[int, str]]:
    return [(row.line, row.rule) for row in export.refused]


def only(export: RegistryRows) -> RefusedRow:
    (row,) = export.refused
    return row


def test_a_small_export_is_read(read: Read, tmp_path: Path) -> None:
    content = HEAD + f"{acr(1, 10)},10,first\n{acr(11, 11)}, 1 , second\n"
    export = read(content, columns=["Note", "Quantity"])
    assert [(row.line, str(row.serial), row.quantity) for row in export.rows] == [
        (2, acr(1, 10), 10),
        (3, acr(11, 11), 1),
    ]
    assert [dict(row.cells) for row in export.rows] == [
        {"Note": "first", "Quantity": "10"},
        {"Note": "second", "Quantity": "1"},
    ]
    assert (export.refused, export.row_count, export.quantity) == ((), 2, 11)
    assert export.sha256 == f"sha256:{hashlib.sha256(content.encode()).hexdigest()}" == cl.digest_file(export.path)
    assert export.path == str(tmp_path / "export.csv")


@pytest.mark.parametrize(
    "content",
    [
        HEAD + f"{acr(1, 2)},2,\n",
        HEAD + f"{acr(1, 2)},2,",
        "\ufeff" + HEAD + f"{acr(1, 2)},2,\n",
        (HEAD + f"{acr(1, 2)},2,\n").replace("\n", "\r\n"),
        "\n" + HEAD + f"\n\n{acr(1, 2)},2,\n\n",
        HEAD + f' {acr(1, 2)}\t,"2","two\nlines"\n',
        f"Note,Quantity,Serial\nx,2,{acr(1, 2)}\n",
    ],
)
def test_one_table_has_many_spellings(read: Read, content: str) -> None:
    export = read(content)
    assert (export.quantity, export.row_count) == (2, 1)
    assert not export.rows[0].cells


def test_a_row_begins_on_its_first_line(read: Read) -> None:
    content = HEAD + f'{acr(1, 2)},2,"a\nb\nc"\n\n{acr(3, 4)},2,\n{acr(5, 6)},9,"d\ne"\n'
    export = read(content)
    assert [row.line for row in export.rows] == [2, 6]
    refused = only(export)
    assert (refused.line, refused.last_line, refused.rule) == (7, 8, "count")
    assert refused.cells == (acr(5, 6), "9", "d\ne")


@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_a_delimiter_is_the_callers(read: Read, delimiter: str) -> None:
    content = (HEAD + f"{acr(1, 2)},2,\n").replace(",", delimiter)
    assert read(content, delimiter=delimiter).quantity == 2


@pytest.mark.parametrize(
    ("fields", "rule", "reason"),
    [
        ("{ok},2,a,b", "fields", "4 cells, the header has 3; quote a cell that holds ','"),
        ("{ok},2", "fields", "2 cells, the header has 3"),
        (" ", "fields", "1 cell, the header has 3"),
        ('{ok},2,"a "tour", in 2025"', "no-csv", "not CSV: ',' expected after '\"'"),
        (",,", "serial", "column 'Serial': acr serial '': expected 'ACR-'"),
        ("ACR-US-1-2024-7,2,", "serial", "the text ends with part 'batch' ('7')"),
        ("CAR-1-US-293-1-120-CA-2006-102-1 to 2,2,", "serial", "expected 'ACR-' at character 1"),
        ("{ok},,", "quantity", "column 'Quantity': '', expected a whole number"),
        ("{ok},2.0,", "quantity", "'2.0', expected a whole number"),
        ("{ok},+2,", "quantity", "'+2', expected a whole number"),
        ("{ok},٢,", "quantity", "'٢', expected a whole number"),
        ("{ok},²,", "quantity", "'²', expected a whole number"),
        ("{ok}," + "0" * 31 + ",", "quantity", "expected a whole number"),
        ('{ok},"1,000",', "quantity", "'1,000', expected a whole number with '' between groups of three digits (pass"),
        ("{ok},1,", "count", "column 'Quantity': 1, but 1 to 2 are 2 (last - first + 1) in 'ACR-US-1-2024-7-1 to 2'"),
        ("{ok},0,", "count", "column 'Quantity': 0, but 1 to 2 are 2"),
    ],
)
def test_a_row_that_is_refused(read: Read, fields: str, rule: str, reason: str) -> None:
    """The rows around it are read."""
    line = fields.replace("{ok}", acr(1, 2))
    export = read(HEAD + f"{acr(11, 12)},2,\n{line}\n{acr(21, 22)},2,\n")
    assert [row.line for row in export.rows] == [2, 4]
    refused = only(export)
    assert (refused.line, refused.last_line, refused.rule) == (3, 3, rule)
    assert reason in refused.reason


def test_every_rule_is_on_the_list(read: Read) -> None:
    rows = [f'{acr(1, 2)},2,"a"b"', "x", "x,1,", f"{acr(1, 2)},x,", f"{acr(1, 2)},3,", f"{acr(1, 2)},2,"]
    export = read(HEAD + "\n".join([*rows, f"{acr(2, 3)},2,"]))
    assert [rule for _, rule in told(export)] == list(REFUSALS)
    assert [row.line for row in export.rows] == [7]


def test_a_quote_that_is_never_closed_is_told_with_all_that_it_took(read: Read) -> None:
    export = read(HEAD + f'{acr(1, 2)},2,\n{acr(3, 4)},2,"a note\n{acr(5, 6)},2,\n{acr(7, 8)},2,\n')
    assert export.quantity == 2
    refused = only(export)
    assert (refused.line, refused.last_line, refused.cells) == (3, 5, ())
    assert refused.reason.startswith("not CSV up to line 5: unexpected end of data")


@pytest.mark.parametrize(
    ("thousands", "printed", "value"),
    [
        (",", "1,234,567", 1_234_567),
        (",", "12,345", 12_345),
        (",", "123,456", 123_456),
        (",", "1234567", 1_234_567),
        (".", "1.234", 1_234),
        (" ", "1 234", 1_234),
        ("'", "1'234", 1_234),
        (",", "1,23", None),
        (",", "1234,567", None),
        (",", ",234", None),
        (",", "1,,234", None),
        (",", "1,234.5", None),
        (".", "1,234", None),
    ],
)
def test_thousands_are_in_groups_of_three(read: Read, thousands: str, printed: str, value: int | None) -> None:
    export = read(HEAD + f'{acr(1, value or 1)},"{printed}",\n', thousands=thousands)
    assert export.quantity == (value or 0)
    assert told(export) == ([] if value else [(2, "quantity")])


def test_of_two_rows_that_overlap_the_earlier_one_is_accepted(read: Read) -> None:
    rows = [acr(100, 199), acr(1, 100), acr(1, 99), acr(199, 300), acr(200, 300), acr(150, 150), acr(1, 1000)]
    counts = [100, 100, 99, 102, 101, 1, 1000]
    export = read(HEAD + "".join(f"{text},{count},\n" for text, count in zip(rows, counts, strict=True)))
    assert [row.line for row in export.rows] == [2, 4, 6]
    assert told(export) == [(3, "overlap"), (5, "overlap"), (7, "overlap"), (8, "overlap")]
    assert export.refused[0].reason == f"{acr(1, 100)!r} overlaps {acr(100, 199)!r} of line 2"
    assert [row.reason.rpartition(" ")[2] for row in export.refused] == ["2", "2", "2", "6"]
    assert export.refused[0].cells == (acr(1, 100), "100", "")


def test_what_was_refused_takes_no_units(read: Read) -> None:
    export = read(HEAD + f"{acr(1, 10)},9,\n{acr(1, 10)},10,\n{acr(10, 11)},2,\n{acr(11, 11)},1,\n")
    assert (told(export), export.row_count) == ([(2, "count"), (4, "overlap")], 4)
    assert [row.line for row in export.rows] == [3, 5]


def test_the_same_numbers_in_two_spaces_do_not_overlap(read: Read) -> None:
    gs = "GS1-1-KE-GS1-16-2025-7-1-10"
    rows = [acr(1, 10), acr(1, 10, batch=8), gs, gs.replace("-7-", "-8-"), gs.replace("KE", "UG")]
    content = HEAD + "".join(f"{text},10,\n" for text in rows)
    assert told(read(content, registry=["acr", "gold-standard"])) == told(read(content, registry=None))
    assert told(read(content, registry=None)) == [(6, "overlap")]
    assert told(read(content)) == [(4, "serial"), (5, "serial"), (6, "serial")]


def test_a_grammar_of_ones_own_reads_a_file(read: Read) -> None:
    form = cl.SerialForm("GCC-{project}-{first}-{last}", space="{project}")
    gcc = cl.SerialGrammar(id="gcc", name="Global Carbon Council", forms=(form,))
    export = read(HEAD + "GCC-S1-1-9,9,\nGCC-S2-9-9,1,\nGCC-S1-9-9,1,\n", registry=gcc)
    assert (export.quantity, told(export)) == (10, [(4, "overlap")])


def test_a_file_without_rows_holds_nothing(read: Read) -> None:
    export = read(HEAD)
    assert (export.rows, export.refused, export.row_count, export.quantity) == ((), (), 0, 0)


@pytest.mark.parametrize(
    ("content", "changes", "error", "reason"),
    [
        ("", {}, MissingDataError, "the file is empty; expected a header"),
        ("\n\n", {}, MissingDataError, "the file is empty; expected a header"),
        ("Serials,Quantity\n", {}, MissingDataError, "line 1: no column 'Serial'; did you mean 'Serials'?"),
        (HEAD, {"columns": ["Vintage"]}, MissingDataError, "no column 'Vintage'; the header is ['Serial', "),
        ("Serial,Quantity,Serial\n", {}, QuantityError, "2 columns are called 'Serial'; rename all but one"),
        ('Serial,"Quan"tity"\n', {}, QuantityError, "line 1: not CSV: "),
        (HEAD.encode() + b"\xff", {}, QuantityError, "byte 21 is not UTF-8; save the file as CSV in UTF-8"),
        (HEAD, {"delimiter": ":"}, QuantityError, "delimiter ':': expected one of (',', "),
        (HEAD, {"thousands": "_"}, QuantityError, "thousands '_': expected one of ('', "),
        (HEAD, {"registry": "gcc"}, SerialError, "registry 'gcc': expected a SerialGrammar or one of acr, "),
        (HEAD, {"registry": 5}, SerialError, "registry 5: expected a SerialGrammar or one of acr, "),
    ],
)
def test_what_is_refused_as_a_whole(
    read: Read, content: str | bytes, changes: dict[str, Any], error: type[Exception], reason: str
) -> None:
    with pytest.raises(error) as caught:
        read(content, **changes)
    assert reason in str(caught.value)


@pytest.mark.parametrize(("name", "reason"), [("absent.csv", "No such file"), ("a\0b.csv", "null")])
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(MissingDataError, match=rf"cannot be read: .*{reason}"):
        read_registry_csv(tmp_path / name, serial_column="Serial", quantity_column="Quantity")


def test_a_column_named_twice_may_stand_aside(read: Read) -> None:
    assert read(f"Serial,Quantity,Note,Note\n{acr(1, 2)},2,a,b\n").quantity == 2


def test_separators_are_told_apart() -> None:
    assert len(set(THOUSANDS)) == len(THOUSANDS)
    assert not set(THOUSANDS) & set("0123456789")
