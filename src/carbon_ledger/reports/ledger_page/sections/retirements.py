"""The section about retirements: who claimed which units, and for what."""

from collections.abc import Iterator

from carbon_ledger.reports.ledger_page.contents import Claimed, LedgerContents
from carbon_ledger.reports.ledger_page.markup import Cell, Column, entry, more, table, time
from carbon_ledger.reports.ledger_page.page import Section


def retirements(contents: LedgerContents) -> Section:
    """Retirements with their beneficiaries and purposes."""
    return Section("retirements", "Retirements", _retirements(contents))


def _retirements(contents: LedgerContents) -> Iterator[str]:
    if not contents.retirements.items:
        yield "<p>No unit was retired.</p>"
        return
    yield (
        "<p>A retirement uses units for a claim, for ever: nobody can transfer or retire them again. Some programmes "
        "call it redemption or cancellation.</p>"
    )
    columns = [
        Column("entry", "state"),
        Column("beneficiary", "name"),
        Column("purpose"),
        Column("reporting period"),
        Column("units", "number"),
        Column("instrument", "name"),
        Column("serials", "mono"),
        Column("account", "name"),
        Column("recorded"),
    ]
    yield from table("Retirements, newest first", columns, map(_row, contents.retirements.items))
    yield more(contents.retirements)


def _row(item: Claimed) -> tuple[Cell, ...]:
    return (
        entry(item.entry),
        item.beneficiary,
        item.purpose,
        item.period,
        item.units,
        item.instrument,
        item.serials,
        item.account,
        time(item.at),
    )
