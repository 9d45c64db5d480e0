"""Option A3: power units of which only the generation is known."""

from decimal import Decimal
from typing import Final

from attrs import frozen

from carbon_ledger.errors import QuantityError
from carbon_ledger.printing import quote

CASES: Final = (1, 2)
CASE_2_T_PER_MWH: Final = Decimal("1.3")


@frozen
class UnknownFuel:
    """Only the generation of the unit is known: it counts as zero, or with 1.3 tCO2/MWh in case 2 of VT0011.

    Args:
        reason: Why nothing else is known, in words.
        case: 1, or 2 for a project that increases the consumption of a grid; `vt0011.units_of_case_2` sets it.

    Raises:
        QuantityError: *reason* is not a text, or is blank; or *case* is not 1 or 2.

    Source:
        TOOL07 v7.0, paragraph 50(a), option A3: 0. [P] VT0011 v1.0, paragraph 50, option A3: 0 in case 1, in two
        implementations, and 1.3 in case 2, in one of them. [S]

    Example:
        >>> UnknownFuel("the utility publishes generation alone").t_per_mwh
        Decimal('0')
    """

    reason: str
    case: int = 1

    def __attrs_post_init__(self) -> None:
        """Refuse a unit without a reason, and a case that the documents do not have."""
        if not isinstance(self.reason, str) or not self.reason.strip():
            raise QuantityError(f"reason of an unknown fuel {quote(self.reason)}: expected text; the trace shows it")
        require_case(self.case)

    @property
    def t_per_mwh(self) -> Decimal:
        """The emission factor that is assumed. [tCO2/MWh]"""
        return Decimal(0) if self.case == 1 else CASE_2_T_PER_MWH


def require_case(case: object) -> None:
    """Refuse what is not a case of VT0011.

    Raises:
        QuantityError: *case* is not 1 or 2.
    """
    if type(case) is not int or case not in CASES:
        raise QuantityError(
            f"case {quote(case)}: expected 1, for a project that supplies electricity to a grid or takes less from it, "
            "or 2, for a project that takes more"
        )
