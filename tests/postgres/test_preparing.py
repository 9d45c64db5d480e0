"""Schemas of something else are refused, many ledgers are in one database, and old tables are derived again."""

from pathlib import Path

import psycopg
import pytest
from tests.postgres.conftest import NewUrl
from tests.support.postgres import Server

import carbon_ledger as cl
from carbon_ledger.core.state.rows import KeyUse
from carbon_ledger.errors import BrokenLogError, NotALedgerError, StoreError, StoreReadOnlyError, UnsupportedSchemaError
from carbon_ledger.stores.postgres import PostgresStore, schema
from carbon_ledger.stores.postgres.administration import prepare
from carbon_ledger.stores.postgres.places import place_of
from carbon_ledger.testing import Clock, sample_ledger
from carbon_ledger.testing._machine.side_by_side import contents
from carbon_ledger.testing.samples import entry_bytes

pytestmark = pytest.mark.postgres


@pytest.fixture
def filled(url: NewUrl) -> tuple[str, str]:
    """The URL of a ledger with a history, and its schema."""
    where = url()
    with sample_ledger() as sample:
        cl.copy_ledger(sample, where)
    return where, place_of(where).schema


def test_many_ledgers_are_in_one_database_and_do_not_wait_for_each_other(url: NewUrl) -> None:
    with cl.open_ledger(url(), timeout_s=0) as one, cl.open_ledger(url(), timeout_s=0) as two, one.batch():
        one.open_account("a", name="A")
        two.open_account("b", name="B")
        assert (one.accounts(), two.accounts()) == (("a",), ("b",))


def test_a_schema_of_something_else_is_no_ledger(server: Server, url: NewUrl) -> None:
    where = url()
    name = place_of(where).schema
    server.run(f"create schema {name}", f"create table {name}.things (a int)")
    with pytest.raises(NotALedgerError, match="has tables of something else"):
        cl.open_ledger(where)
    assert server.run(f"select count(*) from pg_tables where schemaname = '{name}'") == [(1,)]
    with pytest.raises(NotALedgerError, match="has no ledger"):
        cl.open_ledger(url(), read_only=True)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("alter table {0}.entry disable trigger no_update", "triggers are not those of a ledger"),
        ("drop trigger in_order on {0}.entry", "triggers are not those of a ledger"),
        ("create trigger more after insert on {0}.entry execute function {0}.require_order()", "triggers"),
        ("alter table {0}.balance alter column active type text", "columns are not those of a ledger"),
        ("alter table {0}.balance add column more text", "columns"),
        ("delete from {0}.ledger_format", "has 0 rows, expected one"),
    ],
)
def test_a_changed_schema_is_refused(server: Server, filled: tuple[str, str], change: str, named: str) -> None:
    where, name = filled
    server.run(change.format(name))
    with pytest.raises(BrokenLogError, match=named):
        cl.open_ledger(where)


def test_a_newer_version_is_refused(server: Server, filled: tuple[str, str]) -> None:
    where, name = filled
    server.run(f"update {name}.ledger_format set version = version + 1")
    with pytest.raises(UnsupportedSchemaError, match="install a newer carbon-ledger"):
        cl.open_ledger(where)


def test_tables_of_an_older_version_are_derived_again_by_their_owner(server: Server, filled: tuple[str, str]) -> None:
    """With the rights that the roles had; a writer alone is told who has to do it."""
    where, name = filled
    prepare(where, writers=(f"w_{name}",), auditors=(f"a_{name}",))
    server.run(f"alter role w_{name} login", f"alter role a_{name} login")
    with cl.open_ledger(where) as ledger:
        before = contents(ledger._store)
    server.run(
        f"update {name}.ledger_format set version = 0",
        f"drop table {name}.vintage",
        f"alter table {name}.balance rename column active to free",
        f"create table {name}.old_totals (n bigint)",
    )
    with pytest.raises(StoreReadOnlyError, match="open the ledger once as the owner"):
        cl.open_ledger(server.url(name, f"w_{name}"))
    with cl.open_ledger(where) as ledger:
        assert contents(ledger._store) == before
        assert ledger.audit().passed
    with cl.open_ledger(server.url(name, f"w_{name}"), clock=Clock()) as ledger:
        ledger.open_account("new", name="New")
    with cl.open_ledger(server.url(name, f"a_{name}"), read_only=True) as ledger:
        assert "new" in ledger.accounts()
        assert ledger.audit().passed
    assert server.run(f"select version from {name}.ledger_format") == [(schema.SCHEMA_VERSION,)]


def test_what_follows_the_lock_sees_what_was_committed_while_waiting(server: Server, filled: tuple[str, str]) -> None:
    """Under REPEATABLE READ, which this store does not use, the statement that waits would have the older snapshot."""
    where, name = filled
    lock = place_of(where).lock
    seen = {}
    for level in ("read committed", "repeatable read"):
        with (
            psycopg.connect(server.conninfo("owner"), autocommit=True) as one,
            psycopg.connect(server.conninfo("owner"), autocommit=True) as two,
        ):
            one.execute("begin")
            one.execute("select pg_advisory_xact_lock(%s)", (lock,))
            two.execute(f"begin isolation level {level}")
            two.pgconn.send_query(f"select pg_advisory_xact_lock({lock})".encode())
            while not server.run("select 1 from pg_locks where locktype = 'advisory' and not granted"):
                pass
            one.execute(f"insert into {name}.entry select max(n) + 1, sha256('\\x00'), '' from {name}.entry")
            one.execute("commit")
            while two.pgconn.is_busy():
                two.pgconn.consume_input()
            while two.pgconn.get_result() is not None:
                pass
            seen[level] = two.execute(f"select max(n) from {name}.entry").fetchall()[0][0]
            two.execute("rollback")
    assert seen == {"read committed": 11, "repeatable read": 11}, "the second reads the past: it lacks entry 12"


def test_the_server_refuses_an_entry_that_is_not_whole_and_the_batch_with_it(url: NewUrl) -> None:
    """A key that is taken, found when the rows are sent with the commit."""
    store = PostgresStore(url())
    with store.transaction():
        store.append(entry_bytes(0), [KeyUse("k", "a", 0)])
    with pytest.raises(StoreError), store.transaction():
        store.append(entry_bytes(1), [KeyUse("k", "a", 1)])
    assert store.size() == 1
    with store.transaction():
        store.append(entry_bytes(1), [KeyUse("l", "a", 1)])
    assert list(store.rows("key_use")) == [("k", "a", 0), ("l", "a", 1)]
    store.close()


def test_a_password_is_in_no_message_and_not_passed_on(server: Server) -> None:
    url = "postgresql://owner:s3cret@127.0.0.1:1/postgres?password=other&ledger_schema=a"
    with pytest.raises(StoreError) as raised:
        cl.open_ledger(url, timeout_s=0)
    assert "s3cret" not in str(raised.value)
    assert "other" not in str(raised.value)
    place = place_of(url)
    assert place.location is None
    assert place.name == "postgresql://owner@127.0.0.1:1/postgres?ledger_schema=a"
    assert "s3cret" not in f"{place!r} {place}"
    assert "other" not in f"{place!r} {place}"
    assert place.hidden("bad s3cret\n or other") == "bad *** or ***"
    store = PostgresStore(f"{server.url('secret')}&password=x")
    assert (store.worker_path(), store.split_points(10, 2)) == (None, [])
    store.close()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://owner:s3c/ret@127.0.0.1:1/db",
        "postgresql://owner:1/s3cret@127.0.0.1:1/db",
        "postgresql://owner:s3c#ret@127.0.0.1:1/db",
        "postgresql://owner:s3c?ret@127.0.0.1:1/db",
        "postgresql://owner:1?s3c=ret@127.0.0.1:1/db",
        "postgresql://owner:s3c@ret@127.0.0.1:1/db",
        "postgresql://owner:s3c[ret@127.0.0.1:1/db",
        "postgresql://127.0.0.1:s3cret/db",
    ],
)
def test_a_password_that_would_be_read_as_something_else_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(NotALedgerError, match="In a password, @ : / ") as raised:
        cl.open_ledger(url, timeout_s=0)
    assert not any(part in str(raised.value) for part in ("s3c", "ret"))


@pytest.mark.parametrize("name", ["schema", "currentSchema", "search_path"])
def test_a_schema_that_is_named_as_in_other_programs_is_refused_with_our_name_of_it(name: str) -> None:
    with pytest.raises(NotALedgerError, match=f"parameter {name}: expected ledger_schema=, which names the schema"):
        cl.open_ledger(f"postgresql://owner@127.0.0.1:1/db?{name}=wind", timeout_s=0)


@pytest.mark.parametrize("before", [" ", "\n", "'", '"', "<"])
def test_a_password_of_a_url_that_was_pasted_with_more_is_not_shown(before: str) -> None:
    """It is no path of a file, whose message would show it."""
    with pytest.raises(NotALedgerError, match="expected a file, or a URL") as raised:
        cl.open_ledger(f"{before}postgresql://owner:s3cret@127.0.0.1:1/db")
    assert "s3cret" not in str(raised.value)
    with pytest.raises(cl.CarbonLedgerError) as refused:
        cl.open_ledger("postgresql://owner@127.0.0.1:1/db?passwd=s3cret", timeout_s=0)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("read_only", [True, False])
def test_the_url_of_another_kind_of_server_is_no_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read_only: bool
) -> None:
    """Unless there is a file of that name."""
    monkeypatch.chdir(tmp_path)
    for url in ("mysql://owner:s3cret@db/registry", "sqlite:///ledger.db", "http://owner:s3cret@db/ledger.db"):
        with pytest.raises(NotALedgerError, match="or a URL that begins with postgresql://") as raised:
            cl.open_ledger(url, read_only=read_only)
        assert "s3cret" not in str(raised.value)
    Path("sqlite:").mkdir()
    cl.open_ledger("sqlite:/ledger.db").close()
    assert cl.open_ledger("sqlite://ledger.db").size == 1


def test_several_hosts_and_addresses_are_hosts() -> None:
    for hosts in ("a,b:5433", "[::1]:5432,[fe80::1]", "", "me@a.example,b"):
        assert place_of(f"postgresql://{hosts}/db").conninfo == f"postgresql://{hosts}/db"
    secret = place_of("postgresql://h/db?oauth_client_secret=s3cret&scram_client_key=s3cret&passfile=/etc/p")
    assert (secret.name, secret.location) == ("postgresql://h/db?passfile=%2Fetc%2Fp", None)
