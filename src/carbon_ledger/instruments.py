"""Instruments: what is issued, in which unit, and what the holder of a unit may claim."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from attrs import frozen
from dateutil.relativedelta import relativedelta

from carbon_ledger.canonical import identifier
from carbon_ledger.errors import QuantityError
from carbon_ledger.periods.zones import Zone, local_instants, local_time
from carbon_ledger.printing import quote
from carbon_ledger.records import reads_record
from carbon_ledger.texts import line, text

UNITS: Final = ("tCO2e", "MWh", "Wh")
EMISSION_REDUCTION: Final = "emission-reduction"
ENERGY_ATTRIBUTE: Final = "energy-attribute"


@frozen(kw_only=True)
class Instrument:
    """A kind of certificate or credit, whose face value is 1 tCO2e, 1 MWh or 1 Wh.

    Args:
        id: Short name, e.g. ``GCC-ACC``.
        name: The name that the programme uses.
        unit: The unit of the face value: ``tCO2e``, ``MWh`` or ``Wh``.
        claim: ``emission-reduction`` or ``energy-attribute``.
        granular: Whether each unit belongs to the interval in which it was generated (hourly certificates).
        valid_months: Months after the end of production in which a unit may be used; by default, it never expires.
        source: Where the rule comes from, and how sure that is: [P], [S], [C] or [M] as in the glossary.

    Raises:
        QuantityError: A field is not what is listed here.

    Example:
        >>> BUILTIN["I-REC-E"].unit
        'MWh'
    """

    id: str
    name: str
    unit: str
    claim: str
    granular: bool = False
    valid_months: int | None = None
    source: str = ""

    def __attrs_post_init__(self) -> None:
        """Refuse fields that are invalid, or that contradict each other."""
        identifier(self.id, "instrument")
        if not isinstance(self.unit, str) or self.unit not in UNITS:
            raise QuantityError(f"instrument {self.id}: unit {quote(self.unit)}, expected one of {', '.join(UNITS)}")
        expected = EMISSION_REDUCTION if self.unit == "tCO2e" else ENERGY_ATTRIBUTE
        if self.claim != expected:
            raise QuantityError(
                f"instrument {self.id}: claim {quote(self.claim)}, expected {expected} for units of {self.unit}"
            )
        if self.granular is not (self.unit == "Wh"):
            raise QuantityError(
                f"instrument {self.id}: granular {quote(self.granular)} with unit {self.unit}, expected True for Wh "
                "and False for any other unit"
            )
        if self.valid_months is not None and (
            type(self.valid_months) is not int or not 1 <= self.valid_months <= 1_200
        ):
            raise QuantityError(f"instrument {self.id}: valid_months {quote(self.valid_months)}, expected 1 to 1,200")
        line(self.name, f"instrument {self.id}: name")
        if self.source != "":
            text(self.source, f"instrument {self.id}: source")

    @property
    def is_credit(self) -> bool:
        """Whether the claim is an emission reduction, so that a methodology and a factor are needed."""
        return self.claim == EMISSION_REDUCTION

    def expires_utc(self, production_end_utc: int, zone: Zone) -> int | None:
        """The first second in which a unit can no longer be used, or ``None`` if it never expires.

        Args:
            production_end_utc: End of the generation that the unit was issued for. [s since 1970-01-01 UTC]
            zone: IANA zone, or the rules of that zone, in whose calendar the months are counted.

        Example:
            >>> BUILTIN["EECS-GO"].expires_utc(1_735_689_600, "UTC")  # 2025-01-01
            1767225600
        """
        if self.valid_months is None:
            return None
        local = local_time(production_end_utc, zone).replace(tzinfo=UTC)
        later = local + relativedelta(months=self.valid_months)
        wall_s = (later - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
        # If the clocks skip that local time, the time an hour later is used.
        return (local_instants(wall_s, zone) or local_instants(wall_s + 3600, zone))[0]

    def to_record(self) -> dict[str, Any]:
        """The fields as an entry pins them."""
        record: dict[str, Any] = {
            "id": self.id,
            "name": self.name,
            "unit": self.unit,
            "claim": self.claim,
            "granular": self.granular,
        }
        if self.valid_months is not None:
            record["valid_months"] = self.valid_months
        if self.source:
            record["source"] = self.source
        return record

    @classmethod
    @reads_record("an instrument")
    def from_record(cls, record: Mapping[str, Any]) -> "Instrument":
        """The instrument that an entry pinned.

        Raises:
            QuantityError: *record* is not what `to_record` gives.
        """
        return cls(**record)


def _credit(code: str, name: str, source: str) -> Instrument:
    return Instrument(id=code, name=name, unit="tCO2e", claim=EMISSION_REDUCTION, source=source)


_CATALOGUE: Final = (
    _credit("GCC-ACC", "Approved Carbon Credit, Global Carbon Council", "GCCM001 v4.0: 1 ACC = 1 tCO2e [S]"),
    _credit("GS-VER", "Gold Standard Verified Emission Reduction", "Gold Standard registry [P]"),
    _credit("VCS-VCU", "Verified Carbon Unit, Verra", "Verra registry [P]"),
    _credit("CDM-CER", "Certified Emission Reduction, CDM", "CDM [S]"),
    Instrument(
        id="I-REC-E",
        name="I-REC for electricity",
        unit="MWh",
        claim=ENERGY_ATTRIBUTE,
        source="I-REC Standard: 1 MWh, fractions carried [S]",
    ),
    Instrument(
        id="EECS-GO",
        name="Guarantee of Origin under the European Energy Certificate System",
        unit="MWh",
        claim=ENERGY_ATTRIBUTE,
        valid_months=12,
        source="Directive (EU) 2018/2001 article 19(3): usable for 12 months after production [M]",
    ),
    Instrument(
        id="GC",
        name="EnergyTag granular certificate",
        unit="Wh",
        claim=ENERGY_ATTRIBUTE,
        granular=True,
        source="EnergyTag Granular Certificate Scheme Standard: at most 1 hour, whole Wh [S]",
    ),
)

BUILTIN: Final[Mapping[str, Instrument]] = MappingProxyType({item.id: item for item in _CATALOGUE})


# An entry of schema 1 must agree with these instruments. Instruments that are built in later are checked by commands
# only, because a ledger may already have pinned its own instrument with such an id. So this list never grows.
_RELEASED_IDS: Final = ("GCC-ACC", "GS-VER", "VCS-VCU", "CDM-CER", "I-REC-E", "EECS-GO", "GC")
RELEASED: Final[Mapping[str, Instrument]] = MappingProxyType({name: BUILTIN[name] for name in _RELEASED_IDS})


def instrument_of(value: object) -> Instrument:
    """The instrument that was passed: an `Instrument`, or the id of a built-in instrument.

    Raises:
        QuantityError: *value* is neither.

    Example:
        >>> instrument_of("GCC-ACC").unit
        'tCO2e'
    """
    if isinstance(value, Instrument):
        return value
    if isinstance(value, str) and value in BUILTIN:
        return BUILTIN[value]
    raise QuantityError(f"instrument {quote(value)}: expected an Instrument or one of {', '.join(BUILTIN)}")
