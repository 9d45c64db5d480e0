"""Timing of actions that take turns, so that the actions to compare are measured in the same run."""

import time
from collections.abc import Callable, Mapping
from statistics import median

Turn = Callable[[int], float]


def seconds(action: Callable[..., object], *arguments: object) -> float:
    """The duration of a call. [s]"""
    start = time.perf_counter()
    action(*arguments)
    return time.perf_counter() - start


def interleaved(rounds: int, turns: Mapping[str, Turn], *, warm: int = 1) -> dict[str, list[float]]:
    """Measure several actions in turn.

    Args:
        rounds: The number of rounds that count.
        turns: Actions by name. An action takes the number of the round and returns the seconds per unit of work.
        warm: The number of rounds before them, which do not count.

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
    """The ratio of two costs in each round."""
    return [one / other for one, other in zip(above, below, strict=True)]


def rate(costs: list[float]) -> float:
    """Units of work per second at the median cost."""
    return 1 / median(costs)
