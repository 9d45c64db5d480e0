"""The weights of the operating and of the build margin, by technology and crediting period."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from carbon_ledger.devices import TECHNOLOGIES
from carbon_ledger.errors import QuantityError
from carbon_ledger.printing import one_of, quote

Weights: TypeAlias = tuple[str, str]

WIND_AND_SOLAR: Final = "wind and solar"
ALL_OTHERS: Final = "all but wind and solar"
LAST_PERIOD: Final = 3
OTHER: Final = "other"
KNOWN: Final = tuple(dict.fromkeys((*(name.partition("/")[0] for name in TECHNOLOGIES), *TECHNOLOGIES, OTHER)))

# The weights in each crediting period, by class of projects.
WEIGHTS: Final[Mapping[str, tuple[Weights, Weights, Weights]]] = MappingProxyType(
    {
        WIND_AND_SOLAR: (("0.75", "0.25"), ("0.75", "0.25"), ("0.75", "0.25")),
        ALL_OTHERS: (("0.5", "0.5"), ("0.25", "0.75"), ("0.25", "0.75")),
    }
)


def combined_margin_weights(technology: str, crediting_period_ordinal: int) -> tuple[str, str]:
    """The weights of the operating margin and of the build margin.

    Args:
        technology: The project's technology: one of `devices.TECHNOLOGIES` or a group of them, e.g. ``wind``; or
            ``other``, for a project of another kind. Only the part before a slash has an effect.
        crediting_period_ordinal: 1 for the first crediting period, then 2 and 3.

    Returns:
        The weight of the operating margin, and that of the build margin.

    Raises:
        QuantityError: The technology is not a known one, or the ordinal is not 1, 2 or 3.

    Source:
        TOOL07 v7.0, paragraph 86: wind and solar 0.75/0.25 always; all others 0.5/0.5 in the first crediting
        period, 0.25/0.75 after it. [P] Other weights, which paragraphs 87 to 89 let one propose, are not built.

    Example:
        >>> combined_margin_weights("wind/onshore", 2), combined_margin_weights("hydro/run-of-river", 2)
        (('0.75', '0.25'), ('0.25', '0.75'))
    """
    return weights_of(WEIGHTS, technology, crediting_period_ordinal)


def weights_of(table: Mapping[str, tuple[Weights, Weights, Weights]], technology: str, ordinal: int) -> Weights:
    """The weights of a tool's table for a technology and a crediting period.

    Raises:
        QuantityError: The technology is not a known one, or the ordinal is not 1, 2 or 3.
    """
    chosen = table[project_class(technology)]
    if type(ordinal) is not int or not 1 <= ordinal <= LAST_PERIOD:
        raise QuantityError(f"crediting_period_ordinal {quote(ordinal)}: expected 1, 2 or 3")
    return chosen[ordinal - 1]


def project_class(technology: str) -> str:
    """The class of projects to which a technology belongs; only the part before a slash has an effect.

    Raises:
        QuantityError: The technology is not a known one.
    """
    if not isinstance(technology, str) or technology not in KNOWN:
        raise QuantityError(
            f"technology {quote(technology)}: expected {one_of(technology, KNOWN)}; a project of another kind, such as "
            f"one that saves electricity, is {quote(OTHER)}"
        )
    group = technology.partition("/")[0]
    return WIND_AND_SOLAR if group in ("solar", "wind") else ALL_OTHERS
