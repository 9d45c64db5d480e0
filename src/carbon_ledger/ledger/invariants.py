"""Invariants that no single rule states: what the rows must add up to, checked apart from the rules."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from carbon_ledger.exact import arithmetic
from carbon_ledger.ledger.state import STATES, Store, View


def broken_invariants(store: Store) -> tuple[int, list[str]]:
    """Check batches, balances, carry and claims of a whole store.

    Args:
        store: The store.

    Returns:
        How many things were looked at, and what is wrong with some of them.

    Source:
        Domain invariants 2, 3, 4, 5, 9, 10 and 11.
    """
    view = store.view()
    problems: list[str] = []
    looked_at = 0
    held: dict[tuple[str, str], dict[str, int]] = {}
    for row in store.rows("batch"):
        looked_at += 1
        problems += _batch_problems(view, str(row[0]), held)
    for account in view.registrations("account"):
        for balance in view.balances(account):
            looked_at += 1
            counted = held.get((account, balance.instrument), {})
            for state in STATES:
                if getattr(balance, state) != counted.get(state, 0):
                    problems.append(
                        f"account {account}: balance says {getattr(balance, state)} {state} "
                        f"{balance.instrument}, its blocks say {counted.get(state, 0)}"
                    )
    for project in view.registrations("project"):
        looked_at += 1
        problems += _carry_problems(view, project)
    for table in ("reading", "claim"):
        looked_at += 1
        problems += _overlaps(table, store)
    return looked_at, problems


def _batch_problems(view: View, batch_id: str, held: dict[tuple[str, str], dict[str, int]]) -> list[str]:
    found = view.batch(batch_id)
    if found is None:
        return [f"batch {batch_id} cannot be read"]
    batch, at = found.batch, 1
    for piece in view.pieces(batch_id, 1, batch.count):
        if piece.first != at or piece.last < piece.first:
            return [f"batch {batch_id}: serials {at} to {piece.first - 1} are in no block, or in two"]
        at = piece.last + 1
        states = held.setdefault((piece.account, batch.instrument), {})
        states[piece.state] = states.get(piece.state, 0) + piece.count
    return [] if at == batch.count + 1 else [f"batch {batch_id}: its blocks end at {at - 1} of {batch.count}"]


def _carry_problems(view: View, project: str) -> list[str]:
    accrual = view.accrual(project)
    if accrual is None:
        return []
    live = [item for item in view.issuances(project) if not item.voided]
    counted = sum(item.counted for item in live)
    with arithmetic():
        claimed = sum((amount for item in live for _, amount in item.amounts), Decimal(0))
        carry = claimed + accrual.adjustments - accrual.counted
    problems = []
    if claimed != accrual.claimed or carry != accrual.carry:
        problems.append(
            f"project {project}: claimed {claimed} + adjustments {accrual.adjustments} - counted "
            f"{accrual.counted} = {carry}, its carry says {accrual.carry} of claimed {accrual.claimed}"
        )
    if counted != accrual.counted:
        problems.append(f"project {project}: its issuances count {counted} units, its carry {accrual.counted}")
    return problems


def _overlaps(table: str, store: Store) -> list[str]:
    """Live rows of a device that overlap; they come by device and start."""
    problems = []
    before: Sequence[Any] | None = None
    for row in store.rows(table):
        if row[-1] is not None:
            continue
        if before is not None and before[0] == row[0] and int(str(row[1])) < before[2]:
            problems.append(f"{table}s of device {row[0]} overlap: {before[1:3]} and {row[1:3]}")
        before = row
    return problems
