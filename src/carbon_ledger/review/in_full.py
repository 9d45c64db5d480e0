"""What is always tested in full, beside a sample: what a sample by energy can never find."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from carbon_ledger.core.entries.events import (
    CORRECTIONS,
    ISSUANCE_RECORDED,
    ISSUANCE_VOIDED,
    UNITS_RETIRED,
    UNITS_WITHDRAWN,
)
from carbon_ledger.review.flags import CRITICAL, HIGH, Cited, Flag
from carbon_ledger.review.questions import Questions, blocks_of, source_of
from carbon_ledger.review.results import FullTest

_LARGE_PERCENT: Final = 10  # of the issued units, that one retirement has


def tested_in_full(questions: Questions, flags: Sequence[Flag]) -> Iterator[FullTest]:
    """What is always tested in full; a kind without an entry is left out.

    Args:
        questions: The questions.
        flags: All flags of the review.

    Source:
        Practice of verifiers. [M]
    """
    found = {name: Cited() for name in ("corrections", "voided issuances", "withdrawals", "waivers")}
    large, issued = Cited(), sum(map(questions.units, questions.projects))
    for entry in questions.entries(*CORRECTIONS, ISSUANCE_VOIDED, UNITS_WITHDRAWN, ISSUANCE_RECORDED, UNITS_RETIRED):
        event = entry.event
        if not _concerns(questions, entry.type, event):
            continue
        if entry.type in CORRECTIONS:
            found["corrections"].add(source_of(entry).n)
        elif entry.type == ISSUANCE_VOIDED:
            found["voided issuances"].add(entry.n)
        elif entry.type == UNITS_WITHDRAWN:
            found["withdrawals"].add(entry.n)
        elif entry.type == UNITS_RETIRED:
            units = sum(last - first + 1 for _, first, last in blocks_of(event))
            if 100 * units > _LARGE_PERCENT * issued:
                large.add(entry.n)
        if event.get("waivers"):
            found["waivers"].add(entry.n)
    found["debits"] = Cited(n for flag in flags if flag.rule == "R25" for n in flag.entries)
    found["critical and high flags"] = Cited(
        n for flag in flags if flag.severity in (CRITICAL, HIGH) for n in flag.entries
    )
    found[f"retirements above {_LARGE_PERCENT} % of the issued units"] = large
    for what, cited in found.items():
        if cited.count:
            yield FullTest(what=what, entries=cited.first(), count=cited.count)


def _concerns(questions: Questions, kind: str, event: Mapping[str, Any]) -> bool:
    """Whether an entry is about a project or a device in scope."""
    if kind in CORRECTIONS:
        return event.get("device") in questions.devices or event.get("meter") in questions.meters
    if kind == ISSUANCE_RECORDED:
        return event["project"] in questions.projects
    if kind == ISSUANCE_VOIDED:
        issuance = questions.view.issuance(event["issuance"])
        return issuance is not None and issuance.project in questions.projects
    return any(name.partition("/")[0] in questions.projects for name, _, _ in blocks_of(event))
