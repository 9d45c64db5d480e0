"""A balance of one instrument as of any entry, against a seek by primary key of its row, in the same file."""

import random
import sqlite3
import statistics
from typing import Final

from benchmarks.place import Place
from benchmarks.rows import Row, measured
from benchmarks.sizes import Sizes
from benchmarks.timing import seconds
from benchmarks.town import BUYERS, INSTRUMENT, Town
from carbon_ledger.ledger.ledger import Ledger

AT_MILLION: Final = "as-of balance, 10^6 entries: p99 over a median seek"
GROWTH: Final = "as-of balance: growth of that from 10^5 entries"
NAMES: Final = (AT_MILLION, GROWTH)
BLOCKS: Final = 5  # of questions, for the spread
_KEY: Final = (
    "select account, instrument, from_n from balance where account = ? and instrument = ? and from_n <= ? "
    "order by from_n desc limit 1"
)
_SEEK: Final = "select active from balance where account = ? and instrument = ? and from_n = ?"


def ask(town: Town, questions: int) -> tuple[list[float], list[float]]:
    """Ask as-of questions, and seek the row that answers each, in turns; give the time of each. [s]"""
    chosen = random.Random(11)
    ledger, raw = town.open(), sqlite3.connect(town.path)
    size = ledger.size
    asked: list[float] = []
    sought: list[float] = []
    while len(asked) < questions:
        entry, account = chosen.randrange(size // 2, size), f"buyer-{chosen.randrange(BUYERS)}"
        key = raw.execute(_KEY, (account, INSTRUMENT, entry)).fetchone()
        if key is None:
            continue  # this buyer had bought nothing yet
        # Now the one goes first, now the other: who comes second finds the pages in memory.
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
    """The ratio of each block of questions."""
    size = len(asked) // BLOCKS
    blocks = [slice(at, at + size) for at in range(0, size * BLOCKS, size)]
    return [sorted(asked[part])[size * 99 // 100] / statistics.median(sought[part]) for part in blocks]


def run(sizes: Sizes, place: Place) -> list[Row]:
    """Measure."""
    _, middle, large = sizes.towns
    answers = {size: ask(place.town(size), sizes.questions) for size in (middle, large)}
    figures = {size: p99_over_seek(*both) for size, both in answers.items()}
    asked, sought = answers[large]
    note = f"median {statistics.median(asked) * 1e6:.1f} us, seek {statistics.median(sought) * 1e6:.1f} us"
    growth = [many / few for many, few in zip(figures[large], figures[middle], strict=True)]
    was = f"from {statistics.median(figures[middle]):.1f} at {middle:,} entries"
    return [measured(AT_MILLION, figures[large], note), measured(GROWTH, growth, was)]
