"""Ledger machines for the stores of this library and for both policies, and `run_machine`."""

import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Final

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from carbon_ledger.core.state.store import Store
from carbon_ledger.stores.sqlite import SqliteStore
from carbon_ledger.testing.ledger_machine import LedgerMachine

STEPS_PER_RUN: Final = 50
RUNS_AT_ONCE: Final = 20


class RolesLedgerMachine(LedgerMachine):
    """The ledger machine with the policy ``roles``, in memory."""

    policy: ClassVar[str] = "roles"
    steps_run: ClassVar[int] = 0
    tally: ClassVar[Counter[tuple[str, bool]]] = Counter()


class SqliteLedgerMachine(LedgerMachine):
    """The ledger machine with a ledger file in a temporary directory."""

    persistent: ClassVar[bool] = True
    steps_run: ClassVar[int] = 0
    tally: ClassVar[Counter[tuple[str, bool]]] = Counter()

    def __init__(self) -> None:
        self.directory = tempfile.TemporaryDirectory(prefix="carbon-ledger-")
        super().__init__()

    def open_store(self) -> Store:
        """Open the ledger file."""
        return SqliteStore(Path(self.directory.name) / "machine.db")

    def teardown(self) -> None:
        """Audit, close and remove the file."""
        try:
            super().teardown()
        finally:
            self.directory.cleanup()


class SqliteRolesLedgerMachine(SqliteLedgerMachine):
    """The ledger machine with the policy ``roles`` and a ledger file."""

    policy: ClassVar[str] = "roles"
    steps_run: ClassVar[int] = 0
    tally: ClassVar[Counter[tuple[str, bool]]] = Counter()


# How steps are divided among the machines; the faster store gets more.
_SHARES: Final[Mapping[type[LedgerMachine], int]] = {
    LedgerMachine: 4,
    RolesLedgerMachine: 4,
    SqliteLedgerMachine: 2,
    SqliteRolesLedgerMachine: 2,
}
STEPS_OF_CI: Final = 9_000  # run by the test suite


def shared_out(steps: int) -> dict[type[LedgerMachine], int]:
    """The number of steps for each of the library's machines; the sum is at least *steps*.

    Example:
        >>> sum(shared_out(100).values()) >= 100
        True
    """
    parts = sum(_SHARES.values())
    return {machine: -(-steps * share // parts) for machine, share in _SHARES.items()}


def run_machine(machine: type[LedgerMachine], steps: int, *, shrink: bool = True, seeds_from: int = 0) -> int:
    """Run a machine for at least a given number of steps, the same steps in every call.

    Args:
        machine: The machine.
        steps: The number of steps, at least.
        shrink: After a failure, search for the shortest run that fails, which can take minutes.
        seeds_from: The first seed. Each seed makes twenty runs; other seeds make other runs.

    Returns:
        The number of steps that were run.

    Raises:
        AssertionError: Ledger and model disagree.

    Example:
        >>> run_machine(LedgerMachine, 20) >= 20
        True
    """
    before, rounds = machine.steps_run, seeds_from
    while machine.steps_run - before < steps:
        left = steps - (machine.steps_run - before)
        once: type[LedgerMachine] = type(machine.__name__, (machine,), {"steps_run": 0})
        try:
            run_state_machine_as_test(
                seed(rounds)(once),
                settings=settings(
                    max_examples=min(RUNS_AT_ONCE, -(-left // STEPS_PER_RUN)),
                    stateful_step_count=STEPS_PER_RUN,
                    deadline=None,
                    database=None,
                    print_blob=False,
                    phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            machine.steps_run += once.steps_run
        rounds += 1
    return machine.steps_run - before
