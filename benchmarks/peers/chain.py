"""A hash chain with a line of JSON for each reading, as one would write it with pint and attrs.

The work is equivalent. The energy is a pint quantity with a Decimal. Its dimension, the plant's capacity and
commissioning, and the overlap with earlier readings are checked. Each line contains the hash of the line before,
and a commit is durable. An issuance claims each hour of a month once and carries the fraction of a certificate.
The audit reads the lines again, recomputes every hash and repeats every check.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from attrs import asdict, define, frozen


@cache
def _units() -> Any:
    import pint

    return pint.UnitRegistry(non_int_type=Decimal)


@frozen
class Plant:
    """A plant."""

    name: str
    capacity: str
    commissioned: datetime


@frozen
class Reading:
    """The energy of an hour."""

    plant: str
    start: str
    energy: str
    unit: str


@frozen
class Issuance:
    """The certificates of a month."""

    plant: str
    start: str
    end: str
    amount: str
    certificates: int
    carry: str


@define
class State:
    """The state that follows from the lines."""

    hours: dict[tuple[str, datetime], Any]
    claimed: set[tuple[str, datetime]]
    carry: dict[str, Decimal]
    issued: dict[str, int]
    last: str = "0" * 64

    @classmethod
    def empty(cls) -> "State":
        """The state before the first line."""
        return cls({}, set(), {}, {})


class Chain:
    """A file of lines, each with the hash of the line before.

    Args:
        path: A new file.
        plants: The plants.
    """

    def __init__(self, path: Path, plants: Iterable[Plant]) -> None:
        self.path = path
        self._file = path.open("a")
        self._plants = {plant.name: plant for plant in plants}
        self.state = State.empty()

    def record(self, plant: str, start: datetime, values_wh: Iterable[int]) -> None:
        """Record hourly values and make them durable."""
        quantity = _units().Quantity
        for hour, value in enumerate(values_wh):
            energy = quantity(Decimal(value), "Wh")
            at = start + timedelta(hours=hour)
            self._add(Reading(plant, at.isoformat(), str(energy.magnitude), "Wh"))
        self._commit()

    def issue(self, plant: str, start: datetime, end: datetime) -> int:
        """Issue a month and make it durable; return the number of certificates."""
        amount = self._amount(self.state, plant, start, end)
        carry = self.state.carry.get(plant, Decimal(0)) + amount
        count = int(carry)
        self._add(Issuance(plant, start.isoformat(), end.isoformat(), str(amount), count, str(carry - count)))
        self._commit()
        return count

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def audit(self) -> list[str]:
        """Check every line again; return the errors."""
        state, wrong = State.empty(), []
        for number, line in enumerate(self.path.read_text().splitlines()):
            record = json.loads(line)
            claimed_hash = record.pop("hash")
            try:
                if record.pop("before") != state.last or self._hash(record, state.last) != claimed_hash:
                    raise ValueError("the hash differs")
                kind = {"reading": Reading, "issuance": Issuance}[record.pop("type")]
                self._apply(state, kind(**record))
            except ValueError as error:
                wrong.append(f"line {number}: {error}")
            state.last = claimed_hash
        return wrong

    def _add(self, item: Reading | Issuance) -> None:
        self._apply(self.state, item)
        record = {"type": type(item).__name__.lower(), **asdict(item)}
        digest = self._hash(record, self.state.last)
        self._file.write(json.dumps(record | {"before": self.state.last, "hash": digest}, sort_keys=True) + "\n")
        self.state.last = digest

    @staticmethod
    def _hash(record: dict[str, Any], before: str) -> str:
        return hashlib.sha256((before + json.dumps(record, sort_keys=True)).encode()).hexdigest()

    def _commit(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())

    def _apply(self, state: State, item: Reading | Issuance) -> None:
        if isinstance(item, Reading):
            self._apply_reading(state, item)
        else:
            self._apply_issuance(state, item)

    def _apply_reading(self, state: State, item: Reading) -> None:
        quantity, plant = _units().Quantity, self._plants[item.plant]
        energy, at = quantity(Decimal(item.energy), item.unit), datetime.fromisoformat(item.start)
        if not energy.check("[energy]"):
            raise ValueError(f"{energy} is not an energy")
        if energy > _most(plant.capacity):
            raise ValueError(f"{energy} is more than {plant.capacity} can generate")
        if at < plant.commissioned:
            raise ValueError(f"{at} is before commissioning")
        if (item.plant, at) in state.hours:
            raise ValueError(f"{at} was recorded before")
        state.hours[item.plant, at] = energy

    def _apply_issuance(self, state: State, item: Issuance) -> None:
        start, end = datetime.fromisoformat(item.start), datetime.fromisoformat(item.end)
        amount = self._amount(state, item.plant, start, end)
        carry = state.carry.get(item.plant, Decimal(0)) + amount
        count = int(carry)
        if (str(amount), count, str(carry - count)) != (item.amount, item.certificates, item.carry):
            raise ValueError(f"{item.certificates} certificates of {item.amount}, expected {count} of {amount}")
        state.claimed.update((item.plant, at) for at in _hours(start, end))
        state.carry[item.plant] = carry - count
        state.issued[item.plant] = state.issued.get(item.plant, 0) + count

    @staticmethod
    def _amount(state: State, plant: str, start: datetime, end: datetime) -> Decimal:
        """The month's energy, if each of its hours is recorded and unclaimed. [MWh]"""
        keys = [(plant, at) for at in _hours(start, end)]
        if any(key not in state.hours for key in keys):
            raise ValueError("an hour is missing")
        if any(key in state.claimed for key in keys):
            raise ValueError("an hour is claimed already")
        total = sum((state.hours[key] for key in keys), start=_units().Quantity(Decimal(0), "Wh"))
        return Decimal(total.to("MWh").magnitude)


def _hours(start: datetime, end: datetime) -> list[datetime]:
    return [start + timedelta(hours=hour) for hour in range((end - start) // timedelta(hours=1))]


@cache
def _most(capacity: str) -> Any:
    """The most that a plant can generate in an hour."""
    quantity, (number, unit) = _units().Quantity, capacity.split()
    return quantity(Decimal(number), unit) * quantity(Decimal(1), "hour")
