"""Copied, stuck and rounded values: found at a fine resolution, and never looked for at a coarse one."""

import pytest
from tests.support.plants import Numbers, run_of_river, wind
from tests.support.reviewed_ledgers import begun, digest_of, month, plant, total
from tests.support.sound_years import record_year

import carbon_ledger as cl


def flags_of(values: list[int], **device: object) -> set[str]:
    story = begun("open", plant(zone="UTC", **device))
    record_year(story, values, 2025)
    return {flag.rule for flag in story.ledger.review().flags}


def river(seed: int = 3) -> list[int]:
    return list(run_of_river(Numbers(seed)))


def test_a_copied_week_is_found_and_a_copied_night_is_not() -> None:
    values = river()
    assert flags_of(values) == set()
    assert flags_of([*values[:5000], *values[4000:4168], *values[5168:]]) == {"R02"}
    assert flags_of([*values[:5000], *values[4000:4020], *values[5020:]]) == set()


def test_a_week_copied_at_a_coarse_resolution_is_not_judged() -> None:
    values = [wh // 100_000 * 100_000 for wh in wind(Numbers(3))]
    copied = [*values[:5000], *values[4000:4168], *values[5168:]]
    assert flags_of(copied, technology="wind/onshore") == set()
    fine = [wh + 1_000 * (k % 97) if 0 < wh < 3_900_000 else wh for k, wh in enumerate(values)]
    copied = [*fine[:5000], *fine[4000:4168], *fine[5168:]]
    assert flags_of(copied, technology="wind/onshore") == {"R02"}


def test_a_window_that_overlaps_itself_is_no_copy() -> None:
    """Three half days that repeat each other are less than two windows."""
    values = river()
    half = [1_001_000 + 37_000 * k for k in range(12)]
    assert flags_of([*values[:3000], *half * 3, *values[3036:]]) == set()
    assert flags_of([*values[:3000], *half * 4, *values[3048:]]) == {"R02"}


def test_digits_of_small_values_say_nothing() -> None:
    """A value of fewer than a hundred units of the resolution has too few digits."""
    numbers = Numbers(5)
    values = [5_000 * (1 + numbers.below(19)) if numbers.below(10) < 3 else wh for wh in river()]
    assert flags_of(values) == set()


def test_a_stuck_value_is_found_and_a_plateau_is_not() -> None:
    values = river()
    stuck = [1_234_000] * 12
    assert flags_of([*values[:3000], *stuck, *values[3012:]]) == {"R03"}
    assert flags_of([*values[:3000], *stuck[:11], 1_235_000, *values[3012:]]) == set()
    plateau = [1_234_000] * 200  # more than 2% of the steps: minimum flow, or an agreed limit
    assert "R03" not in flags_of([*values[:3000], *plateau, *values[3200:]])


def test_values_rounded_to_five_are_found_by_their_last_digits() -> None:
    numbers = Numbers(5)
    values = [wh // 5000 * 5000 if wh > 0 and numbers.below(10) < 3 else wh for wh in river()]
    assert flags_of(values) == {"R05"}


def test_round_totals_are_found_unless_the_meter_shows_no_more() -> None:
    def story_of(resolution: str | None) -> set[str]:
        story = begun()
        if resolution is not None:
            story.ledger.register_meter(cl.Meter(id="m", shares={"plant": 1}, resolution=resolution))
            story.later(minutes=1)
        for number, mwh in enumerate((1200, 1100, 1500, 1700, 1800, 1600), 1):
            story.goto(month(number), 3)
            total(story, month(number), mwh * 1_000_000)
            story.approve_and_issue(month(number))
        return {flag.rule for flag in story.ledger.review().flags}

    assert story_of(None) == {"R04"}
    assert story_of("1 kWh") == {"R04"}
    assert story_of("100 MWh") == set()


def test_a_single_round_total_counts_if_it_is_much_of_all_energy() -> None:
    story = begun()
    for number, wh in ((3, 1_500_000_000), (4, 1_234_567_000)):
        story.goto(month(number), 3)
        total(story, month(number), wh, evidence=digest_of(number))
        story.approve_and_issue(month(number))
    (flag,) = story.ledger.review().flags
    assert (flag.rule, flag.severity, flag.entry_count) == ("R04", "medium", 1)


@pytest.mark.parametrize("length", [1, 7, 23])
def test_a_copy_is_found_however_its_runs_are_cut(length: int) -> None:
    """Windows cross the boundaries of runs and of entries."""
    values = river()[:400]
    copied = [*values[:300], *values[100:148]]
    story = begun("open", plant(zone="UTC"))
    period = cl.Period.of("2025-03-01T00:00Z", "2025-04-01T00:00Z")
    story.goto(period, 3)
    at = 0
    while at < len(copied):
        piece = copied[at : at + 30 * length]
        start = f"2025-03-{1 + at // 24:02d}T{at % 24:02d}:00Z"
        story.ledger.record_readings("plant", start=start, step="1 hour", net_wh=piece, evidence=digest_of(4))
        story.later(minutes=1)
        at += len(piece)
    (flag,) = (item for item in story.ledger.review().flags if item.rule == "R02")
    assert dict(flag.figures)["copied_steps"] == 48
