-- What the checks join: made of the tables of the export, and not exported. The text is the same for both engines.

-- table first_document
select sha256, min(n) as n from document group by sha256

-- table ended
select issuance_n, min(n) as n, min(outcome) as outcome, min(instrument) as instrument, count(*) as times,
  max(n) as newest_n
from ending group by issuance_n

-- table claim
select issuance.n as issuance_n, project.instrument as instrument, claimed.device as device,
  claimed.start_utc as start_utc, claimed.end_utc as end_utc, ended.n as until_n, ended.outcome as outcome,
  ended.instrument as reserved_for
from issuance
join first_document on first_document.sha256 = issuance.quantification
join claimed on claimed.n = first_document.n
join project on project.project = issuance.project
left join ended on ended.issuance_n = issuance.n

-- table correction
select device, from_n, min(start_utc) as start_utc, max(end_utc) as end_utc, sum(end_utc - start_utc) as covered_s
from reading where kind = 'corrected' group by device, from_n

-- table reading_month
select n, from_n, kind, device, start_utc, end_utc, steps, total_wh, explode(months) as month
from (select n, from_n, kind, device, start_utc, end_utc, steps, total_wh,
    numbers(month_of(start_utc), month_of(end_utc - 1)) as months
  from reading where device not like 'meter/%') spans

-- table correction_month
select device, from_n, start_utc, end_utc, explode(months) as month
from (select device, from_n, start_utc, end_utc, numbers(month_of(start_utc), month_of(end_utc - 1)) as months
  from correction) spans

-- table touched
select distinct run.n as n, run.device as device
from reading_month run join correction_month later on later.device = run.device and later.month = run.month
where later.from_n > run.from_n and later.start_utc < run.end_utc and later.end_utc > run.start_utc

-- table used
select revision.n as n, revision.issuance_n as issuance_n, revision.quantification as quantification,
  first_document.n as document_n
from revision left join first_document on first_document.sha256 = revision.quantification

-- table used_month
select n, issuance_n, device, start_utc, end_utc, explode(months) as month
from (select used.n as n, used.issuance_n as issuance_n, claimed.device as device, claimed.start_utc as start_utc,
    claimed.end_utc as end_utc, numbers(month_of(claimed.start_utc), month_of(claimed.end_utc - 1)) as months
  from used join claimed on claimed.n = used.document_n) spans

-- table part_claimed
select used_month.n as n, used_month.issuance_n as issuance_n, used_month.device as device,
  used_month.start_utc as start_utc, used_month.end_utc as end_utc, run.n as reading_n, run.steps as steps,
  run.total_wh as total_wh,
  run.start_utc >= used_month.start_utc and run.end_utc <= used_month.end_utc and touched.n is null as entire
from used_month
join reading_month run on run.device = used_month.device and run.month = used_month.month
left join touched on touched.n = run.n and touched.device = run.device
where run.start_utc < used_month.end_utc and run.end_utc > used_month.start_utc and run.from_n <= used_month.n
  and month_of(greatest(run.start_utc, used_month.start_utc)) = run.month

-- table step_claimed
select n, issuance_n, device, from_n, start_utc, start_utc + step_s as end_utc, net_wh
from (select n, issuance_n, device, from_n, claim_start_utc, claim_end_utc, step_s, run_start_utc + place * step_s as start_utc,
    element_at(net_wh, cast(place + 1 as int)) as net_wh
  from (select *, explode(places) as place from (select part_claimed.n as n, part_claimed.issuance_n as issuance_n, part_claimed.device as device,
      reading.from_n as from_n, part_claimed.start_utc as claim_start_utc, part_claimed.end_utc as claim_end_utc,
      reading.start_utc as run_start_utc, reading.step_s as step_s, reading.net_wh as net_wh,
      numbers(0, reading.steps - 1) as places
    from part_claimed join reading on reading.n = part_claimed.reading_n and reading.device = part_claimed.device
    where not part_claimed.entire) runs) placed) stepped
where start_utc >= claim_start_utc and start_utc + step_s <= claim_end_utc

-- table energy
select n, issuance_n, device, sum(wh) as net_wh, sum(steps) as steps
from (
  select n, issuance_n, device, total_wh as wh, steps from part_claimed where entire
  union all
  select n, issuance_n, device, big(net_wh), 1 from step_claimed step
  where not exists (select 1 from correction later where later.device = step.device and later.from_n > step.from_n
    and later.from_n <= step.n and later.start_utc < step.end_utc and later.end_utc > step.start_utc)
) found
group by n, issuance_n, device

-- table scaled_project
select project.project as project, max(project.granular) as granular, max(scales.scale) as scale
from project
join (
  select issuance.project as project, scale_of(amount.amount) as scale
  from amount join issuance on issuance.n = amount.issuance_n
  union all
  select coalesce(carry.project, issuance.project), scale_of(carry.amount)
  from carry left join ending on ending.n = carry.n left join issuance on issuance.n = ending.issuance_n
) scales on scales.project = project.project
group by project.project

-- table checked_project
select project, scale, unscaled('1', scale) as one from scaled_project where not granular and scale <= 24

-- table withdrawal
select n, batch, kind, last_serial - first_serial + 1 as units
from move where kind in ('units.withdrawn', 'corrected')

-- table live_revision
select n, issuance_n, coalesce(next_n, ended_n) as until_n
from (select revision.n as n, revision.issuance_n as issuance_n, ended.n as ended_n,
    lead(revision.n) over (partition by revision.issuance_n order by revision.n) as next_n
  from revision left join ended on ended.issuance_n = revision.issuance_n) ordered

-- table carry_change
select project, vintage, n, sum(change) as change, max(stated) as stated, max(made) as made
from (
  select issuance.project as project, amount.vintage as vintage, amount.n as n,
    unscaled(amount.amount, checked_project.scale) as change, cast(null as string) as stated, 0 as made
  from amount join issuance on issuance.n = amount.issuance_n
  join checked_project on checked_project.project = issuance.project
  union all
  select issuance.project, amount.vintage, live_revision.until_n,
    - unscaled(amount.amount, checked_project.scale), cast(null as string), 0
  from amount join live_revision on live_revision.n = amount.n and live_revision.issuance_n = amount.issuance_n
  join issuance on issuance.n = amount.issuance_n
  join checked_project on checked_project.project = issuance.project
  where live_revision.until_n is not null
  union all
  select batch.project, batch.vintage, batch.n, - batch.units * checked_project.one, cast(null as string), batch.units
  from batch join checked_project on checked_project.project = batch.project
  where batch.registry is null
  union all
  select batch.project, batch.vintage, withdrawal.n, withdrawal.units * checked_project.one, cast(null as string), 0
  from withdrawal join batch on batch.batch = withdrawal.batch
  join checked_project on checked_project.project = batch.project
  where withdrawal.kind = 'corrected' and batch.registry is null
  union all
  select batch.project, batch.vintage, ended.n,
    (batch.units - coalesce(withdrawn.units, 0)) * checked_project.one, cast(null as string), 0
  from ended join batch on batch.n = ended.issuance_n
  join checked_project on checked_project.project = batch.project
  left join (select withdrawal.batch as batch, ended.n as n, sum(withdrawal.units) as units
    from withdrawal join batch on batch.batch = withdrawal.batch join ended on ended.issuance_n = batch.n
    where withdrawal.n < ended.n group by withdrawal.batch, ended.n) withdrawn
    on withdrawn.batch = batch.batch and withdrawn.n = ended.n
  where batch.registry is null
  union all
  select checked_project.project, carry.vintage, carry.n, big(0), carry.amount, 0
  from carry left join ending on ending.n = carry.n left join issuance on issuance.n = ending.issuance_n
  join checked_project on checked_project.project = coalesce(carry.project, issuance.project)
) changes
group by project, vintage, n

-- table unit_move
select n, place, kind, batch, first_serial, last_serial, cast(null as string) as transferor, '' as given_states,
  account, state
from (
  select batch.n as n, -2 as place, 'issued' as kind, batch.batch as batch, 1 as first_serial,
    batch.units - batch.levied_units - batch.buffered_units as last_serial, batch.account as account, 'active' as state
  from batch
  union all
  select n, -1, 'issued', batch, units - levied_units - buffered_units + 1, units - levied_units, account, 'buffered'
  from batch
  union all
  select batch.n, 0, 'issued', batch.batch, batch.units - batch.levied_units + 1, batch.units,
    coalesce(project.levy_account, batch.account),
    case when project.levy_account is null then 'cancelled' else 'active' end
  from batch left join project on project.project = batch.project
) issued
where first_serial <= last_serial
union all
select n, 1, kind, batch, first_serial, last_serial, transferor,
  case when kind in ('units.withdrawn', 'corrected') then 'active locked buffered'
    when kind = 'units.released' then 'locked'
    when kind in ('buffer.released', 'buffer.cancelled') then 'buffered'
    else 'active' end,
  case when kind in ('units.withdrawn', 'corrected') then null
    when kind = 'units.transferred' then transferee else transferor end,
  case when kind in ('units.withdrawn', 'corrected') then 'withdrawn'
    when kind in ('units.retired', 'units.converted') then 'retired'
    when kind in ('units.cancelled', 'buffer.cancelled') then 'cancelled'
    when kind = 'units.exported' then 'exported'
    when kind = 'units.locked' then 'locked'
    when kind = 'transfer.offered' then 'pending'
    else 'active' end
from move
union all
select offer_end.n, 1, 'transfer.' || offer_end.outcome, move.batch, move.first_serial, move.last_serial, move.transferor, 'pending',
  case when offer_end.outcome = 'accepted' then move.transferee else move.transferor end, 'active'
from offer_end join move on move.kind = 'transfer.offered' and move.n - move.part + 1 = offer_end.offer_n
union all
select ending.n, 1, 'issuance.voided', batch.batch, 1, batch.units, cast(null as string),
  'active locked buffered withdrawn', cast(null as string), 'withdrawn'
from ending join batch on batch.n = ending.issuance_n
where ending.outcome = 'voided'

-- table cut
select batch, serial, row_number() over (partition by batch order by serial) as place,
  lead(serial) over (partition by batch order by serial) as next_serial
from (select distinct batch, serial
  from (select batch, first_serial as serial from unit_move union all select batch, last_serial + 1 from unit_move) edges
) distinct_edges

-- table piece_move
select n, place, kind, batch, piece, transferor, given_states, account, state,
  lag(state) over (partition by batch, piece order by n, place, kind, state) as state_before,
  lag(account) over (partition by batch, piece order by n, place, kind, state) as account_before,
  first_value(account) over (partition by batch, piece order by n, place, kind, state) as account_at_first
from (select unit_move.n as n, unit_move.place as place, kind, unit_move.batch as batch, transferor, given_states,
    account, state, explode(pieces) as piece
  from (select unit_move.*, numbers(start_cut.place, end_cut.place - 1) as pieces
    from unit_move
    join cut start_cut on start_cut.batch = unit_move.batch and start_cut.serial = unit_move.first_serial
    join cut end_cut on end_cut.batch = unit_move.batch and end_cut.serial = unit_move.last_serial + 1) unit_move) cut_moves

-- table held
select moved.batch as batch, cut.serial as first_serial, cut.next_serial - 1 as last_serial, moved.last_move.account as account,
  moved.last_move.state as state
from (select batch, piece, max_by(struct_of(coalesce(account, account_before), state), n * 4 + place) as last_move
  from piece_move where not (kind = 'issuance.voided' and coalesce(state_before, '') = 'withdrawn')
  group by batch, piece) moved join cut on cut.batch = moved.batch and cut.place = moved.piece
