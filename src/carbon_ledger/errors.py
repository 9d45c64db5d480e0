"""The errors that this library raises.

::

    CarbonLedgerError
      QuantityError(ValueError)      a number or its unit is invalid
        InexactNumberError             a float, or a result that needs an explicit rounding
        UnknownUnitError               a spelling that is not on the library's list
        UnitMismatchError              a unit of the wrong kind
      PeriodError(ValueError)        a time or an interval is invalid
        NaiveTimeError                 a time or a date without its zone
        OverlapError (a RefusedError too)                 an interval covers time that is already covered
        OutsideCreditingPeriodError (a RefusedError too)
      SerialError(ValueError)        a serial, a block or a split of a block is invalid
      FactorError(LookupError)       an emission factor cannot be found or used
        FactorNotFoundError
        AmbiguousFactorError
        FactorNotApplicableError (a RefusedError too)     wrong kind, expired, another region or tool
        FactorConflictError (a RefusedError too)          another factor has the same id
        FactorFileError                a file of factors is malformed: which line, which field
      MethodologyError(ValueError)   a methodology cannot be used
        NotApplicableError (a RefusedError too)
        MissingDataError
          GapError (a RefusedError too)                   time in the period has no reading
          NothingToIssueError (a RefusedError too)        no step of the period can be issued
      WaiverError(ValueError)        a waiver that names an unknown refusal or has no reason
      RefusedError                   an action broke a rule: .rule, .subject, .detail
        UnknownThingError              nothing in the ledger has this id or number
          UnknownAccountError, UnknownDeviceError, UnknownMeterError, UnknownProjectError,
          UnknownFactorError, UnknownBatchError
        AlreadyRegisteredError
        ImplausibleReadingError, NotCommissionedError, StraddlingStepError
        DoubleIssuanceError
        InsufficientBalanceError, NotHolderError, NotActiveError, ExpiredError
        NotAuthorisedError, IdempotencyError
      IntegrityError                 stored data differ from what was written
        BrokenLogError, InvalidProofError, InvalidSignatureError,
        FormatError, UnsupportedSchemaError, ForkError
      StoreError                     the storage failed
        NotALedgerError, StoreLockedError, StoreReadOnlyError, AppendConflictError,
        StoreFullError, EntryTooLargeError
      SigningKeyError(ValueError)    a signing or verifier key cannot be used
      MissingExtraError(ImportError) a library that an optional part needs is not installed

The library never raises exceptions of pint, sqlite3 or json. After any error the ledger is exactly as it was before the
call. Every error can be pickled and copied, and its text is safe to print.
"""

import typing

from carbon_ledger.printing import printable_lines

_LONGEST = 8_000  # the most characters of a message


class CarbonLedgerError(Exception):
    """The base class of every error of this library.

    The text of an error is escaped: text from a ledger, a file or a caller cannot move the cursor or hide characters.
    """

    def __str__(self) -> str:
        """Return the message. Characters that are not printable are escaped, and a long message is cut."""
        text = super().__str__()
        return printable_lines(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}...")

    def __reduce__(self) -> tuple[typing.Any, tuple[typing.Any, ...], dict[str, typing.Any]]:
        """Return the parts of the error, for pickle and copy. The error is rebuilt without calling its constructor."""
        return _rebuilt, (type(self), *self.args), self.__dict__


def _rebuilt(kind: type[CarbonLedgerError], *args: typing.Any) -> CarbonLedgerError:
    return kind.__new__(kind, *args)


class RefusedError(CarbonLedgerError):
    """An action broke a rule of the ledger.

    Attributes:
        rule: The rule's name, stable across versions, e.g. ``"not-holder"``.
        subject: The thing that the action concerns, e.g. a block or a device.
        detail: The value that was given, the value that was expected, and what to do.
    """

    default_rule = "refused"

    def __init__(self, subject: str, detail: str, *, rule: str | None = None) -> None:
        self.rule = rule or self.default_rule
        self.subject = subject
        self.detail = detail
        super().__init__(f"{subject}: {detail} [{self.rule}]")


class UnknownThingError(RefusedError):
    """Nothing in the ledger has this id or number."""

    default_rule = "unknown"


class QuantityError(CarbonLedgerError, ValueError):
    """A number or its unit is invalid."""


class InexactNumberError(QuantityError):
    """A number is a float, or a result needs rounding and no rounding was given."""


class UnknownUnitError(QuantityError):
    """A unit's spelling is not on the library's list."""


class UnitMismatchError(QuantityError):
    """A unit is of another kind than the one required."""


class PeriodError(CarbonLedgerError, ValueError):
    """A time or an interval is invalid."""


class NaiveTimeError(PeriodError):
    """A time or a date has no zone."""


class OverlapError(RefusedError, PeriodError):
    """An interval covers time that is already covered."""

    default_rule = "overlap"


class OutsideCreditingPeriodError(RefusedError, PeriodError):
    """A monitoring period does not lie inside the project's crediting period."""

    default_rule = "outside-crediting-period"


class SerialError(CarbonLedgerError, ValueError):
    """A serial, a block or a split of a block is invalid."""


class FactorError(CarbonLedgerError, LookupError):
    """An emission factor cannot be found or cannot be used."""


class FactorNotFoundError(FactorError):
    """No factor matches the query."""


class AmbiguousFactorError(FactorError):
    """More than one factor matches the query, and no policy was given."""


class FactorNotApplicableError(RefusedError, FactorError):
    """A factor is of the wrong kind, has expired, or is for another place or purpose."""

    default_rule = "factor-not-applicable"


class FactorConflictError(RefusedError, FactorError):
    """The ledger has already adopted another factor with the same id."""

    default_rule = "factor-conflict"


class FactorFileError(FactorError):
    """A file of factors is not in the expected format."""


class MethodologyError(CarbonLedgerError, ValueError):
    """A methodology cannot be used."""


class NotApplicableError(RefusedError, MethodologyError):
    """A methodology's applicability conditions are not met."""

    default_rule = "not-applicable"


class MissingDataError(MethodologyError):
    """Data that a calculation needs were not recorded."""


class WaiverError(CarbonLedgerError, ValueError):
    """A waiver names an unknown refusal, or has no reason."""


class GapError(RefusedError, MissingDataError):
    """Time inside a monitoring period has no reading."""

    default_rule = "gap"


class NothingToIssueError(RefusedError, MissingDataError):
    """No step of a monitoring period can be issued."""

    default_rule = "nothing-to-issue"


class UnknownAccountError(UnknownThingError):
    """No account has this id."""

    default_rule = "unknown-account"


class UnknownDeviceError(UnknownThingError):
    """No device has this id."""

    default_rule = "unknown-device"


class UnknownMeterError(UnknownThingError):
    """No meter has this id."""

    default_rule = "unknown-meter"


class UnknownProjectError(UnknownThingError):
    """No project has this id."""

    default_rule = "unknown-project"


class UnknownFactorError(UnknownThingError):
    """No factor with this id was adopted by the ledger."""

    default_rule = "unknown-factor"


class UnknownBatchError(UnknownThingError):
    """No batch or issuance has this id."""

    default_rule = "unknown-batch"


class AlreadyRegisteredError(RefusedError):
    """The id is already registered. Registrations are never replaced."""

    default_rule = "already-registered"


class ImplausibleReadingError(RefusedError):
    """A reading is above what the device can generate, or its net energy is above its gross energy."""

    default_rule = "implausible-reading"


class NotCommissionedError(RefusedError):
    """A reading is from before the device was commissioned, or before its meter's first day."""

    default_rule = "not-commissioned"


class DecommissionedError(RefusedError):
    """A reading is from a time after the device was decommissioned."""

    default_rule = "decommissioned"


class StraddlingStepError(RefusedError, PeriodError):
    """A step crosses the edge of a period, a vintage or a claim."""

    default_rule = "straddling-step"


class DoubleIssuanceError(RefusedError):
    """Every step of the period is already claimed."""

    default_rule = "double-issuance"


class InsufficientBalanceError(RefusedError):
    """The account has fewer units than were requested."""

    default_rule = "insufficient-balance"


class NotHolderError(RefusedError):
    """Some of the units are held by another account."""

    default_rule = "not-holder"


class NotActiveError(RefusedError):
    """Some of the units are in a state that does not allow the action."""

    default_rule = "not-active"


class ExpiredError(RefusedError):
    """The units expired before the time of the action."""

    default_rule = "expired"


class NotAuthorisedError(RefusedError):
    """The actor is not authorised to perform the action."""

    default_rule = "not-authorised"


class IdempotencyError(RefusedError):
    """The idempotency key was already used for another command."""

    default_rule = "idempotency-key"


class IntegrityError(CarbonLedgerError):
    """Stored data differ from what was written."""


class BrokenLogError(IntegrityError):
    """The log's entries break the rules or do not match their hashes."""


class InvalidProofError(IntegrityError):
    """A proof is invalid."""


class InvalidSignatureError(IntegrityError):
    """A signature is not valid under a trusted key."""


class FormatError(IntegrityError):
    """A tile, a bundle, a checkpoint, a note or a proof is not in its published format."""


class UnsupportedSchemaError(IntegrityError):
    """A file or an entry was written by a newer version of this library."""


class ForkError(IntegrityError):
    """Two histories of one ledger contradict each other."""


class StoreError(CarbonLedgerError):
    """The storage failed."""


class NotALedgerError(StoreError):
    """A file or a directory is not a ledger of this library."""


class StoreLockedError(StoreError):
    """Another process has locked the ledger's file."""


class StoreReadOnlyError(StoreError):
    """The ledger's file or its directory cannot be written."""


class StoreConnectionError(StoreError):
    """The server of the store cannot be reached, or ended the connection; nothing was recorded."""


class CommitUnknownError(StoreError):
    """The connection to the server was lost during a commit, and whether the entries were recorded is not known."""


class AppendConflictError(StoreError):
    """Another writer has extended the log in the meantime."""


class StoreFullError(StoreError):
    """There is no space left for the entry."""


class EntryTooLargeError(StoreError):
    """An entry is larger than 65,535 bytes."""


class SigningKeyError(CarbonLedgerError, ValueError):
    """A signing or verifier key cannot be used; the message never shows a private key."""


class MissingExtraError(CarbonLedgerError, ImportError):
    """A library that an optional part needs is not installed."""

    def __reduce__(self) -> tuple[typing.Any, tuple[typing.Any, ...], dict[str, typing.Any]]:
        """Return the parts of the error, including the attributes of Python's `ImportError`."""
        rebuild, args, state = super().__reduce__()
        return rebuild, args, state | {"msg": self.msg, "name": self.name, "path": self.path}
