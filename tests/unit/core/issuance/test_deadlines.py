"""The last day of issuance: by month of production, or one fixed day, as data of an instrument."""

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve
from tests.conftest import Clock, device, dump

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core.rules import apply
from carbon_ledger.instruments import IssuanceDeadline

BAKU = "Asia/Baku"
WAIVER = cl.Waiver("issuance-deadline", "the registry allowed it, letter 12")
HALVES = (IssuanceDeadline(1, 6, 1, 5, 31), IssuanceDeadline(7, 12, 1, 11, 30))


def begin(ledger: cl.Ledger, **rule: Any) -> None:
    instrument = cl.Instrument(id="NATIONAL", name="National", unit="MWh", claim="energy-attribute", **rule)
    ledger.register_device(device())
    ledger.register_project(cl.Project(id="n", instrument=instrument, zone=BAKU, devices=("plant",)))


def day_after(text: str) -> cl.Period:
    return cl.Period.day(text, zone=BAKU)


@pytest.mark.parametrize(
    ("month", "last"), [(1, "2026-05-31"), (6, "2026-05-31"), (7, "2026-11-30"), (12, "2026-11-30")]
)
def test_production_is_issued_until_its_last_day(ledger: cl.Ledger, clock: Clock, month: int, last: str) -> None:
    """The last day is a local day of the project's zone, and it is included."""
    begin(ledger, issuance_deadlines=HALVES)
    period = cl.Period.month(2025, month, zone=BAKU)
    ledger.record_generation("plant", period, net="10 MWh")
    clock.now = day_after(last).end
    before = dump(ledger)
    with pytest.raises(errors.RefusedError, match=f"could be issued until {last}") as refusal:
        ledger.issue("n", period, to="op")
    assert refusal.value.rule == "issuance-deadline"
    assert dump(ledger) == before
    clock.now -= timedelta(microseconds=10)
    assert ledger.issue("n", period, to="op")[0].count == 10
    assert ledger.audit().findings == ()


def test_every_month_that_is_issued_counts(ledger: cl.Ledger, clock: Clock) -> None:
    """Months whose day has passed cannot be issued among later ones; the message names the first and their number."""
    begin(ledger, issuance_deadlines=HALVES)
    for month in (4, 5, 7):
        ledger.record_generation("plant", cl.Period.month(2025, month, zone=BAKU), net="10 MWh")
    clock.now = day_after("2026-06-01").start
    whole = cl.Period.of("2025-04-01", "2025-08-01", zone=BAKU)
    gap = cl.Waiver("gap", "June was not metered")
    with pytest.raises(errors.RefusedError, match=r"produced in 2025-04 .* 2026-06-01 \(2 months of the period are"):
        ledger.issue("n", whole, to="op", waivers=[gap])
    assert ledger.issue("n", cl.Period.month(2025, 7, zone=BAKU), to="op")[0].count == 10
    assert ledger.issue("n", whole, to="op", waivers=[gap, WAIVER])[0].count == 20
    assert ledger.entry(ledger.size - 1).event["waivers"][-1] == {"name": WAIVER.name, "reason": WAIVER.reason}


def test_a_fixed_last_day_holds_for_all_production(ledger: cl.Ledger, clock: Clock) -> None:
    begin(ledger, last_issue_day="2026-03-31", issuance_deadlines=HALVES)
    late = cl.Period.month(2025, 12, zone=BAKU)
    ledger.record_generation("plant", late, net="10 MWh")
    clock.now = day_after("2026-04-01").start
    with pytest.raises(errors.RefusedError, match="until 2026-03-31, and the day is 2026-04-01"):
        ledger.issue("n", late, to="op")
    assert ledger.issue("n", late, to="op", waivers=[WAIVER])[0].count == 10


def test_a_forged_entry_without_the_waiver_is_refused(ledger: cl.Ledger, clock: Clock) -> None:
    """Invariant 34: the rule refuses it, too."""
    begin(ledger, last_issue_day="2026-03-31")
    late = cl.Period.month(2025, 12, zone=BAKU)
    ledger.record_generation("plant", late, net="10 MWh")
    ledger.issue("n", late, to="op")
    n = ledger.size - 1
    entry, view = ledger.entry(n), ledger._store.view(n)
    assert apply(view, entry)
    with pytest.raises(errors.RefusedError, match="could be issued until 2026-03-31"):
        apply(view, evolve(entry, at="2026-04-01T00:00:00.000000Z"))


def test_a_fixed_last_day_of_use(ledger: cl.Ledger, clock: Clock) -> None:
    """Units of all production expire with that local day, or earlier."""
    begin(ledger, last_use_day="2026-03-31", valid_months=24, transferable_months=2)
    batches = []
    for month in (11, 12):
        period = cl.Period.month(2025, month, zone=BAKU)
        ledger.record_generation("plant", period, net="10 MWh")
        batches += ledger.issue("n", period, to="op")
    ends = day_after("2026-03-31")
    assert [batch.expires_utc for batch in batches] == [ends.end_utc] * 2
    months = [cl.Period.month(2026, month, zone=BAKU) for month in (2, 3)]
    assert [batch.transferable_until_utc for batch in batches] == [period.start_utc for period in months]
    clock.now = ends.end
    assert (ledger.balance("op").active, ledger.balance("op").expired) == (0, 20)
