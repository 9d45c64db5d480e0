"""How often a command waits for the server, counted by a proxy between them: commands declare what they will ask."""

from collections.abc import Iterator
from contextlib import closing
from typing import Final

import pytest
from benchmarks.harness.loopback import Loopback
from tests.support.everything import FilledLedger, everything
from tests.support.postgres import Server

import carbon_ledger as cl
from carbon_ledger.testing import sample_ledger

pytestmark = pytest.mark.postgres

# How often at most. Commands that are not here wait more often: their wants are not declared, or only in part.
WAITS: Final = {
    **dict.fromkeys(("open_account", "register_device", "record_generation", "advance_clock"), 2),
    **dict.fromkeys(
        ("transfer", "retire", "cancel", "lock", "release", "release_buffer", "cancel_buffer", "export"), 3
    ),
    **dict.fromkeys(("record_readings", "record_run", "register_meter", "register_registry", "adopt_factor"), 3),
    **dict.fromkeys(("grant", "revoke", "adopt_zone"), 3),
    **dict.fromkeys(("offer", "label", "unlabel"), 4),  # an offer is read once more for the caller
    **dict.fromkeys(("accept", "reject"), 6),
}


@pytest.fixture(scope="module")
def filled(server: Server, tmp_path_factory: pytest.TempPathFactory) -> FilledLedger:
    """A ledger with something of every kind, in a database from which others are made."""
    made = everything(tmp_path_factory.mktemp("filled"))
    server.run("create database filled")
    cl.copy_ledger(made.ledger, server.url("carbon_ledger", database="filled"))
    return made


@pytest.fixture
def proxy(server: Server) -> Iterator[Loopback]:
    with closing(Loopback(server.directory)) as found:
        yield found


def test_a_command_waits_for_the_server_three_times_at_most(
    server: Server, filled: FilledLedger, proxy: Loopback
) -> None:
    """In a client that has asked nothing before: what it asks first, what depends on that, and the commit."""
    waited: dict[str, int] = {}
    for name in sorted(WAITS, key=lambda name: (name == "advance_clock", name)):
        server.run("drop database if exists once with (force)", "create database once template filled")
        filled.clock.move(days=500 if name == "advance_clock" else 0)
        url = proxy.url("carbon_ledger", database="once")
        with cl.open_ledger(url, clock=filled.clock, by="tester") as ledger:
            size, before = ledger.size, proxy.turns
            getattr(ledger, name)(**filled.calls[name])
            waited[name] = proxy.turns - before
            assert ledger.size > size
    assert {name: turns for name, turns in waited.items() if turns > WAITS[name]} == {}


def test_an_issuance_of_certificates_waits_three_times(server: Server, proxy: Loopback) -> None:
    """With the project, its device and its readings unknown to the client; a transfer waits no more often."""
    with sample_ledger() as sample:
        cl.copy_ledger(sample, server.url("round_trips"))
    december = cl.Period.month(2025, 12, zone="Europe/Berlin")
    with cl.open_ledger(proxy.url("round_trips"), by="tester") as ledger:
        before = proxy.turns if ledger.size else 0
        (batch,) = ledger.issue("wind", december, to="owner")
        assert proxy.turns - before <= 3
        before = proxy.turns
        ledger.transfer(batch.take(5), to="buyer")
        assert proxy.turns - before <= 3
