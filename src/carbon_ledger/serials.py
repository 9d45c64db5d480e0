"""Serials: closed ranges of whole numbers, counted and cut by arithmetic alone.

A serial is a batch and a number from 1 to the batch's count. A block is a batch and a closed range.
Nothing here knows who holds what: `Ledger.holdings` does.
"""

import re
from typing import Final

from attrs import frozen

from carbon_ledger.errors import SerialError
from carbon_ledger.periods import Period

BLOCK: Final = re.compile(
    r"(?P<batch>[A-Za-z0-9][A-Za-z0-9._-]{0,63}/[0-9]{4}/(?:0|[1-9][0-9]{0,17}))"
    r"/(?P<first>[1-9][0-9]{0,17})(?:-(?P<last>[1-9][0-9]{0,17}))?"
)


@frozen(order=True)
class Block:
    """A closed range of a batch's serials.

    Args:
        batch_id: The batch.
        first: First serial number, 1 or more.
        last: Last serial number, included.

    Raises:
        SerialError: The range is empty, reversed or begins before 1.

    Example:
        >>> Block("hydro/2024/17", 1, 250).count
        250
    """

    batch_id: str
    first: int
    last: int

    def __attrs_post_init__(self) -> None:
        """Refuse a range without a serial."""
        if type(self.first) is not int or type(self.last) is not int or not 1 <= self.first <= self.last:
            raise SerialError(
                f"block {self.batch_id}/{self.first}-{self.last}: expected whole numbers with "
                "1 <= first <= last (both ends included)"
            )

    @property
    def count(self) -> int:
        """How many serials: last - first + 1."""
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
            raise SerialError(f"cannot take {count!r} of block {self}: it has {self.count} (give 1 to {self.count})")
        return Block(self.batch_id, self.first, self.first + count - 1)

    def cut(self, *counts: int) -> tuple["Block", ...]:
        """Cut this block into parts of the given counts; what is left is the last part.

        Returns:
            Blocks that partition this one exactly, in order, none empty.

        Raises:
            SerialError: A count is below 1, or their sum is above the block's count.

        Example:
            >>> [str(part) for part in Block("hydro/2024/17", 1, 10).cut(3, 4)]
            ['hydro/2024/17/1-3', 'hydro/2024/17/4-7', 'hydro/2024/17/8-10']
        """
        if any(type(count) is not int or count < 1 for count in counts) or sum(counts) > self.count:
            raise SerialError(f"cannot cut block {self} of {self.count} into {counts!r}: counts of 1 or more within it")
        parts, first = [], self.first
        for count in counts:
            parts.append(Block(self.batch_id, first, first + count - 1))
            first += count
        if first <= self.last:
            parts.append(Block(self.batch_id, first, self.last))
        return tuple(parts)

    def __contains__(self, serial: object) -> bool:
        """Whether a serial (its text, or a block) lies wholly in this block."""
        other = block_of(serial)
        return other.batch_id == self.batch_id and self.first <= other.first and other.last <= self.last

    def __str__(self) -> str:
        """The block's text, e.g. ``hydro/2024/17/1-250``; one serial has no dash."""
        return f"{self.batch_id}/{self.first}" + ("" if self.count == 1 else f"-{self.last}")


@frozen(kw_only=True)
class Batch:
    """One issuance's serial range for one vintage.

    Attributes:
        batch_id: Project, vintage and the number of the issuance's entry; never used again.
        project: The project's id.
        instrument: The instrument's id.
        vintage: Local calendar year of the generation.
        count: Units issued: serials 1 to *count*.
        account: The account they were issued to.
        production: From the first to the last step behind the batch.
        expires_utc: First second in which units can no longer be used, if the instrument expires. [s]
        device: The device, for granular certificates.
    """

    batch_id: str
    project: str
    instrument: str
    vintage: int
    count: int
    account: str
    production: Period
    expires_utc: int | None = None
    device: str | None = None

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
        """All of the batch."""
        return Block(self.batch_id, 1, self.count)

    def take(self, count: int) -> Block:
        """The first *count* serials of the batch.

        Raises:
            SerialError: *count* is below 1 or above the batch's count.
        """
        return self.block.take(count)

    def cut(self, *counts: int) -> tuple[Block, ...]:
        """Cut the batch into blocks; see `Block.cut`.

        Raises:
            SerialError: A count is below 1, or their sum is above the batch's count.
        """
        return self.block.cut(*counts)

    def __str__(self) -> str:
        """The batch's whole block as text."""
        return str(self.block)


def block_of(value: object) -> Block:
    """Take a block at the door: a `Block`, a `Batch` (all of it), or a block's or serial's text.

    Raises:
        SerialError: *value* is none of these.

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
        raise SerialError(f"{value!r} is no block: expected a Block, a Batch or text like 'hydro/2024/17/1-250'")
    first = int(match["first"])
    return Block(match["batch"], first, int(match["last"]) if match["last"] else first)
