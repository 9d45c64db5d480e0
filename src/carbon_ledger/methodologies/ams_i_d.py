"""AMS-I.D: small-scale renewable generation fed to a grid (CDM)."""

from typing import Final

from carbon_ledger.methodologies.grid_renewable import grid_renewable

METHODOLOGY: Final = grid_renewable(
    name="AMS-I.D",
    version="18.0",
    title="Grid connected renewable electricity generation",
    source="CDM AMS-I.D v18.0, read in secondary sources",
    technologies=("hydro", "wind", "solar", "geothermal", "biomass", "tidal", "wave"),
    largest_w=15_000_000,
    instead="a large-scale methodology, ACM0002 or GCCM001",
    existing_place="section 5.5, baseline emissions",
    addition_place="section 5.4, metered additions",
    leakage_counts=True,
)
