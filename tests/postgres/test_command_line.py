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
    again = call("init", writer, "--id", "shell")
    assert (again.status, "name another schema with ?ledger_schema=" in again.err) == (4, True), again.err
    assert call("-f", writer, "account", "add", "a", "--name", "Alpha").status == 0
    assert call("-f", auditor, "account", "add", "b", "--name", "Beta").status == 4
    assert call("-f", auditor, "audit").status == 0
    query = call("-f", auditor, "query", "select 1").err
    assert all(text in query for text in ("needs a ledger file", "carbon-ledger backup", "with -f")), query
    assert call("-f", auditor, "copy", str(tmp_path / "copy.db")).status == 0
    with cl.open_ledger(tmp_path / "copy.db") as copy:
        assert (copy.ledger_id, copy.accounts()) == ("shell", ("a",))
        copy.open_account("b", name="Beta")
    assert call("-f", str(tmp_path / "copy.db"), "copy", writer).status == 0
    assert "the target is the source" in call("-f", writer, "copy", writer).err
    with cl.open_ledger(auditor, read_only=True) as found:
        assert found.accounts() == ("a", "b")


def test_a_ledger_that_its_owner_began_alone_has_no_writer_until_one_is_allowed(server: Server, url: NewUrl) -> None:
    where = url()
    schema = place_of(where).schema
    assert call("init", where, "--id", "alone").status == 0
    server.run(f"create role service_{schema} login")
    service = server.url(schema, f"service_{schema}")
    assert "permission denied" in call("-f", service, "account", "list").err
    assert call("postgres", "init", where, "--writer", f"w_{schema}", "--auditor", f"a_{schema}").status == 0
    server.run(f"grant w_{schema} to service_{schema}")
    assert call("-f", service, "account", "add", "a", "--name", "Alpha").status == 0


def _members(server: Server, schema: str) -> None:
    """Users whom the roles of a ledger are granted to, and one without a right."""
    server.run(
        *(f"create role {name}_{schema} login" for name in ("service", "office", "stranger")),
        f"grant w_{schema} to service_{schema}",
        f"grant a_{schema} to office_{schema}",
    )


def test_the_status_of_a_ledger_says_its_versions_size_and_rights(server: Server, url: NewUrl) -> None:
    where = url()
    schema = place_of(where).schema
    absent = call("postgres", "status", where)
    assert (absent.status, "has no ledger" in absent.err) == (4, True), absent.err
    assert server.run(f"select to_regnamespace('{schema}')::text") == [(None,)]  # nothing is created
    assert call("postgres", "init", where, "--writer", f"w_{schema}", "--auditor", f"a_{schema}").status == 0
    _members(server, schema)
    assert "not begun; begin it with init" in call("postgres", "status", where).out
    assert call("init", where, "--id", "wind-2026").status == 0
    assert call("-f", where, "account", "add", "a", "--name", "Alpha").status == 0
    shown = call("postgres", "status", server.url(schema, f"office_{schema}"))
    assert shown.status == 0, shown.err
    lines = [" ".join(line.split()) for line in shown.out.splitlines()]
    assert {"ledger wind-2026", "entries 2", f"schema {schema}", f"you office_{schema}"} <= set(lines)
    assert f"service_{schema} append, read yes w_{schema}" in lines
    assert f"office_{schema} read yes a_{schema}" in lines
    assert f"w_{schema} append, read no" in lines
    assert "stranger" not in shown.out
    found = call("--json", "-f", where, "postgres", "status").json["status"]
    assert (found["ledger_id"], found["entries"], found["newest_type"]) == ("wind-2026", 2, "account.opened")
    assert (found["version"], found["latest"], found["owner"], found["is_standby"]) == (1, 1, "owner", False)
    assert found["size"] > 100_000
    server.run(f"revoke w_{schema} from service_{schema}")
    assert "service" not in call("postgres", "status", where).out


def test_the_status_shows_a_right_that_a_role_has_to_take_first(server: Server, url: NewUrl) -> None:
    """A role that inherits nothing, or a member of a superuser, can do all that with SET ROLE."""
    where = url()
    schema = place_of(where).schema
    assert call("postgres", "init", where, "--writer", f"w_{schema}").status == 0
    granted = {"late": f"w_{schema}", "admin": f"root_{schema}", "deputy": "owner"}
    server.run(f"create role root_{schema} superuser")
    for name, role in granted.items():
        server.run(f"create role {name}_{schema} login noinherit in role {role}")
    assert server.run(f"set role w_{schema}", f"select 1 from {schema}.entry", user=f"late_{schema}") == []
    lines = [" ".join(line.split()) for line in call("postgres", "status", where).out.splitlines()]
    assert f"late_{schema} append, read yes w_{schema}" in lines
    assert f"admin_{schema} everything (superuser) yes root_{schema}" in lines
    assert f"deputy_{schema} everything (superuser) yes owner" in lines


def test_the_status_of_a_file_or_of_a_ledger_that_was_not_granted_is_refused(server: Server, url: NewUrl) -> None:
    where = url()
    schema = place_of(where).schema
    call("postgres", "init", where, "--writer", f"w_{schema}", "--auditor", f"a_{schema}")
    _members(server, schema)
    wrong = call("postgres", "status", "registry.db")
    assert (wrong.status, "expected a URL that begins with postgresql://" in wrong.err) == (2, True), wrong.err
    stranger = call("postgres", "status", server.url(schema, f"stranger_{schema}"))
    assert stranger.status == 4
    assert f"permission denied for schema {schema}" in stranger.err
    assert "let the owner grant it the role of a writer or of an auditor" in stranger.err
