"""Amounts with units: arguments converted to exact numbers, and results returned as pint quantities.

An argument is text such as ``"18600 MWh"``, or a pint quantity of any registry whose magnitude is an int or a Decimal.
Its unit is looked up in the library's list of exact spellings, and its number becomes an exact number. A result is a
quantity of this library's registry. This is the only module that imports pint, and pint is loaded when the first
quantity is made: text is read without it. The caller's Decimal context is never used.
"""

import copyreg
import decimal
import functools
import threading
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from carbon_ledger.errors import InexactNumberError, QuantityError
from carbon_ledger.exact import CONTEXT, Rounding, arithmetic, checked_decimal, text_of
from carbon_ledger.printing import quote
from carbon_ledger.units import spellings
from carbon_ledger.units.kinds import Amount

if TYPE_CHECKING:
    import pint.registry

Quantity: TypeAlias = "pint.registry.Quantity[Decimal]"  # a string at run time, so that pint is not loaded
# pint divides when it converts units that are not in our list, so Inexact cannot be trapped here.
_WIDE: Final = CONTEXT.copy()
_WIDE.traps[decimal.Inexact] = False

_BUILDING: Final = threading.Lock()


def energy_wh(value: object, name: str, *, rounding: Rounding | None = None) -> int:
    """Convert an energy to whole watt-hours.

    Args:
        value: The energy; may be negative. [energy: text or quantity; kWh, MWh, GJ, ...]
        name: The name of the argument, for the message.
        rounding: How to round an energy that is not a whole number of Wh, with 0 places. None: refuse such an energy.

    Returns:
        The same energy. [Wh]

    Raises:
        InexactNumberError: *value* is not a whole number of Wh and *rounding* is None, or its number is a float.
        UnknownUnitError: The unit is not on the list of spellings.
        UnitMismatchError: *value* has no unit, or its unit is of another kind.
        QuantityError: *value* is not an amount, or *rounding* has places other than 0.

    Example:
        >>> energy_wh("1.005 kWh", "net"), energy_wh("-70 GWh", "net")
        (1005, -70000000000)
    """
    number, unit = spellings.read_amount(value, name, spellings.ENERGY)
    amount = Fraction(number) * unit.size
    if rounding is None:
        return _whole(amount, name, spellings.ENERGY)
    if not isinstance(rounding, Rounding) or rounding.places != 0:
        raise QuantityError(
            f"{name}: {quote(rounding)}: expected a Rounding with places=0, since energy is recorded in whole Wh"
        )
    return int(rounding.apply(amount))


def power_w(value: object, name: str) -> int:
    """Convert a power to whole watts.

    Args:
        value: The power. [power: text or quantity; kW, MW, ...]
        name: The name of the argument, for the message.

    Returns:
        The same power. [W]

    Raises:
        InexactNumberError: *value* is not a whole number of W, or its number is a float.
        UnknownUnitError: The unit is not on the list of spellings.
        UnitMismatchError: *value* has no unit, or its unit is of another kind.
        QuantityError: *value* is not an amount.

    Example:
        >>> power_w("8.33 MW", "capacity")
        8330000
    """
    number, unit = spellings.read_amount(value, name, spellings.POWER)
    return _whole(Fraction(number) * unit.size, name, spellings.POWER)


def duration_s(value: object, name: str) -> int:
    """Convert a duration to whole seconds.

    A day is 24 hours here. A local day may have 23 or 25 hours: use a period for local days.

    Args:
        value: The duration, above zero. [duration: text, quantity or timedelta; s, min, hour, ...]
        name: The name of the argument, for the message.

    Returns:
        The same duration. [s]

    Raises:
        InexactNumberError: *value* is not a whole number of seconds, or its number is a float.
        UnknownUnitError: The unit is not on the list of spellings.
        UnitMismatchError: *value* has no unit, or its unit is of another kind.
        QuantityError: *value* is not above zero, or is not a duration.

    Example:
        >>> duration_s("15 min", "step")
        900
    """
    return _duration_of_text(value, name) if type(value) is str else _duration(value, name)


@functools.lru_cache(maxsize=256)
def _duration_of_text(text: str, name: str) -> int:
    return _duration(text, name)


def _duration(value: object, name: str) -> int:
    if isinstance(value, timedelta):
        microseconds = (value.days * 86_400 + value.seconds) * 10**6 + value.microseconds
        amount = Fraction(microseconds, 10**6)
    else:
        number, unit = spellings.read_amount(value, name, spellings.DURATION)
        amount = Fraction(number) * unit.size
    seconds = _whole(amount, name, spellings.DURATION)
    if seconds <= 0:
        raise QuantityError(f'{name}: {seconds} s is not a duration; expected a duration above zero, e.g. "1 hour"')
    return seconds


def area_m2(value: object, name: str) -> Decimal:
    """Convert an area to square metres.

    Args:
        value: The area. [area: text or quantity; m2, ha, km2]
        name: The name of the argument, for the message.

    Returns:
        The same area, exactly. [m2]

    Raises:
        InexactNumberError: The number of *value* is a float, or the result has more than 100 digits.
        UnknownUnitError: The unit is not on the list of spellings.
        UnitMismatchError: *value* has no unit, or its unit is of another kind.
        QuantityError: *value* is not an amount.

    Example:
        >>> area_m2("2.5 km2", "reservoir area")
        Decimal('2500000')
    """
    number, unit = spellings.read_amount(value, name, spellings.AREA)
    return exact_decimal(Fraction(number) * unit.size, name, "m2")


def mass_t(value: object, name: str) -> Decimal:
    """Convert a mass of gas or fuel to tonnes. An amount of CO2e is not a mass and is refused.

    Args:
        value: The mass. [mass: text or quantity; g, kg, t, lb]
        name: The name of the argument, for the message.

    Returns:
        The same mass, exactly. [t]

    Raises:
        InexactNumberError: The number of *value* is a float, or the result has more than 100 digits.
        UnknownUnitError: The unit is not on the list of spellings.
        UnitMismatchError: *value* has no unit, or its unit is of another kind.
        QuantityError: *value* is not an amount.

    Source:
        The pound is 0.45359237 kg by the international agreement of 1959. [M]

    Example:
        >>> mass_t("1000 lb", "methane")
        Decimal('0.45359237')
    """
    number, unit = spellings.read_amount(value, name, spellings.MASS)
    return exact_decimal(Fraction(number) * unit.size / 10**6, name, "t")


def convert(value: Amount, unit: str, *, rounding: Rounding | None = None) -> Quantity:
    """Convert an amount to another unit of the same kind, exactly.

    Args:
        value: The amount. [text or quantity of any registry]
        unit: The unit to convert to, in an exact spelling.
        rounding: How to round the result. None: refuse a result that is not a finite decimal.

    Returns:
        The amount in *unit*, as a quantity of `registry`.

    Raises:
        InexactNumberError: The result has more than 100 digits and *rounding* is None, or the number is a float.
        UnknownUnitError: A unit is not on the list of spellings.
        UnitMismatchError: The amount has no unit, or the two units measure different things.
        QuantityError: *value* is not an amount.

    Example:
        >>> print(convert("36 GJ", "MWh"), convert("1 GJ", "kWh", rounding=Rounding("floor", places=3)))
        10 MWh 277.777 kWh
    """
    if rounding is not None and not isinstance(rounding, Rounding):
        raise QuantityError(f'rounding {quote(rounding)}: expected a Rounding, e.g. Rounding("floor", places=3)')
    target = spellings.checked_unit(unit, "unit")
    number, source = spellings.read_amount(value, "value", target.kind)
    amount = Fraction(number) * source.size / target.size
    return _quantity(exact_decimal(amount, "value", unit) if rounding is None else rounding.apply(amount), target)


def quantity(value: Amount) -> Quantity:
    """Read an amount as a quantity of this library's registry, in its original unit.

    Args:
        value: The amount. [text or quantity of any registry]

    Returns:
        The same amount, with a Decimal as its magnitude.

    Raises:
        InexactNumberError: The number of *value* is a float, or has more than 60 digits.
        UnknownUnitError: The unit is not on the list of spellings.
        UnitMismatchError: *value* has no unit.
        QuantityError: *value* is not an amount.

    Example:
        >>> print(quantity("18600 MWh") + quantity("1.5 GWh"))
        20100 MWh
    """
    return _quantity(*spellings.read_amount(value, "value", None))


def energy(wh: int) -> Quantity:
    """Return a whole number of watt-hours as a quantity in MWh.

    Args:
        wh: The energy. [Wh]

    Returns:
        The same energy in MWh, exactly.

    Raises:
        InexactNumberError: *wh* is a float, or has more than 60 digits.
        QuantityError: *wh* is not a number.

    Example:
        >>> print(energy(18_600_500_000))
        18600.5 MWh
    """
    with arithmetic():
        megawatt_hours = checked_decimal(wh, "wh") / 10**6
    return _quantity(megawatt_hours, spellings.UNITS["MWh"])


def emissions(t: Decimal) -> Quantity:
    """Return an amount of CO2e as a quantity in tCO2e.

    Args:
        t: The amount. [tCO2e]

    Returns:
        The same amount, exactly.

    Raises:
        InexactNumberError: *t* is a float, or has more than 60 digits.
        QuantityError: *t* is not a number.

    Example:
        >>> print(emissions(Decimal("26880")))
        26880 tCO2e
    """
    return _quantity(checked_decimal(t, "t"), spellings.UNITS["tCO2e"])


def registry() -> "pint.UnitRegistry[Decimal]":
    """Return the pint registry of this library's quantities. The registry is built at the first call.

    The registry has pint's definitions, and CO2e as an additional dimension. An unpickled quantity belongs to it.
    Read text with `quantity` and not with the registry: pint itself reads ``"2,5 MWh"`` as 25 MWh.

    Returns:
        The same object on every call, in every thread.

    Example:
        >>> registry() is registry()
        True
    """
    with _BUILDING:
        return _built()


def exact_decimal(amount: Fraction, name: str, unit: str) -> Decimal:
    """An amount as a Decimal, exactly.

    Args:
        amount: The amount.
        name: The name of the argument, for the message.
        unit: The unit of the amount, for the message.

    Raises:
        InexactNumberError: The amount has more than 100 digits.
    """
    try:
        return _quotient(amount)
    except InexactNumberError:
        raise InexactNumberError(
            f"{name}: the amount in {unit} has more than 100 digits; expected an exact decimal, or a rounding, "
            'e.g. Rounding("floor", places=3)'
        ) from None


def _whole(amount: Fraction, name: str, kind: spellings.Kind) -> int:
    if amount.denominator != 1:
        below = amount.numerator // amount.denominator
        raise InexactNumberError(
            f"{name}: between {below} and {below + 1} {kind.base}; expected {kind.name} in whole {kind.base}, or a "
            'rounding where the function accepts one: Rounding("floor", places=0)'
        )
    return amount.numerator


def _quotient(amount: Fraction) -> Decimal:
    with arithmetic():
        return Decimal(amount.numerator) / Decimal(amount.denominator)


def _quantity(number: Decimal, unit: spellings.Unit) -> Quantity:
    return registry().Quantity(number, unit.name)


def _converted(
    value: object, source: Iterable[tuple[str, object]], target: Iterable[tuple[str, object]]
) -> Decimal | None:
    """Convert with this library's exact table. Return None if the table does not have the units."""
    if not isinstance(value, int | Decimal):
        return None
    try:
        number = checked_decimal(value, "value")
        old, new = spellings.product_of(source, "value"), spellings.product_of(target, "value")
        return _quotient(Fraction(number) * old.size / new.size) if old.kind == new.kind else None
    except QuantityError:
        return None


@functools.cache
def _built() -> "pint.UnitRegistry[Decimal]":
    """Build the registry. Called under a lock, since two threads could each build a registry with a cache alone."""
    import pint.registry
    from pint.util import to_units_container

    class ExactRegistry(pint.UnitRegistry[Decimal]):
        """A pint registry whose conversions do not depend on the caller's Decimal context."""

        def convert(self, value: Any, src: Any, dst: Any, inplace: bool = False, **ctx_kwargs: Any) -> Any:
            """Convert exactly with the library's table if it has the units, else with pint in 100 digits."""
            with decimal.localcontext(_WIDE):
                source, target = to_units_container(src, self), to_units_container(dst, self)
                exact = None if source == target else _converted(value, source.items(), target.items())
                if exact is not None:
                    return exact
                return super().convert(value, source, target, inplace, **ctx_kwargs)

    with decimal.localcontext(_WIDE):
        built = ExactRegistry(non_int_type=Decimal)
        built.define("carbon_dioxide_equivalent = [carbon_dioxide_equivalent] = CO2e")
        for unit in {unit.name: unit for unit in spellings.UNITS.values()}.values():
            if unit.kind is spellings.EMISSIONS:
                grams = text_of(_quotient(unit.size * 10**6))
                built.define(f"{unit.name} = {grams} * gram * carbon_dioxide_equivalent")
            if unit.name == "MMBtu":  # pint has the Btu of another table under this name
                built.define(f"MMBtu = {text_of(_quotient(unit.size * 3600))} * joule")
            # pint caches the first conversion factor that it computes, so the first one must be exact.
            built.get_base_units(unit.name)
        built.formatter.default_format = "~"
    copyreg.pickle(built.Quantity, lambda value: (_restored, (value.magnitude, dict(value.unit_items()))))
    return built


def _restored(magnitude: Any, units: dict[str, Any]) -> Quantity:
    return registry().Quantity(magnitude, registry().UnitsContainer(units))
