"""The balance of one instrument as of any entry, compared with a primary-key lookup of the same row."""

import random
import sqlite3
import statistics
from typing import Final

from benchmarks.harness.directory import Directory
from benchmarks.harness.fleet import BUYERS, INSTRUMENT, Fleet
from benchmarks.harness.rows import Row, measured
from benchmarks.harness.sizes import Sizes
from benchmarks.harness.timing import seconds
from carbon_ledger.ledger.ledger import Ledger

AT_MILLION: Final = "as-of balance, 10^6 entries: p99 over a median seek"
GROWTH: Final = "as-of balance: growth of that from 10^5 entries"
NAMES: Final = (AT_MILLION, GROWTH)
BLOCKS: Final = 5  # of queries, for the spread
_KEY: Final = (
    "select account, instrument, from_n from balance where account = ? and instrument = ? and from_n <= ? "
    "order by from_n desc limit 1"
)
_SEEK: Final = "select active from balance where account = ? and instrument = ? and from_n = ?"


def ask(fleet: Fleet, questions: int) -> tuple[list[float], list[float]]:
    """Make as-of queries and look up the same rows, in turn; return the durations of both. [s]"""
    chosen = random.Random(11)
    ledger, raw = fleet.open(), sqlite3.connect(fleet.path)
    size = ledger.size
    asked: list[float] = []
    sought: list[float] = []
    while len(asked) < questions:
        entry, account = chosen.randrange(size // 2, size), f"buyer-{chosen.randrange(BUYERS)}"
        key = raw.execute(_KEY, (account, INSTRUMENT, entry)).fetchone()
        if key is None:
            continue  # this buyer had bought nothing yet
        # The two go first alternately, because the second one finds the pages in memory.
        if len(asked) % 2:
            asked.append(seconds(_answer, ledger, entry, account))
            sought.append(seconds(_row, raw, key))
        else:
            sought.append(seconds(_row, raw, key))
            asked.append(seconds(_answer, ledger, entry, account))
    ledger.close()
    raw.close()
    return asked, sought


def _answer(ledger: Ledger, entry: int, account: str) -> object:
    return ledger.as_of(entry=entry).balance(account, instrument=INSTRUMENT)


def _row(raw: sqlite3.Connection, key: tuple[str, str, int]) -> object:
    return raw.execute(_SEEK, key).fetchone()


def p99_over_seek(asked: list[float], sought: list[float]) -> list[float]:
    """The ratio for each block of queries."""
    size = len(asked) // BLOCKS
    blocks = [slice(at, at + size) for at in range(0, size * BLOCKS, size)]
    return [sorted(asked[part])[size * 99 // 100] / statistics.median(sought[part]) for part in blocks]


def run(sizes: Sizes, directory: Directory) -> list[Row]:
    """Measure the subject."""
    _, middle, large = sizes.fleets
    answers = {size: ask(directory.fleet(size), sizes.questions) for size in (middle, large)}
    figures = {size: p99_over_seek(*both) for size, both in answers.items()}
    asked, sought = answers[large]
    note = f"median {statistics.median(asked) * 1e6:.1f} us, seek {statistics.median(sought) * 1e6:.1f} us"
    growth = [many / few for many, few in zip(figures[large], figures[middle], strict=True)]
    was = f"from {statistics.median(figures[middle]):.1f} at {middle:,} entries"
    return [measured(AT_MILLION, figures[large], note), measured(GROWTH, growth, was)]
