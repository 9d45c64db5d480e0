"""Calendar years, apportioning and unit counting for the naive model, using only the standard library."""

from calendar import monthrange, timegm
from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction
from typing import NamedTuple


class Years(NamedTuple):
    """Calendar years in a zone with a fixed offset from UTC. [s]"""

    offset_s: int

    def of(self, instant: int) -> int:
        """The local year that contains an instant."""
        return datetime.fromtimestamp(instant + self.offset_s, UTC).year

    def start(self, year: int) -> int:
        """The instant when a local year begins."""
        return timegm((year, 1, 1, 0, 0, 0)) - self.offset_s

    def spans(self, start: int, end: int) -> list[tuple[int, int, int]]:
        """An interval split at each new year, as (year, start, end)."""
        return [
            (year, max(start, self.start(year)), min(end, self.start(year + 1)))
            for year in range(self.of(start), self.of(end - 1) + 1)
        ]

    def crossed(self, start: int, end: int) -> bool:
        """Whether a new year falls inside an interval."""
        return len(self.spans(start, end)) > 1

    def split(self, start: int, end: int, wh: int) -> list[tuple[int, int]]:
        """Energy divided among the years of an interval in proportion to their seconds. [Wh]"""
        spans = self.spans(start, end)
        parts = apportioned(wh, [high - low for _, low, high in spans])
        return [(year, part) for (year, _, _), part in zip(spans, parts, strict=True)]


def apportioned(total: int, weights: list[int]) -> list[int]:
    """Divide a whole number by weights: each share is rounded down, then the largest remainders get one more each.

    Example:
        >>> apportioned(10, [1, 1, 1])
        [4, 3, 3]
    """
    shares = [Fraction(total * weight, sum(weights)) for weight in weights]
    parts = [share.numerator // share.denominator for share in shares]
    while sum(parts) < total:
        # If two remainders are equal, the earlier share gets the unit.
        most = max(share - part for share, part in zip(shares, parts, strict=True))
        position = next(i for i, share in enumerate(shares) if share - parts[i] == most)
        parts[position] += 1
    return parts


def divided_by_due(total: int, weights: list[int], owed: list[Fraction]) -> list[int]:
    """Divide a meter's step among up to three devices by what each is owed; no part has another sign than the step.

    With four devices or more, a largest remainder may have to wait so that later steps remain within 1 Wh.

    Example:
        >>> divided_by_due(1, [1, 1], [Fraction(-1, 2), Fraction(1, 2)])
        [0, 1]
    """
    sign = -1 if total < 0 else 1
    shares = [Fraction(total * weight, sum(weights)) for weight in weights]
    dues = [sign * (before + share) for before, share in zip(owed, shares, strict=True)]
    parts = [max(0, due.numerator // due.denominator) for due in dues]
    while sum(parts) > sign * total:
        least = min((due - part, -i) for i, (due, part) in enumerate(zip(dues, parts, strict=True)) if part)
        parts[-least[1]] -= 1
    while sum(parts) < sign * total:
        most = max((due - part, -i) for i, (due, part) in enumerate(zip(dues, parts, strict=True)))
        parts[-most[1]] += 1
    return [sign * part for part in parts]


def complete_units(carry: Mapping[int, Fraction]) -> list[int]:
    """Make units of the carry of vintages, one unit after another, and return the vintage of each.

    The oldest vintage that can have a unit gets it. A vintage can have one if the energy that it and the older vintages
    have to spare is enough, and if the same is true of every newer vintage.

    Example:
        >>> complete_units({2023: Fraction(1, 10), 2024: Fraction(9, 10)})
        [2024]
        >>> complete_units({2024: Fraction(11, 2), 2025: Fraction(-4)})
        [2024]
    """
    left = dict(carry)
    units: list[int] = []
    while True:
        spare = {year: sum((left[other] for other in left if other <= year), Fraction(0)) for year in left}
        able = [year for year in sorted(left) if all(spare[newer] >= 1 for newer in left if newer >= year)]
        if not able:
            return units
        units.append(able[0])
        left[able[0]] -= 1


def lacking(carry: Mapping[int, Fraction], year: int) -> Fraction:
    """The units of a vintage and of older vintages that have no energy behind them.

    Example:
        >>> lacking({2023: Fraction(-2), 2024: Fraction(1, 2)}, 2024)
        Fraction(3, 2)
    """
    return max(Fraction(0), -sum((amount for other, amount in carry.items() if other <= year), Fraction(0)))


def months_after(instant: int, months: int, offset_s: int) -> int:
    """The same local time some months later, or the month's last day if the month is too short.

    Example:
        >>> months_after(1_735_689_600, 12, 0)  # 2025-01-01
        1767225600
    """
    local = datetime.fromtimestamp(instant + offset_s, UTC)
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    day = min(local.day, monthrange(year, month + 1)[1])
    return timegm((year, month + 1, day, local.hour, local.minute, local.second)) - offset_s
