"""Mutated documents: each is refused with an error of this library, or of a kind that was reviewed."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from tests.faults.suite.document_mutants import ACCEPTED, GOLDEN, Target, differing, document_mutants, targets
from tests.faults.suite.document_operators import OPERATORS
from tests.faults.suite.outcome import table

pytestmark = pytest.mark.slow

SEED = 20260101
# The operators that change what may differ.
GENTLE = (
    "other words of a line",
    "a waiver added",
    "another reason of a waiver",
    "waivers swapped",
    "another zone",
    "another factor",
    "a source renamed throughout",
    "another source of the factor",
    "another confidence of the factor",
    "a leakage raised throughout",
)


def test_a_thousand_mutants_of_every_kind_of_change_are_refused_or_reviewed() -> None:
    """Invariants 22 and 34."""
    seen = document_mutants(1_000, SEED)
    assert seen.losses == [], table([seen])
    assert seen.tried == 1_000
    refused = sum(count for name, count in seen.figures.items() if name.startswith("refused"))
    assert refused > 900


def test_the_kinds_that_are_accepted_are_those_of_the_reviewed_table() -> None:
    """None that is not in the table, and none in it that no change reaches: rounds until each was seen."""
    accepted: set[str] = set()
    for turn in range(10):
        seen = document_mutants(150, SEED + turn, names=GENTLE[:6])
        seen.add(document_mutants(60, SEED + turn, names=GENTLE[6:7], holding='"LE[2024,1]"'))
        seen.add(document_mutants(60, SEED + turn, names=GENTLE[7:], holding='"methodology"'))
        assert seen.losses == []
        accepted |= {name.removeprefix("accepted: ") for name in seen.figures if name.startswith("accepted")}
        if accepted == set(ACCEPTED):
            break
    assert accepted == set(ACCEPTED)


def _targets() -> Iterator[Target]:
    for file in GOLDEN:
        for _, several in targets([json.loads(line) for line in file.read_bytes().splitlines()]):
            yield from several


def test_the_commands_are_of_every_kind_that_uses_documents() -> None:
    """Issuances, corrections and approvals, of credits too, with their factor adopted before and not.

    The golden logs correct no meter whose devices earn credits; a device's own correction has the same documents.
    """
    found: list[str] = []
    for target in _targets():
        for document in target.documents:
            credits_ = '"methodology"' in target.text_of(document)
            found.append(f"{target.user_of(document)}, {'credits' if credits_ else 'certificates'}")
    kinds = ("issuance.recorded", "quantification.approved", "generation.corrected")
    expected = {f"{kind}, {what}" for kind in kinds for what in ("credits", "certificates")}
    assert set(found) == expected | {"meter.corrected, certificates"}
    assert len(found) > 60


@pytest.mark.parametrize(
    ("one", "other", "paths"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2, "b": 1}, ["a", "b"]),
        ({"a": [1, 2]}, {"a": [1]}, ["a"]),
        ({"a": [1, 2]}, {"a": [1, 3]}, ["a[]"]),
        ({"lines": [{"symbol": "EG[1]"}]}, {"lines": [{"symbol": "EG[1]", "unit": "y"}]}, ["lines[EG].unit"]),
        ({"a": 1}, {"a": "1"}, ["a"]),
        ({"a": 1}, {"a": True}, ["a"]),
    ],
)  # fmt: skip
def test_where_two_documents_differ_is_named(one: Any, other: Any, paths: list[str]) -> None:
    assert differing(one, other) == paths


def test_every_operator_changes_something_of_some_document() -> None:
    assert len(OPERATORS) >= 60
    documents = [target.text_of(document) for target in _targets() for document in target.documents]
    for name, operator in OPERATORS.items():
        chance = Random(f"{SEED}/{name}")
        made = (operator(chance, json.loads(text)) for text in documents for _ in range(3))
        assert any(each is not None for each in made), name


def test_an_operator_that_changes_nothing_of_a_command_is_not_waited_for() -> None:
    seen = document_mutants(40, SEED, names=("a leakage raised throughout", "waivers swapped"))
    assert 10 < seen.tried <= 40
    assert seen.losses == []
