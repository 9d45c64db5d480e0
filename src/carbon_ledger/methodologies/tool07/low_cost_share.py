"""How much low-cost/must-run units generate: their share of generation, and their load beside the system's lowest."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Final

from attrs import field, frozen

from carbon_ledger.canonical import identifier
from carbon_ledger.errors import MethodologyError, MissingDataError, QuantityError
from carbon_ledger.methodologies.net_energy import millionths
from carbon_ledger.methodologies.quantification import Line
from carbon_ledger.methodologies.tool07.records import (
    PowerUnit,
    checked_items,
    checked_mapping,
    checked_text,
    checked_units,
    checked_year,
)
from carbon_ledger.methodologies.tool07.rules import DOCUMENT, GENERATION, HYDRO_AVERAGE, LOWEST_LOAD, SHARE
from carbon_ledger.methodologies.tool07.system_load import AnnualLoad, loads_of, lowest_line
from carbon_ledger.methodologies.tool07.trace import computed, given, merged
from carbon_ledger.methodologies.tool07.unit_factors import generation_of
from carbon_ledger.methodologies.tool07.years import LOAD_YEARS, SHARE_YEARS, consecutive, existing, span
from carbon_ledger.printing import quote
from carbon_ledger.units import energy_wh

LONG_TERM_YEARS: Final = 15
HOURS: Final = 8760
LOW_COST: Final = "low-cost/must-run units"
_WHAT: Final = "share of low-cost/must-run units"
_APPROACHES: Final = (1, 2)


@frozen(kw_only=True)
class Share:
    """The share of low-cost/must-run units in generation.

    Attributes:
        value: The exact share, from 0 to 1.
        lines: A line for every number; the last line is the share.
    """

    value: Fraction
    lines: tuple[Line, ...]


def _ids(value: Iterable[str]) -> tuple[str, ...]:
    names = (value,) if isinstance(value, str) else checked_items(value, "units of the hydropower average")
    return tuple(sorted({identifier(name, "power unit") for name in names}))


def _long_term(value: Mapping[int, object]) -> tuple[tuple[int, int], ...]:
    given_by_year = checked_mapping(value, "hydropower").items()
    years = {checked_year(year, "hydropower in"): energy_wh(wh, "hydropower") for year, wh in given_by_year}
    return tuple(sorted(years.items()))


@frozen(kw_only=True)
class HydroAverage:
    """The long-term average of a system's hydropower.

    Args:
        units: Ids of the hydropower units, all of which are low-cost/must-run units.
        generation: Net generation of these units together, for 15 consecutive years or more. [energy by year]
        source: Where the generation is stated.

    Raises:
        QuantityError: The years are fewer than 15 or not consecutive, a generation is negative, there is no unit, or
            the source is blank.
        InexactNumberError: An energy is a float, or finer than 1 Wh.
        UnknownUnitError: The unit of an energy is not on the list of spellings.
        UnitMismatchError: A generation is not an energy.

    Source:
        TOOL07 v7.0, paragraph 40(a): "minimum time frame of 15 years". [P]

    Example:
        >>> HydroAverage(units="dam", generation={year: "400 MWh" for year in range(2009, 2024)},
        ...              source="yearbook").mean_wh
        Fraction(400000000, 1)
    """

    units: tuple[str, ...] = field(converter=_ids)
    generation: tuple[tuple[int, int], ...] = field(converter=_long_term)
    source: str

    def __attrs_post_init__(self) -> None:
        """Refuse an average of too few years."""
        checked_text(self.source, "source of the hydropower average")
        years = [year for year, _ in self.generation]
        if len(years) < LONG_TERM_YEARS or years[-1] - years[0] != len(years) - 1:
            raise QuantityError(
                f"hydropower average: {len(years)} years, expected {LONG_TERM_YEARS} consecutive years or more"
            )
        if not self.units or any(wh < 0 for _, wh in self.generation):
            raise QuantityError(
                "hydropower average: expected one unit or more, and a generation of 0 or more each year"
            )

    @property
    def mean_wh(self) -> Fraction:
        """The mean generation of a year. [Wh]"""
        return Fraction(sum(wh for _, wh in self.generation), len(self.generation))


def low_cost_must_run_share(
    units: Iterable[PowerUnit], years: Iterable[int], *, approach: int = 2, hydro_average: HydroAverage | None = None
) -> Share:
    """The share of low-cost/must-run units in the generation of five years.

    Args:
        units: All power units of the system.
        years: Five consecutive years.
        approach: 1: the mean of the five yearly shares. 2: the generation of low-cost/must-run units in the five years
            together, divided by that of all units.
        hydro_average: A long-term average that takes the place of the generation of hydropower units in each of the
            five years, both in the generation of low-cost/must-run units and in that of all units.

    Returns:
        The share and its lines.

    Raises:
        MethodologyError: The years are not five consecutive years, or *approach* is not 1 or 2.
        MissingDataError: A unit's generation of a year is not stated, or no unit generated electricity.
        QuantityError: The units or years are invalid, or *hydro_average* names a unit that is not a low-cost/must-run
            unit of the system.

    Source:
        TOOL07 v7.0, paragraph 40(a), equations (1) and (2). [P] How a long-term average enters the share is not
        stated; the reading is chosen here. [C]

    Example:
        >>> from carbon_ledger.methodologies.tool07 import ZeroEmission
        >>> wet = dict(zip(range(2019, 2024), (600, 600, 100, 100, 100)))
        >>> system = [PowerUnit(id=name, technology=name, commissioned="1980-01-01", low_cost_must_run=name == "hydro",
        ...                     option=ZeroEmission("an example"),
        ...                     generation={year: f"{mwh if name == 'hydro' else 400 if year < 2021 else 200} MWh"
        ...                                 for year, mwh in wet.items()})
        ...           for name in ("hydro", "gas")]
        >>> [str(low_cost_must_run_share(system, range(2019, 2024), approach=n).value) for n in (1, 2)]
        ['11/25', '15/29']
    """
    fleet, chosen = checked_units(units), consecutive(years, SHARE_YEARS, _WHAT)
    if type(approach) is not int or approach not in _APPROACHES:
        raise MethodologyError(f"{_WHAT}: approach {quote(approach)}, expected 1 or 2 [{DOCUMENT}, paragraph 40(a)]")
    labels, amounts, lines = _by_year(fleet, chosen, hydro_average)
    value, (formula, inputs) = _value(amounts, chosen, approach), _formula(labels, chosen, approach)
    how = ", mean of the yearly shares" if approach == 1 else ""
    name = f"share of {LOW_COST} in generation, {span(chosen)}{how}"
    rule = SHARE if hydro_average is None else HYDRO_AVERAGE
    line = computed(f"share_LCMR[{span(chosen)}]", name, value, "1", formula=formula, inputs=inputs, rule=rule)
    return Share(value=value, lines=merged(lines, (line,)))


def _value(amounts: list[tuple[Fraction, Fraction]], years: tuple[int, ...], approach: int) -> Fraction:
    """Equation (1) or (2)."""
    total = sum((whole for _, whole in amounts), Fraction(0))
    if not total or (approach == 1 and not all(whole for _, whole in amounts)):
        raise MissingDataError(
            f"{_WHAT}: no unit generated electricity in {span(years)}, or in one of these years, so the share is not "
            "defined; state the generation of the units"
        )
    if approach == 1:
        return sum((low / whole for low, whole in amounts), Fraction(0)) / SHARE_YEARS
    return sum((low for low, _ in amounts), Fraction(0)) / total


def _formula(labels: tuple[str, str], years: tuple[int, ...], approach: int) -> tuple[str, tuple[str, ...]]:
    parts, whole = ([f"{label}[{year}]" for year in years] for label in labels)
    if approach == 1:
        terms = " + ".join(f"{low} / {everything}" for low, everything in zip(parts, whole, strict=True))
        return f"({terms}) / {SHARE_YEARS}", (*parts, *whole)
    return f"({' + '.join(parts)}) / ({' + '.join(whole)})", (*parts, *whole)


def _by_year(
    fleet: tuple[PowerUnit, ...], years: tuple[int, ...], average: HydroAverage | None
) -> tuple[tuple[str, str], list[tuple[Fraction, Fraction]], tuple[Line, ...]]:
    """The symbols of both sums, the two sums of each year in MWh, and their lines."""
    low_cost = tuple(unit for unit in fleet if unit.low_cost_must_run)
    everything, all_lines = _generation(fleet, years, "EG", "all units")
    low, low_lines = _generation(low_cost, years, "EG_LCMR", LOW_COST)
    if average is None:
        return ("EG_LCMR", "EG"), list(zip(low, everything, strict=True)), merged(all_lines, low_lines)
    if not isinstance(average, HydroAverage):
        raise QuantityError(f"hydro_average {quote(average)}: expected a HydroAverage")
    hydro = tuple(unit for unit in low_cost if unit.id in average.units)
    if unknown := sorted(set(average.units) - {unit.id for unit in hydro}):
        raise QuantityError(
            f"hydropower average of {', '.join(map(quote, unknown))}: expected low-cost/must-run units of the system"
        )
    wet, wet_lines = _generation(hydro, years, "EG_hydro", "hydropower units")
    mean = average.mean_wh / 10**6
    lines = [*merged(all_lines, low_lines, wet_lines), *_average_lines(average)]
    for label, sums, name in (("EG_LCMR", low, LOW_COST), ("EG", everything, "all units")):
        for year, amount, actual in zip(years, sums, wet, strict=True):
            inputs = (f"{label}[{year}]", f"EG_hydro[{year}]", "EG_hydro,mean")
            lines.append(
                computed(
                    f"{label},mean[{year}]",
                    f"net generation of {name} in {year}, hydropower by its long-term average",
                    amount - actual + mean,
                    "MWh",
                    formula=f"{inputs[0]} - {inputs[1]} + {inputs[2]}",
                    inputs=inputs,
                    rule=HYDRO_AVERAGE,
                )
            )
    amounts = [(a - h + mean, b - h + mean) for a, b, h in zip(low, everything, wet, strict=True)]
    return ("EG_LCMR,mean", "EG,mean"), amounts, tuple(lines)


def _average_lines(average: HydroAverage) -> list[Line]:
    lines = [
        given(f"EG_hydro,long[{year}]", f"hydropower in {year}", millionths(wh), "MWh", average.source, None)
        for year, wh in average.generation
    ]
    symbols = [line.symbol for line in lines]
    mean = computed(
        "EG_hydro,mean",
        f"mean hydropower of {len(lines)} years",
        average.mean_wh / 10**6,
        "MWh",
        formula=f"({' + '.join(symbols)}) / {len(lines)}",
        inputs=symbols,
        rule=HYDRO_AVERAGE,
    )
    return [*lines, mean]


def _generation(
    members: tuple[PowerUnit, ...], years: tuple[int, ...], label: str, name: str
) -> tuple[list[Fraction], tuple[Line, ...]]:
    """The generation of each year, in MWh, and its lines."""
    lines: list[Line] = []
    found = []
    for year in years:
        there = existing(members, year)
        lines += generation_of(there, f"{label}[{year}]", f"net generation of {name} in {year}", year, GENERATION)
        found.append(Fraction(sum(unit.generation_wh(year) for unit in there), 10**6))
    return found, tuple(lines)


@frozen(kw_only=True)
class LoadComparison:
    """The load that low-cost/must-run units supply, beside the lowest load of the system.

    Attributes:
        load_mw: Mean load that low-cost/must-run units supply. [MW]
        lowest_mw: Mean of the lowest annual system loads. [MW]
        lines: A line for every number.
    """

    load_mw: Fraction
    lowest_mw: Fraction
    lines: tuple[Line, ...]

    @property
    def is_below(self) -> bool:
        """Whether low-cost/must-run units supply less than the lowest load, so that they are never on the margin."""
        return self.load_mw < self.lowest_mw


def low_cost_must_run_load(units: Iterable[PowerUnit], loads: Mapping[int, AnnualLoad]) -> LoadComparison:
    """The mean load that low-cost/must-run units supply in three years, beside the lowest loads of these years.

    Args:
        units: All power units of the system.
        loads: The annual load of three consecutive years.

    Returns:
        Both means, and their lines.

    Raises:
        MethodologyError: The years are not three consecutive years.
        MissingDataError: A unit's generation of a year is not stated.
        QuantityError: The units or years are invalid, or a load is not an `AnnualLoad`.

    Source:
        TOOL07 v7.0, paragraph 40(b). [P] The hours of a year are 8760 there, in leap years too.
    """
    what = "load of low-cost/must-run units"
    low_cost = tuple(unit for unit in checked_units(units) if unit.low_cost_must_run)
    years = consecutive(loads, LOAD_YEARS, what)
    chosen = loads_of(loads, years, what)
    amounts, lines = _generation(low_cost, years, "EG_LCMR", LOW_COST)
    energies, lowest = ([f"{label}[{year}]" for year in years] for label in ("EG_LCMR", "LASL"))
    load_mw = sum(amounts, Fraction(0)) / (HOURS * LOAD_YEARS)
    lowest_mw = sum((Fraction(load.lowest_w, 10**6) for load in chosen.values()), Fraction(0)) / LOAD_YEARS
    means = (
        ("load_LCMR", f"mean load that {LOW_COST} supply", load_mw, energies, f" / {HOURS} / {LOAD_YEARS}"),
        ("LASL_mean", "mean of the lowest annual system loads", lowest_mw, lowest, f" / {LOAD_YEARS}"),
    )
    compared = tuple(
        computed(
            f"{symbol}[{span(years)}]",
            f"{name}, {span(years)}",
            value,
            "MW",
            formula=f"({' + '.join(inputs)}){divided}",
            inputs=inputs,
            rule=LOWEST_LOAD,
        )
        for symbol, name, value, inputs, divided in means
    )
    shown = tuple(lowest_line(load, year) for year, load in chosen.items())
    return LoadComparison(load_mw=load_mw, lowest_mw=lowest_mw, lines=merged(lines, shown, compared))
