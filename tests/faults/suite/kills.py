"""kill -9 of a process that writes or publishes: from outside, inside SQLite's commit, and between any two lines."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random
from typing import Final

from tests.faults.suite.child import ACCOUNTS, SIGNER, TURNS, VIEWS
from tests.faults.suite.judging import reopened, resumed
from tests.faults.suite.outcome import Outcome
from tests.faults.suite.workload import Command, Reference, commands, open_here, reference, run

import carbon_ledger as cl
from carbon_ledger.errors import CarbonLedgerError, NotALedgerError

KEY: Final = str(SIGNER.verifier_key)
OPERATIONS: Final = 780  # about as many as the writer's run has, reads apart
WRITER_LINES: Final = 36_800
PUBLISHER_LINES: Final = 1_750
VIEWS_LINES: Final = 3_800
_SPINS: Final = 30_000


def start(role: str, place: Path, where: str, at: int) -> "subprocess.Popen[bytes]":
    """Start a process that will be killed."""
    arguments = [sys.executable, "-m", "tests.faults.suite.child", role, str(place), where, str(at)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    root = Path(__file__).resolve().parents[3]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, cwd=root, env=environment)


def killed(child: "subprocess.Popen[bytes]", after: int | None, spins: int = 0) -> tuple[int, bool]:
    """Read the output of a process, and kill it after some lines and some more work, or let it kill itself.

    Returns:
        The last number that it printed, -1 if it printed no number; whether it was killed before it ended.
    """
    assert child.stdout is not None
    reported = -1
    for line in child.stdout:
        reported = int(line)
        if reported == after:
            for _ in range(spins):
                hashlib.sha256(b"").digest()
            child.kill()
    child.stdout.close()
    return reported, child.wait() == -signal.SIGKILL


def _kill_writer(where: str, chance: Random, outcome: Outcome, expected: Reference, todo: list[Command]) -> None:
    at = {
        "outside": chance.randrange(len(todo)),
        "operation": chance.randrange(1, OPERATIONS),
        "line": chance.randrange(1, WRITER_LINES),
    }[where]
    spins = chance.randrange(_SPINS)
    with tempfile.TemporaryDirectory(prefix="faults-") as place:
        path = Path(place) / "ledger.db"
        child = start("write", Path(place), where, at)
        reported, dead = killed(child, at if where == "outside" else None, spins)
        left = Path(f"{path}-journal")
        seen = ["with a journal left behind"] if left.exists() and left.stat().st_size else []
        if reported < 0:
            seen.append("before the first acknowledgement")
            problems = _begun(path, expected, todo)
        else:
            problems = reopened(path, expected, expected.sizes[reported]) or resumed(path, expected, todo)
    outcome.count(f"{where} ({'killed' if dead else 'ended before'})", *seen)
    outcome.lose(f"{where} {at}, {spins} spins", problems)


def _begun(path: Path, expected: Reference, todo: list[Command]) -> list[str]:
    """What is wrong after a kill while the file was begun: nothing was acknowledged, it may be no ledger yet."""
    try:
        open_here(path).close()
    except NotALedgerError:
        return []
    except CarbonLedgerError as error:
        return [f"{type(error).__name__}: {error}"]
    return resumed(path, expected, todo)


def kill_writers(count: int, seed: int, ways: tuple[str, ...] = ("outside", "operation", "line")) -> Outcome:
    """Kill writers, in turn from outside, inside SQLite and between lines; resume each ledger.

    Args:
        count: How many.
        seed: Chooses the moments.
        ways: Who kills; ``operation`` needs apsw.
    """
    outcome, todo = Outcome("kill -9 of a writer"), commands(TURNS, ACCOUNTS)
    with tempfile.TemporaryDirectory(prefix="faults-") as place:
        expected = reference(Path(place) / "ledger.db", todo)
    for k in range(count):
        _kill_writer(ways[k % len(ways)], Random(f"{seed}/writer/{k}"), outcome, expected, todo)
    return outcome


def _tree(place: Path) -> dict[str, bytes]:
    """What is published, leftovers of an interrupted run apart."""
    return {
        str(path.relative_to(place)): path.read_bytes()
        for path in sorted(place.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def _views_of(tree: dict[str, bytes]) -> dict[str, bytes]:
    """The views of the checkpoint that is published, which a reader finds by its size."""
    folder = f"views/{int(tree['checkpoint'].splitlines()[1])}/" if "checkpoint" in tree else "none"
    return {name: data for name, data in tree.items() if name.startswith(folder)}


def _after_publishing(log: Path, old_checkpoint: bytes | None, expected: dict[str, bytes]) -> list[str]:
    """What is wrong with a published directory after its publisher was killed, before it is run again."""
    note = _tree(log).get("checkpoint")
    if note not in (old_checkpoint, expected["checkpoint"]):
        return ["the checkpoint is neither the old nor the new one"]
    if note is None:
        return []
    return [str(item) for item in cl.audit_published(log, trusted_keys=KEY, since=old_checkpoint).findings]


def _published_again(path: Path, log: Path, views: cl.PublicViews | None) -> list[str]:
    """What is wrong with the ledger of a killed publisher, or with publishing it again."""
    try:
        with open_here(path) as ledger:
            found = [f"the ledger: {item}" for item in ledger.audit().findings]
            ledger.publish(log, signer=SIGNER, views=views)
            return found
    except CarbonLedgerError as error:
        return [f"it cannot be published again: {type(error).__name__}: {error}"]


def _kill_publisher(k: int, chance: Random, outcome: Outcome, base: Path, views: cl.PublicViews | None) -> None:
    first, where = k % 2 == 0, ("line", "line", "outside")[k % 3]
    role, lines = ("publish", PUBLISHER_LINES) if views is None else ("views", VIEWS_LINES)
    at, spins = chance.randrange(1, lines), chance.randrange(_SPINS)
    with tempfile.TemporaryDirectory(prefix="faults-") as place:
        here, log = Path(place), Path(place) / "log"
        shutil.copy(base / "ledger.db", here / "ledger.db")
        old_checkpoint, before = None, dict[str, bytes]()
        if not first:
            shutil.copytree(base / "early", log)
            old_checkpoint, before = (log / "checkpoint").read_bytes(), _views_of(_tree(log))
        _, dead = killed(start(role, here, where, at), 0 if where == "outside" else None, spins)
        expected = _tree(base / "late")
        problems = _after_publishing(log, old_checkpoint, expected)
        left = _tree(log)
        if _views_of(left) not in (before, _views_of(expected)) or (views and not _views_of(expected)):
            problems.append("the views of the published checkpoint are not those of its state")
        problems += _published_again(here / "ledger.db", log, views)
        problems += [str(item) for item in cl.audit_published(log, trusted_keys=KEY, since=old_checkpoint).findings]
        after = _tree(log)
        problems += [f"{name} is not as expected" for name, data in expected.items() if after.get(name) != data]
        wanted = {*before, *_views_of(expected)}
        problems += [f"{name} is left over" for name in after if name.startswith("views/") and name not in wanted]
    outcome.count(
        f"{where} ({'killed' if dead else 'ended before'})",
        "in the first publication" if first else "in an extension",
    )
    outcome.lose(f"{where} {at}, {spins} spins, {'first' if first else 'extension'}", problems)


def kill_publishers(count: int, seed: int, *, views: bool = False) -> Outcome:
    """Kill publishers, in a first publication and in an extension of one, and publish again.

    Args:
        count: How many.
        seed: Chooses the moments.
        views: Whether they publish public views, which then agree with the log, before and after.
    """
    public = VIEWS if views else None
    outcome, todo = Outcome(f"kill -9 of a publisher{' of views' if views else ''}"), commands(TURNS, ACCOUNTS)
    with tempfile.TemporaryDirectory(prefix="faults-") as place:
        base = Path(place)
        with open_here(base / "ledger.db") as ledger:
            for done in run(ledger, todo):
                if done == len(todo) // 2:
                    ledger.publish(base / "early", signer=SIGNER, views=public)
            ledger.publish(base / "late", signer=SIGNER, views=public)
        for k in range(count):
            _kill_publisher(k, Random(f"{seed}/publisher/{k}"), outcome, base, public)
    return outcome
