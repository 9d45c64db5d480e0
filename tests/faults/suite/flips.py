"""Single-bit flips anywhere in a ledger file: each is detected, or shown to change nothing.

A flip is detected if the file is refused with an error of this library, or if the audit has a finding. A flip is
harmless if the audit passes and every entry, leaf, tile, derived row and query result is unchanged. Harmless bits are
in the file's free space and in header fields that SQLite does not read.
"""

import sqlite3
import tempfile
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Final

from tests.faults.suite.judging import answers, contents
from tests.faults.suite.outcome import Outcome
from tests.faults.suite.workload import commands, entries_of, open_here, reference

import carbon_ledger as cl
from carbon_ledger.errors import CarbonLedgerError, IntegrityError, StoreError

PAGE_BYTES: Final = 2048
_TREE_PAGES: Final = (2, 5, 10, 13)  # the first byte of a page of a b-tree; the others hold what overflows
_FOREIGN: Final = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError),
    sqlite3.Error,
)


def original(path: Path, accounts: int) -> bytes:
    """The bytes of a ledger that has something in every table."""
    reference(path, commands(1, accounts))
    with closing(sqlite3.connect(path)) as connection:
        names = [name for (name,) in connection.execute("select name from sqlite_schema where type = 'table'")]
        empty = [name for name in names if not connection.execute(f"select 1 from {name} limit 1").fetchone()]
    assert set(empty) <= {"tile"}, empty
    return path.read_bytes()


def places(data: bytes, count: int, chance: Random) -> list[int]:
    """Bits to flip: half of them anywhere in the file, half anywhere in pages of its trees."""
    trees = [at for at in range(0, len(data), PAGE_BYTES) if at == 0 or data[at] in _TREE_PAGES]
    anywhere = [chance.randrange(8 * len(data)) for _ in range(count // 2)]
    return anywhere + [
        8 * chance.choice(trees) + chance.randrange(8 * PAGE_BYTES) for _ in range(count - len(anywhere))
    ]


def flipped(data: bytes, bit: int) -> bytes:
    """The bytes with one bit changed."""
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def _written_on(ledger: cl.Ledger) -> tuple[str, list[str]]:
    """Write more into a file whose flip changed nothing: it goes well, or is refused."""
    entries = entries_of(ledger)
    try:
        ledger.open_account("later", name="L")
        batch = ledger.batches("irec")[0].batch_id
        ledger.transfer(f"{batch}/41-47", to="later", from_="buyer")
    except (StoreError, IntegrityError) as error:
        return f"harmless to read; refused when written: {type(error).__name__}", []
    found = [str(item) for item in ledger.audit().findings]
    if entries_of(ledger)[: len(entries)] != entries:
        found.append("writing more changed what was there")
    return "harmless", found


def look(path: Path, before: tuple[list[object], list[object]]) -> tuple[str, list[str]]:
    """What is seen of a flip, and whether it is silent."""
    try:
        with open_here(path) as ledger:
            report = ledger.audit()
            if not report.passed:
                return f"found: {report.findings[0].check}", []
            if (contents(ledger), answers(ledger)) != before:
                return "SILENT", ["the audit passes, and what it holds has changed"]
            return _written_on(ledger)
    except CarbonLedgerError as error:
        found = [] if str(path) in str(error) else [f"the error does not name the file: {error!r}"]
        return f"refused: {type(error).__name__}", found
    except _FOREIGN as error:
        return "LEAKED", [f"{type(error).__name__}: {error}"]


def _some(accounts: int, count: int, seed: str) -> Outcome:
    outcome = Outcome("single-bit flips")
    with tempfile.TemporaryDirectory(prefix="faults-") as place:
        path = Path(place) / "ledger.db"
        data = original(path, accounts)
        with open_here(path) as ledger:
            before = (contents(ledger), answers(ledger))
        for bit in places(data, count, Random(f"{seed}/flips")):
            path.write_bytes(flipped(data, bit))
            seen, problems = look(path, before)
            Path(f"{path}-journal").unlink(missing_ok=True)
            outcome.count(seen)
            where = f"bit {bit % 8} of byte {bit // 8} in page {bit // 8 // PAGE_BYTES + 1}"
            outcome.lose(f"seed {seed}, {accounts} accounts, {where}", problems)
    return outcome


def flips(count: int, seed: int, *, processes: int = 2) -> Outcome:
    """Flip bits one at a time, nine tenths in a small ledger and the rest in one with a full tile.

    Args:
        count: How many.
        seed: Chooses the bits.
        processes: How many processes share the work; 1 works in this one.
    """
    large = count // 10
    parts = [(5, (count - large) // 2, f"{seed}/0"), (5, count - large - (count - large) // 2, f"{seed}/1")]
    parts.append((240, large, f"{seed}/2"))
    outcome = Outcome("single-bit flips")
    if processes == 1:
        for part in parts:
            outcome.add(_some(*part))
        return outcome
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for part in pool.map(_some, *zip(*parts, strict=True)):
            outcome.add(part)
    return outcome
