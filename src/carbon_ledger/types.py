"""The types of arguments: amounts, times, and the choices that are one of a few texts.

They are for type checkers and for annotations of your own. A choice that is misspelt is then an error before the
program runs; at run time it is refused with the name that was probably meant.
"""

from carbon_ledger.choices import (
    Already,
    Assurance,
    Baseline,
    Day,
    Direction,
    EnergyColumn,
    HeldState,
    MatchOrder,
    Number,
    OnRefusal,
    Opinion,
    Policy,
    Quality,
    Role,
    SelectionOrder,
    State,
    TimeLike,
)
from carbon_ledger.records import Json
from carbon_ledger.units.kinds import Amount, Duration

__all__ = [
    "Already",
    "Amount",
    "Assurance",
    "Baseline",
    "Day",
    "Direction",
    "Duration",
    "EnergyColumn",
    "HeldState",
    "Json",
    "MatchOrder",
    "Number",
    "OnRefusal",
    "Opinion",
    "Policy",
    "Quality",
    "Role",
    "SelectionOrder",
    "State",
    "TimeLike",
]
