"""Rules for the buffer: how many units of a batch are held back against reversal or error."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from carbon_ledger.column import MAX_INTEGER
from carbon_ledger.errors import QuantityError
from carbon_ledger.exact import Rounding, arithmetic, checked_share
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
    share = checked_share(value, "buffer")
    if not 0 <= share < 1:
        count = value if isinstance(value, str) and value.isdigit() else ""
        raise QuantityError(
            f"buffer {quote(value)}: expected a share from 0 to below 1, such as '0.1' or '10%'; "
            + (f"for a number of units pass an int: buffer={count}; " if count else "")
            + "to hold back all units of a batch, issue it and lock() it"
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


def checked_buffer(value: object) -> Decimal | int | None:
    """The buffer that an argument states: a whole number is a count of units, everything else a share.

    Args:
        value: An int; or a share as `buffer_share` reads it; or None.

    Returns:
        The count, the share, or None. [units, or 1]

    Raises:
        InexactNumberError: *value* is a float.
        QuantityError: *value* is below 0, or is neither a count nor a share.

    Example:
        >>> checked_buffer(25), checked_buffer("2.5%")
        (25, Decimal('0.025'))
    """
    if type(value) is not int:
        return None if value is None else buffer_share(value)
    if not 0 <= value <= MAX_INTEGER:
        raise QuantityError(f"buffer {quote(value)}: expected a number of units from 0 to {MAX_INTEGER:,}, or a share")
    return value


def buffer_of(event: Mapping[str, Any]) -> Decimal | int | None:
    """The buffer that an event states: a count, a share, or None.

    Raises:
        QuantityError: The share is not from 0 to below 1.
    """
    if "buffer_count" in event:
        return checked_buffer(event["buffer_count"])
    return buffer_share(event["buffer_share"]) if "buffer_share" in event else None
