-- Spark's words for the functions and views that `tables.sql` and `checks.sql` use.

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
create or replace temporary function kind_of(words string) returns string return regexp_extract(right(words, 64), '"type":"([a-z.]+)"[}]$', 1);
create or replace temporary function month_of(seconds bigint) returns bigint return whole(seconds, 2764800);
create or replace temporary function scale_of(amount string) returns int return length(split_part(amount, '.', 2));
create or replace temporary function unscaled(amount string, scale int) returns decimal(38,0) return case when amount like '-%' then -1 else 1 end * big_of(split_part(replace(amount, '-', ''), '.', 1) || rpad(split_part(amount, '.', 2), scale, '0'));

create or replace temporary view run_event as
select n, kind_of(text) as kind, whole_of(regexp_extract(command, '^"part":([0-9]+),', 1)) as part,
  whole_of(regexp_extract(command, ',"parts":([0-9]+)[}],"event":[{]', 1)) as parts,
  position('"name":"implausible-reading"' in text) > 0 as waives_plausibility, {run_fields}
from (select n, text, substring(text, position('"part":' in text), 70) as command,
    from_json(text, 'event {run_shape}, _corrupt_record string') as content
  from (select n, text_of(data) as text from entry) texts where {run_kinds}) parsed
where content._corrupt_record is null and content.event is not null;

create or replace temporary view parsed_unit_event as
select n, kind_of(text) as kind, whole_of(regexp_extract(command, '^"part":([0-9]+),', 1)) as part,
  whole_of(regexp_extract(command, ',"parts":([0-9]+)[}],"event":[{]', 1)) as parts, {unit_fields}
from (select n, text, substring(text, position('"part":' in text), 70) as command,
    from_json(text, 'event {unit_shape}, _corrupt_record string') as content
  from (select n, text_of(data) as text from entry) texts where {unit_kinds}) parsed
where content._corrupt_record is null and content.event is not null;

create or replace temporary view parsed_move_event as
select n, kind_of(text) as kind, whole_of(regexp_extract(command, '^"part":([0-9]+),', 1)) as part,
  whole_of(regexp_extract(command, ',"parts":([0-9]+)[}],"event":[{]', 1)) as parts, {move_fields}
from (select n, text, substring(text, position('"part":' in text), 70) as command,
    from_json(text, 'event {move_shape}, _corrupt_record string') as content
  from (select n, text_of(data) as text from entry) texts where {move_kinds}) parsed
where content._corrupt_record is null and content.event is not null;

create or replace temporary view parsed_correction_event as
select n, kind_of(text) as kind, whole_of(regexp_extract(command, '^"part":([0-9]+),', 1)) as part,
  whole_of(regexp_extract(command, ',"parts":([0-9]+)[}],"event":[{]', 1)) as parts, {correction_fields}
from (select n, text, substring(text, position('"part":' in text), 70) as command,
    from_json(text, 'event {correction_shape}, _corrupt_record string') as content
  from (select n, text_of(data) as text from entry) texts where {correction_kinds}) parsed
where content._corrupt_record is null and content.event is not null;

create or replace temporary view document_text as
select min(n) as n, max(n) as last_n, sha256, max(parts) as parts, count(*) as found_parts,
  array_join(transform(array_sort(collect_list(struct(part, n, text))), x -> x.text), '') as text
from (select n, content.event.sha256 as sha256, content.event.part as part, content.event.parts as parts,
    content.event.text as text
  from (select n, from_json(text, 'event {part_shape}, _corrupt_record string') as content
    from (select n, text_of(data) as text from entry) texts where {part_kinds}) parsed
  where content._corrupt_record is null) pieces
where sha256 is not null and part is not null and text is not null
group by sha256, n - part;

create or replace temporary view quantification as
select n, sha256, content.project as project, content.unit as unit, content.steps as steps,
  content.amounts as amounts
from (select n, sha256, from_json(text, '{quantification_members}, _corrupt_record string') as content
  from document) parsed
where content._corrupt_record is null;
