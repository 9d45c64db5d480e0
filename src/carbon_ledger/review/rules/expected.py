"""Rules about what was expected: the estimate of a month, and the same month of other years."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from attrs import define

from carbon_ledger.core.in_force import terms_of
from carbon_ledger.core.pinned_zones import zone_of
from carbon_ledger.estimates import Estimate
from carbon_ledger.periods import Period
from carbon_ledger.periods.zones import Zone, local_time
from carbon_ledger.projects import Project
from carbon_ledger.review.causes import Amounts, Cause, add_to, some
from carbon_ledger.review.flags import MEDIUM, Cited
from carbon_ledger.review.parameters import ReviewParameters
from carbon_ledger.review.questions import DAY_S, HOUR_S, Questions, label_of
from carbon_ledger.review.rules.output import Window, windows

_LONGEST_S = 32 * DAY_S  # of a local month, or of a step that is one
_MILLION = 1_000_000


def unexpected_months(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """R01c: months far from the project's estimate, or from the same month of other years."""
    for name in questions.projects:
        project = questions.project(name)
        if project.estimate is not None and project.estimate.monthly_wh:
            yield from _against_estimate(questions, project, project.estimate, parameters)
    for device in questions.devices:
        yield from _against_years(questions, device, parameters)


@define
class _Month:
    """The energy of a project in the time of a month that has readings."""

    end_utc: int
    net_wh: int = 0
    covered_s: int = 0
    least_s: int = 0
    devices: int = 0

    def add(self, window: Window) -> None:
        """Add the month of one device."""
        self.least_s = min(self.least_s, window.covered_s) if self.devices else window.covered_s
        self.devices += 1
        self.net_wh += window.net_wh
        self.covered_s += window.covered_s


def _against_estimate(
    questions: Questions, project: Project, estimate: Estimate, parameters: ReviewParameters
) -> Iterator[Cause]:
    """The months of a project that are far from its estimate, as one cause. A step belongs to where it starts."""
    zone, months = zone_of(questions.view, project.zone), dict[int, _Month]()
    for device in project.devices:
        for window in _months(questions, device, zone):
            months.setdefault(window.start_utc, _Month(window.end_utc)).add(window)
    found = dict[int, int]()
    for start, month in months.items():
        share = estimate.energy(Period(start, month.end_utc), zone, project.crediting_period)
        if month.devices < len(project.devices) or month.least_s < parameters.month_least_days * DAY_S:
            continue
        expected = share.exact * month.covered_s / (month.devices * (month.end_utc - start))
        if share.complete and expected > 0:
            off = abs(month.net_wh - expected) / expected
            if 100 * off > parameters.month_off_percent:
                found[start] = int(1000 * off)
    if found:
        n = questions.view.registration("project", project.id)
        yield _cause(
            questions,
            found,
            project.devices,
            zone,
            subject=f"project {project.id}",
            more=() if n is None else (n,),
            text=f"{some(len(found), 'month')} more than {parameters.month_off_percent}% off the estimate",
        )


def _months(questions: Questions, device: str, zone: Zone) -> Iterator[Window]:
    """The months of a device that have readings of a month or less."""
    return (item for item in windows(questions, device, 1, zone) if item.end_utc - item.start_utc <= _LONGEST_S)


def _cause(
    questions: Questions,
    found: Mapping[int, int],
    devices: Sequence[str],
    zone: Zone,
    *,
    subject: str,
    text: str,
    more: Sequence[int] = (),
) -> Cause:
    """The cause of months that are far off, by how much in thousandths; their entries are looked up again."""
    cited, claimed = Cited(more), Amounts()
    for device in devices:
        for window in _months(questions, device, zone):
            if window.start_utc in found:
                for n in window.cited:
                    cited.add(n)
                add_to(claimed, questions.claimed_between(device, window.start_utc, window.end_utc))
    off, start = max((off, -start) for start, off in found.items())
    return Cause(
        severity=MEDIUM,
        subject=subject,
        text=f"{text}; the farthest, by {off // 10}.{off % 10}%: {local_time(-start, zone):%Y-%m}",
        cited=cited,
        figures=(("months", len(found)), ("farthest_permille", off)),
        claimed_wh=claimed,
    )


def _against_years(questions: Questions, device: str, parameters: ReviewParameters) -> Iterator[Cause]:
    """The months of a device that are far from the same month of other years, as one cause."""
    terms, zone = terms_of(questions.view, device), questions.zone_of(device)
    by_month: dict[int, list[tuple[int, int]]] = {}
    for window in _months(questions, device, zone):
        if window.covered_s >= parameters.month_least_days * DAY_S:
            capacity_w = terms.at(window.start_utc).capacity_w
            ppm = window.net_wh * HOUR_S * _MILLION // (capacity_w * window.covered_s)
            by_month.setdefault(local_time(window.start_utc, zone).month, []).append((window.start_utc, ppm))
    found = _far(by_month.values(), parameters)
    if found:
        least = parameters.month_least_years
        text = f"{some(len(found), 'month')} far from the median of the same month of at least {least} other years"
        yield _cause(questions, found, (device,), zone, subject=label_of(device), text=text)


def _far(months: Iterable[Sequence[tuple[int, int]]], parameters: ReviewParameters) -> dict[int, int]:
    """The months that are far from the median of the same month of other years, by how much of it in thousandths.

    The spread is that of all months together: the few years of one month have a small spread by chance.

    Args:
        months: For each month of the year, the start and the capacity factor in millionths of each year.
        parameters: The thresholds.

    Source:
        1.48 times the median absolute deviation is the standard deviation of a normal distribution. [M]
    """
    off: dict[int, Fraction] = {}
    for years in months:
        for start, ppm in years:
            others = [other for at, other in years if at != start]
            if len(others) >= parameters.month_least_years:
                usual = max(Fraction(1), _middle(others))
                off[start] = abs(ppm - usual) / usual
    if not off:
        return {}
    least = max(
        _middle(list(off.values())) * 148 * parameters.month_deviations / 100,
        Fraction(parameters.month_off_percent, 100),
    )
    return {start: int(share * 1000) for start, share in off.items() if share > least}


def _middle(numbers: Sequence[int | Fraction]) -> Fraction:
    """The median, exactly."""
    ordered = sorted(Fraction(item) for item in numbers)
    k = len(ordered) // 2
    return ordered[k] if len(ordered) % 2 else (ordered[k - 1] + ordered[k]) / 2
