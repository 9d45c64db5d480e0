"""A disk that is full: no file of the process may grow beyond a size."""

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random
from typing import Final

from tests.faults.suite.judging import problems_of, reopened, resumed
from tests.faults.suite.outcome import Outcome
from tests.faults.suite.workload import Command, Reference, commands, open_here, reference

from carbon_ledger.errors import StoreError

_CHILD: Final = "import sys; from tests.faults.suite import disks; disks.main(*sys.argv[1:])"


def _limit(size: int) -> None:
    """Let no file of this process grow beyond a size. [bytes]"""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


def _until_full(path: Path, todo: list[Command], expected: Reference, limit: int) -> tuple[str, list[str]]:
    """Run commands until the disk is full, then give it room again: what was seen, what is wrong."""
    with open_here(path) as ledger:
        done, refusal = 0, "the room was enough"
        _limit(limit)
        try:
            for command in todo:
                command.run(ledger)
                done += 1
        except StoreError as error:
            refusal = type(error).__name__
            found = [] if str(path) in str(error) else [f"the error does not name the file: {error}"]
        else:
            found = []
        finally:
            _limit(resource.RLIM_INFINITY)
        size = expected.sizes[done]
        if ledger.size != size:
            found.append(f"{size} entries before the refusal, {ledger.size} after it")
        found += problems_of(ledger, expected, size)
    return refusal, found + (reopened(path, expected, size) or resumed(path, expected, todo))


def main(turns: str, limits: str) -> None:
    """The child process: a limit after the other, the results as JSON."""
    todo, results = commands(int(turns)), []
    with tempfile.TemporaryDirectory(prefix="faults-") as place:
        expected = reference(Path(place) / "expected.db", todo)
        for limit in json.loads(limits):
            path = Path(place) / f"{limit}.db"
            results.append((limit, *_until_full(path, todo, expected, limit)))
            path.unlink()
    print(json.dumps(results))


def full_disks(count: int, seed: int, *, turns: int = 3) -> Outcome:
    """Limit the size of files in a process of its own (RLIMIT_FSIZE), at many sizes.

    Args:
        count: How many limits.
        seed: Chooses the sizes.
        turns: Length of the run.
    """
    outcome, chance = Outcome("disk full (RLIMIT_FSIZE)"), Random(f"{seed}/full")
    with tempfile.TemporaryDirectory(prefix="faults-") as place:
        path = Path(place) / "ledger.db"
        reference(path, commands(turns))
        most = path.stat().st_size
        with open_here(Path(place) / "begun.db") as ledger:
            assert ledger.size == 1
        least = (Path(place) / "begun.db").stat().st_size
    limits = sorted(chance.sample(range(least, most), count))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(turns), json.dumps(limits)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).resolve().parents[3],
        env=environment,
    )
    if done.returncode:
        outcome.lose("the process with the limit", [done.stderr])
        return outcome
    for limit, seen, problems in json.loads(done.stdout):
        outcome.count(seen)
        outcome.lose(f"limit {limit}", problems)
    return outcome
