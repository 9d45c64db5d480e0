"""The roles and states that the command line offers are the ledger's; `test_command_line.py` tries the commands."""

from carbon_ledger.command_line.looking import STATES
from carbon_ledger.command_line.roles import ROLES
from carbon_ledger.core.entries import events
from carbon_ledger.core.state import rows


def test_the_choices_are_those_of_the_ledger() -> None:
    assert ROLES == events.ROLES
    assert (*rows.STATES, rows.EXPIRED) == STATES
