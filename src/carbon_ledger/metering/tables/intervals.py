"""Steps that are numbered within their local day: 1 to 24, and to 23 or 25 when the clocks change."""

import re
from datetime import timedelta
from typing import Final

from attrs import define, field

from carbon_ledger.errors import PeriodError
from carbon_ledger.metering.layouts import TimeLayout
from carbon_ledger.periods import day_start_utc
from carbon_ledger.periods.zones import DAY_S, local_time
from carbon_ledger.printing import quote

_NUMBER: Final = re.compile(r"0{0,2}[1-9][0-9]{0,4}", re.ASCII)


@define
class Intervals:
    """The numbered steps of local days. Numbers follow each other as time passes.

    Args:
        time: Its step is used, and its offset, whose days all have 24 hours.
        zone: IANA zone whose local days have the steps.
    """

    time: TimeLayout
    zone: str
    _ends: dict[int, int] = field(init=False, factory=dict)

    def start_utc(self, day_utc: int, number: str, place: str) -> int:
        """The start of a step. [s since 1970-01-01 UTC]

        Args:
            day_utc: Start of the day. [s since 1970-01-01 UTC]
            number: The number of the step in the day, from 1, as printed.
            place: Where the number stands, for messages.

        Raises:
            PeriodError: The day does not begin then, has no such step, or is no whole number of steps.

        Example:
            >>> Intervals(TimeLayout(step="30 min"), "Europe/London").start_utc(86_400 * 200 - 3_600, "48", "line 2")
            17361000
        """
        text = number.strip()
        step_s = self.time.steps_s[0]
        length_s = self._end(day_utc, place) - day_utc
        if length_s % step_s:
            raise PeriodError(f"{place}: the day has {length_s} s, which is no multiple of the step, {step_s} s")
        count = length_s // step_s
        if not _NUMBER.fullmatch(text) or int(text) > count:
            raise PeriodError(
                f"{place}: {quote(text, 40)}, expected a whole number from 1 to {count}: the day has {count} steps of "
                f"{step_s} s in {self.time.offset or self.zone}"
            )
        return day_utc + (int(text) - 1) * step_s

    def _end(self, day_utc: int, place: str) -> int:
        """The end of the day that begins at an instant. [s since 1970-01-01 UTC]"""
        if day_utc in self._ends:
            return self._ends[day_utc]
        offset_s = self.time.offset_s
        if offset_s is not None:
            end_utc = day_utc + DAY_S
            begins = (day_utc + offset_s) % DAY_S == 0
        else:
            day = local_time(day_utc, self.zone).date()
            begins = day_start_utc(day, self.zone) == day_utc
            end_utc = day_start_utc(day + timedelta(days=1), self.zone)
        if not begins:
            raise PeriodError(
                f"{place}: the time of the row is not the beginning of a day; expected a day, and a number"
            )
        self._ends[day_utc] = end_utc
        return end_utc
