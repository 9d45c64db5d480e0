"""How far an entry's recorded time may lie after the time of the entry before it."""

from datetime import timedelta
from typing import Final

from carbon_ledger.errors import RefusedError
from carbon_ledger.ledger.entries import Entry, recorded_time

ADVANCED: Final = "time.advanced"
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
    if kind != ADVANCED and is_jump(before.at, at):
        raise RefusedError(
            f"recorded time {at}",
            f"the newest entry, entry {before.n}, was recorded at {before.at}, and an entry is recorded at most "
            f"{MOST_BETWEEN.days} days after the entry before it, because what expires by a wrong clock stays expired. "
            "Correct this machine's clock; if so much time has passed, record it once: advance_clock(reason=...)",
            rule="clock-jump",
        )
