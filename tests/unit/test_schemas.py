"""The JSON Schema files agree with the code, the golden entries fit them, and both refuse the same."""

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from scripts.write_schemas import texts
from tests.support.places import GOLDEN, ROOT

from carbon_ledger.canonical import dumps
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import EVENTS
from carbon_ledger.errors import IntegrityError

SCHEMAS = ROOT / "docs" / "reference" / "schemas"
FILES = (GOLDEN / f"golden-v{version}.jsonl" for version in (1, 2))
ENTRIES = [json.loads(line) for file in FILES for line in file.read_bytes().splitlines()]
OF_TYPE = {kind: [entry for entry in ENTRIES if entry["type"] == kind] for kind in EVENTS}


@cache
def validator(kind: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((SCHEMAS / f"{kind}.json").read_text(encoding="utf-8")))


def fits(record: Any, kind: str) -> bool:
    return validator(kind).is_valid(record)


def is_read(record: Any) -> bool:
    try:
        Entry.from_bytes(dumps(record))
    except IntegrityError:
        return False
    return True


def test_the_files_are_what_the_code_gives() -> None:
    files = {file.name: file.read_text(encoding="utf-8") for file in SCHEMAS.iterdir()}
    assert files == texts(), "run python scripts/write_schemas.py"


@pytest.mark.parametrize("kind", EVENTS)
def test_every_file_is_a_json_schema(kind: str) -> None:
    Draft202012Validator.check_schema(validator(kind).schema)


@pytest.mark.parametrize("kind", EVENTS)
def test_the_golden_entries_of_a_type_fit_its_schema_and_no_other(kind: str) -> None:
    assert OF_TYPE[kind]
    for entry in OF_TYPE[kind]:
        validator(kind).validate(entry)
        assert [name for name in EVENTS if fits(entry, name)] == [kind]


def objects(value: Any) -> list[dict[str, Any]]:
    """Every object in a value, itself included."""
    items = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    found = [each for item in items for each in objects(item)]
    return [value, *found] if isinstance(value, dict) else found


def lists(value: Any) -> list[list[Any]]:
    items = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    found = [each for item in items for each in lists(item)]
    return [value, *found] if isinstance(value, list) else found


OTHERS = st.sampled_from(
    [True, False, 0, 1, -1, 7, "", "x", "1", "1.50", "-0", "2024-01-01", [], ["x"], [1], {}, {"x": 1}]
)
ANY_ENTRY = (
    st.sampled_from(sorted(EVENTS)).flatmap(lambda kind: st.sampled_from(OF_TYPE[kind])).map(json.dumps).map(json.loads)
)


@given(ANY_ENTRY, st.data())
def test_a_dropped_field_is_refused_by_both_or_by_none(entry: Any, data: st.DataObject) -> None:
    kind = entry["type"]
    where = data.draw(st.sampled_from([item for item in objects(entry) if item]))
    del where[data.draw(st.sampled_from(sorted(where)))]
    assert fits(entry, kind) == is_read(entry)


@given(ANY_ENTRY, st.data(), st.sampled_from(["x", "extra", "From", "n2", "at "]), OTHERS)
def test_an_added_field_is_refused_by_both_or_by_none(entry: Any, data: st.DataObject, name: str, value: Any) -> None:
    kind = entry["type"]
    data.draw(st.sampled_from(objects(entry)))[name] = value
    assert fits(entry, kind) == is_read(entry)


@given(ANY_ENTRY, st.data(), OTHERS)
def test_a_changed_value_is_refused_by_both_or_by_none(entry: Any, data: st.DataObject, value: Any) -> None:
    kind = entry["type"]
    holders = [item for item in [*objects(entry), *lists(entry)] if item]
    where = data.draw(st.sampled_from(holders))
    place = data.draw(st.sampled_from(sorted(where) if isinstance(where, dict) else range(len(where))))
    where[place] = value
    assert fits(entry, kind) == is_read(entry)


@pytest.mark.parametrize("kind", EVENTS)
def test_no_required_field_can_be_left_out_and_none_be_added(kind: str) -> None:
    for path, required in (((), validator(kind).schema["required"]), (("event",), EVENTS[kind]["required"])):
        for name in required:
            entry = json.loads(json.dumps(OF_TYPE[kind][0]))
            where = entry[path[0]] if path else entry
            del where[name]
            assert not fits(entry, kind), name
            assert not is_read(entry), name
        entry = json.loads(json.dumps(OF_TYPE[kind][0]))
        (entry[path[0]] if path else entry)["unknown"] = "x"
        assert not fits(entry, kind)
        assert not is_read(entry)
