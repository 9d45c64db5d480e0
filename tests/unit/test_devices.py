"""Devices: fields that contradict each other are refused by the class, and therefore in a forged entry too."""

from decimal import Decimal

import pytest
from attrs import evolve
from tests.conftest import device

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core.rules import apply

DAM = {"technology": "hydro/reservoir", "reservoir_area": "7 km2"}

CONTRADICTIONS: dict[str, tuple[dict[str, object], dict[str, object], str]] = {
    "a negative area": (
        {**DAM, "reservoir_area": "-7 km2"},
        {"technology": "hydro/reservoir", "reservoir_area_m2": "-7000000"},
        "reservoir_area -7000000 m2, expected 0 m2 or more",
    ),
    "a negative area before": (
        {**DAM, "reservoir_area_before": "-1 m2"},
        {"technology": "hydro/reservoir", "reservoir_area_m2": "7", "reservoir_area_before_m2": "-1"},
        "reservoir_area_before -1 m2, expected 0 m2 or more",
    ),
    "an area before above the area": (
        {**DAM, "reservoir_area_before": "7000000.5 m2"},
        {"technology": "hydro/reservoir", "reservoir_area_m2": "7", "reservoir_area_before_m2": "7.5"},
        "expected at most reservoir_area",
    ),
    "an area before without an area": (
        {"reservoir_area_before": "7 km2"},
        {"reservoir_area_before_m2": "7"},
        "without reservoir_area; give both",
    ),
    "a reservoir of nothing": (
        {**DAM, "reservoir_area": "0 m2"},
        {"technology": "hydro/reservoir", "reservoir_area_m2": "0"},
        "reservoir_area 0 m2, but hydro/reservoir has a reservoir",
    ),
    "a reservoir of nothing before and after": (
        {**DAM, "reservoir_area": "0 m2", "reservoir_area_before": "0 m2"},
        {"technology": "hydro/reservoir", "reservoir_area_m2": "0", "reservoir_area_before_m2": "0"},
        "reservoir_area 0 m2, but hydro/reservoir has a reservoir",
    ),
    "a reservoir of a wind farm": (
        {"technology": "wind/onshore", "reservoir_area": "7 km2"},
        {"technology": "wind/onshore", "reservoir_area_m2": "7"},
        "but wind/onshore has no reservoir; leave it out",
    ),
    "a reservoir before a solar plant": (
        {"technology": "solar/photovoltaic", "reservoir_area_before": "0 m2"},
        {"technology": "solar/photovoltaic", "reservoir_area_before_m2": "0"},
        "but solar/photovoltaic has no reservoir; leave it out",
    ),
    "more capacity before": (
        {"capacity_before": "100000001 W"},
        {"capacity_before_w": 100_000_001},
        "capacity_before 100000001 W, expected from 0 W to the capacity, 100000000 W",
    ),
    "a negative capacity before": (
        {"capacity_before": "-1 W"},
        {},
        "capacity_before -1 W, expected from 0 W",
    ),
    "a negative station load": ({"station_load": "-1 W"}, {}, "station_load -1 W, expected 0 W or more"),
    "a negative capacity": ({"capacity": "-4 MW"}, {}, "capacity -4000000 W, expected more than 0 W"),
}


@pytest.mark.parametrize("what", CONTRADICTIONS)
def test_fields_that_contradict_each_other_are_refused(ledger: cl.Ledger, what: str) -> None:
    """The power density of a plant decides whether it is eligible: a sign slip must not pass."""
    fields, forged, message = CONTRADICTIONS[what]
    with pytest.raises(errors.QuantityError, match=message.replace("(", r"\(")):
        device(**fields)
    if forged:  # the schema of the event refuses the other numbers below zero
        ledger.register_device(device())
        entry = ledger.entry(ledger.size - 1)
        with pytest.raises(errors.QuantityError):
            apply(ledger._store.view(entry.n), evolve(entry, event={**entry.event, **forged}))


@pytest.mark.parametrize(
    "fields",
    [
        DAM,
        {**DAM, "reservoir_area_before": "0 m2"},
        {**DAM, "reservoir_area_before": "7 km2", "capacity_before": "100 MW"},
        {"technology": "hydro/reservoir"},
        {"reservoir_area": "0 m2"},
        {"reservoir_area": "7 km2", "reservoir_area_before": "7 km2"},
        {"capacity_before": "0 W", "station_load": "0 W"},
        {"station_load": "10 MW"},
    ],
)
def test_what_agrees_is_registered_and_read_again(ledger: cl.Ledger, fields: dict[str, object]) -> None:
    assert ledger.register_device(device(**fields)) == ledger.device("plant") == device(**fields)
    assert cl.Device.from_record(device(**fields).to_record()) == device(**fields)
    assert ledger.audit().passed


def test_a_station_load_is_pinned_only_where_it_was_given(ledger: cl.Ledger) -> None:
    ledger.register_device(device())
    assert "station_load_w" not in ledger.entry(ledger.size - 1).event
    ledger.register_device(device("second", station_load="2.5 MW"))
    assert ledger.entry(ledger.size - 1).event["station_load_w"] == 2_500_000
    assert device("second", station_load="2.5 MW").station_load_w == 2_500_000


@pytest.mark.parametrize("duration_s", [1, 7, 900, 3600, 86_400])
def test_the_default_station_load_is_a_tenth_of_the_capacity_and_at_least_50_kw(duration_s: int) -> None:
    """Rounded down to the Wh. ledger-model section 2."""
    for watts in (12, 499_999, 500_000, 500_001, 4_000_003):
        exact = max(Decimal(watts) / 10, Decimal(50_000)) * duration_s / 3600
        assert device(capacity=f"{watts} W").most_import_wh(duration_s) == int(exact)
    assert device(station_load="5 kW").most_import_wh(duration_s) == 5000 * duration_s // 3600
    assert device(station_load="0 W").most_import_wh(duration_s) == 0


@pytest.mark.parametrize("name", ["commissioned", "metered_since", "decommissioned"])
def test_a_day_that_is_none_is_named(name: str) -> None:
    with pytest.raises(errors.PeriodError, match=f"{name}: '2024' is not a date"):
        device(**{name: "2024"})
