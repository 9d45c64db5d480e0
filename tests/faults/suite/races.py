"""Two processes that write at once: nothing is lost or written twice, and who must wait waits."""

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Final

from tests.faults.suite.outcome import Outcome
from tests.faults.suite.workload import START_UTC, commands, open_here

from carbon_ledger.errors import RefusedError, StoreLockedError
from carbon_ledger.stores.sqlite import SqliteStore

READINGS: Final = 3_000  # of one minute each, in one command
MINUTE_S: Final = 60
_CHILD: Final = "import sys; from tests.faults.suite import races; getattr(races, sys.argv[1])(*sys.argv[2:])"


def _start(role: str, *arguments: object) -> "subprocess.Popen[str]":
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(
        [sys.executable, "-c", _CHILD, role, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[3],
        env=environment,
    )


def _print_word(word: str) -> None:
    print(word, flush=True)


def _read_word(child: "subprocess.Popen[str]") -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


def _send_line(child: "subprocess.Popen[str]") -> None:
    assert child.stdin is not None
    child.stdin.write("go\n")
    child.stdin.flush()


def _ended(child: "subprocess.Popen[str]") -> str:
    return child.communicate()[0].strip()


def writer(path: str, name: str, count: str, seed: str) -> None:
    """A process that writes its own commands, and some that the other writes too."""
    chance = Random(f"{seed}/{name}")
    device = {"a": "plant", "b": "other"}[name]
    with open_here(Path(path)) as ledger:
        _print_word("ready")
        for k in range(int(count)):
            sys.stdin.readline()
            ledger.open_account(f"{name}-{k}", name=name, key=f"{name}-account-{k}")
            ledger.open_account(f"both-{k}", name="both", key=f"both-{k}")
            start = datetime.fromtimestamp(START_UTC + k * READINGS * MINUTE_S, UTC)
            values = [chance.randrange(4_000_000 // 60) for _ in range(READINGS)]
            ledger.record_readings(device, start=start, step="1 minute", net_wh=values, key=f"{name}-readings-{k}")
            try:
                ledger.open_account(f"one-of-us-{k}", name=name, key=f"{name}-race-{k}")
                _print_word("won")
            except RefusedError as error:
                _print_word("lost" if error.rule == "already-registered" else repr(error))


def _all_there(path: Path, count: int) -> list[str]:
    with open_here(path) as ledger:
        found = [str(item) for item in ledger.audit().findings]
        entries = list(ledger.entries())
    keys = Counter(entry.key for entry in entries if entry.part == 1 and entry.key is not None)
    expected = {f"both-{k}" for k in range(count)}
    expected |= {f"{name}-{kind}-{k}" for name in "ab" for kind in ("account", "readings") for k in range(count)}
    found += [f"{key} was lost" for key in sorted(expected - set(keys))]
    found += [f"{key} was written {times} times" for key, times in keys.items() if times > 1]
    accounts = Counter(entry.event["account"] for entry in entries if entry.type == "account.opened")
    wanted = [f"{name}-{k}" for name in ("a", "b", "both", "one-of-us") for k in range(count)]
    found += [f"account {name} was opened {accounts[name]} times" for name in wanted if accounts[name] != 1]
    readings = {
        name: sum(len(entry.event.get("net_wh", ())) for entry in entries if entry.event.get("device") == name)
        for name in ("plant", "other")
    }
    found += [
        f"{name}: {recorded} readings recorded" for name, recorded in readings.items() if recorded != count * READINGS
    ]
    return found


def race(count: int, seed: int) -> Outcome:
    """Let two processes write at once: commands of their own, the same keyed commands, and the same account.

    Args:
        count: Turns of each process; four commands each.
        seed: Chooses the readings.
    """
    outcome = Outcome("two processes write at once")
    with tempfile.TemporaryDirectory(prefix="faults-") as place:
        path = Path(place) / "ledger.db"
        with open_here(path) as ledger:
            commands()[0].run(ledger)
        children = [_start("writer", path, name, count, seed) for name in "ab"]
        problems = [f"it printed {word}" for word in map(_read_word, children) if word != "ready"]
        for k in range(count):
            for child in children if k % 2 else reversed(children):
                _send_line(child)
            words = [_read_word(child) for child in children]
            if sorted(words) != ["lost", "won"]:
                problems.append(f"turn {k}: they printed {words}")
                break
            outcome.figures[f"races won by {'ab'[words.index('won')]}"] += 1
        problems += [f"at the end it printed {word}" for word in map(_ended, children) if word]
        problems += _all_there(path, count)
    outcome.tried = 2 * 4 * count
    outcome.lose(f"{count} turns, seed {seed}", problems)
    return outcome


def waiter(path: str, timeout_s: str, when: str) -> None:
    """A process that wants to write, or to open, while another one holds the file."""
    file, wait_s = Path(path), int(timeout_s)
    try:
        if when == "opening":
            _print_word("asks")
            with open_here(file, timeout_s=wait_s) as ledger:
                ledger.open_account("waited", name="W")
        else:
            with open_here(file, timeout_s=wait_s) as ledger:
                store = ledger._store
                assert isinstance(store, SqliteStore)
                store._writer.session.connection.set_trace_callback(_say_that_it_asks)
                ledger.open_account("waited", name="W")
                store._writer.session.connection.set_trace_callback(None)
        _print_word("written")
    except StoreLockedError as error:
        _print_word(f"refused {error}")


def _say_that_it_asks(sql: str) -> None:
    if sql.lower().startswith("begin immediate"):
        _print_word("asks")


def _wait(path: Path, when: str, timeout_s: int) -> list[str]:
    """Hold the file until the other process asked, and go on writing; or until it gave up."""
    with closing(sqlite3.connect(path, isolation_level=None)) as raw, open_here(path) as ledger:
        size = ledger.size
        if when == "opening":
            raw.execute("begin exclusive")
            child = _start("waiter", path, timeout_s, when)
            words = [_read_word(child)]
            if timeout_s <= 1:
                words.append(_read_word(child))
            raw.execute("commit")
        else:
            with ledger.batch():
                child = _start("waiter", path, timeout_s, when)
                words = [_read_word(child)]
                if timeout_s <= 1:
                    words.append(_read_word(child))
                for k in range(50):
                    ledger.open_account(f"held-{size}-{k}", name="H")
        words += _ended(child).splitlines()
        found = [str(item) for item in ledger.audit().findings]
        accounts = ledger.accounts()
    refused = f"refused {path}: another process, or another open ledger of this process, has the file locked"
    if timeout_s <= 1:
        if len(words) != 2 or words[0] != "asks" or not words[1].startswith(refused) or "waited" in accounts:
            found.append(f"expected a StoreLockedError, it printed {words}")
    elif words != ["asks", "written"] or accounts[-1] != "waited":
        found.append(f"expected it to wait and to write last, it printed {words}; accounts {accounts[-2:]}")
    return found


def waits(timeouts_s: tuple[int, ...] = (0, 1, 60)) -> Outcome:
    """Let a process ask for a file that another one holds: it waits and writes, or gives up with an error of ours.

    Args:
        timeouts_s: How long it may wait; up to 1 s it has to give up. [s]
    """
    outcome = Outcome("a process that must wait")
    for when in ("opening", "writing"):
        for timeout_s in timeouts_s:
            with tempfile.TemporaryDirectory(prefix="faults-") as place:
                path = Path(place) / "ledger.db"
                open_here(path).close()
                problems = _wait(path, when, timeout_s)
            outcome.count(f"{when}: {'waited and written' if timeout_s > 1 else 'StoreLockedError'}")
            outcome.lose(f"{when}, timeout {timeout_s} s", problems)
    return outcome
