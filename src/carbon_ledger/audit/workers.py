"""Sharing an audit among processes: each worker audits a slice of the log and reports in lines of JSON."""

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, redirect_stdout
from itertools import pairwise
from typing import IO, Any, Final

from carbon_ledger.audit.findings import Progress
from carbon_ledger.audit.isolated import command
from carbon_ledger.audit.replay import Hasher, LeafCounter, SliceReport, audit_slice
from carbon_ledger.core.methodologies import NOTHING, Known
from carbon_ledger.core.state.store import Auditable
from carbon_ledger.errors import MethodologyError, StoreError
from carbon_ledger.printing import quote

WORKER: Final = "carbon_ledger.opening.audit_worker"
MAX_LINE: Final = 64 << 20  # octets; a report has a few hundred findings at most
_LAST_ERRORS: Final = 300  # octets of a worker's standard error that a message quotes
_KINDS: Final[Mapping[str, type]] = {"done": int, "report": SliceReport, "error": str, "methodology": str}


def audit_slices(
    store: Auditable,
    size: int,
    workers: int,
    hasher: Hasher,
    progress: Progress | None,
    known: Known = NOTHING,
    places: str = "[]",
) -> list[SliceReport]:
    """Audit every slice of a log, in this process or in several.

    Args:
        store: The store.
        size: Entries in the log.
        workers: How many processes, at most.
        hasher: Receives the leaf hashes of all entries.
        progress: Called with the number of entries audited, and the number of all entries.
        known: Methodologies of the auditor's own.
        places: Where workers import these methodologies.

    Raises:
        MethodologyError: A worker cannot import one of these methodologies.
        StoreError: The store cannot be read, or a worker ended without a report.
        BrokenLogError: A table of the store and its index do not agree.
    """
    if progress is not None and not callable(progress):
        raise StoreError(f"audit(progress={quote(progress)}): expected a function of two numbers, done and all")
    path = store.worker_path() if workers > 1 else None
    cuts = [0, *(store.split_points(size, workers) if path is not None else ()), size]
    if path is None or len(cuts) == 2:

        def step(done: int) -> None:
            if progress is not None:
                progress(done, size)

        report = audit_slice(store, 0, size, last=True, hasher=hasher, step=step, known=known)
        step(size)
        return [report]
    reports = _audit_in_workers(path, cuts, progress, places)
    for leaf in store.leaves(0, size):
        hasher.append(leaf)
    return reports


def _audit_in_workers(path: str, cuts: list[int], progress: Progress | None, places: str) -> list[SliceReport]:
    size, slices = cuts[-1], list(pairwise(cuts))
    messages: queue.Queue[tuple[int, dict[str, Any]]] = queue.Queue()
    done = [0] * len(slices)
    reports: dict[int, SliceReport] = {}
    with ExitStack() as running:
        for worker, (start, stop) in enumerate(slices):
            started = command(WORKER, (path, str(start), str(stop), str(int(stop == size)), places), path)
            # A file and not a pipe: a worker that fills the pipe with errors would wait until somebody reads it.
            errors = running.enter_context(tempfile.TemporaryFile())
            _start_worker(running, started, errors, worker, messages)
        while len(reports) < len(slices):
            worker, message = messages.get()
            if "done" in message:
                done[worker] = message["done"]
            elif "report" in message:
                reports[worker] = message["report"]
                done[worker] = cuts[worker + 1] - cuts[worker]
            elif "methodology" in message:
                raise MethodologyError(message["methodology"])
            else:
                raise StoreError(f"audit of entries {cuts[worker]} to {cuts[worker + 1] - 1}: {message['error']}")
            if progress is not None:
                progress(sum(done), size)
    return [reports[worker] for worker in sorted(reports)]


def _start_worker(
    running: ExitStack,
    started: list[str],
    errors: IO[bytes],
    worker: int,
    messages: "queue.Queue[tuple[int, dict[str, Any]]]",
) -> None:
    """Start a worker, and a thread that puts its messages into a queue; both end when *running* is closed."""
    try:
        process = subprocess.Popen(started, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors)
    except OSError as error:
        raise StoreError(f"a worker cannot be started ({error.strerror}); audit with workers=1") from None

    def listen(output: IO[bytes]) -> None:
        with output:
            for message in _messages(output):
                messages.put((worker, message))
                if "done" not in message:
                    return
            end = errors.seek(0, os.SEEK_END)
            errors.seek(max(0, end - _LAST_ERRORS))
            reason = errors.read().decode(errors="replace").strip()
            messages.put((worker, {"error": f"the worker ended without a report ({quote(reason)})"}))

    listener = threading.Thread(target=listen, args=(process.stdout,), daemon=True)
    running.callback(listener.join)
    running.callback(process.wait)
    running.callback(process.kill)
    listener.start()


def _messages(lines: IO[bytes]) -> Iterator[dict[str, Any]]:
    """The messages of a worker. The first malformed line ends them with an error message."""
    while line := lines.readline(MAX_LINE):
        try:
            message = json.loads(line) if line.endswith(b"\n") else None
            if isinstance(message, dict) and "report" in message:
                message["report"] = SliceReport.from_record(message["report"])
        except (ValueError, RecursionError):
            message = None
        if (
            not isinstance(message, dict)
            or [type(value) for value in message.values()] != [_KINDS.get(name) for name in message]
            or len(message) != 1
        ):
            yield {"error": f"the worker sent {quote(line[:80])}, expected progress or a report; audit with workers=1"}
            return
        yield message


def work(store: Auditable, start: int, stop: int, last: bool, known: Known = NOTHING) -> None:
    """Audit a slice as a worker: write progress and the report to standard output."""
    output = sys.stdout

    def send(message: dict[str, Any]) -> None:
        output.write(json.dumps(message) + "\n")
        output.flush()

    # A methodology of the auditor's own may print; what it prints is not a message.
    with redirect_stdout(sys.stderr):
        report = audit_slice(
            store, start, stop, last=last, hasher=LeafCounter(), step=lambda done: send({"done": done}), known=known
        )
    send({"report": report.to_record()})
