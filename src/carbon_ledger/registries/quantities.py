"""Quantities of exports as they are printed: whole units, kilograms or tonnes, read exactly."""

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Final

from carbon_ledger.printing import quote
from carbon_ledger.registries.grammar import TONNE_KG, RegistrySerial

THOUSANDS: Final = ("", ",", ".", " ", "'")
QUANTITY_UNITS: Final = ("units", "kg", "t")
_MOST_CHARACTERS: Final = 30
_FRACTION: Final = re.compile(r"[0-9]+")


def whole_number(printed: str, thousands: str) -> int | None:
    """A whole number as printed, or None if it is not one.

    Args:
        printed: The text.
        thousands: What separates groups of three digits, of `THOUSANDS`.

    Example:
        >>> whole_number("1,500", ","), whole_number("1,50", ",")
        (1500, None)
    """
    groups = printed.split(thousands) if thousands else [printed]
    if not all(group.isascii() and group.isdigit() for group in groups) or len(printed) > _MOST_CHARACTERS:
        return None
    if len(groups) > 1 and not (len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])):
        return None
    return int("".join(groups))


def number(printed: str, thousands: str) -> Fraction | None:
    """A number as printed, with a fraction after a point where *thousands* is not the point; or None.

    Example:
        >>> number("4,923.623", ","), number("5.", "")
        (Fraction(4923623, 1000), None)
    """
    whole, point, after = (printed, "", "") if thousands == "." else printed.partition(".")
    found = whole_number(whole, thousands)
    if (
        found is None
        or len(printed) > _MOST_CHARACTERS
        or (point and not (after.isascii() and _FRACTION.fullmatch(after)))
    ):
        return None
    return found + Fraction(int(after or "0"), 10 ** len(after))


def units_of(printed: str, thousands: str, quantity_unit: str, unit_kg: int | None) -> int | str:
    """The units of a quantity as printed; or what was expected.

    Args:
        printed: The text.
        thousands: What separates groups of three digits, of `THOUSANDS`.
        quantity_unit: What the number counts, of `QUANTITY_UNITS`.
        unit_kg: The mass of a unit; None if it is not stated. [kg]

    Example:
        >>> units_of("4923.623", "", "t", 1), units_of("4923", "", "kg", 1000)
        (4923623, 'a whole number of units of 1,000 kg')
    """
    if quantity_unit == "units":
        found = whole_number(printed, thousands)
        return f"a whole number {grouped(thousands)}" if found is None else found
    if unit_kg is None:
        return "units, because this registry's grammar states no mass of a unit (pass quantity_unit='units')"
    amount = number(printed, thousands)
    if amount is None:
        return f"a number of {quantity_unit} {grouped(thousands)}"
    units = amount * (TONNE_KG if quantity_unit == "t" else 1) / unit_kg
    return int(units) if units.denominator == 1 else f"a whole number of units of {unit_kg:,} kg"


def different_units(serials: Iterable[RegistrySerial]) -> list[str]:
    """The units of serials whose counts are not added; empty if all of the serials count one unit.

    Without a stated mass, the units of two registries may be of two kinds, such as a MWh and a tonne.

    Example:
        >>> from carbon_ledger.registries import parse_serial
        >>> texts = "ACR-US-192-2010-203-1-5000", "MIRECS-123-MI-01-2009-123-1 to 1"
        >>> different_units(map(parse_serial, texts)), different_units([parse_serial(texts[0])])
        (['1,000 kg', 'no stated mass (m-rets)'], [])
    """
    grammars = [serial.grammar for serial in serials]
    masses = sorted({grammar.unit_kg for grammar in grammars if grammar.unit_kg is not None})
    unstated = sorted({grammar.id for grammar in grammars if grammar.unit_kg is None})
    units = [*(f"{mass:,} kg" for mass in masses), *(f"no stated mass ({name})" for name in unstated)]
    return units if len(units) > 1 else []


def grouped(thousands: str) -> str:
    """How digits are expected to be grouped, for a message."""
    return f"with {quote(thousands)} between groups of three digits (pass thousands= what the file has there)"
