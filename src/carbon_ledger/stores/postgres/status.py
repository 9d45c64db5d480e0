"""What a ledger's schema on a server is like, as any role that may read it sees it: versions, size, and rights."""

from typing import Any, Final

from attrs import frozen

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.errors import NotALedgerError
from carbon_ledger.records import Record
from carbon_ledger.stores.postgres.places import place_of
from carbon_ledger.stores.postgres.preparing import check, tables_of
from carbon_ledger.stores.postgres.schema import FORMAT, SCHEMA_VERSION
from carbon_ledger.stores.postgres.sessions import Session, Statement
from carbon_ledger.stores.sql.damage import decoded

_TIMEOUT_S: Final = 30
_SERVER: Final = (
    "select current_setting('server_version'), pg_is_in_recovery(), current_database()::text, current_user::text"
)
_TABLES: Final = """
select pg_get_userbyid((select relowner from pg_class where oid = to_regclass(%(entry)s)))::text,
  coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint
from pg_class c join pg_namespace s on s.oid = c.relnamespace where s.nspname = %(schema)s and c.relkind = 'r'
"""
_ENTRIES: Final = "select n, data from {schema}.entry where n in (0, (select max(n) from {schema}.entry)) order by n"
# What each role may do with the log. A right may come from another role that it is a member of, or from PUBLIC. A role
# that does not inherit the rights of another one has them as well: it takes them with SET ROLE.
_RIGHTS: Final = """
with log as (
  select c.oid, c.relowner, c.relnamespace from pg_class c where c.oid = to_regclass(%(entry)s)
), own as (
  select r.oid, r.rolname::text as name, r.rolcanlogin, array_position(%(rights)s::text[], case
      when r.rolsuper then 'superuser'
      when pg_has_role(r.oid, log.relowner, 'usage') then 'owner'
      when not has_schema_privilege(r.oid, log.relnamespace, 'usage') then null
      when has_table_privilege(r.oid, log.oid, 'insert') then 'writer'
      when has_table_privilege(r.oid, log.oid, 'select') then 'auditor'
    end) as may
  from pg_roles r cross join log
), able as (
  select r.oid, r.name, r.rolcanlogin, min(of.may) as may
  from own r join own of on of.may is not null and pg_has_role(r.oid, of.oid, 'member')
  group by r.oid, r.name, r.rolcanlogin
)
select name, (%(rights)s::text[])[may], rolcanlogin, coalesce((
    select string_agg(of.name, ', ' order by of.name collate "C")
    from pg_auth_members m join able of on of.oid = m.roleid where m.member = able.oid
  ), '')
from able where name not like 'pg\\_%%'  -- those of PostgreSQL itself
order by may, name collate "C"
"""
_MAY: Final = ["superuser", "owner", "writer", "auditor"]


@frozen(kw_only=True, repr=False)
class Right(Record):
    """What a role of the server may do with a ledger.

    Attributes:
        role: The role.
        may: What it is, or can make itself with ``set role``: ``superuser``, ``owner``, ``writer`` or ``auditor``.
        can_log_in: Whether programs connect as this role; others are granted to such roles.
        member_of: The roles with rights that it was granted.
    """

    role: str
    may: str
    can_log_in: bool
    member_of: str


@frozen(kw_only=True, repr=False)
class Status(Record):
    """A ledger on a server.

    Attributes:
        database: The name of the database.
        server: The version of the server.
        is_standby: Whether the server replays the log of another one, and takes no writes.
        schema: The schema that has the ledger's tables.
        version: The version of the derived tables.
        latest: The version that this library writes.
        ledger_id: The ledger's id, or None if it was not begun.
        entries: How many entries the log has.
        newest: When the newest entry was recorded, or None.
        newest_type: The type of the newest entry, or None.
        size: What the tables and their indexes take on the server. [octets]
        owner: The role that owns the tables.
        user: The role of this connection.
        rights: What each role may do; roles without a right are left out.
    """

    database: str
    server: str
    is_standby: bool
    schema: str
    version: int
    latest: int
    ledger_id: str | None
    entries: int
    newest: str | None
    newest_type: str | None
    size: int
    owner: str
    user: str
    rights: tuple[Right, ...]


def status_of(url: str) -> Status:
    """The state of a ledger on a server; nothing is created or changed.

    Args:
        url: Where the ledger is.

    Raises:
        NotALedgerError: The URL is invalid, or the schema has no ledger.
        StoreReadOnlyError: The role may not read the ledger.
        UnsupportedSchemaError: A newer version of this library wrote the ledger.
        BrokenLogError: A table or a trigger of the schema was changed, or an entry is malformed.
        StoreError: The server cannot be reached.
    """
    place = place_of(url)
    session = Session(place, _TIMEOUT_S, read_only=True)
    try:
        if FORMAT not in tables_of(session, place):
            raise NotALedgerError(
                f"{place.name}: schema {place.schema} has no ledger; name the schema of a ledger with ?ledger_schema=, "
                "or let the owner of the database create one with carbon-ledger postgres init"
            )
        version = check(session, place)
        names = {"entry": f"{place.quoted}.entry", "schema": place.schema, "rights": _MAY}
        entries = _ENTRIES.format(schema=place.quoted)
        about, tables, ends, rights = session.run(
            [Statement(_SERVER), Statement(_TABLES, names), Statement(entries), Statement(_RIGHTS, names)]
        )
    finally:
        session.close()
    (server, is_standby, database, user), (owner, size) = about[0], tables[0]
    return Status(
        database=database,
        server=server,
        is_standby=is_standby,
        schema=place.schema,
        version=version,
        latest=SCHEMA_VERSION,
        **_ends([decoded(data, n, place.name) for n, data in ends]),
        size=size,
        owner=owner,
        user=user,
        rights=tuple(Right(role=a, may=b, can_log_in=c, member_of=d) for a, b, c, d in rights),
    )


def _ends(ends: list[Entry]) -> dict[str, Any]:
    """What the first and the newest entry say of a ledger."""
    if not ends:
        return {"ledger_id": None, "entries": 0, "newest": None, "newest_type": None}
    first, newest = ends[0], ends[-1]
    return {
        "ledger_id": first.event.get("ledger"),
        "entries": newest.n + 1,
        "newest": newest.at,
        "newest_type": newest.type,
    }
