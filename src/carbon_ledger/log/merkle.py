"""RFC 6962 Merkle trees over SHA-256: roots, and proofs that anybody can check offline.

The hash of a leaf is ``SHA-256(0x00 || data)`` and the hash of a node is ``SHA-256(0x01 || left || right)``, so that a
node cannot be presented as a leaf. A tree splits at the largest power of two below its size. RFC 9162 section 2.1
defines the same tree. A ``verify_...`` function returns None if the proof is valid, and raises an error if it is not.

Source:
    RFC 6962 section 2.1 and RFC 9162 section 2.1 [S], checked against the Certificate Transparency
    reference roots and the proof vectors of transparency-dev/merkle [P].
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from carbon_ledger.errors import InvalidProofError
from carbon_ledger.log.audit_path import digest, digests, join, octets, older_size, path, position_in, whole

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Hash one entry into a leaf.

    Args:
        data: The entry's bytes. [octets]

    Returns:
        The leaf's hash. [32 octets]

    Raises:
        InvalidProofError: *data* is not bytes.

    Source:
        RFC 6962 section 2.1. [S]

    Example:
        >>> leaf_hash(b"").hex()[:16]
        '6e340b9cffb37a98'
    """
    return hashlib.sha256(b"\x00" + octets(data, "leaf data")).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two nodes into their parent.

    Args:
        left: The left child's hash. [32 octets]
        right: The right child's hash. [32 octets]

    Returns:
        The parent's hash. [32 octets]

    Raises:
        InvalidProofError: A child is not 32 bytes.

    Source:
        RFC 6962 section 2.1. [S]

    Example:
        >>> node_hash(leaf_hash(b""), leaf_hash(b"\\x00")).hex()[:16]
        'fac54203e7cc696c'
    """
    return join(digest(left, "left child"), digest(right, "right child"))


def root_hash(leaf_hashes: Sequence[bytes]) -> bytes:
    """Hash a list of leaves into the tree's root.

    Args:
        leaf_hashes: One hash for each leaf, in the log's order. [32 octets each]

    Returns:
        The root. The root of an empty tree is the hash of no bytes. [32 octets]

    Raises:
        InvalidProofError: A leaf hash is not 32 bytes.

    Source:
        RFC 6962 section 2.1 (MTH). [S]

    Example:
        >>> root_hash([]).hex()[:16]
        'e3b0c44298fc1c14'
    """
    return _root(digests(leaf_hashes, "leaf hash"))


def _root(level: list[bytes]) -> bytes:
    if not level:
        return EMPTY_ROOT
    while len(level) > 1:
        parents = [join(left, right) for left, right in zip(level[::2], level[1::2], strict=False)]
        if len(level) % 2:
            # The last node has no sibling and is moved up unchanged. This gives the split that RFC 6962 defines.
            parents.append(level[-1])
        level = parents
    return level[0]


def inclusion_proof(leaf_hashes: Sequence[bytes], index: int) -> list[bytes]:
    """Prove that a leaf is in the tree at its position.

    Args:
        leaf_hashes: One hash for each leaf, in the log's order. [32 octets each]
        index: The leaf's position, from 0.

    Returns:
        The hashes that lead from the leaf to the root, from the bottom up. [32 octets each]

    Raises:
        InvalidProofError: *index* is outside the tree, or a leaf hash is not 32 bytes.

    Source:
        RFC 6962 section 2.1.1; RFC 9162 section 2.1.3.1. [S]

    Example:
        >>> leaves = [leaf_hash(entry) for entry in (b"a", b"b", b"c")]
        >>> inclusion_proof(leaves, 2) == [node_hash(leaves[0], leaves[1])]
        True
    """
    leaves = digests(leaf_hashes, "leaf hash")
    position = position_in(index, len(leaves))
    return [_root(leaves[node.start : node.stop]) for node in path(position, position + 1, len(leaves)).nodes]


def consistency_proof(leaf_hashes: Sequence[bytes], old_size: int) -> list[bytes]:
    """Prove that a tree continues an older tree: leaves were added, and no leaf was changed.

    Args:
        leaf_hashes: One hash for each leaf of the current tree. [32 octets each]
        old_size: Leaves in the older tree, from 1.

    Returns:
        The hashes that lead to both roots; an empty list if the sizes are equal. [32 octets each]

    Raises:
        InvalidProofError: *old_size* is 0 or above the tree's size, or a leaf hash is not 32 bytes.

    Source:
        RFC 6962 section 2.1.2; RFC 9162 section 2.1.4.1. [S]

    Example:
        >>> leaves = [leaf_hash(entry) for entry in (b"a", b"b", b"c")]
        >>> consistency_proof(leaves, 2) == [leaves[2]]
        True
    """
    leaves = digests(leaf_hashes, "leaf hash")
    size = older_size(old_size, len(leaves))
    return [_root(leaves[node.start : node.stop]) for node in path(0, size, len(leaves)).nodes]


def verify_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that a leaf is in a tree at its position.

    Args:
        leaf_hash: The leaf's hash. [32 octets]
        index: The leaf's position, from 0.
        size: Leaves in the tree.
        proof: The hashes that `inclusion_proof` returned. [32 octets each]
        root: The tree's root, from a checkpoint that the caller trusts. [32 octets]

    Raises:
        InvalidProofError: The proof does not lead from the leaf to the root, or an argument is malformed.

    Source:
        RFC 9162 section 2.1.3.2. [S]

    Example:
        >>> leaves = [leaf_hash(entry) for entry in (b"a", b"b", b"c")]
        >>> verify_inclusion(leaves[1], 1, 3, inclusion_proof(leaves, 1), root_hash(leaves))
    """
    leaf = digest(leaf_hash, "the leaf's hash")
    expected = digest(root, "the tree's root")
    leaves = whole(size, "the tree's size")
    position = position_in(index, leaves)
    _, reached = path(position, position + 1, leaves).fold(leaf, proof)
    if reached != expected:
        raise InvalidProofError(
            f"inclusion of leaf {position} in {leaves}: the proof leads to the root {reached.hex()}, "
            f"expected {expected.hex()}; the entry, the proof or the checkpoint belongs to another log"
        )


def verify_consistency(old_size: int, new_size: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Check that a newer tree continues an older tree.

    If both trees have the same size, nothing is hashed and the two roots are compared as they are.

    Args:
        old_size: Leaves in the older tree, from 1. Every tree continues the empty tree, so a proof from size 0 would
            prove nothing and is refused.
        new_size: Leaves in the newer tree.
        proof: The hashes that `consistency_proof` returned. [32 octets each]
        old_root: The older tree's root, which the caller stored earlier. [32 octets]
        new_root: The newer tree's root. [32 octets]

    Raises:
        InvalidProofError: The proof does not lead to both roots, or an argument is malformed.

    Source:
        RFC 9162 section 2.1.4.2. [S]

    Example:
        >>> leaves = [leaf_hash(entry) for entry in (b"a", b"b", b"c")]
        >>> proof = consistency_proof(leaves, 2)
        >>> verify_consistency(2, 3, proof, root_hash(leaves[:2]), root_hash(leaves))
    """
    leaves = whole(new_size, "the newer tree's size")
    older_leaves = older_size(old_size, leaves)
    check = octets if older_leaves == leaves else digest
    older, newer = check(old_root, "the older root"), check(new_root, "the newer root")
    reached_older, reached_newer = path(0, older_leaves, leaves).fold(older, proof)
    for name, reached, expected in (("older", reached_older, older), ("newer", reached_newer, newer)):
        if reached != expected:
            raise InvalidProofError(
                f"consistency of {older_leaves} with {leaves} leaves: the proof leads to the {name} root "
                f"{reached.hex()}, expected {expected.hex()}; history was rewritten, or the proof is wrong"
            )


class RootHasher:
    """Hash leaves into a root as they arrive, with one stored hash for each set bit of the size.

    The state is a "compact range": the roots of the full subtrees that make up the tree, the largest first.

    Example:
        >>> hasher = RootHasher()
        >>> for entry in (b"a", b"b", b"c"):
        ...     hasher.append(leaf_hash(entry))
        >>> hasher.size, hasher.root() == root_hash([leaf_hash(entry) for entry in (b"a", b"b", b"c")])
        (3, True)
    """

    __slots__ = ("_peaks", "_size")

    def __init__(self) -> None:
        """Start with an empty tree."""
        self._peaks: list[bytes] = []
        self._size = 0

    @property
    def size(self) -> int:
        """The number of leaves so far."""
        return self._size

    def append(self, leaf_hash: bytes) -> None:
        """Add the next leaf.

        Args:
            leaf_hash: The leaf's hash. [32 octets]

        Raises:
            InvalidProofError: *leaf_hash* is not 32 bytes. The tree is unchanged.
        """
        node = digest(leaf_hash, f"leaf hash {self._size}")
        # Each trailing 1 bit of the size is a full subtree of the same height as the node just computed.
        full = self._size
        while full & 1:
            node = join(self._peaks.pop(), node)
            full >>= 1
        self._peaks.append(node)
        self._size += 1

    def root(self) -> bytes:
        """Compute the root of the leaves so far. More leaves can be appended. [32 octets]"""
        if not self._peaks:
            return EMPTY_ROOT
        *larger, node = self._peaks
        for peak in reversed(larger):
            node = join(peak, node)
        return node
