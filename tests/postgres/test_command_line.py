"""The command line with a ledger on a server: prepared, begun, used, copied and audited."""

from pathlib import Path

import pytest
from tests.postgres.conftest import NewUrl
from tests.support.command_line import call
from tests.support.postgres import Server

import carbon_ledger as cl
from carbon_ledger.stores.postgres.places import place_of

pytestmark = pytest.mark.postgres


def test_a_ledger_on_a_server_from_the_shell(server: Server, url: NewUrl, tmp_path: Path) -> None:
    where = url()
    schema = place_of(where).schema
    missing = call("-f", where, "account", "list")
    assert missing.status == 4
    assert "has no ledger" in missing.err
    done = call("postgres", "init", where, "--writer", f"w_{schema}", "--auditor", f"a_{schema}")
    assert done.status == 0, done.err
    assert f"w_{schema}, a_{schema}" in done.out
    server.run(f"alter role w_{schema} login", f"alter role a_{schema} login")
    unprepared = call("init", server.url(f"{schema}_other", f"w_{schema}"))
    assert (unprepared.status, "carbon-ledger postgres init" in unprepared.err) == (4, True), unprepared.err
    writer, auditor = server.url(schema, f"w_{schema}"), server.url(schema, f"a_{schema}")
    empty = call("-f", writer, "account", "list")
    assert (empty.status, "begin it with init" in empty.err) == (4, True), empty.err
    assert call("init", writer, "--id", "shell").status == 0
    assert call("init", writer, "--id", "shell").status == 4
    assert call("-f", writer, "account", "add", "a", "--name", "Alpha").status == 0
    assert call("-f", auditor, "account", "add", "b", "--name", "Beta").status == 4
    assert call("-f", auditor, "audit").status == 0
    assert "a ledger file" in call("-f", auditor, "query", "select 1").err
    assert call("-f", auditor, "copy", str(tmp_path / "copy.db")).status == 0
    with cl.open_ledger(tmp_path / "copy.db") as copy:
        assert (copy.ledger_id, copy.accounts()) == ("shell", ("a",))
        copy.open_account("b", name="Beta")
    assert call("-f", str(tmp_path / "copy.db"), "copy", writer).status == 0
    with cl.open_ledger(auditor, read_only=True) as found:
        assert found.accounts() == ("a", "b")
