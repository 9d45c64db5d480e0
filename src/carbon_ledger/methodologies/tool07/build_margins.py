"""The build margin: the selection of the newest units, step by step, and their average emission factor.

The text of the tool itself was not seen, and project documents leave some questions open. This library chooses these
readings [C]:

- 20% always refers to the generation without CDM units.
- CDM units are added whatever their age.
- Ten years are counted back from the end of the data year.
- Of units commissioned on the same day, the unit with the lower emission factor counts as the newer unit, since a
  baseline is conservative. If the factors are equal, the id decides.
- Of two sets with equal generation, the set of step (b) is taken.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Final, TypeAlias

from attrs import frozen
from dateutil.relativedelta import relativedelta

from carbon_ledger.errors import MissingDataError, QuantityError
from carbon_ledger.methodologies.quantification import Line
from carbon_ledger.methodologies.tool07.records import OptionA1, PowerUnit, ZeroEmission, checked_units, checked_year
from carbon_ledger.methodologies.tool07.rules import (
    BUILD_MARGIN,
    OLD_SAMPLE_FACTORS,
    SET_5,
    SET_20,
    SET_SAMPLE,
    SET_SAMPLE_CDM,
    SET_SAMPLE_OLD,
    Rule,
)
from carbon_ledger.methodologies.tool07.trace import UNIT, Margin, checked_vintage_option, computed, merged
from carbon_ledger.methodologies.tool07.unit_factors import (
    UnitFactor,
    by_efficiency,
    generation_of,
    unit_emission_factor,
    weighted,
)
from carbon_ledger.periods import checked_date

NEWEST: Final = 5
SHARE: Final = Fraction(1, 5)
OLD_YEARS: Final = 10
OLD_SAMPLE: Final = "SET_sample-CDM->10yrs"

_Units: TypeAlias = tuple[PowerUnit, ...]


@frozen(kw_only=True)
class Sample:
    """The power units of a build margin, and every step of their selection.

    Attributes:
        name: ``SET_sample``, ``SET_sample-CDM`` or ``SET_sample-CDM->10yrs``: the step at which the selection ended.
        units: The units, newest first within each step.
        lines: A line for every number and every set.
    """

    name: str
    units: tuple[PowerUnit, ...]
    lines: tuple[Line, ...]


def build_margin_sample(units: Iterable[PowerUnit], year: int, *, counted_from: date | str | None = None) -> Sample:
    """The power units of the build margin, selected step by step.

    Step (a) takes the five newest units, and step (b) the newest units that reach 20% of generation, both without CDM
    units; the unit that crosses 20% counts in full. Step (c) takes the larger set by MWh. If no unit in it is over 10
    years old, the selection ends. Otherwise step (d) removes the units over 10 years old, and adds CDM units, newest
    first, up to 20%. If that is not reached, step (e) adds units over 10 years old, newest first, until it is.

    Args:
        units: All power units of the system. Units commissioned after *year* are left out.
        year: The most recent year for which generation is known.
        counted_from: Day from which 10 years are counted back; by default, the last day of *year*.

    Returns:
        The sample and its trace.

    Raises:
        MissingDataError: A unit's generation or fuel is not stated, or only CDM units generated electricity.
        QuantityError: The units or the year are invalid, or *counted_from* is before *year*.
        PeriodError: *counted_from* is not a date.

    Source:
        TOOL07 v7.0, step 5. [S] The readings chosen where it is open stand at the head of this module. [C]
    """
    day = _day(checked_year(year, "year"), counted_from)
    fleet = _Fleet(units=_newest_first(units, year), year=year, day=day)
    if fleet.total_wh == 0:
        raise MissingDataError(f"build margin of {year}: all but CDM units generated 0 Wh; check their generation")
    five, twenty = fleet.own[:NEWEST], fleet.filled((), fleet.own)
    sample = five if fleet.wh(five) > fleet.wh(twenty) else twenty
    aged = [unit for unit in sample if fleet.is_old(unit)]
    lines = [
        *_generation_lines(fleet),
        _set_line(fleet, "SET-5-units", "five newest units", five, SET_5),
        _set_line(fleet, "SET->=20%", "newest units that reach 20%", twenty, SET_20),
        _set_line(fleet, "SET-sample", f"the larger set; over 10 years old on {day}: {_ids(aged)}", sample, SET_SAMPLE),
    ]
    if not aged:
        return Sample(name="SET_sample", units=sample, lines=tuple(lines))
    young = tuple(unit for unit in sample if not fleet.is_old(unit))
    with_cdm = fleet.filled(young, fleet.cdm)
    change = f"without {_ids(aged)}, with CDM units {_ids(with_cdm[len(young) :])}"
    lines.append(_set_line(fleet, "SET-sample-CDM", change, with_cdm, SET_SAMPLE_CDM))
    if fleet.reaches(fleet.wh(with_cdm)):
        return Sample(name="SET_sample-CDM", units=with_cdm, lines=tuple(lines))
    full = fleet.filled(with_cdm, [unit for unit in fleet.own if fleet.is_old(unit)])
    change = f"with units over 10 years old {_ids(full[len(with_cdm) :])}"
    lines.append(_set_line(fleet, "SET-sample-CDM->10yrs", change, full, SET_SAMPLE_OLD))
    return Sample(name=OLD_SAMPLE, units=full, lines=tuple(lines))


def _day(year: int, counted_from: date | str | None) -> date:
    day = date(year, 12, 31) if counted_from is None else checked_date(counted_from, "counted_from")
    if day.year < year:
        raise QuantityError(f"build margin of {year}: counted_from {day}, expected a day in {year} or later")
    return day


def build_margin(
    units: Iterable[PowerUnit],
    year: int,
    *,
    vintage_option: str = "ex-ante",
    counted_from: date | str | None = None,
) -> Margin:
    """The build margin: the average emission factor of the newest units, weighted by generation.

    If the selection includes units over 10 years old (``SET_sample-CDM->10yrs``), emission factors are calculated
    from default efficiencies only. Each selected unit that burns fuel then needs a `default_option`.

    Args:
        units: All power units of the system, without retrofits and without imports.
        year: The most recent year for which generation is known.
        vintage_option: ``ex-ante``: calculated once, with the latest data. ``ex-post``: updated each year, in the
            first crediting period only. The third period uses the build margin of the second.
        counted_from: Day from which 10 years are counted back; by default, the last day of *year*.

    Returns:
        The margin, and the trace of its selection and calculation.

    Raises:
        MissingDataError: Generation, fuel or a `default_option` is not stated, or nothing was generated.
        QuantityError: The units, the year, the day or the vintage option are invalid.
        PeriodError: *counted_from* is not a date.

    Source:
        TOOL07 v7.0, step 5. [S] Default efficiencies for the last set, and the third period. [M]

    Example:
        >>> from carbon_ledger.methodologies.tool07 import FuelFactor, OptionA2, ZeroEmission
        >>> gas = FuelFactor(name="gas", ef="0.0543", source="IPCC 2006, lower bound")
        >>> system = [
        ...     PowerUnit(id="gas", technology="gas", commissioned="2018-01-01", low_cost_must_run=False,
        ...               option=OptionA2(efficiency="0.5", fuels=gas, source="plant test"),
        ...               generation={2023: "300 MWh"}),
        ...     PowerUnit(id="dam", technology="hydro", commissioned="2020-01-01", low_cost_must_run=True,
        ...               option=ZeroEmission("hydropower"), generation={2023: "100 MWh"})]
        >>> margin = build_margin(system, 2023)
        >>> margin.shown, margin.units
        (Decimal('0.29322'), ('dam', 'gas'))
    """
    checked_vintage_option(vintage_option)
    sample = build_margin_sample(units, year, counted_from=counted_from)
    return _average(sample, year, vintage_option)


def _average(sample: Sample, year: int, vintage_option: str) -> Margin:
    factor_of = _default_factor if sample.name == OLD_SAMPLE else unit_emission_factor
    group = weighted(sample.units, year, label="BM", name=sample.name, rule=BUILD_MARGIN, factor_of=factor_of)
    line = computed(
        "EF_BM",
        f"build margin, {vintage_option}, {year}",
        group.value,
        UNIT,
        formula=group.symbol,
        inputs=(group.symbol,),
        rule=BUILD_MARGIN,
    )
    return Margin(
        kind="build_margin",
        method=sample.name,
        value=group.value,
        vintage_option=vintage_option,
        data_years=(year,),
        lines=merged(sample.lines, group.lines, (line,)),
        units=tuple(unit.id for unit in sample.units),
    )


def _default_factor(unit: PowerUnit, year: int) -> UnitFactor:
    if isinstance(unit.option, ZeroEmission):
        return unit_emission_factor(unit, year)
    if unit.default_option is None:
        option = "A1" if isinstance(unit.option, OptionA1) else "A2 with an efficiency of its own"
        raise MissingDataError(
            f"power unit {unit.id} is in SET_sample-CDM->10yrs with option {option}, but there only option A2 with "
            "the default efficiency of its technology is allowed; give default_option=OptionA2(...) "
            f"[{OLD_SAMPLE_FACTORS.place}; {OLD_SAMPLE_FACTORS.confidence}]"
        )
    return by_efficiency(unit, unit.default_option, year, mark=",default")


@frozen(kw_only=True)
class _Fleet:
    """The units of a system in a year, newest first."""

    units: _Units
    year: int
    day: date

    @property
    def own(self) -> _Units:
        """The units that are not CDM units."""
        return tuple(unit for unit in self.units if not unit.cdm)

    @property
    def cdm(self) -> _Units:
        return tuple(unit for unit in self.units if unit.cdm)

    @property
    def total_wh(self) -> int:
        """AEG_total: the generation of all units that are not CDM units."""
        return self.wh(self.own)

    def wh(self, units: Iterable[PowerUnit]) -> int:
        return sum(unit.generation_wh(self.year) for unit in units)

    def is_old(self, unit: PowerUnit) -> bool:
        return unit.commissioned + relativedelta(years=OLD_YEARS) < self.day

    def reaches(self, amount_wh: int) -> bool:
        return amount_wh >= SHARE * self.total_wh

    def filled(self, start: _Units, candidates: Iterable[PowerUnit]) -> _Units:
        """Add candidates in their order until 20% is reached; the unit that reaches 20% is added in full."""
        chosen, amount_wh, threshold_wh = list(start), self.wh(start), SHARE * self.total_wh
        for unit in candidates:
            if amount_wh >= threshold_wh:
                break
            chosen.append(unit)
            amount_wh += unit.generation_wh(self.year)
        return tuple(chosen)


def _newest_first(units: Iterable[PowerUnit], year: int) -> _Units:
    existing = [unit for unit in checked_units(units) if unit.commissioned.year <= year]
    shared = {day for day, count in Counter(unit.commissioned for unit in existing).items() if count > 1}

    def place(unit: PowerUnit) -> tuple[int, Fraction, str]:
        # The fuel data of a unit are needed only if units of the same day are to be ordered: a unit that is not
        # selected may lack them.
        decides = unit.commissioned in shared and unit.generation_wh(year) > 0
        factor = unit_emission_factor(unit, year).value if decides else Fraction(0)
        return -unit.commissioned.toordinal(), factor, unit.id

    return tuple(sorted(existing, key=place))


def _generation_lines(fleet: _Fleet) -> tuple[Line, ...]:
    """Lines for the generation of each unit, of all but CDM units, of CDM units if there are any, and for the 20%."""
    year, total = fleet.year, f"AEG_total[{fleet.year}]"
    own = generation_of(fleet.own, total, "annual generation, CDM units left out", year, SET_20)
    cdm = generation_of(fleet.cdm, f"AEG_CDM[{year}]", "annual generation of CDM units", year, SET_SAMPLE_CDM)
    threshold = computed(
        f"AEG_20%[{year}]",
        "20% of the annual generation, CDM units left out",
        SHARE * Fraction(fleet.total_wh, 10**6),
        "MWh",
        formula=f"0.2 x {total}",
        inputs=(total,),
        rule=SET_20,
    )
    return (*own, *(cdm if fleet.cdm else ()), threshold)


def _set_line(fleet: _Fleet, label: str, name: str, units: _Units, rule: Rule) -> Line:
    symbols = [f"EG[{unit.id},{fleet.year}]" for unit in units]
    return computed(
        f"AEG_{label}[{fleet.year}]",
        f"{name}; in it: {_ids(units)}",
        Fraction(fleet.wh(units), 10**6),
        "MWh",
        formula=" + ".join(symbols) or "no unit",
        inputs=symbols,
        rule=rule,
    )


def _ids(units: Iterable[PowerUnit]) -> str:
    return ", ".join(unit.id for unit in units) or "none"
