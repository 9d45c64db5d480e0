"""Signing and verifier keys, in the text forms that C2SP and Go's note package give them.

A verifier key is public: ``name+id+base64(0x01 || public key)``. A signing key is
``PRIVATE+KEY+name+id+base64(0x01 || private key)``; it is never printed, pickled or named in an error.

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
    """Base64 in its canonical spelling, or nothing: the caller's message must not show what was given."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return data if base64.b64encode(data).decode("ascii") == text else b""


@frozen
class VerifierKey:
    """The public key of a log, by which its checkpoints are believed.

    Attributes:
        name: The key's name, such as ``example.com/log42``.
        public_key: The Ed25519 public key. [32 octets]

    Raises:
        SigningKeyError: The name has a space, a plus or nothing in it, or the key is not 32 bytes.

    Example:
        >>> key = VerifierKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
        >>> key.name, key.key_id.hex()
        ('PeterNeumann', 'c74f20a3')
    """

    name: str = field(validator=_check_name)
    public_key: bytes = field(validator=_check_public_key)

    @property
    def key_id(self) -> bytes:
        """The id that its signatures carry. [4 octets]"""
        return key_id(self.name, _TYPE + self.public_key)

    def __str__(self) -> str:
        """Write the key in its text form."""
        encoded = base64.b64encode(_TYPE + self.public_key).decode("ascii")
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Read a verifier key from its text form.

        Args:
            text: The key, as `str` writes it; a newline at its end is let pass.

        Raises:
            SigningKeyError: *text* is no verifier key, is of another type than Ed25519, or its id is not
                that of its name and key.

        Example:
            >>> text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
            >>> str(VerifierKey.parse(text)) == text
            True
        """
        if not isinstance(text, str):
            raise SigningKeyError(f"verifier key is a {type(text).__name__}: {_VERIFIER_FORM}")
        line = text.removesuffix("\n")
        if line.startswith(_PRIVATE):
            raise SigningKeyError(f"a private key was given for a verifier key: {_VERIFIER_FORM}")
        name, _, rest = line.partition("+")
        given_id, _, encoded = rest.partition("+")
        key = _decode(encoded)
        if not key:
            # What was given may be a private key by mistake, so it is not shown.
            raise SigningKeyError(f"verifier key is of another form: {_VERIFIER_FORM}")
        if key[:1] != _TYPE:
            raise SigningKeyError(f"verifier key of {quote(name)} has the type 0x{key[0]:02x}: expected 0x01, Ed25519")
        found = cls(name, key[1:])
        if given_id != found.key_id.hex():
            raise SigningKeyError(
                f"verifier key of {quote(name)} says its id is {quote(given_id, 20)}: expected {found.key_id.hex()}; "
                "it was damaged or put together by hand"
            )
        return found

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Say whether a signature is this key's, for the message.

        Args:
            signature: What the key's holder gave, without the key's id. [64 octets]
            message: What was signed. [octets]

        Raises:
            MissingExtraError: cryptography is not installed.

        Source:
            RFC 8032. [S]
        """
        return _ed25519.verifies(self.public_key, signature, message)


class Signer:
    """The private key of a log. It shows its name and id alone.

    Attributes:
        verifier_key: The public key, for whoever is to believe what it signs.

    Example:
        >>> signer = Signer("example.com/log42", bytes(32))
        >>> signer
        <Signer example.com/log42+91be052b, private key not shown>
        >>> signer.verifier_key.verifies(signer.sign(b"hi"), b"hi")
        True
    """

    __slots__ = ("_private", "verifier_key")

    def __init__(self, name: str, seed: bytes) -> None:
        """Take a private key as its bytes.

        Args:
            name: The key's name; a log's own origin, best a URL without its scheme.
            seed: The Ed25519 private key of RFC 8032. [32 octets]

        Raises:
            SigningKeyError: The name has a space, a plus or nothing in it, or the key is not 32 bytes.
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
        """The id that its signatures carry. [4 octets]"""
        return self.verifier_key.key_id

    def __repr__(self) -> str:
        """Show the name and the id, never the key."""
        return f"<Signer {self.name}+{self.key_id.hex()}, private key not shown>"

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        """Refuse to be copied or pickled, by which a key would end up where nobody looks for it.

        Raises:
            SigningKeyError: Always; `encode` gives the key to whoever asks for it by name.
        """
        raise SigningKeyError(f"{quote(self)} is not to be pickled or copied: keep it in its file")

    def sign(self, message: bytes) -> bytes:
        """Sign bytes.

        Args:
            message: What to sign. [octets]

        Returns:
            The signature, without the key's id. [64 octets]

        Raises:
            FormatError: *message* is not octets.

        Source:
            RFC 8032. [S]
        """
        if not isinstance(message, bytes):
            raise FormatError(f"message is a {type(message).__name__}: expected octets (bytes)")
        return self._private.sign(message)

    def encode(self) -> bytes:
        """Write the private key as Go's note package does, for a file that its owner alone can read."""
        encoded = base64.b64encode(_TYPE + self._private.private_bytes_raw())
        return f"{_PRIVATE}{self.name}+{self.key_id.hex()}+".encode() + encoded + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes) -> "Signer":
        """Take a signing key in its text form, as `encode` and Go's note package write it.

        Args:
            data: The key; a newline at its end is let pass.

        Raises:
            SigningKeyError: *data* is no signing key, is of another type than Ed25519, or its id is not
                that of its name and key. The message does not show what was given.
            MissingExtraError: cryptography is not installed.

        Example:
            >>> Signer.from_bytes(Signer("example.com/log42", bytes(32)).encode())
            <Signer example.com/log42+91be052b, private key not shown>
        """
        # A name may be any UTF-8; what does not decode is replaced and then fails, so that no decoding
        # error carries the key along.
        text = data.removesuffix(b"\n").decode("utf-8", "replace") if isinstance(data, bytes) else ""
        name, _, rest = text.removeprefix(_PRIVATE).partition("+")
        given_id, _, encoded = rest.partition("+")
        key = _decode(encoded)
        if not text.startswith(_PRIVATE) or not key:
            raise SigningKeyError(f"signing key: {_SIGNER_FORM}, as bytes (not shown here)")
        if key[:1] != _TYPE:
            raise SigningKeyError("signing key is of another type than Ed25519: expected 0x01 as its first byte")
        signer = cls(name, key[1:])
        if given_id != signer.key_id.hex():
            raise SigningKeyError("signing key: its id is not that of its name and key; it was damaged")
        return signer

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> "Signer":
        """Read a signing key from a file that its owner alone can read.

        Args:
            path: The file, in the form of `encode`.

        Raises:
            SigningKeyError: The file cannot be read, is not a plain file, can be read or written by others
                than its owner, or holds no signing key.
            MissingExtraError: cryptography is not installed.
        """
        return cls.from_bytes(_read_private(path_text(path, _unreadable)))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the key to a new file that its owner alone can read; none is ever overwritten.

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
        # Asked of the open file, so that nobody puts another in its place between the two.
        mode = os.fstat(file.fileno()).st_mode
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise SigningKeyError(
                f"key file {path} has the mode {stat.S_IMODE(mode):04o}, so that others can use it: "
                f"run chmod 600 {path}, or give the key as bytes; think of replacing it, as it may have been read"
            )
        return file.read(_MAX_FILE_BYTES)


def _unwritable(message: str) -> SigningKeyError:
    return SigningKeyError(f"key file {message}; it was not written")


def _unreadable(message: str) -> SigningKeyError:
    return SigningKeyError(f"key file {message}")


def generate_signer(name: str) -> Signer:
    """Make a new signing key from the system's randomness.

    Args:
        name: The key's name; a log's own origin, best a URL without its scheme.

    Raises:
        SigningKeyError: *name* has a space, a plus or nothing in it.
        MissingExtraError: cryptography is not installed.

    Example:
        >>> generate_signer("example.com/log42").name
        'example.com/log42'
    """
    return Signer(_name(name), _ed25519.generate().private_bytes_raw())
