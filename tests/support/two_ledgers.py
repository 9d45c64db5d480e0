"""Pairs of ledgers for tests of the comparison of claims."""

from collections.abc import Sequence

from tests.support.plants import Numbers
from tests.support.reviewed_ledgers import Story, begun, hours, month, plant, total

import carbon_ledger as cl

GSRN = "571313180400000018"


def column(seed: int = 3, steps: int = 744) -> list[int]:
    """Hourly energies of four digits, to the kWh."""
    numbers = Numbers(seed)
    return [1000 * (1_000 + numbers.below(2_500)) for _ in range(steps)]


def ledger_of(
    ledger_id: str,
    values: Sequence[int] | None = None,
    *,
    device: str = "plant",
    number: int = 3,
    wh: int | None = None,
    **fields: object,
) -> Story:
    """A ledger with one plant and one issued month of hours, or of one total."""
    story = begun("open", plant(device, **fields), ledger_id=ledger_id)
    period = month(number)
    story.goto(period, 3)
    if wh is not None:
        total(story, period, wh, device)
    else:
        hours(story, period, list(column() if values is None else values), device)
    story.approve_and_issue(period, "hydro" if device == "plant" else device)
    return story


def wh_of(comparison: cl.ClaimComparison) -> list[tuple[str, str, int]]:
    return [(item.a.subject, item.b.subject, item.both_wh) for item in comparison.overlaps]
