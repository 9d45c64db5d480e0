"""Rules for the buffer: how many units an issuance holds back against reversal or error."""

from decimal import Decimal
from typing import Any, Final

from carbon_ledger.errors import QuantityError
from carbon_ledger.exact import Rounding, arithmetic, checked_decimal, plain, text_of
from carbon_ledger.methodologies import RoundingPoint
from carbon_ledger.printing import quote

BUFFER_CEILING: Final = RoundingPoint("buffer: units held back, of each batch", Rounding("ceiling", places=0))


def buffer_share(value: object) -> Decimal:
    """Take a share at the door: an exact number from 0 to below 1, or a percentage.

    Args:
        value: Text such as ``"0.1"`` or ``"10%"``, a Decimal, or 0.

    Returns:
        The share. [1]

    Raises:
        InexactNumberError: *value* is a float.
        QuantityError: It is no number, or not from 0 to below 1.

    Example:
        >>> buffer_share("10%"), buffer_share("0.100")
        (Decimal('0.1'), Decimal('0.1'))
    """
    places = 0
    number = value
    if isinstance(value, str) and value.endswith("%"):
        number, places = value.removesuffix("%").removesuffix(" "), -2
    with arithmetic():
        share = plain(checked_decimal(number, "buffer").scaleb(places))
    if not 0 <= share < 1:
        raise QuantityError(
            f"buffer {quote(value)}: a share from 0 to below 1 is expected, such as '0.1' or '10%'; to hold back "
            f"all of "
            "a batch, issue it and lock() it"
        )
    return share


def buffered_of(count: int, share: Decimal) -> int:
    """Units of a batch that are held back: its share, rounded up to whole units (`BUFFER_CEILING`).

    Args:
        count: Units of the batch.
        share: From 0 to below 1. [1]

    Example:
        >>> buffered_of(25, Decimal("0.1")), buffered_of(30, Decimal("0.1"))
        (3, 3)
    """
    with arithmetic():
        return int(BUFFER_CEILING.rounding.apply(count * share))


def batches_record(counts: tuple[tuple[int, int], ...], share: Decimal | None) -> dict[str, Any]:
    """Counts of batches as an issuance's event has them; without a share, nothing of a buffer is written.

    Args:
        counts: Units of each vintage. [(year, units), ...]
        share: What is held back of each, or none.
    """
    batches: list[dict[str, Any]] = [{"vintage": year, "count": count} for year, count in counts]
    if share is None:
        return {"batches": batches}
    for record in batches:
        if held := buffered_of(record["count"], share):
            record["buffered"] = held
    return {"buffer_share": text_of(share), "batches": batches}
