"""The section of what a reader has to judge: waived checks, readings that were not measured, and flags of factors."""

from collections.abc import Iterator, Sequence
from typing import Final

from carbon_ledger.reports.ledger_page.contents import FactorFacts, LedgerContents, Listed, ProjectEnergy, Waived
from carbon_ledger.reports.ledger_page.markup import Cell, Column, Html, entry, more, mwh, table, text
from carbon_ledger.reports.ledger_page.page import Section
from carbon_ledger.waivers import WAIVABLE

ASSUMPTION: Final = "assumption/"


def remarks(contents: LedgerContents) -> Section:
    """Waivers, estimates and flags."""
    return Section("remarks", "Waivers, estimates and flags", _remarks(contents))


def _remarks(contents: LedgerContents) -> Iterator[str]:
    yield "<h3>Waived checks and assumptions</h3>"
    yield from _waivers(contents)
    yield "<h3>Readings that were not measured</h3>"
    yield from _estimates(contents.energy)
    yield "<h3>Flags of emission factors</h3>"
    yield from _flags(contents.factors)


def _waivers(contents: LedgerContents) -> Iterator[str]:
    if not contents.waivers.items:
        yield "<p>No check was waived, and no assumption was declared.</p>"
        return
    yield (
        "<p>A waiver lets a rule pass for a reason that somebody gave; the reason stays in the ledger for ever. An "
        "assumption is a fact that no rule checks. A reader judges the reasons.</p>"
    )
    columns = [
        Column("waiver", "mono"),
        Column("what it waives"),
        Column("reason"),
        Column("where"),
        Column("by", "name"),
        Column("units", "number"),
        Column("instrument", "name"),
    ]
    yield from table("Waivers, newest first", columns, map(_waived, contents.waivers.items))
    yield more(contents.waivers)


def _waived(item: Waived) -> tuple[Cell, ...]:
    lifted = "a fact that no rule checks" if item.name.startswith(ASSUMPTION) else WAIVABLE.get(item.name)
    where = Html(f"{entry(item.entry)}: {text(item.what)}")
    return item.name, lifted, item.reason, where, item.by, item.units, item.instrument


def _estimates(energy: Listed[ProjectEnergy]) -> Iterator[str]:
    found = [item for item in energy.items if item.estimated_wh or item.substituted_wh]
    some = f" of the first {len(energy.items)} of {energy.total:,} projects" if energy.more else ""
    if not found:
        yield f"<p>Every reading{some} is recorded as measured.</p>"
        return
    columns = [
        Column("project", "name"),
        Column("generated MWh", "number"),
        Column("of it estimated MWh", "number"),
        Column("of it substituted MWh", "number"),
    ]
    rows = [
        (item.project, *(Html(mwh(wh)) for wh in (item.generated_wh, item.estimated_wh, item.substituted_wh)))
        for item in found
    ]
    yield from table(f"Readings{some} that were estimated or substituted", columns, rows)


def _flags(factors: Sequence[FactorFacts]) -> Iterator[str]:
    rows = [
        (item.factor_id, f"{item.value} {item.unit}", flag, item.source, item.confidence)
        for item in factors
        for flag in item.flags or (None,)
    ]
    if not rows:
        yield "<p>No emission factor is used by the calculations of this report.</p>"
        return
    columns = [
        Column("factor", "name"),
        Column("value"),
        Column("flag"),
        Column("source"),
        Column("how sure"),
    ]
    yield from table("Emission factors and their flags", columns, rows)
