"""Gaps in low water: claimed days against the same days of other years."""

import pytest
from tests.support.reviewed_ledgers import Story, begun, month, plant

import carbon_ledger as cl
from carbon_ledger.review.flags import Flag

WAIVER = cl.Waiver("gap", "the logger was down, report 77")
WET, DRY = 60_000_000, 20_000_000  # of a day [Wh]


def days(story: Story, wet: int, dry: int) -> list[int]:
    """A month whose first days are wet."""
    return [1000 * ((WET if k < wet else DRY) // 1000 + story.numbers.below(2_000)) for k in range(wet + dry)]


def years(wet: tuple[int, ...], recorded: int = 20) -> Story:
    """March of several years: of the last one only the first days are recorded."""
    story = begun("open", plant(commissioned="2020-01-01"), now="2022-01-02T08:00Z")
    for k, count in enumerate(wet):
        period = month(3, 2022 + k)
        story.goto(period, 3)
        values = days(story, count, 31 - count)
        is_last = k == len(wet) - 1
        story.record(period, values[:recorded] if is_last else values)
        story.approve_and_issue(period, waivers=[WAIVER] if is_last else ())
    return story


def flag(story: Story, **thresholds: int) -> Flag:
    found = story.ledger.review(parameters=cl.ReviewParameters(**thresholds)).flags
    (one,) = (item for item in found if item.rule == "R12")
    return one


@pytest.mark.parametrize(
    ("wet", "is_found"),
    [
        pytest.param((10, 10, 20), True, id="the dry days are missing"),
        pytest.param((20, 20, 20), False, id="other years were as wet"),
        pytest.param((31, 31, 20), False, id="other years were wetter"),
    ],
)
def test_claimed_days_against_those_of_other_years(wet: tuple[int, ...], is_found: bool) -> None:
    found = flag(years(wet))
    assert found.severity == ("high" if is_found else "medium")
    assert ("excess_percent" in dict(found.figures)) == is_found
    if is_found:
        assert 45 <= int(dict(found.figures)["excess_percent"]) <= 52  # 60 against 40 MWh a day
        assert "% more than the same days of other years" in found.cause
        excess = int(dict(found.figures)["excess_percent"])
        assert "excess_percent" not in dict(flag(years(wet), gap_excess_percent=excess).figures)
        assert "excess_percent" in dict(flag(years(wet), gap_excess_percent=excess - 1).figures)


@pytest.mark.parametrize(("recorded", "is_found"), [(5, False), (14, True)])
def test_other_years_with_less_than_half_of_the_days_show_nothing(recorded: int, is_found: bool) -> None:
    """Twenty wet days against the first days of one other year, which were dry."""
    story = begun("open", plant(commissioned="2020-01-01"), now="2022-01-02T08:00Z")
    for year, wet, count in ((2022, 0, recorded), (2023, 20, 20)):
        period = month(3, year)
        story.goto(period, 3)
        story.record(period, days(story, wet, 31 - wet)[:count])
        story.approve_and_issue(period, waivers=[WAIVER])
    assert ("excess_percent" in dict(flag(story, gap_excess_percent=5).figures)) == is_found


def test_without_other_years_nothing_is_compared() -> None:
    assert "excess_percent" not in dict(flag(years((20,))).figures)


def test_the_comparison_makes_a_medium_flag_high() -> None:
    """Five of 31 days are missing: medium, if the others are as usual."""
    assert flag(years((20, 20, 20), 26)).severity == "medium"
    assert flag(years((8, 8, 26), 26)).severity == "high"
