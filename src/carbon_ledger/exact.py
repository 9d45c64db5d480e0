"""Exact numbers: one Decimal context, and rounding only where it has a name and a direction.

The caller's own Decimal context is never used: arithmetic here has a precision of 100 digits and
traps `Inexact`, so that a result that would lose a digit is an error and never a surprise.
"""

import decimal
from collections.abc import Sequence
from contextlib import AbstractContextManager
from decimal import Decimal
from fractions import Fraction
from types import TracebackType
from typing import Final

from attrs import field, frozen

from carbon_ledger.errors import InexactNumberError, QuantityError
from carbon_ledger.printing import quote

CONTEXT: Final = decimal.Context(
    prec=100,
    rounding=decimal.ROUND_HALF_EVEN,
    Emin=-999_999,
    Emax=999_999,
    capitals=1,
    clamp=0,
    flags=[],
    traps=[
        decimal.Inexact,
        decimal.InvalidOperation,
        decimal.DivisionByZero,
        decimal.Overflow,
        decimal.FloatOperation,
    ],
)

DIRECTIONS: Final = ("floor", "ceiling", "truncate", "half-up", "half-even")

MAX_DIGITS: Final = 60
_FAR: Final = 1_000  # digits on either side of the point of a Decimal that is rounded
_MOST_BITS: Final = 333  # of a number of 100 digits


def arithmetic() -> AbstractContextManager[None]:
    """Compute with Decimals exactly, whatever context the caller has.

    Raises:
        InexactNumberError: A result inside the block would have been rounded.
        QuantityError: A result inside the block is not a number.

    Example:
        >>> from decimal import Decimal
        >>> with arithmetic():
        ...     Decimal("70000") * Decimal("0.384")
        Decimal('26880.000')
    """
    return _Arithmetic()


class _Arithmetic:
    """The block; many are entered for every quantification, and a generator would take twice the time."""

    __slots__ = ("_context",)

    def __init__(self) -> None:
        self._context = decimal.localcontext(CONTEXT)

    def __enter__(self) -> None:
        self._context.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._context.__exit__(kind, error, trace)
        if isinstance(error, decimal.Inexact):
            raise InexactNumberError(
                "a result of this calculation is not exact in 100 digits: name a rounding (places and direction)"
            ) from None
        if isinstance(error, decimal.DecimalException):
            raise QuantityError(f"a calculation has no number as its result ({type(error).__name__})") from None


def checked_decimal(value: object, name: str) -> Decimal:
    """Take a bare number at the door: an int, a finite Decimal, or its plain text.

    Args:
        value: The number. Floats and booleans are refused.
        name: What the number is, for the message.

    Returns:
        The same number, exactly.

    Raises:
        InexactNumberError: *value* is a float, or has more than 60 digits.
        QuantityError: *value* is no number.

    Example:
        >>> checked_decimal("0.384", "value")
        Decimal('0.384')
    """
    if isinstance(value, bool):
        raise QuantityError(f"{name}: {quote(value)} is a boolean, a number was expected")
    if isinstance(value, float):
        raise InexactNumberError(
            f"{name}: {quote(value)} is a float, which is not the number that was typed; "
            f'give a string such as "{quote(value)}", an int or a Decimal'
        )
    if isinstance(value, int | Decimal):
        number = Decimal(value)
    elif isinstance(value, str):
        number = _parse(value, name)
    else:
        raise QuantityError(f"{name}: {quote(value)} is a {type(value).__name__}, a number was expected")
    if not number.is_finite():
        raise QuantityError(f"{name}: {quote(value)} is not a finite number")
    if len(number.as_tuple().digits) > MAX_DIGITS or abs(number.adjusted()) > MAX_DIGITS:
        raise InexactNumberError(f"{name}: {number!s:.80} has more than {MAX_DIGITS} digits")
    return number


def _parse(text: str, name: str) -> Decimal:
    plain = text.removeprefix("-")
    whole, dot, places = plain.partition(".")
    if not (plain.isascii() and whole.isdigit() and (places.isdigit() if dot else True)):
        raise QuantityError(
            f'{name}: {quote(text)} is not a plain decimal number; write it like "0.384" (digits, one point, no commas)'
        )
    return Decimal(text)


def text_of(number: Decimal) -> str:
    """Write a Decimal in the one plain notation that entries use.

    Args:
        number: A finite Decimal.

    Returns:
        Digits and at most one point: no exponent, no trailing zeros after the point, no ``-0``.

    Raises:
        QuantityError: *number* is not finite.

    Example:
        >>> text_of(Decimal("26880.000")), text_of(Decimal("1E+3")), text_of(Decimal("-0.0"))
        ('26880', '1000', '0')
    """
    if not number.is_finite():
        raise QuantityError(f"{number} is not a finite number")
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def plain(number: Decimal) -> Decimal:
    """The same number without trailing zeros or an exponent, so that equal amounts look equal.

    Raises:
        QuantityError: *number* is not finite.

    Example:
        >>> plain(Decimal("26880.000")), plain(Decimal("0E-9"))
        (Decimal('26880'), Decimal('0'))
    """
    return Decimal(text_of(number))


@frozen
class Rounding:
    """A rounding that somebody chose: how many places, and in which direction.

    Args:
        direction: ``floor``, ``ceiling``, ``truncate`` (toward zero), ``half-up`` or ``half-even``.
        places: Decimal places kept, 0 or more.

    Raises:
        QuantityError: The direction is not one of the five, or *places* is not 0 to 40.

    Example:
        >>> Rounding("floor", places=3).apply(Decimal("277.7777"))
        Decimal('277.777')
    """

    direction: str
    places: int = field(kw_only=True)

    def __attrs_post_init__(self) -> None:
        """Refuse what is no rounding."""
        if not isinstance(self.direction, str) or self.direction not in DIRECTIONS:
            raise QuantityError(f"rounding direction {quote(self.direction)}: expected one of {', '.join(DIRECTIONS)}")
        if type(self.places) is not int or not 0 <= self.places <= 40:
            raise QuantityError(f"rounding places {quote(self.places)}: expected a whole number from 0 to 40")

    def apply(self, number: object) -> Decimal:
        """Round *number* once, from its exact value.

        Raises:
            InexactNumberError: *number* is a float, or the result has more than 100 digits.
            QuantityError: *number* is no finite Decimal, Fraction or int.
        """
        if isinstance(number, float):
            raise InexactNumberError(f"{quote(number)} is a float; round a Decimal or a Fraction")
        if not isinstance(number, Decimal | Fraction | int):
            raise QuantityError(f"{quote(number)} is no number; round a Decimal or a Fraction")
        if isinstance(number, Decimal) and not number.is_finite():
            raise QuantityError(f"{number} is not a finite number")
        if (
            isinstance(number, Decimal)
            and max(number.adjusted(), len(number.as_tuple().digits) - number.adjusted()) > _FAR
        ):
            raise InexactNumberError(f"a number of more than {_FAR} digits before or after the point is not rounded")
        exact = Fraction(number)
        if exact.numerator.bit_length() - exact.denominator.bit_length() > _MOST_BITS:
            raise InexactNumberError("the result of a rounding has more than 100 digits")
        whole = _round_fraction(exact * 10**self.places, self.direction)
        with arithmetic():
            return Decimal(whole).scaleb(-self.places)

    def __str__(self) -> str:
        return f"{self.direction} at {self.places} places"


def _round_fraction(number: Fraction, direction: str) -> int:
    floor, rest = divmod(number.numerator, number.denominator)
    if rest == 0:
        return floor
    if direction == "floor":
        return floor
    if direction == "ceiling":
        return floor + 1
    if direction == "truncate":
        return floor if number > 0 else floor + 1
    twice = 2 * rest - number.denominator
    if twice != 0:
        return floor + 1 if twice > 0 else floor
    if direction == "half-even":
        return floor + floor % 2
    return floor + 1 if number > 0 else floor


def whole_below(number: Decimal) -> int:
    """The greatest whole number that is not above *number*, a finite Decimal.

    Raises:
        QuantityError: *number* is not finite.

    Example:
        >>> whole_below(Decimal("-0.4")), whole_below(Decimal("13981.935484032"))
        (-1, 13981)
    """
    if not number.is_finite():
        raise QuantityError(f"{number} is not a finite number")
    return int(number.to_integral_value(decimal.ROUND_FLOOR, CONTEXT))


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """Divide a whole number by integer weights so that the parts sum to it (largest remainder).

    Each part is the floor of its share; what is left goes, one by one, to the largest remainders,
    and on a tie to the earlier position.

    Args:
        total: What is divided; may be negative. [any integer unit]
        weights: One positive integer a part.

    Returns:
        The parts, in the order of the weights.

    Raises:
        QuantityError: There is no weight, or one is below 1.

    Source:
        Hamilton's method of largest remainders; ledger-model section 2.

    Example:
        >>> apportion(10, [1, 1, 1])
        [4, 3, 3]
    """
    if not weights or min(weights) < 1:
        raise QuantityError(f"weights {quote(list(weights))}: expected one or more whole numbers of at least 1")
    whole = sum(weights)
    parts, remainders = [], []
    for position, weight in enumerate(weights):
        part, remainder = divmod(total * weight, whole)
        parts.append(part)
        remainders.append((-remainder, position))
    for _, position in sorted(remainders)[: total - sum(parts)]:
        parts[position] += 1
    return parts
