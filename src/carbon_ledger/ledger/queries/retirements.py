"""Retirements: claims made for ever, read back from the entries that hold them."""

from collections.abc import Sequence
from typing import Any, Final

from attrs import frozen

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import UNITS_CONVERTED, UNITS_RETIRED
from carbon_ledger.core.grammars import registry_serial
from carbon_ledger.core.holdings.pieces import blocks_of_event, continues
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import SerialError, UnknownThingError
from carbon_ledger.periods import Period
from carbon_ledger.periods.instants import instant_text
from carbon_ledger.printing import lines, named, quote
from carbon_ledger.registries import RegistrySerial
from carbon_ledger.serials import Block
from carbon_ledger.tables import Cells, Value, html_table, shown, text_table

RETIRING: Final = (UNITS_RETIRED, UNITS_CONVERTED)
_MOST_DIGITS: Final = 18  # of the number of an entry


@frozen(kw_only=True)
class Retirement:
    """A claim made for ever: who, for what, with which units.

    Attributes:
        n: The entry that recorded it; of several, the first.
        number: The statement's own number: the ledger's id and *n*, e.g. ``hydro/57``.
        at: When, UTC.
        blocks: The units.
        instrument: Their instrument.
        account: The account that held them.
        beneficiary: Who makes the claim.
        purpose: What for.
        period: The reporting period of the claim.
        entries: All entries that hold it: one, but for very many blocks.
        registry_serials: Of blocks that came from another registry, that registry's own serials of these very units;
            one a block, none for those issued here.
    """

    n: int
    number: str
    at: str
    blocks: tuple[Block, ...]
    instrument: str
    account: str
    beneficiary: str
    purpose: str
    period: Period
    entries: tuple[int, ...]
    registry_serials: tuple[RegistrySerial | None, ...]

    @property
    def count(self) -> int:
        """Units retired."""
        return sum(block.count for block in self.blocks)

    @property
    def block(self) -> Block:
        """The units, where they are one block.

        Raises:
            SerialError: They are several.
        """
        if len(self.blocks) > 1:
            raise SerialError(f"retirement {self.number} is of {len(self.blocks)} blocks: see .blocks")
        return self.blocks[0]

    def rows(self) -> list[Cells]:
        """The units as plain values, a row a block, each with the whole claim."""
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
            ("recorded", f"{self.at[:19]}Z"),
            ("beneficiary", self.beneficiary),
            ("purpose", self.purpose),
            ("period start", instant_text(self.period.start_utc)),
            ("period end", instant_text(self.period.end_utc)),
            ("account", self.account),
            ("instrument", self.instrument),
            ("units in all", self.count),
        ]

    def __str__(self) -> str:
        """The statement as text."""
        head = [f"  {name:<14}{shown(name, value)}" for name, value in self._claim()[1:]]
        return lines(f"Retirement {self.number}", *head, *text_table(_units(self.rows())))

    def _repr_html_(self) -> str:
        """The statement as HTML, every text of it escaped."""
        claim: list[Cells] = [{"what": name, "value": value} for name, value in self._claim()[1:]]
        return html_table(f"Retirement {self.number}", claim) + html_table("Its units", _units(self.rows()))


def _units(rows: Sequence[Cells]) -> list[Cells]:
    names = ["vintage", "units", "serials"]
    names += ["registry serials"] if any(row["registry serials"] for row in rows) else []
    return [{name: row[name] for name in names} for row in rows]


def _claim_of(view: View, event: Any) -> tuple[str, str, Period]:
    """Beneficiary, purpose and reporting period; of a conversion, what it is by its nature."""
    if "beneficiary" in event:
        return event["beneficiary"], event["purpose"], Period.from_record(event["reporting_period"])
    holder = view.entry(view.registration("account", event["account"]) or 0).event
    period = view.entry(event["issuance"]).event["period"]
    return holder["name"], f"conversion to {event['instrument']['id']}", Period.from_record(period)


def retirement_of(view: View, entries: Sequence[Entry]) -> Retirement:
    """The retirement that entries recorded, all of one command.

    Args:
        view: A state that has them.
        entries: The entries, in order.
    """
    first, event = entries[0], entries[0].event
    blocks = tuple(block for entry in entries for block in blocks_of_event(entry.event))
    beneficiary, purpose, period = _claim_of(view, event)
    return Retirement(
        n=first.n,
        number=f"{view.entry(0).event['ledger']}/{first.n}",
        at=first.at,
        blocks=blocks,
        instrument=lookup.batch(view, blocks[0].batch_id).batch.instrument,
        account=event["account"],
        beneficiary=beneficiary,
        purpose=purpose,
        period=period,
        entries=tuple(entry.n for entry in entries),
        registry_serials=tuple(registry_serial(view, block) for block in blocks),
    )


def retirement_at(view: View, n: int) -> Retirement:
    """The retirement that entry *n* records, or goes on with.

    Raises:
        RefusedError: It records none.
    """
    if type(n) is not int or not 0 <= n < view.size or view.entry(n).type not in RETIRING:
        raise UnknownThingError(
            f"retirement {named(n)}",
            "no such retirement in this ledger; see retirements(account)",
            rule="unknown-retirement",
        )
    while continues(view, view.entry(n)):
        n -= 1
    entries = [view.entry(n)]
    while n + 1 < view.size and (after := view.entry(n + 1)).type in RETIRING and continues(view, after):
        entries.append(after)
        n += 1
    return retirement_of(view, entries)


def retirement_named(view: View, name: int | str) -> Retirement:
    """A retirement by its number, or by the number of its entry.

    Raises:
        RefusedError: This ledger has no such retirement.
    """
    ledger = view.entry(0).event["ledger"]
    if isinstance(name, str):
        before, _, digits = name.rpartition("/")
        if before != ledger or not (digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS):
            raise UnknownThingError(
                f"retirement {quote(name, 100)}",
                f"this is ledger {ledger}, whose retirements are numbered like {ledger}/57",
                rule="unknown-retirement",
            )
        name = int(digits)
    return retirement_at(view, name)


def retirements_of(view: View, account: str) -> tuple[Retirement, ...]:
    """Every retirement from an account, oldest first.

    Args:
        view: The state.
        account: The account.
    """
    entries = [balance.from_n for balance in view.movements(account)]
    firsts = [n for n in entries if (entry := view.entry(n)).type in RETIRING and not continues(view, entry)]
    return tuple(retirement_at(view, n) for n in firsts)
