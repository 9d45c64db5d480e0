"""A single durable command, compared with a raw commit of its entry, and of the same rows."""

from statistics import median
from typing import Final

from benchmarks.harness.directory import Directory
from benchmarks.harness.fleet import build, transfer
from benchmarks.harness.rows import Row, measured
from benchmarks.harness.sizes import Sizes
from benchmarks.harness.timing import interleaved, ratios, seconds
from benchmarks.peers.raw_sqlite import RawEntries, RawRows, entries_from

ENTRY: Final = "single command: cost over a bare commit of the entry"
SAME: Final = "single command: cost over a commit of the same rows"
NAMES: Final = (ENTRY, SAME)


def run(sizes: Sizes, directory: Directory) -> list[Row]:
    """Measure the subject."""
    path = directory.new("single.db")
    fleet = build(path, min(2_000, sizes.fleets[0]))
    ledger = directory.close_later(fleet.open())
    bare = directory.close_later(RawEntries(directory.new("single-bare.db")))
    same = directory.close_later(RawRows(path, directory.new("single-rows.db")))
    turns = {
        "ours": lambda _: seconds(transfer, ledger, fleet),
        "bare": lambda _: bare.insert(entries_from(path, fleet.size - 1)),
        "same": lambda _: same.follow()[0],
    }
    costs = interleaved(sizes.singles, turns, warm=5)
    note = f"a transfer; {median(costs['ours']) * 1e3:.2f} ms, {{}} {{:.2f}} ms"
    return [
        measured(ENTRY, ratios(costs["ours"], costs["bare"]), note.format("bare", median(costs["bare"]) * 1e3)),
        measured(SAME, ratios(costs["ours"], costs["same"]), note.format("the rows", median(costs["same"]) * 1e3)),
    ]
