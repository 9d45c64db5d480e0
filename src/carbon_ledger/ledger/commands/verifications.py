"""The command by which a verifier's statement is recorded."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from carbon_ledger.arguments import required_evidence
from carbon_ledger.canonical import identifier
from carbon_ledger.choices import Assurance, Number, Opinion
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import LEVELS_OF_ASSURANCE, OPINIONS, VERIFICATION_STATED
from carbon_ledger.core.entries.splitting import Events, without_none
from carbon_ledger.core.pinned_zones import with_rules
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import QuantityError
from carbon_ledger.exact import checked_decimal, plain, text_of
from carbon_ledger.ledger.recorder import Recorder
from carbon_ledger.mappings import listed
from carbon_ledger.periods import Period, checked_period
from carbon_ledger.printing import one_of, quote
from carbon_ledger.queries.verifications import VerificationStatement, statement_at
from carbon_ledger.texts import line, optional_line, text

Statements = int | VerificationStatement | Iterable[int | VerificationStatement]
_ROOT_BYTES: Final = 32
_HEX: Final = frozenset("0123456789abcdef")


def state_verification(
    ledger: Recorder,
    project: str,
    period: Period,
    *,
    body: str,
    opinion: Opinion,
    assurance: Assurance,
    quantities: Mapping[int, Number],
    report: str,
    size: int,
    root: str | bytes,
    accreditation: str | None = None,
    open_requests: Mapping[str, str] | None = None,
    replaces: Statements = (),
    key: str | None = None,
    by: str | None = None,
) -> VerificationStatement:
    """Record a verifier's statement, which the issuances of a project with ``requires_verification=True`` need.

    Args:
        project, period: The project's id, and the verified period, which has ended.
        body, accreditation: The verification body, and its accreditation.
        opinion: ``unmodified``, ``modified``, ``adverse`` or ``disclaimed``. The last two support no quantity.
        assurance: The level of assurance: ``reasonable`` or ``limited``.
        quantities: The verified units of each vintage of the period, as the report rounds them down. [{2024: 12899}]
        report: Digest of the verification report, as `digest_file` returns it.
        size, root: The entries that the verifier saw, and their root, as a checkpoint or a backup has them. [32 octets]
        open_requests: The text of each request that is open, by its id, such as ``FAR-1``.
        replaces: The statements about some of the same time that this one replaces.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor, a verifier but not the issuer; by default, the actor that the ledger was opened with.

    Raises:
        UnknownProjectError: There is no such project.
        RefusedError: The ledger did not have this root at this size; the period has not ended; a quantity is of another
            year, or the opinion does not support it; or another statement of the same time is not replaced.
        NotAuthorisedError, MissingDataError: *by* is not a verifier; or *report* is None.
        QuantityError, PeriodError: An argument is malformed.
    """
    within = checked_period(period, "period")
    texts = (body, accreditation, opinion, assurance, report)
    event = _event(project, within, (size, root), texts, _quantities(quantities), _requests(open_requests))
    event |= without_none(replaces=_numbers(replaces))

    def plan(view: View) -> Events:
        return [(VERIFICATION_STATED, with_rules(view, event, within.zone))]

    given: dict[str, Any] = {"named": within, "wants": [lambda view: view.root(event["size"])]}
    return ledger._recorded(_stated, "state_verification", event, plan, key=key, by=by, **given)


def _stated(view: View, entries: Sequence[Entry]) -> VerificationStatement:
    return statement_at(view, entries[-1])


def _event(
    project: object,
    period: Period,
    seen: tuple[object, object],
    texts: tuple[object, object, object, object, object],
    quantities: list[dict[str, Any]],
    requests: dict[str, str] | None,
) -> dict[str, Any]:
    """The event without the statements that it replaces and without the rules of a zone.

    Args:
        project: The project's id.
        period: The verified period.
        seen: The size and the root.
        texts: The body, its accreditation, the opinion, the level of assurance, and the digest of the report.
        quantities: The quantities, as the event contains them.
        requests: The open requests.
    """
    body, accreditation, opinion, assurance, report = texts
    return without_none(
        project=identifier(project, "project"),
        period=period.to_record(),
        size=_size(seen[0]),
        root=_root(seen[1]),
        body=line(body, "body"),
        accreditation=optional_line(accreditation, "accreditation"),
        opinion=_choice(opinion, OPINIONS, "opinion"),
        assurance=_choice(assurance, LEVELS_OF_ASSURANCE, "assurance"),
        quantities=quantities,
        report=required_evidence(report, "verification report"),
        open_requests=requests,
    )


def _size(size: object) -> int:
    if type(size) is not int or size < 1:
        raise QuantityError(f"size {quote(size)}: expected the number of entries that the verifier saw, at least 1")
    return size


def _root(root: object) -> str:
    found = root.hex() if isinstance(root, bytes) else root
    if not isinstance(found, str) or len(found) != 2 * _ROOT_BYTES or not _HEX.issuperset(found):
        raise QuantityError(
            f"root {quote(root)}: expected 64 hexadecimal digits in lower case, as root() returns them, or the "
            f"{_ROOT_BYTES} bytes of a checkpoint's root"
        )
    return found


def _choice(given: object, known: tuple[str, ...], name: str) -> str:
    if not isinstance(given, str) or given not in known:
        raise QuantityError(f"{name} {quote(given)}: expected {one_of(given, known)}")
    return given


def _quantities(given: object) -> list[dict[str, Any]]:
    """The quantities as an event contains them: by vintage, the oldest first."""
    if not isinstance(given, Mapping) or not all(type(year) is int for year in given):
        raise QuantityError(f"quantities {quote(given)}: expected the quantity of each vintage, e.g. {{2024: 12899}}")
    found = {year: plain(checked_decimal(given[year], f"quantity of {year}")) for year in sorted(given)}
    return [{"vintage": year, "amount": text_of(Decimal(amount))} for year, amount in found.items()]


def _requests(given: object) -> dict[str, str] | None:
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise QuantityError(
            f'open_requests {quote(given)}: expected the text of each request by its id, e.g. {{"FAR-1": "..."}}'
        )
    return {identifier(name, "request"): text(given[name], f"request {quote(name)}") for name in given} or None


def _numbers(given: object) -> list[int] | None:
    """The numbers of the statements that are replaced, in order, each once; None without any."""
    items = (given,) if isinstance(given, int | VerificationStatement) else listed(given)
    if items is None or isinstance(given, str):
        items = (given,)
    numbers = [item.n if isinstance(item, VerificationStatement) else item for item in items]
    if not all(type(n) is int and n >= 0 for n in numbers):
        raise QuantityError(
            f"replaces {quote(given)}: expected statements, as verifications() lists them, or numbers of their entries"
        )
    return sorted(set(numbers)) or None
