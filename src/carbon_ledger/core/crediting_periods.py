"""All crediting periods of the same plants in one programme: their numbers, their order, and their years together.

A renewed crediting period is a project of its own, with a higher number. The periods of a project are therefore those
of all projects with the same instrument that share a device with it.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import chain
from typing import Final

from carbon_ledger.core import lookup
from carbon_ledger.core.pinned_zones import zone_of
from carbon_ledger.core.state.rows import Registration
from carbon_ledger.core.state.view import View
from carbon_ledger.methodologies.programmes import CreditingRule, last_end_utc, years_of
from carbon_ledger.periods import Period
from carbon_ledger.periods.zones import Zone, local_time
from carbon_ledger.projects import Project

_ORDINAL: Final = "crediting_period_ordinal"


def credited_under(instrument: str, device: str) -> str:
    """The kind under which the crediting periods of a device are registered, by their projects' ids."""
    return f"crediting {instrument} of {device}"


def crediting_rows(project: Project, n: int) -> list[Registration]:
    """The rows by which the crediting period of a project is found; none if the project has no crediting period.

    Args:
        project: The project.
        n: The number of the entry that registers it.
    """
    if project.crediting_period is None:
        return []
    return [Registration(credited_under(project.instrument.id, name), project.id, n) for name in project.devices]


def other_periods(view: View, project: Project) -> tuple[Project, ...]:
    """The projects that have the other crediting periods of a project's plants, by number.

    Args:
        view: The state before the project is registered.
        project: The project.
    """
    kinds = [credited_under(project.instrument.id, name) for name in project.devices]
    names = dict.fromkeys(chain.from_iterable(view.registrations(kind) for kind in kinds))
    return tuple(sorted((lookup.project(view, name) for name in names), key=_number))


def _number(project: Project) -> int:
    return project.crediting_period_ordinal


def order_faults(project: Project, period: Period, others: Sequence[Project], zone: Zone) -> Iterator[str]:
    """What is wrong with the number of a crediting period, or with its place among the others; nothing if all is right.

    A period begins when the one before it has ended, or later: programmes renew late, and no source states that the
    next period then begins at the end of the last one. The first period that is recorded may have any number, which
    states how many there were before.

    Args:
        project: The project.
        period: Its crediting period.
        others: The projects with the other crediting periods of its plants, by number.
        zone: The rules of the project's zone.

    Source:
        That no period begins before the one of a lower number has ended follows from counting periods. [C] The CDM
        admits requests for renewal until a year after the period's end: UNFCCC, reminder of 2019 about paragraph 32 of
        the report of EB 100. [P] Verra admits them until two years after it. [M]
    """
    number = _number(project)
    before = [other for other in others if _number(other) < number]
    after = [other for other in others if _number(other) > number]
    for other in others:
        fault = _place_fault(number, period, other, zone)
        if fault is not None:
            yield fault
    if any(_number(other) == number for other in others):
        return
    if before and _number(before[-1]) != number - 1:
        yield f"{_ORDINAL} is {number}, but the recorded period before it has {_of(before[-1])}; " + (
            f"expected {_number(before[-1]) + 1}, or register the periods between first"
        )
    if after and _number(after[0]) != number + 1:
        yield f"{_ORDINAL} is {number}, but the recorded period after it has {_of(after[0])}; " + (
            f"expected {_number(after[0]) - 1}, or register the periods between first"
        )


def _of(other: Project) -> str:
    return f"number {_number(other)}, in project {other.id}"


def _place_fault(number: int, period: Period, other: Project, zone: Zone) -> str | None:
    """What is wrong with a period's place before, after or beside another one."""
    beside = other.crediting_period
    if beside is None:
        return None
    known = f"crediting period {_number(other)}"
    if _number(other) < number and period.start_utc < beside.end_utc:
        return (
            f"it begins on {_day(period.start_utc, zone)}, before {known} ends on {_day(beside.end_utc, zone)} in "
            f"project {other.id}"
        )
    if _number(other) > number and period.end_utc > beside.start_utc:
        return (
            f"it ends on {_day(period.end_utc, zone)}, after {known} begins on {_day(beside.start_utc, zone)} in "
            f"project {other.id}"
        )
    if _number(other) == number and period.start_utc != beside.start_utc:
        return (
            f"{_ORDINAL} is {number}, but {known} begins on {_day(beside.start_utc, zone)} in project {other.id}; "
            "expected that day, or another number"
        )
    return None


def total_faults(
    view: View, rule: CreditingRule, project: Project, period: Period, others: Sequence[Project], zone: Zone
) -> Iterator[str]:
    """What is wrong with the years of all crediting periods together; nothing if they are within the programme's.

    Of several periods with one number, the longest counts. Time between periods does not count.

    Each period is counted in the calendar of its own project: a year that summer time ended in is longer in another.

    Args:
        view: The state before the project is registered.
        rule: The programme's rule.
        project: The project.
        period: Its crediting period.
        others: The projects with the other crediting periods of its plants that are under the same rule, by number.
        zone: The rules of the project's zone.
    """
    years = {_number(project): years_of(period, zone)}
    longest: dict[int, str] = {}
    for other in others:
        length = (
            Fraction(0)
            if other.crediting_period is None
            else years_of(other.crediting_period, zone_of(view, other.zone))
        )
        if length > years.get(_number(other), 0):
            years[_number(other)], longest[_number(other)] = length, other.id
    if sum(years.values()) > rule.years_in_all and len(years) > 1:
        yield (
            f"together with {'those' if len(longest) > 1 else 'that'} of {', '.join(longest.values())}, it is longer "
            f"than {rule.years_in_all} years, the most of all crediting periods of a project"
        )


def fixed_faults(
    view: View, rule: CreditingRule, project: Project, period: Period, others: Sequence[Project], zone: Zone
) -> Iterator[str]:
    """What is wrong if a crediting period that is too long to be renewed is renewed; nothing if that is not so.

    Each period is counted in the calendar of its own project: a year that summer time ended in is longer in another.

    Args:
        view: The state before the project is registered.
        rule: The programme's rule.
        project: The project.
        period: Its crediting period.
        others: The projects with the other crediting periods of its plants.
        zone: The rules of the project's zone.
    """
    if rule.fixed_years is None:
        return
    ordinal = _number(project)
    fixed = ordinal == 1 and _is_fixed(rule, period, zone)
    for other in others:
        if other.crediting_period is None:
            continue
        if fixed and _number(other) > 1:
            yield f"it is longer than {rule.years} years, so it is not renewed, but project {other.id} renews it"
        elif ordinal > 1 and _number(other) == 1 and _is_fixed(rule, other.crediting_period, zone_of(view, other.zone)):
            yield (
                f"it renews that of project {other.id}, which is longer than {rule.years} years, and such a period is "
                "not renewed"
            )


def _is_fixed(rule: CreditingRule, period: Period, zone: Zone) -> bool:
    """Whether a first crediting period is longer than one that can be renewed."""
    return period.end_utc > last_end_utc(period.start_utc, rule.years, zone)


def _day(utc: int, zone: Zone) -> str:
    """The local day of an instant, and its time of the day if that is not midnight."""
    local = local_time(utc, zone)
    return f"{local.date()} {local:%H:%M}" if local.hour or local.minute else f"{local.date()}"
