"""Projects: devices enrolled under an instrument and, for credits, a methodology."""

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import field, frozen

from carbon_ledger.canonical import identifier
from carbon_ledger.errors import MethodologyError, QuantityError
from carbon_ledger.instruments import Instrument, instrument_of
from carbon_ledger.periods import Period
from carbon_ledger.zones import zone_info


def _project_id(value: object) -> str:
    return identifier(value, "project")


def _devices(value: Iterable[str]) -> tuple[str, ...]:
    if isinstance(value, str):
        raise QuantityError(f"project devices {value!r}: expected several ids, e.g. ({value!r},)")
    devices = tuple(identifier(item, "device") for item in value)
    if not devices or len(set(devices)) != len(devices):
        raise QuantityError(f"project devices {devices!r}: expected one or more ids, each once")
    return devices


@frozen(kw_only=True)
class Project:
    """Devices enrolled under one instrument.

    A project for carbon credits names its methodology and version, its baseline and its crediting
    period: whether a plant is greenfield or a rehabilitation is a decision of the record, never a
    default. A project for energy attribute certificates has neither methodology nor baseline.

    Args:
        id: Short name, unique in a ledger.
        instrument: An `Instrument`, or the id of a built-in one such as ``GCC-ACC``.
        zone: IANA zone whose calendar years are the vintages.
        devices: Ids of its devices.
        methodology: Name and version, e.g. ``GCCM001@4.0``; credits only.
        baseline: ``greenfield``, ``retrofit`` or ``capacity-addition``; credits only.
        crediting_period: The time in which generation may be credited; needed for credits.
        crediting_period_ordinal: 1 for the first crediting period, 2 for the first renewal, ...
        name: The project's name.

    Raises:
        QuantityError: A field is not what is listed here.
        MethodologyError: Credits without methodology, baseline or crediting period; or one of the first
            two given for certificates.
        PeriodError: *zone* is not one.

    Example:
        >>> Project(id="hydro", instrument="I-REC-E", zone="Asia/Baku", devices=("chirag-1",)).instrument.unit
        'MWh'
    """

    id: str = field(converter=_project_id)
    instrument: Instrument = field(converter=instrument_of)
    zone: str
    devices: tuple[str, ...] = field(converter=_devices)
    methodology: str | None = None
    baseline: str | None = None
    crediting_period: Period | None = None
    crediting_period_ordinal: int = 1
    name: str = ""

    def __attrs_post_init__(self) -> None:
        """Refuse a project whose record leaves a decision open."""
        zone_info(self.zone)
        if type(self.crediting_period_ordinal) is not int or self.crediting_period_ordinal < 1:
            raise QuantityError(f"project {self.id}: crediting_period_ordinal must be 1 or more")
        given = {"methodology": self.methodology, "baseline": self.baseline}
        if self.instrument.is_credit:
            missing = [name for name, value in given.items() if not value]
            if self.crediting_period is None:
                missing.append("crediting_period")
            if missing:
                raise MethodologyError(
                    f"project {self.id}: {self.instrument.id} is a carbon credit, so the record must decide "
                    f"{', '.join(missing)}; there is no default"
                )
        elif any(given.values()):
            raise MethodologyError(
                f"project {self.id}: {self.instrument.id} certifies energy, which needs no methodology and "
                "no baseline; leave both out"
            )

    def to_record(self) -> dict[str, Any]:
        """The fields as an entry pins them; what was not given is absent."""
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
        return record

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Project":
        """The project that an entry pinned."""
        fields = dict(record)
        fields["id"] = fields.pop("project")
        fields["instrument"] = Instrument.from_record(fields["instrument"])
        if "crediting_period" in fields:
            fields["crediting_period"] = Period.from_record(fields["crediting_period"])
        return cls(**fields)
