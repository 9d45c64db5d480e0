"""The rule about verifiers' statements: issued time that no statement supports any more."""

from collections.abc import Iterator, Sequence

from attrs import define, field

from carbon_ledger.core.issuance.verifications import SUPPORTING, Stated, overtaken_by, standing_of
from carbon_ledger.core.issuance.verified import beyond, claimed_in, issued_in
from carbon_ledger.core.state.rows import Issuance
from carbon_ledger.exact import text_of
from carbon_ledger.review.causes import Cause, some
from carbon_ledger.review.flags import CRITICAL, HIGH, Cited
from carbon_ledger.review.parameters import ReviewParameters
from carbon_ledger.review.questions import Questions


@define
class _Doubt:
    """What is wrong with a statement about issued time."""

    severity: str = HIGH
    texts: list[str] = field(factory=list)
    cited: Cited = field(factory=Cited)


def weakened(questions: Questions, _: ReviewParameters) -> Iterator[Cause]:
    """R31: issuances of time whose verifier's statement was overtaken, supports nothing, or verifies less."""
    for name in questions.projects:
        issuances = questions.view.issuances(name)
        for statement in standing_of(questions.view, name):
            issued = issued_in(questions.view, statement, issuances)
            doubt = _doubt(questions, statement, issuances)
            if not issued or not doubt.texts:
                continue
            for issuance in issued:
                doubt.cited.add(issuance.n)
            doubt.cited.add(statement.n)
            yield Cause(
                severity=doubt.severity,
                subject=f"project {name}, verification {statement.n}",
                text=f"{'; '.join(doubt.texts)}: {some(len(issued), 'issuance')} of its time",
                cited=doubt.cited,
                claimed_wh={name: sum(part.net_wh for item in issued for part in questions.claimed_parts(item))},
            )


def _doubt(questions: Questions, statement: Stated, issuances: Sequence[Issuance]) -> _Doubt:
    found = _Doubt()
    if statement.opinion not in SUPPORTING:
        found.severity = CRITICAL
        found.texts.append(f"the opinion is {statement.opinion}")
    if changed := overtaken_by(questions.view, statement):
        found.texts.append(f"overtaken by {some(len(changed), 'entry', 'entries')}, first by entry {changed[0]}")
        for n in changed:
            found.cited.add(n)
    excess = beyond(statement, claimed_in(questions.view, statement, issuances))
    if excess and statement.opinion in SUPPORTING:
        vintage, amount, quantity = excess
        found.texts.append(
            f"{text_of(amount)} of vintage {vintage} are claimed of its time, and {text_of(quantity)} were verified"
        )
    return found
