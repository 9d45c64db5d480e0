"""Gaps in low water: the days with readings gave more than the same days of other years."""

from collections.abc import Iterator
from datetime import date, timedelta

from attrs import define

from carbon_ledger.core.issuance.monitoring import devices_of
from carbon_ledger.periods.zones import Zone, day_start_utc, local_time
from carbon_ledger.review.causes import Cause
from carbon_ledger.review.flags import HIGH, Cited
from carbon_ledger.review.parameters import ReviewParameters
from carbon_ledger.review.questions import DAY_S, Questions

_LEAST_SHARE = 2  # the other years have at least one half of the time


@define
class _Compared:
    """Claimed energy, and that of the same days of other years."""

    wh: int = 0
    seconds: int = 0
    other_wh: int = 0
    other_s: int = 0

    @property
    def excess_percent(self) -> int:
        """By how much the claimed days gave more than the same days of other years, rounded down. [%]"""
        usual = self.other_wh * self.seconds
        return (self.wh * self.other_s - usual) * 100 // usual if usual > 0 else 0


def low_water(questions: Questions, project: str, cited: Cited, parameters: ReviewParameters) -> Iterator[Cause]:
    """The second half of R12: a cause if the claimed days of issuances with gaps gave more than those of other years.

    Args:
        questions: The questions.
        project: A project with many gaps.
        cited: The issuances that waive them.
        parameters: The thresholds.
    """
    found = _Compared()
    for n in cited:
        issuance = questions.view.issuance(n)
        if issuance is not None:
            for device in devices_of(questions.view, questions.project(project)):
                _compare(questions, device.id, issuance.start_utc, issuance.end_utc, found)
    if found.other_s * _LEAST_SHARE < found.seconds or found.excess_percent <= parameters.gap_excess_percent:
        return
    yield Cause(
        severity=HIGH,
        subject=f"project {project}",
        text=f"the days with readings gave {found.excess_percent}% more than the same days of other years; "
        "the missing days may have been those of low output",
        cited=cited,
        figures=(("excess_percent", found.excess_percent),),
    )


def _compare(questions: Questions, device: str, start_utc: int, end_utc: int, found: _Compared) -> None:
    """Add the readings of a device in a period, and those of the same local days of other years."""
    zone, item = questions.zone_of(device), questions.device(device)
    first = item.first_utc_in(zone)
    if first is None:
        return
    years = range(local_time(max(first, _earliest(start_utc)), zone).year, local_time(questions.at_utc, zone).year + 1)
    for run in questions.view.readings(device, start_utc, end_utc):
        low, high = max(run.start_utc, start_utc), min(run.end_utc, end_utc)
        found.wh += questions.energy_between(run, low, high)
        found.seconds += high - low
        own = local_time(low, zone).year
        for year in years:
            if year != own:
                shifted = _in_year(low, zone, year - own), _in_year(high, zone, year - own)
                for other in questions.view.readings(device, *shifted):
                    a, b = max(other.start_utc, shifted[0]), min(other.end_utc, shifted[1])
                    a += (other.start_utc - a) % other.step_s
                    b -= (b - other.start_utc) % other.step_s
                    if a < b:
                        found.other_wh += questions.energy_between(other, a, b)
                        found.other_s += b - a


def _earliest(start_utc: int) -> int:
    """The earliest year that is compared: a plant's readings do not go back a century."""
    return start_utc - 100 * 366 * DAY_S


def _in_year(at_utc: int, zone: Zone, years: int) -> int:
    """The same local time of day on the same local day of another year; 29 February is 1 March there."""
    day = local_time(at_utc, zone).date()
    try:
        there = day.replace(year=day.year + years)
    except ValueError:
        there = date(day.year + years, 2, 28) + timedelta(days=1)
    return day_start_utc(there, zone) + at_utc - day_start_utc(day, zone)
