"""Every error this library raises, in one tree.

::

    CarbonLedgerError
      QuantityError(ValueError)      a number or its unit is not usable
        InexactNumberError             a float, or a result that would have to be rounded
        UnknownUnitError               a spelling that is not on the list
        UnitMismatchError              a unit of another kind than the one expected
      PeriodError(ValueError)        a time or an interval is not usable
        NaiveTimeError                 no zone
        OverlapError (a RefusedError too)                 it covers time that is already covered
        OutsideCreditingPeriodError (a RefusedError too)
      SerialError(ValueError)        a serial, block or cut is not possible
      FactorError(LookupError)       an emission factor cannot be had or used
        FactorNotFoundError
        AmbiguousFactorError
        FactorNotApplicableError (a RefusedError too)     wrong kind, expired, another region or tool
        FactorConflictError (a RefusedError too)          another record has its id
        FactorFileError                a file of factors: which line, which field
      MethodologyError(ValueError)   a methodology cannot be used here
        NotApplicableError (a RefusedError too)
        MissingDataError
          GapError (a RefusedError too)                   time in the period has no reading
          NothingToIssueError (a RefusedError too)        no step of the period can be issued
      WaiverError(ValueError)        a waiver that is not known or gives no reason
      RefusedError                   an action broke a rule: .rule, .subject, .detail
        UnknownThingError              nothing in the ledger has this id or number
          UnknownAccountError, UnknownDeviceError, UnknownMeterError, UnknownProjectError,
          UnknownFactorError, UnknownBatchError
        AlreadyRegisteredError
        ImplausibleReadingError, NotCommissionedError, StraddlingStepError
        DoubleIssuanceError
        InsufficientBalanceError, NotHolderError, NotActiveError, ExpiredError
        NotAuthorisedError, IdempotencyError
      IntegrityError                 what was read is not what was written
        BrokenLogError, InvalidProofError, InvalidSignatureError,
        FormatError, UnsupportedSchemaError, ForkError
      StoreError                     the storage could not do it
        NotALedgerError, StoreLockedError, StoreReadOnlyError, AppendConflictError,
        StoreFullError, EntryTooLargeError
      SigningKeyError(ValueError)    a signing or verifier key cannot be used
      MissingExtraError(ImportError) a library that an optional part needs is not installed

Exceptions of pint, sqlite3 and json never leave the library. After any error the ledger is exactly
what it was before the call. Every error can be pickled and copied, and its text is one that can be printed.
"""

import typing

from carbon_ledger.printing import printable_lines

_LONGEST = 8_000  # characters of a message


class CarbonLedgerError(Exception):
    """The root of every error of this library.

    Its text is escaped: what a ledger, a file or a caller wrote into it moves no cursor and hides no letter.
    """

    def __str__(self) -> str:
        """The message; characters that do not print are written as escapes, and a long text is cut."""
        text = super().__str__()
        return printable_lines(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}...")

    def __reduce__(self) -> tuple[typing.Any, tuple[typing.Any, ...], dict[str, typing.Any]]:
        """The error as it is, for pickle and copy: made again without its constructor, whatever that takes."""
        return _made_again, (type(self), *self.args), self.__dict__


def _made_again(kind: type[CarbonLedgerError], *args: typing.Any) -> CarbonLedgerError:
    return kind.__new__(kind, *args)


class RefusedError(CarbonLedgerError):
    """An action broke a rule of the ledger.

    Attributes:
        rule: The rule's name, stable across versions, e.g. ``"not-holder"``.
        subject: The thing concerned, e.g. a block or a device.
        detail: What was given, what was expected, and what to do.
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
    """A number or its unit cannot be used."""


class InexactNumberError(QuantityError):
    """A float was given, or a result would have to be rounded and nobody said how."""


class UnknownUnitError(QuantityError):
    """A unit's spelling is not on the library's list."""


class UnitMismatchError(QuantityError):
    """A unit measures something else than what was asked for."""


class PeriodError(CarbonLedgerError, ValueError):
    """A time or an interval cannot be used."""


class NaiveTimeError(PeriodError):
    """A time or a date was given without its zone."""


class OverlapError(RefusedError, PeriodError):
    """An interval covers time that is already covered."""

    default_rule = "overlap"


class OutsideCreditingPeriodError(RefusedError, PeriodError):
    """A monitoring period does not lie inside the project's crediting period."""

    default_rule = "outside-crediting-period"


class SerialError(CarbonLedgerError, ValueError):
    """A serial, a block or a cut of one is not possible."""


class FactorError(CarbonLedgerError, LookupError):
    """An emission factor cannot be had or cannot be used."""


class FactorNotFoundError(FactorError):
    """No factor answers the question."""


class AmbiguousFactorError(FactorError):
    """More than one factor answers the question, and no policy was given."""


class FactorNotApplicableError(RefusedError, FactorError):
    """A factor is of the wrong kind, expired, or made for another place or purpose."""

    default_rule = "factor-not-applicable"


class FactorConflictError(RefusedError, FactorError):
    """The ledger adopted another factor under the same id."""

    default_rule = "factor-conflict"


class FactorFileError(FactorError):
    """A file of factors cannot be read as what it is said to be."""


class MethodologyError(CarbonLedgerError, ValueError):
    """A methodology cannot be used."""


class NotApplicableError(RefusedError, MethodologyError):
    """A methodology's applicability conditions are not met."""

    default_rule = "not-applicable"


class MissingDataError(MethodologyError):
    """Something a calculation needs was never recorded."""


class WaiverError(CarbonLedgerError, ValueError):
    """A waiver names no refusal of this library, or gives no reason."""


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
    """The id is taken: registrations are never replaced."""

    default_rule = "already-registered"


class ImplausibleReadingError(RefusedError):
    """A reading is more than the device can generate, or its net is above its gross."""

    default_rule = "implausible-reading"


class NotCommissionedError(RefusedError):
    """A reading lies before the device's commissioning, or before its meter existed."""

    default_rule = "not-commissioned"


class StraddlingStepError(RefusedError, PeriodError):
    """A step crosses the edge of a period, a vintage or a claim."""

    default_rule = "straddling-step"


class DoubleIssuanceError(RefusedError):
    """Every step of the period is already claimed."""

    default_rule = "double-issuance"


class InsufficientBalanceError(RefusedError):
    """More units were asked for than there are."""

    default_rule = "insufficient-balance"


class NotHolderError(RefusedError):
    """Some of the units are held by another account."""

    default_rule = "not-holder"


class NotActiveError(RefusedError):
    """Some of the units are in a state that this action cannot leave."""

    default_rule = "not-active"


class ExpiredError(RefusedError):
    """The units expired before the action's time."""

    default_rule = "expired"


class NotAuthorisedError(RefusedError):
    """The actor may not do this."""

    default_rule = "not-authorised"


class IdempotencyError(RefusedError):
    """The key was used before, for another command."""

    default_rule = "idempotency-key"


class IntegrityError(CarbonLedgerError):
    """What was read is not what was written."""


class BrokenLogError(IntegrityError):
    """The log's entries are not what the rules allow or the hashes say."""


class InvalidProofError(IntegrityError):
    """A proof does not prove what it claims."""


class InvalidSignatureError(IntegrityError):
    """A signature does not verify under a trusted key."""


class FormatError(IntegrityError):
    """A tile, a bundle, a checkpoint, a note or a proof is not in its published format."""


class UnsupportedSchemaError(IntegrityError):
    """A file or an entry was written by a newer version of this library."""


class ForkError(IntegrityError):
    """Two histories of one ledger contradict each other."""


class StoreError(CarbonLedgerError):
    """The storage could not do what was asked."""


class NotALedgerError(StoreError):
    """A file or a directory is not a ledger of this library."""


class StoreLockedError(StoreError):
    """Another process holds the ledger's file."""


class StoreReadOnlyError(StoreError):
    """The ledger's file or its directory cannot be written."""


class AppendConflictError(StoreError):
    """The log's head is not where the writer believed it."""


class StoreFullError(StoreError):
    """There is no room left for the entry."""


class EntryTooLargeError(StoreError):
    """An entry is larger than 65,535 bytes."""


class SigningKeyError(CarbonLedgerError, ValueError):
    """A signing or verifier key cannot be used; the message never shows a private key."""


class MissingExtraError(CarbonLedgerError, ImportError):
    """A library that an optional part needs is not installed."""

    def __reduce__(self) -> tuple[typing.Any, tuple[typing.Any, ...], dict[str, typing.Any]]:
        """The error as it is; what Python's `ImportError` has beside the arguments comes along."""
        made, args, state = super().__reduce__()
        return made, args, state | {"msg": self.msg, "name": self.name, "path": self.path}
