"""The path from a part of a tree up to the tree's root, on which every proof rests.

A part is a run of leaves ``[start, end)`` that is a tree of its own: one leaf (an inclusion proof), the
first leaves (a consistency proof), or a subtree. Its path says which hashes a proof carries, in which
order, and how they are joined, for any size and without a leaf at hand.
"""

import hashlib
from collections.abc import Sequence
from typing import Final, NamedTuple

from carbon_ledger.errors import InvalidProofError
from carbon_ledger.printing import quote

HASH_BYTES: Final = 32


def whole(value: object, name: str) -> int:
    """A count or a position, checked.

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
    """A leaf's position in a tree of *size* leaves, checked.

    Raises:
        InvalidProofError: *index* is not an int, or no position in the tree.

    Example:
        >>> position_in(7, 8)
        7
    """
    position = whole(index, "the leaf's index")
    if position >= size:
        raise InvalidProofError(f"the leaf's index is {position}: expected below {size}, the tree's size")
    return position


def older_size(old_size: object, size: int) -> int:
    """The size of an older tree that a tree of *size* leaves may continue, checked.

    Raises:
        InvalidProofError: *old_size* is not an int, is 0, or is above *size*.

    Example:
        >>> older_size(8, 8)
        8
    """
    older = whole(old_size, "the older tree's size")
    if older == 0:
        raise InvalidProofError("the older tree is empty: a proof from it is meaningless, as any tree continues it")
    if older > size:
        raise InvalidProofError(f"the older tree's size is {older}: expected at most {size}, the newer tree's")
    return older


def octets(value: object, name: str) -> bytes:
    """Bytes of any length, checked.

    Raises:
        InvalidProofError: *value* is not bytes; text is not decoded for the caller.

    Example:
        >>> octets(b"entry", "data")
        b'entry'
    """
    if not isinstance(value, bytes):
        raise InvalidProofError(
            f"{name} is a {type(value).__name__}: expected bytes; decode hex or base64 before the call"
        )
    return value


def digest(value: object, name: str) -> bytes:
    """One SHA-256 hash, checked.

    Raises:
        InvalidProofError: *value* is not bytes, or not 32 of them.

    Example:
        >>> len(digest(bytes(32), "root"))
        32
    """
    given = octets(value, name)
    if len(given) != HASH_BYTES:
        raise InvalidProofError(f"{name} has {len(given)} bytes: expected a SHA-256 hash of {HASH_BYTES}")
    return given


def digests(values: object, name: str) -> list[bytes]:
    """A list of SHA-256 hashes, each of them checked.

    Raises:
        InvalidProofError: *values* is no sequence, or one of them is no hash; the message has its position.

    Example:
        >>> len(digests([bytes(32), bytes(32)], "leaf hash"))
        2
    """
    if isinstance(values, bytes | bytearray | str) or not isinstance(values, Sequence):
        raise InvalidProofError(f"{name}: expected a list of hashes, got a {type(values).__name__}")
    hashes = list(values)
    for position, value in enumerate(hashes):
        # The message is built for a bad hash alone: this runs once a leaf.
        if type(value) is not bytes or len(value) != HASH_BYTES:
            digest(value, f"{name} {position}")
    return hashes


def join(left: bytes, right: bytes) -> bytes:
    """Hash two nodes into their parent, unchecked: ``SHA-256(0x01 || left || right)``."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Sibling(NamedTuple):
    """One hash that is joined on the way up.

    Attributes:
        leaves: The leaves under it.
        on_left: Whether it stands to the left of the path.
        shared: Whether it belongs to the part as well as to the tree around it.
    """

    leaves: range
    on_left: bool
    shared: bool


class AuditPath(NamedTuple):
    """The way from the part ``[start, end)`` to the root of a tree.

    Attributes:
        part: The part's leaves.
        size: Leaves in the tree.
        seed: The leaves of the node to start from, where the part itself is no node of the tree.
        siblings: What is joined, from the bottom up.
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
        """Join a proof's hashes into the two roots that they lead to.

        Args:
            part_root: The part's own root: the start of the way, unless the proof carries another.
            proof: The hashes, in the order of `nodes`.

        Returns:
            The part's root and the tree's root.

        Raises:
            InvalidProofError: A hash is malformed, or there are more or fewer than the path takes.
        """
        hashes = digests(proof, "proof hash")
        if len(hashes) != len(self.nodes):
            raise InvalidProofError(
                f"the proof has {len(hashes)} hashes, but leaves [{self.part.start}, {self.part.stop}) "
                f"of {self.size} take {len(self.nodes)}: it was made for other leaves or another size"
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
    """Refuse a run of leaves that is no subtree.

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
        raise InvalidProofError(f"leaves [{start}, {end}): the end lies before the start")
    unit = 1 << max(end - start - 1, 0).bit_length()
    if start % unit:
        raise InvalidProofError(
            f"leaves [{start}, {end}) are no subtree: the start must be a multiple of {unit}, "
            "the length rounded up to a power of two"
        )


def path(start: int, end: int, size: int) -> AuditPath:
    """Find the way from a part of a tree to its root.

    A tree splits at the largest power of two below its size (RFC 6962 section 2.1), so the way down
    from the root is known from the numbers alone. Where a split falls inside the part, its left half
    belongs to both, and the search goes on in the right half.

    Args:
        start: First leaf of the part.
        end: One past its last leaf, above *start*.
        size: Leaves in the tree, at least *end*.

    Returns:
        The path, from the part upward.

    Raises:
        InvalidProofError: The part is empty, is no subtree, or does not lie inside the tree.

    Source:
        RFC 6962 sections 2.1.1 and 2.1.2 (PATH and PROOF), in one: an inclusion proof is
        ``path(m, m + 1, n)``, a consistency proof ``path(0, m, n)``. [S]

    Example:
        >>> [(node.start, node.stop) for node in path(0, 3, 7).nodes]
        [(2, 3), (3, 4), (0, 2), (4, 7)]
    """
    check_subtree(start, end)
    if not 0 <= start < end <= size:
        raise InvalidProofError(f"leaves [{start}, {end}) are empty or not inside a tree of {size} leaves")
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
