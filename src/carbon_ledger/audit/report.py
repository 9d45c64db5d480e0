"""The audit: hash every entry, run every rule again, and compare all that was derived."""

from collections.abc import Iterable

from attrs import frozen

from carbon_ledger.audit.findings import HASHES, READABLE, ROWS, RULES, SUMS, WHOLE, AuditNote, Finding, Progress
from carbon_ledger.audit.notes import Notes
from carbon_ledger.audit.replay import RootedHasher, compare_tiles
from carbon_ledger.audit.workers import audit_slices
from carbon_ledger.core.state.store import Auditable, Store
from carbon_ledger.errors import CarbonLedgerError, StoreError
from carbon_ledger.log.merkle import RootHasher
from carbon_ledger.printing import lines, quote


@frozen(kw_only=True)
class AuditReport:
    """What an audit found.

    Attributes:
        ledger_id: The ledger's id, where entry 0 can be read.
        size: Entries in the log.
        root: RFC 6962 root of all entries, hexadecimal; it commits to every one of them. Empty where not
            all could be hashed.
        checks: Name of each check, and how many things it looked at.
        findings: What is not as it must be; empty where all is right.
        not_run: Names of the checks that could not be run, for what was found before them.
        checkpoint: The signed checkpoint that was audited, for a published log: what to keep.
        notes: What a reader should know, though nothing is wrong with it: what somebody decided, and why; of each
            kind a hundred, and how many more. Whether the rules of a zone are those of the release that they name is
            seen only where that release is installed.
    """

    ledger_id: str | None
    size: int
    root: str
    checks: tuple[tuple[str, int], ...]
    findings: tuple[Finding, ...]
    not_run: tuple[str, ...] = ()
    checkpoint: bytes | None = None
    notes: tuple[AuditNote, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every check was run and there is no finding."""
        return not self.findings and not self.not_run

    def __str__(self) -> str:
        """The report as text."""
        report = [f"Ledger {self.ledger_id}: {self.size} entries, root {self.root}"]
        failed = {finding.check for finding in self.findings}
        report += [f"  {'FAILED' if name in failed else 'passed'}  {name} ({count:,})" for name, count in self.checks]
        report += [f"  not run {name}" for name in self.not_run]
        report += [f"  {finding}" for finding in self.findings]
        report += [f"  {note}" for note in self.notes]
        return lines(*report)


def audit(store: Store, *, workers: int = 1, progress: Progress | None = None) -> AuditReport:
    """Audit a store against its own log; it reads in short slices and writes nothing to it.

    Args:
        store: The store.
        workers: How many processes share the entries; a store in memory is audited by one.
        progress: Is told now and then how many entries are done, and of how many.

    Raises:
        StoreError: *workers* is not usable, or the store is not `Auditable`.

    Source:
        Design decision 9; domain invariants 22 and 24.
    """
    if type(workers) is not int or workers < 1:
        raise StoreError(f"audit(workers={quote(workers)}): expected a whole number of 1 or more")
    if not isinstance(store, Auditable):
        raise StoreError(
            f"audit(): a store of type {type(store).__name__} cannot be audited where it is, for it lacks methods of "
            "Auditable (replay_store, worker_path, split_points); back the ledger up, open the copy, and audit that"
        )
    findings: list[Finding] = []
    notes = Notes()
    hasher = RootHasher()
    ledger_id, size = None, 0
    checks: list[tuple[str, int]] = []
    try:
        size = store.size()
        slices = audit_slices(store, size, workers, hasher, progress)
        findings += [finding for part in slices for finding in part.findings]
        for part in slices:
            notes.merge(part.notes)
        replayed = sum(part.replayed for part in slices)
        checks += [(HASHES, sum(part.hashed for part in slices)), (RULES, replayed), (WHOLE, 1)]
        if replayed:
            ledger_id = str(store.view(1).entry(0).event["ledger"])
        if replayed == size:
            tiles = compare_tiles(store, size, findings)
            checks.append((ROWS, tiles + sum(part.compared for part in slices)))
            checks.append((SUMS, sum(part.summed for part in slices)))
    except CarbonLedgerError as error:
        findings.append(Finding(READABLE, None, str(error)))
    checks.insert(0, (READABLE, size))
    return report_of(ledger_id, size, hasher, checks, findings, notes.all(), (HASHES, RULES, WHOLE, ROWS, SUMS))


def report_of(
    ledger_id: str | None,
    size: int,
    hasher: RootedHasher,
    checks: list[tuple[str, int]],
    findings: list[Finding],
    notes: Iterable[AuditNote],
    all_checks: tuple[str, ...],
    checkpoint: bytes | None = None,
) -> AuditReport:
    """Put a report together; a check that was not reached is not said to have passed."""
    ran = {name for name, _ in checks}
    return AuditReport(
        ledger_id=ledger_id,
        size=size,
        root=hasher.root().hex() if hasher.size == size else "",
        checks=tuple(checks),
        findings=tuple(findings),
        not_run=tuple(name for name in all_checks if name not in ran),
        checkpoint=checkpoint,
        notes=tuple(notes),
    )
