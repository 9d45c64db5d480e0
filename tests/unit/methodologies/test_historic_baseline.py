"""Retrofits and capacity additions: the baseline of a year, rounded up without a root, and what passes it."""

import decimal
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from carbon_ledger.devices import Device
from carbon_ledger.errors import MissingDataError, NotApplicableError, QuantityError
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.methodologies import METHODOLOGIES, Activity, Line, VintageGeneration, quantify_lines
from carbon_ledger.methodologies.historic_baseline import annual_baseline, credited_wh
from carbon_ledger.periods import Period

MWH = 10**6
EXAMPLE = (38_200, 41_500, 36_900, 40_100, 39_300)
HISTORY = tuple((2015 + k, mwh * MWH) for k, mwh in enumerate(EXAMPLE))
BASELINE_WH = 40_960_681_687
EXISTING_KEYS = ("ACM0002@22.0", "AMS-I.D@18.0")
EXISTING = ("retrofit", "capacity-addition")
ZONE = "Asia/Baku"


def plant(name: str = "old", **more: Any) -> Device:
    fields: dict[str, Any] = {
        "id": name,
        "name": name,
        "technology": "hydro/run-of-river",
        "capacity": "12 MW",
        "capacity_before": "8 MW",
        "country": "AZ",
        "grid": "AZ",
        "zone": ZONE,
    }
    return Device(**(fields | more))


def activity(net_wh: int = 50_000 * MWH, **more: Any) -> Activity:
    fields: dict[str, Any] = {
        "project": "rebuilt",
        "baseline": "retrofit",
        "crediting_period_ordinal": 1,
        "devices": (plant(),),
        "period": Period.year(2024, zone=ZONE),
        "generation": (VintageGeneration(2024, "old", net_wh),),
        "history": HISTORY,
        "replaced_on": "2031-07-01",
        "zone": ZONE,
    }
    return Activity(**(fields | more))


MARGIN = EmissionFactor(factor_id="f", value="0.4", unit="tCO2e/MWh", kind="combined_margin", region="AZ", source="s")


def reduced(made: Activity, key: str = "ACM0002@22.0") -> tuple[dict[str, Line], tuple[tuple[int, Decimal], ...]]:
    lines, amounts = quantify_lines(METHODOLOGIES[key], made, MARGIN)
    found = {line.symbol: line for line in lines}
    assert len(found) == len(lines)
    return found, amounts


# --- the baseline of a year ---------------------------------------------------------------------------


def test_the_worked_example() -> None:
    """Domain section 4: mean 39,200, s 1,760.6817, baseline 40,960.681687 MWh, rounded up to the Wh. [C]"""
    baseline = annual_baseline([wh for _, wh in HISTORY])
    assert baseline.mean_wh == 39_200 * MWH
    assert baseline.deviation_wh == 1_760_681_687
    assert baseline.total_wh == BASELINE_WH
    exact = decimal.Context(prec=60).sqrt(Decimal(3_100_000)) * MWH  # variance: 12,400,000 over n - 1
    assert baseline.total_wh - 1 < 39_200 * MWH + exact < baseline.total_wh


def test_the_deviation_is_that_of_a_sample() -> None:
    """With n instead of n - 1 the example's baseline would be 40,774.8 MWh: lower, and crediting more."""
    population = decimal.Context(prec=60).sqrt(Decimal(2_480_000))
    assert annual_baseline([wh for _, wh in HISTORY]).total_wh > (39_200 + population) * MWH


@given(st.lists(st.integers(0, 10**14), min_size=5, max_size=30))
@example([0] * 5)
@example([10**14] * 29 + [0])
@example([0, 0, 0, 0, 1])
@example([1, 2, 3, 4, 5, 6, 7])
@example([10, 10, 10, 10, 10, 0, 0, 0, 0, 0])
def test_no_whole_number_below_the_baseline_would_do(history: list[int]) -> None:
    """B - mean reaches the deviation and B - 1 - mean does not: compared as exact squares, without a root."""
    n = len(history)
    mean = Fraction(sum(history), n)
    variance = sum((wh - mean) ** 2 for wh in history) / (n - 1)
    found = annual_baseline(history)

    def reaches(whole: int, from_: Fraction) -> bool:
        return whole >= from_ and (whole - from_) ** 2 >= variance

    assert reaches(found.total_wh, mean)
    assert not reaches(found.total_wh - 1, mean)
    assert reaches(found.deviation_wh, Fraction(0))
    assert found.deviation_wh == 0 or not reaches(found.deviation_wh - 1, Fraction(0))
    assert 0 <= found.mean_wh - mean < 1
    assert 0 <= found.mean_wh + found.deviation_wh - found.total_wh <= 1


def test_a_plain_deviation_is_not_rounded_at_all() -> None:
    """Where mean and deviation are whole, their sum is the baseline; just above a whole number it is the next one."""
    assert annual_baseline([7] * 6).total_wh == 7
    assert annual_baseline([2, 2, 6, 10, 10]).total_wh == 10  # 6 + 4
    assert annual_baseline([1, 3, 5, 7, 9]).total_wh == 9  # 5 + sqrt(10), which is 8.16
    assert annual_baseline([0, 0, 0, 5, 5, 5, 5, 5, 5, 5]).total_wh == 6  # 3.5 + 2.415, not 4 + 3


@pytest.mark.parametrize("years", [0, 1, 4])
def test_fewer_than_five_years_are_too_few(years: int) -> None:
    with pytest.raises(MissingDataError, match=f"a history of {years} years"):
        annual_baseline([1] * years)


# --- lines and amounts --------------------------------------------------------------------------------


@pytest.mark.parametrize("key", EXISTING_KEYS)
@pytest.mark.parametrize("baseline", EXISTING)
def test_what_is_above_the_baseline_is_credited(key: str, baseline: str) -> None:
    """50,000 - 40,960.681687 = 9,039.318313 MWh, at 0.4 t/MWh 3,615.7273252 t. [C]"""
    found, amounts = reduced(activity(baseline=baseline), key)
    assert found["EG_facility[2024]"].value == 50_000
    assert found["EG_base"].value == Decimal("40960.681687")
    assert found["EG[2024]"].value == Decimal("9039.318313")
    assert amounts == ((2024, Decimal("3615.7273252")),)


def test_every_number_has_its_line() -> None:
    found, _ = reduced(activity(claimed_before=[(2024, 7)]))
    assert list(found) == [
        "EF",
        *(f"EG_hist[{year}]" for year in range(2015, 2020)),
        "EG_hist",
        "sigma_hist",
        "EG_base",
        "EG_facility[2024,old]",
        "EG_facility[2024]",
        "EG_before[2024]",
        "EG[2024]",
        "BE[2024]",
        "PE[2024]",
        "LE[2024]",
        "ER[2024]",
        "ER",
    ]
    assert found["EG_hist[2016]"].value == 41_500
    assert found["sigma_hist"].value == Decimal("1760.681687")
    assert found["EG_hist"].formula == "mean(EG_hist[2015], EG_hist[2016], EG_hist[2017], EG_hist[2018], EG_hist[2019])"
    assert found["EG_base"].formula == "EG_hist + sigma_hist"
    assert "rounded up once to the Wh" in found["EG_base"].name
    assert found["EG_before[2024]"].value == Decimal("0.000007")
    assert found["EG[2024]"].inputs == ("EG_before[2024]", "EG_facility[2024]", "EG_base")
    assert all(set(line.inputs) <= set(found) for line in found.values())
    assert "paragraphs 61 and 67" in found["EG_base"].source


def test_years_that_the_history_leaves_out_are_named() -> None:
    gappy = ((2013, MWH), (2014, MWH), (2016, MWH), (2018, MWH), (2019, MWH))
    assert "mean of 5 years, 2015 and 2017 left out" in reduced(activity(history=gappy))[0]["EG_hist"].name
    assert "left out" not in reduced(activity())[0]["EG_hist"].name


def test_nothing_is_credited_before_the_year_has_passed_its_baseline() -> None:
    """The whole year's baseline comes first, whatever part of the year the period is."""
    january = Period.month(2024, 1, zone=ZONE)
    assert reduced(activity(40_000 * MWH, period=january))[1] == ((2024, Decimal(0)),)
    before = activity(2_000 * MWH, claimed_before=((2024, 40_000 * MWH),))
    assert reduced(before)[0]["EG[2024]"].value == Decimal("1039.318313")
    after = activity(2_000 * MWH, claimed_before=((2024, 41_000 * MWH),))
    assert reduced(after)[0]["EG[2024]"].value == 2_000


def test_what_was_claimed_of_another_year_does_not_count() -> None:
    found, _ = reduced(activity(claimed_before=((2023, 90_000 * MWH),)))
    assert found["EG_before[2024]"].value == 0
    assert found["EG[2024]"].value == Decimal("9039.318313")


def test_import_in_a_year_above_its_baseline_takes_credit_back() -> None:
    made = activity(-1_000 * MWH, claimed_before=((2024, 41_000 * MWH),))
    assert reduced(made)[0]["EG[2024]"].value == Decimal("-39.318313")


def test_each_year_has_a_baseline_of_its_own() -> None:
    made = activity(
        generation=(VintageGeneration(2024, "old", 41_000 * MWH), VintageGeneration(2025, "old", 41_000 * MWH)),
        period=Period.of("2024-01-01", "2026-01-01", zone=ZONE),
    )
    found, amounts = reduced(made)
    assert found["EG[2024]"].value == found["EG[2025]"].value == Decimal("39.318313")
    assert found["ER"].value == sum(amount for _, amount in amounts) == Decimal("31.4546504")


def test_the_facility_is_all_devices_together() -> None:
    made = activity(
        devices=(plant(), plant("new", capacity="3 MW", capacity_before="0 MW")),
        generation=(VintageGeneration(2024, "old", 40_000 * MWH), VintageGeneration(2024, "new", 1_000 * MWH)),
    )
    assert reduced(made)[0]["EG[2024]"].value == Decimal("39.318313")


# --- the day of replacement ---------------------------------------------------------------------------


def test_nothing_is_credited_from_the_day_of_replacement() -> None:
    on = Period.of("2024-07-01", "2024-08-01", zone=ZONE)
    found, amounts = reduced(activity(90_000 * MWH, replaced_on="2024-07-01", period=on))
    assert found["EG[2024]"].value == 0
    assert "would have been replaced on 2024-07-01" in found["EG[2024]"].name
    assert "EG_base" not in found
    assert found["EG_facility[2024]"].value == 90_000
    assert amounts == ((2024, Decimal(0)),)


def test_the_last_period_before_that_day_is_credited() -> None:
    until = Period.of("2024-01-01", "2024-07-01", zone=ZONE)
    assert reduced(activity(replaced_on="2024-07-01", period=until))[0]["EG[2024]"].value > 0


@pytest.mark.parametrize("end", ["2024-07-01T00:00:01+04:00", "2025-01-01T00:00:00+04:00"])
def test_a_period_that_crosses_that_day_is_refused(end: str) -> None:
    across = Period.of("2024-06-01T00:00:00+04:00", end)
    with pytest.raises(NotApplicableError, match=r"crosses 2024-07-01.*end the period at 2024-07-01"):
        reduced(activity(replaced_on="2024-07-01", period=across))


def test_the_day_begins_in_the_projects_zone() -> None:
    until_utc = Period.of("2024-01-01T00:00Z", "2024-07-01T00:00Z")
    assert reduced(activity(replaced_on="2024-07-01", period=until_utc, zone="UTC"))
    with pytest.raises(NotApplicableError, match="crosses"):
        reduced(activity(replaced_on="2024-07-01", period=until_utc, zone=ZONE))
    with pytest.raises(QuantityError, match="give the zone"):
        activity(zone=None)


# --- applicability ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"history": HISTORY[:4]}, "a history of 4 years, but at least 5"),
        ({"history": ()}, "a history of 0 years"),
        ({"history": (*HISTORY, (2024, MWH))}, "the history reaches 2024, but 2024 is to be credited"),
        ({"replaced_on": None}, "would have been replaced is not recorded"),
        ({"devices": (plant(capacity_before=None),)}, "capacity of old before the project was not recorded"),
        ({"devices": (plant(capacity_before="0 MW"),)}, "register the project as greenfield"),
    ],
)
@pytest.mark.parametrize("baseline", EXISTING)
def test_what_a_plant_that_existed_must_record(change: dict[str, Any], named: str, baseline: str) -> None:
    with pytest.raises(NotApplicableError, match=named):
        reduced(activity(**({"baseline": baseline} | change)))


def test_an_addition_adds_capacity() -> None:
    same = (plant(capacity="8 MW"),)
    with pytest.raises(NotApplicableError, match="register the project as a retrofit"):
        reduced(activity(baseline="capacity-addition", devices=same))
    assert reduced(activity(devices=same))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"replaced_on": None}, "a history of 5 years, but with baseline greenfield"),
        ({"history": ()}, "replaced_on 2031-07-01, but with baseline greenfield"),
    ],
)
def test_a_new_plant_has_no_past(change: dict[str, Any], named: str) -> None:
    new = {"baseline": "greenfield", "devices": (plant(capacity_before=None),)}
    with pytest.raises(NotApplicableError, match=named):
        reduced(activity(**(new | change)))


@pytest.mark.parametrize("baseline", EXISTING)
def test_gccm001_has_no_source_for_a_plant_that_existed(baseline: str) -> None:
    with pytest.raises(NotApplicableError, match=r"supported so far: greenfield \(no source that was read says how"):
        reduced(activity(baseline=baseline), "GCCM001@4.0")


def test_of_an_addition_the_added_units_count_for_15_mw() -> None:
    """Domain section 4: AMS-I.D admits at most 15 MW in total; for additions, the added units. [S]"""
    grown = (plant(capacity="40 MW", capacity_before="25 MW"),)
    added = activity(baseline="capacity-addition", devices=grown)
    assert reduced(added, "AMS-I.D@18.0")
    with pytest.raises(NotApplicableError, match="40 MW in total"):
        reduced(activity(devices=grown), "AMS-I.D@18.0")
    more = activity(
        baseline="capacity-addition", devices=(*grown, plant("new", capacity="1 W", capacity_before="0 MW"))
    )
    with pytest.raises(NotApplicableError, match=r"15\.000001 MW added"):
        reduced(more, "AMS-I.D@18.0")


def test_a_unit_that_did_not_grow_does_not_make_room() -> None:
    devices = (
        plant("same", capacity="9 MW", capacity_before="9 MW"),
        plant("new", capacity="16 MW", capacity_before="0 MW"),
    )
    made = activity(baseline="capacity-addition", devices=devices, generation=(VintageGeneration(2024, "new", MWH),))
    with pytest.raises(NotApplicableError, match="16 MW added"):
        reduced(made, "AMS-I.D@18.0")


def test_an_added_reservoir_emits_here_too() -> None:
    dam = plant(
        technology="hydro/reservoir",
        capacity="18 MW",
        reservoir_area="3 km2",
        reservoir_area_before="1 km2",
    )
    made = activity(
        baseline="capacity-addition",
        devices=(dam,),
        generation=(VintageGeneration(2024, "old", 50_000 * MWH, 51_000 * MWH),),
    )
    found, amounts = reduced(made)
    assert found["PE[2024]"].value == 4_590  # PD 5: 0.090 x 51,000
    assert amounts == ((2024, Decimal("3615.7273252") - 4_590),)


def test_a_reservoir_that_stays_as_it_was_is_no_run_of_river_plant() -> None:
    """With more capacity its power density is undefined. With the same capacity nothing is added."""
    area = {"technology": "hydro/reservoir", "reservoir_area": "3 km2", "reservoir_area_before": "3 km2"}
    with pytest.raises(NotApplicableError, match="old is hydro/reservoir and adds 4 MW but no reservoir area"):
        reduced(activity(baseline="capacity-addition", devices=(plant(**area),)))
    found, _ = reduced(activity(devices=(plant(**area, capacity="8 MW"),)))
    assert found["PE[2024]"].value == 0


# --- the activity -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["history", "claimed_before"])
def test_a_year_is_named_once(name: str) -> None:
    with pytest.raises(QuantityError, match=f"{name} gives a year twice"):
        activity(**{name: (*HISTORY, HISTORY[0])})


def test_a_negative_history_is_refused() -> None:
    with pytest.raises(QuantityError, match="history of 2014 is -1 Wh"):
        activity(history=(*HISTORY, (2014, -1)))


def test_the_order_of_the_history_does_not_matter() -> None:
    assert activity(history=tuple(reversed(HISTORY))) == activity()
    assert activity().replaced_on == date(2031, 7, 1)


def test_credited_is_never_below_zero() -> None:
    assert [credited_wh(cumulative, 10) for cumulative in (-5, 0, 9, 10, 11)] == [0, 0, 0, 0, 1]


@pytest.mark.parametrize("baseline", ["retrofit", "capacity-addition"])
def test_a_history_above_what_the_old_units_can_generate_is_refused(baseline: str) -> None:
    """8 MW for 8,760 hours are 70,080 MWh; in a leap year, 24 hours more."""
    for year, most in ((2019, 70_080), (2020, 70_272)):
        rest = tuple(item for item in HISTORY if item[0] != year)
        reduced(activity(baseline=baseline, history=(*rest, (year, most * MWH))))
        with pytest.raises(NotApplicableError, match=f"the history of {year} is .* generate at most {most} MWh"):
            reduced(activity(baseline=baseline, history=(*rest, (year, most * MWH + 1))))
