"""Reading the tables of a SQL store in short slices: tiles of the log, and rows in order of a key.

One long read transaction would lock writers out or keep old rows alive, and the memory for a whole table would grow
with the log.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, Final, Protocol

from carbon_ledger.errors import BrokenLogError
from carbon_ledger.log.coordinates import WIDTH
from carbon_ledger.stores.cache import Cache, clear_if_full
from carbon_ledger.stores.sql.damage import blob
from carbon_ledger.stores.tables import BY_NAME, Values

SLICE: Final = 1_000
_PARTIAL_TILES: Final = 64
_RULE_BYTES: Final = 6_000  # the cost of applying an entry's rule in an audit, as the bytes decoded in the same time


class Source(Protocol):
    """What reading in slices needs of the store."""

    @property
    def path(self) -> Path | str:
        """The store, for messages."""

    def select(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Values]:
        """The rows of a query."""


class Hashed(Source, Protocol):
    """What reading tiles needs of the store."""

    @property
    def cache(self) -> Cache:
        """The cache of what the caller's queries have read."""


def hashes(source: Source, level: int, start: int, stop: int) -> list[bytes]:
    """The stored hashes start..stop-1 of a level of the log's tree: leaf hashes, or roots of full tiles."""
    return [blob(row[0], source.path) for row in source.select(*_hash_query(level, start, stop))]


def _hash_query(level: int, start: int, stop: int) -> tuple[str, Values]:
    if level == 0:
        return "select leaf from entry where n >= ? and n < ? order by n", (start, stop)
    sql = "select root from tile where level = ? and number >= ? and number < ? order by number"
    return sql, (level - 1, start, stop)


def tile_query(level: int, index: int, width: int) -> tuple[str, Values]:
    """The query that `tile_data` makes for a tile, and its values."""
    if width == WIDTH:
        return "select data from tile where level = ? and number = ?", (level, index)
    return _hash_query(level, index * WIDTH, index * WIDTH + width)


def tile_data(source: Hashed, level: int, index: int, width: int) -> bytes:
    """A tile of the log: a full tile as stored, or a partial tile computed from the level below."""
    if width == WIDTH:
        rows = source.select(*tile_query(level, index, width))
        return blob(rows[0][0], source.path) if rows else b""
    cached, key = source.cache.partial_tiles, (level, index, width)
    data = cached.get(key)
    if data is None:
        data = b"".join(hashes(source, level, index * WIDTH, index * WIDTH + width))
        clear_if_full(cached, _PARTIAL_TILES)
        cached[key] = data
    return data


def latest_slices(source: Source, table: str, by: str | None) -> Iterator[list[Values]]:
    """The latest row for each key without its `from_n`, in order of the column *by* and the key, or of the key."""
    spec = BY_NAME[table]
    condition = "true"
    if "from_n" in spec.key:
        same = " and ".join(f"newer.{name} = here.{name}" for name in spec.key if name != "from_n")
        condition = f"not exists (select 1 from {table} as newer where {same} and newer.from_n > here.from_n)"
    order = spec.key if by is None else (by, *(name for name in spec.key if name != by))
    return walk(source, table, spec.names, order, condition)


def walk(
    source: Source,
    table: str,
    columns: Sequence[str],
    order: Sequence[str],
    condition: str = "true",
    *,
    through: str = "",
    index: str | None = None,
) -> Iterator[list[Values]]:
    """The rows of a table, slice by slice, each slice read by one statement.

    Args:
        source: The store.
        table: The table.
        columns: The columns or expressions, which include those of *order*.
        order: The columns by which the rows are ordered.
        condition: The rows that are read.
        through: What follows the table's name in the statement.
        index: An index other than the table's key through which the table is read, for the message.

    Raises:
        BrokenLogError: The rows are not in order.
    """
    places = [columns.index(name) for name in order]
    key, marks = ", ".join(order), ", ".join("?" * len(order))
    after, last = "true", ()
    while True:
        rows = source.select(
            f"select {', '.join(columns)} from {table} as here {through} where {after} and {condition} "
            f"order by {key} limit {SLICE}",
            last,
        )
        keys = [tuple(row[place] for place in places) for row in rows]
        if not _ascending([last, *keys] if last else keys):
            # Reading on is not only wrong: the next slice could begin anywhere, and reading might never end.
            if index is not None:
                raise index_error(source, table, index)
            raise BrokenLogError(f"{source.path}: table {table} is not in order of {key}; restore the file from a copy")
        yield rows
        if len(rows) < SLICE:
            return
        after, last = f"({key}) > ({marks})", keys[-1]


def _ascending(keys: Sequence[Values]) -> bool:
    try:
        return all(one < other for one, other in pairwise(keys))
    except TypeError:  # in a damaged file a column may have values of any type
        return False


def index_error(source: Source, table: str, index: str) -> BrokenLogError:
    """The error of an index whose rows are not those of its table."""
    return BrokenLogError(f"{source.path}: index {index} does not match table {table}; restore the file from a copy")


def split_points(source: Source, size: int, parts: int) -> list[int]:
    """Where to split *size* entries into parts that take about as long to audit: parts - 1 numbers, ascending."""
    totals = [0, *accumulate(sum(_costs(source, start, size)) for start in range(0, size, SLICE))]
    found = set()
    for part in range(1, parts):
        goal = -(-totals[-1] * part // parts)
        before = bisect_left(totals, goal) - 1  # the slice in which the costs reach the goal
        costs = accumulate(_costs(source, before * SLICE, size), initial=totals[before])
        found.add(before * SLICE + sum(cost < goal for cost in costs) - 1)
    return sorted(n for n in found if 0 < n < size)


def _costs(source: Source, start: int, size: int) -> list[int]:
    """The cost of each entry of a slice in an audit: its rule, and its bytes."""
    rows = source.select(
        "select length(data) from entry where n >= ? and n < ? order by n", (start, min(start + SLICE, size))
    )
    return [_RULE_BYTES + row[0] for row in rows]
