"""How often a command waits for the server, counted by a proxy between them: commands declare what they will ask."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest
from benchmarks.harness.loopback import Loopback
from tests.postgres.conftest import NewUrl
from tests.support.everything import FilledLedger, everything
from tests.support.postgres import Server

import carbon_ledger as cl
from carbon_ledger.stores.postgres.places import place_of

pytestmark = pytest.mark.postgres

MOST: Final = 3
# Commands that wait more often, and how often at most. Their wants are not declared, or depend on one another.
MORE: Final[dict[str, int]] = {}
# Commands that record nothing, or that are not of one ledger alone.
NOT_COUNTED: Final = ("backup", "publish", "audit", "rebuild", "receipt")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> FilledLedger:
    return everything(tmp_path_factory.mktemp("filled"))


@pytest.fixture
def proxy(server: Server) -> Iterator[Loopback]:
    with closing(Loopback(server.directory)) as found:
        yield found


def commands(filled: FilledLedger) -> dict[str, Any]:
    """The arguments of every command that records, by name."""
    from tests.unit.ledger.test_commands import COMMANDS

    return {name: filled.calls[name] for name in COMMANDS}


def turns_of(proxy: Loopback, ledger: cl.Ledger, name: str, arguments: Any) -> int:
    before = proxy.turns
    getattr(ledger, name)(**arguments)
    return proxy.turns - before
