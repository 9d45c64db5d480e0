"""The flags of an emission factor as lines of a quantification."""

import re
from decimal import Decimal
from typing import Final

from carbon_ledger.factors import EmissionFactor
from carbon_ledger.factors.plausibility import all_flags
from carbon_ledger.methodologies.quantification import Line, Quantification

INCREASES_CONSUMPTION: Final = "increases-consumption"  # case 2 of VT0011: no factor for generation

_SYMBOL: Final = re.compile(r"EF_flag_[1-9][0-9]*")


def flag_lines(factor: EmissionFactor) -> tuple[Line, ...]:
    """A line for each flag of a factor's record and for each flag that its number calls for. Its source is the flag.

    Args:
        factor: The factor.

    Source:
        ledger-model section 8a: a factor's flags are lines of the quantification.

    Example:
        >>> factor = EmissionFactor(factor_id="f", value="0", unit="tCO2/MWh", kind="combined_margin", region="AZ",
        ...                         source="s", flags=("data-years-not-stated",))
        >>> [(line.symbol, line.source) for line in flag_lines(factor)]
        [('EF_flag_1', 'data-years-not-stated'), ('EF_flag_2', 'suspicious-zero: the number is 0')]
    """
    return tuple(
        Line(
            symbol=f"EF_flag_{k}",
            name=f"flag of factor {factor.factor_id}: {flag}",
            value=Decimal(1),
            unit="flag",
            source=flag,
        )
        for k, flag in enumerate(all_flags(factor), 1)
    )


def stated_flags(result: Quantification) -> tuple[str, ...]:
    """The flags of the factor that the lines of a quantification state, in the order of the lines."""
    return tuple(line.source for line in result.lines if _SYMBOL.fullmatch(line.symbol))
