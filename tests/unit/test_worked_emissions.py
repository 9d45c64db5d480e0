"""Worked examples of methodologies and tools, published or calculated from a clause, with their sources.

Each example has the number that it has in the notes from which the library was designed. W17 to W25 and W30 are here,
W26 is among the tests of VMR0017.
In brackets: P is a published text that was read, S a secondary source or a published table of another implementation,
and C a calculation from the clause.
"""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from tests.support.electricity_systems import unit

import carbon_ledger as cl
from carbon_ledger.core.issuance.buffer import levied_of
from carbon_ledger.devices import Device
from carbon_ledger.errors import NotApplicableError
from carbon_ledger.exact import Rounding
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.metering.calibration import MeterError, calibrated_net
from carbon_ledger.methodologies import (
    METHODOLOGIES,
    Activity,
    FuelUse,
    ImportedElectricity,
    Line,
    VintageGeneration,
    quantify_lines,
)
from carbon_ledger.methodologies.reservoirs import power_density
from carbon_ledger.methodologies.tool05 import captive_plant_t
from carbon_ledger.methodologies.tool07 import (
    FuelConsumption,
    FuelFactor,
    OptionA1,
    OptionA2,
    unit_emission_factor,
)
from carbon_ledger.periods import Period

MWH = 10**6


def plant(**more: Any) -> Device:
    fields: dict[str, Any] = {
        "id": "dam",
        "name": "Dam",
        "technology": "hydro/run-of-river",
        "capacity": "12 MW",
        "country": "AZ",
        "grid": "AZ",
        "zone": "Asia/Baku",
    }
    return Device(**(fields | more))


def year(net_mwh: str, device: Device | None = None, **more: Any) -> Activity:
    """A calendar year of a plant; the gross generation is the net generation."""
    wh = int(Decimal(net_mwh) * MWH)
    fields: dict[str, Any] = {
        "project": "p",
        "baseline": "greenfield",
        "crediting_period_ordinal": 1,
        "devices": (device or plant(),),
        "period": Period.year(2023, zone="Asia/Baku"),
        "generation": (VintageGeneration(2023, "dam", wh, wh),),
        "zone": "Asia/Baku",
    }
    return Activity(**(fields | more))


def factor(value: str) -> EmissionFactor:
    return EmissionFactor(
        factor_id="f", value=value, unit="tCO2e/MWh", kind="combined_margin", region="AZ", source="the example"
    )


def reduced(made: Activity, value: str) -> dict[str, Line]:
    return {line.symbol: line for line in quantify_lines(METHODOLOGIES["ACM0002@22.0"], made, factor(value))[0]}


def test_w17_power_units_by_fuel_and_by_efficiency() -> None:
    """TOOL07 v7.0, equations (4) and (5) [P]; published table, index id 60854112802 [S]: 0.429726; 0.97302857."""
    burned = FuelConsumption(
        fuel=FuelFactor(name="natural gas", ef="0.0561", source="table"),
        amount="200000",
        unit="m3",
        ncv="0.0383",
        source="table",
    )
    gas = unit("u", {2023: 1000}, option=OptionA1(burned={2023: (burned,)}))
    assert unit_emission_factor(gas, 2023).value == Fraction("0.429726")
    option = OptionA2(efficiency="0.35", fuels=FuelFactor(name="coal", ef="0.0946", source="table"), source="table")
    coal = unit_emission_factor(unit("u", option=option), 2023).value
    assert Rounding("half-up", places=8).apply(coal) == Decimal("0.97302857")


def test_w18_fuel_by_its_calorific_value() -> None:
    """TOOL03 v3.0, equation (4) [P]: diesel, 12.5 t, 43.3 GJ/t, 74,800 kg/TJ are 40.4855 t. [S]"""
    diesel = FuelUse(
        fuel="diesel", amount="12.5 t", ncv="43.3 GJ/t", emission_factor="74800 kgCO2/TJ", vintage=2023,
        basis="ipcc-upper", source="the example",
    )  # fmt: skip
    assert diesel.emissions_t == Decimal("40.4855")
    assert diesel.ncv_gj * diesel.ef_t_per_gj == Decimal("3.23884")
    found = reduced(year("1000", fuel_uses=[diesel]), "0.5")
    assert found["ER"].value == 500 - Decimal("40.4855")


def test_w19_fuel_by_its_carbon_content() -> None:
    """TOOL03 v3.0, equations (2) and (3) [P]: 10 m3 x 0.84 t/m3 x 0.86 x 44/12 = 26.488 t. [C]"""
    diesel = FuelUse(
        fuel="diesel", amount="10 m3", carbon_content="0.86 tC/t", density="0.84 t/m3", vintage=2023,
        basis="measured", source="the example",
    )  # fmt: skip
    assert reduced(year("1000", fuel_uses=[diesel]), "0.5")["PE[2023]"].value == Decimal("26.488")


def test_w20_electricity_from_a_grid_by_the_defaults_of_the_tool() -> None:
    """TOOL05 v3.0, paragraph 20 and table 3 [P]: 100 MWh x 1.3 x (1 + 20 %) = 156 t. [C]"""
    taken = ImportedElectricity(
        amount="100 MWh", emission_factor="TOOL05 default", losses="TOOL05 default", scenario="A", vintage=2023,
        meter="pumps", source="TOOL05 v3.0",
    )  # fmt: skip
    assert reduced(year("1000", imports=[taken]), "0.5")["PE[2023]"].value == 156


def test_w21_a_captive_plant_without_a_meter() -> None:
    """TOOL05 v3.0, paragraph 35, equation (7) [P]: 11,400 t per MW and year; 1.3 x 8,760 is 11,388."""
    assert captive_plant_t("1 MW") == 11_400


@pytest.mark.parametrize(
    ("kw", "m2", "density", "emissions"),
    [
        (12_000, 1_800_000, Fraction(20, 3), "90"),
        (10_000, 1_000_000, 10, "90"),
        (4_000, 1_000_000, 4, None),
    ],
)
def test_w22_power_density(kw: int, m2: int, density: Fraction | int, emissions: str | None) -> None:
    """ACM0002, equations (7) to (10): 90 kg/MWh up to 10 W/m2, refused at 4 W/m2. [S]"""
    dam = plant(technology="hydro/reservoir", capacity=f"{kw} kW", reservoir_area=f"{m2} m2")
    assert power_density(dam) == density
    if emissions is None:
        with pytest.raises(NotApplicableError, match="more than 4 W/m2 is required"):
            reduced(year("1000", dam), "0.5")
    else:
        assert reduced(year("1000", dam), "0.5")["PE[2023]"].value == Decimal(emissions)


def test_w23_a_plant_that_existed_before() -> None:
    """ACM0002, equation (14), index id 68364143531 [S]: 45,000 MWh above 40,960.681687 are 4,039.318313 MWh."""
    mwh = (38_200, 41_500, 36_900, 40_100, 39_300)
    history = {"history": [(2016 + k, value * MWH) for k, value in enumerate(mwh)], "replaced_on": "2031-01-01"}
    made = year("45000", plant(capacity_before="8 MW"), baseline="retrofit", **history)
    found = reduced(made, "0.4")
    assert found["EG_hist"].value == 39_200
    assert found["sigma_hist"].value == Decimal("1760.681687")
    assert found["EG_base"].value == Decimal("40960.681687")
    assert found["EG[2023]"].value == Decimal("4039.318313")


def test_w24_a_late_calibration() -> None:
    """CDM VVS for project activities, paragraph 369 [P]: class 0.2, 1000 - 2 - (10 + 0.02) = 987.980 MWh. [C]"""
    assert calibrated_net("1000 MWh", "10 MWh", MeterError("0.2 %")) == 987_980_000


def test_w25_metered_energy_counts_and_invoiced_energy_does_not() -> None:
    """A UNFCCC check finding [P]: 48,797,160 less 424,320 kWh are 48,372.840 MWh, not 48,389.279 MWh as invoiced."""
    ledger = cl.open_ledger(":memory:")
    ledger.register_device(plant(commissioned="2023-01-01"))
    project = cl.Project(
        id="p", instrument="GCC-ACC", zone="Asia/Baku", devices=("dam",), methodology="ACM0002@22.0",
        baseline="greenfield", crediting_period=cl.Period.years("2023-01-01", 10, zone="Asia/Baku"),
    )  # fmt: skip
    ledger.register_project(project)
    period = Period.year(2023, zone="Asia/Baku")
    ledger.record_generation(
        "dam", period, export="48797160 kWh", import_="424320 kWh", invoiced=("48804719 kWh", "415440 kWh")
    )
    found = ledger.quantify("p", period, factor=factor("1"))
    assert found.line("EG[2023]").value == found.amount == Decimal("48372.840")
    assert ledger.volumes("dam", period)[0].invoiced_net_wh == 48_389_279_000


def test_w30_a_levy_is_rounded_up_and_an_annual_average_down() -> None:
    """Published: 2 % of 111,949 units leave 109,710; 730,000 t over 7 years are printed as 104,285 t. [P]"""
    assert 111_949 - sum(levied_of([111_949], cl.instruments.Levy(share="2%"))) == 109_710
    assert Rounding("floor", places=0).apply(Fraction(730_000, 7)) == 104_285
