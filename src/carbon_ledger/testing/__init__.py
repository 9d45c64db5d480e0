"""Test tools for applications, for stores, and for projects that build on a ledger.

For applications; nothing more has to be installed:

- `Clock`: a clock that stands still until a test moves it.
- `sample_ledger`: a small ledger with readings, an issuance, a transfer and a retirement.

With Hypothesis (extra ``testing``):

- `StoreContract`: tests that every store must pass.
- `LedgerMachine`: a Hypothesis state machine that drives a ledger and a naive model side by side.
- `Model`: that model, with one row for each unit; it imports nothing from the ledger.
- `strategies`: Hypothesis strategies for energies, periods, columns, blocks, ids and keys.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from carbon_ledger.errors import MissingExtraError
from carbon_ledger.printing import quote
from carbon_ledger.testing.clock import Clock
from carbon_ledger.testing.ledgers import sample_ledger

if TYPE_CHECKING:
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

# The module of each name that needs Hypothesis. It is loaded at the first use of the name.
_HOMES = {
    "LedgerMachine": "ledger_machine",
    "Model": "_model.model",
    "RefusalError": "_model.rows",
    "RolesLedgerMachine": "machines",
    "SqliteLedgerMachine": "machines",
    "SqliteRolesLedgerMachine": "machines",
    "StoreContract": "store_contract",
    "run_machine": "machines",
    "strategies": "strategies",
}

__all__ = [
    "Clock",
    "LedgerMachine",
    "Model",
    "RefusalError",
    "RolesLedgerMachine",
    "SqliteLedgerMachine",
    "SqliteRolesLedgerMachine",
    "StoreContract",
    "run_machine",
    "sample_ledger",
    "strategies",
]

if not TYPE_CHECKING:  # to a type checker, a name that is not there is an error

    def __getattr__(name: str) -> object:
        """Return a name that needs Hypothesis, loading its module first."""
        if name not in _HOMES:
            raise AttributeError(f"module {quote(__name__)} has no attribute {quote(name)}")
        if find_spec("hypothesis") is None:
            raise MissingExtraError(
                f"carbon_ledger.testing.{name} needs Hypothesis, which is not installed: "
                "pip install 'carbon-ledger[testing]'"
            )
        module = import_module(f"{__name__}.{_HOMES[name]}")
        value = module if name == "strategies" else getattr(module, name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
