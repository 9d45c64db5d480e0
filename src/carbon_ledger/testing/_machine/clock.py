"""What the ledger machine does about time and zones: no row follows from it, so the model has nothing to compute."""

from collections.abc import Callable
from typing import Final

from carbon_ledger.core.timekeeping import MOST_BETWEEN
from carbon_ledger.errors import RefusedError
from carbon_ledger.periods.zones import tzdata_release
from carbon_ledger.testing._machine.setup import OPENER
from carbon_ledger.testing._machine.side_by_side import Twin

ZONE: Final = "Asia/Tbilisi"  # nothing on the stage uses it


def let_time_pass(twin: Twin) -> None:
    """Advance the ledger's clock where it is too far ahead, and adopt the rules of a zone, once.

    Args:
        twin: The ledger and the model.

    Raises:
        AssertionError: A command is accepted or refused where it must not be.
    """
    ledger, tally = twin.ledger, twin.tally
    registrars = sorted(name for name, role, _ in twin.model.grants or () if role == "registrar")
    by = registrars[0] if registrars else OPENER
    ahead = twin.clock() - ledger.entry(ledger.size - 1).at_utc > MOST_BETWEEN
    rule = _refused(lambda: ledger.advance_clock(reason="nothing happened", by=by))
    assert rule == ("" if ahead else "clock-not-ahead"), f"{rule or 'accepted'}, and the clock is ahead: {ahead}"
    tally["advance_clock", ahead] += 1
    adopted = any(entry.type == "zone.adopted" for entry in ledger.entries())
    rule = _refused(lambda: ledger.adopt_zone(ZONE, release=tzdata_release(), reason="the first use", by=by))
    assert rule == ("zone-unchanged" if adopted else ""), f"{rule or 'accepted'}, and the zone is adopted: {adopted}"
    tally["adopt_zone", not adopted] += 1
    twin.learn()


def _refused(command: Callable[[], object]) -> str:
    """The rule by which a command is refused; empty where it is accepted."""
    try:
        command()
    except RefusedError as refusal:
        return refusal.rule
    return ""
