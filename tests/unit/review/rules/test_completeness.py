"""Completeness: gaps, energy that was divided, and devices outside."""

import pytest
from tests.support.reviewed_ledgers import begun, digest_of, month, months_of, plant, r10, total

import carbon_ledger as cl


def test_gaps_are_measured_and_the_longest_are_listed() -> None:
    (flag,) = (item for item in r10().ledger.review().flags if item.rule == "R12")
    assert flag.severity == "high"
    assert dict(flag.figures) == {"missing_s": 12 * 86_400, "period_s": 31 * 86_400}
    assert "plant 288 h from 2025-03-19T20:00:00Z" in flag.cause


@pytest.mark.parametrize(("days", "severity"), [(1, None), (3, "medium"), (8, "high")])
def test_the_share_of_missing_time_decides(days: int, severity: str | None) -> None:
    story = begun()
    for period in months_of(story, (3,)):
        story.record(period, [40_000_321 + 1_017_003 * k for k in range(31 - days)])
        waiver = cl.Waiver("gap", "the logger was down, report 77")
        story.approve_and_issue(period, waivers=[waiver])
    found = [flag.severity for flag in story.ledger.review().flags if flag.rule == "R12"]
    assert found == ([] if severity is None else [severity])


def test_a_gap_that_was_filled_and_issued_later_is_none() -> None:
    story = begun()
    for period in months_of(story, (3,)):
        story.record(period, [40_000_321 + 1_017_003 * k for k in range(20)])
        story.approve_and_issue(period, waivers=[cl.Waiver("gap", "the logger was down, report 77")])
        rest = cl.Period(period.start_utc + 20 * 86_400, period.end_utc)
        story.record(rest, [40_000_321 + 1_017_003 * k for k in range(20, 31)])
        story.approve_and_issue(period)
    assert {flag.rule for flag in story.ledger.review().flags} == set()


def test_a_total_across_the_new_year_is_an_estimate() -> None:
    story = begun()
    period = cl.Period.of("2025-12-01", "2026-02-01", zone="Asia/Baku")
    story.goto(period, 3)
    total(story, period, 2_345_678_000)
    story.approve_and_issue(period, waivers=[cl.Waiver("straddling-step", "the utility reports every two months")])
    (flag,) = story.ledger.review().flags
    assert (flag.rule, flag.severity, flag.exposure_wh) == ("R13", "high", 2_345_678_000)


def test_devices_outside_and_wide_margins_are_one_flag_each() -> None:
    story = begun("open", plant(), plant("a", name="A"), plant("b", name="B"), projects=False)
    story.ledger.register_device(plant("wide", name="Wide", margin="1.1", commissioned=None))
    story.ledger.register_device(plant("planned", name="Planned", commissioned=None))
    found = {flag.severity: flag for flag in story.ledger.review().flags if flag.rule == "R27"}
    assert set(found) == {"low", "medium"}
    assert found["low"].cause == "3 devices in operation and in no project: a, b, plant"
    assert found["medium"].cause == "1 device with a margin above 105%: wide"


def test_a_device_that_is_registered_long_after_its_generation() -> None:
    story = begun("open", plant(commissioned="2022-01-01"))
    old = month(3, 2023)
    total(story, old, 1_234_567_000, evidence=digest_of(3))
    story.approve_and_issue(old)
    flags = [flag for flag in story.ledger.review().flags if flag.rule == "R27"]
    assert [(flag.severity, flag.exposure_wh) for flag in flags] == [("medium", 1_234_567_000)]
