"""Subtree proofs against published vectors and the examples of the draft, and invalid subtrees."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import SHARED

from carbon_ledger.errors import InvalidProofError
from carbon_ledger.log.merkle import EMPTY_ROOT, leaf_hash, node_hash, root_hash
from carbon_ledger.log.subtrees import verify_subtree_consistency, verify_subtree_inclusion

VECTORS = SHARED / "vectors/merkle"
VECTOR_COUNTS = {"subtreeinclusion": 204, "subtreeconsistency": 118}
LEAVES = [leaf_hash(bytes([number])) for number in range(14)]


def vectors(folder: str) -> list[Any]:
    """One parameter a case file, or one that says aloud what is missing."""
    files = sorted((VECTORS / folder).rglob("*.json"))
    if not files:
        missing = pytest.mark.skip(reason=f"no proof vectors at ../shared/vectors/merkle/{folder}")
        return [pytest.param(None, id="absent", marks=missing)]
    return [pytest.param(file, id=file.relative_to(VECTORS).with_suffix("").as_posix()) for file in files]


def read_vector(file: Path) -> dict[str, Any]:
    case: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    for name in ("root", "root1", "root2", "leafHash"):
        if name in case:
            case[name] = base64.b64decode(case[name], validate=True)
    case["proof"] = [base64.b64decode(text, validate=True) for text in case["proof"] or ()]
    return case


@pytest.mark.outside
@pytest.mark.parametrize("folder", VECTOR_COUNTS)
def test_every_vector_is_present(folder: str) -> None:
    if not VECTORS.is_dir():
        pytest.skip("no proof vectors at ../shared/vectors/merkle")
    assert len(vectors(folder)) == VECTOR_COUNTS[folder]


@pytest.mark.outside
@pytest.mark.parametrize("file", vectors("subtreeinclusion"))
def test_subtree_inclusion_vector(file: Path) -> None:
    """transparency-dev/merkle, testdata/subtreeinclusion, commit 417fb0c3."""
    case = read_vector(file)
    place = (case["leafHash"], case["leafIdx"], case["start"], case["end"])
    if case["wantErr"]:
        with pytest.raises(InvalidProofError):
            verify_subtree_inclusion(*place, proof=case["proof"], subtree_root=case["root"])
    else:
        verify_subtree_inclusion(*place, proof=case["proof"], subtree_root=case["root"])


@pytest.mark.outside
@pytest.mark.parametrize("file", vectors("subtreeconsistency"))
def test_subtree_consistency_vector(file: Path) -> None:
    """transparency-dev/merkle, testdata/subtreeconsistency, commit 417fb0c3."""
    case = read_vector(file)
    place = (case["start"], case["end"], case["size"])
    hashes = {"proof": case["proof"], "subtree_root": case["root1"], "root": case["root2"]}
    if case["wantErr"]:
        with pytest.raises(InvalidProofError):
            verify_subtree_consistency(*place, **hashes)
    else:
        verify_subtree_consistency(*place, **hashes)


def test_inclusion_example_of_the_draft() -> None:
    """draft-ietf-plants-merkle-tree-certs: entry 10 of [8, 13) takes 11, [8, 10) and 12."""
    proof = [LEAVES[11], node_hash(LEAVES[8], LEAVES[9]), LEAVES[12]]
    verify_subtree_inclusion(LEAVES[10], 10, 8, 13, proof=proof, subtree_root=root_hash(LEAVES[8:13]))
    with pytest.raises(InvalidProofError, match="leads to the root"):
        verify_subtree_inclusion(LEAVES[10], 9, 8, 13, proof=proof, subtree_root=root_hash(LEAVES[8:13]))


@pytest.mark.parametrize(
    ("start", "end", "nodes"),
    [(4, 8, [(0, 4), (8, 14)]), (8, 13, [(12, 13), (13, 14), (8, 12), (0, 8)])],
)
def test_consistency_examples_of_the_draft(start: int, end: int, nodes: list[tuple[int, int]]) -> None:
    """draft-ietf-plants-merkle-tree-certs: [4, 8) and [8, 13) in a tree of 14."""
    proof = [root_hash(LEAVES[low:high]) for low, high in nodes]
    part, tree = root_hash(LEAVES[start:end]), root_hash(LEAVES)
    verify_subtree_consistency(start, end, 14, proof=proof, subtree_root=part, root=tree)
    with pytest.raises(InvalidProofError, match=r"subtree's root|tree's root"):
        verify_subtree_consistency(start, end, 14, proof=proof, subtree_root=root_hash(LEAVES[:5]), root=tree)
    with pytest.raises(InvalidProofError, match="tree's root"):
        verify_subtree_consistency(start, end, 14, proof=proof, subtree_root=part, root=root_hash(LEAVES[:13]))


@pytest.mark.parametrize(("start", "end"), [(1, 3), (2, 5), (4, 9), (12, 17), (5, 4)])
def test_run_that_is_not_a_subtree_is_refused(start: int, end: int) -> None:
    with pytest.raises(InvalidProofError, match=r"not a subtree|before the start"):
        verify_subtree_consistency(start, end, 20, proof=[], subtree_root=EMPTY_ROOT, root=EMPTY_ROOT)
    with pytest.raises(InvalidProofError, match=r"not a subtree|before the start"):
        verify_subtree_inclusion(LEAVES[0], start, start, end, proof=[], subtree_root=EMPTY_ROOT)


def test_empty_subtree_contains_and_proves_nothing() -> None:
    verify_subtree_consistency(3, 3, 14, proof=[], subtree_root=EMPTY_ROOT, root=root_hash(LEAVES))
    with pytest.raises(InvalidProofError, match="expected the root e3b0c442"):
        verify_subtree_consistency(3, 3, 14, proof=[], subtree_root=root_hash(LEAVES), root=root_hash(LEAVES))
    with pytest.raises(InvalidProofError, match="expected no proof hashes, got 1"):
        verify_subtree_consistency(3, 3, 14, proof=[EMPTY_ROOT], subtree_root=EMPTY_ROOT, root=root_hash(LEAVES))
    with pytest.raises(InvalidProofError, match=r"expected an index in \[3, 3\)"):
        verify_subtree_inclusion(LEAVES[3], 3, 3, 3, proof=[], subtree_root=EMPTY_ROOT)


def test_subtree_beyond_the_tree() -> None:
    with pytest.raises(InvalidProofError, match="end is 16: expected at most 14"):
        verify_subtree_consistency(8, 16, 14, proof=[], subtree_root=EMPTY_ROOT, root=EMPTY_ROOT)
    with pytest.raises(InvalidProofError, match="end is 15: expected at most 14"):
        verify_subtree_consistency(15, 15, 14, proof=[], subtree_root=EMPTY_ROOT, root=EMPTY_ROOT)


@pytest.mark.parametrize("bad", [-1, True, "4", None])
def test_invalid_position_is_refused(bad: Any) -> None:
    for numbers in ((bad, 8, 14), (4, bad, 14), (4, 8, bad)):
        with pytest.raises(InvalidProofError, match=r"negative|expected an int"):
            verify_subtree_consistency(*numbers, proof=[], subtree_root=EMPTY_ROOT, root=EMPTY_ROOT)
        with pytest.raises(InvalidProofError, match=r"negative|expected an int"):
            verify_subtree_inclusion(LEAVES[0], numbers[2], numbers[0], numbers[1], proof=[], subtree_root=EMPTY_ROOT)


def test_invalid_roots_are_refused() -> None:
    proof = [root_hash(LEAVES[0:4]), root_hash(LEAVES[8:14])]
    part, tree = root_hash(LEAVES[4:8]), root_hash(LEAVES)
    with pytest.raises(InvalidProofError, match="the subtree's root has 31 bytes"):
        verify_subtree_consistency(4, 8, 14, proof=proof, subtree_root=part[:31], root=tree)
    with pytest.raises(InvalidProofError, match="the tree's root has 31 bytes"):
        verify_subtree_consistency(4, 8, 14, proof=proof, subtree_root=part, root=tree[:31])
