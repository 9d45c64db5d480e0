"""The findings of an audit of a log in which somebody changed an entry."""

import json
from collections.abc import Callable
from typing import Any

import carbon_ledger as cl
from carbon_ledger.audit.report import audit
from carbon_ledger.canonical import digest, dumps
from carbon_ledger.stores.memory import MemoryStore

Change = Callable[[dict[str, Any]], object]


def found_in(ledger: cl.Ledger, n: int, change: Change) -> cl.Finding:
    """The first finding of an audit of the same entries, entry *n* changed and hashed anew."""
    store = MemoryStore()
    with store.transaction():
        for k, data in enumerate(ledger._store.entries(0, ledger.size)):
            entry = json.loads(data)
            if k == n:
                change(entry["event"])
                assert dumps(entry) != data
            store.append(dumps(entry), [])
    return audit(store).findings[0]


def with_document(ledger: cl.Ledger, n: int, change: Change) -> cl.Finding:
    """The first finding of an audit, after the document of the issuance of entry *n* was forged."""
    event = dict(ledger.entry(n - 1).event)
    record = json.loads(event["text"])
    change(record)
    event["text"] = dumps(record).decode()
    name = digest(event["text"].encode())
    store = MemoryStore()
    with store.transaction():
        for k, data in enumerate(ledger._store.entries(0, ledger.size)):
            entry = json.loads(data)
            if k == n - 1:
                entry["event"] = {**event, "sha256": name}
            if k == n:
                entry["event"]["quantification"] = name
            store.append(dumps(entry), [])
    return audit(store).findings[0]
