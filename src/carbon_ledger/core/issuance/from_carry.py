"""Issuing of carry: the document from which units are issued without claiming a step (ledger-model section 5)."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from carbon_ledger.core.issuance.carry import carry_of, cumulative, units_of_carry
from carbon_ledger.core.pinned_zones import zone_of
from carbon_ledger.core.state.rows import Carry, IssuedBatch
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import NothingToIssueError
from carbon_ledger.exact import text_of
from carbon_ledger.methodologies import Line, Quantification
from carbon_ledger.periods import Period
from carbon_ledger.printing import quote
from carbon_ledger.projects import Project

SOURCE = "the rows of the ledger, by its rule of issuance"


def carry_quantification(view: View, project: Project) -> Quantification:
    """The quantification of a project's carry: its parts by vintage, and the units that it makes. It claims nothing.

    Its period is that of the live issuances whose claims the carry comes from.

    Args:
        view: The state.
        project: The project.

    Raises:
        NothingToIssueError: The carry makes no unit.

    Source:
        ledger-model section 5.
    """
    rows = carry_of(view, project.id)
    units = () if project.instrument.granular else units_of_carry(rows)
    if not units:
        raise NothingToIssueError(
            f"project {project.id}", f"{_why_nothing(project, rows)}; see carry({quote(project.id)})", rule="no-carry"
        )
    live = [item for item in view.issuances(project.id) if item.amounts and not item.voided]
    return Quantification(
        project=project.id,
        period=Period(min(item.start_utc for item in live), max(item.end_utc for item in live)),
        unit=project.instrument.unit,
        lines=tuple(_lines(project.instrument.unit, rows, dict(units))),
    )


def _why_nothing(project: Project, rows: Sequence[Carry]) -> str:
    if project.instrument.granular:
        return "a granular certificate is issued for its own interval, never of carry"
    total = cumulative(rows)[-1][1] if rows else Decimal(0)
    if total < 0:
        with_sign = ", ".join(f"{text_of(row.carry)} of {row.vintage}" for row in rows if row.carry)
        return (
            f"its carry has a debit of {text_of(total.copy_negate())} ({with_sign}); issue a period, which makes the "
            "debit good first"
        )
    has = ", ".join(f"{text_of(row.carry)} of {row.vintage}" for row in rows if row.carry > 0) or "0"
    needs = ", ".join(
        f"units of {row.vintage} need {text_of(row.carry.copy_negate())}" for row in rows if row.carry < 0
    )
    left = f", of which {needs}, leaves {text_of(total)}" if needs else ""
    return f"its carry makes no whole unit: {has}{left}; issue a period, or wait for a correction upward"


def _lines(unit: str, rows: Sequence[Carry], units: dict[int, int]) -> Iterator[Line]:
    """The parts of the carry of each vintage, and the units that the vintage gets."""
    for row in rows:
        parts = (
            ("A", "amount of the live claims", row.claimed),
            ("J", "adjustments: units forfeited", Decimal(row.adjustments)),
            ("U", "units counted", Decimal(row.counted)),
        )
        symbols = tuple(f"{symbol}[{row.vintage}]" for symbol, _, _ in parts)
        for symbol, (_, name, value) in zip(symbols, parts, strict=True):
            yield Line(symbol=symbol, name=name, value=value, unit=unit, source=SOURCE, confidence="C")
        claimed, adjustments, counted = symbols
        yield Line(
            symbol=f"carry[{row.vintage}]",
            name="carry",
            value=row.carry,
            unit=unit,
            formula=f"{claimed} + {adjustments} - {counted}",
            inputs=symbols,
            source=SOURCE,
            confidence="C",
        )
    yield from _units(unit, rows, units)


def _units(unit: str, rows: Sequence[Carry], units: dict[int, int]) -> Iterator[Line]:
    """The carry with that of older vintages, if there are several vintages, and the units that a vintage gets."""
    totals = [f"carry[{rows[0].vintage}]"]
    for row, (vintage, total) in zip(rows[1:], cumulative(rows)[1:], strict=True):
        inputs = (totals[-1], f"carry[{row.vintage}]")
        totals.append(f"total[{vintage}]")
        yield Line(
            symbol=totals[-1],
            name="carry with that of older vintages",
            value=total,
            unit=unit,
            formula=" + ".join(inputs),
            inputs=inputs,
            source=SOURCE,
            confidence="C",
        )
    made: list[str] = []
    for vintage, count in units.items():
        least = [name for name, row in zip(totals, rows, strict=True) if row.vintage >= vintage]
        whole = f"floor(min({', '.join(least)}))" if len(least) > 1 else f"floor({least[0]})"
        used = (*least, *made)
        made.append(f"N[{vintage}]")
        yield Line(
            symbol=made[-1],
            name="units issued of carry",
            value=Decimal(count),
            unit=unit,
            formula=" - ".join((whole, *made[:-1])),
            inputs=used,
            source=SOURCE,
            confidence="C",
        )


def is_of_carry(view: View, n: int) -> bool:
    """Whether the issuance of entry *n* was issued of carry, and claims nothing."""
    return "of_carry" in view.entry(n).event


def rests_on(view: View, found: IssuedBatch) -> list[int]:
    """The issuances whose claimed steps a batch was issued for, by the numbers of their entries.

    It is the batch's own issuance if that has steps of the batch's vintage. A batch that was issued of carry alone is
    of all live issuances of the project that have an amount of its vintage.

    Args:
        view: The state.
        found: A batch of this ledger.

    Source:
        ledger-model section 6.
    """
    event, vintage = view.entry(found.n).event, found.batch.vintage
    if any(item["vintage"] == vintage for item in event["amounts"]):
        return [found.n]
    return list(view.issued_after(-1, found.batch.project, vintage))


def production_of(view: View, project: Project, vintage: int) -> Period:
    """The production of a unit that is made of carry alone: all live claimed steps of its vintage in the project.

    Args:
        view: The state before the issuance.
        project: The project.
        vintage: The vintage.

    Source:
        ledger-model section 6.
    """
    starts, ends = [], []
    for n in view.issued_after(-1, project.id, vintage):
        zone = zone_of(view, project.zone, n)
        for claim in view.claims_of(n):
            for year, span in Period(claim.start_utc, claim.end_utc).split_by_year(zone):
                if year == vintage:
                    starts.append(span.start_utc)
                    ends.append(span.end_utc)
    return Period(min(starts), max(ends))
