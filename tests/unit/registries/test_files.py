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
    rows = [
        f'{acr(1, 2)},2,"a"b"', "x", "x,1,,", f"{acr(1, 2)},2,new,", f"{acr(1, 2)},x,,", f"{acr(1, 2)},3,,",
        f"{acr(1, 2)},2,,", f"{acr(2, 3)},2,,", f"{acr(1, 1)},1,R1,",
    ]  # fmt: skip
    given = {"revision_column": "Note", "revisions": "newest"}
    export = read("Serial,Quantity,Note,Parent\n" + "\n".join([*rows[:-2], rows[-1], rows[-2]]), **given)
    rules = [rule for _, rule in told(export)]
    parent = read(HEAD + f"{acr(1, 2)},3,\n", quantity="parent-total", parent_columns=["Note"])
    assert rules == ["no-csv", "fields", "serial", "revision", "quantity", "count", "superseded"]
    assert [row.line for row in export.rows] == [9, 10]
    overlaps = read("Serial,Quantity,Note\n" + f"{acr(1, 2)},2,\n{acr(2, 3)},2,\n")
    assert {*rules, *(rule for _, rule in told(overlaps) + told(parent))} == set(REFUSALS)
    assert len(set(REFUSALS)) == len(REFUSALS) == 9


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


CDC = "CDC_7_1_1_321_14_CO_1_1"
RANGED = "serial,from,to,quantity\n"
IN_COLUMNS = {"serial_column": "serial", "range_columns": ["from", "to"], "quantity_column": "quantity"}


@pytest.mark.parametrize("registry", ["cercarbono", None])
def test_a_range_in_two_columns_is_read(read: Read, registry: str | None) -> None:
    """Cercarbono writes it so; 100 + 900 + 546 = 1,546 units."""
    rows = [(CDC, 1, 100, 100), (CDC, 101, 1000, 900), ("CDC_1_1_1_321_14_1_2009", 4426, 4971, 546)]
    content = RANGED + "".join(f"{','.join(map(str, row))}\n" for row in rows)
    export = read(content, registry=registry, **IN_COLUMNS)
    assert (export.quantity, export.refused) == (1_546, ())
    assert [str(row.serial) for row in export.rows] == [f"{series} {low} to {high}" for series, low, high, _ in rows]


@pytest.mark.parametrize(
    ("row", "rule", "reason"),
    [
        (f"{CDC},101,100,0", "serial", "the range 101 to 100 is reversed"),
        (f"{CDC},1,,1", "serial", "range '1' to '': expected 1 to 15 digits"),
        (f"{CDC},1.0,2,2", "serial", "range '1.0' to '2': expected 1 to 15 digits"),
        (f"{CDC}_BF,1,2,2", "serial", "cercarbono serial "),
        (f"{CDC},1,3,2", "count", "2, but 1 to 3 are 3"),
        (f"{CDC} 1 to 9,1,9,9", "serial", "cercarbono serial "),
    ],
)
def test_a_range_in_two_columns_is_refused(read: Read, row: str, rule: str, reason: str) -> None:
    export = read(RANGED + f"{CDC},11,12,2\n{row}\n", registry="cercarbono", **IN_COLUMNS)
    assert (export.quantity, only(export).line, only(export).rule) == (2, 3, rule)
    assert reason in only(export).reason


def test_the_serials_of_the_first_and_the_last_unit_are_read(read: Read) -> None:
    content = "a,b,n\nRW-5-14-2-2-0-70,RW-5-16-2-2-0-70,3\nACR-US-1-2024-7-5,ACR-US-1-2024-7-9,5\n"
    wrong = "ACR-US-1-2024-7-5,ACR-US-1-2024-8-9,5\nACR-US-1-2024-7-,ACR-US-1-2024-7-9,5\n"
    columns = {"serial_column": None, "range_columns": ["a", "b"], "quantity_column": "n"}
    export = read(content + wrong, registry=["acr", "cdm"], **columns)
    assert [str(row.serial) for row in export.rows] == [
        "RW-5-14-2-2-0-70 - RW-5-16-2-2-0-70",
        "ACR-US-1-2024-7-5 to 9",
    ]
    assert (export.quantity, told(export)) == (8, [(4, "serial"), (5, "serial")])


ISO = "ISO-1-BSTORE-GBR-F5X7-2024"


@pytest.mark.parametrize(
    ("unit", "printed", "accepted"),
    [
        ("kg", "1500", True),
        ("kg", "1500.0", True),
        ("t", "1.5", True),
        ("t", "1.500", True),
        ("units", "1500", True),
        ("units", "1.5", False),
        ("kg", "1.5", False),
        ("t", "1500", False),
        ("t", "1.5005", False),
        ("t", "1.", False),
        ("t", ".5", False),
        ("kg", "-1500", False),
        ("kg", "1e3", False),
    ],
)
def test_kilograms_and_tonnes_are_read_exactly(read: Read, unit: str, printed: str, accepted: bool) -> None:
    export = read(HEAD + f"{ISO}-1-1500,{printed},\n", registry="isometric", quantity_unit=unit)
    assert (len(export.rows), export.quantity, export.quantity_kg) == ((1, 1500, 1500) if accepted else (0, 0, 0))


@pytest.mark.parametrize(
    ("unit", "printed", "rule"),
    [("kg", "2000", ""), ("t", "2", ""), ("kg", "2001", "quantity"), ("kg", "2", "quantity")],
)
def test_kilograms_of_a_registry_of_tonnes_are_whole_tonnes(read: Read, unit: str, printed: str, rule: str) -> None:
    export = read(HEAD + f"{acr(1, 2)},{printed},\n", quantity_unit=unit)
    assert told(export) == ([(2, rule)] if rule else [])
    if rule:
        assert "expected a whole number of units of 1,000 kg" in only(export).reason


def test_units_of_different_masses_are_not_added(read: Read) -> None:
    """2 t and 1,500 kg are 3,500 kg; the grammar of certificates states no mass."""
    rows = f"{acr(1, 2)},2,\n{ISO}-1-1500,1500,\n"
    export = read(HEAD + rows, registry=None)
    with pytest.raises(QuantityError, match=r"units of 1 kg and 1,000 kg, which are not added; use quantity_kg"):
        _ = export.quantity
    assert export.quantity_kg == 3_500
    assert [row.quantity_kg for row in export.rows] == [2_000, 1_500]
    export = read(HEAD + rows + "MIRECS-1-MI-01-2009-1-1 to 1,1,\n", registry=None)
    with pytest.raises(QuantityError, match=r"line 4: .* of m-rets does not state the mass of a number; use quantity"):
        _ = export.quantity_kg
    with pytest.raises(QuantityError, match=r"units of 1 kg and 1,000 kg and no stated mass \(m-rets\), which are not"):
        _ = export.quantity
    assert told(read(HEAD + "MIRECS-1-MI-01-2009-1-1 to 1,1,\n", registry="m-rets", quantity_unit="t"))


def test_units_of_two_registries_that_state_no_mass_are_not_added(read: Read) -> None:
    """A unit of the one may be a MWh, and of the other a tonne."""
    own = cl.SerialGrammar(id="own", name="Own", forms=(cl.SerialForm("OWN-{first}-{last}", space=""),))
    certificates = [f"MIRECS-1-MI-01-2009-1-{first} to {first},{quantity},\n" for first, quantity in ((1, 1), (2, 1))]
    export = read(HEAD + "".join(certificates) + "OWN-1-9,9,\n", registry=["m-rets", own])
    assert told(export) == []
    with pytest.raises(QuantityError, match=r"units of no stated mass \(m-rets\) and no stated mass \(own\), which"):
        _ = export.quantity
    assert read(HEAD + "".join(certificates), registry=["m-rets", own]).quantity == 2
    total = {"quantity": "parent-total", "parent_columns": ["Note"]}
    parent = read(HEAD + "MIRECS-1-MI-01-2009-1-1 to 1,10,p\nOWN-1-9,10,p\n", registry=["m-rets", own], **total)
    assert told(parent) == [(2, "parent-total"), (3, "parent-total")]
    assert "units of no stated mass (m-rets) and no stated mass (own), which are not" in parent.refused[0].reason


def test_a_revised_row_is_refused_or_takes_the_place_of_what_it_revises(read: Read) -> None:
    """Of 1-10, and 1-4 of R1, 5-10 of R1 and 1-4 of R2, the newest are 1-4 of R2 and 5-10 of R1: 10 units."""
    content = HEAD + f"{acr(1, 10)},10,\n{acr(1, 4)},4,R1\n{acr(5, 10)},6,R1\n{acr(1, 4)},4,R2\n"
    plain = read(content, revision_column="Note")
    assert (plain.quantity, told(plain)) == (10, [(3, "overlap"), (4, "overlap"), (5, "overlap")])
    assert "it is of revision 1, and line 2 of revision 0 (pass revisions='newest'" in plain.refused[0].reason
    newest = read(content, revision_column="Note", revisions="newest")
    assert (newest.quantity, told(newest)) == (10, [(2, "superseded"), (3, "superseded")])
    assert [(row.line, row.revision) for row in newest.rows] == [(4, 1), (5, 2)]
    assert newest.refused[0].reason.endswith("line 4; it is of revision 0, and line 4 of revision 1")


def test_the_mark_of_a_revision_is_in_the_serial_too(read: Read) -> None:
    series = "CDC_4_1_1_321_14_{}CO_1_2_2022"
    rows = [f"{series.format('')},1,10,10,", f"{series.format('R1_XX_')},1,10,10,R1", f"{series.format('')},11,12,2,R9"]
    content = RANGED.strip() + ",mark\n" + "\n".join(rows)
    for marked in ({}, {"revision_column": "mark"}):
        export = read(content, registry="cercarbono", revisions="newest", **IN_COLUMNS, **marked)
        assert (export.quantity, told(export)) == (12, [(2, "superseded")])
    wrong = read(content.replace(",R1", ",R2"), registry="cercarbono", revision_column="mark", **IN_COLUMNS)
    assert (told(wrong), wrong.quantity) == ([(3, "revision")], 12)
    assert wrong.refused[0].reason == "column 'mark': 'R2', but the serial is of revision 1"


PARENTS = {"quantity": "parent-total", "parent_columns": ["Note"]}


def test_a_quantity_that_repeats_its_parents_total_is_counted_once(read: Read) -> None:
    """100 + 250 + 50 = 400 units of three rows, beside a column that sums to 350 + 350 + 50 = 750."""
    content = HEAD + f"{acr(1, 100)},350,p\n{acr(101, 350)},350,p\n{acr(1, 50, batch=8)},50,q\n"
    export = read(content, **PARENTS)
    assert (export.quantity, export.refused) == (400, ())
    assert [row.quantity for row in export.rows] == [100, 250, 50]
    assert told(read(content)) == [(2, "count"), (3, "count")]


@pytest.mark.parametrize(
    ("rows", "within", "lines", "reason"),
    [
        (["1-10 10 p", "11-12 12 p"], False, [2, 3], "its rows state different totals, 10 and 12"),
        (["1-10 12 p"], False, [2], "have 10 units, and the total beside each row is 12 (pass quantity='within-parent"),
        (["1-10 12 p"], True, [], ""),
        (["1-10 9 p", "11-12 9 p"], True, [2, 3], "parent 'p', lines 2, 3: the serials of its accepted rows have 12"),
        (["1-10 10 p", "1-10 10 p"], False, [3], "overlaps"),
        (["1-10 10 p", "11-12 2 q"], False, [], ""),
        ([f"{k}-{k} 9 p" for k in range(1, 8)], False, [*range(2, 9)], "lines 2, 3, 4, 5, 6 and 2 more: the serials"),
    ],
)
def test_the_rows_of_a_parent_sum_to_its_total(
    read: Read, rows: list[str], within: bool, lines: list[int], reason: str
) -> None:
    parts = [row.replace("-", " ").split() for row in rows]
    content = HEAD + "".join(f"{acr(int(low), int(high))},{total},{name}\n" for low, high, total, name in parts)
    export = read(content, **PARENTS | ({"quantity": "within-parent-total"} if within else {}))
    assert [row.line for row in export.refused] == lines
    assert all(reason in row.reason for row in export.refused)


def test_a_parents_rows_of_different_masses_are_not_added(read: Read) -> None:
    content = HEAD + f"{acr(1, 2)},3,p\n{ISO}-1-1,3,p\n"
    assert [row.rule for row in read(content, registry=None, **PARENTS).refused] == ["parent-total"] * 2


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"serial_column": None}, "serial_column is missing"),
        ({"range_columns": ["Serial"]}, "range_columns ('Serial',): expected the headers of the first and the last"),
        ({"range_columns": "Serial"}, "range_columns 'Serial': expected a list of headers"),
        ({"quantity": "parent-total"}, "expected both quantity='parent-total' and the parent's columns"),
        ({"parent_columns": ["Note"]}, "expected both quantity='parent-total' and the parent's columns"),
        ({"quantity": "total", "parent_columns": ["Note"]}, "quantity 'total': expected one of"),
        ({"quantity_unit": "lb"}, "quantity_unit 'lb': expected one of ('units', 'kg', 't')"),
        ({"revisions": "oldest"}, "revisions 'oldest': expected one of ('refuse', 'newest')"),
        ({"quantity": "parent-total", "parent_columns": 5}, "parent_columns 5: expected a list of headers"),
    ],
)
def test_arguments_that_do_not_go_together(read: Read, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(QuantityError) as caught:
        read(HEAD, **changes)
    assert reason in str(caught.value)


def test_a_grammar_whose_range_is_not_at_the_end_is_not_read_by_columns(read: Read) -> None:
    export = read(RANGED + "8040,1,2,2\n", registry="verra", **IN_COLUMNS)
    assert "no form of verra ends with a range, so a range in columns cannot be read" in only(export).reason
    two = [cl.SerialGrammar(id=k, name=k, forms=(cl.SerialForm("{p}-{first}-{last}", space=""),)) for k in ("a", "b")]
    export = read(RANGED + "x,1,2,2\n", registry=two, **IN_COLUMNS)
    assert "more than one grammar fits: a, b; pass registry=" in only(export).reason


def test_a_long_cell_of_a_range_is_refused(read: Read) -> None:
    found = read(f"A,B,Quantity\n{'1' * 100_000}x,2,1\n", serial_column=None, range_columns=["A", "B"])
    assert told(found) == [(2, "serial")]
