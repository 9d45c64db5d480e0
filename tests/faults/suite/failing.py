"""A disk whose reads, writes, truncations and syncs fail, under a command that is being written."""

import shutil
import tempfile
from pathlib import Path
from random import Random
from typing import Final

import apsw
from tests.faults.suite.judging import problems_of, reopened, resumed
from tests.faults.suite.outcome import Outcome
from tests.faults.suite.vfs import Op, failure, watched
from tests.faults.suite.workload import Command, Reference, commands, open_here, reference

import carbon_ledger as cl
from carbon_ledger.errors import CarbonLedgerError, StoreError, StoreFullError

_FAILURES: Final = {
    "sync fails": ("sync", apsw.SQLITE_IOERR_FSYNC),
    "write fails": ("write", apsw.SQLITE_IOERR_WRITE),
    "no space": ("write", apsw.SQLITE_FULL),
    "truncation fails": ("truncate", apsw.SQLITE_IOERR_TRUNCATE),
    "read fails": ("read", apsw.SQLITE_IOERR_READ),
}


class _Fault:
    """A watcher that fails the operations of a kind, from a place on, once or until it is lifted."""

    def __init__(self, kind: str, code: int, at: int, again: bool) -> None:
        self._kind, self._code, self._at, self._again = kind, code, at, again
        self.armed, self.hit = False, False
        self._seen = 0

    def __call__(self, op: Op) -> None:
        if not self.armed or op.kind != self._kind:
            return
        self._seen += 1
        if self._seen == self._at or (self._again and self._seen > self._at):
            self.hit = True
            raise failure(self._code)


def _refused(ledger: cl.Ledger, command: Command, path: Path) -> tuple[bool, str, list[str]]:
    """Run a command that may meet the fault: whether it was done, what was seen, what is wrong."""
    try:
        command.run(ledger)
    except StoreError as error:
        found = [] if str(path) in str(error) else [f"the error does not name the file: {error}"]
        return False, type(error).__name__, found
    except CarbonLedgerError as error:
        return False, type(error).__name__, [f"expected a StoreError: {error!r}"]
    return True, "done all the same", []


def _meet(
    fault: _Fault, name: str, path: Path, number: int, todo: list[Command], expected: Reference
) -> tuple[str, list[str]]:
    before = expected.sizes[number]
    after = expected.sizes[number + 1]
    with watched(fault):
        with open_here(path) as ledger:
            fault.armed = True
            done, seen, found = _refused(ledger, todo[number], path)
            fault.armed = False
            if not fault.hit:
                return "the fault was not met", found
            if name == "no space" and not done and seen != StoreFullError.__name__:
                found.append(f"expected a StoreFullError, got {seen}")
            if ledger.size not in ((after,) if done else (before, after)):
                found.append(f"{ledger.size} entries, expected {before} or {after}")
            state = "as before" if ledger.size == before else "as after"
            found += problems_of(ledger, expected, after if done else before)
        found += reopened(path, expected, after if done else before) or resumed(path, expected, todo)
    return f"{seen}, state {state} the command", found


def failing_disks(count: int, seed: int, *, turns: int = 1) -> Outcome:
    """Fail reads, writes, truncations and syncs in the middle of a command, once or until the disk is well again.

    Args:
        count: How many faults.
        seed: Chooses the commands and the operations.
        turns: Length of the run.
    """
    outcome, todo = Outcome("I/O errors (reads, writes, syncs)"), commands(turns)
    with tempfile.TemporaryDirectory(prefix="faults-") as place:
        base = Path(place)
        expected = reference(base / "expected.db", todo)
        with open_here(base / "0.db") as ledger:
            for number, command in enumerate(todo):
                if number:
                    shutil.copy(base / "0.db", base / f"{number}.db")
                command.run(ledger)
        open_here(base / "begun.db").close()
        (base / "begun.db").replace(base / "0.db")
        for k in range(count):
            name = list(_FAILURES)[k % len(_FAILURES)]
            kind, code = _FAILURES[name]
            chance = Random(f"{seed}/io/{k}")
            number, again = chance.randrange(len(todo)), bool(chance.getrandbits(1))
            at = 1 if kind == "truncate" else chance.randrange(1, 6 if kind == "sync" else 12)
            path = base / "here.db"
            shutil.copy(base / f"{number}.db", path)
            seen, problems = _meet(_Fault(kind, code, at, again), name, path, number, todo, expected)
            outcome.count(f"{name}: {seen}")
            outcome.lose(f"{name}, operation {at} of command {number}, {'again' if again else 'once'}", problems)
    return outcome
