"""Rules about people and time: who recorded, approved and issued, and how long after."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import pairwise

from attrs import define, field

from carbon_ledger.core.entries.entry import Entry, recorded_time
from carbon_ledger.core.entries.events import GENERATION_RECORDED, METER_RECORDED, ROLE_GRANTED
from carbon_ledger.core.state.rows import Issuance
from carbon_ledger.periods.instants import instant_text
from carbon_ledger.review.causes import Amounts, Cause, add_to, some
from carbon_ledger.review.flags import CRITICAL, HIGH, MEDIUM, Cited
from carbon_ledger.review.parameters import ReviewParameters
from carbon_ledger.review.questions import DAY_S, RECORDING, Questions, Source, label_of, source_of

_MICROSECOND = timedelta(microseconds=1)


@define
class _Late:
    """The late entries of one series."""

    cited: Cited = field(factory=Cited)
    longest_s: int = 0
    issued: bool = False
    claimed: Amounts = field(factory=dict)


def late_entries(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """R07: readings that were recorded long after they ended, by the habit of their series.

    A correction is late by its nature, and is no entry of this kind.
    """
    most = _longest_lags(questions, parameters)
    found: dict[str, _Late] = {}
    for item in _sources(questions, GENERATION_RECORDED, METER_RECORDED):
        lag = item.at_utc - item.end_utc
        if lag <= most[item.subject]:
            continue
        late = found.setdefault(item.subject, _Late())
        late.cited.add(item.n)
        late.longest_s = max(late.longest_s, lag)
        late.issued = late.issued or _issued_soon(questions, item, parameters)
        add_to(late.claimed, questions.claimed_between(item.subject, item.start_utc, item.end_utc))
    for subject, late in sorted(found.items()):
        soon = f", and units were issued on them within {parameters.late_issued_days} days" if late.issued else ""
        yield Cause(
            severity=HIGH if late.issued else MEDIUM,
            subject=label_of(subject),
            text=f"{some(late.cited.count, 'entry', 'entries')} recorded up to {late.longest_s // DAY_S} days after "
            f"the readings ended; the limit of this series is {most[subject] // DAY_S} days{soon}",
            cited=late.cited,
            figures=(("longest_lag_days", late.longest_s // DAY_S),),
            claimed_wh=late.claimed,
        )


def _sources(questions: Questions, *kinds: str) -> Iterator[Source]:
    """The entries of some types with readings of series in scope, oldest first."""
    subjects = frozenset(questions.subjects)
    for entry in questions.entries(*kinds):
        item = source_of(entry)
        if item.subject in subjects:
            yield item


def _longest_lags(questions: Questions, parameters: ReviewParameters) -> dict[str, int]:
    """The lag that is still usual for each series: by its median, in whole days, if it has several entries. [s]"""
    counts: dict[str, dict[int, int]] = {}
    for item in _sources(questions, GENERATION_RECORDED, METER_RECORDED):
        days = max(0, item.at_utc - item.end_utc) // DAY_S
        of_subject = counts.setdefault(item.subject, {})
        of_subject[days] = of_subject.get(days, 0) + 1
    most: dict[str, int] = {}
    for subject, of_subject in counts.items():
        total = sum(of_subject.values())
        median = _median(of_subject, total) if total > 2 else 0
        most[subject] = max(parameters.late_days, parameters.late_medians * median) * DAY_S
    return most


def _median(counts: dict[int, int], total: int) -> int:
    """The lower median of counted values."""
    before = 0
    for value in sorted(counts):
        before += counts[value]
        if 2 * before >= total:
            return value
    return 0


def _issued_soon(questions: Questions, item: Source, parameters: ReviewParameters) -> bool:
    """Whether an issuance soon after an entry claims its steps."""
    for device in questions.devices_behind(item.subject):
        for claim in questions.view.claims(device, item.start_utc, item.end_utc):
            after = questions.recorded_utc(claim.issuance_n) - item.at_utc
            if 0 <= after <= parameters.late_issued_days * DAY_S:
                return True
    return False


def before_end(questions: Questions, _: ReviewParameters) -> Iterator[Cause]:
    """R08: readings that were recorded before their last step ended. The ledger refuses them; see the audit."""
    found: dict[str, Cited] = {}
    for item in _sources(questions, *RECORDING):
        if item.at_utc < item.end_utc:
            found.setdefault(item.subject, Cited()).add(item.n)
    for subject, cited in sorted(found.items()):
        text = f"{some(cited.count, 'entry', 'entries')} recorded before the last step ended"
        yield Cause(severity=CRITICAL, subject=label_of(subject), text=text, cited=cited)


@define
class _Habit:
    """The issuances of one group: those whose issuer recorded all that they claim, without another's approval."""

    cited: Cited = field(factory=Cited)
    actors: set[str] = field(factory=set)
    claimed: Amounts = field(factory=dict)


def one_person(questions: Questions, _: ReviewParameters) -> Iterator[Cause]:
    """R10: one name recorded the readings and issued the units, and no approval by another was used."""
    found: dict[str, _Habit] = {}
    for name in questions.projects:
        approved = Cited(issuance_n for _, issuance_n in questions.approvals_used(name))
        for issuance in questions.issuances(name):
            actor, wh = _alone(questions, issuance)
            if actor is None or issuance.n in approved:
                continue
            habit = found.setdefault("ledger" if questions.is_open else f"project {name}", _Habit())
            habit.cited.add(issuance.n)
            if len(habit.actors) < 5:
                habit.actors.add(actor)
            add_to(habit.claimed, {name: wh})
    for subject, habit in sorted(found.items()):
        yield Cause(
            severity=HIGH,
            subject=subject,
            text=f"no separation of duties: {', '.join(sorted(habit.actors))} recorded the readings of "
            f"{some(habit.cited.count, 'issuance')} and issued the units, and nobody else approved them",
            cited=habit.cited,
            claimed_wh=habit.claimed,
        )


def _alone(questions: Questions, issuance: Issuance) -> tuple[str | None, int]:
    """The issuer, if the issuer alone recorded what an issuance claims, or None; and the claimed energy. [Wh]"""
    actor, names, wh = questions.entry(issuance.n).by, set[str](), 0
    for part in questions.claimed_parts(issuance):
        names.add(part.source.by)
        wh += part.net_wh
    return (actor if names == {actor} else None), wh


def hasty(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """R09: most of an issuance was recorded shortly before it, where nobody else or no document stands behind it."""
    alone = Cited(n for cause in one_person(questions, parameters) for n in cause.cited)
    for name in questions.projects:
        cited, claimed = Cited(), 0
        for issuance in questions.issuances(name):
            soon, without, total = _recorded_soon(questions, issuance, parameters)
            unsupported = 100 * without > parameters.unsupported_high_percent * total
            if total > 0 and 100 * soon > parameters.hasty_percent * total and (issuance.n in alone or unsupported):
                cited.add(issuance.n)
                claimed += total
        if cited.count:
            yield Cause(
                severity=MEDIUM,
                subject=f"project {name}",
                text=f"more than {parameters.hasty_percent}% of the energy of {some(cited.count, 'issuance')} was "
                f"recorded less than {parameters.hasty_s // 60} minutes before",
                cited=cited,
                claimed_wh={name: claimed},
            )


def _recorded_soon(questions: Questions, issuance: Issuance, parameters: ReviewParameters) -> tuple[int, int, int]:
    """Energy that was recorded shortly before an issuance; that has no evidence; and all that it claims. [Wh]"""
    at, soon, without, total = questions.recorded_utc(issuance.n), 0, 0, 0
    for part in questions.claimed_parts(issuance):
        total += part.net_wh
        soon += part.net_wh if 0 <= at - part.source.at_utc < parameters.hasty_s else 0
        without += part.net_wh if part.source.evidence is None else 0
    return soon, without, total


def approvals(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """R11: approvals by a new verifier, by one whom a party appointed, in haste, or without a note."""
    grants: dict[str, Entry] = {}
    appointed = list(questions.entries(ROLE_GRANTED))
    for name in questions.projects:
        found: dict[str, tuple[Cited, set[str], str, int]] = {}
        for approval, n in questions.approvals_used(name):
            role = _newest((item for item in appointed if item.n < approval.n), approval.by)
            grants.update({} if role is None else {approval.by: role})
            severity, what, issuance = _doubts(questions, approval, n, role, parameters)
            if not what or issuance is None:
                continue
            cited, texts, worst, wh = found.get(approval.by, (Cited(), set(), MEDIUM, 0))
            for number in (approval.n, n, *([] if role is None else [role.n])):
                cited.add(number)
            claimed = sum(part.net_wh for part in questions.claimed_parts(issuance))
            worst = HIGH if HIGH in (severity, worst) else MEDIUM
            found[approval.by] = (cited, texts | set(what), worst, wh + claimed)
        for actor, (cited, texts, worst, wh) in sorted(found.items()):
            yield Cause(
                severity=worst,
                subject=f"project {name}, approvals by {actor}",
                text="; ".join(sorted(texts)),
                cited=cited,
                claimed_wh={name: wh},
            )


def _newest(grants: Iterable[Entry], actor: str) -> Entry | None:
    """The newest grant of a verifier's role to an actor."""
    found = [item for item in grants if item.event["actor"] == actor and item.event["role"] == "verifier"]
    return found[-1] if found else None


def _doubts(
    questions: Questions, approval: Entry, n: int, role: Entry | None, parameters: ReviewParameters
) -> tuple[str, list[str], Issuance | None]:
    """What is doubtful about an approval that issuance *n* used; nothing if the issuance was voided."""
    issuance = questions.view.issuance(n)
    if issuance is None or issuance.voided:
        return MEDIUM, [], None
    severity, what = MEDIUM, list[str]()
    at = questions.recorded_utc(approval.n)
    if role is not None and not questions.is_open:
        parties = {part.source.by for part in questions.claimed_parts(issuance)} | {questions.entry(n).by}
        if at - questions.recorded_utc(role.n) < parameters.young_role_s:
            severity, what = HIGH, [*what, "the verifier's role was given shortly before the approval"]
        if role.by in parties:
            severity, what = HIGH, [*what, "a recorder or the issuer gave the verifier's role"]
    if questions.recorded_utc(n) - at < parameters.hasty_approval_s:
        what.append(f"the issuance came less than {parameters.hasty_approval_s} s after the approval")
    if "note" not in approval.event:
        what.append("an approval has no note")
    return severity, what, issuance


def clock_set_back(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """R26: commands that were recorded exactly a microsecond after the entry before: the clock was set back."""
    cited, first = Cited(), ""
    for (_, before), (n, at) in pairwise(questions.heads()):
        if at[:19] not in (before[:19], _next_second(before)):
            continue
        if recorded_time(at) - recorded_time(before) == _MICROSECOND and questions.entry(n).part == 1:
            cited.add(n)
            first = first or at
    if cited.count >= parameters.clock_back:
        yield Cause(
            severity=MEDIUM,
            subject="ledger",
            text=f"{some(cited.count, 'command')} recorded exactly one microsecond after the entry before "
            f"them, first at {first}: the clock was set back, or stood still",
            cited=cited,
        )


def _next_second(at: str) -> str:
    """The second after the one of a recorded time, as far as it matters: a time that ends a second."""
    if not at.endswith(".999999Z"):
        return at[:19]
    return instant_text(int((recorded_time(at) + _MICROSECOND).timestamp()))[:19]
