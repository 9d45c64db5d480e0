"""Power loss: writes that were not synced are lost, written or torn, and the remaining files are opened.

One run of the commands is recorded, operation by operation. A cut is a place in that record; the files it leaves
are made from what was synced before it, and from a seeded choice among the rest.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from attrs import define, field
from tests.faults.suite.judging import reopened, resumed
from tests.faults.suite.outcome import Outcome
from tests.faults.suite.vfs import Op, watched
from tests.faults.suite.workload import Command, Reference, commands, entries_of, open_here, run

from carbon_ledger.errors import CarbonLedgerError, NotALedgerError

SECTOR_BYTES: Final = 512
MODES: Final = ("all lost", "all written", "written up to a torn write", "some written", "torn sector by sector")
_SMALL_CACHE_PAGES: Final = 8  # forces SQLite to write into the file before the commit


class Recording(NamedTuple):
    """A run: what SQLite did, and after how many operations each command was acknowledged."""

    ops: list[Op]
    acknowledged: list[tuple[int, int]]  # operations, entries
    reference: Reference


@define
class _File:
    """A file as it is on the disk, and the writes that were not synced yet."""

    durable: bytearray = field(factory=bytearray)
    named: bool = False  # whether the directory's entry is on the disk
    waiting: list[tuple[int, Op]] = field(factory=list)


def record(directory: Path, todo: list[Command], cache_pages: int | None) -> Recording:
    """Run the commands once and write down every operation."""
    ops: list[Op] = []

    def watcher(op: Op) -> None:
        if op.kind != "read":
            ops.append(op._replace(file=Path(op.file).name))

    with watched(watcher, cache_pages=cache_pages), open_here(directory / "ledger.db") as ledger:
        sizes = [ledger.size]
        acknowledged = [(len(ops), ledger.size)]
        for _ in run(ledger, todo):
            sizes.append(ledger.size)
            acknowledged.append((len(ops), ledger.size))
        return Recording(ops, acknowledged, Reference(entries_of(ledger), sizes))


def _apply(data: bytearray, op: Op) -> None:
    if op.kind == "truncate":
        del data[op.at :]
        data.extend(bytes(op.at - len(data)))
    elif op.kind == "write":
        data.extend(bytes(max(0, op.at - len(data))))
        data[op.at : op.at + len(op.data)] = op.data


def _sectors(op: Op) -> Iterator[Op]:
    """The pieces of an operation, each of which a disk writes completely or not at all."""
    if op.kind != "write":
        yield op
        return
    at, data = op.at, op.data
    while data:
        size = SECTOR_BYTES - at % SECTOR_BYTES
        yield op._replace(at=at, data=data[:size])
        at, data = at + size, data[size:]


def _until(ops: list[Op]) -> dict[str, _File]:
    """The files after these operations."""
    files: dict[str, _File] = {}
    for number, op in enumerate(ops):
        file = files.setdefault(op.file, _File())
        if op.kind == "sync":
            for _, waiting in file.waiting:
                _apply(file.durable, waiting)
            file.waiting = []
            if op.file.endswith("-journal"):  # SQLite syncs the directory with a new journal
                for other in files.values():
                    other.named = True
        elif op.kind == "delete":
            del files[op.file]
        elif op.kind != "create":
            file.waiting.append((number, op))
    return files


def _written(waiting: list[tuple[int, Op]], mode: str, torn_at: int, chance: Random) -> Iterator[Op]:
    """The operations, or parts of them, that reached the disk although they were not synced."""
    for number, op in waiting:
        if mode == "all written" or (mode == "written up to a torn write" and number < torn_at):
            yield op
        elif mode == "written up to a torn write" and number == torn_at:
            pieces = list(_sectors(op))
            yield from pieces[: chance.randrange(len(pieces) + 1)]
        elif mode == "some written" and chance.random() < chance.random():
            yield op
        elif mode == "torn sector by sector":
            yield from (piece for piece in _sectors(op) if chance.getrandbits(1))


def image(recording: Recording, cut: int, mode: str, chance: Random) -> dict[str, bytes]:
    """The files after a cut of power.

    Args:
        recording: The run.
        cut: How many operations were done.
        mode: What becomes of the writes that were not synced.
        chance: Chooses among them.
    """
    files = _until(recording.ops[:cut])
    waiting = [number for file in files.values() for number, _ in file.waiting]
    torn_at = chance.choice(waiting) if waiting else cut
    found = {}
    for name, file in sorted(files.items()):
        if file.named or mode == "all written" or (mode != "all lost" and chance.getrandbits(1)):
            data = bytearray(file.durable)
            for op in _written(file.waiting, mode, torn_at, chance):
                _apply(data, op)
            found[name] = bytes(data)
    return found


def _cut(
    recording: Recording, cut: int, mode: str, chance: Random, todo: list[Command] | None
) -> tuple[str, list[str]]:
    acknowledged = max((size for ops, size in recording.acknowledged if ops <= cut), default=0)
    with tempfile.TemporaryDirectory(prefix="faults-") as place:
        path = Path(place) / "ledger.db"
        for name, data in image(recording, cut, mode, chance).items():
            (Path(place) / name).write_bytes(data)
        if acknowledged == 0:
            try:
                with open_here(path) as ledger:
                    return "cut before the first acknowledgement", [str(item) for item in ledger.audit().findings]
            except NotALedgerError:
                return "cut before the first acknowledgement", []
            except CarbonLedgerError as error:
                return "cut before the first acknowledgement", [f"{type(error).__name__}: {error}"]
        found = reopened(path, recording.reference, acknowledged)
        if todo is not None and not found:
            found = resumed(path, recording.reference, todo)
        return mode, found


def power_cuts(count: int, seed: int, *, turns: int = 2, resume_every: int = 10) -> Outcome:
    """Cut the power many times, all over a run, in every mode.

    Args:
        count: How many times.
        seed: Chooses the places and which writes survive.
        turns: Length of the run.
        resume_every: After so many cuts, the run is also resumed and compared with one that never stopped.
    """
    outcome, chance = Outcome("power loss"), Random(seed)
    todo = commands(turns, accounts=120)
    with tempfile.TemporaryDirectory(prefix="faults-") as place:
        recordings = []
        for cache_pages in (None, _SMALL_CACHE_PAGES):
            (Path(place) / str(cache_pages)).mkdir()
            recordings.append(record(Path(place) / str(cache_pages), todo, cache_pages))
    for k in range(count):
        recording, mode = recordings[k % 2], MODES[k // 2 % len(MODES)]
        cut = chance.randrange(1, len(recording.ops) + 1)
        resume = todo if k % resume_every == 0 else None
        seen, problems = _cut(recording, cut, mode, Random(f"{seed}/{k}"), resume)
        outcome.count(seen, *(["resumed"] if resume is not None else []))
        outcome.lose(f"seed {seed}, cut {k} after operation {cut}, {mode}", problems)
    return outcome
