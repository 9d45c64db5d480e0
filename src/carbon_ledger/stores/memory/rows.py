"""The derived rows of a store in memory: dictionaries by key, and sorted lists that serve as indexes."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from attrs import frozen

from carbon_ledger.core.state.rows import Row
from carbon_ledger.errors import StoreError
from carbon_ledger.stores.tables import BY_NAME, TABLES, Values

Key = tuple[Any, ...]
Undo = Callable[[], object]


@frozen
class Order:
    """An order of a table's rows, like an index of a ledger file: rows grouped by some columns, sorted by others.

    Attributes:
        table: The table.
        group: The columns by which rows are grouped.
        by: The columns by which the rows of a group are sorted.
        live: Whether the order has only live rows (True) or only ended rows (False); `None` if it has both.
    """

    table: str
    group: tuple[str, ...]
    by: tuple[str, ...]
    live: bool | None = None


ORDERS: Final[Mapping[str, Order]] = {
    "registration": Order("registration", ("kind",), ("n",)),
    "reading": Order("reading", ("device",), ("start_utc", "from_n")),
    "reading_live": Order("reading", ("device",), ("start_utc",), live=True),
    "owed": Order("owed", ("meter",), ("from_n",)),
    "claim": Order("claim", ("device",), ("start_utc", "from_n")),
    "claim_live": Order("claim", ("device",), ("start_utc",), live=True),
    "claim_ended": Order("claim", ("device",), ("to_n", "start_utc"), live=False),
    "claim_issuance": Order("claim", ("issuance_n",), ("device", "start_utc", "from_n")),
    "accrual": Order("accrual", ("project",), ("vintage", "from_n")),
    "issuance": Order("issuance", ("n",), ("from_n",)),
    "issuance_project": Order("issuance", ("project",), ("n", "from_n")),
    "vintage": Order("vintage", ("project",), ("vintage", "issuance_n")),
    "vintage_live": Order("vintage", ("project",), ("vintage", "issuance_n"), live=True),
    "batch": Order("batch", ("n",), ("vintage",)),
    "batch_project": Order("batch", ("project", "vintage"), ("n",)),
    "piece": Order("piece", ("batch_id",), ("first", "from_n")),
    "piece_account": Order("piece", ("account",), ("batch_id", "first", "from_n")),
    "balance": Order("balance", ("account",), ("instrument", "from_n")),
    "expiring": Order("expiring", ("account",), ("from_n", "instrument", "expires_utc")),
    "expiring_live": Order("expiring", ("account", "instrument"), ("expires_utc",), live=True),
    "expiring_ended": Order("expiring", ("account", "instrument"), ("to_n",), live=False),
    "offer": Order("offer", ("n",), ("from_n",)),
    "offer_giver": Order("offer", ("giver",), ("n", "from_n")),
    "offer_taker": Order("offer", ("taker",), ("n", "from_n")),
    "label": Order("label", ("batch_id",), ("label", "first", "from_n")),
    "label_live": Order("label", ("batch_id",), ("label", "first"), live=True),
    "external": Order("external", ("registry", "space"), ("first",)),
    "role": Order("role", ("actor",), ("role", "scope", "from_n")),
    "role_live": Order("role", ("role",), ("actor", "scope"), live=True),
    "role_holders": Order("role", ("role",), ("actor", "scope", "from_n")),
    "approval": Order("approval", ("quantification",), ("from_n",)),
    "approval_live": Order("approval", ("quantification",), ("from_n",), live=True),
    "approval_actor": Order("approval", ("quantification", "actor"), ("from_n",)),
    "approval_actor_live": Order("approval", ("quantification", "actor"), ("from_n",), live=True),
    "approval_project": Order("approval", ("project",), ("from_n",)),
}
_OF: Final = {table: [name for name, order in ORDERS.items() if order.table == table] for table in BY_NAME}


def _remove(members: list[Key], place: Key) -> None:
    """Remove a place from a sorted list, if it is there."""
    at = bisect_left(members, place)
    if members[at : at + 1] == [place]:
        del members[at]


def _insert(members: list[Key], place: Key) -> None:
    """Insert a place into a sorted list, unless it is there."""
    at = bisect_left(members, place)
    if members[at : at + 1] != [place]:
        members.insert(at, place)


class MemoryRows:
    """Rows by table and key, and sorted lists of their places by order and group."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[Key, Any]] = {name: {} for name in BY_NAME}
        self._sorted: dict[tuple[str, Key], list[Key]] = {}

    def put(self, row: Row, undo: list[Undo]) -> None:
        """Add a new row, or replace the row with the same key by its ended version.

        Args:
            row: The row.
            undo: The function that undoes a step is appended here before the step is done. An interrupt may come
                between the two, so undoing a step that was not done changes nothing.

        Raises:
            StoreError: Another row has the key.
        """
        table = TABLES[type(row)]
        values = dict(zip(table.names, table.to_values(row), strict=True))
        key = tuple(values[name] for name in table.key)
        rows = self._rows[table.name]
        before = rows.get(key)
        if before is None:
            undo.append(partial(rows.pop, key, None))
            rows[key] = row
            self._sort(table.name, values, key, None, undo)
            return
        if getattr(row, "to_n", None) is None:
            raise StoreError(f"table {table.name}: there is a row with the key {key} already; write each row once")
        values_before = dict(zip(table.names, table.to_values(before), strict=True))
        undo.append(partial(rows.__setitem__, key, before))
        rows[key] = row
        for members, place in self._places(table.name, values_before, key, live=True):
            undo.append(partial(_insert, members, place))
            _remove(members, place)
        self._sort(table.name, values, key, False, undo)

    def _places(
        self, table: str, values: Mapping[str, Any], key: Key, live: bool | None
    ) -> Iterator[tuple[list[Key], Key]]:
        """The lists in which a row has a place: every list, or only those of live rows, or only those of ended rows."""
        ended = values.get("to_n") is not None
        for name in _OF[table]:
            order = ORDERS[name]
            if (order.live is None or order.live is not ended) and live in (None, order.live):
                group = tuple(values[column] for column in order.group)
                yield self._sorted.setdefault((name, group), []), (*(values[column] for column in order.by), key)

    def _sort(self, table: str, values: Mapping[str, Any], key: Key, live: bool | None, undo: list[Undo]) -> None:
        for members, place in self._places(table, values, key, live):
            undo.append(partial(_remove, members, place))
            _insert(members, place)

    def get(self, table: str, key: Key) -> Any:
        """A row by its key, or `None`."""
        return self._rows[table].get(key)

    def all(self, table: str) -> Mapping[Key, Any]:
        """Every row of a table, by its key."""
        return self._rows[table]

    def between(self, order: str, group: Key, low: Key = (), high: Key | None = None) -> Iterator[Any]:
        """The rows of a group from place *low* on and before place *high*; a place may have only the first columns."""
        members, rows = self._sorted.get((order, group), []), self._rows[ORDERS[order].table]
        stop = len(members) if high is None else bisect_left(members, high)
        for position in range(bisect_left(members, low), stop):
            yield rows[members[position][-1]]

    def before(self, order: str, group: Key, place: Key) -> Iterator[Any]:
        """The rows of a group before a place, the nearest first."""
        members, rows = self._sorted.get((order, group), []), self._rows[ORDERS[order].table]
        for position in range(bisect_left(members, place) - 1, -1, -1):
            yield rows[members[position][-1]]


def latest(rows: Mapping[Values, Row], table: str, by: str | None) -> list[Row]:
    """The latest row for each key without its `from_n`, in order of the column *by* and the key, or of the key."""
    spec = BY_NAME[table]
    subject = [place for place, name in enumerate(spec.key) if name != "from_n"]
    found = {tuple(key[place] for place in subject): rows[key] for key in sorted(rows)}
    if by is None:
        return list(found.values())
    place = spec.names.index(by)
    return sorted(found.values(), key=lambda row: spec.to_values(row)[place])
