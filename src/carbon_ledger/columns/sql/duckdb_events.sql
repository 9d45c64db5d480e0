-- The events, parsed once, as DuckDB reads JSON. These tables are not exported; `tables.sql` is made of them.
-- A select that is materialized is computed once; otherwise DuckDB parses again for each condition.

-- table entry_head
select n, micros_of(substring(text, 8, 27)) as recorded_at_us, kind_of(text) as kind, whole_of(parts.part) as part,
  whole_of(parts.parts) as parts, substring(text, 36, place - 36) as whose,
  whole_of(regexp_extract(ending(text, 120), '[}],"n":([0-9]+),"schema":1,', 1)) as stated_n
from (select n, text, place, parts_of(substring(text, place, 70)) as parts
  from (select n, text, position('"part":' in text) as place
    from (select n, text_of(data) as text from entry where n >= {first}) texts where text is not null) placed) commands

-- table run_event
with parsed as materialized (
  select n, kind_end, parts_of(command) as parts, position('"name":"implausible-reading"' in text) > 0 as waives_plausibility, event
  from (select n, text, ending_kind(text) as kind_end, substring(text, position('"part":' in text), 70) as command,
      try(from_json(text, '{"event":{run_shape}}')).event as event
    from (select n, text_of(data) as text from entry where n >= {first} and n in (select n from entry_head where kind in {run_kinds})) texts) found)
select n, replace(kind_end, '"}', '') as kind, whole_of(parts.part) as part, whole_of(parts.parts) as parts, waives_plausibility, {run_fields}
from parsed where event is not null and kind_end in {run_ends}

-- table unit_event
with parsed as materialized (
  select n, kind_end, parts_of(command) as parts, event
  from (select n, text, ending_kind(text) as kind_end, substring(text, position('"part":' in text), 70) as command,
      try(from_json(text, '{"event":{unit_shape}}')).event as event
    from (select n, text_of(data) as text from entry where n >= {first} and n in (select n from entry_head where kind in {unit_kinds})) texts) found)
select n, replace(kind_end, '"}', '') as kind, whole_of(parts.part) as part, whole_of(parts.parts) as parts, {unit_fields}
from parsed where event is not null and kind_end in {unit_ends}

-- table move_event
with parsed as materialized (
  select n, kind_end, parts_of(command) as parts, event
  from (select n, text, ending_kind(text) as kind_end, substring(text, position('"part":' in text), 70) as command,
      try(from_json(text, '{"event":{move_shape}}')).event as event
    from (select n, text_of(data) as text from entry where n >= {first} and n in (select n from entry_head where kind in {move_kinds})) texts) found)
select n, replace(kind_end, '"}', '') as kind, whole_of(parts.part) as part, whole_of(parts.parts) as parts, {move_fields}
from parsed where event is not null and kind_end in {move_ends}

-- table correction_event
with parsed as materialized (
  select n, kind_end, parts_of(command) as parts, event
  from (select n, text, ending_kind(text) as kind_end, substring(text, position('"part":' in text), 70) as command,
      try(from_json(text, '{"event":{correction_shape}}')).event as event
    from (select n, text_of(data) as text from entry where n >= {first} and n in (select n from entry_head where kind in {correction_kinds})) texts) found)
select n, replace(kind_end, '"}', '') as kind, whole_of(parts.part) as part, whole_of(parts.parts) as parts, {correction_fields}
from parsed where event is not null and kind_end in {correction_ends}

-- table document_event
with parsed as materialized (
  select n, ending_kind(text) as kind_end, try(from_json(text, '{"event":{part_shape}}')).event as event
  from (select n, text_of(data) as text from entry where n >= {first} and n in (select n from entry_head where kind in {part_kinds})) texts)
select min(n) as n, max(n) as last_n, sha256, max(parts) as parts, count(*) as found_parts,
  string_agg(text, '' order by part, n) as text
from (select n, event.sha256 as sha256, event.part as part, event.parts as parts, event.text as text
  from parsed where kind_end in {part_ends}) pieces
where sha256 is not null and part is not null and text is not null
group by sha256, n - part

-- table quantification_event
with parsed as materialized (
  select n, sha256, try(from_json(text, '{quantification_shape}')) as content from document_event)
select n, sha256, content.project as project, content.unit as unit, content.steps as steps, content.amounts as amounts
from parsed where content is not null
