"""How the numbers of a file are written: the decimal mark, what separates thousands, and what stands for no value."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from carbon_ledger.metering.guess.questions import Inquiry
from carbon_ledger.printing import quote

_NUMBER: Final = re.compile(r"-?\d+(?:[.,'\u00a0\u202f ]\d+)*(?:[eE][+-]?\d{1,2})?", re.ASCII)
_EXCEL_TEXT: Final = re.compile(r'="([^"]*)"')
_SPACES: Final = {
    " ": "a space",
    "'": "an apostrophe",
    "\u00a0": "a no-break space",
    "\u202f": "a narrow no-break space",
}
_OTHER: Final = {".": ",", ",": "."}
_MARKERS: Final = frozenset(
    ("-", "--", "---", "n/a", "na", "nan", "null", "none", "n/e", "#n/a", "n.v.", "k.a.", "missing", "*", "?", "x")
)


def is_number(cell: str) -> bool:
    """Whether a cell is a number, in one of the ways in which numbers are written.

    Example:
        >>> is_number("1.234,5"), is_number('="12"'), is_number("2024-05-01")
        (True, True, False)
    """
    text = cell.strip()
    match = _EXCEL_TEXT.fullmatch(text)
    return len(text) <= 60 and bool(_NUMBER.fullmatch(match[1].strip() if match else text))


def is_marker(cell: str) -> bool:
    """Whether a cell is a text that stands for no value."""
    return cell.strip().lower() in _MARKERS


def numbers_of(cells: Sequence[str], inquiry: Inquiry, unit: str, *, is_part: bool = False) -> dict[str, Any] | None:
    """The fields of the `NumberLayout` of a file; None as long as it cannot be known.

    Args:
        cells: The cells of all columns of values.
        inquiry: Takes reasons, doubts and questions.
        unit: The unit of the values, for the question; may be empty.
        is_part: Whether the file has values that are not among the cells.
    """
    record: dict[str, Any] = {}
    texts = [cell.strip() for cell in cells if cell.strip()]
    if any(_EXCEL_TEXT.fullmatch(text) for text in texts):
        record["excel_text"] = True
        inquiry.because('numbers are written as ="...", which keeps a spreadsheet from changing them')
        texts = [match[1].strip() if (match := _EXCEL_TEXT.fullmatch(text)) else text for text in texts]
    numbers = [text for text in texts if _NUMBER.fullmatch(text)]
    if any("e" in text.lower() for text in numbers):
        record["exponent"] = True
        inquiry.because("numbers have exponents")
        numbers = [re.split("[eE]", text)[0] for text in numbers]
    _missing(cells, texts, record, inquiry)
    for mark, name in _SPACES.items():
        if any(mark in text for text in numbers):
            record["thousands"] = mark
            inquiry.because(
                f"{name} separates thousands, e.g. in {quote(next(text for text in numbers if mark in text))}"
            )
            numbers = [text.replace(mark, "") for text in numbers]
            break
    decimal = _decimal(numbers, record, inquiry, unit, is_part=is_part)
    if decimal is None:
        return None
    if decimal != ".":
        record["decimal"] = decimal
    return record


def _missing(cells: Sequence[str], texts: Sequence[str], record: dict[str, Any], inquiry: Inquiry) -> None:
    others = Counter(text for text in texts if not _NUMBER.fullmatch(text))
    markers = sorted(text for text in others if is_marker(text))
    if markers:
        record["missing"] = markers
        inquiry.because(f"{quote(markers)} stand where a value is missing")
    strange = sorted(text for text in others if not is_marker(text))
    if strange:
        inquiry.doubt(f"cells of values that are not numbers: {quote(strange[:5], 120)}")
    blank = len(cells) - len(texts)
    if markers or blank:
        count = blank + sum(others[text] for text in markers)
        choices = {
            "gap": "the step has no reading: it is a gap, and nothing is counted for it",
            "refuse": "the file is refused until each step has a value",
        }
        empty = "1 cell of values is empty" if count == 1 else f"{count} cells of values are empty"
        answer = inquiry.ask("missing", f"{empty}: what does a missing value mean?", choices, "gap")
        if answer == "gap":
            record["missing_is"] = "gap"


def _decimal(
    numbers: Sequence[str], record: dict[str, Any], inquiry: Inquiry, unit: str, *, is_part: bool
) -> str | None:
    """The decimal mark; sets the thousands mark of *record* where the file has one."""
    points = [text for text in numbers if "." in text or "," in text]
    if not points:
        if is_part:
            inquiry.doubt("no value that was looked at has a decimal mark: a point is taken for one if it occurs")
        return "."
    both = [text for text in points if "." in text and "," in text]
    if both:
        last = both[0][max(both[0].rfind("."), both[0].rfind(","))]
        record["thousands"] = _OTHER[last]
        inquiry.because(f"in {quote(both[0])} the last mark, {quote(last)}, is the decimal mark")
        return last
    for mark in (",", "."):
        some = [text for text in points if mark in text]
        if not some:
            continue
        grouped = [text for text in some if text.count(mark) > 1]
        if grouped:
            record["thousands"] = mark
            inquiry.because(f"{quote(mark)} separates thousands: {quote(grouped[0])} has it more than once")
            return _OTHER[mark]
        sure = [text for text in some if not _is_grouped(text, mark)]
        if sure:
            inquiry.because(f"{quote(mark)} is the decimal mark: {quote(sure[0])} cannot be a group of thousands")
            return mark
    return _asked(points, record, inquiry, unit)


def _is_grouped(text: str, mark: str) -> bool:
    """Whether a mark of a number may separate a group of three digits."""
    whole, _, rest = text.lstrip("-").partition(mark)
    return len(rest) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0")


def _asked(points: Sequence[str], record: dict[str, Any], inquiry: Inquiry, unit: str) -> str | None:
    shown = points[0]
    mark = "," if "," in shown else "."
    choices = {
        mark: f"{quote(shown)} is {shown.replace(mark, '.')} {unit}".rstrip(),
        _OTHER[
            mark
        ]: f"{quote(shown)} is {shown.replace(mark, '')} {unit}, as {quote(mark)} separates thousands".rstrip(),
    }
    inquiry.doubt(f"{quote(shown)} can be read in two ways: " + ", or ".join(choices.values()))
    answer = inquiry.ask("decimal", f"which is the decimal mark? all values look like {quote(shown)}", choices, mark)
    if answer is not None and answer != mark:
        record["thousands"] = mark
    return answer
