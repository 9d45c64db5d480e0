"""Energy that somebody consumed, step by step, with which granular certificates are matched."""

from datetime import date, datetime

from attrs import field, frozen

from carbon_ledger.column import Column
from carbon_ledger.errors import NaiveTimeError, PeriodError, QuantityError
from carbon_ledger.metering.readings import column_wh
from carbon_ledger.periods import Period, instant_utc
from carbon_ledger.periods.spans import FromStart
from carbon_ledger.units import duration_s


def _start(value: object) -> int:
    day = isinstance(value, date) and not isinstance(value, datetime)
    if day or (isinstance(value, str) and "T" not in value):
        raise NaiveTimeError(
            f"start: {value!s:.80} is not a time; give a time with its zone, such as 2024-05-01T00:00+04:00, or the "
            'start of a local day: Period.day("2024-05-01", zone="Asia/Baku").start'
        )
    return instant_utc(value, "start")


def _step(value: object) -> int:
    step_s = duration_s(value, "step")
    if 3600 % step_s:
        raise PeriodError(
            f"step {step_s} s: expected an hour or a whole part of an hour, such as 30 min, 15 min or 5 min; add up "
            "shorter steps, and meter longer steps hour by hour"
        )
    return step_s


def _column(values: object) -> Column:
    column = column_wh(values, "consumption_wh")
    for position, wh in enumerate(column):
        if wh < 0:
            raise QuantityError(
                f"consumption_wh[{position}]: {wh} Wh, expected 0 or more; for a step with net generation give 0, and "
                "record the generation as readings of a device"
            )
    return column


@frozen(kw_only=True, repr=False)
class ConsumptionProfile(FromStart):
    """Energy consumed, in consecutive steps of equal length.

    A step is an hour, or an hour divided by a whole number. A certificate matches only the step in which it was
    generated, and no match extends over more than an hour.

    Args:
        start: Start of the first step: an aware `datetime`, or ISO 8601 text with its zone.
        step: Length of each step: ``"1 hour"``, ``"15 min"``, ... [duration]
        consumption_wh: Energy consumed in each step, 0 or more. [Wh, integers, shape (steps,)]

    Raises:
        NaiveTimeError: *start* has no zone, or is a date.
        PeriodError: *start* is not a time, or *step* does not divide an hour.
        InexactNumberError: A value of *consumption_wh* is a float.
        QuantityError: A value is not a whole number or is below 0, or *step* is not a duration.

    Source:
        EnergyTag Granular Certificate Scheme Standard: at most 1 hour, whole Wh [S]; domain invariant 18.

    Example:
        >>> profile = ConsumptionProfile(start="2024-05-01T00:00+04:00", step="1 hour", consumption_wh=[500, 0, 700])
        >>> profile.total_wh, profile.period.seconds
        (1200, 10800)
    """

    start_utc: int = field(alias="start", converter=_start)
    step_s: int = field(alias="step", converter=_step)
    consumption_wh: Column = field(converter=_column)

    @property
    def period(self) -> Period:
        """The period from the start of the first step to the end of the last."""
        return Period(self.start_utc, self.start_utc + self.step_s * len(self.consumption_wh))

    @property
    def total_wh(self) -> int:
        """Total energy consumed. [Wh]"""
        return sum(self.consumption_wh)

    def __str__(self) -> str:
        """The profile in one line."""
        return f"{self.total_wh:,} Wh in {len(self.consumption_wh):,} steps of {self.step_s} s, {self.period}"
