"""Selecting the rows of a view of a SQL store: how many entries the view has, and which rows it sees."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from attrs import evolve

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.stores.cache import Cache, clear_if_full
from carbon_ledger.stores.sql.seeks import SELECT, live_runs, runs_then
from carbon_ledger.stores.tables import BY_NAME, Values
from carbon_ledger.stores.tiles import Tiled

_NEVER: Final = -(1 << 62)
ALL: Final = 1 << 62  # a limit that no table reaches
LIVE: Final = "from_n < ? and (to_n is null or to_n >= ?)"
_LIVE_RUNS: Final = {table: live_runs(table) for table in ("reading", "claim")}
_RUNS_THEN: Final = {table: runs_then(table) for table in ("reading", "claim")}


class Source(Tiled, Protocol):
    """What the view needs of its store."""

    @property
    def path(self) -> Path | str:
        """The store, for messages."""

    @property
    def cache(self) -> Cache:
        """The cache of what the caller's queries have read."""

    @property
    def locked_size(self) -> int | None:
        """How many entries the log has if the caller holds the lock; else `None`, since others may append."""

    def select(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Values]:
        """The rows of a query."""

    def hint(self, sql: str, values: Sequence[Any] | Mapping[str, Any]) -> None:
        """Say that a query will probably be made."""

    def registered(self, kind: str, name: str) -> int | None:
        """The number of the entry that registered an id."""

    def decoded(self, n: int) -> Entry:
        """Entry *n*, decoded."""


class Selections:
    """The rows of a SQL store that a view of its first *size* entries sees."""

    def __init__(self, store: Source, size: int) -> None:
        self._store = store
        self.size = size

    @property
    def _newest(self) -> bool:
        """Whether this view is the latest state and no other caller can append; then indexes of live rows suffice."""
        return self._store.locked_size == self.size

    @property
    def _bound(self) -> int:
        """The entry before which rows are selected: in the latest state any, so that its queries stay the same."""
        return ALL if self._newest else self.size

    def _select(self, table: str, sql: str, values: Sequence[Any] | Mapping[str, Any]) -> list[Any]:
        to_row, path = BY_NAME[table].row, self._store.path
        return [to_row(row, path) for row in self._store.select(sql, values)]

    def _rows(self, table: str, rest: str, values: Sequence[Any]) -> list[Any]:
        return self._select(table, f"{SELECT[table]} {rest}", values)

    def _one(self, table: str, rest: str, values: Sequence[Any]) -> Any:
        return next(iter(self._rows(table, f"{rest} limit 1", values)), None)

    def _live(self, table: str, device: str, start_utc: int, end_utc: int) -> list[Any]:
        if not self._newest:
            return self._then(table, self.size, device, start_utc, end_utc)
        values = {"device": device, "start": start_utc, "end": end_utc}
        until = self._store.cache.until.get((table, device))
        if until is None:
            self._store.hint(_LIVE_RUNS[table], values)  # for a store that answers both in one round trip
            until = self._until(table, device)
        if start_utc >= until:
            return []
        rows = self._select(table, _LIVE_RUNS[table], values)
        return [row for row in rows if row.end_utc > start_utc]

    def _then(self, table: str, size: int, device: str, start_utc: int, end_utc: int) -> list[Any]:
        values = {"device": device, "start": start_utc, "end": end_utc, "size": size}
        rows = self._select(table, _RUNS_THEN[table], values)
        return [self._as_then(row) for row in rows if row.end_utc > start_utc]

    def _as_then(self, row: Any) -> Any:
        """A row as it was in this view: live, if the entry that ends it is not in the view."""
        return evolve(row, to_n=None) if row.to_n is not None and row.to_n >= self.size else row

    def _until(self, table: str, device: str) -> int:
        cached = self._store.cache.until
        if (table, device) not in cached:
            # Live rows of a device do not overlap, so the row that begins last also ends last.
            live = f"indexed by {table}_live where device = ? and to_n is null order by start_utc desc"
            row = self._one(table, live, (device,))
            clear_if_full(cached)
            cached[table, device] = _NEVER if row is None else row.end_utc
        return cached[table, device]
