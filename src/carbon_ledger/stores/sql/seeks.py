"""The SQL of queries that never scan history: each seeks the rows it needs, however long the history is.

An index named `..._live` has only the live rows, and answers queries about the latest state. For an earlier state,
a query seeks one start after another, and at each start the newest version of the row.
"""

from typing import Final

from carbon_ledger.core.state.rows import LASTING_STATES
from carbon_ledger.stores.tables import BY_NAME

SELECT: Final = {name: f"select {', '.join(table.names)} from {name}" for name, table in BY_NAME.items()}


def live_runs(table: str) -> str:
    """A query for the live rows of a device in a period, in order of start: :device, :start, :end.

    Live rows never overlap, so at most one row that begins before the period reaches into it.
    """
    index = f"indexed by {table}_live"
    return f"""
{SELECT[table]} {index} where device = :device and to_n is null and start_utc < :end and start_utc >= coalesce(
  (select start_utc from {table} {index} where device = :device and to_n is null and start_utc < :start
   order by start_utc desc limit 1), :start)
order by start_utc"""


def runs_then(table: str) -> str:
    """A query for the rows of a device in a period that were live after the first :size entries, in order of start.

    Its parameters are :device, :start, :end and :size.
    """
    version = f"select max(from_n) from {table} where device = :device and start_utc = {{at}} and from_n < :size"
    then = f"from_n = ({version}) and (to_n is null or to_n >= :size)"
    return f"""
with recursive back (at) as (
  values (:start)
  union all
  select (select max(start_utc) from {table} where device = :device and start_utc < back.at) from back
  where back.at is not null and not exists (
    select 1 from {table} where device = :device and start_utc = back.at and {then.format(at="back.at")})
),
begun (at) as (
  select coalesce(min(at), :start) from back
  union all
  select (select min(start_utc) from {table} where device = :device and start_utc > begun.at and start_utc < :end)
  from begun where begun.at is not null
)
{SELECT[table].replace(" from ", " from begun cross join ")}
where device = :device and start_utc = begun.at and start_utc < :end and {then.format(at="begun.at")}
order by start_utc"""


CLAIMS_ENDED: Final = f"""
{SELECT["claim"]} indexed by claim_ended where device = :device and to_n = :n and start_utc < :end
and start_utc >= coalesce((select start_utc from claim indexed by claim_ended
  where device = :device and to_n = :n and start_utc < :start order by start_utc desc limit 1), :start)
order by start_utc"""

# One or two seeks for each instrument: an account's history is long, but it has few instruments.
BALANCES: Final = f"""
with recursive held (name) as (
  select min(instrument) from balance where account = ?
  union all
  select (select min(instrument) from balance where account = ? and instrument > name) from held where name is not null
)
{SELECT["balance"]} join held on instrument = name
where account = ? and from_n = (
  select max(from_n) from balance as newer where newer.account = ? and newer.instrument = name and newer.from_n < ?
)
order by instrument
"""

_CARRY: Final = "accrual"
# One or two seeks for each vintage: a project's history is long, but it has few vintages.
CARRY: Final = f"""
with recursive held (year) as (
  select min(vintage) from {_CARRY} where project = ?
  union all
  select (select min(vintage) from {_CARRY} where project = ? and vintage > year) from held where year is not null
)
{SELECT[_CARRY]} join held on vintage = year
where project = ? and from_n = (
  select max(from_n) from {_CARRY} as newer where newer.project = ? and newer.vintage = year and newer.from_n < ?
)
order by vintage
"""
# Units that expired stay where they are, and few other rows are live. Rows that ended since are few in a recent view.
EXPIRED: Final = " union all ".join(
    f"""select {", ".join(f"coalesce(sum({state}), 0)" for state in LASTING_STATES)} from expiring indexed by {index}
where account = :account and instrument = :instrument and {live} and expires_utc <= :at and from_n < :size"""
    for index, live in (("expiring_live", "to_n is null"), ("expiring_ended", "to_n >= :size"))
)

# Pieces never merge, so the piece that contains the first serial begins at the nearest boundary at or before it. A view
# of an earlier state skips the boundaries that came later.
PIECES: Final = f"""
with recursive begun (at) as (
  select (select first from piece where batch_id = :batch and first <= :first and from_n < :size
          order by first desc, from_n desc limit 1)
  union all
  select (select min(first) from piece where batch_id = :batch and first > begun.at and first <= :last)
  from begun where begun.at is not null
)
{SELECT["piece"].replace(" from ", " from begun cross join ")}
where batch_id = :batch and first = begun.at and from_n = (
  select max(from_n) from piece as newer
  where newer.batch_id = :batch and newer.first = begun.at and newer.from_n < :size)
order by first"""

LABELS_OF_ONE: Final = f"""
{SELECT["label"]} indexed by label_live where batch_id = :batch and label = :label and to_n is null and first <= :last
and first >= coalesce((select first from label indexed by label_live
  where batch_id = :batch and label = :label and to_n is null and first < :first order by first desc limit 1), :first)
order by first"""

LABELS_OF_ALL: Final = f"""
{SELECT["label"]} indexed by label_live where batch_id = :batch and to_n is null and first <= :last and last >= :first
order by label, first"""

ISSUED_AFTER: Final = """
select issuance_n from vintage indexed by vintage_live
where project = ? and vintage = ? and to_n is null and issuance_n > ? order by issuance_n"""
