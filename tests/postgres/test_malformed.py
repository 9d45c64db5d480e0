"""An entry on the server that cannot be read is named as what it is, whatever statement meets it."""

import hashlib
from collections.abc import Callable

import pytest
from tests.support.postgres import Server

import carbon_ledger as cl
from carbon_ledger.testing import Clock, sample_ledger

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize(
    "data", [b"{", b"\xff", b'{"event": {"id": "\\u0000"}}', b'{"event": "\\ud800"}', b"[1e999999]"]
)
def test_a_command_near_an_entry_that_is_not_json(server: Server, url: Callable[[], str], data: bytes) -> None:
    """The server looks in the entry of the offer for the units that are offered."""
    with sample_ledger() as sample:
        where = url()
        cl.copy_ledger(sample, where)
    with cl.open_ledger(where, clock=Clock(), by="tester") as ledger:
        offer = ledger.offer(ledger.positions("owner")[0].block, to="buyer")
        ledger.open_account("later", name="Later")
        size = ledger.size
    leaf, entry = hashlib.sha256(b"\0" + data).hexdigest(), f"{where.rpartition('=')[2]}.entry"
    server.run(
        f"alter table {entry} disable trigger user",
        f"update {entry} set data = '\\x{data.hex()}', leaf = '\\x{leaf}' where n = {size - 2}",
        f"alter table {entry} enable trigger user",
    )
    with cl.open_ledger(where, clock=Clock(), by="tester") as ledger:
        with pytest.raises(cl.errors.BrokenLogError, match="malformed"):
            ledger.accept(offer)
        assert ledger.size == size
