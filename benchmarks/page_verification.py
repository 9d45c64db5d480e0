"""The time in which a browser opens a report and checks all of its entries, as ratios to plain loops of SHA-256.

Run it: ``python benchmarks/page_verification.py [ENTRIES ...]`` (1,000 and 100,000 by default), with Debian's
Chromium and ``pip install 'carbon-ledger[test]'``. The exit status is 1 if a page finds anything wrong, or if opening
and checking 100,000 entries takes more than 20 times as long as hashing them once with the page's own function in the
same browser.
"""

import hashlib
import shutil
import sys
import tempfile
import time
from html import escape
from pathlib import Path

from carbon_ledger.log.merkle import leaf_hash, root_hash
from carbon_ledger.reports.ledger_page.policy import content_security_policy
from carbon_ledger.reports.ledger_page.proof import proof_of

SIZES = (1_000, 100_000)
MOST_RATIO = 20
NAMES = ("chromium", "chromium-browser", "google-chrome")
# An entry as the transfer of units has it, of some 300 bytes.
ENTRY = (
    '{"at":"2026-01-01T00:00:00.%06dZ","by":"operator","command":{"part":1,"parts":1},"event":{"blocks":["hydro/2025/17/'
    '%d"],"from":"operator","to":"buyer-%d","reference":"contract of the year 2025, section 4, the first delivery of '
    'the month"},"ledger":"hydro","n":%d,"schema":1,"type":"units.transferred"}'
)
_TIMES = """async () => {
  const { state } = await ledgerProof.done;
  const { texts } = ledgerProof.page.evidence;
  const encoder = new TextEncoder();
  const loops = [0, 1, 2].map(() => {
    const began = performance.now();
    for (const text of texts) ledgerProof.leafHash(encoder.encode(text));
    return performance.now() - began;
  });
  return [state, ledgerProof.page.finishedMs, Math.min(...loops)];
}"""


def page_of(entries: list[bytes]) -> str:
    """A page with nothing but the entries and their checks, under the policy of a report."""
    root = root_hash([leaf_hash(data) for data in entries]).hex()
    proof = proof_of(ledger_id="hydro", size=len(entries), root=root, entries=iter(entries))
    policy = escape(content_security_policy([proof.script], [proof.style]))
    content = f"<body><main>{proof.verdict}{''.join(proof.section)}</main>"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><title>Ledger</title>'
        f"<style>{proof.style}</style></head>{''.join(proof.watch([content]))}{''.join(proof.data)}"
        f"<script>{proof.script}</script></body></html>"
    )


def entries_of(size: int) -> list[bytes]:
    """Entries that a page can check; entry 0 opens the ledger."""
    texts = [b'{"event":{"ledger":"hydro"},"n":0}']
    return texts + [(ENTRY % (n, n, n % 97, n)).encode() for n in range(1, size)]


def main(sizes: tuple[int, ...]) -> int:
    """Open a page of each size, print the times and ratios, and return the exit status."""
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        print("Chromium is not on the path: apt-get install chromium")
        return 1
    status = 0
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for size in sizes:
            entries = entries_of(size)
            file = Path(directory) / f"{size}.html"
            file.write_text(page_of(entries), encoding="utf-8")
            began = time.perf_counter_ns()
            for data in entries:
                hashlib.sha256(b"\x00" + data).digest()
            loop_ms = (time.perf_counter_ns() - began) / 1e6
            page = browser.new_context(offline=True).new_page()
            page.goto(file.as_uri())
            state, opened_ms, own_ms = page.evaluate(_TIMES)
            ratio = opened_ms / own_ms
            print(f"{size:>9,} entries, a file of {file.stat().st_size / 1e6:.1f} MB: {state}, in {opened_ms:,.0f} ms")
            print(f"{'':>9} {ratio:.1f} x one loop of the page's own SHA-256 (goal: {MOST_RATIO} x at 100,000)")
            print(f"{'':>9} {opened_ms / loop_ms:.1f} x one loop of Python's hashlib")
            if state != "passed" or (size >= SIZES[-1] and ratio > MOST_RATIO):
                status = 1
        browser.close()
    return status


if __name__ == "__main__":
    raise SystemExit(main(tuple(map(int, sys.argv[1:])) or SIZES))
