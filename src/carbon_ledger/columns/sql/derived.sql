-- The rows that the ledger file itself has, as of its last entry: of the tables `derived_balance` and `derived_piece`.

-- table stored_balance
select account, instrument, state, units
from (
  select account, instrument, 'active' as state, active as units, from_n from derived_balance
  union all select account, instrument, 'locked', locked, from_n from derived_balance
  union all select account, instrument, 'buffered', buffered, from_n from derived_balance
  union all select account, instrument, 'pending', pending, from_n from derived_balance
  union all select account, instrument, 'retired', retired, from_n from derived_balance
  union all select account, instrument, 'cancelled', cancelled, from_n from derived_balance
  union all select account, instrument, 'withdrawn', withdrawn, from_n from derived_balance
  union all select account, instrument, 'exported', exported, from_n from derived_balance
) states
join (select account as newest_account, instrument as newest_instrument, max(from_n) as newest_n from derived_balance
  group by account, instrument) newest
  on newest_account = account and newest_instrument = instrument and newest_n = from_n

-- table stored_piece
select batch_id, first, last, account, state
from derived_piece
join (select batch_id as newest_batch, first as newest_first, max(from_n) as newest_n from derived_piece
  group by batch_id, first) newest
  on newest_batch = batch_id and newest_first = first and newest_n = from_n
