"""Rules for the buffer: how many units of an issuance are held back against reversal or error."""

from decimal import Decimal
from typing import Any

from carbon_ledger.core.holdings.buffer import buffered_of
from carbon_ledger.exact import text_of


def batches_record(counts: tuple[tuple[int, int], ...], share: Decimal | None) -> dict[str, Any]:
    """The fields of an issuance's event that count its batches; without a share, no field of the buffer is there.

    Args:
        counts: Units of each vintage. [(year, units), ...]
        share: The share of each batch that is held back, or None. [1]
    """
    batches: list[dict[str, Any]] = [{"vintage": year, "count": count} for year, count in counts]
    if share is None:
        return {"batches": batches}
    for record in batches:
        if held := buffered_of(record["count"], share):
            record["buffered"] = held
    return {"buffer_share": text_of(share), "batches": batches}
