"""Reading factors that may not be bundled from files that the user has. Nothing is dropped in silence."""

from carbon_ledger.factors.importers.egrid import read_egrid
from carbon_ledger.factors.importers.ifi import read_ifi_table
from carbon_ledger.factors.importers.layout import read_factor_csv
from carbon_ledger.factors.importers.owid import read_owid

__all__ = ["read_egrid", "read_factor_csv", "read_ifi_table", "read_owid"]
