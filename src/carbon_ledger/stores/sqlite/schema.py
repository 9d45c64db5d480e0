"""The SQLite schema: STRICT tables created from `stores.tables`, their indexes, and the triggers that guard the log."""

from typing import Final

from carbon_ledger.stores.sql.indexes import INDEXES
from carbon_ledger.stores.tables import TABLES, Table

APPLICATION_ID: Final = 0x434C6467  # "CLdg" in the header identifies a ledger file, to `file` and to this library
SCHEMA_VERSION: Final = 3  # of the derived tables; the tables of a file with an older version are rebuilt

_LOG: Final = """
create table entry (n integer primary key, leaf blob not null, data blob not null) strict;
create table tile (level integer not null, number integer not null, root blob not null, data blob not null,
  primary key (level, number)) strict;
create trigger entry_in_order before insert on entry
when new.n is not (select coalesce(max(n) + 1, 0) from entry)
begin select raise(abort, 'entries are numbered without gaps'); end;
create trigger entry_never_edited before update on entry
begin select raise(abort, 'entries are never edited'); end;
create trigger entry_never_deleted before delete on entry
begin select raise(abort, 'entries are never deleted'); end;
"""


def _create(table: Table) -> str:
    columns = ", ".join(table.columns)
    return f"create table {table.name} ({columns}, primary key ({', '.join(table.key)})) strict, without rowid;"


def split(script: str) -> list[str]:
    """The statements of a script, as a list.

    Args:
        script: Statements, each of which ends at the end of a line.
    """
    parts: list[str] = []
    pending = ""
    for line in script.splitlines():
        pending += line + "\n"
        if line.endswith(";") and ("create trigger" not in pending or line.endswith("end;")):
            parts.append(pending.strip())
            pending = ""
    return parts


def log_statements() -> list[str]:
    """The statements that create a file's log and the triggers that guard it; every schema version has the same."""
    return split(_LOG)


def derived_statements() -> list[str]:
    """The statements that create the derived tables of a ledger file."""
    return [
        *split("\n".join([*map(_create, TABLES.values()), INDEXES])),
        f"pragma user_version = {SCHEMA_VERSION}",
    ]


def statements() -> list[str]:
    """The statements that create an empty ledger file."""
    return [f"pragma application_id = {APPLICATION_ID}", *log_statements(), *derived_statements()]
