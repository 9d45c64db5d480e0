"""What is near the things that a command names: rows and entries that one statement reads along chains of references.

A project leads to its devices, a device to its meters and to the issuances that claim its energy, an issuance to its
batches, and a batch to its pieces and their holders. A command that follows such a chain would wait for the server once
for each link. What is found here is a guess of what the command will ask, and nothing else: it may lack rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

from carbon_ledger.core import attestations, calibrations, in_force, relations
from carbon_ledger.core.issuance import gwp_sets, verifications
from carbon_ledger.errors import PeriodError
from carbon_ledger.periods import Period
from carbon_ledger.periods.instants import instant_of
from carbon_ledger.stores.postgres.sessions import Statement
from carbon_ledger.stores.tables import BY_NAME, Values

MOST_ENTRIES: Final = 200
_MOST_NAMES: Final = 100
_LONGEST: Final = 200  # characters of a name
_LEAST, _MOST = -(1 << 62), 1 << 62
_CARRY: Final = "accrual"
_NUMBERS: Final = ("approval", "issuance", "offer", "replaces")  # fields with the number of an entry
# Fields of commands that are about units, and of those that are about energy and the units that were issued for it.
_OF_UNITS: Final = ("block", "blocks", "offer", "holder")
_OF_ENERGY: Final = ("approval", "device", "issuance", "meter", "project", "shares", "subject")
# Kinds of things that entries and commands name.
_KINDS: Final = (
    *("account", "device", "meter", "project", "registry", "factor", "zone", "instrument", "methodology", "document"),
    *("layout", "replaced meter", "external"),
)
# Registrations whose kind has the id of a thing in it.
_ABOUT: Final = (
    *(in_force.kind_of(subject, "") for subject in ("device", "account")),
    *(calibrations.meters_of(""), calibrations.calibrations_of(""), relations.kind_of("")),
    *(verifications.kind_of(""), attestations.kind_of(""), gwp_sets.kind_of("")),
)


def _row(table: str, alias: str) -> str:
    """The select list of a row: its table, its values as JSON, and no bytes."""
    return f"'{table}', json_build_array({', '.join(f'{alias}.{name}' for name in BY_NAME[table].names)}), null::bytea"


def _seek(table: str, device: str, start: str, end: str) -> str:
    """The live rows of a device in a period; live rows never overlap, so one at most begins before the period."""
    live = f"from {table} where device = {device} and to_n is null"
    return f"""(select * {live} and start_utc < {end} and start_utc >= coalesce(
      (select start_utc {live} and start_utc < {start} order by start_utc desc limit 1), {start})
      order by start_utc limit 500)"""


# `thing` has the things by kind, id and the entry that made them; depth bounds the chain.
_NAMED: Final = """
select * from (
    select kind, id, n, 0 from registration where kind = any(%(kinds)s::text[]) and id = any(%(names)s::text[])"""
_NAMED_UNITS: Final = """
    union all select 'batch', batch_id, n, 0 from batch where batch_id = any(%(names)s::text[])
    union all (select distinct 'batch', p.batch_id, b.n, 0 from piece as p join batch as b on b.batch_id = p.batch_id
      where p.account = any(%(holders)s::text[]) limit 200)
    union all select 'issuance', n::text, n, 0 from issuance where n = any(%(numbers)s::bigint[])
    union all select 'offer', n::text, n, 0 from offer where n = any(%(numbers)s::bigint[])
    union all select 'approval', n::text, n, 0 from entry where n = any(%(numbers)s::bigint[])"""
_NAMED_IN: Final = """
    select r.kind, r.id, r.n from entry
    cross join lateral (
      select value #>> '{}' as name from jsonb_path_query(
        convert_from(entry.data, 'UTF8')::jsonb -> 'event', 'strict $.** ? (@.type() == "string")') as value
      union select jsonb_path_query(
        convert_from(entry.data, 'UTF8')::jsonb -> 'event', 'strict $.**.shares.keyvalue().key') #>> '{}'
    ) as text_in join registration as r on r.kind = any(%(kinds)s::text[]) and r.id = text_in.name
    where entry.n = thing.n and thing.kind in ('device', 'meter', 'project', 'issuance', 'offer', 'approval')"""
_NAMED_IN_UNITS: Final = """
    union all
    select 'batch', b.batch_id, b.n from entry
    cross join lateral (select value #>> '{}' as name from jsonb_path_query(
      convert_from(entry.data, 'UTF8')::jsonb -> 'event', 'strict $.**.batch') as value) as text_in
    join batch as b on b.batch_id = text_in.name
    where entry.n = thing.n and thing.kind = 'offer'
    union all
    select 'issuance', b.n::text, b.n from batch as b where thing.kind = 'batch' and b.batch_id = thing.id
    union all
    select 'batch', b.batch_id, b.n from batch as b where thing.kind = 'issuance' and b.n = thing.n"""
_NAMED_IN_ENERGY: Final = f"""
    union all
    select 'meter', m.id, m.n from registration as m where thing.kind = 'device' and m.kind = 'meter of ' || thing.id
    union all
    select 'issuance', c.issuance_n::text, c.issuance_n
    from {_seek("claim", "thing.id", "%(start)s", "%(end)s")} as c where thing.kind = 'device' and thing.depth < 2"""

_ENERGY: Final = f"""
), device as materialized (
  select id from things where kind = 'device' union select 'meter/' || id from things where kind = 'meter'
), claimed as materialized (
  select c.* from things join claim as c on c.issuance_n = things.n and c.to_n is null
  where things.kind = 'issuance' limit 2000
), span as (
  select least(%(start)s::bigint, min(start_utc)) as first, greatest(%(end)s::bigint, max(end_utc)) as last from claimed
), run as materialized (
  select r.* from device cross join span cross join lateral (
    {_seek("reading", "device.id", "span.first", "span.last")}
    union
    (select * from reading where device = device.id and to_n is null order by start_utc desc limit 1)
  ) as r"""
_UNITS: Final = """
), held as materialized (
  select p.* from things cross join lateral (
    select * from piece where batch_id = things.id order by first, from_n limit 500) as p where things.kind = 'batch'
), account as (
  (select id from things where kind = 'account' union select account from held) limit 50
), instrument as (
  select instrument as id from batch join things on kind = 'batch' and batch_id = things.id
  union select convert_from(data, 'UTF8')::jsonb #>> '{event,instrument,id}' from entry
  join things on things.kind = 'project' and entry.n = things.n
  union select name from unnest(%(names)s::text[]) as name"""
_REGISTERED: Final = """
), registered as materialized (
  select kind, id, n from things where kind = any(%(kinds)s::text[])
  union
  (select r.kind, r.id, r.n from things cross join unnest(%(about)s::text[]) as before
   join registration as r on r.kind = before || things.id where things.kind = any(%(kinds)s::text[]) limit 500)
  union
  select r.kind, r.id, r.n from unnest(%(numbered)s::text[]) as later (name) join registration as r
  on r.kind = any(%(kinds)s::text[]) and r.id = later.name
)"""

_ENERGY_ROWS: Final = f"""
union all select {_row("reading", "run")} from run
union all select {_row("claim", "claimed")} from claimed
union all select {_row("claim", "c")} from device cross join lateral (
  select * from claim where device = device.id and to_n is null order by start_utc desc limit 1) as c
union all select {_row("vintage", "v")} from things cross join lateral (
  select * from vintage where project = things.id and to_n is null limit 200) as v where things.kind = 'project'
union all select {_row("approval", "a")} from things join approval as a on a.project = things.id and a.to_n is null
  where things.kind = 'project'
union all select {_row("owed", "o")} from things cross join lateral (
  select * from owed where meter = things.id order by from_n desc limit 1) as o where things.kind = 'meter'"""
_UNIT_ROWS: Final = f"""
union all select {_row(_CARRY, "a")} from things cross join lateral (
  select * from {_CARRY} where project = things.id order by vintage, from_n desc limit 200) as a
  where things.kind = 'project'
union all select {_row("issuance", "i")} from things cross join lateral (
  select * from issuance where n = things.n order by from_n desc limit 1) as i where things.kind = 'issuance'
union all select {_row("batch", "b")} from things join batch as b on b.batch_id = things.id where things.kind = 'batch'
union all select {_row("piece", "held")} from held
union all select {_row("balance", "b")} from account cross join instrument cross join lateral (
  select * from balance where account = account.id and instrument = instrument.id order by from_n desc limit 1) as b
union all select {_row("expiring", "e")} from account cross join instrument join expiring as e
  on e.account = account.id and e.instrument = instrument.id and e.to_n is null
union all select {_row("offer", "o")} from things cross join lateral (
  select * from offer where n = things.n order by from_n desc limit 1) as o where things.kind = 'offer'
union all select {_row("label", "l")} from things cross join lateral (
  select * from label where batch_id = things.id and to_n is null limit 200) as l where things.kind = 'batch'"""


@cache
def _near(units: bool, energy: bool) -> str:
    """The statement that follows the chains of things, with those of units and of energy, or without."""

    def parts(all_: str, of_units: str, of_energy: str) -> str:
        return f"{all_}{of_units if units else ''}{of_energy if energy else ''}"

    return f"""
with recursive thing (kind, id, n, depth) as ({parts(_NAMED, _NAMED_UNITS, "")}
  ) as named
  union
  select near.kind, near.id, near.n, thing.depth + 1 from thing cross join lateral (
    {parts(_NAMED_IN, _NAMED_IN_UNITS, _NAMED_IN_ENERGY)}
  ) as near where thing.depth < 3
), things as materialized (
  select kind, id, n from (select distinct kind, id, n from thing) as each limit 1000
{parts("", _UNITS, _ENERGY)}{_REGISTERED}
select {_row("registration", "registered")} from registered
{parts("", _UNIT_ROWS, _ENERGY_ROWS)}
union all select 'entry', json_build_array(entry.n), entry.data from entry where n in (
  (select n from registered union select n from things {"union select source_n from run" if energy else ""}
   union select n - 1 from things where kind = 'issuance'
   union select n + 1 from things where kind = 'offer') limit {MOST_ENTRIES})
"""


def neighbours(about: Mapping[str, Any]) -> Statement:
    """The statement that reads what is near the things that a command names.

    Args:
        about: The arguments of the command, and whatever else says what it is about.
    """
    names, numbers, times, keys = dict[str, None](), dict[int, None](), list[int](), set[str]()
    for key, value in _leaves("", about):
        if value is not None:
            keys.add(key)
        if isinstance(value, str) and (instant := _instant(value)) is not None:
            times.append(instant)
        elif isinstance(value, str) and len(value) <= _LONGEST and value.isprintable():
            names[value] = names[value.rpartition("/")[0]] = None  # a block has the id of its batch before its range
        elif type(value) is int and key in _NUMBERS and 0 <= value < _MOST:
            numbers[value] = None
        elif isinstance(value, Period):
            times += [value.start_utc, value.end_utc]
    holder = about.get("holder")
    found, energy = list(names)[:_MOST_NAMES], not keys.isdisjoint(_OF_ENERGY)
    return Statement(
        _near(energy or not keys.isdisjoint(_OF_UNITS), energy),
        {
            "kinds": list(_KINDS),
            "about": list(_ABOUT),
            "names": found,
            "holders": [holder] if isinstance(holder, str) and holder in names else [],
            "numbered": [f"{name}#2" for name in found],
            "numbers": list(numbers)[:_MOST_NAMES],
            "start": min(times, default=_MOST),
            "end": max(times, default=_LEAST),
        },
    )


def _instant(value: str) -> int | None:
    """The time that a text is, as entries have it; None if it is something else, such as a name."""
    try:
        return instant_of(value)
    except PeriodError:
        return None


def _leaves(key: str, value: object) -> Iterator[tuple[str, object]]:
    """What arguments are made of, each with the name of its field; long columns are left out."""
    if isinstance(value, Mapping):
        start, step, net = (value.get(name) for name in ("start", "step", "net"))
        if type(start) is int and type(step) is int and isinstance(net, Sequence):
            yield key, Period(start, start + step * len(net))
        for name, item in value.items():
            yield from _leaves(name, item)
            if key == "shares":
                yield key, name
    elif isinstance(value, list | tuple) and len(value) <= _MOST_NAMES:
        for item in value:
            yield from _leaves(key, item)
    else:
        yield key, value


def rows_of(found: Sequence[Values]) -> Iterator[tuple[str, Values]]:
    """The rows that the statement has read, each with its table; an entry is its number and its bytes."""
    for table, values, data in found:
        yield table, ((*values, data) if table == "entry" else tuple(values))
