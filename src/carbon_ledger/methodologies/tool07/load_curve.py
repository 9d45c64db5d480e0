"""Lambda: the share of a year's hours in which low-cost/must-run units are on the margin.

Appendix 3 of the tool contradicts itself: step (iv) says in words that the hours on the margin are Z - L, while its
figures 4 and 5 show the hours on the right of the crossing, which are L. This library takes L [C]: by the words, a
system with hardly any low-cost/must-run unit would have a lambda near 1.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

from attrs import field, frozen

from carbon_ledger.errors import QuantityError
from carbon_ledger.methodologies.lines import Line
from carbon_ledger.methodologies.tool07.records import checked_items
from carbon_ledger.methodologies.tool07.rules import LAMBDA
from carbon_ledger.methodologies.tool07.trace import shown
from carbon_ledger.printing import quote

HOURS: Final = (8760, 8784)
DENOMINATOR: Final = 8760


def _share(value: Fraction) -> Fraction:
    if not isinstance(value, Fraction) or not 0 <= value <= 1:
        raise QuantityError(f"lambda {quote(value)}: expected a share of the year's hours, a Fraction from 0 to 1")
    return value


@frozen
class Lambda:
    """A lambda, and where it comes from.

    Args:
        value: The exact value, from 0 to 1.
        source: Where the value is stated, or how it was calculated.
        confidence: P, S, C or M, or ``None`` if it is not stated.
        lines: The lines that the value follows from, which the trace of a margin shows.

    Raises:
        QuantityError: *value* is not from 0 to 1.
    """

    value: Fraction = field(converter=_share)
    source: str
    confidence: str | None = None
    lines: tuple[Line, ...] = ()

    @property
    def shown(self) -> Decimal:
        """The value as the trace shows it, rounded to 12 places."""
        return shown(self.value)

    @property
    def note(self) -> str:
        """The exact value in words if it has more than 12 places; otherwise an empty text."""
        return "" if Fraction(self.shown) == self.value else f", exactly {self.value}"


def lambda_of_load(hourly_load_wh: Sequence[int], low_cost_must_run_wh: int) -> Lambda:
    """Lambda, calculated from the hourly load of a year.

    Low-cost/must-run units fill the load duration curve from below, up to the level at which the filled area is their
    generation of the year. They are on the margin in the hours whose load is below that level.

    Args:
        hourly_load_wh: Load of each hour of the year, in any order. [Wh, 8760 or 8784 integers]
        low_cost_must_run_wh: Generation of low-cost/must-run units in that year. [Wh]

    Returns:
        Lambda, exact: the hours on the margin, divided by 8760, and at most 1.

    Raises:
        QuantityError: The load does not cover all hours of a year, a number is negative or is not an integer, or
            low-cost/must-run units generated as much as the load or more.

    Source:
        TOOL07 v7.0, paragraph 59, equation (11), and appendix 3. [P] The denominator is 8760 in a leap year too,
        since the equation states that number; there the hours on the margin may be more than 8760, and lambda is cut
        at 1. [C]

    Example:
        >>> load = [100] * 4380 + [300] * 4380
        >>> lambda_of_load(load, 8760 * 150).value, lambda_of_load(load, 8760 * 99).value
        (Fraction(1, 2), Fraction(0, 1))
    """
    hourly_load_wh = checked_hours(hourly_load_wh)
    if type(low_cost_must_run_wh) is not int or low_cost_must_run_wh < 0:
        raise QuantityError(f"generation {quote(low_cost_must_run_wh)}: expected whole Wh, 0 or more")
    total = sum(hourly_load_wh)
    if low_cost_must_run_wh >= total:
        raise QuantityError(
            f"low-cost/must-run units generated {quote(low_cost_must_run_wh)} Wh, and the year's load is {total} Wh: "
            "nothing is left for other units; check the units of both numbers"
        )
    hours = _hours_below(sorted(hourly_load_wh), low_cost_must_run_wh)
    leap = "" if len(hourly_load_wh) == DENOMINATOR else f" of {len(hourly_load_wh)} hours"
    return Lambda(
        min(Fraction(hours, DENOMINATOR), Fraction(1)),
        f"{LAMBDA.place}: {hours} of {DENOMINATOR} hours, from the hourly load{leap}",
        LAMBDA.confidence,
    )


def checked_hours(hourly_load_wh: Sequence[int]) -> Sequence[int]:
    """The hourly loads that were passed.

    Raises:
        QuantityError: The loads do not cover all hours of a year, or a load is negative or is not an integer.
    """
    hours = checked_items(hourly_load_wh, "hourly load")
    if len(hours) not in HOURS:
        raise QuantityError(f"hourly load of {len(hours)} hours: expected all hours of a year, 8760 or 8784")
    for number in hours:
        if type(number) is not int or number < 0:
            raise QuantityError(f"load {quote(number)}: expected whole Wh, 0 or more")
    return hours


def _hours_below(ascending: Sequence[int], energy: int) -> int:
    """The number of hours whose load is below the level up to which *energy* fills the curve."""
    count, filled, hours = len(ascending), 0, 0
    for position, load in enumerate(ascending):
        # If the level is this hour's load, the hours before it are filled completely and all others up to the level.
        if filled + load * (count - position) >= energy:
            break
        filled += load
        hours = position + 1
    return hours
