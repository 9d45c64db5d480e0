"""What one command has decided: figures that its plan computed, and that its rules need not compute again.

A command computes figures to plan an event, and the rule of the event computes the same figures to compare. Both ask
`decide`. The recorder gives the plan and the rules of one command a view that remembers what was decided. Every other
view remembers nothing: an audit, a rebuild and the rule of an entry that no command planned compute each figure.

A decision is used again only where computing it again must give the same result:

- The function is the same and pure, and its arguments are exactly equal.
- Each question that the function asked has the same answer still. It is asked again if the command has written a row
  since. If the command has written none, only the number of entries can have changed.
- No entry but the command's own was recorded since.
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

# What changes with every entry, or with the row of an idempotency key, which no figure follows from.
_ALWAYS_ASKED: Final = ("size", "key_use")


def decide(
    view: View,
    function: Callable[Concatenate[View, Arguments], Result],
    *arguments: Arguments.args,
    **named: Arguments.kwargs,
) -> Result:
    """What a function computes from a view; within one command, it is computed once.

    Args:
        view: The state.
        function: A pure function. Its result follows from its arguments and from what it asks the view, and cannot be
            changed.
        arguments: Its arguments after the view.
        named: Its arguments by name.

    Returns:
        ``function(view, *arguments, **named)``.

    Source:
        Decision 24.
    """
    if not isinstance(view, _CommandView):
        return function(view, *arguments, **named)
    decisions, given = view.decisions, _fixed((arguments, named))
    for place, decision in enumerate(decisions.made):
        if decision.function is function and decision.holds(view.below, given, decisions.changes):
            # Rules ask in the order of the plan: a decision that was used goes to the end, and the next is found first.
            decisions.made.append(decisions.made.pop(place))
            return cast(Result, decision.result)
    asking = _AskingView(view.below)
    result = function(cast(View, asking), *arguments, **named)
    decisions.made.append(_Decision(function, given, tuple(asking.questions), decisions.changes, result))
    return result


class Decisions:
    """What one command has decided. The recorder makes one for each command, and drops it when the command ends.

    Args:
        size: How many entries the log has before the command.

    Attributes:
        made: The decisions.
        changes: How many entries of the command have changed the state.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self.made: list[_Decision] = []
        self.changes = 0

    def on(self, view: View) -> View:
        """A view on which `decide` finds what the command has decided.

        Args:
            view: The state after the entries that the command has recorded. With any other number of entries, what
                was decided before is dropped.
        """
        if view.size != self._size:
            self.made.clear()
        return cast(View, _CommandView(view, self))

    def recorded(self, rows: Sequence[Row]) -> None:
        """Note that the command records an entry, from which these rows follow."""
        self._size += 1
        self.changes += any(type(row) is not KeyUse for row in rows)


class _Question(NamedTuple):
    """A question that a function asked a view, and the answer."""

    name: str
    arguments: tuple[Any, ...]
    named: Mapping[str, Any]
    answer: Any

    def has_same_answer(self, view: View) -> bool:
        """Whether a view gives exactly this answer."""
        found = getattr(view, self.name)
        return _same(self.answer, _answer(found(*self.arguments, **self.named) if callable(found) else found))


@frozen
class _Decision:
    """What a function returned, for which arguments, and for which answers to its questions."""

    function: Callable[..., Any]
    arguments: Any
    questions: tuple[_Question, ...]
    changes: int
    result: Any

    def holds(self, view: View, arguments: object, changes: int) -> bool:
        """Whether the function must return the same for these arguments, after so many changes of the state."""
        again = [item for item in self.questions if changes != self.changes or item.name in _ALWAYS_ASKED]
        return _same(self.arguments, arguments) and all(item.has_same_answer(view) for item in again)


class _CommandView:
    """A view that a command's decisions belong to; it answers as the view below."""

    def __init__(self, below: View, decisions: Decisions) -> None:
        self.below = below
        self.decisions = decisions

    def __getattr__(self, name: str) -> Any:
        return getattr(self.below, name)


class _AskingView:
    """A view that notes each question and its answer; it answers as the view below."""

    def __init__(self, below: View) -> None:
        self._below = below
        self.questions: list[_Question] = []

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._below, name)
        if not callable(found):
            self.questions.append(_Question(name, (), {}, _answer(found)))
            return found

        def ask(*arguments: object, **named: object) -> object:
            answer = found(*arguments, **named)
            self.questions.append(_Question(name, arguments, named, _answer(answer)))
            return answer

        return ask


def _answer(value: object) -> object:
    """An answer as it is now: rows never change, but a list of them could."""
    return tuple(value) if type(value) is list else value


def _fixed(value: object) -> object:
    """A value as it is now: a list or a mapping, which could be changed later, is copied."""
    if type(value) in (list, tuple):
        return type(value), tuple(map(_fixed, cast(tuple[object, ...], value)))
    if isinstance(value, Mapping):
        return type(value), tuple((key, _fixed(item)) for key, item in value.items())
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
        return all(_same(_fixed(getattr(one, name)), _fixed(getattr(other, name))) for name in names)
    if kind is tuple:
        ones, others = cast(tuple[object, ...], one), cast(tuple[object, ...], other)
        return len(ones) == len(others) and all(map(_same, ones, others))
    if isinstance(one, Decimal):
        return one.as_tuple() == cast(Decimal, other).as_tuple()
    return one == other


@cache
def _names(kind: type) -> tuple[str, ...] | None:
    """The attributes that instances of an attrs class are made of; None of any other class."""
    return tuple(field.name for field in fields(cast(Any, kind)) if field.init) if has(kind) else None
