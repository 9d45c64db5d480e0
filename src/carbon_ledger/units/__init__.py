"""Amounts at the door and on the way out: the one room that knows pint."""

from carbon_ledger.units.amounts import (
    Quantity,
    area_m2,
    convert,
    duration_s,
    emissions,
    energy,
    energy_wh,
    intensity_t_per_mwh,
    mass_t,
    power_w,
    quantity,
    registry,
)

__all__ = [
    "Quantity",
    "area_m2",
    "convert",
    "duration_s",
    "emissions",
    "energy",
    "energy_wh",
    "intensity_t_per_mwh",
    "mass_t",
    "power_w",
    "quantity",
    "registry",
]
