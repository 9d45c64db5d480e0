"""Copies of a ledger that others are writing to: each is a ledger of its own, as of one moment."""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.faults.suite.crowds import ended, start
from tests.faults.suite.outcome import Outcome
from tests.faults.suite.workload import open_here

import carbon_ledger as cl

BATCH: Final = 7
BATCHES: Final = 40  # while a copy is made
_WRITER: Final = "import sys; from tests.faults.suite import copies; copies.writer(*sys.argv[1:])"


def writer(path: str, name: str) -> None:
    """A process that writes batches of accounts, some for each line of its input, and prints that it began."""
    with open_here(Path(path)) as ledger:
        for turn, _ in enumerate(sys.stdin):
            for k in range(BATCHES):
                with ledger.batch():
                    for n in range(BATCH):
                        ledger.open_account(f"{name}-{turn}-{k}-{n}", name="A")
                if k == 0:
                    print("writing", flush=True)


def _begin(child: "subprocess.Popen[str]") -> None:
    """Let a writer write, and wait until it does."""
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write("\n")
    child.stdin.flush()
    child.stdout.readline()


def _problems(ledger: cl.Ledger, copy: cl.Backup, before: int, begun: int) -> list[str]:
    with cl.open_ledger(copy.path, read_only=True) as restored:
        found = [str(item) for item in restored.audit().findings]
        if restored.size != copy.size or restored.root() != copy.root:
            found.append("it is not what backup() returned")
    if copy.size < before:
        found.append(f"{before} entries were committed before, it has {copy.size}")
    if (copy.size - begun) % BATCH:
        found.append("it has half a batch")
    if ledger.as_of(entry=copy.size - 1).root() != copy.root:
        found.append("its entries are not the ledger's")
    return found


def copies(count: int, *, writers: int = 2) -> Outcome:
    """Back a ledger up while processes write to it.

    Args:
        count: How many copies.
        writers: Processes that write.
    """
    outcome = Outcome("backup() of a ledger that others write to")
    with tempfile.TemporaryDirectory(prefix="faults-") as place:
        path = Path(place) / "ledger.db"
        with open_here(path) as ledger:
            begun = ledger.size
            children = [start(_WRITER, path, f"w{k}") for k in range(writers)]
            for k in range(count):
                for child in children:
                    _begin(child)
                before = ledger.size
                copy = ledger.backup(Path(place) / "copy.db")
                outcome.lose(f"copy {k}", _problems(ledger, copy, before, begun))
                outcome.count("grew meanwhile" if ledger.size > copy.size else "nobody wrote meanwhile")
                Path(copy.path).unlink()
            problems: list[str] = []
            for child in children:
                ended(child, problems)
            outcome.lose("the writers", problems)
            outcome.lose("the ledger", (str(item) for item in ledger.audit().findings))
    return outcome
