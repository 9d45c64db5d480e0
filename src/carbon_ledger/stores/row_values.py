"""Rows as plain values, which are the same in every store, and rows from such values."""

from collections.abc import Callable
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final

from attrs import fields

from carbon_ledger.canonical import dumps, loads
from carbon_ledger.core.state.rows import Balance, Carry, Issuance, IssuedBatch, Owed
from carbon_ledger.errors import QuantityError
from carbon_ledger.exact import text_of
from carbon_ledger.periods import Period
from carbon_ledger.printing import quote
from carbon_ledger.serials import Batch

Values = tuple[Any, ...]


def flat_values(kind: type) -> Callable[[Any], Values]:
    """A function that returns a row's fields unchanged, in order."""
    return attrgetter(*(field.name for field in fields(kind)))


balance_values: Final[Callable[[Any], Values]] = attrgetter(
    *(field.name for field in fields(Balance) if field.name != "expired")
)


def _number(text: str) -> Decimal:
    """The number that a row has as text.

    Raises:
        QuantityError: It is not as `text_of` writes a number: not finite, or with an exponent.
    """
    number = Decimal(text)
    if "e" in text or "E" in text or text_of(number) != text:
        raise QuantityError(f"{quote(text)} is not a plain decimal number")
    return number


def carry_values(row: Carry) -> Values:
    """The plain values of the carry of a vintage."""
    return (
        row.project,
        row.vintage,
        row.from_n,
        text_of(row.claimed),
        row.adjustments,
        row.counted,
        row.toward_debit,
    )


def carry_row(project: str, vintage: int, from_n: int, claimed: str, *rest: int) -> Carry:
    """The carry of a vintage that has these plain values.

    Raises:
        QuantityError: A number is not as the values of a row state it.
    """
    return Carry(project, vintage, from_n, _number(claimed), *rest)


def owed_values(row: Owed) -> Values:
    """The plain values of what is owed. The numbers are text, because weights can sum to more than 64 bits hold."""
    return row.meter, row.from_n, " ".join(map(str, row.owed))


def owed_row(meter: str, from_n: int, owed: str) -> Owed:
    """What is owed, from these plain values."""
    return Owed(meter, from_n, tuple(map(int, owed.split(" "))))


_ISSUANCE: Final = attrgetter(*(field.name for field in fields(Issuance)[:7]))


def issuance_values(row: Issuance) -> Values:
    """The plain values of an issuance."""
    amounts = dumps([[year, text_of(amount)] for year, amount in row.amounts], checked=True, columns=False).decode()
    return (*_ISSUANCE(row), amounts, row.counted, int(row.voided), row.toward_debit, int(row.converted))


def issuance_row(*values: Any) -> Issuance:
    """The issuance that has these plain values.

    Raises:
        QuantityError: A number is not as the values of a row state it.
    """
    amounts = tuple((year, _number(amount)) for year, amount in loads(values[7].encode()))
    n, from_n, project, start, end, account, quantification, _, counted, voided, toward_debit, converted = values
    others = (n, from_n, project, start, end, account, quantification, amounts, counted, bool(voided), toward_debit)
    return Issuance(*others, converted=bool(converted))


def batch_values(row: IssuedBatch) -> Values:
    """The plain values of a batch."""
    item = row.batch
    return (
        item.batch_id,
        row.n,
        item.project,
        item.instrument,
        item.vintage,
        item.count,
        item.account,
        item.production.start_utc,
        item.production.end_utc,
        item.expires_utc,
        item.transferable_until_utc,
        item.device,
        item.registry,
        item.serial,
    )


def batch_row(*values: Any) -> IssuedBatch:
    """The batch that has these plain values."""
    batch_id, n, project, instrument, vintage, count, account, start, end, *limits, device, registry, serial = values
    expires, transferable_until = limits
    return IssuedBatch(
        n,
        Batch(
            batch_id=batch_id,
            project=project,
            instrument=instrument,
            vintage=vintage,
            count=count,
            account=account,
            production=Period(start, end),
            expires_utc=expires,
            transferable_until_utc=transferable_until,
            device=device,
            registry=registry,
            serial=serial,
        ),
    )
