-- The events, parsed once, as Spark reads JSON. These tables are not exported; `tables.sql` is made of them.

-- table entry_head
select n, micros_of(substring(text, 8, 27)) as recorded_at_us, kind_of(text) as kind, whole_of(parts.part) as part,
  whole_of(parts.parts) as parts, substring(text, 36, place - 36) as whose,
  whole_of(regexp_extract(ending(text, 120), '[}],"n":([0-9]+),"schema":1,', 1)) as stated_n
from (select n, text, place, parts_of(substring(text, place, 70)) as parts
  from (select n, text, position('"part":' in text) as place
    from (select n, text_of(data) as text from entry where n >= {first}) texts where text is not null) placed) commands

-- table run_event
select n, kind, whole_of(parts.part) as part, whole_of(parts.parts) as parts, waives_plausibility, {run_fields}
from (select n, kind_of(text) as kind, parts_of(substring(text, position('"part":' in text), 70)) as parts, position('"name":"implausible-reading"' in text) > 0 as waives_plausibility, 
    from_json(text, 'event {run_shape}, _corrupt_record string') as content
  from (select n, text_of(data) as text from entry where n >= {first}) texts where {run_likes}) parsed
where content._corrupt_record is null and content.event is not null

-- table unit_event
select n, kind, whole_of(parts.part) as part, whole_of(parts.parts) as parts, {unit_fields}
from (select n, kind_of(text) as kind, parts_of(substring(text, position('"part":' in text), 70)) as parts, 
    from_json(text, 'event {unit_shape}, _corrupt_record string') as content
  from (select n, text_of(data) as text from entry where n >= {first}) texts where {unit_likes}) parsed
where content._corrupt_record is null and content.event is not null

-- table move_event
select n, kind, whole_of(parts.part) as part, whole_of(parts.parts) as parts, {move_fields}
from (select n, kind_of(text) as kind, parts_of(substring(text, position('"part":' in text), 70)) as parts, 
    from_json(text, 'event {move_shape}, _corrupt_record string') as content
  from (select n, text_of(data) as text from entry where n >= {first}) texts where {move_likes}) parsed
where content._corrupt_record is null and content.event is not null

-- table correction_event
select n, kind, whole_of(parts.part) as part, whole_of(parts.parts) as parts, {correction_fields}
from (select n, kind_of(text) as kind, parts_of(substring(text, position('"part":' in text), 70)) as parts, 
    from_json(text, 'event {correction_shape}, _corrupt_record string') as content
  from (select n, text_of(data) as text from entry where n >= {first}) texts where {correction_likes}) parsed
where content._corrupt_record is null and content.event is not null

-- table document_event
select min(n) as n, max(n) as last_n, sha256, max(parts) as parts, count(*) as found_parts,
  array_join(transform(array_sort(collect_list(struct(part, n, text))), x -> x.text), '') as text
from (select n, content.event.sha256 as sha256, content.event.part as part, content.event.parts as parts,
    content.event.text as text
  from (select n, from_json(text, 'event {part_shape}, _corrupt_record string') as content
    from (select n, text_of(data) as text from entry where n >= {first}) texts where {part_likes}) parsed
  where content._corrupt_record is null) pieces
where sha256 is not null and part is not null and text is not null
group by sha256, n - part

-- table quantification_event
select n, sha256, content.project as project, content.unit as unit, content.steps as steps, content.amounts as amounts
from (select n, sha256, from_json(text, '{quantification_members}, _corrupt_record string') as content
  from document_event) parsed
where content._corrupt_record is null
