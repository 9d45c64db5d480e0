"""Sections about issuances: a list of them, and the quantifications of the newest, line by line with their sources."""

from collections.abc import Iterator
from typing import Final

from carbon_ledger.methodologies.lines import Line
from carbon_ledger.reports.ledger_page.contents import Calculation, FactorFacts, Issuance, LedgerContents
from carbon_ledger.reports.ledger_page.markup import (
    Cell,
    Column,
    Html,
    badge,
    entry,
    more,
    mwh,
    name,
    number,
    plural,
    table,
    text,
    time,
)
from carbon_ledger.reports.ledger_page.page import Section

CONFIDENCE: Final = {
    "P": "the published page was read",
    "S": "read in a secondary source",
    "C": "computed by this library",
    "M": "from memory, not verified",
}
_STATES: Final = {"counts": "good", "voided": "quiet", "converted": "quiet"}


def calculations(contents: LedgerContents) -> Section:
    """The issuances, and how their amounts were computed."""
    return Section("calculations", "Issuances and their calculations", _calculations(contents))


def _calculations(contents: LedgerContents) -> Iterator[str]:
    if not contents.issuances.items:
        yield "<p>Nothing was issued.</p>"
        return
    columns = [
        Column("issuance", "state"),
        Column("recorded"),
        Column("project", "name"),
        Column("monitoring period"),
        Column("instrument", "name"),
        Column("units by vintage"),
        Column("units issued", "number"),
        Column("units that count", "number"),
        Column("waivers", "number"),
        Column("state", "state"),
    ]
    yield from table("Issuances, newest first", columns, map(_row, contents.issuances.items))
    yield more(contents.issuances)
    for item in contents.calculations.items:
        yield from _calculation(item)
    yield more(contents.calculations)
    if contents.calculations.items:
        marks = "; ".join(f"<b>{mark}</b> {words}" for mark, words in CONFIDENCE.items())
        yield f'<p class="note">How sure a source is: {marks}.</p>'


def _row(item: Issuance) -> tuple[Cell, ...]:
    years = ", ".join(f"{year}: {count:,}" for year, count in item.issued)
    return (
        entry(item.entry),
        time(item.at),
        item.project,
        item.period,
        item.instrument,
        years or "none",
        item.units,
        item.counted,
        item.waivers or None,
        badge(_STATES[item.state], item.state),
    )


def _calculation(item: Calculation) -> Iterator[str]:
    issuance = item.issuance
    yield f'<div class="calculation"><h3>Issuance of {entry(issuance.entry)}: {name(issuance.project)}</h3>'
    yield f"<p>{text(issuance.period)}. {text(mwh(item.net_wh))} MWh net give "
    amounts = ", ".join(f"{number(amount)} {issuance.unit} of {year}" for year, amount in item.amounts) or "no amount"
    yield f"{text(amounts)}; {text(plural(issuance.units, 'unit'))} issued, {issuance.counted:,} of them count now. "
    yield f"Recorded by {name(issuance.by)}.</p>"
    if item.methodology is not None:
        yield f"<p>Methodology <b>{name(item.methodology)}</b>: {text(item.methodology_title or '')} "
        yield f"{_confidence(item.methodology_confidence)}</p>"
    if item.factor is not None:
        yield f"<p>{_factor(item.factor)}</p>"
    columns = [
        Column("symbol", "mono"),
        Column("what it is"),
        Column("value", "number"),
        Column("unit", "unit"),
        Column("formula", "mono"),
        Column("source"),
    ]
    yield from table(f"Lines of the quantification of entry {issuance.entry}", columns, map(_line, item.lines.items))
    yield more(item.lines)
    yield '<p class="note">Digest of the quantification, which the issuance pins: '
    yield f'<span class="mono">{text(item.digest)}</span></p></div>'


def _line(item: Line) -> tuple[Cell, ...]:
    mark = f" [{item.confidence}]" if item.confidence else ""
    source = f"{item.source}{mark}" if item.source or mark else None
    return item.symbol, item.name, item.value, item.unit, item.formula or None, source


def _factor(item: FactorFacts) -> Html:
    place = "" if item.place is None else f", {text(item.place)}"
    return Html(
        f"Emission factor <b>{name(item.factor_id)}</b>: {text(item.value)} {text(item.unit)}, "
        f"{text(item.kind.replace('_', ' '))} of {text(item.region)}. {text(item.source)}{place} "
        f"{_confidence(item.confidence)}"
    )


def _confidence(mark: str | None) -> str:
    if mark is None:
        return ""
    kind = "quiet" if mark in ("P", "C") else "warn"
    return badge(kind, f"[{mark}] {CONFIDENCE.get(mark, '')}".strip())
