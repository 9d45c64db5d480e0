"""Meters: what measures one or more devices, how its total is divided among them, and which instrument it is."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Final

from attrs import field, frozen
from attrs.converters import optional

from carbon_ledger.canonical import identifier
from carbon_ledger.errors import QuantityError
from carbon_ledger.mappings import FrozenMapping
from carbon_ledger.periods.instants import checked_date
from carbon_ledger.printing import one_of, quote
from carbon_ledger.records import Record, reads_record
from carbon_ledger.tables import DATE, TEXT, Column, columns_of
from carbon_ledger.texts import line, text
from carbon_ledger.units import energy_wh

# The accuracy classes of meters of active energy, each with its maximum permissible error as a share. [M: IEC 62053]
ACCURACY_CLASSES: Final = {
    "0.1": Decimal("0.001"),
    "0.1S": Decimal("0.001"),
    "0.2": Decimal("0.002"),
    "0.2S": Decimal("0.002"),
    "0.5": Decimal("0.005"),
    "0.5S": Decimal("0.005"),
    "1": Decimal("0.01"),
    "2": Decimal("0.02"),
}


MOST_DEVICES: Final = 1_000  # of one meter; a step of all of them fits into an entry


def _meter_id(value: object) -> str:
    return identifier(value, "meter")


def _installed(value: object) -> date | None:
    return None if value is None else checked_date(value, "installed")


def _calibration_due(value: object) -> date | None:
    return None if value is None else checked_date(value, "calibration_due")


def _shares(value: object) -> Mapping[str, int]:
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise QuantityError(f"meter shares {quote(value)}: expected weights by device, e.g. {{'chirag-1': 8330}}")
    shares: dict[str, int] = {}
    for device in sorted(value):
        weight = value[device]
        if type(weight) is not int or weight < 1:
            raise QuantityError(f"meter share of {device}: {quote(weight)}, expected a whole number of at least 1")
        shares[identifier(device, "device")] = weight
    if len(shares) > MOST_DEVICES:
        raise QuantityError(f"meter shares of {len(shares):,} devices: expected at most {MOST_DEVICES:,}")
    if not shares:
        raise QuantityError("meter shares {}: expected at least one device, e.g. {'chirag-1': 8330}")
    return FrozenMapping(shares)


def _resolution(value: object) -> int | None:
    return None if value is None else energy_wh(value, "resolution")


@frozen(kw_only=True, repr=False)
class Meter(Record):
    """A meter that one or more devices feed, with the weights that divide its total, and what identifies the meter.

    A device that has a meter to itself is the only device in the shares. A meter that takes the place of another
    has an id of its own, and names the other in *replaces*.

    Args:
        id: Short name, unique among the ledger's meters.
        shares: A whole-number weight for each device id, e.g. the device's capacity in kW.
        reason: Why the total is divided in this way, in the words of the project document.
        serial_number: The number that the manufacturer gave the meter, together with *manufacturer*. No other meter
            of a ledger has both.
        manufacturer: The maker of the meter.
        accuracy_class: One of `ACCURACY_CLASSES`, such as ``0.2S``; it states the maximum permissible error.
        resolution: The smallest difference that the meter shows. Measured totals of the meter are multiples of it.
            [energy; Wh, kWh, ...]
        installed: First local day on which the meter measures, in the zone of each device.
        calibration_due: The day on which the first calibration in the ledger is due; needs *accuracy_class*.
        replaces: The id of the meter whose place this one takes on the day *installed*.

    Raises:
        QuantityError: There is no device, a weight is not a whole number of at least 1, or another field is not what is
            listed here.
        PeriodError: A date is invalid.

    Example:
        >>> dict(Meter(id="feeder", shares={"b": 3600, "a": 8330}).shares)
        {'a': 8330, 'b': 3600}
    """

    _columns: ClassVar[tuple[Column, ...]] = (
        Column("id", TEXT),
        Column("devices", TEXT, lambda item: ", ".join(item.shares)),
        *columns_of(TEXT, "serial_number", "manufacturer", "accuracy_class"),
        *columns_of(DATE, "installed", "calibration_due"),
        Column("replaces", TEXT),
    )

    id: str = field(converter=_meter_id)
    shares: Mapping[str, int] = field(converter=_shares)
    reason: str = ""
    serial_number: str | None = None
    manufacturer: str | None = None
    accuracy_class: str | None = None
    resolution_wh: int | None = field(default=None, alias="resolution", converter=_resolution)
    installed: date | None = field(default=None, converter=_installed)
    calibration_due: date | None = field(default=None, converter=_calibration_due)
    replaces: str | None = field(default=None, converter=optional(_meter_id))

    def __attrs_post_init__(self) -> None:
        """Refuse fields that are invalid."""
        where = f"meter {self.id}"
        if self.reason != "":
            text(self.reason, f"{where}: reason")
        for label, name in (("serial_number", self.serial_number), ("manufacturer", self.manufacturer)):
            if name is not None:
                line(name, f"{where}: {label}")
        if self.serial_number is not None and self.manufacturer is None:
            raise QuantityError(
                f"{where}: serial_number {quote(self.serial_number)} without manufacturer, expected both: a number is "
                "unique only among the meters of one manufacturer"
            )
        if self.accuracy_class is not None and (
            not isinstance(self.accuracy_class, str) or self.accuracy_class not in ACCURACY_CLASSES
        ):
            raise QuantityError(
                f"{where}: accuracy_class {quote(self.accuracy_class)}, "
                f"expected {one_of(self.accuracy_class, ACCURACY_CLASSES)}"
            )
        if self.resolution_wh is not None and self.resolution_wh < 1:
            raise QuantityError(f"{where}: resolution {self.resolution_wh} Wh, expected 1 Wh or more")
        if self.calibration_due is not None and self.accuracy_class is None:
            raise QuantityError(f"{where}: calibration_due without accuracy_class, which states the permissible error")
        if self.replaces is not None and (self.installed is None or self.replaces == self.id):
            raise QuantityError(
                f"{where}: replaces {self.replaces}, expected another meter, and the day on which it took its place, "
                "installed="
            )

    @property
    def maximum_error(self) -> Decimal | None:
        """The maximum permissible error of the accuracy class as a share, or ``None`` without a class."""
        return None if self.accuracy_class is None else ACCURACY_CLASSES[self.accuracy_class]

    def to_record(self) -> dict[str, Any]:
        """The fields as an entry pins them, without fields that were not given."""
        record: dict[str, Any] = {"meter": self.id, "shares": dict(self.shares)}
        if self.reason:
            record["reason"] = self.reason
        for key in ("serial_number", "manufacturer", "accuracy_class", "resolution_wh", "replaces"):
            if (value := getattr(self, key)) is not None:
                record[key] = value
        for key, day in (("installed", self.installed), ("calibration_due", self.calibration_due)):
            if day is not None:
                record[key] = day.isoformat()
        return record

    @classmethod
    @reads_record("a meter")
    def from_record(cls, record: Mapping[str, Any]) -> "Meter":
        """The meter that an entry pinned.

        Raises:
            QuantityError: *record* is not what `to_record` gives.
        """
        fields = dict(record)
        fields["id"] = fields.pop("meter")
        if "resolution_wh" in fields:
            fields["resolution"] = f"{fields.pop('resolution_wh')} Wh"
        return cls(**fields)
