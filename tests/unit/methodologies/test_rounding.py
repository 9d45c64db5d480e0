"""Rounding where practice differs: published figures, and the roundings of each methodology version."""

from decimal import Decimal
from fractions import Fraction

from carbon_ledger.exact import Rounding
from carbon_ledger.methodologies import METHODOLOGIES

FLOOR = Rounding("floor", places=0)
CEILING = Rounding("ceiling", places=0)


def test_an_annual_average_is_printed_as_its_floor() -> None:
    """Domain section 4, monitoring rules: 730,000 t over 7 years is printed 104,285: the floor. [P]"""
    annual = Fraction(730_000, 7)
    assert FLOOR.apply(annual) == 104_285
    assert Rounding("half-even", places=0).apply(annual) == CEILING.apply(annual) == 104_286


def test_a_ten_year_total_may_be_the_rounded_year_times_ten() -> None:
    """Domain section 4, monitoring rules: rounding first and multiplying after loses what the exact total keeps. [P]"""
    assert FLOOR.apply(Fraction(730_000, 7)) * 10 == 1_042_850
    assert FLOOR.apply(Fraction(730_000, 7) * 10) == 1_042_857


def test_a_levy_is_rounded_up() -> None:
    """Domain section 4, monitoring rules: 2% of 111,949 units leaves 109,710; floored it would leave 109,711. [P]"""
    levy = Fraction(2, 100) * 111_949
    assert 111_949 - CEILING.apply(levy) == 109_710
    assert 111_949 - FLOOR.apply(levy) == 109_711  # 0.02 of a unit more than there is


def test_every_methodology_has_its_rounding_table() -> None:
    for key, methodology in METHODOLOGIES.items():
        table = [(point.rounding.direction, point.rounding.places) for point in methodology.rounding_table]
        assert table[0] == ("floor", 0)
        # The history of a plant that existed before, twice, and fuel by its carbon content.
        # Last, the cap of a year of a small-scale project.
        cap = [("floor", 6)] if key == "AMS-I.D@18.0" else []
        # Under VMR0017, the share of added capacity in what a plant generates.
        ceilings = {"GCCM001@4.0": 1, "VMR0017@1.0": 4}.get(key, 3)
        assert table[1:] == [("ceiling", 6)] * ceilings + cap
        assert len({point.name for point in methodology.rounding_table}) == len(table)


def test_a_baseline_is_rounded_against_the_project() -> None:
    (baseline, *_) = METHODOLOGIES["ACM0002@22.0"].existing_roundings
    assert baseline.rounding.apply(Decimal("40960.6816863")) == Decimal("40960.681687")
