"""Sign and verify checkpoints: C2SP signed notes over Ed25519.

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
        signers: One key or more, in the order of their signature lines.

    Returns:
        The signed note.

    Raises:
        FormatError: The text is not bytes or is not a valid note text, or no signer is given.
        SigningKeyError: A signer is not a `Signer`.

    Example:
        >>> note = sign_note(b"hi\\n", Signer("example.com/log42", bytes(32)))
        >>> note.decode().splitlines()[2][:19]
        '— example.com/log42'
    """
    for signer in signers:
        if not isinstance(signer, Signer):
            raise SigningKeyError(f"signer {quote(signer)}: expected a Signer, e.g. Signer.from_file(path)")
    signatures = tuple(Signature(signer.name, signer.key_id, signer.sign(text)) for signer in signers)
    return format_note(Note(text, signatures))


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> bytes:
    """Sign a log's checkpoint with the log's key.

    The signer vouches that the log continues every checkpoint that the key signed before.

    Args:
        checkpoint: The log's state.
        signer: The log's key, whose name is the log's origin.

    Returns:
        The signed note, as it is published at ``checkpoint``.

    Raises:
        SigningKeyError: The key's name is not the checkpoint's origin: the key belongs to another log.

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
            f"the key {signer.name} cannot sign for the log {checkpoint.origin}: expected a key with the log's name"
        )
    return sign_note(format_checkpoint(checkpoint), signer)


def verify_note(note: bytes, trusted_keys: TrustedKeys) -> bytes:
    """Verify a signed note and return its text.

    Signatures of unknown keys are ignored. A signature with the name and id of a trusted key must be valid under that
    key, or the whole note is refused.

    Args:
        note: The signed note.
        trusted_keys: The trusted verifier keys, or a single key, as text or as `VerifierKey`.

    Returns:
        The text that a trusted key signed, with its newline.

    Raises:
        FormatError: *note* is not a signed note.
        InvalidSignatureError: A trusted key's signature is not valid, or no trusted key signed.
        SigningKeyError: A verifier key is malformed, two keys have the same name and id, or no key is given.
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
                "fetch the note again, and save this note as evidence"
            )
        verified = True
    if not verified:
        signed = ", ".join(dict.fromkeys(signature.key for signature in parsed.signatures))
        wanted = ", ".join(f"{name}+{key_id.hex()}" for name, key_id in trusted)
        raise InvalidSignatureError(f"the note is signed by {signed:.400}: expected a signature of {wanted:.400}")
    return parsed.text


def verify_checkpoint(note: bytes, trusted_keys: TrustedKeys, *, origin: str | None = None) -> Checkpoint:
    """Verify a signed checkpoint and read it.

    Args:
        note: The signed checkpoint.
        trusted_keys: The trusted verifier keys, or a single key, as text or as `VerifierKey`.
        origin: The log that the checkpoint must belong to. Useful if one key signs for several logs.

    Returns:
        The checkpoint.

    Raises:
        FormatError: *note* is not a signed note, or its text is not a checkpoint.
        InvalidSignatureError: A trusted key's signature is not valid, no trusted key signed, or the
            checkpoint belongs to a log other than *origin*.
        SigningKeyError: A verifier key is malformed, two keys have the same name and id, or no key is given.
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
            f"the checkpoint belongs to the log {quote(checkpoint.origin)}: expected {quote(origin)}"
        )
    return checkpoint


def _by_id(trusted_keys: TrustedKeys) -> Mapping[tuple[str, bytes], VerifierKey]:
    keys = listed([trusted_keys] if isinstance(trusted_keys, VerifierKey | str) else trusted_keys)
    if keys is None:
        raise SigningKeyError(f"trusted keys {quote(trusted_keys)}: expected verifier keys, as text or VerifierKey")
    found: dict[tuple[str, bytes], VerifierKey] = {}
    for item in keys:
        key = item if isinstance(item, VerifierKey) else VerifierKey.parse(item)
        if found.setdefault((key.name, key.key_id), key) != key:
            raise SigningKeyError(
                f"two trusted keys have the name {key.name} and the id {key.key_id.hex()}: pass only one of them"
            )
    if not found:
        raise SigningKeyError("no trusted key was given: expected the log's verifier key, name+id+base64")
    return found
