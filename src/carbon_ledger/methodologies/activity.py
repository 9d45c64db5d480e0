"""What a methodology is applied to: devices, their generation, and the emissions that a project declares."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import TypeVar

from attrs import evolve, field, frozen

from carbon_ledger.devices import Device
from carbon_ledger.errors import QuantityError
from carbon_ledger.exact import arithmetic
from carbon_ledger.mappings import listed
from carbon_ledger.methodologies.project_emissions import FuelUse, ImportedElectricity, Leakage
from carbon_ledger.periods import Period, checked_date, checked_period, zone_info
from carbon_ledger.periods.zones import Zone
from carbon_ledger.printing import quote
from carbon_ledger.records import Record
from carbon_ledger.texts import line

T = TypeVar("T")


@frozen(order=True, repr=False)
class LateEnergy(Record):
    """Energy that was metered while the calibration of a meter was late, with the errors that apply to it.

    Args:
        export_error: The error by which the export is lowered, as a share.
        import_error: The error by which the import is raised, as a share.
        export_wh: Metered export, rounded up where a step or a meter was divided. [Wh]
        import_wh: Metered import, rounded up in the same way. [Wh]
        because: The meters and the days, in words.
    """

    export_error: Decimal
    import_error: Decimal
    export_wh: int
    import_wh: int
    because: str

    @property
    def deduction_wh(self) -> int:
        """Export times its error plus import times its error, rounded up. [Wh]

        Example:
            >>> LateEnergy(Decimal("0.002"), Decimal("0.002"), 1_000_000_000, 10_000_000, "").deduction_wh
            2020000
        """
        exact = Fraction(self.export_error) * self.export_wh + Fraction(self.import_error) * self.import_wh
        return ceil(exact)


@frozen(repr=False)
class VintageGeneration(Record):
    """What one device generated in one vintage.

    Args:
        vintage: Local calendar year of the project.
        device: The device's id.
        net_wh: Export minus import; may be negative. [Wh]
        gross_wh: Generation before station service, or ``None`` if it was not recorded. [Wh]
        estimated_wh: The part of the net energy that was estimated, or ``None`` if no reading was. [Wh]
        substituted_wh: The part of the net energy that was substituted, or ``None`` if no reading was. [Wh]
        late: Energy metered while a calibration was late, once for each pair of errors.
    """

    vintage: int
    device: str
    net_wh: int
    gross_wh: int | None = None
    estimated_wh: int | None = None
    substituted_wh: int | None = None
    late: tuple[LateEnergy, ...] = ()

    @property
    def counted_wh(self) -> int:
        """Net energy less the deductions for late calibrations. [Wh]"""
        return self.net_wh - sum(item.deduction_wh for item in self.late)


@frozen(kw_only=True, repr=False)
class YearCap(Record):
    """What a small-scale project estimated for one vintage, and what earlier live issuances of the vintage claimed.

    Args:
        vintage: Local calendar year of the project.
        estimate_t: The units that the design document estimated for the year. [tCO2e]
        source: Where the estimate is written.
        before_t: Emission reductions of the earlier issuances, before any cap. [tCO2e]
        before_wh: Their net energy. [Wh]
        before_w: The largest capacity in one of their periods, of all devices or as added. [W]
    """

    vintage: int
    estimate_t: Decimal
    source: str
    before_t: Decimal = Decimal(0)
    before_wh: int = 0
    before_w: int = 0

    def after(self, amount_t: Decimal, net_wh: int, capacity_w: int) -> "YearCap":
        """The same estimate after one more earlier issuance."""
        with arithmetic():
            before_t = self.before_t + amount_t
        return evolve(
            self, before_t=before_t, before_wh=self.before_wh + net_wh, before_w=max(self.before_w, capacity_w)
        )


def _several(value: object, kind: type[T], name: str) -> tuple[T, ...]:
    """The items of an argument, all of one kind.

    Raises:
        QuantityError: *value* is something else.
    """
    items = None if isinstance(value, str | bytes) else listed(value)
    if items is None or not all(isinstance(item, kind) for item in items):
        raise QuantityError(f"activity: {name} {quote(value)}: expected a list of {kind.__name__}")
    return items


def _caps(value: Iterable[YearCap]) -> tuple[YearCap, ...]:
    return tuple(sorted(_several(value, YearCap, "year_caps"), key=lambda item: _whole(item.vintage, "a vintage")))


def _devices(value: Iterable[Device]) -> tuple[Device, ...]:
    return _several(value, Device, "devices")


def _generation(value: Iterable[VintageGeneration]) -> tuple[VintageGeneration, ...]:
    items = _several(value, VintageGeneration, "generation")
    for item in items:
        _whole(item.vintage, "a vintage")
        for wh in (item.net_wh, *filter(lambda part: part is not None, (item.gross_wh, item.estimated_wh))):
            _whole(wh, f"the energy of {quote(item.device)}")
    return tuple(sorted(items, key=lambda item: (item.vintage, line(item.device, "activity: device"))))


def _whole(value: object, name: str) -> int:
    """A whole number.

    Raises:
        QuantityError: *value* is something else.
    """
    if type(value) is not int:
        raise QuantityError(f"activity: {name} is {quote(value)}, expected a whole number")
    return value


def _pairs(value: object, name: str) -> tuple[tuple[int, int], ...]:
    """Pairs of a year and a whole number, by year.

    Raises:
        QuantityError: *value* is something else.
    """
    pairs = None if isinstance(value, str | bytes) else listed(value)
    found = None if pairs is None else [None if isinstance(pair, str | bytes) else listed(pair) for pair in pairs]
    if found is None or any(pair is None or [*map(type, pair)] != [int, int] for pair in found):
        raise QuantityError(f"activity: {name} {quote(value)}: expected pairs of a year and a whole number")
    return tuple(sorted((pair[0], pair[1]) for pair in found if pair is not None))


def _claimed_before(value: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    return _pairs(value, "claimed_before")


def _largest_w(value: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    return _pairs(value, "largest_w")


def _history(value: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    return _pairs(value, "history")


def _fuel_uses(value: Iterable[FuelUse]) -> tuple[FuelUse, ...]:
    return _several(value, FuelUse, "fuel_uses")


def _imports(value: Iterable[ImportedElectricity]) -> tuple[ImportedElectricity, ...]:
    return _several(value, ImportedElectricity, "imports")


def _leakages(value: Iterable[Leakage]) -> tuple[Leakage, ...]:
    return _several(value, Leakage, "leakages")


def _day(value: object) -> date | None:
    return None if value is None else checked_date(value, "replaced_on")


@frozen(kw_only=True, repr=False)
class Activity(Record):
    """What a methodology is applied to: the devices of a project, and their generation in a period.

    Args:
        project: The project's id.
        baseline: ``greenfield``, ``retrofit`` or ``capacity-addition``; ``None`` for certificates.
        crediting_period_ordinal: 1 for the first crediting period, 2 for the second, and so on.
        devices: All devices of the project.
        period: The monitoring period.
        generation: Net and gross energy of each vintage and device, sorted by vintage and device.
        claimed_before: For each vintage, the net energy of all devices that earlier live issuances of the project
            claimed. It is 0 for a vintage that is not listed. With *baseline_year*, the energy that they claimed in
            that year, and that of older vintages in this period. [(year, Wh), ...]
        first_capacity_w: The capacity that a document's limit concerns when the crediting period begins, or ``None`` if
            it is the same as in this period. [W]
        crediting_period: The crediting period, which contains the monitoring period; ``None`` if it does not matter.
        largest_w: For each vintage, the largest capacity in the period that a document's limit concerns; of a vintage
            that is not listed, it is that of *devices*. [(year, W), ...]
        year_caps: Of a small-scale project, the estimate of each vintage that has one.
        history: Net energy of the plant in each whole year before the project. [(year, Wh), ...]
        baseline_year: The year of the crediting period from which the history is subtracted; ``None`` for calendar
            years.
        replaced_on: First local day on which the plant would have been replaced without the project.
        zone: IANA zone of the project's days and years, or the rules of that zone; required with *replaced_on*.
        period_zone: The rules of the period's zone; by default, the installed rules.
        fuel_uses: Fuel burned on site.
        imports: Electricity taken through meters that net generation does not count.
        leakages: Emissions that the project causes elsewhere.

    Raises:
        QuantityError: A field has another type; generation is given for a device that is not one of *devices*, or
            twice for a vintage and device; a year is given twice; a year of the history is negative; emissions are
            declared for a vintage without generation; or *replaced_on* is given without *zone*.
        PeriodError: A period is not a `Period`, *replaced_on* is not a date, or *zone* is not a time zone.
    """

    project: str
    baseline: str | None
    crediting_period_ordinal: int
    devices: tuple[Device, ...] = field(converter=_devices)
    period: Period
    generation: tuple[VintageGeneration, ...] = field(converter=_generation)
    claimed_before: tuple[tuple[int, int], ...] = field(default=(), converter=_claimed_before)
    first_capacity_w: int | None = None
    crediting_period: Period | None = None
    largest_w: tuple[tuple[int, int], ...] = field(default=(), converter=_largest_w)
    year_caps: tuple[YearCap, ...] = field(default=(), converter=_caps)
    history: tuple[tuple[int, int], ...] = field(default=(), converter=_history)
    baseline_year: Period | None = None
    replaced_on: date | None = field(default=None, converter=_day)
    zone: Zone | None = None
    period_zone: Zone | None = None
    fuel_uses: tuple[FuelUse, ...] = field(default=(), converter=_fuel_uses)
    imports: tuple[ImportedElectricity, ...] = field(default=(), converter=_imports)
    leakages: tuple[Leakage, ...] = field(default=(), converter=_leakages)

    def __attrs_post_init__(self) -> None:
        """Refuse generation, years and emissions that would be counted twice, or not at all."""
        where = f"project {line(self.project, 'project')}"
        checked_period(self.period, "period")
        for name in ("crediting_period", "baseline_year"):
            if getattr(self, name) is not None:
                checked_period(getattr(self, name), name)
        self._check_generation(where)
        self._check_years(where)
        if isinstance(self.zone, str):
            zone_info(self.zone)
        elif self.zone is None and self.replaced_on is not None:
            raise QuantityError(f"{where}: replaced_on {self.replaced_on} is a local day; give the zone as well")
        declared: tuple[FuelUse | ImportedElectricity | Leakage, ...] = (
            *self.fuel_uses,
            *self.imports,
            *self.leakages,
        )
        vintages = set(self.vintages) if declared else set()
        for item in declared:
            if item.vintage not in vintages:
                raise QuantityError(
                    f"{where}: {type(item).__name__} of {item.vintage}, but {self.period} has no generation of that "
                    "vintage; declare the emissions for a period that has, so that they are not left out"
                )

    def _check_generation(self, where: str) -> None:
        names = {device.id for device in self.devices}
        seen = set()
        for item in self.generation:
            if item.device not in names:
                raise QuantityError(
                    f"{where}: generation of {item.device}, but the project's devices are {', '.join(sorted(names))}"
                )
            if (item.vintage, item.device) in seen:
                raise QuantityError(f"{where}: generation of {item.device} in {item.vintage} is given twice")
            seen.add((item.vintage, item.device))

    def _check_years(self, where: str) -> None:
        caps = [(cap.vintage, cap) for cap in self.year_caps]
        for name, pairs in (("claimed_before", self.claimed_before), ("history", self.history), ("year_caps", caps)):
            years = [year for year, _ in pairs]
            if len(set(years)) < len(years):
                raise QuantityError(f"{where}: {name} gives a year twice: {years}")
        for year, wh in self.history:
            if wh < 0:
                raise QuantityError(f"{where}: history of {year} is {wh} Wh, expected 0 or more")

    @property
    def vintages(self) -> tuple[int, ...]:
        """The vintages that have generation, ascending."""
        return tuple(sorted({item.vintage for item in self.generation}))

    def claimed_before_wh(self, vintage: int) -> int:
        """Net energy of a vintage that earlier live issuances of the project claimed. [Wh]"""
        return dict(self.claimed_before).get(vintage, 0)

    def year_cap(self, vintage: int) -> YearCap | None:
        """The estimate of a vintage, with what earlier issuances claimed; ``None`` if there is no estimate."""
        return next((cap for cap in self.year_caps if cap.vintage == vintage), None)
