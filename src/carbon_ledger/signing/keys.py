"""Signing keys and verifier keys, in the text forms of C2SP and Go's note package.

A verifier key is public: ``name+id+base64(0x01 || public key)``. A signing key is
``PRIVATE+KEY+name+id+base64(0x01 || private key)``. It is never printed, pickled or shown in an error.

Source:
    C2SP signed-note, "Signatures" and "Ed25519 signatures" [P]; golang.org/x/mod/sumdb/note, note.go,
    NewSigner and NewVerifier [P].
"""

import base64
import binascii
import os
import stat
from typing import Any, Final, NoReturn

from attrs import Attribute, field, frozen

from carbon_ledger.errors import FormatError, SigningKeyError
from carbon_ledger.files import path_text, reading
from carbon_ledger.log.note import check_key_name, key_id
from carbon_ledger.printing import quote
from carbon_ledger.signing import _ed25519

_TYPE: Final = b"\x01"  # Ed25519, in C2SP signed-note's list of signature types
_PRIVATE: Final = "PRIVATE+KEY+"
_MAX_FILE_BYTES: Final = 4096
_VERIFIER_FORM: Final = "expected name+id+base64, e.g. 'example.com/log42+0a1b2c3d+AQ...'"
_SIGNER_FORM: Final = "expected PRIVATE+KEY+name+id+base64"


def _name(value: object) -> str:
    try:
        return check_key_name(value)
    except FormatError as error:
        raise SigningKeyError(str(error)) from error


def _check_name(_: "VerifierKey", __: "Attribute[str]", value: str) -> None:
    _name(value)


def _check_public_key(_: "VerifierKey", __: "Attribute[bytes]", value: bytes) -> None:
    if not isinstance(value, bytes) or len(value) != _ed25519.KEY_BYTES:
        raise SigningKeyError(f"verifier key: expected an Ed25519 public key of {_ed25519.KEY_BYTES} bytes")


def _decode(text: str) -> bytes:
    """Decode canonical base64; other text gives empty bytes, since the caller's error must not show the text."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return data if base64.b64encode(data).decode("ascii") == text else b""


@frozen
class VerifierKey:
    """The public key of a log, with which its checkpoints are verified.

    Attributes:
        name: The key's name, such as ``example.com/log42``.
        public_key: The Ed25519 public key. [32 octets]

    Raises:
        SigningKeyError: The name is empty or contains a space or a plus, or the key is not 32 bytes.

    Example:
        >>> key = VerifierKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
        >>> key.name, key.key_id.hex()
        ('PeterNeumann', 'c74f20a3')
    """

    name: str = field(validator=_check_name)
    public_key: bytes = field(validator=_check_public_key)

    @property
    def key_id(self) -> bytes:
        """The key id that the key's signatures carry. [4 octets]"""
        return key_id(self.name, _TYPE + self.public_key)

    def to_dict(self) -> dict[str, str]:
        """The key as plain values: its name, its id in hexadecimal digits, and its text form."""
        return {"name": self.name, "key_id": self.key_id.hex(), "key": str(self)}

    def __str__(self) -> str:
        """Write the key in its text form."""
        encoded = base64.b64encode(_TYPE + self.public_key).decode("ascii")
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Read a verifier key from its text form.

        Args:
            text: The key, as `str` writes it. A newline at the end is allowed.

        Raises:
            SigningKeyError: *text* is not a verifier key, the key is not an Ed25519 key, or its id does not match its
                name and key.

        Example:
            >>> text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
            >>> str(VerifierKey.parse(text)) == text
            True
        """
        if not isinstance(text, str):
            raise SigningKeyError(f"verifier key is of type {type(text).__name__}: {_VERIFIER_FORM}")
        line = text.removesuffix("\n")
        if line.startswith(_PRIVATE):
            raise SigningKeyError(f"verifier key is a private key: {_VERIFIER_FORM}")
        name, _, rest = line.partition("+")
        stated_id, _, encoded = rest.partition("+")
        key = _decode(encoded)
        if not key:
            # The text may be a private key by mistake, so the message does not show it.
            raise SigningKeyError(f"verifier key is malformed (not shown here): {_VERIFIER_FORM}")
        if key[:1] != _TYPE:
            raise SigningKeyError(f"verifier key of {quote(name)} has the type 0x{key[0]:02x}: expected 0x01, Ed25519")
        found = cls(name, key[1:])
        if stated_id != found.key_id.hex():
            raise SigningKeyError(
                f"verifier key of {quote(name)} has the id {quote(stated_id, 20)}: expected {found.key_id.hex()}; "
                "the key is damaged or was assembled by hand; obtain it again from its owner"
            )
        return found

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Check whether a signature of a message was made with this key.

        Args:
            signature: The signature, without the key's id. [64 octets]
            message: The signed message. [octets]

        Raises:
            MissingExtraError: cryptography is not installed.

        Source:
            RFC 8032. [S]
        """
        return _ed25519.verifies(self.public_key, signature, message)


class Signer:
    """The private key of a log. Its ``repr`` shows only the key's name and id.

    Attributes:
        verifier_key: The public key, with which others verify the signatures.

    Example:
        >>> signer = Signer("example.com/log42", bytes(32))
        >>> signer
        <Signer example.com/log42+91be052b, private key not shown>
        >>> signer.verifier_key.verifies(signer.sign(b"hi"), b"hi")
        True
    """

    __slots__ = ("_private", "verifier_key")

    def __init__(self, name: str, seed: bytes) -> None:
        """Make a signer from the bytes of a private key.

        Args:
            name: The key's name: the log's origin, preferably a URL without its scheme.
            seed: The Ed25519 private key of RFC 8032. [32 octets]

        Raises:
            SigningKeyError: The name is empty or contains a space or a plus, or the key is not 32 bytes.
            MissingExtraError: cryptography is not installed.
        """
        if not isinstance(seed, bytes) or len(seed) != _ed25519.KEY_BYTES:
            raise SigningKeyError(f"signing key: expected an Ed25519 private key of {_ed25519.KEY_BYTES} bytes")
        checked = _name(name)
        self._private = _ed25519.load(seed)
        self.verifier_key = VerifierKey(checked, self._private.public_key().public_bytes_raw())

    @property
    def name(self) -> str:
        """The key's name."""
        return self.verifier_key.name

    @property
    def key_id(self) -> bytes:
        """The key id that the key's signatures carry. [4 octets]"""
        return self.verifier_key.key_id

    def __repr__(self) -> str:
        """Return the key's name and id, without the key itself."""
        return f"<Signer {self.name}+{self.key_id.hex()}, private key not shown>"

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        """Refuse to be copied or pickled, so that no copy of the key is stored by accident.

        Raises:
            SigningKeyError: Always. Use `encode` to write the key on purpose.
        """
        raise SigningKeyError(f"{quote(self)} cannot be pickled or copied: load the key from its file where it is used")

    def sign(self, message: bytes) -> bytes:
        """Sign bytes.

        Args:
            message: The bytes to sign. [octets]

        Returns:
            The signature, without the key's id. [64 octets]

        Raises:
            FormatError: *message* is not bytes.

        Source:
            RFC 8032. [S]
        """
        if not isinstance(message, bytes):
            raise FormatError(f"message is of type {type(message).__name__}: expected octets (bytes)")
        return self._private.sign(message)

    def encode(self) -> bytes:
        """Write the private key in the form of Go's note package, for a file that only its owner can read."""
        encoded = base64.b64encode(_TYPE + self._private.private_bytes_raw())
        return f"{_PRIVATE}{self.name}+{self.key_id.hex()}+".encode() + encoded + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes) -> "Signer":
        """Read a signing key in its text form, as `encode` and Go's note package write it.

        Args:
            data: The key. A newline at the end is allowed.

        Raises:
            SigningKeyError: *data* is not a signing key, the key is not an Ed25519 key, or its id does not match its
                name and key. The message does not show *data*.
            MissingExtraError: cryptography is not installed.

        Example:
            >>> Signer.from_bytes(Signer("example.com/log42", bytes(32)).encode())
            <Signer example.com/log42+91be052b, private key not shown>
        """
        # A name may be any UTF-8. Bytes that do not decode are replaced and refused below: a UnicodeDecodeError would
        # contain the key.
        text = data.removesuffix(b"\n").decode("utf-8", "replace") if isinstance(data, bytes) else ""
        name, _, rest = text.removeprefix(_PRIVATE).partition("+")
        stated_id, _, encoded = rest.partition("+")
        key = _decode(encoded)
        if not text.startswith(_PRIVATE) or not key:
            raise SigningKeyError(f"signing key is malformed (not shown here): {_SIGNER_FORM}, as bytes")
        if key[:1] != _TYPE:
            raise SigningKeyError("signing key is not an Ed25519 key: expected 0x01 as its first byte")
        signer = cls(name, key[1:])
        if stated_id != signer.key_id.hex():
            raise SigningKeyError(
                "signing key has an id that does not match its name and key: the key is damaged; restore it from a copy"
            )
        return signer

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> "Signer":
        """Read a signing key from a file that only its owner can read.

        Args:
            path: The file, in the form of `encode`.

        Raises:
            SigningKeyError: The file cannot be read, is not a regular file, can be read or written by anybody other
                than its owner, or does not contain a signing key.
            MissingExtraError: cryptography is not installed.
        """
        return cls.from_bytes(_read_private(path_text(path, _unreadable)))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the key to a new file that only its owner can read. An existing file is never overwritten.

        Args:
            path: The file, which must not exist.

        Raises:
            SigningKeyError: The file exists or cannot be written.
        """
        name = path_text(path, _unwritable)
        try:
            descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "wb") as file:
                file.write(self.encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise SigningKeyError(f"key file {name} cannot be written: {error.strerror}") from error


def _read_private(path: str) -> bytes:
    with reading(path, _unreadable) as file:
        # The mode is read from the open file, so that the file cannot be replaced between the check and the read.
        mode = os.fstat(file.fileno()).st_mode
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise SigningKeyError(
                f"key file {path} has the mode {stat.S_IMODE(mode):04o}, with which other users can access the key: "
                f"run chmod 600 {path}, or pass the key as bytes; consider a new key, as others may have read this one"
            )
        return file.read(_MAX_FILE_BYTES)


def _unwritable(message: str) -> SigningKeyError:
    return SigningKeyError(f"key file {message}; the key was not written")


def _unreadable(message: str) -> SigningKeyError:
    return SigningKeyError(f"key file {message}")


def generate_signer(name: str) -> Signer:
    """Make a new signing key from the system's randomness.

    Args:
        name: The key's name: the log's origin, preferably a URL without its scheme.

    Raises:
        SigningKeyError: *name* is empty or contains a space or a plus.
        MissingExtraError: cryptography is not installed.

    Example:
        >>> generate_signer("example.com/log42").name
        'example.com/log42'
    """
    return Signer(_name(name), _ed25519.generate().private_bytes_raw())
