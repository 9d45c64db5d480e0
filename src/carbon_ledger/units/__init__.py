"""Amounts with units: text and pint quantities in, exact numbers and quantities out. Only this package imports pint."""

from carbon_ledger.units.amounts import (
    Quantity,
    area_m2,
    convert,
    duration_s,
    emissions,
    energy,
    energy_wh,
    mass_t,
    power_w,
    quantity,
    registry,
)
from carbon_ledger.units.intensities import intensity_ratio, intensity_t_per_mwh
from carbon_ledger.units.spellings import gas_of_unit

__all__ = [
    "Quantity",
    "area_m2",
    "convert",
    "duration_s",
    "emissions",
    "energy",
    "energy_wh",
    "gas_of_unit",
    "intensity_ratio",
    "intensity_t_per_mwh",
    "mass_t",
    "power_w",
    "quantity",
    "registry",
]
