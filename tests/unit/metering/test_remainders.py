"""Whole Wh of exact energies: refused, rounded one by one, or carried through the local day."""

from datetime import date
from fractions import Fraction
from itertools import accumulate, pairwise, product
from math import ceil, floor, lcm

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.each import by_default
from tests.support.meter_tables import ReadTable, local_starts, values_of

from carbon_ledger.errors import InexactNumberError
from carbon_ledger.metering.remainders import DayCarry, whole_wh
from carbon_ledger.metering.steps import MeteredSteps

FRACTIONS = st.fractions(-5, 5, max_denominator=60)
DIRECTIONS = {
    "floor": floor, "ceiling": ceil, "truncate": int, "half-even": round,
    "half-up": lambda value: (1 if value > 0 else -1) * floor(abs(value) + Fraction(1, 2)),
}  # fmt: skip


def steps(values: list[Fraction], role: str = "net", start_utc: int = 0, step_s: int = 3600) -> MeteredSteps:
    common = 1
    for value in values:
        common = lcm(common, value.denominator)
    return MeteredSteps(
        meter="", role=role, start_utc=range(start_utc, start_utc + step_s * len(values), step_s),
        step_s=[step_s] * len(values), numerators=[int(value * common) for value in values], denominator=common,
        lines=range(2, 2 + len(values)),
    )  # fmt: skip


@pytest.mark.parametrize("direction", DIRECTIONS)
@given(values=st.lists(FRACTIONS, min_size=1, max_size=20))
def test_each_value_is_rounded_by_itself(direction: str, values: list[Fraction]) -> None:
    for role in ("net", "gross", "export", "import"):
        assert whole_wh(steps(values, role), "UTC", direction, "f") == [
            DIRECTIONS[direction](value) for value in values
        ]


@given(st.lists(FRACTIONS, min_size=1, max_size=120), st.sampled_from(["net", "export", "import"]), st.integers(0, 30))
def test_a_carry_keeps_the_sum_of_each_day_right_to_1_wh(values: list[Fraction], role: str, hour: int) -> None:
    """Computed apart, day by day: the whole Wh up to each step are those of the exact sum up to it."""
    whole = whole_wh(steps(values, role, hour * 3600), "UTC", "carry", "f")
    days: dict[int, list[int]] = {}
    for at in range(len(values)):
        days.setdefault((hour + at) // 24, []).append(at)
    for positions in days.values():
        exact = [*accumulate(values[at] for at in positions)]
        found = [*accumulate(whole[at] for at in positions)]
        for exactly, wh in zip(exact, found, strict=True):
            assert wh == (ceil(exactly) if role == "import" else floor(exactly))
            assert abs(wh - exactly) < 1


@given(
    st.lists(FRACTIONS, min_size=2, max_size=80), st.lists(st.integers(1, 79), max_size=5),
    st.sampled_from(["net", "export", "import"]),
)  # fmt: skip
def test_what_is_carried_goes_on_in_the_next_part(values: list[Fraction], cuts: list[int], role: str) -> None:
    """Parts of a file have denominators of their own."""
    whole = whole_wh(steps(values, role), "UTC", "carry", "f")
    places = sorted({0, *(cut for cut in cuts if cut < len(values)), len(values)})
    carry, parts = DayCarry(), []
    for begin, end in pairwise(places):
        parts += whole_wh(steps(values[begin:end], role, 3600 * begin), "UTC", "carry", "f", carry)
    assert parts == whole


def test_values_that_are_not_negative_stay_so() -> None:
    values = [Fraction(1, 3)] * 50
    for role in ("net", "export", "import"):
        assert set(whole_wh(steps(values, role), "UTC", "carry", "f")) == {0, 1}


def test_gross_is_rounded_up_each_step_so_that_it_is_never_below_net() -> None:
    values = [Fraction(1, 3), Fraction(5, 3), Fraction(2)]
    assert whole_wh(steps(values, "gross"), "UTC", "carry", "f") == [1, 2, 2]


def test_a_value_finer_than_1_wh_is_refused_with_its_line() -> None:
    with pytest.raises(InexactNumberError, match=r"f, line 3, : 1/3 Wh is finer than 1 Wh; name how to cut it"):
        whole_wh(steps([Fraction(2), Fraction(1, 3)]), "UTC", "refuse", "f")


@pytest.mark.parametrize(
    ("zone", "role"),
    by_default(
        product(["Europe/Berlin", "America/Havana", "Australia/Lord_Howe"], ["net", "export", "import"]),
        lambda case: case in (("Australia/Lord_Howe", "net"), ("America/Havana", "import")),
    ),
)
def test_a_file_of_a_year_and_files_of_its_months_agree(read_table: ReadTable, zone: str, role: str) -> None:
    starts = local_starts(zone, date(2024, 1, 1), 366, 1800)
    values = [Fraction(number * 7919 % 1000 - 300, 7000) for number in range(len(starts))]
    cells = [f"{number * 7919 % 1000 - 300}" for number in range(len(starts))]
    rows = [f"{at.isoformat()},{cell}" for at, cell in zip(starts, cells, strict=True)]
    layout = {
        "zone": zone, "remainder": "carry", "time": {"columns": "time", "step": "30 min"},
        "values": {"column": "W", "unit": "W", "kind": "power", "role": role, "multiplier": "0.01"},
    }  # fmt: skip
    year = read_table("\n".join(["time,W", *rows]), **layout)
    months: list[int] = []
    for month in range(1, 13):
        some = [row for row, at in zip(rows, starts, strict=True) if at.month == month]
        months += values_of(read_table("\n".join(["time,W", *some]), **layout))
    assert values_of(year) == months
    exact = sum(Fraction(cell) / 200 for cell in cells)
    assert year.only.exact_wh == (-exact if role == "import" else exact)
    assert 0 <= year.only.cut_wh < 366, "never more net energy than was metered, and less than 1 Wh a day"
    assert len(values) == len(months)


def test_net_of_both_directions_is_never_more_than_was_metered(read_table: ReadTable) -> None:
    rows = [f"2024-05-01 {hour:02}:00,0.00{hour % 10},0.000{hour * 7 % 10},0.0{hour % 10}1" for hour in range(24)]
    layout = {
        "remainder": "carry",
        "values": [
            {"column": "out", "role": "export"}, {"column": "in", "role": "import"}, {"column": "all", "role": "gross"},
        ],
    }  # fmt: skip
    (run,) = read_table("\n".join(["time,out,in,all", *rows]), **layout).runs
    exact = [Fraction(hour % 10) - Fraction(hour * 7 % 10, 10) for hour in range(24)]
    for found, exactly in zip(accumulate(run.net_wh), accumulate(exact), strict=True):
        assert exactly - 2 < found <= exactly
    assert run.gross_wh == tuple(ceil(Fraction(hour % 10 * 10 + 1)) for hour in range(24))
