"""Output: months and years near full load, and the sun at night."""

import pytest
from tests.support.plants import Numbers, solar
from tests.support.reviewed_ledgers import begun, hours, month, plant, r01, r08, total
from tests.support.sound_years import record_year

import carbon_ledger as cl


def test_a_geothermal_plant_may_run_at_full_load() -> None:
    (flag,) = r01().ledger.review().flags
    assert dict(flag.figures)["highest_permille"] in range(990, 997)
    story = begun("open", plant(technology="geothermal"))
    story.goto(month(8), 3)
    total(story, month(8), 2_961_123_000)
    story.approve_and_issue(month(8))
    assert story.ledger.review().flags == ()


def test_a_year_of_sun_above_thirty_percent_is_asked_about() -> None:
    values = [min(4_000_000, wh * 2) for wh in solar(Numbers(3))]
    story = begun("open", plant(technology="solar/photovoltaic", zone="UTC"))
    record_year(story, values, 2025)
    assert "R01b" in {flag.rule for flag in story.ledger.review().flags}


def test_the_capacity_is_the_one_in_force() -> None:
    story = begun("open", plant(capacity="2 MW"))
    evidence = "sha256:" + "a" * 64
    story.ledger.amend_device(
        "plant", effective="2025-02-01", reason="a new turbine", evidence=evidence, capacity="4 MW"
    )
    story.goto(month(3), 3)
    total(story, month(3), 1_500_123_000)  # more than 2 MW can give
    story.approve_and_issue(month(3))
    assert story.ledger.review().flags == ()


def test_a_step_of_several_months_is_a_window_of_its_own() -> None:
    story = begun()
    period = cl.Period.of("2025-03-01", "2025-07-01", zone="Asia/Baku")
    story.goto(period, 3)
    total(story, period, 122 * 24 * 3_901_237)
    story.approve_and_issue(period)
    (flag,) = (item for item in story.ledger.review().flags if item.rule == "R01a")
    assert flag.exposure_wh == 122 * 24 * 3_901_237


def test_night_is_two_hours_before_and_after_the_suns_midnight() -> None:
    (flag,) = (item for item in r08().ledger.review().flags if item.rule == "R06")
    assert dict(flag.figures)["night_steps"] == 93  # three hours of each of 31 nights lie wholly inside
    assert dict(flag.figures)["night_wh"] == flag.exposure_wh


@pytest.mark.parametrize(
    ("longitude", "shift_h", "severity"),
    [("46.0", 0, None), ("-44.0", 6, "medium"), ("136.0", -6, "medium")],
)
def test_a_wrong_zone_is_a_shift(longitude: str, shift_h: int, severity: str | None) -> None:
    """Hours of a plant at 46 degrees east, of which the register has another place, or the file another zone."""
    day = [0] * 6 + [100, 500, 1100, 1700, 2300, 2800, 3000, 2900, 2500, 2000, 1400, 800, 200] + [0] * 5
    story = begun("open", plant(technology="solar/photovoltaic", latitude="40.1", longitude=longitude))
    story.goto(month(7), 3)
    values = [kwh * (800 + story.numbers.below(200)) + (story.numbers.below(1000) if kwh else 0) for kwh in day * 31]
    hours(story, month(7), values)
    story.approve_and_issue(month(7))
    found = [flag for flag in story.ledger.review().flags if flag.rule == "R06"]
    assert [flag.severity for flag in found] == ([] if severity is None else [severity])
    for flag in found:
        assert abs(int(dict(flag.figures)["shift_h"]) - shift_h) <= 1
        assert "if every step were" in flag.cause


def test_energy_in_the_whole_night_is_no_shift() -> None:
    (flag,) = (item for item in r08().ledger.review().flags if item.rule == "R06")
    assert (flag.severity, dict(flag.figures)["shift_h"]) == ("high", 0)
