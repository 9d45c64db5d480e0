"""The derived tables and indexes of earlier schema versions, as files of those versions have them.

These tables are never read: they are dropped, and the rows are derived again from the entries. Statements are compared
with each run of white space as one space. These texts are never edited; a new schema version adds the texts of the
version before it.
"""

from typing import Final

_ONE_AND_TWO: Final = """
create table registration (kind text not null, id text not null, n integer not null, primary key (kind, id)) strict,
  without rowid;
create table reading (device text not null, start_utc integer not null, end_utc integer not null, step_s integer not
  null, net_wh integer not null, gross_wh integer, source_n integer not null, from_n integer not null, to_n integer,
  primary key (device, start_utc, from_n)) strict, without rowid;
create table claim (device text not null, start_utc integer not null, end_utc integer not null, issuance_n integer
  not null, from_n integer not null, to_n integer, primary key (device, start_utc, from_n)) strict, without rowid;
create table accrual (project text not null, from_n integer not null, carry text not null, vintage integer, claimed
  text not null, adjustments integer not null, counted integer not null, primary key (project, from_n)) strict,
  without rowid;
create table piece (batch_id text not null, first integer not null, last integer not null, account text not null,
  state text not null, from_n integer not null, primary key (batch_id, first, from_n)) strict, without rowid;
create table key_use (key text not null, n integer not null, primary key (key)) strict, without rowid;
create index claim_issuance on claim (issuance_n);
create index issuance_project on issuance (project, n, from_n);
create index batch_issuance on batch (n);
create index piece_account on piece (account, batch_id, first, from_n);
"""

_ONE: Final = """
create table issuance (n integer not null, from_n integer not null, project text not null, start_utc integer not
  null, end_utc integer not null, account text not null, quantification text not null, amounts text not null,
  counted integer not null, voided integer not null, primary key (n, from_n)) strict, without rowid;
create table batch (batch_id text not null, n integer not null, project text not null, instrument text not null,
  vintage integer not null, count integer not null, account text not null, start_utc integer not null, end_utc
  integer not null, expires_utc integer, device text, primary key (batch_id)) strict, without rowid;
create table balance (account text not null, instrument text not null, from_n integer not null, active integer not
  null, retired integer not null, cancelled integer not null, withdrawn integer not null, primary key (account,
  instrument, from_n)) strict, without rowid;
create index balance_time on balance (account, from_n);
"""

_TWO: Final = """
create table issuance (n integer not null, from_n integer not null, project text not null, start_utc integer not
  null, end_utc integer not null, account text not null, quantification text not null, amounts text not null,
  counted integer not null, voided integer not null, toward_debit integer not null, converted integer not null,
  primary key (n, from_n)) strict, without rowid;
create table batch (batch_id text not null, n integer not null, project text not null, instrument text not null,
  vintage integer not null, count integer not null, account text not null, start_utc integer not null, end_utc
  integer not null, expires_utc integer, device text, registry text, serial text, primary key (batch_id)) strict,
  without rowid;
create table balance (account text not null, instrument text not null, from_n integer not null, active integer not
  null, locked integer not null, buffered integer not null, pending integer not null, retired integer not null,
  cancelled integer not null, withdrawn integer not null, exported integer not null, primary key (account,
  instrument, from_n)) strict, without rowid;
create table offer (n integer not null, from_n integer not null, giver text not null, taker text not null,
  deadline_utc integer, status text not null, primary key (n, from_n)) strict, without rowid;
create table label (batch_id text not null, first integer not null, last integer not null, label text not null,
  source_n integer not null, from_n integer not null, to_n integer, primary key (batch_id, label, first, from_n))
  strict, without rowid;
create table external (registry text not null, space text not null, first integer not null, last integer not null,
  batch_id text not null, n integer not null, primary key (registry, space, first)) strict, without rowid;
create table role (actor text not null, role text not null, scope text not null, from_n integer not null, to_n
  integer, primary key (actor, role, scope, from_n)) strict, without rowid;
create table approval (quantification text not null, project text not null, start_utc integer not null, end_utc
  integer not null, actor text not null, from_n integer not null, to_n integer, primary key (quantification,
  from_n)) strict, without rowid;
create index offer_giver on offer (giver, n, from_n);
create index offer_taker on offer (taker, n, from_n);
create index role_holders on role (role, actor, scope, from_n);
create index approval_project on approval (project, from_n);
"""

# By version: the statements that a file must have, and the statements of which it may have some.
EARLIER: Final[dict[int, tuple[str, str]]] = {
    1: (_ONE_AND_TWO + _ONE, ""),
    # The index on the time of balances was removed from version 2 while that version was in use.
    2: (_ONE_AND_TWO + _TWO, "create index balance_time on balance (account, from_n);"),
}
