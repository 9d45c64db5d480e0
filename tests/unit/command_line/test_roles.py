"""The roles and states that the command line offers are the ledger's; `test_command_line.py` tries the commands."""

from pathlib import Path

from tests.support.command_line import call, leaves

import carbon_ledger as cl
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


def test_the_roles_of_all_actors_are_listed_without_an_actor(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with cl.open_ledger(path, policy="roles", by="rita") as ledger:
        ledger.open_account("op", name="Operator", by="rita")
        ledger.grant("ivan", "issuer", by="rita")
        ledger.grant("ann", "account-holder", account="op", by="rita")
        ledger.grant("gone", "issuer", by="rita")
        ledger.revoke("gone", "issuer", reason="left", by="rita")
    listed = [line.split() for line in call("-f", path, "role", "list").out.splitlines()]
    assert listed == [
        ["actor", "role", "account", "since", "entry"],
        ["rita", "registrar", "0"],
        ["ivan", "issuer", "2"],
        ["ann", "account-holder", "op", "3"],
    ]
    found = call("-f", path, "role", "list", "--json").json["roles"]
    assert [item["actor"] for item in found] == ["rita", "ivan", "ann"]
    assert [item["actor"] for item in call("-f", path, "role", "list", "ivan", "--json").json["roles"]] == ["ivan"]


def test_a_ledger_of_the_policy_open_has_no_roles(tmp_path: Path) -> None:
    cl.open_ledger(tmp_path / "a.db").close()
    done = call("-f", tmp_path / "a.db", "role", "list")
    assert (done.status, done.out + done.err) == (0, "nobody has a role\n")
