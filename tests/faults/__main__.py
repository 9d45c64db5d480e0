"""Run the fault suite: ``python -m tests.faults --all``, or ``python -m tests.faults --name flips --seed 7``."""

import argparse
import sqlite3
import sys
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Final

import apsw
from tests.faults.suite.copies import copies
from tests.faults.suite.crowds import crowds
from tests.faults.suite.disks import full_disks
from tests.faults.suite.document_mutants import document_mutants
from tests.faults.suite.entry_mutants import changed_entries
from tests.faults.suite.failing import failing_disks
from tests.faults.suite.flips import flips
from tests.faults.suite.forgeries import rewrites, truncations
from tests.faults.suite.forks import forks
from tests.faults.suite.fuzzing import fuzz
from tests.faults.suite.hostile import hostile
from tests.faults.suite.interrupts import interrupts
from tests.faults.suite.kills import kill_publishers, kill_writers
from tests.faults.suite.outcome import Outcome, table
from tests.faults.suite.power import power_cuts
from tests.faults.suite.races import race, waits
from tests.faults.suite.web import web, web_on_a_server

SEED: Final = 20260101

SUITE: Final[Mapping[str, Callable[[int], Outcome]]] = {
    "writers": lambda seed: kill_writers(90, seed),
    "publishers": lambda seed: kill_publishers(45, seed),
    "views": lambda seed: kill_publishers(45, seed, views=True),
    "power": lambda seed: power_cuts(500, seed),
    "full": lambda seed: full_disks(40, seed),
    "errors": lambda seed: failing_disks(250, seed),
    "race": lambda seed: race(40, seed),
    "waits": lambda _: waits(),
    "flips": lambda seed: flips(3_000, seed),
    "truncations": truncations,
    "rewrites": lambda seed: rewrites(8, seed),
    "crowds": lambda _: crowds(20),
    "closing": lambda _: crowds(10, commands=20, slow_closing=True),
    "web": lambda _: web(2_000),
    "web-kills": lambda _: web(600, kills=6),
    **({"web-postgres": lambda _: web_on_a_server(2_000)} if find_spec("tests.support.postgres") else {}),
    "copies": lambda _: copies(20),
    "interrupts": lambda seed: interrupts(3_000, seed),
    "forks": lambda seed: forks(40, seed),
    "hostile": lambda _: hostile(),
    "documents": lambda seed: document_mutants(20_000, seed),
    "entries": lambda seed: changed_entries(50_000, seed),
    "fuzz": lambda seed: fuzz(100_000, seed),
}


def main(arguments: list[str] | None = None) -> int:
    """Run the faults that the command line names, and print a table.

    Args:
        arguments: The command line, without the program's name.

    Returns:
        1 if anything was lost, else 0.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--all", action="store_true", help="every fault")
    what.add_argument("--name", choices=list(SUITE), action="append", help="a fault; may be given again")
    parser.add_argument("--seed", type=int, default=SEED, help="chooses every moment, place and bit")
    options = parser.parse_args(arguments)
    print(f"seed {options.seed}; SQLite {sqlite3.sqlite_version}, behind the watched VFS {apsw.sqlite_lib_version()}")
    outcomes = []
    for name in SUITE if options.all else options.name:
        began = time.monotonic()
        outcomes.append(SUITE[name](options.seed))
        print(f"{name}: {outcomes[-1].tried:,} in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    print(table(outcomes))
    return 1 if any(outcome.losses for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
