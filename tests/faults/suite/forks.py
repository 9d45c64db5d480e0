"""A process that forks in the middle of a batch: the child touches nothing, however it ends."""

import os
import sys
import tempfile
from pathlib import Path
from random import Random
from typing import Final

from tests.faults.suite.crowds import ended, start
from tests.faults.suite.outcome import Outcome
from tests.faults.suite.workload import open_here

from carbon_ledger.errors import StoreError

ENDS: Final = ("sys.exit", "return", "an error", "close and sys.exit")
_PARENT: Final = "import sys; from tests.faults.suite import forks; forks.parent(*sys.argv[1:])"
_LEFT: Final = 7  # the status of a child that was refused what it asked for


def parent(path: str, end: str, entries: str) -> None:
    """A process that writes, forks in a batch, and goes on when the child has ended; it prints how the child ended."""
    before, after = int(entries), 5
    with open_here(Path(path)) as ledger, ledger.batch():
        for k in range(before):
            ledger.open_account(f"a-{k}", name="x" * 1_500)
        child = os.fork()
        if child == 0:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # its error is expected, and its status shows it
            try:
                ledger.open_account("child", name="C")
            except StoreError:
                _leave(ledger.close, end)
                return
            sys.exit(1)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        for k in range(after):
            ledger.open_account(f"b-{k}", name="B")
    print(status)


def _leave(close: object, end: str) -> None:
    if end == "close and sys.exit" and callable(close):
        close()
    if end == "an error":
        raise RuntimeError("the child ends with an error")
    if end != "return":
        sys.exit(_LEFT)


def forks(count: int, seed: int) -> Outcome:
    """Fork in batches, some larger than SQLite's cache.

    Args:
        count: How many forks.
        seed: Chooses the size of each batch.
    """
    outcome = Outcome("fork in a batch")
    chance = Random(f"{seed}/forks")
    for k in range(count):
        end, entries = ENDS[k % len(ENDS)], chance.choice((1, 200, 2_500))
        with tempfile.TemporaryDirectory(prefix="faults-") as place:
            path = Path(place) / "ledger.db"
            with open_here(path) as ledger:
                begun = ledger.size
            problems: list[str] = []
            words = ended(start(_PARENT, path, end, entries), problems).split()
            expected = {"return": "0", "an error": "1"}.get(end, str(_LEFT))
            problems += [] if words == [expected] else [f"the child ended with {words}, expected {expected}"]
            with open_here(path) as ledger:
                problems += [str(item) for item in ledger.audit().findings]
                if ledger.size != begun + entries + 5:
                    problems.append(f"{ledger.size - begun} entries are there, {entries + 5} were acknowledged")
        outcome.count(f"child ends by {end}")
        outcome.lose(f"fork {k}, {entries} entries, {end}", problems)
    return outcome
