"""Sharing an audit among processes: each takes a slice of the log and reports in lines of JSON."""

import json
import os
import queue
import subprocess
import sys
import threading
from itertools import pairwise
from typing import IO, Any, Final

from carbon_ledger.errors import StoreError
from carbon_ledger.ledger.findings import Progress
from carbon_ledger.ledger.slices import Hasher, Leaves, SliceReport, audit_slice
from carbon_ledger.ledger.state import Store
from carbon_ledger.printing import quote

WORKER: Final = "carbon_ledger.audit_worker"


def audit_slices(store: Store, size: int, workers: int, hasher: Hasher, progress: Progress | None) -> list[SliceReport]:
    """Audit every slice of a log, in this process or in several.

    Args:
        store: The store.
        size: Entries in the log.
        workers: How many processes, at most.
        hasher: Takes the leaf hashes of all entries.
        progress: Is told how many entries are done, and of how many.

    Raises:
        StoreError: The store cannot be read, or a worker ended without a report.
        BrokenLogError: Its tables and their indexes do not agree.
    """
    if progress is not None and not callable(progress):
        raise StoreError(f"audit(progress={quote(progress)}): expected a function of the entries done and of all")
    place = store.location() if workers > 1 else None
    cuts = [0, *(store.cuts(size, workers) if place is not None else ()), size]
    if place is None or len(cuts) == 2:

        def step(done: int) -> None:
            if progress is not None:
                progress(done, size)

        report = audit_slice(store, 0, size, last=True, hasher=hasher, step=step)
        step(size)
        return [report]
    reports = _shared(place, cuts, progress)
    for leaf in store.leaves(0, size):
        hasher.append(leaf)
    return reports


def _shared(place: str, cuts: list[int], progress: Progress | None) -> list[SliceReport]:
    size = cuts[-1]
    said: queue.Queue[tuple[int, dict[str, Any]]] = queue.Queue()
    processes = [
        _begin(place, start, stop, stop == size, worker, said) for worker, (start, stop) in enumerate(pairwise(cuts))
    ]
    done = [0] * len(processes)
    reports: dict[int, SliceReport] = {}
    try:
        while len(reports) < len(processes):
            worker, line = said.get()
            if "done" in line:
                done[worker] = line["done"]
            elif "report" in line:
                reports[worker] = SliceReport.from_record(line["report"])
                done[worker] = cuts[worker + 1] - cuts[worker]
            else:
                raise StoreError(f"audit of entries {cuts[worker]} to {cuts[worker + 1] - 1}: {line['error']}")
            if progress is not None:
                progress(sum(done), size)
    finally:
        for process, listener in processes:
            process.kill()
            process.wait()
            listener.join()
    return [reports[worker] for worker in sorted(reports)]


def _begin(
    place: str, start: int, stop: int, last: bool, worker: int, said: "queue.Queue[tuple[int, dict[str, Any]]]"
) -> "tuple[subprocess.Popen[bytes], threading.Thread]":
    """Start a worker, and a thread that passes on what it says and closes its pipes."""
    path = os.pathsep.join(item for item in sys.path if item)
    process = subprocess.Popen(
        [sys.executable, "-m", WORKER, place, str(start), str(stop), str(int(last))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
    )

    def listen(words: IO[bytes], complaints: IO[bytes]) -> None:
        reported = False
        with words, complaints:
            for line in words:
                word = json.loads(line)
                reported = reported or "done" not in word
                said.put((worker, word))
            if not reported:
                why = complaints.read().decode(errors="replace").strip()
                said.put((worker, {"error": f"the worker ended without a report ({why[-300:]})"}))

    listener = threading.Thread(target=listen, args=(process.stdout, process.stderr), daemon=True)
    listener.start()
    return process, listener


def work(store: Store, start: int, stop: int, last: bool) -> None:
    """Audit a slice as a worker: say how far it is, and what was found."""

    def say(word: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps(word) + "\n")
        sys.stdout.flush()

    report = audit_slice(store, start, stop, last=last, hasher=Leaves(), step=lambda done: say({"done": done}))
    say({"report": report.to_record()})
