"""The outcome of a fault: counts of what was seen, and every loss with what is needed to repeat it."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from attrs import define, field

_MOST_SHOWN: Final = 20


@define
class Outcome:
    """What one kind of fault did.

    Attributes:
        name: The kind of fault.
        tried: How many faults there were.
        figures: What was seen, by name.
        losses: Every loss; empty if nothing was lost.
    """

    name: str
    tried: int = 0
    figures: Counter[str] = field(factory=Counter)
    losses: list[str] = field(factory=list)

    def count(self, *names: str) -> None:
        """Count a fault, and what was seen of it."""
        self.tried += 1
        self.figures.update(names)

    def lose(self, where: str, problems: Iterable[str]) -> None:
        """Record losses."""
        self.losses += [f"{self.name}, {where}: {problem}" for problem in problems]

    def add(self, other: "Outcome") -> None:
        """Take the figures of another part of the same fault."""
        self.tried += other.tried
        self.figures.update(other.figures)
        self.losses += other.losses


def table(outcomes: Iterable[Outcome]) -> str:
    """The outcomes as a table, the losses below it."""
    lines = ["| fault | tried | losses | what was seen |", "|---|---|---|---|"]
    losses: list[str] = []
    for outcome in outcomes:
        seen = "; ".join(f"{count:,} {name}" for name, count in sorted(outcome.figures.items()))
        lines.append(f"| {outcome.name} | {outcome.tried:,} | {len(outcome.losses):,} | {seen} |")
        losses += outcome.losses[:_MOST_SHOWN]
    return "\n".join([*lines, *(f"LOSS {loss}" for loss in losses)])
