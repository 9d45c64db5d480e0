"""Instruments: what is issued, in which unit, and what the holder of a unit may claim."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final, cast

from attrs import field, fields, frozen

from carbon_ledger.canonical import identifier
from carbon_ledger.errors import PeriodError, QuantityError
from carbon_ledger.exact import checked_share, text_of
from carbon_ledger.periods.instants import checked_date, months_after
from carbon_ledger.periods.zones import Zone, day_start_utc
from carbon_ledger.printing import one_of, quote
from carbon_ledger.records import Record, reads_record
from carbon_ledger.texts import line, text

UNITS: Final = ("tCO2e", "MWh", "Wh")
EMISSION_REDUCTION: Final = "emission-reduction"
ENERGY_ATTRIBUTE: Final = "energy-attribute"


def _require_number(value: object, least: int, most: int, name: str) -> None:
    """Refuse a value that is not a whole number from *least* to *most*."""
    if type(value) is not int or not least <= value <= most:
        raise QuantityError(f"{name} {quote(value)}, expected {least} to {most:,}")


@frozen(repr=False)
class IssuanceDeadline(Record):
    """The last day on which the production of some months of a year may be issued.

    Args:
        first_month: The first of the months. [1 to 12]
        last_month: The last of the months. [1 to 12]
        years_later: Years from the year of production to the year of the last day. [0 to 100]
        month: The month of the last day. [1 to 12]
        day: The last day. [1 to 31]

    Raises:
        QuantityError: A field is not what is listed here, or the last day is before the end of the months.

    Example:
        >>> IssuanceDeadline(1, 6, 1, 5, 31).last_day(2024)  # January to June 2024
        datetime.date(2025, 5, 31)
    """

    first_month: int
    last_month: int
    years_later: int
    month: int
    day: int

    def __attrs_post_init__(self) -> None:
        """Refuse a deadline that is not a day of every year, or that is before the end of its months."""
        what = "issuance deadline: "
        _require_number(self.first_month, 1, 12, f"{what}first_month")
        _require_number(self.last_month, self.first_month, 12, f"{what}last_month")
        _require_number(self.years_later, 0, 100, f"{what}years_later")
        _require_number(self.month, 1, 12, f"{what}month")
        most = 28 if self.month == 2 else 30 if self.month in (4, 6, 9, 11) else 31
        _require_number(self.day, 1, most, f"{what}in month {self.month}, day")
        if 12 * self.years_later + self.month <= self.last_month:
            raise QuantityError(
                f"{what}month {self.month}, {self.years_later} years later, is not after month {self.last_month}, the "
                "last month of production; name a later day"
            )

    def last_day(self, year: int) -> date:
        """The last day of issuance of what these months of a year produced.

        Args:
            year: The year of production.
        """
        return date(min(year + self.years_later, 9998), self.month, self.day)

    def to_record(self) -> dict[str, int]:
        """The fields as an entry pins them."""
        return {item.name: getattr(self, item.name) for item in fields(type(self))}


def _levy_share(value: object) -> Decimal:
    return checked_share(value, "levy share")


@frozen(kw_only=True, repr=False)
class Levy(Record):
    """A share of each issuance that goes to another account, or that is cancelled at issuance.

    The share is of all units that one issuance makes, rounded up to whole units: of 111,949 units, a levy of 2% takes
    2,239 and leaves 109,710.

    Args:
        share: The share, above 0 and below 1: a text such as ``"0.02"`` or ``"2%"``, or a Decimal. [1]
        to: The account that receives the units; None if they are cancelled at issuance.

    Raises:
        InexactNumberError: *share* is a float.
        QuantityError: *share* is not above 0 and below 1, or *to* is not an id.

    Example:
        >>> Levy(share="0.02", to="adaptation-fund").to_record()
        {'share': '0.02', 'to': 'adaptation-fund'}
    """

    share: Decimal = field(converter=_levy_share)
    to: str | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse a share that is not above 0 and below 1, and an invalid account."""
        if not 0 < self.share < 1:
            raise QuantityError(f"levy share {self.share}: expected a share above 0 and below 1, such as '0.02'")
        if self.to is not None:
            identifier(self.to, "account")

    def to_record(self) -> dict[str, str]:
        """The fields as an entry pins them."""
        record = {"share": text_of(self.share)}
        return record if self.to is None else record | {"to": self.to}


def _deadline(item: object) -> IssuanceDeadline:
    """A deadline, from itself, from its fields by name, or from its five numbers in order."""
    if isinstance(item, IssuanceDeadline):
        return item
    return IssuanceDeadline(**item) if isinstance(item, Mapping) else IssuanceDeadline(*cast("list[int]", item))


def _deadlines(value: object) -> tuple[IssuanceDeadline, ...]:
    """Deadlines, from themselves or from their fields."""
    items = value if isinstance(value, list | tuple) else None
    if items is None or not all(isinstance(item, IssuanceDeadline | Mapping | list | tuple) for item in items):
        raise QuantityError(
            f"issuance_deadlines {quote(value)}: expected a list of IssuanceDeadline(first_month, last_month, "
            "years_later, month, day)"
        )
    try:
        found = [_deadline(item) for item in items]
    except TypeError:
        raise QuantityError(f"issuance_deadlines {quote(value)}: expected five numbers for each deadline") from None
    found.sort(key=lambda item: item.first_month)
    for one, other in pairwise(found):
        if other.first_month <= one.last_month:
            raise QuantityError(f"issuance_deadlines: month {other.first_month} has two; give each month at most one")
    return tuple(found)


def _day(value: object) -> date | None:
    if value is None:
        return None
    day = checked_date(value, "last day")
    if not 1970 <= day.year <= 9998:
        raise PeriodError(f"last day {day}: expected a day of the years 1970 to 9998")
    return day


def _levy(value: object) -> Levy | None:
    if value is None or isinstance(value, Levy):
        return value
    if isinstance(value, Mapping) and {"share"} <= value.keys() <= {"share", "to"}:
        return Levy(**value)
    raise QuantityError(f"levy {quote(value)}: expected a Levy(share=, to=), or None")


@frozen(kw_only=True, repr=False)
class Instrument(Record):
    """A kind of certificate or credit, whose face value is 1 tCO2e, 1 MWh or 1 Wh.

    Args:
        id: Short name, e.g. ``GCC-ACC``.
        name: The name that the programme uses.
        unit: The unit of the face value: ``tCO2e``, ``MWh`` or ``Wh``.
        claim: ``emission-reduction`` or ``energy-attribute``.
        granular: Whether each unit belongs to the interval in which it was generated (hourly certificates).
        valid_months: Months after the end of production in which a unit may be used; by default, it never expires.
        transferable_months: Months after the end of production in which a unit may be transferred, offered, accepted or
            exported; by default, as long as it may be used.
        last_use_day: The last local day on which any unit may be used; by default, no day is the last.
        issuance_deadlines: The last days of issuance by month of production; by default, no month has one. Each is an
            `IssuanceDeadline`, or its five numbers.
        last_issue_day: The last local day on which any unit may be issued; by default, no day is the last.
        levy: The share of each issuance that goes to an account or is cancelled; by default, nothing is taken.
        source: Where the rule comes from, and how sure that is: [P], [S], [C] or [M] as in the glossary.

    Raises:
        QuantityError: A field is not what is listed here.
        PeriodError: A last day is not a day.

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
    transferable_months: int | None = None
    last_use_day: date | None = field(default=None, converter=_day)
    issuance_deadlines: tuple[IssuanceDeadline, ...] = field(default=(), converter=_deadlines)
    last_issue_day: date | None = field(default=None, converter=_day)
    levy: Levy | None = field(default=None, converter=_levy)
    source: str = ""

    def __attrs_post_init__(self) -> None:
        """Refuse fields that are invalid, or that contradict each other."""
        identifier(self.id, "instrument")
        if not isinstance(self.unit, str) or self.unit not in UNITS:
            raise QuantityError(f"instrument {self.id}: unit {quote(self.unit)}, expected {one_of(self.unit, UNITS)}")
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
        most = 1_200
        for name in ("valid_months", "transferable_months"):
            if getattr(self, name) is not None:
                _require_number(getattr(self, name), 1, most, f"instrument {self.id}: {name}")
                most = getattr(self, name)  # a unit is not transferred when it can no longer be used
        if self.granular and self.levy is not None:
            raise QuantityError(
                f"instrument {self.id}: a granular instrument with a levy; its units belong to hours, and no rule says "
                "of which hours a levy is taken: leave levy= out"
            )
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

        Raises:
            PeriodError: The instant is after the year 9999.

        Example:
            >>> BUILTIN["EECS-GO"].expires_utc(1_735_689_600, "UTC")  # 2025-01-01
            1782864000
        """
        ends = [] if self.valid_months is None else [months_after(production_end_utc, self.valid_months, zone)]
        if self.last_use_day is not None:
            ends.append(day_start_utc(self.last_use_day + timedelta(days=1), zone))
        return min(ends, default=None)

    def transferable_until_utc(self, production_end_utc: int, zone: Zone) -> int | None:
        """The first second in which a unit can no longer be transferred, or ``None`` if it always can.

        Args:
            production_end_utc: End of the generation that the unit was issued for. [s since 1970-01-01 UTC]
            zone: IANA zone, or the rules of that zone, in whose calendar the months are counted.

        Raises:
            PeriodError: The instant is after the year 9999.

        Example:
            >>> BUILTIN["EECS-GO"].transferable_until_utc(1_735_689_600, "UTC")  # 2025-01-01
            1767225600
        """
        expires_utc = self.expires_utc(production_end_utc, zone)
        if self.transferable_months is None:
            return expires_utc
        until_utc = months_after(production_end_utc, self.transferable_months, zone)
        return until_utc if expires_utc is None else min(until_utc, expires_utc)

    def last_issue_day_of(self, year: int, month: int) -> date | None:
        """The last local day on which units of a month's production may be issued, or ``None`` if no day is the last.

        Args:
            year: The local year of production.
            month: The local month of production. [1 to 12]

        Example:
            >>> BUILTIN["EECS-GO"].last_issue_day_of(2024, 3)
        """
        days = [item.last_day(year) for item in self.issuance_deadlines if item.first_month <= month <= item.last_month]
        return min([*days, *([] if self.last_issue_day is None else [self.last_issue_day])], default=None)

    def to_record(self) -> dict[str, Any]:
        """The fields as an entry pins them."""
        record: dict[str, Any] = {
            "id": self.id,
            "name": self.name,
            "unit": self.unit,
            "claim": self.claim,
            "granular": self.granular,
        }
        for name in ("valid_months", "transferable_months"):
            if getattr(self, name) is not None:
                record[name] = getattr(self, name)
        for name in ("last_use_day", "last_issue_day"):
            if getattr(self, name) is not None:
                record[name] = getattr(self, name).isoformat()
        if self.issuance_deadlines:
            record["issuance_deadlines"] = [item.to_record() for item in self.issuance_deadlines]
        if self.levy is not None:
            record["levy"] = self.levy.to_record()
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
        valid_months=18,
        transferable_months=12,
        source="Directive (EU) 2018/2001 article 19(3): transfers for 12 months after production, cancelled or expired "
        "at the latest 18 months after it [S]",
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
    own = "for an instrument of your own, even one in use already, the Instrument itself"
    raise QuantityError(f"instrument {quote(value)}: expected {one_of(value, BUILTIN)}; or, {own}")
