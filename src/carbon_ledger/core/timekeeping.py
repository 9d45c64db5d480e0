"""Recorded times: the longest time between two entries, and the rule that records that more time has passed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from carbon_ledger.core.entries.entry import Entry, recorded_time
from carbon_ledger.core.entries.events import TIME_ADVANCED
from carbon_ledger.core.state.rows import Row
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import BrokenLogError, RefusedError
from carbon_ledger.periods import Period
from carbon_ledger.periods.instants import instant_of, instant_text

MOST_BETWEEN: Final = timedelta(days=400)  # a year without a command, and about a month to notice


def second_of(at: str) -> int:
    """A recorded time, rounded down to the second. [s since 1970-01-01 UTC]"""
    return instant_of(f"{at[:19]}Z")


def require_past(at: str, period: Period, subject: Callable[[], str], *, rule: str) -> None:
    """Refuse what had not happened when an entry was recorded.

    Args:
        at: The recorded time of the entry.
        period: The time that the entry is about. It may end at the recorded time, and no later.
        subject: Says what is refused, for the message.
        rule: The name of the refusal.

    Raises:
        RefusedError: The period ends after the recorded time.

    Source:
        Domain invariant 29; ledger-model sections 2 and 8a.
    """
    if period.end_utc > second_of(at):
        raise RefusedError(
            subject(),
            f"it ends at {instant_text(period.end_utc)}, and this is recorded at {at}; what has not happened cannot be "
            "metered, issued or imported: check the year, the zone, and this machine's clock",
            rule=rule,
        )


def require_past_period(at: str, project: str, period: Period) -> None:
    """Refuse a monitoring period that had not ended when an entry was recorded.

    Args:
        at: The recorded time of the entry.
        project: The id of the project.
        period: The monitoring period.

    Raises:
        RefusedError: The period ends after the recorded time.

    Source:
        Domain invariant 29; ledger-model section 8a.
    """
    require_past(at, period, lambda: f"project {project}, {period}", rule="future-period")


def is_jump(before: str, at: str) -> bool:
    """Whether a recorded time is more than 400 days after another recorded time.

    Args:
        before: The recorded time of an entry.
        at: A later recorded time.
    """
    return recorded_time(at) - recorded_time(before) > MOST_BETWEEN


def require_no_jump(before: Entry, kind: str, at: str) -> None:
    """Refuse an entry that is recorded too long after the entry before it, most likely because a clock is wrong.

    Args:
        before: The newest entry.
        kind: The type of the new entry. Only ``time.advanced`` may be recorded at any later time.
        at: The recorded time of the new entry.

    Raises:
        RefusedError: The new entry is recorded more than 400 days after the newest entry.

    Source:
        ledger-model section 1.
    """
    if kind != TIME_ADVANCED and is_jump(before.at, at):
        raise RefusedError(
            f"recorded time {at}",
            f"the newest entry, entry {before.n}, was recorded at {before.at}, and the next entry must be recorded at "
            f"most {MOST_BETWEEN.days} days later, because what a wrong clock lets expire cannot be restored. "
            "Correct this machine's clock; if so much time has passed, record it once: advance_clock(reason=...)",
            rule="clock-jump",
        )


def advanced(view: View, entry: Entry) -> list[Row]:
    """Record that more than 400 days have passed since the entry before. The event adds no row.

    Raises:
        RefusedError: At most 400 days have passed.
        BrokenLogError: The event does not state the time of the entry before, or is not a command of its own.

    Source:
        ledger-model section 1.
    """
    before = view.entry(entry.n - 1)
    if not is_jump(before.at, entry.at):
        raise RefusedError(
            f"recorded time {entry.at}",
            f"the newest entry, entry {before.n}, was recorded at {before.at}, at most {MOST_BETWEEN.days} days "
            "earlier, so every command can be recorded; advance_clock() is not needed",
            rule="clock-not-ahead",
        )
    if entry.event["since"] != before.at or entry.parts != 1:
        raise BrokenLogError(
            f"entry {entry.n}: it advances from {entry.event['since']} in a command of {entry.parts} entries, expected "
            f"from {before.at} in a command of its own"
        )
    return []
