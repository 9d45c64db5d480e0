"""Ctrl-C at random moments: in commands, in batches, and while a command waits for a thread or a process."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from tests.faults.suite.crowds import ended, judged, start
from tests.faults.suite.outcome import Outcome
from tests.faults.suite.workload import commands, open_here

import carbon_ledger as cl

WAYS: Final = ("alone", "in batches", "while a thread writes", "while a process writes")
_PINGER: Final = """
import os, sys
from random import Random
chance = Random(sys.argv[2])
for _ in sys.stdin:
    for _ in range(chance.randrange(int(sys.argv[3]))):
        pass
    os.kill(int(sys.argv[1]), 2)
"""
_RIVAL: Final = "import sys; from tests.faults.suite import interrupts; interrupts.rival(sys.argv[1])"
_VICTIM: Final = "import sys; from tests.faults.suite import interrupts; interrupts.victim(*sys.argv[1:])"
_SPINS: Final = 300_000  # some milliseconds


def rival(path: str) -> None:
    """A process that writes until its input ends."""
    stopped = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stopped.set()), daemon=True).start()
    with open_here(Path(path)) as ledger:
        _write_until(stopped, ledger, "process")


def _write_until(stopped: threading.Event, ledger: cl.Ledger, name: str) -> None:
    k = 0
    while not stopped.is_set():
        with ledger.batch():
            for _ in range(5):
                ledger.open_account(f"{name}-{k}", name="R")
                k += 1


@contextmanager
def _rival(way: str, path: Path, ledger: cl.Ledger) -> Iterator[None]:
    if way == "while a process writes":
        child = start(_RIVAL, path)
        yield
        child.communicate()
    elif way == "while a thread writes":
        stopped = threading.Event()
        thread = threading.Thread(target=_write_until, args=(stopped, ledger, "thread"))
        thread.start()
        yield
        stopped.set()
        thread.join()
    else:
        yield


def _command(ledger: cl.Ledger, way: str, k: int) -> None:
    if way == "in batches":
        with ledger.batch():
            ledger.open_account(f"a-{k}", name="A", key=f"a-{k}")
            ledger.open_account(f"a-{k}-too", name="A", key=f"a-{k}-too")
    elif k % 3:
        ledger.open_account(f"a-{k}", name="A", key=f"a-{k}")
    else:  # a command of two entries
        # Runs of 1,500 seconds end to end: a fast machine does not reach the ledger's own time, in 2026.
        moment = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=25) * (k // 3)
        ledger.record_readings("plant", start=moment, step="1 second", net_wh=[0] * 1_500, key=f"r-{k}")


def _until_interrupted(ledger: cl.Ledger, way: str, k: int, done: list[int]) -> None:
    while True:
        _command(ledger, way, k)
        done.append(k)
        k += 1


def victim(path: str, way: str, count: str, seed: str) -> None:
    """A process that is interrupted again and again; it prints what was acknowledged, and what went wrong."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever started this process
    done: list[int] = []
    interrupts, k = 0, 0
    with open_here(Path(path)) as ledger, _rival(way, Path(path), ledger):
        pinger = subprocess.Popen(
            [sys.executable, "-c", _PINGER, str(os.getpid()), seed, str(_SPINS)], stdin=subprocess.PIPE
        )
        assert pinger.stdin is not None
        while interrupts < int(count):
            k = (done[-1] if done else k) + 2
            try:
                pinger.stdin.write(b"go\n")
                pinger.stdin.flush()
                _until_interrupted(ledger, way, k, done)
            except KeyboardInterrupt:
                interrupts += 1
                k = max([k, *done[-1:]]) + 2
                ledger.open_account(f"after-{interrupts}", name="A")
        pinger.stdin.close()
        pinger.wait()
    for number in done:
        print(number)


def _judged(path: Path, way: str, done: list[int], interrupts: int) -> list[str]:
    wanted: Counter[str] = Counter({f"after-{k + 1}": 1 for k in range(interrupts)})
    for k in done:
        wanted += Counter([f"a-{k}", f"a-{k}-too"] if way == "in batches" else [f"a-{k}"] if k % 3 else [])
    problems = judged(path, wanted)
    with open_here(path) as ledger:
        parts = Counter(entry.key for entry in ledger.entries() if entry.type == "generation.recorded")
    readings = [] if way == "in batches" else [k for k in done if not k % 3]
    problems += [f"readings {k} were acknowledged and are not there" for k in readings if parts[f"r-{k}"] != 2]
    return problems + [f"{key}: {count} of 2 entries" for key, count in parts.items() if count != 2]


def interrupts(count: int, seed: int) -> Outcome:
    """Interrupt commands at random moments, and go on.

    Args:
        count: How many interrupts, a quarter of each way.
        seed: Chooses the moments, as far as the machine leaves them to it.
    """
    outcome = Outcome("Ctrl-C at a random moment")
    each = max(1, count // len(WAYS))
    for way in WAYS:
        with tempfile.TemporaryDirectory(prefix="faults-") as place:
            path = Path(place) / "ledger.db"
            with open_here(path) as ledger:
                commands()[0].run(ledger)
            child = start(_VICTIM, path, way, each, f"{seed}/{way}")
            problems: list[str] = []
            words = ended(child, problems, 1_800).split()
            problems += [f"the process ended with {child.returncode}"] if child.returncode else []
            problems += _judged(path, way, [int(word) for word in words], 0 if problems else each)
        outcome.tried += each
        outcome.figures[f"{way}: commands acknowledged"] += len(words)
        outcome.figures[way] += each
        outcome.lose(f"{way}, seed {seed}", problems)
    return outcome
