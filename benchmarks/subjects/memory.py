"""The peak resident memory of a process that appends, and of a process that audits.

``python -m benchmarks.subjects.memory ACTION FILE SIZE`` performs one action and prints its own peak in MiB.
"""

import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Final

import carbon_ledger as cl
from benchmarks.harness.directory import Directory
from benchmarks.harness.fleet import build
from benchmarks.harness.rows import Row, measured
from benchmarks.harness.sizes import Sizes
from benchmarks.harness.workload import record, set_up
from benchmarks.subjects.audit import passed

APPEND_READINGS: Final = "memory: appending readings"
AUDIT_READINGS: Final = "memory: auditing readings"
APPEND_ENTRIES: Final = "memory: appending entries"
AUDIT_ENTRIES: Final = "memory: auditing entries"
NAMES: Final = (APPEND_READINGS, AUDIT_READINGS, APPEND_ENTRIES, AUDIT_ENTRIES)
_PLANTS: Final = 500


def peak_mib() -> float:
    """The peak resident memory of this process. [MiB]"""
    status = Path("/proc/self/status")
    if status.exists():
        # Not ru_maxrss: on Linux, a process inherits the peak of its parent.
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def act(action: str, path: Path, size: int) -> None:
    """Perform an action in this process."""
    if action == "append-readings":
        with cl.open_ledger(path, by="bench") as ledger:
            plants = min(_PLANTS, size)
            set_up(ledger, plants)
            record(ledger, plants, size)
    elif action == "append-entries":
        build(path, size, by_commands=True)
    elif action == "audit":
        with cl.open_ledger(path, read_only=True) as ledger:
            passed(ledger.audit())
    else:
        raise ValueError(f"{action}: expected append-readings, append-entries or audit")


def watched(action: str, path: Path, size: int = 0) -> float:
    """Perform an action in a separate process; return its peak memory. [MiB]"""
    command = [sys.executable, "-m", "benchmarks.subjects.memory", action, str(path), str(size)]
    root = Path(__file__).resolve().parents[2]
    paths = os.pathsep.join([str(root), *(path for path in sys.path if path)])
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": paths}, cwd=root
    )
    return float(done.stdout)


def run(sizes: Sizes, directory: Directory) -> list[Row]:
    """Measure the subject. [MiB]"""
    rows = []
    for kind, size, names in (
        ("readings", sizes.memory_readings, (APPEND_READINGS, AUDIT_READINGS)),
        ("entries", sizes.memory_entries, (APPEND_ENTRIES, AUDIT_ENTRIES)),
    ):
        path, note = directory.new(f"memory-{kind}.db"), f"{size:,} {kind}"
        rows.append(measured(names[0], [watched(f"append-{kind}", path, size)], note))
        rows.append(measured(names[1], [watched("audit", path)], note))
        path.unlink()
    return rows


if __name__ == "__main__":
    act(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
    print(peak_mib())
