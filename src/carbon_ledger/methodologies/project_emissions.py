"""Emissions that a project declares: fuel burned on site, imported electricity, and leakage.

Small emissions are declared, too: no rule allows emissions under one percent to be left out. A quantity is a text with
a unit and stays as it was written, so that the log shows the same text as the source document.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final

from attrs import field, frozen

from carbon_ledger.errors import QuantityError, UnitMismatchError, UnknownUnitError
from carbon_ledger.exact import arithmetic, checked_decimal, plain, text_of
from carbon_ledger.metering.calibration import share_of
from carbon_ledger.printing import quote
from carbon_ledger.records import reads_record
from carbon_ledger.texts import WORDS, is_text
from carbon_ledger.units import energy_wh, intensity_t_per_mwh
from carbon_ledger.units.spellings import EMISSIONS, read_amount

BASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ipcc-upper": "IPCC default, upper bound of its 95% interval",
        "measured": "measured, or stated by the supplier",
    }
)

_Sizes = Mapping[str, tuple[str, Fraction]]

# For each spelling of a unit: the base unit, and the size of the unit in base units.
_AMOUNTS: Final[_Sizes] = {
    "t": ("t", Fraction(1)),
    "kg": ("t", Fraction(1, 1000)),
    "m3": ("m3", Fraction(1)),
    "litre": ("m3", Fraction(1, 1000)),
    "litres": ("m3", Fraction(1, 1000)),
}
_HEATS: Final[_Sizes] = {
    "GJ/t": ("t", Fraction(1)),
    "TJ/Gg": ("t", Fraction(1)),
    "MJ/kg": ("t", Fraction(1)),
    "GJ/m3": ("m3", Fraction(1)),
    "MJ/m3": ("m3", Fraction(1, 1000)),
    "MJ/litre": ("m3", Fraction(1)),
}
_CONTENTS: Final[_Sizes] = {
    "tCO2/GJ": ("GJ", Fraction(1)),
    "tCO2/TJ": ("GJ", Fraction(1, 1000)),
    "kgCO2/GJ": ("GJ", Fraction(1, 1000)),
    "kgCO2/TJ": ("GJ", Fraction(1, 10**6)),
}
# Outside these bounds a number has another unit: no fuel is nearly as rich or as poor. The 2006 IPCC Guidelines have
# 1.2 to 77 GJ/t (hydrogen has 120) and 0.037 to 0.31 tCO2/GJ; a m3 of blast furnace gas has 0.003 GJ, of fuel oil 40.
_NCV_GJ: Final = {"t": (Decimal(1), Decimal(150)), "m3": (Decimal("0.001"), Decimal(50))}
_SMALLEST_T_PER_GJ: Final = Decimal("0.01")
_LARGEST_T_PER_GJ: Final = 1
_LARGEST_T_PER_MWH: Final = 5  # no supply of electricity emits nearly as much

_EVIDENCE: Final = re.compile(r"sha256:[0-9a-f]{64}")


def _read(text: object, name: str, sizes: _Sizes) -> tuple[Decimal, str]:
    """The quantity that a text states, in base units, and its base unit."""
    example = f'e.g. "12.5 {next(iter(sizes))}"'
    if not isinstance(text, str):
        raise QuantityError(
            f"{name} {quote(text)} is of type {type(text).__name__}; write it as text with its unit, {example}"
        )
    digits, _, spelling = text.partition(" ")
    if not spelling:
        raise UnitMismatchError(f"{name} {quote(text)} has no unit; write it with one, {example}")
    if spelling not in sizes:
        raise UnknownUnitError(
            f"{name} {quote(text)}: unit {quote(spelling)}, expected one of {', '.join(sizes)} (case matters)"
        )
    number = checked_decimal(digits, name)
    if number < 0:
        raise QuantityError(f"{name} {quote(text)}: expected 0 or more")
    base, size = sizes[spelling]
    with arithmetic():
        return plain(number * size.numerator / size.denominator), base


def _checked(vintage: object, texts: Mapping[str, object], evidence: object, what: str) -> None:
    if type(vintage) is not int or not 1970 <= vintage <= 9998:
        raise QuantityError(f"{what}: vintage {quote(vintage)}, expected a calendar year such as 2024")
    for name, text in texts.items():
        if not is_text(text):
            raise QuantityError(f"{what}: {name} {quote(text)}, expected {WORDS}; an auditor will read it")
    if evidence is not None and not (isinstance(evidence, str) and _EVIDENCE.fullmatch(evidence)):
        raise QuantityError(f"{what}: evidence {quote(evidence)}, expected sha256: and 64 hexadecimal digits")


@frozen(kw_only=True)
class FuelUse:
    """Fuel burned on site in one vintage: amount x NCV x EF.

    Args:
        fuel: The fuel, e.g. ``diesel``.
        amount: The amount of fuel that was burned. [text; t, kg, m3 or litres]
        ncv: Net calorific value, per mass or volume like the amount. [text; GJ/t, TJ/Gg, MJ/kg, GJ/m3,
            MJ/m3 or MJ/litre]
        emission_factor: CO2 per heat. [text; tCO2/GJ, tCO2/TJ, kgCO2/GJ or kgCO2/TJ]
        vintage: Calendar year of the project in which the fuel was burned.
        basis: Where *ncv* and *emission_factor* come from: ``ipcc-upper`` or ``measured``. The default value and the
            lower bound of the IPCC are not accepted, because project emissions may not be underestimated.
        source: Where the three numbers are stated.
        evidence: Digest of the document, ``sha256:...``.

    Raises:
        QuantityError: A field is not what is listed here, *ncv* is not from 1 to 150 GJ/t or from 0.001 to 50 GJ/m3,
            *emission_factor* is not from 0.01 to 1 tCO2/GJ, or one of *amount* and *ncv* is by mass and the other by
            volume.
        UnitMismatchError: A number has no unit.
        UnknownUnitError: A unit is not one of those listed.
        InexactNumberError: A number has more than 60 digits.

    Source:
        ACM0002 v22, AMS-I.D v18 by TOOL03, option B: fuel x NCV x EF, IPCC upper bound. [S]

    Example:
        >>> use = FuelUse(fuel="diesel", amount="12.5 t", ncv="43.3 TJ/Gg", emission_factor="74800 kgCO2/TJ",
        ...               vintage=2024, basis="ipcc-upper", source="fuel log 2024; IPCC 2006, table 1.2 and 1.4")
        >>> use.emissions_t
        Decimal('40.4855')
    """

    fuel: str
    amount: str
    ncv: str
    emission_factor: str
    vintage: int
    basis: str
    source: str
    evidence: str | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse numbers that cannot be multiplied, and values that underestimate project emissions."""
        what = f"fuel {quote(self.fuel)} in {quote(self.vintage)}"
        _checked(self.vintage, {"fuel": self.fuel, "source": self.source}, self.evidence, what)
        if not isinstance(self.basis, str) or self.basis not in BASES:
            raise QuantityError(
                f"{what}: basis {quote(self.basis)}, expected one of {', '.join(BASES)}; "
                "project emissions take the upper bound, never the default value or the lower bound"
            )
        _, burned = _read(self.amount, f"{what}: amount", _AMOUNTS)
        _, heated = _read(self.ncv, f"{what}: ncv", _HEATS)
        if burned != heated:
            raise QuantityError(
                f"{what}: amount {quote(self.amount)} is in {burned}, but ncv {quote(self.ncv)} is per {heated}; "
                "give both by mass, or both by volume"
            )
        least, most = _NCV_GJ[heated]
        if not least <= self.ncv_gj <= most:
            raise QuantityError(
                f"{what}: ncv {quote(self.ncv)}, expected from {least} to {most} GJ/{heated}; 43.3 TJ/Gg is 43.3 GJ/t"
            )
        if not _SMALLEST_T_PER_GJ <= self.ef_t_per_gj <= _LARGEST_T_PER_GJ:
            raise QuantityError(
                f"{what}: emission_factor {quote(self.emission_factor)}, expected from {_SMALLEST_T_PER_GJ} to "
                f"{_LARGEST_T_PER_GJ} tCO2/GJ; 74800 kgCO2/TJ is 0.0748 tCO2/GJ"
            )

    @property
    def unit(self) -> str:
        """The unit in which amount and NCV are counted: ``t`` or ``m3``."""
        return _read(self.amount, "amount", _AMOUNTS)[1]

    @property
    def amount_burned(self) -> Decimal:
        """The amount, exact. [`unit`]"""
        return _read(self.amount, "amount", _AMOUNTS)[0]

    @property
    def ncv_gj(self) -> Decimal:
        """The net calorific value, exact. [GJ per `unit`]"""
        return _read(self.ncv, "ncv", _HEATS)[0]

    @property
    def ef_t_per_gj(self) -> Decimal:
        """The emission factor, exact. [tCO2/GJ]"""
        return _read(self.emission_factor, "emission_factor", _CONTENTS)[0]

    @property
    def emissions_t(self) -> Decimal:
        """Amount x NCV x EF, exact. [tCO2]

        Raises:
            InexactNumberError: The product has more than 100 digits.
        """
        with arithmetic():
            return plain(self.amount_burned * self.ncv_gj * self.ef_t_per_gj)

    def to_record(self) -> dict[str, Any]:
        """The fields as an entry pins them, without fields that were not given."""
        names = ("fuel", "amount", "ncv", "emission_factor", "vintage", "basis", "source", "evidence")
        return {name: value for name in names if (value := getattr(self, name)) is not None}

    @classmethod
    @reads_record("a fuel use")
    def from_record(cls, record: Mapping[str, Any]) -> "FuelUse":
        """The fuel use that an entry pinned.

        Raises:
            QuantityError: *record* is not what `to_record` gives.
        """
        return cls(**record)


def _amount_wh(value: object) -> int:
    return energy_wh(value, "imported electricity")


@frozen(kw_only=True)
class ImportedElectricity:
    """Electricity that the project takes in one vintage through a meter that its net generation does not include.

    Net generation is export minus import at the grid meter, so import at that meter is already deducted, at the
    baseline factor. Declaring it here as well would deduct it twice. Declare only a supply that has a meter of its
    own, e.g. the feeder of a pumping station.

    Args:
        amount: The electricity that was taken. [energy; kWh, MWh, ...]
        emission_factor: Emission factor of that supply. [text; tCO2e/MWh, gCO2/kWh, ...]
        losses: Losses of transmission and distribution, as a share of the amount. [text; ``20 %``]
        vintage: Calendar year of the project in which the electricity was taken.
        meter: The meter that measured it, in words.
        source: Where the emission factor and the losses are stated.
        evidence: Digest of the document, ``sha256:...``.

    Raises:
        QuantityError: A field is not what is listed here, *emission_factor* is more than 5 t/MWh, or *losses* is not
            from 0 % to 100 %.
        UnitMismatchError: *amount* is not an energy, or a number has no unit.
        UnknownUnitError: A unit is not on the list of spellings.
        InexactNumberError: A number is a float, or *amount* is finer than 1 Wh.

    Source:
        TOOL05 v3.0, section 6.2.1, generic approach: EC x EF x (1 + TDL). [M]

    Example:
        >>> taken = ImportedElectricity(amount="10 MWh", emission_factor="0.5 tCO2e/MWh", losses="20 %",
        ...                             vintage=2024, meter="feeder of the pumps", source="ledger of the utility")
        >>> taken.emissions_t
        Decimal('6')
    """

    amount_wh: int = field(alias="amount", converter=_amount_wh)
    emission_factor: str
    losses: str
    vintage: int
    meter: str
    source: str
    evidence: str | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse numbers that cannot be multiplied, and numbers that would lower emissions."""
        what = f"imported electricity of {quote(self.meter)} in {quote(self.vintage)}"
        _checked(self.vintage, {"meter": self.meter, "source": self.source}, self.evidence, what)
        if self.amount_wh < 0:
            raise QuantityError(f"{what}: {self.amount_wh} Wh, expected 0 or more; export is metered, not declared")
        if not 0 < self.ef_t_per_mwh <= _LARGEST_T_PER_MWH:
            raise QuantityError(
                f"{what}: emission_factor {quote(self.emission_factor)}, expected above 0 and at most 5 t/MWh"
            )
        if self.losses_share > 1:
            raise QuantityError(f"{what}: losses {quote(self.losses)}, expected 0 % to 100 %")

    @property
    def ef_t_per_mwh(self) -> Decimal:
        """The emission factor, exact. [tCO2e/MWh]

        Raises:
            UnitMismatchError: *emission_factor* is not a text with a number and a unit.
            UnknownUnitError: The unit is not on the list of spellings.
        """
        if not isinstance(self.emission_factor, str) or " " not in self.emission_factor:
            raise UnitMismatchError(
                f'emission_factor {quote(self.emission_factor)}: write it as text with its unit, e.g. "0.5 tCO2e/MWh"'
            )
        digits, _, unit = self.emission_factor.partition(" ")
        return plain(intensity_t_per_mwh(checked_decimal(digits, "emission_factor"), unit, "emission_factor"))

    @property
    def losses_share(self) -> Decimal:
        """The losses as a share, exact: 20 % is 0.2."""
        return share_of(self.losses, "losses")

    @property
    def emissions_t(self) -> Decimal:
        """Amount x EF x (1 + losses), exact. [tCO2e]

        Raises:
            InexactNumberError: The product has more than 100 digits.
        """
        with arithmetic():
            return plain(Decimal(self.amount_wh).scaleb(-6) * self.ef_t_per_mwh * (1 + self.losses_share))

    def to_record(self) -> dict[str, Any]:
        """The fields as an entry pins them, without fields that were not given."""
        names = ("amount_wh", "emission_factor", "losses", "vintage", "meter", "source", "evidence")
        return {name: value for name in names if (value := getattr(self, name)) is not None}

    @classmethod
    @reads_record("imported electricity")
    def from_record(cls, record: Mapping[str, Any]) -> "ImportedElectricity":
        """The import that an entry pinned.

        Raises:
            QuantityError: *record* is not what `to_record` gives.
        """
        fields = dict(record)
        fields["amount"] = f"{fields.pop('amount_wh')} Wh"
        return cls(**fields)


def _tonnes(value: object) -> Decimal:
    number, unit = read_amount(value, "leakage", EMISSIONS)
    with arithmetic():
        return plain(number * unit.size.numerator / unit.size.denominator)


@frozen(kw_only=True)
class Leakage:
    """Emissions that the project causes elsewhere in one vintage, as the project document calculates them.

    Args:
        amount: The emissions. [CO2e; tCO2e, kgCO2e, ...]
        vintage: Calendar year of the project.
        reason: What causes the emissions, e.g. that the turbine was taken from another plant.
        source: Where the amount is calculated.
        evidence: Digest of the document, ``sha256:...``.

    Raises:
        QuantityError: A field is not what is listed here, or *amount* is negative.
        UnitMismatchError: *amount* has no unit, or is not an amount of CO2e.
        UnknownUnitError: The unit of *amount* is not on the list of spellings.
        InexactNumberError: The number of *amount* is a float.

    Source:
        AMS-I.D v18: leakage counts where equipment is transferred; ACM0002 v22: none. [S]

    Example:
        >>> Leakage(amount="12.5 tCO2e", vintage=2024, reason="turbine taken from another plant",
        ...         source="project document, section B.6").amount_t
        Decimal('12.5')
    """

    amount_t: Decimal = field(alias="amount", converter=_tonnes)
    vintage: int
    reason: str
    source: str
    evidence: str | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse leakage that is negative: it would add credits."""
        what = f"leakage in {quote(self.vintage)}"
        _checked(self.vintage, {"reason": self.reason, "source": self.source}, self.evidence, what)
        if self.amount_t < 0:
            raise QuantityError(f"{what}: {self.amount_t} tCO2e, expected 0 or more; leakage never adds credits")

    def to_record(self) -> dict[str, Any]:
        """The fields as an entry pins them, without fields that were not given."""
        record: dict[str, Any] = {
            "amount_t": text_of(self.amount_t),
            "vintage": self.vintage,
            "reason": self.reason,
            "source": self.source,
        }
        if self.evidence is not None:
            record["evidence"] = self.evidence
        return record

    @classmethod
    @reads_record("leakage")
    def from_record(cls, record: Mapping[str, Any]) -> "Leakage":
        """The leakage that an entry pinned.

        Raises:
            QuantityError: *record* is not what `to_record` gives.
        """
        fields = dict(record)
        fields["amount"] = f"{fields.pop('amount_t')} tCO2e"
        return cls(**fields)
