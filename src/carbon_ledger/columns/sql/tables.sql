-- The tables of the export, from the bytes of the entries. The text is the same for DuckDB and for Spark: the functions
-- come from the dialect, as do the tables of events. Each block is one select. Names hold the unit last; times are
-- seconds since 1970-01-01 UTC. An exact decimal has its text, and its digits as an integer with a scale.

-- table head
select * from entry_head

-- table reading
select n, from_n, kind, device, start_utc, start_utc + step_s * length_of(net_wh) as end_utc, step_s,
  length_of(net_wh) as steps, cast(total(net_wh) as decimal(38,0)) as total_wh,
  greatest(largest(net_wh), coalesce(largest(gross_wh), largest(net_wh))) as largest_wh, smallest(net_wh) as smallest_wh,
  quality, waives_plausibility, net_wh, gross_wh
from (
  select n, case when kind = 'correction.staged' then n - part + parts else n end as from_n,
    case when kind in ('generation.recorded', 'meter.recorded') then 'recorded' else 'corrected' end as kind,
    coalesce(device, 'meter/' || meter) as device, seconds_of(start_text) as start_utc, step_s, net_wh, gross_wh,
    coalesce(quality, 'measured') as quality, waives_plausibility
  from run_event
  union all
  select n, case when kind = 'correction.staged' then n - part + parts else n end,
    case when kind = 'meter.recorded' then 'recorded' else 'corrected' end, item.key, seconds_of(start_text), step_s,
    item.value, null, coalesce(quality, 'measured'), waives_plausibility
  from (select n, kind, part, parts, start_text, step_s, quality, waives_plausibility,
    explode(map_entries(devices)) as item from run_event where meter is not null) divided
) runs

-- table issuance
select n, project, account, device, seconds_of(period.start) as start_utc, seconds_of(period.end) as end_utc,
  quantification, coalesce(of_carry, false) as of_carry
from unit_event where kind = 'issuance.recorded'

-- table revision
select n, n as issuance_n, quantification from unit_event where kind = 'issuance.recorded'
union all
select n, item.issuance, item.quantification
from (select n, explode(issuances) as item from correction_event) corrected

-- table amount
select n, issuance_n, vintage, amount, digits_of(amount) as amount_digits, scale_of(amount) as amount_scale
from (
  select n, n as issuance_n, item.vintage as vintage, item.amount as amount
  from (select n, explode(amounts) as item from unit_event where kind = 'issuance.recorded') issued
  union all
  select n, issuance_n, item.vintage, item.amount
  from (select n, item.issuance as issuance_n, explode(item.amounts) as item
    from (select n, explode(issuances) as item from correction_event) affected) corrected) amounts

-- table batch
select project || '/' || lpad(cast(item.vintage as string), 4, '0') || '/' || cast(n as string) as batch, n, project,
  cast(null as string) as registry, cast(null as string) as instrument, item.vintage as vintage, item.count as units,
  coalesce(item.buffered, 0) as buffered_units, coalesce(item.levied, 0) as levied_units, account
from (select n, project, account, explode(batches) as item from unit_event where kind = 'issuance.recorded') issued
union all
select registry || '/' || lpad(cast(vintage as string), 4, '0') || '/' || cast(n as string), n, project, registry,
  instrument.id, vintage, last_serial - first_serial + 1, coalesce(buffered, 0), 0, account
from unit_event where kind = 'block.imported'

-- table carry
select n, project, vintage, amount, digits_of(amount) as amount_digits, scale_of(amount) as amount_scale
from (
  select n, project, coalesce(item.vintage, 0) as vintage, item.amount as amount
  from (select n, project, explode(carry) as item from unit_event where kind = 'issuance.recorded') issued
  union all
  select n, cast(null as string), coalesce(item.vintage, 0), item.amount
  from (select n, explode(carry) as item from unit_event where kind in ('issuance.voided', 'units.converted')) ended
  union all
  select n, project, coalesce(item.vintage, 0), item.amount
  from (select n, item.project as project, explode(item.carry) as item
    from (select n, explode(carries) as item from correction_event) affected) corrected) carries

-- table ending
select n, issuance as issuance_n, case when kind = 'issuance.voided' then 'voided' else 'converted' end as outcome,
  instrument.id as instrument
from unit_event where kind in ('issuance.voided', 'units.converted')

-- table move
select n, part, kind, batch, first_serial, last_serial, coalesce(account, transferor) as transferor, transferee
from move_event
union all
select n, part, kind, item.batch, item.first, item.last, transferor, transferee
from (select n, part, kind, coalesce(account, transferor) as transferor, transferee, explode(more) as item
  from move_event) blocks
union all
select n, cast(1 as bigint), 'corrected', item.batch, item.first, item.last, cast(null as string), cast(null as string)
from (select n, explode(item.withdrawn) as item
  from (select n, explode(carries) as item from correction_event) affected) withdrawn

-- table offer_end
select n, offer as offer_n, case when kind = 'transfer.accepted' then 'accepted' else outcome end as outcome
from unit_event where kind in ('transfer.accepted', 'transfer.ended')

-- table document
select n, last_n, sha256, parts, found_parts, text from document_event

-- table quantified
select n, sha256, project, unit, item.device as device, item.steps as steps, item.net_wh as net_wh
from (select n, sha256, project, unit, explode(steps) as item from quantification_event) quantified

-- table claimed
select n, sha256, device, seconds_of(element_at(pair, 1)) as start_utc, seconds_of(element_at(pair, 2)) as end_utc
from (select n, sha256, item.device as device, explode(item.claimed) as pair
  from (select n, sha256, explode(steps) as item from quantification_event) quantified) claimed

-- table quantified_amount
select n, sha256, item.vintage as vintage, item.amount as amount, digits_of(item.amount) as amount_digits,
  scale_of(item.amount) as amount_scale
from (select n, sha256, explode(amounts) as item from quantification_event) quantified

-- table project
select n, project, instrument.id as instrument, instrument.unit as unit, instrument.granular as granular,
  instrument.levy.to as levy_account
from unit_event where kind = 'project.registered'

-- table device
select n, device, capacity_w, margin, digits_of(margin) as margin_digits, scale_of(margin) as margin_scale, zone, seconds_of(commissioned || 'T00:00:00Z') as commissioned_utc,
  station_load_w, kind = 'device.registered' as registered
from unit_event where kind in ('device.registered', 'device.amended')
