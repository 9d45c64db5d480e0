"""Writing to a ledger file: one transaction at a time, undone according to the state that SQLite reports."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from carbon_ledger.core.state.rows import Row
from carbon_ledger.errors import BrokenLogError, StoreError, StoreReadOnlyError
from carbon_ledger.log.coordinates import WIDTH
from carbon_ledger.log.merkle import leaf_hash
from carbon_ledger.stores.sqlite.schema import derived_statements
from carbon_ledger.stores.sqlite.sessions import Session
from carbon_ledger.stores.sqlite.write_buffer import WriteBuffer, ended
from carbon_ledger.stores.tables import BY_NAME
from carbon_ledger.stores.tiles import Hashes, fill
from carbon_ledger.stores.turns import Turns
from carbon_ledger.stores.uncommitted_reads import RollbackGuards


class Writer:
    """The transaction of the caller that has the turn.

    An interrupt may end any method half way. `undo` then undoes what was written; it asks SQLite whether a transaction
    is open. A transaction is never committed if it may contain an entry that was not written completely.

    Args:
        session: The connection that writes.
        path: The file, for messages.
        turns: The turns at writing.
        count: Counts the entries that a connection sees.
        on_commit: Called after a commit with the log's sizes before and after the transaction.
        checked: Whether a commit first compares the file with what was appended.
    """

    def __init__(
        self,
        session: Session,
        path: Path,
        turns: Turns,
        *,
        count: Callable[[Session], int],
        on_commit: Callable[[int, int], object],
        checked: bool,
    ) -> None:
        self.session = session
        self.turns = turns
        self.read_only = False
        self.guards = RollbackGuards()
        self.locked_size: int | None = None  # entries in the log, while a caller has the turn
        self.start_size = 0  # entries in the log when the turn began
        self._path = path
        self._count = count
        self._on_commit = on_commit
        self._checked = checked
        self._committed: int | None = None  # entries in the log at the last commit
        self._leaves: list[bytes] = []  # leaf hashes of the entries appended since
        self._lengths: list[int] = []  # of these entries [bytes]
        self._open_tile: list[bytes] = []  # leaf hashes of the newest entries, as far as they are known
        self._buffer = WriteBuffer()
        self._parts = 0
        self._incomplete = False
        self._watched = False
        self._schema_cookie: object = None  # SQLite's number of the schema that was last checked

    def watch_schema(self) -> None:
        """Check the schema before each command from now on; called once the file has the schema of this version."""
        self._watched = self._checked

    def begin(self) -> None:
        """Begin the transaction of the caller that has the turn.

        Raises:
            StoreLockedError: Another process writes for longer than the timeout.
            StoreReadOnlyError: The file cannot be written.
            BrokenLogError: The schema was changed and is no longer a ledger's.
        """
        if self.read_only:
            raise StoreReadOnlyError(f"{self._path}: opened with read_only=True; open it for writing to record")
        self.session.run("begin immediate")
        if self._watched:
            self._check_schema()
        size = self._count(self.session)
        if size < (self._committed or 0):
            self.session.clear_cache()  # an older copy was restored into the file: its next entries are others
        if size != self._committed:
            self.session.cache.clear_latest()
            self._open_tile.clear()  # others wrote, or entries were undone
        self.locked_size = self.start_size = size

    def _check_schema(self) -> None:
        """Check the schema if it has changed since the last check: a new trigger would run as part of a command.

        Raises:
            BrokenLogError: The schema is no longer a ledger's.
        """
        cookie = self.session.run("pragma schema_version")[0][0]
        if cookie != self._schema_cookie:
            self.session.check_schema()
            self.session.clear_cache()  # the tables were derived again by another process, or a copy was restored
            self._schema_cookie = cookie

    def commit(self) -> None:
        """Commit the transaction.

        Raises:
            StoreError: The transaction was undone meanwhile, or the file cannot be written.
            BrokenLogError: The file's entries are not those that were appended.
        """
        self._require_usable()
        self.flush()
        self._require_appended()
        self.session.run("commit")
        size, self.locked_size, self._leaves, self._lengths = self.locked_size or 0, None, [], []
        self._committed = size
        self._on_commit(self.start_size, size)

    def _require_appended(self) -> None:
        if self._leaves:
            sql = "select n, leaf, length(data) from entry where n >= ? order by n"
            found = self.session.run(sql, (self.start_size,))
            numbers = range(self.start_size, self.locked_size or 0)
            if found != list(zip(numbers, self._leaves, self._lengths, strict=False)):
                raise BrokenLogError(
                    f"{self._path}: the entries in the file are not those that were appended, and nothing was "
                    "recorded. Another program may have changed the file's schema: audit the ledger"
                )

    def undo(self) -> None:
        """Undo what was not committed, if anything, and clear the caches."""
        self._incomplete = True
        self._buffer.clear()
        self.session.roll_back()
        self.session.clear_cache()
        self.guards.roll_back(self.start_size)
        self.locked_size, self._committed, self._leaves, self._lengths = None, None, [], []
        self._incomplete = False

    def begin_part(self) -> int:
        """Begin a part that can be undone on its own; returns the number of the part.

        Raises:
            StoreError: An error undid the whole batch.
        """
        self._require_usable()
        self.flush()  # so that undoing the part undoes nothing written before it
        self._parts += 1
        self.session.run(f"savepoint part_{self._parts}")
        return self._parts

    def end_part(self, part: int) -> None:
        """End a part; what it wrote belongs to the enclosing part or transaction.

        Raises:
            StoreError: An error undid the whole batch.
        """
        self._require_usable()
        self.flush()
        self.session.run(f"release part_{part}")

    def undo_part(self, part: int) -> None:
        """Undo a part, unless it has ended."""
        self._incomplete = True
        self._buffer.clear()
        self._open_tile.clear()
        self.session.roll_back_to(f"part_{part}")
        self.session.clear_cache()
        self.locked_size = self._count(self.session)
        self.guards.roll_back(self.locked_size)
        for known in (self._leaves, self._lengths):
            del known[max(0, self.locked_size - self.start_size) :]
        self._incomplete = False

    def append(self, items: Iterable[tuple[bytes, Sequence[Row]]], hashes: Hashes) -> None:
        """Write entries and the rows of each.

        Raises:
            StoreError: Called outside a transaction, or the file cannot be written.
        """
        self.require_turn("append")
        for data, rows in items:
            self._require_usable()
            n = self._count(self.session) if self.locked_size is None else self.locked_size
            # A transaction with an entry that lacks some of its rows must not be committed.
            self._incomplete = True
            leaf = leaf_hash(data)
            self._buffer.add_entry(n, leaf, data)
            self._write_rows(rows)
            self.locked_size = n + 1
            if self._checked:
                self._leaves.append(leaf)
                self._lengths.append(len(data))
            self._open_tile.append(leaf)
            if (n + 1) % WIDTH == 0:
                self._fill_tiles(n + 1, hashes)
            self._incomplete = False

    def _fill_tiles(self, size: int, hashes: Hashes) -> None:
        """Store the tiles that the newest leaf has filled. Leaves that are known are not read back."""
        newest = self._open_tile[-WIDTH:]

        def known(level: int, start: int, stop: int) -> list[bytes]:
            return newest if level == 0 and len(newest) == stop - start else hashes(level, start, stop)

        fill(size, known, self._write_tile)
        self._open_tile.clear()

    def _write_tile(self, level: int, number: int, root: bytes, data: bytes) -> None:
        self.session.run("insert into tile values (?, ?, ?, ?)", (level, number, root, data))

    def write_rows(self, rows: Sequence[Row]) -> None:
        """Write the rows of an entry that the log already has.

        Raises:
            StoreError: Called outside a transaction, or the file cannot be written.
        """
        self.require_turn("write_rows")
        self._write_rows(rows)

    def _write_rows(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self.session.cache.update(row)
            if (update := ended(row)) is None:
                self._buffer.add(row)
                continue
            self.flush()  # the row that ends may be in the buffer
            self.session.run(*update)

    def flush(self) -> None:
        """Write the buffered rows."""
        if self._buffer:
            # Unless all of the rows are written, the transaction must not be committed.
            incomplete, self._incomplete = self._incomplete, True
            self._buffer.write(self.session.run_many)
            self._incomplete = incomplete

    def clear_projections(self) -> None:
        """Remove every derived row; entries and tiles remain. Queries of other callers wait until the commit.

        Raises:
            StoreError: Called outside a transaction.
        """
        self.require_turn("clear_projections")
        self.flush()
        self.session.clear_cache()
        self.session.require_trees()
        for statement in (*(f"drop table if exists {name}" for name in BY_NAME), *derived_statements()):
            self.session.run(statement)

    def require_turn(self, method: str) -> None:
        """Refuse a method that needs a transaction.

        Raises:
            StoreError: The calling thread and task have no transaction open.
        """
        if self.turns.mine() is None:
            raise StoreError(f"{method}() was called outside a transaction; call it inside transaction()")

    def _require_usable(self) -> None:
        if self._incomplete or not self.session.in_transaction:
            raise StoreError(f"{self._path}: an error undid the whole batch; leave its block and begin again")
