"""The record of an emission factor: what was published, by whom, and for which region and time."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar, Final

import attrs
from attrs import field, frozen

from carbon_ledger.canonical import identifier
from carbon_ledger.errors import QuantityError, UnitMismatchError
from carbon_ledger.exact import checked_decimal
from carbon_ledger.factors.columns import COLUMNS
from carbon_ledger.factors.gwp import GWP_SETS
from carbon_ledger.mappings import listed
from carbon_ledger.periods import MOST_CREDITING_PERIODS, checked_date
from carbon_ledger.printing import one_of, printable, quote
from carbon_ledger.records import Record, reads_record
from carbon_ledger.tables import Column
from carbon_ledger.tables.html import html_record
from carbon_ledger.texts import WORDS, is_text
from carbon_ledger.units import gas_of_unit, intensity_ratio, intensity_t_per_mwh

GRID_KINDS: Final = (
    "operating_margin",
    "build_margin",
    "combined_margin",
    "average_production",
    "average_consumption",
    "residual_mix",
    "marginal",
    "lifecycle",
)
KINDS: Final = (*GRID_KINDS, "fuel", "reservoir")
CONFIDENCES: Final = ("P", "S", "C", "M")
VINTAGE_OPTIONS: Final = ("ex-ante", "ex-post")

# These may be negative: one more MWh can lower a system's emissions, and a life cycle can store more than it emits.
_SIGNED_KINDS: Final = ("marginal", "lifecycle")
_CO2E_GASES: Final = ("CO2", "CO2e")
_OTHER_GASES: Final = ("CH4", "N2O")  # gases that a unit can name beside these
_WEIGHT: Final = re.compile(r"[0-9]+(?:\.[0-9]+|/[1-9][0-9]*)?")
_TOOL: Final = re.compile(r"[A-Za-z0-9._-]+(?:@[A-Za-z0-9._-]+)?")
_TEXTS: Final = (
    "series",
    "gas",
    "gwp_set",
    "publisher",
    "dataset",
    "version",
    "place",
    "digest",
    "licence",
    "project_class",
)


def _id(value: object) -> str:
    return identifier(value, "factor")


def _value(value: object) -> str:
    return _as_published(value, "factor value")


def _bound(value: object) -> str | None:
    return None if value is None else _as_published(value, "factor bound or margin")


def _as_published(value: object, name: str) -> str:
    number = checked_decimal(value, name)
    return value if isinstance(value, str) else format(number, "f")


def _day(value: object) -> date | None:
    return None if value is None else checked_date(value, "factor date")


def _technologies(value: Iterable[str]) -> tuple[str, ...]:
    return _texts(value, "technologies", "('hydro', 'wind')")


def _derived_from(value: Iterable[str]) -> tuple[str, ...]:
    return _texts(value, "derived_from", "('grid-2023-build-margin',)")


def _flags(value: Iterable[str]) -> tuple[str, ...]:
    return _texts(value, "flags", "('value-not-checked',)")


def _texts(value: Iterable[str], name: str, example: str) -> tuple[str, ...]:
    texts = None if isinstance(value, str) else listed(value)
    if texts is None or not all(map(is_text, texts)):
        raise QuantityError(f"factor {name} {quote(value)}: expected several texts, none blank, e.g. {example}")
    return texts


def _years(value: int | Iterable[int]) -> tuple[int, ...]:
    several = listed(value)
    years = (value,) if several is None else several
    if not all(type(year) is int and 1900 <= year <= 9998 for year in years):
        raise QuantityError(f"factor data_years {quote(value)}: expected years such as (2017, 2018, 2019)")
    return years


def _weights(value: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if value is None else _texts(value, "weights", "('0.5', '0.5')")


@frozen(kw_only=True, repr=False)
class EmissionFactor(Record):
    """A published emission factor, with everything that decides where it may be used.

    Numbers stay as published: ``0.4620`` is not ``0.462`` in a record, although the numbers are equal.
    A fact that the publisher does not state is left out and never guessed. The kind must be stated. A number that
    contradicts the rest of the record (a value outside its own bounds, or a combined margin that is not its own weights
    times its margins) stays as published and is flagged: see `plausibility_flags`.

    Args:
        factor_id: Short name of this revision, unique in a registry and in a ledger.
        value: The number as published. [*unit*; text, int or Decimal]
        unit: Mass of gas per energy, e.g. ``tCO2e/MWh`` or ``gCO2/kWh``.
        kind: One of `KINDS`; never inferred.
        region: ISO 3166 code, or the named electricity system.
        source: The document, in words.
        series: The name that all revisions of the factor share, e.g. ``ifi-az-firm``.
        revision: Which revision of the series this is, from 1.
        supersedes: The factor_id that it replaces.
        lower: Lower bound, as published. [*unit*]
        upper: Upper bound, as published. [*unit*]
        gas: ``CO2``, ``CO2e`` or another gas.
        gwp_set: Set of global warming potentials that the CO2e is calculated with: one of `GWP_SETS`.
        technologies: Technologies that the factor is for, e.g. ``("hydro", "wind/onshore")``; ``hydro`` includes
            ``hydro/reservoir``. If empty, the factor is for any technology.
        data_years: Years of the data that the factor was calculated from.
        valid_from: First day on which the factor may be used, as its publisher states.
        valid_to: Last day on which the factor may be used. That day is included, as publishers write it.
        published_at: Day of publication.
        recorded_at: Day on which the factor became known to the owner of the registry.
        withdrawn_at: First day on which the publisher no longer supports the factor.
        publisher: Who published the factor.
        dataset: The dataset or document series.
        version: The dataset's version.
        place: Page, table or cell.
        digest: Digest of the file that the factor was taken from.
        licence: Terms of the data, or ``none stated``.
        derived_from: Factor ids or documents that the factor was calculated from.
        flags: What a reader must know, e.g. ``outlier`` or ``derived-not-published``.
        operating_margin: Operating margin that a combined margin was calculated from, as published. [*unit*]
        build_margin: Build margin that a combined margin was calculated from, as published. [*unit*]
        weights: Weights of operating and build margin, e.g. ``("0.5", "0.5")`` or ``("1/3", "2/3")``.
        tool: Name and version of the tool of the calculation, e.g. ``TOOL07@7.0``, if it is stated.
        vintage_option: ``ex-ante`` or ``ex-post``.
        project_class: The projects that the factor is for, in the publisher's words.
        crediting_period_ordinal: 1 if the factor is for projects in their first crediting period, 2 for the second,
            and so on; by default, it is for any.
        confidence: P (published page), S (secondary), C (computed here) or M (memory).

    Raises:
        QuantityError: A field is not what is listed here.
        InexactNumberError: A number is a float; or the value of a factor for electricity is no finite decimal per MWh.
        UnknownUnitError: *unit* of a factor for electricity is not on the list of spellings.
        UnitMismatchError: *unit* of a factor for electricity names another gas than *gas*.
        PeriodError: A date is invalid.

    Example:
        >>> factor = EmissionFactor(factor_id="my-ef", value="384", unit="gCO2/kWh", kind="combined_margin",
        ...                         region="AZ", source="IFI 2021 v3.1")
        >>> factor.t_per_mwh
        Decimal('0.384')
    """

    _in_repr = ("factor_id", "value", "unit", "kind", "region")
    _repr_html_ = html_record
    _columns: ClassVar[tuple[Column, ...]] = COLUMNS
    factor_id: str = field(converter=_id)
    value: str = field(converter=_value)
    unit: str
    kind: str
    region: str
    source: str
    series: str | None = None
    revision: int | None = None
    supersedes: str | None = None
    lower: str | None = field(default=None, converter=_bound)
    upper: str | None = field(default=None, converter=_bound)
    gas: str | None = None
    gwp_set: str | None = None
    technologies: tuple[str, ...] = field(default=(), converter=_technologies)
    data_years: tuple[int, ...] = field(default=(), converter=_years)
    valid_from: date | None = field(default=None, converter=_day)
    valid_to: date | None = field(default=None, converter=_day)
    published_at: date | None = field(default=None, converter=_day)
    recorded_at: date | None = field(default=None, converter=_day)
    withdrawn_at: date | None = field(default=None, converter=_day)
    publisher: str | None = None
    dataset: str | None = None
    version: str | None = None
    place: str | None = None
    digest: str | None = None
    licence: str | None = None
    derived_from: tuple[str, ...] = field(default=(), converter=_derived_from)
    flags: tuple[str, ...] = field(default=(), converter=_flags)
    operating_margin: str | None = field(default=None, converter=_bound)
    build_margin: str | None = field(default=None, converter=_bound)
    weights: tuple[str, ...] | None = field(default=None, converter=_weights)
    tool: str | None = None
    vintage_option: str | None = None
    project_class: str | None = None
    crediting_period_ordinal: int | None = None
    confidence: str | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse fields that are invalid, or that contradict each other."""
        where = f"factor {self.factor_id}"
        self._check_texts(where)
        self._check_choices(where)
        self._check_numbers(where)
        if self.valid_from is not None and self.valid_to is not None and self.valid_from > self.valid_to:
            raise QuantityError(
                f"{where}: valid_to {self.valid_to}, expected a day that is not before valid_from {self.valid_from}"
            )

    def _check_numbers(self, where: str) -> None:
        number = self.number
        if self.kind in GRID_KINDS:
            intensity_t_per_mwh(number, self.unit, where)
            self._require_gas_of_unit(where)
        if number < 0 and self.kind not in _SIGNED_KINDS:
            raise QuantityError(f"{where}: value {self.value}, expected 0 or more for a {self.kind}")
        for name in ("operating_margin", "build_margin"):
            if (margin := getattr(self, name)) is not None and Decimal(margin) < 0:
                raise QuantityError(f"{where}: {name} {margin}, expected 0 or more")
        if self.weights is not None and (
            len(self.weights) != 2
            or not all(_WEIGHT.fullmatch(weight) for weight in self.weights)
            or sum(Fraction(weight) for weight in self.weights) != 1
        ):
            raise QuantityError(
                f"{where}: weights {quote(self.weights)}, expected two that sum to 1, operating margin first, "
                "e.g. ('0.5', '0.5') or ('1/3', '2/3')"
            )

    def _check_texts(self, where: str) -> None:
        for name in ("unit", "region", "source"):
            text = getattr(self, name)
            if not is_text(text):
                raise QuantityError(f"{where}: {name} {quote(text)}, expected {WORDS}; it cannot be left out")
        for name in _TEXTS:
            text = getattr(self, name)
            if text is not None and not is_text(text):
                raise QuantityError(f"{where}: {name} {quote(text)}, expected {WORDS}; or leave it out")
        if self.supersedes is not None and identifier(self.supersedes, "superseded factor") == self.factor_id:
            raise QuantityError(f"{where} supersedes itself; give the revision a factor_id of its own")
        if self.tool is not None and (not isinstance(self.tool, str) or not _TOOL.fullmatch(self.tool)):
            raise QuantityError(f"{where}: tool {quote(self.tool)}, expected name and version, as in TOOL07@7.0")

    def _check_choices(self, where: str) -> None:
        for name, choices in (
            ("kind", KINDS),
            ("confidence", (None, *CONFIDENCES)),
            ("vintage_option", (None, *VINTAGE_OPTIONS)),
            ("gwp_set", (None, *GWP_SETS)),
        ):
            if (given := getattr(self, name)) not in choices:
                named = one_of(given, (choice for choice in choices if choice))
                raise QuantityError(f"{where}: {name} {quote(given)}, expected {named}")
        for name in ("revision", "crediting_period_ordinal"):
            count = getattr(self, name)
            if count is not None and (type(count) is not int or count < 1):
                raise QuantityError(f"{where}: {name} {quote(count)}, expected a whole number of at least 1")
        if self.crediting_period_ordinal is not None and self.crediting_period_ordinal > MOST_CREDITING_PERIODS:
            raise QuantityError(
                f"{where}: crediting_period_ordinal {quote(self.crediting_period_ordinal)}, expected at most "
                f"{MOST_CREDITING_PERIODS}"
            )

    @property
    def number(self) -> Decimal:
        """The value as a number, exact. [the factor's unit]"""
        return checked_decimal(self.value, "factor value")

    @property
    def co2e_set(self) -> str | None:
        """The set of global warming potentials of a value in CO2e; ``None`` for CO2 alone, or if no set is stated."""
        if self.gas == "CO2" or (self.gas is None and "CO2" in self.unit and "CO2e" not in self.unit):
            return None
        return self.gwp_set

    @property
    def known_since(self) -> date | None:
        """The day since which the factor is known: *recorded_at*, else *published_at*, else ``None``."""
        return self.recorded_at or self.published_at

    @property
    def t_per_mwh(self) -> Decimal:
        """The value in tonnes of CO2e per MWh, exact. [tCO2e/MWh]

        Raises:
            UnitMismatchError: The gas is not CO2 or CO2e, or neither the unit nor the record states the gas.
            UnknownUnitError: The unit is not a mass per energy on the list of spellings.
            InexactNumberError: The value per MWh is no finite decimal, as of a factor per MMBtu; see
                `ratio_t_per_mwh`.
        """
        where = f"factor {self.factor_id}"
        self._require_co2e(where)
        return intensity_t_per_mwh(self.number, self.unit, where)

    @property
    def ratio_t_per_mwh(self) -> Fraction:
        """The value in tonnes of CO2e per MWh, as an exact fraction: of a factor per MMBtu too. [tCO2e/MWh]

        Raises:
            UnitMismatchError: The gas is not CO2 or CO2e, or neither the unit nor the record states the gas.
            UnknownUnitError: The unit is not a mass per energy on the list of spellings.

        Example:
            >>> gas = EmissionFactor(factor_id="gas", value="53.06", unit="kgCO2/MMBtu", kind="fuel", region="US",
            ...                      source="s", gas="CO2")
            >>> gas.ratio_t_per_mwh
            Fraction(1364400000, 7536113233)
        """
        where = f"factor {self.factor_id}"
        self._require_co2e(where)
        return intensity_ratio(self.number, self.unit, where)

    def _require_co2e(self, where: str) -> None:
        """Refuse a factor of another gas than CO2 or CO2e."""
        self._require_gas_of_unit(where)
        gas = self.gas or ("CO2e" if "CO2" in self.unit else "a gas that is not stated")
        if gas not in _CO2E_GASES:
            raise UnitMismatchError(
                f"{where}: {self.value} {self.unit} of {gas}, expected CO2 or CO2e; "
                "give a factor in CO2 or CO2e, with its GWP set"
            )

    def _require_gas_of_unit(self, where: str) -> None:
        """Refuse a unit of methane or nitrous oxide where the record does not name that gas."""
        named = gas_of_unit(self.unit)
        if named in _OTHER_GASES and self.gas != named:
            raise UnitMismatchError(
                f"{where}: unit {self.unit}, but the gas is {self.gas or 'not stated'}; give gas={quote(named)}"
            )

    def applies_to(self, technology: str) -> bool:
        """Whether the factor is for a technology: it names that technology, a group of it, or no technology.

        Example:
            >>> factor = EmissionFactor(factor_id="f", value="1", unit="tCO2/MWh", kind="lifecycle",
            ...                         region="AZ", source="s", technologies=("hydro",))
            >>> factor.applies_to("hydro/run-of-river"), factor.applies_to("wind/onshore")
            (True, False)
        """
        return not self.technologies or any(
            technology == mine or technology.startswith(f"{mine}/") for mine in self.technologies
        )

    def to_record(self) -> dict[str, Any]:
        """The fields as an entry pins them, without fields that were not given."""
        record: dict[str, Any] = {}
        for name in _NAMES:
            value = getattr(self, name)
            if value is None or value == ():
                continue
            if isinstance(value, date):
                value = value.isoformat()
            record[name] = list(value) if isinstance(value, tuple) else value
        return record

    @classmethod
    @reads_record("an emission factor")
    def from_record(cls, record: Mapping[str, Any]) -> "EmissionFactor":
        """The factor that an entry pinned.

        Raises:
            QuantityError: A field is missing, unknown, or not what `to_record` writes.
        """
        missing = [name for name in _REQUIRED if name not in record]
        unknown = sorted(set(record) - set(_NAMES))
        if missing or unknown:
            raise QuantityError(
                f"factor record {quote(record.get('factor_id', ''))}: missing {', '.join(missing) or 'nothing'}, "
                f"unknown {', '.join(unknown) or 'nothing'}"
            )
        return cls(**record)

    def __str__(self) -> str:
        """The factor in one line, for messages."""
        whom = f", {' and '.join(self.technologies)}" if self.technologies else ""
        when = f", crediting period {self.crediting_period_ordinal}" if self.crediting_period_ordinal else ""
        return printable(f"{self.factor_id} ({self.value} {self.unit}, {self.kind}, {self.region}{whom}{when})")


_NAMES: Final = tuple(attribute.name for attribute in attrs.fields(EmissionFactor))
_REQUIRED: Final = ("factor_id", "value", "unit", "kind", "region", "source")
