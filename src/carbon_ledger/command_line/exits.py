"""Exit statuses, and the status of each kind of error: the one place that decides them."""

from typing import Final

from carbon_ledger.errors import (
    CarbonLedgerError,
    FactorNotFoundError,
    IntegrityError,
    RefusedError,
    StoreError,
    UnknownThingError,
)

DONE: Final = 0
NOT_TRUE: Final = 1
USAGE: Final = 2
REFUSED: Final = 3
STORE: Final = 4
NOT_FOUND: Final = 5
INTERRUPTED: Final = 130
BROKEN_PIPE: Final = 141  # as a shell reports a program that SIGPIPE ended

# An error has the status of the first class here that it is an instance of; any other one is a matter of usage.
_STATUSES: Final = (
    (UnknownThingError, NOT_FOUND),
    (FactorNotFoundError, NOT_FOUND),
    (RefusedError, REFUSED),
    (StoreError, STORE),
    (IntegrityError, STORE),
)


def status_of(error: CarbonLedgerError) -> int:
    """The exit status of an error.

    Args:
        error: The error.

    Example:
        >>> from carbon_ledger.errors import NotHolderError, PeriodError, StoreFullError, UnknownAccountError
        >>> [status_of(kind("a", "b")) for kind in (NotHolderError, UnknownAccountError)]
        [3, 5]
        >>> status_of(StoreFullError("full")), status_of(PeriodError("no period"))
        (4, 2)
    """
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), USAGE)
