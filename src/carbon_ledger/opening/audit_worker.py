"""A worker of an audit: audits a slice of the log, in a process that the audit starts."""

import json
import sys

from carbon_ledger.audit.workers import work
from carbon_ledger.errors import CarbonLedgerError
from carbon_ledger.stores.sqlite import SqliteStore


def main(path: str, start: str, stop: str, last: str) -> None:
    """Audit a slice of a ledger file, and write progress, the report or an error as lines of JSON."""
    try:
        store = SqliteStore(path, read_only=True)
        try:
            work(store, int(start), int(stop), last == "1")
        finally:
            store.close()
    except CarbonLedgerError as error:
        sys.stdout.write(json.dumps({"error": str(error)}) + "\n")
