"""Auditing a store: hash every entry, replay every command, and compare every derived row."""

from collections.abc import Iterable

from attrs import evolve, field, frozen

from carbon_ledger.audit.findings import (
    HASHES,
    READABLE,
    ROWS,
    RULES,
    RULES_BUT,
    SUMS,
    WHOLE,
    AuditNote,
    Finding,
    Progress,
)
from carbon_ledger.audit.limits import MOST_NAMED, Limits, NotRecomputed
from carbon_ledger.audit.notes import Notes
from carbon_ledger.audit.replay import RootedHasher, compare_tiles
from carbon_ledger.audit.workers import audit_slices
from carbon_ledger.core.methodologies import NOTHING, Known
from carbon_ledger.core.state.store import Auditable, Store
from carbon_ledger.errors import CarbonLedgerError, MethodologyError, StoreError
from carbon_ledger.log.merkle import RootHasher
from carbon_ledger.printing import lines, quote
from carbon_ledger.records import Json, Record
from carbon_ledger.tables import INTEGER, TEXT, Column, Listing, Table
from carbon_ledger.tables.html import html_facts, html_of


def _findings(items: Iterable[Finding]) -> Listing[Finding]:
    return Listing(items, Finding)


def _notes(items: Iterable[AuditNote]) -> Listing[AuditNote]:
    return Listing(items, AuditNote)


@frozen(kw_only=True, repr=False)
class AuditReport(Record):
    """What an audit found.

    Attributes:
        ledger_id: The ledger's id, or `None` if entry 0 cannot be read.
        size: Entries in the log.
        root: RFC 6962 root of all entries, hexadecimal, which commits to every entry. Empty if an entry could not be
            hashed.
        checks: Name of each check that was run, and how many things it checked.
        findings: What is wrong; empty if nothing is.
        not_run: Names of the checks that could not be run because of an earlier finding.
        checkpoint: Of a published log, the signed checkpoint that was audited: store it for the next audit.
        notes: What a reader should know although nothing is wrong, such as a decision of a person and its reason: up
            to a hundred of each kind, and a count of the rest. Zone rules are compared with the tzdata release that
            they name only if that release is installed.
        not_recomputed: The entries whose lines and amounts were taken as recorded, because the object of their
            methodology was not passed, or has other code. The name of the check of the rules names them, too.
    """

    _in_repr = ("ledger_id", "size", "passed", "findings", "notes")
    _derived = ("passed",)

    ledger_id: str | None
    size: int
    root: str
    checks: tuple[tuple[str, int], ...]
    findings: Listing[Finding] = field(converter=_findings)
    not_run: tuple[str, ...] = ()
    checkpoint: bytes | None = None
    notes: Listing[AuditNote] = field(default=(), converter=_notes)
    not_recomputed: tuple[NotRecomputed, ...] = ()

    def to_dict(self) -> dict[str, Json]:
        """The report as plain values; a signed checkpoint is its text."""
        text = None if self.checkpoint is None else self.checkpoint.decode(errors="backslashreplace")
        return super().to_dict() | {"checkpoint": text}

    @property
    def passed(self) -> bool:
        """Whether every check was run on all entries, and found nothing wrong.

        False if quantifications were not computed again (`not_recomputed`), because their amounts prove nothing. The
        audit has then checked everything else, and *findings* lists what is wrong with that.
        """
        return not self.findings and not self.not_run and not self.not_recomputed

    def __str__(self) -> str:
        """The report as text: first what was not computed again."""
        report = [str(item) for item in self.not_recomputed]
        report += [f"Ledger {self.ledger_id}: {self.size} entries, root {self.root}"]
        failed = {finding.check for finding in self.findings}
        report += [f"  {'FAILED' if name in failed else 'passed'}  {name} ({count:,})" for name, count in self.checks]
        report += [f"  not run {name}" for name in self.not_run]
        report += [f"  {finding}" for finding in self.findings]
        report += [f"  {note}" for note in self.notes]
        return lines(*report)

    def _repr_html_(self) -> str:
        """The report as HTML tables: the result, the checks, and what was found."""
        failed = {finding.check for finding in self.findings}
        ran = ((name, "FAILED" if name in failed else "passed", count) for name, count in self.checks)
        checks = (*ran, *((name, "not run", None) for name in self.not_run))
        facts = {"entries": self.size, "root": self.root, "result": "passed" if self.passed else "NOT PASSED"}
        facts["not computed again"] = [str(item) for item in self.not_recomputed]
        found = ((name, listing) for name, listing in (("Findings", self.findings), ("Notes", self.notes)) if listing)
        columns = (Column("check", TEXT), Column("result", TEXT), Column("checked", INTEGER))
        table = Table("Checks", columns, checks)
        return (
            html_facts(f"Audit of ledger {self.ledger_id}", facts)
            + html_of(table)
            + "".join(html_of(evolve(listing._table(), title=name)) for name, listing in found)
        )


def audit(
    store: Store, *, workers: int = 1, progress: Progress | None = None, known: Known = NOTHING, places: str = "[]"
) -> AuditReport:
    """Audit a store against its own log. The audit reads the store in short slices and writes nothing to it.

    Args:
        store: The store.
        workers: How many processes share the entries. A store in memory is audited by one process.
        progress: Called from time to time with the number of entries audited, and the number of all entries.
        known: Methodologies of the auditor's own.
        places: Where worker processes import these methodologies, as `imported_methodologies` reads it.

    Raises:
        MethodologyError: A worker process cannot import one of these methodologies.
        StoreError: *workers* or *progress* is invalid, the store is not `Auditable`, or a worker failed.

    Source:
        Design decision 9; domain invariants 22 and 24.
    """
    auditable = _auditable(store, workers)
    findings: list[Finding] = []
    notes, limits = Notes(), Limits(known)
    hasher = RootHasher()
    ledger_id, size = None, 0
    checks: list[tuple[str, int]] = []
    try:
        size = auditable.size()
        slices = audit_slices(auditable, size, workers, hasher, progress, known, places)
        findings += [finding for part in slices for finding in part.findings]
        for part in slices:
            notes.merge(part.notes)
            limits.merge(part.limits)
        replayed = sum(part.replayed for part in slices)
        checks += [(HASHES, sum(part.hashed for part in slices)), (RULES, replayed), (WHOLE, 1)]
        if replayed:
            ledger_id = str(auditable.view(1).entry(0).event["ledger"])
        if replayed == size:
            tiles = compare_tiles(auditable, size, findings)
            # The last slice ends with all rows; those of a slice before it are among them.
            checks.append((ROWS, tiles + slices[-1].compared))
            checks.append((SUMS, sum(part.summed for part in slices)))
    except MethodologyError:
        raise
    except CarbonLedgerError as error:
        findings.append(Finding(READABLE, None, str(error)))
    checks.insert(0, (READABLE, size))
    all_checks = (HASHES, RULES, WHOLE, ROWS, SUMS)
    return report_of(ledger_id, size, hasher, checks, findings, notes.all(), limits.all(), all_checks)


def _auditable(store: Store, workers: int) -> Auditable:
    """The store, unless an audit cannot begin."""
    if type(workers) is not int or workers < 1:
        raise StoreError(f"audit(workers={quote(workers)}): expected a whole number of 1 or more")
    if not isinstance(store, Auditable):
        raise StoreError(
            f"audit(): a store of type {type(store).__name__} cannot be audited in place, because it lacks methods of "
            "Auditable (replay_store, worker_path, split_points); back up the ledger, open the copy, and audit the copy"
        )
    return store


def report_of(
    ledger_id: str | None,
    size: int,
    hasher: RootedHasher,
    checks: list[tuple[str, int]],
    findings: list[Finding],
    notes: Iterable[AuditNote],
    not_recomputed: tuple[NotRecomputed, ...],
    all_checks: tuple[str, ...],
    checkpoint: bytes | None = None,
) -> AuditReport:
    """Build a report. Checks of *all_checks* that were not reached are listed as not run."""
    ran = {name for name, _ in checks}
    if not_recomputed:
        what = "; ".join(f"{item.listed} by {item.methodology}" for item in not_recomputed[:MOST_NAMED])
        what += f"; and {rest:,} more methodologies" if (rest := len(not_recomputed) - MOST_NAMED) > 0 else ""
        checks = [(f"{RULES_BUT}{what}" if name == RULES else name, count) for name, count in checks]
        findings = [evolve(item, check=f"{RULES_BUT}{what}") if item.check == RULES else item for item in findings]
    return AuditReport(
        ledger_id=ledger_id,
        size=size,
        root=hasher.root().hex() if hasher.size == size else "",
        checks=tuple(checks),
        findings=findings,
        not_run=tuple(name for name in all_checks if name not in ran),
        checkpoint=checkpoint,
        notes=notes,
        not_recomputed=not_recomputed,
    )
