-- DuckDB's words for the functions and views that `tables.sql` and `checks.sql` use.

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
create macro kind_of(words) as regexp_extract(right(words, 64), '"type":"([a-z.]+)"[}]$', 1);
create macro month_of(seconds) as whole(seconds, 2764800);
create macro scale_of(amount) as length(split_part(amount, '.', 2));
create macro unscaled(amount, scale) as case when amount like '-%' then -1 else 1 end * big_of(split_part(replace(amount, '-', ''), '.', 1) || rpad(split_part(amount, '.', 2), cast(scale as int), '0'));

create view run_event as
select n, kind_of(text) as kind, whole_of(regexp_extract(command, '^"part":([0-9]+),', 1)) as part,
  whole_of(regexp_extract(command, ',"parts":([0-9]+)[}],"event":[{]', 1)) as parts,
  position('"name":"implausible-reading"' in text) > 0 as waives_plausibility, {run_fields}
from (select n, text, substring(text, position('"part":' in text), 70) as command,
    try(from_json(text, '{"event":{run_shape}}')).event as event
  from (select n, text_of(data) as text from entry) texts where {run_kinds}) parsed
where event is not null;

create view parsed_unit_event as
select n, kind_of(text) as kind, whole_of(regexp_extract(command, '^"part":([0-9]+),', 1)) as part,
  whole_of(regexp_extract(command, ',"parts":([0-9]+)[}],"event":[{]', 1)) as parts, {unit_fields}
from (select n, text, substring(text, position('"part":' in text), 70) as command,
    try(from_json(text, '{"event":{unit_shape}}')).event as event
  from (select n, text_of(data) as text from entry) texts where {unit_kinds}) parsed
where event is not null;

create view parsed_move_event as
select n, kind_of(text) as kind, whole_of(regexp_extract(command, '^"part":([0-9]+),', 1)) as part,
  whole_of(regexp_extract(command, ',"parts":([0-9]+)[}],"event":[{]', 1)) as parts, {move_fields}
from (select n, text, substring(text, position('"part":' in text), 70) as command,
    try(from_json(text, '{"event":{move_shape}}')).event as event
  from (select n, text_of(data) as text from entry) texts where {move_kinds}) parsed
where event is not null;

create view parsed_correction_event as
select n, kind_of(text) as kind, whole_of(regexp_extract(command, '^"part":([0-9]+),', 1)) as part,
  whole_of(regexp_extract(command, ',"parts":([0-9]+)[}],"event":[{]', 1)) as parts, {correction_fields}
from (select n, text, substring(text, position('"part":' in text), 70) as command,
    try(from_json(text, '{"event":{correction_shape}}')).event as event
  from (select n, text_of(data) as text from entry) texts where {correction_kinds}) parsed
where event is not null;

create view document_text as
select min(n) as n, max(n) as last_n, sha256, max(parts) as parts, count(*) as found_parts,
  string_agg(text, '' order by part, n) as text
from (select n, event.sha256 as sha256, event.part as part, event.parts as parts, event.text as text
  from (select n, try(from_json(text, '{"event":{part_shape}}')).event as event
    from (select n, text_of(data) as text from entry) texts where {part_kinds}) parsed) pieces
where sha256 is not null and part is not null and text is not null
group by sha256, n - part;

create view quantification as
select n, sha256, content.project as project, content.unit as unit, content.steps as steps,
  content.amounts as amounts
from (select n, sha256, try(from_json(text, '{quantification_shape}')) as content from document) parsed
where content is not null;
