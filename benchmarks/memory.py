"""Resident memory of a process that appends, and of one that audits, at its peak.

Run as ``python -m benchmarks.memory ACTION FILE SIZE``, it does one of them and prints its own peak in MiB.
"""

import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Final

import carbon_ledger as cl
from benchmarks.full_audit import passed
from benchmarks.place import Place
from benchmarks.rows import Row, measured
from benchmarks.sizes import Sizes
from benchmarks.town import build
from benchmarks.workload import furnish, record

APPEND_READINGS: Final = "memory: appending readings"
AUDIT_READINGS: Final = "memory: auditing readings"
APPEND_ENTRIES: Final = "memory: appending entries"
AUDIT_ENTRIES: Final = "memory: auditing entries"
NAMES: Final = (APPEND_READINGS, AUDIT_READINGS, APPEND_ENTRIES, AUDIT_ENTRIES)
_PLANTS: Final = 500


def peak_mib() -> float:
    """The most that this process has had resident. [MiB]"""
    status = Path("/proc/self/status")
    if status.exists():
        # Not ru_maxrss: on Linux a new program inherits the peak of the process that started it.
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def act(action: str, path: Path, size: int) -> None:
    """Do one thing in this process."""
    if action == "append-readings":
        with cl.open_ledger(path, by="bench") as ledger:
            plants = min(_PLANTS, size)
            furnish(ledger, plants)
            record(ledger, plants, size)
    elif action == "append-entries":
        build(path, size, by_commands=True)
    elif action == "audit":
        with cl.open_ledger(path, read_only=True) as ledger:
            passed(ledger.audit())
    else:
        raise ValueError(f"{action}: expected append-readings, append-entries or audit")


def watched(action: str, path: Path, size: int = 0) -> float:
    """Do one thing in a process of its own; give its peak. [MiB]"""
    command = [sys.executable, "-m", "benchmarks.memory", action, str(path), str(size)]
    root = Path(__file__).resolve().parents[1]
    paths = os.pathsep.join([str(root), *(path for path in sys.path if path)])
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": paths}, cwd=root
    )
    return float(done.stdout)


def run(sizes: Sizes, place: Place) -> list[Row]:
    """Measure. [MiB]"""
    rows = []
    for kind, size, names in (
        ("readings", sizes.memory_readings, (APPEND_READINGS, AUDIT_READINGS)),
        ("entries", sizes.memory_entries, (APPEND_ENTRIES, AUDIT_ENTRIES)),
    ):
        path, note = place.new(f"memory-{kind}.db"), f"{size:,} {kind}"
        rows.append(measured(names[0], [watched(f"append-{kind}", path, size)], note))
        rows.append(measured(names[1], [watched("audit", path)], note))
        path.unlink()
    return rows


if __name__ == "__main__":
    act(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
    print(peak_mib())
