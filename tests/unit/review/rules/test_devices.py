"""Two devices that are one, and several whose energy was divided."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.reviewed_ledgers import BAKU, begun, digest_of, hours, month, plant

import carbon_ledger as cl
from carbon_ledger.review.rules.ratios import four_digits


def two(values: list[int], others: list[int], **fields: object) -> set[str]:
    story = begun("open", plant(), plant("second", name="Other plant", **fields))
    story.goto(month(3), 3)
    for device, project, series in (("plant", "hydro", values), ("second", "second", others)):
        hours(story, month(3), series, device)
        story.approve_and_issue(month(3), project)
    return {flag.rule for flag in story.ledger.review().flags}


def series(seed: int) -> list[int]:
    numbers = begun(seed=seed).numbers
    return [1000 * (1_000 + numbers.below(2_500)) for _ in range(744)]


@pytest.mark.parametrize(("equal", "found"), [(744, {"R18a"}), (400, {"R18a"}), (300, set()), (0, set())])
def test_series_are_one_if_more_than_half_of_their_steps_are_equal(equal: int, found: set[str]) -> None:
    one, other = series(1), series(2)
    assert two(one, [*one[:equal], *other[equal:]]) == found


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"latitude": "40.1001", "longitude": "46.0001"}, {"R19"}),
        ({"latitude": "40.11", "longitude": "46"}, set()),
        ({}, set()),
        ({"latitude": "40.1001", "longitude": "46.0001", "capacity": "5 MW"}, set()),
    ],
)
def test_places_near_each_other(fields: dict[str, object], found: set[str]) -> None:
    """A place that is not registered is near none."""
    story = begun("open", plant(latitude="40.1", longitude="46"), plant("second", name="Other plant", **fields))
    assert {flag.rule for flag in story.ledger.review().flags} == found


def test_apportioned_devices_are_one_cause_however_many_they_are() -> None:
    names = ("plant", "second", "third", "fourth")
    story = begun("open", *(plant(name, name=name) for name in names), projects=False)
    story.ledger.register_meter(cl.Meter(id="feeder", shares=dict.fromkeys(names, 1)))
    story.later(minutes=1)
    story.ledger.register_project(cl.Project(id="hydro", instrument="I-REC-E", zone=BAKU, devices=names))
    story.goto(month(3), 3)
    story.ledger.record_meter("feeder", month(3), net="4000.001 MWh", evidence=digest_of(3), by="meter-operator")
    story.later(days=1)
    story.approve_and_issue(month(3))
    found = [(flag.rule, flag.severity) for flag in story.ledger.review().flags]
    assert found == [("R13", "high"), ("R18b", "medium")]
    assert len({flag.key for flag in story.ledger.review().flags}) == 2


@given(st.fractions(Fraction(1, 10**6), 2))
def test_four_digits_are_four(number: Fraction) -> None:
    digits, places = four_digits(number)
    assert 1000 <= digits <= 10_000
    assert abs(Fraction(digits, 10**places) - number) <= Fraction(1, 2 * 10**places)
