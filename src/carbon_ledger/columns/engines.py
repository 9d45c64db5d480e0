"""What the checks need of an engine, and the tree of hashes as selects."""

from collections.abc import Sequence
from typing import Any, Final, Protocol

from attrs import frozen

from carbon_ledger.errors import CarbonLedgerError
from carbon_ledger.log.merkle import root_hash

PART_HEIGHT: Final = 17  # a partition has 2^17 entries, and is a whole subtree of the log
_NODE: Final = """select whole(place, 2) as place, case when count(*) = 2
  then unhex(sha256_hex(unhex('01') || min_by(hash, place) || max_by(hash, place))) else min(hash) end as hash
from {level} group by whole(place, 2)"""
_AT_ONCE: Final = 4  # levels of a select


class Engine(Protocol):
    """A database in which the tables are made and the checks are run."""

    name: str

    def table(self, name: str, select: str) -> None:
        """Make a table of the rows of a select."""

    def drop(self, name: str) -> None:
        """Remove a table."""

    def rows(self, select: str) -> list[tuple[Any, ...]]:
        """The rows of a select."""


@frozen
class Tree:
    """The tree of the stored leaf hashes below a number.

    Attributes:
        root: The RFC 6962 root, hexadecimal; empty if a leaf is missing, is there twice, or is not 32 octets.
        parts: The roots of the partitions, of which the last may be a part of one; none if there is no root.
    """

    root: str
    parts: tuple[str, ...]


def tree_of(engine: Engine, size: int, height: int, before: Sequence[str] = ()) -> Tree:
    """The tree of the stored leaf hashes below a number, level by level.

    A last node without a sibling moves up, which gives the tree that RFC 6962 defines.

    Args:
        engine: The engine; it has the table `entry`.
        size: How many entries.
        height: The height of a partition: it has 2^height entries.
        before: The roots of the first partitions, whose leaves are not read.
    """
    first, found = len(before) << height, tuple(before)
    if first < size:
        ((count, least, most, distinct, sound),) = engine.rows(
            "select count(*), min(n), max(n), count(distinct n), "
            "sum(case when length(hex(leaf)) = 64 then 1 else 0 end) "
            f"from entry where n >= {first} and n < {size}"
        )
        expected = size - first
        if (count, least, most, distinct, sound) != (expected, first, size - 1, expected, expected):
            return Tree("", ())
        found += _parts(engine, first, size, height)
    try:
        return Tree(root_hash([bytes.fromhex(part) for part in found]).hex(), found)
    except (ValueError, CarbonLedgerError):  # what a manifest states is no hash
        return Tree("", ())


def _parts(engine: Engine, first: int, size: int, height: int) -> tuple[str, ...]:
    """The roots of the partitions of a range, which begins with a partition."""
    level = "level_0"
    engine.table(level, f"select n as place, leaf as hash from entry where n >= {first} and n < {size}")
    levels = min(height, (size - first - 1).bit_length())  # then each partition has one node
    for below in range(0, levels, _AT_ONCE):
        above, select = f"level_{below + _AT_ONCE}", level
        for _ in range(min(_AT_ONCE, levels - below)):
            select = _NODE.format(level=select if select == level else f"({select}) below")
        engine.table(above, select)
        engine.drop(level)
        level = above
    rows = engine.rows(f"select lower(hex(hash)) from {level} order by place")
    engine.drop(level)
    return tuple(str(root) for (root,) in rows)
