"""The types of arguments that need no library: times, columns, and the choices that are one of a few texts."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Protocol, TypeAlias


class ArrowColumn(Protocol):
    """A column of a library that understands Arrow."""

    def __arrow_c_array__(self, requested_schema: object = None) -> object:
        """The column as Arrow's C structures."""


Number: TypeAlias = str | int | Decimal
"""An exact number or share: text such as ``"0.1"`` or ``"10%"``, an int or a Decimal; never a float."""

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
Opinion: TypeAlias = Literal["unmodified", "modified", "adverse", "disclaimed"]
Assurance: TypeAlias = Literal["reasonable", "limited"]
Baseline: TypeAlias = Literal["greenfield", "retrofit", "capacity-addition"]
