"""The ledger machine on a server: random commands on a ledger and on its naive model, which must agree."""

import os
from collections import Counter
from itertools import count
from typing import Any, ClassVar

import pytest
from tests.support.postgres import Server

from carbon_ledger.core.state.store import Store
from carbon_ledger.stores.postgres import PostgresStore
from carbon_ledger.testing import LedgerMachine, run_machine

pytestmark = pytest.mark.postgres

STEPS = 50  # `python -m tests.postgres.long_run machine` runs more
_numbers = count()


def machine_on(server: Server, policy: str = "open") -> type[LedgerMachine]:
    """A machine whose ledgers are on a server, each in a schema of its own, which is removed at the end."""

    class PostgresLedgerMachine(LedgerMachine):
        persistent: ClassVar[bool] = True
        steps_run: ClassVar[int] = 0
        tally: ClassVar[Counter[tuple[str, bool]]] = Counter()

        def __init__(self) -> None:
            self.schema = f"machine_{os.getpid()}_{next(_numbers)}"
            super().__init__()

        def open_store(self) -> Store:
            return PostgresStore(server.url(self.schema))

        def teardown(self) -> None:
            try:
                super().teardown()
            finally:
                server.run(f"drop schema if exists {self.schema} cascade")

    machine: Any = PostgresLedgerMachine
    machine.policy = policy
    return PostgresLedgerMachine


@pytest.mark.parametrize("policy", ["open", "roles"])
def test_the_machine_and_the_model_agree_on_a_server(server: Server, policy: str) -> None:
    assert run_machine(machine_on(server, policy), STEPS // 2, shrink=False) >= STEPS // 2
