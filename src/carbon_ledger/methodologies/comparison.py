"""How two quantifications differ, line by line: what an audit says of a document that does not recompute."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from carbon_ledger.printing import quote

Record = Mapping[str, Any]

_REST: Final = ("project", "period", "unit", "methodology", "factor", "waivers", "steps", "splits", "amounts")
_WORDS: Final = "name"  # of a line: all else of a line is a figure, or says which rule gave it
_FIELDS: Final = ("formula", "inputs", "source", "confidence")


def differences(
    one: Record, other: Record, *, here: str = "here", there: str = "in the other", words: bool = True
) -> tuple[str, ...]:
    """Say what one quantification's record has and another's has not, and the other way round.

    Args:
        one: The record of a quantification.
        other: Another.
        here: What the first is called in the sentences.
        there: What the other is called.
        words: Whether the names of lines count.

    Returns:
        A sentence for each field of a line that differs, each line that only one of them has or that one has more
        often, and each other part that differs; none where both are the same.

    Example:
        >>> differences({"lines": [], "unit": "MWh"}, {"lines": [], "unit": "Wh"})
        ("unit: 'MWh' here, 'Wh' in the other",)
    """
    if one == other:
        return ()
    found = [*_line_differences(one["lines"], other["lines"], here, there, words)]
    for part in _REST:
        if one.get(part) != other.get(part):
            found.append(f"{part}: {quote(one.get(part), 200)} {here}, {quote(other.get(part), 200)} {there}")
    if not found and [line["symbol"] for line in one["lines"]] != [line["symbol"] for line in other["lines"]]:
        found = ["lines: the same ones, in another order"]
    return tuple(found)


def _line_differences(
    ours: Sequence[Record], theirs: Sequence[Record], here: str, there: str, words: bool
) -> Iterator[str]:
    one, other = ({line["symbol"]: line for line in lines} for lines in (ours, theirs))
    often, often_there = (Counter(line["symbol"] for line in lines) for lines in (ours, theirs))
    for symbol, line in one.items():
        if symbol not in other:
            yield f"line {symbol}: {_amount(line)} {here}, no such line {there}"
        elif often[symbol] != often_there[symbol]:
            yield f"line {symbol}: {often[symbol]} times {here}, {often_there[symbol]} {there}"
        else:
            for field, mine, its in _field_differences(line, other[symbol], words):
                yield f"line {symbol}: {field}{mine} {here}, {its} {there}"
    for symbol, line in other.items():
        if symbol not in one:
            yield f"line {symbol}: no such line {here}, {_amount(line)} {there}"


def _field_differences(one: Record, other: Record, words: bool) -> Iterator[tuple[str, str, str]]:
    if _amount(one) != _amount(other):
        yield "", _amount(one), _amount(other)
    for key in (_WORDS, *_FIELDS) if words else _FIELDS:
        if one.get(key) != other.get(key):
            yield f"{key} ", quote(one.get(key), 200), quote(other.get(key), 200)


def _amount(line: Record) -> str:
    return f"{line['value']} {line['unit']}"
