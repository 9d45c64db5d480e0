"""CSV files: RFC 4180 to the octet, the guard against formulas, and files that are never overwritten."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from carbon_ledger.errors import StoreError
from carbon_ledger.tables import Column, Kind, Table
from carbon_ledger.tables.csv import csv_line, csv_of, guarded, is_formula, unguarded, write

KINDS: dict[str, Kind] = {"name": "text", "n": "integer", "d": "decimal", "at": "time", "ok": "boolean"}
TABLE = Table(
    "t",
    tuple(Column(*pair) for pair in KINDS.items()),
    (
        ('a "b", c', -(2**70), Decimal("-0.50"), datetime(2024, 5, 1, 10, tzinfo=UTC), True),
        ("", None, None, None, None),
        (None, 0, Decimal(0), None, False),
        ("=1+1", None, None, None, None),
        ("one\ntwo\r", None, None, None, None),
    ),
)


def test_a_file_is_these_octets(tmp_path: Path) -> None:
    write(TABLE, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_bytes() == (
        b"name,n,d,at,ok\r\n"
        b'"a ""b"", c",-1180591620717411303424,-0.5,2024-05-01T10:00:00Z,true\r\n'
        b'"",,,,\r\n'
        b",0,0,,false\r\n"
        b"'=1+1,,,,\r\n"
        b'"one\ntwo\r",,,,\r\n'
    )
    assert "\r\n=1+1," in csv_of(TABLE, guard=False)


def test_a_row_of_one_missing_value_is_still_a_row() -> None:
    assert csv_line([None]) == '""\r\n'
    assert csv_of(Table("t", (Column("ş", "date"),), ((None,), (date(1895, 1, 1),)))) == 'ş\r\n""\r\n1895-01-01\r\n'


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1+1", "-1 -2", "-40.5 47.2", "-", "@x", "\tx", "\rx", "\nx", "\0x", "\uff1d1", "\uff0b1", "\uff0d1",
     "\uff20", "-1e5", "+٣", "-1,5", "--1", "-1=1", "=\u202e"],
)  # fmt: skip
def test_what_a_spreadsheet_would_compute_is_guarded(text: str) -> None:
    assert is_formula(text)
    assert guarded(text) == f"'{text}"
    assert unguarded(guarded(text)) == text
    assert unguarded(guarded(f"''{text}")) == f"''{text}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x;=1+1", "x;'=1+1"),
        ("=1;=2", "'=1;'=2"),
        ("x\n@y\r\n+z", "x\n'@y\r\n'+z"),
        ("a\t-1 -2", "a\t'-1 -2"),
        ("a;'=1", "a;''=1"),
        (";=1", ";'=1"),
        ("\t=1", "'\t'=1"),
    ],
)
def test_a_formula_after_the_divider_of_another_country_is_guarded(text: str, expected: str) -> None:
    assert guarded(text) == expected
    assert unguarded(expected) == text


@pytest.mark.parametrize("text", ["a;b", "47.2;-40.5", "a;'b", "a\nb", "a; =b"])
def test_other_text_with_a_divider_is_not_guarded(text: str) -> None:
    assert guarded(text) == text == unguarded(text)


@pytest.mark.parametrize("text", ["", "-40.5", "+3", "-7", "3-4", "a=b", " =1", "it's", "'quoted'", "47.2 -40.5"])
def test_a_number_and_plain_text_are_not_guarded(text: str) -> None:
    assert guarded(text) == text == unguarded(text)


def test_a_name_of_a_column_is_guarded_too() -> None:
    assert csv_of(Table("t", (Column("=x", "text"),), ())) == "'=x\r\n"


def test_a_file_is_written_once_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    write(TABLE, path)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"t.csv': cannot be written: File exists; name a new file"):
        write(TABLE, path, guard=False)
    assert path.read_bytes() == before
    with pytest.raises(StoreError, match="cannot be written"):
        write(TABLE, tmp_path / "none" / "t.csv")
    with pytest.raises(StoreError, match="expected a str or a path object"):
        write(TABLE, 5)  # type: ignore[arg-type]
    assert [item.name for item in tmp_path.iterdir()] == ["t.csv"]
