"""Periods, instants and time zones.

The modules of this package are `zones` and `zone_rules` (time zones), `instants` (single times and dates) and `period`
(half-open UTC intervals). The names that the other packages use most are importable from here.
"""

from carbon_ledger.periods.instants import checked_date, instant_of, instant_text, instant_utc
from carbon_ledger.periods.period import MOST_CREDITING_PERIODS, Period, checked_period
from carbon_ledger.periods.zones import day_start_utc, local_instants, vintage_of, year_start_utc, zone_info

__all__ = [
    "MOST_CREDITING_PERIODS",
    "Period",
    "checked_date",
    "checked_period",
    "day_start_utc",
    "instant_of",
    "instant_text",
    "instant_utc",
    "local_instants",
    "vintage_of",
    "year_start_utc",
    "zone_info",
]
