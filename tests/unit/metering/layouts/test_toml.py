"""TOML: what is written is read by the standard library."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon_ledger.metering.layouts.toml import toml_of

KEYS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
PLAIN = KEYS | st.booleans() | st.integers(-(2**63), 2**63 - 1)
VALUES = PLAIN | st.lists(PLAIN, max_size=3)
TABLES = st.recursive(
    st.dictionaries(KEYS, VALUES, max_size=4),
    lambda inner: st.dictionaries(KEYS, VALUES | inner | st.lists(inner, min_size=1, max_size=2), max_size=4),
    max_leaves=6,
)


@given(TABLES)
def test_what_is_written_is_read(record: dict[str, Any]) -> None:
    assert tomllib.loads(toml_of(record)) == record


def test_what_toml_cannot_hold_is_a_fault_of_the_caller() -> None:
    with pytest.raises(TypeError, match="no TOML value: NoneType"):
        toml_of({"a": None})
