"""Commands about the clock and about zones. They write no rows, so the model has nothing to compute."""

from collections.abc import Callable
from typing import Final

from carbon_ledger.core.entries.events import ZONE_ADOPTED
from carbon_ledger.core.timekeeping import MOST_BETWEEN
from carbon_ledger.errors import RefusedError
from carbon_ledger.periods.zones import tzdata_release
from carbon_ledger.testing._machine.setup import OPENER
from carbon_ledger.testing._machine.side_by_side import SideBySide

ZONE: Final = "Asia/Tbilisi"  # no device and no project of the setup uses this zone


def check_clock_and_zone(both: SideBySide) -> None:
    """Advance the ledger's clock if it is too far ahead of the last entry, and adopt a zone's rules once.

    Args:
        both: The ledger and the model.

    Raises:
        AssertionError: A command was accepted or refused when it must not be.
    """
    ledger, tally = both.ledger, both.tally
    registrars = sorted(name for name, role, _ in both.model.grants or () if role == "registrar")
    by = registrars[0] if registrars else OPENER
    ahead = both.clock() - ledger.entry(ledger.size - 1).at_utc > MOST_BETWEEN
    rule = _refused(lambda: ledger.advance_clock(reason="nothing happened", by=by))
    assert rule == ("" if ahead else "clock-not-ahead"), f"{rule or 'accepted'} with the clock ahead: {ahead}"
    tally["advance_clock", ahead] += 1
    adopted = any(entry.type == ZONE_ADOPTED for entry in ledger.entries())
    rule = _refused(lambda: ledger.adopt_zone(ZONE, release=tzdata_release(), reason="the first use", by=by))
    assert rule == ("zone-unchanged" if adopted else ""), f"{rule or 'accepted'} with the zone adopted: {adopted}"
    tally["adopt_zone", not adopted] += 1
    both.learn()


def _refused(command: Callable[[], object]) -> str:
    """The rule by which a command is refused; empty if it is accepted."""
    try:
        command()
    except RefusedError as refusal:
        return refusal.rule
    return ""
