"""How a project's carry came about, entry by entry: when a debit arose, and what made it good."""

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
    """What an entry did to a project's carry.

    Attributes:
        n: The entry.
        at: When it was recorded, UTC.
        type: What happened, e.g. ``generation.corrected``.
        project: The project.
        claimed: Change of the claimed amount. [unit]
        adjustments: Change of the adjustments. [unit]
        counted: Change of the counted units.
        before: The carry before it. [unit]
        carry: The carry after it. [unit]
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
        """What the project owes after it: a carry below zero. [unit]"""
        return debit_of(self.carry)

    @property
    def incurred(self) -> Decimal:
        """What it added to the debit. [unit]"""
        return max(Decimal(0), _difference(self.debit, debit_of(self.before)))

    @property
    def made_good(self) -> Decimal:
        """What it took off the debit: amounts that were claimed for no unit, or units taken back. [unit]"""
        return max(Decimal(0), _difference(debit_of(self.before), self.debit))

    def __str__(self) -> str:
        """What it did, in words, e.g. ``carry -2: a debit of 2, all of it new``."""
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
    """A carry's debit: what it is below zero. [unit]"""
    with arithmetic():
        return plain(max(Decimal(0), -carry))


def _difference(left: Decimal, right: Decimal) -> Decimal:
    with arithmetic():
        return plain(left - right)


def carry_changes(view: View, project: str) -> Iterator[CarryChange]:
    """Everything that ever changed a project's carry or a part of it, oldest first.

    Args:
        view: The state.
        project: The project.
    """
    before = Carry(project, 0)
    for accrual in view.carries(project):
        entry = view.entry(accrual.from_n)
        yield CarryChange(
            n=accrual.from_n,
            at=entry.at,
            type=entry.type,
            project=project,
            claimed=_difference(accrual.claimed, before.claimed),
            adjustments=accrual.adjustments - before.adjustments,
            counted=accrual.counted - before.counted,
            before=before.carry,
            carry=accrual.carry,
        )
        before = accrual


def debit_changes(view: View, project: str) -> tuple[CarryChange, ...]:
    """What made and paid a project's debit, oldest first.

    Args:
        view: The state.
        project: The project.
    """
    return tuple(change for change in carry_changes(view, project) if change.incurred or change.made_good)


def issuances_set(entry: Entry) -> set[int]:
    """The issuances whose amounts an entry sets: issued, voided, converted or corrected.

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
