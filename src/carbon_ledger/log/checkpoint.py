"""Checkpoints: the name of a log, its number of entries, and the root hash that commits to all entries.

Source:
    C2SP tlog-checkpoint, "Note text". [P]
"""

from dataclasses import dataclass

from carbon_ledger.errors import FormatError
from carbon_ledger.log.audit_path import HASH_BYTES
from carbon_ledger.log.merkle import EMPTY_ROOT
from carbon_ledger.log.text import check_line, count, read_base64, read_number, read_text, write_base64


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a log's tree at one size, which the log signs.

    Attributes:
        origin: The log's name, such as ``example.com/log42``.
        size: Entries in the log.
        root: The tree's root. [32 octets]
        extensions: Further lines, whose meaning each log defines. Leave them empty if possible.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check the fields.

        Raises:
            FormatError: The origin or an extension is not a line of text, the size is not an int from 0 to 2**63 - 1,
                the root is not 32 bytes, or the size is 0 and the root is not that of the empty tree.
        """
        check_line(self.origin, "checkpoint origin")
        count(self.size, "checkpoint size")
        if not isinstance(self.root, bytes) or len(self.root) != HASH_BYTES:
            actual = (
                f"{len(self.root)} bytes" if isinstance(self.root, bytes) else f"of type {type(self.root).__name__}"
            )
            raise FormatError(f"checkpoint root is {actual}: expected a SHA-256 hash of {HASH_BYTES} bytes")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise FormatError(f"checkpoint of 0 entries has the root {self.root.hex()}: expected {EMPTY_ROOT.hex()}")
        for line in self.extensions:
            check_line(line, "checkpoint extension")

    def to_dict(self) -> dict[str, str | int | list[str]]:
        """The checkpoint as plain values; the root is in hexadecimal digits."""
        return {
            "origin": self.origin,
            "size": self.size,
            "root": self.root.hex(),
            "extensions": list(self.extensions),
        }


def format_checkpoint(checkpoint: Checkpoint) -> bytes:
    """Write a checkpoint as the text that the log signs.

    Example:
        >>> print(format_checkpoint(Checkpoint("example.com/log42", 1, bytes(32))).decode(), end="")
        example.com/log42
        1
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
    """
    lines = (checkpoint.origin, str(checkpoint.size), write_base64(checkpoint.root), *checkpoint.extensions)
    return "".join(f"{line}\n" for line in lines).encode()


def parse_checkpoint(text: bytes) -> Checkpoint:
    """Read a checkpoint from the text of a note. Every checkpoint has one accepted spelling.

    Args:
        text: The note's text, without its signatures. Verify the signatures first if the checkpoint is to be trusted.

    Raises:
        FormatError: *text* has fewer than three lines, has an empty line, does not end with a newline, or has a
            malformed line.

    Source:
        C2SP tlog-checkpoint, "Note text". [P]

    Example:
        >>> parse_checkpoint(b"example.com/log42\\n1\\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\\n").size
        1
    """
    body = read_text(text, "checkpoint")
    if not body.endswith("\n"):
        raise FormatError("checkpoint has no newline at its end: the text was cut short; fetch the checkpoint again")
    lines = body[:-1].split("\n")
    if len(lines) < 3:
        raise FormatError(f"checkpoint has {len(lines)} lines: expected an origin, a size and a root hash")
    origin, size, root, *extensions = lines
    return Checkpoint(
        origin,
        read_number(size, "checkpoint size"),
        read_base64(root, "checkpoint root hash"),
        tuple(extensions),
    )
