"""The numbers of a column, exact: whole numbers over one power of ten. Plain columns are read as a whole."""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from operator import itemgetter
from typing import Final, cast

from attrs import field, frozen

from carbon_ledger.errors import CarbonLedgerError, MissingDataError, QuantityError
from carbon_ledger.exact import CONTEXT, MAX_DIGITS, checked_decimal
from carbon_ledger.metering.layouts import NumberLayout
from carbon_ledger.printing import quote

Refuse = Callable[[int, CarbonLedgerError], None]

_PLAIN: Final = b"0123456789.-\n"
_EXPONENT: Final = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)[eE]([+-]?[0-9]{1,2})", re.ASCII)
_EXCEL_TEXT: Final = re.compile(r'="([^"]*)"')


@frozen
class Numbers:
    """Numbers of one column.

    Args:
        values: Each number times ten to the power of *places*; None where a cell has no number.
        places: The decimal places of the numbers.
    """

    values: list[int | None] | list[int]
    places: int


@frozen
class NumberReader:
    """Reads numbers as a layout says that they are written.

    Args:
        layout: How numbers are written.
    """

    layout: NumberLayout
    _missing: frozenset[str] = field(init=False)
    _grouped: "re.Pattern[str] | None" = field(init=False)

    @_missing.default
    def _markers(self) -> frozenset[str]:
        return frozenset(("", *(marker.strip() for marker in self.layout.missing)))

    @_grouped.default
    def _pattern(self) -> "re.Pattern[str] | None":
        if not self.layout.thousands:
            return None
        mark, decimal = re.escape(self.layout.thousands), re.escape(self.layout.decimal)
        return re.compile(rf"-?[0-9]{{1,3}}(?:{mark}[0-9]{{3}})+(?:{decimal}[0-9]+)?", re.ASCII)

    def read(self, cells: Sequence[str], place: Callable[[int], str], refuse: Refuse) -> Numbers:
        """Read the cells of a column.

        Args:
            cells: The cells, as printed.
            place: Names the place of a cell by its position, for messages.
            refuse: Called with the position and the error of a cell that cannot be read, which then has no number.

        Returns:
            A number for each cell, or None where it has none.
        """
        quick = None if self._is_marked(cells) else plain_numbers(cells, self.layout.decimal)
        if quick is not None:
            return quick
        read: list[Decimal | None] = []
        for position, cell in enumerate(cells):
            try:
                read.append(self._number(cell.strip(), position, place))
            except CarbonLedgerError as error:
                refuse(position, error)
                read.append(None)
        return numbers_of(read)

    def _is_marked(self, cells: Sequence[str]) -> bool:
        """Whether a marker of no value, which may look like a number, is among the cells."""
        return len(self._missing) > 1 and not self._missing.isdisjoint(cells)

    def _number(self, text: str, position: int, place: Callable[[int], str]) -> Decimal | None:
        shown = text
        if self.layout.excel_text and (match := _EXCEL_TEXT.fullmatch(text)):
            text = match[1].strip()
        if text in self._missing:
            if self.layout.missing_is == "refuse":
                raise MissingDataError(
                    f"{place(position)}: {f'{quote(text)} is no value' if text else 'no value'}; if the step has no "
                    'reading, read it as a gap: missing="gap" of read_meter_csv, numbers.missing_is="gap" of a layout'
                )
            return None
        if self._grouped is not None and self._grouped.fullmatch(text):
            text = text.replace(self.layout.thousands, "")
        if self.layout.decimal != ".":
            if "." in text:
                raise QuantityError(
                    f"{place(position)}: {quote(shown)} has a point; the layout's decimal mark is a comma"
                )
            text = text.replace(self.layout.decimal, ".")
        if self.layout.exponent and (match := _EXPONENT.fullmatch(text)):
            number = checked_decimal(match[1], place(position)).scaleb(int(match[2]), CONTEXT)
            return checked_decimal(number, place(position))
        return checked_decimal(text, place(position))


def numbers_of(decimals: Sequence[Decimal | None]) -> Numbers:
    """The numbers of a column whose cells are read one by one; they are finite, and None is no number."""
    exponents = [cast("int", number.as_tuple().exponent) for number in decimals if number is not None]
    places = max(0, -min(exponents, default=0))
    return Numbers([None if number is None else int(number.scaleb(places, CONTEXT)) for number in decimals], places)


def plain_numbers(cells: Sequence[str], decimal: str = ".") -> Numbers | None:
    """The numbers of cells that are all plain decimal numbers; None if any of them is anything else.

    Args:
        cells: The cells, as printed.
        decimal: The decimal mark, a point or a comma.
    """
    cells_text = "\n".join(cells)
    if decimal != ".":
        if "." in cells_text:
            return None
        cells_text = cells_text.replace(decimal, ".")
    if not cells_text or not cells_text.isascii() or cells_text.encode().translate(None, _PLAIN):
        return None
    count = len(cells)
    if cells_text.count("\n") != count - 1:
        return None  # a cell is of several lines
    points = cells_text.count(".")
    if not points:
        return _whole(cells_text, 0)
    if (
        "\n." in cells_text
        or ".\n" in cells_text
        or "-." in cells_text
        or cells_text[0] == "."
        or cells_text[-1] == "."
    ):
        return None
    texts = cells if decimal == "." else cells_text.split("\n")
    places = len(texts[0]) - 1 - texts[0].find(".")
    if points == count and 0 < places < MAX_DIGITS // 2 and _all_have(texts, places):
        return _whole(cells_text.replace(".", ""), places)
    return _padded(texts)


def _all_have(texts: Sequence[str], places: int) -> bool:
    """Whether all numbers have their point before the last *places* digits."""
    try:
        return [*map(itemgetter(-1 - places), texts)].count(".") == len(texts)
    except IndexError:
        return False


def _whole(cells_text: str, places: int) -> Numbers | None:
    """Whole numbers, one a line."""
    texts = cells_text.split("\n")
    if max(map(len, texts)) > MAX_DIGITS // 2:
        return None
    try:
        return Numbers([*map(int, texts)], places)
    except ValueError:
        return None


def _padded(texts: Sequence[str]) -> Numbers | None:
    """Numbers of different decimal places."""
    parts = [text.partition(".") for text in texts]
    wholes = [part[0] for part in parts]
    if "" in wholes or "-" in wholes:
        return None  # no number, to which places must not be added
    places = max(len(part[2]) for part in parts)
    if places > MAX_DIGITS // 2 or max(map(len, texts)) > MAX_DIGITS // 2:
        return None
    try:
        return Numbers([int(whole + rest.ljust(places, "0")) for whole, _, rest in parts], places)
    except ValueError:
        return None
