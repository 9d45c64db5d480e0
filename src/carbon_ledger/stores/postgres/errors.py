"""Errors of psycopg and of the server, translated into this library's exceptions."""

import struct
from types import TracebackType
from typing import Final, NoReturn

import psycopg

from carbon_ledger.errors import (
    BrokenLogError,
    QuantityError,
    StoreConnectionError,
    StoreError,
    StoreFullError,
    StoreLockedError,
    StoreReadOnlyError,
)

NEVER_EDITED: Final = "CL001"
OUT_OF_ORDER: Final = "CL002"
NOT_NEW: Final = "CL003"
# Where the server makes files larger. A quota, or a limit on files, has no error code of its own there.
_IO_ERROR: Final = "58030"  # a disk that fails, and is not full
_EXTENDING: Final = ("mdextend", "mdzeroextend", "FileFallocate", "FileZero")
# A server that replays another's log refuses to begin a transaction that writes, as a value of a setting.
_STANDBY: Final = ("0A000", "call_bool_check_hook")
# What is asked has the types of the server's columns, so only what entries have can be malformed: JSON, a number that
# is too large, text that is not UTF-8, and U+0000.
_MALFORMED: Final = ("22P02", "22003", "22021", "22P05")
_LOST: Final = ("57P01", "57P02", "57P03", "57P05")  # the server is stopping, starting, or ended an idle session


def is_lost(error: BaseException, broken: bool) -> bool:
    """Whether an error means that the connection is gone.

    Args:
        error: The error.
        broken: Whether the connection is closed by now.
    """
    if not isinstance(error, psycopg.Error):
        return False
    state = error.sqlstate or ""
    return broken or state in _LOST or state.startswith("08")


def _raise(error: psycopg.Error, name: str, role: str) -> NoReturn:
    """Raise this library's exception for an error of psycopg or of the server."""
    state, text = error.sqlstate or "", _text(error)
    if state in ("55P03", "57014", "40P01", "40001"):  # the last: what a standby replays is in a query's way
        raise StoreLockedError(
            f"{name}: another process is writing to the ledger, or the server ended the wait ({text}); call again "
            "later, or open with a longer timeout_s"
        ) from None
    if state == "42501":
        raise StoreReadOnlyError(
            f"{name}: the server does not allow this to the role {role} ({text}); a writer may append entries, an "
            "auditor may read, and only the owner may derive the tables again. Connect as another role, or let the "
            "owner grant it the role of a writer or of an auditor; carbon-ledger postgres status lists these"
        ) from None
    if state == "25006" or (state, error.diag.source_function) == _STANDBY:
        raise StoreReadOnlyError(
            f"{name}: the server takes no writes ({text}). If it is a standby, connect to the primary server"
        ) from None
    if state.startswith("53") or (error.diag.source_function in _EXTENDING and state != _IO_ERROR):
        raise StoreFullError(
            f"{name}: the server has no room ({text}); nothing of this command was written: free space or connections, "
            "and repeat it"
        ) from None
    if state in _MALFORMED:
        raise BrokenLogError(
            f"{name}: an entry on the server is malformed ({text}); nothing was recorded: audit the ledger"
        ) from None
    if state in ("XX001", "XX002", "23514", NEVER_EDITED, OUT_OF_ORDER, NOT_NEW):
        raise BrokenLogError(f"{name}: the server refuses the entries ({text}); nothing was recorded: audit the ledger")
    unreported = state == "" and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    if unreported or state in _LOST or state.startswith("08"):
        raise StoreConnectionError(
            f"{name}: the connection to the server was lost ({text}); nothing was recorded: call again"
        ) from None
    raise StoreError(f"{name}: {text}") from None


def _text(error: psycopg.Error) -> str:
    """What the server answered, in one line."""
    text = error.diag.message_primary or str(error)
    return " ".join(text.split())[:300] or type(error).__name__


class Translated:
    """A context manager that replaces every error of psycopg in its block by an exception of this library.

    Args:
        name: The store, for messages.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self.role = "of this connection"

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Translate the error, if any."""
        if isinstance(error, psycopg.DataError) and error.sqlstate is None:
            raise QuantityError(f"a value cannot be stored ({_text(error)}): expected text without U+0000") from None
        if isinstance(error, psycopg.Error):
            _raise(error, self._name, self.role)
        if isinstance(error, OverflowError | struct.error):
            raise QuantityError("a number is too large for a ledger: expected at most 64 bits") from None
        if isinstance(error, UnicodeEncodeError):
            raise QuantityError("a text has a lone surrogate: expected text that UTF-8 can encode") from None
