"""Sections about units: who holds them, and in which state every unit is."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from carbon_ledger.reports.ledger_page.contents import SHOWN_STATES, LedgerContents, Units
from carbon_ledger.reports.ledger_page.markup import Cell, Column, Html, more, name, number, table, text
from carbon_ledger.reports.ledger_page.page import Section
from carbon_ledger.reports.ledger_page.pictures import stack, swatch

_EXPLAINED: Final = {
    "active": "can be transferred, retired and cancelled",
    "locked": "held fast for a stated reason",
    "buffered": "held back by the issuer against reversal or error",
    "pending": "offered to another account",
    "expired": "can no longer be used, because their time has passed",
    "retired": "used for a claim, for ever",
    "cancelled": "removed without a claim, for ever",
    "withdrawn": "taken back by the issuer, for ever",
    "exported": "moved to another registry, for ever",
}


def units_words(count: int, unit: str) -> str:
    """A number of units with the amount that each stands for, such as ``26,880 units of 1 tCO2e``."""
    return f"{count:,} {'unit' if count == 1 else 'units'} of 1 {unit}"


def stack_of(anchor: str, title: str, states: Mapping[str, int]) -> Iterator[str]:
    """The picture of units by state."""
    yield from stack(anchor, title, [(state, state, states.get(state, 0)) for state in SHOWN_STATES])


def where(contents: LedgerContents) -> Section:
    """In which state every unit is, for each instrument, and by project and vintage."""
    return Section("states", "Where every unit is", _where(contents))


def _where(contents: LedgerContents) -> Iterator[str]:
    units = contents.units
    if not units.instruments.items:
        yield "<p>No unit was issued or imported.</p>"
        return
    yield "<p>Every unit that was issued or imported is in one state. Units of two instruments are never added.</p>"
    for k, item in enumerate(units.instruments.items):
        title = f"{item.instrument}: {units_words(item.total, item.unit)}"
        yield '<div class="beside">'
        yield from stack_of(f"stack-{k}", title, item.states)
        rows = [
            (Html(f"{swatch(state)} {state}"), item.states[state], _EXPLAINED[state])
            for state in SHOWN_STATES
            if item.states.get(state)
        ]
        total: Sequence[Cell] = (Html("<b>all units</b>"), Html(f"<b>{item.total:,}</b>"), None)
        columns = [Column("state", "state"), Column("units", "number"), Column("what it means")]
        yield from table(f"Units of {item.instrument} by state", columns, [*rows, total])
        yield "</div>"
    yield more(units.instruments)
    if units.vintages.items:
        yield "<h3>By project and vintage</h3>"
        yield from _by_vintage(units.vintages.items)
        yield more(units.vintages)


def _by_vintage(items: Sequence[Units]) -> Iterator[str]:
    columns = [
        Column("project", "name"),
        Column("vintage", "year"),
        Column("instrument", "name"),
        Column("imported from", "name"),
        Column("units", "number"),
        *(Column(state, "number") for state in SHOWN_STATES),
    ]
    rows = [(item.project, item.vintage, item.instrument, item.registry, item.total, *_counts(item)) for item in items]
    yield from table("Units by project and vintage", columns, rows)


def _counts(item: Units) -> list[int | None]:
    return [item.states.get(state) or None for state in SHOWN_STATES]


def held(contents: LedgerContents) -> Section:
    """What is held, and by whom."""
    return Section("held", "What is held, and by whom", _held(contents))


def _held(contents: LedgerContents) -> Iterator[str]:
    accounts = contents.units.accounts
    if not accounts.items:
        yield "<p>No account has or had units.</p>"
        return
    columns = [
        Column("account", "name"),
        Column("holder", "name"),
        Column("instrument", "name"),
        Column("held", "number"),
        *(Column(state, "number") for state in SHOWN_STATES),
    ]
    rows = [(item.account, item.account_name, item.instrument, item.held, *_counts(item)) for item in accounts.items]
    yield "<p>An account holds the units that are not gone: active, locked, buffered, pending and expired ones.</p>"
    yield from table("Units by account and instrument", columns, rows)
    yield more(accounts)


def held_sentence(item: Units, holders: int) -> str:
    """One sentence about the units of an instrument, for the first page."""
    parts = [f"{number(item.states[state])} {state}" for state in SHOWN_STATES if item.states.get(state)]
    accounts = f"held in {holders:,} {'account' if holders == 1 else 'accounts'}" if item.held else "none of them held"
    return (
        f"<b>{text(units_words(item.total, item.unit))}</b> of {name(item.instrument)}: {', '.join(parts)}; {accounts}."
    )
