"""The years of a historic baseline: calendar years, or years of the crediting period if the project says so."""

from calendar import isleap
from datetime import date

from carbon_ledger.core.pinned_zones import zone_of
from carbon_ledger.core.state.view import View
from carbon_ledger.periods import Period, day_start_utc
from carbon_ledger.periods.zones import local_time, vintage_of, year_start_utc
from carbon_ledger.projects import BY_CREDITING_YEAR, Project


def crediting_year(view: View, project: Project, at_utc: int, n: int | None = None) -> Period | None:
    """The year of the crediting period that contains an instant; None if the project's baseline is of calendar years.

    Args:
        view: The state.
        project: The project.
        at_utc: The instant, inside the crediting period. [s since 1970-01-01 UTC]
        n: The number of the issuance's entry, whose zone rules hold; by default, those of the next entry.

    Source:
        ACM0002 v22, equation (14), says "year y", and not which year that is. [S] Anniversaries of the first local day;
        of 29 February, 28 February in a year without that day. [C]
    """
    crediting = project.crediting_period
    if project.baseline_year != BY_CREDITING_YEAR or crediting is None:
        return None
    zone = zone_of(view, project.zone, n)
    first = local_time(crediting.start_utc, zone).date()
    year = vintage_of(at_utc, zone)
    if at_utc < day_start_utc(_anniversary(first, year), zone):
        year -= 1
    start, end = (day_start_utc(_anniversary(first, k), zone) for k in (year, year + 1))
    return Period(max(start, crediting.start_utc), end, project.zone)


def _anniversary(first: date, year: int) -> date:
    short = (first.month, first.day) == (2, 29) and not isleap(year)
    return date(year, first.month, 28 if short else first.day)


def baseline_span(view: View, project: Project, start_utc: int, end_utc: int, n: int | None = None) -> tuple[int, int]:
    """From when to when the years of a period last: its calendar years, and the year of the crediting period, if any.

    Args:
        view: The state.
        project: The project.
        start_utc: Start of the period. [s since 1970-01-01 UTC]
        end_utc: End of the period, exclusive.
        n: As in `crediting_year`.
    """
    zone, year = zone_of(view, project.zone, n), crediting_year(view, project, start_utc, n)
    first = year_start_utc(vintage_of(start_utc, zone), zone)
    last = year_start_utc(vintage_of(end_utc - 1, zone) + 1, zone)
    return (first, last) if year is None else (min(first, year.start_utc), max(last, year.end_utc))
