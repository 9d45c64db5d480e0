"""The power units of an electricity system, their generation and their fuel: the data that TOOL07 calculates from."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final, Self, TypeAlias

from attrs import field, frozen

from carbon_ledger.canonical import identifier
from carbon_ledger.errors import MissingDataError, QuantityError
from carbon_ledger.exact import checked_decimal
from carbon_ledger.factors import fuel
from carbon_ledger.factors.record import CONFIDENCES
from carbon_ledger.mappings import listed
from carbon_ledger.methodologies.tool07.unknown_fuel import UnknownFuel
from carbon_ledger.periods import checked_date
from carbon_ledger.printing import quote
from carbon_ledger.units import energy_wh, power_w

# Coal has about 0.1 t/GJ; a number above 1 was given in kg/GJ or kg/TJ.
_LARGEST_T_PER_GJ: Final = 1


def _ef(value: object) -> Decimal:
    number = checked_decimal(value, "fuel emission factor")
    if not 0 <= number <= _LARGEST_T_PER_GJ:
        raise QuantityError(
            f"fuel emission factor {quote(value)} tCO2/GJ: expected 0 to 1, e.g. 0.0543; 54,300 kg/TJ is 0.0543 t/GJ"
        )
    return number


def _amount(value: object) -> Decimal:
    number = checked_decimal(value, "amount of fuel")
    if number < 0:
        raise QuantityError(f"amount of fuel {quote(value)}: expected 0 or more")
    return number


def _ncv(value: object) -> Decimal:
    number = checked_decimal(value, "net calorific value")
    if number <= 0:
        raise QuantityError(f"net calorific value {quote(value)} GJ: expected more than 0")
    return number


def _efficiency(value: object) -> Decimal:
    number = checked_decimal(value, "efficiency")
    if not 0 < number <= 1:
        raise QuantityError(f"efficiency {quote(value)}: expected a share above 0 and at most 1; 36% is 0.36")
    return number


def checked_text(value: object, name: str) -> str:
    """The text that was passed, if it is not blank.

    Raises:
        QuantityError: *value* is not a text, or is blank.
    """
    if not isinstance(value, str) or not value.strip():
        raise QuantityError(f"{name} {quote(value)}: expected text; it is shown in the trace")
    return value


def checked_items(value: object, name: str) -> tuple[Any, ...]:
    """The items that were passed.

    Raises:
        QuantityError: *value* cannot be iterated.
    """
    found = listed(value)
    if found is None:
        raise QuantityError(f"{name} {quote(value)}: expected several, in a list")
    return found


def checked_mapping(value: object, name: str) -> Mapping[Any, Any]:
    """The mapping that was passed.

    Raises:
        QuantityError: *value* is not a mapping.
    """
    if not isinstance(value, Mapping):
        raise QuantityError(f"{name} {quote(value)}: expected a mapping from years, e.g. {{2024: ...}}")
    return value


def checked_year(value: object, name: str) -> int:
    """The calendar year that was passed.

    Raises:
        QuantityError: *value* is not a whole number from 1900 to 9998.
    """
    if type(value) is not int or not 1900 <= value <= 9998:
        raise QuantityError(f"{name} {quote(value)}: expected a year such as 2023")
    return value


@frozen(kw_only=True)
class FuelFactor:
    """A fuel's CO2 emission factor.

    Use a plant-specific or a national value if there is one. Otherwise use the IPCC default at the **lower**
    bound of its 95% confidence interval, since the result is a baseline; the upper bound is for project emissions.
    The value is used as it is given: state in *source* what it is.

    Args:
        name: The fuel, e.g. ``natural gas``.
        ef: The emission factor. [tCO2/GJ, on the net calorific value]
        source: Where the value is stated, and which bound it is.
        confidence: P, S, C or M, or ``None`` if it is not stated.

    Raises:
        QuantityError: A field is not what is listed here; *ef* is above 1 t/GJ.
        InexactNumberError: *ef* is a float.

    Source:
        TOOL07 v7.0, data tables 2 and 3: supplier, then national, then IPCC lower bound. [P] The bounds are those of
        the 2006 IPCC Guidelines, volume 2, table 1.4. [M]

    Example:
        >>> FuelFactor(name="natural gas", ef="0.0543", source="IPCC 2006, lower bound").ef
        Decimal('0.0543')
    """

    name: str
    ef: Decimal = field(converter=_ef)
    source: str
    confidence: str | None = None

    @classmethod
    def ipcc(cls, name: str) -> Self:
        """The bundled IPCC default of a fuel, at its lower bound.

        Args:
            name: The fuel as the bundled table names it, e.g. ``natural-gas``.

        Raises:
            FactorNotFoundError: The table has no such fuel.

        Source:
            2006 IPCC Guidelines, volume 2; the bundled row says how its bounds were found, and how sure they are.

        Example:
            >>> FuelFactor.ipcc("other-bituminous-coal").ef
            Decimal('0.0895')
        """
        found = fuel(name)
        source = f"{found.co2.source}; lower bound {found.co2.lower} {found.co2.unit}, {found.co2.factor_id}"
        return cls(name=name, ef=found.co2_t_per_gj("lower"), source=source, confidence=found.co2.confidence)

    def __attrs_post_init__(self) -> None:
        """Refuse a fuel without a name or a source, which the trace shows."""
        checked_text(self.name, "fuel")
        checked_text(self.source, f"source of the emission factor of {self.name}")
        if self.confidence not in (None, *CONFIDENCES):
            raise QuantityError(f"fuel {self.name}: confidence {quote(self.confidence)}, expected one of P, S, C, M")


@frozen(kw_only=True)
class FuelConsumption:
    """The amount of one fuel that a unit burned in a year.

    Args:
        fuel: The fuel.
        amount: The amount that was burned. [*unit*]
        unit: Unit of mass or volume, e.g. ``t``, the same for both numbers.
        ncv: Net calorific value. [GJ per *unit*]
        source: Where the two numbers are stated.

    Raises:
        QuantityError: A field is not what is listed here.
        InexactNumberError: A number is a float.
    """

    fuel: FuelFactor
    amount: Decimal = field(converter=_amount)
    unit: str
    ncv: Decimal = field(converter=_ncv)
    source: str

    def __attrs_post_init__(self) -> None:
        """Refuse numbers without a unit or a source."""
        checked_text(self.unit, f"unit of {self.fuel.name}")
        checked_text(self.source, f"source of the consumption of {self.fuel.name}")


def _burned(value: Mapping[int, Iterable[FuelConsumption]]) -> tuple[tuple[int, tuple[FuelConsumption, ...]], ...]:
    years = [(checked_year(year, "year of fuel use"), tuple(uses)) for year, uses in value.items()]
    return tuple(sorted(years, key=lambda item: item[0]))


def _fuels(value: FuelFactor | Iterable[FuelFactor]) -> tuple[FuelFactor, ...]:
    fuels = (value,) if isinstance(value, FuelFactor) else tuple(value)
    if not fuels:
        raise QuantityError("option A2 without a fuel: expected a FuelFactor, or several")
    return fuels


@frozen(kw_only=True)
class OptionA1:
    """Emissions from the fuel that was burned: sum(amount x NCV x EF) / generation.

    Args:
        burned: Every fuel that was burned, by year.
    """

    burned: tuple[tuple[int, tuple[FuelConsumption, ...]], ...] = field(converter=_burned)

    def uses_in(self, year: int) -> tuple[FuelConsumption, ...]:
        """The fuels that were burned in a year; empty if *burned* does not contain the year."""
        return dict(self.burned).get(year, ())


@frozen(kw_only=True)
class OptionA2:
    """Emissions from the unit's efficiency: EF x 3.6 / efficiency.

    Args:
        efficiency: Average net energy conversion efficiency. [share, above 0 and at most 1]
        fuels: The fuels that the unit burns. Of several fuels, the fuel with the lowest emission factor counts.
        source: Where the efficiency is stated.

    Raises:
        QuantityError: The efficiency is not above 0 and at most 1, or there is no fuel.
        InexactNumberError: The efficiency is a float.
    """

    efficiency: Decimal = field(converter=_efficiency)
    fuels: tuple[FuelFactor, ...] = field(converter=_fuels)
    source: str

    def __attrs_post_init__(self) -> None:
        """Refuse an efficiency without a source."""
        checked_text(self.source, "source of the efficiency")

    @property
    def fuel(self) -> FuelFactor:
        """The fuel with the lowest emission factor; of several such fuels, the first by name."""
        return min(self.fuels, key=lambda item: (item.ef, item.name))


@frozen
class ZeroEmission:
    """No emissions: the unit burns no fuel. A unit of which only the generation is known is an `UnknownFuel`.

    Args:
        reason: Why the emissions are zero, in words, e.g. ``hydropower``.

    Raises:
        QuantityError: *reason* is not a text, or is blank.

    Source:
        For hydro, wind, sun and nuclear power nothing is burned. TOOL07 v7.0, paragraph 50(a), option A3: a unit of
        which only the generation is known counts as zero, too. [P] VT0011 treats it otherwise in its case 2.
    """

    reason: str

    def __attrs_post_init__(self) -> None:
        """Refuse a zero without a reason."""
        checked_text(self.reason, "reason for zero emissions")


Option: TypeAlias = OptionA1 | OptionA2 | ZeroEmission | UnknownFuel


def _unit_id(value: object) -> str:
    return identifier(value, "power unit")


def _commissioned(value: object) -> date:
    return checked_date(value, "commissioned")


def _capacity(value: object) -> int | None:
    return None if value is None else power_w(value, "capacity of a power unit")


def _generation(value: Mapping[int, object]) -> tuple[tuple[int, int], ...]:
    return tuple(
        sorted(
            (checked_year(year, "generation in"), energy_wh(amount, "generation"))
            for year, amount in checked_mapping(value, "generation").items()
        )
    )


@frozen(kw_only=True)
class PowerUnit:
    """A power unit of an electricity system.

    Args:
        id: Short name, unique in the system.
        technology: The technology in words, for the trace, e.g. ``gas`` or ``hydro``.
        commissioned: Day on which the unit started to supply electricity to the grid. A retrofit does not
            make a unit new.
        low_cost_must_run: Whether the unit runs at low cost or must run: hydro, wind, sun, geothermal, nuclear,
            low-cost biomass, and fossil plants shown by public data to run independently of the load.
        cdm: Whether the unit is registered as a CDM project activity.
        option: How the unit's emissions are calculated: `OptionA1`, `OptionA2`, `ZeroEmission` or `UnknownFuel`.
        default_option: Option A2 with the default efficiency of the technology, by TOOL09. `build_margin` needs it of
            units over 10 years old if its selection has to include such units.
        generation: Net generation of each calendar year. State 0 for a year without generation. [energy; text or
            quantity]
        capacity: Capacity, which the trace shows if it is stated. [power]

    Raises:
        QuantityError: A field is not what is listed here, generation is negative, or a year before commissioning has
            generation.
        InexactNumberError: An energy is a float, or finer than 1 Wh.
        UnknownUnitError: The unit of an energy is not on the list of spellings.
        UnitMismatchError: A generation is not an energy, or *capacity* is not a power.
        PeriodError: *commissioned* is not a date.

    Example:
        >>> dam = PowerUnit(id="dam", technology="hydro", commissioned="2004-05-01", low_cost_must_run=True,
        ...                 option=ZeroEmission("hydropower"), generation={2022: "400 MWh", 2023: "380 MWh"})
        >>> dam.generation_wh(2023)
        380000000
    """

    id: str = field(converter=_unit_id)
    technology: str
    commissioned: date = field(converter=_commissioned)
    low_cost_must_run: bool
    cdm: bool = False
    option: Option
    default_option: OptionA2 | None = None
    generation: tuple[tuple[int, int], ...] = field(converter=_generation)
    capacity_w: int | None = field(default=None, alias="capacity", converter=_capacity)

    def __attrs_post_init__(self) -> None:
        """Refuse fields of other types, and generation that a unit cannot have."""
        where = f"power unit {self.id}"
        checked_text(self.technology, f"{where}: technology")
        for name in ("low_cost_must_run", "cdm"):
            if not isinstance(getattr(self, name), bool):
                raise QuantityError(f"{where}: {name} {quote(getattr(self, name))}, expected True or False")
        if not isinstance(self.option, OptionA1 | OptionA2 | ZeroEmission | UnknownFuel):
            raise QuantityError(
                f"{where}: option {quote(self.option)}, expected OptionA1, OptionA2, ZeroEmission or UnknownFuel"
            )
        if self.default_option is not None and not isinstance(self.default_option, OptionA2):
            raise QuantityError(f"{where}: default_option {quote(self.default_option)}, expected OptionA2")
        if self.capacity_w is not None and self.capacity_w < 1:
            raise QuantityError(f"{where}: capacity {self.capacity_w} W, expected more than 0 W")
        for year, wh in self.generation:
            if wh < 0:
                raise QuantityError(
                    f"{where}: {wh} Wh in {year}, expected 0 or more; net generation below 0 is consumption, give 0"
                )
            if wh and year < self.commissioned.year:
                raise QuantityError(
                    f"{where}: {wh} Wh in {year}, but the unit was commissioned on {self.commissioned}; check both"
                )

    def generation_wh(self, year: int) -> int:
        """Net generation in a calendar year; 0 before the year of commissioning. [Wh]

        Raises:
            MissingDataError: No generation is stated for a year in which the unit existed.
        """
        stated = dict(self.generation)
        if year in stated:
            return stated[year]
        if year < self.commissioned.year:
            return 0
        raise MissingDataError(
            f"power unit {self.id}: no generation is stated for {year}; state it, with 0 if the unit generated nothing"
        )


def checked_units(units: Iterable[PowerUnit]) -> tuple[PowerUnit, ...]:
    """The power units of a system, in the order of their ids.

    Raises:
        QuantityError: *units* is empty, contains something other than a `PowerUnit`, or contains an id twice.
    """
    every = checked_items(units, "power units")
    if not every or not all(isinstance(unit, PowerUnit) for unit in every):
        raise QuantityError("power units: expected one or more PowerUnit")
    ids = [unit.id for unit in every]
    if twice := sorted({unit for unit in ids if ids.count(unit) > 1}):
        raise QuantityError(f"power units {', '.join(twice)} are given twice; give each unit once")
    return tuple(sorted(every, key=lambda unit: unit.id))
