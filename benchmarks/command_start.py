"""How long a command of the command line takes to start, compared with `python -c pass`.

Run as ``python -m benchmarks.command_start [rounds]``. Each command is a process of its own. All take turns, so that
other work of the machine slows all of them. The exit status is 1 if ``--help`` takes more than four times as long as
`python -c pass`; the other ratios are shown, since most of the time of a command is spent on loading the library.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src"
ROUNDS = 11
LIMIT = 4
NOTHING = "python -c pass"
HELP = "--help"
COMMAND = ("-m", "carbon_ledger.command_line")
# What is called, each with a ledger file that has one account.
CALLS = (
    *(HELP, "--version", "issue --help", "completion zsh", "import describe --help", "init new.db", "account list"),
    *(
        "balance a",
        "positions",
        "log",
        "show 1",
        "audit",
        "doctor why 1",
        "factors find --region AZ",
        "transfer x --to a",
    ),
    *("verify nothing entry --key a.key", "export entries out.jsonl", "backup copy.db"),
    "query select(1)",
)


def seconds(words: list[str], folder: Path) -> float:
    """How long a process takes; what it prints is not looked at."""
    path = os.pathsep.join(filter(None, [str(SOURCE), os.environ.get("PYTHONPATH", "")]))
    environment = {**os.environ, "PYTHONPATH": path, "CARBON_LEDGER": "a.db"}
    for name in ("new.db", "out.jsonl", "copy.db"):
        (folder / name).unlink(missing_ok=True)
    before = time.perf_counter()
    subprocess.run([sys.executable, *words], env=environment, cwd=folder, capture_output=True, check=False)
    return time.perf_counter() - before


def main(rounds: int) -> int:
    """Measure, print the ratios and return the exit status."""
    calls = {NOTHING: ["-c", "pass"], **{name: [*COMMAND, *name.split()] for name in CALLS}}
    with tempfile.TemporaryDirectory(prefix="carbon-ledger-bench-") as place:
        folder = Path(place)
        for words in ("init a.db", "account add a --name A"):
            subprocess.run(
                [sys.executable, *COMMAND, *words.split()],
                env={**os.environ, "PYTHONPATH": str(SOURCE), "CARBON_LEDGER": "a.db"},
                cwd=folder,
                capture_output=True,
                check=True,
            )
        for words in calls.values():
            seconds(words, folder)  # compiles the bytecode and fills the disk cache
        spent: dict[str, list[float]] = {name: [] for name in calls}
        for _ in range(rounds):
            for name, words in calls.items():
                spent[name].append(seconds(words, folder))
    base = statistics.median(spent[NOTHING])
    print(f"{rounds} rounds, taking turns, Python {sys.version.split()[0]}; {NOTHING}: {1_000 * base:.0f} ms")
    for name in CALLS:
        ratios = sorted(mine / other for mine, other in zip(spent[name], spent[NOTHING], strict=True))
        middle = statistics.median(spent[name])
        print(f"{name:<34} {middle / base:6.2f} times   by round {ratios[0]:6.2f} to {ratios[-1]:6.2f}")
    return int(statistics.median(spent[HELP]) / base > LIMIT)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS))
