"""Sections about energy: generation against issuance by month, and the carry of each vintage."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from carbon_ledger.reports.ledger_page.contents import Carry, Energy, LedgerContents, ProjectEnergy
from carbon_ledger.reports.ledger_page.markup import (
    WH_PER_MWH,
    Column,
    Html,
    badge,
    more,
    mwh,
    name,
    number,
    table,
    text,
)
from carbon_ledger.reports.ledger_page.months import month_text
from carbon_ledger.reports.ledger_page.page import Section
from carbon_ledger.reports.ledger_page.pictures import Bar, bars, short, steps

MOST_BARS: Final = 36
_WORDS: Final = (
    ("claimed", "claimed by this project's issuances"),
    ("elsewhere", "claimed by other projects"),
    ("free", "not claimed"),
)


def generation(contents: LedgerContents) -> Section:
    """Generation against issuance, by month and project."""
    return Section("generation", "Generation against issuance", _generation(contents))


def _generation(contents: LedgerContents) -> Iterator[str]:
    if not contents.energy.items:
        yield "<p>No project of this report has a reading.</p>"
        return
    yield (
        "<p>Energy is net generation: export minus import. An issuance claims metered steps, each at most once; what "
        "it does not claim can be issued later.</p>"
    )
    for k, item in enumerate(contents.energy.items):
        yield f"<h3>{_title(item.project, item.name)}</h3>"
        yield from _project(k, item)
    yield more(contents.energy)


def _title(project: str, title: str | None) -> str:
    return name(project) if not title else f"{name(title)} ({name(project)})"


def bars_of(item: ProjectEnergy) -> list[Bar]:
    """The bar of each of the newest months, in MWh.

    A reading that is longer than a month is divided evenly among its months.
    """
    last = max(row.last for row in item.months)
    first = max(min(row.first for row in item.months), last - MOST_BARS + 1)
    parts = {month: dict.fromkeys((key for key, _ in _WORDS), Fraction(0)) for month in range(first, last + 1)}
    for row in item.months:
        amounts = (("claimed", row.claimed_wh), ("elsewhere", row.elsewhere_wh), ("free", row.free_wh))
        for month in range(max(row.first, first), row.last + 1):
            for key, wh in amounts:
                parts[month][key] += Fraction(wh, WH_PER_MWH * (row.last - row.first + 1))
    return [Bar(month_text(month), tuple(found.items())) for month, found in parts.items()]


def _project(k: int, item: ProjectEnergy) -> Iterator[str]:
    if not item.all:
        yield "<p>This project has no reading.</p>"
        return
    claimed = f"{mwh(item.claimed_wh)} of {mwh(item.generated_wh)} MWh are claimed by issuances"
    yield '<div class="beside">'
    if item.months:
        spread = any(row.last > row.first for row in item.months)
        note = " A reading that is longer than a month is drawn evenly over its months." if spread else ""
        found = bars_of(item)
        note += f" Only the newest {MOST_BARS} months are drawn." if len(found) == MOST_BARS else ""
        title = f"Net generation by month, MWh ({item.zone})"
        description = f"{len(found)} months from {found[0].label} to {found[-1].label}; {claimed}.{note}"
        present = [
            (key, words) for key, words in _WORDS if any(value for bar in found for of, value in bar.parts if of == key)
        ]
        yield "<div>"
        yield from bars(f"bars-{k}", title, description, found, present)
        yield f'<p class="note">{note.strip()}</p></div>' if note else "</div>"
    columns = [
        Column("time", "state"),
        Column("generated", "number"),
        Column("claimed", "number"),
        Column("claimed by others", "number"),
        Column("not claimed", "number"),
    ]
    yield from table(f"Net generation of {item.project}, MWh", columns, [*map(_row, item.all), _total(item.all)])
    yield "</div>"


def _row(item: Energy) -> tuple[str | Html | None, ...]:
    return (
        item.label,
        Html(mwh(item.generated_wh)),
        Html(mwh(item.claimed_wh)),
        Html(mwh(item.elsewhere_wh)) if item.elsewhere_wh else None,
        Html(mwh(item.free_wh)) if item.free_wh else None,
    )


def _total(items: Sequence[Energy]) -> tuple[str | Html | None, ...]:
    sums = [sum(getattr(item, f"{key}_wh") for item in items) for key in ("generated", "claimed", "elsewhere", "free")]
    elsewhere, free = (Html(f"<b>{mwh(wh)}</b>") if wh else None for wh in sums[2:])
    return (Html("<b>all</b>"), *(Html(f"<b>{mwh(wh)}</b>") for wh in sums[:2]), elsewhere, free)


def carry(contents: LedgerContents) -> Section:
    """The carry of each vintage of each project."""
    return Section("carry", "Carry by vintage", _carry(contents))


def _carry(contents: LedgerContents) -> Iterator[str]:
    if not contents.carries.items:
        yield "<p>No project of this report has issued units.</p>"
        return
    yield (
        "<p>Issuances are in whole units. What is left of the amount is carried to the next issuance, exactly and by "
        "vintage: carry = claimed amount + adjustments &minus; units that count. Carry below zero is a debit: units "
        "without energy behind them, which later generation makes good before anything new is issued.</p>"
    )
    for k, item in enumerate(contents.carries.items):
        yield f"<h3>{name(item.project)}</h3>"
        yield from _project_carry(k, item)
    yield more(contents.carries)


def _project_carry(k: int, item: Carry) -> Iterator[str]:
    if item.debit:
        yield f"<p>{badge('bad', 'debit')} {text(item.debit)}.</p>"
    named = [("all" if row.vintage is None else str(row.vintage), row) for row in item.vintages.items]
    levels = "; ".join(f"{label}: {short(row.cumulative)}" for label, row in named)
    yield '<div class="beside">'
    yield from steps(
        f"carry-{k}",
        f"Carry of each vintage together with all older ones, {item.unit}",
        f"Cut to three decimals. {levels}",
        [(label, row.cumulative) for label, row in named],
    )
    columns = [
        Column("vintage", "year"),
        Column(f"claimed {item.unit}", "number"),
        Column("adjustments", "number"),
        Column("units that count", "number"),
        Column(f"carry {item.unit}", "number"),
        Column("with older vintages", "number"),
    ]
    rows = [
        (label, row.claimed, row.adjustments or None, row.counted, row.carry, row.cumulative) for label, row in named
    ]
    yield from table(f"Carry of {item.project}, exact: {number(item.carry)} {item.unit} in all", columns, rows)
    yield "</div>"
    yield more(item.vintages)
