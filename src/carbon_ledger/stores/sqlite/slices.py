"""Reading every row of a table of a ledger file in short slices, and comparing the table with its indexes.

One long read transaction would lock writers out, and the memory for a whole table would grow with the log.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, Final, Protocol

from carbon_ledger.errors import BrokenLogError
from carbon_ledger.log.coordinates import WIDTH
from carbon_ledger.stores.cache import Cache, clear_if_full
from carbon_ledger.stores.sqlite.errors import blob
from carbon_ledger.stores.tables import BY_NAME, Values

SLICE: Final = 1_000
_PARTIAL_TILES: Final = 64
_RULE_BYTES: Final = 6_000  # the cost of applying an entry's rule in an audit, as the bytes decoded in the same time


class Source(Protocol):
    """What reading in slices needs of the store."""

    path: Path

    def select(self, sql: str, values: Sequence[Any] = ()) -> list[Values]:
        """The rows of a query."""


class Hashed(Source, Protocol):
    """What reading tiles needs of the store."""

    @property
    def cache(self) -> Cache:
        """The cache of what the caller's queries have read."""


def hashes(source: Source, level: int, start: int, stop: int) -> list[bytes]:
    """The stored hashes start..stop-1 of a level of the log's tree: leaf hashes, or roots of full tiles."""
    if level == 0:
        rows = source.select("select leaf from entry where n >= ? and n < ? order by n", (start, stop))
    else:
        rows = source.select(
            "select root from tile where level = ? and number >= ? and number < ? order by number",
            (level - 1, start, stop),
        )
    return [blob(row[0], source.path) for row in rows]


def tile_data(source: Hashed, level: int, index: int, width: int) -> bytes:
    """A tile of the log: a full tile as stored, or a partial tile computed from the level below."""
    if width == WIDTH:
        rows = source.select("select data from tile where level = ? and number = ?", (level, index))
        return blob(rows[0][0], source.path) if rows else b""
    cached, key = source.cache.partial_tiles, (level, index, width)
    data = cached.get(key)
    if data is None:
        data = b"".join(hashes(source, level, index * WIDTH, index * WIDTH + width))
        clear_if_full(cached, _PARTIAL_TILES)
        cached[key] = data
    return data


def table_slices(source: Source, table: str) -> Iterator[list[Values]]:
    """The rows of a table in order of its key; every row is looked up in every index.

    Raises:
        BrokenLogError: The table and its indexes differ, so that queries would return wrong results.
    """
    # Not with integrity_check: SQLite 3.40.0 to 3.41.0 reports NULLs that do not exist in keys such as these.
    spec, indexes = BY_NAME[table], _indexes(source, table)
    for index, columns in indexes.items():
        _require_rows_of(source, table, index, columns)
    width = len(spec.names)
    found = [_is_in(table, index, columns) for index, columns in indexes.items()]
    for rows in _walk(source, table, [*spec.names, *found], _key_index(table), spec.key):
        for place, index in enumerate(indexes, width):
            if not all(row[place] for row in rows):
                raise _index_error(source, table, index)
        yield [row[:width] for row in rows] if indexes else rows


def tile_slices(source: Source) -> Iterator[list[Values]]:
    """The level and the number of every stored tile.

    Raises:
        BrokenLogError: The tree of the entries or of the tiles is damaged.
    """
    for table in ("entry", "tile"):
        report = source.select(f"pragma integrity_check({table})")[0][0]
        if report != "ok":
            raise BrokenLogError(f"{source.path}: table {table} is damaged ({report}); restore the file from a copy")
    yield from _walk(source, "tile", ("level", "number"), "", ("level", "number"))


def latest_slices(source: Source, table: str, by: str | None) -> Iterator[list[Values]]:
    """The latest row for each key without its `from_n`, in order of the column *by* and the key, or of the key."""
    spec = BY_NAME[table]
    condition = "true"
    if "from_n" in spec.key:
        same = " and ".join(f"newer.{name} = here.{name}" for name in spec.key if name != "from_n")
        condition = f"not exists (select 1 from {table} as newer where {same} and newer.from_n > here.from_n)"
    order = spec.key if by is None else (by, *(name for name in spec.key if name != by))
    return _walk(source, table, spec.names, "", order, condition)


def _walk(
    source: Source, table: str, columns: Sequence[str], through: str, order: Sequence[str], condition: str = "true"
) -> Iterator[list[Values]]:
    """The rows of a table, slice by slice, each slice read by one statement; *columns* include those of *order*."""
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
            if through and through != _key_index(table):
                raise _index_error(source, table, through.rsplit(maxsplit=1)[-1])
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


def _key_index(table: str) -> str:
    return f"indexed by sqlite_autoindex_{table}_1"


def _exists(table: str, index: str, columns: Sequence[str], condition: str) -> str:
    """A condition: an index has the row *here*, looked up with all columns of the index."""
    same = " and ".join(f"there.{name} is here.{name}" for name in columns)
    return f"exists (select 1 from {table} as there indexed by {index} where {same} and {condition.format('there')})"


def _is_in(table: str, index: str, columns: Sequence[str]) -> str:
    """A condition: an index has the row *here*, or need not have it because the row fails the index's own condition."""
    condition = _condition(index)
    return f"(not ({condition.format('here')}) or {_exists(table, index, columns, condition)})"


def _condition(index: str) -> str:
    """The condition of an index on the rows of its table, with a place for the table's alias."""
    return {"_live": "{0}.to_n is null", "_ended": "{0}.to_n is not null"}.get(index[index.rfind("_") :], "true")


def _indexes(source: Source, table: str) -> dict[str, list[str]]:
    """The table's indexes other than its key's, and the columns of each."""
    names = BY_NAME[table].names
    found: dict[str, list[str]] = {}
    for (index,) in source.select("select name from pragma_index_list(?) where origin = 'c'", (table,)):
        columns = [row[0] for row in source.select("select name from pragma_index_xinfo(?)", (index,))]
        if not all(column in names for column in columns):
            raise _index_error(source, table, index)
        found[index] = columns
    return found


def _require_rows_of(source: Source, table: str, index: str, columns: Sequence[str]) -> None:
    """Refuse an index with a row that its table lacks: reading the table would not show such a row, queries would."""
    condition = _condition(index)
    in_table = _exists(table, f"sqlite_autoindex_{table}_1", columns, condition)
    for rows in _walk(source, table, [*columns, in_table], f"indexed by {index}", columns, condition.format("here")):
        if not all(row[-1] for row in rows):
            raise _index_error(source, table, index)


def _index_error(source: Source, table: str, index: str) -> BrokenLogError:
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
