"""Where every claimed Wh comes from, and what every waiver of an issuance lifted."""

from collections.abc import Iterator

from attrs import define, field

from carbon_ledger.core.entries.events import CORRECTION_STAGED, CORRECTIONS
from carbon_ledger.core.issuance.run_parts import RunPart, energy_of
from carbon_ledger.core.pinned_zones import zone_of
from carbon_ledger.core.state.rows import Issuance
from carbon_ledger.metering.readings import MEASURED
from carbon_ledger.periods import Period
from carbon_ledger.periods.zones import Zone
from carbon_ledger.review.flags import Cited
from carbon_ledger.review.needed import is_needed
from carbon_ledger.review.questions import ClaimedPart, Questions
from carbon_ledger.review.results import (
    APPORTIONED,
    CORRECTED,
    ESTIMATED,
    METERED,
    ORIGINS,
    SPLIT,
    UNSUPPORTED,
    Origin,
    WaiverUse,
)
from carbon_ledger.waivers import Waiver, waivers_of


@define
class _Use:
    cited: Cited = field(factory=Cited)
    needed: int = 0
    idle: int = 0
    lifted_wh: int = 0


def origin_of(questions: Questions, project: str) -> Origin:
    """Where the energy that a project's issuances claim comes from.

    Args:
        questions: The questions.
        project: The project's id.
    """
    sums = dict.fromkeys(ORIGINS, 0)
    for issuance in questions.issuances(project):
        for name, wh in energies(questions, issuance).items():
            sums[name] += wh
    return Origin(project=project, claimed_wh=sum(sums.values()), units=questions.units(project), **sums)


def energies(questions: Questions, issuance: Issuance) -> dict[str, int]:
    """The energy that an issuance claims, by origin. [Wh]"""
    zone = zone_of(questions.view, questions.project(issuance.project).zone, issuance.n)
    sums = dict.fromkeys(ORIGINS, 0)
    for part in questions.claimed_parts(issuance):
        for name, wh in _divided(questions, part, zone):
            sums[name] += wh
    return sums


def _divided(questions: Questions, part: ClaimedPart, zone: Zone) -> Iterator[tuple[str, int]]:
    """The energy of a claimed part by origin."""
    if part.source.evidence is None:
        yield UNSUPPORTED, part.net_wh
        return
    if part.part.run.quality != MEASURED:
        yield ESTIMATED, part.net_wh
        return
    split_wh = sum(energy_of(questions.view, step)[0] for step in straddling_steps(part.part, zone))
    yield SPLIT, split_wh
    if is_apportioned(questions, part):
        yield APPORTIONED, part.net_wh - split_wh
    elif part.source.type in (CORRECTION_STAGED, *CORRECTIONS):
        yield CORRECTED, part.net_wh - split_wh
    else:
        yield METERED, part.net_wh - split_wh


def is_apportioned(questions: Questions, part: ClaimedPart) -> bool:
    """Whether the values of a part were divided from the total of a meter of several devices."""
    subject = part.source.subject
    return subject != part.part.run.device and len(questions.devices_behind(subject)) > 1


def straddling_steps(part: RunPart, zone: Zone) -> Iterator[RunPart]:
    """The steps of a part of a run that cross the end of a local year, each once."""
    done = part.start_utc
    for _, span in Period(part.start_utc, part.end_utc).split_by_year(zone)[:-1]:
        before = span.end_utc - (span.end_utc - part.run.start_utc) % part.run.step_s
        if before < span.end_utc and before >= done:
            done = before + part.run.step_s
            yield RunPart(part.run, before, done)


def waivers_used(questions: Questions, project: str) -> Iterator[WaiverUse]:
    """The waivers of a project's issuances and of the readings that they claim, by name and reason.

    Args:
        questions: The questions.
        project: The project's id.
    """
    found: dict[tuple[str, str], _Use] = {}
    for issuance in questions.issuances(project):
        waivers = waivers_of(questions.event(issuance.n))
        sums = energies(questions, issuance) if waivers else {}
        for item in waivers:
            use = found.setdefault((item.name, item.reason), _Use())
            use.cited.add(issuance.n)
            needed = is_needed(questions, issuance.n, item)
            use.needed += needed is True
            use.idle += needed is False
            use.lifted_wh += _lifted(questions, issuance, item, sums) if needed else 0
        for part in questions.claimed_parts(issuance):
            for name, reason in part.source.waivers:
                use = found.setdefault((name, reason), _Use())
                use.cited.add(part.source.n)
                use.lifted_wh += part.net_wh
    for (name, reason), use in sorted(found.items()):
        yield WaiverUse(
            project=project,
            name=name,
            reason=reason,
            entries=use.cited.first(),
            uses=use.cited.count,
            needed=use.needed,
            idle=use.idle,
            lifted_wh=use.lifted_wh,
            lifted_units=questions.units_of({project: use.lifted_wh}),
        )


def _lifted(questions: Questions, issuance: Issuance, waiver: Waiver, sums: dict[str, int]) -> int:
    """The energy of an issuance that a waiver lifted a refusal of. [Wh]"""
    if waiver.name == "gap":
        return 0
    if waiver.name == "straddling-step":
        zone = zone_of(questions.view, questions.project(issuance.project).zone, issuance.n)
        steps = (step for part in questions.claimed_parts(issuance) for step in straddling_steps(part.part, zone))
        return sum(energy_of(questions.view, step)[0] for step in steps)
    if waiver.name == "estimated-readings":
        return sum(part.net_wh for part in questions.claimed_parts(issuance) if part.part.run.quality != MEASURED)
    return sum(sums.values())
