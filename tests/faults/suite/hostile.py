"""Files made to do harm: each is refused in this library's words, or found by an audit, in bounded time and memory.

A kind is a name and a function that changes a copy of a sound ledger, or of its published log. The kinds lie in
the modules beside this one: `hostile_schema`, `hostile_rows`, `hostile_pages`, `hostile_files` and `hostile_logs`.
"""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

from tests.faults.suite.outcome import Outcome

TIMES: Final = 20  # the audit of the sound ledger, which nothing may take more of
MEMORY_BYTES: Final = 512 << 20
_LEAST_S: Final = 0.5  # so that the clock of a busy machine decides nothing
_WAIT_S: Final = 120


class Kind(NamedTuple):
    """A way to change a ledger's file.

    Attributes:
        name: Its name.
        make: Changes the file in place, or gives another path to open.
        harmless: Why it may pass; empty where it must not.
    """

    name: str
    make: Callable[[Path], Path | None]
    harmless: str = ""


def kinds() -> Mapping[str, Kind]:
    """Every kind by its name."""
    from tests.faults.suite.hostile_files import FILES
    from tests.faults.suite.hostile_logs import LOGS
    from tests.faults.suite.hostile_pages import PAGES
    from tests.faults.suite.hostile_rows import ROWS
    from tests.faults.suite.hostile_schema import SCHEMAS

    every = [*SCHEMAS, *ROWS, *PAGES, *FILES, *LOGS]
    named = {kind.name: kind for kind in every}
    assert len(named) == len(every), "two kinds have one name"
    return named


def hostile(names: Sequence[str] | None = None) -> Outcome:
    """Open and audit hostile files, in a process with limits that is begun again where one kills it.

    Args:
        names: The kinds; all of them by default.
    """
    outcome = Outcome("hostile files")
    left = list(kinds()) if names is None else list(names)
    while left:
        verdicts = _run(left)
        for word in verdicts:
            outcome.count(word["seen"])
            outcome.lose(word["kind"], word["problems"])
        left = left[len(verdicts) :]
        if left:
            outcome.count("ENDED THE PROCESS")
            outcome.lose(left.pop(0), ["the process ended, or was ended by its limits"])
    return outcome


def _run(names: Sequence[str]) -> list[dict[str, Any]]:
    """The results that a process prints for kinds, until it ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.suite.hostile_child", json.dumps(names)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).resolve().parents[3],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert process.stdout is not None
    lines: queue.Queue[bytes] = queue.Queue()

    def listen(stream: IO[bytes]) -> None:
        for line in stream:
            lines.put(line)
        lines.put(b"")

    listener = threading.Thread(target=listen, args=(process.stdout,), daemon=True)
    listener.start()
    verdicts = []
    try:
        while line := lines.get(timeout=_WAIT_S):
            verdicts.append(json.loads(line))
    except queue.Empty:
        pass  # it waits for what never comes
    finally:
        process.kill()
        process.wait()
        listener.join()
        process.stdout.close()
    return verdicts


def limit_s(sound_s: float) -> float:
    """How long a hostile file may be worked at. [s]"""
    return max(_LEAST_S, TIMES * sound_s)
