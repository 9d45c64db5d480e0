"""Counting the lines that a function runs: a measure of work that is the same on every machine."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import carbon_ledger as cl
from carbon_ledger._accelerator import accelerator


def lines_run(parse: Callable[[bytes], object], data: bytes) -> int:
    """How many lines of Python a function runs for an input, whether it refuses the input or not."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    accelerator()  # loaded with the first long column, and not counted
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        parse(data)
    except cl.CarbonLedgerError:
        pass
    finally:
        sys.settrace(before)
    return count
