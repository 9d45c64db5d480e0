"""Operators over whole entries: deleted, moved, doubled, of another type, with another key or place in the command."""

from collections.abc import Callable, Mapping
from itertools import pairwise
from random import Random
from typing import Any, Final

Record = dict[str, Any]
Move = Callable[[list[Record], int, int, int, Random], list[Record] | None]

OTHER: Final = "sha256:" + "7" * 64


def _numbered(records: list[Record]) -> list[Record]:
    """Records with their numbers in order, and times that ascend."""
    for n, record in enumerate(records):
        record["n"] = n
    for before, record in pairwise(records):
        if record["at"] <= before["at"]:
            stem, micros = before["at"][:20], int(before["at"][20:26])
            record["at"] = f"{stem}{micros + 1:06d}Z" if micros < 999_999 else record["at"]
    return records


def _command(change: Callable[[Record, list[Record], Random], dict[str, Any] | None]) -> Move:
    """Another command field in every entry of the command."""

    def move(records: list[Record], n: int, first: int, stop: int, chance: Random) -> list[Record] | None:
        del n
        for place in range(first, stop):
            command = change(records[place], records[:first], chance)
            if command is None:
                return None
            records[place]["command"] = command
        return records

    return move


def _keys(records: list[Record], *, by: str | None = None) -> list[tuple[str, str]]:
    return [
        (record["command"]["key"], record["command"]["digest"])
        for record in records
        if "key" in record["command"] and by in (None, record["by"])
    ]


def _with_key_of(record: Record, before: list[Record], _: Random, *, same: bool) -> dict[str, Any] | None:
    keys = (
        _keys(before, by=record["by"])
        if same
        else [key for key in _keys(before) if key not in _keys(before, by=record["by"])]
    )
    return None if not keys else {**record["command"], "key": keys[0][0], "digest": keys[0][1]}


def _deleted(records: list[Record], n: int, first: int, stop: int, _: Random) -> list[Record] | None:
    del first, stop
    del records[n]
    return _numbered(records)


def _part_deleted(records: list[Record], n: int, first: int, stop: int, _: Random) -> list[Record] | None:
    """The entry away, and the command's other parts numbered again."""
    if stop - first < 2:
        return None
    del records[n]
    for part, record in enumerate(records[first : stop - 1], 1):
        record["command"] = {**record["command"], "part": part, "parts": stop - first - 1}
    return _numbered(records)


def _doubled(records: list[Record], n: int, first: int, stop: int, _: Random) -> list[Record] | None:
    del first, stop
    records.insert(n, dict(records[n]))
    return _numbered(records)


def _command_doubled(records: list[Record], n: int, first: int, stop: int, _: Random) -> list[Record] | None:
    del n
    records[stop:stop] = [{**record, "command": _bare(record)} for record in records[first:stop]]
    return _numbered(records)[: 2 * stop - first]


def _bare(record: Record) -> dict[str, Any]:
    return {name: record["command"][name] for name in ("part", "parts")}


def _swapped(records: list[Record], n: int, first: int, stop: int, _: Random) -> list[Record] | None:
    del first, stop
    if n + 1 >= len(records):
        return None
    records[n], records[n + 1] = records[n + 1], records[n]
    return _numbered(records)


def _joined(records: list[Record], n: int, first: int, stop: int, _: Random) -> list[Record] | None:
    """This command and the next one, as one."""
    del n
    if stop >= len(records) or records[stop]["by"] != records[first]["by"]:
        return None
    end = stop + records[stop]["command"]["parts"]
    for part, record in enumerate(records[first:end], 1):
        record["command"] = {"part": part, "parts": end - first}
    return records


def _cut(records: list[Record], n: int, first: int, stop: int, _: Random) -> list[Record] | None:
    """A command of several entries as several commands."""
    del n
    if stop - first < 2:
        return None
    for record in records[first:stop]:
        record["command"] = {"part": 1, "parts": 1}
    return records


def _other_type(records: list[Record], n: int, first: int, stop: int, chance: Random) -> list[Record] | None:
    del first, stop
    kinds = sorted({record["type"] for record in records} - {records[n]["type"]})
    records[n]["type"] = chance.choice(kinds)
    return records


def _other_event(records: list[Record], n: int, first: int, stop: int, chance: Random) -> list[Record] | None:
    """The event of another entry of the type."""
    del first, stop
    others = [record for record in records if record["type"] == records[n]["type"] and record["n"] != n]
    if not others:
        return None
    records[n]["event"] = chance.choice(others)["event"]
    records[n]["command"] = _bare(records[n]) if records[n]["command"]["parts"] == 1 else records[n]["command"]
    return records


def _signed(records: list[Record], n: int, first: int, stop: int, _: Random) -> list[Record] | None:
    del first, stop
    records[n]["sigs"] = [{"key": "k", "sig": "s"}]
    return records


def _field(name: str, value: object) -> Move:
    def move(records: list[Record], n: int, first: int, stop: int, _: Random) -> list[Record] | None:
        del first, stop
        records[n][name] = value
        return records

    return move


def _shifted(first_by: int, last_by: int) -> Move:
    """The serial range of an event, moved or wider."""

    def move(records: list[Record], n: int, first: int, stop: int, _: Random) -> list[Record] | None:
        event = records[n]["event"]
        if "batch" not in event:
            return None
        records[n]["event"] = {**event, "first": event["first"] + first_by, "last": event["last"] + last_by}
        for place in range(first, stop):
            records[place]["command"] = _bare(records[place])
        return records

    return move


MOVES: Final[Mapping[str, Move]] = {
    "entry-deleted": _deleted,
    "part-deleted": _part_deleted,
    "entry-doubled": _doubled,
    "command-doubled": _command_doubled,
    "entry-swapped-with-next": _swapped,
    "commands-joined": _joined,
    "command-cut": _cut,
    "other-type": _other_type,
    "other-event": _other_event,
    "signed": _signed,
    "entry-stranger": _field("stranger", 1),
    "schema-2": _field("schema", 2),
    "block-shifted-up": _shifted(1, 1),
    "block-shifted-down": _shifted(-1, -1),
    "block-wider": _shifted(0, 1),
    "block-narrower": _shifted(0, -1),
    "block-reversed": _shifted(10**6, 0),
    "key-without-digest": _command(lambda record, *_: {**_bare(record), "key": "k"}),
    "digest-without-key": _command(lambda record, *_: {**_bare(record), "digest": OTHER}),
    "key-of-no-request": _command(lambda record, *_: {**_bare(record), "key": "k", "digest": OTHER}),
    "key-left-out": _command(lambda record, *_: _bare(record) if "key" in record["command"] else None),
    "other-key-text": _command(
        lambda record, *_: {**record["command"], "key": "other text"} if "key" in record["command"] else None
    ),
    "key-of-earlier-command": _command(lambda record, before, chance: _with_key_of(record, before, chance, same=True)),
    "key-of-another-actor": _command(lambda record, before, chance: _with_key_of(record, before, chance, same=False)),
    "part-plus-one": _command(lambda record, *_: {**record["command"], "part": record["command"]["part"] + 1}),
    "parts-plus-one": _command(lambda record, *_: {**record["command"], "parts": record["command"]["parts"] + 1}),
    "part-zero": _command(lambda record, *_: {**record["command"], "part": 0}),
}
