"""What writes to a ledger file: one transaction at a time, undone by what SQLite says of it."""

from collections.abc import Callable, Sequence
from pathlib import Path

from carbon_ledger.core.state.rows import Row
from carbon_ledger.errors import BrokenLogError, StoreError, StoreReadOnlyError
from carbon_ledger.log.merkle import leaf_hash
from carbon_ledger.stores.sqlite.schema import derived_statements
from carbon_ledger.stores.sqlite.sessions import Session
from carbon_ledger.stores.sqlite.write_buffer import WriteBuffer, ended
from carbon_ledger.stores.tables import BY_NAME
from carbon_ledger.stores.tiles import Hashes, fill
from carbon_ledger.stores.turns import Turns
from carbon_ledger.stores.uncommitted_reads import Marks


class Writer:
    """The transaction of whoever has the turn.

    An interrupt may end any of its methods half way. What is left then is undone by `undo`, which asks SQLite what
    there is to undo; a transaction in which it is not known whether all of an entry was written is never committed.

    Args:
        session: The connection that writes.
        path: The file, for messages.
        turns: The turns at writing.
        count: Counts the entries, as the connection sees them.
        committed: Is called with the numbers of the first and of the next entry, when a transaction was committed.
        checked: Whether what the file holds is compared with what was appended before it is committed.
    """

    def __init__(
        self,
        session: Session,
        path: Path,
        turns: Turns,
        *,
        count: Callable[[Session], int],
        committed: Callable[[int, int], object],
        checked: bool,
    ) -> None:
        self.session = session
        self.turns = turns
        self.read_only = False
        self.marks = Marks()
        self.locked_size: int | None = None  # entries, while somebody has the turn
        self.begun_at = 0  # entries when the turn began
        self._path = path
        self._count = count
        self._tell = committed
        self._checked = checked
        self._committed: int | None = None  # entries when the turn last ended
        self._leaves: list[tuple[bytes, int]] = []  # hashes and lengths of the entries that were appended since
        self._buffer = WriteBuffer()
        self._parts = 0
        self._incomplete = False
        self._watched = False
        self._cookie: object = None  # SQLite's number of the schema that was looked at last

    def watch_schema(self) -> None:
        """Look at the schema before commands, now that it is that of this version."""
        self._watched = self._checked

    def begin(self) -> None:
        """Begin a transaction, of whoever has the turn.

        Raises:
            StoreLockedError: Another process writes for longer than the timeout.
            StoreReadOnlyError: The file cannot be written.
            BrokenLogError: Its schema was changed, and is not a ledger's any more.
        """
        if self.read_only:
            raise StoreReadOnlyError(f"{self._path}: opened with read_only=True; open it for writing to record")
        self.session.run("begin immediate")
        if self._watched:
            self._check_schema()
        size = self._count(self.session)
        if size != self._committed:
            self.session.cache.forget_newest()
        self.locked_size = self.begun_at = size

    def _check_schema(self) -> None:
        """Look at the schema again where it was changed since it was looked at; a trigger would take part in a command.

        Raises:
            BrokenLogError: It is not a ledger's any more.
        """
        cookie = self.session.run("pragma schema_version")[0][0]
        if cookie != self._cookie:
            self.session.check_schema()
            self._cookie = cookie

    def commit(self) -> None:
        """Commit the transaction.

        Raises:
            StoreError: It was undone meanwhile, or cannot be written.
            BrokenLogError: What is in the file is not what was appended.
        """
        self._require_standing()
        self.flush()
        self._require_stored()
        self.session.run("commit")
        size, self.locked_size, self._leaves = self.locked_size or 0, None, []
        self._committed = size
        self._tell(self.begun_at, size)

    def _require_stored(self) -> None:
        if self._leaves:
            sql = "select n, leaf, length(data) from entry where n >= ? order by n"
            found = self.session.run(sql, (self.begun_at,))
            if found != [(n, *item) for n, item in enumerate(self._leaves, self.begun_at)]:
                raise BrokenLogError(
                    f"{self._path}: the file does not hold what was appended; did somebody change its schema? "
                    "Audit it. Nothing of this was recorded"
                )

    def undo(self) -> None:
        """Undo what was not committed, as far as there is anything, and forget what was read meanwhile."""
        self._incomplete = True
        self._buffer.drop()
        self.session.roll_back()
        self.session.forget()
        self.marks.undo(self.begun_at)
        self.locked_size, self._committed, self._leaves = None, None, []
        self._incomplete = False

    def begin_part(self) -> int:
        """Begin a part that can be undone alone; returns its number."""
        self._require_standing()
        self.flush()  # what the part undoes is its own
        self._parts += 1
        self.session.run(f"savepoint part_{self._parts}")
        return self._parts

    def end_part(self, part: int) -> None:
        """Join a part to what is around it."""
        self._require_standing()
        self.flush()
        self.session.run(f"release part_{part}")

    def undo_part(self, part: int) -> None:
        """Undo a part, if it was not ended before."""
        self._incomplete = True
        self._buffer.drop()
        self.session.roll_back_to(f"part_{part}")
        self.session.forget()
        self.locked_size = self._count(self.session)
        self.marks.undo(self.locked_size)
        del self._leaves[max(0, self.locked_size - self.begun_at) :]
        self._incomplete = False

    def append(self, data: bytes, rows: Sequence[Row], hashes: Hashes) -> None:
        """Write one entry and its rows.

        Raises:
            StoreError: Outside of a transaction, or the file cannot take it.
        """
        self.require_turn("append")
        self._require_standing()
        n = self._count(self.session) if self.locked_size is None else self.locked_size
        # An entry without all its rows: the transaction that holds it must not be committed.
        self._incomplete = True
        leaf = leaf_hash(data)
        self._buffer.add_entry(n, leaf, data)
        self._write_rows(rows)
        self.locked_size = n + 1
        if self._checked:
            self._leaves.append((leaf, len(data)))
        fill(n + 1, hashes, self._write_tile)
        self._incomplete = False

    def _write_tile(self, level: int, number: int, root: bytes, data: bytes) -> None:
        self.session.run("insert into tile values (?, ?, ?, ?)", (level, number, root, data))

    def write_rows(self, rows: Sequence[Row]) -> None:
        """Write the rows of an entry that is in the log already.

        Raises:
            StoreError: Outside of a transaction, or the file cannot take it.
        """
        self.require_turn("write_rows")
        self._write_rows(rows)

    def _write_rows(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self.session.cache.take(row)
            if (update := ended(row)) is None:
                self._buffer.add(row)
                continue
            self.flush()  # the row that ends may be among them
            self.session.run(*update)

    def flush(self) -> None:
        """Write the rows that wait."""
        if self._buffer:
            # Unless all of them are written, none may be committed.
            incomplete, self._incomplete = self._incomplete, True
            self._buffer.write(self.session.run_many)
            self._incomplete = incomplete

    def clear_projections(self) -> None:
        """Remove every derived row, and keep entries and tiles; questions of others wait until it is done.

        Raises:
            StoreError: Outside of a transaction.
        """
        self.require_turn("clear_projections")
        self.flush()
        self.session.cache.clear()
        self.session.require_trees()
        for statement in (*(f"drop table if exists {name}" for name in BY_NAME), *derived_statements()):
            self.session.run(statement)

    def require_turn(self, what: str) -> None:
        """Refuse what needs a transaction to whoever has none.

        Raises:
            StoreError: The calling thread and task have none open.
        """
        if self.turns.mine() is None:
            raise StoreError(f"{what} needs a transaction")

    def _require_standing(self) -> None:
        if self._incomplete or not self.session.in_transaction:
            raise StoreError(f"{self._path}: an error undid the whole batch; leave its block and begin again")
