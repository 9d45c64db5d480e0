"""Count the flags of reviews of sound years: 40 synthetic years of six kinds of plant, series of years, and real years.

Run it: ``python -m tests.tools.count_false_alarms [YEARS]``. It prints the table of docs/explanation/review.md.
"""

import sys
from collections import Counter

from tests.conftest import SHARED
from tests.support.plants import KINDS
from tests.support.sound_years import real_year, year_of, years_of

YEARS = 40
SERIES = 10  # of four years, of each of these kinds
SERIES_YEARS = 4
SERIES_KINDS = ("run-of-river", "solar, 4 MW", "wind, 4 MW")
FILES = ("ercot_hydro_2016.csv", "neiso_hydro_2016.csv", "nyiso_hydro_2016.csv")


def synthetic(kind: str, years: int) -> Counter[str]:
    """How many years of a kind each rule flags."""
    found: Counter[str] = Counter()
    for seed in range(1, years + 1):
        found.update({flag.rule for flag in year_of(kind, seed).ledger.review().flags})
    return found


def series_rows(count: int) -> list[str]:
    """The rows of the table for series of years, in which a month is compared with the same month of other years."""
    rows = []
    for kind in SERIES_KINDS:
        found: Counter[str] = Counter()
        for seed in range(1, count + 1):
            found.update({flag.rule for flag in years_of(kind, seed, SERIES_YEARS).ledger.review().flags})
        rows.append(f"| {SERIES_YEARS} years of {kind} | {count} | {shown(found)} |")
    return rows


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
    count = int(sys.argv[1]) if len(sys.argv) > 1 else YEARS
    rows = [*table(count), *series_rows(-(-count * SERIES // YEARS)), *real_rows()]
    sys.stdout.write("\n".join([*rows, ""]))
