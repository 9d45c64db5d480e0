"""The records of new entries, and of changes of issuances and readings, since an earlier size: rows of tables."""

from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Final

from attrs import frozen

from carbon_ledger.exact import arithmetic, plain, text_of
from carbon_ledger.periods.spans import Span
from carbon_ledger.printing import printable
from carbon_ledger.records import Record, seconds_text
from carbon_ledger.tables import DECIMAL, INTEGER, TEXT, TIME, Column, list_column


@frozen(kw_only=True, repr=False)
class EntryCount(Record):
    """How many new entries have a type.

    Attributes:
        type: The type of the event, e.g. ``generation.recorded``.
        count: How many entries there are.
        first: The number of the first of them.
        last: The number of the last of them.
    """

    _columns: ClassVar[tuple[Column, ...]] = (
        Column("type", TEXT),
        Column("count", INTEGER),
        Column("first", INTEGER),
        Column("last", INTEGER),
    )

    type: str
    count: int
    first: int
    last: int

    def __str__(self) -> str:
        """The count in one line."""
        where = f"entry {self.first}" if self.count == 1 else f"entries {self.first} to {self.last}"
        return f"{self.count:,} {self.type}, {where}"


@frozen(kw_only=True, repr=False)
class ChangedIssuance(Span):
    """An issuance that was there then, and that has another amount or other units now.

    Attributes:
        issuance: The number of the issuance's entry.
        project: The project's id.
        start_utc: Start of the period. [s since 1970-01-01 UTC]
        end_utc: End of the period, exclusive.
        old_amount: The exact amount then. [unit]
        new_amount: The exact amount now; 0 if the issuance was voided or converted. [unit]
        old_units: The units that counted then.
        new_units: The units that count now.
        entries: The new entries that changed it, oldest first; of very many, the first.
        voided: Whether it is voided now, and was not then; a conversion voids an issuance as well.
    """

    _in_repr = ("issuance", "project", "old_amount", "new_amount", "old_units", "new_units")
    _derived = ("difference",)
    _columns: ClassVar[tuple[Column, ...]] = (
        Column("issuance", INTEGER),
        Column("project", TEXT),
        Column("start", TIME, lambda item: item.start_utc),
        Column("end", TIME, lambda item: item.end_utc),
        Column("old_amount", DECIMAL),
        Column("new_amount", DECIMAL),
        Column("difference", DECIMAL),
        Column("old_units", INTEGER),
        Column("new_units", INTEGER),
        list_column("entries", lambda item: item.entries),
    )

    issuance: int
    project: str
    start_utc: int
    end_utc: int
    old_amount: Decimal
    new_amount: Decimal
    old_units: int
    new_units: int
    entries: tuple[int, ...]
    voided: bool

    @property
    def difference(self) -> Decimal:
        """The new amount less the old amount. [unit]"""
        with arithmetic():
            return plain(self.new_amount - self.old_amount)

    def __str__(self) -> str:
        """The change in one line."""
        ended = ", voided" if self.voided else ""
        return (
            f"issuance {self.issuance} of {self.project}{ended}: amount {text_of(self.old_amount)} then, "
            f"{text_of(self.new_amount)} now; units {self.old_units:,} then, {self.new_units:,} now; "
            f"by {_entries(self.entries)}"
        )


_OF_READING: Final = (
    Column("entry", INTEGER),
    Column("at", TIME),
    Column("by", TEXT),
    Column("device", TEXT),
    Column("meter", TEXT),
    Column("start", TIME, lambda item: item.start_utc),
    Column("end", TIME, lambda item: item.end_utc),
)


@frozen(kw_only=True, repr=False)
class _NewReading(Span):
    """What a new reading and a new correction have alike: the entry, and the device's interval."""

    entry: int
    at: datetime
    by: str
    device: str
    meter: str | None
    start_utc: int
    end_utc: int


@frozen(kw_only=True, repr=False)
class LateReading(_NewReading):
    """A new reading of a time that was already claimed or verified then.

    Attributes:
        entry: The number of the entry that has the reading.
        at: When it was recorded. [UTC]
        by: The actor.
        device: The device's id.
        meter: The shared meter that it was recorded for, or None.
        start_utc: Start of the first late step. [s since 1970-01-01 UTC]
        end_utc: End of the last late step, exclusive.
        steps: How many late steps there are.
        net_wh: Their net energy. [Wh]
        into: ``claimed``: the time lies in a period for which units had been issued; otherwise ``verified``: it lies in
            a period that a verifier had approved, or before the end of the device's newest reading then.
    """

    _in_repr = ("entry", "device", "start", "end", "net_wh", "into")
    _columns: ClassVar[tuple[Column, ...]] = (
        *_OF_READING,
        Column("steps", INTEGER),
        Column("net_wh", INTEGER),
        Column("into", TEXT),
    )

    steps: int
    net_wh: int
    into: str

    def __str__(self) -> str:
        """The reading in one line."""
        steps = "1 step" if self.steps == 1 else f"{self.steps:,} steps"
        return (
            f"entry {self.entry}: {self.device}, {steps} from {_between(self)}, {self.net_wh:,} Wh, into time that was "
            f"{self.into} then"
        )


@frozen(kw_only=True, repr=False)
class CorrectedReading(_NewReading):
    """A new correction of a device's readings: the old energy and the new energy of the interval that it replaced.

    Attributes:
        entry: The number of the entry that made the correction effective.
        at: When it was recorded. [UTC]
        by: The actor.
        device: The device's id.
        meter: The shared meter whose correction changed the device, or None.
        start_utc: Start of the interval. [s since 1970-01-01 UTC]
        end_utc: End of the interval, exclusive.
        old_wh: Net energy of the interval before the correction. [Wh]
        new_wh: Net energy of the interval after it. [Wh]
        reason: The reason.
        evidence: The digest of the evidence.
        issuances: The numbers of the issuances that it changed.
    """

    _in_repr = ("entry", "device", "start", "end", "old_wh", "new_wh")
    _derived = ("difference_wh",)
    _columns: ClassVar[tuple[Column, ...]] = (
        *_OF_READING,
        Column("old_wh", INTEGER),
        Column("new_wh", INTEGER),
        Column("difference_wh", INTEGER),
        Column("reason", TEXT),
        Column("evidence", TEXT),
        list_column("issuances", lambda item: item.issuances),
    )

    old_wh: int
    new_wh: int
    reason: str
    evidence: str
    issuances: tuple[int, ...]

    @property
    def difference_wh(self) -> int:
        """The new energy less the old energy. [Wh]"""
        return self.new_wh - self.old_wh

    def __str__(self) -> str:
        """The correction in one line."""
        return (
            f"entry {self.entry}: {self.device}, {_between(self)}: {self.old_wh:,} Wh then, {self.new_wh:,} Wh now "
            f"({self.difference_wh:+,} Wh): {printable(self.reason)}; evidence {self.evidence}"
        )


def _between(item: _NewReading) -> str:
    """The interval of readings, as text."""
    return f"{seconds_text(item.start_utc)} to {seconds_text(item.end_utc)}"


def _entries(numbers: tuple[int, ...]) -> str:
    """The numbers of entries, as text."""
    more = f" and {len(numbers) - 10:,} more" if len(numbers) > 10 else ""
    return f"{'entry' if len(numbers) == 1 else 'entries'} {', '.join(map(str, numbers[:10]))}{more}"
