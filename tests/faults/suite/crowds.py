"""Many threads of many processes write to one ledger file: every acknowledged command is in it, once."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from itertools import count
from pathlib import Path
from typing import Final

from tests.faults.suite.closing import before_closing
from tests.faults.suite.outcome import Outcome
from tests.faults.suite.workload import open_here

import carbon_ledger as cl
from carbon_ledger.errors import CarbonLedgerError

MODES: Final = ("a ledger a request", "a ledger a thread", "a ledger a process")
_ONE_IN: Final = 20
_HELD_UP_S: Final = 0.005
_CHILD: Final = "import sys; from tests.faults.suite import crowds; crowds.worker(*sys.argv[1:])"


def start(code: str, *arguments: object) -> "subprocess.Popen[str]":
    """Start a process that runs code of the fault suite, and speaks to this one in lines."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[3],
        env=environment,
    )


def ended(child: "subprocess.Popen[str]", problems: list[str], most_s: int = 900) -> str:
    """The output of a process that has ended. A process that hangs is killed, which is a loss."""
    try:
        output = child.communicate(timeout=most_s)[0]
    except subprocess.TimeoutExpired:
        child.kill()
        output = child.communicate()[0]
        problems.append(f"a process was stuck: it had not ended after {most_s} s")
    return output


@contextmanager
def _ledger(path: Path, own: cl.Ledger | None) -> Iterator[cl.Ledger]:
    if own is not None:
        yield own
        return
    with open_here(path) as ledger:
        yield ledger


def _work(path: Path, mode: str, name: str, commands: int, own: cl.Ledger | None, reports: list[str]) -> None:
    """The commands of one thread; the third of every four are a batch of two accounts."""
    mine = open_here(path) if mode == "a ledger a thread" else own
    try:
        for k in range(commands):
            try:
                with _ledger(path, mine) as ledger:
                    if k % 4 == 2:
                        with ledger.batch():
                            ledger.open_account(f"{name}-{k}", name="A", key=f"{name}-{k}")
                            ledger.open_account(f"{name}-{k}-too", name="B", key=f"{name}-{k}-too")
                    else:
                        ledger.open_account(f"{name}-{k}", name="A", key=f"{name}-{k}")
                    if ledger.balance(f"{name}-{k}", instrument="I-REC-E").active:
                        reports.append("error a balance of nothing is not 0")
                reports.append(f"{name}-{k}")
            except CarbonLedgerError as error:
                reports.append(f"error {type(error).__name__}: {error}")
    finally:
        if mine is not None and mine is not own:
            mine.close()


def worker(path: str, mode: str, name: str, threads: str, commands: str, slow: str) -> None:
    """A process of several threads; it prints which commands were acknowledged."""
    closed = count()
    with (
        before_closing(Path(path), lambda: time.sleep(_HELD_UP_S * (next(closed) % _ONE_IN == 0)))
        if slow == "slow"
        else nullcontext()
    ):
        _crowd(path, mode, name, threads, commands)


def _crowd(path: str, mode: str, name: str, threads: str, commands: str) -> None:
    file, reports = Path(path), [[] for _ in range(int(threads))]  # type: list[list[str]]
    own = open_here(file) if mode == "a ledger a process" else None
    crowd = [
        threading.Thread(target=_work, args=(file, mode, f"{name}-{k}", int(commands), own, reports[k]))
        for k in range(int(threads))
    ]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    if own is not None:
        own.close()
    print(json.dumps(reports))


def judged(path: Path, acknowledged: Counter[str]) -> list[str]:
    """The problems of the file at the end: lost, doubled or damaged entries."""
    with cl.open_ledger(path, read_only=True) as ledger:
        found = [str(item) for item in ledger.audit().findings]
        there = Counter(entry.event["account"] for entry in ledger.entries() if entry.type == "account.opened")
    found += [f"{name} was acknowledged and is not there" for name in acknowledged if not there[name]]
    found += [f"{name} is there {times} times" for name, times in there.items() if times != 1]
    halves = {name.removesuffix("-too") for name in there if name.endswith("-too")}
    found += [f"{name}: half a batch" for name in halves if not there[name]]
    return found


def _round(mode: str, processes: int, threads: int, commands: int, slow: str, outcome: Outcome) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="faults-") as place:
        path = Path(place) / "ledger.db"
        open_here(path).close()
        children = [start(_CHILD, path, mode, f"p{k}", threads, commands, slow) for k in range(processes)]
        acknowledged: Counter[str] = Counter()
        problems: list[str] = []
        for child in children:
            output = ended(child, problems)
            if child.returncode:
                problems.append(f"a process ended with {child.returncode}")
                continue
            for line in (line for reports in json.loads(output) for line in reports):
                if line.startswith("error "):
                    problems.append(line)
                else:
                    acknowledged[line] += 1
        outcome.figures["commands acknowledged"] += sum(acknowledged.values())
        expected = processes * threads * commands
        if not problems and sum(acknowledged.values()) != expected:
            problems.append(f"{sum(acknowledged.values())} of {expected} commands were acknowledged")
        try:
            return problems + judged(path, acknowledged)
        except CarbonLedgerError as error:
            return [*problems, f"{type(error).__name__}: {error}"]


def crowds(
    rounds: int, *, processes: int = 4, threads: int = 8, commands: int = 50, slow_closing: bool = False
) -> Outcome:
    """Let threads of processes write at once, in each mode.

    Args:
        rounds: How often, in each mode.
        processes: Processes at a time.
        threads: Threads in each.
        commands: Commands of each thread.
        slow_closing: Whether SQLite is held up, now and then, between looking whether it may close and closing.
    """
    outcome = Outcome(
        f"{processes} processes x {threads} threads x {commands} commands" + slow_closing * ", and slow closing"
    )
    slow = "slow" if slow_closing else ""
    for k in range(rounds):
        for mode in MODES:
            problems = _round(mode, processes, threads, commands, slow, outcome)
            outcome.count(mode)
            outcome.lose(f"round {k}, {mode}", problems)
    return outcome
