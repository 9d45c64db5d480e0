"""Hostile schemas: other objects beside a ledger's tables, in their place, or in their statements."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.faults.suite.hostile import Kind
from tests.faults.suite.tampering import connected

from carbon_ledger.stores.sqlite.earlier_schemas import EARLIER
from carbon_ledger.stores.sqlite.schema import APPLICATION_ID, derived_statements, log_statements, split
from carbon_ledger.stores.tables import BY_NAME

_DERIVED: Final = tuple(BY_NAME)
_TABLES: Final = (*_DERIVED, "entry")
_INDEXES: Final = {
    statement.split()[2]: statement for statement in derived_statements() if statement.startswith("create index")
}
_TRIGGERS: Final = ("entry_in_order", "entry_never_edited", "entry_never_deleted")


def run(path: Path, *statements: str) -> None:
    """Run statements on the file as they are."""
    connection = connected(path)
    try:
        for statement in statements:
            connection.execute(statement)
    finally:
        connection.close()


def rewrite(path: Path, name: str, change: Callable[[str], str]) -> None:
    """Write another statement of an object into the schema, and leave its tree as it is."""
    connection = connected(path)
    try:
        connection.execute("pragma writable_schema = on")
        ((sql,),) = connection.execute("select sql from sqlite_master where name = ?", (name,)).fetchall()
        changed = change(sql)
        assert changed != sql, name
        connection.execute("update sqlite_master set sql = ? where name = ?", (changed, name))
    finally:
        connection.close()


def _sql(name: str, *statements: str) -> Kind:
    return Kind(name, lambda path: run(path, *statements))


def _rewritten(name: str, thing: str, old: str, new: str) -> Kind:
    return Kind(name, lambda path: rewrite(path, thing, lambda sql: sql.replace(old, new, 1)))


def _schema_row(name: str, change: str, *values: object) -> Kind:
    def make(path: Path) -> None:
        connection = connected(path)
        connection.execute("pragma writable_schema = on")
        connection.execute(change, values)
        connection.close()

    return Kind(name, make)


def _viewed(table: str) -> Kind:
    return _sql(
        f"{table} is a view",
        f"create table stolen as select * from {table}",
        f"drop table {table}",
        f"create view {table} as select * from stolen",
    )


def _many_tables(path: Path) -> None:
    connection = connected(path)
    connection.execute("pragma writable_schema = on")
    # All of them on one page of their own: to make 100,000 tables would take SQLite longer than to read them.
    connection.execute("create table many (a)")
    connection.execute(
        "with recursive k (n) as (select 1 union all select n + 1 from k where n < 100000) insert into sqlite_master "
        "select 'table', 'many' || n, 'many' || n, (select rootpage from sqlite_master where name = 'many'), "
        "'create table many' || n || ' (a)' from k"
    )
    connection.close()


def _older(path: Path, version: int, *more: str) -> None:
    """The same entries in a file of an earlier version, with more in its schema."""
    entries = sqlite3.connect(path)
    rows = entries.execute("select n, leaf, data from entry order by n").fetchall()
    entries.close()
    path.unlink()
    connection = connected(path)
    for statement in (*log_statements(), *sorted(split(EARLIER[version][0]), reverse=True)):  # tables first
        connection.execute(statement)
    connection.executemany("insert into entry values (?, ?, ?)", rows)
    for statement in (*more, f"pragma application_id = {APPLICATION_ID}", f"pragma user_version = {version}"):
        connection.execute(statement)
    connection.close()


def _of_version(version: int, name: str, *more: str) -> Kind:
    return Kind(f"version {version}, {name}", lambda path: _older(path, version, *more))


_ENDLESS: Final = "with recursive k (n) as (select 1 union all select n + 1 from k) select n from k"
_OLD: Final = (
    ("a trigger on its readings", "create trigger t after insert on reading begin select 1; end"),
    ("a trigger on its entries", "create trigger t before insert on entry begin select raise(ignore); end"),
    ("a table more", "create table more (a)"),
    ("a view more", f"create view more as {_ENDLESS}"),
    ("a partial index", "drop index piece_account", "create index piece_account on piece (account) where first > 5"),
    ("no readings", "drop table reading"),
    ("a view for its pieces", "drop table piece", f"create view piece as {_ENDLESS}"),
    ("a virtual table for its pieces", "drop table piece", "create virtual table piece using fts5 (a)"),
    ("statistics", "analyze"),
    ("a column more", "alter table piece add column more text"),
    ("a loose key table", "drop table key_use", "create table key_use (key text, n integer, primary key (key))"),
)

SCHEMAS: Final[list[Kind]] = [
    *(
        _sql(
            f"a trigger hides what is written to {table}",
            f"create trigger t after insert on {table} begin delete from {table} where rowid = new.rowid; end"
            if table == "entry"
            else f"create trigger t before insert on {table} begin select raise(ignore); end",
        )
        for table in _TABLES
    ),
    *(
        _sql(
            f"a trigger changes {table}",
            f"create trigger t after insert on {table} begin update {table} set {BY_NAME[table].names[-1]} = 0; end",
        )
        for table in _DERIVED
    ),
    *map(_viewed, _DERIVED),
    *(_sql(f"index {name} is missing", f"drop index {name}") for name in _INDEXES),
    *(
        _sql(
            f"index {name} is partial",
            f"drop index {name}",
            f"{text.removesuffix(';').partition(' where ')[0]} where 0",
        )
        for name, text in _INDEXES.items()
    ),
    *(
        _sql(f"index {name} is unique", f"drop index {name}", "create index " + f"{name} on key_use (n)")
        for name in _INDEXES
    ),
    *(_rewritten(f"index {name} descends", name, ")", " desc)") for name in _INDEXES),
    *(_rewritten(f"index {name} ignores case", name, ")", " collate nocase)") for name in _INDEXES),
    *(_rewritten(f"index {name} is of an expression", name, ")", " + 0)") for name in _INDEXES),
    *(_rewritten(f"{table} is not strict", table, " strict", " ") for table in ("entry", "tile")),
    *(_rewritten(f"{table} is not strict", table, " strict, without", " without") for table in _DERIVED),
    *(
        _rewritten(f"{table} ignores case", table, "text not null", "text not null collate nocase")
        for table in _DERIVED
        if "text not null" in " ".join(BY_NAME[table].columns)
    ),
    *(_rewritten(f"{table} has a default", table, "not null", "not null default 0") for table in _TABLES),
    *(_rewritten(f"{table} has a check", table, "not null", "not null check (random() > 0)") for table in _TABLES),
    *(_sql(f"{table} has a column more", f"alter table {table} add column more integer") for table in _TABLES),
    *(
        _sql(f"{table} has a generated column", f"alter table {table} add column more integer as (1)")
        for table in _TABLES
    ),
    *(_sql(f"{table} has another name", f"alter table {table} rename to other") for table in _TABLES),
    *(_sql(f"guard {name} is missing", f"drop trigger {name}") for name in _TRIGGERS),
    *(_rewritten(f"guard {name} guards nothing", name, "begin", "when 0 begin") for name in _TRIGGERS[1:]),
    _rewritten("guard entry_in_order lets all in", "entry_in_order", "when ", "when 0 and "),
    _sql("a trigger makes entries vanish", "create trigger t before insert on entry begin select raise(ignore); end"),
    _sql("statistics", "analyze"),
    _sql("statistics that lie", "analyze", "update sqlite_stat1 set stat = '1 1 1'"),
    _sql("a sequence", "create table counted (a integer primary key autoincrement)"),
    _sql("a full-text table", "create virtual table f using fts5 (a)"),
    _sql("an old full-text table", "create virtual table f using fts4 (a)"),
    _sql("an r-tree", "create virtual table r using rtree (a, b, c)"),
    _sql("a table of statistics of pages", "create virtual table d using dbstat"),
    _sql("a view of chance", "create view chance as select random() as n"),
    _sql("an endless view", f"create view endless as {_ENDLESS}"),
    _sql("pieces are endless", "drop table piece", f"create view piece as {_ENDLESS}"),
    _sql(
        "entries are a view",
        "drop trigger entry_never_deleted",
        "alter table entry rename to other",
        "create view entry as select * from other",
    ),
    _sql("the file of another program", "pragma application_id = 0"),
    _sql("another program's number", "pragma application_id = -1"),
    *(_sql(f"schema version {n}", f"pragma user_version = {n}") for n in (0, -1, 1, 4, 2**31 - 1, -(2**31))),
    _schema_row("a statement is bytes", "update sqlite_master set sql = x'00ff' where name = 'offer_giver'"),
    _schema_row("a statement is missing", "update sqlite_master set sql = null where name = 'offer_giver'"),
    _schema_row("a statement is no SQL", "update sqlite_master set sql = 'create' where name = 'offer_giver'"),
    _schema_row(
        "a statement is no UTF-8",
        "update sqlite_master set sql = cast(x'ff' as text) || sql where name = ?",
        "offer_giver",
    ),
    _schema_row(
        "a statement has a comment", "update sqlite_master set sql = sql || ' -- x' where name = 'offer_giver'"
    ),
    _schema_row(
        "a statement of 20 MB",
        "update sqlite_master set sql = sql || ' --' || hex(zeroblob(10000000)) where name = ?",
        "offer_giver",
    ),
    _schema_row("an object without a name", "update sqlite_master set name = null where name = 'offer_giver'"),
    _schema_row("an object with another name", "update sqlite_master set name = 'x' where name = 'offer_giver'"),
    _schema_row("an object of another table", "update sqlite_master set tbl_name = 'piece' where name = 'offer_giver'"),
    _schema_row("an object of another type", "update sqlite_master set type = 'x' where name = 'offer_giver'"),
    _schema_row("an object twice", "insert into sqlite_master select * from sqlite_master where name = 'offer_giver'"),
    _schema_row(
        "an object of a name that is a command",
        "insert into sqlite_master values (?, ?, ?, 0, ?)",
        "view",
        "\x1b[2Jpassed\n",
        "x",
        'create view "\x1b[2Jpassed\n" as select 1',
    ),
    *(
        _schema_row(
            f"index offer_giver begins on page {page}",
            "update sqlite_master set rootpage = ? where name = ?",
            page,
            "offer_giver",
        )
        for page in (0, 1, 2, -1, 10**9, None)
    ),
    _schema_row(
        "two tables begin on one page",
        "update sqlite_master set rootpage = (select rootpage from sqlite_master where name = 'claim') where name = ?",
        "reading",
    ),
    Kind("100,000 tables", _many_tables),
    *(_of_version(version, *old) for version in EARLIER for old in _OLD),
]
