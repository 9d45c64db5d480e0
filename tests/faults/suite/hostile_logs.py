"""Hostile published logs: special files, endless files, and files that differ from what was signed."""

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.faults.suite.child import SIGNER
from tests.faults.suite.hostile import Kind
from tests.faults.suite.hostile_files import link_to_fifo

from carbon_ledger.log.checkpoint import Checkpoint, parse_checkpoint
from carbon_ledger.log.note import parse_note
from carbon_ledger.signing import Signer, sign_checkpoint

_NOTHING: Final = hashlib.sha256().digest()
_FILES: Final = {
    "the checkpoint": "checkpoint",
    "a tile": "tile/0/000",
    "a bundle": "tile/entries/000",
    "a partial tile": "tile/0/001.p",
    "a partial bundle": "tile/entries/001.p",
    "the upper tile": "tile/1/000.p",
}


def _place(path: Path, name: str) -> Path:
    """A file of the log; in a folder of partial tiles, its only file."""
    place = path.with_name("log") / _FILES[name]
    return next(place.iterdir()) if place.is_dir() else place


def _changed(name: str, what: str, change: Callable[[Path], object]) -> Kind:
    def make(path: Path) -> Path:
        change(_place(path, name))
        return path.with_name("log")

    return Kind(f"log: {name} {what}", make)


def _instead(change: Callable[[Path], object]) -> Callable[[Path], object]:
    def make(path: Path) -> None:
        path.unlink()
        change(path)

    return make


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


_CHANGES: Final[dict[str, Callable[[Path], object]]] = {
    "is missing": Path.unlink,
    "is empty": lambda path: path.write_bytes(b""),
    "is cut off": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "is half there": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "has a byte more": lambda path: path.write_bytes(path.read_bytes() + b"x"),
    "is there twice": lambda path: path.write_bytes(path.read_bytes() * 2),
    "has a bit changed": _flip,
    "is zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "never ends": lambda path: os.truncate(path, 1 << 40),
    "has 16 MB": lambda path: os.truncate(path, 16 << 20),
    "is a FIFO": _instead(os.mkfifo),
    "is a directory": _instead(Path.mkdir),
    "is a link to itself": _instead(lambda path: path.symlink_to(path.name)),
    "is a link to nothing": _instead(lambda path: path.symlink_to("nothing")),
    "is a link to /dev/zero": _instead(lambda path: path.symlink_to("/dev/zero")),
    "is a link to a FIFO": _instead(link_to_fifo),
}


def _signed(what: str, change: Callable[[Checkpoint], Checkpoint], signer: Signer = SIGNER) -> Kind:
    """A signed checkpoint with other contents."""

    def make(path: Path) -> Path:
        place = path.with_name("log") / "checkpoint"
        old = parse_checkpoint(parse_note(place.read_bytes()).text)
        place.write_bytes(sign_checkpoint(change(old), signer))
        return path.with_name("log")

    return Kind(f"log: {what}", make)


def _sized(size: int) -> Kind:
    return _signed(f"a signed size of {size}", lambda old: Checkpoint(old.origin, size, old.root if size else _NOTHING))


def _since(what: str, origin: str, change: Callable[[Checkpoint], Checkpoint]) -> Kind:
    """A checkpoint that was saved elsewhere, which the log does not continue."""

    def make(path: Path) -> Path:
        place = path.with_name("log")
        old = change(parse_checkpoint(parse_note((place / "checkpoint").read_bytes()).text))
        other = Checkpoint(origin, old.size, old.root)
        (place / "since").write_bytes(sign_checkpoint(other, Signer(origin, bytes(range(32)))))
        return place

    return Kind(f"log: {what}", make)


def _folder(what: str, change: Callable[[Path], object]) -> Kind:
    """Something in place of a folder of the log."""

    def make(path: Path) -> Path:
        place = path.with_name("log")
        shutil.rmtree(place / "tile")
        change(place / "tile")
        return place

    return Kind(f"log: its tiles are {what}", make)


LOGS: Final[list[Kind]] = [
    *(_changed(name, what, change) for name in _FILES for what, change in _CHANGES.items()),
    *map(_sized, (0, 1, 255, 256, 273, 275, 10**6, 2**53, 2**62, 2**63 - 1)),
    _signed("another root", lambda old: Checkpoint(old.origin, old.size, bytes(32))),
    _signed("another key", lambda old: old, Signer(SIGNER.name, bytes(32))),
    _signed(
        "another log",
        lambda old: Checkpoint("example.com/other", old.size, old.root),
        Signer("example.com/other", bytes(range(32))),
    ),
    _since("a saved checkpoint of another log", "example.com/other", lambda old: old),
    _since("a saved checkpoint, another root", SIGNER.name, lambda old: Checkpoint(old.origin, old.size, bytes(32))),
    _since("a saved checkpoint of 2^62 entries", SIGNER.name, lambda old: Checkpoint(old.origin, 2**62, old.root)),
    _since("a saved checkpoint of fewer entries", SIGNER.name, lambda old: Checkpoint(old.origin, 100, old.root)),
    _folder("a file", Path.touch),
    _folder("a FIFO", os.mkfifo),
    _folder("a link to itself", lambda path: path.symlink_to("tile")),
    _folder("missing", lambda _: None),
]
