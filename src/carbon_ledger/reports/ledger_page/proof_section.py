"""The section of a report in which the page shows its own checks, and what no page can prove about itself."""

from html import escape
from typing import Final

from carbon_ledger.printing import printable
from carbon_ledger.reports.ledger_page.printed import LIVE

CHECKS: Final = (
    ("numbers", "Entries", "Every entry is there once, in the order of its number."),
    ("hashes", "Text", "Every entry has the hash that was noted when the report was written."),
    ("functions", "SHA-256", "The page's own function and the browser's give the same hashes."),
    ("root", "Root", "The entries give the root that the report states (RFC 6962)."),
    ("printed", "Print", "The page shows the text that was written, and the id, size and root that its data give."),
    ("checkpoint", "Checkpoint", "The signed checkpoint commits to the entries of this page."),
    ("receipts", "Receipts", "Each receipt proves its entry."),
    ("signatures", "Signatures", "The checkpoints are signed by the key that you paste below."),
)
REVIEW_CHECKS: Final = (
    (
        "figures",
        "Figures",
        "The figures of the first page, of the reconciliation and of waivers follow from the entries.",
    ),
    ("sample", "Sample", "The root and the seed draw the printed sample again from the claimed steps of the entries."),
    ("prefix", "Older state", "The ledger continues the log that was there at the last checkpoint (RFC 9162)."),
)
NOT_YET: Final = "Not checked: the script of this page has not run."

_INTRODUCTION: Final = """
<p>This page contains {content}. When it is opened, the browser checks them on this computer, without any network.</p>
<noscript><p>This browser runs no scripts here, so that nothing was checked.</p></noscript>
<progress id="ledger-proof-progress" aria-label="Entries hashed" value="0" max="1" hidden></progress>
<h3 id="ledger-proof-browser">What this browser checked</h3>
<div class="scroll" tabindex="0" role="region" aria-labelledby="ledger-proof-browser">
<table class="ledger-proof-checks"><thead><tr><th scope="col">Check</th><th scope="col">Verdict, and what was found</th>
</tr></thead><tbody>
"""
_REST: Final = """</tbody></table></div>
<h3>What this page only states</h3>
<p>The browser does not run the ledger's rules. These are statements of the report: that units were issued, moved and
retired by the rules; that each quantification follows from its readings and its factor; the sums and pictures of this
page; the outcome of the audit. To check them, run <code>carbon-ledger audit</code> on the ledger itself.</p>
<h3>What a page cannot prove about itself</h3>
<p>Whoever sends a page can change all of it: the entries, the root, and the script that checks them. Such a page can
show every check as passed. Therefore compare the root above with a root that you have from elsewhere: the log's
published <code>checkpoint</code>, an earlier report, a counterparty's copy. A signature counts only under a key that
you have from elsewhere. No page proves that it shows the newest state of the ledger, or that the entries are true. If
in doubt, verify with the library, or with a program of your own.</p>
<div class="ledger-proof-tool no-print" hidden>
<h3>The log's verifier key</h3>
<p><label for="ledger-proof-key">Verifier key, from the log's owner and not from this page</label>
<textarea id="ledger-proof-key" rows="3" spellcheck="false" autocomplete="off" autocapitalize="off"
aria-describedby="ledger-proof-key-words" placeholder="name+id+base64"></textarea>
<button type="button" id="ledger-proof-key-use">Check the signatures with this key</button></p>
<p id="ledger-proof-key-words" role="status" data-live></p>
</div>
<div class="ledger-proof-tool ledger-proof-drop no-print" id="ledger-proof-drop" hidden>
<h3>Compare with a file</h3>
<p id="ledger-proof-file-words">Drop a file anywhere on this page, or choose it: an export of the ledger
(<code>.jsonl</code>), a published <code>checkpoint</code>, or a receipt (<code>.tlog-proof</code>). The file stays on
this computer.</p>
<p><label for="ledger-proof-file">File to compare</label>
<input type="file" id="ledger-proof-file" aria-describedby="ledger-proof-file-words"></p>
<p id="ledger-proof-compared" role="status" data-live></p>
</div>
<div class="ledger-proof-tool no-print" hidden>
<h3>Read an entry</h3>
<p><label for="ledger-proof-entry-number">Number of the entry</label>
<input type="number" id="ledger-proof-entry-number" min="0" step="1" value="0">
<button type="button" id="ledger-proof-entry-show">Show the text that was hashed</button></p>
<p id="ledger-proof-entry-words" role="status" data-live></p>
<pre id="ledger-proof-entry-text" tabindex="0" role="region" aria-label="Text of the entry" data-live hidden></pre>
</div>
"""

_OF_REVIEW: Final = """
<h3>How the figures, the sample and the older state are checked</h3>
<p>Code in this page that shares nothing with the library's Python reads every entry once, follows units and readings,
and sums the figures of the first page, of the reconciliation and of waivers again. It takes what an issuance claims
from the recorded quantification, whose digest it computes. It then lists the claimed steps, which are the population of
the sample, and draws the sample from the root and the seed. A page that does not have all entries cannot do so: these
checks are then <b>not checked</b>.</p>
<p>Not computed here: which flags there are, whether a waiver was needed, the lists of changes, the evaluation of the
sample, and the expiry of units. They are statements of the library. Of each listed flag, the page computes the key, and
counts the flags.</p>
"""


def verdict_html(content: str) -> str:
    """The line for the head of a page, which the script replaces by its verdict.

    Args:
        content: What the page contains, for a reader whose browser runs no scripts.
    """
    return (
        f'<p id="proof-verdict" role="status" data-state="unchecked" {LIVE}>{escape(NOT_YET)} '
        f"The page contains {escape(printable(content))}.</p>"
    )


def section_html(content: str, *, reviewed: bool = False) -> str:
    """The section below its heading: the checks, the key, the comparison, and what the page does not prove.

    Args:
        content: What the page contains, such as ``all 57 entries``.
        reviewed: Whether the page has a review, and checks it as well.

    Example:
        >>> "<script" in section_html("<script>")
        False
    """
    rows = "".join(
        f'<tr id="ledger-proof-check-{name}" data-state="unchecked"><th scope="row">{title}'
        f'<span class="ledger-proof-claim">{escape(claim)}</span></th>'
        f'<td><b class="ledger-proof-state" {LIVE}>not checked</b> '
        f'<span class="ledger-proof-words" {LIVE}>{escape(NOT_YET)}</span></td></tr>'
        for name, title, claim in (*CHECKS, *(REVIEW_CHECKS if reviewed else ()))
    )
    rest = _REST
    if reviewed:
        rest = rest.replace("</tbody></table></div>", f"</tbody></table></div>{_OF_REVIEW}")
        rest = rest.replace("the sums and pictures of this\npage", "other sums and the pictures of\nthis page")
    return _INTRODUCTION.format(content=escape(printable(content))) + rows + rest
