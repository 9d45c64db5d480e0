"""The schema of a ledger in PostgreSQL: tables, indexes, checks, and the triggers that guard the log.

Names are compared as bytes (`collate "C"`), as in every other store. Entries are stored without compression, which
costs time and saves nothing. The triggers of the log are for the owner, too; those of derived rows let the owner
derive them again, because an audit compares derived rows with the entries.
"""

from typing import Final

from carbon_ledger.stores.postgres.errors import NEVER_EDITED, NOT_NEW, OUT_OF_ORDER
from carbon_ledger.stores.sql.indexes import INDEXES
from carbon_ledger.stores.tables import TABLES, Table

SCHEMA_VERSION: Final = 1  # of the derived tables; an owner who opens a ledger of an older version derives them again
FORMAT: Final = "ledger_format"  # the table whose one row has the version
LOG: Final = ("entry", "tile")
ENDING: Final = tuple(table.name for table in TABLES.values() if "to_n" in table.names)
_TYPES: Final = {"integer": "bigint", "text": 'text collate "C"'}

_LOG: Final = """
create table {schema}.entry (
  n bigint primary key, leaf bytea not null, data bytea not null,
  constraint entry_hash check (leaf = sha256('\\x00'::bytea || data)),
  constraint entry_size check (octet_length(data) <= 65535)
);
alter table {schema}.entry alter column data set storage external;
create table {schema}.tile (
  level bigint not null, number bigint not null, root bytea not null, data bytea not null, primary key (level, number)
);
alter table {schema}.tile alter column data set storage external;
"""

# Functions name their tables in full and look up nothing else than PostgreSQL's own functions and operators.
_FUNCTION: Final = """
create function {schema}.%s() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $body$
%s
$body$
"""

_REFUSE_EDIT: Final = f"""
begin
  raise exception using errcode = '{NEVER_EDITED}', message = format('table %s is never edited', tg_table_name);
end
"""

_IN_ORDER: Final = f"""
declare
  lowest bigint; highest bigint; total bigint; newest bigint;
begin
  select min(n), max(n), count(*) into lowest, highest, total from fresh;
  select max(n) into newest from {{schema}}.entry where n < lowest;
  if lowest <> coalesce(newest + 1, 0) or highest - lowest + 1 <> total then
    raise exception using errcode = '{OUT_OF_ORDER}', message = 'entries are numbered without gaps';
  end if;
  return null;
end
"""

# An entry is new if the transaction that wrote it is in progress: no other transaction's entry is seen before it ends.
_NEW: Final = f"""
declare
  oldest bigint; of_entry xid; own xid8 := pg_current_xact_id();
begin
  if pg_has_role(current_user, (select relowner from pg_class where oid = tg_relid), 'usage') then
    return null;
  end if;
  select %s into oldest from fresh;
  if oldest is null then
    return null;
  end if;
  select xmin into of_entry from {{schema}}.entry where n = oldest;
  if of_entry is null or pg_xact_status(greatest(own::text::bigint - (age(of_entry) - age(own::xid)), 3)::text::xid8)
      is distinct from 'in progress' then
    raise exception using errcode = '{NOT_NEW}',
      message = format('a row of table %%s belongs to entry %%s, which is not new', tg_table_name, oldest);
  end if;
  return null;
end
"""

_END_ONCE: Final = f"""
begin
  if exists (select from before where to_n is not null) or exists (select from fresh where to_n is null) then
    raise exception using errcode = '{NOT_NEW}', message = format('a row of table %s ends once', tg_table_name);
  end if;
  return null;
end
"""

_FUNCTIONS: Final = {
    "refuse_edit": _REFUSE_EDIT,
    "require_order": _IN_ORDER,
    "require_new_n": _NEW % "min(n)",
    "require_new_from_n": _NEW % "min(from_n)",
    "require_new_to_n": _NEW % "min(to_n)",
    "require_new_tile": _NEW % "min(((number + 1)::numeric * 256::numeric ^ (level + 1) - 1)::bigint)",
    "require_one_end": _END_ONCE,
}


def triggers() -> dict[str, str]:
    """The statement that creates each trigger, by its name; names are those of table and trigger."""
    found = {}
    for table in LOG:
        for event in ("update", "delete", "truncate"):
            found[f"{table}.no_{event}"] = (
                f"create trigger no_{event} before {event} on {{schema}}.{table} "
                "for each statement execute function {schema}.refuse_edit()"
            )
    after = "create trigger {name} after {event} on {{schema}}.{table} referencing {tables} for each statement "

    def add(table: str, name: str, event: str, function: str) -> None:
        tables = "new table as fresh" if event == "insert" else "old table as before new table as fresh"
        text = after.format(name=name, event=event, table=table, tables=tables)
        found[f"{table}.{name}"] = f"{text}execute function {{schema}}.{function}()"

    add("entry", "in_order", "insert", "require_order")
    add("tile", "only_new", "insert", "require_new_tile")
    for spec in TABLES.values():
        add(spec.name, "only_new", "insert", f"require_new_{'from_n' if 'from_n' in spec.names else 'n'}")
    for table in ENDING:
        add(table, "end_once", "update", "require_one_end")
        add(table, "end_new", "update", "require_new_to_n")
    return found


def _create(spec: Table) -> str:
    columns = []
    for column in spec.columns:
        name, kind, *rest = column.split()
        columns.append(" ".join((name, _TYPES[kind], *rest)))
    return f"create table {{schema}}.{spec.name} ({', '.join(columns)}, primary key ({', '.join(spec.key)}))"


def _index(statement: str) -> str:
    return statement.replace(" on ", " on {schema}.", 1)


def columns() -> frozenset[tuple[str, str, str]]:
    """Every column of the ledger's tables: table, column and type."""
    kinds = {"integer": "bigint", "text": "text"}
    found = {("entry", name, kind) for name, kind in (("n", "bigint"), ("leaf", "bytea"), ("data", "bytea"))}
    found |= {("tile", name, "bigint") for name in ("level", "number")}
    found |= {("tile", name, "bytea") for name in ("root", "data")}
    for spec in TABLES.values():
        found |= {
            (spec.name, name, kinds[column.split()[1]]) for name, column in zip(spec.names, spec.columns, strict=True)
        }
    return frozenset(found)


def log_statements(schema: str) -> list[str]:
    """The statements that create the log of a new ledger, and the functions of its triggers.

    Args:
        schema: The schema, between quotation marks.
    """
    marker = (
        f"create table {{schema}}.{FORMAT} (one boolean primary key default true check (one), version bigint not null)"
    )
    functions = [(_FUNCTION % (name, body)) for name, body in _FUNCTIONS.items()]
    found = [marker, *filter(str.strip, _LOG.split(";\n")), *functions]
    return [statement.replace("{schema}", schema) for statement in [*found, *_triggers_of(LOG)]]


def derived_statements(schema: str) -> list[str]:
    """The statements that create the derived tables, and their indexes and triggers.

    Args:
        schema: The schema, between quotation marks.
    """
    indexes = [_index(line.rstrip(";")) for line in INDEXES.splitlines() if line.startswith("create index")]
    names = [spec.name for spec in TABLES.values()]
    found = [*map(_create, TABLES.values()), *indexes, *_triggers_of(names)]
    return [statement.replace("{schema}", schema) for statement in found]


def _triggers_of(tables: "tuple[str, ...] | list[str]") -> list[str]:
    return [statement for name, statement in triggers().items() if name.partition(".")[0] in tables]


def grants(schema: str, writer: str | None = None, auditor: str | None = None) -> list[str]:
    """The statements that allow a role to append entries, or to read.

    Args:
        schema: The schema, between quotation marks.
        writer: A role that may append entries and their rows, between quotation marks.
        auditor: A role that may read, between quotation marks.
    """
    found = []
    for role in filter(None, (writer, auditor)):
        found += [
            f"grant usage on schema {schema} to {role}",
            f"grant select on all tables in schema {schema} to {role}",
        ]
    if writer is not None:
        tables = [f"{schema}.{name}" for name in (*LOG, *(spec.name for spec in TABLES.values()))]
        found.append(f"grant insert on {', '.join(tables)} to {writer}")
        found.append(f"grant update (to_n) on {', '.join(f'{schema}.{name}' for name in ENDING)} to {writer}")
    return found
