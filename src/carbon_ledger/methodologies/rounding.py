"""Rounding points: the places at which a methodology rounds, each with its name and its direction."""

from typing import Final

from attrs import frozen

from carbon_ledger.exact import Rounding
from carbon_ledger.records import Record


@frozen(repr=False)
class RoundingPoint(Record):
    """A place in the calculation where a number is rounded, and how.

    Args:
        name: The number that is rounded, and what happens to the remainder.
        rounding: Places and direction.
    """

    name: str
    rounding: Rounding


ISSUANCE_FLOOR: Final = RoundingPoint("issuance: whole units, remainder carried", Rounding("floor", places=0))
CARBON_CEILING: Final = RoundingPoint(
    "PE_FC by carbon content: 44/12 has no last decimal place, rounded up once to the gram [tCO2e]",
    Rounding("ceiling", places=6),
)
