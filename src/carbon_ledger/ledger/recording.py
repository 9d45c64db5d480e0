"""Commands that register things and record what meters say."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from attrs import frozen

from carbon_ledger.canonical import LONG, Column, digest, dumps, identifier
from carbon_ledger.devices import Device, Meter
from carbon_ledger.errors import QuantityError
from carbon_ledger.exact import Rounding
from carbon_ledger.generation import Readings, column_wh
from carbon_ledger.instants import instant_text, instant_utc
from carbon_ledger.ledger import registry
from carbon_ledger.ledger.commands import Commands, Events, given, text_at_the_door
from carbon_ledger.ledger.entries import MAX_BYTES, Entry
from carbon_ledger.ledger.fitting import fits_of
from carbon_ledger.ledger.rules.readings import shared
from carbon_ledger.ledger.shapes import DIGEST
from carbon_ledger.ledger.state import View
from carbon_ledger.methodologies import methodology_of
from carbon_ledger.periods import Period, period_of
from carbon_ledger.printing import quote
from carbon_ledger.projects import Project
from carbon_ledger.units import duration_s, energy_wh

STEPS_PER_ENTRY: Final = 1_488  # two months of hours: an entry of about 14 KB
_is_digest: Final = fits_of(DIGEST)
_VALUE_BYTES: Final = 18  # the longest whole number, its sign and a comma


@frozen
class Recorded:
    """What a recording wrote.

    Attributes:
        first: Number of its first entry.
        last: Number of its last entry.
        net_wh: Net energy recorded. [Wh]
    """

    first: int
    last: int
    net_wh: int


def evidence_at_the_door(evidence: object) -> str | None:
    """Take the digest of a document, as `digest_file` gives it.

    Raises:
        QuantityError: *evidence* is no such digest.
    """
    if evidence is None:
        return None
    if not isinstance(evidence, str) or not _is_digest(evidence):
        raise QuantityError(
            f"evidence {quote(evidence)}: expected the digest of a document, 'sha256:' and 64 hexadecimal digits in "
            "lower case; cl.digest_file(path) gives it"
        )
    return evidence


def run_events(kind: str, run: Readings, fields: Mapping[str, Any], columns: int = 1) -> Events:
    """Cut a run into events that each fit an entry."""
    size = min(STEPS_PER_ENTRY, (MAX_BYTES - 4_096) // (_VALUE_BYTES * (columns + (run.gross_wh is not None))))
    events = []
    for at in range(0, len(run.net_wh), max(1, size)):
        event: dict[str, Any] = {
            **fields,
            "start": instant_text(run.start_utc + at * run.step_s),
            "step_s": run.step_s,
            "net_wh": _part(run.net_wh, at, size),
        }
        if run.gross_wh is not None:
            event["gross_wh"] = _part(run.gross_wh, at, size)
        events.append((kind, event))
    return events


def _part(column: Column, at: int, size: int) -> Sequence[int]:
    """A part of a column as events have it: a column where it is long."""
    if at == 0 and LONG <= len(column) <= size:
        return column
    part = column[at : at + size]
    return Column(part) if len(part) >= LONG else list(part)


def run_of_total(period: Period, net: object, gross: object, rounding: Rounding | None) -> Readings:
    """A total over a period: a run of one step."""
    net_wh = energy_wh(net, "net", rounding=rounding)
    gross_wh = None if gross is None else (energy_wh(gross, "gross", rounding=rounding),)
    within = period_of(period, "period")
    return Readings(within.start_utc, within.seconds, (net_wh,), gross_wh)


def run_of_column(start: object, step: object, net_wh: object, gross_wh: object, zone: str | None) -> Readings:
    """A column of readings: a run of equal steps."""
    gross = None if gross_wh is None else column_wh(gross_wh, "gross_wh")
    net = column_wh(net_wh, "net_wh")
    return Readings(instant_utc(start, "start", zone=zone), duration_s(step, "step"), net, gross)


def run_arguments(run: Readings) -> dict[str, object]:
    """A run as the digest of a command has it."""
    return given(
        start=run.start_utc,
        step=run.step_s,
        net=run.net_wh,
        gross=run.gross_wh,
    )


def recorded(entries: Sequence[Entry]) -> Recorded:
    """What a command's entries of readings wrote."""
    return Recorded(entries[0].n, entries[-1].n, sum(map(_total, entries)))


def _total(entry: Entry) -> int:
    column = entry.event["net_wh"]
    return column.total if isinstance(column, Column) else sum(column)


class Recording(Commands):
    """Registering and recording."""

    def open_account(self, account: str, *, name: str, key: str | None = None, by: str | None = None) -> str:
        """Open an account, which can hold units.

        Args:
            account: Short name, unique in the ledger.
            name: The holder's name.
            key: Idempotency key.
            by: The actor.

        Returns:
            The account's id.

        Raises:
            AlreadyRegisteredError: The id is taken.
            QuantityError: The id or the name is not usable.
        """
        event = {"account": identifier(account, "account"), "name": text_at_the_door(name, "name")}
        self._perform("open_account", event, lambda _: [("account.opened", event)], key=key, by=by)
        return account

    def register_device(self, device: Device, *, key: str | None = None, by: str | None = None) -> Device:
        """Register a device.

        Raises:
            AlreadyRegisteredError: The id is taken.
        """
        event = _record_of(device, Device)
        self._perform("register_device", event, lambda _: [("device.registered", event)], key=key, by=by)
        return device

    def register_meter(self, meter: Meter, *, key: str | None = None, by: str | None = None) -> Meter:
        """Register a meter that devices share.

        Raises:
            AlreadyRegisteredError: The id is taken.
            UnknownDeviceError: A device is not registered.
        """
        event = _record_of(meter, Meter)
        self._perform("register_meter", event, lambda _: [("meter.registered", event)], key=key, by=by)
        return meter

    def register_project(self, project: Project, *, key: str | None = None, by: str | None = None) -> Project:
        """Register a project; its methodology's version is adopted with it.

        Raises:
            AlreadyRegisteredError: The id is taken, or that of its instrument stands for another, here or built in.
            UnknownDeviceError: A device is not registered.
            MethodologyError: The library does not have the methodology.
        """
        event = _record_of(project, Project)

        def plan(view: View) -> Events:
            registry.require_own_id(view, project.instrument)
            events: list[tuple[str, Mapping[str, Any]]] = [("project.registered", event)]
            if project.methodology is not None:
                adopted = methodology_of(project.methodology)
                if view.registration("methodology", adopted.key) is None:
                    events.insert(0, ("methodology.adopted", adopted.to_record()))
            return events

        self._perform("register_project", event, plan, key=key, by=by)
        return project

    def record_generation(
        self,
        device: str,
        period: Period,
        *,
        net: object,
        gross: object = None,
        evidence: str | None = None,
        rounding: Rounding | None = None,
        key: str | None = None,
        by: str | None = None,
    ) -> Recorded:
        """Record a device's total over a period: a reading of one step.

        Args:
            device: The device.
            period: The metered interval.
            net: Net generation delivered to the grid, export minus import. [energy; kWh, MWh, ...]
            gross: Generation before station service, where a rule needs it. [energy]
            evidence: Digest of the document it came from; see `digest_file`.
            rounding: What to do with parts of a Wh; refused where there are some and this is not named.
            key: Idempotency key.
            by: The actor.

        Raises:
            UnknownDeviceError: No such device.
            UnitMismatchError: *net* is not an energy.
            InexactNumberError: It is a float, or finer than 1 Wh without a rounding.
            OverlapError: A live reading already covers part of the period.
            NotCommissionedError: The period begins before the device's commissioning.
            ImplausibleReadingError: It is more than the device can generate, or net is above gross.
        """
        run = run_of_total(period, net, gross, rounding)
        return self._record_run("record_generation", device, run, evidence, key, by)

    def record_readings(
        self,
        device: str,
        *,
        start: object,
        step: object,
        net_wh: object,
        gross_wh: object = None,
        zone: str | None = None,
        evidence: str | None = None,
        key: str | None = None,
        by: str | None = None,
    ) -> Recorded:
        """Record a column of a device's readings, one value a step.

        Args:
            device: The device.
            start: Start of the first step: an aware time, or a local day of *zone*.
            step: Length of each step. [time; hour, min, ...]
            net_wh: Net energy of each step. [Wh, integers, shape (steps,)]
            gross_wh: Generation before station service. [Wh, integers, shape (steps,)]
            zone: IANA zone of a *start* that is a date.
            evidence: Digest of the document they came from.
            key: Idempotency key.
            by: The actor.

        Raises:
            UnknownDeviceError: No such device.
            InexactNumberError: The column holds floats.
            NaiveTimeError: *start* has no zone.
            OverlapError: A live reading already covers part of the time.
            NotCommissionedError: It begins before the device's commissioning.
            ImplausibleReadingError: A step is more than the device can generate.
        """
        run = run_of_column(start, step, net_wh, gross_wh, zone)
        return self._record_run("record_readings", device, run, evidence, key, by)

    def record_run(
        self,
        device: str,
        run: Readings,
        *,
        evidence: str | None = None,
        key: str | None = None,
        by: str | None = None,
    ) -> Recorded:
        """Record a run of readings as a meter file gives it; as `record_readings`.

        Args:
            device: The device.
            run: The run, e.g. one of `MeterFile.runs`.
            evidence: Digest of the document it came from, e.g. `MeterFile.sha256`.
            key: Idempotency key.
            by: The actor.

        Raises:
            UnknownDeviceError: No such device.
            OverlapError: A live reading already covers part of the time.
            NotCommissionedError: It begins before the device's commissioning.
            ImplausibleReadingError: A step is more than the device can generate.
            QuantityError: *run* is none.
        """
        if not isinstance(run, Readings):
            raise QuantityError(f"run {quote(run)}: expected Readings, e.g. one of MeterFile.runs")
        return self._record_run("record_readings", device, run, evidence, key, by)

    def _record_run(
        self, name: str, device: str, run: Readings, evidence: str | None, key: str | None, by: str | None
    ) -> Recorded:
        identifier(device, "device")
        fields = given(device=device, evidence=evidence_at_the_door(evidence))
        sealed = {} if key is None else _sealed({**fields, **run_arguments(run)})
        events = run_events("generation.recorded", run, fields)
        return recorded(self._perform(name, sealed, lambda _: events, key=key, by=by))

    def record_meter(
        self,
        meter: str,
        period: Period,
        *,
        net: object,
        evidence: str | None = None,
        rounding: Rounding | None = None,
        key: str | None = None,
        by: str | None = None,
    ) -> Recorded:
        """Record a shared meter's total over a period, and its devices' readings with it.

        The total is apportioned by the meter's shares, largest remainder, ties by device id, so that the
        parts sum to the whole.

        Args:
            meter: The meter.
            period: The metered interval.
            net: Net generation of all its devices. [energy; kWh, MWh, ...]
            evidence: Digest of the document it came from.
            rounding: What to do with parts of a Wh.
            key: Idempotency key.
            by: The actor.

        Raises:
            UnknownMeterError: No such meter.
            UnitMismatchError: *net* is not an energy.
            OverlapError: A device has a live reading in the period.
            NotCommissionedError: The period begins before a device's commissioning.
            ImplausibleReadingError: It is more than the devices can generate.

        Source:
            ledger-model section 2.
        """
        run = run_of_total(period, net, None, rounding)
        return self._record_shared("record_meter", meter, run, evidence, key, by)

    def record_meter_readings(
        self,
        meter: str,
        *,
        start: object,
        step: object,
        net_wh: object,
        zone: str | None = None,
        evidence: str | None = None,
        key: str | None = None,
        by: str | None = None,
    ) -> Recorded:
        """Record a column of a shared meter's readings; as `record_meter`, for each step.

        Raises:
            UnknownMeterError: No such meter.
            InexactNumberError: The column holds floats.
            NaiveTimeError: *start* has no zone.
            OverlapError: A device has a live reading in the time.
            ImplausibleReadingError: A step is more than the devices can generate.
        """
        run = run_of_column(start, step, net_wh, None, zone)
        return self._record_shared("record_meter_readings", meter, run, evidence, key, by)

    def _record_shared(
        self, name: str, meter: str, run: Readings, evidence: str | None, key: str | None, by: str | None
    ) -> Recorded:
        identifier(meter, "meter")
        fields = given(meter=meter, evidence=evidence_at_the_door(evidence))
        sealed = {} if key is None else _sealed({**fields, **run_arguments(run)})

        def plan(view: View) -> Events:
            found = registry.meter(view, meter)
            events = run_events("meter.recorded", run, fields, columns=1 + len(found.shares))
            return [(kind, {**event, "devices": shared(found, event["net_wh"])}) for kind, event in events]

        return recorded(self._perform(name, sealed, plan, key=key, by=by))


def _record_of(thing: object, kind: type[Device | Meter | Project]) -> dict[str, Any]:
    """The record of what is registered."""
    if not isinstance(thing, kind):
        raise QuantityError(f"{kind.__name__.lower()} {quote(thing)}: expected a {kind.__name__}")
    return thing.to_record()


def _sealed(arguments: Mapping[str, object]) -> dict[str, object]:
    """Long columns as their digest."""
    return {"run": digest(dumps(dict(arguments)))}
