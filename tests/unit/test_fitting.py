"""A shape made into a function says what the slow check says, of every kind of shape and of what is beside it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.places import GOLDEN

from carbon_ledger.canonical import LONG
from carbon_ledger.column import Column
from carbon_ledger.core.entries import events
from carbon_ledger.core.entries import schema as shapes
from carbon_ledger.core.entries.schema import fits_of
from carbon_ledger.errors import BrokenLogError

ENTRIES = [json.loads(line) for line in (GOLDEN / "golden-v1.jsonl").read_bytes().splitlines()]
SHAPES: list[shapes.Schema] = [
    {"type": "string"},
    shapes.TEXT,
    shapes.ID,
    {"type": "string", "enum": ["a", "b"]},
    {"type": "string", "const": "a"},
    {"type": "boolean"},
    {"type": "integer"},
    {"type": "integer", "minimum": 2},
    {"type": "integer", "maximum": 2},
    {"type": "integer", "const": 1},
    shapes.COUNT,
    shapes.list_of({"type": "integer", "minimum": 2}),
    shapes.list_of({"type": "integer", "maximum": 2}, 2),
    shapes.list_of({"type": "string"}, 1),
    {"type": "array", "items": {"type": "integer"}},
    {"type": "object"},
    shapes.object_of(a=shapes.COUNT, b_=shapes.TEXT),
    shapes.object_of(b_=shapes.TEXT),
    shapes.map_of(shapes.COUNT),
    shapes.map_of(shapes.object_of(a=shapes.COUNT)),
    {"type": "object", "properties": {"a": shapes.COUNT}, "additionalProperties": True},
    {
        "type": "object",
        "properties": {"a": shapes.TEXT},
        "propertyNames": {"type": "string", "pattern": "^[a-c]$"},
        "additionalProperties": shapes.COUNT,
        "minProperties": 2,
    },
]
VALUES: list[Any] = [
    *("", "a", "b", "c", "a b", "a\n", True, False, 0, 1, 2, 3, -1, 2**53, None),
    *([], [1], [2, 3], [1, 2], [3, 1], ["a"], ["a", 1], [True, True], (2, 3)),
    *(Column([1]), Column([2, 3]), Column([1, 2]), Column([3, 1]), Column([-1, 5])),
    *({}, {"a": 1}, {"a": -1}, {"a": "x"}, {"b": "x"}, {"a": 1, "b": "x"}, {"a": 1, "b": ""}, {"a": 1, "c": 1}),
    *({"c": 1}, {"c": -1}, {"d": 1}, {"a": "x", "c": 1}, {"a": "x", "d": 1}, {"a": {"a": 1}}, {"a b": 1}, {"a": {}}),
]


def fits(value: Any, schema: shapes.Schema) -> bool:
    """What the check says that names the place."""
    try:
        shapes.check(value, schema, "value")
    except BrokenLogError:
        return False
    return True


@pytest.mark.parametrize("schema", SHAPES, ids=[json.dumps(schema)[:60] for schema in SHAPES])
def test_both_say_the_same_of_every_value(schema: shapes.Schema) -> None:
    quick = fits_of(schema)
    expected = [fits(value, schema) for value in VALUES if value is not None]
    assert [quick(value) for value in VALUES if value is not None] == expected
    assert True in expected
    assert False in expected
    assert not quick(None)


@pytest.mark.parametrize("kind", sorted({entry["type"] for entry in ENTRIES}))
def test_both_say_the_same_of_entries_and_of_what_they_are_not(kind: str) -> None:
    """Every field of an entry left out, renamed, and of other types."""
    schema = events.entry_schema(kind)
    quick = fits_of(schema)
    entry = max((item for item in ENTRIES if item["type"] == kind), key=lambda item: len(item["event"]))
    assert quick(entry)
    for where in (entry, entry["event"], entry["command"]):
        for name, value in list(where.items()):
            del where[name]
            assert quick(entry) == fits(entry, schema)
            where[name + "x"] = value
            assert not quick(entry)
            del where[name + "x"]
            for other in (0, "", [], {}, True, "x"):
                where[name] = other
                assert quick(entry) == fits(entry, schema)
            where[name] = value
    assert quick(entry)


def test_an_entry_may_be_signed_and_its_signatures_are_objects() -> None:
    entry = ENTRIES[0]
    quick = fits_of(events.entry_schema(entry["type"]))
    assert quick(entry | {"sigs": [{"any": "thing"}, {}]})
    assert quick(entry | {"sigs": []})
    for wrong in ({}, ["text"], [1], "text", [[]]):
        assert not quick(entry | {"sigs": wrong})


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=2 * LONG), st.integers(-3, 3), st.integers(-3, 3))
def test_a_column_fits_where_each_of_its_items_does(values: list[int], least: int, most: int) -> None:
    schema = shapes.list_of({"type": "integer", "minimum": least, "maximum": most}, 2)
    expected = len(values) >= 2 and all(least <= value <= most for value in values)
    assert fits_of(schema)(values) == fits_of(schema)(Column(values)) == expected
    assert fits(values, schema) == fits(Column(values), schema) == expected
