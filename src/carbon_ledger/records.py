"""Reading records: a malformed record raises an error of this library."""

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
    """Decorate a ``from_record`` class method, so that it raises `QuantityError` for a malformed record.

    Args:
        what: The kind of object that the record describes, for the message.
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
