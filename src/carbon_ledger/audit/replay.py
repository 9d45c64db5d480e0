"""Auditing a slice of the log: replaying its entries, from the stored state before them to the state after them.

The first slice begins with an empty state. Each slice compares the state after it with the stored rows, and the next
slice begins with those rows. All slices together therefore prove as much as one audit of the whole log.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, zip_longest
from typing import Any, Final, Protocol

from attrs import asdict, frozen

from carbon_ledger.audit.findings import HASHES, MOST_FINDINGS, ROWS, RULES, SUMS, WHOLE, Finding
from carbon_ledger.audit.invariants import broken_invariants
from carbon_ledger.audit.limits import Limits, require_limits
from carbon_ledger.audit.notes import Notes, require_record, shared_keys
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.methodologies import NOTHING, Known, replayed_view
from carbon_ledger.core.rules import apply
from carbon_ledger.core.state.store import TABLES, Auditable, ReplayTarget
from carbon_ledger.errors import CarbonLedgerError
from carbon_ledger.log.coordinates import WIDTH
from carbon_ledger.log.merkle import leaf_hash
from carbon_ledger.log.tiles import expand_tile, tile_root

PROGRESS_INTERVAL: Final = 256  # entries between two calls of a progress function


class EntrySource(Protocol):
    """Where an audit reads entries from: a store, or a published log."""

    def size(self) -> int:
        """How many entries there are."""

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        """The bytes of entries start..stop-1."""

    def leaves(self, start: int, stop: int) -> Iterator[bytes]:
        """The stored leaf hashes of entries start..stop-1."""


class Hasher(Protocol):
    """Receives the leaf hashes in order."""

    @property
    def size(self) -> int:
        """Number of leaves so far."""

    def append(self, leaf_hash: bytes) -> object:
        """Add the next leaf."""


class RootedHasher(Hasher, Protocol):
    """A hasher that also computes the root."""

    def root(self) -> bytes:
        """The root of the leaves so far."""


class OnProgress(Protocol):
    """Called with the number of entries audited so far."""

    def __call__(self, done: int, /) -> object:
        """Report progress."""


@frozen(kw_only=True)
class SliceReport:
    """What the audit of a slice found.

    Attributes:
        hashed: Entries hashed.
        replayed: Entries that the rules accept.
        compared: Rows compared.
        summed: Invariants checked that no single rule states, after the last entry.
        findings: What is wrong.
        notes: What a reader should know, as a record of `Notes.to_record`.
        limits: What could not be computed again, as a record of `Limits.to_record`.
    """

    hashed: int
    replayed: int
    compared: int
    summed: int
    findings: tuple[Finding, ...]
    notes: Mapping[str, Any]
    limits: Sequence[Sequence[Any]] = ()

    def to_record(self) -> dict[str, Any]:
        """The report as plain values."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: object) -> "SliceReport":
        """Make a report from plain values.

        Raises:
            ValueError: *record* is not a record of `to_record`.
        """
        if not isinstance(record, dict):
            raise ValueError("a report is an object")
        counts = {name: value for name, value in record.items() if name not in ("findings", "notes", "limits")}
        try:
            findings = tuple(Finding(**item) for item in record["findings"])
            notes, limits = require_record(record["notes"]), require_limits(record["limits"])
            found = cls(findings=findings, notes=notes, limits=limits, **counts)
        except (TypeError, KeyError) as error:
            raise ValueError(f"not the fields of a report: {error}") from None
        texts = [text for item in findings for text in (item.check, item.detail)]
        numbers = [item.entry for item in findings if item.entry is not None]
        if not all(type(value) is int for value in (*counts.values(), *numbers)) or not all(
            type(text) is str for text in texts
        ):
            raise ValueError("a field of a report has the wrong type")
        return found


class LeafCounter:
    """Counts leaf hashes without storing them, because the root of a slice proves nothing."""

    def __init__(self) -> None:
        self.size = 0

    def append(self, leaf_hash: bytes) -> None:
        """Add the next leaf."""
        del leaf_hash
        self.size += 1


def audit_slice(
    store: Auditable,
    start: int,
    stop: int,
    *,
    last: bool,
    hasher: Hasher,
    step: OnProgress,
    known: Known = NOTHING,
) -> SliceReport:
    """Audit entries start..stop-1, from the rows that the store has as of *start*.

    Args:
        store: The store.
        start: The first entry.
        stop: The first entry after the slice.
        last: Whether the log ends with the slice.
        hasher: Receives the leaf hashes.
        step: Called with the number of entries audited so far.
        known: Methodologies of the auditor's own.

    Raises:
        StoreError: The store cannot be read.
        BrokenLogError: A table of the store and its index do not agree.
    """
    findings: list[Finding] = []
    notes, limits = Notes(), Limits(known)
    before, compared, summed = hasher.size, 0, 0
    target = store.replay_store(start)
    try:
        with target.transaction():
            replayed = replay(store, target, stop, hasher, findings, notes, limits, start=start, last=last, step=step)
        if replayed == stop - start:
            compared = sum(_compare(store, target, name, stop, findings) for name in TABLES if name != "tile")
            summed = check_invariants(target, findings) if last else 0
            notes.add(shared_keys(target) if last else ())
    finally:
        target.close()
    return SliceReport(
        hashed=hasher.size - before,
        replayed=replayed,
        compared=compared,
        summed=summed,
        findings=tuple(findings),
        notes=notes.to_record(),
        limits=limits.to_record(),
    )


def replay(
    log: EntrySource,
    target: ReplayTarget,
    stop: int,
    hasher: Hasher,
    findings: list[Finding],
    notes: Notes,
    limits: Limits,
    *,
    start: int = 0,
    last: bool = True,
    step: OnProgress | None = None,
) -> int:
    """Hash entries start..stop-1, and replay them up to the first entry that the rules refuse.

    Figures of a methodology that *limits* does not know are taken as they are recorded. Returns the number of entries
    replayed, and adds to *findings*, *notes* and *limits*.
    """
    replayed, wrong_hashes, accepted, before = 0, 0, True, hasher.size
    newest: Entry | None = None
    for n, (data, stored) in enumerate(zip(log.entries(start, stop), log.leaves(start, stop), strict=True), start):
        leaf = leaf_hash(data)
        hasher.append(leaf)
        if leaf != stored and wrong_hashes < MOST_FINDINGS:
            wrong_hashes += 1
            findings.append(Finding(HASHES, n, f"hash {leaf.hex()}, stored at commit: {stored.hex()}"))
        if step is not None and (n + 1) % PROGRESS_INTERVAL == 0:
            step(n + 1 - start)
        if not accepted:
            continue
        try:
            newest = Entry.from_bytes(data)
            view = target.view(n)
            rows = apply(replayed_view(view, newest, limits.known), newest)
            findings += limits.examine(view, newest)
            target.append(data, rows)
            target.cache_entry(newest)
            replayed += 1
            notes.examine(newest)
        except CarbonLedgerError as error:
            accepted = False
            findings.append(Finding(RULES, n, f"{error} (later entries were hashed, not replayed)"))
    _check_count(start, stop, hasher.size - before, findings)
    if last and accepted and newest is not None and newest.part != newest.parts:
        detail = f"its command has {newest.parts} entries, but the log ends after part {newest.part}"
        findings.append(Finding(WHOLE, newest.n, detail))
    return replayed


def _check_count(start: int, stop: int, hashed: int, findings: list[Finding]) -> None:
    if hashed != stop - start:
        detail = f"the log states {stop} entries, but only {start + hashed} of them are present"
        findings.append(Finding(HASHES, start + hashed, detail))
    if stop == 0:
        findings.append(Finding(WHOLE, None, "the log has no entry, not even the one that opens it: it was cut off"))


def _compare(store: Auditable, target: ReplayTarget, table: str, size: int, findings: list[Finding]) -> int:
    """Compare a stored table as of *size* entries with the replayed one, and return the number of rows compared."""
    return _differences(table, store.rows(table, size), target.rows(table), findings)


def _differences(table: str, stored: Iterable[object], replayed: Iterable[object], findings: list[Finding]) -> int:
    count, differing = 0, 0
    for found, expected in zip_longest(stored, replayed):
        count += expected is not None
        if found != expected and differing < MOST_FINDINGS:
            differing += 1
            detail = f"table {table}: the file has {found}, expected {expected} from the entries"
            findings.append(Finding(ROWS, None, detail))
    return count


def compare_tiles(store: Auditable, size: int, findings: list[Finding]) -> int:
    """Compare the stored tiles with those computed from the leaf hashes, and return their number.

    Raises:
        BrokenLogError: The tree of the entries or of the tiles is damaged.
    """
    return _differences("tile", store.rows("tile", size), _tiles(store.leaves(0, size)), findings)


def _tiles(leaves: Iterator[bytes]) -> Iterator[tuple[int, int, bytes, bytes]]:
    """Every full tile over leaf hashes, by level: its level, index and root, and its hashes with their inner nodes."""
    level, hashes = 0, leaves
    while True:
        roots = []
        while len(row := list(islice(hashes, WIDTH))) == WIDTH:
            data = expand_tile(b"".join(row))
            roots.append(tile_root(data))
            yield level, len(roots) - 1, roots[-1], data
        if len(roots) < WIDTH:
            return
        level, hashes = level + 1, iter(roots)


def check_invariants(target: ReplayTarget, findings: list[Finding]) -> int:
    """Check the invariants that no single rule states, and return how many things were checked."""
    with target.write_lock():  # nobody else writes to *target*, so every query reads its newest state
        checked, broken = broken_invariants(target, MOST_FINDINGS)
    findings += [Finding(SUMS, None, detail) for detail in broken]
    return checked
