"""Exact numbers: one Decimal context, and explicit roundings.

The caller's Decimal context is never used. Arithmetic has a precision of 100 digits and traps `Inexact`, so that a
result that would lose a digit raises an error.
"""

import decimal
from collections.abc import Sequence
from contextlib import AbstractContextManager
from decimal import Decimal
from fractions import Fraction
from types import TracebackType
from typing import Final

from attrs import field, frozen

from carbon_ledger.choices import Direction
from carbon_ledger.errors import InexactNumberError, QuantityError
from carbon_ledger.printing import one_of, quote
from carbon_ledger.records import Record

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

DIRECTIONS: Final[tuple[Direction, ...]] = ("floor", "ceiling", "truncate", "half-up", "half-even")

MAX_DIGITS: Final = 60
_FAR: Final = 1_000  # the most digits before or after the point of a Decimal that can be rounded
_MOST_BITS: Final = 333  # the bits of a number of 100 digits


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
    """The context manager of `arithmetic`. A class, since a generator takes twice the time in quantifications."""

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
                "a result of this calculation is not exact in 100 digits: pass a rounding (places and direction)"
            ) from None
        if isinstance(error, decimal.DecimalException):
            raise QuantityError(f"the result of a calculation is not a number ({type(error).__name__})") from None


def checked_decimal(value: object, name: str) -> Decimal:
    """Return a number argument as a Decimal after checking it.

    Args:
        value: An int, a finite Decimal, or the number as plain text. Floats and booleans are refused.
        name: The name of the argument, for the message.

    Returns:
        The same number, exactly.

    Raises:
        InexactNumberError: *value* is a float, or has more than 60 digits.
        QuantityError: *value* is not a finite number.

    Example:
        >>> checked_decimal("0.384", "value")
        Decimal('0.384')
    """
    if isinstance(value, bool):
        raise QuantityError(f"{name}: {quote(value)} is a boolean; expected a number")
    if isinstance(value, float):
        raise InexactNumberError(
            f"{name}: {quote(value)} is a float, which cannot represent most decimals exactly; "
            f'expected a string such as "{quote(value)}", an int or a Decimal'
        )
    if isinstance(value, int | Decimal):
        number = Decimal(value)
    elif isinstance(value, str):
        number = _parse(value, name)
    else:
        raise QuantityError(f"{name}: {quote(value)} is a {type(value).__name__}; expected a number")
    if not number.is_finite():
        raise QuantityError(f"{name}: {quote(value)} is not a finite number")
    if len(number.as_tuple().digits) > MAX_DIGITS or abs(number.adjusted()) > MAX_DIGITS:
        raise InexactNumberError(
            f"{name}: {number!s:.80} has more than {MAX_DIGITS} digits; expected at most {MAX_DIGITS}"
        )
    return number


def checked_share(value: object, name: str) -> Decimal:
    """A share as an exact number in plain notation, written as a number or as a percentage.

    Args:
        value: Text such as ``"0.1"`` or ``"10%"``, an int or a Decimal.
        name: The name of the argument, for the message.

    Raises:
        InexactNumberError: *value* is a float.
        QuantityError: *value* is not a finite number.

    Example:
        >>> checked_share("2.5 %", "levy share")
        Decimal('0.025')
    """
    places, number = 0, value
    if isinstance(value, str) and value.endswith("%"):
        number, places = value.removesuffix("%").removesuffix(" "), -2
    with arithmetic():
        return plain(checked_decimal(number, name).scaleb(places))


def _parse(text: str, name: str) -> Decimal:
    plain = text.removeprefix("-")
    whole, dot, places = plain.partition(".")
    if not (plain.isascii() and whole.isdigit() and (places.isdigit() if dot else True)):
        raise QuantityError(
            f'{name}: {quote(text)} is not a plain decimal number; expected e.g. "0.384" (digits, one point, no commas)'
        )
    return Decimal(text)


def text_of(number: Decimal) -> str:
    """Write a Decimal in the plain notation of entries.

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


def decimal_text(number: Fraction) -> str | None:
    """Write a fraction as a decimal number in plain notation; None if it is not one.

    Example:
        >>> decimal_text(Fraction(-5, 8)), decimal_text(Fraction(1, 3))
        ('-0.625', None)
    """
    rest, places = number.denominator, 0
    for prime in (2, 5):
        count = 0
        while rest % prime == 0:
            rest, count = rest // prime, count + 1
        places = max(places, count)
    if rest != 1:
        return None
    digits = str(abs(number.numerator) * 10**places // number.denominator).rjust(places + 1, "0")
    whole, part = (digits[:-places], digits[-places:].rstrip("0")) if places else (digits, "")
    return f"{'-' if number < 0 else ''}{whole}{'.' if part else ''}{part}"


def plain(number: Decimal) -> Decimal:
    """Remove trailing zeros and the exponent of a number, so that equal amounts look equal.

    Raises:
        QuantityError: *number* is not finite.

    Example:
        >>> plain(Decimal("26880.000")), plain(Decimal("0E-9"))
        (Decimal('26880'), Decimal('0'))
    """
    return Decimal(text_of(number))


@frozen(repr=False)
class Rounding(Record):
    """An explicit rounding: the number of decimal places, and the direction.

    Args:
        direction: ``floor``, ``ceiling``, ``truncate`` (toward zero), ``half-up`` or ``half-even``.
        places: Decimal places of the result, 0 to 40.

    Raises:
        QuantityError: *direction* is not one of the five, or *places* is not an int from 0 to 40.

    Example:
        >>> Rounding("floor", places=3).apply(Decimal("277.7777"))
        Decimal('277.777')
    """

    _is_line = True

    direction: Direction
    places: int = field(kw_only=True)

    def __attrs_post_init__(self) -> None:
        """Check the fields."""
        if not isinstance(self.direction, str) or self.direction not in DIRECTIONS:
            raise QuantityError(
                f"rounding direction {quote(self.direction)}: expected {one_of(self.direction, DIRECTIONS)}"
            )
        if type(self.places) is not int or not 0 <= self.places <= 40:
            raise QuantityError(f"rounding places {quote(self.places)}: expected a whole number from 0 to 40")

    def apply(self, number: Decimal | Fraction | int) -> Decimal:
        """Round *number* once, from its exact value.

        Raises:
            InexactNumberError: *number* is a float, or the result has more than 100 digits.
            QuantityError: *number* is not a finite Decimal, a Fraction or an int.
        """
        if isinstance(number, float):
            raise InexactNumberError(f"{quote(number)} is a float; expected a Decimal, a Fraction or an int")
        if not isinstance(number, Decimal | Fraction | int):
            raise QuantityError(f"{quote(number)} is not a number; expected a Decimal, a Fraction or an int")
        if isinstance(number, Decimal) and not number.is_finite():
            raise QuantityError(f"{number} is not a finite number")
        if (
            isinstance(number, Decimal)
            and max(number.adjusted(), len(number.as_tuple().digits) - number.adjusted()) > _FAR
        ):
            raise InexactNumberError(
                f"a number with more than {_FAR} digits before or after the point cannot be rounded"
            )
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
    """Return the greatest whole number that is not above *number*, a finite Decimal.

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
    """Divide a whole number in proportion to integer weights, so that the parts sum to it.

    Each part is the floor of its share. The remaining units go one by one to the parts with the largest remainders, and
    on a tie to the earlier part.

    Args:
        total: The number to divide; may be negative. [any integer unit]
        weights: One positive integer for each part.

    Returns:
        The parts, in the order of the weights.

    Raises:
        QuantityError: *weights* is empty, or a weight is below 1.

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
