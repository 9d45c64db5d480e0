"""The files of a folder with their digests: what somebody delivered beside a ledger."""

import hashlib
import os
from collections.abc import Iterator
from typing import Final

from attrs import frozen

from carbon_ledger.errors import CarbonLedgerError, MissingDataError, StoreError
from carbon_ledger.files import identity_of, kind_of, path_text, reading
from carbon_ledger.printing import printable, quote

_NOT_FOLLOWED: Final = "a symbolic link, which is not followed"
_REPLACED: Final = "another file took its place meanwhile; check the folder again"


@frozen
class HashedFile:
    """A file below a folder.

    Attributes:
        path: Its path from the folder, with ``/``; characters that do not print are escaped.
        octets: Its length, or None if it was not read.
        digest: ``sha256:`` and the 64 hex digits of its SHA-256, or None if it was not read.
        problem: Why it was not read, or None.
    """

    path: str
    octets: int | None = None
    digest: str | None = None
    problem: str | None = None


def hashed_files(folder: str | os.PathLike[str]) -> Iterator[HashedFile]:
    """Every file below a folder with its digest, in the order of the paths, one at a time.

    Only regular files are read, piece by piece. No symbolic link below the folder is followed, neither to a file nor to
    another folder. What cannot be read is listed with the problem.

    Args:
        folder: The folder; it may be a symbolic link itself.

    Raises:
        StoreError: It is not a folder, or cannot be listed.
    """
    root = path_text(folder, StoreError)
    try:
        os.stat(root)
        names = _names(root)
    except OSError as error:
        raise StoreError(f"{quote(root, 1_000)}: cannot be listed: {error.strerror}; expected a folder") from None
    # The parts of the path of a folder, and a name in it.
    waiting: list[tuple[tuple[str, ...], str]] = [((), name) for name in names]
    while waiting:
        parts, name = waiting.pop()
        inner = (*parts, name)
        path = os.path.join(root, *inner)
        try:
            status = os.lstat(path)
            kind = kind_of(status.st_mode)
            if kind == "a directory":
                waiting += [(inner, below) for below in _names(path)]
            elif kind is None:
                yield _hashed(path, inner, status)
            else:
                problem = _NOT_FOLLOWED if kind == "a symbolic link" else f"{kind}, and not a regular file"
                yield HashedFile(_shown(inner), problem=problem)
        except OSError as error:
            yield HashedFile(_shown(inner), problem=str(error.strerror))


def _names(path: str) -> list[str]:
    """The names in a folder, the last in order first."""
    return sorted(os.listdir(path), reverse=True)


def _hashed(path: str, parts: tuple[str, ...], status: os.stat_result) -> HashedFile:
    """A regular file with its digest, or with the reason why it was not read."""
    problem: list[str] = []

    def refuse(message: str) -> CarbonLedgerError:
        problem.append(message)
        return MissingDataError(message)

    try:
        with reading(path, refuse) as file:
            found = os.fstat(file.fileno())
            if identity_of(found) != identity_of(status):
                return HashedFile(_shown(parts), problem=_REPLACED)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return HashedFile(_shown(parts), file.tell(), f"sha256:{digest}")
    except MissingDataError as error:
        return HashedFile(_shown(parts), problem=printable(str(error).rpartition("cannot be read: ")[2]))


def _shown(parts: tuple[str, ...]) -> str:
    return printable("/".join(parts))
