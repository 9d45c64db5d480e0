"""The history of a project's carry, entry by entry: when a debit arose, and what repaid it."""

from collections.abc import Iterator
from decimal import Decimal

from attrs import frozen

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import GENERATION_CORRECTED, ISSUANCE_RECORDED, ISSUANCE_VOIDED, UNITS_CONVERTED
from carbon_ledger.core.state.rows import Carry
from carbon_ledger.core.state.view import View
from carbon_ledger.exact import arithmetic, plain, text_of


@frozen(kw_only=True)
class CarryChange:
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
    """

    n: int
    at: str
    type: str
    project: str
    claimed: Decimal
    adjustments: int
    counted: int
    before: Decimal
    carry: Decimal

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
        """The change in words, e.g. ``carry -2, debit 2 (2 of it new)``."""
        words = [f"carry {text_of(self.carry)}"]
        if self.incurred:
            words.append(f"debit {text_of(self.debit)} ({text_of(self.incurred)} of it new)")
        if self.made_good:
            left = f", {text_of(self.debit)} left" if self.debit else ""
            words.append(f"debit made good by {text_of(self.made_good)}{left}")
        if self.debit and not self.incurred and not self.made_good:
            words.append(f"debit {text_of(self.debit)}")
        return ", ".join(words)


def debit_of(carry: Decimal) -> Decimal:
    """The debit of a carry: the amount by which the carry is below zero. [unit]"""
    with arithmetic():
        return plain(max(Decimal(0), -carry))


def _difference(left: Decimal, right: Decimal) -> Decimal:
    with arithmetic():
        return plain(left - right)


def carry_changes(view: View, project: str) -> Iterator[CarryChange]:
    """Every change of a project's carry or of its parts, oldest first.

    Args:
        view: The state.
        project: The project.
    """
    before = Carry(project, 0)
    for row in view.carries(project):
        entry = view.entry(row.from_n)
        yield CarryChange(
            n=row.from_n,
            at=entry.at,
            type=entry.type,
            project=project,
            claimed=_difference(row.claimed, before.claimed),
            adjustments=row.adjustments - before.adjustments,
            counted=row.counted - before.counted,
            before=before.carry,
            carry=row.carry,
        )
        before = row


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
    if entry.type == GENERATION_CORRECTED:
        return {item["issuance"] for item in entry.event["issuances"]}
    return set()
