"""Schemas of values: which values fit, how a refusal names the place, and that both checks agree."""

import json
import re
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.places import GOLDEN

from carbon_ledger.canonical import IDENTIFIER
from carbon_ledger.column import LONG, MAX_INTEGER, Column
from carbon_ledger.core.entries import events
from carbon_ledger.core.entries import schema as shapes
from carbon_ledger.core.entries.schema import compile_check
from carbon_ledger.errors import BrokenLogError, QuantityError
from carbon_ledger.exact import text_of
from carbon_ledger.factors import KINDS, EmissionFactor, builtin
from carbon_ledger.periods.instants import instant_of

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
    quick = compile_check(schema)
    expected = [fits(value, schema) for value in VALUES if value is not None]
    assert [quick(value) for value in VALUES if value is not None] == expected
    assert True in expected
    assert False in expected
    assert not quick(None)


@pytest.mark.parametrize("kind", sorted({entry["type"] for entry in ENTRIES}))
def test_both_say_the_same_of_entries_and_of_what_they_are_not(kind: str) -> None:
    """Every field of an entry left out, renamed, and of other types."""
    schema = events.entry_schema(kind)
    quick = compile_check(schema)
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
    quick = compile_check(events.entry_schema(entry["type"]))
    assert quick(entry | {"sigs": [{"any": "thing"}, {}]})
    assert quick(entry | {"sigs": []})
    for wrong in ({}, ["text"], [1], "text", [[]]):
        assert not quick(entry | {"sigs": wrong})


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=2 * LONG), st.integers(-3, 3), st.integers(-3, 3))
def test_a_column_fits_where_each_of_its_items_does(values: list[int], least: int, most: int) -> None:
    schema = shapes.list_of({"type": "integer", "minimum": least, "maximum": most}, 2)
    expected = len(values) >= 2 and all(least <= value <= most for value in values)
    assert compile_check(schema)(values) == compile_check(schema)(Column(values)) == expected
    assert fits(values, schema) == fits(Column(values), schema) == expected


FULL = next(
    event["factor"]
    for line in (GOLDEN / "golden-v1.jsonl").read_bytes().splitlines()
    if "factor_id" in (event := json.loads(line)["event"]).get("factor", "") and "series" in event["factor"]
)


def refusal(value: object, schema: shapes.Schema) -> str:
    with pytest.raises(BrokenLogError) as caught:
        shapes.check(value, schema, "event")
    return str(caught.value)


@pytest.mark.parametrize(
    ("value", "schema", "message"),
    [
        (1, shapes.TEXT, "event: 1, expected a string"),
        ("1", shapes.COUNT, "event: '1', expected an integer"),
        (True, shapes.COUNT, "event: True, expected an integer"),
        (1, shapes.BOOLEAN, "event: 1, expected a boolean"),
        ({}, shapes.COLUMN, "event: {}, expected an array"),
        ([], shapes.PERIOD, "event: [], expected an object"),
        ("", shapes.TEXT, "event: the text is empty"),
        (-1, shapes.COUNT, "event: -1 is out of bounds"),
        (0, shapes.POSITIVE, "event: 0 is out of bounds"),
        (MAX_INTEGER + 1, shapes.ENERGY_WH, "event: 9007199254740992 is out of bounds"),
        (1969, shapes.YEAR, "event: 1969 is out of bounds"),
        ([], shapes.COLUMN, "event: too few items"),
        ([1, True], shapes.COLUMN, "event[1]: True, expected an integer"),
        ([1, 2, MAX_INTEGER + 1], shapes.COLUMN, "is out of bounds"),
        ([-MAX_INTEGER - 1, 0], shapes.COLUMN, "is out of bounds"),
        (Column([5, -1, 7]), shapes.list_of(shapes.COUNT), "event[0]: -1 is out of bounds"),
        (Column([5, 3]), shapes.list_of(shapes.object_of(a=shapes.COUNT)), "event[0]: 3, expected an object"),
        (Column([1]), shapes.list_of(shapes.COUNT, 2), "event: too few items"),
        (Column([1]), shapes.PERIOD, "expected an object"),
        ({}, events.EVENTS["meter.recorded"]["properties"]["devices"], "event: missing at least one field"),
        ({"a b": [1]}, events.EVENTS["meter.recorded"]["properties"]["devices"], "event key: 'a b' does not match"),
        (
            {"a": [1, "x"]},
            events.EVENTS["meter.recorded"]["properties"]["devices"],
            "event.a[1]: 'x', expected an integer",
        ),
        ([{"amount": "1"} | {"to": 1}], shapes.CARRY, "event[0]: unknown field 'to'"),
        ([{"vintage": 2024}], shapes.CARRY, "event[0]: missing amount"),
        ([{"vintage": 2024, "amount": "1.0"}], shapes.CARRY, "event[0].amount: '1.0' does not match"),
        ([{"name": "gap"}], shapes.WAIVERS, "event[0]: missing reason"),
        ("shut", events.EVENTS["ledger.opened"]["properties"]["policy"], "event: 'shut', expected one of open"),
        (2, {"type": "integer", "const": 1}, "event: 2, expected 1"),
    ],
)
def test_what_does_not_fit_is_refused_and_the_place_is_named(value: object, schema: Any, message: str) -> None:
    assert message in refusal(value, schema)


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=12) | st.decimals(allow_nan=False, allow_infinity=False)
)
def test_the_text_of_any_decimal_fits_and_is_the_only_one(number: Any) -> None:
    text = text_of(number)
    shapes.check(text, shapes.DECIMAL, "amount")
    for other in (
        f"{text}0" if "." in text else f"{text}.0",
        f"0{text}",
        f"+{text}",
        f"{text} ",
        f"{text}\n",
        f"{text}e0",
    ):
        refusal(other, shapes.DECIMAL)


@given(st.from_regex(re.compile(shapes.DECIMAL["pattern"].replace("$", r"\Z"), re.ASCII)))
def test_a_decimal_that_fits_is_read_and_written_as_it_was(text: str) -> None:
    assert text_of(Decimal(text)) == text


@pytest.mark.parametrize("text", ["-0", "00", "01", "1.", ".5", "1.50", "0.0", "1e3", "NaN", "Infinity", "\u0661", ""])
def test_no_other_spelling_of_a_number_fits(text: str) -> None:
    refusal(text, shapes.DECIMAL)


@given(st.text() | st.from_regex(IDENTIFIER))
def test_an_id_fits_where_the_door_lets_it_in(text: str) -> None:
    if IDENTIFIER.fullmatch(text):
        shapes.check(text, shapes.ID, "id")
    else:
        refusal(text, shapes.ID)


@pytest.mark.parametrize("schema", [shapes.ID, shapes.INSTANT, shapes.RECORDED, shapes.DATE, shapes.DIGEST])
def test_a_line_feed_after_the_end_fits_no_pattern(schema: shapes.Schema) -> None:
    """``$`` of Python's re would let it through; that of ECMA-262, which JSON Schema uses, does not."""
    good = {
        shapes.ID["pattern"]: "chirag-1",
        shapes.INSTANT["pattern"]: "2024-05-01T00:00:00Z",
        shapes.RECORDED["pattern"]: "2024-05-01T00:00:00.000000Z",
        shapes.DATE["pattern"]: "2024-05-01",
        shapes.DIGEST["pattern"]: "sha256:" + "0" * 64,
    }[schema["pattern"]]
    shapes.check(good, schema, "text")
    refusal(f"{good}\n", schema)
    refusal(f" {good}", schema)


def test_an_instant_that_is_read_fits() -> None:
    assert instant_of("2024-05-01T00:00:00Z") == 1_714_521_600
    for text in ("2024-05-01T00:00Z", "2024-05-01T00:00:00.0Z", "2024-05-01 00:00:00Z", "2024-05-01T00:00:00+00:00"):
        refusal(text, shapes.INSTANT)


def test_the_factor_has_exactly_the_fields_of_a_factors_record() -> None:
    fields = attrs.fields(EmissionFactor)
    assert set(shapes.FACTOR["properties"]) == {field.name for field in fields}
    assert set(shapes.FACTOR["required"]) == {field.name for field in fields if field.default is attrs.NOTHING}
    assert shapes.FACTOR["properties"]["kind"]["enum"] == list(KINDS)
    assert shapes.FACTOR["additionalProperties"] is False


def test_every_bundled_factor_fits() -> None:
    factors = builtin().factors
    assert factors
    for factor in factors:
        shapes.check(factor.to_record(), shapes.FACTOR, "factor")


def test_the_factor_with_every_field_fits_and_is_one() -> None:
    assert set(FULL) == set(shapes.FACTOR["properties"])
    shapes.check(FULL, shapes.FACTOR, "factor")
    assert EmissionFactor.from_record(FULL).to_record() == FULL


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("value", ".462"),
        ("value", "0,462"),
        ("value", "4.62e-1"),
        ("lower", "--1"),
        ("weights", ["0.5"]),
        ("weights", ["0.5", "1/0"]),
        ("weights", ["0.5", "-1/2"]),
        ("tool", "TOOL07@7.0@1"),
        ("kind", "combined margin"),
        ("confidence", "X"),
        ("vintage_option", "exante"),
        ("revision", 0),
        ("data_years", [1899]),
        ("technologies", []),
        ("valid_from", "2021-1-1"),
        ("factor_id", "a b"),
    ],
)
def test_what_is_no_factor_fits_neither_the_schema_nor_the_record(name: str, value: object) -> None:
    wrong = FULL | {name: value}
    refusal(wrong, shapes.FACTOR)
    if name != "technologies":  # a record without any is the same factor, written otherwise
        with pytest.raises((QuantityError, ValueError)):
            EmissionFactor.from_record(wrong)


@given(st.sampled_from(sorted(shapes.FACTOR["properties"])), st.text(max_size=12) | st.integers(-3, 3000))
def test_a_factor_that_is_one_fits(name: str, value: object) -> None:
    try:
        record = EmissionFactor.from_record(FULL | {name: value}).to_record()
    except (ValueError, TypeError):
        return
    shapes.check(record, shapes.FACTOR, "factor")


def test_a_column_speaks_for_its_items_and_an_open_object_takes_any() -> None:
    shapes.check(Column(range(-3, 3)), shapes.COLUMN, "event")
    shapes.check({"key": "k", "sig": [1]}, {"type": "object"}, "event.sigs[0]")
