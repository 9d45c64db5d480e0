"""A single durable command against a bare commit: of its entry, and of the same rows."""

from statistics import median
from typing import Final

from benchmarks.limits import RawEntries, RawRows, entries_from
from benchmarks.place import Place
from benchmarks.rows import Row, measured
from benchmarks.sizes import Sizes
from benchmarks.timing import interleaved, ratios, seconds
from benchmarks.town import build, transfer

ENTRY: Final = "single command: cost over a bare commit of the entry"
SAME: Final = "single command: cost over a commit of the same rows"
NAMES: Final = (ENTRY, SAME)


def run(sizes: Sizes, place: Place) -> list[Row]:
    """Measure."""
    path = place.new("single.db")
    town = build(path, min(2_000, sizes.towns[0]))
    ledger = place.keep(town.open())
    bare = place.keep(RawEntries(place.new("single-bare.db")))
    same = place.keep(RawRows(path, place.new("single-rows.db")))
    turns = {
        "ours": lambda _: seconds(transfer, ledger, town),
        "bare": lambda _: bare.insert(entries_from(path, town.size - 1)),
        "same": lambda _: same.follow()[0],
    }
    costs = interleaved(sizes.singles, turns, warm=5)
    note = f"a transfer; {median(costs['ours']) * 1e3:.2f} ms, {{}} {{:.2f}} ms"
    return [
        measured(ENTRY, ratios(costs["ours"], costs["bare"]), note.format("bare", median(costs["bare"]) * 1e3)),
        measured(SAME, ratios(costs["ours"], costs["same"]), note.format("the rows", median(costs["same"]) * 1e3)),
    ]
