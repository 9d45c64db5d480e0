"""Hostile rows: entries, tiles and derived rows that no ledger has, under a schema that is a ledger's."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from tests.faults.suite.hostile import Kind
from tests.faults.suite.tampering import connected, tamper, unguarded

from carbon_ledger.log.merkle import leaf_hash
from carbon_ledger.stores.tables import BY_NAME

_BAD_UTF8: Final = "cast(x'eda080' as text)"  # a lone surrogate
_LAST: Final = "(select max(n) from entry)"


def _sql(name: str, *statements: str, harmless: str = "") -> Kind:
    return Kind(name, lambda path: tamper(path, *statements), harmless)


def loosely(path: Path, table: str, *statements: str) -> None:
    """Write into a table as if it were not strict and took anything; its statement is what it was afterwards."""
    with unguarded(path) as connection:
        ((sql,),) = connection.execute("select sql from sqlite_master where name = ?", (table,)).fetchall()
        loose = sql.replace(" integer not null", "").replace(" not null", "").replace(" strict", " ", 1)
        for now, todo in ((loose, statements), (sql, ())):
            connection.execute("pragma writable_schema = on")
            connection.execute("update sqlite_master set sql = ? where name = ?", (now, table))
            with closing(connected(path)) as other:  # which reads the schema anew
                for statement in todo:
                    other.execute(statement)
    # The guards' connection has the loose schema in its memory, and nothing of it is written.


def _loose(name: str, table: str, *statements: str) -> Kind:
    return Kind(name, lambda path: loosely(path, table, *statements))


def _column(table: str, kind: str, *, of_key: bool = False) -> str | None:
    spec = BY_NAME[table]
    found = [column.split()[0] for column in spec.columns if column.split()[1] == kind]
    return next((name for name in reversed(found) if of_key or name not in spec.key), None)


def _key(table: str) -> str:
    return next(name for name in BY_NAME[table].key)


def _first(table: str) -> str:
    key = ", ".join(BY_NAME[table].key)
    return f"({key}) = (select {key} from {table} order by {key} limit 1)"


def _added(table: str) -> str:
    spec = BY_NAME[table]
    values = [
        (f"{name} || 'x'" if f"{name} text not null" in spec.columns else f"{name} + 7919")
        if name in spec.key
        else name
        for name in spec.names
    ]
    return f"insert into {table} select {', '.join(values)} from {table} limit 1"


def _derived(table: str) -> list[Kind]:
    number, text = _column(table, "integer"), _column(table, "text")
    anything = BY_NAME[table].names[-1]
    kinds = [
        _sql(f"{table}: a row is missing", f"delete from {table} where {_first(table)}"),
        _sql(f"{table}: no row is left", f"delete from {table}"),
        _sql(f"{table}: a row more", _added(table)),
        _sql(
            f"{table}: another key",
            f"update {table} set {_key(table)} = "
            + ("'x'" if f"{_key(table)} text not null" in BY_NAME[table].columns else "7919")
            + f" where {_first(table)}",
        ),
        _loose(f"{table}: a malformed number", table, f"update {table} set {anything} = 'x' where {_first(table)}"),
        _loose(f"{table}: infinity", table, f"update {table} set {anything} = 9e999 where {_first(table)}"),
        _loose(f"{table}: bytes", table, f"update {table} set {anything} = x'00ff' where {_first(table)}"),
        _loose(f"{table}: half a unit", table, f"update {table} set {anything} = 0.5 where {_first(table)}"),
    ]
    if number is not None:
        kinds += [
            _sql(
                f"{table}: a number is one more",
                f"update {table} set {number} = coalesce({number}, 0) + 1 where {_first(table)}",
            ),
            _sql(f"{table}: the largest number", f"update {table} set {number} = 9223372036854775807"),
            _sql(f"{table}: the least number", f"update {table} set {number} = -9223372036854775807 - 1"),
        ]
    if text is not None:
        kinds += [
            _sql(f"{table}: another text", f"update {table} set {text} = 'hostile'"),
            _sql(f"{table}: an empty text", f"update {table} set {text} = ''"),
            _sql(f"{table}: a text with a NUL", f"update {table} set {text} = 'a' || char(0) || 'b'"),
            _sql(f"{table}: a text that is no UTF-8", f"update {table} set {text} = {_BAD_UTF8}"),
            _sql(
                f"{table}: a text of 10 MB", f"update {table} set {text} = hex(zeroblob(5000000)) where {_first(table)}"
            ),
        ]
    return kinds


def _forged(name: str, forge: Callable[[bytes], bytes], *, n: int = 20) -> Kind:
    """An entry with other bytes, and their leaf hash."""

    def make(path: Path) -> None:
        with unguarded(path) as connection:
            ((data,),) = connection.execute("select data from entry where n = ?", (n,)).fetchall()
            changed = forge(data)
            assert changed != data
            connection.execute("update entry set data = ?, leaf = ? where n = ?", (changed, leaf_hash(changed), n))

    return Kind(name, make)


def _inserted(n: str) -> str:
    return f"insert into entry select {n}, leaf, data from entry where n = 5"


_ENTRIES: Final = [
    *(
        _sql(f"an entry numbered {n}", _inserted(n))
        for n in (
            "-1",
            "-5",
            "-9223372036854775807 - 1",
            "1000000000000000",
            "9223372036854775807",
            "9007199254740993",
            f"{_LAST} + 2",
            f"{_LAST} + 1000",
        )
    ),
    _sql("an entry twice", _inserted(f"{_LAST} + 1")),
    _sql("the first entry is missing", "delete from entry where n = 0"),
    _sql("an entry is missing", "delete from entry where n = 9"),
    _sql("256 entries are missing", "delete from entry where n between 1 and 256"),
    _sql("the last entry is missing", f"delete from entry where n = {_LAST}"),
    _sql("there is no entry", "delete from entry"),
    _sql("there is one entry, and all rows", "delete from entry where n > 0"),
    _sql(
        "two entries change places",
        "update entry set n = -9 where n = 9",
        "update entry set n = 9 where n = 10",
        "update entry set n = 10 where n = -9",
    ),
    _sql(
        "entries change their hashes",
        "update entry set leaf = (select leaf from entry as other where other.n = "
        "case entry.n when 9 then 10 else 9 end) where n in (9, 10)",
    ),
    *(
        _sql(f"an entry of {size:,} zeros", f"update entry set data = zeroblob({size}) where n = 20")
        for size in (0, 1, 65_535, 65_536, 199_000, 300_000, 100_000_000)
    ),
    _sql("every entry has 190,000 zeros", "update entry set data = zeroblob(190000) where n > 0"),
    *(
        _sql(f"a leaf hash of {size:,} zeros", f"update entry set leaf = zeroblob({size}) where n = 20")
        for size in (0, 31, 32, 33, 150_000, 20_000_000)
    ),
    *(
        _loose(f"an entry is {value}", "entry", f"update entry set data = {value} where n = 20")
        for value in ("null", "5", "0.5", "'text'", _BAD_UTF8)
    ),
    *(
        _loose(f"a leaf hash is {value}", "entry", f"update entry set leaf = {value} where n = 20")
        for value in ("null", "5", "0.5", "hex(leaf)")
    ),
    _loose("the first entry is null", "entry", "update entry set data = null where n = 0"),
    _forged("an entry with a space more", lambda data: data.replace(b":", b": ", 1)),
    _forged("an entry with another number", lambda data: data.replace(b'"n":20', b'"n":21')),
    _forged("an entry that is a list", lambda _: b"[]"),
    _forged("an entry that is no JSON", lambda data: data[:-1]),
    _forged("an entry that is deep", lambda _: b"[" * 30_000 + b"]" * 30_000),
    _forged("an entry with a long number", lambda data: data.replace(b'"n":20', b'"n":' + b"9" * 5_000)),
    _forged("an entry with a float", lambda data: data.replace(b'"n":20', b'"n":2e1')),
    _forged("an entry that is NaN", lambda data: data.replace(b'"n":20', b'"n":NaN')),
    _forged("an entry with a lone surrogate", lambda data: data.replace(b'"by":"', b'"by":"\\ud800')),
    _forged("an entry with a field twice", lambda data: data.replace(b'"n":20', b'"n":20,"n":20')),
    _forged("a first entry of another type", lambda data: data.replace(b"ledger.opened", b"ledger.closed"), n=0),
    _forged("a first entry without an id", lambda data: data.replace(b'"ledger":"faults"', b'"ledger":""'), n=0),
]

_TILES: Final = [
    _sql("tile: a row is missing", "delete from tile"),
    _sql("tile: another root", "update tile set root = zeroblob(32)"),
    _sql("tile: other hashes", "update tile set data = zeroblob(length(data))"),
    *(
        _sql(f"tile: hashes of {size:,} octets", f"update tile set data = zeroblob({size})")
        for size in (0, 31, 8_192, 190_000, 20_000_000)
    ),
    *(
        _sql(f"tile: a root of {size:,} octets", f"update tile set root = zeroblob({size})")
        for size in (0, 33, 20_000_000)
    ),
    *(
        _sql(f"tile: one more, at {level}/{number}", f"insert into tile select {level}, {number}, root, data from tile")
        for level, number in ((0, 1), (0, -1), (-1, 0), (1, 0), (63, 0), (0, 2**62), (2**62, 2**62), (255, 2**40))
    ),
    *(
        _loose(f"tile: {column} is {value}", "tile", f"update tile set {column} = {value}")
        for column in ("root", "data", "number")
        for value in ("null", "'text'", "0.5")
    ),
    _sql(
        "tile: a thousand more",
        "with recursive k (n) as (select 1 union all select n + 1 from k where n < 1000) "
        "insert into tile select 0, n, zeroblob(32), zeroblob(100) from k",
    ),
]

ROWS: Final[list[Kind]] = [
    *_ENTRIES,
    *_TILES,
    *(kind for table in BY_NAME for kind in _derived(table)),
    _sql(
        "a million rows more",
        "with recursive k (n) as (select 1 union all select n + 1 from k where n < 200000) "
        "insert into key_use select 'k' || n, 'somebody', n from k",
    ),
    _sql("a carry that is no number", "update accrual set claimed = 'NaN'"),
    _sql("a carry of a thousand million digits", "update accrual set claimed = '1e999999999'"),
    _sql(
        "amounts that are deep",
        "update issuance set amounts = "
        "replace(hex(zeroblob(20000)), '00', '[') || replace(hex(zeroblob(20000)), '00', ']')",
    ),
    _sql("amounts that are no list", "update issuance set amounts = '{\"a\":1}'"),
]
