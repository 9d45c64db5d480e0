"""Rules about output: what a plant can generate in a month, in a year, and at night."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from operator import itemgetter

from attrs import define, field

from carbon_ledger.core.in_force import terms_of
from carbon_ledger.core.issuance.run_parts import RunPart, energy_of
from carbon_ledger.periods.zones import Zone, day_start_utc, local_time
from carbon_ledger.review.causes import Amounts, Cause, add_to, some
from carbon_ledger.review.flags import HIGH, MEDIUM, Cited
from carbon_ledger.review.parameters import ReviewParameters
from carbon_ledger.review.questions import DAY_S, HOUR_S, Questions, label_of

_STEADY = ("geothermal", "biomass")  # technologies that run at full load for months
_MONTH_S = 31 * DAY_S + HOUR_S
_NIGHT_FROM_S, _NIGHT_S = 22 * HOUR_S, 4 * HOUR_S  # in solar time: two hours before and after the sun's midnight


@define
class Window:
    """The energy of a device in a local month, a local year, or a step longer than a month."""

    name: str
    start_utc: int
    end_utc: int
    net_wh: int = 0
    covered_s: int = 0
    cited: Cited = field(factory=Cited)

    def permille(self, capacity_w: int) -> int:
        """The capacity factor in the time that has readings, in thousandths, rounded down."""
        return self.net_wh * HOUR_S * 1000 // (capacity_w * self.covered_s)


def windows(questions: Questions, device: str, months: int, of_zone: Zone | None = None) -> Iterator[Window]:
    """The windows of a device in time order, one at a time.

    Args:
        questions: The questions.
        device: The device's id.
        months: The length of a window in local months: 1 or 12.
        of_zone: The zone of the local months; by default, that of the device.
    """
    zone, window = of_zone or questions.zone_of(device), None
    for run in questions.runs(device):
        if run.step_s > months * _MONTH_S:
            yield Window(
                f"{local_time(run.start_utc, zone):%Y-%m-%d}",
                run.start_utc,
                run.end_utc,
                run.net_wh,
                run.end_utc - run.start_utc,
                Cited([run.source_n]),
            )
            continue
        for start, end in pairwise(_cuts(run.start_utc, run.end_utc, run.step_s, zone, months)):
            if window is None or start >= window.end_utc:
                if window is not None:
                    yield window
                window = _window_at(start, zone, months)
            window.net_wh += energy_of(questions.view, RunPart(run, start, end))[0]
            window.covered_s += end - start
            window.cited.add(run.source_n)
    if window is not None:
        yield window


def _window_at(at_utc: int, zone: Zone, months: int) -> Window:
    first = _first_day(at_utc, zone, months)
    number = 12 * first.year + first.month - 1 + months
    after = date(number // 12, number % 12 + 1, 1)
    name = f"{first:%Y-%m}" if months == 1 else f"{first:%Y}"
    return Window(name, day_start_utc(first, zone), day_start_utc(after, zone))


def _first_day(at_utc: int, zone: Zone, months: int) -> date:
    day = local_time(at_utc, zone).date()
    return date(day.year, day.month if months == 1 else 1, 1)


def _cuts(start_utc: int, end_utc: int, step_s: int, zone: Zone, months: int) -> list[int]:
    """The boundaries of steps at which a run is divided: a step belongs to the window in which it starts."""
    cuts, at = [start_utc], start_utc
    while at < end_utc:
        edge = _window_at(at, zone, months).end_utc
        at = start_utc + -(-(edge - start_utc) // step_s) * step_s
        cuts.append(min(at, end_utc))
    return cuts


def full_months(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """R01a: a month near full load, of a plant that is not steady by its nature."""
    for device in questions.devices:
        if questions.device(device).technology not in _STEADY:
            most, least = parameters.month_most_percent, parameters.month_least_days
            yield from _above(questions, device, 1, most, least, HIGH, "month")


def full_years(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """R01b: a year above what plants of the technology reach."""
    for device in questions.devices:
        kind = questions.device(device).technology.partition("/")[0]
        most = getattr(parameters, f"year_most_percent_{kind}", None)
        if most is not None:
            yield from _above(questions, device, 12, most, parameters.year_least_days, MEDIUM, "year")


def _above(
    questions: Questions, device: str, months: int, most: int, least_days: int, severity: str, what: str
) -> Iterator[Cause]:
    """The windows of a device whose capacity factor is above a limit, as one cause."""
    terms = terms_of(questions.view, device)
    cited, claimed, count, highest = Cited(), Amounts(), 0, (0, "")
    for window in windows(questions, device, months):
        if window.covered_s < least_days * DAY_S:
            continue
        permille = window.permille(terms.at(window.start_utc).capacity_w)
        if permille < 10 * most:
            continue
        count += 1
        highest = max(highest, (permille, window.name))
        for n in window.cited:
            cited.add(n)
        add_to(claimed, questions.claimed_between(device, window.start_utc, window.end_utc))
    if count:
        yield Cause(
            severity=severity,
            subject=label_of(device),
            text=f"{some(count, what)} with a capacity factor of at least {most}%; the highest: {highest[0] // 10}."
            f"{highest[0] % 10}% in {highest[1]}",
            cited=cited,
            figures=(("highest_permille", highest[0]),),
            claimed_wh=claimed,
        )


def sun_at_night(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """R06: energy of a solar plant in steps that lie wholly within two hours of the sun's midnight."""
    for device in questions.devices:
        item = questions.device(device)
        if not item.technology.startswith("solar") or item.latitude is None or item.longitude is None:
            continue
        if abs(item.latitude) > parameters.night_latitude_degrees:
            continue
        offset = int(item.longitude * 240) - _NIGHT_FROM_S  # the sun is 240 s later for each degree to the west
        cited, steps, net_wh, claimed, day = Cited(), 0, 0, Amounts(), _Day()
        for run in questions.runs(device):
            if run.step_s > HOUR_S:
                continue
            least = parameters.night_ppm * item.capacity_w * run.step_s
            for k, wh in enumerate(questions.values(run)):
                start = run.start_utc + k * run.step_s
                if wh * HOUR_S * 1_000_000 <= least:
                    continue
                at = (start + offset) % DAY_S
                day.add(at, run.step_s, wh)
                if at + run.step_s <= _NIGHT_S:
                    steps, net_wh = steps + 1, net_wh + wh
                    cited.add(run.source_n)
                    add_to(claimed, questions.claimed_between(device, start, start + run.step_s))
        if steps:
            shift = day.shift_h(parameters.shifted_left_percent)
            yield Cause(
                severity=MEDIUM if shift else HIGH,
                subject=label_of(device),
                text=f"{some(steps, 'step')} at night with energy, together {net_wh:,} Wh; {_of_shift(shift)}",
                cited=cited,
                figures=(("night_steps", steps), ("night_wh", net_wh), ("shift_h", shift)),
                claimed_wh=claimed,
            )


def _of_shift(shift_h: int) -> str:
    if not shift_h:
        return "no shift of all steps by whole hours makes it day"
    moved = f"{some(abs(shift_h), 'hour')} {'earlier' if shift_h < 0 else 'later'}"
    return f"if every step were {moved}, it would be day: the time stamps, or their zone, are wrong"


@define
class _Day:
    """The steps with energy of all days by their place in the solar day, which begins two hours before midnight."""

    steps: dict[tuple[int, int], int] = field(factory=dict)
    energy: dict[tuple[int, int], int] = field(factory=dict)

    def add(self, at_s: int, step_s: int, wh: int) -> None:
        """Add a step."""
        self.steps[at_s, step_s] = self.steps.get((at_s, step_s), 0) + 1
        self.energy[at_s, step_s] = self.energy.get((at_s, step_s), 0) + wh

    def shift_h(self, left_percent: int) -> int:
        """The shift that brings most energy to midday, of those that leave so few night steps; 0 if no shift does.

        Where a plant has energy in the whole night, a shift that hides it takes energy from midday.
        """
        night, best = _inside(self.steps, 0, 0), (_inside(self.energy, 0, DAY_S // 2), 0)
        for hours in (sign * k for k in range(1, 13) for sign in (-1, 1)):
            if 100 * _inside(self.steps, hours, 0) <= left_percent * night:
                best = max(best, (_inside(self.energy, hours, DAY_S // 2), hours), key=itemgetter(0))
        return best[1]


def _inside(numbers: dict[tuple[int, int], int], shift_h: int, from_s: int) -> int:
    """The sum of what lies wholly in the four hours from *from_s* on, if all steps are shifted."""
    return sum(
        number
        for (at, step_s), number in numbers.items()
        if (at + shift_h * HOUR_S - from_s) % DAY_S + step_s <= _NIGHT_S
    )
