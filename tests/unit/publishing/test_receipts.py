"""Receipts: everybody who has the log's key can verify an entry, and a changed bit is found."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.published_log import KEY, MAY, OTHER, SIGNER, file, ledger

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.log.checkpoint import Checkpoint
from carbon_ledger.signing import sign_checkpoint, verify_checkpoint

__all__ = ["file", "ledger"]


def test_a_receipt_verifies_with_the_key_alone(ledger: cl.Ledger, tmp_path: Path) -> None:
    ledger.publish(tmp_path / "log", signer=SIGNER)
    note = (tmp_path / "log" / "checkpoint").read_bytes()
    batch = ledger.batches("p")[0]
    for thing in (0, ledger.size - 1, batch, batch.take(3), f"{batch.batch_id}/10"):
        receipt, entry = ledger.receipt(thing, checkpoint=note), ledger.entry_bytes(thing)
        verified = cl.verify_receipt(receipt, entry, KEY)
        assert verified.checkpoint == verify_checkpoint(note, KEY)
        assert verified.entry.n == (thing if isinstance(thing, int) else int(batch.batch_id.rsplit("/", 1)[1]))
        with pytest.raises(errors.InvalidProofError):
            cl.verify_receipt(receipt, ledger.entry_bytes(3), KEY)
        with pytest.raises(errors.InvalidSignatureError):
            cl.verify_receipt(receipt, entry, str(OTHER.verifier_key))
    retired = ledger.retire(batch.take(2), beneficiary="B", purpose="p", period=MAY)
    with pytest.raises(errors.StoreError, match="publish the log first"):
        ledger.receipt(retired, checkpoint=note)
    ledger.publish(tmp_path / "log", signer=SIGNER)
    later = ledger.receipt(retired, checkpoint=(tmp_path / "log" / "checkpoint").read_bytes())
    assert cl.verify_receipt(later, ledger.entry_bytes(retired), KEY).entry.event["beneficiary"] == "B"


def test_receipts_survive_no_bit_flip(ledger: cl.Ledger, tmp_path: Path) -> None:
    ledger.publish(tmp_path / "log", signer=SIGNER)
    receipt = ledger.receipt(5, checkpoint=(tmp_path / "log" / "checkpoint").read_bytes())
    entry = ledger.entry_bytes(5)
    cl.verify_receipt(receipt, entry, KEY)
    for at in range(len(receipt)):
        changed = receipt[:at] + bytes([receipt[at] ^ 1]) + receipt[at + 1 :]
        with pytest.raises(errors.IntegrityError):
            cl.verify_receipt(changed, entry, KEY)
    for at in range(len(entry)):
        with pytest.raises(errors.IntegrityError):
            cl.verify_receipt(receipt, entry[:at] + bytes([entry[at] ^ 1]) + entry[at + 1 :], KEY)


def test_an_inclusion_proof_reads_few_tiles_and_one_entry(ledger: cl.Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read for a proof does not grow with the log: one tile a level, and no entry but its own."""
    from carbon_ledger.log.checkpoint import format_checkpoint
    from carbon_ledger.signing import sign_note

    store, read, entries = ledger._store, [], []
    tile, entry_bytes = store.tile, store.entries
    note = sign_note(format_checkpoint(Checkpoint(SIGNER.name, ledger.size, bytes.fromhex(ledger.root()))), SIGNER)
    monkeypatch.setattr(store, "tile", lambda *where: read.append(where) or tile(*where))
    monkeypatch.setattr(store, "entries", lambda *where: entries.append(where) or entry_bytes(*where))
    from carbon_ledger.log.tiles import inclusion_proof

    inclusion_proof(5, ledger.size, store.tile)
    assert len(read) <= 3
    assert entries == []
    ledger.receipt(5, checkpoint=note)
    assert entries == [(5, 6)]


@pytest.mark.outside
def test_a_receipt_verifies_where_only_the_package_and_cryptography_are(ledger: cl.Ledger, tmp_path: Path) -> None:
    """Neither pint nor sqlite3 is loaded to verify one."""
    ledger.publish(tmp_path / "log", signer=SIGNER)
    (tmp_path / "r").write_bytes(ledger.receipt(5, checkpoint=(tmp_path / "log" / "checkpoint").read_bytes()))
    (tmp_path / "e").write_bytes(ledger.entry_bytes(5))
    script = (
        "import sys, pathlib, carbon_ledger as cl\n"
        "receipt, entry = (pathlib.Path(name).read_bytes() for name in sys.argv[1:3])\n"
        "told = cl.verify_receipt(receipt, entry, sys.argv[3])\n"
        "print(told.entry.n, 'pint' in sys.modules, 'sqlite3' in sys.modules)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "r"), str(tmp_path / "e"), KEY],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "5 False False\n"


def test_a_receipt_of_a_log_that_lies_about_its_numbers_is_refused(ledger: cl.Ledger) -> None:
    """Well hashed, well signed, and yet not the entry that its place says."""
    from carbon_ledger.log.merkle import inclusion_proof, leaf_hash, root_hash
    from carbon_ledger.log.proof import TlogProof, format_proof

    data = [ledger.entry_bytes(n) for n in (0, 2, 1)]
    leaves = [leaf_hash(item) for item in data]
    note = sign_checkpoint(Checkpoint(SIGNER.name, 3, root_hash(leaves)), SIGNER)
    for place, calls_itself in ((0, 0), (1, 2), (2, 1)):
        receipt = format_proof(TlogProof(place, tuple(inclusion_proof(leaves, place)), note))
        if place == calls_itself:
            assert cl.verify_receipt(receipt, data[place], KEY).entry.n == place
        else:
            with pytest.raises(errors.InvalidProofError, match=f"has the number {calls_itself}, .* for entry {place}"):
                cl.verify_receipt(receipt, data[place], KEY)
