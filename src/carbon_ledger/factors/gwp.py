"""Global warming potentials: they convert a mass of gas to an amount of CO2e under a set that is always named.

The set is part of the amount. Amounts under different sets cannot be added, and there is no default set. If a set
distinguishes the origins of methane, the origin is part of the gas: ``CH4/fossil`` and ``CH4/other``.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from attrs import field, frozen

from carbon_ledger.errors import FactorNotFoundError, QuantityError, UnitMismatchError
from carbon_ledger.exact import Rounding, arithmetic, checked_decimal, plain, text_of
from carbon_ledger.mappings import FrozenMapping
from carbon_ledger.printing import one_of, printable, quote
from carbon_ledger.records import Record
from carbon_ledger.units import mass_t

GWP_SETS: Final = ("SAR", "TAR", "AR4", "AR5", "AR6")
HORIZON_YEARS: Final = 100


def _value(value: object) -> str:
    checked_decimal(value, "global warming potential")
    return str(value)


@frozen(kw_only=True, repr=False)
class Gwp(Record):
    """The global warming potential of one gas in one set, over 100 years.

    Args:
        gas: The gas, and its origin if the set distinguishes origins: ``CH4/fossil``.
        gwp_set: The assessment report, one of `GWP_SETS`.
        value: The number as published. [tCO2e/t]
        year: The year of the assessment report.
        source: The document, in words.
        publisher: Who published the number.
        dataset: The dataset that the number was read from.
        version: The dataset's version.
        place: Row and column.
        licence: Terms of the data.
        confidence: P (published page), S (secondary), C (computed here) or M (memory).
        flags: What a reader must know.

    Raises:
        InexactNumberError: *value* is a float.
        QuantityError: *value* is not a number above zero.
    """

    gas: str
    gwp_set: str
    value: str = field(converter=_value)
    year: int
    source: str
    publisher: str
    dataset: str
    version: str
    place: str
    licence: str
    confidence: str
    flags: tuple[str, ...] = field(default=(), converter=tuple)

    def __attrs_post_init__(self) -> None:
        """Refuse a potential that is not above zero."""
        if self.number <= 0:
            raise QuantityError(f"GWP of {self.gas} in {self.gwp_set}: {self.value}, expected a number above 0")

    @property
    def number(self) -> Decimal:
        """The value as a number, exact. [tCO2e/t]"""
        return checked_decimal(self.value, "global warming potential")


@frozen(repr=False)
class GwpSet(Record):
    """The global warming potentials of one assessment report, over 100 years.

    Args:
        name: One of `GWP_SETS`.
        gwps: The potentials by gas.

    Example:
        >>> GwpSet.named("AR5").of("CH4").value
        '28'
    """

    name: str
    gwps: Mapping[str, Gwp]

    @classmethod
    def named(cls, name: object) -> "GwpSet":
        """The bundled set with this name.

        Raises:
            FactorNotFoundError: No bundled set has this name.
        """
        sets = _bundled()
        if not isinstance(name, str) or name not in sets:
            raise FactorNotFoundError(f"GWP set {quote(name)}: expected {one_of(name, sets)}; there is no default set")
        return sets[name]

    def of(self, gas: object) -> Gwp:
        """The potential of one gas.

        Raises:
            FactorNotFoundError: The set has no such gas. Another set, or another origin, is never used instead.

        Example:
            >>> GwpSet.named("AR6").of("CH4/fossil").value
            '29.8'
        """
        if not isinstance(gas, str) or gas not in self.gwps:
            raise FactorNotFoundError(
                f"gas {quote(gas)}: expected one of GWP set {self.name}, which has {', '.join(self.gwps)}"
            )
        return self.gwps[gas]


def _amount(value: object) -> Decimal:
    return plain(checked_decimal(value, "CO2e"))


def _set_name(value: object) -> str:
    return GwpSet.named(value).name


@frozen(repr=False)
class Co2e(Record):
    """An amount of CO2e under one set of global warming potentials. It can be added to amounts of the same set only.

    Args:
        t: The amount, exact. [tCO2e]
        gwp_set: The set's name.

    Raises:
        InexactNumberError: *t* is a float.
        QuantityError: *t* is not a number.
        FactorNotFoundError: No bundled set has the name *gwp_set*.

    Example:
        >>> print(co2e("1 t", "CH4", "AR5") + co2e("1 t", "N2O", "AR5"))
        293 tCO2e (AR5)
    """

    t: Decimal = field(converter=_amount)
    gwp_set: str = field(converter=_set_name)

    def __add__(self, other: object) -> "Co2e":
        """Add an amount of the same set.

        Raises:
            UnitMismatchError: *other* is of another set, or is not a `Co2e`.
        """
        if not isinstance(other, Co2e):
            raise UnitMismatchError(
                f"{self} + {quote(other, 60)}: expected CO2e of the same GWP set; convert a mass with co2e() first"
            )
        if other.gwp_set != self.gwp_set:
            raise UnitMismatchError(
                f"{self} + {other}: CO2e of different GWP sets cannot be added; convert both masses under one set"
            )
        with arithmetic():
            return Co2e(self.t + other.t, self.gwp_set)

    def __radd__(self, other: object) -> "Co2e":
        """The amount itself when it is added to 0, with which `sum` begins.

        Raises:
            UnitMismatchError: *other* is not 0.
        """
        if type(other) is int and other == 0:
            return self
        raise UnitMismatchError(
            f"{quote(other, 60)} + {self}: expected CO2e of the same GWP set; convert a mass with co2e() first"
        )

    @property
    def kg(self) -> Decimal:
        """The amount in kilograms, exact. [kgCO2e]"""
        with arithmetic():
            return plain(self.t * 1000)

    def rounded(self, rounding: Rounding) -> Decimal:
        """The amount, rounded once. [tCO2e]

        Raises:
            InexactNumberError: The result has more than 100 digits.
        """
        return rounding.apply(self.t)

    def to_record(self) -> dict[str, str]:
        """The amount as plain data."""
        return {"amount": text_of(self.t), "unit": "tCO2e", "gwp_set": self.gwp_set}

    def __str__(self) -> str:
        return printable(f"{text_of(self.t)} tCO2e ({self.gwp_set})")


def co2e(mass: object, gas: str, gwp_set: str) -> Co2e:
    """The CO2e of a mass of gas, under a set of global warming potentials.

    Args:
        mass: The mass of the gas itself. [mass: text or quantity; g, kg, t, lb]
        gas: The name of the gas in the set, e.g. ``CH4``, ``CH4/fossil`` (AR6 only), ``SF6``, ``HFC134a``.
        gwp_set: One of `GWP_SETS`.

    Returns:
        The amount of CO2e under that set, exact.

    Raises:
        FactorNotFoundError: There is no such set, or the set has no such gas.
        InexactNumberError: The number is a float.
        UnknownUnitError: The unit is not on the list of spellings.
        UnitMismatchError: *mass* has no unit, or is not a mass.
        QuantityError: *mass* is not an amount.

    Source:
        Domain rules, section 5: GWP-100; the set is part of the value.

    Example:
        >>> print(co2e("1 t", "CH4", "AR4"), "and", co2e("1 t", "CH4", "AR5"))
        25 tCO2e (AR4) and 28 tCO2e (AR5)
    """
    potential = GwpSet.named(gwp_set).of(gas)
    tonnes = mass_t(mass, f"mass of {gas}")
    with arithmetic():
        return Co2e(tonnes * potential.number, potential.gwp_set)


def gwp_sets() -> tuple[GwpSet, ...]:
    """The bundled sets, from the oldest to the newest."""
    return tuple(_bundled().values())


@cache
def _bundled() -> Mapping[str, GwpSet]:
    text = (files("carbon_ledger.factors") / "data" / "tables" / "gwp.json").read_text(encoding="utf-8")
    table = json.loads(text)
    found: dict[str, dict[str, Gwp]] = {name: {} for name in GWP_SETS}
    for row in table["rows"]:
        facts: dict[str, Any] = table["common"] | row
        gwp = Gwp(**facts)
        found[gwp.gwp_set][gwp.gas] = gwp
    return MappingProxyType({name: GwpSet(name, FrozenMapping(gwps)) for name, gwps in found.items()})
