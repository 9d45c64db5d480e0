"""A ledger file with readings, issuances, a correction and moves, and what an adversary does to such a file."""

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from attrs import frozen
from tests.conftest import EVIDENCE, device

import carbon_ledger as cl
from carbon_ledger.canonical import digest, dumps
from carbon_ledger.testing import Clock

HOUR_WH: Final = 1_234_567
Entries = dict[int, dict[str, Any]]


def write_ledger(path: Path) -> None:
    """Write the ledger: two plants and two projects, with a correction, a voiding, and units that move."""
    with cl.open_ledger(path, ledger_id="damaged", clock=Clock("2026-01-01T00:00Z"), by="tester") as ledger:
        for account in ("op", "buyer", "other"):
            ledger.open_account(account, name=account.title())
        for plant in ("north", "south"):
            ledger.register_device(device(plant, zone="UTC"))
            ledger.register_project(cl.Project(id=plant, instrument="I-REC-E", zone="UTC", devices=(plant,)))
        for month in (1, 2, 3):
            period = cl.Period.month(2025, month, zone="UTC")
            hours = (period.end_utc - period.start_utc) // 3600
            for plant in ("north", "south"):
                values = [HOUR_WH + month * k for k in range(hours)]
                ledger.record_readings(plant, start=period.start, step="1 hour", net_wh=values)
                (batch,) = ledger.issue(plant, period, to="op")
            sold, locked, offered, _ = batch.cut(20, 10, 5, batch.count - 35)
            ledger.transfer(sold, to="buyer")
            claim = {"beneficiary": "A bakery", "purpose": "claims", "period": period}
            ledger.retire(sold.take(5), from_="buyer", **claim)
            ledger.lock(locked, reason="a dispute")
            ledger.offer(offered, to="other")
        hour = cl.Period.of("2025-01-03T00:00Z", "2025-01-03T01:00Z")
        ledger.correct_generation("north", hour, net="1 MWh", reason="calibration", evidence=EVIDENCE)
        march = cl.Period.month(2025, 3, zone="UTC")
        ledger.void(ledger.issuances("north")[-1].n, reason="a mistake")
        ledger.issue("north", march, to="op")


@frozen
class Damage:
    """What an adversary does.

    Attributes:
        check: The check that finds it, by its name in `checks.sql`.
        edit: Changes the entries; the leaf hashes of changed entries are made again.
        sql: Statements that change the file after that, when the guards of the log are gone.
    """

    check: str
    edit: Callable[[Entries], object] = lambda _: None
    sql: tuple[str, ...] = ()


def nth(entries: Entries, kind: str, place: int, **fields: object) -> dict[str, Any]:
    """The entry of a type at a place among those whose events have these fields."""
    found = [
        entry
        for _, entry in sorted(entries.items())
        if entry["type"] == kind and fields.items() <= entry["event"].items()
    ]
    return found[place]


def _set(kind: str, place: int, **fields: object) -> Callable[[Entries], object]:
    return lambda entries: nth(entries, kind, place)["event"].update(fields)


def _reading(plant: str, place: int, change: Callable[[dict[str, Any]], object]) -> Callable[[Entries], object]:
    return lambda entries: change(nth(entries, "generation.recorded", place, device=plant)["event"])


def _moved(plant: str, place: int, start: str) -> Callable[[Entries], object]:
    return _reading(plant, place, lambda event: event.update(start=start))


def _document(
    place: int, change: Callable[[dict[str, Any]], object], *, named: bool = True
) -> Callable[[Entries], object]:
    """Change the document of an issuance, and its digest where it is named."""

    def edit(entries: Entries) -> None:
        issued = nth(entries, "issuance.recorded", place)
        part = entries[issued["n"] - 1]["event"]
        record = json.loads(part["text"])
        change(record)
        part["text"] = dumps(record).decode()
        if named:
            issued["event"]["quantification"] = part["sha256"] = digest(part["text"].encode())

    return edit


def _claims(record: dict[str, Any]) -> None:
    """The third issuance of `south` claims the steps of January instead of those of March."""
    (steps,) = record["steps"]
    steps["claimed"] = [["2025-01-01T00:00:00Z", "2025-02-01T00:00:00Z"]]


def _count(entries: Entries) -> None:
    event = nth(entries, "issuance.recorded", 0)["event"]
    event["batches"][0]["count"] += 1


def _amount(entries: Entries) -> None:
    event = nth(entries, "issuance.recorded", 1)["event"]
    event["amounts"][0]["amount"] = event["amounts"][0]["amount"].replace(".", "1.")


def _carry(entries: Entries) -> None:
    nth(entries, "issuance.recorded", 2)["event"]["carry"][0]["amount"] = "0.5"


def _void_again(entries: Entries) -> None:
    event = nth(entries, "issuance.voided", 0)["event"]
    last = entries[max(entries)]
    again = {"issuance": event["issuance"], "reason": "again", "carry": event["carry"]}
    entries[max(entries) + 1] = {
        **last,
        "n": last["n"] + 1,
        "type": "issuance.voided",
        "event": again,
        "at": later(last),
    }


def later(entry: Mapping[str, Any]) -> str:
    """A recorded time after that of an entry."""
    return str(entry["at"]).replace("Z", "")[:-1] + "9Z"


def _command(entries: Entries) -> None:
    nth(entries, "issuance.recorded", 1)["command"].update(part=1, parts=1)


# Each is one kind of damage, by its name.
DAMAGES: Final[Mapping[str, Damage]] = {
    "a digit of the stored bytes": Damage(
        "hashes",
        sql=("update entry set data = cast(replace(cast(data as text), '1234577', '1234578') as blob) where n = 8",),
    ),
    "a stored leaf": Damage("hashes", sql=("update entry set leaf = zeroblob(32) where n = 9",)),
    "bytes that are no text": Damage("order", sql=("update entry set data = cast(x'ff' || data as blob) where n = 2",)),
    "an entry that is missing": Damage("order", sql=("delete from entry where n = 12",)),
    "a time": Damage("order", lambda entries: entries[11].update(at="2025-12-31T00:00:00.000000Z")),
    "a number": Damage("order", lambda entries: entries[11].update(n=10)),
    "a part of a command": Damage("order", _command),
    "an entry without its fields": Damage(
        "decoded", lambda entries: nth(entries, "generation.recorded", 1)["event"].pop("net_wh")
    ),
    "a document": Damage("documents", _document(1, lambda record: record.update(project="north"), named=False)),
    "a reading": Damage("amounts", _reading("north", 0, lambda event: event["net_wh"].__setitem__(5, 7))),
    "readings that overlap": Damage(
        "readings", _reading("south", 1, lambda event: event.update(start="2025-01-31T00:00:00Z"))
    ),
    "a correction of nothing": Damage("readings", _set("generation.corrected", 0, start="2025-06-03T00:00:00Z")),
    "more than the plant can generate": Damage(
        "plausibility", _reading("north", 1, lambda event: event["net_wh"].__setitem__(5, 10**12))
    ),
    "more import than its load": Damage(
        "plausibility", _reading("north", 1, lambda event: event["net_wh"].__setitem__(5, -(10**11)))
    ),
    "a plant that is younger": Damage("plausibility", _set("device.registered", 0, commissioned="2025-02-01")),
    "readings of the future": Damage(
        "plausibility", _reading("south", 2, lambda event: event.update(start="2026-03-01T00:00:00Z"))
    ),
    "a step that is claimed twice": Damage("claims", _document(5, _claims)),
    "a voiding that is repeated": Damage("claims", _void_again),
    "an amount": Damage("amounts", _amount),
    "a unit more": Damage("carry", _count),
    "a carry": Damage("carry", _carry),
    "another giver": Damage("moves", _set("units.transferred", 0, **{"from": "other"})),
    "a second move": Damage("moves", _set("units.locked", 1, first=1, last=10)),
    "units that do not exist": Damage("moves", _set("units.locked", 1, first=10_000, last=10_009)),
    "a stored balance": Damage("balances", sql=("update balance set active = active + 1 where account = 'buyer'",)),
    "a stored piece": Damage(
        "balances", sql=("update piece set account = 'other' where account = 'buyer' and state = 'retired'",)
    ),
}


def damaged(sound: Path, path: Path, damages: Iterable[Damage]) -> Path:
    """Copy a ledger file and damage the copy, as somebody could who has the file and this library's source."""
    shutil.copyfile(sound, path)
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        triggers = file.execute("select name, sql from sqlite_master where type = 'trigger' order by rowid").fetchall()
        file.execute("begin")
        for name, _ in triggers:
            file.execute(f"drop trigger {name}")
        stored = dict(file.execute("select n, data from entry"))
        entries = {n: json.loads(data) for n, data in stored.items()}
        before = {n: dumps(entry) for n, entry in entries.items()}
        for damage in damages:
            damage.edit(entries)
        for n, entry in entries.items():
            if (data := dumps(entry)) != before.get(n):
                leaf = hashlib.sha256(b"\x00" + data).digest()
                file.execute("insert or replace into entry values (?, ?, ?)", (n, leaf, data))
        for damage in damages:
            for statement in damage.sql:
                file.execute(statement)
        for _, sql in triggers:
            file.execute(sql)
        file.execute("commit")
    return path
