"""Rules about completeness: time without readings, energy that was divided, and devices outside."""

from collections.abc import Iterator
from decimal import Decimal

from carbon_ledger.core.intervals import Interval, merge_adjacent
from carbon_ledger.core.issuance.monitoring import devices_of, gaps_of
from carbon_ledger.exact import arithmetic
from carbon_ledger.periods import Period
from carbon_ledger.periods.instants import instant_text
from carbon_ledger.review.causes import Cause, some
from carbon_ledger.review.flags import HIGH, LOW, MEDIUM, Cited
from carbon_ledger.review.origin import energies
from carbon_ledger.review.parameters import ReviewParameters
from carbon_ledger.review.questions import DAY_S, HOUR_S, Questions
from carbon_ledger.review.results import APPORTIONED, SPLIT
from carbon_ledger.review.rules.low_water import low_water

_LONGEST = 10  # of the gaps that a flag lists


def gaps(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """R12: time inside issued periods that has no reading."""
    for name in questions.projects:
        project = questions.project(name)
        devices = devices_of(questions.view, project)
        cited, missing, every, longest = Cited(), 0, 0, list[tuple[int, str, int]]()
        for start, end in _periods(questions, name):
            every += (end - start) * len(devices)
            for device in devices:
                runs = questions.view.readings(device.id, start, end)
                for first, last in gaps_of(questions.view, device, Period(start, end), runs):
                    missing += last - first
                    longest = sorted([*longest, (last - first, device.id, first)], key=_longest_first)[:_LONGEST]
        if not missing or 100 * missing <= parameters.gap_medium_percent * every:
            continue
        for issuance in questions.issuances(name):
            if any(item["name"] == "gap" for item in questions.event(issuance.n)["waivers"]):
                cited.add(issuance.n)
        listed = ", ".join(f"{device} {seconds // HOUR_S} h from {instant_text(at)}" for seconds, device, at in longest)
        yield Cause(
            severity=HIGH if 100 * missing > parameters.gap_high_percent * every else MEDIUM,
            subject=f"project {name}",
            text=f"{missing // HOUR_S:,} of {every // HOUR_S:,} hours of its devices have no reading; "
            f"the longest: {listed}",
            cited=cited,
            figures=(("missing_s", missing), ("period_s", every)),
            claimed_wh={name: questions.claimed_wh(name)},
        )
        yield from low_water(questions, name, cited, parameters)


def _longest_first(item: tuple[int, str, int]) -> tuple[int, str, int]:
    return -item[0], item[1], item[2]


def _periods(questions: Questions, project: str) -> tuple[Interval, ...]:
    """The periods of a project's issuances of steps, each time once."""
    found: list[Interval] = []
    last = None
    for item in sorted(questions.issuances(project), key=lambda item: (item.start_utc, item.end_utc)):
        if "of_carry" in questions.event(item.n):
            continue
        start = item.start_utc if last is None else max(item.start_utc, last)
        if start < item.end_utc:
            found.append((start, item.end_utc))
            last = item.end_utc
    return merge_adjacent(found)


def divided(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """R13: claimed energy that was divided by shares or at the end of a vintage, and not metered."""
    for name in questions.projects:
        cited, sums = Cited(), {APPORTIONED: 0, SPLIT: 0}
        for issuance in questions.issuances(name):
            found = energies(questions, issuance)
            for kind in sums:
                sums[kind] += found[kind]
                if found[kind]:
                    cited.add(issuance.n)
        estimate, total = sum(sums.values()), questions.claimed_wh(name)
        if estimate <= 0 or 100 * estimate <= parameters.estimate_medium_percent * total:
            continue
        yield Cause(
            severity=HIGH if 100 * estimate > parameters.estimate_high_percent * total else MEDIUM,
            subject=f"project {name}",
            text=f"{estimate:,} of {total:,} claimed Wh were divided and not metered: {sums[APPORTIONED]:,} Wh by the "
            f"shares of a meter, {sums[SPLIT]:,} Wh at the end of a vintage",
            cited=cited,
            figures=((APPORTIONED, sums[APPORTIONED]), (SPLIT, sums[SPLIT])),
            claimed_wh={name: estimate},
        )


def outside(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """R27: devices in operation that are in no project, with a wide margin, or registered long after generation."""
    enrolled = {name for project in questions.projects for name in questions.project(project).devices}
    idle, numbers = [], Cited()
    for name in questions.devices:
        first = questions.device(name).first_utc_in(questions.zone_of(name))
        if name not in enrolled and first is not None and first < questions.at_utc:
            idle.append(name)
            numbers.add(_registered(questions, name))
    if idle:
        text = f"{some(len(idle), 'device')} in operation and in no project: {', '.join(idle[:10])}"
        yield Cause(severity=LOW, subject="ledger", text=text, cited=numbers)
    with arithmetic():
        most = Decimal(parameters.margin_percent).scaleb(-2)
    wide = [name for name in questions.devices if questions.device(name).margin > most]
    if wide:
        text = f"{some(len(wide), 'device')} with a margin above {parameters.margin_percent}%: {', '.join(wide[:10])}"
        cited = Cited(_registered(questions, name) for name in wide)
        yield Cause(severity=MEDIUM, subject="ledger", text=text, cited=cited)
    yield from _late(questions, parameters)


def _registered(questions: Questions, device: str) -> int:
    return questions.view.registration("device", device) or 0


def _late(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """Devices that were registered long after the generation that is claimed."""
    for project in questions.projects:
        early: dict[str, tuple[int, int]] = {}
        for part in questions.claimed_of(project):
            name, at = part.part.run.device, part.part.end_utc
            registered = questions.recorded_utc(_registered(questions, name))
            if at < registered - parameters.registered_days * DAY_S:
                wh, first = early.get(name, (0, at))
                early[name] = (wh + part.net_wh, min(first, at))
        if early:
            names, first = sorted(early), min(at for _, at in early.values())
            yield Cause(
                severity=MEDIUM,
                subject=f"project {project}",
                text=f"{some(len(names), 'device')} registered more than {parameters.registered_days} days after steps "
                f"that are claimed, of which the first ended at {instant_text(first)}: {', '.join(names[:10])}",
                cited=Cited(_registered(questions, name) for name in names),
                claimed_wh={project: sum(wh for wh, _ in early.values())},
            )
