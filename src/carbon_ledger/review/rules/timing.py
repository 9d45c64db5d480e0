"""Rules about days that were missed: last days of issuance, and calibrations."""

from collections.abc import Iterator
from datetime import date

from attrs import define, field

from carbon_ledger.core.calibrations import LateTime, late_times
from carbon_ledger.core.issuance.delayed import times_of_run
from carbon_ledger.core.pinned_zones import zone_of
from carbon_ledger.exact import arithmetic, text_of, whole_below
from carbon_ledger.periods.zones import local_time
from carbon_ledger.review.causes import Amounts, Cause, add_to, some
from carbon_ledger.review.flags import HIGH, LOW, Cited
from carbon_ledger.review.parameters import ReviewParameters
from carbon_ledger.review.questions import Questions

_IREC = "I-REC"


def after_deadline(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """R28: I-REC certificates that were issued after the last day for the month of their production."""
    for name in questions.projects:
        project = questions.project(name)
        if not project.instrument.id.startswith(_IREC):
            continue
        zone, cited, claimed, first = zone_of(questions.view, project.zone), Cited(), 0, ""
        for issuance in questions.issuances(name):
            issued = local_time(questions.recorded_utc(issuance.n), zone).date()
            late = 0
            for part in questions.claimed_parts(issuance):
                made = local_time(part.part.start_utc, zone)
                day = _last_day(made.year, made.month, parameters)
                if day is not None and issued > day:
                    late += part.net_wh
                    first = first or f"production of {made:%Y-%m} could be issued until {day}"
            if late:
                cited.add(issuance.n)
                claimed += late
        if cited.count:
            text = f"{some(cited.count, 'issuance')} after the last day: {first}"
            yield Cause(severity=HIGH, subject=f"project {name}", text=text, cited=cited, claimed_wh={name: claimed})


def _last_day(year: int, month: int, parameters: ReviewParameters) -> date | None:
    """The last day of issuance of what was made in a month."""
    for first, last, end_month, end_day in parameters.deadlines:
        if first <= month <= last:
            return date(year + 1, end_month, end_day)
    return None


@define
class _LateMeter:
    """Claimed energy that was measured while a calibration was late."""

    time: LateTime
    cited: Cited = field(factory=Cited)
    claimed: Amounts = field(factory=dict)
    all_deducted: bool = True


def uncalibrated(questions: Questions, _: ReviewParameters) -> Iterator[Cause]:
    """R30: claimed energy that a meter measured after its calibration was due and before it was done.

    Source:
        CDM validation and verification standard for project activities v2.0, paragraph 369. [P]
    """
    found: dict[tuple[str, str], _LateMeter] = {}
    late: dict[str, list[LateTime]] = {}
    for name in questions.projects:
        is_credited = questions.project(name).methodology is not None
        for part in questions.claimed_of(name):
            device = part.part.run.device
            if device not in late:
                late[device] = late_times(questions.view, questions.device(device))
            for time in times_of_run(questions.view, part.part.run, late[device]) if late[device] else ():
                low, high = max(time.start_utc, part.part.start_utc), min(time.end_utc, part.part.end_utc)
                wh = questions.energy_between(part.part.run, low, high) if low < high else 0
                if not wh:
                    continue
                item = found.setdefault((time.meter, time.because), _LateMeter(time))
                item.cited.add(part.issuance.n)
                if time.calibration_n is not None:
                    item.cited.add(time.calibration_n)
                deducted = is_credited and (time.calibration_n is None or time.calibration_n < part.issuance.n)
                item.all_deducted = item.all_deducted and deducted
                add_to(item.claimed, {name: wh})
    for (meter, because), item in sorted(found.items()):
        wh = sum(item.claimed.values())
        with arithmetic():
            error = whole_below(item.time.export_error * wh)
        yield Cause(
            severity=LOW if item.all_deducted else HIGH,
            subject=f"meter {meter}",
            text=f"{wh:,} claimed Wh were measured while the calibration was late ({because})"
            f"{'; the issuances deducted the maximum permissible error' if item.all_deducted else ''}",
            cited=item.cited,
            figures=(("error_share", text_of(item.time.export_error)), ("error_wh", error)),
            claimed_wh=item.claimed,
        )
