"""The problems of a ledger after a fault: acknowledged commands have to be complete, and there must be no others."""

from pathlib import Path

from tests.faults.suite.workload import Command, Reference, entries_of, open_here, run

import carbon_ledger as cl
from carbon_ledger.core.state.store import TABLES
from carbon_ledger.errors import CarbonLedgerError


def problems_of(ledger: cl.Ledger, expected: Reference, acknowledged: int) -> list[str]:
    """What is wrong with an open ledger after a fault.

    Args:
        ledger: The ledger.
        expected: What the list of commands writes undisturbed.
        acknowledged: Entries that were acknowledged before the fault.
    """
    entries = entries_of(ledger)
    found = [str(finding) for finding in ledger.audit().findings]
    if len(entries) < acknowledged:
        found.append(f"{acknowledged} entries were acknowledged, {len(entries)} are there")
    if len(entries) not in expected.sizes:
        found.append(f"{len(entries)} entries: a command was written in part")
    if entries != expected.entries[: len(entries)]:
        found.append("the entries are not those that were written")
    return found


def reopened(path: Path, expected: Reference, acknowledged: int) -> list[str]:
    """What is wrong with a ledger file after a fault."""
    try:
        with open_here(path) as ledger:
            return problems_of(ledger, expected, acknowledged)
    except CarbonLedgerError as error:
        return [f"it does not open: {type(error).__name__}: {error}"]


def resumed(path: Path, expected: Reference, todo: list[Command]) -> list[str]:
    """What is wrong after the whole list was run again: what was done is found by its key, the rest is done."""
    try:
        with open_here(path) as ledger:
            for _ in run(ledger, todo):
                pass
            found = problems_of(ledger, expected, expected.sizes[-1])
            return [f"after resuming: {problem}" for problem in found]
    except CarbonLedgerError as error:
        return [f"it cannot be resumed: {type(error).__name__}: {error}"]


def contents(ledger: cl.Ledger) -> list[object]:
    """Every entry, leaf, derived row and stored tile."""
    store = ledger._store
    rows = [(table, list(store.rows(table))) for table in TABLES]
    tiles = [store.tile(0, index, 256) for index in range(store.size() // 256)]
    return [list(store.entries(0, store.size())), list(store.leaves(0, store.size())), rows, tiles]


def answers(ledger: cl.Ledger) -> list[object]:
    """What the ledger answers to its users' questions, through every index of the file."""
    accounts = ledger.accounts()
    found: list[object] = [ledger.size, ledger.root(), accounts]
    for account in accounts:
        found += [ledger.holdings(account, state=state) for state in ("active", "retired")]
        found.append(ledger.statement(account))
    view = ledger._store.view()
    for project in view.registrations("project"):
        for issuance in ledger.issuances(project):
            found += [issuance, ledger.batches(project), view.claims_of(issuance.n), view.batches(issuance.n)]
    return found
