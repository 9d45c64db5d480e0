"""Publishing the log as C2SP tiles, bundles and a signed checkpoint, for any static file server.

Every file is written completely or not at all, and the checkpoint last, so that an interrupted publish can be repeated.
"""

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from attrs import frozen

from carbon_ledger.core.state.store import Backup, Log
from carbon_ledger.errors import BrokenLogError, ForkError, FormatError, SigningKeyError, StoreError
from carbon_ledger.files import kind_of, path_text, read_file
from carbon_ledger.log.bundles import encode_bundle
from carbon_ledger.log.checkpoint import Checkpoint, parse_checkpoint
from carbon_ledger.log.coordinates import WIDTH, Bundle
from carbon_ledger.log.growing import TileBuilder
from carbon_ledger.log.merkle import leaf_hash
from carbon_ledger.log.note import parse_note
from carbon_ledger.log.tiles import root_hash
from carbon_ledger.printing import quote
from carbon_ledger.publishing.removal import remove_left_over, remove_unlisted, remove_views
from carbon_ledger.records import Json, Record
from carbon_ledger.signing import Signer, sign_checkpoint

CHECKPOINT: Final = "checkpoint"
MAX_CHECKPOINT_BYTES: Final = 1 << 20


@frozen(repr=False)
class Published(Record):
    """A published checkpoint: store it elsewhere as a pin, and make receipts with it.

    Attributes:
        checkpoint: The log's state: its origin, size and root.
        note: The signed checkpoint, the bytes of the file ``checkpoint``.
    """

    checkpoint: Checkpoint
    note: bytes

    def to_dict(self) -> dict[str, Json]:
        """The checkpoint as plain values: its origin, size and root, and the signed note as text."""
        return {"origin": self.origin, "size": self.size, "root": self.root.hex(), "note": self.note.decode()}

    @property
    def origin(self) -> str:
        """The log's name."""
        return self.checkpoint.origin

    @property
    def size(self) -> int:
        """Entries in the log."""
        return self.checkpoint.size

    @property
    def root(self) -> bytes:
        """The log's root. [32 octets]"""
        return self.checkpoint.root


PublicFiles = Callable[[Published], Iterable[tuple[str, bytes]]]


def note_of(checkpoint: object) -> bytes:
    """Get the bytes of a signed checkpoint, from what `publish` returned or from the bytes of its file.

    Raises:
        FormatError: *checkpoint* is neither a `Published` nor bytes.
    """
    note = checkpoint.note if isinstance(checkpoint, Published) else checkpoint
    if not isinstance(note, bytes):
        raise FormatError(f"checkpoint {quote(checkpoint)}: expected what publish() returned, or the bytes of its file")
    return note


def checkpoint_of(pinned: object) -> Checkpoint:
    """Get the checkpoint of a pin: a checkpoint, signed or not, or a backup. No signature is verified.

    Raises:
        FormatError: *pinned* is something else, or malformed.
    """
    if isinstance(pinned, Backup):
        return Checkpoint("backup", pinned.size, _root_of(pinned.root))
    if not isinstance(pinned, (Checkpoint, Published, bytes)):
        raise FormatError(
            f"pin {quote(pinned)}: expected what publish() or backup() returned, the bytes of a checkpoint, or the "
            "size and root that you noted, as carbon_ledger.Backup(path='', size=..., root='...')"
        )
    return pinned if isinstance(pinned, Checkpoint) else parse_checkpoint(parse_note(note_of(pinned)).text)


def _root_of(text: object) -> bytes:
    if not isinstance(text, str) or re.fullmatch("[0-9a-f]{64}", text) is None:
        raise FormatError(f"pin: root {quote(text)}: expected 64 hexadecimal digits, as backup() returns them")
    return bytes.fromhex(text)


def require_consistent(log: Log, checkpoint: Checkpoint, where: str) -> None:
    """Refuse a log whose stored hashes do not continue a checkpoint.

    The check reads a few stored tiles and no entries, so it does not detect entries that were rewritten without
    changing their stored hashes. A pin hashes the entries themselves; see `carbon_ledger.publishing.pinning`.

    Raises:
        ForkError: The log has fewer entries than the checkpoint, or the hashes of different entries.
    """
    size = log.size()
    if checkpoint.size > size:
        raise ForkError(
            f"{where}: the checkpoint has {checkpoint.size} entries, but the ledger has {size}: it was cut off or "
            "rolled back. Stop using the ledger, and restore it from a copy"
        )
    if root_hash(checkpoint.size, log.tile) != checkpoint.root:
        raise ForkError(
            f"{where}: the ledger's first {checkpoint.size} entries are not those of the checkpoint: the ledger was "
            "rewritten, or is a different ledger. Stop using the ledger, and preserve both as evidence"
        )


def publish(
    log: Log, directory: str | os.PathLike[str], signer: Signer, public_files: PublicFiles | None = None
) -> Published:
    """Write a published log, or extend it with the newest entries.

    The entries that the new checkpoint adds are hashed again before it is signed, from the tile in which the
    published checkpoint ends.

    Args:
        log: The ledger's log.
        directory: Where the log is published; created if absent.
        signer: The log's private key; its name is the log's origin.
        public_files: Returns the paths and the bytes of the public views of a checkpoint. They are written before the
            checkpoint; those of the checkpoint before it stay, and those of earlier ones are removed.

    Returns:
        The checkpoint that is now published.

    Raises:
        ForkError: The ledger does not continue the checkpoint that is published there.
        BrokenLogError: An entry does not match the hash stored when it was recorded.
        StoreError: The directory cannot be written, or another process published meanwhile.
        MissingExtraError: cryptography is not installed.
        SigningKeyError: *signer* is not a `Signer`.
    """
    place = Path(path_text(directory, StoreError))
    if not isinstance(signer, Signer):
        raise SigningKeyError(f"signer of type {type(signer).__name__}: expected a Signer, e.g. Signer.from_file(path)")
    try:
        return _publish(log, place, signer, public_files)
    except OSError as error:
        raise StoreError(
            f"{place}: cannot publish ({error.strerror}: {error.filename}); publish to a directory that can be written "
            "and has space"
        ) from None


def _publish(log: Log, place: Path, signer: Signer, public_files: PublicFiles | None) -> Published:
    place.mkdir(parents=True, exist_ok=True)
    old = _published(place)
    if old is not None:
        if old.origin != signer.name:
            raise ForkError(
                f"{place}: the log {old.origin} is published there, expected {signer.name}; "
                "publish to another directory"
            )
        require_consistent(log, old.checkpoint, str(place))
    new = _extended(log, place, old, signer)
    written = _write_views(place, public_files, new)
    if new is not old:
        if _published(place) != old:
            raise StoreError(f"{place}: another process published at the same time; publish again")
        _write(place, CHECKPOINT, new.note)
        remove_left_over(place)
    if public_files is not None:
        _remove_old_views(place, old, new, written)
    return new


def _extended(log: Log, place: Path, old: Published | None, signer: Signer) -> Published:
    """Write the tiles and bundles of the log. Return its checkpoint, which is the old one if that is still right."""
    size = log.size()
    builder = _write_tiles(log, place, old.size if old is not None else 0, size)
    if old is not None and old.size == size and _signed_by(old.note, signer):
        return old
    checkpoint = Checkpoint(signer.name, size, builder.root())
    return Published(checkpoint, sign_checkpoint(checkpoint, signer))


def _write_views(place: Path, public_files: PublicFiles | None, published: Published) -> set[str]:
    """Write the public views of a checkpoint. Return their paths."""
    written: set[str] = set()
    for name, data in () if public_files is None else public_files(published):
        _write(place, name, data)
        written.add(name)
    return written


def _remove_old_views(place: Path, old: Published | None, new: Published, written: set[str]) -> None:
    """Remove views that no reader needs. Those of the checkpoint before stay, for readers that began with it."""
    remove_unlisted(place, new.size, written)
    if new is not old:
        remove_views(place, {item.size for item in (old, new) if item is not None})


def _published(place: Path) -> Published | None:
    if not os.path.lexists(place / CHECKPOINT):
        return None
    data = read_file(place / CHECKPOINT, StoreError, most=MAX_CHECKPOINT_BYTES)
    try:
        return Published(parse_checkpoint(parse_note(data).text), data)
    except FormatError as error:
        raise ForkError(f"{place / CHECKPOINT}: not a signed checkpoint ({error}); nothing was published") from None


def _signed_by(note: bytes, signer: Signer) -> bool:
    """Whether the note is signed by this key; after a change of keys it is signed by another key of the same name."""
    signatures = parse_note(note).signatures
    return any((item.name, item.key_id) == (signer.name, signer.key_id) for item in signatures)


def _write_tiles(log: Log, place: Path, old_size: int, size: int) -> TileBuilder:
    start = old_size // WIDTH * WIDTH
    builder = TileBuilder(start, log.tile)
    bundle: list[bytes] = []
    for n, (data, stored) in enumerate(zip(log.entries(start, size), log.leaves(start, size), strict=True), start):
        leaf = leaf_hash(data)
        if leaf != stored:
            raise BrokenLogError(f"entry {n}: hash {leaf.hex()}, stored at commit: {stored.hex()}; audit the ledger")
        bundle.append(data)
        for tile, hashes in builder.append(leaf):
            _write(place, tile.path, hashes)
        if len(bundle) == WIDTH:
            _write(place, Bundle(n // WIDTH).path, encode_bundle(bundle))
            bundle = []
    if builder.size != size:
        raise BrokenLogError(
            f"the log states {size} entries, but only {builder.size} of them are present; audit the ledger"
        )
    if bundle:
        _write(place, Bundle(size // WIDTH, len(bundle)).path, encode_bundle(bundle))
    for tile, hashes in builder.partial_tiles():
        _write(place, tile.path, hashes)
    return builder


def _require_file(path: Path) -> None:
    kind = kind_of(path.stat().st_mode)
    if kind is not None:
        raise StoreError(
            f"{path}: {kind}, expected a file of the published log; remove it, or publish to another directory"
        )


def _write(place: Path, name: str, data: bytes) -> None:
    """Write a file completely or not at all."""
    path = place / name
    if name != CHECKPOINT and os.path.lexists(path):
        # An existing file of another length is replaced without being read.
        if path.stat().st_size == len(data) and read_file(path, StoreError, most=len(data)) == data:
            return
        _require_file(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    temporary.unlink(missing_ok=True)  # left by a killed process with the same process id
    with temporary.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
