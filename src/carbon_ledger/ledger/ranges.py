"""Invariants of ranges: units carry a label once, and units of another registry came in once."""

from collections.abc import Iterator
from typing import Any

from carbon_ledger.core.state.store import Store
from carbon_ledger.printing import quote


def broken_ranges(store: Store) -> Iterator[Iterator[str]]:
    """Check labels and imported serials of a whole store, each as one thing.

    Args:
        store: The store.

    Source:
        Domain invariants 7, 9 and 27.
    """
    yield _labels(store)
    yield _externals(store)


def _labels(store: Store) -> Iterator[str]:
    """Live labels of a batch that overlap, or reach beyond it; they come by batch, label and serial."""
    view = store.view()
    before: tuple[Any, ...] = ()
    end = 0
    for batch_id, first, last, label, *_, to_n in store.rows("label"):
        if to_n is not None:
            continue
        key, row = (batch_id, label), (int(str(first)), int(str(last)))
        end = end if key == before else 0
        if row[0] <= end:
            yield f"batch {batch_id}: serials {row[0]} to {min(end, row[1])} carry {label} twice"
        found = view.batch(str(batch_id))
        if found is None or row[1] > found.batch.count:
            yield f"batch {batch_id}: serials {row[0]} to {row[1]} carry {label}, and are not all there"
        before, end = key, max(end, row[1])


def _externals(store: Store) -> Iterator[str]:
    """Imported serials that overlap, or are not as many as their batch; they come by registry, space and number."""
    view = store.view()
    before: tuple[Any, ...] = ()
    end = -1
    for registry, space, first, last, batch_id, n in store.rows("external"):
        key, row = (registry, space), (int(str(first)), int(str(last)))
        end = end if key == before else -1
        if row[0] <= end:
            yield (
                f"registry {registry}: numbers {row[0]} to {min(end, row[1])} of {quote(space)} came in twice "
                f"(entry {n})"
            )
        found = view.batch(str(batch_id))
        if found is None or found.batch.count != row[1] - row[0] + 1:
            told = f"numbers {row[0]} to {row[1]} of {quote(space)}"
            yield f"registry {registry}: {told} are not the units of batch {batch_id}"
        before, end = key, max(end, row[1])
