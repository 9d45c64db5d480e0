"""The process that opens hostile files, given the names of kinds as a JSON array; it prints a line of JSON a kind."""

import json
import os
import resource
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.faults.suite.child import SIGNER
from tests.faults.suite.hostile import MEMORY_BYTES, Kind, kinds, limit_s
from tests.faults.suite.judging import answers, contents
from tests.faults.suite.workload import clock, commands, open_here, reference

import carbon_ledger as cl
from carbon_ledger.audit.report import AuditReport
from carbon_ledger.errors import BrokenLogError, CarbonLedgerError, NotALedgerError, RefusedError

ACCOUNTS: Final = 240  # so that a tile fills
KEY: Final = str(SIGNER.verifier_key)
State = tuple[list[object], list[object]]
_FOREIGN: Final = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError, OSError),
    *(RuntimeError, TypeError, ValueError, sqlite3.Error),
)


def _verdict(report: AuditReport) -> str:
    return "passed" if report.passed else f"found: {report.findings[0].check}"


def _read(path: Path, before: State) -> str:
    with cl.open_ledger(path, clock=clock, read_only=True, timeout_s=0) as ledger:
        verdict = _verdict(ledger.audit())
        changed = verdict == "passed" and (contents(ledger), answers(ledger)) != before
        return "SILENT" if changed else verdict


def _written(path: Path, _: State) -> str:
    with cl.open_ledger(path, clock=clock, timeout_s=0) as ledger:
        try:
            ledger.open_account("hostile", name="H", by="suite")
            for batch in ledger.batches("irec"):
                ledger.transfer(batch.take(1), to="buyer", from_="op", by="suite")
        except RefusedError:  # by what a row says: the audit has to find it
            pass
        return _verdict(ledger.audit())


def _published(path: Path, _: State) -> str:
    since = path / "since"
    checkpoint = since.read_bytes() if since.is_file() else None
    return _verdict(cl.audit_published(path, trusted_keys=KEY, since=checkpoint))


def _timed(look: Callable[[Path, State], str], path: Path, before: State) -> tuple[str, float]:
    began = time.process_time()
    try:
        seen = look(path, before)
    except CarbonLedgerError as error:
        seen = f"refused: {type(error).__name__}"
        named = str(path) in str(error) or repr(str(path))[1:-1] in str(error)
        if isinstance(error, BrokenLogError | NotALedgerError) and not named:
            seen = f"LEAKED the name of the file: {error!r:.300}"
    except _FOREIGN as error:
        seen = f"LEAKED {type(error).__name__}: {error!s:.300}"
    return seen, time.process_time() - began


def _judge(kind: Kind, path: Path, before: State, sound_s: float) -> tuple[str, list[str]]:
    """What is seen of a kind, and what must not be."""
    looks = (_published,) if path.name == "log" else (_read, _written)
    seen, problems = [], []
    for look in looks:
        verdict, took_s = _timed(look, path, before)
        seen.append(verdict)
        if took_s > limit_s(sound_s):
            problems.append(f"it took {took_s:.2f} s, and the sound ledger {sound_s:.2f} s")
        if verdict.startswith(("LEAKED", "SILENT")) or (verdict == "passed" and not kind.harmless):
            problems.append(f"{look.__name__[1:]}: {verdict}")
    if kind.harmless:
        return "harmless" if "passed" in seen else seen[0], problems
    return seen[0], problems


def _sound(place: Path) -> tuple[Path, State, float]:
    """A sound ledger and its published log, what it holds, and how long its audit takes."""
    place.mkdir()
    path = place / "ledger.db"
    reference(path, commands(1, ACCOUNTS))
    with open_here(path) as ledger:
        before = (contents(ledger), answers(ledger))
        ledger.publish(place / "log", signer=SIGNER)
    taken = []
    for _ in range(3):
        verdict, took_s = _timed(_read, path, before)
        assert verdict == "passed", verdict
        taken.append(took_s)
    verdict, _ = _timed(_published, place / "log", before)
    assert verdict == "passed", verdict
    return path, before, sorted(taken)[1]


def main(names: str) -> None:
    """Judge kinds one after the other; die where one passes the limits."""
    every = kinds()
    with tempfile.TemporaryDirectory(prefix="faults-") as name:
        place = Path(name)
        path, before, sound_s = _sound(place / "sound")
        now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY_BYTES, now + MEMORY_BYTES))
        for one in json.loads(names):
            here = place / "here"
            shutil.copytree(path.parent, here)
            path_of_kind = every[one].make(here / "ledger.db") or here / "ledger.db"
            signal.setitimer(signal.ITIMER_PROF, 3 * limit_s(sound_s))  # of the processor: SIGPROF ends the process
            signal.alarm(60)  # of waiting: SIGALRM does
            seen, problems = _judge(every[one], path_of_kind, before, sound_s)
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.alarm(0)
            os.write(1, json.dumps({"kind": one, "seen": seen, "problems": problems}).encode() + b"\n")
            shutil.rmtree(here)


if __name__ == "__main__":
    main(*sys.argv[1:])
