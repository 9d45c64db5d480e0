"""The rule about verifiers' statements: issued time that no statement supports any more."""

from collections.abc import Iterable, Iterator, Sequence

from attrs import define, evolve, field

from carbon_ledger.core.intervals import subtract
from carbon_ledger.core.issuance.verifications import (
    SUPPORTING,
    Stated,
    overtaken_by,
    replaced_by,
    standing_of,
    statements_of,
)
from carbon_ledger.core.issuance.verified import beyond, claimed_in, issued_in
from carbon_ledger.core.state.rows import Issuance
from carbon_ledger.exact import text_of
from carbon_ledger.periods import Period
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
    """R31: issuances of time whose statement was overtaken, supports nothing, verifies less, or is about a part now."""
    for name in questions.projects:
        issuances, standing = questions.view.issuances(name), standing_of(questions.view, name)
        yield from _left(questions, name, issuances, standing)
        for statement in standing:
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
                claimed_wh={name: _claimed_wh(questions, issued)},
            )


def _claimed_wh(questions: Questions, issued: Iterable[Issuance]) -> int:
    return sum(part.net_wh for item in issued for part in questions.claimed_parts(item))


def _left(
    questions: Questions, name: str, issuances: Sequence[Issuance], standing: Sequence[Stated]
) -> Iterator[Cause]:
    """Issued time of a statement that was replaced by one about other parts of it; each time is in one cause."""
    covered = [(item.period.start_utc, item.period.end_utc) for item in standing]
    for statement in statements_of(questions.view, name):
        later = replaced_by(questions.view, statement.n)
        left = [*subtract(statement.period.start_utc, statement.period.end_utc, sorted(covered))]
        parts = [evolve(statement, period=Period(low, high)) for low, high in left]
        issued = {item.n: item for part in parts for item in issued_in(questions.view, part, issuances)}
        if later is None or not issued:
            continue
        covered += left
        cited = Cited()
        for n in (statement.n, later, *issued):
            cited.add(n)
        more = f" and {some(len(left) - 1, 'other interval')}" if len(left) > 1 else ""
        yield Cause(
            severity=HIGH,
            subject=f"project {name}, verification {statement.n}",
            text=f"replaced by verification {later}, and no statement is about {parts[0].period}{more}: "
            f"{some(len(issued), 'issuance')} of this time",
            cited=cited,
            claimed_wh={name: _claimed_wh(questions, issued.values())},
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
