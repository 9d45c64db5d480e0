"""Queries about retirements: permanent claims, read from the entries that recorded them."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from attrs import frozen

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import UNITS_CONVERTED, UNITS_RETIRED
from carbon_ledger.core.grammars import registry_serial
from carbon_ledger.core.holdings.pieces import blocks_of_event, continues, with_continuations
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import SerialError, UnknownThingError
from carbon_ledger.periods import Period
from carbon_ledger.periods.instants import instant_text
from carbon_ledger.printing import lines, named, quote
from carbon_ledger.records import Record, time_text
from carbon_ledger.registries import RegistrySerial
from carbon_ledger.serials import Block
from carbon_ledger.tables import (
    INTEGER,
    TEXT,
    TIME,
    Cells,
    Column,
    Table,
    Tabular,
    Value,
    html_table,
    list_column,
    period_columns,
    shown,
    table_of,
    text_table,
)
from carbon_ledger.waivers import Waiver, waivers_of, waivers_text

RETIRING: Final = (UNITS_RETIRED, UNITS_CONVERTED)
_MOST_DIGITS: Final = 18  # of the number of an entry


@frozen(kw_only=True, repr=False)
class Retirement(Record, Tabular):
    """A permanent claim: the beneficiary, the purpose and the retired units. It is a table with a row for each block.

    Attributes:
        n: The entry that recorded the retirement, or the first of several entries.
        number: The number of the statement: the ledger's id and *n*, e.g. ``hydro/57``.
        at: When the retirement was recorded, UTC.
        blocks: The units.
        instrument: The instrument of the units.
        account: The account that held the units.
        beneficiary: Who makes the claim.
        purpose: What the claim is for.
        period: The reporting period of the claim.
        entries: All entries that recorded the retirement: one entry, or several for very many blocks.
        waivers: The checks that were waived, with their reasons.
        registry_serials: For each block, the other registry's serial of exactly these units if the block was imported,
            or `None` if it was issued in this ledger.
        reference: The number of a contract or an order, or `None`.
    """

    _in_repr = ("number", "count", "blocks", "beneficiary", "purpose")
    _derived = ("count",)

    _columns: ClassVar[tuple[Column, ...]] = (
        Column("number", TEXT),
        Column("entry", INTEGER, lambda item: item.n),
        Column("at", TIME),
        Column("account", TEXT),
        Column("instrument", TEXT),
        Column("beneficiary", TEXT),
        Column("purpose", TEXT),
        *period_columns("period"),
        Column("reference", TEXT),
        Column("waivers", TEXT, lambda item: waivers_text(item.waivers) or None),
        Column("units", INTEGER, lambda item: item.count),
        list_column("blocks"),
    )
    n: int
    number: str
    at: datetime
    blocks: tuple[Block, ...]
    instrument: str
    account: str
    beneficiary: str
    purpose: str
    period: Period
    entries: tuple[int, ...]
    registry_serials: tuple[RegistrySerial | None, ...]
    waivers: tuple[Waiver, ...] = ()
    reference: str | None = None

    @property
    def count(self) -> int:
        """Number of units retired."""
        return sum(block.count for block in self.blocks)

    @property
    def block(self) -> Block:
        """The units as one block.

        Raises:
            SerialError: The units are several blocks.
        """
        if len(self.blocks) > 1:
            raise SerialError(f"retirement {self.number}: it has {len(self.blocks)} blocks, expected one; use .blocks")
        return self.blocks[0]

    def _table(self) -> Table:
        claim = tuple(_of_claim(item, self) for item in self._columns[:-2])
        return table_of("Retirement", claim + _BLOCK, zip(self.blocks, self.registry_serials, strict=True))

    def rows(self) -> list[Cells]:
        """The blocks as rows of plain values, each with the whole claim."""
        claim = dict(self._claim())
        return [
            {
                **claim,
                "vintage": int(block.batch_id.split("/")[1]),
                "serials": str(block),
                "units": block.count,
                "registry": None if serial is None else serial.registry,
                "registry serials": None if serial is None else serial.text,
            }
            for block, serial in zip(self.blocks, self.registry_serials, strict=True)
        ]

    def _claim(self) -> list[tuple[str, Value]]:
        return [
            ("number", self.number),
            ("recorded", time_text(self.at.replace(microsecond=0))),
            ("beneficiary", self.beneficiary),
            ("purpose", self.purpose),
            ("period start", instant_text(self.period.start_utc)),
            ("period end", instant_text(self.period.end_utc)),
            ("account", self.account),
            ("instrument", self.instrument),
            ("units in all", self.count),
            ("waived", waivers_text(self.waivers) or None),
            *([] if self.reference is None else [("reference", self.reference)]),
        ]

    def __str__(self) -> str:
        """The statement as text."""
        head = [f"  {name:<14}{shown(name, value)}" for name, value in self._claim()[1:] if value is not None]
        return lines(f"Retirement {self.number}", *head, *text_table(_units(self.rows())))

    def _repr_html_(self) -> str:
        """The statement as HTML, with every text escaped."""
        claim: list[Cells] = [{"what": name, "value": value} for name, value in self._claim()[1:] if value is not None]
        return html_table(f"Retirement {self.number}", claim) + html_table("Its units", _units(self.rows()))


# The columns of a block with the other registry's serial.
_BLOCK: Final = (
    Column("vintage", INTEGER, lambda item: int(item[0].batch_id.split("/")[1])),
    Column("batch_id", TEXT, lambda item: item[0].batch_id),
    Column("first", INTEGER, lambda item: item[0].first),
    Column("last", INTEGER, lambda item: item[0].last),
    Column("units", INTEGER, lambda item: item[0].count),
    Column("registry", TEXT, lambda item: item[1] and item[1].registry),
    Column("registry_serial", TEXT, lambda item: item[1] and item[1].text),
)


def _of_claim(column: Column, claim: Retirement) -> Column:
    """A column that has the same value in every row, that of the whole claim."""
    value = column.value_of(claim)
    return Column(column.name, column.kind, lambda _: value)


def _units(rows: Sequence[Cells]) -> list[Cells]:
    names = ["vintage", "units", "serials"]
    names += ["registry serials"] if any(row["registry serials"] for row in rows) else []
    return [{name: row[name] for name in names} for row in rows]


def _claim_of(view: View, event: Any) -> tuple[str, str, Period]:
    """Beneficiary, purpose and reporting period; a conversion implies them by its holder, instrument and issuance."""
    if "beneficiary" in event:
        return event["beneficiary"], event["purpose"], Period.from_record(event["reporting_period"])
    holder = view.entry(view.registration("account", event["account"]) or 0).event
    period = view.entry(event["issuance"]).event["period"]
    return holder["name"], f"conversion to {event['instrument']['id']}", Period.from_record(period)


def retirement_of(view: View, entries: Sequence[Entry]) -> Retirement:
    """The retirement that the entries of one command recorded.

    Args:
        view: A state that has the entries.
        entries: The entries, in order.
    """
    first, event = entries[0], entries[0].event
    blocks = tuple(block for entry in entries for block in blocks_of_event(entry.event))
    beneficiary, purpose, period = _claim_of(view, event)
    return Retirement(
        n=first.n,
        number=f"{view.entry(0).event['ledger']}/{first.n}",
        at=first.recorded_at,
        blocks=blocks,
        instrument=lookup.batch(view, blocks[0].batch_id).batch.instrument,
        account=event["account"],
        beneficiary=beneficiary,
        purpose=purpose,
        period=period,
        waivers=waivers_of(event),
        entries=tuple(entry.n for entry in entries),
        registry_serials=tuple(registry_serial(view, block) for block in blocks),
        reference=event.get("reference"),
    )


def retirement_at(view: View, n: int) -> Retirement:
    """The retirement that entry *n* records or continues.

    Raises:
        RefusedError: Entry *n* is not a retirement.
    """
    if type(n) is not int or not 0 <= n < view.size or view.entry(n).type not in RETIRING:
        raise UnknownThingError(
            f"retirement {named(n)}",
            "this ledger has no such retirement; see retirements(account)",
            rule="unknown-retirement",
        )
    while continues(view, view.entry(n)):
        n -= 1
    return retirement_of(view, with_continuations(view, view.entry(n)))


def retirement_named(view: View, name: int | str) -> Retirement:
    """The retirement with a statement's number, or with the number of an entry.

    Raises:
        RefusedError: This ledger has no such retirement.
    """
    ledger = view.entry(0).event["ledger"]
    if isinstance(name, str):
        before, _, digits = name.rpartition("/")
        if before != ledger or not (digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS):
            raise UnknownThingError(
                f"retirement {quote(name, 100)}",
                f"this is ledger {ledger}, expected a number such as {ledger}/57; see retirements(account)",
                rule="unknown-retirement",
            )
        name = int(digits)
    return retirement_at(view, name)


def retirement_numbers(view: View, account: str) -> Iterator[int]:
    """The first entry of every retirement from an account, oldest first.

    Args:
        view: The state.
        account: The account.
    """
    for balance in view.movements(account):
        entry = view.entry(balance.from_n)
        if entry.type in RETIRING and not continues(view, entry):
            yield entry.n


def retirements_of(view: View, account: str) -> Iterator[Retirement]:
    """Every retirement from an account, oldest first.

    Args:
        view: The state.
        account: The account.
    """
    return (retirement_at(view, n) for n in retirement_numbers(view, account))
