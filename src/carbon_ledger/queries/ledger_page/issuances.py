"""The issuances of a report, the quantifications of the newest ones, and the carry of each project."""

from collections.abc import Mapping
from fractions import Fraction
from heapq import nlargest
from math import ceil
from typing import Final

from carbon_ledger.core import lookup
from carbon_ledger.core.state.rows import Issuance as Row
from carbon_ledger.core.state.view import View
from carbon_ledger.periods import Period
from carbon_ledger.periods.zones import local_time
from carbon_ledger.printing import quote
from carbon_ledger.queries.carry import project_carry
from carbon_ledger.queries.ledger_page.scope import Scope
from carbon_ledger.queries.monitoring_report import newest_quantification
from carbon_ledger.reports.ledger_page.contents import (
    Calculation,
    Carry,
    FactorFacts,
    Issuance,
    Listed,
    VintageCarry,
)

MOST_ISSUANCES: Final = 50
MOST_CALCULATIONS: Final = 8
MOST_LINES: Final = 80
MOST_PROJECTS: Final = 12
MOST_VINTAGES: Final = 24


def issuances(scope: Scope) -> Listed[Issuance]:
    """The issuances of the report, newest first."""
    rows = [row for project in scope.projects for row in scope.view.issuances(project)]
    newest = nlargest(MOST_ISSUANCES, rows, key=lambda row: row.n)
    return Listed(tuple(_issuance(scope.view, row) for row in newest), len(rows), "issuances(project)")


def _issuance(view: View, row: Row) -> Issuance:
    entry, project = view.entry(row.n), lookup.project(view, row.project)
    return Issuance(
        entry=row.n,
        at=entry.at,
        by=entry.by,
        project=row.project,
        instrument=project.instrument.id,
        unit=project.instrument.unit,
        period=period_text(Period.from_record(entry.event["period"])),
        issued=tuple((item.batch.vintage, item.batch.count) for item in view.batches(row.n)),
        counted=row.counted,
        waivers=len(entry.event["waivers"]),
        state="converted" if row.converted else "voided" if row.voided else "counts",
    )


def period_text(period: Period) -> str:
    """A period in words: when it begins and ends in its own zone, to the minute, or to the second if seconds matter."""
    if period.zone is None:
        return str(period)
    start, end = (local_time(instant, period.zone) for instant in (period.start_utc, period.end_utc))
    form = "%Y-%m-%d %H:%M:%S" if start.second or end.second else "%Y-%m-%d %H:%M"
    return f"{start.strftime(form)} to {end.strftime(form)} ({period.zone})"


def calculations(scope: Scope, listed: Listed[Issuance], corrected: Mapping[int, int]) -> Listed[Calculation]:
    """The quantifications of the newest issuances that count.

    Args:
        scope: What the report is about.
        listed: The issuances of the report.
        corrected: The newest correction that quantified each issuance again.
    """
    counting = [item for item in listed.items if item.state == "counts"]
    found = tuple(_calculation(scope.view, item, corrected) for item in counting[:MOST_CALCULATIONS])
    return Listed(found, len(counting), "monitoring_report(project, period)")


def _calculation(view: View, item: Issuance, corrected: Mapping[int, int]) -> Calculation:
    row = lookup.issuance(view, item.entry)
    again = [corrected[item.entry]] if item.entry in corrected else []
    result = newest_quantification(view, row, again)
    adopted = None if result.methodology is None else view.registration("methodology", result.methodology)
    event = {} if adopted is None else view.entry(adopted).event
    return Calculation(
        issuance=item,
        net_wh=result.net_wh,
        methodology=result.methodology,
        methodology_title=event.get("title"),
        methodology_confidence=event.get("confidence"),
        factor=_factor(view, result.factor_id),
        lines=Listed(result.lines[:MOST_LINES], len(result.lines), f"trace({item.project}/...)"),
        amounts=result.amounts,
        digest=result.digest,
    )


def _factor(view: View, name: str | None) -> FactorFacts | None:
    if name is None or view.registration("factor", name) is None:
        return None
    found = lookup.factor(view, name)
    return FactorFacts(
        factor_id=found.factor_id,
        value=found.value,
        unit=found.unit,
        kind=found.kind,
        region=found.region,
        source=found.source,
        place=found.place,
        confidence=found.confidence,
        flags=found.flags,
    )


def factors_of(found: Listed[Calculation]) -> tuple[FactorFacts, ...]:
    """The factors of calculations, each once."""
    by_id = {item.factor.factor_id: item.factor for item in found.items if item.factor is not None}
    return tuple(by_id.values())


def carries(scope: Scope) -> Listed[Carry]:
    """The carry of each project that has issued; projects with a debit come first."""
    found = [item for name in scope.projects if (item := _carry(scope.view, name)) is not None]
    found.sort(key=lambda item: not item.debit)
    return Listed(tuple(found[:MOST_PROJECTS]), len(found), "carry(project)")


def _carry(view: View, project: str) -> Carry | None:
    found = project_carry(view, project)
    if not found.vintages:
        return None
    newest = found.vintages[-MOST_VINTAGES:]
    rows = tuple(
        VintageCarry(
            vintage=item.vintage,
            claimed=item.claimed,
            adjustments=item.adjustments,
            counted=item.counted,
            carry=item.carry,
            cumulative=item.cumulative,
        )
        for item in newest
    )
    return Carry(
        project=project,
        unit=lookup.project(view, project).instrument.unit,
        vintages=Listed(rows, len(found.vintages), f"carry({quote(project)})"),
        carry=found.carry,
        debit=found.debit_text,
        debit_units=ceil(Fraction(found.debit)),
    )
