"""Work, counted: SQLite's virtual machine instructions and Python's lines; the same each time, on any machine."""

import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

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
    total, connect, before = Counted(), sqlite3.connect, sys.gettrace()

    def connected(*given: Any, **more: Any) -> sqlite3.Connection:
        connection = connect(*given, **more)
        connection.set_progress_handler(total.tick, EVERY)
        return connection

    def line(frame: FrameType, event: str, argument: object) -> Any:
        del frame, argument
        total.lines += event == "line"
        return line

    sqlite3.connect = connected
    sys.settrace(line)
    try:
        yield total
    finally:
        sys.settrace(before)
        sqlite3.connect = connect


def work_of(action: Callable[[], object]) -> int:
    """How much work an action is."""
    with counted() as total:
        action()
    return total.work
