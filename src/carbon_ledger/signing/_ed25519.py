"""Ed25519 with the library ``cryptography``, which is loaded at its first use. No other module imports the library."""

from typing import TYPE_CHECKING, Final

from carbon_ledger.errors import MissingExtraError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_BYTES: Final = 32
_ABSENT: Final = "signatures need the library cryptography: pip install 'carbon-ledger[sign]'"


def generate() -> "Ed25519PrivateKey":
    """Make a new private key from the system's randomness.

    Raises:
        MissingExtraError: cryptography is not installed.
    """
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    except ImportError as error:
        raise MissingExtraError(_ABSENT) from error
    return Ed25519PrivateKey.generate()


def load(seed: bytes) -> "Ed25519PrivateKey":
    """Load a private key from its 32 bytes.

    Raises:
        MissingExtraError: cryptography is not installed.
    """
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    except ImportError as error:
        raise MissingExtraError(_ABSENT) from error
    return Ed25519PrivateKey.from_private_bytes(seed)


def verifies(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Check whether a signature of a message was made with a key.

    Raises:
        MissingExtraError: cryptography is not installed.
    """
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError as error:
        raise MissingExtraError(_ABSENT) from error
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True
