"""The command `carbon-ledger`: a ledger from the shell, for people who do not write Python.

It needs the extra ``cli``. The help of all commands is printed without loading anything but the commands' names.
"""

import sys

from carbon_ledger.command_line.names import COMPLETE_VARIABLE, PROGRAM, help_text
from carbon_ledger.command_line.streams import forget_stream, prepare_streams

TYPE_CHECKING = False  # `typing` is not loaded for the help
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def main(arguments: list[str] | None = None) -> int:
    """Run one command of the command line, and return its exit status.

    Args:
        arguments: The words after the program's name; by default, those of this process.
    """
    import os

    given, run = sys.argv[1:] if arguments is None else arguments, None
    try:
        prepare_streams()
        if given in (["--help"], ["-h"]) and COMPLETE_VARIABLE not in os.environ and _has_click():
            return _show_help()
        run = _runner()
        return 2 if run is None else run(given)
    except KeyboardInterrupt:  # before a command began, or after it ended: `running` reports what is between
        what = "nothing was recorded" if run is None else "see log for what was recorded"
        sys.stderr.write(f"{PROGRAM}: interrupted; {what}\n")
        return 130


def _runner() -> "Callable[[Sequence[str]], int] | None":
    """What runs a command; None, with a message, if click is not installed."""
    try:
        from carbon_ledger.command_line.running import run
    except ModuleNotFoundError as error:
        if error.name != "click":
            raise
        sys.stderr.write(
            f"{PROGRAM}: the command line needs click, which is not installed; install the extra cli: "
            "pip install 'carbon-ledger[cli]'\n"
        )
        return None
    return run


def _show_help() -> int:
    try:
        sys.stdout.write(help_text())
        sys.stdout.flush()
    except OSError as error:
        forget_stream("stdout")
        if isinstance(error, BrokenPipeError):
            return 141  # as `exits` has it, which would load the library
        sys.stderr.write(f"{PROGRAM}: output: {error.strerror}\n")
        return 4
    return 0


def _has_click() -> bool:
    """Whether click is installed; it is not loaded."""
    from importlib.machinery import PathFinder

    return PathFinder.find_spec("click") is not None
