"""Proofs about a subtree: a run of leaves ``[start, end)`` that is itself a tree inside the log's tree.

If the start is 0, these are the proofs of RFC 9162. An auditor who stored the root of one part of the log can prove
that part against any later checkpoint.

Source:
    draft-ietf-plants-merkle-tree-certs, sections on subtrees [P], checked against the vectors of
    transparency-dev/merkle [P].
"""

from collections.abc import Sequence

from carbon_ledger.errors import InvalidProofError
from carbon_ledger.log.audit_path import check_subtree, digest, digests, octets, path, whole
from carbon_ledger.log.merkle import EMPTY_ROOT, verify_inclusion


def verify_subtree_inclusion(
    leaf_hash: bytes, index: int, start: int, end: int, *, proof: Sequence[bytes], subtree_root: bytes
) -> None:
    """Check that a leaf is in a subtree, at its position in the log.

    Args:
        leaf_hash: The leaf's hash. [32 octets]
        index: The leaf's position in the log, not in the subtree.
        start: The subtree's first leaf.
        end: One past the subtree's last leaf.
        proof: The hashes that lead from the leaf to the subtree's root, from the bottom up. [32 octets each]
        subtree_root: The subtree's root. [32 octets]

    Raises:
        InvalidProofError: ``[start, end)`` is not a subtree or does not contain the leaf, the proof does not lead to
            the root, or an argument is malformed.

    Source:
        draft-ietf-plants-merkle-tree-certs, "Verifying a Subtree Inclusion Proof". [P]

    Example:
        >>> from carbon_ledger.log.merkle import leaf_hash, node_hash
        >>> left, right = leaf_hash(b"e"), leaf_hash(b"f")
        >>> verify_subtree_inclusion(right, 5, 4, 6, proof=[left], subtree_root=node_hash(left, right))
    """
    first, stop = whole(start, "the subtree's start"), whole(end, "the subtree's end")
    check_subtree(first, stop)
    position = whole(index, "the leaf's index")
    if not first <= position < stop:
        raise InvalidProofError(f"the leaf's index is {position}: expected an index in [{first}, {stop})")
    verify_inclusion(leaf_hash, position - first, stop - first, proof, subtree_root)


def verify_subtree_consistency(
    start: int, end: int, size: int, *, proof: Sequence[bytes], subtree_root: bytes, root: bytes
) -> None:
    """Check that a tree has the leaves of a subtree, at the same positions.

    An empty subtree proves nothing about the tree, so *root* is not checked. If the subtree is the whole tree, nothing
    is hashed and the two roots are compared as they are.

    Args:
        start: The subtree's first leaf.
        end: One past the subtree's last leaf.
        size: Leaves in the tree, at least *end*.
        proof: The hashes that lead to both roots. [32 octets each]
        subtree_root: The subtree's root. The root of an empty subtree is the hash of no bytes. [32 octets]
        root: The tree's root. [32 octets]

    Raises:
        InvalidProofError: ``[start, end)`` is not a subtree of the tree, the proof does not lead to both
            roots, or an argument is malformed.

    Source:
        draft-ietf-plants-merkle-tree-certs, "Verifying a Subtree Consistency Proof". [P]

    Example:
        >>> from carbon_ledger.log.merkle import leaf_hash, root_hash
        >>> leaves = [leaf_hash(entry) for entry in (b"a", b"b", b"c")]
        >>> proof = [root_hash(leaves[:2])]
        >>> verify_subtree_consistency(2, 3, 3, proof=proof, subtree_root=leaves[2], root=root_hash(leaves))
    """
    first, stop = whole(start, "the subtree's start"), whole(end, "the subtree's end")
    leaves = whole(size, "the tree's size")
    check_subtree(first, stop)
    if stop > leaves:
        raise InvalidProofError(f"the subtree's end is {stop}: expected at most {leaves}, the tree's size")
    if first == stop:
        _verify_empty(proof, subtree_root)
        return
    check = octets if stop - first == leaves else digest
    inner, outer = check(subtree_root, "the subtree's root"), check(root, "the tree's root")
    reached_inner, reached_outer = path(first, stop, leaves).fold(inner, proof)
    for name, reached, expected in (("subtree", reached_inner, inner), ("tree", reached_outer, outer)):
        if reached != expected:
            raise InvalidProofError(
                f"subtree [{first}, {stop}) of {leaves} leaves: the proof leads to the {name}'s root "
                f"{reached.hex()}, expected {expected.hex()}; the proof belongs to another log"
            )


def _verify_empty(proof: Sequence[bytes], subtree_root: bytes) -> None:
    if digests(proof, "proof hash"):
        raise InvalidProofError(f"the subtree is empty: expected no proof hashes, got {len(proof)}")
    if octets(subtree_root, "the subtree's root") != EMPTY_ROOT:
        raise InvalidProofError(f"the subtree is empty: expected the root {EMPTY_ROOT.hex()}, got {subtree_root.hex()}")
