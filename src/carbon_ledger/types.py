"""The types of arguments: amounts, times, and the choices that are one of a few texts.

They are for type checkers and for annotations of your own. A choice that is misspelt is then an error before the
program runs; at run time it is refused with the name that was probably meant.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, Union

if TYPE_CHECKING:
    import pint.registry

__all__ = [
    "Already",
    "Amount",
    "Baseline",
    "Day",
    "Direction",
    "Duration",
    "EnergyColumn",
    "HeldState",
    "MatchOrder",
    "Number",
    "OnRefusal",
    "Policy",
    "Quality",
    "Role",
    "SelectionOrder",
    "State",
    "TimeLike",
]


class ArrowColumn(Protocol):
    """A column of a library that understands Arrow."""

    def __arrow_c_array__(self, requested_schema: object = None) -> object:
        """The column as Arrow's C structures."""


# Quoted, because importing pint takes half a second. By its module, because pyright loses the parameter of
# `pint.Quantity`.
Amount: TypeAlias = Union[str, "pint.registry.Quantity[int]", "pint.registry.Quantity[Decimal]"]
"""An amount with its unit: text such as ``"18600 MWh"``, or a pint quantity whose magnitude is an int or a Decimal."""

Duration: TypeAlias = Union[str, timedelta, "pint.registry.Quantity[int]", "pint.registry.Quantity[Decimal]"]
"""A duration: text such as ``"15 min"``, a timedelta, or a pint quantity."""

Number: TypeAlias = str | int | Decimal
"""An exact number or share: text such as ``"0.1"`` or ``"10%"``, an int or a Decimal; never a float."""

Rational: TypeAlias = Decimal | Fraction | int

TimeLike: TypeAlias = str | date | datetime
"""A time: an aware datetime, or ISO 8601 text with its zone; a date where a day of a named zone is meant."""

Day: TypeAlias = str | date
"""A day: a date, or text such as ``"2024-05-01"``."""

EnergyColumn: TypeAlias = Iterable[int] | Sequence[int] | ArrowColumn
"""The energy of steps: whole numbers, as a sequence or as a column of a frame. [Wh]"""

State: TypeAlias = Literal["active", "locked", "buffered", "pending", "retired", "cancelled", "withdrawn", "exported"]
"""A state of units."""

HeldState: TypeAlias = State | Literal["expired"]
"""A state of units, or ``expired``, which follows from the time of a question."""

SelectionOrder: TypeAlias = Literal[
    "oldest-vintage", "newest-vintage", "earliest-expiry", "oldest-issue", "newest-issue"
]
MatchOrder: TypeAlias = Literal["oldest-first", "newest-first"]
Role: TypeAlias = Literal["registrar", "meter-operator", "verifier", "issuer", "account-holder", "auditor"]
Policy: TypeAlias = Literal["open", "roles"]
Quality: TypeAlias = Literal["measured", "estimated", "substituted"]
Direction: TypeAlias = Literal["floor", "ceiling", "truncate", "half-up", "half-even"]
Already: TypeAlias = Literal["refuse", "skip-identical", "correct"]
OnRefusal: TypeAlias = Literal["raise", "report"]
Baseline: TypeAlias = Literal["greenfield", "retrofit", "capacity-addition"]
