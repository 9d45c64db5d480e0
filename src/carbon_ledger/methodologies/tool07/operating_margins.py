"""Operating margins: simple, simple adjusted and average; ex ante for three years, or ex post for one year."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Final, TypeAlias

from attrs import frozen

from carbon_ledger.errors import MethodologyError, MissingDataError, NotApplicableError
from carbon_ledger.exact import Rounding, checked_decimal, text_of
from carbon_ledger.methodologies.quantification import Line
from carbon_ledger.methodologies.tool07.load_curve import Lambda
from carbon_ledger.methodologies.tool07.records import PowerUnit, checked_units, checked_year
from carbon_ledger.methodologies.tool07.rules import AVERAGE, DOCUMENT, SHARE, SIMPLE, SIMPLE_ADJUSTED, VINTAGE
from carbon_ledger.methodologies.tool07.trace import (
    UNIT,
    Margin,
    checked_vintage_option,
    computed,
    given,
    merged,
    shown,
)
from carbon_ledger.methodologies.tool07.unit_factors import Group, generation_of, weighted

YEARS_OF: Final[Mapping[str, int]] = {"ex-ante": 3, "ex-post": 1}
SHARE_YEARS: Final = 5

_Units: TypeAlias = tuple[PowerUnit, ...]

_HALF: Final = Fraction(1, 2)
_LOW_COST: Final = "low-cost/must-run units"
_OTHERS: Final = "all units but the low-cost/must-run ones"


@frozen(kw_only=True)
class Share:
    """The share of low-cost/must-run units in generation.

    Attributes:
        value: The exact share, from 0 to 1.
        lines: A line for every number; the last line is the share.
    """

    value: Fraction
    lines: tuple[Line, ...]


def low_cost_must_run_share(units: Iterable[PowerUnit], years: Iterable[int]) -> Share:
    """The share of low-cost/must-run units in the generation of five years.

    It is the share of the five years together: the generation of low-cost/must-run units, divided by that of all units.

    Args:
        units: All power units of the system.
        years: Five consecutive years.

    Returns:
        The share and its lines.

    Raises:
        MethodologyError: The years are not five consecutive years.
        MissingDataError: A unit's generation of a year is not stated, or no unit generated electricity.
        QuantityError: The units or years are invalid.

    Source:
        TOOL07 v7.0, step 3: average of the five most recent years. [S] That the years are taken together,
        rather than their five shares averaged, is the reading chosen here. [C] Long-term averages of
        hydropower, which the tool admits instead, are not built.
    """
    fleet, chosen = checked_units(units), _consecutive(years, SHARE_YEARS, "share of low-cost/must-run units")
    everything, all_lines = _generation(fleet, chosen, "EG", "all units")
    low_cost, low_cost_lines = _generation(
        tuple(unit for unit in fleet if unit.low_cost_must_run), chosen, "EG_LCMR", _LOW_COST
    )
    if everything == 0:
        raise MissingDataError(
            f"share of low-cost/must-run units: no unit generated electricity in {_span(chosen)}, so the share is not "
            "defined; state the generation of the units"
        )
    value = Fraction(low_cost, everything)
    parts, whole = ([f"{label}[{year}]" for year in chosen] for label in ("EG_LCMR", "EG"))
    line = computed(
        f"share_LCMR[{_span(chosen)}]",
        f"share of low-cost/must-run units in generation, {_span(chosen)}",
        value,
        "1",
        formula=f"({' + '.join(parts)}) / ({' + '.join(whole)})",
        inputs=[*parts, *whole],
        rule=SHARE,
    )
    return Share(value=value, lines=merged(all_lines, low_cost_lines, (line,)))


def _generation(members: _Units, years: tuple[int, ...], label: str, name: str) -> tuple[int, tuple[Line, ...]]:
    """The generation of all years together, in Wh, and its lines."""
    lines: list[Line] = []
    total_wh = 0
    for year in years:
        existing = _existing(members, year)
        lines += generation_of(existing, f"{label}[{year}]", f"net generation of {name} in {year}", year, SHARE)
        total_wh += sum(unit.generation_wh(year) for unit in existing)
    return total_wh, tuple(lines)


def simple_operating_margin(
    units: Iterable[PowerUnit], years: Iterable[int], *, vintage_option: str = "ex-ante"
) -> Margin:
    """The simple operating margin: the average emission factor of all units except low-cost/must-run units.

    It may be used for a system in which low-cost/must-run units provide less than half of the generation of the five
    years that end with the last of *years*.

    Args:
        units: All power units of the system, including CDM units.
        years: Three consecutive years for ``ex-ante``, one year for ``ex-post``.
        vintage_option: ``ex-ante``: fixed for the crediting period; ``ex-post``: updated each year.

    Returns:
        The margin, weighted by the generation of each unit and year, and its trace.

    Raises:
        NotApplicableError: Low-cost/must-run units provide half of the generation or more, or all of it in *years*.
        MethodologyError: The years do not suit the vintage option.
        MissingDataError: A unit's generation or fuel of a year is not stated.
        QuantityError: The units, years or vintage option are invalid.

    Source:
        TOOL07 v7.0, steps 3 and 4. [S]

    Example:
        >>> from carbon_ledger.methodologies.tool07 import FuelFactor, OptionA2, ZeroEmission
        >>> years, gas = range(2019, 2024), FuelFactor(name="gas", ef="0.0543", source="IPCC 2006, lower bound")
        >>> system = [
        ...     PowerUnit(id="gas", technology="gas", commissioned="2010-01-01", low_cost_must_run=False,
        ...               option=OptionA2(efficiency="0.5", fuels=gas, source="plant test"),
        ...               generation={year: "600 MWh" for year in years}),
        ...     PowerUnit(id="dam", technology="hydro", commissioned="1980-01-01", low_cost_must_run=True,
        ...               option=ZeroEmission("hydropower"), generation={year: "400 MWh" for year in years})]
        >>> simple_operating_margin(system, [2021, 2022, 2023]).shown
        Decimal('0.39096')
    """
    fleet = checked_units(units)
    chosen = _years(years, vintage_option, "simple operating margin")
    recent = range(chosen[-1] - SHARE_YEARS + 1, chosen[-1] + 1)
    share = low_cost_must_run_share(fleet, recent)
    if share.value >= _HALF:
        raise NotApplicableError(
            "simple operating margin",
            f"low-cost/must-run units are {_percent(share.value)} of generation in {_span(tuple(recent))}, expected "
            f"less than 50%; use simple_adjusted_operating_margin or average_operating_margin [{DOCUMENT}, step 3]",
        )
    counted = tuple(unit for unit in fleet if not unit.low_cost_must_run)
    groups = [weighted(_existing(counted, year), year, label="OMsimple", name=_OTHERS, rule=SIMPLE) for year in chosen]
    return _margin("simple", counted, chosen, vintage_option, groups, share.lines)


def average_operating_margin(
    units: Iterable[PowerUnit], years: Iterable[int], *, vintage_option: str = "ex-ante"
) -> Margin:
    """The average operating margin: the average emission factor of all units, including low-cost/must-run units.

    Args:
        units: All power units of the system, including CDM units.
        years: Three consecutive years for ``ex-ante``, one year for ``ex-post``.
        vintage_option: ``ex-ante`` or ``ex-post``.

    Returns:
        The margin, weighted by the generation of each unit and year, and its trace.

    Raises:
        NotApplicableError: Nothing was generated in *years*.
        MethodologyError: The years do not suit the vintage option.
        MissingDataError: A unit's generation or fuel of a year is not stated.
        QuantityError: The units, years or vintage option are invalid.

    Source:
        TOOL07 v7.0, step 4. [S]
    """
    fleet = checked_units(units)
    chosen = _years(years, vintage_option, "average operating margin")
    groups = [weighted(_existing(fleet, year), year, label="OM-ave", name="all units", rule=AVERAGE) for year in chosen]
    return _margin("average", fleet, chosen, vintage_option, groups)


def simple_adjusted_operating_margin(
    units: Iterable[PowerUnit],
    years: Iterable[int],
    *,
    lambdas: Mapping[int, Lambda | Decimal | Fraction | str | int],
    vintage_option: str = "ex-ante",
) -> Margin:
    """The simple adjusted operating margin: (1 - lambda) x non-LCMR + lambda x LCMR, for each year.

    Args:
        units: All power units of the system, including CDM units.
        years: Three consecutive years for ``ex-ante``, one year for ``ex-post``.
        lambdas: For each of the years, the share of its hours in which low-cost/must-run units are on the
            margin: a number, or the result of `lambda_of_load`. [share, 0 to 1]
        vintage_option: ``ex-ante`` or ``ex-post``.

    Returns:
        The margin and its trace. For several years it is their average, weighted by the generation of all units.

    Raises:
        NotApplicableError: Lambda gives a weight to units that generated nothing, or no unit generated anything.
        MethodologyError: The years do not suit the vintage option.
        MissingDataError: A year has no lambda, or a unit's generation or fuel is not stated.
        InexactNumberError: A lambda is a float.
        QuantityError: A lambda is not from 0 to 1, or the units, years or vintage option are invalid.

    Source:
        TOOL07 v7.0, step 4. [S] That years are weighted by the generation of all units is the reading
        chosen here of "generation-weighted average". [C]
    """
    fleet = checked_units(units)
    chosen = _years(years, vintage_option, "simple adjusted operating margin")
    if missing := [year for year in chosen if year not in lambdas]:
        raise MissingDataError(f"simple adjusted operating margin: lambdas has none for {missing}; give one for each")
    groups = [_adjusted(_existing(fleet, year), year, _lambda(lambdas[year])) for year in chosen]
    return _margin("simple adjusted", fleet, chosen, vintage_option, groups)


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
        lines=merged(rest.lines, low_cost.lines, (weight, together, margin)),
    )


def _part(fleet: _Units, year: int, *, low_cost: bool, weight: Fraction) -> Group:
    label, name = ("LCMR", _LOW_COST) if low_cost else ("nonLCMR", _OTHERS)
    members = [unit for unit in fleet if unit.low_cost_must_run is low_cost]
    group = weighted(members, year, label=label, name=name, rule=SIMPLE_ADJUSTED)
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
    method: str,
    members: _Units,
    years: tuple[int, ...],
    vintage_option: str,
    groups: list[Group],
    before: tuple[Line, ...] = (),
) -> Margin:
    """The margin of several years: their average, weighted by generation."""
    total = sum((group.generation_mwh for group in groups), Fraction(0))
    if total == 0:
        raise NotApplicableError(
            f"{method} operating margin", f"the units that this margin counts generated nothing in {_span(years)}"
        )
    value = sum((group.value * group.generation_mwh for group in groups), Fraction(0)) / total
    energies = [group.generation_symbol for group in groups]
    products = [f"{group.symbol} x {group.generation_symbol}" for group in groups]
    line = computed(
        "EF_OM",
        f"{method} operating margin, {vintage_option}, {_span(years)}",
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
        vintage_option=vintage_option,
        data_years=years,
        lines=merged(before, *(group.lines for group in groups), (line,)),
        units=tuple(unit.id for unit in members),
    )


def _existing(units: _Units, year: int) -> _Units:
    return tuple(unit for unit in units if unit.commissioned.year <= year)


def _years(years: Iterable[int], vintage_option: str, what: str) -> tuple[int, ...]:
    return _consecutive(years, YEARS_OF[checked_vintage_option(vintage_option)], f"{what}, {vintage_option}")


def _consecutive(years: Iterable[int], count: int, what: str) -> tuple[int, ...]:
    chosen = tuple(sorted(checked_year(year, f"{what}: year") for year in years))
    if len(chosen) != count or chosen[-1] - chosen[0] != count - 1 or len(set(chosen)) != count:
        expected = "one year" if count == 1 else f"{count} consecutive years"
        raise MethodologyError(f"{what}: years {list(chosen)}, expected {expected}")
    return chosen


def _span(years: tuple[int, ...]) -> str:
    return str(years[0]) if len(years) == 1 else f"{years[0]} to {years[-1]}"


def _percent(share: Fraction) -> str:
    return f"{text_of(Rounding('half-even', places=4).apply(share * 100))}%"
