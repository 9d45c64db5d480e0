"""Methodologies of a caller's own: which keys they have, and what their functions must return.

A methodology of this library is tested with the library. One of a caller's own is checked each time that it is applied:
its lines carry sources, its numbers are exact, and nothing that the project declares is left out.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final, TypeVar

from carbon_ledger.errors import CarbonLedgerError, MethodologyError
from carbon_ledger.exact import arithmetic, text_of
from carbon_ledger.factors.record import CONFIDENCES
from carbon_ledger.methodologies.activity import Activity
from carbon_ledger.methodologies.expected import is_comparison
from carbon_ledger.methodologies.lines import Line
from carbon_ledger.printing import one_of, quote

Made = TypeVar("Made")

OWN: Final = "OWN-"  # no methodology of this library has a name that begins so, now or later

_SYMBOL: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}(\[[0-9]{4}(,[A-Za-z0-9][A-Za-z0-9._-]{0,63})?\])?")
_UNIT: Final = re.compile("[A-Za-z0-9]{1,16}(/[A-Za-z0-9]{1,16})?")
# Lines that the library adds besides the comparison with an estimate: the attested text, and the flags of the factor.
_ADDED: Final = re.compile("Text|EF_flag_.*")
_MOST_DIGITS: Final = 100
_DECLARED: Final = re.compile(r"(FC|EC|LE)\[[0-9]{4},[1-9][0-9]*\]")


def is_own(key: str) -> bool:
    """Whether a methodology's key is that of a caller's own methodology.

    Example:
        >>> is_own("OWN-COOK@1.0"), is_own("ACM0002@22.0")
        (True, False)
    """
    return key.startswith(OWN)


def is_added(line: Line) -> bool:
    """Whether the library adds a line of this symbol to those of a methodology.

    Example:
        >>> is_added(Line(symbol="Text", name="a text", value=Decimal(4), unit="entry"))
        True
    """
    return _ADDED.fullmatch(line.symbol) is not None or is_comparison(line)


def guarded(key: str, what: str, run: Callable[[], Made]) -> Made:
    """The result of a function of a caller's own methodology; its exceptions become errors of this library.

    Args:
        key: Name and version of the methodology.
        what: Which function it is, for the message.
        run: Calls the function. Decimals are computed exactly.

    Raises:
        MethodologyError: The function raised an exception.
        CarbonLedgerError: The function refused the activity, or a result would have been rounded.
    """
    try:
        with arithmetic():
            return run()
    except CarbonLedgerError:
        raise
    except Exception as error:
        reason = error.args[0] if len(error.args) == 1 else error.args
        raise MethodologyError(
            f"{key}: {what} raised {type(error).__name__} ({quote(reason)}); correct the methodology's code, and adopt "
            "it under a new version"
        ) from error


def require_outcome(key: str, activity: Activity, outcome: Any) -> None:
    """Refuse what the calculation of a caller's own methodology returned, unless it can be pinned and explained.

    Args:
        key: Name and version of the methodology.
        activity: The activity that was calculated.
        outcome: What the calculation returned.

    Raises:
        MethodologyError: The outcome is not a pair of lines and amounts; a line has no source, no exact value, an
            invalid symbol or unit, the symbol of another line, or an input that is not the symbol of an earlier line;
            a declared emission has no line; or an amount is not the value of a line ``ER`` of its vintage.
    """
    if type(outcome) is not tuple or len(outcome) != 2 or not all(type(part) is tuple for part in outcome):
        raise _not(key, f"returned {quote(outcome)}", "a tuple of lines, and a tuple of (vintage, amount)")
    lines, amounts = outcome
    seen: dict[str, Line] = {}
    for line in lines:
        _require_line(key, line, seen)
        seen[line.symbol] = line
    declared, stated = _declared(activity), {symbol for symbol in seen if _DECLARED.fullmatch(symbol)}
    if stated != declared:
        raise _not(
            key,
            f"has the lines of declared emissions {quote(sorted(stated))}",
            f"{quote(sorted(declared))}, one of each fuel, import and leakage; use project_lines, leakage_lines",
        )
    _require_amounts(key, activity, amounts, seen)


def _declared(activity: Activity) -> set[str]:
    """The symbols of the lines of what is declared, as `project_lines` and `leakage_lines` number them."""
    found: set[str] = set()
    for symbol, items in (("FC", activity.fuel_uses), ("EC", activity.imports), ("LE", activity.leakages)):
        counts = Counter(item.vintage for item in items)
        found |= {f"{symbol}[{year},{k}]" for year, count in counts.items() for k in range(1, count + 1)}
    return found


def _require_line(key: str, line: Any, seen: dict[str, Line]) -> None:
    if type(line) is not Line:
        raise _not(key, f"returned {quote(line)} among its lines", "a Line")
    texts = (line.symbol, line.name, line.unit, line.formula, line.source, line.confidence)
    if not all(type(text) is str for text in texts) or not _SYMBOL.fullmatch(line.symbol) or is_added(line):
        raise _not(key, f"has a line with the symbol {quote(line.symbol)}", "text such as 'ER[2024]' that is its own")
    where = f"line {line.symbol}"
    if line.symbol in seen:
        raise _not(key, f"has the {where} twice", "a symbol of its own for each line")
    if not _is_exact(line.value):
        raise _not(key, f"has the value {quote(line.value)} in {where}", "a finite Decimal of at most 100 digits")
    if not _UNIT.fullmatch(line.unit):
        raise _not(key, f"has the unit {quote(line.unit)} in {where}", "a unit such as 'MWh' or 'tCO2e/MWh'")
    if not line.name.strip() or not line.source.strip():
        raise _not(key, f"has no name or no source in {where}", "both: what the number is, and which passage says so")
    if line.confidence not in ("", *CONFIDENCES):
        raise _not(
            key, f"has the confidence {quote(line.confidence)} in {where}", f"{one_of(line.confidence, CONFIDENCES)}"
        )
    if type(line.inputs) is not tuple or not all(type(symbol) is str for symbol in line.inputs):
        raise _not(key, f"has the inputs {quote(line.inputs)} in {where}", "a tuple of the symbols of earlier lines")
    if unknown := [symbol for symbol in line.inputs if symbol not in seen]:
        raise _not(key, f"has the input {quote(unknown[0])} in {where}", "the symbol of an earlier line")


def _is_exact(value: Any) -> bool:
    """Whether a value is a Decimal that was not rounded, and whose plain notation is short."""
    if type(value) is not Decimal or not value.is_finite():
        return False
    return len(value.as_tuple().digits) <= _MOST_DIGITS and abs(value.adjusted()) <= _MOST_DIGITS


def _require_amounts(key: str, activity: Activity, amounts: Sequence[Any], lines: dict[str, Line]) -> None:
    for item in amounts:
        if type(item) is not tuple or len(item) != 2 or type(item[0]) is not int or not _is_exact(item[1]):
            raise _not(key, f"has the amount {quote(item)}", "a vintage, an int, and a Decimal of at most 100 digits")
    if (vintages := tuple(year for year, _ in amounts)) != activity.vintages:
        raise _not(key, f"has amounts of {quote(vintages)}", f"one of each vintage, {quote(activity.vintages)}")
    for year, amount in amounts:
        line = lines.get(f"ER[{year}]")
        if line is None or (line.value, line.unit) != (amount, "tCO2e"):
            raise _not(key, f"has the amount {text_of(amount)} of {year}", f"the value of a line ER[{year}] in tCO2e")


def _not(key: str, given: str, expected: str) -> MethodologyError:
    return MethodologyError(f"{key}: its calculation {given}, expected {expected}")
