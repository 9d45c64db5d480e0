"""A worker of an audit: audits a slice of the log, in a process that the audit starts."""

import json
import sys
from contextlib import redirect_stdout

from carbon_ledger.audit.workers import work
from carbon_ledger.errors import CarbonLedgerError
from carbon_ledger.ledger.methodologies import imported_methodologies
from carbon_ledger.opening.stores import store_at


def main(path: str, start: str, stop: str, last: str, places: str) -> None:
    """Audit a slice of a ledger file, and write progress, the report or an error as lines of JSON.

    Args:
        path: The ledger file, or the URL of a ledger on a server.
        start: The first entry.
        stop: The first entry after the slice.
        last: ``1`` if the log ends with the slice.
        places: The auditor's own methodologies, as `places_of` names them.
    """
    try:
        with redirect_stdout(sys.stderr):  # a module may print when it is imported
            known = imported_methodologies(places)
    except CarbonLedgerError as error:
        sys.stdout.write(json.dumps({"methodology": str(error)}) + "\n")
        return
    try:
        store = store_at(path, read_only=True)
        try:
            work(store, int(start), int(stop), last == "1", known)
        finally:
            store.close()
    except CarbonLedgerError as error:
        sys.stdout.write(json.dumps({"error": str(error)}) + "\n")
