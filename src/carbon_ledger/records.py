"""Records: their plain form for JSON, their short form for people, and reading them.

A record is a frozen attrs class with the mixin `Record`. A malformed record that is read raises an error of this
library.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Set
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import wraps
from itertools import islice
from typing import Any, ClassVar, Concatenate, Final, ParamSpec, TypeAlias, TypeVar

from carbon_ledger.errors import CarbonLedgerError, QuantityError
from carbon_ledger.printing import printable, quote

P = ParamSpec("P")
T = TypeVar("T")
Kind = TypeVar("Kind")
Read = Callable[Concatenate[type[Kind], Mapping[str, Any], P], T]
Json: TypeAlias = "str | int | bool | list[Json] | dict[str, Json] | None"

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UTC: Final = "_utc"  # the end of the name of a field with seconds since 1970-01-01 UTC
_WIDTH: Final = 118  # of a record's short form, in characters
_VALUE: Final = 48  # the most characters of one value in it


class Record:
    """A record that this library returns: plain values for JSON, and one short line for people.

    A subclass is an attrs class with ``repr=False``.
    """

    __slots__ = ()
    # Properties that are in the plain form beside the fields.
    _derived: ClassVar[tuple[str, ...]] = ()
    # Fields that are not in the plain form.
    _omitted: ClassVar[tuple[str, ...]] = ()
    # Whether str() is one short line, with which other records show this one.
    _is_line: ClassVar[bool] = False
    # The fields and properties of the short form, by default all fields that differ from their default value.
    _in_repr: ClassVar[tuple[str, ...]] = ()

    def to_dict(self) -> dict[str, Json]:
        """The record as plain values: text, whole numbers, booleans, None, lists and dicts, which JSON can write.

        A time is ISO 8601 text with ``Z``; a field such as ``expires_utc`` is written as the time ``expires``. A
        Decimal is text in plain notation, and an amount is text with its unit.
        """
        values: dict[str, Json] = {}
        for name in _fields(type(self)):
            if name in self._omitted:
                continue
            value = getattr(self, name)
            if name.endswith(_UTC):
                values[name.removesuffix(_UTC)] = _time_of_field(value)
            else:
                values[name] = plain_value(value)
        return values | {name: plain_value(getattr(self, name)) for name in self._derived}

    def _line(self) -> str:
        """The record inside the short form of another one."""
        return printable(str(self)) if self._is_line else f"<{type(self).__name__}>"

    def __repr__(self) -> str:
        """The record on one line of at most 120 characters: what tells it from others, as far as it fits."""
        text = f"{type(self).__name__}("
        for position, (name, value) in enumerate(_shown(self)):
            piece = f"{', ' if position else ''}{name}={value}"
            if len(text) + len(piece) > _WIDTH - len(", ..."):
                return f"{text}, ...)" if position else f"{text}...)"
            text += piece
        return f"{text})"


def plain_value(value: object) -> Json:
    """A value as JSON can write it: see `Record.to_dict`.

    Args:
        value: A record, a time, a number, text, an amount, or a collection of these.

    Raises:
        QuantityError: *value* has no plain form.

    Example:
        >>> plain_value((date(2024, 5, 1), Decimal("0.50"), None))
        ['2024-05-01', '0.5', None]
    """
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Record):
        return value.to_dict()
    if isinstance(value, Decimal | Fraction | datetime | date | timedelta | bytes):
        return _text(value)
    if hasattr(value, "magnitude") and hasattr(value, "units"):
        return f"{plain_value(value.magnitude)} {value.units:~}"
    if isinstance(value, Mapping):
        return {str(key): plain_value(item) for key, item in value.items()}
    if isinstance(value, Set):
        return [plain_value(item) for item in sorted(value)]
    if isinstance(value, Iterable):
        return [plain_value(item) for item in value]
    if hasattr(value, "to_dict"):  # a checkpoint or a key, which the log's and the signer's modules define
        found: dict[str, Json] = value.to_dict()
        return found
    raise QuantityError(f"a value of type {type(value).__name__} has no plain form; expected a record or a plain value")


def time_text(time: datetime) -> str:
    """Write an aware time as ISO 8601 text in UTC; a fraction of a second is written only if there is one.

    Example:
        >>> time_text(datetime(2024, 5, 1, 10, tzinfo=UTC))
        '2024-05-01T10:00:00Z'
    """
    return f"{time.astimezone(UTC).replace(tzinfo=None).isoformat()}Z"


def seconds_text(epoch_s: int) -> str:
    """Write an instant as ISO 8601 text.

    Args:
        epoch_s: The instant. [s since 1970-01-01 UTC]
    """
    return time_text(_EPOCH + timedelta(seconds=epoch_s))


def _text(value: Decimal | Fraction | datetime | date | timedelta | bytes) -> str:
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, timedelta):
        return f"{_text(Decimal(value // timedelta(microseconds=1)).scaleb(-6))} s"
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _time_of_field(value: int | tuple[int, ...] | None) -> Json:
    if isinstance(value, tuple):
        return [seconds_text(item) for item in value]
    return None if value is None else seconds_text(value)


def _fields(kind: type) -> list[str]:
    return [item.name for item in getattr(kind, "__attrs_attrs__", ()) if not item.name.startswith("_")]


def _shown(record: Record) -> Iterator[tuple[str, str]]:
    """The names and the values of the short form."""
    if record._in_repr:
        yield from ((name, _short(getattr(record, name))) for name in record._in_repr)
        return
    for item in getattr(type(record), "__attrs_attrs__", ()):
        value = getattr(record, item.name)
        usual = type(value) is type(item.default) and value == item.default
        if not item.repr or item.name.startswith("_") or value is None or value in ((), "") or usual:
            continue
        if callable(item.repr):
            yield item.name, item.repr(value)
        elif item.name.endswith(_UTC) and isinstance(value, int):
            yield item.name.removesuffix(_UTC), seconds_text(value)
        else:
            yield item.name, _short(value)


def _short(value: object) -> str:
    """A value in the short form of a record."""
    if isinstance(value, Record):
        return _cut(value._line())
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, date | Decimal | Fraction):
        return _text(value)
    if hasattr(value, "magnitude"):
        return _cut(str(plain_value(value)))
    if isinstance(value, Mapping):
        return f"<{len(value)} fields>"
    if isinstance(value, Collection) and not isinstance(value, str | bytes):
        first = [_short(item) for item in islice(value, 1)]
        more = f" and {len(value) - 1:,} more" if len(value) > 1 else ""
        return f"({''.join(first)}{more})"
    return quote(value, _VALUE)


def _cut(text: str) -> str:
    return text if len(text) <= 2 * _VALUE else f"{text[: 2 * _VALUE - 3]}..."


def reads_record(what: str) -> Callable[[Read[Kind, P, T]], Read[Kind, P, T]]:
    """Decorate a ``from_record`` class method, so that it raises `QuantityError` for a malformed record.

    Args:
        what: The kind of object that the record describes, for the message.

    Raises:
        QuantityError: When called: the record is malformed.
    """

    def decorated(read: Read[Kind, P, T]) -> Read[Kind, P, T]:
        @wraps(read)
        def reading(kind: type[Kind], record: Mapping[str, Any], /, *args: P.args, **kwargs: P.kwargs) -> T:
            try:
                return read(kind, record, *args, **kwargs)
            except CarbonLedgerError:
                raise
            except KeyError as error:
                reason = f"it lacks the field {quote(error.args[0] if error.args else '')}"
            except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError):
                reason = "its fields or their values are malformed"
            raise QuantityError(f"record of {what} {quote(record)}: {reason}; expected a record that to_record() wrote")

        return reading

    return decorated
