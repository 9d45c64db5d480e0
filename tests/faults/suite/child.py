"""A process that is going to be killed: it writes or publishes, and prints what it has finished.

``python -m tests.faults.suite.child ROLE PLACE WHERE AT``: the role is ``write``, ``publish`` or ``views``; with WHERE
``operation`` or ``line`` it kills itself with SIGKILL at the AT-th operation of SQLite on a file (half of a write is
done), or before the AT-th line of this library's code that writes; with ``outside`` somebody else will.
"""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, Final, NoReturn

from tests.faults.suite.workload import commands, open_here, run

import carbon_ledger as cl
from carbon_ledger.ledger import recorder
from carbon_ledger.publishing import publish as publishing
from carbon_ledger.publishing import removal
from carbon_ledger.queries import public_views
from carbon_ledger.signing import Signer
from carbon_ledger.stores.sql import log
from carbon_ledger.stores.sql import rows as sql_rows
from carbon_ledger.stores.sqlite import rows, store

SIGNER: Final = Signer("example.com/faults", bytes(range(32)))
TURNS: Final = 2
ACCOUNTS: Final = 120  # enough that a tile of 256 fills in the second turn
_MODULES: Final = (log, sql_rows, store, rows, recorder)
VIEWS: Final = cl.PublicViews(accounts=("op", "buyer"))
_WRITING: Final = {
    "write": tuple(module.__file__ for module in _MODULES),
    "publish": (publishing.__file__,),
    "views": (publishing.__file__, removal.__file__, public_views.__file__),
}


def _die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise SystemExit("a process outlived SIGKILL")


def die_at_line(files: tuple[str, ...], at: int) -> Callable[[], int]:
    """Kill this process before the *at*-th line that runs in these files; 0 only counts.

    Returns:
        A function that stops counting and gives the number of lines.
    """
    seen = 0

    def line(_: FrameType, event: str, __: object) -> Any:
        nonlocal seen
        if event == "line":
            seen += 1
            if seen == at:
                _die()
        return line

    def call(frame: FrameType, _: str, __: object) -> Any:
        return line if frame.f_code.co_filename in files else None

    def stop() -> int:
        sys.settrace(None)
        return seen

    sys.settrace(call)
    return stop


def write(place: Path) -> None:
    """Run the list of commands on a ledger, and print how many are done after each."""
    with open_here(place / "ledger.db") as ledger:
        _report(0)
        for done in run(ledger, commands(TURNS, ACCOUNTS)):
            _report(done)


def publish(place: Path, views: cl.PublicViews | None = None) -> None:
    """Publish a ledger."""
    with open_here(place / "ledger.db") as ledger:
        _report(0)
        ledger.publish(place / "log", signer=SIGNER, views=views)
        _report(1)


def _report(done: int) -> None:
    os.write(1, f"{done}\n".encode())


def _dying_at_operation(stack: ExitStack, at: int) -> None:
    from tests.faults.suite.vfs import Op, watched

    seen = 0

    def watcher(op: Op) -> None:
        nonlocal seen
        if op.kind == "read":
            return
        seen += 1
        if seen == at:
            if op.kind == "write":
                file = os.open(op.file, os.O_WRONLY)
                os.pwrite(file, op.data[: len(op.data) // 2], op.at)
            _die()

    stack.enter_context(watched(watcher))


def main(role: str, place: str, where: str, at: str) -> None:
    """Run the role, until it ends or is killed."""
    with ExitStack() as stack:
        if where == "operation":
            _dying_at_operation(stack, int(at))
        elif where == "line":
            stack.callback(die_at_line(_WRITING[role], int(at)))
        {"write": write, "publish": publish, "views": partial(publish, views=VIEWS)}[role](Path(place))


if __name__ == "__main__":
    main(*sys.argv[1:])
