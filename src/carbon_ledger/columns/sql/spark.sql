-- Spark's words for the functions that the texts use.

create or replace temporary function sha256_hex(data binary) returns string return sha2(data, 256);
create or replace temporary function text_sha256_hex(words string) returns string return sha2(cast(words as binary), 256);
create or replace temporary function text_of(data binary) returns string return try_validate_utf8(cast(data as string));
create or replace temporary function big(number decimal(38,0)) returns decimal(38,0) return number;
create or replace temporary function big_of(words string) returns decimal(38,0) return try_cast(words as decimal(38,0));
create or replace temporary function whole_of(words string) returns bigint return try_cast(words as bigint);
create or replace temporary function whole(number bigint, divisor bigint) returns bigint return number div divisor;
create or replace temporary function total(items array<bigint>) returns decimal(38,0) return coalesce(aggregate(items, cast(0 as decimal(38,0)), (sum, x) -> cast(sum + x as decimal(38,0))), cast(0 as decimal(38,0)));
create or replace temporary function largest(items array<bigint>) returns bigint return array_max(items);
create or replace temporary function smallest(items array<bigint>) returns bigint return array_min(items);
create or replace temporary function length_of(items array<bigint>) returns bigint return cast(size(items) as bigint);
create or replace temporary function numbers(start bigint, last bigint) returns array<bigint> return case when start <= last then sequence(start, last) else cast(array() as array<bigint>) end;
create or replace temporary function seconds_of(words string) returns bigint return unix_seconds(try_cast(words as timestamp));
create or replace temporary function micros_of(words string) returns bigint return unix_micros(try_cast(words as timestamp));
create or replace temporary function instant_of(seconds bigint) returns string return date_format(timestamp_seconds(seconds), "yyyy-MM-dd'T'HH:mm:ss'Z'");
create or replace temporary function ending(words string, size int) returns string return right(words, size);
create or replace temporary function parts_of(command string) returns struct<part: string, parts: string> return named_struct('part', regexp_extract(command, '^"part":([0-9]+),"parts":([0-9]+)[}],"event":[{]', 1), 'parts', regexp_extract(command, '^"part":([0-9]+),"parts":([0-9]+)[}],"event":[{]', 2));
create or replace temporary function struct_of(account string, state string) returns struct<account: string, state: string> return named_struct('account', account, 'state', state);
create or replace temporary function kind_of(words string) returns string return regexp_extract(right(words, 64), '"type":"([a-z.]+)"[}]$', 1);
create or replace temporary function month_of(seconds bigint) returns bigint return whole(seconds, 2764800);
create or replace temporary function scale_of(amount string) returns int return length(split_part(amount, '.', 2));
create or replace temporary function digits_of(amount string) returns decimal(38,0) return case when amount rlike '^-?[0-9]+([.][0-9]+)?$' then try_cast(replace(amount, '.', '') as decimal(38,0)) end;
create or replace temporary function unscaled(amount string, scale int) returns decimal(38,0) return case when amount like '-%' then -1 else 1 end * big_of(split_part(replace(amount, '-', ''), '.', 1) || rpad(split_part(amount, '.', 2), scale, '0'));
