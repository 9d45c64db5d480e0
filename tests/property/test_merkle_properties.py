"""Invariant 24: leaf hashes, roots and proofs are RFC 6962's, held against its own recursive definitions."""

import hashlib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from carbon_ledger.errors import InvalidProofError
from carbon_ledger.log.merkle import (
    RootHasher,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_hash,
    verify_consistency,
    verify_inclusion,
)
from carbon_ledger.log.subtrees import verify_subtree_consistency, verify_subtree_inclusion

LARGEST = 70
ENTRIES = [f"entry {number}".encode() for number in range(LARGEST)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def split(size: int) -> int:
    """The largest power of two smaller than *size*."""
    power = 1
    while power * 2 < size:
        power *= 2
    return power


def mth(entries: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, over the entries themselves."""
    if not entries:
        return hashlib.sha256().digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    k = split(len(entries))
    return hashlib.sha256(b"\x01" + mth(entries[:k]) + mth(entries[k:])).digest()


def audit_path(m: int, entries: list[bytes]) -> list[bytes]:
    """RFC 6962 section 2.1.1, PATH."""
    if len(entries) == 1:
        return []
    k = split(len(entries))
    if m < k:
        return [*audit_path(m, entries[:k]), mth(entries[k:])]
    return [*audit_path(m - k, entries[k:]), mth(entries[:k])]


def subproof(m: int, entries: list[bytes], complete: bool) -> list[bytes]:
    """RFC 6962 section 2.1.2, SUBPROOF."""
    if m == len(entries):
        return [] if complete else [mth(entries)]
    k = split(len(entries))
    if m <= k:
        return [*subproof(m, entries[:k], complete), mth(entries[k:])]
    return [*subproof(m - k, entries[k:], False), mth(entries[:k])]


def subtree_subproof(start: int, end: int, entries: list[bytes], known: bool) -> list[bytes]:
    """draft-ietf-plants-merkle-tree-certs, SUBTREE_SUBPROOF."""
    if (start, end) == (0, len(entries)):
        return [] if known else [mth(entries)]
    k = split(len(entries))
    if end <= k:
        return [*subtree_subproof(start, end, entries[:k], known), mth(entries[k:])]
    if k <= start:
        return [*subtree_subproof(start - k, end - k, entries[k:], known), mth(entries[:k])]
    return [*subtree_subproof(0, end - k, entries[k:], False), mth(entries[:k])]


def flip(value: bytes, bit: int) -> bytes:
    """*value* with one bit altered."""
    place, shift = divmod(bit, 8)
    return value[:place] + bytes([value[place] ^ (1 << shift)]) + value[place + 1 :]


sizes = st.integers(1, LARGEST)
bits = st.integers(0, 255)


@st.composite
def subtrees(draw: st.DrawFn) -> tuple[int, int, int]:
    """A subtree ``[start, end)`` and the size of a tree around it."""
    length = draw(sizes)
    unit = 1
    while unit < length:
        unit *= 2
    start = unit * draw(st.integers(0, (LARGEST - length) // unit))
    return start, start + length, draw(st.integers(start + length, LARGEST))


@given(st.lists(st.binary(max_size=80), max_size=LARGEST))
def test_roots_are_the_recursive_definition(entries: list[bytes]) -> None:
    leaves = [leaf_hash(entry) for entry in entries]
    assert root_hash(leaves) == mth(entries)
    hasher = RootHasher()
    for size, leaf in enumerate(leaves):
        assert (hasher.size, hasher.root()) == (size, root_hash(leaves[:size]))
        hasher.append(leaf)
    assert (hasher.size, hasher.root()) == (len(entries), mth(entries))


@pytest.mark.parametrize("size", range(1, LARGEST + 1))
def test_every_proof_of_a_size_is_the_definition_and_verifies(size: int) -> None:
    leaves, entries = LEAVES[:size], ENTRIES[:size]
    root = mth(entries)
    for index in range(size):
        proof = inclusion_proof(leaves, index)
        assert proof == audit_path(index, entries)
        verify_inclusion(leaves[index], index, size, proof, root)
    for old_size in range(1, size + 1):
        proof = consistency_proof(leaves, old_size)
        assert proof == subproof(old_size, entries, True)
        verify_consistency(old_size, size, proof, mth(entries[:old_size]), root)


@given(sizes, st.data(), bits)
def test_any_altered_bit_breaks_an_inclusion_proof(size: int, data: st.DataObject, bit: int) -> None:
    index = data.draw(st.integers(0, size - 1))
    hashes = [LEAVES[index], root_hash(LEAVES[:size]), *inclusion_proof(LEAVES[:size], index)]
    altered = data.draw(st.integers(0, len(hashes) - 1))
    hashes[altered] = flip(hashes[altered], bit)
    leaf, root, *proof = hashes
    with pytest.raises(InvalidProofError, match="leads to the root"):
        verify_inclusion(leaf, index, size, proof, root)


@given(sizes, st.data(), bits)
def test_any_altered_bit_breaks_a_consistency_proof(size: int, data: st.DataObject, bit: int) -> None:
    old_size = data.draw(st.integers(1, size))
    hashes = [
        root_hash(LEAVES[:old_size]),
        root_hash(LEAVES[:size]),
        *consistency_proof(LEAVES[:size], old_size),
    ]
    altered = data.draw(st.integers(0, len(hashes) - 1))
    hashes[altered] = flip(hashes[altered], bit)
    old_root, new_root, *proof = hashes
    with pytest.raises(InvalidProofError, match=r"leads to the (older|newer) root"):
        verify_consistency(old_size, size, proof, old_root, new_root)


@given(sizes, st.data())
def test_a_proof_is_valid_for_one_position_only(size: int, data: st.DataObject) -> None:
    index, other = (data.draw(st.integers(0, size - 1)) for _ in range(2))
    assume(index != other)
    proof, root = inclusion_proof(LEAVES[:size], index), root_hash(LEAVES[:size])
    with pytest.raises(InvalidProofError):
        verify_inclusion(LEAVES[index], other, size, proof, root)
    with pytest.raises(InvalidProofError):
        verify_inclusion(LEAVES[other], index, size, proof, root)


@given(sizes, st.data())
def test_an_added_or_removed_hash_breaks_a_proof(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    old_size = data.draw(st.integers(1, size))
    root, old_root = root_hash(LEAVES[:size]), root_hash(LEAVES[:old_size])
    included, continued = inclusion_proof(LEAVES[:size], index), consistency_proof(LEAVES[:size], old_size)
    place = data.draw(st.integers(0, size))
    for proof in (included[:-1], [*included[:place], root, *included[place:]]):
        if proof != included:
            with pytest.raises(InvalidProofError, match="the proof has"):
                verify_inclusion(LEAVES[index], index, size, proof, root)
    for proof in (continued[:-1], [*continued[:place], old_root, *continued[place:]]):
        if proof != continued:
            with pytest.raises(InvalidProofError, match="the proof has"):
                verify_consistency(old_size, size, proof, old_root, root)


@given(sizes, st.data(), bits)
def test_a_rewritten_history_is_inconsistent(size: int, data: st.DataObject, bit: int) -> None:
    """Whoever rewrites an entry cannot prove, by honest means, that the old root continues."""
    old_size = data.draw(st.integers(1, size))
    changed = data.draw(st.integers(0, old_size - 1))
    rewritten = LEAVES[:size]
    rewritten[changed] = flip(rewritten[changed], bit)
    proof = consistency_proof(rewritten, old_size)
    with pytest.raises(InvalidProofError):
        verify_consistency(old_size, size, proof, root_hash(LEAVES[:old_size]), root_hash(rewritten))


@given(subtrees(), st.data(), bits)
def test_subtree_proofs_are_the_definition(bounds: tuple[int, int, int], data: st.DataObject, bit: int) -> None:
    start, end, size = bounds
    proof = subtree_subproof(start, end, ENTRIES[:size], True)
    part, tree = mth(ENTRIES[start:end]), mth(ENTRIES[:size])
    verify_subtree_consistency(start, end, size, proof=proof, subtree_root=part, root=tree)
    hashes = [part, tree, *proof]
    altered = data.draw(st.integers(0, len(hashes) - 1))
    hashes[altered] = flip(hashes[altered], bit)
    with pytest.raises(InvalidProofError):
        verify_subtree_consistency(start, end, size, proof=hashes[2:], subtree_root=hashes[0], root=hashes[1])


@given(subtrees(), st.data(), bits)
def test_a_leaf_is_in_its_subtree(bounds: tuple[int, int, int], data: st.DataObject, bit: int) -> None:
    start, end, _ = bounds
    index = data.draw(st.integers(start, end - 1))
    proof, root = audit_path(index - start, ENTRIES[start:end]), mth(ENTRIES[start:end])
    verify_subtree_inclusion(LEAVES[index], index, start, end, proof=proof, subtree_root=root)
    with pytest.raises(InvalidProofError, match="leads to the root"):
        verify_subtree_inclusion(flip(LEAVES[index], bit), index, start, end, proof=proof, subtree_root=root)
