"""Rules of programmes: which crediting periods they admit, and when they register projects with a methodology."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain

from carbon_ledger.core import lookup
from carbon_ledger.core.crediting_periods import fixed_faults, order_faults, other_periods, total_faults
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.pinned_zones import zone_of
from carbon_ledger.core.state.view import View
from carbon_ledger.core.timekeeping import second_of
from carbon_ledger.errors import RefusedError
from carbon_ledger.methodologies.applicability import GREENFIELD
from carbon_ledger.methodologies.life import life_of
from carbon_ledger.methodologies.programmes import PROGRAMMES, Programme, crediting_faults
from carbon_ledger.periods import Period
from carbon_ledger.periods.zones import Zone, local_time
from carbon_ledger.projects import Project
from carbon_ledger.waivers import Waiver, waived, waivers_of


def require_admitted(view: View, entry: Entry, project: Project, zone: Zone) -> None:
    """Refuse to register a project that its programme would not register, or not with this crediting period.

    Args:
        view: The state before the entry.
        entry: The entry that registers the project.
        project: The project.
        zone: The rules of the project's zone, in whose calendar days and years are counted.

    Raises:
        RefusedError: The day of registration is after the entry's; the programme does not register projects with this
            version of the methodology on that day; or it does not admit the crediting period. A waiver lifts the last
            two.

    Source:
        `methodologies.life` and `methodologies.programmes`, with the source of each row; domain section 4.
    """
    waivers, today = waivers_of(entry.event), _day(second_of(entry.at), zone)
    if project.registered is not None and project.registered > today:
        raise RefusedError(
            f"project {project.id}",
            f"registered on {project.registered}, but the entry is recorded on {today}; give the day on which the "
            "programme registered the project, which cannot be later",
            rule="future-registration",
        )
    if project.methodology is None or project.crediting_period is None:
        return
    day = decided_on(project, today, zone)
    if not waived("crediting-period", waivers):
        _require_timely_renewal(project, project.crediting_period, day, zone)
        _require_crediting_period(view, project, project.crediting_period, day, zone)
    if not waived("methodology-life", waivers):  # last, because another methodology mends no crediting period
        _require_alive(project, project.methodology, day)


def decided_on(project: Project, today: date, zone: Zone) -> date:
    """The local day on which a programme registered a project, or renewed its crediting period.

    It is the day that the project states. Without one, a renewal is decided on the first day of its crediting period,
    and a project is registered on the day of its entry.

    Args:
        project: The project.
        today: The local day of the entry.
        zone: The rules of the project's zone.
    """
    if project.registered is not None:
        return project.registered
    if project.crediting_period_ordinal > 1 and project.crediting_period is not None:
        return _day(project.crediting_period.start_utc, zone)
    return today


def _require_timely_renewal(project: Project, period: Period, day: date, zone: Zone) -> None:
    """Refuse a renewal that would have been decided long before its crediting period, by rules that then held. [C]"""
    first = _day(period.start_utc, zone)
    early = (day.year + 1, day.month, day.day) < (first.year, first.month, first.day)
    if project.crediting_period_ordinal > 1 and early and project.instrument.id in PROGRAMMES:
        raise RefusedError(
            f"project {project.id}",
            f"renewed on {day}, more than a year before its crediting period begins on {first}; give the day on which "
            "the programme renewed it as registered=, or pass Waiver('crediting-period', reason)",
            rule="crediting-period",
        )


def _require_alive(project: Project, methodology: str, day: date) -> None:
    """Refuse a version of a methodology with which the programme does not register or renew on a day."""
    life = life_of(methodology, project.instrument.id)
    if life is None or life.registers_on(day):
        return
    renewed = project.crediting_period_ordinal > 1
    what = f"{'renewed' if renewed else 'registered'} on {day} with {methodology}"
    if life.register_until is not None and day > life.register_until:
        instead = f"use {life.successor}" if life.successor else "it named no successor"
        found = f"until {life.register_until}; {instead}"
    else:
        found = f"from {life.register_from} on; use the version that was valid"
    raise RefusedError(
        f"project {project.id}",
        f"{what}, but {PROGRAMMES[life.instrument].name} registers and renews with it {found} "
        f"[{life.place}]; if the programme decided on another day, give registered=; or pass "
        "Waiver('methodology-life', reason)",
        rule="methodology-life",
    )


def _require_crediting_period(view: View, project: Project, period: Period, day: date, zone: Zone) -> None:
    """Refuse a crediting period that the programme does not admit for a project registered or renewed on a day."""
    programme = PROGRAMMES.get(project.instrument.id)
    if programme is None:
        return
    for fault, place in _faults(view, programme, project, period, day, zone):
        raise RefusedError(
            f"project {project.id}",
            f"crediting period from {_day(period.start_utc, zone)} to {_day(period.end_utc, zone)}: {fault} "
            f"[{place}]; change it, or pass Waiver('crediting-period', reason)",
            rule="crediting-period",
        )


def _faults(
    view: View, programme: Programme, project: Project, period: Period, day: date, zone: Zone
) -> Iterator[tuple[str, str]]:
    """What a programme does not admit about a crediting period by itself, and then beside the others of its plants.

    Each fault comes with the place where its rule is written.
    """
    others, rule = other_periods(view, project), programme.crediting_on(day)
    if rule is not None:
        known = [lookup.device(view, name).commissioned for name in project.devices]
        new = [item for item in known if item is not None and project.baseline == GREENFIELD]
        by_itself = crediting_faults(rule, period, project.crediting_period_ordinal, zone, min(new, default=None))
        for fault in chain(by_itself, fixed_faults(view, rule, project, period, others, zone)):
            yield fault, rule.place
    for fault in order_faults(project, period, others, zone):
        yield fault, "order of crediting periods; C"
    if rule is not None:
        alike = [other for other in others if programme.crediting_on(_registered_on(view, other)) == rule]
        for fault in total_faults(view, rule, project, period, alike, zone):
            yield fault, rule.place


def _registered_on(view: View, other: Project) -> date:
    """The day on which the programme registered or renewed a project that the ledger has."""
    n, zone = view.registration("project", other.id), zone_of(view, other.zone)
    return decided_on(other, _day(second_of(view.entry(n or 0).at), zone), zone)


def _day(utc: int, zone: Zone) -> date:
    return local_time(utc, zone).date()


def require_usable(project: Project, period: Period, zone: Zone, waivers: Sequence[Waiver]) -> None:
    """Refuse to credit generation after the last day on which the programme lets a methodology be used.

    Args:
        project: The project.
        period: The monitoring period.
        zone: The rules of the project's zone.
        waivers: The checks that the caller waives.

    Raises:
        RefusedError: The period ends after the methodology's last day, and that is not waived.

    Source:
        `methodologies.life`, with the source of each row.
    """
    life = None if project.methodology is None else life_of(project.methodology, project.instrument.id)
    if life is None or life.use_until is None or waived("methodology-life", waivers):
        return
    last = _day(period.end_utc - 1, zone)
    if last > life.use_until:
        instead = f"; use {life.successor}" if life.successor else ""
        raise RefusedError(
            f"project {project.id}",
            f"period {period}, but {PROGRAMMES[life.instrument].name} credits generation by {life.methodology} until "
            f"{life.use_until}{instead} [{life.place}]; end the period there, or pass "
            "Waiver('methodology-life', reason)",
            rule="methodology-life",
        )
