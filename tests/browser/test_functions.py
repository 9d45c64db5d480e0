"""The page's own functions: SHA-256 and Merkle trees against published vectors and against the library."""

import base64
import hashlib
import json
import random
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from tests.browser.conftest import Show
from tests.browser.ledgers import KEY, SIGNER, Published, hostile, page_of
from tests.browser.opened import Opened
from tests.conftest import shared_file

from carbon_ledger.log.merkle import inclusion_proof, leaf_hash, root_hash
from carbon_ledger.log.note import format_note, parse_note
from carbon_ledger.printing import printable
from carbon_ledger.signing import sign_note

pytestmark = pytest.mark.browser

# FIPS 180-4's examples as NIST publishes them, and the length at which each has its edge.
NIST = (
    (b"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    (b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
        b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    ),
    (
        b"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
        "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1",
    ),
    (b"a" * 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    (b"\xbd", "68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b"),
    (b"\xc9\x8c\x8e\x55", "7abc22c0ae5af26ce93dbb94433a0e0b2e119d014f8e7f65bd56c61ccccd9504"),
    (bytes(55), "02779466cdec163811d078815c633f21901413081449002f24aa3e80f0b88ef7"),
    (bytes(56), "d4817aa5497628e7c77e6b606107042bbba3130888c5f47a375e6179be789fbb"),
    (bytes(57), "65a16cb7861335d5ace3c60718b5052e44660726da4cd13bb745381b235a1785"),
    (bytes(64), "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b"),
    (bytes(1_000), "541b3e9daa09b20bf85fa273e5cbd3e80185aa4ec298e765db87742b70138a53"),
)

_SHA = """texts => texts.map(text => ledgerProof.hex(ledgerProof.sha256(
    Uint8Array.from(atob(text), character => character.charCodeAt(0)))))"""
_INCLUSION = """cases => {
    const bytes = text => text ? ledgerProof.unhex(text) : new Uint8Array(0);
    return cases.map(([leaf, index, size, proof, root]) =>
      ledgerProof.verifiesInclusion(bytes(leaf), BigInt(index), BigInt(size), proof.map(bytes), bytes(root)));
}"""
_ROOTS = """async ([leaves, sizes]) => {
    const bytes = ledgerProof.unhex(leaves.join(""));
    const [both, alone] = [new ledgerProof.Hasher(crypto.subtle), new ledgerProof.Hasher(undefined)];
    const found = [];
    for (const size of sizes) {
      const growing = new ledgerProof.GrowingRoot();
      for (let at = 0; at < size; at += 1) growing.add(bytes.slice(at * 32, at * 32 + 32));
      found.push([await both.root(bytes, size), await alone.root(bytes, size), growing.root()].map(ledgerProof.hex));
    }
    return [found, both.agreed];
}"""


@pytest.fixture
def page(show: Show) -> Opened:
    return show(page_of(Published("empty", (), b"", ()), whole=False, signed=False))


def hashes_of(page: Opened, texts: list[bytes]) -> list[str]:
    found: list[str] = page.page.evaluate(_SHA, [base64.b64encode(text).decode() for text in texts])
    return found


def test_sha_256_gives_what_nist_publishes(page: Opened) -> None:
    assert hashes_of(page, [text for text, _ in NIST]) == [expected for _, expected in NIST]


def test_sha_256_of_every_length_around_its_blocks(page: Opened) -> None:
    chosen = random.Random(7)
    texts = [chosen.randbytes(length) for length in (*range(260), *range(8_180, 8_200), 65_535, 65_536, 300_000)]
    assert hashes_of(page, texts) == [hashlib.sha256(text).hexdigest() for text in texts]


def test_sha_256_of_a_part_of_a_buffer(page: Opened) -> None:
    found = page.page.evaluate(
        """() => { const bytes = Uint8Array.from({ length: 300 }, (_, at) => at);
        const out = new Uint8Array(96);
        ledgerProof.sha256(bytes.subarray(7, 207), out.subarray(32), 0);
        ledgerProof.sha256(bytes.subarray(100), out, 64);
        return ledgerProof.hex(out); }"""
    )
    data = bytes(at % 256 for at in range(300))
    assert found == bytes(32).hex() + hashlib.sha256(data[7:207]).hexdigest() + hashlib.sha256(data[100:]).hexdigest()


def test_the_published_vectors_of_inclusion(page: Opened) -> None:
    """transparency-dev/merkle: every case is accepted or refused as the vectors state."""
    folder = shared_file("vectors/merkle/inclusion")
    found = sorted(Path(folder).rglob("*.json"))
    cases: list[tuple[str, dict[str, Any]]] = [(str(path), json.loads(path.read_bytes())) for path in found]

    def decoded(text: str | None) -> str:
        return base64.b64decode(text or "").hex()

    arguments = [
        [
            decoded(case["leafHash"]),
            str(case["leafIdx"]),
            str(case["treeSize"]),
            [decoded(item) for item in case["proof"] or []],
            decoded(case["root"]),
        ]
        for _, case in cases
    ]
    verdicts = page.page.evaluate(_INCLUSION, arguments)
    wrong = [name for (name, case), verdict in zip(cases, verdicts, strict=True) if verdict is bool(case["wantErr"])]
    assert wrong == []
    assert len(cases) > 80
    assert {bool(case["wantErr"]) for _, case in cases} == {False, True}


def test_roots_and_proofs_of_all_sizes_to_300(page: Opened) -> None:
    """RFC 6962 as in the library: a root computed in two ways, with both hashers, and proofs of leaves."""
    leaves = [leaf_hash(b"%d" % n) for n in range(300)]
    roots, agreed = page.page.evaluate(_ROOTS, [[leaf.hex() for leaf in leaves], list(range(301))])
    assert roots == [[root_hash(leaves[:size]).hex()] * 3 for size in range(301)]
    assert agreed
    cases, expected = [], []
    for size in range(1, 301):
        root = root_hash(leaves[:size])
        for index in {0, size // 2, size - 1, *(range(size) if size < 20 or size in {63, 64, 65, 299} else ())}:
            proof = inclusion_proof(leaves[:size], index)
            cases.append([leaves[index].hex(), str(index), str(size), [item.hex() for item in proof], root.hex()])
            expected.append(True)
            other = leaves[(index + 1) % 300]
            cases.append([other.hex(), str(index), str(size), [item.hex() for item in proof], root.hex()])
            expected.append(False)
            cases.append([leaves[index].hex(), str(index + 1), str(size), [item.hex() for item in proof], root.hex()])
            expected.append(False)
    assert page.page.evaluate(_INCLUSION, cases) == expected


def test_invisible_characters_are_written_out(page: Opened) -> None:
    """What the library escapes, the page escapes too; letters, marks and symbols stay as they are."""
    texts = [chr(code) for code in (*range(0xD7F0), *range(0xE000, 0x10000), 0xE0001, 0x1F30A, 0x10FFFF)]
    found = page.page.evaluate("texts => texts.map(text => ledgerProof.visible(text))", texts)
    shown = dict(zip(texts, found, strict=True))
    # A browser may know letters and symbols that Python's Unicode does not have yet.
    escaped = [text for text in texts if printable(text) != text and unicodedata.category(text) != "Cn"]
    assert len(escaped) > 100
    assert [text for text in escaped if shown[text] == text] == []
    assert [text for text in texts if printable(text) == text and shown[text] != text] == []
    assert shown["\u202e"] == "\\u{202e}"


def test_notes_are_read_as_strictly_as_by_the_library(page: Opened) -> None:
    """A note has one accepted spelling: what the library refuses, the page refuses."""
    note = sign_note(b"log\n1\n" + base64.b64encode(bytes(32)) + b"\n", SIGNER).decode()
    variants = [
        note,
        note[:-1],
        note + "\n",
        note.replace("\n\n", "\n"),
        note.replace("\u2014 ", "- "),
        note.replace("=", ""),
    ]
    variants += [
        note.replace("log\n", "log\x01\n"),
        note.replace("\n1\n", "\n01\n"),
        note.replace("\n1\n", "\n-1\n"),
        "",
        "\n\n",
    ]
    variants += [
        note.replace("hydro ", "hydro+x "),
        note.replace("hydro ", "hydro  "),
        note * 2,
        note.replace("\n1\n", "\n1.0\n"),
    ]
    variants += [
        note.replace("\n1\n", f"\n{2**63}\n"),
        note.replace("\n1\n", f"\n{2**63 - 1}\n"),
        note.replace("\n1\n", "\n\n1\n"),
    ]
    last = note.splitlines()[-1]
    variants += [f"{note}{last}\n" * 1, note + f"{last}\n" * 99, note + f"{last}\n" * 100]

    def library(text: str) -> bool:
        from carbon_ledger.errors import FormatError
        from carbon_ledger.log.checkpoint import parse_checkpoint

        try:
            parse_checkpoint(parse_note(text.encode()).text)
        except FormatError:
            return False
        return True

    read = """texts => texts.map(text => {
        try { ledgerProof.parseSigned(text); return true; } catch { return false; } })"""
    assert page.page.evaluate(read, variants) == [library(text) for text in variants]
    assert format_note(parse_note(note.encode())).decode() == note


def test_a_key_has_the_id_that_the_library_gives_it(page: Opened) -> None:
    found = page.page.evaluate("key => { const { name, id } = ledgerProof.parseKey(key); return [name, id]; }", KEY)
    assert found == [SIGNER.name, SIGNER.key_id.hex()]
    known = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    assert page.page.evaluate("key => ledgerProof.parseKey(key).id", known) == "c74f20a3"


def test_a_hostile_ledger_has_the_librarys_root(show: Show) -> None:
    ledger = hostile()
    assert show(page_of(ledger)).check("root")[0] == "passed"
