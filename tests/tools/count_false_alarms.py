"""Count the flags of reviews of sound years: 40 synthetic years of six kinds of plant, and the real years.

Run it: ``python -m tests.tools.count_false_alarms [YEARS]``. It prints the table of docs/explanation/review.md.
"""

import sys
from collections import Counter

from tests.conftest import SHARED
from tests.support.plants import KINDS
from tests.support.sound_years import real_year, year_of

YEARS = 40
FILES = ("ercot_hydro_2016.csv", "neiso_hydro_2016.csv", "nyiso_hydro_2016.csv")


def synthetic(kind: str, years: int) -> Counter[str]:
    """How many years of a kind each rule flags."""
    found: Counter[str] = Counter()
    for seed in range(1, years + 1):
        found.update({flag.rule for flag in year_of(kind, seed).ledger.review().flags})
    return found


def real() -> dict[str, list[str]]:
    """The flags of each real year, as rule and severity."""
    years = {name: real_year(SHARED / "data/generation" / name) for name in FILES}
    return {
        name: [f"{flag.rule} {flag.severity}" for flag in story.ledger.review().flags] for name, story in years.items()
    }


def table(years: int) -> list[str]:
    """The rows of the table: kind, years, and how many of them each rule flags."""
    rows = []
    for kind in KINDS:
        found = synthetic(kind, years)
        rows.append(f"| {kind} | {years} | {shown(found)} |")
    return rows


def shown(found: Counter[str]) -> str:
    """The rules with their years, in words."""
    return ", ".join(f"{rule}: {count}" for rule, count in sorted(found.items())) or "none"


def real_rows() -> list[str]:
    return [f"| `{name}` | 1 | {', '.join(flags) or 'none'} |" for name, flags in real().items()]


if __name__ == "__main__":
    rows = [*table(int(sys.argv[1]) if len(sys.argv) > 1 else YEARS), *real_rows()]
    sys.stdout.write("\n".join([*rows, ""]))
