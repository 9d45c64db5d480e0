"""Rules for the buffer: how many units of an issuance are held back against reversal or error."""

from decimal import Decimal
from typing import Any, Final

from carbon_ledger.errors import QuantityError
from carbon_ledger.exact import Rounding, arithmetic, checked_decimal, plain, text_of
from carbon_ledger.methodologies import RoundingPoint
from carbon_ledger.printing import quote

BUFFER_CEILING: Final = RoundingPoint("buffer: units held back, of each batch", Rounding("ceiling", places=0))


def buffer_share(value: object) -> Decimal:
    """The share that a number or a percentage states, as an exact number from 0 to below 1.

    Args:
        value: Text such as ``"0.1"`` or ``"10%"``, a Decimal, or 0.

    Returns:
        The share. [1]

    Raises:
        InexactNumberError: *value* is a float.
        QuantityError: *value* is not a number, or not from 0 to below 1.

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
            f"buffer {quote(value)}: expected a share from 0 to below 1, such as '0.1' or '10%'; to hold back all "
            "units of a batch, issue it and lock() it"
        )
    return share


def buffered_of(count: int, share: Decimal) -> int:
    """The number of units of a batch that are held back: the share, rounded up to whole units (`BUFFER_CEILING`).

    Args:
        count: The number of units of the batch.
        share: The share to hold back, from 0 to below 1. [1]

    Example:
        >>> buffered_of(25, Decimal("0.1")), buffered_of(30, Decimal("0.1"))
        (3, 3)
    """
    with arithmetic():
        return int(BUFFER_CEILING.rounding.apply(count * share))


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
