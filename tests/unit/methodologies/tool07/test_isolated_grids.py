"""TOOL07, paragraphs 93 to 97 and appendix 4: isolated grids."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from tests.support.electricity_systems import by_symbol, follows

from carbon_ledger.errors import (
    InexactNumberError,
    MethodologyError,
    MissingDataError,
    NotApplicableError,
    QuantityError,
    UnitMismatchError,
)
from carbon_ledger.methodologies.tool07 import IsolatedPlant, Tool07Result, isolated_grid_margin

WHY = "fuel consumption is not recorded"


def plant(plant_id: str, kind: str = "liquid", mw: object = 10, mwh: object = 100) -> IsolatedPlant:
    return IsolatedPlant(id=plant_id, kind=kind, capacity=f"{mw} MW", generation=None if mwh is None else f"{mwh} MWh")


def isolated(*plants: IsolatedPlant, option: str = "default", **more: Any) -> Tool07Result:
    fields: dict[str, Any] = {
        "no_fuel_data": WHY,
        "factor_id": "f",
        "region": "X",
        "technology": "solar",
        "crediting_period_ordinal": 1,
    }
    return isolated_grid_margin(plants, 2023, option=option, **(fields | more))


def exact(found: Tool07Result) -> Decimal:
    return found.line("EF_CM,exact").value


# --- default values -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("technology", "ordinal", "value"),
    [("solar", 1, "0.7375"), ("hydro", 1, "0.685"), ("hydro", 2, "0.6325"), ("hydro", 3, "0.6325")],
)
def test_liquid_fuel_alone(technology: str, ordinal: int, value: str) -> None:
    """Paragraphs 94(b) and 95(b): 0.79 and 0.58, weighted; one plant or several."""
    for plants in ([plant("a")], [plant("a"), plant("b")]):
        found = isolated(*plants, technology=technology, crediting_period_ordinal=ordinal)
        assert exact(found) == Decimal(value)
        assert (found.factor.operating_margin, found.factor.build_margin) == ("0.79", "0.58")


@pytest.mark.parametrize(
    ("kinds", "value"),
    [
        (("liquid", "solid"), "0.40"),
        (("liquid", "renewable"), "0.40"),
        (("liquid", "gas"), "0.32"),
        (("liquid", "liquid-combined-cycle"), "0.27"),
        (("liquid", "gas", "liquid-combined-cycle"), "0.27"),
        (("liquid", "gas-combined-cycle"), "0.20"),
        (("liquid-combined-cycle", "gas-combined-cycle"), "0.20"),
    ],
)
def test_several_kinds_of_plants(kinds: tuple[str, ...], value: str) -> None:
    """Paragraphs 96(b) and 97(b)."""
    found = isolated(*(plant(kind, kind, 1 if kind == "renewable" else 10) for kind in kinds))
    assert exact(found) == Decimal(value)
    assert (found.factor.weights, found.factor.build_margin) == (None, None)


@pytest.mark.parametrize("plants", [[plant("a", "solid")], [plant("a", "gas"), plant("b", "gas")]])
def test_a_grid_that_is_in_no_case_is_refused(plants: list[IsolatedPlant]) -> None:
    with pytest.raises(NotApplicableError, match="expected one diesel or fuel oil plant"):
        isolated(*plants)


# --- what an isolated grid is -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("liquid", "solid", "renewable", "host", "admitted"),
    [
        ("65", "0", "35", False, True),
        ("64.999999", "0", "35.000001", False, False),
        ("64.999999", "0", "35.000001", True, False),
        ("1", "64", "35", True, True),
        ("1", "64", "35", False, False),
        ("1", "79", "20", False, True),
        ("10", "790", "200", False, True),
        ("10", "790.000001", "199.999999", False, True),
        ("10.000001", "790", "200", False, False),
        ("10.000001", "790", "200", True, True),
    ],
)
def test_capacities_decide(liquid: str, solid: str, renewable: str, host: bool, admitted: bool) -> None:
    """Paragraph 10(f): 65% fossil in an LDC or SIDS, 65% liquid, or 80% fossil up to 1000 MW."""
    sizes = (("a", "liquid", liquid), ("b", "solid", solid), ("c", "renewable", renewable))
    plants = [plant(name, kind, mw) for name, kind, mw in sizes if Fraction(mw)]
    if admitted:
        assert exact(isolated(*plants, ldc_or_sids=host)) == Decimal("0.40")
    else:
        with pytest.raises(NotApplicableError, match="expected 65% liquid fuel"):
            isolated(*plants, ldc_or_sids=host)


# --- appendix 4 ---------------------------------------------------------------------------------------


def test_appendix_4_weighs_defaults_by_generation() -> None:
    """Equation (1), hydro in the first period: liquid and solid 0.685, then 0.42, 0.47, 0.32 and 0."""
    plants = [
        plant("diesel", "liquid", 40, 100),
        plant("coal", "solid", 40, 200),
        plant("oil-cc", "liquid-combined-cycle", 40, 300),
        plant("gas", "gas", 10, 400),
        plant("gas-cc", "gas-combined-cycle", 10, 500),
        plant("wind", "renewable", 10, 600),
    ]
    found = isolated(*plants, option="appendix-4", technology="hydro")
    tonnes = 300 * Fraction("0.685") + 300 * Fraction("0.42") + 400 * Fraction("0.47") + 500 * Fraction("0.32")
    assert Fraction(found.factor.value) == Fraction(tonnes / 2100 * 10**4 // 1, 10**4)
    lines = by_symbol(found.lines)
    assert lines["EG_LS_FF[2023]"].value == 300
    assert lines["EF_LS_FF"].confidence == "C"
    assert lines["EF_GCC_FF"].confidence == "P"
    assert lines["CAP[diesel]"].value == 40
    skipped = ("no plant", "EF_CM,exact, rounded")
    assert all(follows(lines, line) for line in found.lines if line.inputs and line.formula not in skipped)


def test_appendix_4_needs_generation() -> None:
    with pytest.raises(MissingDataError, match="no generation of b is stated"):
        isolated(plant("a"), plant("b", mwh=None), option="appendix-4")
    with pytest.raises(MissingDataError, match="nothing was generated in 2023"):
        isolated(plant("a", mwh=0), plant("b", mwh=0), option="appendix-4")
    with pytest.raises(NotApplicableError, match="1 plant of kind liquid; expected"):
        isolated(plant("a"), option="appendix-4")


# --- the factor, and what is refused ------------------------------------------------------------------


def test_the_factor_says_what_it_is() -> None:
    found = isolated(plant("a"), region="EG")
    assert found.factor.source == (
        "calculated by TOOL07 v7.0: isolated grid of 1 plant in 2023, defaults of 0.79 and 0.58, since "
        "fuel consumption is not recorded"
    )
    assert (found.factor.data_years, found.factor.vintage_option) == ((2023,), "ex-ante")
    assert Tool07Result.from_record(found.to_record()) == found


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (isolated, QuantityError, "one or more IsolatedPlant"),
        (lambda: isolated(plant("a"), plant("a")), QuantityError, "a are given twice"),
        (lambda: isolated(plant("a"), option="similar-plant"), MethodologyError, "expected one of default, appendix-4"),
        (lambda: isolated(plant("a"), no_fuel_data=" "), QuantityError, "no_fuel_data"),
        (lambda: plant("a", "diesel"), QuantityError, "'diesel', expected one of liquid, solid"),
        (lambda: plant("a", mw=0), QuantityError, "capacity above 0 W"),
        (lambda: plant("a", mwh=-1), QuantityError, "generation of 0 Wh or more"),
        (lambda: IsolatedPlant(id="a", kind="liquid", capacity="1 MWh"), UnitMismatchError, "capacity"),
        (lambda: IsolatedPlant(id="a", kind="liquid", capacity=1.5), InexactNumberError, "capacity"),
    ],
)
def test_what_is_no_grid_is_refused(make: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()
