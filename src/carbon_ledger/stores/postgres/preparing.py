"""Before a ledger on a server is used: its tables are created, checked, or derived again by a newer version."""

from collections.abc import Sequence, Set
from typing import Final

from carbon_ledger.errors import BrokenLogError, NotALedgerError, StoreReadOnlyError, UnsupportedSchemaError
from carbon_ledger.printing import quote
from carbon_ledger.stores.postgres.places import Place, identifier
from carbon_ledger.stores.postgres.schema import (
    FORMAT,
    SCHEMA_VERSION,
    columns,
    derived_statements,
    grants,
    log_statements,
    triggers,
)
from carbon_ledger.stores.postgres.sessions import Session, Statement

_LEAST_SERVER: Final = 140_000
_MOST_NAMED: Final = 5
_STATE: Final = (
    "select current_setting('server_version_num')::bigint, current_setting('server_encoding')",
    "select c.relname::text from pg_class c join pg_namespace s on s.oid = c.relnamespace "
    "where s.nspname = %s and c.relkind in ('r', 'p', 'v', 'm', 'f') order by 1",
)
_COLUMNS: Final = (
    "select c.relname::text, a.attname::text, a.atttypid::regtype::text from pg_class c "
    "join pg_namespace s on s.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid "
    f"where s.nspname = %s and c.relkind = 'r' and c.relname <> '{FORMAT}' and a.attnum > 0 and not a.attisdropped"
)
_TRIGGERS: Final = (
    "select c.relname::text || '.' || t.tgname::text, t.tgenabled::text from pg_trigger t "
    "join pg_class c on c.oid = t.tgrelid join pg_namespace s on s.oid = c.relnamespace "
    "where s.nspname = %s and not t.tgisinternal"
)


def tables_of(session: Session, place: Place) -> list[str]:
    """The names of the tables and views in the ledger's schema; empty if there is no such schema.

    Raises:
        NotALedgerError: The server is too old, or the database's encoding is not UTF-8.
        StoreConnectionError: There is no connection to the server.
    """
    found = session.run([Statement(_STATE[0]), Statement(_STATE[1], (place.schema,))])
    version, encoding = found[0][0]
    if version < _LEAST_SERVER:
        raise NotALedgerError(f"{place.name}: PostgreSQL {version // 10_000}; expected version 14 or a newer one")
    if encoding != "UTF8":
        raise NotALedgerError(f"{place.name}: the database has the encoding {encoding}, expected UTF8")
    return [name for (name,) in found[1]]


def create(session: Session, place: Place) -> None:
    """Create the schema and the tables of a new ledger, unless another client has created them.

    Raises:
        StoreReadOnlyError: The role may not create them.
    """
    session.run(
        [
            Statement("begin isolation level read committed read write"),
            Statement("select pg_advisory_xact_lock(%s)", (place.lock,)),
        ]
    )
    try:
        if FORMAT not in tables_of(session, place):
            _create_schema(session, place)
            session.run(
                [Statement(text) for text in (*log_statements(place.quoted), *derived_statements(place.quoted))]
            )
            session.run([Statement(f"insert into {place.quoted}.{FORMAT} (version) values (%s)", (SCHEMA_VERSION,))])
        session.run([Statement("commit")])
    finally:
        session.roll_back()


def _create_schema(session: Session, place: Place) -> None:
    try:
        session.run([Statement(f"create schema if not exists {place.quoted}")])
    except StoreReadOnlyError as error:
        raise StoreReadOnlyError(
            f"{place.name}: schema {place.schema} has no ledger, and this role may not create one; let the owner of "
            "the database run carbon-ledger postgres init, or name another schema with ?ledger_schema="
        ) from error


def check(session: Session, place: Place) -> int:
    """Check the tables and triggers of a ledger, and return the version of its derived tables.

    Raises:
        NotALedgerError: The schema has no ledger of this library.
        UnsupportedSchemaError: A newer version of this library wrote it.
        BrokenLogError: A table or a trigger is missing or was changed.
    """
    found = session.run(
        [
            Statement(f"select version from {place.quoted}.{FORMAT}"),
            Statement(_COLUMNS, (place.schema,)),
            Statement(_TRIGGERS, (place.schema,)),
        ]
    )
    if len(found[0]) != 1:
        raise BrokenLogError(f"{place.name}: table {FORMAT} has {len(found[0])} rows, expected one; restore it")
    version = int(found[0][0][0])
    if version > SCHEMA_VERSION:
        raise UnsupportedSchemaError(
            f"{place.name}: schema {version}, this version reads up to {SCHEMA_VERSION}: install a newer carbon-ledger"
        )
    if version == SCHEMA_VERSION:
        expected = {(name, "O") for name in triggers()}
        _require_same(place, "columns", set(columns()), {tuple(row) for row in found[1]})
        _require_same(place, "triggers", expected, {tuple(row) for row in found[2]})
    return version


def _require_same(place: Place, what: str, expected: Set[tuple[str, ...]], found: Set[tuple[str, ...]]) -> None:
    if expected != found:
        others = ", ".join(" ".join(item) for item in sorted(expected ^ found)[:_MOST_NAMED])
        raise BrokenLogError(
            f"{place.name}: the schema's {what} are not those of a ledger ({quote(others, 300)}); the owner of the "
            "tables changed them: restore them from a copy"
        )


def recreate(session: Session, place: Place, drop: Sequence[str]) -> None:
    """Drop the derived tables of an older version and create those of this version, inside a transaction.

    Args:
        session: The session, in which a transaction is open.
        place: The ledger.
        drop: The derived tables that the schema has.

    Raises:
        StoreReadOnlyError: The role is not the owner of the tables.
    """
    rights = (
        "select grantee::text, privilege_type::text from information_schema.table_privileges where table_schema = %s"
    )
    found = session.run([Statement(f"{rights} and table_name = 'entry' and grantee <> grantor", (place.schema,))])[0]
    writers = {name for name, right in found if right == "INSERT"}
    auditors = {name for name, _ in found} - writers
    statements = [f"drop table if exists {place.quoted}.{identifier(name)}" for name in drop]
    statements += derived_statements(place.quoted)
    for name in sorted(writers):
        statements += grants(place.quoted, writer=identifier(name))
    for name in sorted(auditors):
        statements += grants(place.quoted, auditor=identifier(name))
    statements.append(f"update {place.quoted}.{FORMAT} set version = {SCHEMA_VERSION}")
    session.run([Statement(text) for text in statements])


def require_owner(session: Session, place: Place) -> None:
    """Refuse to derive the tables of an older version as another role than their owner.

    Raises:
        StoreReadOnlyError: The role is not the owner.
    """
    sql = "select pg_has_role(current_user, relowner, 'usage') from pg_class where oid = to_regclass(%s)"
    if session.run([Statement(sql, (f"{place.quoted}.entry",))])[0] != [(True,)]:
        raise StoreReadOnlyError(
            f"{place.name}: an older version of this library wrote the derived tables, and only their owner may derive "
            "them again: open the ledger once as the owner"
        )


def derived_tables(names: Sequence[str]) -> list[str]:
    """Those of the tables in a ledger's schema that have derived rows."""
    return [name for name in names if name not in ("entry", "tile", FORMAT)]
