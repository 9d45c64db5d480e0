-- The checks: each gives the number of an entry and what is wrong with it. The text is the same for both engines.
-- `{since}` is the number of the first entry that is checked; entries before it were checked by an earlier run.

-- check hashes
select n, concat_ws('', 'its bytes have the leaf hash ', sha256_hex(unhex('00') || data), ', the leaf that is stored is ',
  lower(hex(leaf))) as detail
from entry where n >= {since} and upper(sha256_hex(unhex('00') || data)) <> hex(leaf)

-- check order
select head.n as n, concat_ws('', 'there is no entry ', cast(head.n - 1 as string), ' before it') as detail
from head left join head before on before.n = head.n - 1
where head.n >= {since} and head.n > 0 and before.n is null
union all
select entry.n, 'its bytes are no text' from entry left join head on head.n = entry.n and head.kind is not null
where entry.n >= {since} and head.n is null
union all
select n, concat_ws('', 'there are ', cast(count(*) as string), ' entries of this number') from entry
where n >= {since} group by n having count(*) > 1
union all
select n, concat_ws('', 'it states the number ', coalesce(cast(stated_n as string), 'of no entry')) from head
where n >= {since} and (stated_n is null or stated_n <> n)
union all
select head.n, 'its recorded time is not later than that of the entry before'
from head join head before on before.n = head.n - 1
where head.n >= {since} and (head.recorded_at_us is null or head.recorded_at_us <= before.recorded_at_us)
union all
select head.n, 'it was recorded more than 400 days after the entry before'
from head join head before on before.n = head.n - 1
where head.n >= {since} and head.recorded_at_us - before.recorded_at_us > 34560000000000 and head.kind <> 'time.advanced'
union all
select head.n, concat_ws('', 'it is part ', coalesce(cast(head.part as string), 'none'), ' of ',
  coalesce(cast(head.parts as string), 'none'), ', the entry before is part ', coalesce(cast(before.part as string), 'none'),
  ' of ', coalesce(cast(before.parts as string), 'none'))
from head left join head before on before.n = head.n - 1
where head.n >= {since} and not coalesce(
  case when head.part = 1 then head.parts >= 1 and coalesce(before.part = before.parts, head.n = 0 or before.n is null)
  else head.part <= head.parts and before.part = head.part - 1 and before.parts = head.parts and before.whose = head.whose end,
  false)
union all
select head.n, 'the log ends within a command' from head join (select max(n) as n from head) newest on newest.n = head.n
where head.part < head.parts

-- check decoded
select head.n as n, concat_ws('', 'it is a ', head.kind, ' without the fields that its columns need') as detail
from head left join (
  select n from reading where device is not null and start_utc is not null and step_s > 0 and steps > 0
  union select n from issuance where project is not null and account is not null and quantification is not null
  union select n from move where batch is not null and first_serial <= last_serial
  union select n from ending where issuance_n is not null
  union select n from offer_end where offer_n is not null
  union select n from batch where batch is not null and units > 0 and account is not null
  union select n from project where project is not null and instrument is not null and unit is not null
  union select n from device where device is not null
) found on found.n = head.n
where head.n >= {since} and found.n is null and head.kind in (
  'generation.recorded', 'meter.recorded', 'correction.staged', 'generation.corrected', 'meter.corrected',
  'issuance.recorded', 'issuance.voided', 'units.transferred', 'units.retired', 'units.cancelled', 'units.withdrawn',
  'units.locked', 'units.released', 'buffer.released', 'buffer.cancelled', 'transfer.offered', 'transfer.accepted',
  'transfer.ended', 'units.exported', 'units.converted', 'block.imported', 'project.registered', 'device.registered',
  'device.amended')

-- check documents
select n, concat_ws('', 'the document ', sha256, ' has the digest sha256:', text_sha256_hex(text)) as detail
from document where n >= {since} and concat_ws('', 'sha256:', text_sha256_hex(text)) <> sha256
union all
select n, concat_ws('', 'the document ', sha256, ' has ', cast(found_parts as string), ' of ', cast(parts as string), ' parts')
from document where n >= {since} and (found_parts <> parts or last_n - n + 1 <> parts)

-- check readings
select n, concat_ws('', 'device ', device, ': its readings from ', instant_of(start_utc), ' overlap readings until ',
  instant_of(end_before_utc)) as detail
from (select n, device, start_utc, max(end_utc) over (partition by device order by start_utc, end_utc, n
    rows between unbounded preceding and 1 preceding) as end_before_utc
  from reading where kind = 'recorded') ordered
where n >= {since} and start_utc < end_before_utc
union all
select correction.from_n, concat_ws('', 'device ', correction.device, ': the correction from ', instant_of(correction.start_utc),
  ' to ', instant_of(correction.end_utc), ' has steps for ', cast(correction.covered_s as string),
  ' s, and replaces readings of ', cast(coalesce(replaced.covered_s, 0) as string), ' s')
from correction left join (
  select later.device as device, later.from_n as from_n,
    sum(least(later.end_utc, run.end_utc) - greatest(later.start_utc, run.start_utc)) as covered_s
  from correction_month later join reading_month run on run.device = later.device and run.month = later.month
  where run.kind = 'recorded' and run.n < later.from_n and run.start_utc < later.end_utc and run.end_utc > later.start_utc
    and month_of(greatest(run.start_utc, later.start_utc)) = run.month
  group by later.device, later.from_n) replaced
  on replaced.device = correction.device and replaced.from_n = correction.from_n
where correction.from_n >= {since} and correction.device not like 'meter/%'
  and (correction.covered_s <> correction.end_utc - correction.start_utc
    or coalesce(replaced.covered_s, 0) <> correction.end_utc - correction.start_utc)
union all
select metered.n, concat_ws('', metered.device, ' has ', cast(metered.total_wh as string), ' Wh, its devices have ',
  cast(coalesce(divided.total_wh, 0) as string), ' Wh')
from reading metered left join (
  select n, sum(total_wh) as total_wh from reading where device not like 'meter/%' group by n) divided
  on divided.n = metered.n
where metered.n >= {since} and metered.device like 'meter/%' and coalesce(divided.total_wh, 0) <> metered.total_wh

-- check plausibility
select n, concat_ws('', 'device ', device, ': ', case
    when capacity_w is null then 'no entry registered it'
    when end_utc * 1000000 > recorded_at_us then concat_ws('', 'its readings end at ', instant_of(end_utc), ', after they were recorded')
    when commissioned_utc is null or start_utc < commissioned_utc then 'its readings begin before it was commissioned'
    when is_too_large then concat_ws('', 'a step of ', cast(step_s as string), ' s has ', cast(largest_wh as string),
      ' Wh, more than it can generate')
    else concat_ws('', 'a step of ', cast(step_s as string), ' s has ', cast(smallest_wh as string), ' Wh, more import than its station load')
  end) as detail
from (
  select run.n as n, run.device as device, run.start_utc as start_utc, run.end_utc as end_utc, run.step_s as step_s,
    run.largest_wh as largest_wh, run.smallest_wh as smallest_wh, head.recorded_at_us as recorded_at_us,
    bound.capacity_w as capacity_w, bound.commissioned_utc as commissioned_utc,
    waived.n is null and big(run.largest_wh) * 3600 * 1000000 > big(bound.capacity_w) * run.step_s * bound.margin_ppm
      as is_too_large,
    waived.n is null and - big(run.smallest_wh) * 36000 > big(bound.load_dw) * run.step_s as is_too_small
  from reading run
  join head entry_head on entry_head.n = run.n
  left join head on head.n = run.from_n
  left join (select device, max(capacity_w) as capacity_w,
      max(unscaled(margin, 6) + case when scale_of(margin) > 6 then 1 else 0 end) as margin_ppm,
      greatest(max(coalesce(station_load_w, 0)) * 10, max(coalesce(capacity_w, 0)), 500000) as load_dw,
      min(commissioned_utc - case when zone = 'UTC' then 0 else 86400 end) as commissioned_utc
    from device group by device) bound on bound.device = run.device
  left join (select distinct head.n - head.part + 1 as n from reading join head on head.n = reading.n
    where reading.waives_plausibility) waived on waived.n = entry_head.n - entry_head.part + 1
  where run.n >= {since} and run.device not like 'meter/%'
) possible
where capacity_w is null or end_utc * 1000000 > recorded_at_us or commissioned_utc is null or start_utc < commissioned_utc
  or is_too_large or is_too_small

-- check claims
select issuance_n as n, concat_ws('', 'device ', device, ': its steps from ', instant_of(start_utc),
  ' have a live claim already, until ', instant_of(end_before_utc)) as detail
from (select issuance_n, device, start_utc, max(end_utc) over (partition by device order by start_utc, end_utc, issuance_n
    rows between unbounded preceding and 1 preceding) as end_before_utc
  from claim where until_n is null) ordered
where issuance_n >= {since} and start_utc < end_before_utc
union all
select distinct later.issuance_n, concat_ws('', 'device ', later.device, ': its steps from ', instant_of(later.start_utc), ' were claimed by ',
  case when later.issuance_n < earlier.until_n then 'issuance ' else concat_ws('', 'the conversion to ', earlier.reserved_for, ' of issuance ') end,
  cast(earlier.issuance_n as string))
from (select issuance_n, device, start_utc, end_utc, until_n, outcome, reserved_for,
    explode(months) as month
  from (select *, numbers(month_of(start_utc), month_of(end_utc - 1)) as months from claim where until_n is not null) ended_claim) earlier
join (select issuance_n, device, start_utc, end_utc, instrument,
    explode(months) as month
  from (select *, numbers(month_of(start_utc), month_of(end_utc - 1)) as months from claim) any_claim) later
  on later.device = earlier.device and later.month = earlier.month
where later.issuance_n >= {since} and later.issuance_n > earlier.issuance_n
  and later.start_utc < earlier.end_utc and later.end_utc > earlier.start_utc
  and (later.issuance_n < earlier.until_n or (earlier.outcome = 'converted' and later.instrument <> earlier.reserved_for
    and not exists (select 1 from claim taker where taker.device = later.device and taker.issuance_n > earlier.until_n
      and taker.issuance_n < later.issuance_n and taker.start_utc < later.end_utc and taker.end_utc > later.start_utc
      and not (coalesce(taker.outcome, '') = 'voided' and taker.until_n < later.issuance_n))))
union all
select newest_n, concat_ws('', 'issuance ', cast(issuance_n as string), ' was voided or converted before') from ended
where newest_n >= {since} and times > 1

-- check amounts
select used.n as n, concat_ws('', 'issuance ', cast(used.issuance_n as string), ', device ', quantified.device, ': its quantification has ',
  cast(quantified.net_wh as string), ' Wh in ', cast(quantified.steps as string), ' steps, the live readings that it claims have ',
  cast(coalesce(energy.net_wh, 0) as string), ' Wh in ', cast(coalesce(energy.steps, 0) as string)) as detail
from used join quantified on quantified.n = used.document_n
left join energy on energy.n = used.n and energy.issuance_n = used.issuance_n and energy.device = quantified.device
where used.n >= {since} and (quantified.net_wh <> coalesce(energy.net_wh, 0) or quantified.steps <> coalesce(energy.steps, 0))
union all
select n, concat_ws('', 'issuance ', cast(issuance_n as string), ': no document of the digest ', quantification, ' can be read')
from used where n >= {since} and document_n is null
union all
select n, concat_ws('', 'issuance ', cast(issuance_n as string), ', vintage ', cast(vintage as string), ': the entry states the amount ',
  coalesce(max(stated), 'of no vintage'), ', its quantification ', coalesce(max(quantified), 'none'))
from (
  select n, issuance_n, vintage, amount as stated, cast(null as string) as quantified from amount
  union all
  select used.n, used.issuance_n, document.vintage, cast(null as string), document.amount
  from used join quantified_amount document on document.n = used.document_n) both_sides
where n >= {since} group by n, issuance_n, vintage
having coalesce(max(stated), '') <> coalesce(max(quantified), '') or count(stated) > 1 or count(quantified) > 1
union all
select used.n, concat_ws('', 'issuance ', cast(used.issuance_n as string), ': its amounts are ', cast(coalesce(amounts.wh, 0) as string),
  ' Wh, the energy under its claims is ', cast(energies.wh as string), ' Wh')
from used
join (select n, max(unit) as unit, sum(big(net_wh)) as wh from quantified group by n) energies on energies.n = used.document_n
left join (select amount.n as n, amount.issuance_n as issuance_n,
    sum(unscaled(amount.amount, case when project.unit = 'MWh' then 6 else 0 end)) as wh, max(scale_of(amount.amount)) as scale
  from amount join issuance on issuance.n = amount.issuance_n join project on project.project = issuance.project
  group by amount.n, amount.issuance_n) amounts on amounts.n = used.n and amounts.issuance_n = used.issuance_n
where used.n >= {since} and energies.unit in ('MWh', 'Wh')
  and (coalesce(amounts.wh, 0) <> energies.wh or coalesce(amounts.scale, 0) > case when energies.unit = 'MWh' then 6 else 0 end)

-- check carry
select n, concat_ws('', 'project ', project, ', vintage ', cast(vintage as string), ': it states the carry ', coalesce(stated, 'of no vintage'),
  ', its claims less its units leave ', cast(running as string), ' / ', cast(one as string)) as detail
from (select change.n as n, change.project as project, change.vintage as vintage, change.change as change, change.stated as stated,
    checked_project.scale as scale, checked_project.one as one,
    sum(change.change) over (partition by change.project, change.vintage order by change.n
      rows between unbounded preceding and current row) as running
  from carry_change change join checked_project on checked_project.project = change.project) states
where n >= {since} and case when stated is null then change <> 0 else unscaled(stated, scale) <> running end
union all
select n, concat_ws('', 'project ', project, ': after this issuance its carry is ', cast(running as string), ' / ', cast(one as string),
  case when running < 0 then ', and units rest on it' else ', of which whole units were not issued' end)
from (select totals.n as n, totals.project as project, totals.made as made, checked_project.one as one,
    sum(totals.change) over (partition by totals.project order by totals.n
      rows between unbounded preceding and current row) as running
  from (select project, n, sum(change) as change, sum(made) as made from carry_change group by project, n) totals
  join checked_project on checked_project.project = totals.project) states
join (select n as issuance_n from issuance) issued on issued.issuance_n = states.n
where n >= {since} and (running >= one or (made > 0 and running < 0))

-- check moves
select moved.n as n, concat_ws('', case when moved.place <= 0 then 'issues' else moved.kind end, ': units ', cast(cut.serial as string), ' to ',
  cast(cut.next_serial - 1 as string), ' of ', moved.batch, case
    when moved.place <= 0 then ' exist already'
    when moved.state_before is null then ' do not exist'
    else concat_ws('', ' are ', moved.state_before, ' in ', coalesce(moved.account_before, 'no account'), ', expected ', moved.given_states,
      ' in ', coalesce(moved.transferor, case when moved.kind = 'units.withdrawn' then 'any account' else moved.account_at_first end)) end) as detail
from piece_move moved join cut on cut.batch = moved.batch and cut.place = moved.piece
where moved.n >= {since} and case when moved.place <= 0 then moved.state_before is not null
  else moved.state_before is null or position(moved.state_before in moved.given_states) = 0
    or (moved.transferor is not null and moved.transferor <> coalesce(moved.account_before, ''))
    or (moved.kind in ('corrected', 'issuance.voided') and moved.state_before <> 'withdrawn'
      and coalesce(moved.account_before, '') <> coalesce(moved.account_at_first, '')) end

-- check balances
select cast(null as bigint) as n, concat_ws('', 'account ', account, ': the balance of ', instrument, ' has ', cast(sum(stored) as string), ' ', state,
  ' units, the moves give ', cast(sum(moved) as string)) as detail
from (
  select held.account as account, coalesce(batch.instrument, project.instrument) as instrument, held.state as state,
    0 as stored, held.last_serial - held.first_serial + 1 as moved
  from held join batch on batch.batch = held.batch left join project on project.project = batch.project
  union all
  select account, instrument, state, units, 0 from stored_balance
) sides
group by account, instrument, state having sum(stored) <> sum(moved)
union all
select cast(null as bigint), concat_ws('', 'batch ', batch, ': ', cast(sum(stored) as string), ' units are stored as ', state, ' in ', account,
  ', the moves give ', cast(sum(moved) as string))
from (
  select batch, account, state, 0 as stored, last_serial - first_serial + 1 as moved from held
  union all
  select batch_id, account, state, last - first + 1, 0 from stored_piece
) sides
group by batch, account, state having sum(stored) <> sum(moved)
union all
select batch.n, concat_ws('', 'batch ', batch.batch, ' has ', cast(batch.units as string), ' units, and ',
  cast(coalesce(held.units, 0) as string), ' are held')
from batch left join (select batch, sum(last_serial - first_serial + 1) as units from held group by batch) held
  on held.batch = batch.batch
where coalesce(held.units, 0) <> batch.units
