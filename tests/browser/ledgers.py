"""Ledgers with a signed checkpoint, and a plain page around what a report contains to check itself."""

import base64
import importlib.util
import json
import re
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from html import escape
from io import StringIO
from pathlib import Path
from typing import Any

from attrs import frozen
from tests.conftest import Clock, device
from tests.support.places import ROOT

import carbon_ledger as cl
from carbon_ledger.canonical import dumps
from carbon_ledger.log.checkpoint import Checkpoint
from carbon_ledger.log.merkle import inclusion_proof, leaf_hash, root_hash
from carbon_ledger.log.proof import TlogProof, format_proof
from carbon_ledger.reports.ledger_page.policy import content_security_policy
from carbon_ledger.reports.ledger_page.printed import PrintedText
from carbon_ledger.reports.ledger_page.proof import NOTED_BYTES, proof_of
from carbon_ledger.signing import Signer, sign_checkpoint

SIGNER = Signer("example.com/hydro", bytes(range(32)))
IMPOSTOR = Signer("example.com/hydro", bytes(32))  # has the log's name, but another key
KEY = str(SIGNER.verifier_key)
MAY = cl.Period.month(2024, 5, zone="Asia/Baku")
YEAR = cl.Period.year(2024, zone="UTC")

_STYLE = ".scroll { overflow-x: auto; } #root { overflow-wrap: anywhere; }"

HOSTILE = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "<!--<script>",
    "]]>&lt;b&gt;&amp;",
    '" autofocus onfocus="alert(3)',
    "ledger-proof-data",
    "\u202eevil\u2066\u200f\u061c",
    "\u2028\u2029\u0085\u200b\ufeff",
    "\x01\x1b[31m\x7f\x9b",
    "__proto__",
    "Kəlbəcər 🌊 e\u0301",
    "x" * 60_000,
)


@frozen
class Published:
    """A ledger as a report has it.

    Attributes:
        ledger_id: Its id.
        entries: Its entries' bytes.
        note: Its signed checkpoint.
        receipts: The number, the bytes and the receipt of some entries.
    """

    ledger_id: str
    entries: tuple[bytes, ...]
    note: bytes
    receipts: tuple[tuple[int, bytes, bytes], ...]

    @property
    def root(self) -> str:
        """The root of the entries."""
        return root_hash([leaf_hash(data) for data in self.entries]).hex()


def published(ledger: cl.Ledger, folder: Path, cited: Sequence[int], signer: Signer = SIGNER) -> Published:
    """Publish a ledger, and make receipts of some entries."""
    signed = ledger.publish(folder, signer=signer)
    receipts = tuple((n, ledger.entry_bytes(n), ledger.receipt(n, checkpoint=signed)) for n in cited)
    return Published(ledger.ledger_id, tuple(ledger._store.entries(0, ledger.size)), signed.note, receipts)


def small(folder: Path) -> Published:
    """Ten units, of which one is retired; receipts for the issuance and for the retirement."""
    with cl.open_ledger(":memory:", ledger_id="small", clock=Clock(), by="op") as ledger:
        ledger.open_account("op", name="Operator")
        ledger.open_account("buyer", name="Buyer")
        ledger.register_device(device())
        ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone="Asia/Baku", devices=("plant",)))
        ledger.record_generation("plant", MAY, net="10 MWh")
        (batch,) = ledger.issue("p", MAY, to="op")
        sold = ledger.transfer(batch.take(3), to="buyer")
        ledger.retire(sold.take(1), beneficiary="Buyer Ltd", purpose="FY2024", period=YEAR)
        return published(ledger, folder, (ledger.size - 2, ledger.size - 1))


def hostile() -> Published:
    """A ledger whose entries have every text that could hurt a page, also texts that no command records."""
    texts = ("hostile", *HOSTILE)
    entries = [
        dumps(
            {
                "at": "2026",
                "by": text,
                "event": {"ledger": "hostile", text.encode("ascii", "replace").decode(): text},
                "n": n,
            }
        )
        for n, text in enumerate(texts)
    ]
    leaves = [leaf_hash(data) for data in entries]
    note = sign_checkpoint(Checkpoint(SIGNER.name, len(leaves), root_hash(leaves)), SIGNER)
    receipts = [
        (n, entries[n], format_proof(TlogProof(n, tuple(inclusion_proof(leaves, n)), note)))
        for n in range(len(entries))
    ]
    return Published("hostile", tuple(entries), note, tuple(receipts))


def kalbajar(folder: Path) -> Published:
    """The ledger of `examples/kalbajar_hydro.py`."""
    path = ROOT / "examples" / "kalbajar_hydro.py"
    spec = importlib.util.spec_from_file_location("kalbajar_hydro", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    file = folder / "kalbajar.db"
    with redirect_stdout(StringIO()):
        module.main(file)
    with cl.open_ledger(file, read_only=True) as ledger:
        return published(ledger, folder / "log", (0, ledger.size - 1))


def page_of(ledger: Published, *, whole: bool = True, signed: bool = True, body: str = "") -> str:
    """A page that has nothing but the checks, under the policy of a report."""
    proof = proof_of(
        ledger_id=ledger.ledger_id,
        size=len(ledger.entries),
        root=ledger.root,
        entries=iter(ledger.entries) if whole else None,
        receipts=ledger.receipts if signed else (),
        checkpoint=ledger.note if signed else None,
    )
    style = proof.style + _STYLE
    policy = content_security_policy([proof.script], [style])
    content = (
        f'<body><main data-ledger="{ledger.ledger_id}" data-size="{len(ledger.entries)}" data-root="{ledger.root}">'
        f'<h1>Ledger <span class="ledger-id">{ledger.ledger_id}</span></h1>'
        f'<p><span class="ledger-size">{len(ledger.entries):,}</span> entries, '
        f'root <code id="root">{ledger.root}</code></p>'
        f'{proof.verdict}{body}<section id="proof" aria-labelledby="proof-title"><h2 id="proof-title">Checks</h2>'
        f"{''.join(proof.section)}</section></main>\n"
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>A page that checks itself</title>\n<style>{style}</style></head>\n"
        f"{''.join(proof.watch([content]))}{''.join(proof.data)}<script>{proof.script}</script></body></html>\n"
    )


_BLOCK = re.compile(r'(<script type="application/json" id="ledger-proof-data">)(.*?)(</script>)', re.DOTALL)


def data_of(html: str) -> Any:
    """The data of a page."""
    match = _BLOCK.search(html)
    assert match
    return json.loads(match[2])


def edited(html: str, change: Callable[[Any], None]) -> str:
    """The page with other data, as somebody who edits the file would have them."""
    data = data_of(html)
    change(data)
    text = json.dumps(data).replace("<", "\\u003c")
    return _BLOCK.sub(lambda match: match[1] + text + match[3], html)


def consistent(data: Any) -> None:
    """Make a page's data agree with its entries again, as a careful forger would."""
    leaves = [leaf_hash(text.encode()) for text in data["entries"]]
    data["size"] = len(leaves)
    data["root"] = root_hash(leaves).hex()
    data["leaves"] = base64.b64encode(b"".join(leaf[:NOTED_BYTES] for leaf in leaves)).decode()


def reprinted(html: str) -> str:
    """The page with the hash of its present text, as a careful forger would have it."""
    text = PrintedText()
    text.feed(html[html.index("<body") : html.index("<script")])
    return edited(html, lambda data: data.update(printed=text.hexdigest()))
