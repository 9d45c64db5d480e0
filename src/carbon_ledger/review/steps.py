"""The steps that issuances claim."""

from typing import ClassVar

from attrs import frozen

from carbon_ledger.periods.spans import Span
from carbon_ledger.tables import INTEGER, TEXT, TIME, Column


@frozen(kw_only=True, repr=False)
class ClaimedStep(Span):
    """A step above zero that an issuance claims.

    Attributes:
        device: The device's id.
        start_utc: The start. [s since 1970-01-01 UTC]
        end_utc: The end, exclusive.
        net_wh: The net energy. [Wh]
        entry: The entry that has the value.
        evidence: The digest of its evidence, or None.
    """

    _columns: ClassVar[tuple[Column, ...]] = (
        Column("device", TEXT),
        Column("start", TIME, lambda item: item.start_utc),
        Column("end", TIME, lambda item: item.end_utc),
        Column("net_wh", INTEGER),
        Column("entry", INTEGER),
        Column("evidence", TEXT),
    )

    device: str
    start_utc: int
    end_utc: int
    net_wh: int
    entry: int
    evidence: str | None = None
