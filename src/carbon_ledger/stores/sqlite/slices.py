"""Reading every row of a table of a ledger file in short slices, and comparing the table with its indexes.

One long read transaction would lock writers out, and the memory for a whole table would grow with the log.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from carbon_ledger.errors import BrokenLogError
from carbon_ledger.stores.sql.indexes import indexes_of
from carbon_ledger.stores.sql.slices import Source, index_error, walk
from carbon_ledger.stores.tables import BY_NAME, Values

_OTHER: Final = "select name from sqlite_master where type = 'index' and tbl_name = ? and sql is not null"


def table_slices(source: Source, table: str) -> Iterator[list[Values]]:
    """The rows of a table in order of its key; every row is looked up in every index.

    Raises:
        BrokenLogError: The table and its indexes differ, so that queries would return wrong results.
    """
    # Not with integrity_check: SQLite 3.40.0 to 3.41.0 reports NULLs that do not exist in keys such as these.
    spec, indexes = BY_NAME[table], indexes_of(table)
    for (index,) in source.select(_OTHER, (table,)):  # opening the file has compared its schema; this came later
        if index not in indexes:
            raise index_error(source, table, index)
    for index, columns in indexes.items():
        _require_rows_of(source, table, index, columns)
    width = len(spec.names)
    found = [_is_in(table, index, columns) for index, columns in indexes.items()]
    for rows in walk(source, table, [*spec.names, *found], spec.key, through=_key_index(table)):
        for place, index in enumerate(indexes, width):
            if not all(row[place] for row in rows):
                raise index_error(source, table, index)
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
    yield from walk(source, "tile", ("level", "number"), ("level", "number"))


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


def _require_rows_of(source: Source, table: str, index: str, columns: Sequence[str]) -> None:
    """Refuse an index with a row that its table lacks: reading the table would not show such a row, queries would."""
    condition = _condition(index)
    in_table = _exists(table, f"sqlite_autoindex_{table}_1", columns, condition)
    through, named = f"indexed by {index}", [*columns, in_table]
    for rows in walk(source, table, named, columns, condition.format("here"), through=through, index=index):
        if not all(row[-1] for row in rows):
            raise index_error(source, table, index)
