"""Columns of Python values as arrays of Arrow: those of pyarrow, without looking at each value."""

from typing import Any

import pyarrow as pa
import pytest

from carbon_ledger.columns.arrow_arrays import Arrays

TYPES = {"integer": pa.int64(), "text": pa.large_string(), "blob": pa.large_binary()}


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("integer", [0, -1, 2**63 - 1, -(2**63)]),
        ("integer", [1, None]),
        ("integer", []),
        ("text", ["", "a", "ü\0", "𝄞"]),
        ("text", [None, "b"]),
        ("blob", [b"", b"\x00\xff", b"x" * 300]),
        ("blob", [None]),
    ],
)
def test_an_array_is_that_of_pyarrow(kind: str, values: list[Any]) -> None:
    found = Arrays(pa).of(kind, values)
    found.validate(full=True)
    assert found.equals(pa.array(values, TYPES[kind]))


@pytest.mark.parametrize(
    ("kind", "values"),
    [("integer", [2**63]), ("integer", ["1"]), ("text", [1]), ("text", ["\ud800"]), ("blob", [7])],
)
def test_another_type_is_an_error(kind: str, values: list[Any]) -> None:
    with pytest.raises((pa.ArrowException, TypeError, OverflowError, ValueError)):
        Arrays(pa).of(kind, values)
