"""JSON lines: an object a row, exact numbers, and no integer that a reader would round."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from carbon_ledger.errors import StoreError
from carbon_ledger.tables import Column, Kind, Table
from carbon_ledger.tables.jsonl import jsonl_of, write

KINDS: dict[str, Kind] = {"name": "text", "n": "integer", "d": "decimal", "at": "time", "ok": "boolean"}
COLUMNS = tuple(Column(*pair) for pair in KINDS.items())


def test_a_file_is_these_octets(tmp_path: Path) -> None:
    rows = (("Şimal\n", 2**53 - 1, Decimal("0.50"), datetime(2024, 5, 1, tzinfo=UTC), True), (None,) * 5)
    write(Table("t", COLUMNS, rows), tmp_path / "t.jsonl")
    assert (tmp_path / "t.jsonl").read_bytes() == (
        '{"name":"Şimal\\n","n":9007199254740991,"d":"0.5","at":"2024-05-01T00:00:00Z","ok":true}\n'
        '{"name":null,"n":null,"d":null,"at":null,"ok":null}\n'
    ).encode()
    with pytest.raises(StoreError, match="File exists"):
        write(Table("t", COLUMNS, ()), tmp_path / "t.jsonl")


@pytest.mark.parametrize("long", [2**53, -(2**53), 10**40])
def test_a_column_with_an_integer_that_readers_round_is_text_in_every_row(long: int) -> None:
    table = Table("t", (Column("n", "integer"), Column("m", "integer")), ((1, 1), (long, 2), (None, 3)))
    lines = [json.loads(line) for line in jsonl_of(table).splitlines()]
    assert lines == [{"n": "1", "m": 1}, {"n": str(long), "m": 2}, {"n": None, "m": 3}]


def test_a_table_without_rows_is_an_empty_file() -> None:
    assert jsonl_of(Table("t", COLUMNS, ())) == ""
