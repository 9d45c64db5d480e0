"""VT0011 v1.0, Verra's tool for the emission factor of an electricity system, as far as two implementations agree.

The tool replaces TOOL07 in the VCS Program from 2027 on. Its document was not read: what is built here is what two
independent implementations of it do alike [S], and a ledger needs an attestation, or a waiver, before credits are
issued with VMR0017, which prescribes it. Operating margins are calculated as by TOOL07, and units of the same day are
ordered as there [C]. Not built: case 2, which takes the operating margin alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from carbon_ledger.errors import MethodologyError, MissingDataError
from carbon_ledger.exact import Rounding, text_of
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
from carbon_ledger.methodologies.tool07.records import PowerUnit, checked_year
from carbon_ledger.methodologies.tool07.rules import RESULT, Rule
from carbon_ledger.methodologies.tool07.trace import Margin, computed
from carbon_ledger.methodologies.tool07.unit_factors import generation_of
from carbon_ledger.methodologies.tool07.weights import ALL_OTHERS, WIND_AND_SOLAR, Weights, weights_of

__all__ = ["TOOL", "WEIGHTS", "build_margin", "build_margin_sample", "combined_margin", "combined_margin_weights"]

TOOL: Final = "VT0011@1.0"
DOCUMENT: Final = "VT0011 v1.0"
TEXT_FLAG: Final = "tool-text-not-seen"

# The weights of the operating and of the build margin in each crediting period, by class of projects.
WEIGHTS: Final[Mapping[str, tuple[Weights, Weights, Weights]]] = MappingProxyType(
    {
        WIND_AND_SOLAR: (("0.5", "0.5"), ("0.4", "0.6"), ("0.3", "0.7")),
        ALL_OTHERS: (("0.4", "0.6"), ("0.25", "0.75"), ("0.25", "0.75")),
    }
)

_SET_5: Final = Rule(f"{DOCUMENT}, build margin: the five newest units, registered projects included", "S")
_SET_20: Final = Rule(f"{DOCUMENT}, build margin: the newest units that reach 20%, registered projects included", "S")
_SAMPLE: Final = Rule(f"{DOCUMENT}, build margin: the larger of the two, whatever the age of its units", "S")
_BUILD_MARGIN: Final = Rule(f"{DOCUMENT}, build margin", "S")
_COMBINED_MARGIN: Final = Rule(f"{DOCUMENT}, combined margin, case 1", "S")


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


def build_margin(units: Iterable[PowerUnit], year: int) -> Margin:
    """The build margin, ex ante: the average emission factor of the newest units, weighted by generation.

    Args:
        units: All power units of the system, without imports.
        year: The most recent year for which generation is known.

    Returns:
        The margin, and the trace of its selection and calculation.

    Raises:
        MissingDataError: A unit's generation or fuel is not stated, or nothing was generated.
        QuantityError: The units or the year are invalid.

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
    return margin_of(build_margin_sample(units, year), year, "ex-ante", _BUILD_MARGIN)


def combined_margin_weights(technology: str, crediting_period_ordinal: int) -> tuple[str, str]:
    """The weights of the operating margin and of the build margin.

    Args:
        technology: The project's technology. Only the part before a slash has an effect.
        crediting_period_ordinal: 1 for the first crediting period, then 2 and 3.

    Returns:
        The weight of the operating margin, and that of the build margin.

    Raises:
        QuantityError: The technology is not a text, or the ordinal is not 1, 2 or 3.

    Source:
        VT0011 v1.0, case 1: wind and solar 0.5/0.5, 0.4/0.6, 0.3/0.7; all others 0.4/0.6, then 0.25/0.75. [S]

    Example:
        >>> combined_margin_weights("wind/onshore", 2), combined_margin_weights("hydro/run-of-river", 2)
        (('0.4', '0.6'), ('0.25', '0.75'))
    """
    return weights_of(WEIGHTS, technology, crediting_period_ordinal)


def combined_margin(
    operating_margin: Margin,
    build_margin: Margin,
    *,
    factor_id: str,
    region: str,
    technology: str,
    crediting_period_ordinal: int,
    rounding: Rounding = RESULT.rounding,
) -> Tool07Result:
    """The emission factor that combines an operating and a build margin with the weights of VT0011, rounded once.

    Args:
        operating_margin: The operating margin, exact, calculated as by TOOL07 or published. [tCO2/MWh]
        build_margin: The build margin, exact: from `build_margin` of this module, or published. [tCO2/MWh]
        factor_id: Short name of the new factor.
        region: ISO 3166 code, or the named electricity system.
        technology: The project's technology, e.g. ``hydro`` or ``wind/onshore``.
        crediting_period_ordinal: 1 for the first crediting period, then 2 and 3.
        rounding: How the result is rounded. By default it is rounded down at 4 places.

    Returns:
        The factor, and the trace of its whole calculation. The factor has the flag ``tool-text-not-seen``.

    Raises:
        MethodologyError: The margins are not an operating and a build margin, in that order; or they were calculated
            from different data, for another region, or by the steps (d) to (f) of TOOL07.
        QuantityError: A field of the factor, the technology or the ordinal is invalid.

    Source:
        VT0011 v1.0, case 1, as two implementations calculate it. [S]
    """
    project = FactorProject(factor_id, region, technology, crediting_period_ordinal)
    return _combined((operating_margin, build_margin), project, rounding)


def _combined(margins: tuple[Margin, Margin], project: FactorProject, rounding: Rounding) -> Tool07Result:
    operating, build = margins
    weights = combined_margin_weights(project.technology, project.ordinal)
    check_margins(operating, build, project.region)
    if build.method != "published" and not any(line.source == _BUILD_MARGIN.place for line in build.lines):
        raise MethodologyError(
            f"combined margin by {DOCUMENT}: the build margin is that of {build.method}, calculated by TOOL07; "
            "calculate it with build_margin of vt0011"
        )
    lines = weighted_lines(margins, weights, project, _COMBINED_MARGIN, rounding)
    factor = factor_of_tool(
        TOOL,
        project,
        lines,
        f"{described(operating)}, and {described(build)}",
        flags=(*FLAGS, TEXT_FLAG),
        data_years=sorted({*operating.data_years, *build.data_years}),
        derived_from=(*operating.derived_from, *build.derived_from),
        operating_margin=text_of(operating.shown),
        build_margin=text_of(build.shown),
        weights=weights,
        vintage_option=vintage_of(operating, build),
    )
    return Tool07Result(factor=factor, lines=lines)


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
