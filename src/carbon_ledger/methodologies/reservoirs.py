"""Reservoirs of hydropower plants: power density, and the emissions that follow from it."""

from decimal import Decimal
from fractions import Fraction
from typing import Final

from carbon_ledger.devices import Device
from carbon_ledger.exact import Rounding, text_of

NOT_ELIGIBLE_W_PER_M2: Final = 4
NO_EMISSIONS_W_PER_M2: Final = 10
RESERVOIR_T_PER_MWH: Final = Decimal("0.090")


def added_area_m2(device: Device) -> Fraction | None:
    """The reservoir area that the project adds, or ``None`` if the area of a reservoir was not recorded. [m2]

    A plant without a reservoir adds no area, unless its record states one.
    """
    if device.reservoir_area_m2 is None:
        return None if device.technology == "hydro/reservoir" else Fraction(0)
    return Fraction(device.reservoir_area_m2) - Fraction(device.reservoir_area_before_m2 or 0)


def added_capacity_w(device: Device) -> int:
    """The capacity that the project adds. [W]"""
    return device.capacity_w - (device.capacity_before_w or 0)


def power_density(device: Device) -> Fraction | None:
    """Added capacity over added reservoir area, exact, or ``None`` if no area is added or recorded. [W/m2]

    Source:
        ACM0002 v22, AMS-I.D v18: PD = (Cap_project - Cap_before) / (Area_project - Area_before). [S]

    Example:
        >>> power_density(Device(id="dam", name="Dam", technology="hydro/reservoir", capacity="35 MW",
        ...                      country="AZ", grid="AZ", zone="Asia/Baku", reservoir_area="7 km2"))
        Fraction(5, 1)
    """
    area = added_area_m2(device)
    if area is None or area <= 0:
        return None
    return added_capacity_w(device) / area


def adds_no_area(device: Device) -> bool:
    """Whether a plant with a reservoir adds capacity, but no reservoir area: its power density is undefined.

    It must not be taken for a plant without a reservoir. A plant that adds no capacity changes nothing, and a
    run-of-river plant needs no area.

    Source:
        ACM0002 v22, AMS-I.D v18, as `power_density`. [S]
    """
    area = added_area_m2(device)
    return device.technology == "hydro/reservoir" and area is not None and area <= 0 < added_capacity_w(device)


def emits(device: Device) -> bool:
    """Whether a reservoir that the project adds has project emissions: its power density is at most 10 W/m2."""
    density = power_density(device)
    return density is not None and density <= NO_EMISSIONS_W_PER_M2


def density_text(device: Device) -> str:
    """The power density in words, for messages and lines."""
    density = power_density(device)
    if density is None:
        return f"{device.id} adds no reservoir area"
    shown = text_of(Rounding("half-even", places=3).apply(density))
    about = "" if Fraction(shown) == density else "about "
    return f"power density of {device.id} is {about}{shown} W/m2"
