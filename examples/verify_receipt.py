"""Verify a receipt. This needs no ledger, no network and no trust in the operator.

Run it: ``python examples/verify_receipt.py RECEIPT ENTRY VERIFIER_KEY``, with the ``.tlog-proof`` file, the
file of the entry's bytes, and the log's verifier key as text or in a file. It prints the entry and the log that
it is in. The exit status is 1, and the error is named, when anything is wrong.

It needs ``carbon-ledger[sign]``. The key must not come from whoever handed over the receipt, unless you would
believe them without one. A receipt proves that the entry is in the log, not that the log is right.
"""

import json
import os
import signal
import sys
from pathlib import Path

import carbon_ledger as cl

WIDEST = 80  # characters of a field that are shown


def main(receipt: str, entry: str, key: str) -> int:
    """Verify a receipt and print what it proves."""
    try:
        text = Path(key).read_text(encoding="utf-8", errors="replace") if os.path.isfile(key) else key
        proved = cl.verify_receipt(Path(receipt).read_bytes(), Path(entry).read_bytes(), text.strip())
    except (cl.CarbonLedgerError, OSError) as error:
        print(f"FAILED  {type(error).__name__}: {error}")
        return 1
    found, checkpoint = proved.entry, proved.checkpoint
    print(f"VERIFIED  entry {found.n}, {found.type}, recorded {found.at} by {found.by}")
    for name, value in found.event.items():
        shown = json.dumps(value, ensure_ascii=False)
        print(f"  {name}: {shown if len(shown) <= WIDEST else shown[:WIDEST] + '...'}")
    print(f"In the log {checkpoint.origin}: {checkpoint.size} entries, root {checkpoint.root.hex()}")
    return 0


if __name__ == "__main__":
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # end quietly when a reader such as `head` has enough
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    raise SystemExit(main(*sys.argv[1:]))
