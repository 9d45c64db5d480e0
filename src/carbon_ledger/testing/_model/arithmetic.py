"""Calendar years, apportioning and unit counting for the naive model, using only the standard library."""

from calendar import monthrange, timegm
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


def completed(
    carry: Fraction, newest: int | None, year: int, amount: Fraction
) -> tuple[list[int], Fraction, int | None]:
    """Complete whole units from a carry and a new amount of one vintage.

    Returns:
        The vintage of each unit, the carry that remains, and the newest vintage in that carry.

    Example:
        >>> completed(Fraction(9, 10), 2024, 2023, Fraction(1, 10))
        ([2024], Fraction(0, 1), None)
    """
    units: list[int] = []
    if newest is None or carry <= 0 or amount <= 0:
        # Only one of the two is positive: its vintage is that of every unit and of the remainder.
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
    """The same local time some months later, or the month's last day if the month is too short.

    Example:
        >>> months_after(1_735_689_600, 12, 0)  # 2025-01-01
        1767225600
    """
    local = datetime.fromtimestamp(instant + offset_s, UTC)
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    day = min(local.day, monthrange(year, month + 1)[1])
    return timegm((year, month + 1, day, local.hour, local.minute, local.second)) - offset_s
