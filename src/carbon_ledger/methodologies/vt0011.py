"""VT0011 v1.0, Verra's tool for the emission factor of an electricity system, as far as two implementations agree.

The tool replaces TOOL07 in the VCS Program from 2027 on. Its document was not read: what is built here is what two
independent implementations of it do alike [S], and a ledger needs an attestation, or a waiver, before credits are
issued with VMR0017, which prescribes it. Operating margins are calculated as by TOOL07, and units of the same day are
ordered as there [C].

Case 1 is a project that supplies electricity to a grid, or takes less from it. Case 2 is a project that takes more: its
factor is the operating margin alone, and units of unknown fuel emit 1.3 t/MWh. Both implementations name the two
cases, but only one of them calculates case 2 [S]. Not built: which of several fuels of a unit counts in case 2, and the
choices of paragraphs 90 and 91, of which no two implementations were found.
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from attrs import evolve

from carbon_ledger.errors import MethodologyError, MissingDataError
from carbon_ledger.exact import Rounding, text_of
from carbon_ledger.methodologies.factor_flags import INCREASES_CONSUMPTION
from carbon_ledger.methodologies.lines import Line
from carbon_ledger.methodologies.tool07.build_margins import NEWEST, SHARE, Sample, filled, margin_of, newest_first
from carbon_ledger.methodologies.tool07.combined_margins import (
    FLAGS,
    FactorProject,
    Tool07Result,
    check_margins,
    described,
    factor_of_tool,
    vintage_of,
    weighted_lines,
)
from carbon_ledger.methodologies.tool07.records import OptionA2, PowerUnit, checked_units, checked_year
from carbon_ledger.methodologies.tool07.rules import OPTION_A3, RESULT, Rule
from carbon_ledger.methodologies.tool07.trace import Margin, computed
from carbon_ledger.methodologies.tool07.unit_factors import LOWEST, generation_of
from carbon_ledger.methodologies.tool07.unknown_fuel import UnknownFuel, require_case
from carbon_ledger.methodologies.tool07.weights import ALL_OTHERS, WIND_AND_SOLAR, Weights, weights_of

__all__ = [
    "CASE_2_WEIGHTS",
    "TOOL",
    "WEIGHTS",
    "build_margin",
    "build_margin_sample",
    "combined_margin",
    "combined_margin_weights",
    "units_of_case_2",
]

TOOL: Final = "VT0011@1.0"
DOCUMENT: Final = "VT0011 v1.0"
TEXT_FLAG: Final = "tool-text-not-seen"

CONSUMERS: Final = "projects that increase the consumption of a grid"

# The weights of the operating and of the build margin in each crediting period, by class of projects; in case 1.
WEIGHTS: Final[Mapping[str, tuple[Weights, Weights, Weights]]] = MappingProxyType(
    {
        WIND_AND_SOLAR: (("0.5", "0.5"), ("0.4", "0.6"), ("0.3", "0.7")),
        ALL_OTHERS: (("0.4", "0.6"), ("0.25", "0.75"), ("0.25", "0.75")),
    }
)

CASE_2_WEIGHTS: Final[Weights] = ("1", "0")
# A factor of consumption is too low, and not too high, if it is rounded down. [C]
UP: Final = Rounding("ceiling", places=4)

_SET_5: Final = Rule(f"{DOCUMENT}, build margin: the five newest units, registered projects included", "S")
_SET_20: Final = Rule(f"{DOCUMENT}, build margin: the newest units that reach 20%, registered projects included", "S")
_SAMPLE: Final = Rule(f"{DOCUMENT}, build margin: the larger of the two, whatever the age of its units", "S")
_BUILD_MARGIN: Final = Rule(f"{DOCUMENT}, build margin", "S")
_COMBINED_MARGIN: Final = {case: Rule(f"{DOCUMENT}, combined margin, case {case}", "S") for case in (1, 2)}


def units_of_case_2(units: Iterable[PowerUnit]) -> tuple[PowerUnit, ...]:
    """The power units as case 2 counts them: units of unknown fuel with 1.3 tCO2/MWh.

    Calculate the operating margin of case 2 from these units; `build_margin` takes them or the original units.

    Args:
        units: All power units of the system.

    Returns:
        The units, in the order of their ids.

    Raises:
        MethodologyError: A unit has option A2 with several fuels: which of them counts in case 2 is not built.
        QuantityError: The units are invalid.

    Source:
        VT0011 v1.0, paragraph 50, option A3, as one implementation calculates it. [S]

    Example:
        >>> from carbon_ledger.methodologies.tool07 import UnknownFuel, unit_emission_factor
        >>> plant = PowerUnit(id="x", technology="thermal", commissioned="2001-01-01", low_cost_must_run=False,
        ...                   option=UnknownFuel("no fuel data"), generation={2023: "300 MWh"})
        >>> (counted,) = units_of_case_2([plant])
        >>> unit_emission_factor(plant, 2023).value, unit_emission_factor(counted, 2023).value
        (Fraction(0, 1), Fraction(13, 10))
    """
    return tuple(_of_case_2(unit) for unit in checked_units(units))


def _of_case_2(unit: PowerUnit) -> PowerUnit:
    if isinstance(unit.option, OptionA2) and len(unit.option.fuels) > 1:
        raise MethodologyError(
            f"power unit {unit.id} has several fuels by option A2, and which of them counts in case 2 of {DOCUMENT} is "
            "not built; give option A1, or option A2 with one fuel"
        )
    if not isinstance(unit.option, UnknownFuel):
        return unit
    # Not by attrs.evolve, which would have to give energies and powers as a caller writes them.
    return PowerUnit(
        id=unit.id,
        technology=unit.technology,
        commissioned=unit.commissioned,
        low_cost_must_run=unit.low_cost_must_run,
        cdm=unit.cdm,
        option=evolve(unit.option, case=2),
        default_option=unit.default_option,
        generation={year: f"{wh} Wh" for year, wh in unit.generation},
        capacity=None if unit.capacity_w is None else f"{unit.capacity_w} W",
    )


def build_margin_sample(units: Iterable[PowerUnit], year: int) -> Sample:
    """The power units of the build margin: the larger, by MWh, of the five newest and the newest that reach 20%.

    Units that are registered projects are in both sets and in the total. Unlike under TOOL07, the age of a unit has no
    effect: there are no steps (d) to (f). The unit that crosses 20% counts in full; of two sets with equal generation,
    the set that reaches 20% is taken [C].

    Args:
        units: All power units of the system. Units commissioned after *year* are left out.
        year: The most recent year for which generation is known.

    Returns:
        The sample and its trace.

    Raises:
        MissingDataError: A unit's generation or fuel is not stated, or nothing was generated.
        QuantityError: The units or the year are invalid.

    Source:
        VT0011 v1.0, as two implementations calculate it. [S]
    """
    fleet = newest_first(units, checked_year(year, "year"))
    total_wh = _generated_wh(fleet, year)
    if total_wh == 0:
        raise MissingDataError(f"build margin of {year}: the units generated 0 Wh; check their generation")
    five, twenty = fleet[:NEWEST], filled((), fleet, SHARE * total_wh, year)
    sample = five if _generated_wh(five, year) > _generated_wh(twenty, year) else twenty
    threshold = computed(
        f"AEG_20%[{year}]",
        "20% of the annual generation of all units",
        SHARE * Fraction(total_wh, 10**6),
        "MWh",
        formula=f"0.2 x AEG_total[{year}]",
        inputs=(f"AEG_total[{year}]",),
        rule=_SET_20,
    )
    lines = (
        *generation_of(fleet, f"AEG_total[{year}]", "annual generation of all units", year, _SET_20),
        threshold,
        _set_line("SET-5-units", "five newest units", five, year, _SET_5),
        _set_line("SET->=20%", "newest units that reach 20%", twenty, year, _SET_20),
        _set_line("SET-sample", "the larger set", sample, year, _SAMPLE),
    )
    return Sample(name="SET_sample", units=sample, lines=lines)


def build_margin(units: Iterable[PowerUnit], year: int, *, case: int = 1) -> Margin:
    """The build margin, ex ante: the average emission factor of the newest units, weighted by generation.

    Args:
        units: All power units of the system, without imports.
        year: The most recent year for which generation is known.
        case: 1, or 2 for a project that increases the consumption of a grid.

    Returns:
        The margin, and the trace of its selection and calculation.

    Raises:
        MissingDataError: A unit's generation or fuel is not stated, or nothing was generated.
        MethodologyError: In case 1, units are those of `units_of_case_2`; in case 2, a unit has several fuels by
            option A2.
        QuantityError: The units, the year or the case are invalid.

    Source:
        VT0011 v1.0, as two implementations calculate it. [S]

    Example:
        >>> from carbon_ledger.methodologies.tool07 import FuelFactor, OptionA2, ZeroEmission
        >>> gas = FuelFactor(name="gas", ef="0.0543", source="IPCC 2006, lower bound")
        >>> system = [
        ...     PowerUnit(id="gas", technology="gas", commissioned="2001-01-01", low_cost_must_run=False,
        ...               option=OptionA2(efficiency="0.5", fuels=gas, source="plant test"),
        ...               generation={2023: "300 MWh"}),
        ...     PowerUnit(id="sun", technology="solar", commissioned="2020-01-01", low_cost_must_run=True,
        ...               option=ZeroEmission("sunlight"), generation={2023: "100 MWh"}, cdm=True)]
        >>> margin = build_margin(system, 2023)
        >>> margin.shown, margin.units
        (Decimal('0.29322'), ('sun', 'gas'))
    """
    return margin_of(build_margin_sample(_units_of(units, case), year), year, "ex-ante", _BUILD_MARGIN)


def _units_of(units: Iterable[PowerUnit], case: int) -> tuple[PowerUnit, ...]:
    require_case(case)
    if case != 1:
        return units_of_case_2(units)
    fleet = checked_units(units)
    for unit in fleet:
        if isinstance(unit.option, UnknownFuel) and unit.option.case != case:
            raise MethodologyError(
                f"build margin of case 1: the unknown fuel of power unit {unit.id} has case 2; pass case=2, or give "
                "the unit an UnknownFuel of case 1"
            )
    return fleet


def combined_margin_weights(technology: str, crediting_period_ordinal: int, *, case: int = 1) -> tuple[str, str]:
    """The weights of the operating margin and of the build margin.

    Args:
        technology: The project's technology, as TOOL07 takes it. Only the part before a slash has an effect.
        crediting_period_ordinal: 1 for the first crediting period, then 2 and 3.
        case: 1 for a project that supplies electricity to a grid or takes less from it, 2 for one that takes more.

    Returns:
        The weight of the operating margin, and that of the build margin.

    Raises:
        QuantityError: The technology is not a known one, the ordinal is not 1, 2 or 3, or the case is not 1 or 2.

    Source:
        VT0011 v1.0, paragraph 86, case 1: wind and solar 0.5/0.5, 0.4/0.6, 0.3/0.7; all others 0.4/0.6, then
        0.25/0.75. [S] Case 2, as one implementation has it: 1/0. [S]

    Example:
        >>> combined_margin_weights("wind/onshore", 2), combined_margin_weights("hydro/run-of-river", 2)
        (('0.4', '0.6'), ('0.25', '0.75'))
    """
    require_case(case)
    weights = weights_of(WEIGHTS, technology, crediting_period_ordinal)
    return weights if case == 1 else CASE_2_WEIGHTS


def combined_margin(
    operating_margin: Margin,
    build_margin: Margin,
    *,
    factor_id: str,
    region: str,
    technology: str,
    crediting_period_ordinal: int,
    rounding: Rounding | None = None,
    case: int = 1,
) -> Tool07Result:
    """The emission factor that combines an operating and a build margin with the weights of VT0011, rounded once.

    Args:
        operating_margin: The operating margin, exact, calculated as by TOOL07 or published. [tCO2/MWh]
        build_margin: The build margin, exact: from `build_margin` of this module, or published. [tCO2/MWh]
        factor_id: Short name of the new factor.
        region: ISO 3166 code, or the named electricity system.
        technology: The project's technology, e.g. ``hydro`` or ``wind/onshore``.
        crediting_period_ordinal: 1 for the first crediting period, then 2 and 3.
        rounding: How the result is rounded. By default it is rounded at 4 places: down in case 1, and up in case 2.
        case: 1 for a project that supplies electricity to a grid or takes less from it, 2 for one that takes more. The
            factor of case 2 is no factor of a baseline of generation: see Returns.

    Returns:
        The factor, and the trace of its whole calculation. The factor has the flag ``tool-text-not-seen``. In case 2 it
        has the flag ``increases-consumption`` as well, and methodologies that prescribe a tool refuse it.

    Raises:
        MethodologyError: The margins are not an operating and a build margin, in that order; or they were calculated
            from different data, for another region, for the other case, or by the steps (d) to (f) of TOOL07.
        QuantityError: A field of the factor, the technology, the ordinal or the case is invalid.

    Source:
        VT0011 v1.0, case 1, as two implementations calculate it, and case 2, as one does. [S]
    """
    project = FactorProject(factor_id, region, technology, crediting_period_ordinal)
    by_default = RESULT.rounding if case == 1 else UP
    return _combined((operating_margin, build_margin), project, by_default if rounding is None else rounding, case)


def _combined(margins: tuple[Margin, Margin], project: FactorProject, rounding: Rounding, case: int) -> Tool07Result:
    operating, build = margins
    weights = combined_margin_weights(project.technology, project.ordinal, case=case)
    check_margins(operating, build, project.region, case=case)
    if case != 1:
        _require_case_2(margins)
    if build.method != "published" and not any(line.source == _BUILD_MARGIN.place for line in build.lines):
        raise MethodologyError(
            f"combined margin by {DOCUMENT}: the build margin is that of {build.method}, calculated by TOOL07; "
            "calculate it with build_margin of vt0011"
        )
    lines = weighted_lines(margins, weights, project, _COMBINED_MARGIN[case], rounding)
    factor = factor_of_tool(
        TOOL,
        project,
        lines,
        f"{described(operating)}, and {described(build)}",
        flags=(*FLAGS, TEXT_FLAG, *(() if case == 1 else (INCREASES_CONSUMPTION,))),
        data_years=sorted({*operating.data_years, *build.data_years}),
        derived_from=(*operating.derived_from, *build.derived_from),
        operating_margin=text_of(operating.shown),
        build_margin=text_of(build.shown),
        weights=weights,
        vintage_option=vintage_of(operating, build),
    )
    return Tool07Result(factor=factor if case == 1 else evolve(factor, project_class=CONSUMERS), lines=lines)


def _require_case_2(margins: Iterable[Margin]) -> None:
    """Refuse margins that count what is not known low, as only case 1 may."""
    for margin in margins:
        if any(line.source == OPTION_A3.place for line in margin.lines):
            raise MethodologyError(
                f"combined margin by {DOCUMENT}, case 2: the {margin.kind} counts units of unknown fuel with 0 t/MWh, "
                "which is for case 1; calculate it from what vt0011.units_of_case_2 returns"
            )
        if any(line.symbol.startswith("EF_CO2") and line.name.endswith(LOWEST) for line in margin.lines):
            raise MethodologyError(
                f"combined margin by {DOCUMENT}, case 2: the {margin.kind} counts a unit with the lowest of several "
                "fuels, and which of them counts in case 2 is not built; give option A1, or option A2 with one fuel"
            )


def _generated_wh(units: Iterable[PowerUnit], year: int) -> int:
    return sum(unit.generation_wh(year) for unit in units)


def _set_line(label: str, name: str, units: Sequence[PowerUnit], year: int, rule: Rule) -> Line:
    symbols = [f"EG[{unit.id},{year}]" for unit in units]
    return computed(
        f"AEG_{label}[{year}]",
        f"{name}; in it: {', '.join(unit.id for unit in units)}",
        Fraction(_generated_wh(units, year), 10**6),
        "MWh",
        formula=" + ".join(symbols),
        inputs=symbols,
        rule=rule,
    )
