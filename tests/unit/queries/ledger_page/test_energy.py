"""Generation by month: each month is what `reconcile` states, every step is counted once, and nothing is left out."""

from tests.conftest import Clock, device
from tests.support.reported_ledgers import BAKU, begun, contents_of, hourly

import carbon_ledger as cl
from carbon_ledger.queries.ledger_page.energy import MONTHS
from carbon_ledger.reports.ledger_page.contents import Energy, ProjectEnergy


def energy_of(ledger: cl.Ledger) -> ProjectEnergy:
    (found,) = contents_of(ledger).energy.items
    return found


def agrees(ledger: cl.Ledger, item: Energy, period: cl.Period) -> bool:
    of = ledger.reconcile("p", period)
    return (item.claimed_wh, item.elsewhere_wh, item.free_wh) == (
        of.claimed_wh,
        of.claimed_elsewhere_wh,
        of.excluded_wh + of.unclaimed_wh,
    )


def plant(zone: str = BAKU, instrument: str = "I-REC-E") -> cl.Ledger:
    ledger = begun()
    ledger.open_account("op", name="Operator")
    ledger.register_device(device())
    ledger.register_project(cl.Project(id="p", instrument=instrument, zone=zone, devices=("plant",)))
    return ledger


def test_each_month_is_what_reconcile_states() -> None:
    ledger = hourly()
    found = energy_of(ledger)
    assert [item.label for item in found.months] == [f"2025-{month:02d}" for month in range(1, 10)]
    for item in found.months:
        assert agrees(ledger, item, cl.Period.month(item.first // 12, item.first % 12 + 1, zone=BAKU))
    whole = ledger.reconcile("p", cl.Period.year(2025, zone=BAKU))
    assert (found.generated_wh, found.claimed_wh) == (whole.generated_wh, whole.claimed_wh)


def test_a_reading_of_several_months_is_a_row_of_its_own() -> None:
    ledger = plant()
    period = cl.Period.of("2024-08-25", "2025-04-29", zone=BAKU)
    ledger.record_generation("plant", period, net="70 GWh")
    ledger.record_generation("plant", cl.Period.of("2025-04-29", "2025-05-01", zone=BAKU), net="1 MWh")
    (long, short) = energy_of(ledger).months
    assert (long.label, long.first, long.last) == ("2024-08 to 2025-04", 2024 * 12 + 7, 2025 * 12 + 3)
    assert (short.label, short.generated_wh, long.generated_wh) == ("2025-04", 10**6, 70 * 10**9)


def test_an_hour_across_the_end_of_a_month_belongs_to_the_month_of_its_start() -> None:
    ledger = plant("Asia/Kolkata")  # half an hour beside the hours of UTC
    ledger.record_readings("plant", start="2025-04-30T00:00Z", step="1 hour", net_wh=[1] * 48)
    found = energy_of(ledger)
    assert [(item.label, item.generated_wh) for item in found.months] == [("2025-04", 19), ("2025-05", 29)]


def test_what_is_older_than_three_years_is_one_row() -> None:
    ledger = plant()
    with ledger.batch():
        for month in range(48):
            period = cl.Period.month(2021 + month // 12, month % 12 + 1, zone=BAKU)
            ledger.record_generation("plant", period, net=f"{month + 1} MWh")
        ledger.issue("p", cl.Period.month(2021, 5, zone=BAKU), to="op")
    found = energy_of(ledger)
    assert len(found.months) == MONTHS
    assert found.earlier is not None
    assert (found.earlier.label, found.earlier.generated_wh) == ("before 2022-01", sum(range(1, 13)) * 10**6)
    assert agrees(ledger, found.earlier, cl.Period.year(2021, zone=BAKU))
    assert found.generated_wh == sum(range(1, 49)) * 10**6


def test_a_run_across_the_edge_of_the_window_is_counted_once() -> None:
    """A run of daily steps that begins before the first month that is shown."""
    ledger = plant("UTC")
    ledger.record_readings("plant", start="2021-12-01T12:00Z", step="24 hours", net_wh=[1] * 60)
    ledger.record_generation("plant", cl.Period.month(2024, 12, zone="UTC"), net="1 MWh")
    found = energy_of(ledger)
    assert found.earlier is not None
    assert (found.earlier.label, found.earlier.generated_wh) == ("before 2022-01", 30)
    assert [(item.label, item.generated_wh) for item in found.months[:2]] == [("2021-12", 1), ("2022-01", 29)]
    assert found.generated_wh == 60 + 10**6


def test_an_old_reading_is_found_however_long_nothing_was_recorded() -> None:
    ledger = plant()
    ledger.record_generation("plant", cl.Period.month(2020, 2, zone=BAKU), net="3 MWh")
    assert [(item.label, item.generated_wh) for item in energy_of(ledger).months] == [("2020-02", 3 * 10**6)]


def test_what_was_not_measured_is_summed() -> None:
    ledger = plant()
    for month, quality in ((5, "estimated"), (6, "substituted"), (7, "measured")):
        period = cl.Period.month(2025, month, zone=BAKU)
        ledger.record_generation("plant", period, net=f"{month} MWh", quality=quality)
    found = energy_of(ledger)
    whole = ledger.reconcile("p", cl.Period.year(2025, zone=BAKU))
    assert (
        (found.estimated_wh, found.substituted_wh) == (whole.estimated_wh, whole.substituted_wh) == (5000000, 6000000)
    )


def test_hours_without_energy_of_granular_certificates_are_not_claimed() -> None:
    ledger = plant("UTC", "GC")
    ledger.record_readings("plant", start="2025-05-01T00:00Z", step="1 hour", net_wh=[3, -1, 2])
    ledger.issue("p", cl.Period.of("2025-05-01T00:00Z", "2025-05-01T03:00Z"), to="op")
    (item,) = energy_of(ledger).months
    assert (item.claimed_wh, item.free_wh, item.generated_wh) == (5, -1, 4)


def test_energy_that_another_project_claims_is_apart() -> None:
    ledger = plant()
    ledger.register_project(cl.Project(id="q", instrument="EECS-GO", zone=BAKU, devices=("plant",)))
    may = cl.Period.month(2025, 5, zone=BAKU)
    ledger.record_generation("plant", may, net="2 MWh")
    ledger.issue("q", may, to="op")
    found = {item.project: item.months[0] for item in contents_of(ledger).energy.items}
    assert (found["p"].elsewhere_wh, found["q"].claimed_wh) == (2 * 10**6, 2 * 10**6)
    assert agrees(ledger, found["p"], may)


def test_a_ledger_without_readings_has_no_months() -> None:
    assert contents_of(begun(clock=Clock())).energy.items == ()
    assert contents_of(plant()).energy.items == ()
