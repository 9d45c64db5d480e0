"""The time of a claim: units are claimed for a period in which they were produced, or for a later one."""

from collections.abc import Iterable
from typing import Final

from carbon_ledger.core.timekeeping import second_of
from carbon_ledger.errors import RefusedError
from carbon_ledger.periods import Period
from carbon_ledger.periods.instants import instant_text
from carbon_ledger.serials import Batch, Block
from carbon_ledger.waivers import Waiver, waived

CLAIM_PERIOD: Final = "claim-period"


def require_claim_period(
    at: str, period: Period, units: Iterable[tuple[Block, Batch]], waivers: Iterable[Waiver]
) -> None:
    """Refuse a claim whose period ends before its units were produced, or begins after the claim.

    Args:
        at: The recorded time of the claim.
        period: The reporting period of the claim.
        units: Each block that is claimed, with its batch.
        waivers: The checks that the caller waives.

    Raises:
        RefusedError: The period begins after the recorded time, or ends before the production of a batch began; and
            that is not waived.

    Source:
        Domain invariant 29; ledger-model section 8.
    """
    if waived(CLAIM_PERIOD, waivers):
        return
    if period.start_utc > second_of(at):
        raise RefusedError(
            f"claim for {period}",
            f"its period begins at {instant_text(period.start_utc)}, after {at}, when it is recorded; claim units for "
            "a period that has begun, or waive claim-period",
            rule="claim-period",
        )
    for block, batch in units:
        if period.end_utc <= batch.production.start_utc:
            raise RefusedError(
                f"block {block}",
                f"its units were produced from {instant_text(batch.production.start_utc)} on, and the period of the "
                f"claim, {period}, ends before; claim them for a period that ends later, or waive claim-period",
                rule="claim-period",
            )
