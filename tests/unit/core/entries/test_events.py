"""The fields of events: every object is closed, and no field takes another type."""

import json

import pytest
from tests.support.places import GOLDEN

from carbon_ledger.core.entries import events
from carbon_ledger.core.entries import schema as shapes
from carbon_ledger.errors import BrokenLogError

FULL = next(
    event["factor"]
    for line in (GOLDEN / "golden-v1.jsonl").read_bytes().splitlines()
    if "factor_id" in (event := json.loads(line)["event"]).get("factor", "") and "series" in event["factor"]
)


def refusal(value: object, schema: shapes.Schema) -> str:
    with pytest.raises(BrokenLogError) as caught:
        shapes.check(value, schema, "event")
    return str(caught.value)


@pytest.mark.parametrize("name", sorted(FULL))
def test_no_field_of_a_factor_takes_another_type(name: str) -> None:
    for other in (True, {}, [], [[]], "", 0, ["x", 1]):
        assert f"event.factor.{name}" in refusal({"factor": FULL | {name: other}}, events.EVENTS["factor.adopted"])


def test_an_entry_schema_asks_for_its_own_type_alone() -> None:
    found = events.entry_schema("units.retired")
    assert found["title"] == found["properties"]["type"]["const"] == "units.retired"
    assert found["properties"]["event"] == events.EVENTS["units.retired"]
    assert found["properties"]["schema"]["const"] == 1
    assert found["additionalProperties"] is False
    assert "sigs" in found["properties"]
    assert "sigs" not in found["required"]


@pytest.mark.parametrize("kind", events.EVENTS)
def test_every_object_is_closed_and_what_is_required_is_described(kind: str) -> None:
    def visit(schema: shapes.Schema) -> None:
        if schema["type"] == "object":
            assert "additionalProperties" in schema
            assert set(schema.get("required", ())) <= set(schema.get("properties", ()))
            others = schema["additionalProperties"]
            for item in [*schema.get("properties", {}).values(), *([others] if isinstance(others, dict) else [])]:
                visit(item)
        if schema["type"] == "array":
            visit(schema["items"])

    visit(events.EVENTS[kind])
