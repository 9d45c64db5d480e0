"""Reading a CSV file of metered energy: rows a second against a plain loop, and the memory of a long file.

Run ``python -m benchmarks.meter_files [ROWS]`` (1,000,000 by default). The plain loop reads the same file with the csv
module, `datetime.fromisoformat` and `Decimal`, which is about the least that exact reading row by row costs; it checks
nothing. The two take turns. The exit status is 1 if the library's median is below `LEAST` of the loop's rows a second.

Run ``python -m benchmarks.meter_files --memory [MIB]`` (1,024 by default) for the peak memory of a scan of a file
of that size, in a process of its own. The exit status is 1 if it is over `MOST_MIB`, or if the sum is not that of
the file.
"""

import csv
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import carbon_ledger as cl
from benchmarks.audit_memory import peak_kib

ROWS = 1_000_000
ROUNDS = 5
LEAST = 1.4
MIB = 1 << 20
MOST_MIB = 300
STEPS_A_FILE = 100_000


def rows(count: int) -> Iterator[str]:
    """Quarters of an hour from 1980 on, with 0 to 6,000 Wh each."""
    at = datetime(1980, 1, 1, tzinfo=UTC)
    for k in range(count):
        yield f"{at:%Y-%m-%d %H:%M},{k * 7919 % 6001 / 1000:.3f}\n"
        at += timedelta(minutes=15)


def layout() -> cl.MeterLayout:
    """The layout of the file."""
    return cl.MeterLayout(
        name="measured", zone="UTC", time={"columns": "time", "step": "15 min"}, values={"column": "kWh"}
    )


def loop(path: Path) -> Decimal:
    """Read the file row by row, and add up its values."""
    with path.open(newline="") as file:
        reader = csv.reader(file)
        next(reader)
        read = [(int(datetime.fromisoformat(f"{at}+00:00").timestamp()), Decimal(value)) for at, value in reader]
    return sum((value for _, value in read), Decimal(0))


def speed(count: int) -> int:
    """Compare the rows a second of the library and of the loop."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "meter.csv")
        path.write_text("time,kWh\n" + "".join(rows(count)))
        ours, plain = [], []
        for _ in range(ROUNDS):
            before = time.process_time()
            total_wh = cl.read_meter_file(path, layout()).total_wh
            between = time.process_time()
            total = loop(path)
            after = time.process_time()
            assert total * 1000 == total_wh
            ours.append(count / (between - before))
            plain.append(count / (after - between))
    ratio = statistics.median(ours) / statistics.median(plain)
    print(f"{count:,} rows, {ROUNDS} rounds, interleaved, processor time, Python {sys.version.split()[0]}")
    print(f"read_meter_file {statistics.median(ours):12,.0f} rows a second")
    print(f"plain loop      {statistics.median(plain):12,.0f} rows a second")
    print(f"ratio {ratio:.2f} of the medians (at least {LEAST})")
    return int(ratio < LEAST)


def scan(path: Path) -> None:
    """Scan a file, and print its rows, its sum and the peak memory of this process."""
    total_wh = 0
    with cl.scan_meter_file(path, layout()) as parts:
        for part in parts:
            total_wh += part.total_wh
        print(parts.rows, total_wh, peak_kib())


def memory(mib: int) -> int:
    """Measure a scan of a file of at least so many MiB, made of the same steps of ever later years."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "meter.csv")
        count = total_wh = 0
        at = datetime(1980, 1, 1, tzinfo=UTC)
        values = [k * 7919 % 6001 for k in range(STEPS_A_FILE)]
        with path.open("w") as file:
            file.write("time,kWh\n")
            while file.tell() < mib * MIB:
                file.writelines(
                    f"{at + timedelta(minutes=15 * k):%Y-%m-%d %H:%M},{value / 1000:.3f}\n"
                    for k, value in enumerate(values)
                )
                at += timedelta(minutes=15 * STEPS_A_FILE)
                count, total_wh = count + STEPS_A_FILE, total_wh + sum(values)
        size = path.stat().st_size
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.meter_files", "--scan", str(path)],
            check=True,
            capture_output=True,
            text=True,
            cwd=Path(__file__).parents[1],
        )
    read, read_wh, kib = map(int, done.stdout.split())
    print(f"{size / MIB:,.0f} MiB, {read:,} rows: peak memory of the scan {kib / 1024:.0f} MiB (at most {MOST_MIB})")
    return int(kib > MOST_MIB * 1024 or (read, read_wh) != (count, total_wh))


def main(given: list[str]) -> int:
    """Measure what the command asks for."""
    if given[:1] == ["--scan"]:
        scan(Path(given[1]))
        return 0
    if given[:1] == ["--memory"]:
        return memory(int(given[1]) if len(given) > 1 else 1_024)
    return speed(int(given[0]) if given else ROWS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
