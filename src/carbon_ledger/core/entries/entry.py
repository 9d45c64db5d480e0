"""The entries of the log, and their encoding as canonical JSON."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from attrs import frozen

from carbon_ledger.canonical import dumps, loads
from carbon_ledger.core.entries import events, schema
from carbon_ledger.core.entries.events import CORRECTION_STAGED, CORRECTIONS, GENERATION_RECORDED, METER_RECORDED
from carbon_ledger.core.entries.schema import compile_check
from carbon_ledger.errors import BrokenLogError, EntryTooLargeError, PeriodError, QuantityError, UnsupportedSchemaError
from carbon_ledger.printing import quote
from carbon_ledger.records import Record

SCHEMA: Final = 1
_DEEPEST_SIGNATURES: Final = 16  # a fixed limit, because Python's recursion limit differs between programs
MAX_BYTES: Final = 65_535  # an entry bundle's length field is a uint16 (C2SP tlog-tiles)


@frozen(kw_only=True, repr=False)
class Entry(Record):
    """One entry of the log.

    Attributes:
        n: The number of the entry. Entries are numbered from 0 without gaps.
        at: When the entry was recorded, UTC, strictly increasing, e.g. ``2024-05-01T10:00:00.000000Z``.
        by: The actor.
        type: The type of the event, e.g. ``generation.recorded``.
        event: The event's own fields; see docs/reference/entries.md.
        key: The command's idempotency key, or None.
        digest: If the command has a key, the digest of its normalised arguments.
        part: The position of the entry among the command's entries, from 1.
        parts: The number of entries that the command recorded.
        sigs: Reserved for actors' signatures.
    """

    _in_repr = ("n", "at", "by", "type")

    n: int
    at: str
    by: str
    type: str
    event: Mapping[str, Any]
    key: str | None = None
    digest: str | None = None
    part: int = 1
    parts: int = 1
    sigs: tuple[Mapping[str, Any], ...] = ()

    def record(self) -> dict[str, Any]:
        """The entry as a JSON object."""
        command: dict[str, Any] = {"part": self.part, "parts": self.parts}
        if self.key is not None:
            command |= {"key": self.key, "digest": self.digest}
        record: dict[str, Any] = {
            "at": self.at,
            "by": self.by,
            "command": command,
            "event": self.event,
            "n": self.n,
            "schema": SCHEMA,
            "type": self.type,
        }
        if self.sigs:
            record["sigs"] = list(self.sigs)
        return record

    def to_bytes(self) -> bytes:
        """Encode the entry as the bytes that are hashed.

        Raises:
            EntryTooLargeError: The entry has more than 65,535 bytes.
            QuantityError: An entry cannot contain one of the values.
        """
        return self._bounded(dumps(self.record()))

    def readable_bytes(self) -> bytes:
        """Encode the entry after checking that `from_bytes` can decode the result.

        Raises:
            BrokenLogError: The entry does not match the schema of its type.
            EntryTooLargeError: The entry has more than 65,535 bytes.
            QuantityError: A text has a lone surrogate.
        """
        record = self.record()
        require_shape(record, self.type)
        # The schema covers every value except signatures.
        return self._bounded(dumps(record, checked=not self.sigs, columns=self.type in _COLUMNED))

    def _bounded(self, data: bytes) -> bytes:
        if len(data) > MAX_BYTES:
            raise EntryTooLargeError(
                f"entry {self.n} ({self.type}) has {len(data)} bytes, expected at most {MAX_BYTES}; record it in parts"
            )
        return data

    @classmethod
    def from_bytes(cls, data: bytes) -> "Entry":
        """Decode an entry and check it against the schema of its type.

        Raises:
            BrokenLogError: *data* is not an entry in canonical form.
            UnsupportedSchemaError: A newer version of this library wrote the entry.

        Example:
            >>> Entry.from_bytes(b"{}")
            Traceback (most recent call last):
            ...
            carbon_ledger.errors.BrokenLogError: entry: expected an object with the fields type and schema
        """
        if isinstance(data, bytes) and len(data) > MAX_BYTES:
            raise BrokenLogError(f"entry: {len(data)} bytes, expected at most {MAX_BYTES}")
        record = loads(data, shaped=True)
        if not isinstance(record, dict) or not {"type", "schema"} <= record.keys():
            raise BrokenLogError("entry: expected an object with the fields type and schema")
        kind, schema = record["type"], record["schema"]
        if type(schema) is int and schema > SCHEMA:
            raise UnsupportedSchemaError(
                f"entry of schema {schema}, this version reads up to {SCHEMA}: install a newer carbon-ledger"
            )
        if not isinstance(kind, str) or kind not in events.EVENTS:
            raise BrokenLogError(f"entry: unknown type {quote(kind)}")
        require_shape(record, kind)
        command = record["command"]
        return cls(
            n=record["n"],
            at=record["at"],
            by=record["by"],
            type=kind,
            event=record["event"],
            key=command.get("key"),
            digest=command.get("digest"),
            part=command["part"],
            parts=command["parts"],
            sigs=tuple(record.get("sigs", ())),
        )

    @property
    def at_utc(self) -> datetime:
        """When the entry was recorded; the same as `recorded_at`."""
        return recorded_time(self.at)

    @property
    def recorded_at(self) -> datetime:
        """When the entry was recorded, to the microsecond, as an aware datetime in UTC."""
        return recorded_time(self.at)


# The events whose fields may contain columns of values.
_COLUMNED: Final = frozenset((GENERATION_RECORDED, METER_RECORDED, CORRECTION_STAGED, *CORRECTIONS))
_SCHEMAS: Final = {kind: events.entry_schema(kind) for kind in events.EVENTS}
_FITS: Final = {kind: compile_check(schema) for kind, schema in _SCHEMAS.items()}


def require_shape(record: dict[str, Any], kind: str) -> None:
    """Refuse an entry's JSON object that does not match the schema of its type.

    Raises:
        BrokenLogError: The object does not match the schema.
    """
    if not _FITS[kind](record):
        schema.check(record, _SCHEMAS[kind], "entry")
    if "sigs" in record:
        _require_plain(record["sigs"])
    recorded_time(record["at"])


def _require_plain(sigs: object) -> None:
    """Refuse signatures that are nested too deeply or have no canonical JSON form; they have no schema yet."""
    level: list[object] = [sigs]
    for _ in range(_DEEPEST_SIGNATURES):
        level = [item for value in level for item in _nested_in(value)]
    if level:
        raise BrokenLogError(f"entry.sigs: nested more than {_DEEPEST_SIGNATURES} levels deep")
    try:
        dumps(sigs)
    except QuantityError as error:
        raise BrokenLogError(f"entry.sigs: {error}") from None


def _nested_in(value: Any) -> list[object]:
    items = value.values() if isinstance(value, dict) else value
    return [item for item in items if isinstance(item, dict | list | tuple)]


def recorded_text(time: datetime) -> str:
    """A recorded time as the text that entries contain.

    Raises:
        PeriodError: The time has no date in the years 1 to 9999 in UTC.
    """
    try:
        text = (time if time.tzinfo is UTC else time.astimezone(UTC)).isoformat(timespec="microseconds")
    except OverflowError:
        raise PeriodError(f"time {time!s} is out of range; expected a time in the years 1 to 9999 UTC") from None
    return text.removesuffix("+00:00") + "Z"


@lru_cache(maxsize=64)  # each time is parsed for its own entry, and again for the next entry
def recorded_time(text: str) -> datetime:
    """The recorded time of an entry, from its text.

    Raises:
        BrokenLogError: *text* is not a valid time.
    """
    try:
        if text[11:13] == "24":  # newer Pythons read it as the next midnight
            raise ValueError
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        raise BrokenLogError(
            f"recorded time {quote(text)} is not a valid time; expected one such as 2024-05-01T10:00:00.000000Z"
        ) from None
