"""GCCM001: renewable generation for a grid or captive consumers (Global Carbon Council)."""

from typing import Final

from attrs import evolve

from carbon_ledger.methodologies.grid_renewable import grid_renewable

METHODOLOGY: Final = evolve(
    grid_renewable(
        name="GCCM001",
        version="4.0",
        title=(
            "Methodology for Renewable Energy Generation Projects Supplying Electricity to Grid or Captive Consumers"
        ),
        source="Global Carbon Council GCCM001 v4.0, read in secondary sources",
        technologies=("hydro", "wind", "solar/photovoltaic", "tidal", "wave"),
    ),
    vintage_options=("ex-ante",),  # a draft of version 5 has ex-post factors in their place [S]
)
