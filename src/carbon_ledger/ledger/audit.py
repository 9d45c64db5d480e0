"""The audit: hash every entry, run every rule again, and compare all that was derived."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Final, Protocol

from attrs import frozen

from carbon_ledger.errors import CarbonLedgerError
from carbon_ledger.ledger.entries import Entry
from carbon_ledger.ledger.invariants import broken_invariants
from carbon_ledger.ledger.rules import apply
from carbon_ledger.ledger.state import TABLES, Store
from carbon_ledger.log.merkle import RootHasher, leaf_hash

READABLE: Final = "the file can be read"
HASHES: Final = "every entry hashes to its leaf"
RULES: Final = "every entry follows from the rules, every quantification computed again"
WHOLE: Final = "the log ends with a whole command"
ROWS: Final = "every derived row is what the entries give"
SUMS: Final = "balances, blocks and carry add up"

MOST_FINDINGS: Final = 100  # of each check; a broken file would otherwise fill the report


@frozen
class Finding:
    """Something that is not as it must be.

    Attributes:
        check: The check that found it.
        entry: The entry concerned, where there is one.
        detail: What was found, and what was expected.
    """

    check: str
    entry: int | None
    detail: str

    def __str__(self) -> str:
        """The finding as a line."""
        where = "" if self.entry is None else f" entry {self.entry}:"
        return f"[{self.check}]{where} {self.detail}"


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
    """

    ledger_id: str | None
    size: int
    root: str
    checks: tuple[tuple[str, int], ...]
    findings: tuple[Finding, ...]
    not_run: tuple[str, ...] = ()
    checkpoint: bytes | None = None

    @property
    def passed(self) -> bool:
        """Whether every check was run and there is no finding."""
        return not self.findings and not self.not_run

    def __str__(self) -> str:
        """The report as text."""
        lines = [f"Ledger {self.ledger_id}: {self.size} entries, root {self.root}"]
        failed = {finding.check for finding in self.findings}
        lines += [f"  {'FAILED' if name in failed else 'passed'}  {name} ({count:,})" for name, count in self.checks]
        lines += [f"  not run {name}" for name in self.not_run]
        lines += [f"  {finding}" for finding in self.findings]
        return "\n".join(lines)


class Log(Protocol):
    """Where entries come from: a store, or a published log."""

    def size(self) -> int:
        """How many entries there are."""

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        """The bytes of entries start..stop-1."""

    def leaves(self, start: int, stop: int) -> Iterator[bytes]:
        """The leaf hashes that were committed to, of entries start..stop-1."""


class Hasher(Protocol):
    """What takes the leaf hashes, one after the other, and gives their root."""

    @property
    def size(self) -> int:
        """Leaves so far."""

    def append(self, leaf_hash: bytes) -> object:
        """Take the next leaf."""

    def root(self) -> bytes:
        """The root of the leaves so far."""


def audit(store: Store) -> AuditReport:
    """Audit a store against its own log; it reads in short slices and writes nothing to it.

    Args:
        store: The store.

    Source:
        Design decision 9; domain invariants 22 and 24.
    """
    findings: list[Finding] = []
    hasher = RootHasher()
    scratch = store.scratch()
    ledger_id, size = None, 0
    checks: list[tuple[str, int]] = []
    try:
        size = store.size()
        with scratch.transaction():
            replayed = replay(store, scratch, size, hasher, findings)
        checks += [(HASHES, hasher.size), (RULES, replayed), (WHOLE, 1)]
        if replayed:
            ledger_id = str(scratch.view(1).entry(0).event["ledger"])
        if replayed == size:
            checks.append((ROWS, sum(_compare(store, scratch, table, size, findings) for table in TABLES)))
            checks.append((SUMS, check_invariants(scratch, findings)))
    except CarbonLedgerError as error:
        findings.append(Finding(READABLE, None, str(error)))
    finally:
        scratch.close()
    return report_of(ledger_id, size, hasher, [(READABLE, size), *checks], findings, (HASHES, RULES, WHOLE, ROWS, SUMS))


def report_of(
    ledger_id: str | None,
    size: int,
    hasher: Hasher,
    checks: list[tuple[str, int]],
    findings: list[Finding],
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
    )


def replay(store: Log, scratch: Store, size: int, hasher: Hasher, findings: list[Finding]) -> int:
    """Hash every entry; run the rules up to the first entry that they refuse."""
    replayed, hashes, standing = 0, 0, True
    last: Entry | None = None
    for n, (data, stored) in enumerate(zip(store.entries(0, size), store.leaves(0, size), strict=True)):
        leaf = leaf_hash(data)
        hasher.append(leaf)
        if leaf != stored and hashes < MOST_FINDINGS:
            hashes += 1
            findings.append(Finding(HASHES, n, f"hash {leaf.hex()}, stored at commit: {stored.hex()}"))
        if not standing:
            continue
        try:
            last = Entry.from_bytes(data)
            scratch.append(data, apply(scratch.view(n), last))
            scratch.keep(last)
            replayed += 1
        except CarbonLedgerError as error:
            standing = False
            findings.append(Finding(RULES, n, f"{error} (later entries were hashed, not replayed)"))
    if hasher.size != size:
        detail = f"the log says it has {size} entries, and {hasher.size} of them are there"
        findings.append(Finding(HASHES, hasher.size, detail))
    if standing and last is not None and last.part != last.parts:
        detail = f"its command has {last.parts} entries, and the log ends at part {last.part}"
        findings.append(Finding(WHOLE, last.n, detail))
    if size == 0:
        findings.append(Finding(WHOLE, None, "the log has no entry: it was cut off"))
    return replayed


def _compare(store: Store, scratch: Store, table: str, size: int, findings: list[Finding]) -> int:
    """Compare a table as of *size* entries with the one that the replay gave."""
    count, differing = 0, 0
    for found, expected in zip_longest(store.rows(table, size), scratch.rows(table)):
        count += expected is not None
        if found != expected and differing < MOST_FINDINGS:
            differing += 1
            detail = f"table {table}: the file has {found}, the entries give {expected}"
            findings.append(Finding(ROWS, None, detail))
    return count


def check_invariants(scratch: Store, findings: list[Finding]) -> int:
    """Check what no single rule states; how many things were looked at."""
    looked_at, broken = broken_invariants(scratch, MOST_FINDINGS)
    findings += [Finding(SUMS, None, detail) for detail in broken]
    return looked_at
