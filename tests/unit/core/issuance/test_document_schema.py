"""The schema of a quantification's document: golden documents fit, and both checks agree on changed ones."""

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tests.support.places import ROOT

from carbon_ledger.canonical import dumps
from carbon_ledger.core.entries.schema import compile_check
from carbon_ledger.core.issuance.document_schema import QUANTIFICATION, require_quantification
from carbon_ledger.errors import BrokenLogError
from carbon_ledger.methodologies import Quantification

FILE = ROOT / "docs" / "reference" / "schemas" / "quantification.json"
Record = dict[str, Any]


@cache
def validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(FILE.read_text(encoding="utf-8")))


def golden() -> list[str]:
    """The documents of the golden ledgers."""
    found: dict[str, str] = {}
    for version in (1, 2):
        for line in (ROOT / "tests" / "golden" / f"golden-v{version}.jsonl").read_bytes().splitlines():
            event = json.loads(line)["event"]
            if "sha256" in event:
                found[event["sha256"]] = found.get(event["sha256"], "") * (event["part"] > 1) + event["text"]
    return list(found.values())


DOCUMENTS = golden()
READ = compile_check(QUANTIFICATION)


def is_read(record: object) -> bool:
    try:
        require_quantification(record)
    except BrokenLogError:
        return False
    return True


def holders(value: Any) -> list[Any]:
    """Every object and list in a value, itself included."""
    items = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    found = [each for item in items for each in holders(item)]
    return [value, *found] if isinstance(value, dict | list) else found


WORDS = ["", " ", "x", "1", "1.50", "-0", "0.5", "9" * 401, "2024-01-01T00:00:00Z", "é\x85", "\x00", "a" * 10_001]
NUMBERS = [True, 0, 1, -1, 2**53]
GROUPS = [[], ["x"], [1] * 40, {}, {"x": 1}, ["2024-01-01T00:00:00Z"] * 3]
OTHERS = st.sampled_from([*WORDS, *NUMBERS, *GROUPS])


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_documents_of_the_golden_ledgers_fit(document: str) -> None:
    record = json.loads(document)
    validator().validate(record)
    require_quantification(record)
    assert dumps(Quantification.from_record(record).to_record()).decode() == document


@given(st.sampled_from(DOCUMENTS).map(json.loads), st.data(), OTHERS)
def test_a_changed_document_fits_both_or_none(record: Any, data: st.DataObject, value: Any) -> None:
    """jsonschema, the quick check and the one that says why agree: of a value, of an added and of a dropped field."""
    holder = data.draw(st.sampled_from([item for item in holders(record) if item]))
    keys = sorted(holder) if isinstance(holder, dict) else range(len(holder))
    key = data.draw(st.sampled_from(keys))
    if data.draw(st.booleans()):
        holder[key] = value
    elif isinstance(holder, dict) and data.draw(st.booleans()):
        holder[data.draw(st.sampled_from(["x", "note", "value", "Name"]))] = value
    else:
        del holder[key]
    fits = validator().is_valid(record)
    assert READ(record) == is_read(record) == fits


def line(record: Record, symbol: str) -> Record:
    found: Record = next(item for item in record["lines"] if item["symbol"] == symbol)
    return found
