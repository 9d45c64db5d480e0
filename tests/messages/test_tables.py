"""Messages of tables that are taken out of a ledger, and of sums of metered energy."""

import os

import carbon_ledger as cl
from carbon_ledger.errors import PeriodError, QuantityError, StoreError, StraddlingStepError
from carbon_ledger.tables import Column, Listing, Table, table_of
from carbon_ledger.tables.arrow import stream
from carbon_ledger.tables.excel import excel_of
from tests.messages.ledgers import busy
from tests.messages.snapshots import Case, Expect, Refusal, refusals, refused

YEAR = cl.Period.year(2024, zone="UTC")
COUNT = Column("units", "integer", lambda item: item)

NAME = Column("name", "text", str)


def of(*values: object) -> Table:
    return table_of("numbers", [COUNT], values)


def halves() -> object:
    """Days that begin within a metered step."""
    ledger = busy()
    ledger.record_readings("plant", start="2024-07-01T00:00Z", step="1 hour", net_wh=[1] * 24)
    night = cl.Period.of("2024-07-01T00:30Z", "2024-07-01T02:00Z")
    return ledger.generation_by("day", night, device="plant")


TABLES: list[Refusal] = [
    ("table-of-floats", lambda _: of(0.5), QuantityError),
    ("table-with-one-name-twice", lambda _: table_of("numbers", [COUNT, COUNT], []), QuantityError),
    ("listing-of-other-things", lambda _: Listing([5], int), QuantityError),  # type: ignore[type-var]
    ("arrow-of-a-long-integer", lambda _: stream(of(2**63)), QuantityError),
    ("arrow-with-no-schema", lambda _: stream(of(1), "units"), QuantityError),
    (
        "excel-with-a-long-text",
        lambda _: excel_of(table_of("t", [Column("a", "text", str)], ["x" * 40_000])),
        QuantityError,
    ),
    ("write-over-a-file", lambda x: x.positions().write_csv(os.devnull), StoreError),
    ("generation-by-week", lambda x: x.generation_by("week", YEAR, device="plant"), PeriodError),
    ("generation-of-nobody", lambda x: x.generation_by("day", YEAR), QuantityError),
    ("generation-that-cuts-a-step", lambda _: halves(), StraddlingStepError),
]


@refusals(TABLES)
def test_it_is_refused_in_these_words(case: Case, expect: Expect) -> None:
    expect(refused(case, busy()))
