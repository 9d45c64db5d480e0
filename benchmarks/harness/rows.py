"""A row of the result: a figure, its spread, its goal, and whether the goal is met."""

import statistics
from collections.abc import Sequence

from attrs import asdict, frozen

from benchmarks.harness.goals import GOALS


@frozen
class Row:
    """A row of the result.

    Attributes:
        name: What was measured, a key of `GOALS`.
        ratio: The median figure; None if it was not measured.
        spread: The first and third quartile of the rounds' figures.
        goal: The goal as text.
        met: Whether the median meets the goal; None if it was not measured.
        note: What was compared, at which size; or the reason why it was not measured.
    """

    name: str
    ratio: float | None
    spread: tuple[float, float] | None
    goal: str
    met: bool | None
    note: str

    def to_record(self) -> dict[str, object]:
        """The row as plain values, for JSON."""
        return asdict(self)


def measured(name: str, figures: Sequence[float], note: str) -> Row:
    """A row from the figures of several rounds."""
    middle = statistics.median(figures)
    low, _, high = statistics.quantiles(figures, n=4, method="inclusive") if len(figures) > 1 else (middle,) * 3
    goal = GOALS[name]
    return Row(name, middle, (low, high), str(goal), goal.met(middle), note)


def missing(name: str, reason: str) -> Row:
    """A row without a figure."""
    return Row(name, None, None, str(GOALS[name]), None, reason)


def table(rows: Sequence[Row]) -> str:
    """The rows as a table of text."""
    lines = [f"{'what':<62} {'median':>10}  {'quartiles':>21}  {'goal':<16} met"]
    for row in rows:
        if row.ratio is None or row.spread is None:
            lines.append(f"{row.name:<62} {'-':>10}  {'':>21}  {row.goal:<16} -    {row.note}")
            continue
        spread = f"{_figure(row.spread[0])} to {_figure(row.spread[1])}"
        verdict = "yes" if row.met else "NO"
        lines.append(f"{row.name:<62} {_figure(row.ratio):>10}  {spread:>21}  {row.goal:<16} {verdict:<4} {row.note}")
    return "\n".join(lines)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
