"""Comparing the claims of two ledgers: open ledgers, ledger files, or published logs, each verified before."""

import os
from collections.abc import Iterable
from contextlib import ExitStack

from carbon_ledger.audit.report import AuditReport
from carbon_ledger.errors import BrokenLogError, NotALedgerError, QuantityError, SigningKeyError
from carbon_ledger.files import path_text
from carbon_ledger.ledger.methodologies import known_methodologies
from carbon_ledger.ledger.reader import Reader
from carbon_ledger.methodologies import Methodology
from carbon_ledger.opening.ledgers import open_ledger
from carbon_ledger.opening.published import replayed_log
from carbon_ledger.printing import quote, without_password
from carbon_ledger.queries.snapshot import Snapshot
from carbon_ledger.review.claim_comparison import compared
from carbon_ledger.review.claim_overlaps import ClaimComparison
from carbon_ledger.review.reviewing import questions_of
from carbon_ledger.review.same_devices import LEAST_DIGITS
from carbon_ledger.signing.notes import TrustedKeys

_MOST_DIGITS = 1_000_000


def compare_claims(
    a: Reader | str | os.PathLike[str],
    b: Reader | str | os.PathLike[str],
    *,
    trusted_keys: TrustedKeys = (),
    least_digits: int = LEAST_DIGITS,
    methodologies: Iterable[Methodology] = (),
) -> ClaimComparison:
    """The energy of the same device and time that two ledgers claim, without the help of whoever keeps them.

    Devices are one if an external identifier or a meter's serial number is the same in both, or else if their readings
    are equal. Only live claims count: no voided issuance, and readings as they were corrected. An imported block claims
    no energy. Claims of entries that both ledgers have, because one is a copy of the other, are one claim.

    Args:
        a: An open ledger, or a reader as of an entry; the path of a ledger file, which is audited first; or the folder
            of a published log, which is verified as `audit_published` does. An open ledger is not checked.
        b: The other ledger, given in the same ways.
        trusted_keys: The verifier keys of published logs.
        least_digits: The evidence from which equal readings show one device: of each different value, its significant
            digits less two. By default 24, such as twelve hourly values of four digits, which two plants whose first
            two digits agree would have by chance in fewer than 1 of 10^20 comparisons.
        methodologies: Methodologies of one's own that the ledgers adopt, as objects.

    Raises:
        BrokenLogError: A file or a published log does not pass its audit.
        NotALedgerError, StoreError: A path is not a ledger, or the file cannot be read.
        SigningKeyError: A directory is given without a key, or a key is invalid.
        QuantityError: *least_digits* is not a whole number of at least 1; or *a* or *b* is not what is listed here.
        MethodologyError: One of *methodologies* is not a methodology of one's own.
        MissingExtraError: A directory is given, and cryptography is not installed.

    Example:
        >>> import carbon_ledger as cl
        >>> ledgers = [cl.open_ledger(":memory:", ledger_id=name) for name in ("one", "other")]
        >>> found = cl.compare_claims(*ledgers)
        >>> found.relation, found.overlap_count, found.needs_answer
        ('two ledgers', 0, False)
    """
    if type(least_digits) is not int or not 1 <= least_digits <= _MOST_DIGITS:
        raise QuantityError(
            f"compare_claims(least_digits={quote(least_digits)}): expected a whole number from 1 to {_MOST_DIGITS:,}"
        )
    own = tuple(methodologies)
    with ExitStack() as stack:
        first, how_first = _reader(stack, a, "a", trusted_keys, own)
        second, how_second = _reader(stack, b, "b", trusted_keys, own)
        return compared(questions_of(first), questions_of(second), (how_first, how_second), least_digits)


def _reader(
    stack: ExitStack, given: object, name: str, trusted_keys: TrustedKeys, methodologies: tuple[Methodology, ...]
) -> tuple[Snapshot, str]:
    """A reader of a ledger, and what was checked of it."""
    if isinstance(given, Reader):
        return given, "not checked"
    if not isinstance(given, str | os.PathLike):
        raise QuantityError(
            f"compare_claims({name}={quote(given)}): expected an open ledger, the path of a ledger file, or the "
            "directory of a published log"
        )
    path = path_text(given, NotALedgerError, may_be_url=True)
    if not os.path.isdir(path):
        ledger = stack.enter_context(open_ledger(path, read_only=True, methodologies=methodologies))
        report = ledger.audit()
        return ledger.as_of(entry=_sound(without_password(path), report).size - 1), _checked("audited file", report)
    if not trusted_keys:
        raise SigningKeyError(
            f"{path}: a directory, expected a published log with its verifier key; pass the key as trusted_keys="
        )
    store, report = stack.enter_context(replayed_log(path, trusted_keys, known_methodologies(methodologies)))
    return Snapshot(store, _sound(path, report).size), _checked("verified published log", report)


def _checked(how: str, report: AuditReport) -> str:
    """What was checked, in words; the amounts of methodologies that were not passed are no claims of energy."""
    count = len(report.not_recomputed)
    return f"{how}, without {count} methodologies of its own" if count else how


def _sound(path: str, report: AuditReport) -> AuditReport:
    """Refuse a ledger with a finding, or with checks that could not be run: what it seems to claim means nothing."""
    if report.findings or report.not_run:
        at = "".join(f" of entry {item.entry}" for item in report.findings[:1] if item.entry is not None)
        words = [*(item.detail for item in report.findings[:1]), *(f"not run: {name}" for name in report.not_run)]
        raise BrokenLogError(
            f"{path}: the audit has {len(report.findings)} findings, the first{at}: {words[0]}; claims of a "
            "ledger that is not sound cannot be compared. Audit it, and ask its keeper for a sound one"
        )
    return report
