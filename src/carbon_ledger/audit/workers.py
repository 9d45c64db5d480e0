"""Sharing an audit among processes: each takes a slice of the log and reports in lines of JSON."""

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from itertools import pairwise
from typing import IO, Any, Final

from carbon_ledger.audit.findings import Progress
from carbon_ledger.audit.isolated import command
from carbon_ledger.audit.replay import Hasher, LeafCounter, SliceReport, audit_slice
from carbon_ledger.core.state.store import Auditable
from carbon_ledger.errors import StoreError
from carbon_ledger.printing import quote

WORKER: Final = "carbon_ledger.opening.audit_worker"
MAX_LINE: Final = 64 << 20  # octets; a report has a few hundred findings at most
_COMPLAINT: Final = 300
_KINDS: Final[Mapping[str, type]] = {"done": int, "report": SliceReport, "error": str}


def audit_slices(
    store: Auditable, size: int, workers: int, hasher: Hasher, progress: Progress | None
) -> list[SliceReport]:
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
    place = store.worker_path() if workers > 1 else None
    cuts = [0, *(store.split_points(size, workers) if place is not None else ()), size]
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
    size, slices = cuts[-1], list(pairwise(cuts))
    said: queue.Queue[tuple[int, dict[str, Any]]] = queue.Queue()
    done = [0] * len(slices)
    reports: dict[int, SliceReport] = {}
    with ExitStack() as running:
        for worker, (start, stop) in enumerate(slices):
            started = command(WORKER, (place, str(start), str(stop), str(int(stop == size))), place)
            # Not a pipe: a worker with much to complain of would wait for somebody to read it.
            complaints = running.enter_context(tempfile.TemporaryFile())
            _begin(running, started, complaints, worker, said)
        while len(reports) < len(slices):
            worker, line = said.get()
            if "done" in line:
                done[worker] = line["done"]
            elif "report" in line:
                reports[worker] = line["report"]
                done[worker] = cuts[worker + 1] - cuts[worker]
            else:
                raise StoreError(f"audit of entries {cuts[worker]} to {cuts[worker + 1] - 1}: {line['error']}")
            if progress is not None:
                progress(sum(done), size)
    return [reports[worker] for worker in sorted(reports)]


def _begin(
    running: ExitStack,
    started: list[str],
    complaints: IO[bytes],
    worker: int,
    said: "queue.Queue[tuple[int, dict[str, Any]]]",
) -> None:
    """Start a worker, and a thread that passes on what it says; both end with the stack."""
    try:
        process = subprocess.Popen(started, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints)
    except OSError as error:
        raise StoreError(f"a worker cannot be started ({error.strerror}); audit with workers=1") from None

    def listen(words: IO[bytes]) -> None:
        with words:
            for word in _words(words):
                said.put((worker, word))
                if "done" not in word:
                    return
            end = complaints.seek(0, os.SEEK_END)
            complaints.seek(max(0, end - _COMPLAINT))
            why = complaints.read().decode(errors="replace").strip()
            said.put((worker, {"error": f"the worker ended without a report ({quote(why)})"}))

    listener = threading.Thread(target=listen, args=(process.stdout,), daemon=True)
    running.callback(listener.join)
    running.callback(process.wait)
    running.callback(process.kill)
    listener.start()


def _words(lines: IO[bytes]) -> Iterator[dict[str, Any]]:
    """What a worker says, line by line; the last of it is an error where a line is not one of a worker's."""
    while line := lines.readline(MAX_LINE):
        try:
            word = json.loads(line) if line.endswith(b"\n") else None
            if isinstance(word, dict) and "report" in word:
                word["report"] = SliceReport.from_record(word["report"])
        except (ValueError, RecursionError):
            word = None
        if (
            not isinstance(word, dict)
            or [type(value) for value in word.values()] != [_KINDS.get(name) for name in word]
            or len(word) != 1
        ):
            yield {"error": f"the worker said {quote(line[:80])}, which is no line of a worker; audit with workers=1"}
            return
        yield word


def work(store: Auditable, start: int, stop: int, last: bool) -> None:
    """Audit a slice as a worker: say how far it is, and what was found."""

    def say(word: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps(word) + "\n")
        sys.stdout.flush()

    report = audit_slice(store, start, stop, last=last, hasher=LeafCounter(), step=lambda done: say({"done": done}))
    say({"report": report.to_record()})
