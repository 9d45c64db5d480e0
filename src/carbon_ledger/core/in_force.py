"""What is in force: a device or an account with the amendments that hold at a time.

What was registered is never replaced. An amendment changes a field from its effective day on, so the value of a field
at a time is that of the last amendment of the field that is effective by then, or else the registered value. The
effective days of one field never decrease, so binary searches find the value, and nothing is searched for in a subject
without amendments.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Any, ClassVar, Final

from attrs import evolve, frozen

from carbon_ledger import tables
from carbon_ledger.column import Column
from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.intervals import Interval
from carbon_ledger.core.numbered import count, nth
from carbon_ledger.core.pinned_zones import UTC, zone_of
from carbon_ledger.core.state.view import View
from carbon_ledger.devices import Device
from carbon_ledger.periods.instants import checked_date
from carbon_ledger.periods.zones import Zone, day_start_utc
from carbon_ledger.records import Record
from carbon_ledger.tables import TEXT, columns_of

AMENDMENT: Final = "amendment"
DECOMMISSIONED: Final = "decommissioned"
DEVICE_FIELDS: Final = ("capacity_w", "margin", "station_load_w", "name", DECOMMISSIONED)
ACCOUNT_FIELDS: Final = ("name", "legal_id", "contact")
BOUNDING: Final = ("capacity_w", "margin", "station_load_w")  # the fields on which the bounds of a step depend


@frozen(repr=False)
class Account(Record):
    """An account as it is in force at a time.

    Attributes:
        id: The account's id.
        name: The name of the account's holder.
        legal_id: The holder's legal id, such as ``LEI:...``, or None. Several accounts can have the same legal id.
        contact: How the holder is reached, or None.
    """

    _columns: ClassVar[tuple[tables.Column, ...]] = columns_of(TEXT, "id", "name", "legal_id", "contact")

    id: str
    name: str
    legal_id: str | None = None
    contact: str | None = None


Event = Mapping[str, Any]


def kind_of(subject: str, name: str) -> str:
    """The kind of the registrations that an amendment makes: one of the subject, and one of each field."""
    return f"amended {subject} {name}"


def is_amended(view: View, kind: str) -> bool:
    """Whether a subject has an amendment."""
    return view.registration(kind, AMENDMENT) is not None


class History:
    """The amendments of one field of one subject, with the instants from which they are in force.

    Args:
        view: The state.
        kind: The kind of the subject's amendments.
        field: The field.
        zone: The rules of the zone of the effective days.
        before: Leave out amendments by this entry and later ones, if it is given.
        pending: The event of an amendment that counts although its rows are not written yet.
    """

    def __init__(
        self, view: View, kind: str, field: str, zone: Zone, before: int | None, pending: Event | None = None
    ) -> None:
        self._view, self._kind, self._field, self._zone = view, kind, field, zone
        self._pending = pending if pending is not None and field in pending else None
        self._count = count(view, kind, field, before)

    def __len__(self) -> int:
        return self._count + (self._pending is not None)

    def event(self, k: int) -> Mapping[str, Any]:
        """The fields of the k-th amendment, from 0 on."""
        if self._pending is not None and k == self._count:
            return self._pending
        return self._view.entry(self._view.registration(self._kind, nth(self._field, k + 1)) or 0).event

    def day(self, k: int) -> date:
        """The day from which the k-th amendment is in force."""
        return checked_date(self.event(k)["effective"], "effective")

    def edge(self, k: int) -> int:
        """The instant from which the k-th amendment is in force. [s since 1970-01-01 UTC]"""
        return day_start_utc(self.day(k), self._zone)

    def at(self, at_utc: int) -> int | None:
        """The amendment in force at an instant, or None."""
        found = bisect_right(range(len(self)), at_utc, key=self.edge) - 1
        return None if found < 0 else found

    def edges(self, start_utc: int, end_utc: int) -> Iterator[int]:
        """The instants strictly inside an interval at which an amendment comes into force."""
        for k in range(bisect_right(range(len(self)), start_utc, key=self.edge), len(self)):
            edge = self.edge(k)
            if edge >= end_utc:
                return
            yield edge


@frozen
class Terms:
    """A device with all its amendments.

    Attributes:
        device: The device as it is registered.
        histories: The amendments by field; empty if the device is not amended.
        zone: The rules of the device's zone.
    """

    device: Device
    histories: Mapping[str, History]
    zone: Zone

    def at(self, at_utc: int) -> Device:
        """The device as it is in force at an instant.

        Args:
            at_utc: The instant. [s since 1970-01-01 UTC]
        """
        if not self.histories:
            return self.device
        changes: dict[str, Any] = {}
        for field, history in self.histories.items():
            k = history.at(at_utc)
            if k is None:
                continue
            value = history.event(k)[field]
            changes[field] = (history.event(k)["effective"] if value else None) if field == DECOMMISSIONED else value
        return amended_device(self.device, changes)

    def most_wh(self, start_utc: int, end_utc: int) -> int:
        """The largest energy that the device can generate in an interval, by the values in force in it. [Wh]

        Args:
            start_utc: Start of the interval. [s since 1970-01-01 UTC]
            end_utc: End of the interval, exclusive.
        """
        edges = self.edges(start_utc, end_utc, BOUNDING)
        if not edges:
            return self.at(start_utc).most_wh(end_utc - start_utc)
        watt_seconds = Fraction(0)
        for start, end in pairwise((start_utc, *edges, end_utc)):
            device = self.at(start)
            watt_seconds += Fraction(device.margin) * device.capacity_w * (end - start)
        return watt_seconds // 3600

    def most_import_wh(self, start_utc: int, end_utc: int) -> int:
        """The largest energy that the device can take from the grid in an interval, by the values in force. [Wh]

        Args:
            start_utc: Start of the interval. [s since 1970-01-01 UTC]
            end_utc: End of the interval, exclusive.
        """
        edges = self.edges(start_utc, end_utc, BOUNDING)
        if not edges:
            return self.at(start_utc).most_import_wh(end_utc - start_utc)
        watt_seconds = Fraction(0)
        for start, end in pairwise((start_utc, *edges, end_utc)):
            watt_seconds += self.at(start).most_import_w * (end - start)
        return watt_seconds // 3600

    def edges(self, start_utc: int, end_utc: int, fields: Sequence[str]) -> list[int]:
        """The instants strictly inside an interval at which one of some fields is amended, in order."""
        found = {
            edge
            for field in fields
            if field in self.histories
            for edge in self.histories[field].edges(start_utc, end_utc)
        }
        return sorted(found)

    def idle(self, start_utc: int, end_utc: int) -> list[Interval]:
        """The parts of an interval in which the device is decommissioned, in order."""
        edges = self._operation_edges(start_utc, end_utc)
        parts = pairwise((start_utc, *edges, end_utc))
        return [(start, end) for start, end in parts if not self.operates_at(start)]

    def operates_at(self, at_utc: int) -> bool:
        """Whether the device is not decommissioned at an instant."""
        last = self.at(at_utc).decommissioned
        return last is None or at_utc < day_start_utc(last, self.zone)

    def _operation_edges(self, start_utc: int, end_utc: int) -> list[int]:
        edges = set(self.edges(start_utc, end_utc, (DECOMMISSIONED,)))
        if self.device.decommissioned is not None:
            edge = day_start_utc(self.device.decommissioned, self.zone)
            edges |= {edge} if start_utc < edge < end_utc else set()
        return sorted(edges)


def amended_device(device: Device, changes: Mapping[str, Any]) -> Device:
    """A device with other values of some fields.

    Args:
        device: The device.
        changes: The values by field, as the record of a device has them; None removes a field.

    Raises:
        QuantityError: A value is not one that the field can have.
        PeriodError: The day of decommissioning is not a day.
    """
    return _amended(device, tuple(changes.items())) if changes else device


@lru_cache(maxsize=256)
def _amended(device: Device, changes: tuple[tuple[str, Any], ...]) -> Device:
    record = {**device.to_record(), **dict(changes)}
    return Device.from_record({field: value for field, value in record.items() if value is not None})


def terms_of(view: View, name: str, *, before: int | None = None, pending: Event | None = None) -> Terms:
    """A device with its amendments.

    Args:
        view: The state.
        name: The device's id.
        before: Leave out amendments by this entry and later ones; by default, none.
        pending: The event of an amendment that counts although its rows are not written yet.

    Raises:
        UnknownDeviceError: There is no such device.
    """
    device, kind = lookup.device(view, name), kind_of("device", name)
    zone = zone_of(view, device.zone, before)  # what is recomputed has the rules that it had
    if pending is None and not is_amended(view, kind):
        return Terms(device, {}, zone)
    histories = {field: History(view, kind, field, zone, before, pending) for field in DEVICE_FIELDS}
    return Terms(device, {field: item for field, item in histories.items() if len(item)}, zone)


def device_at(view: View, name: str, at_utc: int) -> Device:
    """A device as it is in force at an instant.

    Args:
        view: The state.
        name: The device's id.
        at_utc: The instant. [s since 1970-01-01 UTC]

    Raises:
        UnknownDeviceError: There is no such device.
    """
    return terms_of(view, name).at(at_utc)


@frozen
class Stretch:
    """Steps of a run under which no value that bounds a step changes: steps *first* to *last* - 1 of the run."""

    first: int
    last: int
    start_utc: int
    end_utc: int


def stretches(terms: Sequence[Terms], start_utc: int, step_s: int, steps: int) -> list[Stretch]:
    """A run in parts, so that all steps of a part have the same bound.

    A step in which a value is amended is a part of its own. Without an amendment inside the run, the run is one part.

    Args:
        terms: The devices of the run.
        start_utc: Start of the run. [s since 1970-01-01 UTC]
        step_s: Length of a step. [s]
        steps: The number of steps.
    """
    end_utc = start_utc + steps * step_s
    cuts = {0, steps}
    for item in terms:
        for edge in item.edges(start_utc, end_utc, BOUNDING):
            whole, rest = divmod(edge - start_utc, step_s)
            cuts |= {whole, whole + 1} if rest else {whole}
    return [
        Stretch(first, last, start_utc + first * step_s, start_utc + first * step_s + step_s)
        for first, last in pairwise(sorted(cuts))
    ]


def highest_wh(values: Column, stretch: Stretch) -> int:
    """The largest value of a stretch of a column. [Wh]"""
    whole = stretch.last - stretch.first == len(values)
    return values.most if whole else max(values[stretch.first : stretch.last])


def none_above(values: Column, stretch: Stretch, bound: int) -> bool:
    """Whether no value of a stretch of a column is greater than a bound of 0 or more."""
    whole = stretch.last - stretch.first == len(values)
    return values.is_at_most(bound) if whole else max(values[stretch.first : stretch.last]) <= bound


def lowest_wh(values: Column, stretch: Stretch) -> int:
    """The smallest value of a stretch of a column. [Wh]"""
    whole = stretch.last - stretch.first == len(values)
    return values.least if whole else min(values[stretch.first : stretch.last])


def registered_account(entry: Entry) -> Account:
    """The account that an entry opened, as it was opened."""
    event = entry.event
    return Account(event["account"], event["name"], event.get("legal_id"), event.get("contact"))


def account_history(view: View, name: str, field: str) -> History:
    """The amendments of a field of an account. Their effective days are days of UTC."""
    return History(view, kind_of("account", name), field, UTC, None)


def account_at(view: View, name: str, at_utc: int) -> Account:
    """An account as it is in force at an instant.

    Args:
        view: The state.
        name: The account's id.
        at_utc: The instant. [s since 1970-01-01 UTC]

    Raises:
        UnknownAccountError: There is no such account.
    """
    n = view.registration("account", lookup.account(view, name))
    account = registered_account(view.entry(n or 0))
    if not is_amended(view, kind_of("account", name)):
        return account
    changes: dict[str, Any] = {}
    for field in ACCOUNT_FIELDS:
        history = account_history(view, name, field)
        k = history.at(at_utc)
        if k is not None:
            changes[field] = history.event(k)[field]
    return evolve(account, **changes)
