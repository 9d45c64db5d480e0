"""Signing checkpoints and believing them: C2SP signed notes over Ed25519.

Source:
    C2SP signed-note, "Signatures", and tlog-checkpoint, "Signatures". [P]
"""

from collections.abc import Iterable, Mapping

from carbon_ledger.errors import InvalidSignatureError, SigningKeyError
from carbon_ledger.log.checkpoint import Checkpoint, format_checkpoint, parse_checkpoint
from carbon_ledger.log.note import Note, Signature, format_note, parse_note
from carbon_ledger.mappings import listed
from carbon_ledger.printing import quote
from carbon_ledger.signing.keys import Signer, VerifierKey

TrustedKeys = VerifierKey | str | Iterable[VerifierKey | str]


def sign_note(text: bytes, *signers: Signer) -> bytes:
    """Sign a text.

    Args:
        text: UTF-8 with a newline at its end.
        signers: One key or more, in the order of their lines.

    Returns:
        The signed note.

    Raises:
        FormatError: The text is not octets, or cannot be a note's, or there is no signer.
        SigningKeyError: A signer is something else than a `Signer`.

    Example:
        >>> note = sign_note(b"hi\\n", Signer("example.com/log42", bytes(32)))
        >>> note.decode().splitlines()[2][:19]
        '— example.com/log42'
    """
    for one in signers:
        if not isinstance(one, Signer):
            raise SigningKeyError(f"signer {quote(one)}: expected a Signer, e.g. Signer.from_file(path)")
    return format_note(Note(text, tuple(Signature(one.name, one.key_id, one.sign(text)) for one in signers)))


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> bytes:
    """Sign a log's checkpoint with the log's key.

    Whoever signs vouches that the log continues every checkpoint that the key signed before.

    Args:
        checkpoint: The log's state.
        signer: The log's key; its name is the log's origin.

    Returns:
        The signed note, as it is published at ``checkpoint``.

    Raises:
        SigningKeyError: The key's name is not the checkpoint's origin: it is another log's key.

    Source:
        C2SP tlog-checkpoint, "Signatures": the key name should match the origin line. [P]

    Example:
        >>> signer = Signer("example.com/log42", bytes(32))
        >>> note = sign_checkpoint(Checkpoint("example.com/log42", 1, bytes(32)), signer)
        >>> verify_checkpoint(note, signer.verifier_key).size
        1
    """
    if signer.name != checkpoint.origin:
        raise SigningKeyError(
            f"the key {signer.name} does not sign for the log {checkpoint.origin}: expected a key of the log's name"
        )
    return sign_note(format_checkpoint(checkpoint), signer)


def verify_note(note: bytes, trusted_keys: TrustedKeys) -> bytes:
    """Verify a signed note and give its text.

    Signatures of unknown keys say nothing, and are passed over; one that bears a trusted key's name and
    id must be that key's, or the whole note is refused.

    Args:
        note: The signed note.
        trusted_keys: The verifier keys to believe, or one alone; as text or as `VerifierKey`.

    Returns:
        The text that a trusted key signed, with its newline.

    Raises:
        FormatError: *note* is not a signed note.
        InvalidSignatureError: A trusted key's signature is not valid, or no trusted key signed.
        SigningKeyError: A verifier key is not usable, two have one name and id, or there are none.
        MissingExtraError: cryptography is not installed.

    Source:
        C2SP signed-note, "Signatures". [P]

    Example:
        >>> signer = Signer("example.com/log42", bytes(32))
        >>> verify_note(sign_note(b"hi\\n", signer), str(signer.verifier_key))
        b'hi\\n'
    """
    trusted = _by_id(trusted_keys)
    parsed = parse_note(note)
    verified = False
    for signature in parsed.signatures:
        key = trusted.get((signature.name, signature.key_id))
        if key is None:
            continue
        if not key.verifies(signature.value, parsed.text):
            raise InvalidSignatureError(
                f"the signature of {signature.key} is not valid: the note or the signature was altered; "
                "ask for it again, and keep this one as evidence"
            )
        verified = True
    if not verified:
        signed = ", ".join(dict.fromkeys(signature.key for signature in parsed.signatures))
        asked = ", ".join(f"{name}+{key_id.hex()}" for name, key_id in trusted)
        raise InvalidSignatureError(f"the note is signed by {signed:.400}: expected a signature of {asked:.400}")
    return parsed.text


def verify_checkpoint(note: bytes, trusted_keys: TrustedKeys, *, origin: str | None = None) -> Checkpoint:
    """Verify a signed checkpoint and read it.

    Args:
        note: The signed checkpoint.
        trusted_keys: The verifier keys to believe, or one alone; as text or as `VerifierKey`.
        origin: The log that it must be of, where one key signs for several.

    Returns:
        The checkpoint.

    Raises:
        FormatError: *note* is not a signed note, or its text is no checkpoint.
        InvalidSignatureError: A trusted key's signature is not valid, no trusted key signed, or the
            checkpoint is of another log than *origin*.
        SigningKeyError: A verifier key is not usable, two have one name and id, or there are none.
        MissingExtraError: cryptography is not installed.

    Source:
        C2SP tlog-checkpoint, "Note text". [P]

    Example:
        >>> signer = Signer("example.com/log42", bytes(32))
        >>> note = sign_checkpoint(Checkpoint("example.com/log42", 1, bytes(32)), signer)
        >>> verify_checkpoint(note, [signer.verifier_key], origin="example.com/log42").size
        1
    """
    checkpoint = parse_checkpoint(verify_note(note, trusted_keys))
    if origin is not None and checkpoint.origin != origin:
        raise InvalidSignatureError(
            f"the checkpoint is of the log {quote(checkpoint.origin)}: expected {quote(origin)}"
        )
    return checkpoint


def _by_id(trusted_keys: TrustedKeys) -> Mapping[tuple[str, bytes], VerifierKey]:
    given = [trusted_keys] if isinstance(trusted_keys, VerifierKey | str) else trusted_keys
    several = listed(given)
    if several is None:
        raise SigningKeyError(f"trusted keys {quote(trusted_keys)}: expected verifier keys, as text or VerifierKey")
    found: dict[tuple[str, bytes], VerifierKey] = {}
    for one in several:
        key = one if isinstance(one, VerifierKey) else VerifierKey.parse(one)
        if found.setdefault((key.name, key.key_id), key) != key:
            raise SigningKeyError(f"two verifier keys have the name {key.name} and the id {key.key_id.hex()}")
    if not found:
        raise SigningKeyError("there are no trusted keys: expected the log's verifier key, name+id+base64")
    return found
