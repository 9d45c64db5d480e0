"""The statements with which a transaction of a writer begins."""

from typing import Final

BEGIN: Final = "begin isolation level read committed read write"
# A commit waits for the disk at least; a stronger setting of the server stands. Compiling a query takes longer than any
# query of a command, and planning it anew with each of its values, too.
LOCK: Final = """
select set_config('lock_timeout', %s, true), set_config('jit', 'off', true),
  set_config('synchronous_commit', replace(current_setting('synchronous_commit'), 'off', 'on'), true),
  set_config('plan_cache_mode', 'force_generic_plan', true), pg_advisory_xact_lock(%s)"""
HEAD: Final = """
select n, leaf, case when n = %s and leaf = %s then null else data end, (select leaf from entry where n = %s)
from entry order by n desc limit 1"""
LEAF: Final = "select leaf from entry where n = %s"
