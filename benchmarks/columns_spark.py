"""How the time of a columns audit by Spark grows with the ledger, on a cluster of two workers on this machine.

Run it: ``python -m benchmarks.columns_spark [ENTRIES ...]`` (20,000, 80,000 and 320,000 entries by default, with ten
readings for each entry; a few minutes). The session is `local-cluster[2,1,1024]`: two workers with a core and 1,024
MB each. Each ledger is exported once, and the export is audited by DuckDB and by Spark, which have to find the same:
nothing. The first audit by Spark compiles what the others use, so it is not counted. The last lines give the slope
between two sizes: what a million entries more cost.
"""

import os
import sys
import tempfile
import time
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from attrs import astuple

import carbon_ledger as cl
from benchmarks.columns_audit import Cost, build

SIZES: Final = (20_000, 80_000, 320_000)
READINGS: Final = 10  # for each entry
MASTER: Final = "local-cluster[2,1,1024]"


def session() -> Any:
    """The cluster on this machine."""
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    builder = SparkSession.builder.master(MASTER).appName("carbon-ledger benchmark")
    for key, value in (
        ("spark.driver.host", "127.0.0.1"),
        ("spark.ui.enabled", "false"),
        ("spark.ui.showConsoleProgress", "false"),
        ("spark.sql.shuffle.partitions", "4"),
    ):
        builder = builder.config(key, value)
    made = builder.getOrCreate()
    made.sparkContext.setLogLevel("OFF")
    return made


def exported(directory: Path, entries: int) -> Path:
    """Build a ledger, and export its columns."""
    path, folder = directory / f"{entries}.db", directory / f"{entries}"
    build(path, entries, entries * READINGS)
    cl.columns.export(path, folder)
    path.unlink()
    return folder


def processor_s() -> float:
    """The processor time of this process and of its descendants that run, which are Java and its workers. [s]"""
    parents, used = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            parents[int(stat.parent.name)], used[int(stat.parent.name)] = int(fields[1]), sum(map(int, fields[11:13]))
    ours = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in ours} - ours:
        ours |= more
    return sum(used[pid] for pid in ours if pid in used) / os.sysconf("SC_CLK_TCK")


def cost(folder: Path, engine: str, spark: Any) -> Cost:
    """What a columns audit costs that finds nothing."""
    start, cpu = time.perf_counter(), processor_s()
    report = cl.columns.audit(folder, engine=engine, session=spark)
    if not report.passed:
        raise AssertionError(str(report))
    return Cost(time.perf_counter() - start, processor_s() - cpu)


def main(given: list[str]) -> int:
    """Measure and print."""
    sizes = tuple(int(text) for text in given) or SIZES
    spark = session()
    found = []
    try:
        with tempfile.TemporaryDirectory(prefix="carbon-ledger-bench-") as name:
            folders = [exported(Path(name), size) for size in sizes]
            print(f"the first audit by Spark {cost(folders[0], 'spark', spark)}, not counted", flush=True)
            for size, folder in zip(sizes, folders, strict=True):
                found.append((size, cost(folder, "spark", spark)))
                duck = cost(folder, "duckdb", spark)
                print(f"{size:,} entries: Spark {found[-1][1]}, DuckDB {duck}", flush=True)
    finally:
        spark.stop()
    for (small, short), (large, long) in pairwise(found):
        slope = Cost(*(1e6 * (b - a) / (large - small) for a, b in zip(astuple(short), astuple(long), strict=True)))
        print(f"from {small:,} to {large:,} entries: a million entries and {READINGS} million readings more: {slope}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
