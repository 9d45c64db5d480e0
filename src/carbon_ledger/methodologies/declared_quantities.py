"""Quantities that a project declares as text with a unit, and the checks that all declared emissions share."""

import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Final

from carbon_ledger.errors import QuantityError, UnitMismatchError, UnknownUnitError
from carbon_ledger.exact import arithmetic, checked_decimal, plain
from carbon_ledger.printing import one_of, quote
from carbon_ledger.texts import WORDS, is_text

# For each spelling of a unit: the base unit, and the size of the unit in base units.
Sizes = Mapping[str, tuple[str, Fraction]]

_EVIDENCE: Final = re.compile(r"sha256:[0-9a-f]{64}")


def read_quantity(text: object, name: str, sizes: Sizes) -> tuple[Decimal, str]:
    """The quantity that a text states, in base units, and its base unit.

    Args:
        text: Number and unit, with a space between them.
        name: What the quantity is, for messages.
        sizes: The units that are accepted.

    Raises:
        QuantityError: *text* is not text, or the number is not plain decimal text or is negative.
        UnitMismatchError: *text* has no unit.
        UnknownUnitError: The unit is not one of *sizes*.
        InexactNumberError: The number has more than 60 digits.
    """
    example = f'e.g. "12.5 {next(iter(sizes))}"'
    if not isinstance(text, str):
        raise QuantityError(
            f"{name} {quote(text)} is of type {type(text).__name__}; write it as text with its unit, {example}"
        )
    digits, _, spelling = text.partition(" ")
    if not spelling:
        raise UnitMismatchError(f"{name} {quote(text)} has no unit; write it with one, {example}")
    if spelling not in sizes:
        raise UnknownUnitError(
            f"{name} {quote(text)}: unit {quote(spelling)}, expected {one_of(text, sizes)} (case matters)"
        )
    number = checked_decimal(digits, name)
    if number < 0:
        raise QuantityError(f"{name} {quote(text)}: expected 0 or more")
    base, size = sizes[spelling]
    with arithmetic():
        return plain(number * size.numerator / size.denominator), base


def require_described(vintage: object, texts: Mapping[str, object], evidence: object, what: str) -> None:
    """Refuse a declared emission without a calendar year or its texts, or whose evidence is not a digest.

    Raises:
        QuantityError: One of these is not what is expected.
    """
    if type(vintage) is not int or not 1970 <= vintage <= 9998:
        raise QuantityError(f"{what}: vintage {quote(vintage)}, expected a calendar year such as 2024")
    for name, text in texts.items():
        if not is_text(text):
            raise QuantityError(f"{what}: {name} {quote(text)}, expected {WORDS}; an auditor will read it")
    if evidence is not None and not (isinstance(evidence, str) and _EVIDENCE.fullmatch(evidence)):
        raise QuantityError(f"{what}: evidence {quote(evidence)}, expected sha256: and 64 hexadecimal digits")
