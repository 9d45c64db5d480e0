"""Serials whose range stands in two columns of an export: put together as the registry's grammar writes them."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from carbon_ledger.errors import SerialError
from carbon_ledger.printing import quote
from carbon_ledger.registries.builtin import parse_serial
from carbon_ledger.registries.grammar import RegistrySerial, SerialGrammar, SerialReading
from carbon_ledger.registries.templates import MAX_NUMBER_DIGITS, MAX_TEXT, RANGE, SerialForm, SerialPart

_DIGITS: Final = re.compile(r"[0-9]{1,15}")
_LAST_NUMBER: Final = re.compile(r"[0-9]+$")


def serial_of_range(series: str, first: str, last: str, grammars: tuple[SerialGrammar, ...]) -> RegistrySerial:
    """The serial of a series and its first and last number.

    Args:
        series: The text of the serial before its range.
        first: The first number, as digits.
        last: The last number, included, as digits.
        grammars: The grammars of which exactly one has to fit.

    Raises:
        SerialError: A number is not digits, no grammar has a form that ends with a range, or none or several of them
            fit.

    Example:
        >>> from carbon_ledger.registries.builtin import GRAMMARS
        >>> str(serial_of_range("CDC_7_1_1_321_14_CO_1_1", "1526", "4486", (GRAMMARS["cercarbono"],)))
        'CDC_7_1_1_321_14_CO_1_1 1526 to 4486'
    """
    for number in (first, last):
        if not _DIGITS.fullmatch(number):
            raise SerialError(
                f"range {quote(first, 40)} to {quote(last, 40)}: expected 1 to {MAX_NUMBER_DIGITS} digits"
            )
    return _one_serial(list(_written(series, first, last, grammars)), f"{series} {first} {last}", grammars)


def serial_of_units(first: str, last: str, grammars: tuple[SerialGrammar, ...]) -> RegistrySerial:
    """The serial of a range whose first and last unit are each written as a whole.

    Args:
        first: The serial of the first unit, which ends with its number.
        last: The serial of the last unit.
        grammars: The grammars of which exactly one has to fit.

    Raises:
        SerialError: The two texts do not differ in their number alone, or no grammar or several of them fit.

    Example:
        >>> from carbon_ledger.registries.builtin import GRAMMARS
        >>> found = serial_of_units("RW-5-14-2-2-0-70", "RW-5-16-2-2-0-70", (GRAMMARS["cdm"],))
        >>> found.count
        3
    """
    texts = [f"{first} - {last}"]
    numbers = [_LAST_NUMBER.search(text) if len(text) <= MAX_TEXT else None for text in (first, last)]
    if numbers[0] and numbers[1] and first[: numbers[0].start()] == last[: numbers[1].start()]:
        series = first[: numbers[0].start()]
        for grammar in grammars:
            for form in grammar.forms:
                ending = _ending(form)
                if ending is not None and series.endswith(ending[0]):
                    texts.append(f"{series}{numbers[0][0]}{ending[1]}{numbers[1][0]}")
    return _one_serial(texts, texts[0], grammars)


def _one_serial(texts: list[str], given: str, grammars: tuple[SerialGrammar, ...]) -> RegistrySerial:
    """The serial in the first of several texts that a grammar reads; exactly one grammar has to read one of them."""
    fitting = {grammar.id: (grammar, text) for grammar in grammars for text in texts[::-1] if _reads(grammar, text)}
    if len(fitting) == 1:
        ((grammar, text),) = fitting.values()
        return grammar.parse(text)
    if fitting:
        raise SerialError(
            f"serial {quote(given, 210)}: more than one grammar fits: {', '.join(fitting)}; pass registry="
        )
    if not texts:
        ids = ", ".join(grammar.id for grammar in grammars)
        raise SerialError(
            f"serial {quote(given, 210)}: no form of {ids} ends with a range, so a range in columns "
            "cannot be read; pass the column of the whole serial"
        )
    return parse_serial(texts[0], registry=grammars)


def _reads(grammar: SerialGrammar, text: str) -> bool:
    return isinstance(grammar.read(text), SerialReading)


def _written(series: str, first: str, last: str, grammars: Iterable[SerialGrammar]) -> Iterator[str]:
    """The text of a series and its numbers, in the notation of each form that ends with a range."""
    for grammar in grammars:
        for form in grammar.forms:
            if (ending := _ending(form)) is not None:
                yield f"{series}{ending[0]}{first}{ending[1]}{last}"


def _ending(form: SerialForm) -> tuple[str, str] | None:
    """What stands before the first and before the last number of a form that ends with its range, or None."""
    pieces = form.pieces
    names = [piece.name if isinstance(piece, SerialPart) else "" for piece in pieces]
    if names[-1] != RANGE[1] or names[-3:-2] != [RANGE[0]]:
        return None
    before, between = pieces[-4] if len(pieces) > 3 else "", pieces[-2]
    return (before if isinstance(before, str) else ""), str(between)
