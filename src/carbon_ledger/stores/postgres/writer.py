"""Writing to a ledger on a server: one transaction at a time, of one client at a time.

A transaction begins with an advisory lock that every writer of the ledger takes and that ends with the transaction. It
reads what is committed when each of its statements begins (READ COMMITTED), and so what the writer before it has
written. Under a stricter isolation level it would read the state from before it waited for the lock.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from time import monotonic_ns, sleep
from typing import Any, Final

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.state.rows import Row
from carbon_ledger.core.state.store import Want
from carbon_ledger.errors import (
    CommitUnknownError,
    ForkError,
    QuantityError,
    StoreConnectionError,
    StoreError,
    StoreReadOnlyError,
)
from carbon_ledger.log.coordinates import WIDTH
from carbon_ledger.log.merkle import leaf_hash
from carbon_ledger.stores.postgres.answers import Answers, Key, can_be_sent
from carbon_ledger.stores.postgres.dialect import translated
from carbon_ledger.stores.postgres.foresight import Foresight
from carbon_ledger.stores.postgres.places import Place
from carbon_ledger.stores.postgres.sessions import Session, Statement
from carbon_ledger.stores.postgres.statements import BEGIN, HEAD, LEAF, LOCK
from carbon_ledger.stores.postgres.steps import Steps
from carbon_ledger.stores.sql.damage import blob
from carbon_ledger.stores.tables import BY_NAME, Values
from carbon_ledger.stores.tiles import Hashes, fill
from carbon_ledger.stores.turns import Turns, deadline_ns
from carbon_ledger.stores.uncommitted_reads import RollbackGuards

Head = tuple[int, bytes]  # the number of the newest entry, and its leaf hash
NO_HEAD: Final = (-1, b"")
_TRIES_A_SECOND: Final = 10


class Writer:
    """The transaction of the caller that has the turn.

    An interrupt may end any method half way. `undo` then undoes what was written. A transaction is never committed if
    it may contain an entry that was not written completely.

    Args:
        session: The connection that writes.
        place: The ledger.
        turns: The turns at writing.
        timeout_s: How long to wait for other writers, and for the server after a lost connection. [s]
        on_commit: Called after a commit with the log's sizes before and after the transaction.
    """

    def __init__(
        self,
        session: Session,
        place: Place,
        turns: Turns,
        timeout_s: int,
        *,
        on_commit: Callable[[int, int], object],
    ) -> None:
        self.session = session
        self.turns = turns
        self.read_only = False
        self.guards = RollbackGuards()
        self.locked_size: int | None = None  # entries in the log, while a caller has the turn
        self.start_size = 0  # entries in the log when the turn began
        self.head: Head = NO_HEAD  # the newest entry that is known to be committed
        self._place = place
        self._timeout_s = timeout_s
        self._on_commit = on_commit
        self._committed: Head | None = None  # the newest entry at the last commit of this writer, as of which it caches
        self._newest: Head = NO_HEAD  # the newest entry, that of the transaction included
        self._steps = Steps()
        self._parts: dict[int, tuple[int, Head]] = {}
        self._part = 0
        self._leaves: dict[int, bytes] = {}  # leaf hashes of the newest entries, which fill the next tile
        self._incomplete = False
        self.streaming = False  # whether entries are sent while the next ones are made
        self._answers = Answers()
        self._foresight = Foresight(place.name, session, self._answers)

    def begin(self, wants: Sequence[Want] = ()) -> None:
        """Begin the transaction of the caller that has the turn.

        Args:
            wants: Queries that the caller is going to make. What can be known before the lock is held is asked together
                with it, and what depends on that in the next round trips.

        Raises:
            StoreLockedError: Another client writes for longer than the timeout.
            StoreReadOnlyError: The role or the server does not allow writing.
            StoreConnectionError: There is no connection to the server.
            ForkError: The log on the server lacks entries that this client knows to be committed.
        """
        if self.read_only:
            raise StoreReadOnlyError(f"{self._place.name}: opened with read_only=True; open it for writing to record")
        was_connected, cache = self.session.is_connected, self.session.cache
        statements = self._foresight.begin(wants)
        try:
            found, *rows = self._locked(statements)
        except StoreConnectionError:
            if not was_connected:
                raise
            found, *rows = self._locked(statements)  # nothing was written, so a new connection may begin again
        n, leaf, data, _ = found[0] if found else (*NO_HEAD, None, None)
        if (n, leaf) != self._committed:
            cache.clear_latest()
            self._leaves.clear()
            if data is not None:
                self.session.cache_entry(n, Entry.from_bytes(blob(data, self._place.name)))
        self._newest = self.head = (n, leaf)
        self.locked_size = self.start_size = n + 1
        self._foresight.read(rows, n + 1, self._sent)

    def fetch(self, wants: Sequence[Want]) -> None:
        """Make the queries of wants in the transaction, together as far as they do not depend on each other."""
        if self.locked_size is not None:
            self._foresight.fetch(wants, self.locked_size, self._sent)

    def _locked(self, statements: Sequence[Statement] = ()) -> list[list[Values]]:
        """Begin, wait for the lock, and return the row of the newest entry, if there is one, and those of queries."""
        _, _, newest, *rows = self.session.run(
            [
                Statement(BEGIN),
                Statement(LOCK, (f"{self._timeout_s * 1_000 or 1}ms", self._place.lock)),
                Statement(HEAD, (*(self._committed or NO_HEAD), self.head[0])),
                *statements,
            ]
        )
        if self.head != NO_HEAD and [row[3] for row in newest] != [self.head[1]]:
            self.session.roll_back()
            raise self._forked()
        return [newest, *rows]

    def _forked(self) -> ForkError:
        return ForkError(
            f"{self._place.name}: the log on the server does not have entry {self.head[0]} as it was committed there. "
            "A standby that lacked it may have become the primary server, or an old backup was restored: stop "
            "writing, and find the server that has the entry"
        )

    def commit(self) -> None:
        """Commit the transaction.

        Raises:
            StoreError: The transaction was undone meanwhile, or the server refuses what was written.
            StoreConnectionError: The connection was lost, and nothing was recorded.
            CommitUnknownError: The connection was lost, and the server did not say whether the entries were recorded.
        """
        self._require_usable()
        self._incomplete = True
        steps, later = self._steps.take(), self._foresight.later
        rows: list[list[Values]] | None = None
        try:
            rows = self.session.run([*steps, *later, Statement("commit")])[len(steps) : -1]
        except StoreConnectionError as error:
            if not self._was_committed(error):
                raise
        self._incomplete = False
        size, self.locked_size = self.start_size if self.locked_size is None else self.locked_size, None
        self.head = self._committed = self._newest
        self._parts.clear()
        self._answers.clear()
        self._foresight.committed(size, rows)
        self._on_commit(self.start_size, size)

    def _was_committed(self, error: StoreConnectionError) -> bool:
        """Whether the entries of a lost transaction were committed; waits until that transaction has ended.

        Raises:
            CommitUnknownError: The server did not say so before the timeout.
            ForkError: The server lacks entries that were committed before.
        """
        if self._newest == self.head:
            return True  # there was nothing to record
        until = deadline_ns(self._timeout_s)
        while True:
            try:
                self._locked()  # the lost transaction holds this lock until it has ended
                found = self.session.run([Statement(LEAF, (self._newest[0],))])[0]
                self.session.roll_back()
            except StoreError as again:
                self.session.drop()
                if monotonic_ns() >= until:
                    raise CommitUnknownError(
                        f"{self._place.name}: the connection was lost during the commit of entries {self.start_size} "
                        f"to {self._newest[0]}, and the server did not say within {self._timeout_s} s whether they "
                        f"were recorded ({again!s:.200}). Repeat the command with its idempotency key, which records "
                        "it once"
                    ) from error
                sleep(1 / _TRIES_A_SECOND)
                continue
            return found == [(self._newest[1],)]

    def undo(self) -> None:
        """Undo what was not committed, if anything, and clear the caches."""
        self._incomplete = True
        self._steps.clear()
        self.session.roll_back()
        self.session.clear_cache()
        self.guards.roll_back(self.start_size)
        self._leaves.clear()
        self._parts.clear()
        self._foresight.clear()
        self.locked_size, self._committed, self._newest = None, None, self.head
        self._incomplete = False

    def close(self) -> None:
        """Close the connection for good, and release what commands were rehearsed on."""
        self._foresight.close()
        self.session.close()

    def begin_part(self, wants: Sequence[Want] = ()) -> int:
        """Begin a part that can be undone on its own, and that will make queries; returns the number of the part."""
        self._require_usable()
        self._part += 1
        if wants:
            self.fetch(wants)
            self._answers.hold(self._part)
        self._parts[self._part] = (self.locked_size or 0, self._newest)
        self._steps.add(f"savepoint part_{self._part}")
        return self._part

    def end_part(self, part: int) -> None:
        """End a part; what it wrote belongs to the enclosing part or transaction."""
        self._require_usable()
        self._steps.add(f"release savepoint part_{part}")
        self.flush()
        self._parts.pop(part, None)
        self._answers.release(part)

    def undo_part(self, part: int) -> None:
        """Undo a part, unless it has ended."""
        if part not in self._parts:
            return
        self._incomplete = True
        size, newest = self._parts.pop(part)
        savepoint, undone = f"savepoint part_{part}", True
        if not self._steps.cut(savepoint):
            self._steps.clear()
            if self.session.in_transaction:
                try:
                    self.session.run([Statement(f"rollback to {savepoint}"), Statement(f"release {savepoint}")])
                except StoreError:  # what came before the part was refused; the error that ends the part says more
                    undone = False
        self.session.clear_cache()
        self._leaves.clear()
        self._answers.clear()
        self.locked_size, self._newest = size, newest
        self.guards.roll_back(size)
        self._incomplete = not undone

    @property
    def shown(self) -> tuple[int, Mapping[Key, list[Values]]]:
        """The size of the log after the last commit, and the rows that were read together with it."""
        return self._foresight.shown

    def end_stream(self) -> None:
        """Wait until the server has written what was sent."""
        incomplete, self._incomplete = self._incomplete, True
        self.session.end_stream()
        self._incomplete = incomplete

    def append(self, items: Iterable[tuple[bytes, Sequence[Row]]], hashes: Hashes) -> None:
        """Write entries and the rows of each.

        Raises:
            StoreError: Called outside a transaction, or the server cannot be written to.
        """
        self.require_turn("append")
        for data, rows in items:
            self._require_usable()
            n = self._newest[0] + 1
            # A transaction with an entry that lacks some of its rows must not be committed.
            self._incomplete = True
            leaf = leaf_hash(data)
            self._steps.add_entry(n, leaf, data)
            self._write_rows(rows)
            self._newest = (n, leaf)
            self.locked_size = n + 1
            self._leaves[n] = leaf
            fill(n + 1, self._hashes(hashes), self._add_tile)
            if (n + 1) % WIDTH == 0:
                self._leaves.clear()
            if self.streaming and (found := self._steps.take_entries(streaming=self.session.is_streaming)) is not None:
                before, entries = found
                if before:
                    self.session.run(before)
                self.session.send(entries)
            self._incomplete = False

    def _add_tile(self, level: int, number: int, root: bytes, data: bytes) -> None:
        self._steps.add_tile(level, number, root, data)
        self._answers.forget_table("tile")

    def _hashes(self, hashes: Hashes) -> Hashes:
        """Hashes of the log, those of the newest leaves from memory."""

        def found(level: int, start: int, stop: int) -> list[bytes]:
            if level == 0 and start in self._leaves and len(self._leaves) == stop - start:
                return [self._leaves[n] for n in range(start, stop)]
            self._incomplete = False  # reading writes what was buffered, whole entries as far as their tiles
            try:
                return hashes(level, start, stop)
            finally:
                self._incomplete = True

        return found

    def write_rows(self, rows: Sequence[Row]) -> None:
        """Write the rows of an entry that the log already has.

        Raises:
            StoreError: Called outside a transaction, or the server cannot be written to.
        """
        self.require_turn("write_rows")
        self._write_rows(rows)

    def _write_rows(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self.session.cache.update(row)
            self._steps.add_row(row)
        self._answers.forget(rows)

    def write(self, table: str, rows: Sequence[Values]) -> None:
        """Write rows of plain values; to be called inside a transaction."""
        self._steps.add_values(table, rows)
        self._answers.forget_table(table)

    def flush(self) -> None:
        """Write what is buffered."""
        if self._steps:
            self._sent([])

    def select(self, sql: str, values: Sequence[Any] | Mapping[str, Any]) -> list[Values]:
        """The rows of a query, after what is buffered was written, in one round trip.

        Raises:
            StoreError: The transaction was undone meanwhile, or the server refuses the query.
            QuantityError: The server cannot store a text. The transaction goes on.
        """
        if not self._answers.collecting:
            self._require_usable()
        rows = self._answers.get(sql, values)
        if rows is None:
            if not can_be_sent(values):
                raise QuantityError("a text has U+0000 or a lone surrogate: expected text that a server can store")
            rows = self._sent([Statement(translated(sql), values)])[0]
            if not self._asks_beyond(sql, values):
                self._answers.put(sql, values, rows)
        return rows

    def _asks_beyond(self, sql: str, values: Sequence[Any] | Mapping[str, Any]) -> bool:
        """Whether a query asks for entries that the log does not have, and will have once they are appended."""
        beyond = (self.locked_size or 0) - (len(values) == 1)
        return " from entry where n " in sql and not isinstance(values, Mapping) and bool(max(values) > beyond)

    def hint(self, sql: str, values: Sequence[Any] | Mapping[str, Any]) -> None:
        """Note a query that a want is going to make."""
        self._answers.note(sql, values)

    def _sent(self, statements: Sequence[Statement]) -> list[list[Values]]:
        # Unless all of it is written, the transaction must not be committed.
        incomplete, self._incomplete = self._incomplete, True
        steps = self._steps.take()
        found = self.session.run([*steps, *statements])
        self._incomplete = incomplete
        return found[len(steps) :]

    def clear_projections(self) -> None:
        """Remove every derived row; entries and tiles remain. Queries of other callers wait until the commit.

        Raises:
            StoreError: Called outside a transaction.
            StoreReadOnlyError: The role is not the owner of the tables.
        """
        self.require_turn("clear_projections")
        self._require_usable()
        self.session.clear_cache()
        self._answers.clear()
        self._sent([Statement(f"truncate {', '.join(f'{self._place.quoted}.{name}' for name in BY_NAME)}")])

    def require_turn(self, method: str) -> None:
        """Refuse a method that needs a transaction.

        Raises:
            StoreError: The calling thread and task have no transaction open.
        """
        if self.turns.mine() is None:
            raise StoreError(f"{method}() was called outside a transaction; call it inside transaction()")

    def _require_usable(self) -> None:
        if self._incomplete or not self.session.in_transaction:
            raise StoreError(f"{self._place.name}: an error undid the whole batch; leave its block and begin again")
