"""The Merkle tree against published roots and proof vectors, and invalid arguments."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import SHARED

from carbon_ledger.errors import InvalidProofError
from carbon_ledger.log.merkle import (
    EMPTY_ROOT,
    RootHasher,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_hash,
    verify_consistency,
    verify_inclusion,
)

VECTORS = SHARED / "vectors/merkle"
VECTOR_COUNTS = {"inclusion": 98, "consistency": 98}

REFERENCE_ENTRIES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
REFERENCE_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_hash(entry) for entry in REFERENCE_ENTRIES]
ROOTS = [bytes.fromhex(text) for text in REFERENCE_ROOTS]


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
@pytest.mark.parametrize("file", vectors("inclusion"))
def test_inclusion_vector(file: Path) -> None:
    """transparency-dev/merkle, testdata/inclusion, commit 417fb0c3."""
    case = read_vector(file)
    arguments = (case["leafHash"], case["leafIdx"], case["treeSize"], case["proof"], case["root"])
    if case["wantErr"]:
        with pytest.raises(InvalidProofError):
            verify_inclusion(*arguments)
    else:
        verify_inclusion(*arguments)


@pytest.mark.outside
@pytest.mark.parametrize("file", vectors("consistency"))
def test_consistency_vector(file: Path) -> None:
    """transparency-dev/merkle, testdata/consistency, commit 417fb0c3."""
    case = read_vector(file)
    arguments = (case["size1"], case["size2"], case["proof"], case["root1"], case["root2"])
    if case["wantErr"]:
        with pytest.raises(InvalidProofError):
            verify_consistency(*arguments)
    else:
        verify_consistency(*arguments)


@pytest.mark.parametrize("size", range(9))
def test_reference_root(size: int) -> None:
    """The Certificate Transparency reference tree: its eight inputs and the roots of each size."""
    assert root_hash(LEAVES[:size]).hex() == REFERENCE_ROOTS[size]
    hasher = RootHasher()
    for leaf in LEAVES[:size]:
        hasher.append(leaf)
    assert (hasher.size, hasher.root().hex()) == (size, REFERENCE_ROOTS[size])


def test_reference_leaf_and_empty_root() -> None:
    """transparency-dev/merkle, rfc6962_test.go: the leaf "L123456", and nothing at all."""
    assert leaf_hash(b"L123456").hex() == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert leaf_hash(b"") != EMPTY_ROOT


def test_a_node_cannot_be_presented_as_a_leaf() -> None:
    left, right = LEAVES[:2]
    assert node_hash(left, right) != leaf_hash(left + right)
    assert node_hash(left, right) != node_hash(right, left)


def test_inclusion_proofs_of_the_seven_leaf_example() -> None:
    """RFC 6962 section 2.1.3: PATH(0), PATH(3), PATH(4) and PATH(6) of seven leaves."""
    a, b, c, d, e, f, j = LEAVES[:7]
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k, m = node_hash(g, h), node_hash(i, j)
    assert inclusion_proof(LEAVES[:7], 0) == [b, h, m]
    assert inclusion_proof(LEAVES[:7], 3) == [c, g, m]
    assert inclusion_proof(LEAVES[:7], 4) == [f, j, k]
    assert inclusion_proof(LEAVES[:7], 6) == [i, k]


def test_consistency_proofs_of_the_seven_leaf_example() -> None:
    """RFC 6962 section 2.1.3: PROOF(3), PROOF(4) and PROOF(6) of seven leaves."""
    a, b, c, d, e, f, j = LEAVES[:7]
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k, m = node_hash(g, h), node_hash(i, j)
    assert consistency_proof(LEAVES[:7], 3) == [c, d, g, m]
    assert consistency_proof(LEAVES[:7], 4) == [m]
    assert consistency_proof(LEAVES[:7], 6) == [i, j, k]
    assert consistency_proof(LEAVES[:7], 7) == []


def test_a_proof_from_the_empty_tree_is_refused() -> None:
    with pytest.raises(InvalidProofError, match="the older tree is empty"):
        consistency_proof(LEAVES, 0)
    with pytest.raises(InvalidProofError, match="the older tree is empty"):
        verify_consistency(0, 8, [], EMPTY_ROOT, ROOTS[8])
    with pytest.raises(InvalidProofError, match="the older tree is empty"):
        verify_consistency(0, 0, [], EMPTY_ROOT, EMPTY_ROOT)


def test_nothing_is_included_in_the_empty_tree() -> None:
    with pytest.raises(InvalidProofError, match="expected below 0"):
        inclusion_proof([], 0)
    with pytest.raises(InvalidProofError, match="expected below 0"):
        verify_inclusion(LEAVES[0], 0, 0, [], EMPTY_ROOT)


@pytest.mark.parametrize(
    ("index", "message"),
    [(8, "index is 8: expected below 8"), (-1, "negative"), (True, "got a bool"), ("3", "got a str")],
)
def test_index_outside_the_tree(index: Any, message: str) -> None:
    with pytest.raises(InvalidProofError, match=message):
        inclusion_proof(LEAVES, index)
    with pytest.raises(InvalidProofError, match=message):
        verify_inclusion(LEAVES[0], index, 8, [], ROOTS[8])


@pytest.mark.parametrize(
    ("old_size", "message"),
    [(9, "size is 9: expected at most 8"), (-1, "negative"), (True, "got a bool"), ("3", "got a str")],
)
def test_old_size_outside_the_tree(old_size: Any, message: str) -> None:
    with pytest.raises(InvalidProofError, match=message):
        consistency_proof(LEAVES, old_size)
    with pytest.raises(InvalidProofError, match=message):
        verify_consistency(old_size, 8, [], ROOTS[1], ROOTS[8])


@pytest.mark.parametrize("size", [-8, False, "8", None])
def test_invalid_size_is_refused(size: Any) -> None:
    with pytest.raises(InvalidProofError, match="tree's size"):
        verify_inclusion(LEAVES[0], 0, size, [], ROOTS[8])
    with pytest.raises(InvalidProofError, match="tree's size"):
        verify_consistency(1, size, [], ROOTS[1], ROOTS[8])


BAD_HASHES = [
    pytest.param(b"", "has 0 bytes", id="empty"),
    pytest.param(bytes(31), "has 31 bytes", id="short"),
    pytest.param(bytes(33), "has 33 bytes", id="long"),
    pytest.param("0" * 64, "is of type str", id="hex"),
    pytest.param(bytearray(32), "is of type bytearray", id="mutable"),
    pytest.param(None, "is of type NoneType", id="none"),
]


@pytest.mark.parametrize(("bad", "message"), BAD_HASHES)
def test_invalid_hash_is_refused(bad: Any, message: str) -> None:
    proof = inclusion_proof(LEAVES[:2], 1)
    calls: list[Callable[[], object]] = [
        lambda: node_hash(bad, LEAVES[0]),
        lambda: node_hash(LEAVES[0], bad),
        lambda: root_hash([LEAVES[0], bad]),
        lambda: inclusion_proof([LEAVES[0], bad], 0),
        lambda: consistency_proof([LEAVES[0], bad], 1),
        lambda: RootHasher().append(bad),
        lambda: verify_inclusion(bad, 1, 2, proof, ROOTS[2]),
        lambda: verify_inclusion(LEAVES[1], 1, 2, [bad], ROOTS[2]),
        lambda: verify_inclusion(LEAVES[1], 1, 2, proof, bad),
        lambda: verify_consistency(1, 2, [bad], ROOTS[1], ROOTS[2]),
        lambda: verify_consistency(1, 2, [LEAVES[1]], bad, ROOTS[2]),
        lambda: verify_consistency(1, 2, [LEAVES[1]], ROOTS[1], bad),
    ]
    for call in calls:
        with pytest.raises(InvalidProofError, match=message):
            call()


@pytest.mark.parametrize("proof", [None, ROOTS[1], "proof", {ROOTS[1]}, 0])
def test_proof_that_is_not_a_list_is_refused(proof: Any) -> None:
    with pytest.raises(InvalidProofError, match="expected a list of hashes"):
        verify_inclusion(LEAVES[1], 1, 2, proof, ROOTS[2])
    with pytest.raises(InvalidProofError, match="expected a list of hashes"):
        verify_consistency(1, 2, proof, ROOTS[1], ROOTS[2])


@pytest.mark.parametrize("data", ["entry", None, 3, bytearray(b"entry")])
def test_leaf_that_is_not_bytes_is_refused(data: Any) -> None:
    with pytest.raises(InvalidProofError, match="expected bytes"):
        leaf_hash(data)


def test_roots_of_equal_sizes_are_compared_as_bytes() -> None:
    verify_consistency(5, 5, [], ROOTS[5], ROOTS[5])
    with pytest.raises(InvalidProofError, match="newer root"):
        verify_consistency(5, 5, [], ROOTS[5], ROOTS[4])
    text: Any = "root"
    with pytest.raises(InvalidProofError, match="expected bytes"):
        verify_consistency(5, 5, [], text, text)
    with pytest.raises(InvalidProofError, match=r"1 hashes: .* need 0"):
        verify_consistency(5, 5, [ROOTS[1]], ROOTS[5], ROOTS[5])


def test_the_message_names_the_root_that_was_rewritten() -> None:
    proof = consistency_proof(LEAVES, 6)
    with pytest.raises(InvalidProofError, match=f"older root {REFERENCE_ROOTS[6]}, expected {REFERENCE_ROOTS[5]}"):
        verify_consistency(6, 8, proof, ROOTS[5], ROOTS[8])
    with pytest.raises(InvalidProofError, match=f"newer root {REFERENCE_ROOTS[8]}, expected {REFERENCE_ROOTS[7]}"):
        verify_consistency(6, 8, proof, ROOTS[6], ROOTS[7])


def test_a_refused_leaf_does_not_change_the_hasher() -> None:
    hasher = RootHasher()
    for leaf in LEAVES[:3]:
        hasher.append(leaf)
    with pytest.raises(InvalidProofError, match="leaf hash 3 has 31 bytes"):
        hasher.append(bytes(31))
    assert (hasher.size, hasher.root()) == (3, ROOTS[3])
    hasher.append(LEAVES[3])
    assert hasher.root() == ROOTS[4]


def test_arguments_are_not_changed() -> None:
    leaves, proof = LEAVES[:7], consistency_proof(LEAVES[:7], 3)
    before = (list(leaves), list(proof))
    root_hash(leaves)
    inclusion_proof(leaves, 3)
    verify_consistency(3, 7, proof, ROOTS[3], ROOTS[7])
    assert (leaves, proof) == before
