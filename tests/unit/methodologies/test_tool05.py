"""Default values of TOOL05 by name, each under its condition, and data of losses that are not too old."""

from decimal import Decimal
from typing import Any

import pytest

from carbon_ledger.errors import CarbonLedgerError, QuantityError, UnitMismatchError
from carbon_ledger.methodologies import ImportedElectricity
from carbon_ledger.methodologies.tool05 import SCENARIOS, captive_plant_t, default_factor, default_losses

DEFAULT = "TOOL05 default"


def taken(**more: Any) -> ImportedElectricity:
    """100 MWh from a grid, by the defaults of the tool: W20 of the worked examples."""
    fields: dict[str, Any] = {
        "amount": "100 MWh",
        "emission_factor": DEFAULT,
        "losses": DEFAULT,
        "scenario": "A",
        "vintage": 2024,
        "meter": "feeder of the pumps",
        "source": "CDM TOOL05 v3.0",
    }
    return ImportedElectricity(**(fields | more))


@pytest.mark.parametrize(
    ("scenario", "tonnes"), [("A", "156"), ("B", "130"), ("C.I", "156"), ("C.II", "130"), ("C.III", "156")]
)
def test_the_defaults_of_each_scenario(scenario: str, tonnes: str) -> None:
    """CDM TOOL05 v3.0, paragraphs 20, 28 and 31, table 3: 1.3 t/MWh; 20 %, or 0 in B and C.II. [P]"""
    assert taken(scenario=scenario).emissions_t == Decimal(tonnes)


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("hydro", [False, True])
def test_defaults_where_the_baseline_consumes_more(scenario: str, hydro: bool) -> None:
    """0.4 t/MWh, or 0.25 of a grid with 50 % hydropower or more; 3 %. [P]"""
    alone = scenario in ("B", "C.II")
    factor = "0.25" if hydro and not alone else "0.4"
    assert default_factor(scenario, baseline_is_larger=True, mostly_hydro=hydro) == Decimal(factor)
    assert default_factor(scenario, mostly_hydro=hydro) == Decimal("1.3")
    assert default_losses(scenario, baseline_is_larger=True) == (0 if alone else Decimal("0.03"))


@pytest.mark.parametrize(
    ("change", "error", "named"),
    [
        ({"scenario": None}, QuantityError, "TOOL05 default without a scenario"),
        ({"scenario": None, "losses": "20 %"}, QuantityError, "TOOL05 default without a scenario"),
        ({"scenario": None, "emission_factor": "1 tCO2e/MWh"}, QuantityError, "TOOL05 default without a scenario"),
        ({"scenario": "C"}, QuantityError, r"scenario 'C', expected one of A, B, C\.I"),
        ({"scenario": 1}, QuantityError, "scenario 1, expected one of"),
        ({"scenario": "B", "losses": "3 %"}, QuantityError, "losses '3 %' in scenario B, expected 0 %"),
        ({"scenario": "C.II", "losses": "20 %"}, QuantityError, "expected 0 %"),
        ({"losses": "8 %", "losses_year": 2018}, QuantityError, "losses_year 2018, expected a year from 2019 to 2024"),
        ({"losses": "8 %", "losses_year": 2025}, QuantityError, "losses_year 2025, expected a year from 2019 to 2024"),
        ({"losses": "8 %", "losses_year": "2024"}, QuantityError, "losses_year '2024', expected a year"),
        ({"losses_year": 2024}, QuantityError, "which have no data; leave it out"),
        ({"losses": "tool05 default"}, QuantityError, "percent sign"),
        ({"emission_factor": "TOOL05"}, UnitMismatchError, "with its unit"),
    ],
)
def test_a_default_without_its_condition_is_refused(
    change: dict[str, Any], error: type[CarbonLedgerError], named: str
) -> None:
    with pytest.raises(error, match=named):
        taken(**change)


@pytest.mark.parametrize("year", [2019, 2024])
def test_losses_of_at_most_five_years_ago_are_accepted(year: int) -> None:
    made = taken(losses="8 %", losses_year=year)
    assert made.emissions_t == Decimal("140.4")
    assert made.to_record()["losses_year"] == year
    assert taken(scenario="B", losses="0 %").emissions_t == 130


def test_a_captive_plant_without_a_meter_is_taken_to_run_all_year() -> None:
    """CDM TOOL05 v3.0, equation (7): 11,400 t/MW, where 1.3 x 8,760 is 11,388. [P]"""
    assert captive_plant_t("1 MW") == 11_400
    assert captive_plant_t("250 kW") == 2_850
    assert captive_plant_t("0 MW") == 0
    with pytest.raises(QuantityError, match="expected 0 or more"):
        captive_plant_t("-1 MW")
    with pytest.raises(UnitMismatchError):
        captive_plant_t("1 MWh")


def test_the_record_has_only_what_was_given() -> None:
    record = taken().to_record()
    assert (record["emission_factor"], record["losses"], record["scenario"]) == (DEFAULT, DEFAULT, "A")
    assert "losses_year" not in record
    assert ImportedElectricity.from_record(record) == taken()
    plain = taken(emission_factor="1 tCO2e/MWh", losses="5 %", scenario=None)
    assert sorted(plain.to_record()) == ["amount_wh", "emission_factor", "losses", "meter", "source", "vintage"]
