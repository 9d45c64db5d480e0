"""Amounts as arguments and as results, under Decimal contexts that a caller may have set."""

import decimal
import os
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.places import PYTHONPATH

from carbon_ledger import units
from carbon_ledger.errors import (
    CarbonLedgerError,
    InexactNumberError,
    QuantityError,
    UnitMismatchError,
    UnknownUnitError,
)
from carbon_ledger.exact import Rounding

CALLERS = {
    "plain": decimal.Context(),
    "three digits": decimal.Context(prec=3),
    "three digits, up, float trap": decimal.Context(
        prec=3, rounding=decimal.ROUND_UP, traps=[decimal.FloatOperation, decimal.InvalidOperation]
    ),
    "everything trapped": decimal.Context(
        prec=3, traps=[decimal.Inexact, decimal.Rounded, decimal.Subnormal, decimal.FloatOperation]
    ),
    "narrow": decimal.Context(prec=1, Emin=-2, Emax=2, clamp=1, capitals=0),
}


@pytest.fixture(params=list(CALLERS))
def caller(request):
    """Put the test inside a caller's Decimal context, float trap off or on."""
    with decimal.localcontext(CALLERS[request.param]):
        yield request.param


under_every_caller = pytest.mark.usefixtures("caller")


@pytest.fixture(scope="module")
def foreign():
    """Give a registry that is not ours, as another library may have made it."""
    return pint.UnitRegistry(non_int_type=Decimal)


@pytest.fixture(scope="module", autouse=True)
def built():
    """Build the registry before the first example of a property is timed."""
    units.registry()


def in_a_fresh_interpreter(code):
    """Run *code* where nothing is loaded yet, and give what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": PYTHONPATH},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


class TestRoundingOfArguments:
    """A fraction of the recorded unit is refused, or rounded by the given rounding."""

    @under_every_caller
    def test_energy_finer_than_a_wh_is_refused(self):
        with pytest.raises(InexactNumberError, match=r"net: between 1 and 2 Wh; expected an energy in whole Wh"):
            units.energy_wh("1.5 Wh", "net")
        with pytest.raises(InexactNumberError, match="between -2 and -1"):
            units.energy_wh("-1.5 Wh", "net")
        with pytest.raises(InexactNumberError, match="between 277 and 278"):
            units.energy_wh("1 MJ", "net")

    @under_every_caller
    @pytest.mark.parametrize(
        ("text", "direction", "wh"),
        [
            ("1.5 Wh", "floor", 1),
            ("-1.5 Wh", "floor", -2),
            ("1.5 Wh", "ceiling", 2),
            ("2.5 Wh", "half-even", 2),
            ("1 GJ", "floor", 277_777),
            ("1 GJ", "ceiling", 277_778),
            ("5 MWh", "floor", 5_000_000),
        ],
    )
    def test_a_named_rounding_is_applied(self, text, direction, wh):
        assert units.energy_wh(text, "net", rounding=Rounding(direction, places=0)) == wh

    def test_a_rounding_with_places_is_refused(self):
        with pytest.raises(QuantityError, match=r"net: Rounding\(direction='floor', places=3\): .* with places=0"):
            units.energy_wh("1.5 Wh", "net", rounding=Rounding("floor", places=3))

    @under_every_caller
    def test_power_and_duration_have_no_rounding(self):
        assert units.power_w("8.33 MW", "capacity") == 8_330_000
        with pytest.raises(InexactNumberError, match=r"capacity: .* expected a power in whole W"):
            units.power_w("0.5 W", "capacity")
        with pytest.raises(InexactNumberError, match=r"step: .* expected a duration in whole s"):
            units.duration_s("1.5 s", "step")


class TestOtherKinds:
    """Powers, durations, areas, emission factors."""

    @under_every_caller
    @pytest.mark.parametrize(
        ("value", "seconds"),
        [
            ("1 hour", 3600),
            ("15 min", 900),
            ("0.25 h", 900),
            ("900 seconds", 900),
            ("1 d", 86_400),
            ("1 week", 604_800),
            (timedelta(minutes=15), 900),
            (timedelta(days=400, seconds=1), 34_560_001),
        ],
    )
    def test_durations(self, value, seconds):
        assert units.duration_s(value, "step") == seconds

    @under_every_caller
    @pytest.mark.parametrize(
        ("value", "error", "says"),
        [
            ("0 s", QuantityError, "0 s is not a duration; expected a duration above zero"),
            ("-1 hour", QuantityError, "-3600 s is not a duration"),
            (timedelta(0), QuantityError, "above zero"),
            (timedelta(days=-1), QuantityError, "above zero"),
            (timedelta(milliseconds=1500), InexactNumberError, "between 1 and 2"),
            ("1 month", UnknownUnitError, "a month has no fixed length"),
            ("1 m", UnknownUnitError, "metres, minutes or months"),
            (
                "1 MWh",
                UnitMismatchError,
                'an energy; expected a duration: write a duration, e.g. "1 hour"',
            ),
            (3600, UnitMismatchError, '3600 has no unit; .* "1 hour"'),
            ("3600", UnitMismatchError, 'no unit; .* "1 hour"'),
        ],
    )
    def test_durations_refused(self, value, error, says):
        with pytest.raises(error, match=f"step: .*{says}"):
            units.duration_s(value, "step")

    @under_every_caller
    def test_a_power_is_not_an_energy(self):
        with pytest.raises(UnitMismatchError, match="an energy; expected a power: divide it by hours"):
            units.power_w("24 MWh", "capacity")

    @under_every_caller
    @pytest.mark.parametrize(
        ("text", "m2"), [("2.5 km2", "2500000"), ("1 ha", "10000"), ("0.5 m2", "0.5"), ("0 km2", "0")]
    )
    def test_areas(self, text, m2):
        assert str(units.area_m2(text, "reservoir_area")) == m2

    @under_every_caller
    @pytest.mark.parametrize(
        ("text", "tonnes"), [("1 t", "1"), ("2.5 kg", "0.0025"), ("1 g", "0.000001"), ("1000 lb", "0.45359237")]
    )
    def test_masses(self, text, tonnes):
        assert str(units.mass_t(text, "methane")) == tonnes

    @pytest.mark.parametrize("value", ["1 tCO2e", "1 MWh", "5", 5])
    def test_other_kinds_are_not_masses(self, value):
        with pytest.raises(UnitMismatchError, match="methane"):
            units.mass_t(value, "methane")

    def test_a_length_is_not_an_area(self, foreign):
        with pytest.raises(UnitMismatchError, match="a length; expected an area"):
            units.area_m2(foreign.Quantity(5, "km"), "reservoir_area")

    @under_every_caller
    @pytest.mark.parametrize(
        ("value", "unit", "tonnes"),
        [
            ("0.384", "tCO2e/MWh", "0.384"),
            ("384", "gCO2/kWh", "0.384"),
            ("384", "gCO2e/kWh", "0.384"),
            ("384", "kg CO2e/MWh", "0.384"),
            ("0.4620", "tCO2/MWh", "0.462"),
            ("90", "kgCO2e/MWh", "0.09"),
            ("1", "lb/MWh", "0.00045359237"),
            ("904.591", "lbCO2e/MWh", "0.41031557557067"),
            ("1077.11", "lb CO2/MWh", "0.4885688776507"),
            ("0.0543", "tCO2/GJ", "0.19548"),
            ("54300", "kgCO2/TJ", "0.19548"),
            ("-0.1", "tCO2e/MWh", "-0.1"),
            ("0", "gCO2/kWh", "0"),
        ],
    )
    def test_emission_factors(self, value, unit, tonnes):
        assert str(units.intensity_t_per_mwh(Decimal(value), unit, "factor")) == tonnes

    @pytest.mark.parametrize(
        ("unit", "says"),
        [
            ("tco2e/mwh", "did you mean tCO2e/MWh"),
            ("t/MWh", "did you mean tCO2/MWh or lb/MWh"),
            ("tCO2eq/MWh", "did you mean tCO2e/MWh"),
            ("MWh/tCO2e", "is not a known unit"),
            ("", "expected for example"),
            (None, "is of type NoneType: expected text"),
            ([], "is of type list: expected text"),
        ],
    )
    def test_emission_factors_in_a_unit_off_the_list(self, unit, says):
        with pytest.raises(UnknownUnitError, match=f"factor: .*{says}"):
            units.intensity_t_per_mwh(Decimal(1), unit, "factor")

    def test_emission_factors_that_are_not_exact_numbers(self):
        with pytest.raises(InexactNumberError, match=r"factor: 0.384 is a float"):
            units.intensity_t_per_mwh(0.384, "tCO2e/MWh", "factor")
        with pytest.raises(QuantityError, match=r"factor: .* not a finite number"):
            units.intensity_t_per_mwh(Decimal("NaN"), "tCO2e/MWh", "factor")


class TestConvert:
    """Conversions are exact, or rounded as named, or refused."""

    @under_every_caller
    @pytest.mark.parametrize(
        ("value", "unit", "magnitude"),
        [
            ("36 GJ", "MWh", "10"),
            ("32.4 GJ", "MWh", "9"),
            ("1 MWh", "GJ", "3.6"),
            ("1.2345 MWh", "kWh", "1234.5"),
            ("1 TWh", "Wh", "1000000000000"),
            ("1 lb", "kg", "0.45359237"),
            ("1 ktCO2e", "tCO2e", "1000"),
            ("123456.789 gCO2e", "tonnes CO2e", "0.123456789"),
            ("90 min", "hours", "1.5"),
            ("250 ha", "km2", "2.5"),
            ("5 MWh", "MWh", "5"),
        ],
    )
    def test_exact(self, value, unit, magnitude):
        converted = units.convert(value, unit)
        assert (str(converted.magnitude), converted.units) == (magnitude, units.quantity(f"1 {unit}").units)

    @under_every_caller
    def test_an_endless_decimal_needs_a_rounding(self):
        with pytest.raises(InexactNumberError, match=r"the amount in MWh has more than 100 digits; .* rounding"):
            units.convert("1 GJ", "MWh")
        assert str(units.convert("1 GJ", "MWh", rounding=Rounding("floor", places=6)).magnitude) == "0.277777"
        assert str(units.convert("1 GJ", "MWh", rounding=Rounding("ceiling", places=6)).magnitude) == "0.277778"

    def test_a_rounded_result_of_more_than_a_hundred_digits_is_refused(self):
        with pytest.raises(InexactNumberError):
            units.convert("1e60 TJ", "Wh", rounding=Rounding("floor", places=40))

    @under_every_caller
    @pytest.mark.parametrize(
        ("value", "unit", "says"),
        [
            ("5 t", "tCO2e", "a mass is not an amount of CO2e"),
            ("5 tCO2e", "t", "not a mass"),
            ("5 tCO2e", "MWh", "expected an energy"),
            ("5 MW", "MWh", "multiply it by hours"),
        ],
    )
    def test_another_kind_is_refused_with_an_error_of_the_library(self, value, unit, says):
        with pytest.raises(UnitMismatchError, match=says) as caught:
            units.convert(value, unit)
        assert isinstance(caught.value, CarbonLedgerError)
        assert not isinstance(caught.value, pint.PintError)

    @pytest.mark.parametrize("unit", ["mWh", "", "BTU", "MWh/h", None, pint.Unit("MWh")])
    def test_a_target_off_the_list_is_refused(self, unit):
        with pytest.raises(UnknownUnitError, match=r"^unit: "):
            units.convert("5 MWh", unit)

    @given(st.decimals(-(10**9), 10**9, places=6), st.sampled_from(["Wh", "kWh", "GWh", "GJ", "TJ", "J"]))
    def test_an_exact_conversion_can_be_reversed(self, number, unit):
        there = units.convert(f"{number:f} MWh", unit)
        assert units.convert(there, "MWh").magnitude == number


class TestRegistry:
    """What comes back is a pint quantity that does not depend on who looks at it."""

    @under_every_caller
    def test_energy_and_emissions(self):
        assert str(units.energy(18_600_500_001)) == "18600.500001 MWh"
        assert str(units.energy(-70_000_000_000)) == "-70000 MWh"
        assert str(units.emissions(Decimal("12345.678901"))) == "12345.678901 tCO2e"

    @pytest.mark.parametrize("value", [True, None, "five"])
    def test_energy_and_emissions_of_invalid_numbers(self, value):
        with pytest.raises(QuantityError, match=r"^wh: "):
            units.energy(value)
        with pytest.raises(QuantityError, match=r"^t: "):
            units.emissions(value)

    def test_floats_are_refused_in_results(self):
        with pytest.raises(InexactNumberError):
            units.energy(5.0)
        with pytest.raises(InexactNumberError):
            units.emissions(5.0)

    @given(st.integers(-(10**18), 10**18))
    def test_results_are_valid_arguments(self, wh):
        assert units.energy_wh(units.energy(wh), "net") == wh
        assert units.energy_wh(str(units.energy(wh)), "net") == wh

    @under_every_caller
    def test_quantity_preserves_the_unit_and_the_digits(self, foreign):
        assert str(units.quantity("5.00 GJ")) == "5.00 GJ"
        ours = units.quantity(foreign.Quantity(5, "MW*hour"))
        assert ours.to("MWh").magnitude == 5
        assert isinstance(ours.magnitude, Decimal)
        with pytest.raises(UnitMismatchError):
            units.quantity("5")

    @under_every_caller
    def test_to_is_exact_under_any_context(self):
        amount = units.convert("18600.123 MWh", "MWh")
        assert str(amount.to("kWh").magnitude) == "18600123"
        assert str(amount.to("GJ").magnitude) == "66960.4428"
        assert str(units.quantity("32.4 GJ").to("MWh").magnitude) == "9"
        assert str(units.emissions(Decimal("26880.123")).to("kgCO2e").magnitude) == "26880123"
        assert units.energy(1_234_567).to("kWh") == units.quantity("1234567 Wh")

    @pytest.mark.outside
    def test_no_caller_can_poison_the_factors(self):
        """pint keeps the first factor it computes for ever (design decision 3)."""
        code = """
import decimal
from decimal import Decimal
from carbon_ledger import units
with decimal.localcontext(decimal.Context(prec=1, rounding=decimal.ROUND_UP)):
    amount = units.energy(123_456_789_012)
    amount.to("GJ"), amount.to_base_units(), amount.to("british_thermal_unit")
    units.registry().Quantity(Decimal(1), "pound").to_base_units()
print(amount.to("GJ").magnitude, amount.to_base_units().magnitude)
print(units.registry().get_base_units("megawatt_hour")[0])
print(units.registry().Quantity(Decimal(1), "pound").to_base_units().magnitude)
print(amount.to("british_thermal_unit").magnitude.quantize(Decimal("0.000001")))
"""
        gigajoules, joules, factor, kilograms, btu = in_a_fresh_interpreter(code)
        assert Decimal(gigajoules) == Decimal("444444.4404432")
        assert Decimal(joules) == 444_444_440_443_200
        assert Decimal(factor) == 3_600_000_000
        assert Decimal(kilograms) == Decimal("0.45359237")
        exact = Fraction(444_444_440_443_200) / Fraction("1055.056")
        assert abs(Fraction(btu) - exact) < Fraction(1, 10**6)

    def test_co2e_is_a_separate_dimension(self):
        ours = units.registry()
        tonnes = units.emissions(Decimal(5))
        for other in (ours.Quantity(Decimal(5), "t"), units.energy(5), ours.Quantity(Decimal(5), "")):
            with pytest.raises(pint.DimensionalityError):
                tonnes + other
        assert str(tonnes + units.quantity("500 kgCO2e")) == "5.5 tCO2e"
        assert tonnes.to("metric_ton * CO2e").magnitude == 5

    @pytest.mark.outside
    def test_is_built_once_by_however_many_threads(self):
        code = """
import threading
from carbon_ledger import units
found, gate = [], threading.Barrier(8)
def look():
    gate.wait()
    found.append(id(units.registry()))
threads = [threading.Thread(target=look) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(len(found), len(set(found)))
"""
        assert in_a_fresh_interpreter(code) == ["8", "1"]

    @pytest.mark.outside
    def test_reading_text_never_loads_pint(self):
        code = """
import sys
from datetime import timedelta
from decimal import Decimal
from carbon_ledger import errors, units
units.energy_wh("18600 MWh", "net"), units.power_w("8.33 MW", "capacity"), units.area_m2("1 ha", "area")
units.duration_s(timedelta(hours=1), "step"), units.intensity_t_per_mwh(Decimal(384), "gCO2/kWh", "factor")
for wrong in ("1 mWh", "2,5 MWh", 5, None):
    try:
        units.energy_wh(wrong, "net")
    except errors.QuantityError:
        pass
print("pint" in sys.modules)
units.energy(5)
print("pint" in sys.modules)
"""
        assert in_a_fresh_interpreter(code) == ["False", "True"]
