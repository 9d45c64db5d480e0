"""Helpers for drawing actions: probabilities, and kinds of action with their preconditions."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from hypothesis import strategies as st

from carbon_ledger.testing._machine.commands import Action
from carbon_ledger.testing._machine.side_by_side import SideBySide

Draw = Callable[[st.SearchStrategy[Any]], Any]
Drawn = Callable[[Draw, SideBySide], Action]

SELDOM: Final = st.sampled_from((False,) * 7 + (True,))
MOSTLY: Final = st.sampled_from((True, True, True, True, False))


class Kind(NamedTuple):
    """A kind of action: how to draw one, and whether there is something to act on."""

    drawn: Drawn
    ready: Callable[[SideBySide], bool] = lambda _: True

    def __repr__(self) -> str:
        """The name that a failing run prints."""
        return getattr(self.drawn, "__name__", "?")


def is_ready(both: SideBySide, kinds: tuple[Kind, ...]) -> bool:
    """Whether at least one of the kinds has something to act on."""
    return any(kind.ready(both) for kind in kinds)


def any_of(draw: Draw, both: SideBySide, kinds: tuple[Kind, ...]) -> Action:
    """An action of one of the kinds that have something to act on; there must be one."""
    kind: Kind = draw(st.sampled_from([kind for kind in kinds if kind.ready(both)]))
    return kind.drawn(draw, both)
