"""Checks of the plausibility of published numbers. An implausible number gets a flag; it is not removed or changed.

An audit computes the flags of a factor again, because they are lines of every quantification that uses the factor.
Therefore the text of a flag that was released is never changed.
"""

from decimal import Decimal
from fractions import Fraction
from typing import Final

import attrs

from carbon_ledger.errors import UnknownUnitError
from carbon_ledger.exact import Rounding, text_of
from carbon_ledger.factors.record import GRID_KINDS, EmissionFactor
from carbon_ledger.units import intensity_ratio, intensity_t_per_mwh

# Lignite burnt at an efficiency of 25% emits about 1.46 t/MWh; no grid as a whole should emit more.
MOST_T_PER_MWH: Final = Decimal("1.5")

_CO2E_GASES: Final = ("CO2", "CO2e", None)
_SHOWN: Final = Rounding("half-even", places=12)  # of a number in a message; a factor per MMBtu has endless digits


def plausibility_flags(factor: EmissionFactor) -> tuple[str, ...]:
    """The flags of a factor whose number is implausible.

    Args:
        factor: The factor.

    Returns:
        A flag for each of these: the number is 0, the number is exactly 1000, the number is more than any grid can
        emit, the number is not between its own bounds, a combined margin is not between its operating and its build
        margin, or a combined margin differs from its own weights times its margins by a unit of its last decimal place
        or more.

    Example:
        >>> one = EmissionFactor(factor_id="f", value="1000.0", unit="gCO2/kWh", kind="lifecycle", region="FK",
        ...                      source="s")
        >>> plausibility_flags(one)
        ('suspiciously-round: the number is 1000 exactly',)
        >>> one = EmissionFactor(factor_id="f", value="0.3748", unit="tCO2/MWh", kind="combined_margin", region="AM",
        ...                      source="s", operating_margin="0.4620", build_margin="0.3456", weights=("0.25", "0.75"))
        >>> plausibility_flags(one)
        ('not-its-weights-times-margins: 0.25 x 0.4620 + 0.75 x 0.3456',)
    """
    found = []
    if factor.number == 0:
        found.append("suspicious-zero: the number is 0")
    if factor.number == 1000:
        found.append("suspiciously-round: the number is 1000 exactly")
    if factor.kind in GRID_KINDS and factor.gas in _CO2E_GASES:
        intensity = intensity_t_per_mwh(factor.number, factor.unit, f"factor {factor.factor_id}")
        if abs(intensity) > MOST_T_PER_MWH:
            found.append(f"outlier: above {MOST_T_PER_MWH} t/MWh")
    if factor.lower is not None and factor.number < Decimal(factor.lower):
        found.append(f"outside-its-bounds: the lower bound is {factor.lower}")
    if factor.upper is not None and factor.number > Decimal(factor.upper):
        found.append(f"outside-its-bounds: the upper bound is {factor.upper}")
    if factor.kind == "combined_margin":
        found += _margin_flags(factor)
    return tuple(found)


def flagged(factor: EmissionFactor) -> EmissionFactor:
    """The factor with its `plausibility_flags`, each of them once."""
    flags = all_flags(factor)
    return attrs.evolve(factor, flags=flags) if flags != factor.flags else factor


def all_flags(factor: EmissionFactor) -> tuple[str, ...]:
    """The flags of a factor's record, and after them its `plausibility_flags` that the record does not have."""
    return (*factor.flags, *(flag for flag in plausibility_flags(factor) if flag not in factor.flags))


def outside_any_grid(factor: EmissionFactor) -> str:
    """Why a factor is not what any grid emits per MWh; an empty text if it can be.

    Args:
        factor: The factor. A factor for another gas, or whose unit is not a mass per energy, is not checked.

    Source:
        ledger-model section 8a: outside 0 to 1.5 tCO2e/MWh. [C]

    Example:
        >>> one = EmissionFactor(factor_id="f", value="384", unit="tCO2/MWh", kind="combined_margin", region="AZ",
        ...                      source="s")
        >>> outside_any_grid(one)
        '384 t/MWh, but a grid emits from 0 to 1.5 t/MWh; check the unit, since 384 gCO2/kWh is 0.384 tCO2/MWh'
    """
    if factor.gas not in _CO2E_GASES:
        return ""
    try:
        intensity = intensity_ratio(factor.number, factor.unit, f"factor {factor.factor_id}")
    except UnknownUnitError:  # of a fuel, for example
        return ""
    if 0 <= intensity <= Fraction(MOST_T_PER_MWH):
        return ""
    return (
        f"{text_of(_SHOWN.apply(intensity))} t/MWh, but a grid emits from 0 to {MOST_T_PER_MWH} t/MWh; check the unit, "
        "since 384 gCO2/kWh is 0.384 tCO2/MWh"
    )


def _margin_flags(factor: EmissionFactor) -> list[str]:
    """The flags of a combined margin that contradicts the margins and the weights of its own record."""
    if factor.operating_margin is None or factor.build_margin is None:
        return []
    margins = Fraction(factor.operating_margin), Fraction(factor.build_margin)
    number = Fraction(factor.number)
    found = []
    if not min(margins) <= number <= max(margins):
        found.append("outside-its-margins: a weighted mean lies between operating and build margin")
    if factor.weights is not None:
        first, second = map(Fraction, factor.weights)
        # A rounded value, in whichever direction, differs by less than a unit of its last decimal place.
        last_place = Fraction(1, 10 ** len(factor.value.partition(".")[2]))
        if abs(first * margins[0] + second * margins[1] - number) >= last_place:
            sums = zip(factor.weights, (factor.operating_margin, factor.build_margin), strict=True)
            words = " + ".join(f"{weight} x {margin}" for weight, margin in sums)
            found.append(f"not-its-weights-times-margins: {words}")
    return found
