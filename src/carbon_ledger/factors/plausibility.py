"""What looks wrong about a published number. It is flagged for the reader, and never dropped or mended."""

from decimal import Decimal
from typing import Final

import attrs

from carbon_ledger.exact import arithmetic
from carbon_ledger.factors.record import GRID_KINDS, EmissionFactor
from carbon_ledger.units import intensity_t_per_mwh

# Lignite burnt at an efficiency of a quarter gives about 1.46 t/MWh; no grid as a whole should lie above.
MOST_T_PER_MWH: Final = Decimal("1.5")

_CO2E_GASES: Final = ("CO2", "CO2e", None)


def suspicions(factor: EmissionFactor) -> tuple[str, ...]:
    """Say what looks wrong about a factor's number.

    Returns:
        Flags: a zero, a number that is 1000 exactly, more than any grid can emit.

    Example:
        >>> one = EmissionFactor(factor_id="f", value="1000.0", unit="gCO2/kWh", kind="lifecycle", region="FK",
        ...                      source="s")
        >>> suspicions(one)
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
    """The factor with a flag for each suspicion that it does not carry yet."""
    new = tuple(flag for flag in suspicions(factor) if flag not in factor.flags)
    return attrs.evolve(factor, flags=(*factor.flags, *new)) if new else factor


def _between_margins(factor: EmissionFactor) -> bool:
    if factor.operating_margin is None or factor.build_margin is None:
        return True
    margins = Decimal(factor.operating_margin), Decimal(factor.build_margin)
    return min(margins) <= factor.number <= max(margins)
