"""Keys of signed notes: the vectors of RFC 8032, malformed keys, and keys that are never shown."""

import base64
import copy
import os
import pickle
from pathlib import Path
from typing import Any

import pytest

from carbon_ledger.errors import SigningKeyError
from carbon_ledger.signing import (
    Signer,
    VerifierKey,
    generate_signer,
    sign_note,
    verify_note,
)

# golang.org/x/mod/sumdb/note, note_test.go (BSD-3-Clause): keys that were published for tests.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_PRIVATE64 = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PETER_SIGNER = f"PRIVATE+KEY+PeterNeumann+c74f20a3+{PETER_PRIVATE64}"
TEXT = b"If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SEED = base64.b64decode(PETER_PRIVATE64)[1:]
SECRETS = [PETER_PRIVATE64, PETER_PRIVATE64[1:20], SEED.hex(), repr(SEED), "gQoUAtUU"]


@pytest.fixture
def peter() -> Signer:
    return Signer.from_bytes(PETER_SIGNER.encode())


def test_rfc_8032_keys() -> None:
    """RFC 8032 section 7.1, TEST 1 and TEST 2: seed, public key, message, signature."""
    first = Signer("test", bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))
    assert first.verifier_key.public_key.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert first.sign(b"").hex() == (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )
    second = Signer("test", bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"))
    assert second.verifier_key.public_key.hex() == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    assert second.sign(b"\x72").hex().startswith("92a009a9f0d4cab8720e820b5f642540")


def test_malformed_verifier_keys_are_refused() -> None:
    """note_test.go, TestNewVerifier: every part of the key, and every letter one higher."""
    parts = [PETER[i:j] for i in range(len(PETER)) for j in range(i + 1, len(PETER) + 1)]
    raised = [PETER[:i] + chr(ord(PETER[i]) + 1) + PETER[i + 1 :] for i in range(len(PETER))]
    others = [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",  # a longer key
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",  # another type
        PETER.replace("c74f20a3", "C74F20A3"),
        PETER + "\n\n",
        PETER + "=",
        " " + PETER,
        "",
        "++",
        PETER_SIGNER,
    ]
    for text in [*(part for part in parts if part != PETER), *raised, *others]:
        with pytest.raises(SigningKeyError):
            VerifierKey.parse(text)
    assert str(VerifierKey.parse(PETER + "\n")) == PETER


def test_malformed_signing_keys_are_refused() -> None:
    """note_test.go, TestNewSigner: every part of the key, and every letter one higher; none is shown."""
    key = PETER_SIGNER
    parts = [key[i:j] for i in range(len(key)) for j in range(i + 1, len(key) + 1)]
    raised = [key[:i] + chr(ord(key[i]) + 1) + key[i + 1 :] for i in range(len(key))]
    for text in [*(part for part in parts if part != key), *raised, "", f" {key}", f"{key}\n\n"]:
        with pytest.raises(SigningKeyError) as caught:
            Signer.from_bytes(text.encode())
        assert_hidden(caught.value)
    bad: Any
    for bad in (key, None, key.encode().replace(b"Peter", b"Pete\xff"), bytearray(key.encode())):
        with pytest.raises(SigningKeyError) as caught:
            Signer.from_bytes(bad)
        assert_hidden(caught.value)


def assert_hidden(error: BaseException | None) -> None:
    """Nothing of the private key in an error, nor in those that it came from."""
    while error is not None:
        shown = f"{error} {error!r} {error.args!r} {vars(error)}"
        assert not [secret for secret in SECRETS if secret in shown], shown
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize("text", [PETER_SIGNER, f" {PETER_SIGNER}", PETER_PRIVATE64, f"x+{PETER_PRIVATE64}+y"])
def test_a_private_key_in_the_wrong_place_is_not_shown(text: str) -> None:
    with pytest.raises(SigningKeyError) as caught:
        VerifierKey.parse(text)
    assert_hidden(caught.value)


def test_a_signer_shows_only_its_name_and_id(peter: Signer) -> None:
    shown = f"{peter} {peter!r} {[peter]} {vars(type(peter))}"
    assert "<Signer PeterNeumann+c74f20a3, private key not shown>" in shown
    assert not [secret for secret in SECRETS if secret in shown]
    calls = (lambda: pickle.dumps(peter), lambda: copy.copy(peter), lambda: copy.deepcopy([peter]))
    for call in calls:
        with pytest.raises(SigningKeyError, match="cannot be pickled or copied"):
            call()


@pytest.mark.parametrize("seed", [b"", bytes(31), bytes(33), bytes(64), "0" * 32, None, bytearray(32)])
def test_seed_of_another_size_is_refused(seed: Any) -> None:
    with pytest.raises(SigningKeyError, match="expected an Ed25519 private key of 32 bytes"):
        Signer("log", seed)
    if not isinstance(seed, bytes) or len(seed) != 32:
        with pytest.raises(SigningKeyError, match="expected an Ed25519 public key of 32 bytes"):
            VerifierKey("log", seed)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u3000b", "a\nb", None, b"log"])
def test_invalid_key_name_is_refused(name: Any) -> None:
    for call in (lambda: Signer(name, SEED), lambda: VerifierKey(name, SEED), lambda: generate_signer(name)):
        with pytest.raises(SigningKeyError, match="key name is"):
            call()


def test_generated_keys_are_new_each_time() -> None:
    first, second = generate_signer("example.com/log"), generate_signer("example.com/log")
    assert first.verifier_key != second.verifier_key
    signed = sign_note(TEXT, first, second)
    assert verify_note(signed, str(first.verifier_key)) == verify_note(signed, [second.verifier_key]) == TEXT
    assert Signer.from_bytes(first.encode()).verifier_key == first.verifier_key


def test_key_file_that_only_its_owner_can_read(tmp_path: Path, peter: Signer) -> None:
    path = tmp_path / "log.key"
    peter.save(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text(encoding="utf-8") == f"{PETER_SIGNER}\n"
    assert Signer.from_file(str(path)).verifier_key == peter.verifier_key
    path.chmod(0o400)
    assert Signer.from_file(path).key_id == peter.key_id
    with pytest.raises(SigningKeyError, match="cannot be written: File exists"):
        peter.save(path)


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o660, 0o602, 0o620, 0o601, 0o610, 0o644, 0o777])
def test_key_file_that_others_can_read_or_write_is_refused(tmp_path: Path, peter: Signer, mode: int) -> None:
    path = tmp_path / "log.key"
    peter.save(path)
    path.chmod(mode)
    with pytest.raises(SigningKeyError, match=rf"has the mode {mode:04o}, .* run chmod 600 .*log.key") as caught:
        Signer.from_file(path)
    assert_hidden(caught.value)


def test_malformed_key_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SigningKeyError, match="cannot be read: No such file"):
        Signer.from_file(tmp_path / "absent")
    with pytest.raises(SigningKeyError, match="cannot be read: a directory"):
        Signer.from_file(tmp_path)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo, 0o600)
    end = os.open(fifo, os.O_RDWR)
    os.write(end, b"x" * 4096)  # so that whoever reads it does not wait
    try:
        with pytest.raises(SigningKeyError, match="a FIFO"):
            Signer.from_file(fifo)
    finally:
        os.close(end)
    wrong = tmp_path / "wrong.key"
    wrong.touch(0o600)
    for content in (b"", f"{PETER_PRIVATE64}\n".encode(), PETER.encode(), f"{PETER_SIGNER}\n".encode() * 200):
        wrong.write_bytes(content)
        with pytest.raises(SigningKeyError, match=r"expected PRIVATE\+KEY\+name\+id\+base64") as caught:
            Signer.from_file(wrong)
        assert_hidden(caught.value)
