"""TOOL07, paragraph 61 and appendix 2: the default lambda."""

from fractions import Fraction
from typing import Any

import pytest
from tests.support.electricity_systems import THREE, by_symbol, dam, follows, grid, unit

from carbon_ledger.errors import MethodologyError, MissingDataError, NotApplicableError, QuantityError
from carbon_ledger.methodologies.tool07 import (
    AnnualLoad,
    HydroAverage,
    default_lambda,
    default_lambdas,
    simple_adjusted_operating_margin,
)

# Appendix 2, table 1: upper bound of the share in percent, and lambda. [P]
TABLE = (
    "50: 0 | 54.54: 0.05 | 59.20: 0.10 | 63.60: 0.15 | 67.76: 0.20 | 71.66: 0.25 | 75.32: 0.30 | 78.72: 0.35"
    " | 81.86: 0.40 | 84.76: 0.45 | 87.41: 0.50 | 89.80: 0.55 | 91.94: 0.60 | 93.83: 0.65 | 95.47: 0.70"
    " | 96.85: 0.75 | 97.98: 0.80 | 98.87: 0.85 | 99.50: 0.90 | 99.87: 0.95"
)
UPPER = [row.split(": ") for row in TABLE.split(" | ")]
BIT = Fraction(1, 10**12)


def load(lowest: str = "40 MW", highest: str = "100 MW") -> AnnualLoad:
    return AnnualLoad(lowest=lowest, highest=highest, source="dispatch centre")


@pytest.mark.parametrize("row", range(len(UPPER)))
def test_the_table_row_by_row(row: int) -> None:
    """Just under an upper bound the row holds; on it, the next row, which is the higher lambda. [C]"""
    bound, value = Fraction(UPPER[row][0]) / 100, Fraction(UPPER[row][1])
    after = Fraction(UPPER[row + 1][1]) if row + 1 < len(UPPER) else Fraction(1)
    assert default_lambda(bound - BIT) == value
    assert default_lambda(bound) == default_lambda(bound + BIT) == after


def test_the_ends_of_the_table() -> None:
    assert default_lambda(Fraction(0)) == 0
    assert default_lambda(Fraction(1)) == 1


@pytest.mark.parametrize("share", [Fraction(-1, 10), Fraction(11, 10), 0.6, "0.6", 60])
def test_a_share_is_a_fraction_from_0_to_1(share: Any) -> None:
    with pytest.raises(QuantityError, match="expected a Fraction from 0 to 1"):
        default_lambda(share)


@pytest.mark.parametrize(("lowest", "admitted"), [("33333333 W", False), ("33333334 W", True)])
def test_the_lowest_load_is_a_third_or_more_in_each_year(lowest: str, admitted: bool) -> None:
    loads = {2021: load(), 2022: load(lowest, "100000000 W"), 2023: load()}
    if admitted:
        assert set(default_lambdas(grid(100, 300, 600), THREE, loads=loads)) == set(THREE)
    else:
        with pytest.raises(NotApplicableError, match=r"lowest load of 2022 is 0\.33.* use lambda_of_load"):
            default_lambdas(grid(100, 300, 600), THREE, loads=loads)


def test_exactly_a_third_is_enough() -> None:
    """Paragraph 61: not less than one third. The flow chart of the tool has "> 1/3"."""
    found = default_lambdas(grid(100, 300, 600), [2023], loads={2023: load("1 MW", "3 MW")})
    assert found[2023].value == Fraction("0.15")


def test_the_share_is_that_of_the_five_years_that_end_with_the_last() -> None:
    yearly = dict.fromkeys(range(2015, 2024), 400)
    hydro = {year: 100 if year < 2022 else 9000 for year in yearly}
    system = [unit("gas", yearly), dam("dam", hydro)]
    early = default_lambdas(system, (2018, 2019, 2020), loads=dict.fromkeys((2018, 2019, 2020), load()))
    late = default_lambdas(system, THREE, loads=dict.fromkeys(THREE, load()))
    assert {found.value for found in early.values()} == {0}
    assert {found.value for found in late.values()} == {Fraction("0.60")}
    assert "at a share of 90.1478% in 2019 to 2023" in late[2023].source


def test_approach_and_long_term_hydropower_enter_the_share() -> None:
    wet = dict(zip(range(2019, 2024), (600, 600, 100, 100, 100), strict=True))
    gas = dict(zip(range(2019, 2024), (400, 400, 200, 200, 200), strict=True))
    system = [unit("gas", gas), dam("dam", wet)]
    loads = {2023: load()}
    long = HydroAverage(units="dam", generation=dict.fromkeys(range(2009, 2024), "840 MWh"), source="yearbook")
    found = [
        default_lambdas(system, [2023], loads=loads, **more)[2023].value
        for more in ({"approach": 1}, {"approach": 2}, {"hydro_average": long})
    ]
    assert found == [0, Fraction("0.05"), Fraction("0.30")]


def test_the_trace_of_the_margin_shows_share_and_loads() -> None:
    lambdas = default_lambdas(grid(100, 300, 600), THREE, loads=dict.fromkeys(THREE, load()))
    margin = simple_adjusted_operating_margin(grid(100, 300, 600), THREE, lambdas=lambdas)
    lines = by_symbol(margin.lines)
    assert lines["share_LCMR[2019 to 2023]"].value == Fraction("0.6")
    assert [lines[f"{name}[2022]"].value for name in ("LASL", "HASL", "LASL_share")] == [40, 100, Fraction("0.4")]
    assert "appendix 2, table 1" in lines["lambda[2022]"].source
    assert lines["lambda[2022]"].confidence == "P"
    assert all(follows(lines, line) for line in margin.lines if line.inputs and not line.formula.startswith("0:"))


def test_what_is_missing_is_named() -> None:
    with pytest.raises(MissingDataError, match=r"loads has no load of \[2021, 2022\]"):
        default_lambdas(grid(1, 1, 1), THREE, loads={2023: load()})
    with pytest.raises(MethodologyError, match="without a year"):
        default_lambdas(grid(1, 1, 1), [], loads={})
    wrong: Any = {2023: "40 MW"}
    with pytest.raises(QuantityError, match="expected AnnualLoad"):
        default_lambdas(grid(1, 1, 1), [2023], loads=wrong)
