"""The columns audit finds nothing in whatever the ledger machine records."""

from typing import ClassVar

import pytest

import carbon_ledger as cl
from carbon_ledger.testing.ledger_machine import LedgerMachine
from carbon_ledger.testing.machines import RolesLedgerMachine, run_machine


class Checked(LedgerMachine):
    """The ledger machine; each of its ledgers is checked by columns at the end."""

    checked: ClassVar[int] = 0

    def teardown(self) -> None:
        """Check the ledger by columns, then as the machine does."""
        report = cl.columns.audit(self.both.ledger)
        assert report.passed, str(report)
        Checked.checked += 1
        super().teardown()


class CheckedRoles(Checked, RolesLedgerMachine):
    """The same with the policy ``roles``."""


@pytest.mark.slow
@pytest.mark.parametrize("machine", [Checked, CheckedRoles])
def test_ledgers_of_the_machine_have_no_finding(machine: type[Checked]) -> None:
    before = Checked.checked
    assert run_machine(machine, 300, shrink=False) >= 300
    assert Checked.checked > before
