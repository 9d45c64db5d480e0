"""Answers that a command has had from the server, and wants: queries that it is going to make, made together."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from carbon_ledger.core.state.store import Want, Wants
from carbon_ledger.core.state.view import View
from carbon_ledger.stores.postgres.dialect import translated
from carbon_ledger.stores.postgres.sessions import Statement
from carbon_ledger.stores.tables import Values

Key = tuple[str, tuple[Any, ...]]

_TABLE: Final = re.compile(r"\b(?:from|join) (\w+)")
_MOST: Final = 4_096


class _UnansweredError(BaseException):
    """Ends a want whose next query has to be sent; not an `Exception`, so that nobody takes it for a refusal."""


@lru_cache(maxsize=512)
def _tables(sql: str) -> frozenset[str]:
    return frozenset(_TABLE.findall(sql))


def _key(sql: str, values: Sequence[Any] | Mapping[str, Any]) -> Key:
    return sql, tuple(values.items()) if isinstance(values, Mapping) else tuple(values)


class Answers:
    """The rows of queries, until a row of one of their tables is written, or the command ends.

    Wants are functions. Each is called until a query of it has no answer; the queries that are missing are sent
    together, and the wants are called again. They are pure, so that calling them again changes nothing. They see a
    command's arguments before anything has checked them, so that a want may fail in any way: then it asks nothing.
    """

    def __init__(self) -> None:
        self._rows: dict[Key, list[Values]] = {}
        self._missing: dict[Key, Statement] = {}
        self.collecting = False

    def get(self, sql: str, values: Sequence[Any] | Mapping[str, Any]) -> list[Values] | None:
        """The rows of a query, or None.

        Raises:
            BaseException: A want is being called, and the query was noted.
        """
        rows = self._rows.get(_key(sql, values))
        if rows is None and self.collecting:
            self.note(sql, values)
            raise _UnansweredError
        return rows

    def note(self, sql: str, values: Sequence[Any] | Mapping[str, Any]) -> None:
        """Note a query that has no answer, if a want is being called."""
        key = _key(sql, values)
        if self.collecting and key not in self._rows:
            self._missing[key] = Statement(translated(sql), values)

    def put(self, sql: str, values: Sequence[Any] | Mapping[str, Any], rows: list[Values]) -> None:
        """Keep the rows of a query."""
        if len(self._rows) >= _MOST:
            self._rows.clear()
        self._rows[_key(sql, values)] = rows

    def missing(self, wants: Sequence[Want], view: View) -> dict[Key, Statement]:
        """The next queries of wants that have no answer.

        Args:
            wants: The wants.
            view: The state that they ask.
        """
        self._missing, self.collecting = {}, True
        try:
            waiting = list(wants)
            for want in waiting:  # which grows meanwhile
                try:
                    more = want(view)
                except (
                    _UnansweredError,
                    Exception,
                ):  # the command itself will be refused, with an error of this library
                    continue
                if isinstance(more, Wants):
                    waiting += more
        finally:
            self.collecting = False
        return self._missing

    def fetch(
        self, wants: Sequence[Want], view: View, send: Callable[[list[Statement]], list[list[Values]]], rounds: int
    ) -> None:
        """Send the queries of wants in as many round trips as their answers depend on each other, *rounds* at most."""
        for _ in range(rounds):
            missing = self.missing(wants, view)
            if not missing:
                return
            self.fill(missing, send(list(missing.values())))

    def fill(self, missing: Mapping[Key, Statement], rows: Sequence[list[Values]]) -> None:
        """Keep the rows of queries that were missing."""
        self._rows.update(zip(missing, rows, strict=True))

    def forget(self, table: str) -> None:
        """Forget what was read from a table, because a row of it is written."""
        for key in [key for key in self._rows if table in _tables(key[0])]:
            del self._rows[key]

    def clear(self) -> None:
        """Forget everything."""
        self._rows.clear()
