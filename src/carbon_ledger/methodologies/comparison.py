"""How two quantifications differ, line by line: what an audit says of an issuance that does not recompute."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from carbon_ledger.printing import quote

if TYPE_CHECKING:
    from carbon_ledger.methodologies.quantification import Quantification

_REST: Final = ("project", "period", "unit", "methodology", "factor", "waivers", "steps", "splits", "amounts")


def differences(one: "Quantification", other: "Quantification") -> tuple[str, ...]:
    """Say what *one* has and *other* has not, and the other way round.

    Returns:
        A sentence for each field of a line that differs, each line that only one of them has, and each other
        part that differs; none where both have the same canonical record, and only there.
    """
    ours, theirs = one.to_record(), other.to_record()
    if ours == theirs:
        return ()
    found = [*_line_differences(ours["lines"], theirs["lines"])]
    for part in _REST:
        if ours.get(part) != theirs.get(part):
            found.append(f"{part}: {ours.get(part)} here, {theirs.get(part)} in the other")
    return tuple(found or ["lines: the same ones, in another order"])


def _line_differences(ours: Sequence[Mapping[str, Any]], theirs: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    here, there = ({line["symbol"]: line for line in lines} for lines in (ours, theirs))
    for symbol, line in here.items():
        if symbol not in there:
            yield f"line {symbol}: {line['value']} {line['unit']} here, no such line in the other"
        else:
            yield from _field_differences(symbol, line, there[symbol])
    for symbol, line in there.items():
        if symbol not in here:
            yield f"line {symbol}: no such line here, {line['value']} {line['unit']} in the other"


def _field_differences(symbol: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    if (one["value"], one["unit"]) != (other["value"], other["unit"]):
        yield f"line {symbol}: {one['value']} {one['unit']} here, {other['value']} {other['unit']} in the other"
    for key in ("name", "formula", "inputs", "source", "confidence"):
        if one.get(key) != other.get(key):
            yield f"line {symbol}: {key} {quote(one.get(key))} here, {quote(other.get(key))} in the other"
