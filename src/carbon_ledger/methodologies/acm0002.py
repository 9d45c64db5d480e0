"""ACM0002: large-scale renewable generation fed to a grid (CDM)."""

from typing import Final

from carbon_ledger.methodologies.grid_renewable import grid_renewable

METHODOLOGY: Final = grid_renewable(
    name="ACM0002",
    version="22.0",
    title="Grid-connected electricity generation from renewable sources",
    source="CDM ACM0002 v22.0, read in secondary sources",
    technologies=("hydro", "wind", "solar", "geothermal", "tidal", "wave"),
    existing_place="paragraphs 61 and 67",
    addition_place="paragraph 8(b) and equation (13)",
)
