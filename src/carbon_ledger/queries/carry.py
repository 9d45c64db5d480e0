"""The carry of a project by vintage, and its history, entry by entry: when a debit arose, and what repaid it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import ClassVar

from attrs import frozen

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import CORRECTIONS, ISSUANCE_RECORDED, ISSUANCE_VOIDED, UNITS_CONVERTED
from carbon_ledger.core.issuance.carry import after_all, cumulative
from carbon_ledger.core.issuance.corrections import withdrawn_blocks
from carbon_ledger.core.state.rows import ALL_VINTAGES, Carry
from carbon_ledger.core.state.view import View
from carbon_ledger.exact import arithmetic, plain, text_of
from carbon_ledger.printing import lines
from carbon_ledger.records import Record
from carbon_ledger.tables import (
    DECIMAL,
    INTEGER,
    TEXT,
    Cells,
    Column,
    Table,
    Tabular,
    html_table,
    table_of,
    text_table,
)


@frozen(kw_only=True, repr=False)
class VintageCarry(Record):
    """The carry of one vintage of a project, and its parts: carry = claimed + adjustments - counted.

    Attributes:
        vintage: The vintage; None for granular certificates, whose carry has no vintage. [calendar year]
        claimed: Exact amount of the vintage that live claims have. [unit]
        adjustments: Units of the vintage that were forfeited by a withdrawal, below zero.
        counted: Units of the vintage that count: issued, less those voided, converted or withdrawn.
        carry: The carry of the vintage, signed and exact. [unit]
        cumulative: The carry of this vintage and of all older vintages. Units of this vintage rest on it. [unit]
    """

    _derived = ("debit",)

    _columns: ClassVar[tuple[Column, ...]] = (
        Column("vintage", INTEGER),
        Column("claimed", DECIMAL),
        Column("adjustments", INTEGER),
        Column("counted", INTEGER),
        Column("carry", DECIMAL),
        Column("cumulative", DECIMAL),
        Column("debit", DECIMAL),
    )
    vintage: int | None
    claimed: Decimal
    adjustments: int
    counted: int
    carry: Decimal
    cumulative: Decimal

    @property
    def debit(self) -> Decimal:
        """Units of this vintage and of older vintages that have no energy behind them. [unit]"""
        return debit_of(self.cumulative)


@frozen(kw_only=True, repr=False)
class ProjectCarry(Record, Tabular):
    """The carry of a project: by vintage, and in total. It is a table with a row for each vintage.

    Attributes:
        project: The project's id.
        vintages: The carry of each vintage, oldest first; empty before the first issuance.
        claimed: Exact amount of all live claims. [unit]
        adjustments: Units forfeited by withdrawals, below zero.
        counted: Units that count.
        carry: The sum of the carry of all vintages, signed and exact. [unit]
        debit_since: The entry since which the project has had a debit, or None if it has none.
    """

    _derived = ("debit",)

    project: str
    vintages: tuple[VintageCarry, ...]
    claimed: Decimal
    adjustments: int
    counted: int
    carry: Decimal
    debit_since: int | None

    @property
    def debit(self) -> Decimal:
        """Units of the project that have no energy behind them: the amount by which the carry is below zero. [unit]"""
        return debit_of(self.carry)

    @property
    def debit_text(self) -> str:
        """The debit in words, e.g. ``4 units stand without energy behind them, since entry 12``; empty without one.

        A debit below one unit is named as an amount: ``debit of 0.25 since entry 12 (less than one unit)``.
        """
        return debit_in_words(self.debit, self.debit_since)

    def _table(self) -> Table:
        project = Column("project", TEXT, lambda _: self.project)
        return table_of("ProjectCarry", (project, *VintageCarry._columns), self.vintages)

    def rows(self) -> list[Cells]:
        """The vintages and their sum as rows of plain values, with decimals as text."""
        rows: list[Cells] = [
            {
                "vintage": "all" if item.vintage is None else str(item.vintage),
                "claimed": text_of(item.claimed),
                "adjustments": str(item.adjustments),
                "counted": str(item.counted),
                "carry": text_of(item.carry),
                "with older vintages": text_of(item.cumulative),
            }
            for item in self.vintages
        ]
        total: Cells = {"vintage": "total", "claimed": text_of(self.claimed), "adjustments": str(self.adjustments)}
        return [*rows, {**total, "counted": str(self.counted), "carry": text_of(self.carry), "with older vintages": ""}]

    def __str__(self) -> str:
        """The carry as text."""
        debit = [f"  {self.debit_text}"] if self.debit else []
        return lines(f"Carry of {self.project}", *text_table(self.rows()), *debit)

    def _repr_html_(self) -> str:
        """The carry as HTML, with every text escaped."""
        return html_table(f"Carry of {self.project}", self.rows())


@frozen(kw_only=True, repr=False)
class CarryChange(Record):
    """How an entry changed a project's carry.

    Attributes:
        n: The number of the entry.
        at: When the entry was recorded, UTC.
        type: The type of the entry, e.g. ``generation.corrected``.
        project: The project.
        claimed: Change of the claimed amount. [unit]
        adjustments: Change of the adjustments. [unit]
        counted: Change of the counted units.
        before: The carry before the entry. [unit]
        carry: The carry after the entry. [unit]
        since: The entry since which the project has had a debit, or None if it has none after the entry.
        vintages: The carry of each vintage after the entry, oldest first.
    """

    _in_repr = ("n", "project", "before", "carry", "debit")
    _derived = ("debit",)

    n: int
    at: datetime
    type: str
    project: str
    claimed: Decimal
    adjustments: int
    counted: int
    before: Decimal
    carry: Decimal
    since: int | None
    vintages: tuple[VintageCarry, ...]

    @property
    def debit(self) -> Decimal:
        """The project's debit after the entry: the amount by which its carry is below zero. [unit]"""
        return debit_of(self.carry)

    @property
    def incurred(self) -> Decimal:
        """The amount that the entry added to the debit. [unit]"""
        return max(Decimal(0), _difference(self.debit, debit_of(self.before)))

    @property
    def made_good(self) -> Decimal:
        """The amount that the entry took off the debit: claimed without units, or units withdrawn. [unit]"""
        return max(Decimal(0), _difference(debit_of(self.before), self.debit))

    def __str__(self) -> str:
        """The change in words: the carry, by vintage if there are several, and a debit."""
        words = [f"carry {text_of(self.carry)}{self._by_vintage()}"]
        if self.incurred:
            words.append(f"debit {text_of(self.debit)} ({text_of(self.incurred)} of it new)")
        if self.made_good:
            left = f", {text_of(self.debit)} left" if self.debit else ""
            words.append(f"debit made good by {text_of(self.made_good)}{left}")
        if self.debit and not self.incurred and not self.made_good:
            words.append(f"debit {text_of(self.debit)}")
        text = ", ".join(words)
        return f"{text}: {debit_in_words(self.debit, self.since)}" if self.debit else text

    def _by_vintage(self) -> str:
        """The carry of each vintage that has one, and that of it and older vintages, if several vintages have one."""
        shown = [item for item in self.vintages if item.carry]
        if len(shown) < 2:
            return ""
        parts = (f"{text_of(v.carry)} of {v.vintage} ({text_of(v.cumulative)} with older ones)" for v in shown)
        return f": {', '.join(parts)}"


def debit_in_words(debit: Decimal, since: int | None) -> str:
    """A debit in words; an empty text without a debit.

    Args:
        debit: The debit. [unit]
        since: The entry since which there has been a debit.

    Example:
        >>> debit_in_words(Decimal(4), 12)
        '4 units stand without energy behind them, since entry 12'
        >>> debit_in_words(Decimal("0.25"), 12)
        'debit of 0.25 since entry 12 (less than one unit)'
    """
    if not debit:
        return ""
    if debit < 1:
        return f"debit of {text_of(debit)} since entry {since} (less than one unit)"
    what = "1 unit stands" if debit == 1 else f"{text_of(debit)} units stand"
    return f"{what} without energy behind {'it' if debit == 1 else 'them'}, since entry {since}"


def debit_of(carry: Decimal) -> Decimal:
    """The debit of a carry: the amount by which the carry is below zero. [unit]"""
    with arithmetic():
        return plain(max(Decimal(0), -carry))


def _difference(left: Decimal, right: Decimal) -> Decimal:
    with arithmetic():
        return plain(left - right)


def project_carry(view: View, project: str) -> ProjectCarry:
    """The carry of a project, by vintage and in total.

    Args:
        view: The state.
        project: The project.
    """
    rows = view.carry(project)
    total = _total(project, rows)
    since = None
    if total.carry < 0:
        since = list(carry_changes(view, project))[-1].since
    return ProjectCarry(
        project=project,
        vintages=by_vintage(rows),
        claimed=total.claimed,
        adjustments=total.adjustments,
        counted=total.counted,
        carry=total.carry,
        debit_since=since,
    )


def by_vintage(rows: Sequence[Carry]) -> tuple[VintageCarry, ...]:
    """The carry of each vintage of a project, with the carry of it and all older vintages.

    Args:
        rows: The rows of all vintages, oldest first.
    """
    return tuple(
        VintageCarry(
            vintage=None if row.vintage == ALL_VINTAGES else row.vintage,
            claimed=row.claimed,
            adjustments=row.adjustments,
            counted=row.counted,
            carry=row.carry,
            cumulative=total,
        )
        for row, (_, total) in zip(rows, cumulative(rows), strict=True)
    )


def _total(project: str, rows: Sequence[Carry]) -> Carry:
    """The sum of the rows of all vintages, as one row."""
    with arithmetic():
        claimed = plain(sum((row.claimed for row in rows), Decimal(0)))
    adjustments, counted = sum(row.adjustments for row in rows), sum(row.counted for row in rows)
    return Carry(project, ALL_VINTAGES, 0, claimed, adjustments, counted)


def carry_changes(view: View, project: str) -> Iterator[CarryChange]:
    """Every change of a project's carry or of its parts, oldest first.

    Args:
        view: The state.
        project: The project.
    """
    rows: tuple[Carry, ...] = ()
    before, since = _total(project, rows), None
    for n, changed in groupby(view.carries(project), key=attrgetter("from_n")):
        rows, entry = after_all(rows, changed), view.entry(n)
        after = _total(project, rows)
        since = (n if since is None else since) if after.carry < 0 else None
        yield CarryChange(
            n=n,
            at=entry.recorded_at,
            type=entry.type,
            project=project,
            claimed=_difference(after.claimed, before.claimed),
            adjustments=after.adjustments - before.adjustments,
            counted=after.counted - before.counted,
            before=before.carry,
            carry=after.carry,
            since=since,
            vintages=by_vintage(rows),
        )
        before = after


def debit_changes(view: View, project: str) -> tuple[CarryChange, ...]:
    """Every change of a project's debit, oldest first.

    Args:
        view: The state.
        project: The project.
    """
    return tuple(change for change in carry_changes(view, project) if change.incurred or change.made_good)


def issuances_set(entry: Entry) -> set[int]:
    """The issuances that an entry made, voided, converted or corrected, by their entries' numbers.

    Args:
        entry: Any entry.
    """
    if entry.type == ISSUANCE_RECORDED:
        return {entry.n}
    if entry.type in (ISSUANCE_VOIDED, UNITS_CONVERTED):
        return {entry.event["issuance"]}
    if entry.type in CORRECTIONS:
        withdrawn = {int(block.batch_id.rsplit("/", 1)[1]) for block in withdrawn_blocks(entry.event)}
        return withdrawn | {item["issuance"] for item in entry.event["issuances"]}
    return set()
