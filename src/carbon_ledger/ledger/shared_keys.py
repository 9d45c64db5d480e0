"""Idempotency keys that two actors used for the same arguments: allowed, and worth a note."""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Final

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.requests import Request, requests_of
from carbon_ledger.core.state.store import Store
from carbon_ledger.ledger.findings import AuditNote
from carbon_ledger.printing import quote

SHARED_KEY: Final = "shared key"


def shared_keys(store: Store) -> Iterator[tuple[str, AuditNote]]:
    """Notes of the commands that repeat what another actor did under the same key.

    Args:
        store: The store.

    Yields:
        What kind of note it is, and the note.

    Source:
        ledger-model section 1: a key belongs to the actor who used it.
    """
    for key, rows in groupby(store.rows("key_use"), key=itemgetter(0)):
        numbers = sorted(int(str(n)) for _, _, n in rows)
        if len(numbers) == 1:
            continue
        firsts: dict[bytes, Entry] = {}
        for n in numbers:
            entry, request = _request(store, n)
            first = entry if request is None else firsts.setdefault(request.content, entry)
            if first is not entry:
                yield (
                    SHARED_KEY,
                    AuditNote(
                        n,
                        f"{quote(entry.by)} used key {quote(key)} for the same command with the same arguments as "
                        f"{quote(first.by)} in entry {first.n}; find out whether both were meant",
                    ),
                )


def _request(store: Store, n: int) -> tuple[Entry, Request | None]:
    """The first entry of a command, and its request; none where the entries do not say what it was."""
    view = store.view()
    first = view.entry(n)
    entries = [view.entry(k) for k in range(n, n + first.parts)]
    requests = requests_of(store.view(entries[-1].n), entries)
    found = () if requests is None else (item for item in requests if item.digest(first.by) == first.digest)
    return first, next(iter(found), None)
