"""Operating margins: simple, simple adjusted and average; ex ante for three years, or ex post for one year."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Final, TypeAlias

from attrs import frozen

from carbon_ledger.errors import MethodologyError, MissingDataError, NotApplicableError, QuantityError
from carbon_ledger.exact import checked_decimal, text_of
from carbon_ledger.methodologies.quantification import Line
from carbon_ledger.methodologies.tool07.load_curve import Lambda
from carbon_ledger.methodologies.tool07.low_cost_share import (
    LOW_COST,
    HydroAverage,
    low_cost_must_run_load,
    low_cost_must_run_share,
)
from carbon_ledger.methodologies.tool07.records import PowerUnit, checked_units, checked_year
from carbon_ledger.methodologies.tool07.rules import (
    AVERAGE,
    DOCUMENT,
    GENERATION,
    LAG,
    SIMPLE,
    SIMPLE_ADJUSTED,
    VINTAGE,
)
from carbon_ledger.methodologies.tool07.system_load import AnnualLoad, loads_of
from carbon_ledger.methodologies.tool07.trace import (
    UNIT,
    Margin,
    checked_vintage_option,
    computed,
    given,
    merged,
    shown,
)
from carbon_ledger.methodologies.tool07.unit_factors import Group, weighted
from carbon_ledger.methodologies.tool07.years import (
    LOAD_YEARS,
    SHARE_YEARS,
    consecutive,
    ending_with,
    existing,
    percent,
    span,
)
from carbon_ledger.printing import quote

YEARS_OF: Final[Mapping[str, int]] = {"ex-ante": 3, "ex-post": 1}

_Units: TypeAlias = tuple[PowerUnit, ...]

_HALF: Final = Fraction(1, 2)
_MOST_LAG: Final = 2
_OTHERS: Final = "all units but the low-cost/must-run ones"
_INSTEAD: Final = "use simple_adjusted_operating_margin or average_operating_margin"


@frozen
class _Vintage:
    """The years of the data, the vintage option, and the lag of ex-post data, if it is stated."""

    years: tuple[int, ...]
    option: str
    lag: int | None


def simple_operating_margin(
    units: Iterable[PowerUnit],
    years: Iterable[int],
    *,
    vintage_option: str = "ex-ante",
    approach: int = 2,
    hydro_average: HydroAverage | None = None,
    loads: Mapping[int, AnnualLoad] | None = None,
    displaced_in: int | None = None,
) -> Margin:
    """The simple operating margin: the average emission factor of all units except low-cost/must-run units.

    It may be used for a system in which low-cost/must-run units provide less than half of the generation of the five
    years that end with the last of *years*. It may also be used if these units supply less than the lowest load of the
    system, on average of the three years that end with the last of *years*: give *loads* for this test.

    Args:
        units: All power units of the system, including CDM units.
        years: Three consecutive years for ``ex-ante``, one year for ``ex-post``.
        vintage_option: ``ex-ante``: fixed for the crediting period; ``ex-post``: updated each year.
        approach: How the share of five years is calculated: see `low_cost_must_run_share`.
        hydro_average: Long-term hydropower in place of that of the five years: see `low_cost_must_run_share`.
        loads: The annual load of each of three years. If it is given, the load decides, and not the share.
        displaced_in: For ``ex-post``: the year in which the project displaces electricity; by default, the year of the
            data. It may be one or two years later than the data.

    Returns:
        The margin, weighted by the generation of each unit and year, and its trace.

    Raises:
        NotApplicableError: Low-cost/must-run units provide half of the generation or more, or all of it in *years*; or,
            if *loads* are given, they supply the lowest load or more.
        MethodologyError: The years do not suit the vintage option, *displaced_in* is not the year of ex-post data or
            one or two years later, or *approach* is invalid.
        MissingDataError: A unit's generation or fuel of a year, or the load of a year, is not stated.
        QuantityError: The units, years, loads or vintage option are invalid.

    Source:
        TOOL07 v7.0, paragraphs 40, 42 and 46 to 50, equation (3). [P]
    """
    fleet = checked_units(units)
    vintage = _vintage(years, vintage_option, displaced_in, "simple operating margin")
    admitted = _admitted(fleet, vintage.years[-1], approach, hydro_average, loads)
    counted = tuple(unit for unit in fleet if not unit.low_cost_must_run)
    groups = [
        weighted(existing(counted, year), year, label="OMsimple", name=_OTHERS, rule=SIMPLE) for year in vintage.years
    ]
    return _margin("simple", counted, vintage, groups, admitted)


def _admitted(
    fleet: _Units, last: int, approach: int, average: HydroAverage | None, loads: Mapping[int, AnnualLoad] | None
) -> tuple[Line, ...]:
    """The lines of the test that admits the simple margin."""
    return (
        _admitted_by_share(fleet, last, approach, average) if loads is None else _admitted_by_load(fleet, last, loads)
    )


def _admitted_by_share(fleet: _Units, last: int, approach: int, average: HydroAverage | None) -> tuple[Line, ...]:
    recent = ending_with(last, SHARE_YEARS)
    share = low_cost_must_run_share(fleet, recent, approach=approach, hydro_average=average)
    if share.value >= _HALF:
        raise NotApplicableError(
            "simple operating margin",
            f"low-cost/must-run units are {percent(share.value)} of generation in {span(recent)}, expected less than "
            f"50%; {_INSTEAD} [{DOCUMENT}, paragraph 40]",
        )
    return share.lines


def _admitted_by_load(fleet: _Units, last: int, loads: Mapping[int, AnnualLoad]) -> tuple[Line, ...]:
    recent = ending_with(last, LOAD_YEARS)
    compared = low_cost_must_run_load(fleet, loads_of(loads, recent, "simple operating margin"))
    if not compared.is_below:
        raise NotApplicableError(
            "simple operating margin",
            f"low-cost/must-run units supply {text_of(shown(compared.load_mw))} MW on average of {span(recent)}, "
            f"expected less than the mean lowest load, {text_of(shown(compared.lowest_mw))} MW; {_INSTEAD} "
            f"[{DOCUMENT}, paragraph 40(b)]",
        )
    return compared.lines


def average_operating_margin(
    units: Iterable[PowerUnit],
    years: Iterable[int],
    *,
    vintage_option: str = "ex-ante",
    displaced_in: int | None = None,
) -> Margin:
    """The average operating margin: the average emission factor of all units, including low-cost/must-run units.

    Args:
        units: All power units of the system, including CDM units.
        years: Three consecutive years for ``ex-ante``, one year for ``ex-post``.
        vintage_option: ``ex-ante`` or ``ex-post``.
        displaced_in: For ``ex-post``: the year in which the project displaces electricity; by default, the year of the
            data.

    Returns:
        The margin, weighted by the generation of each unit and year, and its trace.

    Raises:
        NotApplicableError: Nothing was generated in *years*.
        MethodologyError: The years do not suit the vintage option, or *displaced_in* does not suit the years.
        MissingDataError: A unit's generation or fuel of a year is not stated.
        QuantityError: The units, years or vintage option are invalid.

    Source:
        TOOL07 v7.0, paragraphs 42 and 70. [P]
    """
    fleet = checked_units(units)
    vintage = _vintage(years, vintage_option, displaced_in, "average operating margin")
    groups = [
        weighted(existing(fleet, year), year, label="OM-ave", name="all units", rule=AVERAGE) for year in vintage.years
    ]
    return _margin("average", fleet, vintage, groups)


def simple_adjusted_operating_margin(
    units: Iterable[PowerUnit],
    years: Iterable[int],
    *,
    lambdas: Mapping[int, Lambda | Decimal | Fraction | str | int],
    vintage_option: str = "ex-ante",
    displaced_in: int | None = None,
) -> Margin:
    """The simple adjusted operating margin: (1 - lambda) x non-LCMR + lambda x LCMR, for each year.

    Args:
        units: All power units of the system, including CDM units.
        years: Three consecutive years for ``ex-ante``, one year for ``ex-post``.
        lambdas: For each of the years, the share of its hours in which low-cost/must-run units are on the
            margin: a number, or the result of `lambda_of_load` or `default_lambdas`. [share, 0 to 1]
        vintage_option: ``ex-ante`` or ``ex-post``.
        displaced_in: For ``ex-post``: the year in which the project displaces electricity; by default, the year of the
            data.

    Returns:
        The margin and its trace. For several years it is their average, weighted by the generation of all units.

    Raises:
        NotApplicableError: Lambda gives a weight to units that generated nothing, or no unit generated anything.
        MethodologyError: The years do not suit the vintage option, or *displaced_in* does not suit the years.
        MissingDataError: A year has no lambda, or a unit's generation or fuel is not stated.
        InexactNumberError: A lambda is a float.
        QuantityError: *lambdas* are not by year, a lambda is not from 0 to 1, or the units, years or vintage option
            are invalid.

    Source:
        TOOL07 v7.0, paragraphs 42 and 56 to 62, equation (10). [P] That years are weighted by the generation of all
        units is the reading chosen here of "generation-weighted average". [C]
    """
    fleet = checked_units(units)
    vintage = _vintage(years, vintage_option, displaced_in, "simple adjusted operating margin")
    if not isinstance(lambdas, Mapping):
        raise QuantityError(
            f"simple adjusted operating margin: lambdas {quote(lambdas)}, expected a lambda by year, e.g. "
            f'{{{vintage.years[-1]}: "0.25"}}'
        )
    if missing := [year for year in vintage.years if year not in lambdas]:
        raise MissingDataError(f"simple adjusted operating margin: lambdas has none for {missing}; give one for each")
    groups = [_adjusted(existing(fleet, year), year, _lambda(lambdas[year])) for year in vintage.years]
    return _margin("simple adjusted", fleet, vintage, groups)


def _adjusted(fleet: _Units, year: int, share: Lambda) -> Group:
    rest = _part(fleet, year, low_cost=False, weight=1 - share.value)
    low_cost = _part(fleet, year, low_cost=True, weight=share.value)
    value = (1 - share.value) * rest.value + share.value * low_cost.value
    generation = rest.generation_mwh + low_cost.generation_mwh
    symbol, energies = f"lambda[{year}]", (rest.generation_symbol, low_cost.generation_symbol)
    name = f"hours with low-cost/must-run units on the margin, share of {year}{share.note}"
    together = computed(
        f"EG_OM-adj[{year}]",
        f"net generation of all units in {year}",
        generation,
        "MWh",
        formula=" + ".join(energies),
        inputs=energies,
        rule=SIMPLE_ADJUSTED,
    )
    margin = computed(
        f"EF_OM-adj[{year}]",
        f"simple adjusted operating margin of {year}",
        value,
        UNIT,
        formula=f"(1 - {symbol}) x {rest.symbol} + {symbol} x {low_cost.symbol}",
        inputs=(symbol, rest.symbol, low_cost.symbol),
        rule=SIMPLE_ADJUSTED,
    )
    weight = given(symbol, name, share.shown, "1", share.source, share.confidence)
    return Group(
        generation_mwh=generation,
        value=value,
        generation_symbol=together.symbol,
        symbol=margin.symbol,
        lines=merged(share.lines, rest.lines, low_cost.lines, (weight, together, margin)),
    )


def _part(fleet: _Units, year: int, *, low_cost: bool, weight: Fraction) -> Group:
    label, name = ("LCMR", LOW_COST) if low_cost else ("nonLCMR", _OTHERS)
    members = [unit for unit in fleet if unit.low_cost_must_run is low_cost]
    group = weighted(members, year, label=label, name=name, rule=SIMPLE_ADJUSTED, sum_rule=GENERATION)
    if weight and not group.generation_mwh:
        raise NotApplicableError(
            "simple adjusted operating margin",
            f"{name} generated nothing in {year}, but lambda gives them a weight of {text_of(shown(weight))}",
        )
    return group


def _lambda(value: Lambda | Decimal | Fraction | str | int) -> Lambda:
    if isinstance(value, Lambda):
        return value
    number = value if isinstance(value, Fraction) else Fraction(checked_decimal(value, "lambda"))
    return Lambda(number, "given", None)


def _margin(
    method: str, members: _Units, vintage: _Vintage, groups: list[Group], before: tuple[Line, ...] = ()
) -> Margin:
    """The margin of several years: their average, weighted by generation."""
    total = sum((group.generation_mwh for group in groups), Fraction(0))
    if total == 0:
        raise NotApplicableError(
            f"{method} operating margin",
            f"the units that this margin counts generated nothing in {span(vintage.years)}",
        )
    value = sum((group.value * group.generation_mwh for group in groups), Fraction(0)) / total
    energies = [group.generation_symbol for group in groups]
    products = [f"{group.symbol} x {group.generation_symbol}" for group in groups]
    line = computed(
        "EF_OM",
        f"{method} operating margin, {vintage.option}, {span(vintage.years)}",
        value,
        UNIT,
        formula=f"({' + '.join(products)}) / ({' + '.join(energies)})",
        inputs=[*(group.symbol for group in groups), *energies],
        rule=VINTAGE,
    )
    return Margin(
        kind="operating_margin",
        method=method,
        value=value,
        vintage_option=vintage.option,
        data_years=vintage.years,
        lines=merged(_lag_lines(vintage), before, *(group.lines for group in groups), (line,)),
        units=tuple(unit.id for unit in members),
        lag_years=vintage.lag,
    )


def _lag_lines(vintage: _Vintage) -> tuple[Line, ...]:
    if vintage.lag is None:
        return ()
    name = f"years from the data, {vintage.years[-1]}, to the year of displacement, {vintage.years[-1] + vintage.lag}"
    return (given("lag", name, Decimal(vintage.lag), "years", LAG.place, LAG.confidence),)


def _vintage(years: Iterable[int], option: str, displaced_in: int | None, what: str) -> _Vintage:
    chosen = consecutive(years, YEARS_OF[checked_vintage_option(option)], f"{what}, {option}")
    if option == "ex-ante":
        if displaced_in is not None:
            raise MethodologyError(f"{what}, ex-ante: displaced_in {displaced_in}, which is for ex-post; leave it out")
        return _Vintage(chosen, option, None)
    lag = 0 if displaced_in is None else checked_year(displaced_in, "displaced_in") - chosen[-1]
    if not 0 <= lag <= _MOST_LAG:
        raise MethodologyError(
            f"{what}, ex-post: data of {chosen[-1]} for {displaced_in}, expected data of that year or of one or two "
            f"years before it [{LAG.place}]"
        )
    return _Vintage(chosen, option, lag)
