"""Work, counted: SQLite's virtual machine instructions and Python's lines; the same each time, on any machine."""

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
    """How much was done so far.

    Attributes:
        instructions: Of SQLite's virtual machine.
        lines: Of Python, of this library and of all that it calls; each turn of a loop counts.
    """

    def __init__(self) -> None:
        self.instructions = 0
        self.lines = 0

    @property
    def work(self) -> int:
        """Both together."""
        return self.instructions + self.lines

    def tick(self) -> int:
        """Count instructions of SQLite."""
        self.instructions += EVERY
        return 0


@contextmanager
def counted() -> Iterator[Counted]:
    """Count what is done in a `with` block, by connections that are opened in it and by Python."""
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
    """How much work an action is."""
    with counted() as total:
        action()
    return total.work
