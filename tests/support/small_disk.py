"""A small disk for a server's files, which tests fill: a file system in memory, which root can mount."""

import os
import subprocess
from pathlib import Path
from typing import Final

_PIECE: Final = 8_192


class SmallDisk:
    """A directory with a file system of its own.

    Args:
        directory: An empty directory.
        mib: Its size.

    Raises:
        PermissionError: This process cannot mount a file system; the text has the reason.
    """

    def __init__(self, directory: Path, mib: int) -> None:
        self.directory = directory
        command = ["mount", "-t", "tmpfs", "-o", f"size={mib}m,mode=700", "tmpfs", str(directory)]
        try:
            done = subprocess.run(command, check=False, capture_output=True, text=True)
        except FileNotFoundError:
            raise PermissionError("there is no program mount") from None
        if done.returncode:
            raise PermissionError(f"mount: {done.stderr.strip()}")
        self._filler = directory / "filler"

    @property
    def free(self) -> int:
        """The free space. [octets]"""
        found = os.statvfs(self.directory)
        return found.f_bavail * found.f_frsize

    def fill(self, left: int) -> None:
        """Fill the disk until no more than *left* octets are free."""
        with self._filler.open("ab") as file:
            while (free := self.free) > left:
                file.write(b"\0" * min(_PIECE, free - left))
                file.flush()

    def empty(self) -> None:
        """Remove what fills the disk."""
        self._filler.unlink(missing_ok=True)

    def remove(self) -> None:
        """Unmount the disk; what was on it is gone."""
        subprocess.run(["umount", str(self.directory)], check=True, capture_output=True)
