"""Public tables of factors: OWID's main table, the open database, the EPA's fuels. Nothing is guessed."""

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import shared_file

import carbon_ledger as cl
from carbon_ledger.errors import FactorFileError, InexactNumberError, UnitMismatchError
from carbon_ledger.factors import (
    EmissionFactor,
    FactorRegistry,
    FactorTable,
    read_epa_fuels,
    read_open_factors,
    read_owid,
    read_owid_energy,
)
from carbon_ledger.factors.fuels import combustion_t_per_gj

Write = Callable[..., Path]

ENERGY = "country,year,iso_code,population,carbon_intensity_elec,wind_share_elec\n"
# The unit as the codebooks of 2022 and of 2025 state it.
OF_2022 = (
    "column,description,source\ncarbon_intensity_elec,"
    '"Carbon intensity of electricity production, measured in grams of carbon dioxide emitted per kilowatt-hour",X\n'
)
OF_2025 = (
    "column,description,unit,source\ncountry,Country,,X\ncarbon_intensity_elec,"
    '"Carbon intensity of electricity generation - Greenhouse gases emitted, measured in grams of CO₂ equivalents per '
    'kilowatt-hour.",grams of CO₂ equivalents per kilowatt-hour,X\n'
)

GASES = "kgCO2e-AR5,kgCO2e-AR4,kgCO2,kgCH4,kgN2O,kgCO2e-OtherGHGs-AR5,kgCO2e-OtherGHGs-AR4"
OPEN = (
    f"UUID,sector,category,activity_id,name,activity_unit,{GASES},uncertainty,scope,lca_activity,source,year_released,"
    "years_valid,years_calculated_from,region,data_quality,contributor,date_accessed,description,source_link\n"
)
GRID = "electricity-energy_source_grid_mix"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(text: str, name: str = "table.csv") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return written


def row(
    uuid: str = "u1",
    category: str = "Electricity",
    activity: str = GRID,
    name: str = "Grid mix",
    unit: str = "kWh",
    gases: str = "0.21233,,,,,,",
    phase: str = "electricity_generation",
    *,
    uncertainty: str = "",
    scope: str = "2",
    released: str = "2021",
    valid: str = "2021",
    data: str = "2019",
    region: str = "GB",
    quality: str = "",
    description: str = "of a country",
) -> str:
    """A row of the open database."""
    return (
        f"{uuid},Energy,{category},{activity},{name},{unit},{gases},{uncertainty},{scope},{phase},BEIS,{released},{valid},"
        f"{data},{region},{quality},a,2022/01/01,{description},https://example.org\n"
    )


# --- Our World in Data, the main table ----------------------------------------------------------------


@pytest.mark.parametrize(("codebook", "unit", "gas"), [(OF_2022, "gCO2/kWh", "CO2"), (OF_2025, "gCO2e/kWh", "CO2e")])
def test_the_gas_of_the_main_table_is_that_of_its_codebook(write: Write, codebook: str, unit: str, gas: str) -> None:
    rows = "Ghana,1990,GHA,1,,\nGhana,2020,GHA,2,451.583,0\nAfrica,2020,OWID_AFR,3,500.1,\n"
    found = read_owid_energy(write(ENERGY + rows), write(codebook, "c.csv"), release="2025-05", known_on="2025-05-30")
    assert [(item.factor_id, item.value, item.region, item.data_years) for item in found] == [
        ("owid-energy-2025-05-gh-2020", "451.583", "GH", (2020,)),
        ("owid-energy-2025-05-africa-2020", "500.1", "OWID:Africa", (2020,)),
    ]
    assert {(item.unit, item.gas, item.kind) for item in found} == {(unit, gas, "lifecycle")}
    assert found[0].t_per_mwh == Fraction("0.451583")
    assert ("gwp-set-not-stated-in-the-table" in found[0].flags) == (gas == "CO2e")


def test_a_series_goes_on_from_one_table_to_the_other(write: Write) -> None:
    heading = "Entity,Code,Year,Carbon intensity of electricity (gCO2/kWh)\n"
    first = read_owid(write(f"{heading}Ghana,GHA,2020,440\n"), release="2022", known_on="2022-06-01")
    codebook = write(OF_2025, "c.csv")
    second = read_owid_energy(
        write(f"{ENERGY}Ghana,2020,GHA,2,451.5,0\n"), codebook, release="2025", known_on="2025-05-30", supersedes=first
    )
    assert (second[0].revision, second[0].supersedes, second[0].series) == (2, first[0].factor_id, "owid-gh")
    assert [item.value for item in FactorRegistry([*first, *second]).history("owid-gh")] == ["440", "451.5"]


@pytest.mark.parametrize(
    ("table", "codebook", "named"),
    [
        (ENERGY.replace("iso_code,", ""), OF_2025, "line 1: the header lacks 'iso_code'"),
        (f"{ENERGY}Ghana,20x0,GHA,2,1,0\n", OF_2025, "line 2, column 'year': '20x0', expected a year"),
        (f"{ENERGY}Ghana,2020,GHA,2,n/a,0\n", OF_2025, "line 2, column 'carbon_intensity_elec': .*plain decimal"),
        (f"{ENERGY}Ghana,2020,GHA,2,1,0\nGhana,2020,GHA,2,2,0\n", OF_2025, "line 3, .*is in line 2 already"),
        (ENERGY, OF_2025.replace("grams of CO₂ equivalents", "pounds of CO₂"), "c.csv, line 3, column 'unit': 'pounds"),
        (ENERGY, OF_2022.replace("carbon dioxide", "carbon"), "c.csv, line 2, column 'description'"),
        (ENERGY, OF_2025 + OF_2025.split("\n", 1)[1], "2 rows of column 'carbon_intensity_elec', expected one"),
        (ENERGY, "column,description\n", "0 rows of column 'carbon_intensity_elec'"),
        (ENERGY, "a,b\n", "c.csv, line 1: the header lacks 'column', 'description'"),
    ],
)
def test_a_fault_in_the_main_table_or_its_codebook_is_named(
    write: Write, table: str, codebook: str, named: str
) -> None:
    with pytest.raises(FactorFileError, match=named):
        read_owid_energy(write(table), write(codebook, "c.csv"), release="2025", known_on="2025-05-30")


# --- the open database --------------------------------------------------------------------------------


def read(write: Write, *rows: str) -> FactorTable:
    table = read_open_factors(write(OPEN + "".join(rows)), release="2022-08", known_on="2022-08-03")
    assert table.row_count == len(rows)
    return table


def test_each_gas_of_a_row_is_a_factor_of_its_own_with_its_set(write: Write) -> None:
    gases = "0.22,0.21,0.2,0.0004,0.00001,0.001,0.002"
    table = read(write, row(gases=gases, uncertainty="30", quality="o|h"))
    assert table.refused == ()
    assert [(item.gas, item.gwp_set, item.value, item.unit) for item in table.factors] == [
        ("CO2e", "AR5", "0.22", "kgCO2e/kWh"),
        ("CO2e", "AR4", "0.21", "kgCO2e/kWh"),
        ("CO2", None, "0.2", "kgCO2/kWh"),
        ("CH4", None, "0.0004", "kgCH4/kWh"),
        ("N2O", None, "0.00001", "kgN2O/kWh"),
        ("CO2e of gases other than CO2, CH4 and N2O", "AR5", "0.001", "kgCO2e/kWh"),
        ("CO2e of gases other than CO2, CH4 and N2O", "AR4", "0.002", "kgCO2e/kWh"),
    ]
    first = table.factors[0]
    assert (first.kind, first.region, first.data_years) == ("average_production", "GB", (2019,))
    assert (str(first.valid_from), str(first.valid_to), first.publisher) == ("2021-01-01", "2021-12-31", "BEIS")
    assert first.flags == (
        "oefdb-data-quality-o: outlier",
        "oefdb-data-quality-h: suspicious homogeneity across entries",
        "uncertainty-stated: 30%",
    )
    for item in table.factors[3:]:  # only CO2, and CO2e of all gases, are tonnes of CO2e
        with pytest.raises(UnitMismatchError, match="expected CO2 or CO2e"):
            _ = item.t_per_mwh


@pytest.mark.parametrize(
    ("category", "activity", "phase", "kind"),
    [
        ("Electricity", GRID, "electricity_generation", "average_production"),
        ("Electricity", GRID, "electricity_consumption", "average_consumption"),
        ("Electricity", GRID, "upstream-electricity_consumption", "lifecycle"),
        ("Electricity", GRID, "electricity_generation-transmission_and_distribution", "lifecycle"),
        ("Fuel", "fuel_type_gas-fuel_use_na", "fuel_combustion", "fuel"),
    ],
)
def test_the_kind_is_what_the_row_states(write: Write, category: str, activity: str, phase: str, kind: str) -> None:
    (factor,) = read(write, row(category=category, activity=activity, phase=phase)).factors
    assert factor.kind == kind


@pytest.mark.parametrize("phase", ["transmission_and_distribution", "upstream", "fuel_upstream"])
def test_a_part_of_the_life_cycle_is_no_factor_of_the_grid_mix(write: Write, phase: str) -> None:
    """The losses of a grid are some percents of its factor: read as the factor, they would be a far too low one."""
    found = read(write, row(category="Electricity", activity=GRID, phase=phase))
    assert [(item.line, item.rule) for item in found.refused] == [(2, "kind")]
    assert "a part of the life cycle without the electricity itself" in found.refused[0].reason


def test_numbers_with_an_exponent_are_written_out_and_flagged(write: Write) -> None:
    (factor,) = read(write, row(gases=",,,4.50E-06,,,")).factors
    assert (factor.value, factor.gas) == ("0.0000045", "CH4")
    assert "exponent-written-out: 4.50E-06 in the file" in factor.flags


def test_a_fuel_per_mmbtu_and_its_biomass(write: Write) -> None:
    rows = [
        row("g", "Fuel", "fuel_type_gas", "Gas", "MMBTU", ",,53.06,0.001,0.0001,,", "fuel_combustion", region="US"),
        row("w", "Fuel", "fuel_type_wood", "Wood", "MMBTU", ",,93.8,,,,", "fuel_combustion", scope="Outside of scopes",
            region="US-NY", valid="not-supplied", data="2016-2018"),
    ]  # fmt: skip
    gas, _, _, wood = read(write, *rows).factors
    assert (gas.unit, gas.gas, gas.kind) == ("kgCO2/MMBtu", "CO2", "fuel")
    # 53.06 kg / 1.05505585262 GJ is 50.2911... kg/GJ. [C]
    assert str(combustion_t_per_gj(gas, rounding=cl.Rounding("floor", places=8))) == "0.05029117"
    with pytest.raises(InexactNumberError, match="more than 100 digits"):
        combustion_t_per_gj(gas)
    assert (wood.region, wood.data_years, wood.valid_from) == ("US-NY", (2016, 2017, 2018), None)
    assert "outside-of-scopes: CO2 of biomass" in wood.flags
    assert any(flag.startswith("validity-not-stated") for flag in wood.flags)


@pytest.mark.parametrize(
    ("bad", "rule", "named"),
    [
        (row(unit="USD"), "unit", "column 'activity_unit': 'USD' is not an energy"),
        (row(unit="L"), "unit", "'L' is not an energy"),
        (row(phase="unknown"), "kind", "'unknown' does not state the kind"),
        (row(activity="electricity-energy_source_solar"), "kind", "expected the grid mix, or fuel_combustion"),
        (row(category="Fuel", activity="fuel_type_gas", phase="well_to_tank"), "kind", "well_to_tank"),
        (row(name="Residual mix"), "kind", "a residual mix under the id of the grid mix"),
        (row(description="The residual mix of 2020"), "kind", "a residual mix"),
        (row(gases=",,,,,,"), "value", "no gas has a value"),
        (row(gases="not-supplied,,,,,,"), "value", "no gas has a value"),
        (row(gases='"0,2",,,,,,'), "number", "column 'kgCO2e-AR5': '0,2', expected a decimal number"),
        (row(gases="nan,,,,,,"), "number", "'nan', expected a decimal number"),
        (row(gases=",,1E+99,,,,"), "number", "column 'kgCO2': '1E+99'"),
        (row(valid="since 2020"), "year", "column 'years_valid': 'since 2020', expected years such as"),
        (row(data="2018-2016"), "year", "column 'years_calculated_from'"),
        (row(released="21"), "factor", "expected a year"),
        (row(region=""), "factor", "column 'region': the cell is empty"),
        (row(uuid="a b"), "factor", "id 'oefdb-2022-08-a b-co2e-ar5'"),
        (row(unit="MMBTU"), "factor", "more than 100 digits"),
        (row(gases="-1,,,,,,"), "factor", "expected 0 or more"),
        (row("u0"), "twice", "an earlier row has this id: line 2"),
        ("only,three,cells\n", "fields", "3 cells, the header has 26"),
        ('"never closed\n', "no-csv", "not CSV"),
    ],
)
def test_every_other_row_is_refused_with_its_line_and_the_reason(write: Write, bad: str, rule: str, named: str) -> None:
    table = read(write, row("u0"), bad)
    assert [item.factor_id for item in table.factors] == ["oefdb-2022-08-u0-co2e-ar5"]
    (refused,) = table.refused
    assert (refused.line, refused.rule) == (3, rule)
    assert named in refused.reason


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "the file is empty"),
        ("sector,category,id,name,unit,factor,source,year,region\n", "the header lacks 'activity_id'"),
        (OPEN.replace("scope", "colour"), "unknown columns 'colour'"),
    ],
)
def test_another_table_than_the_open_database_is_refused(write: Write, text: str, named: str) -> None:
    with pytest.raises(FactorFileError, match=named):
        read_open_factors(write(text), release="2022-08")
    with pytest.raises(FactorFileError, match="release '': expected the name"):
        read_open_factors(write(OPEN), release="")


# --- fuels of the US EPA ------------------------------------------------------------------------------


@pytest.mark.outside
def test_every_row_of_the_epa_table_of_fuels_is_accounted_for() -> None:
    table = read_epa_fuels(shared_file("data/factors/usepa_fuel_co2_ch4_n2o.csv"), release="2023")
    assert (table.row_count, len(table.factors)) == (76, 3 * 67)
    assert Counter(item.rule for item in table.refused) == {"value": 9}
    named = {item.factor_id: item for item in table.factors}
    coal = named["epa-2023-anthracite-5-co2"]
    assert (coal.unit, coal.value, coal.gas) == ("short ton CO2/MMBtu", "0.11413328", "CO2")
    # 0.11413328 x 907.18474 kg / 1.05505585262 GJ = 98.1369... kg/GJ. [C]
    exact = Fraction("0.11413328") * Fraction("907.18474") / 1000 / Fraction("1.05505585262")
    assert combustion_t_per_gj(coal, rounding=cl.Rounding("ceiling", places=6)) == Fraction("0.098137")
    assert coal.ratio_t_per_mwh == exact * Fraction("3.6")


HEADER = "fuel_type,fuel_category,eia_fuel_code,co2_ef,co2_units,ch4_ef,ch4_units,n2o_ef,n2o_units,source\n"


@pytest.mark.parametrize(
    ("bad", "rule", "named"),
    [
        ("Sun,x,SUN,0,ton CO2/mmBtu,0,lbs CH4/mmBtu,0,lbs N2O/mmBtu,no EF", "value", "no factor of 'Sun'"),
        ("Coal,x,ANT,0.1,kg CO2/mmBtu,0,lbs CH4/mmBtu,0,lbs N2O/mmBtu,s", "unit", "'kg CO2/mmBtu', expected 'ton CO2"),
        ("Coal,x,ANT,0.1,ton CO2/mmBtu,0,lbs N2O/mmBtu,0,lbs N2O/mmBtu,s", "unit", "column 'ch4_units'"),
        ("Coal,x,ANT,,ton CO2/mmBtu,0,lbs CH4/mmBtu,0,lbs N2O/mmBtu,s", "number", "column 'co2_ef'"),
        (",x,ANT,1,ton CO2/mmBtu,0,lbs CH4/mmBtu,0,lbs N2O/mmBtu,s", "factor", "column 'fuel_type': the cell is empty"),
    ],
)
def test_a_row_of_fuels_in_other_units_is_refused(write: Write, bad: str, rule: str, named: str) -> None:
    (refused,) = read_epa_fuels(write(f"{HEADER}{bad}\n"), release="2023").refused
    assert refused.rule == rule
    assert named in refused.reason
    with pytest.raises(FactorFileError, match="expected the name of the release"):
        read_epa_fuels(write(HEADER), release=" ")


# --- gases in units -----------------------------------------------------------------------------------


@pytest.mark.parametrize("gas", [None, "CO2", "N2O"])
def test_a_unit_that_names_a_gas_contradicts_another_gas(gas: str | None) -> None:
    """A unit is not what decides the gas, and a record never states two."""
    facts: dict[str, Any] = {
        "factor_id": "f",
        "value": "1",
        "unit": "kgCH4/MWh",
        "region": "US",
        "source": "s",
        "gas": gas,
    }
    with pytest.raises(UnitMismatchError, match="unit kgCH4/MWh, but the gas is"):
        EmissionFactor(kind="marginal", **facts)
    fuel = EmissionFactor(kind="fuel", **facts)
    for use in (lambda: fuel.t_per_mwh, lambda: fuel.ratio_t_per_mwh, lambda: combustion_t_per_gj(fuel)):
        with pytest.raises(UnitMismatchError):
            use()
