"""Temporary directories that are removed with their owner, but not when a fork of the owner's process ends."""

import os
import shutil
import tempfile
from pathlib import Path
from weakref import finalize


class TemporaryPlace:
    """A temporary directory; removed by `remove`, or when it is no longer referenced."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="carbon-ledger-"))
        self._removal = finalize(self, _remove, self.path, os.getpid())

    def remove(self) -> None:
        """Remove the directory; does nothing if it was removed."""
        self._removal()


def _remove(path: Path, pid: int) -> None:
    if os.getpid() == pid:  # in a fork, the directory belongs to the parent
        shutil.rmtree(path, ignore_errors=True)
