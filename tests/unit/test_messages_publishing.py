"""What is said of a log that cannot be published, and of a receipt that cannot be given: to the letter."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.messages import begin

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.log.checkpoint import Checkpoint
from carbon_ledger.log.merkle import leaf_hash, root_hash
from carbon_ledger.log.proof import TlogProof, format_proof
from carbon_ledger.publishing import publish
from carbon_ledger.signing import Signer, sign_checkpoint
from carbon_ledger.stores.memory import MemoryStore

SIGNER, OTHER = Signer("example.com/a", bytes(range(32))), Signer("example.com/b", bytes(32))
NO_NOTE = "note has no empty line between its text and its signatures"


def said(kind: type[errors.CarbonLedgerError], do: Callable[[], object]) -> str:
    with pytest.raises(kind) as refused:
        do()
    assert type(refused.value) is kind
    return str(refused.value)


def empty() -> cl.Ledger:
    """A ledger that has its opening alone."""
    return cl.open_ledger(":memory:", ledger_id="test")


def test_a_log_that_contradicts_the_published_one_is_refused_in_these_words(tmp_path: Path) -> None:
    ledger, place = begin(), tmp_path / "log"
    ledger.publish(place, signer=SIGNER)
    assert said(errors.ForkError, lambda: empty().publish(place, signer=SIGNER)) == (
        f"{place}: the checkpoint has 4 entries, the ledger 1: it was cut off or rolled back. Restore it from a copy; "
        "do not go on"
    )
    fork = empty()
    for name in ("x", "y", "z"):
        fork.open_account(name, name=name)
    assert said(errors.ForkError, lambda: fork.publish(place, signer=SIGNER)) == (
        f"{place}: the ledger's first 4 entries are not those of the checkpoint: it was rewritten, or is another "
        "ledger. Keep both as evidence; do not go on"
    )
    assert said(errors.ForkError, lambda: ledger.publish(place, signer=OTHER)) == (
        f"{place}: the log example.com/a is published there, not example.com/b"
    )
    (place / "checkpoint").write_bytes(b"not a note")
    assert said(errors.ForkError, lambda: ledger.publish(place, signer=SIGNER)) == (
        f"{place / 'checkpoint'}: not a signed checkpoint ({NO_NOTE}); nothing was published"
    )


def test_a_place_that_cannot_be_published_to_is_named_in_these_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, file = begin(), tmp_path / "file"
    file.write_bytes(b"")
    assert said(errors.StoreError, lambda: ledger.publish(file, signer=SIGNER)) == (
        f"{file}: cannot publish (File exists: {file})"
    )
    assert said(errors.SigningKeyError, lambda: ledger.publish(tmp_path, signer="me")) == (
        "signer str: expected a Signer, e.g. Signer.from_file(path)"
    )
    found = iter([None, ledger.publish(tmp_path / "other", signer=SIGNER)])
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(publish, "_published", lambda _: next(found))
        assert said(errors.StoreError, lambda: ledger.publish(tmp_path / "log", signer=SIGNER)) == (
            f"{tmp_path / 'log'}: another process published meanwhile; publish again"
        )
    leaf = leaf_hash(ledger.entry_bytes(0))
    monkeypatch.setattr(MemoryStore, "leaves", lambda *_: iter([bytes(32)] * 4))
    assert said(errors.BrokenLogError, lambda: ledger.publish(tmp_path / "log", signer=SIGNER)) == (
        f"entry 0: hash {leaf.hex()}, stored at commit: {'00' * 32}; audit the ledger"
    )


def test_a_receipt_that_cannot_be_given_is_refused_in_these_words(tmp_path: Path) -> None:
    ledger = begin()
    kept = ledger.publish(tmp_path / "log", signer=SIGNER)
    ledger.open_account("late", name="Late")
    assert said(errors.StoreError, lambda: ledger.receipt(4, checkpoint=kept)) == (
        "entry 4: the checkpoint has entries 0 to 3; publish first, then ask again"
    )
    assert said(errors.FormatError, lambda: ledger.receipt(1, checkpoint="text")) == (
        "checkpoint 'text': expected what publish gave, or its bytes"
    )
    assert said(errors.FormatError, lambda: ledger.receipt(1, checkpoint=b"text")) == NO_NOTE
    assert said(errors.ForkError, lambda: empty().receipt(0, checkpoint=kept)) == (
        "receipt: the checkpoint has 4 entries, the ledger 1: it was cut off or rolled back. Restore it from a copy; "
        "do not go on"
    )


def test_an_entry_at_another_place_than_its_own_is_refused_in_these_words() -> None:
    """A log of one entry, which calls itself the second."""
    entry = begin().entry_bytes(1)
    leaf = leaf_hash(entry)
    note = sign_checkpoint(Checkpoint(SIGNER.name, 1, root_hash([leaf])), SIGNER)
    receipt = format_proof(TlogProof(0, (), note))
    assert said(errors.InvalidProofError, lambda: cl.verify_receipt(receipt, entry, str(SIGNER.verifier_key))) == (
        "the entry calls itself 1, the receipt is for place 0"
    )
