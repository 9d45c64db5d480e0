"""Checks of the plausibility of published numbers. An implausible number gets a flag; it is not removed or changed."""

from decimal import Decimal
from typing import Final

import attrs

from carbon_ledger.exact import arithmetic
from carbon_ledger.factors.record import GRID_KINDS, EmissionFactor
from carbon_ledger.units import intensity_t_per_mwh

# Lignite burnt at an efficiency of 25% emits about 1.46 t/MWh; no grid as a whole should emit more.
MOST_T_PER_MWH: Final = Decimal("1.5")

_CO2E_GASES: Final = ("CO2", "CO2e", None)


def plausibility_flags(factor: EmissionFactor) -> tuple[str, ...]:
    """The flags of a factor whose number is implausible.

    Args:
        factor: The factor.

    Returns:
        A flag for each of these: the number is 0, the number is exactly 1000, the number is more than any grid can
        emit, a combined margin is not between its operating and its build margin.

    Example:
        >>> one = EmissionFactor(factor_id="f", value="1000.0", unit="gCO2/kWh", kind="lifecycle", region="FK",
        ...                      source="s")
        >>> plausibility_flags(one)
        ('suspiciously-round: the number is 1000 exactly',)
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
    with arithmetic():
        if factor.kind == "combined_margin" and not _between_margins(factor):
            found.append("outside-its-margins: a weighted mean lies between operating and build margin")
    return tuple(found)


def flagged(factor: EmissionFactor) -> EmissionFactor:
    """The factor with its `plausibility_flags`, each of them once."""
    new = tuple(flag for flag in plausibility_flags(factor) if flag not in factor.flags)
    return attrs.evolve(factor, flags=(*factor.flags, *new)) if new else factor


def _between_margins(factor: EmissionFactor) -> bool:
    if factor.operating_margin is None or factor.build_margin is None:
        return True
    margins = Decimal(factor.operating_margin), Decimal(factor.build_margin)
    return min(margins) <= factor.number <= max(margins)
