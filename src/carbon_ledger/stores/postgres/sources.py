"""What views of a ledger on a server read through: the store itself, or answers that were read before."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.errors import BrokenLogError
from carbon_ledger.stores.postgres.answers import Answers, Key, UnansweredError, key_of
from carbon_ledger.stores.postgres.sessions import Session
from carbon_ledger.stores.sql.damage import decoded
from carbon_ledger.stores.sql.slices import tile_data
from carbon_ledger.stores.tables import Values

REGISTERED: Final = """
select registration.n, data from registration left join entry on entry.n = registration.n where kind = ? and id = ?"""
ENTRY: Final = "select data from entry where n = ?"


def registered_in(source: Any, session: Session, kind: str, name: str) -> int | None:
    """The number of the entry that registered an id; the entry is read at the same time."""
    rows = source.select(REGISTERED, (kind, name)) if "\0" not in name else []  # no id has it
    if not rows:
        return None
    n, data = rows[0]
    if data is not None and n not in session.decoded:
        session.keep_raw({n: data})
    return int(n)


def entry_in(source: Any, session: Session, n: int) -> Entry:
    """Entry *n*, decoded; a bounded number of entries is cached.

    Raises:
        BrokenLogError: The entry is missing or malformed.
    """
    entry = session.decoded.get(n)
    if entry is None:
        data = session.raw.pop(n, None)
        if data is None:
            rows = source.select(ENTRY, (n,))
            if not rows:
                raise BrokenLogError(f"{source.path}: entry {n} is missing; restore the log from a copy")
            data = rows[0][0]
        entry = decoded(data, n, source.path)
        session.cache_entry(n, entry)
    return entry


class Wanted:
    """What wants are called with: the answers of the writer; a query without an answer is noted, and ends the want.

    Args:
        path: The store, for messages.
        session: The connection that writes.
        answers: The answers.
        size: How many entries the log has.
    """

    def __init__(self, path: str, session: Session, answers: Answers, size: int) -> None:
        self.path, self.locked_size = path, size
        self.cache = session.cache
        self._session, self._answers = session, answers

    def select(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Values]:
        """The rows of a query.

        Raises:
            UnansweredError: There is no answer.
        """
        rows = self._answers.get(sql, values)
        if rows is None:
            raise UnansweredError
        return rows

    def hint(self, sql: str, values: Sequence[Any] | Mapping[str, Any]) -> None:
        """Note a query that the want is going to make."""
        self._answers.note(sql, values)

    def registered(self, kind: str, name: str) -> int | None:
        """The number of the entry that registered an id."""
        return registered_in(self, self._session, kind, name)

    def decoded(self, n: int) -> Entry:
        """Entry *n*, decoded."""
        return entry_in(self, self._session, n)

    def tile(self, level: int, index: int, width: int) -> bytes:
        """A tile of the log."""
        return tile_data(self, level, index, width)


class Shown:
    """A store, for a view of the state that a command has committed, with what was read together with the commit."""

    def __init__(self, store: Any, rows: Mapping[Key, list[Values]]) -> None:
        self._store, self._rows = store, rows

    def __getattr__(self, name: str) -> Any:
        """Everything else is asked of the store."""
        return getattr(self._store, name)

    def select(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Values]:
        """The rows of a query."""
        rows = self._rows.get(key_of(sql, values))
        found: list[Values] = self._store.select(sql, values) if rows is None else rows
        return found

    def registered(self, kind: str, name: str) -> int | None:
        """The number of the entry that registered an id."""
        return registered_in(self, self._store._session(), kind, name)

    def decoded(self, n: int) -> Entry:
        """Entry *n*, decoded."""
        return entry_in(self, self._store._session(), n)
