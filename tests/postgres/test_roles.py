"""The server refuses to change the past: by rights for writers and auditors, by triggers for the owner too."""

import psycopg
import pytest
from tests.postgres.conftest import NewUrl
from tests.support.postgres import Server

import carbon_ledger as cl
from carbon_ledger.errors import StoreError, StoreReadOnlyError
from carbon_ledger.stores.postgres.administration import prepare
from carbon_ledger.stores.postgres.places import place_of
from carbon_ledger.stores.tables import BY_NAME
from carbon_ledger.testing import Clock, sample_ledger

pytestmark = pytest.mark.postgres

ROLES = ("ledger_writer", "ledger_auditor")
# A new entry and its hash, so that nothing but the rule at hand is in the way.
NEXT = "insert into entry select max(n) + {k}, sha256('\\x007b7d'::bytea), '\\x7b7d'::bytea from entry"

REFUSED = (
    "update entry set data = data",
    "update entry set leaf = leaf where n = 3",
    "update entry set n = 1000 where n = 3",
    "delete from entry where n = 3",
    "delete from entry",
    "truncate entry",
    "truncate entry cascade",
    "merge into entry using (select 3 as n) as s on s.n = entry.n when matched then delete",
    "insert into entry select n, leaf, data from entry where n = 3",
    "insert into entry select n, leaf, data from entry where n = 3 on conflict (n) do update set data = excluded.data",
    NEXT.format(k=2),
    "insert into entry values (-1, sha256('\\x007b7d'::bytea), '\\x7b7d'::bytea)",
    "insert into entry select max(n) + 1, sha256('\\x7b7d'::bytea), '\\x7b7d'::bytea from entry",
    "insert into entry select max(n) + 1, sha256('\\x00' || convert_to(repeat('x', 65536), 'UTF8')), "
    "convert_to(repeat('x', 65536), 'UTF8') from entry",
    "update tile set data = ''",
    "delete from tile",
    "insert into tile values (0, 0, '\\x00', '\\x00')",
    "update balance set active = active + 1000",
    "delete from balance",
    "delete from piece where account = 'buyer'",
    "update piece set account = 'owner'",
    "update registration set n = 0",
    "truncate reading",
    "update reading set net_wh = net_wh * 2",
    "update reading set to_n = 5",
    "update claim set to_n = (select max(n) from entry)",
    "update reading set to_n = null",
    "insert into balance values ('buyer', 'EECS-GO', 10, 9000, 0, 0, 0, 0, 0, 0, 0)",
    "insert into piece values ('wind/2025/8', 1, 300, 'owner', 'active', 10)",
    "insert into registration values ('account', 'ghost', 3)",
    "insert into key_use values ('key', 'tester', 4)",
    "alter table entry disable trigger all",
    "alter table entry drop constraint entry_hash",
    "drop trigger no_update on entry",
    "drop table entry cascade",
    "create rule quiet as on insert to entry do instead nothing",
    "set session_replication_role = replica",
    "create or replace function refuse_edit() returns trigger language plpgsql as 'begin return new; end'",
    "update ledger_format set version = 0",
    "alter schema {schema} rename to elsewhere",
    "create table entry_too (n bigint)",
)


@pytest.fixture(scope="module")
def place(server: Server) -> str:
    """The schema of a ledger with a history, for which there are a writer and an auditor."""
    prepare(server.url("roles"), writers=ROLES[:1], auditors=ROLES[1:])
    for role in ROLES:
        server.run(f"alter role {role} login")
    with sample_ledger() as sample:
        cl.copy_ledger(sample, server.url("roles", "ledger_writer"))
    return "roles"


def attempt(server: Server, schema: str, user: str, statement: str) -> psycopg.Error | None:
    """The error of a statement that is rolled back, or None."""
    with psycopg.connect(server.conninfo(user)) as connection:
        connection.execute(f'set search_path = "{schema}"')
        try:
            connection.execute(statement.replace("{schema}", schema))
            connection.execute("set constraints all immediate")
        except psycopg.Error as error:
            return error
        finally:
            connection.rollback()
    return None


@pytest.mark.parametrize("statement", REFUSED)
def test_a_writer_cannot_change_the_past(server: Server, place: str, statement: str) -> None:
    if "merge" in statement and server.run("show server_version_num")[0][0] < "150000":
        pytest.skip("PostgreSQL has MERGE since version 15")
    error = attempt(server, place, "ledger_writer", statement)
    assert error is not None, "the server accepted it"
    expected = {"42501", "CL001", "CL002", "CL003", "23505", "23514", "42P17"}
    assert error.sqlstate in expected, f"{error.sqlstate}: {error}"


def test_these_statements_are_at_least_twenty_and_a_writer_may_append() -> None:
    assert len(set(REFUSED)) >= 40


def test_a_writer_appends_and_what_it_appends_is_as_the_owner_would(server: Server, place: str) -> None:
    """The statements above are refused for what they change, and not because this role may do nothing."""
    assert attempt(server, place, "ledger_writer", NEXT.format(k=1)) is None
    new = "insert into registration select 'account', 'new', max(n) from entry"
    assert attempt(server, place, "ledger_writer", f"{NEXT.format(k=1)}; savepoint a; {new}") is None
    inside = f"savepoint a; {NEXT.format(k=1)}; release a; savepoint b; {new}"
    assert attempt(server, place, "ledger_writer", inside) is None


@pytest.mark.parametrize(
    "statement", ["update entry set data = data", "delete from entry", "truncate entry", "delete from tile"]
)
def test_the_owner_cannot_edit_entries_either(server: Server, place: str, statement: str) -> None:
    error = attempt(server, place, "owner", statement)
    assert error is not None
    assert error.sqlstate == "CL001"


@pytest.mark.parametrize("table", ["entry", "tile", *BY_NAME])
def test_an_auditor_reads_every_table_and_writes_none(server: Server, place: str, table: str) -> None:
    assert attempt(server, place, "ledger_auditor", f"select * from {table}") is None
    for statement in (
        f"insert into {table} select * from {table} limit 1",
        f"update {table} set {'data = data' if table in ('entry', 'tile') else f'{BY_NAME[table].names[0]} = null'}",
        f"delete from {table}",
        f"truncate {table}",
        f"lock table {table} in exclusive mode",
    ):
        error = attempt(server, place, "ledger_auditor", statement)
        assert error is not None
        assert error.sqlstate == "42501"


def test_an_auditor_audits_and_records_nothing(server: Server, place: str) -> None:
    for read_only in (True, False):
        with cl.open_ledger(server.url(place, "ledger_auditor"), clock=Clock(), read_only=read_only) as ledger:
            assert ledger.audit(workers=2).passed
            size = ledger.size
            with pytest.raises(StoreReadOnlyError):
                ledger.open_account("third", name="Third")
            assert ledger.size == size


def test_a_writer_records_and_cannot_derive_the_tables_again(server: Server, place: str) -> None:
    with cl.open_ledger(server.url(place, "ledger_writer"), by="tester", clock=Clock()) as ledger:
        with pytest.raises(StoreReadOnlyError, match="only the owner may derive the tables again"):
            ledger.rebuild()
        ledger.open_account("fourth", name="Fourth", key="fourth")
        assert "fourth" in ledger.accounts()
    with cl.open_ledger(server.url(place)) as ledger:
        ledger.rebuild()
        assert ledger.audit().passed


def test_roles_are_created_once_and_granted_again(server: Server, url: NewUrl) -> None:
    where = url()
    first = prepare(where, writers=("w one",), auditors=("a'\"two",))
    assert first.created == ("w one", "a'\"two")
    assert first.owner == "owner"
    assert prepare(where, writers=("w one",)).created == ()
    schema = place_of(where).schema
    rights = server.run(
        "select grantee::text, count(*) from information_schema.table_privileges where table_schema = "
        f"'{schema}' and grantee <> 'owner' and privilege_type <> 'SELECT' group by 1"
    )
    assert rights == [("w one", 2 + len(BY_NAME))]
    for name in ("", "public", "x" * 64):
        with pytest.raises(StoreError, match="expected the name of a role"):
            prepare(where, writers=(name,))
