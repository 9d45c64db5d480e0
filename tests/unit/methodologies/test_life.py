"""Rows of lives and programmes: each names what exists, and no two rows are about the same."""

from collections import Counter

import pytest

from carbon_ledger.factors.record import CONFIDENCES
from carbon_ledger.instruments import BUILTIN
from carbon_ledger.methodologies import LIVES, METHODOLOGIES, PROGRAMMES, Life, Programme, life_of


@pytest.mark.parametrize("row", LIVES, ids=lambda row: f"{row.methodology}-{row.instrument}")
def test_a_life_is_of_a_methodology_and_a_programme_that_exist(row: Life) -> None:
    assert row.methodology in METHODOLOGIES
    assert row.instrument in PROGRAMMES
    assert row.successor in (*METHODOLOGIES, "")
    assert row.confidence in CONFIDENCES
    assert life_of(row.methodology, row.instrument) is row
    days = [day for day in (row.register_from, row.register_until, row.use_until) if day is not None]
    assert days
    assert days == sorted(days)


def test_no_version_has_two_lives_in_a_programme() -> None:
    assert set(Counter((row.methodology, row.instrument) for row in LIVES).values()) == {1}


@pytest.mark.parametrize("programme", PROGRAMMES.values(), ids=PROGRAMMES)
def test_a_programme_is_of_an_instrument_that_exists_and_its_rules_are_in_order(programme: Programme) -> None:
    """`crediting_on` takes the last rule that holds."""
    assert programme.instrument in BUILTIN
    since = [rule.since for rule in programme.crediting]
    later = [day for day in since[1:] if day is not None]
    assert len(later) == len(since[1:])
    assert later == sorted(later)
    assert all(rule.confidence in CONFIDENCES for rule in programme.crediting)
