"""Where every unit is: the page's numbers are those of the ledger's own balances, and add up to what was issued."""

from pathlib import Path

import pytest
from tests.conftest import Clock, device
from tests.support.expiring_plant import expire, issued, month, set_up
from tests.support.reported_ledgers import BAKU, begun, contents_of, crowded, full, hostile, hourly

import carbon_ledger as cl
from carbon_ledger.core.state.rows import STATES
from carbon_ledger.reports.ledger_page.contents import SHOWN_STATES


def ledgers(folder: Path) -> list[cl.Ledger]:
    return [full(folder), hourly(), hostile(), begun()]


def test_the_units_of_an_instrument_are_those_that_were_issued_and_imported(tmp_path: Path) -> None:
    """Domain invariant 10."""
    for ledger in ledgers(tmp_path):
        found = contents_of(ledger).units
        issued: dict[str, int] = {}
        projects = ledger._view().registrations("project")
        for batch in [*ledger.imported(), *(item for name in projects for item in ledger.batches(name))]:
            issued[batch.instrument] = issued.get(batch.instrument, 0) + batch.count
        assert {item.instrument: item.total for item in found.instruments.items} == issued
        for instrument, count in issued.items():
            assert sum(item.total for item in found.vintages.items if item.instrument == instrument) == count
            assert sum(item.total for item in found.accounts.items if item.instrument == instrument) == count


def test_the_units_of_an_account_are_its_balance(tmp_path: Path) -> None:
    for ledger in ledgers(tmp_path):
        for item in contents_of(ledger).units.accounts.items:
            balance = ledger.balance(item.account or "", instrument=item.instrument)
            assert {state: item.states.get(state, 0) for state in SHOWN_STATES} == {
                state: getattr(balance, state) for state in SHOWN_STATES
            }
            assert item.account_name == ledger.account(item.account or "").name


def test_every_state_is_shown() -> None:
    assert sorted(SHOWN_STATES) == sorted([*STATES, "expired"])


def test_units_that_have_expired_are_shown_as_expired(clock: Clock) -> None:
    ledger = begun(clock=clock)
    ledger.open_account("op", name="Op")
    set_up(ledger)
    issued(ledger, month(5), project="go")
    assert [item.states for item in contents_of(ledger).units.instruments.items] == [{"active": 10}]
    expire(clock)
    ledger.open_account("later", name="Later")  # the page is of the time of the newest entry
    assert [item.states for item in contents_of(ledger).units.instruments.items] == [{"expired": 10}]


def test_a_page_of_some_projects_has_their_units_alone(tmp_path: Path) -> None:
    ledger = full(tmp_path)
    found = contents_of(ledger, projects=("p",)).units
    assert [item.instrument for item in found.instruments.items] == ["EECS-GO"]
    assert {item.project for item in found.vintages.items} == {"p"}
    found = contents_of(ledger, accounts=("buyer",)).units
    assert {item.account for item in found.accounts.items} == {"buyer"}
    assert len(found.instruments.items) == 4  # what every unit is, whoever holds it


def test_a_large_ledger_shows_the_largest_accounts_and_how_many_more_there_are() -> None:
    found = contents_of(crowded(80)).units.accounts
    assert (len(found.items), found.total, found.more) == (50, 80, 30)
    assert found.items[0].account == "a0"
    assert found.items[0].held == max(item.held for item in found.items)


@pytest.mark.parametrize("count", [1, 2])
def test_one_unit(count: int) -> None:
    ledger = begun(clock=Clock())
    ledger.open_account("op", name="Op")
    ledger.register_device(device())
    ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone=BAKU, devices=("plant",)))
    may = cl.Period.month(2025, 5, zone=BAKU)
    ledger.record_generation("plant", may, net=f"{count} MWh")
    ledger.issue("p", may, to="op")
    assert [item.total for item in contents_of(ledger).units.instruments.items] == [count]
