"""Every row of a table in short slices: in order, as of a size, and compared with the table's indexes."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import carbon_ledger as cl
from carbon_ledger.core.state.rows import ACTIVE, Piece, Registration, Row
from carbon_ledger.errors import BrokenLogError
from carbon_ledger.stores.sql import slices as slicing
from carbon_ledger.stores.sqlite import SqliteStore
from carbon_ledger.stores.sqlite.slices import table_slices
from carbon_ledger.stores.tables import Values, as_of
from carbon_ledger.testing.samples import story, write


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with 25 pieces of five holders."""
    store = SqliteStore(tmp_path / "ledger.db")
    rows: list[Row] = [Piece("b", k, k, f"holder-{k % 5}", ACTIVE, 0) for k in range(1, 26)]
    write(store, rows)
    store.close()
    return tmp_path / "ledger.db"


def tamper(path: Path, statement: str, values: tuple[object, ...] = ()) -> None:
    """Write past an index: it is out of the schema while the table is changed."""
    connection = sqlite3.connect(path, isolation_level=None)
    kept = connection.execute("select * from sqlite_schema where name = 'piece_account'").fetchone()
    connection.execute("pragma writable_schema = on")
    connection.execute("delete from sqlite_schema where name = 'piece_account'")
    connection.close()
    connection = sqlite3.connect(path, isolation_level=None)
    assert connection.execute(statement, values).rowcount == 1
    connection.execute("pragma writable_schema = on")
    connection.execute("insert into sqlite_schema values (?, ?, ?, ?, ?)", kept)
    connection.close()


@pytest.mark.parametrize("slice_rows", [1, 7, 24, 25, 26, 1_000])
def test_slices_join(path: Path, monkeypatch: pytest.MonkeyPatch, slice_rows: int) -> None:
    monkeypatch.setattr(slicing, "SLICE", slice_rows)
    store = SqliteStore(path, read_only=True)
    assert [row[1] for row in store.rows("piece")] == list(range(1, 26))
    assert [(row.account, row.first) for row in store.latest_rows("piece", "account")] == sorted(
        (f"holder-{k % 5}", k) for k in range(1, 26)
    )
    assert max(map(len, table_slices(store, "piece"))) <= slice_rows
    store.close()


@pytest.mark.parametrize(
    "statement",
    [
        "update piece set account = 'nobody' where first = 25",
        "delete from piece where first = 3",
        "insert into piece values ('b', 26, 26, 'holder-1', 'active', 0)",
        "update piece set first = 30 where first = 25",
    ],
)
@pytest.mark.parametrize("slice_rows", [4, 1_000])
def test_an_index_that_is_not_the_table_s_is_named(
    path: Path, monkeypatch: pytest.MonkeyPatch, statement: str, slice_rows: int
) -> None:
    """A row that the index lacks, or one that the table lacks: either would hide blocks from their holder."""
    monkeypatch.setattr(slicing, "SLICE", slice_rows)
    tamper(path, statement)
    store = SqliteStore(path)
    with pytest.raises(BrokenLogError, match=f"{path}: index piece_account does not match table piece"):
        list(store.rows("piece"))
    store.close()


def test_an_index_on_something_else_is_named(path: Path) -> None:
    connection = sqlite3.connect(path)
    store = SqliteStore(path)
    connection.execute("create index strange on piece (last + 1)")
    connection.commit()
    connection.close()
    with pytest.raises(BrokenLogError, match="index strange"):
        list(store.rows("piece"))
    store.close()


def test_a_table_out_of_order_is_named_and_its_reading_ends(tmp_path: Path) -> None:
    """The last name of a table becomes its first by one bit: after it comes every other row, again and again."""
    path = tmp_path / "ledger.db"
    store = SqliteStore(path)
    write(store, [Registration("account", "a", 0), Registration("device", "d", 0), Registration("project", "x", 0)])
    store.close()
    data = bytearray(path.read_bytes())
    data[data.index(b"projectx")] ^= 0x40
    path.write_bytes(data)
    store = SqliteStore(path)
    with pytest.raises(BrokenLogError, match=f"{path}: table registration is not in order of kind, id"):
        list(store.rows("registration"))
    store.close()


class Given:
    """A source that gives what it was given."""

    path = Path("given.db")

    def __init__(self, slices: list[list[Values]]) -> None:
        self._slices = slices

    def select(self, sql: str, values: Sequence[Any] = ()) -> list[Values]:
        assert sql.count("?") == len(values)
        return [] if "sqlite_master" in sql else self._slices.pop(0)


@pytest.mark.parametrize(
    "slices",
    [
        [[("a", "x", 1), ("a", "x", 2)]],
        [[("a", "x", 1), ("a", None, 2)], []],
        [[("a", "x", 1), (7, "x", 2)], []],
        [[("a", "x", 1), ("b", "x", 2)], [("b", "x", 2), ("c", "x", 3)]],
        [[("a", "x", 1), ("c", "x", 2)], [("b", "x", 2)]],
    ],
)
def test_rows_that_stand_still_or_go_back_are_refused(
    monkeypatch: pytest.MonkeyPatch, slices: list[list[Values]]
) -> None:
    monkeypatch.setattr(slicing, "SLICE", 2)
    with pytest.raises(BrokenLogError, match="not in order"):
        list(table_slices(Given(slices), "registration"))


READINGS: list[Values] = [
    ("d", 0, 1, 1, 5, None, 0, 0, None),
    ("d", 1, 2, 1, 5, None, 0, 0, 3),
    ("d", 2, 3, 1, 5, None, 0, 0, 7),
    ("d", 3, 4, 1, 5, None, 4, 4, None),
    ("d", 4, 5, 1, 5, None, 9, 9, None),
    ("d", 5, 6, 1, 5, None, 0, None, "x"),
]


def test_what_came_later_is_not_seen_and_what_cannot_be_is() -> None:
    """Of ten entries, rows as of four: a row of an entry that is not there is shown, to be found."""
    found = list(as_of(READINGS, "reading", 4, 8))
    assert found == [READINGS[0], READINGS[1], (*READINGS[2][:-1], None), READINGS[4], READINGS[5]]
    assert list(as_of(READINGS, "reading", 4, 4)) == READINGS


def test_tiles_as_of_a_size() -> None:
    tiles: list[Values] = [(0, 0), (0, 1), (0, 2), (1, 0), (10**9, 1), (None, "x")]
    assert list(as_of(tiles, "tile", 512, 70_000)) == [(0, 0), (0, 1), (10**9, 1), (None, "x")]
    assert list(as_of(tiles, "tile", 511, 512)) == [(0, 0), (0, 2), (1, 0), (10**9, 1), (None, "x")]


@pytest.mark.parametrize(
    ("index", "other"),
    [
        ("label_live", "to_n is null and first > 1"),
        ("reading_live", "to_n is null and start_utc > 0 and step_s > 9999999"),
        ("role_live", "to_n is null and actor > 'zzz'"),
        ("vintage_live", "to_n is null and vintage > 9000"),
        ("claim_ended", "to_n is not null and issuance_n > 99999"),
        ("approval_actor_live", "to_n is null and actor > 'zzz'"),
        ("label_live", "from_n >= 0"),
        ("reading_live", "from_n >= 0"),
    ],
)
def test_an_index_of_live_rows_that_lacks_one_or_has_another_is_found(tmp_path: Path, index: str, other: str) -> None:
    """An index that says it has the live rows, and has others: rules would ask it, and miss a label or a claim."""
    store = SqliteStore(tmp_path / "doctored.db")
    for _ in story(store):
        pass
    store.close()
    with closing(sqlite3.connect(tmp_path / "doctored.db")) as connection:
        (sql,) = connection.execute("select sql from sqlite_master where name = ?", (index,)).fetchone()
        connection.execute(f"drop index {index}")
        connection.execute(f"{sql[: sql.index(' where ')]} where {other}")
        connection.execute("pragma writable_schema = on")
        connection.execute("update sqlite_master set sql = ? where name = ?", (sql, index))
        connection.commit()
    with cl.open_ledger(tmp_path / "doctored.db", read_only=True) as ledger:
        findings = ledger.audit().findings
    assert any(f"index {index}" in item.detail for item in findings), findings
