"""Auditing a published log from its files and its verifier key alone, without access to the ledger or a server."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from carbon_ledger.audit.findings import HASHES, MOST_FINDINGS, READABLE, RULES, SUMS, WHOLE, Finding
from carbon_ledger.audit.limits import Limits
from carbon_ledger.audit.notes import Notes, shared_keys
from carbon_ledger.audit.replay import check_invariants, replay
from carbon_ledger.audit.report import AuditReport, report_of
from carbon_ledger.core.methodologies import Known
from carbon_ledger.core.state.store import Store
from carbon_ledger.errors import BrokenLogError, CarbonLedgerError, ForkError, IntegrityError
from carbon_ledger.files import path_text, read_file
from carbon_ledger.ledger.methodologies import known_methodologies
from carbon_ledger.log.audit_path import HASH_BYTES
from carbon_ledger.log.checkpoint import Checkpoint, parse_checkpoint
from carbon_ledger.log.coordinates import WIDTH, Tile, tiles_to_write
from carbon_ledger.log.growing import TileBuilder
from carbon_ledger.log.merkle import verify_consistency
from carbon_ledger.log.note import parse_note
from carbon_ledger.log.published import Fetch, read_entries, tile_reader
from carbon_ledger.log.tiles import consistency_proof
from carbon_ledger.methodologies import Methodology
from carbon_ledger.opening.published_views import VIEWS, check_views, has_views
from carbon_ledger.printing import quote
from carbon_ledger.publishing.public_views import FOLDER, MOST_FILE_BYTES
from carbon_ledger.publishing.publish import CHECKPOINT, MAX_CHECKPOINT_BYTES, Published, note_of
from carbon_ledger.signing import verify_checkpoint
from carbon_ledger.signing.notes import TrustedKeys

if TYPE_CHECKING:
    from carbon_ledger.stores.sqlite import SqliteStore

SIGNED = "the checkpoint is signed by a trusted key"
CONTINUES = "the log continues the earlier checkpoint"
ROOT = "the entries have the signed root"
TILES = "every tile matches the entries"
ALL = (HASHES, TILES, RULES, WHOLE, ROOT, SUMS)

MAX_FILE_BYTES = WIDTH * (2 + 65_535)


class PublishedLog:
    """Entries and leaf hashes of a published log, one bundle or tile in memory at a time.

    Args:
        fetch: Returns the bytes at a path below the log's prefix, or `None`.
        size: Number of entries, from the checkpoint.
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
    """Make a function that reads the files of a published log from a directory.

    Args:
        directory: Where it was published or downloaded to.

    Returns:
        A function from a path below the directory to the file's bytes, or `None` if there is no such file.
    """
    place = Path(path_text(directory, BrokenLogError))

    def fetch(path: str) -> bytes | None:
        """Read a file; `None` if it does not exist.

        Raises:
            BrokenLogError: The file cannot be read, is not a regular file, or is longer than such a file can be.
        """
        if not os.path.lexists(place / path):
            return None
        return read_file(place / path, BrokenLogError, most=_most_bytes(path))

    return fetch


def _most_bytes(path: str) -> int:
    """The greatest length of a file of a published log. [octets]"""
    if path == CHECKPOINT:
        return MAX_CHECKPOINT_BYTES
    if path.startswith(f"{FOLDER}/"):
        return MOST_FILE_BYTES
    return MAX_FILE_BYTES if path.startswith("tile/entries/") else WIDTH * HASH_BYTES


def audit_published(
    source: str | os.PathLike[str] | Fetch,
    *,
    trusted_keys: TrustedKeys,
    since: bytes | Published | None = None,
    methodologies: Iterable[Methodology] = (),
) -> AuditReport:
    """Verify a published log, replay every entry, and report what is wrong.

    The audit reads one file at a time, so that its memory does not grow with the log. It replays the entries into a
    temporary file, which does grow. If public views of the checkpoint are published, each is written again and
    compared.

    Args:
        source: The directory of the log; or, for a log elsewhere, a function from a path below the log's prefix to the
            file's bytes, or `None` if there is no such file.
        trusted_keys: The log's verifier key, or several.
        since: A signed checkpoint of this log that the auditor stored earlier; the published log must continue it.
            Without an earlier checkpoint, an audit cannot detect a log that was rewritten as a whole and signed again.
        methodologies: Methodologies of one's own that the log adopts, as objects. The quantifications of those that are
            missing are not computed again; the report lists them.

    Returns:
        The report. Its findings are empty if nothing is wrong. A finding never raises an exception.

    Raises:
        MethodologyError: One of *methodologies* is not a methodology of one's own, or its source cannot be read.
        MissingExtraError: cryptography is not installed.
        SigningKeyError: A trusted key is invalid.

    Source:
        C2SP tlog-tiles, tlog-checkpoint and signed-note. [P]
    """
    known = known_methodologies(methodologies)
    fetch = source if callable(source) else directory_opener(source)
    try:
        note = _note(fetch)
        checkpoint = verify_checkpoint(note, trusted_keys)
    except IntegrityError as error:
        return _failed_report(SIGNED, error)
    try:
        earlier = None if since is None else _earlier(note_of(since), trusted_keys, checkpoint)
    except IntegrityError as error:
        return _failed_report(CONTINUES, error)
    return _audit(fetch, checkpoint, earlier, note, known)


def _note(fetch: Fetch) -> bytes:
    """The signed checkpoint of a published log.

    Raises:
        BrokenLogError: There is no checkpoint, or it cannot be read.
    """
    note = fetch(CHECKPOINT)
    if note is None:
        raise BrokenLogError(
            "there is no file 'checkpoint', expected a published log; give the directory that publish() wrote to"
        )
    return note


def _earlier(note: bytes, trusted_keys: TrustedKeys, published: Checkpoint) -> Checkpoint:
    """Verify an earlier checkpoint of the published log, and return it.

    The origin is compared before the signature is verified, because a key of another log proves nothing about this log.
    """
    origin = parse_checkpoint(parse_note(note).text).origin
    if origin != published.origin:
        raise ForkError(
            f"the earlier checkpoint is of the log {quote(origin)}, but the log {quote(published.origin)} is published "
            "here: give a checkpoint of the published log, or ask its operator why the log has another name"
        )
    return verify_checkpoint(note, trusted_keys, origin=published.origin)


def _failed_report(check: str, error: CarbonLedgerError) -> AuditReport:
    others = tuple(name for name in (SIGNED, *ALL) if name != check)
    finding = Finding(check, None, str(error))
    return AuditReport(ledger_id=None, size=0, root="", checks=((check, 1),), findings=(finding,), not_run=others)


class TileChecker:
    """Computes the tiles from the hashes of the entries, and compares each with the published tile."""

    def __init__(self, fetch: Fetch, findings: list[Finding]) -> None:
        self._read = tile_reader(fetch)
        self._findings = findings
        self._builder = TileBuilder()
        self.tiles = 0

    @property
    def size(self) -> int:
        """Number of leaves so far."""
        return self._builder.size

    def append(self, leaf_hash: bytes) -> None:
        """Add the next leaf, and compare the tiles that it completes."""
        self._compare(self._builder.append(leaf_hash))

    def finish(self) -> None:
        """Compare the partial tiles."""
        self._compare(self._builder.partial_tiles())

    def root(self) -> bytes:
        """The root of the leaves so far."""
        return self._builder.root()

    def _compare(self, tiles: list[tuple[Tile, bytes]]) -> None:
        for tile, data in tiles:
            self.tiles += 1
            try:
                same = self._read(tile.level, tile.index, tile.width) == data
                detail = f"{tile.path} differs from the tile computed from the entries"
            except IntegrityError as error:
                same, detail = False, str(error)
            if not same and len(self._findings) < MOST_FINDINGS:
                self._findings.append(Finding(TILES, None, detail))


def _audit(fetch: Fetch, checkpoint: Checkpoint, earlier: Checkpoint | None, note: bytes, known: Known) -> AuditReport:
    with _replayed(fetch, checkpoint, earlier, note, known) as (_, report):
        return report


@contextmanager
def replayed_log(directory: str, trusted_keys: TrustedKeys, known: Known) -> Iterator[tuple[Store, AuditReport]]:
    """A published log, verified and replayed into a temporary store, and the report of the audit.

    The store can be read while the context is open, if the report finds nothing wrong.

    Args:
        directory: Where the log was published or downloaded to.
        trusted_keys: The log's verifier key, or several.
        known: Methodologies that the caller passed.

    Raises:
        BrokenLogError: The directory has no checkpoint.
        InvalidSignatureError, FormatError: No trusted key signed the checkpoint.
        SigningKeyError, MissingExtraError: As `audit_published` raises them.
    """
    fetch = directory_opener(directory)
    note = _note(fetch)
    with _replayed(fetch, verify_checkpoint(note, trusted_keys), None, note, known) as found:
        yield found


@contextmanager
def _replayed(
    fetch: Fetch, checkpoint: Checkpoint, earlier: Checkpoint | None, note: bytes, known: Known
) -> Iterator[tuple[Store, AuditReport]]:
    """Audit a published log by a replay into a temporary store, which exists as long as the context is open."""
    from carbon_ledger.stores.sqlite import SqliteStore

    with tempfile.TemporaryDirectory(prefix="carbon-ledger-") as place:
        target = SqliteStore(Path(place) / "replay.db", durable=False)
        try:
            yield target, _replay(fetch, checkpoint, earlier, note, known, target)
        finally:
            target.close()


def _replay(
    fetch: Fetch, checkpoint: Checkpoint, earlier: Checkpoint | None, note: bytes, known: Known, target: "SqliteStore"
) -> AuditReport:
    findings: list[Finding] = []
    notes, limits = Notes(), Limits(known)
    log, hasher = PublishedLog(fetch, checkpoint.size), TileChecker(fetch, findings)
    checks: list[tuple[str, int]] = [(SIGNED, 1)]
    is_viewed = has_views(fetch, checkpoint.size)
    ledger_id = None
    try:
        if earlier is not None:
            checks.append((CONTINUES, 1))
            _check_continues(fetch, earlier, checkpoint, findings)
        with target.transaction():
            replayed = replay(log, target, checkpoint.size, hasher, findings, notes, limits)
        hasher.finish()
        checks += [(HASHES, hasher.size), (TILES, hasher.tiles), (RULES, replayed), (WHOLE, 1), (ROOT, 1)]
        if hasher.root() != checkpoint.root:
            detail = f"the entries have the root {hasher.root().hex()}, the checkpoint has {checkpoint.root.hex()}"
            findings.append(Finding(ROOT, None, detail))
        if replayed:
            ledger_id = str(target.view(1).entry(0).event["ledger"])
        if replayed == checkpoint.size:
            checks.append((SUMS, check_invariants(target, findings)))
            notes.add(shared_keys(target))
            if is_viewed:
                checks.append((VIEWS, check_views(fetch, target, Published(checkpoint, note), findings)))
    except CarbonLedgerError as error:
        findings.append(Finding(READABLE, None, str(error)))
    checks.insert(0, (READABLE, checkpoint.size))
    expected = (*ALL, VIEWS) if is_viewed else ALL
    return report_of(ledger_id, checkpoint.size, hasher, checks, findings, notes.all(), limits.all(), expected, note)


def _check_continues(fetch: Fetch, earlier: Checkpoint, new: Checkpoint, findings: list[Finding]) -> None:
    try:
        if earlier.size > new.size:
            raise BrokenLogError(
                f"the log had {earlier.size} entries and now has {new.size}: it was cut off or rolled back"
            )
        proof = consistency_proof(earlier.size, new.size, tile_reader(fetch))
        verify_consistency(earlier.size, new.size, proof, earlier.root, new.root)
    except CarbonLedgerError as error:
        findings.append(Finding(CONTINUES, None, f"{error}; preserve both checkpoints as evidence"))
