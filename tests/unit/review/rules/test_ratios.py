"""Energy that was divided before it was recorded: series with one ratio in every step."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.reviewed_ledgers import Story, begun, hours, month, plant
from tests.support.two_ledgers import column

from carbon_ledger.review.flags import Flag


def two(one: list[int], other: list[int]) -> Story:
    story = begun("open", plant(), plant("second", name="Other plant", capacity="9 MW"))
    story.goto(month(3), 3)
    for device, project, values in (("plant", "hydro", one), ("second", "second", other)):
        hours(story, month(3), values, device)
        story.approve_and_issue(month(3), project)
    return story


def flags(story: Story) -> list[Flag]:
    return [flag for flag in story.ledger.review().flags if flag.rule == "R18b"]


def divided(total: list[int], weights: tuple[int, int] = (3, 7)) -> tuple[list[int], list[int]]:
    parts = [wh * weights[0] // sum(weights) for wh in total]
    return parts, [wh - part for wh, part in zip(total, parts, strict=True)]


def test_energy_that_a_spreadsheet_divided_is_flagged() -> None:
    one, other = divided([wh + k % 7 for k, wh in enumerate(column())])
    (flag,) = flags(two(one, other))
    assert (flag.severity, flag.subject) == ("medium", "device plant; device second")
    assert "744 common steps have one ratio, 2.333" in flag.cause
    assert flag.exposure_wh == sum(one) + sum(other)
    assert dict(flag.figures)["common_steps"] == 744


@pytest.mark.parametrize("step", [0, 1, 500, 743])
def test_one_step_with_another_ratio_is_enough_to_be_silent(step: int) -> None:
    one, other = divided(column())
    other[step] += 5_000
    assert not flags(two(one, other))


def test_two_rivers_have_no_one_ratio() -> None:
    assert not flags(two(column(1), column(2)))


def test_equal_series_are_another_rules_matter() -> None:
    assert {flag.rule for flag in two(column(), column()).ledger.review().flags} == {"R18a"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(4_000_000, 8_000_000, id="two plants at rated output"),
        pytest.param(0, 0, id="two plants that stand still"),
    ],
)
def test_plateaus_have_no_ratio(one: int, other: int) -> None:
    assert not flags(two([one] * 744, [other] * 744))


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 10**6))
def test_any_weights_are_found_to_the_wh(first: int, second: int, seed: int) -> None:
    """The invariant: however a column was divided and rounded, its parts have one ratio to the Wh."""
    one, other = divided([wh + 1 for wh in column(seed, 48)] + [0] * 696, (first, second))
    found = flags(two(one, other))
    assert len(found) == (one != other)
