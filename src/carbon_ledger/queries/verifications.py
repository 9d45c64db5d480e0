"""The query of verifiers' statements: what was verified, at which root, and what has overtaken it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from attrs import frozen

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.issuance.verifications import overtaken_by, replaced_by, stated_in, statements_of
from carbon_ledger.core.state.view import View
from carbon_ledger.exact import text_of
from carbon_ledger.mappings import FrozenMapping
from carbon_ledger.periods import Period
from carbon_ledger.queries.snapshot import Snapshot
from carbon_ledger.records import Record
from carbon_ledger.tables import INTEGER, TEXT, TIME, Column, Listing, list_column


@frozen(kw_only=True, repr=False)
class VerificationStatement(Record):
    """A verifier's statement about a project's energy or emission reductions in a period.

    Attributes:
        n: The number of the entry that recorded the statement.
        at: The recorded time of that entry, UTC.
        by: The actor who recorded it.
        project: The project's id.
        period: The verified period.
        size: The number of entries that the verifier saw.
        root: The RFC 6962 root of these entries, as hexadecimal digits.
        body: The verification body.
        accreditation: The body's accreditation, or None.
        opinion: ``unmodified``, ``modified``, ``adverse`` or ``disclaimed``.
        assurance: The level of assurance: ``reasonable`` or ``limited``.
        quantities: The verified quantity of each vintage. [units by year]
        report: The digest of the verification report.
        open_requests: What the verifier asked for and has not got, by the request's id, such as ``FAR-1``.
        replaces: The numbers of the statements that this one replaces.
        replaced_by: The number of the statement that replaces this one, or None.
        overtaken_by: The numbers of the entries that changed readings of the verified time, or recorded a late
            calibration of it, and that the verifier did not see.
    """

    _in_repr = ("n", "project", "opinion", "body", "period", "overtaken_by")
    _columns: ClassVar[tuple[Column, ...]] = (
        Column("entry", INTEGER, lambda item: item.n),
        Column("at", TIME),
        Column("by", TEXT),
        Column("project", TEXT),
        Column("start", TIME, lambda item: item.period.start_utc),
        Column("end", TIME, lambda item: item.period.end_utc),
        Column("size", INTEGER),
        Column("root", TEXT),
        Column("body", TEXT),
        Column("accreditation", TEXT),
        Column("opinion", TEXT),
        Column("assurance", TEXT),
        list_column("quantities", lambda item: (f"{year}: {text_of(x)}" for year, x in item.quantities.items())),
        Column("report", TEXT),
        list_column("open_requests", lambda item: item.open_requests),
        list_column("replaces", lambda item: item.replaces),
        Column("replaced_by", INTEGER),
        list_column("overtaken_by", lambda item: item.overtaken_by),
    )

    n: int
    at: datetime
    by: str
    project: str
    period: Period
    size: int
    root: str
    body: str
    accreditation: str | None
    opinion: str
    assurance: str
    quantities: Mapping[int, Decimal]
    report: str
    open_requests: Mapping[str, str]
    replaces: tuple[int, ...]
    replaced_by: int | None
    overtaken_by: tuple[int, ...]


def statement_at(view: View, entry: Entry) -> VerificationStatement:
    """The statement that an entry records, with what has become of it in a state.

    Args:
        view: The state.
        entry: The statement's entry.
    """
    event, statement = entry.event, stated_in(entry)
    return VerificationStatement(
        n=entry.n,
        at=entry.recorded_at,
        by=entry.by,
        project=statement.project,
        period=statement.period,
        size=statement.size,
        root=event["root"],
        body=event["body"],
        accreditation=event.get("accreditation"),
        opinion=statement.opinion,
        assurance=event["assurance"],
        quantities=FrozenMapping(dict(statement.quantities)),
        report=event["report"],
        open_requests=FrozenMapping(event.get("open_requests", {})),
        replaces=tuple(event.get("replaces", ())),
        replaced_by=replaced_by(view, entry.n),
        overtaken_by=overtaken_by(view, statement),
    )


def verifications(reader: Snapshot, project: str) -> Listing[VerificationStatement]:
    """Every verifier's statement about a project, oldest first, replaced and overtaken ones included.

    Args:
        project: The project's id.

    Raises:
        UnknownProjectError: There is no such project.

    Example:
        >>> import carbon_ledger as cl
        >>> ledger = cl.open_ledger(":memory:")
        >>> _ = ledger.register_device(cl.Device(id="wind", name="Wind", technology="wind/onshore", capacity="3 MW",
        ...     country="DE", grid="DE", zone="Europe/Berlin", commissioned="2020-01-01"))
        >>> project = cl.Project(id="p", instrument="I-REC-E", zone="Europe/Berlin", devices=("wind",))
        >>> _ = ledger.register_project(project)
        >>> may, digest = cl.Period.month(2024, 5, zone="Europe/Berlin"), f"sha256:{64 * '0'}"
        >>> _ = ledger.record_generation("wind", may, net="900.5 MWh")
        >>> _ = ledger.state_verification("p", may, body="Verifiers Ltd", opinion="unmodified", assurance="limited",
        ...     quantities={2024: 900}, report=digest, size=ledger.size, root=ledger.root())
        >>> _ = ledger.correct_generation("wind", may, net="890 MWh", reason="misread", evidence=digest)
        >>> [(item.opinion, item.overtaken_by) for item in ledger.verifications("p")]
        [('unmodified', (5,))]
    """
    view = reader._view()
    found = statements_of(view, lookup.project(view, project).id)
    return Listing((statement_at(view, view.entry(item.n)) for item in found), VerificationStatement)
