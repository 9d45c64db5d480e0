"""A published log made of the pure functions alone, for a checker that shares no code with them."""

from collections.abc import Sequence
from pathlib import Path

from carbon_ledger.log.bundles import encode_bundle
from carbon_ledger.log.checkpoint import Checkpoint
from carbon_ledger.log.coordinates import bundles_to_write
from carbon_ledger.log.growing import TileBuilder
from carbon_ledger.log.merkle import leaf_hash
from carbon_ledger.log.published import Fetch, tile_reader
from carbon_ledger.signing import Signer, sign_checkpoint


def fetcher(directory: Path) -> Fetch:
    """Reads the files of a published log."""

    def fetch(path: str) -> bytes | None:
        file = directory / path
        return file.read_bytes() if file.is_file() else None

    return fetch


def publish(directory: Path, entries: Sequence[bytes], signer: Signer, *, old_size: int = 0) -> bytes:
    """Write the log, or what it has more than at *old_size*, and give its signed checkpoint."""

    def write(path: str, data: bytes) -> None:
        file = directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)

    builder = TileBuilder(old_size, tile_reader(fetcher(directory)))
    for entry in entries[old_size:]:
        for tile, data in builder.append(leaf_hash(entry)):
            write(tile.path, data)
    for tile, data in builder.partial_tiles():
        write(tile.path, data)
    for bundle in bundles_to_write(old_size, len(entries)):
        held = bundle.positions
        write(bundle.path, encode_bundle(entries[held.start : held.stop]))
    signed = sign_checkpoint(Checkpoint(signer.name, builder.size, builder.root()), signer)
    write("checkpoint", signed)
    return signed
