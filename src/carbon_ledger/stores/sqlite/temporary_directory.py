"""Temporary directories that go with what made them, and stay where a fork of its process ends."""

import os
import shutil
import tempfile
from pathlib import Path
from weakref import finalize


class TemporaryPlace:
    """A temporary directory; removed with `remove`, or when nobody refers to it any more."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="carbon-ledger-"))
        self._removal = finalize(self, _remove, self.path, os.getpid())

    def remove(self) -> None:
        """Remove the directory; a second time, nothing happens."""
        self._removal()


def _remove(path: Path, pid: int) -> None:
    if os.getpid() == pid:  # in a fork, it is the parent's
        shutil.rmtree(path, ignore_errors=True)
