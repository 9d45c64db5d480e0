"""Commands that register things and record what meters say."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from attrs import frozen

from carbon_ledger.canonical import identifier
from carbon_ledger.column import Column
from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.schema import DIGEST, fits_of
from carbon_ledger.core.entries.splitting import Events, given, run_arguments, run_events, run_sealed
from carbon_ledger.core.midnights import named_span
from carbon_ledger.core.pinned_zones import registered_with_rules, zone_of
from carbon_ledger.core.readings import shared
from carbon_ledger.core.state.view import View
from carbon_ledger.devices import Device, Meter
from carbon_ledger.errors import QuantityError
from carbon_ledger.exact import Rounding
from carbon_ledger.ledger.recorder import Commands
from carbon_ledger.metering.readings import Readings, column_wh
from carbon_ledger.methodologies import methodology_of
from carbon_ledger.periods import Period, period_of
from carbon_ledger.periods.instants import instant_utc
from carbon_ledger.printing import quote
from carbon_ledger.projects import Project
from carbon_ledger.texts import line
from carbon_ledger.units import duration_s, energy_wh

_is_digest: Final = fits_of(DIGEST)


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
        event = {"account": identifier(account, "account"), "name": line(name, "name")}
        self._perform("open_account", event, lambda _: [("account.opened", event)], key=key, by=by)
        return account

    def register_device(self, device: Device, *, key: str | None = None, by: str | None = None) -> Device:
        """Register a device.

        Raises:
            AlreadyRegisteredError: The id is taken.
        """
        event = _record_of(device, Device)
        plan = partial(registered_with_rules, "device.registered", event)
        self._perform("register_device", event, plan, key=key, by=by)
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
            MethodologyError: The library does not have the methodology; or the history reaches into the crediting
                period.
        """
        event = _record_of(project, Project)

        def plan(view: View) -> Events:
            lookup.require_own_id(view, project.instrument)
            project.require_past_history(zone_of(view, project.zone))
            events = registered_with_rules("project.registered", event, view)
            if project.methodology is not None:
                adopted = methodology_of(project.methodology)
                if view.registration("methodology", adopted.key) is None:
                    events.insert(0, ("methodology.adopted", adopted.to_record()))
            return events

        self._perform("register_project", event, plan, key=key, by=by, named=project.crediting_period)
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
        return self._record_run("record_generation", device, run, evidence, key, by, period)

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
        named = named_span(run.start_utc, run.step_s * len(run.net_wh), zone)
        return self._record_run("record_readings", device, run, evidence, key, by, named)

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
        return self._record_run("record_readings", device, run, evidence, key, by, None)

    def _record_run(
        self,
        name: str,
        device: str,
        run: Readings,
        evidence: str | None,
        key: str | None,
        by: str | None,
        named: Period | None,
    ) -> Recorded:
        identifier(device, "device")
        fields = given(device=device, evidence=evidence_at_the_door(evidence))
        sealed = {} if key is None else run_sealed({**fields, **run_arguments(run)})
        events = run_events("generation.recorded", run, fields)
        return recorded(self._perform(name, sealed, lambda _: events, key=key, by=by, named=named))

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
        return self._record_shared("record_meter", meter, run, evidence, key, by, period)

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
        named = named_span(run.start_utc, run.step_s * len(run.net_wh), zone)
        return self._record_shared("record_meter_readings", meter, run, evidence, key, by, named)

    def _record_shared(
        self,
        name: str,
        meter: str,
        run: Readings,
        evidence: str | None,
        key: str | None,
        by: str | None,
        named: Period | None,
    ) -> Recorded:
        identifier(meter, "meter")
        fields = given(meter=meter, evidence=evidence_at_the_door(evidence))
        sealed = {} if key is None else run_sealed({**fields, **run_arguments(run)})

        def plan(view: View) -> Events:
            found = lookup.meter(view, meter)
            events = run_events("meter.recorded", run, fields, columns=1 + len(found.shares))
            return [(kind, {**event, "devices": shared(found, event["net_wh"])}) for kind, event in events]

        return recorded(self._perform(name, sealed, plan, key=key, by=by, named=named))


def _record_of(thing: object, kind: type[Device | Meter | Project]) -> dict[str, Any]:
    """The record of what is registered."""
    if not isinstance(thing, kind):
        raise QuantityError(f"{kind.__name__.lower()} {quote(thing)}: expected a {kind.__name__}")
    return thing.to_record()
