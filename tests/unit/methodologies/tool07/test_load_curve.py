"""TOOL07: lambda from the hourly load of a year."""

from fractions import Fraction
from typing import Any

import pytest

from carbon_ledger.errors import QuantityError
from carbon_ledger.methodologies.tool07 import lambda_of_load

STEPS = [100] * 2190 + [200] * 2190 + [400] * 4380


@pytest.mark.parametrize(
    ("level", "hours"),
    [(50, 0), (100, 0), (101, 2190), (150, 2190), (200, 2190), (201, 4380), (399, 4380), ("just under the peak", 4380)],
)
def test_hours_whose_load_lies_under_the_level_that_the_energy_fills(level: Any, hours: int) -> None:
    """The energy under a level is the sum of the lower of load and level; equal to the level is not under it."""
    energy = sum(STEPS) - 1 if isinstance(level, str) else sum(min(load, level) for load in STEPS)
    found = lambda_of_load(STEPS, energy)
    assert found.value == Fraction(hours, 8760)
    assert f"{hours} of 8760 hours" in found.source
    assert found.confidence == "P"


def test_the_order_of_the_hours_does_not_matter() -> None:
    energy = 150 * 8760
    assert lambda_of_load(STEPS[::-1], energy) == lambda_of_load(STEPS, energy)


def test_the_hours_of_a_leap_year_are_divided_by_8760() -> None:
    """Equation (11): the denominator is 8760. Never more than 1."""
    load = [100] * 24 + [300] * 8760
    found = lambda_of_load(load, 200 * 8760)
    assert found.value == Fraction(24, 8760)
    assert "24 of 8760 hours, from the hourly load of 8784 hours" in found.source
    assert lambda_of_load([100] * 8783 + [200], 8784 * 100 + 1).value == 1


@pytest.mark.parametrize(
    ("load", "energy", "message"),
    [
        (STEPS[1:], 1, "8759 hours: expected all hours of a year"),
        (STEPS, sum(STEPS), "nothing is left for other units"),
        (STEPS, -1, "-1: expected whole Wh"),
        ([*STEPS[1:], -5], 1, "-5: expected whole Wh"),
        ([*STEPS[1:], 1.5], 1, "1.5: expected whole Wh"),
        ([*STEPS[1:], True], 1, "True: expected whole Wh"),
    ],
)
def test_what_is_no_load_of_a_year_is_refused(load: Any, energy: int, message: str) -> None:
    with pytest.raises(QuantityError, match=message):
        lambda_of_load(load, energy)
