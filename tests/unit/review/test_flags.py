"""Flags: their keys, and the entries that they cite, however many there are."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon_ledger.review.flags import Cited, key_of


@given(st.lists(st.integers(0, 20_000), max_size=50), st.integers(0, 6_000))
def test_cited_entries_are_each_once_and_in_order(numbers: list[int], more: int) -> None:
    every = [*range(0, 2 * more, 2), *numbers]
    cited = Cited(every)
    assert list(cited) == sorted(set(every))
    assert cited.count == len(set(every))
    assert cited.last == max(every, default=0)


def test_very_many_entries_take_one_bit_each() -> None:
    cited = Cited(range(0, 1_000_000, 2))
    assert cited.count == 500_000
    assert len(cited._bits) < 130_000
    assert cited._few == set()


def test_a_key_is_the_digest_of_rule_version_and_sorted_entries() -> None:
    """An auditor's dispositions name a flag by its key, so that it can be computed without this library."""
    assert key_of("R16", 1, Cited([8, 3, 5])) == sha256(b"R16@1|3,5,8").hexdigest()


@pytest.mark.parametrize("other", [("R16", 2, [3]), ("R17a", 1, [3]), ("R16", 1, [3, 4]), ("R16", 1, [34])])
def test_another_rule_version_or_entry_is_another_key(other: tuple[str, int, list[int]]) -> None:
    assert key_of(*other) != key_of("R16", 1, [3])
