"""Rules about corrections: those that go one way, raise the energy, or rest on the document that they correct."""

from collections.abc import Iterator
from fractions import Fraction
from math import comb

from attrs import define, field

from carbon_ledger.core.entries.events import CORRECTION_STAGED, CORRECTIONS
from carbon_ledger.core.issuance.run_parts import RunPart, energy_of
from carbon_ledger.review.causes import Amounts, Cause, add_to, some
from carbon_ledger.review.flags import HIGH, MEDIUM, Cited
from carbon_ledger.review.parameters import ReviewParameters
from carbon_ledger.review.questions import Questions, Source, label_of, source_of

_LIKELY = Fraction(1, 20)  # of a fair coin: p < 0.05


@define
class _Corrected:
    """The corrections of one series."""

    cited: Cited = field(factory=Cited)
    ups: int = 0
    downs: int = 0
    net_wh: int = 0
    reasons: set[str] = field(factory=set)
    same_document: Cited = field(factory=Cited)
    claimed: Amounts = field(factory=dict)


def one_way(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """R15: corrections of a series that go one way, add energy, or have the evidence of what they correct."""
    found: dict[str, _Corrected] = {}
    for item, change_wh, reused in _corrections(questions):
        series = found.setdefault(item.subject, _Corrected())
        series.cited.add(item.n)
        series.ups += change_wh > 0
        series.downs += change_wh < 0
        series.net_wh += change_wh
        if len(series.reasons) < 2:
            series.reasons.add(item.reason)
        if reused:
            series.same_document.add(item.n)
        add_to(series.claimed, questions.claimed_between(item.subject, item.start_utc, item.end_utc))
    for subject, series in sorted(found.items()):
        severity, what = _judged(questions, series, parameters)
        if what:
            yield Cause(
                severity=severity,
                subject=label_of(subject),
                text="; ".join(what),
                cited=series.cited,
                figures=(("up", series.ups), ("down", series.downs), ("net_wh", series.net_wh)),
                claimed_wh=series.claimed,
            )


def _judged(questions: Questions, series: _Corrected, parameters: ReviewParameters) -> tuple[str, list[str]]:
    severity, what = MEDIUM, []
    count = series.ups + series.downs
    if count >= parameters.corrections and at_least(series.ups, count) < _LIKELY:
        # A wrong ratio of a transformer is one error, and all its corrections go one way.
        severity = HIGH if len(series.reasons) > 1 else MEDIUM
        what.append(f"of {some(count, 'correction')}, {series.ups} raise the energy")
    if series.net_wh > 0 and 100 * series.net_wh > parameters.raised_percent * questions.all_claimed_wh:
        severity = HIGH
        what.append(f"corrections add {series.net_wh:,} Wh, more than {parameters.raised_percent}% of what is claimed")
    if series.same_document.count:
        what.append(f"with the evidence of what is corrected: {some(series.same_document.count, 'correction')}")
    return severity, what


def at_least(ups: int, count: int) -> Fraction:
    """The probability that a fair coin shows heads at least *ups* times of *count*.

    Example:
        >>> at_least(7, 8)
        Fraction(9, 256)
    """
    return Fraction(sum(comb(count, k) for k in range(ups, count + 1)), 2**count)


def _corrections(questions: Questions) -> Iterator[tuple[Source, int, bool]]:
    """Each correction with the energy that it adds, and whether it has the evidence of what it corrects. [Wh]

    The parts of one correction are one: the last of them is returned.
    """
    change, reused, subjects = 0, False, frozenset(questions.subjects)
    for entry in questions.entries(CORRECTION_STAGED, *CORRECTIONS):
        item = source_of(entry)
        if item.subject not in subjects:
            continue
        before = questions.view.readings_then(item.command_n, item.subject, item.start_utc, item.end_utc)
        new, old = sum(entry.event["net_wh"]), 0
        for run in before:
            start, end = max(run.start_utc, item.start_utc), min(run.end_utc, item.end_utc)
            start += (run.start_utc - start) % run.step_s
            end += (run.start_utc - end) % run.step_s
            old += energy_of(questions.view, RunPart(run, start, min(end, run.end_utc)))[0] if start < end else 0
            reused = reused or (item.evidence is not None and questions.source(run.source_n).evidence == item.evidence)
        change += new - old
        if entry.type in CORRECTIONS:
            yield item, change, reused
            change, reused = 0, False
