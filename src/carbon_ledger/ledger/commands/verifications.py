"""The command by which a verifier's statement is recorded."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from carbon_ledger.arguments import required_evidence
from carbon_ledger.canonical import identifier
from carbon_ledger.choices import Assurance, Number, Opinion
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
    replaces: int | VerificationStatement | Iterable[int | VerificationStatement] = (),
    key: str | None = None,
    by: str | None = None,
) -> VerificationStatement:
    """Record a verifier's statement: what was verified of a project and a period, at which root, with which opinion.

    A project with ``requires_verification=True`` issues only for time that a statement of another actor supports.

    Args:
        project: The project's id.
        period: The verified period. It has ended.
        body: The verification body.
        opinion: ``unmodified``, ``modified``, ``adverse`` or ``disclaimed``. The last two support no quantity.
        assurance: The level of assurance: ``reasonable`` or ``limited``.
        quantities: The verified quantity of each vintage of the period, in units of the project's instrument, as the
            report has it: rounded down to whole units, or with decimals. A vintage without one has none. [units by
            year, ``{2024: 12899}``]
        report: Digest of the verification report, as `digest_file` returns it.
        size: The number of entries that the verifier saw: that of a checkpoint, of a backup or of an audit's report.
        root: The root of these entries, as hexadecimal digits or as bytes. [32 octets]
        accreditation: The body's accreditation, such as its number and who gave it.
        open_requests: What the verifier asked for and has not got: the text of each request by its id, such as
            ``FAR-1``. [letters, digits, ``.``, ``_`` and ``-``]
        replaces: The statement, or the statements, about some of the same time that this one replaces.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor, a verifier but not the issuer; by default, the actor that the ledger was opened with.

    Returns:
        The statement.

    Raises:
        UnknownProjectError: There is no such project.
        RefusedError: The ledger did not have this root at this size, the period has not ended, a quantity is of
            another year or is not supported by the opinion, or another statement is about some of the time and is not
            replaced.
        NotAuthorisedError: *by* is not a verifier.
        MissingDataError: *report* is None.
        QuantityError, PeriodError: An argument is malformed.

    Source:
        ISO 14064-3:2019 and ISAE 3410: the contents of a verification statement. [S; their contents pages]

    Example:
        >>> import carbon_ledger as cl
        >>> ledger = cl.open_ledger(":memory:")
        >>> _ = ledger.register_device(cl.Device(id="wind", name="Wind", technology="wind/onshore", capacity="3 MW",
        ...     country="DE", grid="DE", zone="Europe/Berlin", commissioned="2020-01-01"))
        >>> project = cl.Project(id="p", instrument="I-REC-E", zone="Europe/Berlin", devices=("wind",))
        >>> _ = ledger.register_project(project)
        >>> may = cl.Period.month(2024, 5, zone="Europe/Berlin")
        >>> _ = ledger.record_generation("wind", may, net="900.5 MWh")
        >>> found = ledger.state_verification("p", may, body="Verifiers Ltd", opinion="unmodified",
        ...     assurance="reasonable", quantities={2024: 900}, report=f"sha256:{64 * '0'}", size=ledger.size,
        ...     root=ledger.root())
        >>> found.opinion, found.overtaken_by
        ('unmodified', ())
    """
    within = checked_period(period, "period")
    event = without_none(
        project=identifier(project, "project"),
        period=within.to_record(),
        size=_size(size),
        root=_root(root),
        body=line(body, "body"),
        accreditation=optional_line(accreditation, "accreditation"),
        opinion=_choice(opinion, OPINIONS, "opinion"),
        assurance=_choice(assurance, LEVELS_OF_ASSURANCE, "assurance"),
        quantities=_quantities(quantities),
        report=required_evidence(report, "verification report"),
        open_requests=_requests(open_requests),
        replaces=_numbers(replaces),
    )

    def plan(view: View) -> Events:
        return [(VERIFICATION_STATED, with_rules(view, event, within.zone))]

    (entry,) = ledger._record("state_verification", event, plan, key=key, by=by, named=within)
    return statement_at(ledger._store.view(entry.n + 1), entry)


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
