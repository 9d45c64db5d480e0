"""Taking turns: what is compared is measured in the same run, round by round."""

import time
from collections.abc import Callable, Mapping
from statistics import median

Turn = Callable[[int], float]


def seconds(action: Callable[..., object], *arguments: object) -> float:
    """How long a call takes. [s]"""
    start = time.perf_counter()
    action(*arguments)
    return time.perf_counter() - start


def interleaved(rounds: int, turns: Mapping[str, Turn], *, warm: int = 1) -> dict[str, list[float]]:
    """Let several actions take turns.

    Args:
        rounds: How many rounds count.
        turns: Actions by name: each is given the round's number and returns its cost, in seconds for a unit
            of its work.
        warm: Rounds before them that do not count.

    Returns:
        The costs of each action, round by round.
    """
    costs: dict[str, list[float]] = {name: [] for name in turns}
    for number in range(warm + rounds):
        for name, turn in turns.items():
            cost = turn(number)
            if number >= warm:
                costs[name].append(cost)
    return costs


def ratios(above: list[float], below: list[float]) -> list[float]:
    """The ratio of each round."""
    return [one / other for one, other in zip(above, below, strict=True)]


def rate(costs: list[float]) -> float:
    """Units of work in a second, at the median cost."""
    return 1 / median(costs)
