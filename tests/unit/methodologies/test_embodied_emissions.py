"""VMR0017 v1.0: embodied emissions of plants that existed before, and what is credited for them.

The figures were calculated apart from the code, with fractions.
"""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.verra_plants import activity, device, margin, quantified, refused

from carbon_ledger.methodologies import METHODOLOGIES, Activity, VintageGeneration, quantify_lines
from carbon_ledger.methodologies.embodied_emissions import added_wh

MWH = 10**6
W23 = tuple(zip(range(2022, 2027), (38_200, 41_500, 36_900, 40_100, 39_300), strict=True))
KEPT = {"replaced_on": "2040-01-01", "zone": "UTC"}


def flat(mwh: int) -> list[tuple[int, int]]:
    """A history without a deviation, so that the baseline of a year is *mwh*."""
    return [(year, mwh * MWH) for year, _ in W23]


def mill(
    net_wh: int, history: list[tuple[int, int]], capacity: str = "10 MW", before: str = "6 MW", **more: Any
) -> Any:
    """A hydropower plant that is enlarged."""
    fields: dict[str, Any] = {"baseline": "capacity-addition", "history": history, **KEPT}
    return activity(device(capacity=capacity, capacity_before=before), net_wh=net_wh, **(fields | more))


def park(*added: Any, **more: Any) -> Activity:
    """Old turbines without a reading, and added units."""
    old = device("old", technology="wind/onshore", capacity_before="10 MW")
    fields: dict[str, Any] = {
        "baseline": "capacity-addition",
        "generation": [VintageGeneration(2027, name, wh) for name, _, wh in added],
    }
    made = [device(name, technology=technology, capacity_before="0 MW") for name, technology, _ in added]
    return activity(old, *made, **(fields | more))


# --- added units with meters of their own -------------------------------------------------------------


def test_metered_additions_have_the_embodied_emissions_of_what_they_generate() -> None:
    """VMR0017 v1.0, equations (13) and (20), EG_PJ_Add: 20,000 x 13 + 5,000 x 43 kg = 475 t; 25,000 x 0.5 - 475. [S]"""
    found = quantified(
        park(("new", "wind/onshore", 20_000 * MWH), ("sun", "solar/photovoltaic", 5_000 * MWH)), margin()
    )
    assert found["EG[2027]"].value == 25_000
    assert (found["LE[2027,new]"].value, found["LE[2027,sun]"].value) == (260, 215)
    assert found["LE[2027]"].value == 475
    assert found["ER[2027]"].value == 12_025
    assert not {"EG[2027,old]", "LE[2027,old]"} & set(found)
    assert "equation (20)" in found["LE[2027,new]"].source
    assert "equation (13)" in found["EG[2027]"].source


def test_the_factors_of_added_units_alone_are_lines() -> None:
    old = device("old", technology="solar/photovoltaic", capacity_before="10 MW")
    new = device("new", technology="wind/onshore", capacity_before="0 MW")
    made = activity(old, new, baseline="capacity-addition", generation=[VintageGeneration(2027, "new", 20_000 * MWH)])
    found = quantified(made, margin())
    assert [symbol for symbol in found if symbol.startswith("EF_embodied")] == ["EF_embodied_wind"]


def test_an_added_unit_that_takes_energy_has_no_embodied_emissions() -> None:
    found = quantified(park(("new", "wind/onshore", -100 * MWH)), margin())
    assert (found["LE[2027]"].value, found["ER[2027]"].value) == (0, -50)


# --- hydropower, whose added capacity has no meter ----------------------------------------------------


def test_w23_the_share_of_the_added_capacity_where_it_is_the_larger() -> None:
    """W23 and equation (20): 4,039.318313 MWh are credited, and 4/10 of 45,000 are 18,000 MWh x 21 kg = 378 t. [S]"""
    found = quantified(mill(45_000 * MWH, [(year, mwh * MWH) for year, mwh in W23]), margin())
    assert found["EG[2027]"].value == Decimal("4039.318313")
    assert (found["Cap_add"].value, found["Cap_PJ"].value) == (4, 10)
    assert found["EG_PJ_Add[2027]"].value == 18_000
    assert found["LE[2027]"].value == 378
    assert found["BE[2027]"].value == Decimal("2019.6591565")
    assert found["ER[2027]"].value == Decimal("1641.6591565")
    assert "equation (20)" in found["LE[2027]"].source
    assert found["LE[2027]"].formula == "EG_PJ_Add[2027] x EF_embodied_hydro"
    assert "equation (14)" in found["EG[2027]"].source


def test_what_is_credited_where_it_is_the_larger() -> None:
    """45,000 less 10,000 MWh are credited, more than 18,000: 35,000 x 21 kg = 735 t."""
    found = quantified(mill(45_000 * MWH, flat(10_000)), margin())
    assert found["EG[2027]"].value == found["EG_PJ_Add[2027]"].value == 35_000
    assert (found["LE[2027]"].value, found["ER[2027]"].value) == (735, 17_500 - 735)


def test_the_share_is_rounded_up_to_the_wh() -> None:
    """A third of 10,000,000,001 Wh is 3,333,333,333.67: 3,333.333334 MWh x 21 kg."""
    found = quantified(mill(10_000_000_001, flat(10_000), capacity="9 MW"), margin())
    assert found["EG_PJ_Add[2027]"].value == Decimal("3333.333334")
    assert found["LE[2027]"].value == Decimal("70.000000014")


def test_the_lines_of_a_year_with_an_earlier_issuance() -> None:
    """Of a year of 50,000 MWh, 30,000 were claimed: 12,000 of 20,000 MWh of the year were added energy before."""
    found = quantified(mill(20_000 * MWH, flat(40_000), claimed_before=[(2027, 30_000 * MWH)]), margin())
    assert found["EG_share_before[2027]"].value == found["EG_added_before[2027]"].value == 12_000
    assert found["EG_share[2027]"].value == found["EG_added[2027]"].value == 20_000
    assert found["EG_PJ_Add[2027]"].value == 8_000
    assert found["LE[2027]"].value == 168


def test_a_period_of_imports_has_no_embodied_emissions() -> None:
    """Decision 29: a negative leakage would credit a plant for standing still."""
    found = quantified(mill(-1_000 * MWH, flat(40_000), claimed_before=[(2027, 30_000 * MWH)]), margin())
    assert found["EG_added[2027]"].value == 11_600
    assert (found["EG_PJ_Add[2027]"].value, found["LE[2027]"].value, found["ER[2027]"].value) == (0, 0, 0)


def test_the_share_counts_after_the_plant_would_have_been_replaced() -> None:
    """Equation (14) credits nothing then, but equation (20) still counts the share: 18,000 MWh."""
    for net_mwh, leakage in ((45_000, 378), (-1_000, 0)):
        found = quantified(mill(net_mwh * MWH, flat(40_000), replaced_on="2027-01-01"), margin())
        assert (found["EG[2027]"].value, found["LE[2027]"].value) == (0, leakage)
        assert found["ER[2027]"].value == -leakage
        assert not {"EG_base", "EG_added[2027]"} & set(found)


def test_units_that_are_not_enlarged_are_part_of_the_plant() -> None:
    """Of 5 + 7 MW, 1 MW was added: 1/12 of 24,000 MWh is 2,000."""
    plants = (
        device("a", capacity="5 MW", capacity_before="5 MW"),
        device("b", capacity="7 MW", capacity_before="6 MW"),
    )
    made = activity(
        *plants,
        net_wh=12_000 * MWH,
        baseline="capacity-addition",
        history=flat(23_000),
        **KEPT,
    )
    found = quantified(made, margin())
    assert (found["Cap_add"].value, found["Cap_PJ"].value) == (1, 12)
    assert (found["EG[2027]"].value, found["EG_PJ_Add[2027]"].value, found["LE[2027]"].value) == (1_000, 2_000, 42)


WH = st.integers(0, 10**11)


@given(st.lists(WH, min_size=1, max_size=6), WH, st.integers(0, 20), st.integers(1, 20))
def test_a_year_has_the_same_embodied_emissions_however_it_is_divided(
    parts: list[int], baseline_wh: int, added_w: int, rest_w: int
) -> None:
    """The equation is annual: the energy of a year is that of the year at once, rounded up once to the Wh. [C]"""
    total, capacity_w = 0, added_w + rest_w
    energy = []
    for part in parts:
        before = added_wh(total, baseline_wh, added_w, capacity_w)
        total += part
        energy.append(added_wh(total, baseline_wh, added_w, capacity_w) - before)
    exact = max(Fraction(total - baseline_wh), Fraction(total * added_w, capacity_w))
    assert min(energy) >= 0
    assert exact <= sum(energy) < exact + 1


# --- retrofits, and what is not built -----------------------------------------------------------------


def test_a_retrofit_has_no_embodied_emissions() -> None:
    """VMR0017 v1.0, leakage, has equations for new plants and additions only. 4,039.318313 x 0.5. [S]"""
    made = mill(45_000 * MWH, [(year, mwh * MWH) for year, mwh in W23], baseline="retrofit")
    found = quantified(made, margin())
    assert found["LE[2027]"].value == 0
    assert "no equation for retrofits" in found["LE[2027]"].name
    assert found["ER[2027]"].value == Decimal("2019.6591565")
    assert not [symbol for symbol in found if symbol.startswith(("EF_embodied", "Cap_", "EG_PJ_Add"))]


@pytest.mark.parametrize("technology", ["wind/onshore", "solar/photovoltaic", "tidal", "wave"])
def test_retrofits_of_other_plants_are_not_built(technology: str) -> None:
    plant = device(technology=technology, capacity_before="6 MW")
    made = activity(plant, baseline="retrofit", history=flat(100), **KEPT)
    refused(made, f"plant is {technology}, and the retrofit of such a plant is not built: .* for hydropower alone")


def test_other_units_in_an_addition_with_a_history_are_not_built() -> None:
    plants = (
        device("turbine", capacity_before="6 MW", capacity="7 MW"),
        device("wind", technology="wind/onshore", capacity_before="10 MW"),
    )
    made = activity(*plants, baseline="capacity-addition", history=flat(100), **KEPT)
    refused(made, "wind is wind/onshore, and the capacity-addition of such a plant is not built")


def test_the_limit_of_hydropower_is_that_of_the_whole_plant() -> None:
    """VMR0017 v1.0, table 1, is of the plant, not of what is added. [S]"""
    refused(mill(MWH, flat(10_000), capacity="16 MW", before="10 MW"), "16 MW of hydropower")


def test_a_plant_that_existed_before_has_a_history() -> None:
    refused(mill(MWH, []), "a history of 0 years, but at least 5")
    refused(mill(MWH, flat(10_000), replaced_on=None), "is not recorded; register the project with replaced_on")


def test_other_methodologies_count_no_embodied_emissions() -> None:
    made = mill(45_000 * MWH, [(year, mwh * MWH) for year, mwh in W23])
    lines, amounts = quantify_lines(METHODOLOGIES["ACM0002@22.0"], made, margin(tool="TOOL07@7.0"))
    assert amounts == ((2027, Decimal("2019.6591565")),)
    assert not [line for line in lines if line.symbol.startswith(("EF_embodied", "Cap_", "EG_PJ_Add"))]
