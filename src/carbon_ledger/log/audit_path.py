"""Audit paths: the hashes that lead from a part of a tree to the tree's root.

A part is a run of leaves ``[start, end)`` that is a tree itself: one leaf (for an inclusion proof), the first leaves
(for a consistency proof), or a subtree. The path of a part lists the hashes of a proof, their order, and how to combine
them. It is computed from the numbers of leaves alone.
"""

import hashlib
from collections.abc import Sequence
from typing import Final, NamedTuple

from carbon_ledger.errors import InvalidProofError
from carbon_ledger.printing import quote

HASH_BYTES: Final = 32


def whole(value: object, name: str) -> int:
    """Return a count or a position after checking it.

    Args:
        value: The count or position.
        name: What the number counts, for the message.

    Raises:
        InvalidProofError: *value* is not an int, or is below 0.

    Example:
        >>> whole(8, "tree size")
        8
    """
    if type(value) is not int:
        raise InvalidProofError(f"{name} is {quote(value)}: expected an int, got a {type(value).__name__}")
    if value < 0:
        raise InvalidProofError(f"{name} is negative ({value}): expected 0 or more")
    return value


def position_in(index: object, size: int) -> int:
    """Return a leaf's position in a tree of *size* leaves after checking it.

    Raises:
        InvalidProofError: *index* is not an int, or is outside the tree.

    Example:
        >>> position_in(7, 8)
        7
    """
    position = whole(index, "the leaf's index")
    if position >= size:
        raise InvalidProofError(f"the leaf's index is {position}: expected below {size}, the tree's size")
    return position


def older_size(old_size: object, size: int) -> int:
    """Return the size of an older tree that a tree of *size* leaves may continue, after checking it.

    Raises:
        InvalidProofError: *old_size* is not an int, is 0, or is above *size*.

    Example:
        >>> older_size(8, 8)
        8
    """
    older = whole(old_size, "the older tree's size")
    if older == 0:
        raise InvalidProofError(
            "the older tree is empty: expected 1 leaf or more, since every tree continues the empty tree"
        )
    if older > size:
        raise InvalidProofError(f"the older tree's size is {older}: expected at most {size}, the newer tree's size")
    return older


def octets(value: object, name: str) -> bytes:
    """Return bytes of any length after checking their type.

    Raises:
        InvalidProofError: *value* is not bytes. Hexadecimal or base64 text is not decoded.

    Example:
        >>> octets(b"entry", "data")
        b'entry'
    """
    if not isinstance(value, bytes):
        raise InvalidProofError(
            f"{name} is of type {type(value).__name__}: expected bytes; decode hex or base64 before the call"
        )
    return value


def digest(value: object, name: str) -> bytes:
    """Return a SHA-256 hash after checking its type and length.

    Raises:
        InvalidProofError: *value* is not bytes, or is not 32 bytes long.

    Example:
        >>> len(digest(bytes(32), "root"))
        32
    """
    data = octets(value, name)
    if len(data) != HASH_BYTES:
        raise InvalidProofError(f"{name} has {len(data)} bytes: expected a SHA-256 hash of {HASH_BYTES} bytes")
    return data


def digests(values: object, name: str) -> list[bytes]:
    """Return a list of SHA-256 hashes after checking each hash.

    Raises:
        InvalidProofError: *values* is not a sequence, or an item is not a hash. The message gives the item's position.

    Example:
        >>> len(digests([bytes(32), bytes(32)], "leaf hash"))
        2
    """
    if isinstance(values, bytes | bytearray | str) or not isinstance(values, Sequence):
        raise InvalidProofError(f"{name}: expected a list of hashes, got a {type(values).__name__}")
    hashes = list(values)
    for position, value in enumerate(hashes):
        # The message is built only for a bad hash, because this loop runs once for each leaf.
        if type(value) is not bytes or len(value) != HASH_BYTES:
            digest(value, f"{name} {position}")
    return hashes


def join(left: bytes, right: bytes) -> bytes:
    """Hash two nodes into their parent, ``SHA-256(0x01 || left || right)``, without checking the nodes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Sibling(NamedTuple):
    """One hash that is combined with the path on the way up.

    Attributes:
        leaves: The leaves under the hash.
        on_left: Whether the hash is the left child of its parent.
        shared: Whether the hash belongs to the part as well as to the whole tree.
    """

    leaves: range
    on_left: bool
    shared: bool


class AuditPath(NamedTuple):
    """The path from the part ``[start, end)`` to the root of a tree.

    Attributes:
        part: The part's leaves.
        size: Leaves in the tree.
        seed: The leaves of the node to start from if the part itself is not a node of the tree, else None.
        siblings: The hashes to combine, from the bottom up.
    """

    part: range
    size: int
    seed: range | None
    siblings: tuple[Sibling, ...]

    @property
    def nodes(self) -> tuple[range, ...]:
        """The leaves under each hash of a proof, in the proof's order."""
        above = tuple(sibling.leaves for sibling in self.siblings)
        return above if self.seed is None else (self.seed, *above)

    def fold(self, part_root: bytes, proof: Sequence[bytes]) -> tuple[bytes, bytes]:
        """Combine a proof's hashes into the part's root and the tree's root.

        Args:
            part_root: The part's root. The path starts from it unless the path has a *seed*.
            proof: The hashes, in the order of `nodes`.

        Returns:
            The part's root and the tree's root.

        Raises:
            InvalidProofError: A hash is malformed, or the number of hashes is not that of the path.
        """
        hashes = digests(proof, "proof hash")
        if len(hashes) != len(self.nodes):
            raise InvalidProofError(
                f"the proof has {len(hashes)} hashes: leaves [{self.part.start}, {self.part.stop}) of {self.size} "
                f"need {len(self.nodes)}; the proof was made for other leaves or for a tree of another size"
            )
        if self.seed is None:
            part = tree = part_root
        else:
            part = tree = hashes.pop(0)
        for sibling, node in zip(self.siblings, hashes, strict=True):
            if sibling.shared:
                part = join(node, part)
            tree = join(node, tree) if sibling.on_left else join(tree, node)
        return part, tree


def check_subtree(start: int, end: int) -> None:
    """Raise an error if a run of leaves is not a subtree.

    Args:
        start: First leaf.
        end: One past the last leaf.

    Raises:
        InvalidProofError: The run ends before it starts, or its start is not a multiple of its
            length rounded up to a power of two.

    Source:
        draft-ietf-plants-merkle-tree-certs, "Definition of a Subtree". [P]

    Example:
        >>> check_subtree(8, 13)
    """
    if end < start:
        raise InvalidProofError(f"leaves [{start}, {end}): the end is before the start")
    unit = 1 << max(end - start - 1, 0).bit_length()
    if start % unit:
        raise InvalidProofError(
            f"leaves [{start}, {end}) are not a subtree: expected a start that is a multiple of {unit}, "
            "the number of leaves rounded up to a power of two"
        )


def path(start: int, end: int, size: int) -> AuditPath:
    """Find the path from a part of a tree to the tree's root.

    A tree splits at the largest power of two below its size (RFC 6962 section 2.1), so the path down from the root
    follows from the numbers alone. If a split falls inside the part, the left half belongs to both the part and the
    tree, and the search continues in the right half.

    Args:
        start: First leaf of the part.
        end: One past the last leaf of the part, above *start*.
        size: Leaves in the tree, at least *end*.

    Returns:
        The path, from the part upward.

    Raises:
        InvalidProofError: The part is empty, is not a subtree, or extends past the end of the tree.

    Source:
        RFC 6962 sections 2.1.1 and 2.1.2 (PATH and PROOF), combined: an inclusion proof is ``path(m, m + 1, n)``,
        and a consistency proof is ``path(0, m, n)``. [S]

    Example:
        >>> [(node.start, node.stop) for node in path(0, 3, 7).nodes]
        [(2, 3), (3, 4), (0, 2), (4, 7)]
    """
    check_subtree(start, end)
    if not 0 <= start < end <= size:
        raise InvalidProofError(f"leaves [{start}, {end}): expected one leaf or more inside a tree of {size} leaves")
    low, high, first = 0, size, start
    downward = []
    while (low, high) != (first, end):
        middle = low + (1 << (high - low - 1).bit_length() - 1)
        if end <= middle:
            downward.append(Sibling(range(middle, high), on_left=False, shared=False))
            high = middle
        else:
            downward.append(Sibling(range(low, middle), on_left=True, shared=first < middle))
            low, first = middle, max(first, middle)
    seed = range(first, end) if first > start else None
    return AuditPath(range(start, end), size, seed, tuple(reversed(downward)))
