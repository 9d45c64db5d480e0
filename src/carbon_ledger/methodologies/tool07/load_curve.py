"""Lambda: the share of a year's hours in which low-cost/must-run units are on the margin."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

from attrs import field, frozen

from carbon_ledger.errors import QuantityError
from carbon_ledger.methodologies.tool07.rules import LAMBDA
from carbon_ledger.methodologies.tool07.trace import shown
from carbon_ledger.printing import quote

HOURS: Final = (8760, 8784)


def _share(value: Fraction) -> Fraction:
    if not 0 <= value <= 1:
        raise QuantityError(f"lambda {value}: expected a share of the year's hours, from 0 to 1")
    return value


@frozen
class Lambda:
    """A lambda and where it comes from.

    Args:
        value: Exact, 0 to 1.
        source: Where it stands, or how it was calculated.
        confidence: P, S, C or M; none: not stated.

    Raises:
        QuantityError: It is no share.
    """

    value: Fraction = field(converter=_share)
    source: str
    confidence: str | None = None

    @property
    def shown(self) -> Decimal:
        """The value as the trace shows it, at 12 places."""
        return shown(self.value)

    @property
    def note(self) -> str:
        """The exact value in words, where 12 places do not hold it."""
        return "" if Fraction(self.shown) == self.value else f", exactly {self.value}"


def lambda_of_load(hourly_load_wh: Sequence[int], low_cost_must_run_wh: int) -> Lambda:
    """Calculate lambda from a year's hourly load.

    Low-cost/must-run units fill the load duration curve from below, up to the level under which their
    generation of the year fits. They are on the margin in the hours whose load stays under that level.

    Args:
        hourly_load_wh: Load of each hour of the year, in any order. [Wh, 8760 or 8784 integers]
        low_cost_must_run_wh: Generation of low-cost/must-run units in that year. [Wh]

    Returns:
        Lambda, exact: hours on the margin over the hours of the year.

    Raises:
        QuantityError: The load is not that of all hours of a year, something is negative or no integer, or
            low-cost/must-run units generated as much as the load or more.

    Source:
        TOOL07 v7.0, step 4 and the appendix with the procedure for lambda. [M] In a leap year the tool's
        8760 is taken as 8784, so that lambda stays a share. [C]

    Example:
        >>> load = [100] * 4380 + [300] * 4380
        >>> lambda_of_load(load, 8760 * 150).value, lambda_of_load(load, 8760 * 99).value
        (Fraction(1, 2), Fraction(0, 1))
    """
    if len(hourly_load_wh) not in HOURS:
        raise QuantityError(f"hourly load of {len(hourly_load_wh)} hours: expected all hours of a year, 8760 or 8784")
    for number in (low_cost_must_run_wh, *hourly_load_wh):
        if type(number) is not int or number < 0:
            raise QuantityError(f"load or generation {quote(number)}: expected whole Wh, 0 or more")
    total = sum(hourly_load_wh)
    if low_cost_must_run_wh >= total:
        raise QuantityError(
            f"low-cost/must-run units generated {low_cost_must_run_wh} Wh, and the year's load is {total} Wh: "
            "nothing is left for others; check the units of both"
        )
    hours = _hours_below(sorted(hourly_load_wh), low_cost_must_run_wh)
    return Lambda(
        Fraction(hours, len(hourly_load_wh)),
        f"{LAMBDA.place}: {hours} of {len(hourly_load_wh)} hours, from the hourly load",
        LAMBDA.confidence,
    )


def _hours_below(ascending: Sequence[int], energy: int) -> int:
    """Hours whose load lies under the level that *energy* fills the curve to."""
    count, filled, hours = len(ascending), 0, 0
    for position, load in enumerate(ascending):
        # with the level at this hour's load, the hours before it are full and all others stand at the level
        if filled + load * (count - position) >= energy:
            break
        filled += load
        hours = position + 1
    return hours
