"""The data of a page hold the very bytes of the entries; nothing in them ends a script; false receipts are refused."""

import base64
import json
import re
from collections.abc import Sequence
from importlib import resources
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon_ledger.core.entries.events import EVENTS
from carbon_ledger.errors import BrokenLogError, ForkError, FormatError, StoreError
from carbon_ledger.log.checkpoint import Checkpoint
from carbon_ledger.log.merkle import inclusion_proof, leaf_hash, root_hash
from carbon_ledger.log.proof import TlogProof, format_proof
from carbon_ledger.reports.ledger_page import proof
from carbon_ledger.reports.ledger_page.proof import MOST_BYTES, MOST_ENTRIES, NOTED_BYTES, Proof, fits, proof_of, script
from carbon_ledger.signing import Signer, sign_checkpoint

SIGNER = Signer("example.com/log42", bytes(32))
ENTRIES = [b'{"n":%d}' % n for n in range(7)]


def root_of(entries: Sequence[bytes]) -> bytes:
    return root_hash([leaf_hash(data) for data in entries])


def note_of(entries: Sequence[bytes]) -> bytes:
    return sign_checkpoint(Checkpoint(SIGNER.name, len(entries), root_of(entries)), SIGNER)


def receipt_of(entries: Sequence[bytes], n: int) -> bytes:
    hashes = inclusion_proof([leaf_hash(data) for data in entries], n)
    return format_proof(TlogProof(n, tuple(hashes), note_of(entries)))


def whole(entries: Sequence[bytes], **more: object) -> Proof:
    return proof_of(ledger_id="l", size=len(entries), root=root_of(entries).hex(), entries=iter(entries), **more)  # type: ignore[arg-type]


def block(found: Proof) -> str:
    text = "".join(found.data)
    match = re.fullmatch(r'<script type="application/json" id="ledger-proof-data">(.*)</script>\n', text, re.DOTALL)
    assert match
    return match[1]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=5))
def test_the_data_give_every_entry_byte_for_byte(texts: list[str]) -> None:
    """Nothing in an entry ends the data block, whatever its text."""
    entries = [text.encode() for text in texts]
    text = block(whole(entries))
    assert "<" not in text
    assert text.isascii()
    assert [item.encode() for item in json.loads(text)["entries"]] == entries


@pytest.mark.parametrize(
    "text", ["</script><script>alert(1)</script>", "<!--<script>", "]]>", "\u2028\u2029", "\u202e\x00\x1b"]
)
def test_a_hostile_text_is_escaped(text: str) -> None:
    found = block(whole([text.encode()]))
    assert not re.search("[<\u2028\u2029\u202e\x00\x1b]", found)
    assert json.loads(found)["entries"] == [text]


def test_the_data_name_the_ledger_and_note_a_part_of_each_hash() -> None:
    data = json.loads(block(whole(ENTRIES, checkpoint=note_of(ENTRIES))))
    assert (data["ledger"], data["size"], data["root"], data["whole"]) == ("l", 7, root_of(ENTRIES).hex(), True)
    assert data["checkpoint"].encode() == note_of(ENTRIES)
    assert base64.b64decode(data["leaves"]) == b"".join(leaf_hash(item)[:NOTED_BYTES] for item in ENTRIES)


def test_some_entries_come_with_their_receipts() -> None:
    receipts = [(n, ENTRIES[n], receipt_of(ENTRIES, n)) for n in (5, 2, 5)]
    data = json.loads(block(proof_of(ledger_id="l", size=7, root=root_of(ENTRIES).hex(), receipts=receipts)))
    assert data["whole"] is False
    assert data["numbers"] == [2, 5]
    assert data["entries"] == ['{"n":2}', '{"n":5}']
    assert [item["receipt"].encode() for item in data["receipts"]] == [receipt for _, _, receipt in receipts]


def test_entries_that_are_too_few_or_no_text_are_refused() -> None:
    with pytest.raises(BrokenLogError, match="the ledger has 6 entries, but the report is about 7"):
        list(proof_of(ledger_id="l", size=7, root="", entries=iter(ENTRIES[:6])).data)
    with pytest.raises(BrokenLogError, match="entry 1: its bytes are not UTF-8"):
        list(whole([b"{}", b"\xff"]).data)


def test_a_checkpoint_of_another_ledger_is_refused() -> None:
    with pytest.raises(ForkError, match="has the root"):
        whole(ENTRIES, checkpoint=note_of(ENTRIES[::-1]))
    with pytest.raises(StoreError, match="the checkpoint has 8 entries, but the report is about 7"):
        whole(ENTRIES, checkpoint=note_of([*ENTRIES, b"{}"]))
    with pytest.raises(FormatError):
        whole(ENTRIES, checkpoint=b"no note")


def test_a_receipt_of_another_entry_is_refused() -> None:
    with pytest.raises(FormatError, match="receipt of entry 3: it is for entry 2"):
        whole(ENTRIES, receipts=[(3, ENTRIES[3], receipt_of(ENTRIES, 2))])
    with pytest.raises(StoreError, match="receipt of entry 7"):
        whole(ENTRIES, receipts=[(7, b"{}", receipt_of([*ENTRIES, b"{}"], 7))])
    with pytest.raises(FormatError):
        whole(ENTRIES, receipts=[(0, ENTRIES[0], format_proof(TlogProof(0, (), b"no note")))])


def test_the_limits_of_a_page() -> None:
    assert fits([b"x"] * MOST_ENTRIES)
    assert not fits([b"x"] * (MOST_ENTRIES + 1))
    assert fits([b"x" * 2**20] * (MOST_BYTES // 2**20))
    assert not fits([b"x" * 2**20] * (MOST_BYTES // 2**20 + 1))


def test_the_script_is_its_files_in_one_scope() -> None:
    text = script()
    assert text.startswith("(() => {")
    places = [
        text.index(name)
        for name in ("function sha256(", "class Hasher", "class Malformed", "class Evidence", "class Page")
    ]
    assert all(first < second for first, second in pairwise(places))


def test_the_script_of_a_review_is_that_of_a_report_with_three_more_files() -> None:
    plain, reviewed = script(), script(reviewed=True)
    assert len(reviewed) > len(plain)
    assert [name in plain for name in ("class Books", "class Metered", "class Figures")] == [False] * 3
    assert all(text in reviewed for text in ("class Books", "class Metered", "class Figures", plain[:20_000]))
    assert reviewed.index("class Figures") < reviewed.index("class Page")


def test_the_page_knows_every_event() -> None:
    """An event that `books.js` does not know would leave the figures of every ledger with it unchecked."""
    books = resources.files(proof.__package__).joinpath("books.js").read_text(encoding="utf-8")
    assert set(EVENTS) - set(re.findall(r"\b[a-z]+\.[a-z]+\b", books)) == set()


def test_the_script_writes_no_html_runs_no_text_and_asks_no_network() -> None:
    for word in (
        *(
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
            'setAttribute("on',
        ),
        *(
            "fetch(",
            "XMLHttpRequest",
            "WebSocket",
            "import(",
            "http:",
            "https:",
            "localStorage",
            "cookie",
            "</script",
            "<!--",
        ),
    ):
        assert word not in script()
        assert word not in script(reviewed=True)


def test_no_file_of_the_page_is_over_400_lines() -> None:
    folder = resources.files(proof.__package__)
    files = [item for item in folder.iterdir() if item.name.endswith((".js", ".css"))]
    assert len(files) == 12
    assert {item.name for item in files if len(item.read_text(encoding="utf-8").splitlines()) > 400} == set()
