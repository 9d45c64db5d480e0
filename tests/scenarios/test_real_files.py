"""The three hourly files of 2016: read, recorded, issued and reconciled to the Wh."""

from decimal import Decimal

import pytest
from tests.conftest import device, shared_file

import carbon_ledger as cl

pytestmark = pytest.mark.outside

FILES = [
    ("ercot_hydro_2016.csv", "UTC Time", "generation", "%m/%d/%Y %H:%M", "1060477.777276", 1_060_477_777_276),
    ("neiso_hydro_2016.csv", "time", "hydro", None, "6764102.82613564999758", 6_764_102_824_886),
    ("nyiso_hydro_2016.csv", "date_time", "GenMWh", "%m/%d/%y %H:%M", "26197703.8014283", 26_197_703_801_428),
]


@pytest.mark.parametrize(("name", "time", "value", "layout", "printed", "kept_wh"), FILES, ids=[f[0] for f in FILES])
def test_a_year_of_hours_reconciles_to_the_wh(
    ledger: cl.Ledger, name: str, time: str, value: str, layout: str | None, printed: str, kept_wh: int
) -> None:
    """Invariants 1, 2, 5 and 18; sums as printed, then cut by a named choice."""
    path = shared_file(f"data/generation/{name}")
    columns = {"time_column": time, "value_column": value, "time_format": layout, "zone": "UTC"}
    if Decimal(printed) * 10**6 != kept_wh:
        with pytest.raises(cl.errors.InexactNumberError, match=name):
            cl.read_meter_csv(path, **columns)
    file = cl.read_meter_csv(path, **columns, rounding=cl.Rounding("floor", places=0))
    assert file.exact_total == Decimal(printed)
    assert file.total_wh == kept_wh
    assert file.exact_total * 10**6 - file.cut == kept_wh
    year = cl.Period.year(2016, zone="UTC")
    assert (file.period, file.gaps) == (year, ())

    ledger.register_device(device(zone="UTC", capacity="10 GW", commissioned="2000-01-01"))
    for project, instrument in (("hours", "GC"), ("months", "I-REC-E")):
        ledger.register_project(cl.Project(id=project, instrument=instrument, zone="UTC", devices=("plant",)))
    with ledger.batch():
        for run in file.runs:
            ledger.record_run("plant", run, evidence=file.sha256)
    assert ledger.generation("plant", year).to("Wh").magnitude == kept_wh
    for k in range(1, 13):
        ledger.issue("hours" if k % 2 else "months", cl.Period.month(2016, k, zone="UTC"), to="op")
    hours, months = ledger.reconcile("hours", year), ledger.reconcile("months", year)
    assert hours.holds
    assert months.holds
    assert hours.claimed_wh + months.claimed_wh == kept_wh == hours.generated_wh
    assert hours.counted == hours.claimed_wh
    assert months.counted + months.carry == Decimal(months.claimed_wh) / 10**6
    with pytest.raises(cl.errors.DoubleIssuanceError):
        ledger.issue("months", cl.Period.month(2016, 1, zone="UTC"), to="op")
    assert ledger.audit().findings == ()
