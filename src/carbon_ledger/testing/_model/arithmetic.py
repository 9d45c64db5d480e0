"""Calendar and counting of the naive model, from the documents and the standard library alone."""

from calendar import monthrange, timegm
from datetime import UTC, datetime
from fractions import Fraction
from typing import NamedTuple


class Years(NamedTuple):
    """The calendar years of a place that is always the same time ahead of UTC [s]."""

    offset_s: int

    def of(self, instant: int) -> int:
        """The local year of an instant."""
        return datetime.fromtimestamp(instant + self.offset_s, UTC).year

    def start(self, year: int) -> int:
        """The instant at which a local year begins."""
        return timegm((year, 1, 1, 0, 0, 0)) - self.offset_s

    def spans(self, start: int, end: int) -> list[tuple[int, int, int]]:
        """The parts of an interval, one a year: year, start, end."""
        return [
            (year, max(start, self.start(year)), min(end, self.start(year + 1)))
            for year in range(self.of(start), self.of(end - 1) + 1)
        ]

    def crossed(self, start: int, end: int) -> bool:
        """Whether a new year lies inside an interval."""
        return len(self.spans(start, end)) > 1

    def split(self, start: int, end: int, wh: int) -> list[tuple[int, int]]:
        """The energy of each year in proportion to seconds. [Wh]"""
        spans = self.spans(start, end)
        parts = apportioned(wh, [high - low for _, low, high in spans])
        return [(year, part) for (year, _, _), part in zip(spans, parts, strict=True)]


def apportioned(total: int, weights: list[int]) -> list[int]:
    """Divide a whole number by weights: everybody's floor, then one more to the largest remainders.

    Example:
        >>> apportioned(10, [1, 1, 1])
        [4, 3, 3]
    """
    shares = [Fraction(total * weight, sum(weights)) for weight in weights]
    parts = [share.numerator // share.denominator for share in shares]
    while sum(parts) < total:
        # The first of the largest: an earlier one wins a tie.
        most = max(share - part for share, part in zip(shares, parts, strict=True))
        position = next(i for i, share in enumerate(shares) if share - parts[i] == most)
        parts[position] += 1
    return parts


def completed(
    carry: Fraction, newest: int | None, year: int, amount: Fraction
) -> tuple[list[int], Fraction, int | None]:
    """Complete units one by one from a carry and a new amount of one vintage.

    Returns:
        The vintage of each unit, what is carried after them, and the newest vintage among its parts.

    Example:
        >>> completed(Fraction(9, 10), 2024, 2023, Fraction(1, 10))
        ([2024], Fraction(0, 1), None)
    """
    units: list[int] = []
    if newest is None or carry <= 0 or amount <= 0:
        # One side alone is above zero: what remains, and every unit, is of its vintage.
        vintage = year if newest is None or carry <= 0 else newest
        carry += amount
        while carry >= 1:
            units.append(vintage)
            carry -= 1
        return units, carry, vintage if carry > 0 else None
    while carry + amount >= 1:
        from_carry = min(carry, Fraction(1))
        from_amount = 1 - from_carry
        units.append(max([newest] * (from_carry > 0) + [year] * (from_amount > 0)))
        carry, amount = carry - from_carry, amount - from_amount
    parts = [newest] * (carry > 0) + [year] * (amount > 0)
    return units, carry + amount, max(parts) if parts else None


def months_after(instant: int, months: int, offset_s: int) -> int:
    """The same local time some months later, on the month's last day where it has no such day.

    Example:
        >>> months_after(1_735_689_600, 12, 0)  # 2025-01-01
        1767225600
    """
    local = datetime.fromtimestamp(instant + offset_s, UTC)
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    day = min(local.day, monthrange(year, month + 1)[1])
    return timegm((year, month + 1, day, local.hour, local.minute, local.second)) - offset_s
