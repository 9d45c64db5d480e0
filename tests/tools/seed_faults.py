"""Seed faults in a copy of the source, one at a time, and show that the ledger machine finds each of them.

A test that never failed proves little. Run as ``python tests/tools/seed_faults.py [words of a fault's name]``, which
takes hours for all of them; CI runs ``--every 64``. It exits with 1 if a fault is not found, or if the machine fails
on the copy without a fault. Most are found in the steps that the test suite runs; what needs a rare situation is
given those steps again with other seeds, up to eight times, and the table says how many it took. A fault is a
replacement of exact text that must occur once; seed it at the rule that decides, for some rules have a second line of
defence behind them. To add one, add it to `seeded_faults.txt`. What the machine cannot see, because it runs on a store
that the fault is not in, names the tests that find it; these run in place of the machine.
"""

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

from carbon_ledger.testing.machines import STEPS_OF_CI, shared_out

SOURCE = Path(__file__).resolve().parents[2] / "src"
PACKAGE = "carbon_ledger"
# The first seed of each turn; the first turn is what the test suite runs.
TURNS = tuple(range(0, 8_000, 1_000))
AT_ONCE = min(2, os.cpu_count() or 1)
STEPS = {machine.__name__: steps for machine, steps in shared_out(STEPS_OF_CI).items()}

# Runs the machines of the copy, and tells after how many steps they no longer agreed with the model.
RUNNER = """
import json, sys
from carbon_ledger import testing
error, steps = None, 0
for name, count in json.loads(sys.argv[1]).items():
    machine = getattr(testing, name)
    try:
        testing.run_machine(machine, count, shrink=False, seeds_from=int(sys.argv[2]))
    except BaseException as found:
        error = f"{type(found).__name__}: {found}".splitlines()[0]
    steps += machine.steps_run
    if error is not None:
        break
print(json.dumps({"steps": steps, "error": error}))
"""


class Fault(NamedTuple):
    """A fault: what goes wrong, in which file of the package, and the text that is replaced.

    The tests that find it are what pytest is given; without them, the machine finds it.
    """

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...] = ()


def faults_of(text: str) -> tuple[Fault, ...]:
    """Read faults: a line with ``#`` and the name, one with ``@`` and the file, then what is replaced and by what.

    Args:
        text: The faults, as `FAULTS_FILE` has them. Lines that begin with ``-`` are the text that is replaced, lines
            that begin with ``+`` are what comes in its place; none takes it out. A line that begins with ``$`` has the
            arguments with which pytest finds the fault.
    """
    found = []
    for part in re.split(r"^# ", text, flags=re.MULTILINE)[1:]:
        name, where, *lines = part.rstrip("\n").split("\n")
        old, new = ("\n".join(line[1:] for line in lines if line[0] == mark) for mark in "-+")
        tests = tuple(shlex.split(" ".join(line[1:] for line in lines if line[0] == "$")))
        found.append(Fault(name, where.removeprefix("@ "), old, new, tests))
    return tuple(found)


FAULTS_FILE = Path(__file__).with_name("seeded_faults.txt")
FAULTS = faults_of(FAULTS_FILE.read_text(encoding="utf-8"))


class Found(NamedTuple):
    """What the machine did on a copy: the error it ended with, if any, and its steps until then.

    The steps include those of Hypothesis, which runs a failing example again to be sure of it.
    """

    steps: int
    error: str | None


def seed(copy: Path, fault: Fault) -> None:
    """Replace a fault's text in a copy of the package.

    Args:
        copy: The folder that holds the package.
        fault: The fault.

    Raises:
        SystemExit: The text does not occur exactly once.
    """
    path = copy / PACKAGE / fault.file
    text = path.read_text(encoding="utf-8")
    count = text.count(fault.old)
    if count != 1:
        raise SystemExit(f"fault {fault.name!r}: its text occurs {count} times in {fault.file}, expected once")
    path.write_text(text.replace(fault.old, fault.new), encoding="utf-8")


def found(source: Path, fault: Fault) -> Found:
    """Run the machine on a copy with a fault, turn by turn, until it is found or there are no more turns."""
    if fault.tests:
        return run_tests(source, fault)
    steps = 0
    for seeds_from in TURNS:
        answer = run(source, fault, seeds_from)
        steps += answer.steps
        if answer.error is not None:
            break
    return Found(steps, answer.error)


def run(source: Path, fault: Fault | None, seeds_from: int = 0) -> Found:
    """Run the machine on a copy of the source, with a fault or without one.

    Args:
        source: The folder that holds the package.
        fault: The fault; none for the source as it is.
        seeds_from: The first seed.

    Raises:
        SystemExit: The copy cannot be run at all.
    """
    with tempfile.TemporaryDirectory(prefix="seeded-") as directory:
        copy = Path(directory) / "src"
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
        if fault is not None:
            seed(copy, fault)
        done = subprocess.run(
            [sys.executable, "-c", RUNNER, json.dumps(STEPS), str(seeds_from)],
            env={**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
            cwd=directory,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        name = fault.name if fault is not None else "no fault"
        raise SystemExit(f"{name}: the copy does not run\n{done.stderr}")
    answer = json.loads(done.stdout.splitlines()[-1])
    return Found(answer["steps"], answer["error"])


def run_tests(source: Path, fault: Fault) -> Found:
    """Run the tests that are to find a fault, on a copy of the source.

    Raises:
        SystemExit: The tests cannot be run at all.
    """
    with tempfile.TemporaryDirectory(prefix="seeded-") as directory:
        copy = Path(directory) / "src"
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
        seed(copy, fault)
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider", *fault.tests],
            env={**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
            cwd=SOURCE.parent,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode not in (0, 1):
        raise SystemExit(f"{fault.name}: the tests do not run\n{done.stdout[-2_000:]}{done.stderr[-2_000:]}")
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    return Found(0, " ".join(failed).replace(" - ", ": ") if done.returncode else None)


def main(words: str, every: int) -> int:
    """Run the source as it is, then each fault whose name holds the words, or every n-th of them, and print a table."""
    faults = [fault for fault in FAULTS if words in fault.name][::every]
    if not faults:
        print(f"no fault has {words!r} in its name; expected words of a name in tests/tools/seeded_faults.txt")
        return 1
    print(f"| fault | found | within steps | what the machine said |\n|{'---|' * 4}")
    missed = []
    with tempfile.TemporaryDirectory(prefix="source-") as directory, ThreadPoolExecutor(AT_ONCE) as pool:
        # One copy for all: what is edited meanwhile is not what is tested.
        source = Path(shutil.copytree(SOURCE, Path(directory) / "src"))
        clean = Found(0, None) if all(fault.tests for fault in faults) else run(source, None)
        if clean.error is not None:
            print(f"| none | YES | {clean.steps:,} | {clean.error} |")
            return 1
        print(f"| none | no | {clean.steps:,} | all agrees |", flush=True)
        for fault, answer in zip(faults, pool.map(partial(found, source), faults), strict=True):
            error = (answer.error or "nothing").partition(": Action(")[0].replace("|", "/")
            print(f"| {fault.name} | {'yes' if answer.error else 'NO'} | {answer.steps:,} | {error:.100} |", flush=True)
            if answer.error is None:
                missed.append(fault.name)
    print(f"\n{len(faults) - len(missed)} of {len(faults)} faults found")
    return 1 if missed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Run the ledger machine on seeded faults.")
    parser.add_argument("words", nargs="*", help="only the faults whose name contains these words; by default, all")
    parser.add_argument("--every", type=int, default=1, help="only every n-th of them, as CI does; by default, each")
    given = parser.parse_args()
    sys.exit(main(" ".join(given.words), max(1, given.every)))
