"""Fuel that a project burns on site: its CO2 by carbon content, or by calorific value and CO2 content."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final

from attrs import frozen

from carbon_ledger.errors import MissingDataError, QuantityError
from carbon_ledger.exact import arithmetic, plain
from carbon_ledger.methodologies.declared_quantities import Sizes, read_quantity, require_described
from carbon_ledger.methodologies.known_fuels import is_liquid
from carbon_ledger.methodologies.rounding import CARBON_CEILING
from carbon_ledger.printing import one_of, quote
from carbon_ledger.records import Record, reads_record

NATIONAL_DEFAULT: Final = "national-default"
MEASURED: Final = "measured"
BASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ipcc-upper": "IPCC default, upper bound of its 95% interval",
        MEASURED: "measured, or stated by the supplier",
        NATIONAL_DEFAULT: "regional or national default value of a liquid fuel",
    }
)

_AMOUNTS: Final[Sizes] = {
    "t": ("t", Fraction(1)),
    "kg": ("t", Fraction(1, 1000)),
    "m3": ("m3", Fraction(1)),
    "litre": ("m3", Fraction(1, 1000)),
    "litres": ("m3", Fraction(1, 1000)),
}
_HEATS: Final[Sizes] = {
    "GJ/t": ("t", Fraction(1)),
    "TJ/Gg": ("t", Fraction(1)),
    "MJ/kg": ("t", Fraction(1)),
    "GJ/m3": ("m3", Fraction(1)),
    "MJ/m3": ("m3", Fraction(1, 1000)),
    "MJ/litre": ("m3", Fraction(1)),
}
_CONTENTS: Final[Sizes] = {
    "tCO2/GJ": ("GJ", Fraction(1)),
    "tCO2/TJ": ("GJ", Fraction(1, 1000)),
    "kgCO2/GJ": ("GJ", Fraction(1, 1000)),
    "kgCO2/TJ": ("GJ", Fraction(1, 10**6)),
}
_CARBON: Final[Sizes] = {
    "tC/t": ("t", Fraction(1)),
    "kgC/kg": ("t", Fraction(1)),
    "%": ("t", Fraction(1, 100)),
}
_DENSITIES: Final[Sizes] = {
    "t/m3": ("m3", Fraction(1)),
    "kg/litre": ("m3", Fraction(1)),
    "kg/m3": ("m3", Fraction(1, 1000)),
}
# Outside these bounds a number has another unit: no fuel is nearly as rich or as poor. The 2006 IPCC Guidelines have
# 1.2 to 77 GJ/t (hydrogen has 120) and 0.037 to 0.31 tCO2/GJ; a m3 of blast furnace gas has 0.003 GJ, of fuel oil 40.
_NCV_GJ: Final = {"t": (Decimal(1), Decimal(150)), "m3": (Decimal("0.001"), Decimal(50))}
_SMALLEST_T_PER_GJ: Final = Decimal("0.01")
_LARGEST_T_PER_GJ: Final = 1
_SMALLEST_CARBON: Final = Decimal("0.01")
_DENSITY_T_PER_M3: Final = (Decimal("0.00005"), Decimal(3))  # hydrogen has 0.00009, anthracite less than 2


@frozen(kw_only=True, repr=False)
class FuelUse(Record):
    """Fuel burned on site in one vintage: amount x carbon content x 44/12, or amount x NCV x EF.

    Give either *carbon_content* (option A of the tool, which it prefers if the data exist), with *density* if the
    amount is a volume; or *ncv* and *emission_factor* (option B).

    Args:
        fuel: The fuel, e.g. ``diesel``. The values of a fuel that the IPCC lists by this name are compared with the
            lower limits of the IPCC, and a quantification has a flag for a value below them.
        amount: The amount of fuel that was burned. [text; t, kg, m3 or litres]
        ncv: Net calorific value, per mass or volume like the amount. [text; GJ/t, TJ/Gg, MJ/kg, GJ/m3,
            MJ/m3 or MJ/litre]
        emission_factor: CO2 per heat. [text; tCO2/GJ, tCO2/TJ, kgCO2/GJ or kgCO2/TJ]
        vintage: Calendar year of the project in which the fuel was burned.
        basis: Where the values of the fuel come from: ``measured`` (or stated by the supplier), ``ipcc-upper`` or
            ``national-default``. The default value and the lower bound of the IPCC are not accepted, because project
            emissions may not be underestimated. A national default is accepted for a liquid fuel only, and a carbon
            content has to be measured.
        source: Where the numbers are stated.
        evidence: Digest of the document, ``sha256:...``.
        carbon_content: Mass fraction of carbon. [text; tC/t, kgC/kg or %]
        density: Density of the fuel, for a volume with a carbon content. [text; t/m3, kg/m3 or kg/litre]

    Raises:
        QuantityError: A field is not what is listed here, the values of both options or of neither are given, *ncv* is
            not from 1 to 150 GJ/t or from 0.001 to 50 GJ/m3, *emission_factor* is not from 0.01 to 1 tCO2/GJ,
            *carbon_content* is not from 0.01 to 1 tC/t, *density* is not from 0.00005 to 3 t/m3, one of *amount* and
            *ncv* is by mass and the other by volume, or *basis* is not accepted for the fuel.
        UnitMismatchError: A number has no unit.
        UnknownUnitError: A unit is not one of those listed.
        InexactNumberError: A number has more than 60 digits.

    Source:
        CDM TOOL03 v3.0, equations (1) to (4), paragraph 8 and parameter tables 2 to 5: option A is preferred; IPCC
        values at the upper limit; national defaults for liquid fuels only. [P] Which fuels are liquid [C].

    Example:
        >>> use = FuelUse(fuel="diesel", amount="12.5 t", ncv="43.3 TJ/Gg", emission_factor="74800 kgCO2/TJ",
        ...               vintage=2024, basis="ipcc-upper", source="fuel log 2024; IPCC 2006, table 1.2 and 1.4")
        >>> use.emissions_t
        Decimal('40.4855')
        >>> FuelUse(fuel="diesel", amount="10 m3", carbon_content="0.86 tC/t", density="0.84 t/m3", vintage=2024,
        ...         basis="measured", source="delivery notes 2024").emissions_t
        Decimal('26.488')
    """

    fuel: str
    amount: str
    ncv: str | None = None
    emission_factor: str | None = None
    vintage: int
    basis: str
    source: str
    evidence: str | None = None
    carbon_content: str | None = None
    density: str | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse numbers that cannot be multiplied, and values that underestimate project emissions."""
        what = f"fuel {quote(self.fuel)} in {quote(self.vintage)}"
        require_described(self.vintage, {"fuel": self.fuel, "source": self.source}, self.evidence, what)
        self._check_basis(what)
        if self.by_carbon:
            self._check_carbon(what)
        else:
            self._check_heat(what)

    def _check_basis(self, what: str) -> None:
        if not isinstance(self.basis, str) or self.basis not in BASES:
            raise QuantityError(
                f"{what}: basis {quote(self.basis)}, expected {one_of(self.basis, BASES)}; "
                "project emissions take the upper bound, never the default value or the lower bound"
            )
        if self.basis == NATIONAL_DEFAULT and not is_liquid(self.fuel):
            raise QuantityError(
                f"{what}: basis {NATIONAL_DEFAULT} is for liquid fuels only; name the fuel as the IPCC does if it is "
                "one, e.g. 'gas/diesel oil', or use measured or ipcc-upper values"
            )
        if self.by_carbon and self.basis != MEASURED:
            raise QuantityError(
                f"{what}: a carbon_content with basis {self.basis}, expected {MEASURED}: a carbon content is measured, "
                "or stated by the supplier; or give ncv and emission_factor"
            )

    def _check_carbon(self, what: str) -> None:
        """Refuse a carbon content or a density that no fuel has, and numbers of the other option."""
        if self.ncv is not None or self.emission_factor is not None:
            raise QuantityError(
                f"{what}: carbon_content is given together with ncv or emission_factor; give either carbon_content, or "
                "ncv and emission_factor"
            )
        _, burned = read_quantity(self.amount, f"{what}: amount", _AMOUNTS)
        read_quantity(self.carbon_content, f"{what}: carbon_content", _CARBON)
        if not _SMALLEST_CARBON <= self.carbon_share <= 1:
            raise QuantityError(
                f"{what}: carbon_content {quote(self.carbon_content)}, expected from {_SMALLEST_CARBON} to 1 tC/t"
            )
        if (self.density is None) == (burned == "m3"):
            raise QuantityError(
                f"{what}: amount {quote(self.amount)} with density {quote(self.density)}; give the density of an "
                "amount in m3 or litres, and none of an amount in t or kg"
            )
        if self.density is None:
            return
        read_quantity(self.density, f"{what}: density", _DENSITIES)
        least, most = _DENSITY_T_PER_M3
        if not least <= self.density_t_per_m3 <= most:
            raise QuantityError(
                f"{what}: density {quote(self.density)}, expected from {least:f} to {most} t/m3; 840 kg/m3 is 0.84 t/m3"
            )

    def _check_heat(self, what: str) -> None:
        """Refuse a calorific value or a CO2 content that no fuel has, and mass mixed with volume."""
        if self.density is not None:
            raise QuantityError(f"{what}: a density without a carbon_content; leave it out, or give the carbon_content")
        _, burned = read_quantity(self.amount, f"{what}: amount", _AMOUNTS)
        _, heated = read_quantity(self.ncv, f"{what}: ncv", _HEATS)
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
    def by_carbon(self) -> bool:
        """Whether the CO2 follows from the carbon content of the fuel (option A)."""
        return self.carbon_content is not None

    @property
    def unit(self) -> str:
        """The unit in which amount and NCV are counted: ``t`` or ``m3``."""
        return read_quantity(self.amount, "amount", _AMOUNTS)[1]

    @property
    def amount_burned(self) -> Decimal:
        """The amount, exact. [`unit`]"""
        return read_quantity(self.amount, "amount", _AMOUNTS)[0]

    @property
    def ncv_gj(self) -> Decimal:
        """The net calorific value, exact. [GJ per `unit`]

        Raises:
            MissingDataError: The fuel has a carbon content instead.
        """
        return read_quantity(self._of_option("ncv", self.ncv), "ncv", _HEATS)[0]

    @property
    def ef_t_per_gj(self) -> Decimal:
        """The emission factor, exact. [tCO2/GJ]

        Raises:
            MissingDataError: The fuel has a carbon content instead.
        """
        text = self._of_option("emission_factor", self.emission_factor)
        return read_quantity(text, "emission_factor", _CONTENTS)[0]

    @property
    def carbon_share(self) -> Decimal:
        """The mass fraction of carbon, exact. [tC/t]

        Raises:
            MissingDataError: The fuel has a calorific value and an emission factor instead.
        """
        return read_quantity(self._of_option("carbon_content", self.carbon_content), "carbon_content", _CARBON)[0]

    @property
    def density_t_per_m3(self) -> Decimal:
        """The density, exact. [t/m3]

        Raises:
            MissingDataError: The fuel has no density.
        """
        return read_quantity(self._of_option("density", self.density), "density", _DENSITIES)[0]

    def _of_option(self, name: str, text: str | None) -> str:
        if text is None:
            raise MissingDataError(f"fuel {quote(self.fuel)} in {self.vintage} has no {name}")
        return text

    @property
    def emissions_t(self) -> Decimal:
        """The CO2 of the fuel. [tCO2]

        Amount x NCV x EF is exact. Amount x carbon content x 44/12 need not have a last decimal place, and is rounded
        up to the gram.

        Raises:
            InexactNumberError: The product has more than 100 digits.
        """
        with arithmetic():
            if not self.by_carbon:
                return plain(self.amount_burned * self.ncv_gj * self.ef_t_per_gj)
            carbon = self.amount_burned * self.carbon_share
            if self.density is not None:
                carbon *= self.density_t_per_m3
        return plain(CARBON_CEILING.rounding.apply(Fraction(carbon) * Fraction(44, 12)))

    def to_record(self) -> dict[str, Any]:
        """The fields as an entry pins them, without fields that were not given."""
        values = ("ncv", "emission_factor", "carbon_content", "density")
        names = ("fuel", "amount", *values, "vintage", "basis", "source", "evidence")
        return {name: value for name in names if (value := getattr(self, name)) is not None}

    @classmethod
    @reads_record("a fuel use")
    def from_record(cls, record: Mapping[str, Any]) -> "FuelUse":
        """The fuel use that an entry pinned.

        Raises:
            QuantityError: *record* is not what `to_record` gives.
        """
        return cls(**record)
