"""Proof files: published cases, and malformed files."""

import base64
import hashlib
from typing import Any

import pytest

from carbon_ledger.errors import FormatError
from carbon_ledger.log.proof import TlogProof, format_proof, parse_proof

HASH1, HASH2 = (hashlib.sha256(text).digest() for text in (b"hash1", b"hash2"))
B64_1, B64_2 = (base64.b64encode(one).decode() for one in (HASH1, HASH2))
HEADER = "c2sp.org/tlog-proof@v1"

CASES = {
    "without extra data": (
        TlogProof(5, (HASH1, HASH2), b"test checkpoint\n"),
        f"{HEADER}\nindex 5\n{B64_1}\n{B64_2}\n\ntest checkpoint\n",
    ),
    "with extra data": (
        TlogProof(10, (HASH1,), b"checkpoint data\n", b"extra information"),
        f"{HEADER}\nextra ZXh0cmEgaW5mb3JtYXRpb24=\nindex 10\n{B64_1}\n\ncheckpoint data\n",
    ),
    "without hashes": (TlogProof(0, (), b"checkpoint\n"), f"{HEADER}\nindex 0\n\ncheckpoint\n"),
}


@pytest.mark.parametrize(("proof", "text"), CASES.values(), ids=CASES)
def test_published_case(proof: TlogProof, text: str) -> None:
    """transparency-dev/formats, proof/tlog_proof_test.go, TestMarshal (Apache-2.0)."""
    assert format_proof(proof).decode() == text
    assert parse_proof(text.encode()) == proof


def test_the_hashes_of_the_specification() -> None:
    """C2SP tlog-proof, introduction: index 73894, and a checkpoint with empty lines of its own."""
    hashes = "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\nB95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA="
    checkpoint = (
        "example.com/fancylog\n109482\nsFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=\n\n— example.com/fancylog AA==\n"
    )
    proof = parse_proof(f"{HEADER}\nindex 73894\n{hashes}\n\n{checkpoint}".encode())
    assert (proof.index, len(proof.hashes), proof.checkpoint.decode()) == (73894, 2, checkpoint)


BAD_FILES = {
    "nothing": "",
    "another header": "wrong-header\nindex 0\n\ncheckpoint\n",
    "another version": "c2sp.org/tlog-proof@v2\nindex 0\n\ncheckpoint\n",
    "space behind the header": f"{HEADER} \nindex 0\n\ncheckpoint\n",
    "extra not base64": f"{HEADER}\nextra !!notbase64!!\nindex 0\n\ncheckpoint\n",
    "extra empty": f"{HEADER}\nextra \nindex 0\n\ncheckpoint\n",
    "extra behind the index": f"{HEADER}\nindex 0\nextra aGk=\n\ncheckpoint\n",
    "two extras": f"{HEADER}\nextra aGk=\nextra aGk=\nindex 0\n\ncheckpoint\n",
    "no index": f"{HEADER}\n\n\ncheckpoint\n",
    "index elsewhere": f"{HEADER}\n{B64_1}\nindex 0\n\ncheckpoint\n",
    "index no number": f"{HEADER}\nindex notanumber\n\ncheckpoint\n",
    "index negative": f"{HEADER}\nindex -5\n\ncheckpoint\n",
    "index with a zero before": f"{HEADER}\nindex 05\n\ncheckpoint\n",
    "index too large": f"{HEADER}\nindex 9223372036854775808\n\ncheckpoint\n",
    "hash not base64": f"{HEADER}\nindex 0\n!!notbase64!!\n\ncheckpoint\n",
    "hash too long": f"{HEADER}\nindex 0\n{base64.b64encode(bytes(64)).decode()}\n\ncheckpoint\n",
    "hash too short": f"{HEADER}\nindex 0\n{base64.b64encode(bytes(31)).decode()}\n\ncheckpoint\n",
    "64 hashes": f"{HEADER}\nindex 0\n{(B64_1 + chr(10)) * 64}\ncheckpoint\n",
    "no empty line": f"{HEADER}\nindex 0\n{B64_1}\ncheckpoint\n",
    "no checkpoint": f"{HEADER}\nindex 0\n{B64_1}\n\n",
    "carriage returns": f"{HEADER}\r\nindex 0\r\n\r\ncheckpoint\r\n",
    "a line of a megabyte": f"{HEADER}\nindex 0\n{'a' * 1_000_000}\n\ncheckpoint\n",
    "letters outside ASCII": f"{HEADER}\nindex ٣\n\ncheckpoint\n",
}


@pytest.mark.parametrize("text", BAD_FILES.values(), ids=BAD_FILES)
def test_malformed_proof_file_is_refused(text: str) -> None:
    """With the cases of transparency-dev/formats, proof/tlog_proof_test.go, TestUnmarshalErrors."""
    with pytest.raises(FormatError):
        parse_proof(text.encode())


@pytest.mark.parametrize("data", ["text", None, 1])
def test_file_that_is_not_bytes_is_refused(data: Any) -> None:
    with pytest.raises(FormatError, match="proof is of type "):
        parse_proof(data)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ((-1, (), b"c"), "index is -1"),
        ((0, (b"short",), b"c"), "proof hash 0"),
        ((0, (HASH1, "text"), b"c"), "proof hash 1"),
        ((0, (HASH1,) * 64, b"c"), "proof has 64 hashes"),
        ((0, (), b""), "no checkpoint"),
        ((0, (), "text"), "no checkpoint"),
        ((0, (), b"c", "text"), "extra data are a str"),
    ],
)
def test_invalid_fields_are_refused(fields: Any, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        TlogProof(*fields)
