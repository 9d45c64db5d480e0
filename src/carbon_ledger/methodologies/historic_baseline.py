"""The historic baseline of a plant that generated before the project.

A plant that existed before the project is credited only for generation above its baseline. The baseline of a year is
the mean of the plant's history plus the sample standard deviation. Neither number need have a last decimal place, so
their sum is rounded up, once, to the Wh. The calculation uses whole numbers only, so that its result is certain.
"""

from collections.abc import Sequence
from math import isqrt
from typing import Final

from attrs import frozen

from carbon_ledger.errors import MissingDataError
from carbon_ledger.exact import Rounding
from carbon_ledger.methodologies.activity import Activity
from carbon_ledger.methodologies.net_energy import millionths
from carbon_ledger.methodologies.quantification import Line
from carbon_ledger.methodologies.rounding import RoundingPoint
from carbon_ledger.periods import day_start_utc

LEAST_YEARS: Final = 5

BASELINE_CEILING: Final = RoundingPoint(
    "EG_base: mean plus standard deviation of the history, rounded up once to the Wh [MWh]",
    Rounding("ceiling", places=6),
)
SHOWN_CEILING: Final = RoundingPoint(
    "EG_hist and sigma_hist: each shown rounded up to the Wh; nothing is calculated from what is shown [MWh]",
    Rounding("ceiling", places=6),
)


@frozen(kw_only=True)
class AnnualBaseline:
    """What a plant would have generated in a year without the project.

    Attributes:
        mean_wh: Mean of the history, rounded up, to be shown; nothing is calculated from it. [Wh]
        deviation_wh: Sample standard deviation, rounded up, to be shown; nothing is calculated from it. [Wh]
        total_wh: Mean plus deviation, rounded up once. [Wh]
    """

    mean_wh: int
    deviation_wh: int
    total_wh: int


def annual_baseline(history_wh: Sequence[int]) -> AnnualBaseline:
    """The baseline of a year, EG_hist + sigma_hist, rounded up to the Wh from the exact value.

    Let n be the number of years, S the sum of their generation, and Q = n x (sum of squares) - S^2. The mean is S/n,
    and the sample standard deviation is sqrt(Q / (n (n - 1))). A whole number B is at least their sum if and only if
    n B - S is at least sqrt(n Q / (n - 1)). Let D be the least whole number whose square is at least n Q / (n - 1).
    Since n B - S is whole, the condition is that n B - S is at least D, so the least B is (S + D) / n, rounded up.
    Square roots are taken of whole numbers only.

    Args:
        history_wh: Net generation of each whole year before the project. [Wh]

    Returns:
        The baseline of a year, with the mean and the deviation that are shown.

    Raises:
        MissingDataError: Fewer than 5 years are given.

    Source:
        ACM0002 v22, paragraphs 61 and 67: at least 5 years. [S] The sample standard deviation (n - 1) is the
        larger, conservative one; rounded up, since a baseline that is too low credits too much. [C]

    Example:
        >>> annual_baseline([38_200, 41_500, 36_900, 40_100, 39_300])
        AnnualBaseline(mean_wh=39200, deviation_wh=1761, total_wh=40961)
    """
    years = len(history_wh)
    if years < LEAST_YEARS:
        raise MissingDataError(f"a history of {years} years: at least {LEAST_YEARS} whole years are needed")
    total = sum(history_wh)
    spread = years * sum(wh * wh for wh in history_wh) - total * total
    excess = _root_rounded_up(_quotient_rounded_up(years * spread, years - 1))
    return AnnualBaseline(
        mean_wh=_quotient_rounded_up(total, years),
        deviation_wh=_root_rounded_up(_quotient_rounded_up(spread, years * (years - 1))),
        total_wh=_quotient_rounded_up(total + excess, years),
    )


def _quotient_rounded_up(number: int, divisor: int) -> int:
    """The quotient, rounded up."""
    return -(-number // divisor)


def _root_rounded_up(number: int) -> int:
    """The least whole number whose square is at least *number*."""
    return isqrt(number - 1) + 1 if number > 0 else 0


def credited_wh(cumulative_wh: int, baseline_wh: int) -> int:
    """The generation of a year so far that is above the baseline of the whole year. [Wh]

    Args:
        cumulative_wh: Net generation of the calendar year up to some time. [Wh]
        baseline_wh: The baseline of a whole year. [Wh]

    Returns:
        The energy above the baseline, or 0 as long as the generation of the year is below the baseline. [Wh]

    Example:
        >>> credited_wh(40_000, 40_961), credited_wh(41_000, 40_961)
        (0, 39)
    """
    return max(0, cumulative_wh - baseline_wh)


def is_replaced(activity: Activity) -> bool:
    """Whether the period lies on or after the day on which the plant would have been replaced."""
    start_utc = _replaced_utc(activity)
    return start_utc is not None and start_utc <= activity.period.start_utc


def crosses_replacement(activity: Activity) -> bool:
    """Whether the day on which the plant would have been replaced begins inside the period."""
    start_utc = _replaced_utc(activity)
    return start_utc is not None and activity.period.start_utc < start_utc < activity.period.end_utc


def _replaced_utc(activity: Activity) -> int | None:
    if activity.replaced_on is None or activity.zone is None:
        return None
    return day_start_utc(activity.replaced_on, activity.zone)


def history_lines(activity: Activity, source: str) -> tuple[Line, ...]:
    """Lines for each year of the history, for their mean and deviation, and last for the baseline of a year.

    Raises:
        MissingDataError: Fewer than 5 years are given.
    """
    baseline = annual_baseline([wh for _, wh in activity.history])
    years = [
        Line(
            symbol=f"EG_hist[{year}]",
            name=f"net generation of {year}, before the project",
            value=millionths(wh),
            unit="MWh",
            source=f"{source}: the project's record",
            confidence="S",
        )
        for year, wh in activity.history
    ]
    symbols = tuple(line.symbol for line in years)
    shown = (
        ("EG_hist", f"mean of {len(years)} years{_left_out(activity)}", "mean", baseline.mean_wh),
        ("sigma_hist", "sample standard deviation (n - 1) of the history", "stdev", baseline.deviation_wh),
    )
    return (
        *years,
        *(
            Line(
                symbol=symbol,
                name=f"{name}, shown rounded up to the Wh",
                value=millionths(wh),
                unit="MWh",
                formula=f"{function}({', '.join(symbols)})",
                inputs=symbols,
                source=source,
                confidence="S",
            )
            for symbol, name, function, wh in shown
        ),
        Line(
            symbol="EG_base",
            name="baseline of a year: mean plus standard deviation, rounded up once to the Wh from their exact sum",
            value=millionths(baseline.total_wh),
            unit="MWh",
            formula="EG_hist + sigma_hist",
            inputs=("EG_hist", "sigma_hist"),
            source=source,
            confidence="S",
        ),
    )


def _left_out(activity: Activity) -> str:
    """A note of the years that the history leaves out: leaving out good years lowers the baseline."""
    given = {year for year, _ in activity.history}
    missing = [str(year) for year in range(min(given), max(given) + 1) if year not in given]
    return f", {' and '.join(missing)} left out" if missing else ""


def credited_lines(activity: Activity, vintage: int, facility: Line, source: str) -> tuple[Line, ...]:
    """Lines for the energy of a vintage that earlier issuances claimed, and last for what this period is credited.

    Args:
        activity: The activity, whose applicability has been checked.
        vintage: The calendar year.
        facility: The line of the vintage's net generation in this period.
        source: Where the rule comes from.
    """
    symbol, name = f"EG[{vintage}]", f"net generation of {vintage} above the baseline"
    if is_replaced(activity):
        ended = Line(
            symbol=symbol,
            name=f"{name}: zero, the plant would have been replaced on {activity.replaced_on}",
            value=millionths(0),
            unit="MWh",
            source=source,
            confidence="S",
        )
        return (ended,)
    baseline_wh = annual_baseline([wh for _, wh in activity.history]).total_wh
    before_wh = activity.claimed_before_wh(vintage)
    period_wh = sum(item.counted_wh for item in activity.generation if item.vintage == vintage)
    year = activity.baseline_year
    if year is None:
        earlier = f"net generation of {vintage} that earlier issuances claimed"
        comes_first = "the whole calendar year's baseline comes first"
    else:
        earlier = f"net generation of the crediting year {year} that was claimed before, or is of an older vintage"
        comes_first = "the baseline of the whole crediting year comes first"
    before = Line(
        symbol=f"EG_before[{vintage}]",
        name=earlier,
        value=millionths(before_wh),
        unit="MWh",
        source="the project's earlier issuances",
        confidence="C",
    )
    credited = Line(
        symbol=symbol,
        name=f"{name}: {comes_first}",
        value=millionths(credited_wh(before_wh + period_wh, baseline_wh) - credited_wh(before_wh, baseline_wh)),
        unit="MWh",
        formula=f"max(0, {before.symbol} + {facility.symbol} - EG_base) - max(0, {before.symbol} - EG_base)",
        inputs=(before.symbol, facility.symbol, "EG_base"),
        source=source,
        confidence="S",
    )
    return (before, credited)
