"""The text format of signed notes: a text, and the signature lines below it. No signature is computed or verified here.

Source:
    C2SP signed-note, "Format" and "Signatures" [P]; the limit of 100 signatures is that of
    golang.org/x/mod/sumdb/note [P].
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from carbon_ledger.errors import FormatError
from carbon_ledger.log.text import check_line, read_base64, read_text, write_base64
from carbon_ledger.printing import quote

MAX_SIGNATURES: Final = 100
KEY_ID_BYTES: Final = 4
_PREFIX: Final = "\u2014 "  # an em dash and a space


def check_key_name(name: object) -> str:
    """Return a key's name after checking it.

    Raises:
        FormatError: *name* is not text, is empty, or contains white space, a plus or a control character.

    Source:
        C2SP signed-note, "Format". [P]

    Example:
        >>> check_key_name("example.com/log42")
        'example.com/log42'
    """
    text = check_line(name, "key name")
    if "+" in text or any(char.isspace() for char in text):
        raise FormatError(
            f"key name is {quote(text)}: expected a name without spaces and plus signs, e.g. 'example.com/log42'"
        )
    return text


def key_id(name: str, key: bytes) -> bytes:
    """Compute the key id that the key's signatures carry.

    Args:
        name: The key's name.
        key: The byte of the signature type, then the public key. For Ed25519: 0x01 and 32 bytes.

    Returns:
        The first bytes of ``SHA-256(name || 0x0A || key)``. [4 octets]

    Raises:
        FormatError: *name* is not a valid key name.

    Source:
        C2SP signed-note, "Signatures"; the example's key is from golang.org/x/mod/sumdb/note, note_test.go. [P]

    Example:
        >>> import base64
        >>> key_id("PeterNeumann", base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")).hex()
        'c74f20a3'
    """
    return hashlib.sha256(check_key_name(name).encode() + b"\n" + key).digest()[:KEY_ID_BYTES]


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line.

    Attributes:
        name: The key's name.
        key_id: The key's id. [4 octets]
        value: The signature, as the key's algorithm computed it. [octets]
    """

    name: str
    key_id: bytes
    value: bytes

    def __post_init__(self) -> None:
        """Check the fields.

        Raises:
            FormatError: The name is not a valid key name, the id is not 4 bytes, or the value is empty or not bytes.
        """
        check_key_name(self.name)
        if not isinstance(self.key_id, bytes) or len(self.key_id) != KEY_ID_BYTES:
            raise FormatError(f"signature of {quote(self.name)}: expected a key id of {KEY_ID_BYTES} bytes")
        if not isinstance(self.value, bytes) or not self.value:
            raise FormatError(f"signature of {quote(self.name)} is empty: expected bytes")

    @property
    def key(self) -> str:
        """The key that made the signature, as messages show it: ``name+id``."""
        return f"{self.name}+{self.key_id.hex()}"


@dataclass(frozen=True, slots=True)
class Note:
    """A text and its signatures, verified or not.

    Attributes:
        text: The signed text: UTF-8 with a newline at its end.
        signatures: The signature lines below the text, at least one.
    """

    text: bytes
    signatures: tuple[Signature, ...]

    def __post_init__(self) -> None:
        """Check the text and the number of signatures.

        Raises:
            FormatError: The text is not UTF-8, contains a control character or does not end with a newline, or the note
                has no signatures or more than 100.
        """
        if not read_text(self.text, "note text").endswith("\n"):
            raise FormatError("note text has no newline at its end: end the text with a newline")
        if not 1 <= len(self.signatures) <= MAX_SIGNATURES:
            raise FormatError(f"note has {len(self.signatures)} signatures: expected 1 to {MAX_SIGNATURES}")


def format_note(note: Note) -> bytes:
    """Write a signed note.

    Example:
        >>> print(format_note(Note(b"hi\\n", (Signature("example.com", bytes(4), b"sig"),))).decode(), end="")
        hi
        <BLANKLINE>
        — example.com AAAAAHNpZw==
    """
    lines = (f"{_PREFIX}{line.name} {write_base64(line.key_id + line.value)}\n" for line in note.signatures)
    return note.text + b"\n" + "".join(lines).encode()


def parse_note(data: bytes) -> Note:
    """Parse a signed note. No signature is verified.

    The text extends to the last empty line, which separates it from the signatures.

    Args:
        data: The note. [octets, at most 1,000,000]

    Raises:
        FormatError: *data* is not a note: the bytes are not UTF-8, contain a control character or have no empty line, a
            signature line is malformed, or the note has no signatures or more than 100.

    Source:
        C2SP signed-note, "Format". [P]

    Example:
        >>> parse_note("hi\\n\\n— example.com AAAAAHNpZw==\\n".encode()).signatures[0].key
        'example.com+00000000'
    """
    text, gap, below = read_text(data, "note").rpartition("\n\n")
    if not gap:
        raise FormatError("note has no empty line between its text and its signatures: expected a signed note")
    if not below.endswith("\n"):
        raise FormatError(
            "note does not end with a signature line and a newline: the note was cut short; fetch it again"
        )
    return Note(f"{text}\n".encode(), tuple(map(_parse_signature, below[:-1].split("\n"))))


def _parse_signature(line: str) -> Signature:
    name, _, text = line.removeprefix(_PREFIX).partition(" ")
    if not line.startswith(_PREFIX) or not text:
        raise FormatError(f"{quote(line, 120)} is not a signature line: expected an em dash, a key name and base64")
    raw = read_base64(text, f"signature of {quote(name)}")
    return Signature(name, raw[:KEY_ID_BYTES], raw[KEY_ID_BYTES:])
