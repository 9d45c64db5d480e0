"""Seed faults in a copy of the source, one at a time, and show that the ledger machine finds each of them.

A test that never failed proves little. Run as ``python scripts/seed_faults.py [words of a fault's name]``;
exits with 1 if a fault is not found within the steps that the test suite runs, or if the machine fails on
the copy without a fault. A fault is a replacement of exact text that must occur once; seed it at the rule
that decides, for some rules have a second line of defence behind them. To add one, add it to `FAULTS`.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

SOURCE = Path(__file__).resolve().parents[1] / "src"
PACKAGE = "carbon_ledger"
STEPS = 5_000
AT_ONCE = min(2, os.cpu_count() or 1)

# Runs the machine of the copy on both stores, and tells after how many steps they no longer agreed.
RUNNER = """
import json, sys
from carbon_ledger.testing import LedgerMachine, SqliteLedgerMachine, run_machine
error, steps = None, 0
try:
    for machine in (LedgerMachine, SqliteLedgerMachine):
        steps += run_machine(machine, int(sys.argv[1]) // 2, shrink=False)
except BaseException as found:
    error = f"{type(found).__name__}: {found}".splitlines()[0]
    steps = LedgerMachine.steps_run + SqliteLedgerMachine.steps_run
print(json.dumps({"steps": steps, "error": error}))
"""


class Fault(NamedTuple):
    """A fault: what goes wrong, in which file of the package, and the text that is replaced."""

    name: str
    file: str
    old: str
    new: str


FAULTS = (
    Fault(
        "a cut is off by one",
        "ledger/rules/pieces.py",
        "rows.append(Piece(piece.batch_id, piece.first, first - 1, *_whose(piece), n))",
        "rows.append(Piece(piece.batch_id, piece.first, first, *_whose(piece), n))",
    ),
    Fault(
        "a block has one unit too many",
        "serials.py",
        "return Block(self.batch_id, self.first, self.first + count - 1)",
        "return Block(self.batch_id, self.first, self.first + count)",
    ),
    Fault(
        "no holder check",
        "ledger/rules/pieces.py",
        "foreign = [piece for piece in pieces if piece.account != account]",
        "foreign: list[Piece] = []",
    ),
    Fault(
        "units in a final state move",
        "ledger/rules/pieces.py",
        "        if piece.state not in states:\n",
        "        if piece.state not in (*states, *FINAL_STATES):\n",
    ),
    Fault(
        "expired units move",
        "ledger/rules/pieces.py",
        "if batch.expires_utc is not None and has_expired",
        "if batch.expires_utc is not None and not has_expired",
    ),
    Fault(
        "a move is counted one unit short",
        "ledger/rules/pieces.py",
        "_count(changes, (moved.account, instrument), state, moved.count)",
        "_count(changes, (moved.account, instrument), state, moved.count - 1)",
    ),
    Fault(
        "a forfeited unit comes back as carry",
        "ledger/rules/movements.py",
        "adjustments=before.adjustments - count",
        "adjustments=before.adjustments",
    ),
    Fault(
        "overlap compared by equal starts only",
        "ledger/rules/readings.py",
        "    if live:\n",
        "    if any(row.start_utc == run.start_utc for row in live):\n",
    ),
    Fault(
        "generation before commissioning",
        "ledger/rules/readings.py",
        "if run.start_utc < first:",
        "if run.end_utc < first:",
    ),
    Fault(
        "more than the capacity",
        "ledger/rules/readings.py",
        "if highest > most:",
        "if highest > 10 * most:",
    ),
    Fault(
        "a shared meter's smallest remainder first",
        "exact.py",
        "remainders.append((-remainder, position))",
        "remainders.append((remainder, position))",
    ),
    Fault(
        "a claim seen by its start only",
        "ledger/monitoring.py",
        "    claims = view.claims(device, period.start_utc, period.end_utc)\n",
        "    claims = [\n"
        "        item\n"
        "        for item in view.claims(device, period.start_utc, period.end_utc)\n"
        "        if item.start_utc >= period.start_utc\n"
        "    ]\n",
    ),
    Fault(
        "a step that crosses the period's edge",
        "ledger/monitoring.py",
        "if (edge - run.start_utc) % run.step_s:",
        "if (edge - run.start_utc) % 1800:",
    ),
    Fault(
        "a period outside the crediting period",
        "ledger/quantifying.py",
        "if within is not None and not within.contains(period):",
        "if within is not None and not within.overlaps(period):",
    ),
    Fault(
        "a gap that nobody waived",
        "ledger/monitoring.py",
        'if any(gaps.values()) and not waived("gap", waivers):',
        'if any(gaps.values()) and waived("gap", waivers) is None:',
    ),
    Fault(
        "a step across the new year split the wrong way round",
        "ledger/monitoring.py",
        "nets, grosses = apportion(net, seconds), apportion(gross, seconds)",
        "nets, grosses = apportion(net, seconds[::-1]), apportion(gross, seconds)",
    ),
    Fault(
        "granular certificates for an hour of nothing",
        "ledger/monitoring.py",
        "            if wh <= 0:\n",
        "            if wh < 0:\n",
    ),
    Fault(
        "rounding to the nearest",
        "ledger/accrual.py",
        "count = max(0, whole_below(total))",
        'count = max(0, whole_below(total + Decimal("0.5")))',
    ),
    Fault(
        "a mixed unit takes the older vintage",
        "ledger/accrual.py",
        "(max(vintage, year), mixed)",
        "(min(vintage, year), mixed)",
    ),
    Fault(
        "a debit is forgotten",
        "ledger/accrual.py",
        "            carry = total - count\n",
        "            carry = max(Decimal(0), total - count)\n",
    ),
    Fault(
        "carry lost at reopening",
        "stores/sqlite.py",
        "            if new:\n                self._create()\n",
        "            if new:\n                self._create()\n"
        "            else:\n"
        "                self._connection.execute(\"update accrual set carry = '0', vintage = null\")\n",
    ),
    Fault(
        "voiding frees no step",
        "ledger/rules/issuing.py",
        "        *(evolve(claim, to_n=n) for claim in view.claims_of(issuance.n)),\n",
        "",
    ),
    Fault(
        "an issuance is voided though units were sold",
        "ledger/rules/issuing.py",
        "            if piece.account != issuance.account:\n",
        "            if piece.account == issuance.project:\n",
    ),
    Fault(
        "a correction withdraws the lowest serials first",
        "ledger/rules/corrections.py",
        "blocks.append(Block(batch.batch_id, last - taken + 1, last))",
        "blocks.append(Block(batch.batch_id, first, first + taken - 1))",
    ),
    Fault(
        "a correction withdraws units that were sold and came back",
        "ledger/rules/corrections.py",
        "left = [piece for piece in view.pieces_ever(batch.batch_id) if piece.account != issuance.account]",
        "left: list[Any] = []",
    ),
    Fault(
        "a correction of part of a claim crosses its edge",
        "ledger/rules/corrections.py",
        "if run.start_utc < edge < run.end_utc and (edge - run.start_utc) % run.step_s:",
        "if run.start_utc == edge == run.end_utc and (edge - run.start_utc) % run.step_s:",
    ),
    Fault(
        "a refused command leaves a projection behind",
        "stores/memory.py",
        "        self._undo.append(lambda: rows.pop(key))\n",
        "",
    ),
    Fault(
        "an inner transaction that is undone stands",
        "stores/sqlite.py",
        '[f"rollback to {mark}", f"release {mark}"]',
        '[f"release {mark}"]',
    ),
    Fault(
        "an idempotency key is ignored",
        "ledger/commands.py",
        "            if used is not None:\n",
        "            if used is not None and used < 0:\n",
    ),
    Fault(
        "a used key takes any command",
        "ledger/commands.py",
        "if first.digest != seal:",
        "if first.digest is None:",
    ),
    Fault(
        "the past is one entry late",
        "stores/sqlite_view.py",
        '"from_n < ? and (to_n is null or to_n >= ?)"',
        '"from_n < ? and (to_n is null or to_n > ?)"',
    ),
    Fault(
        "the past knows when a reading ends",
        "stores/memory.py",
        "return evolve(row, to_n=None) if row.to_n is not None and row.to_n >= self.size else row",
        "return row",
    ),
    Fault(
        "a trace is off by one step",
        "ledger/tracing.py",
        "if k <= counted:",
        "if k < counted:",
    ),
)


class Found(NamedTuple):
    """What the machine did on a copy: the error it ended with, if any, and its steps until then.

    The steps include those of Hypothesis, which runs a failing example again to be sure of it.
    """

    steps: int
    error: str | None


def seed(copy: Path, fault: Fault) -> None:
    """Replace a fault's text in a copy of the package.

    Args:
        copy: The folder that holds the package.
        fault: The fault.

    Raises:
        SystemExit: The text does not occur exactly once.
    """
    path = copy / PACKAGE / fault.file
    text = path.read_text(encoding="utf-8")
    count = text.count(fault.old)
    if count != 1:
        raise SystemExit(f"fault {fault.name!r}: its text occurs {count} times in {fault.file}, expected once")
    path.write_text(text.replace(fault.old, fault.new), encoding="utf-8")


def run(source: Path, fault: Fault | None) -> Found:
    """Run the machine on a copy of the source, with a fault or without one.

    Args:
        source: The folder that holds the package.
        fault: The fault; none for the source as it is.

    Raises:
        SystemExit: The copy cannot be run at all.
    """
    with tempfile.TemporaryDirectory(prefix="seeded-") as directory:
        copy = Path(directory) / "src"
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
        if fault is not None:
            seed(copy, fault)
        done = subprocess.run(
            [sys.executable, "-c", RUNNER, str(STEPS)],
            env={**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
            cwd=directory,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        name = fault.name if fault is not None else "no fault"
        raise SystemExit(f"{name}: the copy does not run\n{done.stderr}")
    answer = json.loads(done.stdout.splitlines()[-1])
    return Found(answer["steps"], answer["error"])


def main(words: str) -> int:
    """Run the source as it is, then each fault whose name holds the words, and print a table."""
    faults = [fault for fault in FAULTS if words in fault.name]
    print(f"| fault | found | within steps | what the machine said |\n|{'---|' * 4}")
    missed = []
    with tempfile.TemporaryDirectory(prefix="source-") as directory, ThreadPoolExecutor(AT_ONCE) as pool:
        # One copy for all: what is edited meanwhile is not what is tested.
        source = Path(shutil.copytree(SOURCE, Path(directory) / "src"))
        clean = run(source, None)
        if clean.error is not None:
            print(f"| none | YES | {clean.steps:,} | {clean.error} |")
            return 1
        print(f"| none | no | {clean.steps:,} | all agrees |", flush=True)
        for fault, answer in zip(faults, pool.map(partial(run, source), faults), strict=True):
            said = (answer.error or "nothing").partition(": Action(")[0].replace("|", "/")
            print(f"| {fault.name} | {'yes' if answer.error else 'NO'} | {answer.steps:,} | {said:.100} |", flush=True)
            if answer.error is None:
                missed.append(fault.name)
    print(f"\n{len(faults) - len(missed)} of {len(faults)} faults found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))
