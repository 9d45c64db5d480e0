"""The standard streams of a program: whatever the shell gave, text can be written to them, or the failure is an error.

This module is loaded before click, so that `carbon-ledger --help` is there at once.
"""

import os
import sys
from contextlib import suppress
from io import TextIOWrapper

_STREAMS = (("stdin", os.O_RDONLY, "r"), ("stdout", os.O_WRONLY, "w"), ("stderr", os.O_WRONLY, "w"))


def prepare_streams() -> None:
    """Let every text be written and read: what an encoding lacks is escaped, and a closed stream leads nowhere."""
    for name, flags, mode in _STREAMS:
        stream = getattr(sys, name)
        if stream is None:  # closed by the caller, as a daemon does
            setattr(sys, name, os.fdopen(os.open(os.devnull, flags), mode, encoding="utf-8"))
        elif isinstance(stream, TextIOWrapper):
            # A name may have characters that a terminal's encoding lacks, such as Windows-1252. What is read is
            # checked by whoever reads it.
            stream.reconfigure(errors="surrogateescape" if name == "stdin" else "backslashreplace")


def forget_stream(name: str) -> None:
    """Let nothing more be written to a stream that takes nothing, not even when the interpreter ends.

    Args:
        name: ``stdout`` or ``stderr``.
    """
    with suppress(OSError, ValueError):  # a stream of a test has no descriptor
        descriptor = getattr(sys, name).fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, descriptor)
        os.close(nowhere)
