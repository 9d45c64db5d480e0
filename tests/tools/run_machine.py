"""Run the ledger machines for a number of steps, on both stores and under both policies, and print what they did.

Run as ``python tests/tools/run_machine.py --steps 20000``. The exit status is 1 if ledger and model disagree. The
steps are the same in every run; ``--seeds-from 1000`` runs other steps.
"""

import argparse
import sys
import time
import traceback
from collections import Counter

from carbon_ledger.testing.machines import STEPS_OF_CI, run_machine, shared_out


def table(tally: Counter[tuple[str, bool]]) -> str:
    """Tables of the accepted, refused and repeated commands, and of the refusals by error."""
    names = {name for name, _ in tally}
    commands = sorted(name for name in names if name[0].islower() and ", again" not in name)
    errors = sorted(name for name in names if name[0].isupper())
    lines = ["| command | accepted | refused | again with its key |", f"|{'---|' * 4}"]
    for name in commands:
        done = (tally[name, True], tally[name, False], tally[f"{name}, again", True])
        lines.append(f"| {name} | {' | '.join(f'{count:,}' for count in done)} |")
    lines += ["", "| refusal | times |", f"|{'---|' * 2}"]
    return "\n".join([*lines, *(f"| {name} | {tally[name, False]:,} |" for name in errors)])


def main() -> int:
    """Run the machines one after the other and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=STEPS_OF_CI, help="the number of steps of all machines together")
    parser.add_argument("--seeds-from", type=int, default=0, help="the first seed")
    given = parser.parse_args()
    tally: Counter[tuple[str, bool]] = Counter()
    total, failed = 0, False
    for machine, steps in shared_out(given.steps).items():
        began = time.perf_counter()
        try:
            run_machine(machine, steps, shrink=False, seeds_from=given.seeds_from)
        except AssertionError:
            failed = True
            traceback.print_exc(limit=-3)
        seconds = time.perf_counter() - began
        total += machine.steps_run
        tally += machine.tally
        print(f"{machine.__name__}: {machine.steps_run:,} steps in {seconds:.1f} s", flush=True)
    done = sum(count for (name, accepted), count in tally.items() if accepted and ", again" not in name)
    refused = sum(count for (name, accepted), count in tally.items() if not accepted and name[0].islower())
    print(f"{total:,} steps, {done:,} commands accepted, {refused:,} refused\n\n{table(tally)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
