"""Where every unit is: the pieces of all batches, added by instrument, by project and vintage, and by account."""

from collections.abc import Iterator
from heapq import nlargest

from carbon_ledger.core import lookup
from carbon_ledger.core.in_force import account_at
from carbon_ledger.core.state.rows import EXPIRED, IssuedBatch
from carbon_ledger.queries.holdings import expired_by
from carbon_ledger.queries.ledger_page.scope import Scope
from carbon_ledger.reports.ledger_page.contents import Listed, UnitContents, Units

MOST_INSTRUMENTS = 8
MOST_VINTAGES = 40
MOST_ACCOUNTS = 50

Counts = dict[str, int]


def unit_contents(scope: Scope) -> UnitContents:
    """Where every unit of the report is, from the pieces of its batches."""
    by_instrument: dict[str, Counts] = {}
    by_vintage: dict[tuple[int, str, str, str | None], Counts] = {}
    by_account: dict[tuple[str, str], Counts] = {}
    over = expired_by(scope.view, scope.at_utc)
    for found in batches(scope):
        batch = found.batch
        vintage = (batch.vintage, batch.project, batch.instrument, batch.registry)
        for piece in scope.view.pieces(batch.batch_id, 1, batch.count):
            state = EXPIRED if over(piece) else piece.state
            _add(by_instrument.setdefault(batch.instrument, {}), state, piece.count)
            _add(by_vintage.setdefault(vintage, {}), state, piece.count)
            if scope.has_account(piece.account):
                _add(by_account.setdefault((piece.account, batch.instrument), {}), state, piece.count)
    units = {name: _unit_of(scope, name) for name in by_instrument}
    return UnitContents(
        instruments=_instruments(by_instrument, units),
        vintages=_vintages(by_vintage, units),
        accounts=_accounts(scope, by_account, units),
    )


def _add(counts: Counts, state: str, count: int) -> None:
    counts[state] = counts.get(state, 0) + count


def batches(scope: Scope) -> Iterator[IssuedBatch]:
    """The batches of the report's projects; and those that were imported, unless the report is of some projects."""
    view = scope.view
    for project in scope.projects:
        for issuance in view.issuances(project):
            yield from view.batches(issuance.n)
    if scope.only_projects is None:
        yield from (lookup.batch(view, name) for name in view.registrations("external"))


def _unit_of(scope: Scope, instrument: str) -> str:
    """The unit of an instrument, as the ledger pins it."""
    n = scope.view.registration("instrument", instrument)
    return "" if n is None else str(scope.view.entry(n).event["instrument"]["unit"])


def _instruments(found: dict[str, Counts], units: dict[str, str]) -> Listed[Units]:
    rows = [Units(instrument=name, unit=units[name], states=counts) for name, counts in sorted(found.items())]
    return Listed(tuple(rows[:MOST_INSTRUMENTS]), len(rows), "balance(account, instrument=...)")


def _vintages(found: dict[tuple[int, str, str, str | None], Counts], units: dict[str, str]) -> Listed[Units]:
    newest = sorted(found, key=lambda key: (-key[0], key[1], key[2], key[3] or ""))[:MOST_VINTAGES]
    rows = tuple(
        Units(
            instrument=instrument,
            unit=units[instrument],
            states=found[vintage, project, instrument, registry],
            project=project,
            registry=registry,
            vintage=vintage,
        )
        for vintage, project, instrument, registry in newest
    )
    return Listed(rows, len(found), "positions(project=..., vintage=...)")


def _accounts(scope: Scope, found: dict[tuple[str, str], Counts], units: dict[str, str]) -> Listed[Units]:
    rows = (
        Units(instrument=instrument, unit=units[instrument], states=counts, account=account)
        for (account, instrument), counts in sorted(found.items())
    )
    largest = nlargest(MOST_ACCOUNTS, rows, key=lambda item: (item.held, item.total))
    named = tuple(_named(scope, item) for item in largest)
    return Listed(named, len(found), "positions(account)")


def _named(scope: Scope, item: Units) -> Units:
    holder = account_at(scope.view, item.account or "", scope.at_utc).name
    return Units(
        instrument=item.instrument,
        unit=item.unit,
        states=item.states,
        account=item.account,
        account_name=holder,
    )
