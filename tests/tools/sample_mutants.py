"""Choose mutants at random, and say what became of those that were tried.

Run ``mutmut run`` once with any one name, so that the mutants are there, then:

    PYTHONPATH=src mutmut run --max-children 1 $(python tests/tools/sample_mutants.py --count 600 --seed 5)
    python tests/tools/sample_mutants.py --report

Every mutant is as likely as any other, so that the share that is killed is an estimate for all of them.
"""

import argparse
import json
import random
from collections import Counter
from pathlib import Path

# The exit code that mutmut writes for a mutant; of any other, an error that is no test's, it says "suspicious".
OUTCOMES = {
    **dict.fromkeys((1, 3), "killed"),
    **dict.fromkeys((-24, 24, 36, 152, 255), "timed out"),
    0: "survived",
    **dict.fromkeys((5, 33), "no test"),
}
OTHER = "suspicious"
META = ".meta"


def results(mutants: Path) -> dict[str, int | None]:
    """The exit code of each mutant by its name; none where it was not tried."""
    found: dict[str, int | None] = {}
    for path in sorted(mutants.rglob(f"*{META}")):
        found |= json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
    return dict(sorted(found.items()))


def report(found: dict[str, int | None]) -> str:
    """How many mutants there are, how many were tried, what became of them, and which survived."""
    tried = {name: OUTCOMES.get(code, OTHER) for name, code in found.items() if code is not None}
    counts = Counter(tried.values())
    lines = [f"{len(found):,} mutants, {len(tried):,} tried"]
    lines += [f"  {word:<12}{counts[word]:>6}" for word in dict.fromkeys((*OUTCOMES.values(), OTHER))]
    return "\n".join(lines + [f"{word}: {name}" for name, word in tried.items() if word not in ("killed", "timed out")])


def main() -> None:
    """Print names for a command line, or the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=Path, default=Path("mutants"), help="where mutmut wrote them")
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--report", action="store_true", help="say what became of those that were tried")
    asked = parser.parse_args()
    found = results(asked.mutants)
    if not found:
        parser.error(f"{asked.mutants}: no mutants there; run mutmut first")
    if asked.report:
        print(report(found))
    else:
        print("\n".join(sorted(random.Random(asked.seed).sample(list(found), min(asked.count, len(found))))))


if __name__ == "__main__":
    main()
