"""What drawing an action shares: seldom and mostly, and actions that need something to act on."""

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
    """A kind of action: how one is drawn, and whether there is something to act on."""

    drawn: Drawn
    ready: Callable[[SideBySide], bool] = lambda _: True

    def __repr__(self) -> str:
        """Its name, as a failing run shows it."""
        return getattr(self.drawn, "__name__", "?")


def is_ready(both: SideBySide, kinds: tuple[Kind, ...]) -> bool:
    """Whether there is something to act on for one of the kinds."""
    return any(kind.ready(both) for kind in kinds)


def any_of(draw: Draw, both: SideBySide, kinds: tuple[Kind, ...]) -> Action:
    """An action of one of the kinds that are ready; there is one."""
    kind: Kind = draw(st.sampled_from([kind for kind in kinds if kind.ready(both)]))
    return kind.drawn(draw, both)
