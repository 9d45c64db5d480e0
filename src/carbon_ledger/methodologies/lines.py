"""A line of a quantification: one named number with its formula and its source; and how lists of lines differ."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar, Final

from attrs import frozen

from carbon_ledger.errors import QuantityError
from carbon_ledger.exact import text_of
from carbon_ledger.printing import printable, quote
from carbon_ledger.records import Record, reads_record
from carbon_ledger.tables import DECIMAL, TEXT, Column, list_column

Fields = Mapping[str, Any]

_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_COMPARED: Final = ("formula", "inputs", "source", "confidence")  # in addition to value and unit: how a line came about


def pinned_number(text: object, name: str) -> Decimal:
    """The number that `text_of` wrote as *text*. A product may have more digits than a number that a caller gives.

    Args:
        text: Plain decimal text.
        name: What the number is, for the message.

    Raises:
        QuantityError: *text* is not plain decimal text.
    """
    if not isinstance(text, str) or not _NUMBER.fullmatch(text):
        raise QuantityError(f"{name} {quote(text)}: expected plain decimal text such as '0.384'")
    return Decimal(text)


@frozen(kw_only=True, repr=False)
class Line(Record):
    """One named number of a quantification.

    Attributes:
        symbol: The symbol that the source uses, e.g. ``BE``, followed by the vintage if there are several.
        name: What the number is, in words.
        value: The exact value.
        unit: The spelling of the unit.
        formula: How the value follows from the inputs, in symbols; empty for an input.
        inputs: Symbols of the lines that the value follows from.
        source: Document, version and place.
        confidence: How sure the source is: P (published page), S (secondary), C (computed here), M (memory).
    """

    _in_repr = ("symbol", "value", "unit", "name")

    _columns: ClassVar[tuple[Column, ...]] = (
        Column("symbol", TEXT),
        Column("name", TEXT),
        Column("value", DECIMAL),
        Column("unit", TEXT),
        Column("formula", TEXT),
        list_column("inputs"),
        Column("source", TEXT),
        Column("confidence", TEXT),
    )
    symbol: str
    name: str
    value: Decimal
    unit: str
    formula: str = ""
    inputs: tuple[str, ...] = ()
    source: str = ""
    confidence: str = ""

    def to_record(self) -> dict[str, Any]:
        """The line as a document pins it."""
        record: dict[str, Any] = {
            "symbol": self.symbol,
            "name": self.name,
            "value": text_of(self.value),
            "unit": self.unit,
        }
        for key in ("formula", "source", "confidence"):
            if text := getattr(self, key):
                record[key] = text
        if self.inputs:
            record["inputs"] = list(self.inputs)
        return record

    @classmethod
    @reads_record("a line")
    def from_record(cls, record: Mapping[str, Any]) -> "Line":
        """The line that a document pinned.

        Raises:
            QuantityError: *record* is not what `to_record` gives.
        """
        fields = dict(record)
        fields["value"] = pinned_number(fields["value"], "value")
        fields["inputs"] = tuple(fields.get("inputs", ()))
        return cls(**fields)

    def __str__(self) -> str:
        """The line as a reader sees it."""
        how = f" = {self.formula}" if self.formula else ""
        return printable(f"{self.symbol}{how} = {text_of(self.value)} {self.unit}  ({self.name})")


def line_differences(
    one: Sequence[Fields], other: Sequence[Fields], *, here: str, there: str, names: bool
) -> Iterator[str]:
    """A sentence for each way in which two lists of lines differ, except for their order.

    Args:
        one: The records of the lines of one quantification.
        other: The records of the lines of another quantification.
        here: What the sentences call the first quantification.
        there: What the sentences call the second quantification.
        names: Whether to compare the names of lines, too.
    """
    by_symbol, other_by_symbol = ({line["symbol"]: line for line in lines} for lines in (one, other))
    counts, other_counts = (Counter(line["symbol"] for line in lines) for lines in (one, other))
    for symbol, line in by_symbol.items():
        if symbol not in other_by_symbol:
            yield f"line {symbol}: {_amount(line)} {here}, no such line {there}"
        elif counts[symbol] != other_counts[symbol]:
            yield f"line {symbol}: {counts[symbol]} times {here}, {other_counts[symbol]} {there}"
        else:
            for field, value, other_value in _field_differences(line, other_by_symbol[symbol], names):
                yield f"line {symbol}: {field}{value} {here}, {other_value} {there}"
    for symbol, line in other_by_symbol.items():
        if symbol not in by_symbol:
            yield f"line {symbol}: no such line {here}, {_amount(line)} {there}"


def _field_differences(one: Fields, other: Fields, names: bool) -> Iterator[tuple[str, str, str]]:
    if _amount(one) != _amount(other):
        yield "", _amount(one), _amount(other)
    for field in ("name", *_COMPARED) if names else _COMPARED:
        if one.get(field) != other.get(field):
            yield f"{field} ", quote(one.get(field), 200), quote(other.get(field), 200)


def _amount(line: Fields) -> str:
    return f"{line['value']} {line['unit']}"
