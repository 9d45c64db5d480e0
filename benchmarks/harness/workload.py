"""The workload: plants of 100 MW, months of their hourly values, and ledgers that record them."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from attrs import frozen

import carbon_ledger as cl
from carbon_ledger.ledger.ledger import Ledger
from carbon_ledger.stores.sqlite import SqliteStore

CAPACITY_W: Final = 100_000_000
FIRST_YEAR: Final = 1980
OPERATOR: Final = "op"
_MOST_HOURS: Final = 744
_COLUMNS: Final = 97


@frozen
class Month:
    """A calendar month in UTC."""

    start: datetime
    hours: int

    @property
    def period(self) -> cl.Period:
        """The month as a period."""
        return cl.Period.of(self.start, self.start + timedelta(hours=self.hours))


def months(count: int, skip: int = 0) -> Iterator[Month]:
    """Consecutive calendar months."""
    for number in range(skip, skip + count):
        start, end = (datetime(FIRST_YEAR + n // 12, n % 12 + 1, 1, tzinfo=UTC) for n in (number, number + 1))
        yield Month(start, (end - start) // timedelta(hours=1))


@cache
def _columns() -> tuple[list[int], ...]:
    chosen = random.Random(7)
    return tuple([chosen.randint(1, CAPACITY_W) for _ in range(_MOST_HOURS)] for _ in range(_COLUMNS))


def column(plant: int, month: Month) -> list[int]:
    """The hourly values of a plant's month, random up to its capacity. [Wh]"""
    chosen = _columns()
    return chosen[(plant * 31 + month.start.year * 12 + month.start.month) % len(chosen)][: month.hours]


def plant_id(number: int) -> str:
    """The id of a plant."""
    return f"plant-{number}"


def device(number: int) -> cl.Device:
    """A plant of 100 MW."""
    return cl.Device(
        id=plant_id(number),
        name=f"Plant {number}",
        technology="hydro/run-of-river",
        capacity=f"{CAPACITY_W} W",
        country="AZ",
        grid="AZ",
        zone="UTC",
        commissioned=f"{FIRST_YEAR}-01-01",
    )


def set_up(ledger: Ledger, plants: int, *, projects: bool = False, accounts: Sequence[str] = (OPERATOR,)) -> None:
    """Open accounts and register plants, and optionally a project for each plant."""
    with ledger.batch():
        for account in accounts:
            ledger.open_account(account, name=account)
        for number in range(plants):
            ledger.register_device(device(number))
            if projects:
                ledger.register_project(
                    cl.Project(id=plant_id(number), instrument="I-REC-E", zone="UTC", devices=(plant_id(number),))
                )


def record_month(ledger: Ledger, plants: int, month: Month) -> int:
    """Record a month of every plant in one commit; return the number of readings."""
    with ledger.batch():
        for number in range(plants):
            ledger.record_readings(plant_id(number), start=month.start, step="1 hour", net_wh=column(number, month))
    return plants * month.hours


def record_many(ledger: Ledger, plants: int, month: Month) -> int:
    """Record a month of every plant with one command; return the number of readings."""
    start = int(month.start.timestamp())
    ledger.record_many([(plant_id(k), cl.Readings(start, 3600, column(k, month))) for k in range(plants)])
    return plants * month.hours


def record(ledger: Ledger, plants: int, readings: int) -> int:
    """Record months until there are at least *readings* readings; return their number."""
    made = 0
    for month in months(12 * 2_000):
        if made >= readings:
            break
        made += record_month(ledger, plants, month)
    return made


def unsynced(path: Path) -> Ledger:
    """A ledger whose commits do not wait for the disk, for building what is not measured."""
    cl.open_ledger(path, ledger_id="bench", by="bench").close()
    return Ledger(SqliteStore(path, durable=False), clock=lambda: datetime.now(UTC), by="bench")
