"""Reading factors that may not be bundled from files that the user has. Nothing is dropped in silence."""

from carbon_ledger.factors.importers.egrid import read_egrid
from carbon_ledger.factors.importers.epa_fuels import read_epa_fuels
from carbon_ledger.factors.importers.ifi import read_ifi_table
from carbon_ledger.factors.importers.layout import read_factor_csv
from carbon_ledger.factors.importers.open_factors import read_open_factors
from carbon_ledger.factors.importers.owid import read_owid, read_owid_energy
from carbon_ledger.factors.importers.table import FactorTable, RefusedFactorRow

__all__ = [
    "FactorTable",
    "RefusedFactorRow",
    "read_egrid",
    "read_epa_fuels",
    "read_factor_csv",
    "read_ifi_table",
    "read_open_factors",
    "read_owid",
    "read_owid_energy",
]
