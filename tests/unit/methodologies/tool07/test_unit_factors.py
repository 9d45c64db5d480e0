"""TOOL07: power units as records, and their emission factors by options A1 and A2."""

import decimal
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from tests.support.electricity_systems import COAL, COAL_36, GAS, GAS_50, by_symbol, dam, unit

from carbon_ledger.errors import InexactNumberError, MissingDataError, PeriodError, QuantityError, UnitMismatchError
from carbon_ledger.methodologies.tool07 import (
    FuelConsumption,
    FuelFactor,
    OptionA1,
    OptionA2,
    UnknownFuel,
    ZeroEmission,
    average_operating_margin,
    unit_emission_factor,
)


def use(fuel: FuelFactor = GAS, amount: object = "50", ncv: object = "48", **more: Any) -> FuelConsumption:
    fields: dict[str, Any] = {"fuel": fuel, "amount": amount, "unit": "t", "ncv": ncv, "source": "fuel bills"}
    return FuelConsumption(**(fields | more))


def burning(*uses: FuelConsumption, mwh: object = 300) -> Any:
    return unit("u", {2023: mwh}, option=OptionA1(burned={2023: uses}))


@pytest.mark.parametrize(("option", "factor"), [(GAS_50, "0.39096"), (COAL_36, "0.895")])
def test_option_a2_gives_the_worked_figures(option: OptionA2, factor: str) -> None:
    """Domain section 4: gas at 50% with 0.0543 t/GJ, coal at 36% with 0.0895 t/GJ. [C]"""
    found = unit_emission_factor(unit("u", option=option), 2023)
    assert found.value == Fraction(factor)
    assert found.lines[-1].value == Decimal(factor)
    assert found.lines[-1].formula == "EF_CO2[u] x 3.6 / eta[u]"
    assert found.lines[-1].inputs == ("EF_CO2[u]", "eta[u]")


@pytest.mark.parametrize(
    ("name", "efficiency", "factor"), [("natural-gas", "0.5", "0.39096"), ("other-bituminous-coal", "0.36", "0.895")]
)
def test_the_ipcc_lower_bounds_give_the_worked_figures(name: str, efficiency: str, factor: str) -> None:
    option = OptionA2(efficiency=efficiency, fuels=FuelFactor.ipcc(name), source="plant test")
    found = unit_emission_factor(unit("u", option=option), 2023)
    assert found.value == Fraction(factor)
    assert "lower bound" in found.lines[0].source


def test_option_a2_takes_the_fuel_of_the_lowest_factor() -> None:
    both = OptionA2(efficiency="0.36", fuels=[COAL, GAS], source="plant test")
    found = unit_emission_factor(unit("u", option=both), 2023)
    assert found.value == Fraction("0.0543") * Fraction(36, 10) / Fraction("0.36")
    assert found.lines[0].name == "emission factor of natural gas, the lowest of its fuels"


def test_a_unit_of_which_only_the_generation_is_known_counts_as_zero() -> None:
    """TOOL07 v7.0, paragraph 50(a), option A3. [P]"""
    found = unit_emission_factor(unit("u", option=UnknownFuel("only generation is published")), 2023)
    assert found.value == found.lines[-1].value == 0
    assert found.lines[-1].name.endswith("its fuel is not known: only generation is published")
    assert (found.lines[-1].source, found.lines[-1].confidence) == ("TOOL07 v7.0, paragraph 50(a), option A3", "P")


def test_option_a1_sums_its_fuels() -> None:
    """(50 t x 48 GJ/t x 0.0543 + 10 t x 25.8 GJ/t x 0.0895) / 300 MWh: 153.411 t over 300 MWh."""
    found = unit_emission_factor(burning(use(), use(COAL, "10", "25.8")), 2023)
    assert found.value == Fraction("153.411") / 300
    lines = by_symbol(found.lines)
    assert lines["EF_EL[u,2023]"].value == Decimal("0.51137")
    assert lines["EF_EL[u,2023]"].formula == (
        "(FC[u,2023,1] x NCV[u,2023,1] x EF_CO2[u,2023,1] + FC[u,2023,2] x NCV[u,2023,2] x EF_CO2[u,2023,2]) "
        "/ EG[u,2023]"
    )
    assert lines["NCV[u,2023,2]"].value == Decimal("25.8")
    assert lines["NCV[u,2023,2]"].unit == "GJ/t"
    assert lines["EF_CO2[u,2023,1]"].source == "IPCC 2006, lower bound"
    assert lines["EF_CO2[u,2023,1]"].confidence == "M"


def test_a_factor_that_does_not_end_is_exact_inside_and_says_where_it_is_cut() -> None:
    found = unit_emission_factor(burning(use(), mwh=210), 2023)
    assert found.value == Fraction("130.32") / 210
    assert found.lines[-1].value == Decimal("0.620571428571")
    assert found.lines[-1].name.endswith("; shown to 12 places")


def test_no_result_depends_on_the_callers_context() -> None:
    with decimal.localcontext(prec=2):
        assert unit_emission_factor(unit("u", option=COAL_36), 2023).lines[-1].value == Decimal("0.895")
        assert unit_emission_factor(burning(use()), 2023).value == Fraction("130.32") / 300


def test_zero_emission_says_why() -> None:
    found = unit_emission_factor(dam(), 2023)
    assert found.value == 0
    assert "zero, hydropower" in found.lines[-1].name


@pytest.mark.parametrize("mwh", [1000, 0])
def test_option_a1_refuses_more_electricity_than_heat(mwh: int) -> None:
    """2400 GJ are 666.7 MWh at most; and with no generation there is nothing to divide by."""
    with pytest.raises(QuantityError, match=r"power unit u: 2400 GJ of fuel for (1000|0) MWh in 2023, expected"):
        unit_emission_factor(burning(use(), mwh=mwh), 2023)


def test_exactly_as_much_heat_as_electricity_is_the_limit() -> None:
    assert unit_emission_factor(burning(use(amount="1080", ncv="1")), 2023).value == Fraction("0.0543") * Fraction(
        36, 10
    )
    with pytest.raises(QuantityError):
        unit_emission_factor(burning(use(amount="1079.999", ncv="1")), 2023)


def test_option_a1_without_fuel_of_that_year_is_missing_data() -> None:
    with pytest.raises(MissingDataError, match="no fuel is stated for 2022"):
        unit_emission_factor(unit("u", option=OptionA1(burned={2023: [use()]})), 2022)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: FuelFactor(name="gas", ef=0.0543, source="s"), InexactNumberError, "is a float"),
        (lambda: FuelFactor(name="gas", ef="54.3", source="s"), QuantityError, "54,300 kg/TJ is 0.0543 t/GJ"),
        (lambda: FuelFactor(name="gas", ef="-0.1", source="s"), QuantityError, "expected 0 to 1"),
        (lambda: FuelFactor(name=" ", ef="0.05", source="s"), QuantityError, "fuel ' ': expected text"),
        (lambda: FuelFactor(name="gas", ef="0.05", source=""), QuantityError, "source of the emission factor of gas"),
        (lambda: FuelFactor(name="gas", ef="0.05", source="s", confidence="X"), QuantityError, "one of P, S, C, M"),
        (lambda: use(amount="-1"), QuantityError, "amount of fuel '-1'"),
        (lambda: use(amount=50.0), InexactNumberError, "is a float"),
        (lambda: use(ncv="0"), QuantityError, "net calorific value '0' GJ"),
        (lambda: use(unit=""), QuantityError, "unit of natural gas"),
        (lambda: use(source=""), QuantityError, "source of the consumption of natural gas"),
        (lambda: OptionA2(efficiency="36", fuels=GAS, source="s"), QuantityError, r"36% is 0\.36"),
        (lambda: OptionA2(efficiency="0", fuels=GAS, source="s"), QuantityError, "above 0 and at most 1"),
        (lambda: OptionA2(efficiency="0.5", fuels=[], source="s"), QuantityError, "option A2 without a fuel"),
        (lambda: OptionA2(efficiency="0.5", fuels=GAS, source=""), QuantityError, "source of the efficiency"),
        (lambda: OptionA1(burned={"2023": [use()]}), QuantityError, "year of fuel use '2023'"),
        (lambda: ZeroEmission(""), QuantityError, "reason for zero emissions"),
        (lambda: unit("a b"), QuantityError, "power unit id 'a b'"),
        (lambda: unit("u", technology=""), QuantityError, "power unit u: technology"),
        (lambda: unit("u", low_cost_must_run="no"), QuantityError, "low_cost_must_run 'no', expected True or False"),
        (lambda: unit("u", cdm=1), QuantityError, "cdm 1, expected True or False"),
        (lambda: unit("u", option=None), QuantityError, "expected OptionA1, OptionA2, ZeroEmission or UnknownFuel"),
        (lambda: unit("u", default_option=HYDRO_TEXT), QuantityError, "default_option"),
        (lambda: unit("u", commissioned="2000-13-01"), PeriodError, "day that does not exist"),
        (lambda: unit("u", {2023: -1}), QuantityError, "net generation below 0 is consumption"),
        (lambda: unit("u", generation={1999: "1 MWh"}), QuantityError, "in 1999, but the unit was commissioned on"),
        (lambda: unit("u", generation={2023: "1 t"}), UnitMismatchError, "generation"),
        (lambda: unit("u", generation={True: "1 MWh"}), QuantityError, "generation in True"),
    ],
)
def test_a_record_refuses_what_cannot_be(make: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()


HYDRO_TEXT = "hydro"


def test_generation_is_nothing_before_commissioning_and_missing_after_it() -> None:
    made = unit("u", {2022: 5, 2023: 7}, "2021-06-01")
    assert [made.generation_wh(year) for year in (2020, 2022, 2023)] == [0, 5_000_000, 7_000_000]
    with pytest.raises(MissingDataError, match="no generation is stated for 2021; state it, with 0"):
        made.generation_wh(2021)


def test_the_trace_shows_the_capacity_that_is_stated() -> None:
    """Paragraph 104(a): identity, day of commissioning and capacity of each unit."""
    found = average_operating_margin([unit("u", capacity="12.5 MW"), unit("v")], [2023], vintage_option="ex-post")
    lines = by_symbol(found.lines)
    assert (lines["CAP[u]"].value, lines["CAP[u]"].unit) == (Decimal("12.5"), "MW")
    assert lines["CAP[u]"].name == "capacity of u, gas, commissioned on 2000-01-01"
    assert "CAP[v]" not in lines
    with pytest.raises(QuantityError, match="capacity 0 W, expected more than 0 W"):
        unit("u", capacity="0 MW")
    with pytest.raises(UnitMismatchError, match="capacity of a power unit"):
        unit("u", capacity="12 MWh")
