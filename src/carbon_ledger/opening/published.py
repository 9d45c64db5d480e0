"""Auditing a published log from outside: its files and its verifier key, no server and no word of ours."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from carbon_ledger.audit.findings import HASHES, MOST_FINDINGS, READABLE, RULES, SUMS, WHOLE, Finding
from carbon_ledger.audit.notes import Notes, shared_keys
from carbon_ledger.audit.replay import check_invariants, replay
from carbon_ledger.audit.report import AuditReport, report_of
from carbon_ledger.errors import BrokenLogError, CarbonLedgerError, ForkError, IntegrityError
from carbon_ledger.files import path_text, read_file
from carbon_ledger.log.audit_path import HASH_BYTES
from carbon_ledger.log.checkpoint import Checkpoint, parse_checkpoint
from carbon_ledger.log.coordinates import WIDTH, Tile, tiles_to_write
from carbon_ledger.log.growing import TileBuilder
from carbon_ledger.log.merkle import verify_consistency
from carbon_ledger.log.note import parse_note
from carbon_ledger.log.published import Fetch, read_entries, tile_reader
from carbon_ledger.log.tiles import consistency_proof
from carbon_ledger.printing import quote
from carbon_ledger.publishing.publish import CHECKPOINT, MAX_CHECKPOINT_BYTES, Published, note_of
from carbon_ledger.signing import verify_checkpoint
from carbon_ledger.signing.notes import TrustedKeys

SIGNED = "the checkpoint is signed by a trusted key"
CONTINUES = "the log continues the checkpoint that was kept"
ROOT = "the entries have the root that was signed"
TILES = "every tile is the one that the entries give"
ALL = (HASHES, TILES, RULES, WHOLE, ROOT, SUMS)

MAX_FILE_BYTES = WIDTH * (2 + 65_535)


class PublishedLog:
    """Entries and leaf hashes of a published log, one bundle or tile in memory at a time.

    Args:
        fetch: Gives the bytes at a path below the log's prefix, or None.
        size: Entries, as the checkpoint says.
    """

    def __init__(self, fetch: Fetch, size: int) -> None:
        self._fetch = fetch
        self._size = size

    def size(self) -> int:
        """How many entries there are."""
        return self._size

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        """The bytes of entries start..stop-1, from the bundles."""
        return read_entries(stop, self._fetch, start=start)

    def leaves(self, start: int, stop: int) -> Iterator[bytes]:
        """The leaf hashes of entries start..stop-1, from the tiles of the lowest level."""
        read = tile_reader(self._fetch)
        for tile in tiles_to_write(0, stop):
            if tile.level == 0:
                data = read(0, tile.index, tile.width)
                for k in range(tile.width):
                    if tile.index * WIDTH + k >= start:
                        yield data[32 * k : 32 * k + 32]


def directory_opener(directory: str | os.PathLike[str]) -> Fetch:
    """Read a published log from a directory.

    Args:
        directory: Where it was published or downloaded to.

    Returns:
        A function from a path below it to the file's bytes, or None where there is no such file.
    """
    place = Path(path_text(directory, BrokenLogError))

    def fetch(path: str) -> bytes | None:
        """Read a file; raises BrokenLogError where it cannot be read.

        Raises:
            BrokenLogError: It is there and cannot be read, is no regular file, or is longer than one of its kind.
        """
        if not os.path.lexists(place / path):
            return None
        return read_file(place / path, BrokenLogError, most=_most_bytes(path))

    return fetch


def _most_bytes(path: str) -> int:
    """How long a file of a published log can be. [octets]"""
    if path == CHECKPOINT:
        return MAX_CHECKPOINT_BYTES
    return MAX_FILE_BYTES if path.startswith("tile/entries/") else WIDTH * HASH_BYTES


def audit_published(
    source: str | os.PathLike[str] | Fetch, *, trusted_keys: TrustedKeys, since: bytes | Published | None = None
) -> AuditReport:
    """Verify a published log, run every rule again, and report; memory does not grow with the log.

    It reads one file at a time; the state it replays into is a temporary file, which does grow.

    Args:
        source: The directory, or a function from a path below the log's prefix to its bytes or None, for
            a log that lies elsewhere.
        trusted_keys: The log's verifier key, or several.
        since: A signed checkpoint of this log that the auditor kept: what is published must continue it.
            Without one, a log that was rewritten as a whole and signed again cannot be told.

    Returns:
        The report; its findings are empty where all is right. Nothing is raised for what is found.

    Raises:
        MissingExtraError: cryptography is not installed.
        SigningKeyError: A trusted key is not one.

    Source:
        C2SP tlog-tiles, tlog-checkpoint and signed-note. [P]
    """
    fetch = source if callable(source) else directory_opener(source)
    try:
        note = fetch(CHECKPOINT)
        if note is None:
            raise BrokenLogError("there is no file 'checkpoint': not a published log")
        checkpoint = verify_checkpoint(note, trusted_keys)
    except IntegrityError as error:
        return _stopped(SIGNED, error)
    try:
        kept = None if since is None else _kept(note_of(since), trusted_keys, checkpoint)
    except IntegrityError as error:
        return _stopped(CONTINUES, error)
    return _audit(fetch, checkpoint, kept, note)


def _kept(note: bytes, trusted_keys: TrustedKeys, published: Checkpoint) -> Checkpoint:
    """The checkpoint that was kept, of the log that is published.

    Its log is compared before its signature is verified: a key of another log says nothing about this one.
    """
    origin = parse_checkpoint(parse_note(note).text).origin
    if origin != published.origin:
        raise ForkError(
            f"the checkpoint that was kept is of the log {quote(origin)}, and the log {quote(published.origin)} is "
            "published here: compare it with a checkpoint of that log, or ask why the log has another name"
        )
    return verify_checkpoint(note, trusted_keys, origin=published.origin)


def _stopped(check: str, error: CarbonLedgerError) -> AuditReport:
    others = tuple(name for name in (SIGNED, *ALL) if name != check)
    finding = Finding(check, None, str(error))
    return AuditReport(ledger_id=None, size=0, root="", checks=((check, 1),), findings=(finding,), not_run=others)


class TileChecker:
    """Builds the tiles from the entries' hashes, and compares each with the published one."""

    def __init__(self, fetch: Fetch, findings: list[Finding]) -> None:
        self._read = tile_reader(fetch)
        self._findings = findings
        self._builder = TileBuilder()
        self.tiles = 0

    @property
    def size(self) -> int:
        """Leaves so far."""
        return self._builder.size

    def append(self, leaf_hash: bytes) -> None:
        """Take the next leaf, and compare the tiles that it fills."""
        self._compare(self._builder.append(leaf_hash))

    def finish(self) -> None:
        """Compare the tiles that are not full."""
        self._compare(self._builder.partial_tiles())

    def root(self) -> bytes:
        """The root of the leaves so far."""
        return self._builder.root()

    def _compare(self, tiles: list[tuple[Tile, bytes]]) -> None:
        for tile, data in tiles:
            self.tiles += 1
            try:
                same = self._read(tile.level, tile.index, tile.width) == data
                detail = f"{tile.path} is not the tile that the entries give"
            except IntegrityError as error:
                same, detail = False, str(error)
            if not same and len(self._findings) < MOST_FINDINGS:
                self._findings.append(Finding(TILES, None, detail))


def _audit(fetch: Fetch, checkpoint: Checkpoint, kept: Checkpoint | None, note: bytes) -> AuditReport:
    from carbon_ledger.stores.sqlite import SqliteStore

    findings: list[Finding] = []
    notes = Notes()
    log, hasher = PublishedLog(fetch, checkpoint.size), TileChecker(fetch, findings)
    checks: list[tuple[str, int]] = [(SIGNED, 1)]
    ledger_id = None
    with tempfile.TemporaryDirectory(prefix="carbon-ledger-") as place:
        target = SqliteStore(Path(place) / "replay.db", durable=False)
        try:
            if kept is not None:
                checks.append((CONTINUES, 1))
                _require_continues(fetch, kept, checkpoint, findings)
            with target.transaction():
                replayed = replay(log, target, checkpoint.size, hasher, findings, notes)
            hasher.finish()
            checks += [(HASHES, hasher.size), (TILES, hasher.tiles), (RULES, replayed), (WHOLE, 1), (ROOT, 1)]
            if hasher.root() != checkpoint.root:
                detail = f"the entries have the root {hasher.root().hex()}, the checkpoint says {checkpoint.root.hex()}"
                findings.append(Finding(ROOT, None, detail))
            if replayed:
                ledger_id = str(target.view(1).entry(0).event["ledger"])
            if replayed == checkpoint.size:
                checks.append((SUMS, check_invariants(target, findings)))
                notes.add(shared_keys(target))
        except CarbonLedgerError as error:
            findings.append(Finding(READABLE, None, str(error)))
        finally:
            target.close()
    checks.insert(0, (READABLE, checkpoint.size))
    return report_of(ledger_id, checkpoint.size, hasher, checks, findings, notes.all(), ALL, note)


def _require_continues(fetch: Fetch, kept: Checkpoint, new: Checkpoint, findings: list[Finding]) -> None:
    try:
        if kept.size > new.size:
            raise BrokenLogError(f"it had {kept.size} entries, it has {new.size}: it was cut off or rolled back")
        proof = consistency_proof(kept.size, new.size, tile_reader(fetch))
        verify_consistency(kept.size, new.size, proof, kept.root, new.root)
    except CarbonLedgerError as error:
        findings.append(Finding(CONTINUES, None, f"{error}; keep both checkpoints as evidence"))
