"""The cost of `import carbon_ledger`, compared with `import pint`.

Run as ``python benchmarks/import_cost.py [rounds]``. Each import is timed in a fresh interpreter. The two take
turns, so that other work of the machine slows both. The exit status is 1 if the ratio of the medians is above one
half, or if importing the package loads pint or sqlite3.
"""

import os
import statistics
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src"
ROUNDS = 15
LIMIT = 0.5
HEAVY = ("pint", "sqlite3")

PROBE = """
import sys, time
before = time.perf_counter_ns()
import {module}
print(time.perf_counter_ns() - before, *(name for name in {heavy!r} if name in sys.modules))
"""


def probe(module: str) -> tuple[int, list[str]]:
    """Import *module* in a fresh interpreter; return the nanoseconds and the heavy modules that it loaded."""
    path = os.pathsep.join(filter(None, [str(SOURCE), os.environ.get("PYTHONPATH", "")]))
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(module=module, heavy=HEAVY)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    spent, *loaded = done.stdout.split()
    return int(spent), loaded


def milliseconds(name: str, spent: list[int]) -> float:
    """Print the median and the quartiles of *spent* nanoseconds; return the median in milliseconds."""
    low, median, high = (value / 1e6 for value in statistics.quantiles(spent, n=4))
    print(f"import {name:<14} median {median:8.2f} ms   quartiles {low:8.2f} to {high:8.2f} ms")
    return median


def main(rounds: int) -> int:
    """Measure, print the figures and return the exit status."""
    for module in ("carbon_ledger", "pint"):
        probe(module)  # compiles the bytecode and fills the disk cache
    ours, theirs, loaded = [], [], set[str]()
    for _ in range(rounds):
        spent, heavy = probe("carbon_ledger")
        ours.append(spent)
        loaded.update(heavy)
        theirs.append(probe("pint")[0])
    print(f"{rounds} rounds, interleaved, Python {sys.version.split()[0]}")
    ratio = milliseconds("carbon_ledger", ours) / milliseconds("pint", theirs)
    pairs = sorted(mine / other for mine, other in zip(ours, theirs, strict=True))
    print(f"ratio {ratio:.3f} of the medians (limit {LIMIT}); by round {pairs[0]:.3f} to {pairs[-1]:.3f}")
    if loaded:
        print(f"importing carbon_ledger loads {', '.join(sorted(loaded))}: it must not")
    return 1 if loaded or ratio > LIMIT else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS))
