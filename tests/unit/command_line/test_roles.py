"""The roles and states that the command line offers are the ledger's; `test_command_line.py` tries the commands."""

from tests.support.command_line import leaves

from carbon_ledger.core.entries import events
from carbon_ledger.core.state import rows


def choices(path: tuple[str, ...], name: str) -> tuple[str, ...]:
    """The choices of a parameter of a command."""
    command = dict(leaves())[path]
    (parameter,) = [item for item in command.params if item.name == name]
    return tuple(parameter.type.choices)  # type: ignore[attr-defined]


def test_the_choices_are_those_of_the_ledger() -> None:
    assert choices(("role", "grant"), "role") == choices(("role", "revoke"), "role") == events.ROLES
    assert choices(("positions",), "state") == (*rows.STATES, rows.EXPIRED)
