"""What tests of ledgers share, ours and those of projects that build on us (extra ``testing``).

- `LedgerMachine`: a Hypothesis state machine that drives a ledger and a naive model side by side.
- `Model`: that model, with one row for every unit; it imports nothing of the ledger.
- `StoreContract`: what every store must do, as tests.
- `strategies`: energies, periods, columns, blocks, ids and keys.
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
