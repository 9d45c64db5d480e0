-- DuckDB's words for the functions that the texts use.

create macro explode(items) as unnest(items);
create macro sha256_hex(data) as sha256(data);
create macro text_sha256_hex(words) as sha256(words);
create macro text_of(data) as try(decode(data));
create macro big(number) as cast(number as hugeint);
create macro big_of(words) as try_cast(words as hugeint);
create macro whole_of(words) as try_cast(words as bigint);
create macro whole(number, divisor) as number // divisor;
create macro total(items) as coalesce(list_sum(items), 0);
create macro largest(items) as list_max(items);
create macro smallest(items) as list_min(items);
create macro length_of(items) as len(items);
create macro element_at(items, place) as list_extract(items, place);
create macro numbers(start, last) as range(start, last + 1);
create macro seconds_of(words) as epoch_us(try_cast(words as timestamp)) // 1000000;
create macro micros_of(words) as epoch_us(try_cast(words as timestamp));
create macro instant_of(seconds) as strftime(make_timestamp(seconds * 1000000), '%Y-%m-%dT%H:%M:%SZ');
create macro ending(words, size) as substring(words, - size);
create macro ending_kind(words) as split_part(ending(words, 64), '"type":"', -1);
create macro kind_of(words) as regexp_extract(ending(words, 64), '"type":"([a-z.]+)"[}]$', 1);
create macro parts_of(command) as regexp_extract(command, '^"part":([0-9]+),"parts":([0-9]+)[}],"event":[{]', ['part', 'parts']);
create macro struct_of(account, state) as struct_pack(account := account, state := state);
create macro month_of(seconds) as whole(seconds, 2764800);
create macro scale_of(amount) as cast(length(split_part(amount, '.', 2)) as int);
create macro digits_of(amount) as case when regexp_matches(amount, '^-?[0-9]+([.][0-9]+)?$') then try_cast(replace(amount, '.', '') as decimal(38,0)) end;
create macro unscaled(amount, scale) as case when amount like '-%' then -1 else 1 end * big_of(split_part(replace(amount, '-', ''), '.', 1) || rpad(split_part(amount, '.', 2), cast(scale as int), '0'));
