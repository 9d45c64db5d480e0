"""Public records: each is exported and typed, has a plain form that JSON can write, and a short repr."""

import inspect
import json
from datetime import date, datetime
from typing import Any

import attrs
import pytest
from tests.support.public_records import Surface, parts, public_things, records, sample

import carbon_ledger as cl
from carbon_ledger.column import Column
from carbon_ledger.log.checkpoint import Checkpoint
from carbon_ledger.periods.instants import time_of


# Not records: what asks, signs, reads, or is a table.
def is_protocol(kind: type) -> bool:
    """Whether a class only declares what others provide."""
    return bool(getattr(kind, "_is_protocol", False))


OTHERS = {"Ledger", "Reader", "Recorder", "Snapshot", "Signer", "MeterScan", "Record"} | {
    "Column",
    "Listing",
    "Tabular",
}


@pytest.fixture(scope="module")
def surface() -> Surface:
    return Surface()


@pytest.fixture(scope="module")
def found(surface: Surface, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """One record of each public class, or more; a sample of those that no question of the ledger gives."""
    given = [part for record in records(tmp_path_factory.mktemp("records")) for part in parts(record)]
    kinds = {type(record) for record in given}
    return given + [sample(kind) for kind in ours(surface) if kind not in kinds and attrs.has(kind)]


def fields(record: object) -> tuple[Any, ...]:
    return attrs.fields(type(record)) if attrs.has(type(record)) else ()


def ours(surface: Surface) -> list[type]:
    """The classes of records; tiles, bundles and proofs of `log` are files of C2SP, which have forms of their own."""
    return [
        kind
        for kind in surface.seen
        if kind.__name__ not in OTHERS
        and not is_protocol(kind)
        and (kind is Checkpoint or not kind.__module__.startswith("carbon_ledger.log."))
    ]


def test_the_walk_meets_what_a_ledger_returns(surface: Surface) -> None:
    assert {cl.Statement, cl.Movement, cl.Trace, cl.Reading, cl.Published, cl.Finding} <= surface.seen.keys()
    assert len(surface.seen) > 110


def test_every_record_that_is_returned_can_be_imported(surface: Surface) -> None:
    public = {thing for _, thing in public_things() if inspect.isclass(thing)}
    assert {kind.__name__: where for kind, where in surface.seen.items() if kind not in public | {Column}} == {}


def test_no_annotation_says_nothing(surface: Surface) -> None:
    # A function of any record; and rows of any table, which somebody else's source of a columns audit gives.
    assert set(surface.holes) == {"Column.of", "Source.rows"}


def test_every_record_has_a_plain_form(surface: Surface) -> None:
    assert [kind.__name__ for kind in ours(surface) if not hasattr(kind, "to_dict")] == []


def test_every_public_record_is_tried(surface: Surface, found: list[Any]) -> None:
    tried = {type(record) for record in found}
    missing = {kind.__name__ for kind in ours(surface) if kind not in tried}
    assert not missing, " ".join(sorted(missing))


def test_a_plain_form_survives_json(found: list[Any]) -> None:
    for record in found:
        if hasattr(record, "to_dict"):
            plain = record.to_dict()
            assert json.loads(json.dumps(plain)) == plain, type(record)
            assert all("_utc" not in name for name in plain), type(record)


def test_a_plain_form_has_no_float_and_no_object(found: list[Any]) -> None:
    def kinds(value: object) -> set[type]:
        if isinstance(value, dict):
            return {kind for item in (*value, *value.values()) for kind in kinds(item)}
        if isinstance(value, list):
            return {kind for item in value for kind in kinds(item)}
        return {type(value)}

    for record in found:
        if hasattr(record, "to_dict"):
            assert kinds(record.to_dict()) <= {str, int, bool, type(None)}, type(record)


def test_a_repr_is_one_short_line(found: list[Any]) -> None:
    for record in found:
        if isinstance(record, cl.Record):
            assert len(repr(record)) <= 120
            assert repr(record).isprintable()
            assert repr(record).startswith(f"{type(record).__name__}(")


def test_every_second_has_its_aware_datetime(found: list[Any]) -> None:
    for record in found:
        names = [item.name for item in fields(record) if item.name.endswith("_utc")]
        for name in names:
            seconds = getattr(record, name)
            if not isinstance(seconds, tuple):
                assert getattr(record, name.removesuffix("_utc")) == time_of(seconds), (type(record), name)


def test_every_time_is_an_aware_datetime(found: list[Any]) -> None:
    for record in found:
        for item in fields(record):
            value = getattr(record, item.name)
            if item.name == "at" or isinstance(value, datetime):
                known = isinstance(record, cl.Entry | cl.MeterExchange | cl.SerialMismatch)
                assert known or value.utcoffset().total_seconds() == 0, (type(record), item.name)
            assert not isinstance(value, datetime) or isinstance(value, date)
