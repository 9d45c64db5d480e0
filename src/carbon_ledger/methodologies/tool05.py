"""Default values of the CDM's tool for electricity consumption, each with the condition under which it holds."""

from decimal import Decimal
from types import MappingProxyType
from typing import Final

from carbon_ledger.errors import QuantityError
from carbon_ledger.exact import arithmetic, plain
from carbon_ledger.printing import one_of, quote
from carbon_ledger.units import power_w

__all__ = [
    "DEFAULT",
    "OLDEST_LOSSES_YEARS",
    "SCENARIOS",
    "WITHOUT_LOSSES",
    "captive_plant_t",
    "default_factor",
    "default_losses",
]

DEFAULT: Final = "TOOL05 default"  # what is written in place of a number
# Where the electricity comes from, and whether the grid's losses apply.
SCENARIOS: Final = MappingProxyType(
    {
        "A": "from the grid",
        "B": "from a captive power plant that is not connected to a grid",
        "C.I": "from a grid and a captive power plant, and the project changes only what the grid supplies",
        "C.II": "from a grid and a captive power plant, and the project changes only what the captive plant generates",
        "C.III": "from a grid and a captive power plant, and the project changes both",
    }
)
WITHOUT_LOSSES: Final = ("B", "C.II")
OLDEST_LOSSES_YEARS: Final = 5

_CAPTIVE_T_PER_MW: Final = 11_400


def default_factor(scenario: str, *, baseline_is_larger: bool = False, mostly_hydro: bool = False) -> Decimal:
    """The default emission factor of electricity that is consumed. [tCO2/MWh]

    Args:
        scenario: Where the electricity comes from: a key of `SCENARIOS`.
        baseline_is_larger: Whether the sources of the baseline consume more electricity than all sources of the
            project and of leakage, for example because only the baseline consumes electricity.
        mostly_hydro: Whether hydropower is 50 % or more of the grid's generation.

    Raises:
        QuantityError: *scenario* is not one of these.

    Source:
        CDM TOOL05 v3.0, paragraphs 20 (option A2), 28 (option B2) and 31. [P]

    Example:
        >>> default_factor("A"), default_factor("A", baseline_is_larger=True, mostly_hydro=True)
        (Decimal('1.3'), Decimal('0.25'))
    """
    require_scenario(scenario, "electricity")
    if not baseline_is_larger:
        return Decimal("1.3")
    return Decimal("0.25" if mostly_hydro and scenario not in WITHOUT_LOSSES else "0.4")


def default_losses(scenario: str, *, baseline_is_larger: bool = False) -> Decimal:
    """The default losses of transmission and distribution, as a share of the electricity that is consumed.

    Args:
        scenario: Where the electricity comes from: a key of `SCENARIOS`.
        baseline_is_larger: As for `default_factor`, of the electricity that is subject to losses.

    Raises:
        QuantityError: *scenario* is not one of these.

    Source:
        CDM TOOL05 v3.0, parameter table 3: 20 %, or 3 %; 0 in scenario B and in case C.II. [P]

    Example:
        >>> default_losses("A"), default_losses("A", baseline_is_larger=True), default_losses("B")
        (Decimal('0.2'), Decimal('0.03'), Decimal('0'))
    """
    require_scenario(scenario, "electricity")
    if scenario in WITHOUT_LOSSES:
        return Decimal(0)
    return Decimal("0.03" if baseline_is_larger else "0.2")


def captive_plant_t(capacity: object) -> Decimal:
    """The CO2 that is assumed for a year of a captive power plant whose generation is not metered. [tCO2]

    The tool assumes 1.3 t/MWh and 8,760 hours at the rated capacity, 11,388 t/MW, and writes 11,400.

    Args:
        capacity: The rated capacity of the plant. [power; kW, MW, ...]

    Raises:
        QuantityError: *capacity* is negative.
        UnitMismatchError: *capacity* is not a power.
        UnknownUnitError: The unit is not on the list of spellings.
        InexactNumberError: The number is a float, or finer than 1 W.

    Source:
        CDM TOOL05 v3.0, paragraph 35, equations (7) and (8), option B4: for a source of the project or of leakage in
        scenario B. [P]

    Example:
        >>> captive_plant_t("1 MW")
        Decimal('11400')
    """
    watts = power_w(capacity, "capacity")
    if watts < 0:
        raise QuantityError(f"capacity {quote(capacity)}: expected 0 or more")
    with arithmetic():
        return plain(Decimal(watts).scaleb(-6) * _CAPTIVE_T_PER_MW)


def require_scenario(scenario: object, what: str) -> None:
    """Refuse what is not a scenario of the tool.

    Args:
        scenario: A key of `SCENARIOS`.
        what: What it is the scenario of, for the message.

    Raises:
        QuantityError: It is not one of these.
    """
    if not isinstance(scenario, str) or scenario not in SCENARIOS:
        raise QuantityError(f"{what}: scenario {quote(scenario)}, expected {one_of(scenario, SCENARIOS)}")
