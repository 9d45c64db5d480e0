"""Totals of the naive model, summed from the rows at every call."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Final

from carbon_ledger.testing._model.arithmetic import Years, months_after
from carbon_ledger.testing._model.calibrations import Calibrations
from carbon_ledger.testing._model.rows import (
    FINAL_STATES,
    LAPSED,
    STANDING,
    WITHDRAWN,
    Approved,
    BatchKey,
    Imported,
    Issued,
    MeterStep,
    Offered,
    Plant,
    Project,
    Serial,
    Step,
    Unit,
    Verification,
)

UTC: Final = Years(0)


class Totals(Calibrations):
    """The rows of a ledger and their totals.

    Args:
        plants: The devices, by id.
        projects: The projects, by id.
        meters: Weights of the devices of each shared meter, by id.
        accounts: Ids of the open accounts.
        grants: Roles, as (actor, role, account of an account holder); None if the ledger has no roles.
        classes: The maximum permissible error of each meter that has a class, as a share.
        days: The zone of all devices.
    """

    def __init__(
        self,
        plants: Mapping[str, Plant],
        projects: Mapping[str, Project],
        meters: Mapping[str, Mapping[str, int]],
        accounts: Iterable[str] = (),
        grants: Iterable[tuple[str, str, str]] | None = None,
        classes: Mapping[str, Fraction] | None = None,
        days: Years = UTC,
    ) -> None:
        super().__init__(meters, classes or {}, days)
        self.plants = plants
        self.projects = projects
        self.accounts = set(accounts)
        self.grants = None if grants is None else set(grants)
        self.things = 0
        self.steps: dict[str, tuple[Step, ...]] = dict.fromkeys(plants, ())
        self.metered: dict[str, tuple[MeterStep, ...]] = dict.fromkeys(meters, ())
        self.issuances: dict[int, Issued] = {}
        self.imported: dict[int, Imported] = {}
        self.conversions: dict[int, str] = {}
        self.offers: dict[int, Offered] = {}
        self.approvals: dict[int, Approved] = {}
        self.verifications: dict[int, Verification] = {}
        self.changes: tuple[tuple[str, int, int], ...] = ()  # of readings: the device, start and end
        self.registered = {("device", name) for name in plants} | {("project", name) for name in projects}
        self.registered |= {("meter", name) for name in meters}
        self.crediting: dict[str, tuple[frozenset[str], tuple[int, int, int]]] = {}
        self.units: dict[Serial, Unit] = {}
        self.labels: set[tuple[Serial, str]] = set()
        self.produced_from: dict[BatchKey, int] = {}
        self.produced_until: dict[BatchKey, int] = {}
        self.forfeited: dict[tuple[str, int], int] = {}
        self.generated_in: dict[Serial, Step] = {}
        self.paid: dict[int, int] = {}
        self.debit_contribution: dict[int, int] = {}
        self.keys: dict[tuple[str, str], tuple[object, object]] = {}
        self.capacities: dict[str, tuple[tuple[int, int], ...]] = {}
        self.closures: dict[str, tuple[tuple[int, bool], ...]] = {}
        self.account_names: dict[str, tuple[tuple[int, str], ...]] = {}
        self.documents: dict[str, tuple[str, ...]] = {}
        self.relations: set[tuple[str, str, str]] = set()

    def snapshot(self) -> dict[str, object]:
        """Copy everything that can change."""
        return {name: value.copy() if hasattr(value, "copy") else value for name, value in vars(self).items()}

    def restore(self, snapshot: Mapping[str, object]) -> None:
        """Go back to a snapshot. Each snapshot can be restored once."""
        vars(self).update(snapshot)

    def next_number(self) -> int:
        """The next free number, for an issuance, an import, a conversion, an offer or an approval."""
        self.things += 1
        return self.things

    def amounts(self, number: int) -> dict[int, Fraction]:
        """The exact amount of each vintage that an issuance claims, from the current steps. [units]"""
        row = self.projects[self.issuances[number].project]
        found: dict[int, Fraction] = {}
        for step in self.claimed(number):
            if row.granular and step.wh <= 0:
                continue
            for year, wh in row.years.split(step.start, step.end, step.wh):
                found[year] = found.get(year, Fraction(0)) + wh * row.rate
        mine = [(name, step) for name, steps in self.steps.items() for step in steps if step.claimed_by == number]
        for (_, year), wh in self.deducted_wh(row, mine, self.issuances[number].known).items():
            found[year] -= wh * row.rate
        return found

    def claimed(self, number: int) -> list[Step]:
        """The steps that an issuance or a conversion claims."""
        return [step for steps in self.steps.values() for step in steps if step.claimed_by == number]

    def claimed_amounts(self, project: str) -> dict[int, Fraction]:
        """The amount of all the project's claims, by vintage. [units]"""
        found: dict[int, Fraction] = {}
        for item in self.issuances.values():
            for year, amount in (self.amounts(item.number) if item.project == project else {}).items():
                found[year] = found.get(year, Fraction(0)) + amount
        return found

    def counted(self, project: str) -> dict[int, int]:
        """Units of the project that were not withdrawn, by vintage; those of converted issuances do not count."""
        mine = {item.number for item in self.issuances.values() if item.project == project and not item.converted}
        found: dict[int, int] = {}
        for serial, unit in self.units.items():
            if serial.batch.issuance in mine and unit.state != WITHDRAWN:
                found[serial.batch.vintage] = found.get(serial.batch.vintage, 0) + 1
        return found

    def energies(self, project: str) -> dict[int, Fraction]:
        """Of each vintage, the claimed amount less the units that count, whatever was forfeited. [units]"""
        claimed, counted = self.claimed_amounts(project), self.counted(project)
        return {year: claimed.get(year, Fraction(0)) - counted.get(year, 0) for year in {*claimed, *counted}}

    def carries(self, project: str) -> dict[int, Fraction]:
        """The carry of each vintage: claimed amount + adjustments - counted units."""
        found = self.energies(project)
        for (name, year), units in self.forfeited.items():
            if name == project:
                found[year] = found.get(year, Fraction(0)) - units
        return found

    def carry(self, project: str) -> Fraction:
        """The carry of all vintages together."""
        return sum(self.carries(project).values(), Fraction(0))

    def balances(self, at: int) -> dict[tuple[str, str, str], int]:
        """The number of units by account, instrument and state; expired units have no other state."""
        found: dict[tuple[str, str, str], int] = {}
        for serial, unit in self.units.items():
            over = unit.state not in FINAL_STATES and self.expired(serial.batch, at)
            key = (unit.account, self.instrument_of(serial.batch), "expired" if over else unit.state)
            found[key] = found.get(key, 0) + 1
        return found

    def count(self, batch: BatchKey) -> int:
        """The number of units that the batch was issued with."""
        return sum(serial.batch == batch for serial in self.units)

    def net_wh(self, device: str, start: int, end: int) -> int:
        """Net energy of the steps inside a period. [Wh]"""
        return sum(step.wh for step in self.steps[device] if start <= step.start and step.end <= end)

    def instrument_of(self, batch: BatchKey) -> str:
        """The instrument of a batch's units."""
        row = self.imported.get(batch.issuance)
        return self.projects[batch.project].instrument if row is None else row.instrument

    def project_of(self, batch: BatchKey) -> str:
        """The project of a batch; for an imported batch, the project's name in the other registry."""
        row = self.imported.get(batch.issuance)
        return batch.project if row is None else row.project

    def expires(self, batch: BatchKey) -> int | None:
        """The first second in which the batch's units can no longer be used; None if they do not expire."""
        if batch.issuance in self.imported:
            return self.imported[batch.issuance].expires
        row = self.projects[batch.project]
        if row.valid_months is None:
            return None
        return months_after(self.produced_until[batch], row.valid_months, row.years.offset_s)

    def transferable_until(self, batch: BatchKey) -> int | None:
        """The first second in which the batch's units can no longer be transferred; None if they always can."""
        if batch.issuance in self.imported:
            return self.imported[batch.issuance].transferable_until
        row = self.projects[batch.project]
        months = row.valid_months if row.transferable_months is None else row.transferable_months
        return None if months is None else months_after(self.produced_until[batch], months, row.years.offset_s)

    def too_late(self, batch: BatchKey, at: int, *, given_away: bool) -> bool:
        """Whether the batch's units can no longer be used at a given time, or no longer be given away."""
        until = self.transferable_until(batch)
        return self.expired(batch, at) or (given_away and until is not None and at >= until)

    def expired(self, batch: BatchKey, at: int) -> bool:
        """Whether the batch's units have expired at a given time."""
        expires = self.expires(batch)
        return expires is not None and at >= expires

    def overdue(self, account: str, at: int) -> set[Serial]:
        """The units of an account that have expired, except units in a final state."""
        return {
            serial
            for serial, unit in self.units.items()
            if unit.account == account and unit.state not in FINAL_STATES and self.expired(serial.batch, at)
        }

    def step_of(self, serial: Serial) -> Step | None:
        """The step that generated a granular certificate, as it was at issuance."""
        return self.generated_in.get(serial)

    @property
    def attested(self) -> bool:
        """Whether anybody attested the text of the credits' methodology."""
        return any(kind == "text" for kind, _ in self.registered)

    def touch_credits(self, devices: Iterable[str]) -> None:
        """Let approvals of credits lapse whose devices have a new meter, or a calibration of a meter."""
        for number, item in self.approvals.items():
            row = self.projects[item.project]
            if item.status == STANDING and row.factor is not None and set(row.devices) & set(devices):
                self.approvals[number] = item._replace(status=LAPSED)

    def touch(self, device: str, start: int, end: int) -> None:
        """Let approvals lapse that cover part of an interval of a device whose readings or claims changed."""
        for number, item in self.approvals.items():
            devices = self.projects[item.project].devices if item.device is None else (item.device,)
            if item.status == STANDING and device in devices and item.start < end and start < item.end:
                self.approvals[number] = item._replace(status=LAPSED)

    def overtake(self, device: str, start: int, end: int) -> None:
        """Let statements be overtaken that cover part of an interval of a device whose readings changed."""
        self.changes = (*self.changes, (device, start, end))
        for number, item in self.verifications.items():
            if device in self.projects[item.project].devices and item.start < end and start < item.end:
                self.verifications[number] = item._replace(overtaken=True)
