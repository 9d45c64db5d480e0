"""Months against the estimate of the project, and against the same month of other years."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.reviewed_ledgers import BAKU, Story, begun, digest_of, month, months_of, plant, total

import carbon_ledger as cl
from carbon_ledger.review.flags import Flag
from carbon_ledger.review.rules.expected import _middle

EXPECTED_WH = 1_500_000_000  # of each month


def flags(story: Story, **thresholds: int) -> list[Flag]:
    found = story.ledger.review(parameters=cl.ReviewParameters(**thresholds)).flags
    return [flag for flag in found if flag.rule == "R01c"]


def estimated(percent: dict[int, int], names: tuple[str, ...] = ("plant",), **estimate: object) -> Story:
    """Months of a project that expects the same of each; each device has so many percent of its part."""
    story = begun("open", *(plant(name, name=name) for name in names), projects=False)
    given = {
        "monthly": {f"2025-{number:02d}": f"{EXPECTED_WH * len(names)} Wh" for number in (3, 4, 5, 6)},
        "source": "PDD, table 5",
        "day_basis": "calendar-days",
    }
    story.ledger.register_project(
        cl.Project(
            id="hydro", instrument="I-REC-E", zone=BAKU, devices=names, estimate=cl.Estimate(**(given | estimate))
        )
    )
    for period in months_of(story, sorted(percent)):
        for name in names:
            total(story, period, EXPECTED_WH * percent[period.start.month + 1] // 100 + 1_234_567, name)
        story.approve_and_issue(period)
    return story


@pytest.mark.parametrize(("percent", "is_found"), [(100, False), (128, False), (131, True), (72, False), (69, True)])
def test_a_month_far_from_its_estimate(percent: int, is_found: bool) -> None:
    story = estimated({3: 100, 4: percent, 5: 101})
    found = flags(story)
    assert len(found) == is_found
    if is_found:
        (flag,) = found
        assert (flag.severity, flag.subject) == ("medium", "project hydro")
        assert "2025-04" in flag.cause
        assert dict(flag.figures)["months"] == 1
        assert flag.exposure_wh == EXPECTED_WH * percent // 100 + 1_234_567
        n = next(entry.n for entry in story.ledger.entries() if entry.type == "project.registered")
        assert n in flag.entries
        assert not flags(story, month_off_percent=90)


@pytest.mark.parametrize(("wh", "is_found"), [(1_524_026_590, False), (1_524_026_589, True)])
def test_the_threshold_is_exact(wh: int, is_found: bool) -> None:
    """1,981,234,567 Wh are 30% more than 1,524,026,590 Wh, to the Wh."""
    assert bool(flags(estimated({4: 132}, monthly={"2025-04": f"{wh} Wh"}))) == is_found


def test_an_estimate_is_of_all_devices_together() -> None:
    assert not flags(estimated({3: 100, 4: 100}, ("plant", "second")))
    assert len(flags(estimated({3: 100, 4: 140}, ("plant", "second")))) == 1
    story = estimated({3: 100}, ("plant", "second"))
    story.goto(month(4), 3)
    total(story, month(4), EXPECTED_WH + 1_234_567)
    story.approve_and_issue(month(4), waivers=[cl.Waiver("gap", "the logger of the second was down, report 77")])
    assert not flags(story)  # half of the project has no reading of April


def test_a_month_without_a_figure_or_with_few_readings_is_not_compared() -> None:
    assert not flags(estimated({3: 100, 4: 10}, monthly={"2025-03": f"{EXPECTED_WH} Wh"}))
    story = begun(projects=False)
    estimate = cl.Estimate(monthly={"2025-03": "100 MWh"}, source="PDD", day_basis="calendar-days")
    story.ledger.register_project(
        cl.Project(id="hydro", instrument="I-REC-E", zone=BAKU, devices=("plant",), estimate=estimate)
    )
    for period in months_of(story, (3,)):
        story.record(period, story.daily(period)[:10])
        story.approve_and_issue(period, waivers=[cl.Waiver("gap", "the logger was down, report 77")])
    assert not flags(story)


def many_years(values: dict[int, int]) -> Story:
    """The month of March in several years, in MWh."""
    story = begun("open", plant(commissioned="2015-01-01"), now="2019-01-02T08:00Z")
    for year, mwh in values.items():
        period = month(3, year)
        story.goto(period, 3)
        total(story, period, mwh * 1_000_000 + 1_234)
        story.approve_and_issue(period)
    return story


@pytest.mark.parametrize(
    ("last", "years", "is_found"),
    [
        (1_450, 4, False),  # as usual
        (2_400, 4, True),
        (600, 4, True),
        (1_800, 4, False),  # far in deviations, and less than 30 percent
        (2_400, 3, False),  # two other years say nothing
    ],
)
def test_a_month_far_from_the_same_month_of_other_years(last: int, years: int, is_found: bool) -> None:
    values = [1_400, 1_450, 1_500][: years - 1]
    story = many_years({**{2019 + k: mwh for k, mwh in enumerate(values)}, 2019 + years - 1: last})
    found = [flag for flag in flags(story) if f"{2019 + years - 1}-03" in flag.cause]
    assert len(found) == is_found
    if is_found:
        assert found[0].subject == "device plant"
        assert found[0].exposure_wh == last * 1_000_000 + 1_234


def test_years_that_vary_widely_are_sound() -> None:
    assert not flags(many_years({2019: 600, 2020: 1_300, 2021: 1_900, 2022: 2_300}))


def test_another_capacity_is_no_other_year() -> None:
    """What is compared is the capacity factor: a larger turbine gives more."""
    story = many_years({2019: 700, 2020: 710, 2021: 720})
    story.ledger.amend_device(
        "plant", effective="2022-01-01", reason="a new turbine", evidence=digest_of(3), capacity="8 MW"
    )
    story.goto(month(3, 2022), 3)
    total(story, month(3, 2022), 1_420_001_234)
    story.approve_and_issue(month(3, 2022))
    assert not flags(story)


@given(st.lists(st.integers(0, 10**6), min_size=1))
def test_the_middle_has_as_many_below_as_above(numbers: list[int]) -> None:
    middle = _middle(numbers)
    assert sum(item < middle for item in numbers) * 2 <= len(numbers)
    assert sum(item > middle for item in numbers) * 2 <= len(numbers)
