"""Columns with their kinds, and tables of exact values: what every file and every frame is written from."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal, TypeAlias

from attrs import field, frozen

from carbon_ledger.errors import QuantityError
from carbon_ledger.exact import text_of
from carbon_ledger.printing import named, quote

Kind: TypeAlias = Literal["text", "integer", "decimal", "time", "date", "boolean"]
Exact: TypeAlias = str | int | Decimal | datetime | date | None

TEXT: Final = "text"
INTEGER: Final = "integer"
DECIMAL: Final = "decimal"
TIME: Final = "time"
DATE: Final = "date"
BOOLEAN: Final = "boolean"
KINDS: Final[tuple[Kind, ...]] = (TEXT, INTEGER, DECIMAL, TIME, DATE, BOOLEAN)

MOST_DIGITS: Final = 15  # the significant digits that a spreadsheet's number holds

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@frozen
class Column:
    """A column of a table: its name, and the kind of its values.

    If the values have a unit, it is the last word of the name: ``net_wh``, ``step_s``.

    Args:
        name: The name.
        kind: ``text``, ``integer``, ``decimal``, ``time`` (an instant), ``date`` or ``boolean``. A value of any kind
            may be missing.
        of: Returns the value of a record. By default, it is the attribute with the column's name.

    Example:
        >>> Column("net_wh", "integer")
        Column(name='net_wh', kind='integer')
    """

    name: str
    kind: Kind
    of: Callable[[Any], object] | None = field(default=None, eq=False, repr=False)

    @property
    def is_number(self) -> bool:
        """Whether the values are numbers."""
        return self.kind in (INTEGER, DECIMAL)

    def value_of(self, record: object) -> Exact:
        """The value of a record in this column, as the column's kind has it.

        Args:
            record: The record.

        Raises:
            QuantityError: The value is not of the column's kind.
        """
        return self.checked(getattr(record, self.name) if self.of is None else self.of(record))

    def checked(self, value: object) -> Exact:
        """A value as the column's kind has it.

        Args:
            value: For ``text``, text or a record of this library, such as a block. For ``integer``, an int. For
                ``decimal``, a finite Decimal or an int. For ``time``, an aware datetime, ISO 8601 text, or seconds
                since 1970. For ``date``, a date or ISO 8601 text. For ``boolean``, a bool. For every kind, None.

        Raises:
            QuantityError: *value* is not of the column's kind.

        Example:
            >>> Column("at", "time").checked("2024-05-01T10:00:00.000000Z")
            datetime.datetime(2024, 5, 1, 10, 0, tzinfo=datetime.timezone.utc)
        """
        try:
            return None if value is None else _READERS[self.kind](value)
        except (TypeError, ValueError, ArithmeticError):
            raise QuantityError(
                f"column {self.name}: {quote(value)}, expected a value of the kind {self.kind}"
            ) from None


def _text(value: Any) -> str:
    if isinstance(value, float):
        raise TypeError
    text = str(value)
    text.encode()  # a lone surrogate is no text in any file
    return text


def _integer(value: Any) -> int:
    if type(value) is not int:
        raise TypeError
    return value


def _decimal(value: Any) -> Decimal:
    if type(value) is int:
        return Decimal(value)
    if not isinstance(value, Decimal):
        raise TypeError
    return Decimal(text_of(value))


def _time(value: Any) -> datetime:
    if type(value) is int:
        return _EPOCH + timedelta(seconds=value)
    time: datetime = datetime.fromisoformat(value) if isinstance(value, str) else value
    if time.tzinfo is None:
        raise ValueError
    return time.astimezone(UTC)


def _date(value: Any) -> date:
    day: date = date.fromisoformat(value) if isinstance(value, str) else value
    if type(day) is not date:
        raise TypeError
    return day


def _boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise TypeError
    return value


_READERS: Final[dict[Kind, Callable[[Any], Exact]]] = {
    TEXT: _text, INTEGER: _integer, DECIMAL: _decimal, TIME: _time, DATE: _date, BOOLEAN: _boolean,
}  # fmt: skip


@frozen
class Table:
    """A table of exact values.

    Attributes:
        title: What the table shows.
        columns: The columns; each has its own name.
        rows: The rows: for each column a value of its kind, or None.

    Raises:
        QuantityError: Two columns have the same name.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Exact, ...], ...]

    def __attrs_post_init__(self) -> None:
        """Check the names of the columns."""
        names = [item.name for item in self.columns]
        if len(set(names)) < len(names):
            raise QuantityError(
                f"table {named(self.title)}: columns {quote(names)}, expected a name of its own for each"
            )

    def values(self) -> Iterator[tuple[Column, tuple[Exact, ...]]]:
        """Every column with its values, in the order of the rows."""
        for position, column in enumerate(self.columns):
            yield column, tuple(row[position] for row in self.rows)


def table_of(title: str, columns: Sequence[Column], records: Iterable[object]) -> Table:
    """A table with a row for each record.

    Args:
        title: What the table shows.
        columns: The columns.
        records: The records.

    Raises:
        QuantityError: A value is not of its column's kind.

    Example:
        >>> table_of("numbers", [Column("real", "integer")], [5, 7]).rows
        ((5,), (7,))
    """
    return Table(title, tuple(columns), tuple(tuple(item.value_of(record) for item in columns) for record in records))


def text_of_value(value: Exact) -> str:
    """A value as text: a time as ISO 8601 with ``Z``, a Decimal in plain notation, a boolean as ``true`` or ``false``.

    Args:
        value: The value; None is the empty text.

    Example:
        >>> text_of_value(Decimal("0.50")), text_of_value(datetime(2024, 5, 1, tzinfo=UTC)), text_of_value(True)
        ('0.5', '2024-05-01T00:00:00Z', 'true')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return text_of(value)
    if isinstance(value, datetime):
        return f"{value.replace(tzinfo=None).isoformat()}Z"
    return value.isoformat() if isinstance(value, date) else str(value)


def plain_value(value: Exact) -> str | int | None:
    """A value as JSON has it: text, a whole number, a boolean or None. A Decimal, a time and a date are text.

    Args:
        value: The value.
    """
    return text_of_value(value) if isinstance(value, Decimal | date) else value


def is_long(value: Exact) -> bool:
    """Whether a value is a number with more digits than a spreadsheet's number holds.

    Example:
        >>> is_long(999_999_999_999_999), is_long(10**15), is_long(Decimal("0.1234567890123456"))
        (False, True, True)
    """
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return False
    return len(text_of_value(value).replace(".", "").lstrip("-0")) > MOST_DIGITS
