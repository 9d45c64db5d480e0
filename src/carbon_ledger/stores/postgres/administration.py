"""What the owner of a ledger on a server does once: create its tables, and allow roles to append or to read."""

from collections.abc import Sequence

from attrs import frozen

from carbon_ledger.errors import StoreError
from carbon_ledger.printing import quote
from carbon_ledger.records import Record
from carbon_ledger.stores.postgres.places import identifier, place_of
from carbon_ledger.stores.postgres.schema import grants
from carbon_ledger.stores.postgres.sessions import Session, Statement
from carbon_ledger.stores.postgres.store import PostgresStore

_LONGEST_NAME = 63  # octets of a name that PostgreSQL does not cut off
_TIMEOUT_S = 30


@frozen(kw_only=True, repr=False)
class Prepared(Record):
    """A ledger's schema, and the roles that may use it.

    Attributes:
        schema: The schema that has the ledger's tables.
        owner: The role that owns the tables.
        writers: The roles that may append entries.
        auditors: The roles that may read.
        created: Those of the roles that did not exist; no one can log in as these, and they are granted to users.
    """

    schema: str
    owner: str
    writers: tuple[str, ...]
    auditors: tuple[str, ...]
    created: tuple[str, ...]


def prepare(url: str, *, writers: Sequence[str] = (), auditors: Sequence[str] = ()) -> Prepared:
    """Create the tables of a ledger if they are absent, and allow roles to append entries, or to read.

    Args:
        url: Where the ledger is; the role in it becomes the owner of the tables.
        writers: Roles that may append entries and read, created if absent.
        auditors: Roles that may read, created if absent.

    Raises:
        StoreReadOnlyError: The role in the URL may not create the tables or the roles, or does not own the tables.
        StoreError: A name is invalid, or the server cannot be reached.
    """
    for name in (*writers, *auditors):
        if not name or "\0" in name or len(name.encode()) > _LONGEST_NAME or name in ("public", "none"):
            raise StoreError(f"role {quote(name)}: expected the name of a role, of 1 to {_LONGEST_NAME} octets")
    PostgresStore(url, timeout_s=_TIMEOUT_S).close()
    place = place_of(url)
    session = Session(place, _TIMEOUT_S, read_only=False)
    try:
        owner = session.run([Statement("select current_user::text")])[0][0][0]
        found = session.run([Statement("select rolname::text from pg_roles")])[0]
        created = tuple(dict.fromkeys(name for name in (*writers, *auditors) if (name,) not in found))
        statements = [f"create role {identifier(name)} nologin" for name in created]
        for name in writers:
            statements += grants(place.quoted, writer=identifier(name))
        for name in auditors:
            statements += grants(place.quoted, auditor=identifier(name))
        session.run([Statement(text) for text in ("begin", *statements, "commit")])
    finally:
        session.roll_back()
        session.close()
    return Prepared(schema=place.schema, owner=owner, writers=tuple(writers), auditors=tuple(auditors), created=created)
