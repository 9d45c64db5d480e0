"""Rules about evidence: energy without a document, and documents that show too much."""

from collections.abc import Iterator
from typing import Final

from attrs import define, field

from carbon_ledger.core.descriptions import description_of
from carbon_ledger.periods.instants import instant_text
from carbon_ledger.review.causes import Amounts, Cause, add_to, some
from carbon_ledger.review.flags import CRITICAL, HIGH, MEDIUM, Cited
from carbon_ledger.review.parameters import ReviewParameters
from carbon_ledger.review.questions import DAY_S, RECORDING, Questions, Source, label_of, source_of

_MOST_SUBJECTS: Final = 50  # that the use of one document remembers
_BITS: Final = 2**22
_EVER: Final = -(2**62)  # before every instant [s since 1970-01-01 UTC]


@define
class Use:
    """What one document is evidence of. Of its entries, those of one command count once."""

    first: Source
    subjects: set[str] = field(factory=set)
    commands: Cited = field(factory=Cited)
    early: Cited = field(factory=Cited)
    latest_utc: int = 0
    start_utc: int = 0
    end_utc: int = 0


def _with_evidence(questions: Questions) -> Iterator[Source]:
    """The entries with readings of series in scope that have evidence, oldest first."""
    subjects = frozenset(questions.subjects)
    for entry in questions.entries(*RECORDING):
        if "evidence" in entry.event:
            item = source_of(entry)
            if item.subject in subjects:
                yield item


def _of_several_commands(questions: Questions) -> set[str]:
    """The documents of several commands, and perhaps a few others: a bit is held for each of the rest."""
    bits, found, before = bytearray(_BITS >> 3), set[str](), ("", -1)
    for item in _with_evidence(questions):
        digest = item.evidence or ""
        if (digest, item.command_n) != before:
            place = int(digest[-12:], 16) % _BITS
            if bits[place >> 3] >> (place & 7) & 1:
                found.add(digest)
            bits[place >> 3] |= 1 << (place & 7)
        before = (digest, item.command_n)
    return found


def documents(questions: Questions, parameters: ReviewParameters) -> dict[str, Use]:
    """What each document of several commands is evidence of, by its digest.

    Args:
        questions: The questions.
        parameters: The thresholds.
    """
    several, found = _of_several_commands(questions), dict[str, Use]()
    for item in _with_evidence(questions):
        if item.evidence not in several:
            continue
        digest = item.evidence or ""
        use = found.get(digest)
        if use is None:
            use = found[digest] = Use(item, start_utc=item.start_utc, end_utc=item.end_utc)
        if len(use.subjects) < _MOST_SUBJECTS:
            use.subjects.add(item.subject)
        use.commands.add(item.command_n)
        use.start_utc, use.end_utc = min(use.start_utc, item.start_utc), max(use.end_utc, item.end_utc)
        if item.end_utc > use.first.at_utc + parameters.early_s:
            use.early.add(item.n)
            use.latest_utc = max(use.latest_utc, item.end_utc)
    return found


def _exposures(questions: Questions, after_utc: dict[str, int]) -> dict[str, Amounts]:
    """Claimed energy by document: of the entries that have it as evidence and that end after an instant.

    Args:
        questions: The questions.
        after_utc: The instant for each document that is asked for. [s since 1970-01-01 UTC]
    """
    found: dict[str, Amounts] = {digest: {} for digest in after_utc}
    for name in questions.projects if found else ():
        for part in questions.claimed_of(name):
            digest = part.source.evidence
            if digest in found and part.source.end_utc > after_utc[digest]:
                add_to(found[digest], {name: part.net_wh})
    return found


def unsupported(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """R16: claimed energy without evidence."""
    for name in questions.projects:
        cited, without, total = Cited(), 0, 0
        for part in questions.claimed_of(name):
            total += part.net_wh
            if part.source.evidence is None and part.net_wh:
                without += part.net_wh
                cited.add(part.source.n)
        if not cited.count:
            continue
        high = 100 * without > parameters.unsupported_high_percent * total
        yield Cause(
            severity=HIGH if high else MEDIUM,
            subject=f"project {name}",
            text=f"{without:,} of {total:,} claimed Wh have no evidence",
            cited=cited,
            figures=(("without_evidence_wh", without), ("claimed_wh", total)),
            claimed_wh={name: without},
        )


def older_than_steps(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """R17a: a document is evidence of a step that ended after the document was first used."""
    uses = {digest: use for digest, use in sorted(documents(questions, parameters).items()) if use.early.count}
    after = {digest: use.first.at_utc + parameters.early_s for digest, use in uses.items()}
    exposures = _exposures(questions, after)
    for digest, use in uses.items():
        yield Cause(
            severity=CRITICAL,
            subject=f"document {digest}",
            text=f"entry {use.first.n} used the document at {instant_text(use.first.at_utc)}, and "
            f"{some(use.early.count, 'later entry uses', 'later entries use')} it for steps that ended until "
            f"{instant_text(use.latest_utc)}: no document shows the future",
            cited=Cited([use.first.n, *use.early]),
            claimed_wh=exposures[digest],
        )


def several_devices(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """R17b: one document is evidence of several meters or devices."""
    uses = {
        digest: use
        for digest, use in sorted(documents(questions, parameters).items())
        if len(_apart(questions, use.subjects)) > 1 and _kind(questions, digest) not in parameters.kinds_of_many
    }
    exposures = _exposures(questions, dict.fromkeys(uses, _EVER))
    for digest, use in uses.items():
        names = sorted(map(label_of, _apart(questions, use.subjects)))
        yield Cause(
            severity=HIGH,
            subject=f"document {digest}",
            text=f"one document is evidence of {len(names)} series: {', '.join(names[:5])}",
            cited=use.commands,
            claimed_wh=exposures[digest],
        )


def _apart(questions: Questions, subjects: set[str]) -> set[str]:
    """Series that are not the same: a device and a meter that it feeds are one."""
    metered = {device for subject in subjects for device in questions.devices_behind(subject) if device != subject}
    return subjects - metered


def long_spans(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """R17c: one document is evidence of a long time, in several commands."""
    uses = {
        digest: use
        for digest, use in sorted(documents(questions, parameters).items())
        if use.end_utc - use.start_utc > parameters.span_days * DAY_S
        and use.commands.count > 1
        and _kind(questions, digest) not in parameters.kinds_of_long
    }
    exposures = _exposures(questions, dict.fromkeys(uses, _EVER))
    for digest, use in uses.items():
        days = (use.end_utc - use.start_utc) // DAY_S
        yield Cause(
            severity=MEDIUM,
            subject=f"document {digest}",
            text=f"one document is evidence of {some(days, 'day')}, in {some(use.commands.count, 'command')}",
            cited=use.commands,
            figures=(("days", days),),
            claimed_wh=exposures[digest],
        )


def _kind(questions: Questions, digest: str) -> str | None:
    """The kind of a document that was described, or None. A document without a description has no kind."""
    entry = description_of(questions.view, digest)
    return None if entry is None else str(entry.event["kind"])
