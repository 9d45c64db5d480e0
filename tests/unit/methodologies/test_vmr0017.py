"""VMR0017 v1.0: which plants it admits, reservoirs at 100 kg/MWh, and embodied emissions as leakage."""

from decimal import Decimal

import pytest
from attrs import evolve
from tests.support.verra_plants import VMR0017, activity, device, margin, quantified, refused

from carbon_ledger.errors import FactorNotApplicableError, MissingDataError, NotApplicableError
from carbon_ledger.methodologies import (
    METHODOLOGIES,
    FuelUse,
    ImportedElectricity,
    Leakage,
    VintageGeneration,
    quantify_lines,
    require_text,
)
from carbon_ledger.methodologies.vmr0017 import EMBODIED, LEAST_DEVELOPED


def test_w26_baseline_less_project_emissions_less_embodied_emissions() -> None:
    """W26, published test of an implementation: BE 71,832, LE 2,190, PE 125, ER 69,517. [S]

    The implementation was given 25 kg/MWh, which two fifths of photovoltaic and three fifths of wind energy have.
    """
    plants = (device("sun", technology="solar/photovoltaic"), device("wind", technology="wind/onshore"))
    declared = ImportedElectricity(
        vintage=2027, meter="m", amount="100 MWh", emission_factor="1.25 tCO2/MWh", losses="0 %", source="a bill"
    )
    made = activity(
        *plants,
        generation=[
            VintageGeneration(2027, "sun", 35_040_000_000),
            VintageGeneration(2027, "wind", 52_560_000_000),
        ],
        imports=[declared],
    )
    found = quantified(made, margin(value="0.82"))
    assert found["EG[2027]"].value == 87_600
    assert found["BE[2027]"].value == 71_832
    assert found["LE[2027]"].value == 2_190
    assert found["PE[2027]"].value == 125
    assert found["ER[2027]"].value == 69_517


@pytest.mark.parametrize(
    ("technology", "grams"),
    [
        ("solar/photovoltaic", 43),
        ("solar/thermal", 28),
        ("wind/onshore", 13),
        ("wind/offshore", 13),
        ("hydro/run-of-river", 21),
        ("tidal", 8),
        ("wave", 8),
    ],
)
def test_embodied_emissions_by_technology(technology: str, grams: int) -> None:
    """VMR0017 v1.0, leakage, in grams per kWh: two implementations agree. [S]"""
    fuel = FuelUse(
        vintage=2027, fuel="gas", amount="0 t", ncv="48 GJ/t", emission_factor="0.0583 tCO2/GJ", basis="ipcc-upper",
        source="none was burned",
    )  # fmt: skip
    made = activity(device(technology=technology), fuel_uses=[fuel] if technology == "solar/thermal" else [])
    found = quantified(made, margin())
    assert found["LE[2027]"].value == 10 * grams
    symbol = EMBODIED.group_of(device(technology=technology)).replace("/", "_")
    assert found[f"EF_embodied_{symbol}"].value == Decimal(grams) / 1000
    assert found["LE[2027,plant]"].formula == f"max(0, EG[2027,plant]) x EF_embodied_{symbol}"
    assert found["ER[2027]"].value == 5_000 - 10 * grams


def test_negative_generation_has_no_embodied_emissions() -> None:
    """A period that is negative as a whole must not gain by its leakage. [C]"""
    found = quantified(activity(net_wh=-10_000_000_000), margin())
    assert found["LE[2027,plant]"].value == found["LE[2027]"].value == 0
    assert found["ER[2027]"].value == -5_000
    assert "its net generation is negative" in found["LE[2027,plant]"].name


def test_a_reservoir_emits_100_kg_for_each_gross_mwh() -> None:
    """Domain section 4 and methodology-texts section 9: EF_Res is 100 kg/MWh. [S]"""
    dam = device("dam", technology="hydro/reservoir", reservoir_area="2 km2")
    made = activity(dam, generation=[VintageGeneration(2027, "dam", 10_000_000_000, 11_000_000_000)])
    found = quantified(made, margin())
    assert found["EF_Res"].value == Decimal("0.1")
    assert found["PE[2027]"].value == 1_100
    assert found["ER[2027]"].value == 5_000 - 1_100 - 210
    with pytest.raises(MissingDataError, match="reservoir emissions are 100 kgCO2e per MWh"):
        quantify_lines(VMR0017, activity(dam), margin())


def test_hydropower_is_small_and_in_a_least_developed_country() -> None:
    """VMR0017 v1.0, table 1: at most 15 MW, and least developed countries only. [S]"""
    refused(activity(device(country="AZ")), "hydropower in AZ, but the document admits it in least developed countries")
    refused(activity(device(capacity="15.1 MW")), r"15\.1 MW of hydropower, and the document admits at most 15 MW")
    refused(activity(device("a"), device("b")), "20 MW of hydropower")
    assert quantified(activity(device(capacity="15 MW")), margin())
    assert len(LEAST_DEVELOPED) == 44


@pytest.mark.parametrize("technology", ["wind/onshore", "solar/photovoltaic", "tidal"])
def test_other_technologies_of_any_size_are_admitted(technology: str) -> None:
    assert quantified(activity(device(technology=technology, country="AZ", capacity="50 MW")), margin())


def test_what_is_not_calculated_is_refused() -> None:
    refused(activity(device(technology="geothermal")), "its steam carries CO2 and CH4")
    refused(activity(device(technology="biomass")), "the document admits hydro")
    refused(activity(baseline="rehabilitation"), "supported so far: greenfield, retrofit, capacity-addition")
    moved = Leakage(vintage=2027, reason="a turbine was moved", amount="1 tCO2e", source="a note")
    refused(activity(leakages=[moved]), "the document does not count leakage")


def test_it_takes_margins_of_vt0011_and_is_attested_before_use() -> None:
    made = activity()
    with pytest.raises(FactorNotApplicableError, match=r"TOOL07@7\.0, but VMR0017@1\.0 prescribes VT0011"):
        quantify_lines(VMR0017, made, margin(tool="TOOL07@7.0"))
    for option in ("ex-ante", "ex-post"):
        assert quantify_lines(VMR0017, made, margin(vintage_option=option))
    with pytest.raises(NotApplicableError, match="methodology-text"):
        require_text(VMR0017, ())
    require_text(VMR0017, (), attested=True)


def test_two_groups_of_technologies_have_a_line_each() -> None:
    plants = (device("a"), device("b", technology="wind/onshore"))
    found = quantified(activity(*plants), margin())
    assert {symbol for symbol in found if symbol.startswith("EF_embodied")} == {
        "EF_embodied_hydro",
        "EF_embodied_wind",
    }
    assert found["LE[2027]"].value == 210 + 130


def test_the_factor_rule_belongs_to_the_version() -> None:
    """GCCM001 v4 takes factors that are fixed in advance; a draft of version 5 replaces them. [S]"""
    made = activity(device(country="AZ", grid="NP"))
    updated = margin(tool="TOOL07@7.0", vintage_option="ex-post")
    with pytest.raises(FactorNotApplicableError, match=r"it is ex-post, but GCCM001@4\.0 admits .* ex-ante") as found:
        quantify_lines(METHODOLOGIES["GCCM001@4.0"], made, updated)
    assert found.value.rule == "factor-method"
    for key in ("ACM0002@22.0", "AMS-I.D@18.0"):
        assert quantify_lines(METHODOLOGIES[key], made, updated)
    for option in ("ex-ante", None):
        assert quantify_lines(METHODOLOGIES["GCCM001@4.0"], made, evolve(updated, vintage_option=option))
