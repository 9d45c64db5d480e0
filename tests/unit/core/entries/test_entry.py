"""Entries: their encoding follows the format, malformed bytes are refused, and their size is limited."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon_ledger.core.entries.entry import MAX_BYTES, SCHEMA, Entry, recorded_text, recorded_time
from carbon_ledger.errors import BrokenLogError, EntryTooLargeError, QuantityError, UnsupportedSchemaError

AT = "2025-07-01T08:00:00.250000Z"
DIGEST = "sha256:" + "0" * 64
FIRST, LAST = (datetime(year, 1, 1, tzinfo=UTC).replace(tzinfo=None) for year in (1970, 9999))
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1).filter(str.strip)


def entry(**fields: Any) -> Entry:
    usual: dict[str, Any] = {
        "n": 1,
        "at": AT,
        "by": "registrar",
        "type": "account.opened",
        "event": {"account": "op", "name": "Op"},
    }
    return Entry(**(usual | fields))


def record(**fields: Any) -> dict[str, Any]:
    return json.loads(entry().to_bytes()) | fields


def encoded(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def test_an_entry_is_these_bytes() -> None:
    found = entry(n=17, event={"name": "Söyüqbulaq", "account": "op"}, key="açar", digest=DIGEST, part=2, parts=3)
    assert (
        found.to_bytes()
        == (
            '{"at":"2025-07-01T08:00:00.250000Z","by":"registrar","command":{"digest":"' + DIGEST + '","key":"açar",'
            '"part":2,"parts":3},"event":{"account":"op","name":"Söyüqbulaq"},"n":17,"schema":1,"type":"account.opened"}'
        ).encode()
    )


def test_a_command_without_a_key_has_neither_key_nor_digest() -> None:
    assert b'"command":{"part":1,"parts":1}' in entry().to_bytes()


@given(
    st.integers(0, 2**53 - 1),
    st.datetimes(FIRST, LAST, timezones=st.just(UTC)),
    TEXTS,
    TEXTS,
    st.none() | TEXTS,
    st.integers(1, 9),
)
def test_what_is_written_is_read(n: int, at: datetime, by: str, name: str, key: str | None, part: int) -> None:
    first = entry(
        n=n,
        at=recorded_text(at),
        by=by,
        event={"account": "op", "name": name},
        key=key,
        digest=None if key is None else DIGEST,
        part=part,
        parts=9,
    )
    again = Entry.from_bytes(first.to_bytes())
    assert again == first
    assert again.to_bytes() == first.to_bytes()
    assert again.at_utc == at


def test_the_largest_entry_fits_and_one_more_byte_does_not() -> None:
    room = MAX_BYTES - len(entry(event={"account": "op", "name": ""}).to_bytes())
    assert MAX_BYTES == 65_535
    assert len(entry(event={"account": "op", "name": "x" * room}).to_bytes()) == MAX_BYTES
    with pytest.raises(EntryTooLargeError, match=r"entry 1 \(account.opened\) has 65536 bytes, expected at most 65535"):
        entry(event={"account": "op", "name": "x" * (room + 1)}).to_bytes()
    with pytest.raises(EntryTooLargeError):
        entry(event={"account": "op", "name": "ə" * (room // 2 + 1)}).to_bytes()


@pytest.mark.parametrize("value", [None, 1.0, "\ud800", 2**53, {1: "a"}, b"x"])
def test_what_an_entry_cannot_hold_is_not_written(value: object) -> None:
    with pytest.raises(QuantityError):
        entry(event={"account": "op", "name": value}).to_bytes()


@pytest.mark.parametrize("value", [None, 1.5, 2**53, {"n": [1.5]}])
def test_a_signature_holds_what_canonical_json_can(value: object) -> None:
    """It has no shape yet, so its values are looked at one by one."""
    signed = entry(sigs=({"key": "registrar", "sig": "abc"},))
    assert Entry.from_bytes(signed.readable_bytes()) == signed
    with pytest.raises(BrokenLogError, match=r"^entry\.sigs: "):
        entry(sigs=({"key": "registrar", "sig": value},)).readable_bytes()


@pytest.mark.parametrize("name", sorted(record()))
def test_no_field_can_be_left_out(name: str) -> None:
    fields = record()
    del fields[name]
    with pytest.raises(BrokenLogError, match="entry: "):
        Entry.from_bytes(encoded(fields))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"extra": 1}, "entry: unknown field 'extra'"),
        ({"n": -1}, "entry.n: -1 is out of bounds"),
        ({"n": "1"}, "entry.n: '1', expected an integer"),
        ({"n": True}, "entry.n: True, expected an integer"),
        ({"at": "2025-07-01T08:00:00Z"}, "entry.at: '2025-07-01T08:00:00Z' does not match"),
        ({"by": ""}, "entry.by: the text is empty"),
        ({"type": "account.closed"}, "entry: unknown type 'account.closed'"),
        ({"type": 7}, "entry: unknown type 7"),
        ({"schema": 0}, "entry.schema: 0, expected 1"),
        ({"schema": True}, "entry.schema: True, expected an integer"),
        ({"schema": "1"}, "entry.schema: '1', expected an integer"),
        ({"command": {"part": 0, "parts": 1}}, "entry.command.part: 0 is out of bounds"),
        ({"command": {"part": 1}}, "entry.command: missing parts"),
        ({"command": {"part": 1, "parts": 1, "key": ""}}, "entry.command.key: the text is empty"),
        ({"command": {"part": 1, "parts": 1, "digest": "sha256:0"}}, "entry.command.digest: 'sha256:0' does not match"),
        ({"event": {"account": "op"}}, "entry.event: missing name"),
        ({"event": {"account": "op", "name": "Op", "shut": True}}, "entry.event: unknown field 'shut'"),
        ({"sigs": ["x"]}, "entry.sigs[0]: 'x', expected an object"),
    ],
)
def test_an_entry_of_another_shape_is_refused_and_the_place_is_named(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(BrokenLogError) as caught:
        Entry.from_bytes(encoded(record(**fields)))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"{}", b"1", b"null", b'"x"', b"\xff", b"\xef\xbb\xbf{}", b"[" * 99_999]
)
def test_what_is_no_entry_is_refused(data: bytes) -> None:
    with pytest.raises(BrokenLogError):
        Entry.from_bytes(data)


@pytest.mark.parametrize("schema", [SCHEMA + 1, 99])
def test_a_newer_schema_is_refused_as_newer_whatever_else_it_has(schema: int) -> None:
    newer = record(schema=schema, type="storage.charged", more={"a": 1})
    with pytest.raises(UnsupportedSchemaError, match=f"entry of schema {schema}, this version reads up to 1: install"):
        Entry.from_bytes(encoded(newer))


def test_an_entry_may_carry_signatures_that_nothing_reads_yet() -> None:
    data = encoded(record(sigs=[{"by": "x"}]))
    assert Entry.from_bytes(data).sigs == ({"by": "x"},)
    assert Entry.from_bytes(data).to_bytes() == data


def test_an_entry_that_could_not_have_been_written_is_not_read() -> None:
    """Longer than a bundle's length field can say, or recorded at a time that is none."""
    with pytest.raises(BrokenLogError, match="at most 65535"):
        Entry.from_bytes(encoded(record(by="x" * 66_000)))
    for at in ("2025-99-99T99:99:99.000000Z", "2025-01-01T24:00:00.000000Z"):
        with pytest.raises(BrokenLogError, match="is not a valid time"):
            Entry.from_bytes(encoded(record(at=at)))


def test_a_recorded_time_is_utc_to_the_microsecond() -> None:
    baku = timezone(timedelta(hours=4))
    assert recorded_text(datetime(2024, 5, 1, 3, 59, 59, 7, tzinfo=baku)) == "2024-04-30T23:59:59.000007Z"
    assert recorded_time("2024-04-30T23:59:59.000007Z") == datetime(2024, 4, 30, 23, 59, 59, 7, tzinfo=UTC)
    for text in ("2024-04-31T00:00:00.000000Z", "2024-13-01T00:00:00.000000Z", "2024-04-30T25:00:00.000000Z", "x"):
        with pytest.raises(BrokenLogError, match="is not a valid time"):
            recorded_time(text)


@given(*[st.datetimes(FIRST, LAST, timezones=st.just(UTC))] * 2)
def test_the_texts_of_times_sort_as_the_times_do(one: datetime, other: datetime) -> None:
    assert (recorded_text(one) < recorded_text(other)) == (one < other)
