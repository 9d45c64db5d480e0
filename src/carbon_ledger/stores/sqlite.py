"""The embedded store: one SQLite file, through the standard library.

The rollback journal (TRUNCATE) with `synchronous=FULL` is chosen over WAL: SQLite 3.7.0 to 3.51.2 can
corrupt a WAL database when two connections write or checkpoint together.
"""

import os
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

from carbon_ledger.errors import BrokenLogError, StoreError, StoreReadOnlyError
from carbon_ledger.files import Identity, hold, release
from carbon_ledger.ledger.entries import Entry
from carbon_ledger.ledger.rebuilding import rebuild
from carbon_ledger.ledger.state import Row
from carbon_ledger.log.coordinates import WIDTH
from carbon_ledger.log.merkle import leaf_hash
from carbon_ledger.stores.columns import BY_NAME, Values, as_of
from carbon_ledger.stores.kept import Kept, bound
from carbon_ledger.stores.limits import Budget, require_trees, restrict
from carbon_ledger.stores.opening_checks import begin_file, checked_version, wait_while_empty
from carbon_ledger.stores.pending import Pending, ended
from carbon_ledger.stores.schema import SCHEMA_VERSION, derived_statements
from carbon_ledger.stores.sqlite_errors import Translated, blob, checked_path, entry_bytes, require_entries
from carbon_ledger.stores.sqlite_rows import cuts, newest_slices, table_slices, tile_slices
from carbon_ledger.stores.sqlite_view import SqliteView
from carbon_ledger.stores.tiling import fill

_PRAGMAS: Final = (
    "pragma page_size = 2048",  # of a new file
    "pragma journal_mode = truncate",
    "pragma synchronous = full",
    "pragma recursive_triggers = on",
)
_CACHED_ENTRIES: Final = 256
_PARTIAL_TILES: Final = 64


class SqliteStore:
    """A ledger file.

    Args:
        path: The file; created if absent.
        read_only: Open for reading alone.
        timeout_s: How long to wait for another process. [s]
        durable: Whether a commit waits for the disk; no for what is thrown away.

    Raises:
        NotALedgerError: The path is a directory, another kind of file, or empty.
        UnsupportedSchemaError: A newer version of this library wrote the file.
        BrokenLogError: The file is damaged.
        StoreLockedError: Another process holds it for longer than the timeout.
        StoreReadOnlyError: A new file cannot be written.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, read_only: bool = False, timeout_s: int = 5, durable: bool = True
    ) -> None:
        self.path = Path(path)
        self.read_only = read_only
        self._translated = Translated(str(self.path))
        self._decoded: dict[int, Entry] = {}
        self.kept = Kept()
        self._pending = Pending()
        self._torn = False
        self.head: int | None = None  # how many entries there are, while this store holds the lock
        self._committed: int | None = None  # how many there were when it last released it
        self._seen = 0  # entries that were there when it last looked: a log only grows
        self._depth = 0
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._budget = Budget(self.path)
        new = checked_path(self.path, read_only)
        with self._translated:
            mode = "ro" if read_only else "rwc"
            self._connection = sqlite3.connect(
                f"{self.path.absolute().as_uri()}?mode={mode}", uri=True, timeout=timeout_s, isolation_level=None
            )
        with ExitStack() as undo:
            undo.callback(self._connection.close)
            undo.callback(release, identity := hold(os.stat(self.path)))
            self._prepare(new, timeout_s)
            if not durable:
                self._connection.execute("pragma synchronous = off")
            self._held: Identity | None = identity
            undo.pop_all()

    def _prepare(self, new: bool, timeout_s: int) -> None:
        with self._translated:
            restrict(self._connection)
            if new:
                self._connection.execute(_PRAGMAS[0])
                begin_file(self._connection)
            else:
                wait_while_empty(self._connection, self.path, timeout_s, read_only=self.read_only)
            version = checked_version(self._connection, self.path)
            for pragma in _PRAGMAS:
                self._connection.execute(pragma)
        self._budget.watch(self._connection)
        if version < SCHEMA_VERSION:
            self._upgrade()

    def _upgrade(self) -> None:
        """Derive the tables of an older version again from the entries; for a reader, in a copy."""
        read_only, self.read_only = self.read_only, False
        try:
            if read_only:
                self._move_to_copy()
            rebuild(self)
        finally:
            self.read_only = read_only

    def _move_to_copy(self) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="carbon-ledger-")
        with self._translated:
            copy = sqlite3.connect(Path(self._temporary.name) / "copy.db", isolation_level=None)
            self._connection.backup(copy)
            self._connection.close()
            self._connection = copy
            restrict(copy)
            for pragma in _PRAGMAS:
                copy.execute(pragma)
            self._budget.watch(copy)

    def _forget_kept(self) -> None:
        self._decoded.clear()
        self.kept.clear()
        self.head = self._committed = None

    def size(self) -> int:
        """How many entries the log has."""
        if self.head is not None:
            return self.head
        with self._translated:
            size = int(self._connection.execute("select coalesce(max(n) + 1, 0) from entry").fetchone()[0])
        self._seen = self._seen if self._depth else size  # what a transaction has written may be undone
        return size

    def holds(self, n: int) -> bool:
        """Whether there is an entry *n*; where one as new was seen before, without looking again."""
        return 0 <= n < self._seen or 0 <= n < self.size()

    def view(self, size: int | None = None) -> SqliteView:
        """The state after *size* entries; all of them by default."""
        return SqliteView(self, self.size() if size is None else size)

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        """The bytes of entries start..stop-1."""
        return self._column("data", start, stop)

    def leaves(self, start: int, stop: int) -> Iterator[bytes]:
        """The stored leaf hashes of entries start..stop-1."""
        return self._column("leaf", start, stop)

    def _column(self, name: str, start: int, stop: int) -> Iterator[bytes]:
        # In short slices: an open read transaction would lock writers out.
        while start < stop:
            end = min(stop, start + _CACHED_ENTRIES)
            # With a limit: in a damaged file one row may come again and again.
            rows = self.select(
                f"select {name}, n from entry where n >= ? and n < ? order by n limit ?", (start, end, end - start)
            )
            for n, (value, found) in enumerate(rows, start):
                yield entry_bytes(name, value, n, found, self.path)
            require_entries(start, len(rows), end, self.path)
            start = end

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; inside another one, a part of it that can be undone alone.

        Raises:
            StoreLockedError: Another process writes for longer than the timeout.
            StoreReadOnlyError: The file cannot be written.
            StoreFullError: There is no room left.
        """
        begin, commit, undo = "begin immediate", "commit", ["rollback"]
        if self._depth:
            mark = f"level_{self._depth}"
            begin, commit, undo = f"savepoint {mark}", f"release {mark}", [f"rollback to {mark}", f"release {mark}"]
            self._require_standing()
            self._write_pending()  # what this part undoes is its own
        elif self.read_only:
            raise StoreReadOnlyError(f"{self.path}: opened with read_only=True; open it for writing to record")
        with self._translated:
            self._connection.execute(begin)
        self._depth += 1
        done = False
        try:
            if self.head is None:
                self._take_head()
            yield
            self._require_standing()
            self._write_pending()
            with self._translated:
                self._connection.execute(commit)
            done = True
        finally:
            self._depth -= 1
            if not self._depth:
                self._committed, self.head = self.head, None
            if not done:
                self._torn = False
                self._pending.drop()
                self._forget_kept()
                # SQLite has rolled back by itself after some errors (disk full, I/O).
                with self._translated:
                    for statement in undo if self._connection.in_transaction else ():
                        self._connection.execute(statement)

    def _take_head(self) -> None:
        self.head = self.size()
        if self.head != self._committed:
            self.kept.forget_newest()

    def writing(self) -> AbstractContextManager[None]:
        """Hold the lock: begin a transaction, or join the one that is open."""
        return nullcontext() if self._depth else self.transaction()

    def append(self, data: bytes, rows: Sequence[Row]) -> None:
        """Write one entry and its rows.

        Raises:
            StoreError: Outside of a transaction, or the file cannot take it.
        """
        if self._depth == 0:
            raise StoreError("append needs a transaction")
        self._require_standing()
        n = self.size()
        done = False
        try:
            self._pending.add_entry(n, leaf_hash(data), data)
            self.derive(rows)
            self.head = n + 1
            fill(n + 1, self._hashes, self._write_tile)
            done = True
        finally:
            # An entry without all its rows: the transaction that holds it must not be committed.
            self._torn = not done

    def keep(self, entry: Entry) -> None:
        """Take the newest entry as it was before it was encoded, so that nobody decodes it again."""
        self._put_by(entry.n, entry)

    def _put_by(self, n: int, entry: Entry) -> None:
        bound(self._decoded, _CACHED_ENTRIES)
        self._decoded[n] = entry

    def _require_standing(self) -> None:
        if self._torn or not self._connection.in_transaction:
            raise StoreError(f"{self.path}: an error undid the whole batch; leave its block and begin again")

    def derive(self, rows: Sequence[Row]) -> None:
        """Write the rows of an entry that is in the log already.

        Raises:
            StoreError: Outside of a transaction, or the file cannot take it.
        """
        if self._depth == 0:
            raise StoreError("derive needs a transaction")
        for row in rows:
            self.kept.take(row)
            if (update := ended(row)) is None:
                self._pending.add(row)
                continue
            self._write_pending()  # the row that ends may be among them
            with self._translated:
                self._connection.execute(*update)

    def _write_pending(self) -> None:
        if self._pending:
            torn, self._torn = self._torn, True  # unless all of them are written, none may be committed
            with self._translated:
                self._pending.write(self._connection)
            self._torn = torn

    def forget(self) -> None:
        """Remove every derived row, and keep entries and tiles.

        Raises:
            StoreError: Outside of a transaction.
        """
        if self._depth == 0:
            raise StoreError("forget needs a transaction")
        self._write_pending()
        with self._translated:
            self.kept.clear()
            require_trees(self._connection, self.path)
            for name in BY_NAME:
                self._connection.execute(f"drop table if exists {name}")
            for statement in derived_statements():
                self._connection.execute(statement)

    def _hashes(self, level: int, start: int, stop: int) -> list[bytes]:
        if level == 0:
            rows = self.select("select leaf from entry where n >= ? and n < ? order by n", (start, stop))
        else:
            rows = self.select(
                "select root from tile where level = ? and number >= ? and number < ? order by number",
                (level - 1, start, stop),
            )
        return [blob(row[0], self.path) for row in rows]

    def _write_tile(self, level: int, number: int, root: bytes, data: bytes) -> None:
        self._connection.execute("insert into tile values (?, ?, ?, ?)", (level, number, root, data))

    def tile(self, level: int, index: int, width: int) -> bytes:
        """A tile of the log: a full one with its inner nodes, a partial one made from what is below it."""
        if width == WIDTH:
            rows = self.select("select data from tile where level = ? and number = ?", (level, index))
            return blob(rows[0][0], self.path) if rows else b""
        kept, key = self.kept.partial_tiles, (level, index, width)
        if key not in kept:
            bound(kept, _PARTIAL_TILES)
            kept[key] = b"".join(self._hashes(level, index * WIDTH, index * WIDTH + width))
        return kept[key]

    def rows(self, table: str, size: int | None = None) -> Iterator[Values]:
        """Every row of a table as plain values, in the order of its key; as of *size* entries, where it is given.

        Raises:
            BrokenLogError: The table and its indexes do not agree: questions would be answered wrongly.
        """
        for found in tile_slices(self) if table == "tile" else table_slices(self, table):
            rows = found if size is None else as_of(found, table, size, self.size())
            if table == "tile":  # its hashes are long: one tile at a time
                rows = (self.select("select * from tile where level = ? and number = ?", row)[0] for row in rows)
            yield from rows

    def newest(self, table: str, by: str | None = None) -> Iterator[Any]:
        """The newest row of each thing in a table, in order of a column and its key, or of its key."""
        for rows in newest_slices(self, table, by):
            yield from (BY_NAME[table].row(row, self.path) for row in rows)

    def select(self, sql: str, values: Sequence[Any] = ()) -> list[Values]:
        """The rows of a query."""
        self._write_pending()
        with self._budget, self._translated:
            return self._connection.execute(sql, values).fetchall()

    def decoded(self, n: int) -> Entry:
        """Entry *n*, decoded; the newest few are kept.

        Raises:
            BrokenLogError: The file's entry is not one.
        """
        if n not in self._decoded:
            rows = self.select("select data from entry where n = ?", (n,))
            if not rows:
                raise BrokenLogError(f"{self.path}: entry {n} is missing")
            try:
                self._put_by(n, Entry.from_bytes(blob(rows[0][0], self.path)))
            except BrokenLogError as error:
                raise BrokenLogError(f"{self.path}: entry {n}: {error}; restore it from a copy") from None
        return self._decoded[n]

    def kept_entry(self, n: int) -> Entry | None:
        """Entry *n*, if it is among the newest few that were decoded."""
        return self._decoded.get(n)

    def copy(self, table: str, rows: Iterable[Values]) -> None:
        """Write rows of a table as another store has them; only inside a transaction."""
        marks = ", ".join("?" * len(BY_NAME[table].columns))
        with self._translated:
            self._connection.executemany(f"insert into {table} values ({marks})", rows)

    def location(self) -> str | None:
        """Where another process finds what this one reads."""
        return str(self.select("select file from pragma_database_list where name = 'main'")[0][0])

    def cuts(self, size: int, parts: int) -> list[int]:
        """Where to cut *size* entries into parts that take about as long to audit: parts - 1 numbers, ascending."""
        return cuts(self, size, parts)

    def scratch(self, start: int = 0) -> "SqliteStore":
        """A store in a temporary directory, removed when it is closed, that begins with the rows as of *start*."""
        from carbon_ledger.stores.scratch import ScratchStore  # which is one of these

        return ScratchStore(self, start)

    def close(self) -> None:
        """Close the file."""
        self._seen = 0
        with self._translated:
            self._connection.close()
        if self._held is not None:
            release(self._held)
            self._held = None
        if self._temporary is not None:
            self._temporary.cleanup()
