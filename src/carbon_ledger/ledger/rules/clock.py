"""The rule for time that has passed without an entry."""

from carbon_ledger.errors import BrokenLogError, RefusedError
from carbon_ledger.ledger.entries import Entry
from carbon_ledger.ledger.state import Row, View
from carbon_ledger.ledger.timekeeping import MOST_BETWEEN, is_jump


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
