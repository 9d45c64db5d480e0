"""What the checks need of an engine, and the tree of hashes as selects."""

from collections.abc import Callable
from typing import Any, Final, Protocol

_NODE: Final = """select whole(place, 2) as place, case when count(*) = 2
  then unhex(sha256_hex(unhex('01') || min_by(hash, place) || max_by(hash, place))) else min(hash) end as hash
from {level} group by whole(place, 2)"""
NO_ENTRY: Final = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


class Engine(Protocol):
    """A database in which the tables are made and the checks are run."""

    name: str

    def table(self, name: str, select: str) -> None:
        """Make a table of the rows of a select."""

    def drop(self, name: str) -> None:
        """Remove a table."""

    def rows(self, select: str) -> list[tuple[Any, ...]]:
        """The rows of a select."""


def root_of(engine: Engine, size: int, at_height: Callable[[int, str], None] | None = None) -> str:
    """The RFC 6962 root of the stored leaf hashes below a number, level by level.

    A last node without a sibling moves up, which gives the tree that RFC 6962 defines.

    Args:
        engine: The engine; it has the table `entry`.
        size: How many entries.
        at_height: Called with each height and the name of its table of `place` and `hash`, while the table exists.

    Returns:
        Hexadecimal digits; empty if a leaf is missing, is there twice, or is not 32 octets.
    """
    ((count, least, most, distinct, sound),) = engine.rows(
        "select count(*), min(n), max(n), count(distinct n), sum(case when length(hex(leaf)) = 64 then 1 else 0 end) "
        f"from entry where n < {size}"
    )
    if size == 0:
        return NO_ENTRY
    if (count, least, most, distinct, sound) != (size, 0, size - 1, size, size):
        return ""
    level = "level_0"
    engine.table(level, f"select n as place, leaf as hash from entry where n < {size}")
    height, width = 0, size
    while True:
        if at_height is not None:
            at_height(height, level)
        if width == 1:
            break
        above = f"level_{height + 1}"
        engine.table(above, _NODE.format(level=level))
        engine.drop(level)
        level, height, width = above, height + 1, (width + 1) // 2
    ((root,),) = engine.rows(f"select lower(hex(hash)) from {level}")
    engine.drop(level)
    return str(root)
