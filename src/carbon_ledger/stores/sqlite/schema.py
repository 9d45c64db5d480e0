"""The SQLite schema: STRICT tables made from the columns, their indexes, and the guards of the log."""

from typing import Final

from carbon_ledger.stores.tables import TABLES, Table

APPLICATION_ID: Final = 0x434C6467  # "CLdg" in the file's header, so that `file` and we know our own
SCHEMA_VERSION: Final = 3  # of the derived tables; they are rebuilt where a file has an older one

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

# What is asked of the newest state is sought among live rows alone: history may be long where the state
# is short. An index named `..._live` or `..._ended` has those rows alone.
_INDEXES: Final = """
create index reading_live on reading (device, start_utc) where to_n is null;
create index claim_live on claim (device, start_utc) where to_n is null;
create index claim_ended on claim (device, to_n, start_utc) where to_n is not null;
create index claim_issuance on claim (issuance_n);
create index vintage_live on vintage (project, vintage, issuance_n) where to_n is null;
create index issuance_project on issuance (project, n, from_n);
create index batch_issuance on batch (n);
create index piece_account on piece (account, batch_id, first, from_n);
create index offer_giver on offer (giver, n, from_n);
create index offer_taker on offer (taker, n, from_n);
create index label_live on label (batch_id, label, first) where to_n is null;
create index role_live on role (role, actor, scope) where to_n is null;
create index role_holders on role (role, actor, scope, from_n);
create index approval_live on approval (quantification, from_n) where to_n is null;
create index approval_actor_live on approval (quantification, actor, from_n) where to_n is null;
create index approval_project on approval (project, from_n);
"""


def _create(table: Table) -> str:
    columns = ", ".join(table.columns)
    return f"create table {table.name} ({columns}, primary key ({', '.join(table.key)})) strict, without rowid;"


def split(script: str) -> list[str]:
    """The statements of a script, one by one.

    Args:
        script: Statements that end at the end of a line.
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
    """The statements that make the log of a ledger file and its guards, the same in every version, one by one."""
    return split(_LOG)


def derived_statements() -> list[str]:
    """The statements that make the derived tables of a ledger file, one by one."""
    return [
        *split("\n".join([*map(_create, TABLES.values()), _INDEXES])),
        f"pragma user_version = {SCHEMA_VERSION}",
    ]


def statements() -> list[str]:
    """The statements that make an empty ledger file, one by one."""
    return [f"pragma application_id = {APPLICATION_ID}", *log_statements(), *derived_statements()]
