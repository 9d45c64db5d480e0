"""Projects: devices enrolled under an instrument and, for credits, a methodology."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, ClassVar, Final

from attrs import field, frozen

from carbon_ledger.canonical import identifier
from carbon_ledger.choices import Baseline
from carbon_ledger.errors import MethodologyError, QuantityError
from carbon_ledger.estimates import Estimate
from carbon_ledger.instruments import Instrument, instrument_of
from carbon_ledger.mappings import listed
from carbon_ledger.periods import MOST_CREDITING_PERIODS, Period, checked_date
from carbon_ledger.periods.zones import Zone, vintage_of, zone_info
from carbon_ledger.printing import named, one_of, quote
from carbon_ledger.records import Record, reads_record
from carbon_ledger.tables import BOOLEAN, TEXT, TIME, Column, columns_of
from carbon_ledger.texts import line
from carbon_ledger.units import energy_wh

# Baselines of plants that generated before the project.
ADDITION: Final = "capacity-addition"
EXISTING: Final = ("retrofit", ADDITION)
BASELINES: Final = ("greenfield", *EXISTING)
# The years from which a history is subtracted: calendar years, or years of the crediting period.
BY_CALENDAR_YEAR: Final = "calendar"
BY_CREDITING_YEAR: Final = "crediting"
BASELINE_YEARS: Final = (BY_CALENDAR_YEAR, BY_CREDITING_YEAR)


def _project_id(value: object) -> str:
    return identifier(value, "project")


def _devices(value: Iterable[str]) -> tuple[str, ...]:
    several = None if isinstance(value, str) else listed(value)
    if several is None:
        raise QuantityError(f"project devices {quote(value)}: expected several ids, e.g. ({quote(value)},)")
    devices = tuple(identifier(item, "device") for item in several)
    if not devices or len(set(devices)) != len(devices):
        raise QuantityError(f"project devices {quote(devices)}: expected one or more ids, each once")
    return devices


def _history(value: Mapping[int, object] | tuple[tuple[int, int], ...] | None) -> tuple[tuple[int, int], ...]:
    if value is None:
        return ()
    if isinstance(value, tuple) and all(
        isinstance(item, tuple) and len(item) == 2 for item in value
    ):  # attrs.evolve passes the history of the project that it copies
        value = {year: f"{wh} Wh" for year, wh in value}
    if not isinstance(value, Mapping):
        raise QuantityError(f'project history {quote(value)}: expected energies by year, e.g. {{2019: "38200 MWh"}}')
    years = []
    for year, energy in value.items():
        if type(year) is not int or not 1800 <= year <= 9998:
            raise QuantityError(f"project history of {quote(year)}: expected a calendar year such as 2019")
        wh = energy_wh(energy, f"history of {year}")
        if wh < 0:
            raise QuantityError(f"project history of {year}: {wh} Wh, expected 0 or more")
        years.append((year, wh))
    return tuple(sorted(years))


def _replaced_on(value: object) -> date | None:
    return None if value is None else checked_date(value, "replaced_on")


def _registered(value: object) -> date | None:
    return None if value is None else checked_date(value, "registered")


@frozen(kw_only=True, repr=False)
class Project(Record):
    """Devices enrolled under one instrument.

    A project for carbon credits names its methodology and version, its baseline and its crediting
    period. None of these has a default: the record must state, for example, whether a plant is new or rehabilitated.
    A project for energy attribute certificates has neither a methodology nor a baseline.

    Args:
        id: Short name, unique in a ledger.
        instrument: An `Instrument`, or the id of a built-in one such as ``GCC-ACC``.
        zone: IANA zone whose calendar years are the vintages.
        devices: Ids of the project's devices.
        methodology: Name and version of the methodology, e.g. ``GCCM001@4.0``; for credits only.
        baseline: ``greenfield``, ``retrofit`` or ``capacity-addition``; for credits only.
        crediting_period: The time in which generation may be credited; required for credits.
        crediting_period_ordinal: 1 for the first crediting period, 2 for the first renewal, and so on.
        name: The project's name.
        history: Net generation of the plant in each whole calendar year before the project; for a retrofit or a
            capacity addition only. An addition of wind, solar, wave or tidal power has none.
            [energy by year, ``{2019: "38200 MWh"}``]
        replaced_on: First local day on which the plant would have been replaced without the project; for a retrofit
            or a capacity addition with a history only.
        baseline_year: The year from which a history is subtracted: ``calendar``, or ``crediting`` for years that begin
            with the crediting period. The documents say only that the baseline is of a year.
        requires_approval: Whether each issuance needs an approval of its quantification by another actor.
        estimate: The generation and the units that the project expects; see `Estimate`. It is recorded when the project
            is registered, and never changes.
        registered: Local day that decides by which rules the programme registers the project, or renews its crediting
            period; at Verra, the day of the request. By default, the day on which the project is registered in the
            ledger, or the first day of a renewed period.
        requires_verification: Whether each issuance needs a verifier's statement about its time, recorded by another
            actor. It never changes.

    Raises:
        QuantityError: A field is not what is listed here.
        MethodologyError: A project for credits has no methodology, baseline or crediting period, or an unknown
            baseline; a retrofit has no history or no *replaced_on*, or a capacity addition only one of them; or one of
            these is given for a project that does not use it.
        PeriodError: *zone* is not a time zone, or *replaced_on* or *registered* is not a date.

    Example:
        >>> Project(id="hydro", instrument="I-REC-E", zone="Asia/Baku", devices=("chirag-1",)).instrument.unit
        'MWh'
    """

    _in_repr = ("id", "instrument", "methodology", "devices")
    _columns: ClassVar[tuple[Column, ...]] = (
        *columns_of(TEXT, "id", "name"),
        Column("instrument", TEXT, lambda item: item.instrument.id),
        Column("devices", TEXT, lambda item: ", ".join(item.devices)),
        *columns_of(TEXT, "methodology", "baseline", "zone"),
        Column("crediting_start", TIME, lambda item: item.crediting_period and item.crediting_period.start),
        Column("crediting_end", TIME, lambda item: item.crediting_period and item.crediting_period.end),
        Column("requires_approval", BOOLEAN),
        Column("requires_verification", BOOLEAN),
    )

    id: str = field(converter=_project_id)
    instrument: Instrument = field(converter=instrument_of)
    zone: str
    devices: tuple[str, ...] = field(converter=_devices)
    methodology: str | None = None
    baseline: Baseline | None = None
    crediting_period: Period | None = None
    crediting_period_ordinal: int = 1
    name: str = ""
    history_wh: tuple[tuple[int, int], ...] = field(default=None, alias="history", converter=_history)
    replaced_on: date | None = field(default=None, converter=_replaced_on)
    requires_approval: bool = False
    baseline_year: str = BY_CALENDAR_YEAR
    estimate: Estimate | None = None
    registered: date | None = field(default=None, converter=_registered)
    requires_verification: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse invalid fields, and a project that lacks a field that its instrument requires."""
        zone_info(self.zone)
        if self.name != "":
            line(self.name, f"project {self.id}: name")
        if self.crediting_period is not None and not isinstance(self.crediting_period, Period):
            raise QuantityError(
                f"project {self.id}: crediting_period {quote(self.crediting_period)}, expected a Period, e.g. "
                f'Period.years("2024-01-01", 10, zone={quote(self.zone)})'
            )
        ordinal = self.crediting_period_ordinal
        if type(ordinal) is not int or not 1 <= ordinal <= MOST_CREDITING_PERIODS:
            raise QuantityError(
                f"project {self.id}: crediting_period_ordinal {quote(ordinal)}, expected a whole number from 1 to "
                f"{MOST_CREDITING_PERIODS}"
            )
        for name in ("requires_approval", "requires_verification"):
            if type(given_flag := getattr(self, name)) is not bool:
                raise QuantityError(f"project {self.id}: {name} {quote(given_flag)}, expected True or False")
        self._check_estimate()
        given = {"methodology": self.methodology, "baseline": self.baseline}
        if self.instrument.is_credit:
            missing = [name for name, value in given.items() if not value]
            if self.crediting_period is None:
                missing.append("crediting_period")
            if missing:
                raise MethodologyError(
                    f"project {self.id}: {self.instrument.id} is a carbon credit, so the project must state "
                    f"{', '.join(missing)}; there is no default"
                )
            if self.baseline not in BASELINES:
                raise MethodologyError(
                    f"project {self.id}: baseline {quote(self.baseline)}, expected {one_of(self.baseline, BASELINES)}"
                )
        elif any(given.values()):
            raise MethodologyError(
                f"project {self.id}: {self.instrument.id} certifies energy, which needs no methodology and "
                "no baseline; leave out both"
            )
        self._check_history()

    def _check_estimate(self) -> None:
        """Refuse what is not an estimate, and an estimate by days of a crediting period that the project lacks."""
        if self.estimate is None:
            return
        if not isinstance(self.estimate, Estimate):
            raise QuantityError(f"project {self.id}: estimate {quote(self.estimate)}, expected an Estimate")
        if self.estimate.day_basis == "crediting-days" and self.crediting_period is None:
            raise QuantityError(
                f"project {self.id}: its estimate has day_basis 'crediting-days', but the project has no crediting "
                "period; use 'calendar-days', or state the crediting period"
            )

    def _check_history(self) -> None:
        """Refuse an existing plant without history and *replaced_on*, and a new plant with one of them."""
        if not isinstance(self.baseline_year, str) or self.baseline_year not in BASELINE_YEARS:
            raise QuantityError(
                f"project {self.id}: baseline_year {quote(self.baseline_year)}, expected one of "
                f"{', '.join(BASELINE_YEARS)}"
            )
        if self.baseline_year != BY_CALENDAR_YEAR and not self.history_wh:
            raise MethodologyError(
                f"project {self.id}: baseline_year {self.baseline_year}, but there is no history that is subtracted "
                "from a year; leave out baseline_year"
            )
        given = {"history": bool(self.history_wh), "replaced_on": self.replaced_on is not None}
        where = f"project {self.id}: baseline {named(self.baseline)}"
        if not isinstance(self.baseline, str) or self.baseline not in EXISTING:
            if any(given.values()):
                names = " and ".join(name for name, value in given.items() if value)
                raise MethodologyError(f"{where} has no generation before the project; leave out {names}")
            return
        if self.baseline == ADDITION and not any(given.values()):
            return  # whether it needs a history depends on its devices: the ledger checks it
        if missing := [name for name, value in given.items() if not value]:
            raise MethodologyError(
                f"{where}: the project must state {', '.join(missing)}; what the plant would have generated without "
                "the project, and until when, is not credited"
            )

    def require_past_history(self, zone: Zone) -> None:
        """Refuse a history that reaches into the crediting period. A ledger calls this when it registers the project.

        Args:
            zone: The project's zone, or the rules of that zone.

        Raises:
            MethodologyError: The history contains a year that is not before the first vintage.
        """
        if not self.history_wh or self.crediting_period is None:
            return
        first, last = vintage_of(self.crediting_period.start_utc, zone), self.history_wh[-1][0]
        if last >= first:
            raise MethodologyError(
                f"project {self.id}: baseline {self.baseline}: a history of {last}, but crediting begins in {first}; "
                "give only whole years before the project"
            )

    def to_record(self) -> dict[str, Any]:
        """The fields as an entry pins them, without fields that were not given."""
        record: dict[str, Any] = {
            "project": self.id,
            "instrument": self.instrument.to_record(),
            "zone": self.zone,
            "devices": list(self.devices),
        }
        if self.methodology and self.baseline:
            record["methodology"] = self.methodology
            record["baseline"] = self.baseline
        if self.crediting_period is not None:
            record["crediting_period"] = self.crediting_period.to_record()
            record["crediting_period_ordinal"] = self.crediting_period_ordinal
        if self.name:
            record["name"] = self.name
        if self.history_wh:
            record["history_wh"] = {str(year): wh for year, wh in self.history_wh}
        if self.replaced_on is not None:
            record["replaced_on"] = self.replaced_on.isoformat()
        if self.baseline_year != BY_CALENDAR_YEAR:
            record["baseline_year"] = self.baseline_year
        if self.requires_approval:
            record["requires_approval"] = True
        if self.requires_verification:
            record["requires_verification"] = True
        if self.estimate is not None:
            record["estimate"] = self.estimate.to_record()
        if self.registered is not None:
            record["registered"] = self.registered.isoformat()
        return record

    @classmethod
    @reads_record("a project")
    def from_record(cls, record: Mapping[str, Any]) -> "Project":
        """The project that an entry pinned.

        Raises:
            QuantityError: *record* is not what `to_record` gives.
        """
        fields = dict(record)
        fields["id"] = fields.pop("project")
        fields["instrument"] = Instrument.from_record(fields["instrument"])
        if "crediting_period" in fields:
            fields["crediting_period"] = Period.from_record(fields["crediting_period"])
        if "history_wh" in fields:
            fields["history"] = {int(year): f"{wh} Wh" for year, wh in fields.pop("history_wh").items()}
        if "estimate" in fields:
            fields["estimate"] = Estimate.from_record(fields["estimate"])
        return cls(**fields)
