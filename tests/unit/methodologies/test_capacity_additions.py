"""Capacity additions of wind, solar, wave and tidal power: the added units are credited by their own meters."""

from decimal import Decimal
from typing import Any

import pytest

from carbon_ledger.devices import Device
from carbon_ledger.errors import NotApplicableError, QuantityError
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.methodologies import METHODOLOGIES, Activity, FuelUse, VintageGeneration, quantify_lines
from carbon_ledger.methodologies.capacity_additions import addition_faults, is_added
from carbon_ledger.periods import Period

MWH = 10**6
FACTOR = EmissionFactor(factor_id="f", value="0.5", unit="tCO2e/MWh", kind="combined_margin", region="AZ", source="s")
HISTORY = tuple((year, 40_000 * MWH) for year in range(2019, 2024))
EVERY = ["wind/onshore", "wind/offshore", "solar/photovoltaic", "tidal", "wave"]


def unit(name: str, before: str | None = "0 MW", technology: str = "wind/onshore", **more: Any) -> Device:
    fields: dict[str, Any] = {
        "id": name,
        "name": name,
        "technology": technology,
        "capacity": "10 MW",
        "capacity_before": before,
        "country": "AZ",
        "grid": "AZ",
        "zone": "Asia/Baku",
    }
    return Device(**(fields | more))


def park(technology: str = "wind/onshore", **more: Any) -> Activity:
    """An old unit that generated 30,000 MWh, and an added one that generated 20,000 MWh."""
    fields: dict[str, Any] = {
        "project": "park",
        "baseline": "capacity-addition",
        "crediting_period_ordinal": 1,
        "devices": (unit("old", "10 MW", technology), unit("new", technology=technology)),
        "period": Period.year(2024, zone="Asia/Baku"),
        "generation": (
            VintageGeneration(2024, "old", 30_000 * MWH),
            VintageGeneration(2024, "new", 20_000 * MWH),
        ),
        "zone": "Asia/Baku",
    }
    return Activity(**(fields | more))


@pytest.mark.parametrize("key", ["ACM0002@22.0", "AMS-I.D@18.0"])
@pytest.mark.parametrize("technology", EVERY)
def test_the_net_generation_of_the_added_units_is_credited(key: str, technology: str) -> None:
    """ACM0002 v22, paragraph 8(b) and equation (13): no history, EG_PJ = EG_PJ_Add. [S]"""
    lines, amounts = quantify_lines(METHODOLOGIES[key], park(technology), FACTOR)
    found = {line.symbol: line for line in lines}
    assert amounts == ((2024, Decimal(10_000)),)
    assert found["EG[2024]"].inputs == ("EG[2024,new]",)
    assert "EG[2024,old]" not in found
    assert not [symbol for symbol in found if symbol.startswith(("EG_hist", "EG_base", "EG_facility"))]
    expected = "equation (13)" if key == "ACM0002@22.0" else "section 5.4"
    assert expected in found["EG[2024]"].source


def test_a_project_may_list_its_added_units_alone() -> None:
    alone = park(devices=(unit("new"),), generation=(VintageGeneration(2024, "new", 20_000 * MWH),))
    assert quantify_lines(METHODOLOGIES["ACM0002@22.0"], alone, FACTOR)[1] == ((2024, Decimal(10_000)),)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"history": HISTORY}, "wind/onshore: their own net generation is credited, and no history is subtracted"),
        ({"replaced_on": "2031-01-01"}, "nothing is subtracted for the old ones; leave out replaced_on"),
        (
            {"devices": (unit("old", "4 MW"), unit("new"))},
            "old adds capacity to a unit that had some before the project",
        ),
        ({"devices": (unit("old", None), unit("new"))}, "capacity of old before the project was not recorded"),
        ({"devices": (unit("old", "10 MW"), unit("new", "10 MW"))}, "register the project as a retrofit"),
        (
            {"devices": (unit("old", "0 MW", "hydro/run-of-river"), unit("new"))},
            "new is wind/onshore and old is hydro/run-of-river, whose additions follow different rules",
        ),
    ],
)
def test_what_is_no_metered_addition(change: dict[str, Any], named: str) -> None:
    with pytest.raises(NotApplicableError, match=named):
        quantify_lines(METHODOLOGIES["ACM0002@22.0"], park(**change), FACTOR)


@pytest.mark.parametrize("technology", ["hydro/run-of-river"])
def test_an_addition_of_hydropower_has_a_history_as_before(technology: str) -> None:
    """40,000 MWh a year before, 50,000 with the project: 10,000 MWh are credited."""
    method = METHODOLOGIES["ACM0002@22.0"]
    with pytest.raises(NotApplicableError, match="a history of 0 years, but at least 5"):
        quantify_lines(method, park(technology), FACTOR)
    made = park(technology, history=HISTORY, replaced_on="2031-01-01")
    assert quantify_lines(method, made, FACTOR)[1] == ((2024, Decimal(5_000)),)


def test_emissions_of_a_year_in_which_only_the_old_unit_ran_are_not_dropped() -> None:
    fuel = FuelUse(
        fuel="diesel", amount="1 t", ncv="43.3 GJ/t", emission_factor="74.8 kgCO2/GJ", vintage=2024,
        basis="ipcc-upper", source="s",
    )  # fmt: skip
    made = park(generation=(VintageGeneration(2024, "old", MWH),), fuel_uses=[fuel])
    with pytest.raises(QuantityError, match="no generation of that vintage"):
        quantify_lines(METHODOLOGIES["ACM0002@22.0"], made, FACTOR)


def test_an_added_unit_says_that_it_had_no_capacity() -> None:
    assert [is_added(unit("u", before)) for before in ("0 MW", "1 W", None)] == [True, False, False]


@pytest.mark.parametrize(("befores", "named"), [((None, None), "old and new"), (("10 MW", None), "new")])
def test_the_capacity_before_the_project_is_recorded(befores: tuple[str | None, str | None], named: str) -> None:
    """A unit whose record does not say that it was added is not credited, so that the project never issues anything."""
    devices = [unit(name, before) for name, before in zip(("old", "new"), befores, strict=True)]
    (fault,) = addition_faults(devices, with_history=False)
    assert fault == (
        f"the capacity of {named} before the project was not recorded; register the devices with capacity_before, "
        'which is "0 MW" for an added unit'
    )
