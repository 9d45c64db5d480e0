"""Rules about the values of a series: copied, stuck and rounded ones. The resolution is tested before any digit."""

from collections import deque
from collections.abc import Iterator
from typing import Final

from attrs import define, field

from carbon_ledger.periods.instants import instant_text
from carbon_ledger.review.causes import Amounts, Cause, add_to, some
from carbon_ledger.review.flags import HIGH, LOW, MEDIUM, Cited
from carbon_ledger.review.parameters import ReviewParameters
from carbon_ledger.review.profiles import Profile, power_of_ten, profiles_of, steps_of
from carbon_ledger.review.questions import DAY_S, Questions, label_of

_MODULUS: Final = 2**61 - 1
_BASE: Final = 1_000_003
_MOST_STRETCHES: Final = 500  # that one flag measures
_DIGITS: Final = 10

Stretch = tuple[int, int]


def repeated(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """R02: a window of steps of a series that equals an earlier window."""
    for subject in questions.subjects:
        for profile in profiles_of(questions, subject, parameters):
            if profile.is_resolved:
                found = _Windows(profile.step_s, parameters)
                for run, values in steps_of(questions, subject, profile.step_s):
                    found.add(run.start_utc, run.source_n, values)
                if found.copies:
                    yield _copied(questions, subject, found)


def _copied(questions: Questions, subject: str, found: "_Windows") -> Cause:
    claimed: Amounts = {}
    for start, end in found.copies:
        add_to(claimed, questions.claimed_between(subject, start, end))
    copy, original = found.first
    return Cause(
        severity=HIGH,
        subject=label_of(subject),
        text=f"{some(found.copied_steps, 'step')} equal to earlier ones: first those from {instant_text(copy)} on, "
        f"which equal those from {instant_text(original)} on",
        cited=found.cited,
        figures=(("copied_steps", found.copied_steps), ("stretches", len(found.copies))),
        claimed_wh=claimed,
    )


class _Windows:
    """The windows of a series, with those of a bounded time before, found again by their hash."""

    def __init__(self, step_s: int, parameters: ReviewParameters) -> None:
        daily = step_s == DAY_S
        self.step_s = step_s
        self.length = parameters.repeat_daily_steps if daily else parameters.repeat_steps
        self.distinct = min(parameters.repeat_distinct_steps, self.length)
        self.horizon = parameters.repeat_horizon_steps
        self.factor = pow(_BASE, self.length, _MODULUS)
        self.known: dict[int, tuple[int, int]] = {}  # the start and the entry of the earliest window, by its hash
        self.order: deque[tuple[int, int]] = deque()
        self.cited = Cited()
        self.copies: list[Stretch] = []
        self.copied_steps = 0
        self.first = (0, 0)
        self._restart(0)

    def _restart(self, start_utc: int) -> None:
        self.next_utc = start_utc
        self.window: deque[tuple[int, int]] = deque()  # the value and the entry of each step
        self.counts: dict[int, int] = {}
        self.hash = 0

    def add(self, start_utc: int, source_n: int, values: list[int]) -> None:
        """Add the steps of the next run; a window has no gap."""
        if start_utc != self.next_utc:
            self._restart(start_utc)
        for wh in values:
            self._step(wh, source_n)
            self.next_utc += self.step_s
            if len(self.window) == self.length and len(self.counts) >= self.distinct:
                self._look()

    def _step(self, wh: int, source_n: int) -> None:
        self.window.append((wh, source_n))
        self.hash = (self.hash * _BASE + wh + 1) % _MODULUS
        if wh > 0:
            self.counts[wh] = self.counts.get(wh, 0) + 1
        if len(self.window) > self.length:
            old, _ = self.window.popleft()
            self.hash = (self.hash - (old + 1) * self.factor) % _MODULUS
            if old > 0:
                self.counts[old] -= 1
                if not self.counts[old]:
                    del self.counts[old]

    def _look(self) -> None:
        start = self.next_utc - self.length * self.step_s
        while self.order and self.order[0][0] < start - self.horizon * self.step_s:
            old_start, old_hash = self.order.popleft()
            if self.known.get(old_hash, (None,))[0] == old_start:
                del self.known[old_hash]
        before = self.known.get(self.hash)
        if before is None:
            self.known[self.hash] = (start, self.window[0][1])
            self.order.append((start, self.hash))
        elif start - before[0] >= self.length * self.step_s:
            self._found(start, before)

    def _found(self, start: int, before: tuple[int, int]) -> None:
        if not self.copies:
            self.first = (start, before[0])
        for n in (before[1], self.window[0][1], self.window[-1][1]):
            self.cited.add(n)
        if self.copies and self.copies[-1][1] >= start:
            self.copied_steps += (self.next_utc - self.copies[-1][1]) // self.step_s
            self.copies[-1] = (self.copies[-1][0], self.next_utc)
        else:
            self.copied_steps += self.length
            if len(self.copies) < _MOST_STRETCHES:
                self.copies.append((start, self.next_utc))


@define
class _Stuck:
    """Steps in a row with one value."""

    value: int = 0
    start_utc: int = 0
    end_utc: int = 0
    sources: list[int] = field(factory=list)


def stuck(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """R03: many equal steps in a row, of a value that is no plateau such as rated output or minimum flow."""
    for subject in questions.subjects:
        for profile in profiles_of(questions, subject, parameters):
            if not profile.is_resolved:
                continue
            least = max(parameters.stuck_days, -(-parameters.stuck_hours * 3600 // profile.step_s))
            rows = list(_rows(questions, subject, profile, least))
            plateaus = _plateaus(questions, subject, profile, parameters) if rows else set()
            rows = [item for item in rows if item.value not in plateaus]
            if rows:
                yield _equal_steps(questions, subject, profile, rows)


def _equal_steps(questions: Questions, subject: str, profile: Profile, rows: list[_Stuck]) -> Cause:
    longest = max(rows, key=lambda item: (item.end_utc - item.start_utc, -item.start_utc))
    claimed: Amounts = {}
    for item in rows:
        add_to(claimed, questions.claimed_between(subject, item.start_utc, item.end_utc))
    steps = (longest.end_utc - longest.start_utc) // profile.step_s
    return Cause(
        severity=MEDIUM,
        subject=label_of(subject),
        text=f"{some(len(rows), 'time')}, many steps in a row have one value; the longest: "
        f"{some(steps, 'step')} of {longest.value:,} Wh from {instant_text(longest.start_utc)} on",
        cited=Cited(n for item in rows for n in item.sources),
        figures=(("times", len(rows)), ("longest_steps", steps)),
        claimed_wh=claimed,
    )


def _rows(questions: Questions, subject: str, profile: Profile, least: int) -> Iterator[_Stuck]:
    """The stretches of at least so many equal steps above zero, without the largest and the smallest value."""
    row, found = _Stuck(), 0
    for run, values in steps_of(questions, subject, profile.step_s):
        at = run.start_utc
        for wh in values:
            if wh != row.value or at != row.end_utc:
                if found < _MOST_STRETCHES and _is_long(row, profile, least):
                    found += 1
                    yield row
                row = _Stuck(wh, at, at, [run.source_n])
            row.end_utc = at = at + profile.step_s
            if row.sources[-1] != run.source_n:
                row.sources.append(run.source_n)
    if found < _MOST_STRETCHES and _is_long(row, profile, least):
        yield row


def _is_long(row: _Stuck, profile: Profile, least: int) -> bool:
    inside = row.value > 0 and row.value not in (profile.most_wh, profile.least_wh)
    return inside and row.end_utc - row.start_utc >= least * profile.step_s


def _counts(questions: Questions, subject: str, profile: Profile) -> dict[int, int]:
    """How many steps each candidate for a plateau has, exactly."""
    counts = dict.fromkeys(profile.candidates, 0)
    for _, values in steps_of(questions, subject, profile.step_s):
        for wh in values:
            if wh in counts:
                counts[wh] += 1
    return counts


def _plateaus(questions: Questions, subject: str, profile: Profile, parameters: ReviewParameters) -> set[int]:
    """The values that are plateaus: the largest, the smallest above zero, and those with a share of the steps."""
    counts = _counts(questions, subject, profile)
    many = {wh for wh, count in counts.items() if 100 * count >= parameters.plateau_percent * profile.steps}
    return many | {profile.most_wh, profile.least_wh}


def last_digits(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """R05: the last digits of a series, without plateaus, are not as frequent as chance would have them."""
    for subject in questions.subjects:
        for profile in profiles_of(questions, subject, parameters):
            if not profile.is_resolved or profile.positive < parameters.digits_least_steps:
                continue
            counts, sources = _digit_counts(questions, subject, profile, parameters)
            total = sum(counts)
            # chi-square is the sum of (10 c - n)^2 / (10 n): compared in whole numbers
            squares = sum((_DIGITS * count - total) ** 2 for count in counts)
            if total < parameters.digits_least_steps or squares <= parameters.digits_chi_square_tenths * total:
                continue
            yield Cause(
                severity=LOW,
                subject=label_of(subject),
                text=f"last digits at the resolution of {profile.resolution_wh:,} Wh are unequal: digits 0 to 9 have "
                f"{', '.join(map(str, counts))} steps; chi-square {squares // (_DIGITS * total)}",
                cited=sources,
                figures=(("steps", total), ("chi_square", squares // (_DIGITS * total))),
            )


def _digit_counts(
    questions: Questions, subject: str, profile: Profile, parameters: ReviewParameters
) -> tuple[list[int], Cited]:
    """The last digits of resolved values that are no plateau, and the entries of the series."""
    plateaus, sources = _plateaus(questions, subject, profile, parameters), Cited()
    counts, unit = [0] * _DIGITS, profile.resolution_wh
    for run, values in steps_of(questions, subject, profile.step_s):
        sources.add(run.source_n)
        for wh in values:
            if wh >= parameters.resolved_units * unit and wh not in plateaus:
                counts[wh // unit % _DIGITS] += 1
    return counts, sources


def round_totals(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """R04: totals that are rounder than a meter shows."""
    for subject in questions.subjects:
        totals = [
            (wh, run.source_n, run.start_utc, run.end_utc)
            for run in questions.series(subject)
            if run.step_s >= parameters.round_least_days * DAY_S
            for wh in questions.values(run)
            if wh > 0
        ]
        if totals:
            yield from _rounded(questions, subject, totals, parameters)


def _rounded(
    questions: Questions, subject: str, totals: list[tuple[int, int, int, int]], parameters: ReviewParameters
) -> Iterator[Cause]:
    amounts = sorted(wh for wh, *_ in totals)
    together = min(power_of_ten(wh) for wh in amounts)
    median = amounts[(len(amounts) - 1) // 2]
    known = questions.resolution_wh(subject) or 0
    many = len(totals) >= parameters.round_totals
    if many and together > known and 100 * together > parameters.round_percent * median:
        chosen, severity, unit = totals, HIGH, together
    else:
        large = parameters.round_single_percent * questions.all_claimed_wh
        chosen = [
            item
            for item in totals
            if 100 * item[0] >= large > 0 and _is_round(item[0], known, parameters.round_percent)
        ]
        chosen, severity, unit = [] if many else chosen, MEDIUM, min((power_of_ten(wh) for wh, *_ in chosen), default=1)
    if not chosen:
        return
    claimed: Amounts = {}
    for _, _, start, end in chosen:
        add_to(claimed, questions.claimed_between(subject, start, end))
    yield Cause(
        severity=severity,
        subject=label_of(subject),
        text=f"{len(chosen)} of {some(len(totals), 'total')}: multiples of {unit:,} Wh, more than "
        f"{parameters.round_percent}% of {'their median' if severity == HIGH else 'each'}: a meter shows more digits",
        cited=Cited(n for _, n, _, _ in chosen),
        figures=(("multiple_of_wh", unit), ("median_wh", median)),
        claimed_wh=claimed,
    )


def _is_round(wh: int, known: int, percent: int) -> bool:
    unit = power_of_ten(wh)
    return unit > known and 100 * unit > percent * wh
