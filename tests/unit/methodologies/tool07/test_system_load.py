"""TOOL07: the lowest and the highest load of a year."""

from fractions import Fraction
from typing import Any

import pytest

from carbon_ledger.errors import InexactNumberError, QuantityError, UnitMismatchError
from carbon_ledger.methodologies.tool07 import AnnualLoad


def test_a_load_in_watts_and_the_ratio_of_both() -> None:
    load = AnnualLoad(lowest="400 kW", highest="1 MW", source="yearbook")
    assert (load.lowest_w, load.highest_w) == (400_000, 10**6)
    assert load.ratio == Fraction(2, 5)


def test_hourly_loads_give_the_lowest_and_the_highest() -> None:
    load = AnnualLoad.of_hours([70, 30, *[50] * 8758], "meters")
    assert (load.lowest_w, load.highest_w, load.source) == (30, 70, "meters")
    with pytest.raises(QuantityError, match="3 hours: expected all hours of a year"):
        AnnualLoad.of_hours([1, 2, 3], "meters")


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"lowest": "2 MW"}, QuantityError, "not below the lowest"),
        ({"lowest": "-1 W"}, QuantityError, "expected 0 W or more"),
        ({"lowest": "0 W", "highest": "0 W"}, QuantityError, "above 0 W"),
        ({"source": " "}, QuantityError, "source of the annual load"),
        ({"confidence": "X"}, QuantityError, "expected one of P, S, C, M"),
        ({"lowest": "1 MWh"}, UnitMismatchError, "lowest annual system load"),
        ({"highest": 1.5}, InexactNumberError, "highest annual system load"),
    ],
)
def test_what_is_no_load_is_refused(fields: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        AnnualLoad(**({"lowest": "400 kW", "highest": "1 MW", "source": "yearbook"} | fields))
