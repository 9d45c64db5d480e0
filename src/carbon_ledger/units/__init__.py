"""Amounts with units: text and pint quantities in, exact numbers and quantities out. Only this package imports pint."""

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
