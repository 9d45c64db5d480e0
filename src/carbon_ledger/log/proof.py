"""Proof files: an entry's position in a log, the hashes that lead to the log's root, and the signed checkpoint.

Source:
    C2SP tlog-proof, "Format". [P]
"""

from dataclasses import dataclass
from typing import Final

from carbon_ledger.errors import FormatError
from carbon_ledger.log.audit_path import HASH_BYTES
from carbon_ledger.log.text import MAX_BYTES, count, read_base64, read_number, write_base64
from carbon_ledger.printing import quote

HEADER: Final = "c2sp.org/tlog-proof@v1"
MAX_HASHES: Final = 63  # the height of the largest tree


@dataclass(frozen=True, slots=True)
class TlogProof:
    """The content of a ``.tlog-proof`` file. The proof is not verified when the file is read.

    Attributes:
        index: The entry's position in the log, from 0.
        hashes: The inclusion proof, from the leaf's sibling up. [32 octets each]
        checkpoint: The signed checkpoint, byte for byte as the log issued it.
        extra: Data that no signature covers; may be empty.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""

    def __post_init__(self) -> None:
        """Check the fields.

        Raises:
            FormatError: The index is not an int from 0 to 2**63 - 1, a hash is not 32 bytes, there are more than 63
                hashes, the checkpoint is not bytes or is empty, or the extra data are not bytes.
        """
        count(self.index, "proof index")
        if len(self.hashes) > MAX_HASHES:
            raise FormatError(f"proof has {len(self.hashes)} hashes: expected at most {MAX_HASHES}")
        for position, item in enumerate(self.hashes):
            if not isinstance(item, bytes) or len(item) != HASH_BYTES:
                raise FormatError(f"proof hash {position}: expected a SHA-256 hash of {HASH_BYTES} bytes")
        if not isinstance(self.checkpoint, bytes) or not self.checkpoint:
            raise FormatError("proof has no checkpoint: expected a signed checkpoint, as bytes")
        if not isinstance(self.extra, bytes):
            raise FormatError(f"proof extra data are a {type(self.extra).__name__}: expected bytes")


def format_proof(proof: TlogProof) -> bytes:
    """Write a proof file.

    Example:
        >>> format_proof(TlogProof(0, (), b"checkpoint\\n"))
        b'c2sp.org/tlog-proof@v1\\nindex 0\\n\\ncheckpoint\\n'
    """
    extra = [f"extra {write_base64(proof.extra)}"] if proof.extra else []
    lines = [HEADER, *extra, f"index {proof.index}", *map(write_base64, proof.hashes), ""]
    return "".join(f"{line}\n" for line in lines).encode("ascii") + proof.checkpoint


def parse_proof(data: bytes) -> TlogProof:
    """Read a proof file. The proof is not verified.

    Args:
        data: The file. [octets, at most 1,000,000]

    Raises:
        FormatError: *data* is not a proof file of version 1.

    Source:
        C2SP tlog-proof, "Format". [P]

    Example:
        >>> parse_proof(b"c2sp.org/tlog-proof@v1\\nindex 0\\n\\ncheckpoint\\n").index
        0
    """
    if not isinstance(data, bytes) or len(data) > MAX_BYTES:
        actual = f"{len(data)} bytes" if isinstance(data, bytes) else f"of type {type(data).__name__}"
        raise FormatError(f"proof is {actual}: expected bytes, at most {MAX_BYTES}")
    head, gap, checkpoint = data.partition(b"\n\n")
    if not gap or not head.isascii():
        raise FormatError(
            "proof has no empty line between its hashes and its checkpoint: expected a whole .tlog-proof file; "
            "pass the file as it was given out"
        )
    header, *lines = head.decode("ascii").split("\n")
    if header != HEADER:
        raise FormatError(f"proof begins with {quote(header)}: expected {HEADER}")
    extra = b""
    if lines and lines[0].startswith("extra "):
        extra = read_base64(lines.pop(0).removeprefix("extra "), "proof extra data")
    if not lines or not lines[0].startswith("index "):
        raise FormatError("proof has no index line: expected e.g. 'index 73894'")
    index = read_number(lines[0].removeprefix("index "), "proof index")
    hashes = tuple(read_base64(line, f"proof hash {at}") for at, line in enumerate(lines[1:]))
    return TlogProof(index, hashes, checkpoint, extra)
