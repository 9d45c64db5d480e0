"""A worker of an audit: it audits a slice, in a process that the audit itself starts."""

import json
import sys

from carbon_ledger.audit.workers import work
from carbon_ledger.errors import CarbonLedgerError
from carbon_ledger.stores.sqlite import SqliteStore


def main(path: str, start: str, stop: str, last: str) -> None:
    """Audit a slice of a ledger file, and say in lines of JSON what comes of it."""
    try:
        store = SqliteStore(path, read_only=True)
        try:
            work(store, int(start), int(stop), last == "1")
        finally:
            store.close()
    except CarbonLedgerError as error:
        sys.stdout.write(json.dumps({"error": str(error)}) + "\n")
