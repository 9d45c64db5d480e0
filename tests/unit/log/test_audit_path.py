"""Audit paths: the nodes of a path, and the parts that have a path."""

import pytest

from carbon_ledger.errors import InvalidProofError
from carbon_ledger.log.audit_path import check_subtree, path
from carbon_ledger.log.merkle import leaf_hash, root_hash

LARGEST = 40


def is_subtree(start: int, end: int) -> bool:
    """The draft's definition, word for word: start is a multiple of the length's power of two above."""
    unit = 1
    while unit < end - start:
        unit *= 2
    return start % unit == 0


def test_exactly_the_subtrees_have_a_path() -> None:
    for size in range(1, LARGEST):
        for start in range(size):
            for end in range(start + 1, size + 1):
                if is_subtree(start, end):
                    assert path(start, end, size).part == range(start, end)
                else:
                    with pytest.raises(InvalidProofError, match="are not a subtree"):
                        path(start, end, size)


def test_the_nodes_and_the_part_cover_the_tree_once() -> None:
    for size in range(1, LARGEST):
        for end in range(1, size + 1):
            way = path(0, end, size)
            covered = sorted(leaf for node in way.nodes for leaf in node)
            expected = range(end, size) if way.seed is None else range(size)
            assert covered == list(expected)


def test_a_path_is_no_longer_than_the_tree_is_high() -> None:
    size = 2**63 - 1
    assert len(path(0, 1, size).nodes) == 63
    assert len(path(size - 1, size, size).nodes) == 62
    assert path(2**40, 2**41, size).seed is None


def test_a_part_that_is_not_a_node_starts_from_its_last_full_subtree() -> None:
    assert path(0, 6, 8).seed == range(4, 6)
    assert path(0, 6, 6).seed is None
    assert path(8, 13, 14).seed == range(12, 13)


def test_fold_counts_the_hashes() -> None:
    leaves = [leaf_hash(bytes([number])) for number in range(8)]
    way = path(0, 6, 8)
    proof = [root_hash(leaves[node.start : node.stop]) for node in way.nodes]
    assert way.fold(root_hash(leaves[:6]), proof) == (root_hash(leaves[:6]), root_hash(leaves))
    with pytest.raises(InvalidProofError, match=r"2 hashes: leaves \[0, 6\) of 8 need 3"):
        way.fold(root_hash(leaves[:6]), proof[:-1])
    with pytest.raises(InvalidProofError, match=r"4 hashes: leaves \[0, 6\) of 8 need 3"):
        way.fold(root_hash(leaves[:6]), [*proof, proof[0]])


@pytest.mark.parametrize(
    ("start", "end", "size"), [(0, 0, 8), (3, 3, 8), (8, 9, 8), (0, 9, 8), (-8, -4, 8), (-1, 0, 8)]
)
def test_part_outside_the_tree(start: int, end: int, size: int) -> None:
    with pytest.raises(InvalidProofError, match="one leaf or more inside a tree"):
        path(start, end, size)


def test_a_run_that_ends_before_it_starts() -> None:
    with pytest.raises(InvalidProofError, match="the end is before the start"):
        check_subtree(4, 2)
