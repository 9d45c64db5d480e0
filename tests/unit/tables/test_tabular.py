"""Every table of a real ledger, through pyarrow, pandas, polars, DuckDB, Excel, CSV and JSON lines: the same values."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pyarrow as pa
import pytest
from tests.support.everything import everything
from tests.support.large_values import HOURS, MAY, large_values
from tests.support.read_tables import READERS

import carbon_ledger as cl
from carbon_ledger.ledger.reader import Reader
from carbon_ledger.tables import DECIMAL, INTEGER, Tabular
from carbon_ledger.tables.columns import is_long

EXACT = ("string", "int64", "bool", "date32[day]", "timestamp[us, tz=UTC]")


def of_large_values() -> Iterator[tuple[str, object]]:
    """Tables whose numbers no float holds."""
    ledger = large_values()
    yield "positions", ledger.positions()
    yield "no positions", ledger.positions(vintage=1990)
    yield "one position", ledger.positions()[:1]
    yield "statement", ledger.statement("a2")
    yield "movements", ledger.statement("a0").movements
    yield "retirement", ledger.retirements("a2")[0]
    yield "retirements", ledger.retirements("a2")
    yield "issuances", ledger.issuances("credits")
    yield "readings", ledger.readings("two", MAY, superseded=True)
    yield "hours of one", ledger.readings("one", MAY)
    yield "days", ledger.generation_by("day", MAY, device="one")
    yield "days of a project", ledger.generation_by("day", HOURS, project="hourly")
    yield "months", ledger.generation_by("month", MAY, project="credits")
    yield "reconciliation", ledger.reconcile("credits", MAY)
    yield "carry", ledger.carry("credits")
    yield "trace", ledger.trace(ledger.retirements("a2")[0].block)
    yield "quantification", ledger.quantify("rest", MAY)
    profile = cl.ConsumptionProfile(start=HOURS.start, step="1 hour", consumption_wh=[2**53 - 1, 5])
    yield "match", ledger.match("a0", profile)
    yield "factors", cl.factors.builtin()
    report = ledger.audit()
    yield (
        "findings",
        cl.AuditReport(
            ledger_id="x",
            size=1,
            root="",
            checks=(),
            findings=(cl.Finding("=1+1", None, "-1 -2"), cl.Finding("b", 7, "\t")),
        ).findings,
    )
    yield "no findings", report.findings
    yield "notes", report.notes


@cache
def tables() -> dict[str, Tabular]:
    """The tables by name: of large values, and every one that a query of a ledger with everything returns."""
    found = dict(of_large_values())
    filled = everything(Path(mkdtemp()))
    for name in sorted(name for name in dir(Reader) if name in filled.calls):
        result = getattr(filled.ledger, name)(**filled.calls[name])
        if isinstance(result, Tabular):
            found[f"query {name}"] = result
    return {name: item for name, item in found.items() if isinstance(item, Tabular)}


QUERIES = ["positions", "statement", "retirement", "retirements", "issuances", "readings", "generation_by"]


def test_the_queries_that_return_tables_do() -> None:
    assert {name.removeprefix("query ") for name in tables() if name.startswith("query ")} >= set(QUERIES)
    assert all(isinstance(item, Tabular) for _, item in of_large_values())


@pytest.mark.parametrize("reader", READERS)
def test_every_table_is_the_same_to_the_last_digit(reader: str, tmp_path: Path) -> None:
    for k, (name, item) in enumerate(tables().items()):
        folder = tmp_path / str(k)
        folder.mkdir()
        table = item._table()
        # An empty text of a ledger is a missing value in a spreadsheet and for csv.reader.
        expected = [tuple(None if value == "" else value for value in row) for row in table.rows]
        found = [tuple(None if value == "" else value for value in row) for row in READERS[reader](item, table, folder)]
        assert found == expected, name


def test_the_tables_have_numbers_that_no_float_holds() -> None:
    """Otherwise the test above shows less than it says."""
    long = {
        (name, column.name)
        for name, item in tables().items()
        for column, values in item._table().values()
        if any(map(is_long, values))
    }
    assert {("positions", "last"), ("days", "net_wh"), ("issuances", "amount")} <= long
    (days,) = tables()["days of a project"].rows()
    assert days["net_wh"] == 2**54 - 2 - 7
    assert float(days["net_wh"]) != days["net_wh"]


def test_no_type_of_any_schema_is_a_float() -> None:
    for name, item in tables().items():
        for field in pa.table(item).schema:
            assert str(field.type) in EXACT or str(field.type).startswith("decimal128(38, "), f"{name}: {field}"


def test_every_table_states_its_columns_and_can_be_shown(tmp_path: Path) -> None:
    for name, item in tables().items():
        table = item._table()
        assert item.columns == table.columns, name
        html = item._repr_html_()
        assert html.startswith("<table>")
        assert "<b>" not in html
        assert all(column.name.isidentifier() for column in table.columns), name
        numbers = [column.name for column in table.columns if column.kind in (INTEGER, DECIMAL)]
        assert all(type(row[k]) is not float for row in table.rows for k in range(len(row))), numbers


def test_a_thing_that_states_no_table_is_none() -> None:
    with pytest.raises(NotImplementedError):
        Tabular().rows()
