"""Time: instants, zones, and half-open UTC intervals."""

from carbon_ledger.periods.period import (
    Period,
    date_of,
    day_start_utc,
    instant_of,
    instant_text,
    instant_utc,
    local_instants,
    period_of,
    vintage_of,
    year_start_utc,
    zone_info,
)

__all__ = [
    "Period",
    "date_of",
    "day_start_utc",
    "instant_of",
    "instant_text",
    "instant_utc",
    "local_instants",
    "period_of",
    "vintage_of",
    "year_start_utc",
    "zone_info",
]
