"""Test tools for stores and for projects that build on a ledger (extra ``testing``).

- `StoreContract`: tests that every store must pass.
- `LedgerMachine`: a Hypothesis state machine that drives a ledger and a naive model side by side.
- `Model`: that model, with one row for each unit; it imports nothing from the ledger.
- `strategies`: Hypothesis strategies for energies, periods, columns, blocks, ids and keys.
"""

from importlib.util import find_spec

from carbon_ledger.errors import MissingExtraError

if find_spec("hypothesis") is None:
    raise MissingExtraError(
        "carbon_ledger.testing needs Hypothesis, which is not installed: pip install 'carbon-ledger[testing]'"
    )

from carbon_ledger.testing import strategies
from carbon_ledger.testing._model.model import Model
from carbon_ledger.testing._model.rows import RefusalError
from carbon_ledger.testing.ledger_machine import LedgerMachine
from carbon_ledger.testing.machines import (
    RolesLedgerMachine,
    SqliteLedgerMachine,
    SqliteRolesLedgerMachine,
    run_machine,
)
from carbon_ledger.testing.store_contract import StoreContract

__all__ = [
    "LedgerMachine",
    "Model",
    "RefusalError",
    "RolesLedgerMachine",
    "SqliteLedgerMachine",
    "SqliteRolesLedgerMachine",
    "StoreContract",
    "run_machine",
    "strategies",
]
