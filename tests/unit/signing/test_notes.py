"""Signed notes: Go's published vectors, trusted and unknown signatures, and notes that are refused."""

import base64
import os
import subprocess
import sys
from typing import Any

import pytest

from carbon_ledger.errors import FormatError, InvalidSignatureError, SigningKeyError
from carbon_ledger.log.checkpoint import Checkpoint
from carbon_ledger.log.note import Note, Signature, format_note, parse_note
from carbon_ledger.signing import (
    Signer,
    VerifierKey,
    sign_checkpoint,
    sign_note,
    verify_checkpoint,
    verify_note,
)

# golang.org/x/mod/sumdb/note, note_test.go (BSD-3-Clause): keys that were published for tests.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_PRIVATE64 = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PETER_SIGNER = f"PRIVATE+KEY+PeterNeumann+c74f20a3+{PETER_PRIVATE64}"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = b"If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETER_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ENOCH_LINE = (
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
)
SEED = base64.b64decode(PETER_PRIVATE64)[1:]
CHECKPOINT = Checkpoint("PeterNeumann", 8, bytes.fromhex("5dc9da79a70659a9ad559cb701ded9a2" * 2))


def note(*lines: str) -> bytes:
    return TEXT + b"\n" + "".join(lines).encode()


@pytest.fixture
def peter() -> Signer:
    return Signer.from_bytes(PETER_SIGNER.encode())


def test_go_signs_the_same(peter: Signer) -> None:
    """note_test.go, TestSign."""
    assert sign_note(TEXT, peter) == note(PETER_LINE)
    assert peter.encode() == f"{PETER_SIGNER}\n".encode()
    assert Signer("PeterNeumann", SEED).encode() == peter.encode()
    assert str(peter.verifier_key) == PETER
    assert peter.key_id.hex() == "c74f20a3"


def test_verified_by_the_keys_that_are_trusted() -> None:
    """note_test.go, TestOpen: one of two, both, none."""
    both = note(PETER_LINE, ENOCH_LINE)
    assert verify_note(both, PETER) == verify_note(both, [ENOCH]) == verify_note(both, (PETER, ENOCH)) == TEXT
    assert verify_note(both, VerifierKey.parse(PETER)) == verify_note(both, iter([PETER, PETER])) == TEXT
    with pytest.raises(InvalidSignatureError, match=r"signed by EnochRoot\+af0cfe78: expected .* PeterNeumann\+"):
        verify_note(note(ENOCH_LINE), PETER)


def test_repeated_signatures() -> None:
    """note_test.go, TestOpen, "Duplicated verified and unverified signatures"."""
    broken = ENOCH_LINE[:60] + "ABCD" + ENOCH_LINE[60:]
    assert verify_note(note(PETER_LINE, PETER_LINE, ENOCH_LINE, ENOCH_LINE, broken), PETER) == TEXT


def test_an_invalid_signature_of_a_trusted_key_refuses_the_note() -> None:
    """Even beside a good one, before it or behind it."""
    bad = format_note(Note(TEXT, (Signature("PeterNeumann", bytes.fromhex("c74f20a3"), bytes(64)),)))
    line = bad.decode().rpartition("\n\n")[2]
    for lines in ((line,), (line, ENOCH_LINE), (ENOCH_LINE, line), (PETER_LINE, line)):
        with pytest.raises(InvalidSignatureError, match=r"signature of PeterNeumann\+c74f20a3 is not valid"):
            verify_note(note(*lines), [PETER, ENOCH])
    for length in (1, 63, 65, 128):
        short = Signature("PeterNeumann", bytes.fromhex("c74f20a3"), bytes(length))
        with pytest.raises(InvalidSignatureError, match="is not valid"):
            verify_note(format_note(Note(TEXT, (short,))), PETER)


def test_name_or_id_alone_is_an_unknown_key() -> None:
    """C2SP signed-note: unknown keys are ignored "even if they share a name or ID (but not both)"."""
    peter = parse_note(note(PETER_LINE)).signatures[0]
    named = Signature("PeterNeumann", bytes(4), peter.value)
    numbered = Signature("CarmenSandiego", peter.key_id, peter.value)
    for other in (named, numbered):
        with pytest.raises(InvalidSignatureError, match="expected a signature of"):
            verify_note(format_note(Note(TEXT, (other,))), PETER)
    assert verify_note(format_note(Note(TEXT, (named, numbered, peter))), PETER) == TEXT


def test_a_signature_of_another_text_is_refused(peter: Signer) -> None:
    for text in (TEXT + b"\n", TEXT[1:], b"\n" + TEXT, b"\n"):
        with pytest.raises(InvalidSignatureError, match="is not valid"):
            verify_note(text + b"\n" + PETER_LINE.encode(), PETER)
        assert verify_note(sign_note(text, peter), PETER) == text


@pytest.mark.parametrize("line", [PETER_LINE[:-1], "", PETER_LINE + "Unexpected line.\n", "— Bad Name AAAA\n"])
def test_malformed_note_is_refused(line: str) -> None:
    with pytest.raises(FormatError):
        verify_note(note(line), PETER)


def test_invalid_trusted_keys_are_refused() -> None:
    with pytest.raises(SigningKeyError, match="no trusted key was given"):
        verify_note(note(PETER_LINE), [])
    with pytest.raises(SigningKeyError, match="verifier key"):
        verify_note(note(PETER_LINE), "")
    bad: Any = [None]
    with pytest.raises(SigningKeyError, match="verifier key is of type NoneType"):
        verify_note(note(PETER_LINE), bad)


def test_two_keys_of_one_name_and_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """note_test.go, TestOpen, "ambiguous key"; here the colliding id is made by hand."""
    other = VerifierKey("PeterNeumann", bytes(32))
    monkeypatch.setattr(VerifierKey, "key_id", bytes(4))
    with pytest.raises(SigningKeyError, match="two trusted keys have the name PeterNeumann"):
        verify_note(note(PETER_LINE), [VerifierKey("PeterNeumann", bytes(range(32))), other])


def test_checkpoint(peter: Signer) -> None:
    signed = sign_checkpoint(CHECKPOINT, peter)
    assert signed.startswith(b"PeterNeumann\n8\nXcnaeacGWamtVZy3Ad7Zol3J2nmnBlmprVWctwHe2aI=\n\n")
    assert verify_checkpoint(signed, PETER) == verify_checkpoint(signed, PETER, origin="PeterNeumann") == CHECKPOINT
    with pytest.raises(InvalidSignatureError, match="belongs to the log 'PeterNeumann': expected 'EnochRoot'"):
        verify_checkpoint(signed, PETER, origin="EnochRoot")
    with pytest.raises(FormatError, match="checkpoint has 2 lines"):
        verify_checkpoint(note(PETER_LINE), PETER)
    with pytest.raises(InvalidSignatureError, match="is not valid"):
        verify_checkpoint(signed.replace(b"\n8\n", b"\n9\n"), PETER)


def test_the_key_of_another_log_cannot_sign_a_checkpoint(peter: Signer) -> None:
    with pytest.raises(SigningKeyError, match="the key PeterNeumann cannot sign for the log EnochRoot"):
        sign_checkpoint(Checkpoint("EnochRoot", 8, CHECKPOINT.root), peter)


def test_a_note_needs_a_signer(peter: Signer) -> None:
    with pytest.raises(FormatError, match="0 signatures"):
        sign_note(TEXT)
    with pytest.raises(FormatError, match="no newline at its end"):
        sign_note(b"abc", peter)


WITHOUT_CRYPTOGRAPHY = """
import sys
sys.modules["cryptography"] = None
from carbon_ledger import signing
from carbon_ledger.errors import MissingExtraError
key = signing.VerifierKey.parse(sys.argv[1])
calls = (
    lambda: signing.generate_signer("log"),
    lambda: signing.Signer("log", bytes(32)),
    lambda: key.verifies(bytes(64), b""),
)
for call in calls:
    try:
        call()
    except MissingExtraError as error:
        print(isinstance(error, ImportError), error)
"""


@pytest.mark.outside
def test_without_cryptography_the_message_says_what_to_install() -> None:
    """Keys are read and named without it; only what signs or verifies needs it."""
    command = [sys.executable, "-c", WITHOUT_CRYPTOGRAPHY, PETER]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment())
    line = "True signatures need the library cryptography: pip install 'carbon-ledger[sign]'"
    assert done.stdout.splitlines() == [line] * 3


@pytest.mark.outside
def test_importing_signing_does_not_load_cryptography() -> None:
    code = "import sys, carbon_ledger.signing, carbon_ledger.log; print('cryptography' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment())
    assert done.stdout == "False\n"


def environment() -> dict[str, str]:
    """The package as this process found it."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
