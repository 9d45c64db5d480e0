"""What lets a browser check a report offline: the entries, their receipts, and the script that checks them."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from importlib import resources
from typing import Final

from attrs import frozen

from carbon_ledger.errors import BrokenLogError, ForkError, FormatError, StoreError
from carbon_ledger.log.checkpoint import parse_checkpoint
from carbon_ledger.log.merkle import leaf_hash
from carbon_ledger.log.note import parse_note
from carbon_ledger.log.proof import parse_proof
from carbon_ledger.printing import quote
from carbon_ledger.reports.ledger_page.printed import PrintedText
from carbon_ledger.reports.ledger_page.proof_section import section_html, verdict_html

MOST_ENTRIES: Final = 100_000  # a browser checks this many in seconds; see benchmarks/page_verification.py
MOST_BYTES: Final = 64 * 2**20  # of entries in one page; a browser reads the page as a whole
NOTED_BYTES: Final = 6  # of each leaf hash, which name a changed entry; the root is what proves the entries

_SCRIPTS: Final = ("sha256.js", "merkle.js", "notes.js", "checks.js", "compare.js")
_AUDITOR: Final = ("books.js", "metered.js", "auditor.js")  # of a page with a review
_LAST: Final = "proof.js"


@frozen(kw_only=True)
class Proof:
    """The parts of a page that checks itself, as HTML, JavaScript and CSS.

    Attributes:
        verdict: A line for the head of the page, which the script replaces by its verdict.
        section: The content of the section that shows the checks, below the section's heading.
        data: The data block, in pieces for writing one after the other; it can be read once.
        script: The text between ``<script>`` and ``</script>``, at the end of the page.
        style: The text of the style sheet for the section.
        printed: The text of the page as far as it was written (`watch`).
    """

    verdict: str
    section: Iterable[str]
    data: Iterable[str]
    script: str
    style: str
    printed: PrintedText

    def watch(self, pieces: Iterable[str]) -> Iterator[str]:
        """The same pieces of HTML, whose text is noted in the data: the browser then finds words that were changed.

        Args:
            pieces: Everything from the tag ``<body>`` to the data block, which is written after it.
        """
        for piece in pieces:
            self.printed.feed(piece)
            yield piece


def fits(entries: Iterable[bytes]) -> bool:
    """Whether a page can contain all these entries: at most 100,000, and at most 64 MiB.

    Args:
        entries: The canonical bytes of the entries; no more of them are read than is necessary.

    Example:
        >>> fits([b"{}"] * 100_001)
        False
    """
    size = 0
    for count, data in enumerate(entries, 1):
        size += len(data)
        if count > MOST_ENTRIES or size > MOST_BYTES:
            return False
    return True


def proof_of(
    *,
    ledger_id: str,
    size: int,
    root: str,
    entries: Iterable[bytes] | None = None,
    receipts: Sequence[tuple[int, bytes, bytes]] = (),
    checkpoint: bytes | None = None,
    review: Mapping[str, object] | None = None,
) -> Proof:
    """The parts of a page that checks itself: with all entries of a ledger, or with some and their receipts.

    Args:
        ledger_id: The ledger's id.
        size: The number of entries that the report is about.
        root: Their RFC 6962 root, as hexadecimal digits.
        entries: The canonical bytes of every entry, in order; they are read when the data are written. None if there
            are too many (`fits`): the page then contains the entries of *receipts* alone.
        receipts: The number of an entry, its canonical bytes and its ``.tlog-proof`` file, for each receipt.
        checkpoint: The bytes of a signed checkpoint of the ledger, or None.
        review: What the script needs of a review, which is then checked as well; or None.

    Raises:
        FormatError: A receipt or the checkpoint is malformed, or a receipt is for another entry.
        StoreError: The checkpoint or a receipt is of a newer state of the ledger than the report.
        ForkError: The checkpoint is of another ledger.
    """
    note = None if checkpoint is None else _checked_note(checkpoint, size, root)
    some = dict(sorted({n: data for n, data, _ in receipts}.items()))
    facts: dict[str, object] = {
        "version": 1,
        "ledger": ledger_id,
        "size": size,
        "root": root,
        "whole": entries is not None,
        "width": NOTED_BYTES,
        "checkpoint": note,
        "receipts": [{"n": n, "receipt": _checked_receipt(n, receipt, size)} for n, _, receipt in receipts],
        "numbers": [] if entries is not None else list(some),
        **({} if review is None else {"review": review}),
    }
    printed, content = PrintedText(), _content(size, None if entries is not None else len(some))
    return Proof(
        verdict=verdict_html(content),
        section=(section_html(content, reviewed=review is not None),),
        data=_data(facts, enumerate(entries) if entries is not None else iter(some.items()), size, printed),
        script=script(reviewed=review is not None),
        style=_file("proof.css"),
        printed=printed,
    )


@lru_cache(maxsize=2)
def script(*, reviewed: bool = False) -> str:
    """The script of a page that checks itself: all its files, in a scope of their own.

    Args:
        reviewed: Whether the page has a review.
    """
    names = (*_SCRIPTS, *(_AUDITOR if reviewed else ()), _LAST)
    return "(() => {\n" + "".join(map(_file, names)) + "})();\n"


def _file(name: str) -> str:
    place = resources.files("carbon_ledger.reports.ledger_page").joinpath(name)
    return place.read_text(encoding="utf-8")


def _content(size: int, some: int | None) -> str:
    whole = "1 entry" if size == 1 else f"{size:,} entries"
    if some is None:
        return f"all entries of the ledger ({whole})"
    if some == 0:
        return f"none of the ledger's {whole}, and no receipt"
    return f"{some:,} of the ledger's {whole}, with receipts"


def _checked_note(checkpoint: bytes, size: int, root: str) -> str:
    """The text of a signed checkpoint that a report can contain."""
    found = parse_checkpoint(parse_note(checkpoint).text)
    if found.size > size:
        raise StoreError(
            f"report: the checkpoint has {found.size} entries, but the report is about {size}; pass an older "
            "checkpoint, or report on the newest state"
        )
    if found.size == size and found.root.hex() != root:
        raise ForkError(
            f"report: the checkpoint of {size} entries has the root {found.root.hex()}, but the ledger has {root}: the "
            "ledger was rewritten, or the checkpoint is of another ledger; audit the ledger"
        )
    return checkpoint.decode("utf-8")


def _checked_receipt(n: int, receipt: bytes, size: int) -> str:
    """The text of a receipt that a report can contain."""
    proof = parse_proof(receipt)
    parse_checkpoint(parse_note(proof.checkpoint).text)
    if proof.index != n:
        raise FormatError(f"receipt of entry {n}: it is for entry {proof.index}; pass the entry's own receipt")
    if not 0 <= n < size:
        raise StoreError(f"receipt of entry {quote(n)}: the report is about the entries 0 to {size - 1}")
    return receipt.decode("utf-8")


def _json(value: object) -> str:
    r"""JSON in ASCII without ``<``, so that no text of a ledger can end the data block or change what a reader sees.

    Example:
        >>> _json("</script>\u2028")
        '"\\u003c/script>\\u2028"'
    """
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")


def _data(
    facts: dict[str, object], entries: Iterator[tuple[int, bytes]], size: int, printed: PrintedText
) -> Iterator[str]:
    """The data block. An entry's text is written as one JSON string, from which exactly its bytes are read again."""
    yield '<script type="application/json" id="ledger-proof-data">' + _json(facts)[:-1] + ',"entries":[\n'
    noted, gap, count = bytearray(), "", 0
    for n, data in entries:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            raise BrokenLogError(f"entry {n}: its bytes are not UTF-8; audit the ledger") from None
        noted += leaf_hash(data)[:NOTED_BYTES]
        yield f"{gap}{_json(text)}"
        gap, count = ",\n", count + 1
    if facts["whole"] and count != size:
        raise BrokenLogError(f"the ledger has {count} entries, but the report is about {size}; audit the ledger")
    yield (
        '\n],"leaves":"' + base64.b64encode(noted).decode("ascii") + f'","printed":"{printed.hexdigest()}"}}</script>\n'
    )
