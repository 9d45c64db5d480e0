"""Amounts that the report of a ledger shows: units, energy and carry, as frozen records of plain values."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, Generic, TypeVar

from attrs import frozen

from carbon_ledger.core.state.rows import EXPIRED, FINAL_STATES, LASTING_STATES

Item_co = TypeVar("Item_co", covariant=True)

# In the order in which the page shows them: units that somebody holds, then units that are gone.
SHOWN_STATES: Final = (*LASTING_STATES, EXPIRED, *FINAL_STATES)


@frozen
class Listed(Generic[Item_co]):
    """The items of a list that the page shows, and the number of all items.

    Attributes:
        items: The items.
        total: The number of all items.
        see: The query that gives all of them.
    """

    items: tuple[Item_co, ...] = ()
    total: int = 0
    see: str = ""

    @property
    def more(self) -> int:
        """The number of items that the page does not show."""
        return self.total - len(self.items)


@frozen(kw_only=True)
class Units:
    """How many units are in each state, of whatever the other fields name.

    Attributes:
        instrument: The instrument's id.
        unit: The unit of its face value.
        states: The number of units by state; `SHOWN_STATES` has all states. A state without units can be left out.
        account: The account that has the units, or None.
        account_name: The name of the account's holder, or None.
        project: The project; of imported units, the project's name in the other registry; or None.
        registry: The other registry, for imported units.
        vintage: The calendar year of the generation, or None.
    """

    instrument: str
    unit: str
    states: Mapping[str, int]
    account: str | None = None
    account_name: str | None = None
    project: str | None = None
    registry: str | None = None
    vintage: int | None = None

    @property
    def total(self) -> int:
        """All units: those that were issued, and those that were imported."""
        return sum(self.states.values())

    @property
    def held(self) -> int:
        """The units that are not in a final state."""
        return self.total - sum(self.states.get(state, 0) for state in FINAL_STATES)


@frozen(kw_only=True)
class UnitContents:
    """Where every unit of the report is.

    Attributes:
        instruments: The units of each instrument; units of two instruments are never added.
        vintages: The units of each project and vintage, newest vintage first.
        accounts: The units of each account and instrument, largest holding first.
    """

    instruments: Listed[Units] = Listed()
    vintages: Listed[Units] = Listed()
    accounts: Listed[Units] = Listed()


@frozen(kw_only=True)
class Energy:
    """The net energy of a project's readings in a time, and which part of it issuances claim.

    Attributes:
        label: The time in words, such as ``2024-05``.
        first: The month in which the time begins: years since 0 times 12, plus the month from 0.
        last: The month in which it ends, which is included. It differs from *first* for readings that are longer.
        claimed_wh: The part that this project's issuances claim. [Wh]
        elsewhere_wh: The part that other projects claim, or that is reserved for another instrument. [Wh]
        free_wh: The rest: unclaimed, or excluded because no granular certificate is issued for it. [Wh]
    """

    label: str
    first: int
    last: int
    claimed_wh: int
    elsewhere_wh: int
    free_wh: int

    @property
    def generated_wh(self) -> int:
        """All net energy of the time. [Wh]"""
        return self.claimed_wh + self.elsewhere_wh + self.free_wh


@frozen(kw_only=True)
class ProjectEnergy:
    """The generation of a project by month.

    Attributes:
        project: The project's id.
        name: The project's name, or None.
        instrument: The instrument's id.
        zone: The zone of the months.
        months: The newest months that have a reading, in order, and readings that are longer than one month.
        earlier: What was generated before these months, or None.
        estimated_wh: Part of the generation whose readings were estimated. [Wh]
        substituted_wh: Part of the generation whose readings were substituted. [Wh]
    """

    project: str
    name: str | None
    instrument: str
    zone: str
    months: tuple[Energy, ...] = ()
    earlier: Energy | None = None
    estimated_wh: int = 0
    substituted_wh: int = 0

    @property
    def all(self) -> tuple[Energy, ...]:
        """Every row: what is earlier, and the months."""
        return self.months if self.earlier is None else (self.earlier, *self.months)

    @property
    def generated_wh(self) -> int:
        """All net energy of the project's readings. [Wh]"""
        return sum(item.generated_wh for item in self.all)

    @property
    def claimed_wh(self) -> int:
        """All net energy that the project's issuances claim. [Wh]"""
        return sum(item.claimed_wh for item in self.all)


@frozen(kw_only=True)
class VintageCarry:
    """The carry of one vintage: carry = claimed + adjustments - counted, and with all older vintages."""

    vintage: int | None
    claimed: Decimal
    adjustments: int
    counted: int
    carry: Decimal
    cumulative: Decimal


@frozen(kw_only=True)
class Carry:
    """The carry of a project.

    Attributes:
        project: The project's id.
        unit: The unit of the amounts.
        vintages: The carry of each vintage, oldest first.
        carry: The sum of the carry of all vintages. [unit]
        debit: The debit in words; empty without a debit.
        debit_units: Units that no energy supports: the debit, rounded up to whole units.
    """

    project: str
    unit: str
    vintages: Listed[VintageCarry]
    carry: Decimal
    debit: str = ""
    debit_units: int = 0
