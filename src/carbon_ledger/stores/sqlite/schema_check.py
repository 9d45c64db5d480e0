"""The check that a file's schema is exactly that of its version: every table, index, trigger and view.

A trigger can discard what a command writes; a manipulated index, a view or a collation can make queries return wrong
results. A file with any other statements than those of its schema version is therefore refused before any of its
tables is read.
"""

import re
import sqlite3
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from carbon_ledger.errors import BrokenLogError
from carbon_ledger.printing import quote
from carbon_ledger.stores.sqlite.earlier_schemas import EARLIER
from carbon_ledger.stores.sqlite.limits import brief
from carbon_ledger.stores.sqlite.schema import SCHEMA_VERSION, derived_statements, log_statements, split

_SPACE: Final = re.compile(r"[ \t\n\f\r]+")  # what SQLite takes as white space
_STATEMENT: Final = re.compile(r"create (table|index|trigger) (\w+)(?:.*? on (\w+))?", re.DOTALL)
_MOST_OBJECTS: Final = 1_000
_MOST_NAMED: Final = 5
_KINDS: Final = ("table", "index", "trigger", "view")
_STATISTICS: Final = ("sqlite_stat1", "sqlite_stat2", "sqlite_stat3", "sqlite_stat4")


class Object(NamedTuple):
    """A row of `sqlite_master`, with its statement in normal form: each run of white space is one space."""

    kind: object
    name: object
    table: object
    sql: object

    def __str__(self) -> str:
        """The object, for a message."""
        where = f" on {quote(self.table)}" if self.kind in ("index", "trigger") else ""
        return f"{self.kind if self.kind in _KINDS else repr(self.kind)[:20]} {quote(self.name)}{where}"


def _normal(sql: object) -> object:
    return _SPACE.sub(" ", sql).strip() if isinstance(sql, str) else sql


def _object(statement: str) -> Object:
    """The row that SQLite writes for a statement of this library's schema."""
    found = _STATEMENT.match(statement)
    if found is None:
        raise AssertionError(f"not a statement of a schema: {statement}")
    kind, name, table = found.groups()
    text = statement.removesuffix(";")[len("create ") + len(kind) :]
    return Object(kind, name, name if kind == "table" else table, _normal(f"CREATE {kind.upper()}{text}"))


@cache
def objects_of(version: int) -> tuple[frozenset[Object], frozenset[Object]]:
    """The objects that a file of a schema version must have, and those that it may have in addition.

    Args:
        version: A version that this library knows.
    """
    if version == SCHEMA_VERSION:
        derived, more = derived_statements(), []
    else:
        derived, more = map(split, EARLIER[version])
    created = [*log_statements(), *(statement for statement in derived if statement.startswith("create "))]
    key_index = Object("index", "sqlite_autoindex_tile_1", "tile", None)  # created by SQLite for the key
    return frozenset([key_index, *map(_object, created)]), frozenset(map(_object, more))


def check_schema(connection: sqlite3.Connection, path: Path, version: int) -> None:
    """Refuse a file whose schema is not exactly that of its version.

    Args:
        connection: The file, in a read transaction in which no table has been read.
        path: The file, for the message.
        version: The schema version that the file states.

    Raises:
        BrokenLogError: The version is unknown, or an object is missing, changed or added.
    """
    if version != SCHEMA_VERSION and version not in EARLIER:
        raise BrokenLogError(
            f"{path}: the file states schema version {version}, which no version of this library writes; "
            "restore the file from a copy"
        )
    with brief(connection):
        rows = connection.execute(
            f"select type, name, tbl_name, sql, rootpage from sqlite_master limit {_MOST_OBJECTS + 1}"
        ).fetchall()
        pages = connection.execute("pragma page_count").fetchone()[0]
    if len(rows) > _MOST_OBJECTS:
        raise BrokenLogError(
            f"{path}: the schema has more than {_MOST_OBJECTS} objects, so it is not a ledger's; restore the file from "
            "a copy"
        )
    objects = [Object(kind, name, table, _normal(sql)) for kind, name, table, sql, _ in rows]
    _require_objects(objects, path, version)
    _require_roots([(item, row[-1]) for item, row in zip(objects, rows, strict=True)], path, pages)


def _require_objects(objects: list[Object], path: Path, version: int) -> None:
    required, permitted = objects_of(version)
    found = set(objects)
    missing = sorted(map(str, required - found))
    more = sorted(map(str, found - required - permitted))
    if not missing and not more and len(found) == len(objects):
        return
    statistics = sorted(name for name in _STATISTICS if any(item.name == name for item in found))
    if statistics and not missing and all(item.name in _STATISTICS for item in found - required - permitted):
        raise BrokenLogError(
            f"{path}: the file has SQLite's statistics ({', '.join(statistics)}, written by ANALYZE), which may make "
            "SQLite choose other indexes than this library intends. Remove the statistics with SQLite's shell: "
            + " ".join(f"drop table {name};" for name in statistics)
        )
    raise BrokenLogError(
        f"{path}: its schema is not that of version {version}. Missing or changed: {_named(missing)}. "
        f"Not of a ledger: {_named(more)}. Do not rely on the file: restore it from a copy, or remove what you added "
        "yourself with SQLite's shell (drop index, drop trigger, ...)"
    )


def _named(objects: list[str]) -> str:
    more = len(objects) - _MOST_NAMED
    return ", ".join(objects[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "") or "nothing"


def _require_roots(objects: list[tuple[Object, object]], path: Path, pages: int) -> None:
    """Refuse two trees that begin on the same page, since writing to one would change the other, or on no page."""
    seen: set[object] = set()
    for item, root in objects:
        sound = root == 0 if item.kind == "trigger" else isinstance(root, int) and 2 <= root <= pages
        if not sound or (root and root in seen):
            raise BrokenLogError(
                f"{path}: {item} begins on page {quote(root, 30)}, so the file is damaged; restore it from a copy"
            )
        seen.add(root)
