"""The accepted units: their exact spellings, kinds and sizes, and the functions that read amounts.

The table is an allow-list. A spelling outside the table is refused with advice, because a guessed unit can be wrong by
a factor of a thousand and go unnoticed. Sizes are exact fractions of the base unit of each kind.
"""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Final, NoReturn, Protocol, TypeAlias, runtime_checkable

from attrs import frozen

from carbon_ledger.errors import InexactNumberError, QuantityError, UnitMismatchError, UnknownUnitError
from carbon_ledger.exact import arithmetic, checked_decimal, text_of
from carbon_ledger.printing import quote

# Exponents of time, mass, length and carbon dioxide equivalent (design decision 4: a dimension of its own).
Dimension: TypeAlias = tuple[int, int, int, int]


@frozen
class Kind:
    """The kind of quantity that a unit measures.

    Args:
        name: The kind, as messages write it.
        base: The unit in which sizes of this kind are expressed.
        dimension: Exponents of time, mass, length and CO2e.
        coherent: One *base* in kilograms, metres, seconds and CO2e.
        example: A correctly written amount of this kind.
    """

    name: str
    base: str
    dimension: Dimension
    coherent: Fraction
    example: str


ENERGY: Final = Kind("an energy", "Wh", (-2, 1, 2, 0), Fraction(3600), "18600 MWh")
POWER: Final = Kind("a power", "W", (-3, 1, 2, 0), Fraction(1), "8.33 MW")
DURATION: Final = Kind("a duration", "s", (1, 0, 0, 0), Fraction(1), "1 hour")
MASS: Final = Kind("a mass", "g", (0, 1, 0, 0), Fraction(1, 1000), "5 t")
EMISSIONS: Final = Kind("an amount of CO2e", "tCO2e", (0, 1, 0, 1), Fraction(1000), "26880 tCO2e")
AREA: Final = Kind("an area", "m2", (0, 0, 2, 0), Fraction(1), "2.5 km2")
LENGTH: Final = Kind("a length", "m", (0, 0, 1, 0), Fraction(1), "5 m")
EQUIVALENT: Final = Kind("a CO2e mark without a mass", "CO2e", (0, 0, 0, 1), Fraction(1), "26880 tCO2e")

_KIND_OF: Final = {
    kind.dimension: kind for kind in (ENERGY, POWER, DURATION, MASS, EMISSIONS, AREA, LENGTH, EQUIVALENT)
}


@frozen
class Unit:
    """One unit of the table.

    Args:
        name: pint's name of the unit.
        kind: The kind of quantity that the unit measures.
        size: The exact size of the unit, in the kind's base unit.
    """

    name: str
    kind: Kind
    size: Fraction


_PREFIXES: Final = (("", "", 0), ("k", "kilo", 3), ("M", "mega", 6), ("G", "giga", 9), ("T", "tera", 12))

_POUND_KG: Final = Fraction(45_359_237, 100_000_000)  # by definition, since 1959
# A million British thermal units of the International Table: 1 Btu is 1055.05585262 J. [M]
_MMBTU_J: Final = Fraction(105_505_585_262, 100)

# pint's name, kind, size, and the other spellings.
_PLAIN: Final[tuple[tuple[str, Kind, int | Fraction, str], ...]] = (
    ("MMBtu", ENERGY, _MMBTU_J / 3600, "mmBtu|MMBTU"),
    ("second", DURATION, 1, "s|seconds"),
    ("minute", DURATION, 60, "min|minutes"),
    ("hour", DURATION, 3600, "h|hours"),
    ("day", DURATION, 86_400, "d|days"),
    ("week", DURATION, 604_800, "weeks"),
    ("gram", MASS, 1, "g|grams"),
    ("kilogram", MASS, 1000, "kg|kilograms"),
    ("metric_ton", MASS, 10**6, "t|tonne|tonnes|metric ton|metric tons|metric_tons"),
    ("pound", MASS, _POUND_KG * 1000, "lb|pounds"),
    ("gCO2e", EMISSIONS, Fraction(1, 10**6), "g CO2e|gram CO2e|grams CO2e"),
    ("kgCO2e", EMISSIONS, Fraction(1, 1000), "kg CO2e|kilogram CO2e|kilograms CO2e"),
    ("tCO2e", EMISSIONS, 1, "t CO2e|tonne CO2e|tonnes CO2e|metric ton CO2e|metric tons CO2e"),
    ("ktCO2e", EMISSIONS, 1000, "kt CO2e|kilotonne CO2e|kilotonnes CO2e"),
    ("MtCO2e", EMISSIONS, 10**6, "Mt CO2e|megatonne CO2e|megatonnes CO2e"),
    ("meter ** 2", AREA, 1, "m2|square metre|square metres|square meter|square meters"),
    ("hectare", AREA, 10_000, "ha|hectares"),
    (
        "kilometer ** 2",
        AREA,
        10**6,
        "km2|square kilometre|square kilometres|square kilometer|square kilometers",
    ),
)


def _spelled() -> Iterator[tuple[Unit, tuple[str, ...]]]:
    for short, long, power in _PREFIXES:
        size = Fraction(10**power)
        words = tuple(f"{long}watt{mark}hour{end}" for mark in (" ", "-", "_", "") for end in ("", "s"))
        yield Unit(f"{long}watt_hour", ENERGY, size), (f"{short}Wh", *words)
        yield Unit(f"{long}joule", ENERGY, size / 3600), (f"{short}J", f"{long}joules")
        yield Unit(f"{long}watt", POWER, size), (f"{short}W", f"{long}watts")
    for name, kind, plain_size, others in _PLAIN:
        yield Unit(name, kind, Fraction(plain_size)), tuple(others.split("|"))


UNITS: Final = {spelling: unit for unit, others in _spelled() for spelling in (unit.name, *others)}

# Units that occur only as factors in quantities of other registries. No amount is written in them.
_FACTORS: Final = UNITS | {
    "meter": Unit("meter", LENGTH, Fraction(1)),
    "kilometer": Unit("kilometer", LENGTH, Fraction(1000)),
    "carbon_dioxide_equivalent": Unit("carbon_dioxide_equivalent", EQUIVALENT, Fraction(1)),
}

_INTENSITY_MASSES: Final = {
    "g": Fraction(1, 10**6),
    "kg": Fraction(1, 1000),
    "t": Fraction(1),
    "lb": _POUND_KG / 1000,
    "short ton": 2 * _POUND_KG,
}
_INTENSITY_ENERGIES: Final = ("kWh", "MWh", "GWh", "MJ", "GJ", "TJ", "MMBtu")

# The gas that each unit of an emission factor names.
INTENSITY_GASES: Final = {
    f"{mass}{mark}{gas}/{energy}": gas
    for mass in _INTENSITY_MASSES
    for mark in ("", " ")
    for gas in ("CO2", "CO2e", "CH4", "N2O")
    for energy in _INTENSITY_ENERGIES
}

# Tonnes per MWh, of the gas that the unit names. CO2 and CO2e have one size: the factor's record states which it is.
INTENSITIES: Final = {
    spelling: _INTENSITY_MASSES[spelling.partition(gas)[0].rstrip()] * 10**6 / UNITS[spelling.partition("/")[2]].size
    for spelling, gas in INTENSITY_GASES.items()
} | {"lb/MWh": _INTENSITY_MASSES["lb"]}

_TRAPS: Final = {
    "mWh": "mWh means milliwatt-hours: write MWh for megawatt-hours",
    "mW": "mW means milliwatts: write MW for megawatts",
    "kt": "kt may mean knots or kilotonnes: write 1000 t for each kilotonne, or ktCO2e",
    "ton": "a ton may be short (907 kg), long (1016 kg) or metric: write t for tonnes, or tCO2e",
    "tons": "a ton may be short (907 kg), long (1016 kg) or metric: write t for tonnes, or tCO2e",
    "MBtu": "MBtu may mean a thousand or a million Btu: write MMBtu for a million Btu",
    "Btu": "a Btu has several sizes: write MMBtu for a million Btu of the International Table",
    "BTU": "a BTU has several sizes: write MMBtu for a million Btu of the International Table",
    "m": "m may mean metres, minutes or months: write min, or m2 for an area",
    "month": "a month has no fixed length: write days, or use a period",
    "year": "a year has no fixed length: write days, or use a period",
    "tCO2": "CO2 is not CO2e: write tCO2e",
}

_AMOUNT: Final = re.compile(
    r"([+-]?[0-9]+(?:_[0-9]+)*(?:\.[0-9]+(?:_[0-9]+)*)?(?:[eE][+-]?[0-9]{1,6})?) *(.*)", re.DOTALL
)
_NOT_FINITE: Final = re.compile(r"[+-]?s?(nan|inf|infinity)\b", re.IGNORECASE)
_WORDS: Final = {"thousand": 3, "million": 6, "mln": 6, "billion": 9, "bn": 9}

_CONVERSIONS: Final = {
    ("a power", "an energy"): "multiply it by hours: 1 MW over 24 hours is 24 MWh",
    ("an energy", "a power"): "divide it by hours: 24 MWh in 24 hours is 1 MW",
    ("a mass", "an amount of CO2e"): "a mass is not an amount of CO2e: write tCO2e if the amount is CO2e",
    ("an amount of CO2e", "a mass"): "CO2e is a separate dimension and not a mass",
}

_EXAMPLES: Final = "kWh, MWh, MW, hour, km2, tCO2e or tCO2e/MWh"

_LOOK_ALIKES: Final = {
    "kv/h": "kWh",
    "kvh": "kWh",
    "kvt/h": "kWh",
    "kvt.h": "kWh",
    "kwt/h": "kWh",
    "hr": "hour",
    "hrs": "hours",
    "kw/h": "kWh",
    "mv/h": "MWh",
    "mw/h": "MWh",
    "gw/h": "GWh",
}


def advice(spelling: object, known: Iterable[str]) -> str:
    """Suggest the unit that was probably meant by an unknown spelling.

    Args:
        spelling: The unknown spelling.
        known: The accepted spellings.

    Returns:
        A clause for a message.

    Example:
        >>> advice("MWH", UNITS)
        "'MWH' is not a known unit (case matters): did you mean MWh?"
    """
    import difflib
    import unicodedata

    if not isinstance(spelling, str):
        return f"the unit is of type {type(spelling).__name__}: expected text"
    shown = f"{quote(spelling, 60)}"
    if spelling in _TRAPS:
        return f"{shown} is refused: {_TRAPS[spelling]}"
    if spelling.casefold() in _LOOK_ALIKES:
        return f"{shown} is not a known unit: did you mean {_LOOK_ALIKES[spelling.casefold()]}?"
    spellings = tuple(known)
    plain = unicodedata.normalize("NFKC", spelling[:60])
    near = [other for other in spellings if other.casefold() == plain.casefold()]
    if not near and len(plain) > 2:  # two letters resemble too many units, e.g. hp and h
        near = difflib.get_close_matches(plain, spellings, n=3)
    if near:
        return f"{shown} is not a known unit (case matters): did you mean {' or '.join(near)}?"
    return f"{shown} is not a known unit: expected for example {_EXAMPLES}"


def checked_unit(spelling: object, name: str) -> Unit:
    """Look up one unit by its exact spelling.

    Raises:
        UnknownUnitError: The spelling is unknown, or is not text.
    """
    if isinstance(spelling, str) and spelling in UNITS:
        return UNITS[spelling]
    raise UnknownUnitError(f"{name}: {advice(spelling, UNITS)}")


def checked_intensity(spelling: object, name: str) -> Fraction:
    """Look up the size of one unit of mass per energy. [t/MWh]

    Raises:
        UnknownUnitError: The spelling is unknown, or is not text.
    """
    if isinstance(spelling, str) and spelling in INTENSITIES:
        return INTENSITIES[spelling]
    other = isinstance(spelling, str) and any(gas in spelling.upper() for gas in ("CH4", "N2O"))
    known = INTENSITIES if other else [unit for unit in INTENSITIES if gas_of_unit(unit) not in ("CH4", "N2O")]
    raise UnknownUnitError(f"{name}: {advice(spelling, known)}")


def gas_of_unit(spelling: str) -> str | None:
    """The gas that a unit of mass per energy names, or None if it names no gas, or is not on the list.

    Example:
        >>> gas_of_unit("kg CH4/MMBtu"), gas_of_unit("lb/MWh")
        ('CH4', None)
    """
    return INTENSITY_GASES.get(spelling)


def product_of(parts: Iterable[tuple[str, object]], name: str) -> Unit:
    """Combine the unit names and powers of a quantity into one unit.

    Raises:
        UnknownUnitError: A name is unknown.
        UnitMismatchError: The product measures none of the kinds that the library uses.
    """
    factors = [(_FACTORS.get(part) or checked_unit(part, name), _power_of(power, name)) for part, power in parts]
    if len(factors) == 1 and factors[0][1] == 1:
        return factors[0][0]  # a unit of the table, whose name needs no power
    powers = [0, 0, 0, 0]
    size = Fraction(1)
    for unit, power in factors:
        size *= (unit.size * unit.kind.coherent) ** power
        powers = [old + own * power for old, own in zip(powers, unit.kind.dimension, strict=True)]
    shown = " * ".join(f"({unit.name}) ** {power}" for unit, power in factors)
    kind = _KIND_OF.get((powers[0], powers[1], powers[2], powers[3]))
    if kind is None:
        raise UnitMismatchError(f"{name}: {shown} is not a unit of any kind that this library uses")
    return Unit(shown, kind, size / kind.coherent)


def _power_of(power: object, name: str) -> int:
    for whole in range(-3, 4):
        if power == whole:
            return whole
    raise UnitMismatchError(f"{name}: a unit to the power {power} is not of any kind that this library uses")


@runtime_checkable
class QuantityLike(Protocol):
    """A pint quantity, recognised by its attributes so that pint need not be loaded."""

    @property
    def magnitude(self) -> object:
        """The number of the quantity."""

    def unit_items(self) -> Iterable[tuple[str, object]]:
        """The units of the quantity and their powers."""


def read_amount(value: object, name: str, wanted: Kind | None) -> tuple[Decimal, Unit]:
    """Read an amount as a number and a unit.

    Args:
        value: Text, or a quantity of any registry.
        name: The name of the argument, for the message.
        wanted: The required kind. None: any kind.

    Returns:
        The number and the unit.

    Raises:
        InexactNumberError: The number is a float, or has more than 60 digits.
        UnknownUnitError: The unit is not on the list of spellings.
        UnitMismatchError: *value* has no unit, or its unit is not of the kind *wanted*.
        QuantityError: *value* is not an amount.
    """
    example = f'e.g. "{(wanted or ENERGY).example}"'
    if isinstance(value, str):
        number, unit = _read(value, name, example)
    elif isinstance(value, QuantityLike):
        number = checked_decimal(value.magnitude, name)
        parts = tuple(value.unit_items())
        if not parts:
            raise UnitMismatchError(f"{name}: a dimensionless quantity has no unit; expected a unit, {example}")
        unit = product_of(parts, name)
    else:
        _refuse_bare(value, name, example)
    if wanted is not None and unit.kind != wanted:
        remedy = _CONVERSIONS.get((unit.kind.name, wanted.name), f"write {wanted.name}, {example}")
        amount = f"{text_of(number)} {unit.name}"
        raise UnitMismatchError(f"{name}: {amount} is {unit.kind.name}; expected {wanted.name}: {remedy}")
    return number, unit


def _refuse_bare(value: object, name: str, example: str) -> NoReturn:
    """Raise the error for an argument that has no unit."""
    kind = type(value).__name__
    remedy = f"write it as text with its unit, {example}"
    if isinstance(value, float):
        raise InexactNumberError(
            f"{name}: {quote(value)} is a float, which cannot represent most decimals exactly; {remedy}"
        )
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        raise UnitMismatchError(f"{name}: {quote(value)} has no unit; {remedy}")
    raise QuantityError(f"{name}: a {kind} is not an amount; {remedy}")


def _read(text: str, name: str, example: str) -> tuple[Decimal, Unit]:
    match = _AMOUNT.fullmatch(text.strip(" "))
    if match is None:
        _refuse_number(text, text.strip(" "), name, example)
    digits, spelling = match.groups()
    unit = UNITS.get(spelling)
    if unit is None and (not spelling or not spelling[0].isascii() or spelling[0] in ".,'_0123456789"):
        _refuse_number(text, spelling, name, example)
    number = checked_decimal(Decimal(digits), name)
    if unit is None:
        raise UnknownUnitError(f"{name}: {quote(text)}: {_unit_advice(number, spelling)}")
    return number, unit


def _refuse_number(text: str, rest: str, name: str, example: str) -> NoReturn:
    """Raise the error for text without a number or a unit, or with a number in another notation."""
    shown = f"{name}: {quote(text)}"
    if not text.strip(" "):
        raise QuantityError(f"{shown} is empty; expected an amount with its unit, {example}")
    if not rest:
        raise UnitMismatchError(f"{shown} has no unit; expected an amount with its unit, {example}")
    if _NOT_FINITE.match(rest):
        raise QuantityError(f"{shown} is not a finite number")
    if rest in UNITS:
        raise QuantityError(f'{shown} has no number; expected e.g. "5 {rest}"')
    strange = next((sign for sign in rest if not sign.isascii()), None)
    if strange is not None and not strange.isspace():
        raise QuantityError(
            f"{shown}: {strange!a} is not ASCII; use digits 0-9, one point, a hyphen as the minus, and ASCII letters"
        )
    raise QuantityError(
        f"{shown} is ambiguous or is not a number: write digits with at most one point, such as 2.5 or 2500 (not 2,5 "
        "or 2 500), then a space and the unit"
    )


def _unit_advice(number: Decimal, spelling: str) -> str:
    word, _, rest = spelling.partition(" ")
    power = _WORDS.get(word.casefold())
    if power is None:
        return advice(spelling, UNITS)
    with arithmetic():
        written = text_of(number.scaleb(power))
    if rest in UNITS:
        return f"write the number in digits, {written} {rest}"
    return f"write the number in digits, {written}, then the unit; {advice(rest, UNITS)}"
