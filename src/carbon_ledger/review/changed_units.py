"""The records of changes of units, factors, roles and debits since an earlier size: each is a row of a table."""

from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from attrs import frozen

from carbon_ledger.exact import text_of
from carbon_ledger.printing import printable
from carbon_ledger.records import Record
from carbon_ledger.tables import BOOLEAN, DECIMAL, INTEGER, TEXT, TIME, Column


@frozen(kw_only=True, repr=False)
class RemovedUnits(Record):
    """Units that a new entry voided, withdrew or converted.

    Attributes:
        entry: The number of the entry.
        at: When it was recorded. [UTC]
        by: The actor.
        what: ``voided`` (a whole issuance), ``withdrawn``, ``withdrawn by a correction`` or ``converted`` (a whole
            issuance, to another instrument).
        issuance: The number of the entry of the issuance or import that the units are of.
        batch: The batch, or None for a whole issuance.
        first: The first serial, or None for a whole issuance.
        last: The last serial, or None for a whole issuance.
        units: How many units.
        reason: The reason.
    """

    _in_repr = ("entry", "what", "issuance", "units")
    _columns: ClassVar[tuple[Column, ...]] = (
        Column("entry", INTEGER),
        Column("at", TIME),
        Column("by", TEXT),
        Column("what", TEXT),
        Column("issuance", INTEGER),
        Column("batch", TEXT),
        Column("first", INTEGER),
        Column("last", INTEGER),
        Column("units", INTEGER),
        Column("reason", TEXT),
    )

    entry: int
    at: datetime
    by: str
    what: str
    issuance: int
    batch: str | None
    first: int | None
    last: int | None
    units: int
    reason: str

    def __str__(self) -> str:
        """The units in one line."""
        of = f"issuance {self.issuance}" if self.batch is None else f"{self.batch}/{self.first}-{self.last}"
        return f"entry {self.entry}: {self.units:,} units of {of} {self.what}: {printable(self.reason)}"


@frozen(kw_only=True, repr=False)
class ChangedFactor(Record):
    """A newly adopted emission factor of which the ledger had an earlier one: one that it supersedes, or of its series.

    Attributes:
        entry: The number of the entry that adopted the new factor.
        at: When it was recorded. [UTC]
        by: The actor.
        factor: The id of the new factor.
        value: Its value, as published.
        earlier: The id of the earlier factor.
        earlier_value: Its value, as published.
        unit: The unit of the new value.
        series: The series of the new factor, or None.
        supersedes: Whether the new factor states that it supersedes the earlier one.
    """

    _in_repr = ("entry", "factor", "value", "earlier", "earlier_value")
    _columns: ClassVar[tuple[Column, ...]] = (
        Column("entry", INTEGER),
        Column("at", TIME),
        Column("by", TEXT),
        Column("earlier", TEXT),
        Column("earlier_value", TEXT),
        Column("factor", TEXT),
        Column("value", TEXT),
        Column("unit", TEXT),
        Column("series", TEXT),
        Column("supersedes", BOOLEAN),
    )

    entry: int
    at: datetime
    by: str
    factor: str
    value: str
    earlier: str
    earlier_value: str
    unit: str
    series: str | None
    supersedes: bool

    def __str__(self) -> str:
        """The change in one line."""
        how = "supersedes" if self.supersedes else f"is of the series {self.series}, as is"
        return (
            f"entry {self.entry}: {self.factor} ({self.value} {self.unit}) {how} {self.earlier} ({self.earlier_value})"
        )


@frozen(kw_only=True, repr=False)
class ChangedRole(Record):
    """A role that a new entry granted or revoked.

    Attributes:
        entry: The number of the entry.
        at: When it was recorded. [UTC]
        by: Who granted or revoked it.
        change: ``granted`` or ``revoked``.
        actor: The actor whose role it is.
        role: The role.
        account: The account of an account holder, or None.
        reason: The reason of a revocation, or None.
    """

    _in_repr = ("entry", "change", "actor", "role")
    _columns: ClassVar[tuple[Column, ...]] = (
        Column("entry", INTEGER),
        Column("at", TIME),
        Column("by", TEXT),
        Column("change", TEXT),
        Column("actor", TEXT),
        Column("role", TEXT),
        Column("account", TEXT),
        Column("reason", TEXT),
    )

    entry: int
    at: datetime
    by: str
    change: str
    actor: str
    role: str
    account: str | None
    reason: str | None

    def __str__(self) -> str:
        """The change in one line."""
        scope = f" of {self.account}" if self.account is not None else ""
        why = f": {printable(self.reason)}" if self.reason is not None else ""
        return (
            f"entry {self.entry}: {printable(self.by)} {self.change} {self.role}{scope}, {printable(self.actor)}{why}"
        )


@frozen(kw_only=True, repr=False)
class ChangedDebit(Record):
    """The debit of a project then and now: units that have no energy behind them.

    Attributes:
        project: The project's id.
        then: The debit then; 0 if the project was not registered. [unit]
        now: The debit now. [unit]
    """

    _columns: ClassVar[tuple[Column, ...]] = (
        Column("project", TEXT),
        Column("then", DECIMAL),
        Column("now", DECIMAL),
    )

    project: str
    then: Decimal
    now: Decimal

    def __str__(self) -> str:
        """The debit in one line."""
        return f"{self.project}: {text_of(self.then)} then, {text_of(self.now)} now"
