"""Audit a published log from its files and its verifier key. This needs no server and no trust in the operator.

Run it: ``python examples/audit_published.py DIRECTORY VERIFIER_KEY [--since CHECKPOINT]``, with the directory
that was published or downloaded, the log's verifier key as text or in a file, and the file of a checkpoint that
you saved at an earlier audit. It prints every check with its result and the root that commits to all entries.
The exit status is 1, and the finding is named, when anything is wrong.

Without ``--since`` a log that was rewritten as a whole and signed again has no finding. Save the directory's file
``checkpoint`` after each audit, where the operator cannot change it. This script needs ``carbon-ledger[sign]``.
"""

import argparse
import os
import signal
from pathlib import Path

import carbon_ledger as cl


def main(directory: str, key: str, since: str | None) -> int:
    """Audit a published log and print the report."""
    try:
        text = Path(key).read_text(encoding="utf-8", errors="replace") if os.path.isfile(key) else key
        saved = None if since is None else Path(since).read_bytes()
        report = cl.audit_published(directory, trusted_keys=text.strip(), since=saved)
    except (cl.CarbonLedgerError, OSError) as error:
        print(f"FAILED  {type(error).__name__}: {error}")
        return 1
    print(report)
    if not report.passed:
        print(f"\n{len(report.findings)} finding(s): do not rely on this log.")
        return 1
    if saved is None:
        print("\nNothing was compared with an earlier audit: a log that was rewritten as a whole looks the same.")
    return 0


if __name__ == "__main__":
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # end quietly when a reader such as `head` has enough
    parser = argparse.ArgumentParser(description="Audit a published log.")
    parser.add_argument("directory", help="where the log was published or downloaded to")
    parser.add_argument("key", metavar="verifier_key", help="the log's verifier key, or a file that holds it")
    parser.add_argument("--since", metavar="checkpoint", help="the file of a checkpoint that you saved")
    given = parser.parse_args()
    raise SystemExit(main(given.directory, given.key, given.since))
