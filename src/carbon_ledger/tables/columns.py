"""Columns with their kinds, and tables of exact values: what every file and every frame is written from."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final, Literal, TypeAlias, TypeVar, cast

from attrs import field, frozen

from carbon_ledger.errors import QuantityError
from carbon_ledger.exact import text_of
from carbon_ledger.printing import named, quote
from carbon_ledger.records import time_text

K = TypeVar("K")
V = TypeVar("V")
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

_MOST_BITS: Final = 10_000  # of an integer; Python refuses to write one of more than 4,300 digits
_MOST_PLACES: Final = 3_000  # of a Decimal before and after the point
_BITS: Final[Callable[[Any], int]] = int.bit_length
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

    def __reduce__(self) -> tuple[Any, ...]:
        """What pickle and copy rebuild the column from: its name and its kind, without the function *of*."""
        return Column, (self.name, self.kind)

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
        return self.values_of((record,))[0]

    def values_of(self, records: Sequence[object]) -> tuple[Exact, ...]:
        """The values of records in this column, as the column's kind has them.

        Args:
            records: The records.

        Raises:
            QuantityError: A value is not of the column's kind.
        """
        given = tuple(map(self.of or attrgetter(self.name), records))
        if self.kind == INTEGER and set(map(type, given)) == {int} and max(map(_BITS, given)) <= _MOST_BITS:
            return cast("tuple[int, ...]", given)
        kinds = set(map(type, given))
        if self.kind in (TEXT, TIME) and kinds <= {str, int, type(None)}:
            return each(given, self.checked)
        return tuple(map(self.checked, given))

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
                f"column {named(self.name)}: {quote(value)}, expected a value of the kind {self.kind}"
            ) from None


def each(values: Sequence[K], compute: Callable[[K], V]) -> tuple[V, ...]:
    """The results of a function for values, of which many are equal: it is called once for each value.

    Args:
        values: Hashable values. Equal values have the same type.
        compute: The function.
    """
    found = {value: compute(value) for value in dict.fromkeys(values)}
    return tuple([found[value] for value in values])


def columns_of(kind: Kind, *names: str) -> tuple[Column, ...]:
    """A column of a kind for each name.

    Args:
        kind: The kind of all the columns.
        names: The names, each of which is an attribute of the records.

    Example:
        >>> columns_of("text", "id", "name")
        (Column(name='id', kind='text'), Column(name='name', kind='text'))
    """
    return tuple(Column(name, kind) for name in names)


def _text(value: Any) -> str:
    if isinstance(value, float):
        raise TypeError
    text = str(value)
    text.encode()  # a lone surrogate is no text in any file
    return text


def _integer(value: Any) -> int:
    if type(value) is not int or value.bit_length() > _MOST_BITS:
        raise TypeError
    return value


def _decimal(value: Any) -> Decimal:
    if type(value) is int:
        return Decimal(_integer(value))
    if not isinstance(value, Decimal) or not value.is_finite() or abs(value.adjusted()) > _MOST_PLACES:
        raise TypeError
    return Decimal(text_of(value))


def _time(value: Any) -> datetime:
    if type(value) is int:
        return _EPOCH + timedelta(seconds=value)
    time = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(time, datetime) or time.tzinfo is None:
        raise TypeError
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
    found = tuple(records)
    return Table(title, tuple(columns), tuple(zip(*[item.values_of(found) for item in columns], strict=True)))


def list_column(name: str, of: Callable[[Any], Iterable[object]] | None = None) -> Column:
    """A column of text with several values, separated by commas; missing if there is no value.

    Args:
        name: The name.
        of: Returns the values of a record. By default, they are the attribute with the column's name.

    Example:
        >>> list_column("digits", lambda number: str(number)).value_of(57)
        '5, 7'
    """

    def text(record: object) -> str | None:
        return ", ".join(map(str, getattr(record, name) if of is None else of(record))) or None

    return Column(name, TEXT, text)


def period_columns(name: str) -> tuple[Column, Column]:
    """The columns of a record's period: its start, and its end, which is the first instant after it.

    Args:
        name: The attribute that has the period.

    Example:
        >>> [column.name for column in period_columns("production")]
        ['production_start', 'production_end']
    """
    start = Column(f"{name}_start", TIME, lambda record: getattr(record, name).start_utc)
    return start, Column(f"{name}_end", TIME, lambda record: getattr(record, name).end_utc)


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
        return time_text(value)
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
    if isinstance(value, int):
        return abs(value) >= 10**MOST_DIGITS
    return len(text_of(value).replace(".", "").lstrip("-0")) > MOST_DIGITS
