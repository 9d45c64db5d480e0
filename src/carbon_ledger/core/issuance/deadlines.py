"""Rules for the last day of issuance: an instrument may say until which day the production of a month is issued."""

from collections.abc import Iterable, Sequence

from carbon_ledger.core.intervals import Interval
from carbon_ledger.core.timekeeping import second_of
from carbon_ledger.errors import RefusedError
from carbon_ledger.instruments import Instrument
from carbon_ledger.periods.zones import Zone, local_time
from carbon_ledger.waivers import Waiver, waived

Month = tuple[int, int]


def require_in_time(
    subject: str,
    instrument: Instrument,
    produced: Iterable[Interval],
    zone: Zone,
    at: str,
    waivers: Sequence[Waiver] = (),
) -> None:
    """Refuse an issuance after the last day on which its production may be issued.

    Args:
        subject: What is issued, for the message.
        instrument: The instrument.
        produced: The intervals of the steps that are issued.
        zone: The project's zone, or its rules, in whose calendar months and days are counted.
        at: The recorded time of the issuance.
        waivers: The checks that the caller waives.

    Raises:
        RefusedError: The last day has passed for a month of the production, and that is not waived.

    Source:
        ledger-model section 6: the last day of issuance follows from a batch's production. [C] No deadline is
        built in, because none has a source that was read; a declared instrument states its own.
    """
    if instrument.last_issue_day is None and not instrument.issuance_deadlines:
        return
    today = local_time(second_of(at), zone).date()
    months: set[Month] = set()
    for start_utc, end_utc in produced:
        months |= _months(start_utc, end_utc, zone)
    late = [
        (year, month, day)
        for year, month in sorted(months)
        if (day := instrument.last_issue_day_of(year, month)) is not None and today > day
    ]
    if late and not waived("issuance-deadline", waivers):
        year, month, day = late[0]
        more = f" ({len(late)} months of the period are late)" if len(late) > 1 else ""
        raise RefusedError(
            subject,
            f"{instrument.id} produced in {year:04d}-{month:02d} could be issued until {day}, and the day is "
            f"{today}{more}; issue later months by themselves, or pass Waiver('issuance-deadline', reason)",
            rule="issuance-deadline",
        )


def _months(start_utc: int, end_utc: int, zone: Zone) -> set[Month]:
    """The local months that an interval overlaps."""
    first, last = local_time(start_utc, zone), local_time(end_utc - 1, zone)
    numbers = range(12 * first.year + first.month - 1, 12 * last.year + last.month)
    return {(number // 12, number % 12 + 1) for number in numbers}
