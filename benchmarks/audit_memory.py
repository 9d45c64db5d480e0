"""The peak memory of an audit of a ledger file, and of its published log, for ledgers of growing length.

Run it: ``python benchmarks/audit_memory.py [ENTRIES ...]`` (5,000, 25,000, 70,000 and 150,000 by default; the
files go to a temporary directory). Half of a ledger's entries open an account, the other half transfer a unit to
each account. Each figure is the peak resident memory of a separate process. The exit status is 1 if a figure is
over 100 MiB, or if an audit of the longest ledger needs 8 MiB more than an audit of the shortest.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STAGES = ("append", "publish", "audit", "audit_published")
AUDITS = STAGES[2:]
SIZES = (5_000, 25_000, 70_000, 150_000)
MOST_MIB = 100
MOST_GROWTH_MIB = 8
COMMANDS_PER_COMMIT = 1_000
SEED = bytes(32)


def peak_kib() -> int:
    """The peak resident memory of this process. [KiB]"""
    status = Path("/proc/self/status")
    if status.exists():
        # Not ru_maxrss: on Linux, a process inherits the peak of its parent.
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1024 if sys.platform == "darwin" else peak


def append(directory: Path, size: int) -> None:
    """Write a ledger: accounts, an issuance, and a transfer of one of its units to each account."""
    import carbon_ledger as cl

    may = cl.Period.month(2024, 5, zone="UTC")
    with cl.open_ledger(directory / "ledger.db", ledger_id="measured") as ledger:
        ledger.open_account("op", name="Operator")
        plant = {"technology": "hydro/run-of-river", "capacity": "5000 MW", "country": "AZ", "grid": "AZ"}
        ledger.register_device(cl.Device(id="d", name="D", zone="UTC", commissioned="2020-01-01", **plant))
        ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone="UTC", devices=("d",)))
        ledger.record_generation("d", may, net=f"{size} MWh")
        (batch,) = ledger.issue("p", may, to="op")
        accounts = (size - ledger.size) // 2
        for start in range(1, accounts + 1, COMMANDS_PER_COMMIT):
            with ledger.batch():
                for k in range(start, min(start + COMMANDS_PER_COMMIT, accounts + 1)):
                    ledger.open_account(f"account-{k}", name="A")
        serial = 0
        while ledger.size < size:
            with ledger.batch():
                for _ in range(min(COMMANDS_PER_COMMIT, size - ledger.size)):
                    serial += 1
                    ledger.transfer(cl.Block(batch.batch_id, serial, serial), to=f"account-{serial % accounts + 1}")


def publish(directory: Path, size: int) -> None:
    """Publish the ledger."""
    import carbon_ledger as cl
    from carbon_ledger.signing import Signer

    with cl.open_ledger(directory / "ledger.db") as ledger:
        published = ledger.publish(directory / "published", signer=Signer("example.com/measured", SEED))
    assert published.size == size


def require_passed(report: object, size: int) -> None:
    """Exit if an audit found something."""
    if not str(report).startswith(f"Ledger measured: {size} entries") or "FAILED" in str(report):
        raise SystemExit(str(report))


def audit(directory: Path, size: int) -> None:
    """Audit the ledger's file."""
    import carbon_ledger as cl

    with cl.open_ledger(directory / "ledger.db", read_only=True) as ledger:
        report = ledger.audit()
    require_passed(report, size)


def audit_published(directory: Path, size: int) -> None:
    """Audit the published log."""
    import carbon_ledger as cl
    from carbon_ledger.signing import Signer

    key = Signer("example.com/measured", SEED).verifier_key
    report = cl.audit_published(directory / "published", trusted_keys=key)
    require_passed(report, size)


def measure(stage: str, directory: Path, size: int) -> tuple[int, int]:
    """Run a stage in a separate process; return its peak memory [KiB] and duration [s]."""
    start = time.perf_counter()
    command = [sys.executable, __file__, stage, str(directory), str(size)]
    printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return int(printed), round(time.perf_counter() - start)


def main(sizes: list[int]) -> int:
    """Measure every stage for every size, print the figures and return the exit status."""
    peaks: dict[tuple[str, int], int] = {}
    print(f"{'entries':>10}" + "".join(f"{stage:>24}" for stage in STAGES))
    for size in sizes:
        with tempfile.TemporaryDirectory() as directory:
            print(f"{size:>10,}", end="", flush=True)
            for stage in STAGES:
                peaks[stage, size], spent_s = measure(stage, Path(directory), size)
                print(f"{peaks[stage, size] / 1024:>12.1f} MiB {spent_s:>5} s", end="", flush=True)
            print()
    growths = {stage: (peaks[stage, max(sizes)] - peaks[stage, min(sizes)]) / 1024 for stage in AUDITS}
    for stage, growth in growths.items():
        print(f"{stage} grew by {growth:.1f} MiB from {min(sizes):,} to {max(sizes):,} entries")
    print(f"goals: {MOST_MIB} MiB for each, {MOST_GROWTH_MIB} MiB of growth for an audit")
    return int(max(peaks.values()) > MOST_MIB * 1024 or max(growths.values()) > MOST_GROWTH_MIB)


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] in STAGES:
        globals()[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
        print(peak_kib())
    else:
        raise SystemExit(main([int(given) for given in sys.argv[1:]] or list(SIZES)))
