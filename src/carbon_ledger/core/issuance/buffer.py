"""Rules for the buffer and the levy: how many units of an issuance are held back, and how many are levied."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from carbon_ledger.core.holdings.buffer import buffered_of
from carbon_ledger.errors import RefusedError
from carbon_ledger.exact import Rounding, apportion, arithmetic, text_of
from carbon_ledger.instruments import Levy
from carbon_ledger.methodologies import RoundingPoint

LEVY_CEILING: Final = RoundingPoint("levy: units taken, of each issuance", Rounding("ceiling", places=0))


def levied_of(counts: Sequence[int], levy: Levy | None) -> list[int]:
    """The number of units of each batch that a levy takes.

    The levy is a share of all units of the issuance, rounded up to whole units (`LEVY_CEILING`). Each batch contributes
    in proportion to its units, by largest remainder, the older vintage first on a tie.

    Args:
        counts: Units of each batch, by vintage.
        levy: The levy of the instrument, or None.

    Source:
        Published practice: a levy of 2% on 111,949 units leaves 109,710 (domain section 4 [P]).

    Example:
        >>> levied_of([111_949], Levy(share="0.02")), levied_of([25, 25], Levy(share="0.02"))
        ([2239], [1, 0])
    """
    if levy is None or not counts:
        return [0] * len(counts)
    with arithmetic():
        total = int(LEVY_CEILING.rounding.apply(sum(counts) * levy.share))
    return apportion(total, counts)


def _buffered(units: Sequence[int], buffer: Decimal | int | None) -> list[int]:
    """The number of units of each batch that are held back: of a count, as many as possible of the newest vintage."""
    if not isinstance(buffer, int):
        return [0 if buffer is None else buffered_of(count, buffer) for count in units]
    if buffer > sum(units):
        raise RefusedError(
            f"buffer of {buffer:,} units",
            f"the issuance makes {sum(units):,} units that can be held back; pass at most that number, or a share",
            rule="buffer-exceeds-issued",
        )
    held: list[int] = []
    for count in reversed(units):
        held.append(min(count, buffer - sum(held)))
    return held[::-1]


def batches_record(
    counts: Sequence[tuple[int, int]], buffer: Decimal | int | None, levy: Levy | None = None
) -> dict[str, Any]:
    """The fields of an issuance's event that count its batches; without a buffer, no field of the buffer is there.

    A levy takes the highest serials of a batch. The buffer takes the highest serials of the others: a share of each
    batch, or a count over all batches, from the newest vintage on.

    Args:
        counts: Units of each vintage. [(year, units), ...]
        buffer: The share of each batch, or the number of units of all batches, that is held back; or None.
        levy: The levy of the instrument, or None.

    Raises:
        RefusedError: *buffer* is more units than the batches have after the levy.
    """
    levied = levied_of([count for _, count in counts], levy)
    held = _buffered([count - taken for (_, count), taken in zip(counts, levied, strict=True)], buffer)
    batches = []
    for (year, count), back, taken in zip(counts, held, levied, strict=True):
        numbers = {"buffered": back, "levied": taken}
        batches.append({"vintage": year, "count": count} | {name: units for name, units in numbers.items() if units})
    if buffer is None:
        return {"batches": batches}
    stated = {"buffer_count": buffer} if isinstance(buffer, int) else {"buffer_share": text_of(buffer)}
    return {**stated, "batches": batches}


def require_share(granular: bool, buffer: Decimal | int | None) -> None:
    """Refuse a buffer by count for granular certificates, whose devices are issued apart.

    Raises:
        RefusedError: *buffer* is a count, and the certificates are granular.
    """
    if granular and isinstance(buffer, int):
        raise RefusedError(
            f"buffer of {buffer:,} units",
            "granular certificates are issued for each device apart, and no rule says of which a count is held back; "
            "pass a share, such as '10%'",
            rule="buffer-count-granular",
        )
