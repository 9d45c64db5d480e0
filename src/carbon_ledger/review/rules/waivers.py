"""Rules about waivers."""

from collections.abc import Iterator

from attrs import define, field

from carbon_ledger.review.causes import Cause, some
from carbon_ledger.review.flags import HIGH, MEDIUM, Cited
from carbon_ledger.review.needed import is_needed
from carbon_ledger.review.parameters import ReviewParameters
from carbon_ledger.review.questions import Questions
from carbon_ledger.waivers import ASSUMPTION, Waiver, waivers_of


@define
class _Same:
    """Issuances of a project that waive the same, for the same doubts."""

    cited: Cited = field(factory=Cited)
    claimed_wh: int = 0


def waived_much(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """R14: an issuance waives many rules, for hardly a reason, for one reason twice, or for nothing."""
    for name in questions.projects:
        found: dict[tuple[str, tuple[str, ...]], _Same] = {}
        for issuance in questions.issuances(name):
            waivers = waivers_of(questions.event(issuance.n))
            severity, what = _doubts(questions, issuance.n, waivers, parameters)
            if what:
                same = found.setdefault((severity, tuple(what)), _Same())
                same.cited.add(issuance.n)
                same.claimed_wh += sum(part.net_wh for part in questions.claimed_parts(issuance))
        for (severity, texts), same in sorted(found.items()):
            yield Cause(
                severity=severity,
                subject=f"project {name}",
                text="; ".join(texts),
                cited=same.cited,
                claimed_wh={name: same.claimed_wh},
            )


def _doubts(
    questions: Questions, n: int, waivers: tuple[Waiver, ...], parameters: ReviewParameters
) -> tuple[str, list[str]]:
    """What is doubtful about the waivers of issuance *n*, and how severe it is."""
    rules = [item for item in waivers if not ASSUMPTION.fullmatch(item.name)]
    what = []
    if len(rules) >= parameters.waived_medium:
        what.append(f"{some(len(rules), 'rule')} waived: {', '.join(sorted(item.name for item in rules))}")
    short = sorted(item.name for item in waivers if len(item.reason.split()) < parameters.reason_words)
    if short:
        what.append(f"the reason has fewer than {parameters.reason_words} words: {', '.join(short)}")
    reasons = [item.reason for item in waivers]
    same = sorted(item.name for item in waivers if reasons.count(item.reason) > 1)
    if same:
        what.append(f"the same reason is given for {', '.join(same)}")
    idle = sorted(item.name for item in rules if is_needed(questions, n, item) is False)
    if idle:
        what.append(f"nothing was lifted by {', '.join(idle)}")
    return HIGH if len(rules) >= parameters.waived_high else MEDIUM, what
