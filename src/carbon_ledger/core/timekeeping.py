"""Recorded times: how far one may lie after the one before, and the rule that records that time has passed."""

from datetime import timedelta
from typing import Final

from carbon_ledger.core.entries.entry import Entry, recorded_time
from carbon_ledger.core.entries.events import TIME_ADVANCED
from carbon_ledger.core.state.rows import Row
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import BrokenLogError, RefusedError

MOST_BETWEEN: Final = timedelta(days=400)  # a year without a command, and a month to notice it


def is_jump(before: str, at: str) -> bool:
    """Whether a recorded time lies more than 400 days after another one.

    Args:
        before: The recorded time of an entry.
        at: A later recorded time.
    """
    return recorded_time(at) - recorded_time(before) > MOST_BETWEEN


def require_no_jump(before: Entry, kind: str, at: str) -> None:
    """Refuse an entry that is recorded too long after the entry before it: a clock that is wrong, more likely than not.

    Args:
        before: The newest entry.
        kind: The type of the new entry; ``time.advanced`` alone may be recorded at any later time.
        at: The new entry's recorded time.

    Raises:
        RefusedError: It is.

    Source:
        ledger-model section 1.
    """
    if kind != TIME_ADVANCED and is_jump(before.at, at):
        raise RefusedError(
            f"recorded time {at}",
            f"the newest entry, entry {before.n}, was recorded at {before.at}, and an entry is recorded at most "
            f"{MOST_BETWEEN.days} days after the entry before it, because what expires by a wrong clock stays expired. "
            "Correct this machine's clock; if so much time has passed, record it once: advance_clock(reason=...)",
            rule="clock-jump",
        )


def advanced(view: View, entry: Entry) -> list[Row]:
    """Record that more than 400 days have passed since the entry before; nothing else follows from it.

    Raises:
        RefusedError: So much time has not passed.
        BrokenLogError: The event states another time than that of the entry before, or is a part of a command.

    Source:
        ledger-model section 1.
    """
    before = view.entry(entry.n - 1)
    if not is_jump(before.at, entry.at):
        raise RefusedError(
            f"recorded time {entry.at}",
            f"the newest entry, entry {before.n}, was recorded at {before.at}, which is at most {MOST_BETWEEN.days} "
            "days before; every command can be recorded, and there is nothing to advance",
            rule="clock-not-ahead",
        )
    if entry.event["since"] != before.at or entry.parts != 1:
        raise BrokenLogError(
            f"entry {entry.n}: it advances from {entry.event['since']} as one of {entry.parts}, expected from "
            f"{before.at} alone"
        )
    return []
