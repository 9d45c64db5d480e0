"""The default lambda, by the share of low-cost/must-run units in generation."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Final

from carbon_ledger.errors import MethodologyError, NotApplicableError, QuantityError
from carbon_ledger.exact import text_of
from carbon_ledger.methodologies.quantification import Line
from carbon_ledger.methodologies.tool07.load_curve import Lambda
from carbon_ledger.methodologies.tool07.low_cost_share import HydroAverage, low_cost_must_run_share
from carbon_ledger.methodologies.tool07.records import PowerUnit
from carbon_ledger.methodologies.tool07.rules import DEFAULT_LAMBDA
from carbon_ledger.methodologies.tool07.system_load import AnnualLoad, highest_line, loads_of, lowest_line
from carbon_ledger.methodologies.tool07.trace import computed, merged, shown
from carbon_ledger.methodologies.tool07.years import SHARE_YEARS, ending_with, percent, span, years_of
from carbon_ledger.printing import quote

# From a share on, in percent: the lambda. An edge is in two rows of the table; the higher lambda is taken. [C]
DEFAULT_LAMBDAS: Final = (
    ("99.87", "1"),
    ("99.50", "0.95"),
    ("98.87", "0.90"),
    ("97.98", "0.85"),
    ("96.85", "0.80"),
    ("95.47", "0.75"),
    ("93.83", "0.70"),
    ("91.94", "0.65"),
    ("89.80", "0.60"),
    ("87.41", "0.55"),
    ("84.76", "0.50"),
    ("81.86", "0.45"),
    ("78.72", "0.40"),
    ("75.32", "0.35"),
    ("71.66", "0.30"),
    ("67.76", "0.25"),
    ("63.60", "0.20"),
    ("59.20", "0.15"),
    ("54.54", "0.10"),
    ("50", "0.05"),
    ("0", "0"),
)
_LEAST_RATIO: Final = Fraction(1, 3)


def default_lambda(share: Fraction) -> Fraction:
    """The default lambda at a share of low-cost/must-run units in generation.

    Args:
        share: The share, from 0 to 1.

    Returns:
        The lambda of the table. A share on the edge of two rows has the higher lambda, which gives the lower margin.

    Raises:
        QuantityError: The share is not from 0 to 1, or is not a fraction.

    Source:
        TOOL07 v7.0, appendix 2, table 1. [P] The edges are in two rows of the table; the higher one is chosen. [C]

    Example:
        >>> str(default_lambda(Fraction(3, 5))), str(default_lambda(Fraction(1, 2)))
        ('3/20', '1/20')
    """
    if not isinstance(share, Fraction) or not 0 <= share <= 1:
        raise QuantityError(f"share of low-cost/must-run units {quote(share)}: expected a Fraction from 0 to 1")
    return next(Fraction(value) for edge, value in DEFAULT_LAMBDAS if share * 100 >= Fraction(edge))


def default_lambdas(
    units: Iterable[PowerUnit],
    years: Iterable[int],
    *,
    loads: Mapping[int, AnnualLoad],
    approach: int = 2,
    hydro_average: HydroAverage | None = None,
) -> dict[int, Lambda]:
    """The default lambda of each year, which `simple_adjusted_operating_margin` takes.

    It follows from the share of low-cost/must-run units in the five years that end with the last of *years*. It may be
    used only if the lowest load of the system is a third of its highest load or more, in each of *years*.

    Args:
        units: All power units of the system.
        years: The years of the operating margin.
        loads: The annual load of each of *years*.
        approach: How the share is calculated: see `low_cost_must_run_share`.
        hydro_average: Long-term hydropower in place of that of the five years: see `low_cost_must_run_share`.

    Returns:
        The lambda of each year, with the lines of the share and of the loads.

    Raises:
        NotApplicableError: In one of *years*, the lowest load is under a third of the highest.
        MethodologyError: There is no year, or *approach* is invalid.
        MissingDataError: A load, or a unit's generation of a year, is not stated.
        QuantityError: The units, years or loads are invalid.

    Source:
        TOOL07 v7.0, paragraph 61 and appendix 2, table 1. [P]
    """
    chosen = tuple(sorted(set(years_of(years, "default lambda"))))
    if not chosen:
        raise MethodologyError("default lambda without a year: expected the years of the operating margin")
    recent = ending_with(chosen[-1], SHARE_YEARS)
    share = low_cost_must_run_share(units, recent, approach=approach, hydro_average=hydro_average)
    value = default_lambda(share.value)
    found = {}
    for year, load in loads_of(loads, chosen, "default lambda").items():
        source = f"{DEFAULT_LAMBDA.place}, at a share of {percent(share.value)} in {span(recent)}"
        lines = merged(share.lines, _load_lines(year, load))
        found[year] = Lambda(value, source, DEFAULT_LAMBDA.confidence, lines)
    return found


def _load_lines(year: int, load: AnnualLoad) -> tuple[Line, ...]:
    if load.ratio < _LEAST_RATIO:
        raise NotApplicableError(
            "default lambda",
            f"the lowest load of {year} is {text_of(shown(load.ratio))} of the highest, expected a third or more; "
            f"use lambda_of_load [{DEFAULT_LAMBDA.place}]",
        )
    lowest, highest = lowest_line(load, year), highest_line(load, year)
    ratio = computed(
        f"LASL_share[{year}]",
        f"lowest load over highest load of {year}, a third or more",
        load.ratio,
        "1",
        formula=f"{lowest.symbol} / {highest.symbol}",
        inputs=(lowest.symbol, highest.symbol),
        rule=DEFAULT_LAMBDA,
    )
    return lowest, highest, ratio
