-- The fields of events, which are parsed once; these tables are not exported.

-- table unit_event
select * from parsed_unit_event

-- table move_event
select * from parsed_move_event

-- table correction_event
select n, issuances, carries from parsed_correction_event
