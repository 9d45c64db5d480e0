"""Receipts: proofs that an entry is in the log, which anybody can verify with the log's verifier key alone."""

from attrs import frozen

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.state.store import Log
from carbon_ledger.errors import BrokenLogError, InvalidProofError, StoreError
from carbon_ledger.log.checkpoint import Checkpoint, parse_checkpoint
from carbon_ledger.log.merkle import leaf_hash, verify_inclusion
from carbon_ledger.log.note import parse_note
from carbon_ledger.log.proof import TlogProof, format_proof, parse_proof
from carbon_ledger.log.tiles import inclusion_proof
from carbon_ledger.publishing.publish import Published, note_of, require_consistent
from carbon_ledger.records import Record
from carbon_ledger.signing import verify_checkpoint
from carbon_ledger.signing.notes import TrustedKeys


@frozen(repr=False)
class VerifiedEntry(Record):
    """An entry that a receipt proves to be in a log.

    Attributes:
        entry: The entry.
        checkpoint: The signed state of the log that has the entry.
    """

    entry: Entry
    checkpoint: Checkpoint


def make_receipt(log: Log, n: int, checkpoint: bytes | Published) -> bytes:
    """Prove that entry *n* is in the log that a signed checkpoint commits to.

    Args:
        log: The ledger's log.
        n: The entry's number.
        checkpoint: A published checkpoint of this ledger: what `publish` returned, or the bytes of its file.

    Returns:
        A ``.tlog-proof`` file.

    Raises:
        ForkError: The checkpoint is not of this ledger.
        StoreError: The entry is newer than the checkpoint.
        BrokenLogError: The entry does not match the hash stored when it was recorded.
        FormatError: *checkpoint* is not a signed checkpoint.

    Source:
        C2SP tlog-proof. [P]
    """
    note = note_of(checkpoint)
    signed = parse_checkpoint(parse_note(note).text)
    require_consistent(log, signed, "receipt")
    if n >= signed.size:
        raise StoreError(
            f"entry {n}: the checkpoint has entries 0 to {signed.size - 1}; publish the log first, and use the new "
            "checkpoint"
        )
    return prove(log, n, signed.size, note)


def prove(log: Log, n: int, size: int, note: bytes) -> bytes:
    """Prove that entry *n* is in the log, with a checkpoint that is known to be of this log.

    Args:
        log: The ledger's log.
        n: The entry's number.
        size: The number of entries of the checkpoint, which is above *n*.
        note: The signed checkpoint.

    Returns:
        A ``.tlog-proof`` file.

    Raises:
        BrokenLogError: The entry does not match the hash stored when it was recorded.
    """
    # The checkpoint was checked against stored hashes; the entry of the receipt is hashed from its bytes.
    if [leaf_hash(data) for data in log.entries(n, n + 1)] != list(log.leaves(n, n + 1)):
        raise BrokenLogError(f"entry {n}: it does not match the hash stored when it was recorded; audit the ledger")
    hashes = inclusion_proof(n, size, log.tile)
    return format_proof(TlogProof(n, tuple(hashes), note))


def verify_receipt(receipt: bytes, entry: bytes, trusted_keys: TrustedKeys) -> VerifiedEntry:
    """Verify that an entry is in a log, from its receipt, its bytes and the log's verifier key alone.

    Args:
        receipt: The ``.tlog-proof`` file.
        entry: The entry's canonical bytes.
        trusted_keys: The log's verifier key, or several, as text or `VerifierKey`.

    Returns:
        The entry, and the checkpoint that commits to it.

    Raises:
        FormatError: *receipt* is not a proof file.
        InvalidSignatureError: No trusted key signed the checkpoint.
        InvalidProofError: The entry is not in the log at the position that the receipt states.
        BrokenLogError: *entry* is not an entry.
        MissingExtraError: cryptography is not installed.

    Source:
        RFC 6962 section 2.1.1; C2SP tlog-proof. [P]
    """
    proof = parse_proof(receipt)
    checkpoint = verify_checkpoint(proof.checkpoint, trusted_keys)
    verify_inclusion(leaf_hash(entry), proof.index, checkpoint.size, list(proof.hashes), checkpoint.root)
    decoded = Entry.from_bytes(entry)
    if decoded.n != proof.index:
        raise InvalidProofError(f"the entry has the number {decoded.n}, but the receipt is for entry {proof.index}")
    return VerifiedEntry(decoded, checkpoint)
