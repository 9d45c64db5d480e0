"""Emission factors of single power units, and their average weighted by generation."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final, TypeAlias

from attrs import frozen

from carbon_ledger.errors import MissingDataError, QuantityError
from carbon_ledger.exact import text_of
from carbon_ledger.methodologies.net_energy import millionths
from carbon_ledger.methodologies.quantification import Line
from carbon_ledger.methodologies.tool07.records import OptionA1, OptionA2, PowerUnit, checked_year
from carbon_ledger.methodologies.tool07.rules import (
    CAPACITY,
    GENERATION,
    OPTION_A1,
    OPTION_A2,
    OPTION_A3,
    OPTION_A3_CASE_2,
    ZERO,
    Rule,
)
from carbon_ledger.methodologies.tool07.trace import UNIT, computed, given, merged, shown
from carbon_ledger.methodologies.tool07.unknown_fuel import UnknownFuel

GJ_PER_MWH: Final = Fraction(36, 10)
LOWEST: Final = ", the lowest of its fuels"


@frozen(kw_only=True)
class UnitFactor:
    """A power unit's emission factor, with the lines that it is calculated from.

    Attributes:
        value: The exact value. [tCO2/MWh]
        lines: The lines of the inputs; the last line is the factor.
    """

    value: Fraction
    lines: tuple[Line, ...]

    @property
    def symbol(self) -> str:
        """The symbol of the factor's line."""
        return self.lines[-1].symbol


FactorOf: TypeAlias = Callable[[PowerUnit, int], UnitFactor]


def unit_emission_factor(unit: PowerUnit, year: int) -> UnitFactor:
    """A power unit's emission factor in a year, calculated by the option of the unit.

    Option A1: sum(fuel x NCV x EF) / generation. Option A2: EF x 3.6 / efficiency; of several fuels, the fuel with the
    lowest emission factor counts. The emission factor of a fuel is the IPCC lower bound unless there is a better
    value (see `FuelFactor`).

    Args:
        unit: The power unit.
        year: The calendar year.

    Returns:
        The factor and its lines.

    Raises:
        MissingDataError: Generation or fuel of that year is not stated.
        QuantityError: A unit with option A1 generated nothing, or more electricity than the heat in its fuel.

    Source:
        TOOL07 v7.0, paragraphs 49 and 50, equations (4) and (5), options A1, A2 and A3. [P]

    Example:
        >>> from carbon_ledger.methodologies.tool07 import FuelFactor
        >>> gas = FuelFactor(name="natural gas", ef="0.0543", source="IPCC 2006, lower bound")
        >>> unit = PowerUnit(id="gas-1", technology="gas", commissioned="2015-01-01", low_cost_must_run=False,
        ...                  option=OptionA2(efficiency="0.5", fuels=gas, source="plant test"),
        ...                  generation={2023: "300 MWh"})
        >>> print(unit_emission_factor(unit, 2023).lines[-1])
        EF_EL[gas-1,2023] = EF_CO2[gas-1] x 3.6 / eta[gas-1] = 0.39096 tCO2/MWh  (emission factor of gas-1, gas)
    """
    checked_year(year, "year")
    if isinstance(unit.option, OptionA1):
        return _by_fuel(unit, unit.option, year)
    if isinstance(unit.option, OptionA2):
        return by_efficiency(unit, unit.option, year)
    number, why, rule = Decimal(0), f"zero, {unit.option.reason}", ZERO
    if isinstance(unit.option, UnknownFuel):
        number, why = unit.option.t_per_mwh, f"its fuel is not known: {unit.option.reason}"
        rule = OPTION_A3 if unit.option.case == 1 else OPTION_A3_CASE_2
    name = f"emission factor of {unit.id}, {unit.technology}: {why}"
    line = given(f"EF_EL[{unit.id},{year}]", name, number, UNIT, rule.place, rule.confidence)
    return UnitFactor(value=Fraction(number), lines=(line,))


def by_efficiency(unit: PowerUnit, option: OptionA2, year: int, *, mark: str = "") -> UnitFactor:
    """A unit's emission factor by option A2. *mark* makes its symbols differ from other symbols of the unit."""
    fuel, ef, eta = option.fuel, f"EF_CO2{mark}[{unit.id}]", f"eta{mark}[{unit.id}]"
    lowest = LOWEST if len(option.fuels) > 1 else ""
    value = Fraction(fuel.ef) * GJ_PER_MWH / Fraction(option.efficiency)
    return UnitFactor(
        value=value,
        lines=(
            given(ef, f"emission factor of {fuel.name}{lowest}", fuel.ef, "tCO2/GJ", fuel.source, fuel.confidence),
            given(eta, f"efficiency of {unit.id}", option.efficiency, "1", option.source, None),
            computed(
                f"EF_EL{mark}[{unit.id},{year}]",
                f"emission factor of {unit.id}, {unit.technology}",
                value,
                UNIT,
                formula=f"{ef} x 3.6 / {eta}",
                inputs=(ef, eta),
                rule=OPTION_A2,
            ),
        ),
    )


def _by_fuel(unit: PowerUnit, option: OptionA1, year: int) -> UnitFactor:
    generation = Fraction(unit.generation_wh(year), 10**6)
    uses = option.uses_in(year)
    if not uses:
        raise MissingDataError(
            f"power unit {unit.id} with option A1: no fuel is stated for {year}; state what it burned"
        )
    heat_gj = sum((Fraction(use.amount) * Fraction(use.ncv) for use in uses), Fraction(0))
    if generation == 0 or heat_gj < generation * GJ_PER_MWH:
        raise QuantityError(
            f"power unit {unit.id}: {text_of(shown(heat_gj))} GJ of fuel for {text_of(shown(generation))} MWh in "
            f"{year}, expected some generation and at least 3.6 GJ for each MWh; check amounts and units"
        )
    lines = [_generation_line(unit, year)]
    products = []
    for number, use in enumerate(uses, start=1):
        place = f"[{unit.id},{year},{number}]"
        products.append(f"FC{place} x NCV{place} x EF_CO2{place}")
        fuel = use.fuel
        lines += (
            given(f"FC{place}", f"{fuel.name} burned", use.amount, use.unit, use.source, None),
            given(f"NCV{place}", f"net calorific value of {fuel.name}", use.ncv, f"GJ/{use.unit}", use.source, None),
            given(
                f"EF_CO2{place}", f"emission factor of {fuel.name}", fuel.ef, "tCO2/GJ", fuel.source, fuel.confidence
            ),
        )
    emissions = sum((Fraction(use.amount) * Fraction(use.ncv) * Fraction(use.fuel.ef) for use in uses), Fraction(0))
    value = emissions / generation
    factor = computed(
        f"EF_EL[{unit.id},{year}]",
        f"emission factor of {unit.id}, {unit.technology}",
        value,
        UNIT,
        formula=f"({' + '.join(products)}) / {lines[0].symbol}",
        inputs=[line.symbol for line in lines],
        rule=OPTION_A1,
    )
    return UnitFactor(value=value, lines=(*lines, factor))


def _generation_line(unit: PowerUnit, year: int) -> Line:
    name = f"net generation of {unit.id}, {unit.technology}, in {year}"
    amount = millionths(unit.generation_wh(year))
    return given(f"EG[{unit.id},{year}]", name, amount, "MWh", GENERATION.place, GENERATION.confidence)


@frozen(kw_only=True)
class Group:
    """Several power units together in a year.

    Attributes:
        generation_mwh: The generation of the units. [MWh]
        value: Their emission factor, weighted by generation; 0 if they generated nothing. [tCO2/MWh]
        generation_symbol: The symbol of *generation_mwh*.
        symbol: The symbol of *value*.
        lines: A line for every number.
    """

    generation_mwh: Fraction
    value: Fraction
    generation_symbol: str
    symbol: str
    lines: tuple[Line, ...]


def generation_of(units: Sequence[PowerUnit], symbol: str, name: str, year: int, rule: Rule) -> tuple[Line, ...]:
    """Lines for capacity and generation of each unit in a year, and last for the generation of all units."""
    lines = [_generation_line(unit, year) for unit in units]
    capacities = [_capacity_line(unit, unit.capacity_w) for unit in units if unit.capacity_w is not None]
    total = sum(unit.generation_wh(year) for unit in units)
    together = computed(
        symbol,
        name,
        Fraction(total, 10**6),
        "MWh",
        formula=" + ".join(line.symbol for line in lines) or "no unit",
        inputs=[line.symbol for line in lines],
        rule=rule,
    )
    return (*capacities, *lines, together)


def _capacity_line(unit: PowerUnit, capacity_w: int) -> Line:
    name = f"capacity of {unit.id}, {unit.technology}, commissioned on {unit.commissioned}"
    return given(f"CAP[{unit.id}]", name, millionths(capacity_w), "MW", CAPACITY.place, CAPACITY.confidence)


def weighted(
    units: Sequence[PowerUnit],
    year: int,
    *,
    label: str,
    name: str,
    rule: Rule,
    factor_of: FactorOf = unit_emission_factor,
    sum_rule: Rule | None = None,
) -> Group:
    """The average emission factor of units, weighted by the generation of each unit in a year.

    Args:
        units: The units.
        year: The year.
        label: What follows ``EF_`` and ``EG_`` in the symbols.
        name: What the units have in common, for the trace.
        rule: The rule that is applied.
        factor_of: The function that calculates a unit's emission factor, for units that generated electricity.
        sum_rule: The rule of the sum of generation, if it is not *rule*.

    Raises:
        MissingDataError: A unit's generation or fuel of that year is not stated.
        QuantityError: A unit's fuel and generation contradict each other.
    """
    what = f"net generation of {name} in {year}"
    generation = generation_of(units, f"EG_{label}[{year}]", what, year, sum_rule or rule)
    running = [unit for unit in units if unit.generation_wh(year)]
    factors = [factor_of(unit, year) for unit in running]
    amounts = [Fraction(unit.generation_wh(year), 10**6) for unit in running]
    total = sum(amounts, Fraction(0))
    emissions = sum((factor.value * mwh for factor, mwh in zip(factors, amounts, strict=True)), Fraction(0))
    value = emissions / total if total else Fraction(0)
    pairs = [(f"EG[{unit.id},{year}]", factor.symbol) for unit, factor in zip(running, factors, strict=True)]
    products = " + ".join(f"{energy} x {factor}" for energy, factor in pairs)
    line = computed(
        f"EF_{label}[{year}]",
        f"emission factor of {name} in {year}",
        value,
        UNIT,
        formula=f"({products}) / EG_{label}[{year}]" if pairs else "0: nothing was generated",
        inputs=[*(symbol for pair in pairs for symbol in pair), f"EG_{label}[{year}]"],
        rule=rule,
    )
    lines = merged(generation, *(factor.lines for factor in factors), (line,))
    return Group(
        generation_mwh=total, value=value, generation_symbol=f"EG_{label}[{year}]", symbol=line.symbol, lines=lines
    )
