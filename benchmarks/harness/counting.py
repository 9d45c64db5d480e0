"""Work as a count of SQLite's virtual machine instructions and Python's lines, the same on any machine."""

import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import Any, Final
from unittest.mock import patch

EVERY: Final = 10  # instructions of SQLite between two counts


class Counted:
    """The work that was counted so far.

    Attributes:
        instructions: Instructions of SQLite's virtual machine.
        lines: Executed lines of Python, in this library and in everything that it calls.
    """

    def __init__(self) -> None:
        self.instructions = 0
        self.lines = 0

    @property
    def work(self) -> int:
        """The sum of instructions and lines."""
        return self.instructions + self.lines

    def tick(self) -> int:
        """Count some instructions of SQLite."""
        self.instructions += EVERY
        return 0


@contextmanager
def counted() -> Iterator[Counted]:
    """A context that counts the work of Python and of the connections that are opened in it."""
    total, before = Counted(), sys.gettrace()

    class Connection(sqlite3.Connection):
        """A connection whose work is counted."""

        def __init__(self, *given: Any, **more: Any) -> None:
            super().__init__(*given, **more)
            self.set_progress_handler(total.tick, EVERY)

    def line(frame: FrameType, event: str, argument: object) -> Any:
        del frame, argument
        total.lines += event == "line"
        return line

    with patch.object(sqlite3, "connect", partial(sqlite3.connect, factory=Connection)):
        sys.settrace(line)
        try:
            yield total
        finally:
            sys.settrace(before)


def work_of(action: Callable[[], object]) -> int:
    """The work of an action."""
    with counted() as total:
        action()
    return total.work
