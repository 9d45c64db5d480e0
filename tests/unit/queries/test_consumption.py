"""Consumption profiles: whole Wh, in steps that divide an hour; other values are refused."""

from array import array
from datetime import UTC, date, datetime, timedelta

import pytest

import carbon_ledger as cl
from carbon_ledger.errors import InexactNumberError, NaiveTimeError, PeriodError, QuantityError, UnitMismatchError
from carbon_ledger.queries.consumption import ConsumptionProfile

START = "2024-05-01T00:00Z"


def profile(start: object = START, step: object = "1 hour", wh: object = (5, 0, 7)) -> ConsumptionProfile:
    return cl.ConsumptionProfile(start=start, step=step, consumption_wh=wh)


@pytest.mark.parametrize("start", [START, "2024-05-01T04:00+04:00", datetime(2024, 5, 1, tzinfo=UTC)])
@pytest.mark.parametrize("wh", [[5, 0, 7], (5, 0, 7), array("q", [5, 0, 7])])
def test_a_profile_is_its_start_step_and_column(start: object, wh: object) -> None:
    made = profile(start, wh=wh)
    assert made == profile()
    assert (made.start_utc, made.step_s, tuple(made.consumption_wh)) == (1_714_521_600, 3600, (5, 0, 7))
    assert made.period == cl.Period.of(START, "2024-05-01T03:00Z")
    assert made.total_wh == 12
    assert str(made) == "12 Wh in 3 steps of 3600 s, 2024-05-01T00:00:00Z to 2024-05-01T03:00:00Z"


@pytest.mark.parametrize(
    ("step", "step_s"), [("15 min", 900), ("30 min", 1800), (timedelta(minutes=5), 300), ("1 s", 1)]
)
def test_an_hour_is_made_of_its_steps(step: object, step_s: int) -> None:
    assert profile(step=step).step_s == step_s


@pytest.mark.parametrize("step", ["2 hour", "1 day", "7 min", "45 min", "3601 s"])
def test_other_steps_match_nothing(step: str) -> None:
    """Invariant 18: at most an hour; and every hour begins with a step."""
    with pytest.raises(PeriodError, match="expected an hour or a whole part of an hour"):
        profile(step=step)


@pytest.mark.parametrize("start", ["2024-05-01T00:00", datetime(2024, 5, 1, tzinfo=UTC).replace(tzinfo=None)])
def test_a_start_has_its_zone(start: object) -> None:
    with pytest.raises(NaiveTimeError):
        profile(start)


@pytest.mark.parametrize("start", [date(2024, 5, 1), "2024-05-01", "yesterday"])
def test_a_day_is_no_start_and_the_message_says_how_to_name_one(start: object) -> None:
    with pytest.raises(NaiveTimeError, match=r"is not a time.*Period\.day\(.*\)\.start"):
        profile(start)


@pytest.mark.parametrize("start", [5, None, "2024-05-01T25:00Z", "2024-05-01T00:00:00.5Z"])
def test_what_is_no_time_is_refused(start: object) -> None:
    with pytest.raises(PeriodError):
        profile(start)


@pytest.mark.parametrize("wh", [[1.0], [1, 2.5], array("d", [1.0])])
def test_floats_are_refused(wh: object) -> None:
    """Invariant 1."""
    with pytest.raises(InexactNumberError):
        profile(wh=wh)


@pytest.mark.parametrize("wh", [[], "12", [None], [True], 5, [2**53]])
def test_what_is_no_column_is_refused(wh: object) -> None:
    with pytest.raises(QuantityError, match="consumption_wh"):
        profile(wh=wh)


def test_a_step_that_gave_more_than_it_took_is_named() -> None:
    with pytest.raises(QuantityError, match=r"consumption_wh\[1\]: -3 Wh, expected 0 or more; for a step with net"):
        profile(wh=[5, -3])


@pytest.mark.parametrize(
    ("step", "error"), [("5 MWh", UnitMismatchError), ("0 s", QuantityError), (3600, QuantityError)]
)
def test_a_step_is_a_duration(step: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        profile(step=step)
