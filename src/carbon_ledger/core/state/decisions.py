"""Decisions: figures that the plan of a command computed, and that its rules need not compute again.

A command computes figures to plan an event, and the rule of the event computes the same figures to compare. Both call
`decide`. The recorder gives the plan and the rules of one command a view that caches the decisions. No other view
caches decisions: an audit, a rebuild and the rule of an entry that no command planned compute each figure.

A decision is used again only if computing it again must give the same result:

- The function is the same and pure, and its arguments are exactly equal.
- Each query that the function made still has the same result. The query is repeated if the command has written a row
  since. If the command has written no row, only the number of entries can have changed.
- Only the command itself has recorded entries since.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any, Concatenate, Final, NamedTuple, ParamSpec, TypeVar, cast

from attrs import fields, frozen, has

from carbon_ledger.core.state.rows import KeyUse, Row
from carbon_ledger.core.state.view import View

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

# Queries whose result changes with every entry, or with the row of an idempotency key. No figure depends on that row.
_ALWAYS_REPEATED: Final = ("size", "key_use")


def decide(
    view: View,
    function: Callable[Concatenate[View, Arguments], Result],
    *arguments: Arguments.args,
    **named: Arguments.kwargs,
) -> Result:
    """The result of a function of a view. Within one command, the result is computed once.

    Args:
        view: The state.
        function: A pure function. Its result depends only on its arguments and on its queries of the view, and is
            immutable.
        arguments: Its arguments after the view.
        named: Its arguments by name.

    Returns:
        ``function(view, *arguments, **named)``.

    Source:
        Decision 24.
    """
    if not isinstance(view, _CommandView):
        return function(view, *arguments, **named)
    decisions, copied = view.decisions, _immutable((arguments, named))
    for position, decision in enumerate(decisions.made):
        if decision.function is function and decision.applies(view.below, copied, decisions.changes):
            # Rules need the decisions in the order of the plan. A decision that was used moves to the end of the list,
            # so that the next one comes first.
            decisions.made.append(decisions.made.pop(position))
            return cast(Result, decision.result)
    traced = _TracedView(view.below)
    result = function(cast(View, traced), *arguments, **named)
    decisions.made.append(_Decision(function, copied, tuple(traced.queries), decisions.changes, result))
    return result


class Decisions:
    """The decisions of one command. The recorder creates the object for the command, and drops it at the end.

    Args:
        size: The number of entries in the log before the command.

    Attributes:
        made: The decisions.
        changes: The number of the command's entries that have changed the state.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self.made: list[_Decision] = []
        self.changes = 0

    def on(self, view: View) -> View:
        """A view on which `decide` finds the decisions of the command.

        Args:
            view: The state after the entries that the command has recorded. If the view has another number of entries,
                all earlier decisions are dropped.
        """
        if view.size != self._size:
            self.made.clear()
        return cast(View, _CommandView(view, self))

    def recorded(self, rows: Sequence[Row]) -> None:
        """Count an entry that the command records, and whether its rows change the state."""
        self._size += 1
        self.changes += any(type(row) is not KeyUse for row in rows)


class _Query(NamedTuple):
    """A query that a function made of a view, and its result."""

    name: str
    arguments: tuple[Any, ...]
    named: Mapping[str, Any]
    result: Any

    def has_same_result(self, view: View) -> bool:
        """Whether the query of another view has exactly the same result."""
        found = getattr(view, self.name)
        return _same(self.result, _immutable_rows(found(*self.arguments, **self.named) if callable(found) else found))


@frozen
class _Decision:
    """The result of a function for some arguments, and the queries on which the result depends."""

    function: Callable[..., Any]
    arguments: Any
    queries: tuple[_Query, ...]
    changes: int
    result: Any

    def applies(self, view: View, arguments: object, changes: int) -> bool:
        """Whether the function must return the same result for these arguments, after so many changes of the state."""
        repeated = [query for query in self.queries if changes != self.changes or query.name in _ALWAYS_REPEATED]
        return _same(self.arguments, arguments) and all(query.has_same_result(view) for query in repeated)


class _CommandView:
    """A view that carries the decisions of a command. All queries are delegated to the view below."""

    def __init__(self, below: View, decisions: Decisions) -> None:
        self.below = below
        self.decisions = decisions

    def __getattr__(self, name: str) -> Any:
        return getattr(self.below, name)


class _TracedView:
    """A view that records each query and its result. All queries are delegated to the view below."""

    def __init__(self, below: View) -> None:
        self._below = below
        self.queries: list[_Query] = []

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._below, name)
        if not callable(found):
            self.queries.append(_Query(name, (), {}, _immutable_rows(found)))
            return found

        def traced(*arguments: object, **named: object) -> object:
            result = found(*arguments, **named)
            self.queries.append(_Query(name, arguments, named, _immutable_rows(result)))
            return result

        return traced


def _immutable_rows(value: object) -> object:
    """The result of a query; a list of rows is copied to a tuple, because the caller could change the list later."""
    return tuple(value) if isinstance(value, list) else value


def _immutable(value: object) -> object:
    """A value of which lists and mappings are copied, because the caller could change them later."""
    if type(value) in (list, tuple):
        return type(value), tuple(map(_immutable, cast(tuple[object, ...], value)))
    if isinstance(value, Mapping):
        return type(value), tuple((key, _immutable(item)) for key, item in value.items())
    return value


def _same(one: object, other: object) -> bool:
    """Whether two values are exactly equal: 1 is not True, 1.0 is not 1.00, and the order in a mapping counts."""
    if one is other:
        return True
    kind: Any = type(one)
    if kind is not type(other):
        return False
    if kind in (int, str):
        return one == other
    if (names := _names(cast(Any, kind))) is not None:
        return all(_same(_immutable(getattr(one, name)), _immutable(getattr(other, name))) for name in names)
    if kind is tuple:
        ones, others = cast(tuple[object, ...], one), cast(tuple[object, ...], other)
        return len(ones) == len(others) and all(map(_same, ones, others))
    if isinstance(one, Decimal):
        return one.as_tuple() == cast(Decimal, other).as_tuple()
    return one == other


@cache
def _names(kind: type) -> tuple[str, ...] | None:
    """The attributes with which instances of an attrs class are initialised, or None if it is not an attrs class."""
    return tuple(field.name for field in fields(cast(Any, kind)) if field.init) if has(kind) else None
