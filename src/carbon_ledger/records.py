"""Records read back: what is no record of its kind is refused by an error of this library."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from carbon_ledger.errors import CarbonLedgerError, QuantityError
from carbon_ledger.printing import quote

P = ParamSpec("P")
T = TypeVar("T")
Kind = TypeVar("Kind")
Read = Callable[Concatenate[type[Kind], Mapping[str, Any], P], T]


def reads_record(what: str) -> Callable[[Read[Kind, P, T]], Read[Kind, P, T]]:
    """A decorator of a ``from_record``: it raises `QuantityError` for what ``to_record`` does not give.

    Args:
        what: What the record is of, for the message.
    """

    def decorated(read: Read[Kind, P, T]) -> Read[Kind, P, T]:
        @wraps(read)
        def reading(kind: type[Kind], record: Mapping[str, Any], /, *args: P.args, **kwargs: P.kwargs) -> T:
            try:
                return read(kind, record, *args, **kwargs)
            except CarbonLedgerError:
                raise
            except KeyError as error:
                why = f"it lacks the field {quote(error.args[0] if error.args else '')}"
            except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError):
                why = "its fields, or what they hold, are not those of such a record"
            raise QuantityError(f"record of {what} {quote(record)}: {why}; expected what to_record() gives")

        return reading

    return decorated
