"""Serials: closed ranges of whole numbers, which are counted and cut by arithmetic.

A serial is a batch and a number from 1 to the batch's count. A block is a batch and a closed range of serials.
Who holds a block is known to the ledger (`Ledger.holdings`), not to the block. Serials of other registries are
`RegistrySerial` records: `parse_serial` parses them by a grammar, which is one of `GRAMMARS` or your own.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import ClassVar, Final

from attrs import field, frozen

from carbon_ledger.choices import TimeLike
from carbon_ledger.errors import SerialError
from carbon_ledger.periods import Period, instant_text, instant_utc
from carbon_ledger.periods.instants import time_of
from carbon_ledger.printing import quote
from carbon_ledger.records import Json, Record, seconds_text
from carbon_ledger.registries import (
    GRAMMARS,
    RegistrySerial,
    SerialForm,
    SerialGrammar,
    grammar_of,
    parse_serial,
)
from carbon_ledger.tables import INTEGER, TEXT, TIME, Column, columns_of
from carbon_ledger.tables.html import html_record

__all__ = [
    "BLOCK",
    "GRAMMARS",
    "Batch",
    "Block",
    "Hour",
    "HourTable",
    "RegistrySerial",
    "SerialForm",
    "SerialGrammar",
    "block_of",
    "grammar_of",
    "parse_serial",
]

BATCH_PATTERN: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}/[0-9]{4}/(?:0|[1-9][0-9]{0,17})"
BLOCK: Final = re.compile(
    rf"(?P<batch>{BATCH_PATTERN})"
    r"/(?P<first>[1-9][0-9]{0,17})(?:-(?P<last>[1-9][0-9]{0,17}))?"
)


@frozen(order=True, repr=False)
class Block(Record):
    """A closed range of the serials of a batch.

    Args:
        batch_id: The batch's id.
        first: First serial number, 1 or more.
        last: Last serial number, which is included.

    Raises:
        SerialError: The range is reversed or begins before 1; or *batch_id* is not a text.

    Example:
        >>> Block("hydro/2024/17", 1, 250).count
        250
    """

    _derived = ("count",)
    _is_line = True
    _repr_html_ = html_record

    batch_id: str
    first: int
    last: int

    def __attrs_post_init__(self) -> None:
        """Refuse a range that contains no serial, and a batch id that is not a text."""
        if not isinstance(self.batch_id, str) or not self.batch_id.isprintable():
            raise SerialError(f"block of batch {quote(self.batch_id)}: expected the batch's id, a text")
        first, last = self.first, self.last
        if type(first) is not int or type(last) is not int or not 1 <= first <= last:
            raise SerialError(
                f"block {self.batch_id}/{quote(first)}-{quote(last)}: expected whole numbers with "
                "1 <= first <= last (both ends included)"
            )

    @property
    def count(self) -> int:
        """The number of serials: last - first + 1."""
        return self.last - self.first + 1

    def take(self, count: int) -> "Block":
        """The first *count* serials of this block.

        Raises:
            SerialError: *count* is below 1 or above the block's count.

        Example:
            >>> str(Block("hydro/2024/17", 11, 20).take(3))
            'hydro/2024/17/11-13'
        """
        if type(count) is not int or not 1 <= count <= self.count:
            raise SerialError(
                f"cannot take {quote(count)} serials of block {self}: expected a whole number from 1 to {self.count}"
            )
        return Block(self.batch_id, self.first, self.first + count - 1)

    def cut(self, *counts: int) -> tuple["Block", ...]:
        """This block, cut into parts of the given counts. The serials that are left over are the last part.

        Returns:
            Blocks that partition this block exactly, in order. No block is empty.

        Raises:
            SerialError: A count is below 1, or their sum is above the block's count.

        Example:
            >>> [str(part) for part in Block("hydro/2024/17", 1, 10).cut(3, 4)]
            ['hydro/2024/17/1-3', 'hydro/2024/17/4-7', 'hydro/2024/17/8-10']
        """
        if any(type(count) is not int or count < 1 for count in counts) or sum(counts) > self.count:
            raise SerialError(
                f"cannot cut block {self} of {self.count} serials into {quote(counts)}: "
                f"expected counts of 1 or more, whose sum is at most {self.count}"
            )
        parts, first = [], self.first
        for count in counts:
            parts.append(Block(self.batch_id, first, first + count - 1))
            first += count
        if first <= self.last:
            parts.append(Block(self.batch_id, first, self.last))
        return tuple(parts)

    def __contains__(self, serial: object) -> bool:
        """Whether a serial or a block (or its text) lies wholly in this block."""
        other = block_of(serial)
        return other.batch_id == self.batch_id and self.first <= other.first and other.last <= self.last

    def __str__(self) -> str:
        """The block's text, e.g. ``hydro/2024/17/1-250``, or ``hydro/2024/17/1`` for one serial."""
        return f"{self.batch_id}/{self.first}" + ("" if self.count == 1 else f"-{self.last}")


@frozen(repr=False)
class Hour(Record):
    """The units of a granular batch that were generated in one metered step, which is an hour or shorter.

    Attributes:
        block: The units.
        period: The whole step, even if it lies in two vintages.
    """

    _derived = ("count",)

    block: Block
    period: Period

    @property
    def count(self) -> int:
        """The number of units. [Wh]"""
        return self.block.count


@frozen(repr=False)
class HourTable(Record):
    """The metered steps of a granular batch, in time order, and the serials of each step.

    Args:
        batch_id: The batch's id.
        starts: Start of each step that has a unit. [s since 1970-01-01 UTC]
        ends: End of each of these steps. [s since 1970-01-01 UTC]
        lasts: Last serial of each of these steps: the prefix sums of their units.

    Example:
        >>> table = HourTable("hourly/2024/6", (0, 7200), (3600, 10800), (3, 5))
        >>> [(str(hour.block), hour.period.start_utc) for hour in table.hours(Block("hourly/2024/6", 3, 4))]
        [('hourly/2024/6/3', 0), ('hourly/2024/6/4', 7200)]
    """

    batch_id: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    lasts: tuple[int, ...]

    def to_dict(self) -> dict[str, Json]:
        """The table as plain values, with the starts and ends as ISO 8601 texts."""
        edges = {"starts": self.starts, "ends": self.ends}
        return super().to_dict() | {name: [seconds_text(item) for item in times] for name, times in edges.items()}

    def block_at(self, time_utc: int) -> Block | None:
        """The units of the step that contains an instant, or ``None`` if there is no such step.

        Args:
            time_utc: The instant. [s since 1970-01-01 UTC]
        """
        position = bisect_right(self.starts, time_utc) - 1
        if position < 0 or self.ends[position] <= time_utc:
            return None
        return Block(self.batch_id, self._first(position), self.lasts[position])

    def inside(self, period: Period) -> Block | None:
        """The units of the steps that lie wholly inside a period, or ``None`` if there is no such step."""
        first, last = bisect_left(self.starts, period.start_utc), bisect_right(self.ends, period.end_utc) - 1
        return Block(self.batch_id, self._first(first), self.lasts[last]) if first <= last else None

    def hours(self, block: Block, within: Period | None = None) -> Iterator[Hour]:
        """The steps of a block's units, each with its units, in time order.

        Args:
            block: Units of this batch.
            within: If given, only steps that overlap this period.
        """
        position = bisect_left(self.lasts, block.first)
        if within is not None:
            position = max(position, bisect_right(self.ends, within.start_utc))
        while position < len(self.lasts):
            first, last = max(self._first(position), block.first), min(self.lasts[position], block.last)
            if first > last or (within is not None and self.starts[position] >= within.end_utc):
                return
            yield Hour(Block(self.batch_id, first, last), Period(self.starts[position], self.ends[position]))
            position += 1

    def _first(self, position: int) -> int:
        return self.lasts[position - 1] + 1 if position else 1


@frozen(kw_only=True, repr=False)
class Batch(Record):
    """The serials that one issuance issued for one vintage; or a block that was imported from another registry.

    Attributes:
        batch_id: Project (or registry), vintage, and the number of the entry that created the batch. It is unique.
        project: The project's id.
        instrument: The instrument's id.
        vintage: Local calendar year of the generation.
        count: Number of issued units, whose serials are 1 to *count*.
        account: The account that the units were issued to.
        production: From the start of the first to the end of the last step that the units were issued for.
        expires_utc: First second in which the units can no longer be used, if the instrument expires. [s since
            1970-01-01 UTC]
        transferable_until_utc: First second in which the units can no longer be transferred, if there is one. [s since
            1970-01-01 UTC]
        device: The device, for granular certificates.
        registry: For an imported block, the other registry; *project* is then the project's name in that registry.
        serial: For an imported block, its serial in the other registry, which numbers the same units in the same order.
    """

    _in_repr = ("batch_id", "count", "instrument", "account")
    _is_line = True
    _columns: ClassVar[tuple[Column, ...]] = (
        *columns_of(TEXT, "batch_id", "project", "instrument"),
        *columns_of(INTEGER, "vintage", "count"),
        Column("account", TEXT),
        Column("production_start", TIME, lambda item: item.production.start),
        Column("production_end", TIME, lambda item: item.production.end),
        *columns_of(TIME, "expires", "transferable_until"),
        *columns_of(TEXT, "device", "registry", "serial"),
    )
    _repr_html_ = html_record

    batch_id: str
    project: str
    instrument: str
    vintage: int
    count: int
    account: str
    production: Period
    expires_utc: int | None = None
    transferable_until_utc: int | None = None
    device: str | None = None
    registry: str | None = None
    serial: str | None = None
    # Set by the ledger that returns the batch; it does not take part in comparisons.
    _hours: Callable[[], HourTable] | None = field(default=None, eq=False, repr=False)

    @property
    def expires(self) -> datetime | None:
        """The first time at which the units can no longer be used, in UTC, or `None`."""
        return time_of(self.expires_utc)

    @property
    def transferable_until(self) -> datetime | None:
        """The first time at which the units can no longer be transferred, in UTC, or `None`."""
        return time_of(self.transferable_until_utc)

    @property
    def first(self) -> int:
        """The first serial number, always 1."""
        return 1

    @property
    def last(self) -> int:
        """The last serial number, the batch's count."""
        return self.count

    @property
    def block(self) -> Block:
        """The block of all units of the batch."""
        return Block(self.batch_id, 1, self.count)

    def take(self, count: int) -> Block:
        """The first *count* serials of the batch.

        Raises:
            SerialError: *count* is below 1 or above the batch's count.
        """
        return self.block.take(count)

    def cut(self, *counts: int) -> tuple[Block, ...]:
        """The batch, cut into blocks; see `Block.cut`.

        Raises:
            SerialError: A count is below 1, or their sum is above the batch's count.
        """
        return self.block.cut(*counts)

    def hour(self, time: TimeLike) -> Block:
        """The units of the hour that contains a time; if metered steps are shorter, of the step that contains it.

        Args:
            time: An aware `datetime`, or ISO 8601 text with its zone.

        Raises:
            SerialError: The batch is not granular, was not returned by a ledger, or has no unit of that hour.
            NaiveTimeError: *time* has no zone.
            PeriodError: *time* is not a time.

        Source:
            ledger-model section 6: unit k's step follows from the prefix sums.

        Example:
            >>> import carbon_ledger as cl
            >>> ledger = cl.open_ledger(":memory:")
            >>> _ = ledger.open_account("owner", name="Owner")
            >>> _ = ledger.register_device(cl.Device(id="plant", name="Plant", technology="hydro/run-of-river",
            ...     capacity="1 MW", country="AZ", grid="AZ", zone="UTC", commissioned="2024-01-01"))
            >>> _ = ledger.register_project(cl.Project(id="hourly", instrument="GC", zone="UTC", devices=("plant",)))
            >>> _ = ledger.record_readings("plant", start="2024-05-01T00:00Z", step="1 hour", net_wh=[300, 200])
            >>> (batch,) = ledger.issue("hourly", cl.Period.of("2024-05-01T00:00Z", "2024-05-01T02:00Z"), to="owner")
            >>> str(batch.hour("2024-05-01T01:30Z"))
            'hourly/2024/6/301-500'
        """
        at = instant_utc(time, "hour")
        if self.device is None:
            raise SerialError(
                f"batch {self.batch_id} of {self.instrument} is not granular, so its units have no hour; "
                "see trace(batch).quantification for the readings that it was issued for"
            )
        if self._hours is None:
            raise SerialError(
                f"batch {self.batch_id} was not returned by a ledger, so its hours are unknown; take it from "
                f"ledger.batches({quote(self.project)})"
            )
        block = self._hours().block_at(at)
        if block is None:
            raise SerialError(
                f"batch {self.batch_id} of {self.production} has no unit of {instant_text(at)}: no step with units "
                "contains that time; see ledger.hours(batch)"
            )
        return block

    def __str__(self) -> str:
        """The batch's whole block as text."""
        return str(self.block)


def block_of(value: object) -> Block:
    """The block that was passed: a `Block`, the block of a `Batch`, or the block of a text.

    Args:
        value: A `Block`, a `Batch`, or the text of a block or of a serial.

    Raises:
        SerialError: *value* is not one of these.

    Example:
        >>> block_of("hydro/2024/17/5").count
        1
    """
    if isinstance(value, Block):
        return value
    if isinstance(value, Batch):
        return value.block
    match = BLOCK.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise SerialError(f"block {quote(value)}: expected a Block, a Batch, or text such as 'hydro/2024/17/1-250'")
    first = int(match["first"])
    return Block(match["batch"], first, int(match["last"]) if match["last"] else first)
