"""The build margin: the selection of the newest units, step by step, and their average emission factor.

The text of the tool leaves some questions open. This library chooses these readings [C]:

- CDM units are added whatever their age, newest first; units over 10 years old are added newest first, too.
- Ten years are counted back from the end of the data year.
- Of units commissioned on the same day, the unit with the lower emission factor counts as the newer unit, since a
  baseline is conservative. If the factors are equal, the id decides.
- Of two sets with equal generation, the set of step (b) is taken.
- Ex post, units built after the year of registration are no candidates for a set, but the 20% refer to the generation
  of the whole system, in which they are.
- A unit that counts as zero stays zero in the last set.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, partial
from typing import Final, TypeAlias

from attrs import frozen
from dateutil.relativedelta import relativedelta

from carbon_ledger.errors import MethodologyError, MissingDataError, QuantityError
from carbon_ledger.methodologies.quantification import Line
from carbon_ledger.methodologies.tool07.records import (
    OptionA1,
    OptionA2,
    PowerUnit,
    ZeroEmission,
    checked_units,
    checked_year,
)
from carbon_ledger.methodologies.tool07.rules import (
    BUILD_MARGIN,
    BUILT_UNTIL,
    OLD_SAMPLE_FACTORS,
    SET_5,
    SET_20,
    SET_SAMPLE,
    SET_SAMPLE_CDM,
    SET_SAMPLE_OLD,
    Rule,
)
from carbon_ledger.methodologies.tool07.trace import UNIT, Margin, checked_vintage_option, computed, given, merged
from carbon_ledger.methodologies.tool07.unit_factors import (
    FactorOf,
    UnitFactor,
    by_efficiency,
    generation_of,
    unit_emission_factor,
    weighted,
)
from carbon_ledger.methodologies.tool07.unknown_fuel import UnknownFuel
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
        old: Ids of the units among them that are over 10 years old.
    """

    name: str
    units: tuple[PowerUnit, ...]
    lines: tuple[Line, ...]
    old: tuple[str, ...] = ()


def build_margin_sample(
    units: Iterable[PowerUnit], year: int, *, counted_from: date | str | None = None, built_until: int | None = None
) -> Sample:
    """The power units of the build margin, selected step by step.

    Step (a) takes the five newest units, and step (b) the newest units that reach 20% of generation, both without CDM
    units; the unit that crosses 20% counts in full. Step (c) takes the larger set by MWh. If no unit in it is over 10
    years old, the selection ends. Otherwise step (d) removes the units over 10 years old, and adds CDM units, newest
    first, up to 20%. If that is not reached, step (e) adds units over 10 years old, newest first, until it is.

    Args:
        units: All power units of the system. Units commissioned after *year* are left out.
        year: The most recent year for which generation is known.
        counted_from: Day from which 10 years are counted back; by default, the last day of *year*.
        built_until: The last year of commissioning of the units that may be selected; by default, any.

    Returns:
        The sample and its trace.

    Raises:
        MissingDataError: A unit's generation or fuel is not stated, or only CDM units generated electricity.
        QuantityError: The units or a year are invalid, or *counted_from* is before *year*.
        PeriodError: *counted_from* is not a date.

    Source:
        TOOL07 v7.0, paragraphs 72 to 75. [P] The readings chosen where it is open stand at the head of this module. [C]
    """
    day = _day(checked_year(year, "year"), counted_from)
    until = year if built_until is None else min(year, checked_year(built_until, "built_until"))
    fleet = _Fleet(units=newest_first(units, year), year=year, day=day, until=until)
    _check_generation(fleet, built_until)
    five, twenty = fleet.own[:NEWEST], fleet.filled((), fleet.own)
    sample = five if fleet.wh(five) > fleet.wh(twenty) else twenty
    aged = [unit for unit in sample if fleet.is_old(unit)]
    lines = [
        *_until_lines(built_until, until),
        *_generation_lines(fleet),
        _set_line(fleet, "SET-5-units", "five newest units", five, SET_5),
        _set_line(fleet, "SET->=20%", "newest units that reach 20%", twenty, SET_20),
        _set_line(fleet, "SET-sample", f"the larger set; over 10 years old on {day}: {_ids(aged)}", sample, SET_SAMPLE),
    ]
    return _renewed(fleet, sample, aged, lines) if aged else fleet.sample("SET_sample", sample, lines)


def _renewed(fleet: "_Fleet", sample: _Units, aged: list[PowerUnit], lines: list[Line]) -> Sample:
    """Steps (d) to (f): without the units over 10 years old, with CDM units, then with old units if they are needed."""
    young = tuple(unit for unit in sample if not fleet.is_old(unit))
    with_cdm = fleet.filled(young, fleet.cdm)
    change = f"without {_ids(aged)}, with CDM units {_ids(with_cdm[len(young) :])}"
    lines.append(_set_line(fleet, "SET-sample-CDM", change, with_cdm, SET_SAMPLE_CDM))
    if fleet.reaches(fleet.wh(with_cdm)):
        return fleet.sample("SET_sample-CDM", with_cdm, lines)
    full = fleet.filled(with_cdm, [unit for unit in fleet.own if fleet.is_old(unit)])
    change = f"with units over 10 years old {_ids(full[len(with_cdm) :])}"
    lines.append(_set_line(fleet, "SET-sample-CDM->10yrs", change, full, SET_SAMPLE_OLD))
    return fleet.sample(OLD_SAMPLE, full, lines)


def _check_generation(fleet: "_Fleet", built_until: int | None) -> None:
    if fleet.total_wh == 0:
        raise MissingDataError(
            f"build margin of {fleet.year}: all but CDM units generated 0 Wh; check their generation"
        )
    if fleet.wh(fleet.own) == 0:
        raise MissingDataError(
            f"build margin of {fleet.year}: units commissioned up to {fleet.until}, CDM units left out, generated 0 "
            f"Wh; check built_until {built_until}"
        )


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
    built_until: int | None = None,
) -> Margin:
    """The build margin: the average emission factor of the newest units, weighted by generation.

    If the selection has to include units over 10 years old (``SET_sample-CDM->10yrs``), emission factors are calculated
    by option A2 only: units over 10 years old by their `default_option`, and all others by their own option A2, or by
    their `default_option` if their own option is A1.

    Args:
        units: All power units of the system, without retrofits and without imports.
        year: The most recent year for which generation is known.
        vintage_option: ``ex-ante``: calculated once, with the latest data. ``ex-post``: updated each year, in the
            first crediting period only. The third period uses the build margin of the second.
        counted_from: Day from which 10 years are counted back; by default, the last day of *year*.
        built_until: For ``ex-post``: the year in which the project was registered. Later units are not selected.

    Returns:
        The margin, and the trace of its selection and calculation.

    Raises:
        MissingDataError: Generation, fuel, a `default_option` or *built_until* is not stated, or nothing was generated.
        MethodologyError: *built_until* is stated for ``ex-ante``.
        QuantityError: The units, the year, the day or the vintage option are invalid.
        PeriodError: *counted_from* is not a date.

    Source:
        TOOL07 v7.0, paragraphs 72 to 79, equation (15). [P]

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
    _check_vintage(year, checked_vintage_option(vintage_option), built_until)
    sample = build_margin_sample(units, year, counted_from=counted_from, built_until=built_until)
    return margin_of(sample, year, vintage_option, BUILD_MARGIN, _factor_of(sample))


def _check_vintage(year: int, vintage_option: str, built_until: int | None) -> None:
    if vintage_option == "ex-post" and built_until is None:
        raise MissingDataError(
            f"build margin of {year}, ex-post: built_until is not stated; give the year in which the project was "
            f"registered, since later units do not count [{BUILT_UNTIL.place}]"
        )
    if vintage_option == "ex-ante" and built_until is not None:
        raise MethodologyError(
            f"build margin of {year}, ex-ante: built_until {built_until}, which is for ex-post; leave it out"
        )


def _factor_of(sample: Sample) -> FactorOf:
    return partial(_conservative_factor, frozenset(sample.old)) if sample.name == OLD_SAMPLE else unit_emission_factor


def margin_of(
    sample: Sample, year: int, vintage_option: str, rule: Rule, factor_of: FactorOf = unit_emission_factor
) -> Margin:
    """The build margin of a sample, by the rule of a tool: the average of its units, weighted by generation."""
    group = weighted(sample.units, year, label="BM", name=sample.name, rule=rule, factor_of=factor_of)
    line = computed(
        "EF_BM",
        f"build margin, {vintage_option}, {year}",
        group.value,
        UNIT,
        formula=group.symbol,
        inputs=(group.symbol,),
        rule=rule,
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


def _conservative_factor(old: frozenset[str], unit: PowerUnit, year: int) -> UnitFactor:
    """A unit's factor in the last set: by option A2 only, and by a default efficiency if the unit is old."""
    is_old = unit.id in old
    if isinstance(unit.option, ZeroEmission | UnknownFuel) or (not is_old and isinstance(unit.option, OptionA2)):
        return unit_emission_factor(unit, year)
    if unit.default_option is None:
        option = "A1" if isinstance(unit.option, OptionA1) else "A2 with an efficiency of its own"
        expected = (
            "a unit over 10 years old counts by option A2 with the default efficiency of its technology"
            if is_old
            else "a unit counts by option A2 alone"
        )
        raise MissingDataError(
            f"power unit {unit.id} is in SET_sample-CDM->10yrs with option {option}, but there {expected}; "
            "give default_option=OptionA2(...) "
            f"[{OLD_SAMPLE_FACTORS.place}; {OLD_SAMPLE_FACTORS.confidence}]"
        )
    return by_efficiency(unit, unit.default_option, year, mark=",default")


@frozen(kw_only=True)
class _Fleet:
    """The units of a system in a year, newest first."""

    units: _Units
    year: int
    day: date
    until: int

    @property
    def own(self) -> _Units:
        """The candidates that are not CDM units."""
        return tuple(unit for unit in self.units if not unit.cdm and unit.commissioned.year <= self.until)

    @property
    def cdm(self) -> _Units:
        """The candidates that are CDM units."""
        return tuple(unit for unit in self.units if unit.cdm and unit.commissioned.year <= self.until)

    @cached_property
    def total_wh(self) -> int:
        """AEG_total: the generation of all units that are not CDM units."""
        return self.wh(unit for unit in self.units if not unit.cdm)

    def sample(self, name: str, units: _Units, lines: list[Line]) -> Sample:
        old = tuple(unit.id for unit in units if self.is_old(unit))
        return Sample(name=name, units=units, lines=tuple(lines), old=old)

    def wh(self, units: Iterable[PowerUnit]) -> int:
        return sum(unit.generation_wh(self.year) for unit in units)

    def is_old(self, unit: PowerUnit) -> bool:
        return unit.commissioned + relativedelta(years=OLD_YEARS) < self.day

    def reaches(self, amount_wh: int) -> bool:
        return amount_wh >= SHARE * self.total_wh

    def filled(self, start: _Units, candidates: Iterable[PowerUnit]) -> _Units:
        """Add candidates in their order until 20% is reached."""
        return filled(start, candidates, SHARE * self.total_wh, self.year)


def filled(start: _Units, candidates: Iterable[PowerUnit], least_wh: Fraction, year: int) -> _Units:
    """Add candidates in their order until an amount is reached; the unit that reaches it is added in full.

    Args:
        start: The units that are already chosen.
        candidates: The units to choose from.
        least_wh: The generation to reach. [Wh]
        year: The year of the generation.
    """
    chosen, amount_wh = list(start), sum(unit.generation_wh(year) for unit in start)
    for unit in candidates:
        if amount_wh >= least_wh:
            break
        chosen.append(unit)
        amount_wh += unit.generation_wh(year)
    return tuple(chosen)


def newest_first(units: Iterable[PowerUnit], year: int) -> _Units:
    """The units commissioned up to a year, newest first; of the same day, the lower emission factor first.

    Raises:
        MissingDataError: A unit's generation or fuel is needed to order units of the same day, but is not stated.
        QuantityError: The units are invalid.
    """
    existing = [unit for unit in checked_units(units) if unit.commissioned.year <= year]
    shared = {day for day, count in Counter(unit.commissioned for unit in existing).items() if count > 1}

    def place(unit: PowerUnit) -> tuple[int, Fraction, str]:
        # The fuel data of a unit are needed only if units of the same day are to be ordered: a unit that is not
        # selected may lack them.
        decides = unit.commissioned in shared and unit.generation_wh(year) > 0
        factor = unit_emission_factor(unit, year).value if decides else Fraction(0)
        return -unit.commissioned.toordinal(), factor, unit.id

    return tuple(sorted(existing, key=place))


def _until_lines(built_until: int | None, until: int) -> tuple[Line, ...]:
    """The line of the last year of commissioning, if it is limited."""
    if built_until is None:
        return ()
    name = f"last year of commissioning of units that count; registration in {built_until}"
    return (given("built_until", name, Decimal(until), "year", BUILT_UNTIL.place, BUILT_UNTIL.confidence),)


def _generation_lines(fleet: _Fleet) -> tuple[Line, ...]:
    """Lines for the generation of each unit, of all but CDM units, of CDM units if there are any, and for the 20%."""
    year, total = fleet.year, f"AEG_total[{fleet.year}]"
    own, registered = ([unit for unit in fleet.units if unit.cdm is cdm] for cdm in (False, True))
    own_lines = generation_of(own, total, "annual generation, CDM units left out", year, SET_20)
    cdm_lines = generation_of(registered, f"AEG_CDM[{year}]", "annual generation of CDM units", year, SET_SAMPLE_CDM)
    threshold = computed(
        f"AEG_20%[{year}]",
        "20% of the annual generation, CDM units left out",
        SHARE * Fraction(fleet.total_wh, 10**6),
        "MWh",
        formula=f"0.2 x {total}",
        inputs=(total,),
        rule=SET_20,
    )
    return (*own_lines, *(cdm_lines if registered else ()), threshold)


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
