"""Devices: registered production units, with their capacity, place and identifiers."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, ClassVar, Final

from attrs import field, frozen

from carbon_ledger.canonical import identifier
from carbon_ledger.errors import QuantityError
from carbon_ledger.exact import arithmetic, checked_decimal, text_of, whole_below
from carbon_ledger.periods.instants import checked_date
from carbon_ledger.periods.zones import Zone, day_start_utc, zone_info
from carbon_ledger.printing import one_of, quote
from carbon_ledger.records import Record, reads_record
from carbon_ledger.registries.identifiers import checked_identifiers
from carbon_ledger.tables import DATE, DECIMAL, INTEGER, TEXT, Column, columns_of
from carbon_ledger.texts import line
from carbon_ledger.units import area_m2, power_w

TECHNOLOGIES: Final = (
    "hydro/run-of-river",
    "hydro/reservoir",
    "wind/onshore",
    "wind/offshore",
    "solar/photovoltaic",
    "solar/thermal",
    "geothermal",
    "biomass",
    "tidal",
    "wave",
)

_LEAST_STATION_LOAD_W: Final = 50_000  # the default station load of a device below 500 kW


def _device_id(value: object) -> str:
    return identifier(value, "device")


def _capacity(value: object) -> int:
    return power_w(value, "capacity")


def _capacity_before(value: object) -> int | None:
    return None if value is None else power_w(value, "capacity_before")


def _area(value: object) -> Decimal | None:
    return None if value is None else area_m2(value, "reservoir_area")


def _area_before(value: object) -> Decimal | None:
    return None if value is None else area_m2(value, "reservoir_area_before")


def _commissioned(value: object) -> date | None:
    return None if value is None else checked_date(value, "commissioned")


def _metered_since(value: object) -> date | None:
    return None if value is None else checked_date(value, "metered_since")


def _decommissioned(value: object) -> date | None:
    return None if value is None else checked_date(value, "decommissioned")


def _station_load(value: object) -> int | None:
    return None if value is None else power_w(value, "station_load")


def _margin(value: object) -> Decimal:
    return checked_decimal(value, "margin")


def _identifiers(value: object) -> Mapping[str, str]:
    return checked_identifiers(value, "device")


def _degrees(value: object, name: str, most: int) -> Decimal | None:
    if value is None:
        return None
    degrees = checked_decimal(value, name)
    if not -most <= degrees <= most:
        raise QuantityError(f"{name} {text_of(degrees)}: expected degrees from -{most} to {most}")
    return degrees


def _latitude(value: object) -> Decimal | None:
    return _degrees(value, "latitude", 90)


def _longitude(value: object) -> Decimal | None:
    return _degrees(value, "longitude", 180)


@lru_cache(maxsize=1024)
def _most_wh(margin: Decimal, capacity_w: int, duration_s: int) -> int:
    with arithmetic():
        watt_seconds = margin * capacity_w * duration_s
    return whole_below(watt_seconds) // 3600


@frozen(kw_only=True, repr=False)
class Device(Record):
    """A registered production unit: a plant, or a part of one.

    Args:
        id: Short name, unique in a ledger.
        name: The plant's name.
        technology: One of `TECHNOLOGIES`.
        capacity: Nameplate capacity. [power; kW, MW, ...]
        country: ISO 3166-1 alpha-2 code.
        grid: The electricity system that the device feeds, as emission factors name it.
        zone: IANA time zone of the device's local days, e.g. ``Asia/Baku``.
        commissioned: First local day of operation, or ``None`` while the plant is under construction.
        metered_since: First local day of the device's meter, if it is later than *commissioned*.
        margin: The largest energy of a step, divided by capacity times duration; 1 by default.
        capacity_before: Capacity before the project activity, for power density and for projects of plants that existed
            before; ``"0 MW"`` for an added unit of a capacity addition. [power]
        reservoir_area: Area of the reservoir at full level. [area; m2, km2, ha]
        reservoir_area_before: Area of the reservoir before the project activity. [area]
        station_load: The most power that the device takes from the grid; by default, the larger of 10 % of *capacity*
            and 50 kW. [power]
        decommissioned: First local day on which the device no longer operates, or ``None``.
        identifiers: External identifiers by scheme, e.g. ``{"GSRN": ..., "EIC": ..., "irec": ...}``. In a ledger, each
            belongs to one device. The check digits of ``gsrn`` and ``eic`` are checked.
        latitude: Degrees north of the equator; negative in the south. Given together with *longitude*. [degrees]
        longitude: Degrees east of Greenwich; negative in the west. [degrees]

    A day of *commissioned* or *metered_since* may be in the future, as announced: no reading can begin before it.

    Raises:
        QuantityError: A field is not what is listed here, or two fields contradict each other.
        PeriodError: *zone* is not a time zone, or a date is invalid.

    Example:
        >>> Device(id="chirag-1", name="Chirag-1", technology="hydro/run-of-river", capacity="8.33 MW",
        ...        country="AZ", grid="AZ", zone="Asia/Baku", commissioned="2023-08-25").capacity_w
        8330000
    """

    _in_repr = ("id", "name", "technology", "capacity_w")
    _columns: ClassVar[tuple[Column, ...]] = (
        *columns_of(TEXT, "id", "name", "technology"),
        Column("capacity_w", INTEGER),
        *columns_of(TEXT, "country", "grid", "zone"),
        *columns_of(DATE, "commissioned", "decommissioned"),
        *columns_of(DECIMAL, "latitude", "longitude"),
    )

    id: str = field(converter=_device_id)
    name: str
    technology: str
    capacity_w: int = field(alias="capacity", converter=_capacity)
    country: str
    grid: str
    zone: str
    commissioned: date | None = field(default=None, converter=_commissioned)
    metered_since: date | None = field(default=None, converter=_metered_since)
    margin: Decimal = field(default=Decimal(1), converter=_margin)
    capacity_before_w: int | None = field(default=None, alias="capacity_before", converter=_capacity_before)
    reservoir_area_m2: Decimal | None = field(default=None, alias="reservoir_area", converter=_area)
    reservoir_area_before_m2: Decimal | None = field(
        default=None, alias="reservoir_area_before", converter=_area_before
    )
    station_load_w: int | None = field(default=None, alias="station_load", converter=_station_load)
    decommissioned: date | None = field(default=None, converter=_decommissioned)
    identifiers: Mapping[str, str] = field(factory=dict, converter=_identifiers)
    latitude: Decimal | None = field(default=None, converter=_latitude)
    longitude: Decimal | None = field(default=None, converter=_longitude)

    def __attrs_post_init__(self) -> None:
        """Refuse fields that are invalid."""
        where = f"device {self.id}"
        for label, name in (("name", self.name), ("grid", self.grid)):
            line(name, f"{where}: {label}")
        if not isinstance(self.technology, str) or self.technology not in TECHNOLOGIES:
            raise QuantityError(
                f"{where}: technology {quote(self.technology)}, expected {one_of(self.technology, TECHNOLOGIES)}"
            )
        if not (
            isinstance(self.country, str)
            and len(self.country) == 2
            and self.country.isascii()
            and self.country.isalpha()
            and self.country.isupper()
        ):
            raise QuantityError(f"{where}: country {quote(self.country)}, expected two capital letters (ISO 3166-1)")
        if self.capacity_w < 1:
            raise QuantityError(f"{where}: capacity {self.capacity_w} W, expected more than 0 W")
        if self.station_load_w is not None and self.station_load_w < 0:
            raise QuantityError(f"{where}: station_load {self.station_load_w} W, expected 0 W or more")
        if self.capacity_before_w is not None and not 0 <= self.capacity_before_w <= self.capacity_w:
            raise QuantityError(
                f"{where}: capacity_before {self.capacity_before_w} W, expected from 0 W to the capacity, "
                f"{self.capacity_w} W"
            )
        self._check_reservoir(where)
        if not 0 < self.margin <= 2:
            raise QuantityError(f"{where}: margin {self.margin}, expected above 0 and at most 2")
        if self.decommissioned is not None and (self.commissioned is None or self.decommissioned <= self.commissioned):
            raise QuantityError(
                f"{where}: decommissioned {self.decommissioned}, expected a day after the day on which it was "
                f"commissioned ({self.commissioned})"
            )
        if (self.latitude is None) != (self.longitude is None):
            raise QuantityError(f"{where}: expected latitude and longitude, or neither of them")
        zone_info(self.zone)

    def _check_reservoir(self, where: str) -> None:
        """Refuse areas that are negative, and areas that contradict each other or the technology.

        Source:
            Domain section 4: the power density of a plant follows from its areas, and decides whether it is eligible.
        """
        area, before = self.reservoir_area_m2, self.reservoir_area_before_m2
        for name, value in (("reservoir_area", area), ("reservoir_area_before", before)):
            if value is None:
                continue
            if not self.technology.startswith("hydro/"):
                raise QuantityError(f"{where}: {name} {value} m2, but {self.technology} has no reservoir; leave it out")
            if value < 0:
                raise QuantityError(f"{where}: {name} {value} m2, expected 0 m2 or more")
        if area is not None and area == 0 and self.technology == "hydro/reservoir":
            raise QuantityError(
                f"{where}: reservoir_area 0 m2, but hydro/reservoir has a reservoir; give its area at full level, or "
                "leave it out until it is known"
            )
        if before is not None and area is None:
            raise QuantityError(f"{where}: reservoir_area_before {before} m2 without reservoir_area; give both")
        if before is not None and area is not None and before > area:
            raise QuantityError(
                f"{where}: reservoir_area_before {before} m2, expected at most reservoir_area, {area} m2"
            )

    @property
    def first_utc(self) -> int | None:
        """The first second in which the device can be metered, or ``None`` while it is not commissioned."""
        return self.first_utc_in(self.zone)

    def first_utc_in(self, zone: Zone) -> int | None:
        """The first second in which the device can be metered by the given rules of its zone.

        Args:
            zone: The device's zone, or the rules of that zone.

        Returns:
            The second, or ``None`` while the device is not commissioned. [s since 1970-01-01 UTC]
        """
        days = [day for day in (self.commissioned, self.metered_since) if day is not None]
        return None if self.commissioned is None else day_start_utc(max(days), zone)

    def most_wh(self, duration_s: int) -> int:
        """The largest energy that the device can generate in a time, including its margin. [Wh]

        Args:
            duration_s: Length of the time. [s]

        Example:
            >>> Device(id="a", name="A", technology="tidal", capacity="1 MW", country="GB", grid="GB",
            ...        zone="Europe/London").most_wh(1800)
            500000
        """
        return _most_wh(self.margin, self.capacity_w, duration_s)

    def most_import_wh(self, duration_s: int) -> int:
        """The largest energy that the device can take from the grid in a time, for its station load. [Wh]

        Args:
            duration_s: Length of the time. [s]

        Source:
            Ledger-model section 2.

        Example:
            >>> Device(id="a", name="A", technology="tidal", capacity="1 MW", country="GB", grid="GB",
            ...        zone="Europe/London").most_import_wh(1800)
            50000
        """
        return self.most_import_w * duration_s // 3600

    @property
    def most_import_w(self) -> Fraction:
        """The station load, or the larger of 10 % of the capacity and 50 kW if none was given. [W]

        Source:
            [C] A default of this library: ledger-model section 2. No rule of a registry states it.
        """
        if self.station_load_w is not None:
            return Fraction(self.station_load_w)
        return max(Fraction(self.capacity_w, 10), Fraction(_LEAST_STATION_LOAD_W))

    def to_record(self) -> dict[str, Any]:
        """The fields as an entry pins them, without fields that were not given."""
        record: dict[str, Any] = {
            "device": self.id,
            "name": self.name,
            "technology": self.technology,
            "capacity_w": self.capacity_w,
            "country": self.country,
            "grid": self.grid,
            "zone": self.zone,
            "margin": text_of(self.margin),
        }
        for key, day in (
            ("commissioned", self.commissioned),
            ("metered_since", self.metered_since),
            ("decommissioned", self.decommissioned),
        ):
            if day is not None:
                record[key] = day.isoformat()
        for key, power in (("capacity_before_w", self.capacity_before_w), ("station_load_w", self.station_load_w)):
            if power is not None:
                record[key] = power
        for key, area in (
            ("reservoir_area_m2", self.reservoir_area_m2),
            ("reservoir_area_before_m2", self.reservoir_area_before_m2),
        ):
            if area is not None:
                record[key] = text_of(area)
        if self.identifiers:
            record["identifiers"] = dict(self.identifiers)
        if self.latitude is not None and self.longitude is not None:
            record |= {"latitude": text_of(self.latitude), "longitude": text_of(self.longitude)}
        return record

    @classmethod
    @reads_record("a device")
    def from_record(cls, record: Mapping[str, Any]) -> "Device":
        """The device that an entry pinned.

        Raises:
            QuantityError: *record* is not what `to_record` gives.
        """
        fields = dict(record)
        fields["id"] = fields.pop("device")
        for key, unit in (
            ("capacity_w", "W"),
            ("capacity_before_w", "W"),
            ("station_load_w", "W"),
            ("reservoir_area_m2", "m2"),
            ("reservoir_area_before_m2", "m2"),
        ):
            if key in fields:
                fields[key.rpartition("_")[0]] = f"{fields.pop(key)} {unit}"
        return cls(**fields)
