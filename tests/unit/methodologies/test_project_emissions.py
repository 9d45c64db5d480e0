"""Fuel, imported electricity and leakage: exact, pinned as they were declared, and never left out."""

from decimal import Decimal
from typing import Any

import attrs
import pytest

from carbon_ledger.canonical import dumps
from carbon_ledger.devices import Device
from carbon_ledger.errors import (
    CarbonLedgerError,
    FactorNotApplicableError,
    InexactNumberError,
    NotApplicableError,
    QuantityError,
    UnitMismatchError,
    UnknownUnitError,
)
from carbon_ledger.factors import EmissionFactor, fuel
from carbon_ledger.factors.fuels import fuels
from carbon_ledger.methodologies import (
    METHODOLOGIES,
    Activity,
    FuelUse,
    ImportedElectricity,
    Leakage,
    Line,
    VintageGeneration,
    quantify_lines,
)
from carbon_ledger.periods import Period

EVIDENCE = "sha256:" + "e" * 64


def diesel(**more: Any) -> FuelUse:
    """12.5 t of diesel with the upper bounds of NCV and CO2 content in the 2006 IPCC Guidelines."""
    fields: dict[str, Any] = {
        "fuel": "diesel",
        "amount": "12.5 t",
        "ncv": "43.3 TJ/Gg",
        "emission_factor": "74800 kgCO2/TJ",
        "vintage": 2024,
        "basis": "ipcc-upper",
        "source": "fuel log; IPCC 2006",
    }
    return FuelUse(**(fields | more))


def taken(**more: Any) -> ImportedElectricity:
    fields: dict[str, Any] = {
        "amount": "10 MWh",
        "emission_factor": "0.5 tCO2e/MWh",
        "losses": "20 %",
        "vintage": 2024,
        "meter": "feeder of the pumps",
        "source": "utility",
    }
    return ImportedElectricity(**(fields | more))


def leak(**more: Any) -> Leakage:
    fields: dict[str, Any] = {"amount": "12.5 tCO2e", "vintage": 2024, "reason": "turbine moved", "source": "B.6"}
    return Leakage(**(fields | more))


def plant(**more: Any) -> Device:
    fields: dict[str, Any] = {
        "id": "a",
        "name": "A",
        "technology": "hydro/run-of-river",
        "capacity": "4 MW",
        "country": "AZ",
        "grid": "AZ",
        "zone": "Asia/Baku",
    }
    return Device(**(fields | more))


def activity(**more: Any) -> Activity:
    fields: dict[str, Any] = {
        "project": "p",
        "baseline": "greenfield",
        "crediting_period_ordinal": 1,
        "devices": (plant(),),
        "period": Period.year(2024, zone="Asia/Baku"),
        "generation": (VintageGeneration(2024, "a", 10**9),),
    }
    return Activity(**(fields | more))


MARGIN = EmissionFactor(factor_id="f", value="0.4", unit="tCO2e/MWh", kind="combined_margin", region="AZ", source="s")


def reduced(made: Activity, key: str = "GCCM001@4.0") -> tuple[dict[str, Line], Decimal]:
    lines, amounts = quantify_lines(METHODOLOGIES[key], made, MARGIN)
    found = {line.symbol: line for line in lines}
    assert len(found) == len(lines)
    assert all(set(line.inputs) <= set(found) for line in lines)
    return found, amounts[0][1]


# --- fuel ---------------------------------------------------------------------------------------------


def test_fuel_is_amount_times_ncv_times_emission_factor() -> None:
    """12.5 t x 43.3 GJ/t x 0.0748 t/GJ = 40.4855 t: 1,000 MWh at 0.4 less that is 359.5145 t. [C]"""
    found, amount = reduced(activity(fuel_uses=[diesel(evidence=EVIDENCE)]))
    assert amount == Decimal("359.5145")
    assert found["FC[2024,1]"].value == Decimal("12.5")
    assert (found["NCV[2024,1]"].value, found["NCV[2024,1]"].unit) == (Decimal("43.3"), "GJ/t")
    assert (found["EF_CO2[2024,1]"].value, found["EF_CO2[2024,1]"].unit) == (Decimal("0.0748"), "tCO2/GJ")
    assert "stated as 74800 kgCO2/TJ: IPCC default, upper bound" in found["EF_CO2[2024,1]"].name
    assert found["FC[2024,1]"].source.endswith(EVIDENCE)
    assert found["PE_FC[2024,1]"].formula == "FC[2024,1] x NCV[2024,1] x EF_CO2[2024,1]"
    assert found["PE[2024]"].inputs == ("PE_FC[2024,1]",)


@pytest.mark.parametrize(
    ("amount", "ncv", "factor"),
    [
        ("12500 kg", "43.3 MJ/kg", "0.0748 tCO2/GJ"),
        ("12.5 t", "43.3 GJ/t", "74.8 kgCO2/GJ"),
        ("15 m3", "36.083333333333333333333333333333333333333333333 GJ/m3", "74.8 tCO2/TJ"),
    ],
)
def test_the_same_fuel_in_other_units(amount: str, ncv: str, factor: str) -> None:
    use = diesel(amount=amount, ncv=ncv, emission_factor=factor)
    assert abs(use.emissions_t - Decimal("40.4855")) < Decimal("1e-40")


def test_litres_and_cubic_metres_are_volumes() -> None:
    assert diesel(amount="1000 litres", ncv="36 MJ/litre").emissions_t == Decimal("2.6928")
    assert diesel(amount="1 m3", ncv="36000 MJ/m3").emissions_t == Decimal("2.6928")
    assert diesel(amount="1 m3", ncv="36 GJ/m3").unit == "m3"
    with pytest.raises(QuantityError, match=r"amount '1000 litres' is in m3, but ncv '43\.3 TJ/Gg' is per t"):
        diesel(amount="1000 litres")


@pytest.mark.parametrize("basis", ["ipcc-default", "ipcc-lower", "default", "", None])
def test_a_value_below_the_upper_bound_is_refused(basis: object) -> None:
    with pytest.raises(QuantityError, match="take the upper bound, never the default"):
        diesel(basis=basis)
    assert diesel(basis="measured")


@pytest.mark.parametrize(
    ("change", "error", "named"),
    [
        ({"amount": "-1 t"}, QuantityError, "expected 0 or more"),
        ({"amount": 12}, QuantityError, "write it as text with its unit"),
        ({"amount": "12.5"}, UnitMismatchError, "has no unit"),
        ({"amount": "12.5 tons"}, UnknownUnitError, "unit 'tons', expected one of t, kg"),
        ({"amount": "12,5 t"}, QuantityError, "plain decimal"),
        ({"ncv": "0 GJ/t"}, QuantityError, "from 1 to 150 GJ/t"),
        ({"ncv": "0.0433 GJ/t"}, QuantityError, "from 1 to 150 GJ/t"),
        ({"ncv": "43300 GJ/t"}, QuantityError, "from 1 to 150 GJ/t"),
        (
            {"amount": "9 litres", "ncv": "36 GJ/m3", "emission_factor": "74.8 kgCO2/TJ"},
            QuantityError,
            "from 0.01 to 1",
        ),
        ({"amount": "9 litres", "ncv": "36000 GJ/m3"}, QuantityError, "from 0.001 to 50 GJ/m3"),
        ({"amount": "9 m3", "ncv": "0.9 MJ/m3"}, QuantityError, "from 0.001 to 50 GJ/m3"),
        ({"ncv": "43.3"}, UnitMismatchError, "has no unit"),
        ({"ncv": "43.3 kWh/t"}, UnknownUnitError, "expected one of GJ/t"),
        ({"emission_factor": "74.8 tCO2/GJ"}, QuantityError, "from 0.01 to 1 tCO2/GJ"),
        ({"emission_factor": "0 tCO2/GJ"}, QuantityError, "from 0.01 to 1 tCO2/GJ"),
        ({"emission_factor": "74800 kg/TJ"}, UnknownUnitError, "expected one of tCO2/GJ"),
        ({"vintage": "2024"}, QuantityError, "calendar year"),
        ({"vintage": True}, QuantityError, "calendar year"),
        ({"fuel": " "}, QuantityError, "fuel ' ', expected text"),
        ({"source": ""}, QuantityError, "source '', expected text"),
        ({"evidence": "report.pdf"}, QuantityError, "expected sha256:"),
        ({"amount": "1" * 61 + " t"}, InexactNumberError, "more than 60 digits"),
    ],
)
def test_what_is_no_fuel_use(change: dict[str, Any], error: type[CarbonLedgerError], named: str) -> None:
    with pytest.raises(error, match=named):
        diesel(**change)


def test_solar_thermal_declares_its_fuel_even_where_it_burned_none() -> None:
    sun = (plant(technology="solar/thermal"),)
    with pytest.raises(NotApplicableError, match="no fuel is declared for 2024"):
        reduced(activity(devices=sun), "ACM0002@22.0")
    found, amount = reduced(activity(devices=sun, fuel_uses=[diesel(amount="0 t")]), "ACM0002@22.0")
    assert found["PE[2024]"].value == 0
    assert amount == 400


# --- imported electricity -----------------------------------------------------------------------------


def test_imported_electricity_counts_with_its_losses() -> None:
    """10 MWh x 0.5 t/MWh x (1 + 20 %) = 6 t. [C]"""
    found, amount = reduced(activity(imports=[taken()]))
    assert amount == 394
    assert found["PE_EC[2024,1]"].value == 6
    assert found["PE_EC[2024,1]"].formula == "EC[2024,1] x EF_EC[2024,1] x (1 + TDL[2024,1])"
    assert (found["PE_EC[2024,1]"].confidence, found["TDL[2024,1]"].value) == ("P", Decimal("0.2"))
    assert "no part of net generation" in found["EC[2024,1]"].name


def test_import_at_the_grid_meter_is_deducted_once() -> None:
    """Net generation is export minus import already: 1,000 less 10 MWh is 990, and PE stays 0."""
    found, amount = reduced(activity(generation=[VintageGeneration(2024, "a", 990 * 10**6)]))
    assert amount == 396
    assert found["PE[2024]"].value == 0


def test_an_import_never_counts_less_than_the_same_energy_given() -> None:
    with pytest.raises(FactorNotApplicableError, match=r"0\.39 tCO2e/MWh is less than the baseline factor, 0\.4"):
        reduced(activity(imports=[taken(emission_factor="0.39 tCO2e/MWh")]))
    assert reduced(activity(imports=[taken(emission_factor="400 gCO2/kWh", losses="0 %")]))[1] == 396


@pytest.mark.parametrize(
    ("change", "error", "named"),
    [
        ({"amount": "-1 MWh"}, QuantityError, "expected 0 or more"),
        ({"amount": 10}, UnitMismatchError, "no unit"),
        ({"amount": "10 MW"}, UnitMismatchError, "power"),
        ({"emission_factor": "0.5"}, UnitMismatchError, "with its unit"),
        ({"emission_factor": Decimal("0.5")}, UnitMismatchError, "with its unit"),
        ({"emission_factor": "0.5 t/MWh"}, UnknownUnitError, "t/MWh"),
        ({"emission_factor": "500 tCO2e/MWh"}, QuantityError, "at most 5"),
        ({"emission_factor": "0 tCO2e/MWh"}, QuantityError, "above 0"),
        ({"losses": "0.2"}, QuantityError, "percent sign"),
        ({"losses": "101 %"}, QuantityError, "0 % to 100 %"),
        ({"meter": ""}, QuantityError, "meter ''"),
    ],
)
def test_what_is_no_import(change: dict[str, Any], error: type[CarbonLedgerError], named: str) -> None:
    with pytest.raises(error, match=named):
        taken(**change)


# --- leakage ------------------------------------------------------------------------------------------


def test_leakage_of_transferred_equipment_counts_in_ams_i_d_alone() -> None:
    """Domain section 4: leakage 0; AMS-I.D: only for transferred equipment. [S]"""
    made = activity(leakages=[leak(), leak(amount="500 kgCO2e")])
    found, amount = reduced(made, "AMS-I.D@18.0")
    assert (found["LE[2024]"].value, amount) == (13, 387)
    assert found["LE[2024,1]"].name == "leakage: turbine moved"
    for key in ("ACM0002@22.0", "GCCM001@4.0"):
        with pytest.raises(NotApplicableError, match=r"turbine moved.*does not count leakage"):
            reduced(made, key)


@pytest.mark.parametrize("amount", ["-1 tCO2e", "1 t", "1", 1])
def test_leakage_never_adds_credits(amount: object) -> None:
    with pytest.raises(QuantityError):
        leak(amount=amount)
    with pytest.raises(QuantityError, match="reason"):
        leak(reason="")


# --- together -----------------------------------------------------------------------------------------


def test_nothing_is_dropped_for_being_small() -> None:
    """Domain section 4: project emissions may not be dropped as "under 1%": 1 g of 400 t stays."""
    small = diesel(amount="0.001 kg", ncv="10 GJ/t", emission_factor="0.1 tCO2/GJ")
    assert reduced(activity(fuel_uses=[small]))[1] == Decimal("399.999999")


def test_all_sources_add_up() -> None:
    dam = plant(technology="hydro/reservoir", reservoir_area="500000 m2")
    made = activity(
        devices=(dam,),
        generation=[VintageGeneration(2024, "a", 10**9, 10**9)],
        fuel_uses=[diesel(), diesel(fuel="petrol", amount="1 t")],
        imports=[taken()],
        leakages=[leak()],
    )
    found, amount = reduced(made, "AMS-I.D@18.0")
    parts = ("PE[2024,a]", "PE_FC[2024,1]", "PE_FC[2024,2]", "PE_EC[2024,1]")
    assert found["PE[2024]"].inputs == parts
    assert found["PE[2024]"].value == sum(found[part].value for part in parts) == 96 + diesel().emissions_t * 27 / 25
    assert amount == 400 - found["PE[2024]"].value - Decimal("12.5")


def test_emissions_belong_to_their_vintage() -> None:
    both = [VintageGeneration(year, "a", 10**9) for year in (2023, 2024)]
    made = activity(
        generation=both, fuel_uses=[diesel(vintage=2023)], period=Period.of("2023-01-01", "2025-01-01", zone="UTC")
    )
    _, amounts = quantify_lines(METHODOLOGIES["GCCM001@4.0"], made, MARGIN)
    assert amounts == ((2023, Decimal("359.5145")), (2024, Decimal(400)))


@pytest.mark.parametrize("name", ["fuel_uses", "imports", "leakages"])
def test_emissions_of_a_year_without_generation_are_refused_and_not_dropped(name: str) -> None:
    item = {"fuel_uses": diesel, "imports": taken, "leakages": leak}[name](vintage=2022)
    with pytest.raises(QuantityError, match=r"of 2022, but .* has no generation of that vintage"):
        activity(**{name: [item]})


@pytest.mark.parametrize("made", [diesel(), taken(), leak()])
@pytest.mark.parametrize("evidence", [None, EVIDENCE])
def test_what_is_declared_is_pinned_as_it_was_written(made: Any, evidence: str | None) -> None:
    item = attrs.evolve(made, evidence=evidence) if isinstance(made, FuelUse) else made
    record = item.to_record()
    assert dumps(record)
    assert type(item).from_record(record) == item
    assert ("evidence" in record) == (item.evidence is not None)


def test_the_pinned_records() -> None:
    assert diesel().to_record() == {
        "fuel": "diesel",
        "amount": "12.5 t",
        "ncv": "43.3 TJ/Gg",
        "emission_factor": "74800 kgCO2/TJ",
        "vintage": 2024,
        "basis": "ipcc-upper",
        "source": "fuel log; IPCC 2006",
    }
    assert taken(evidence=EVIDENCE).to_record()["amount_wh"] == 10_000_000
    assert ImportedElectricity.from_record(taken(evidence=EVIDENCE).to_record()).evidence == EVIDENCE
    assert leak(evidence=EVIDENCE).to_record()["amount_t"] == "12.5"
    assert Leakage.from_record(leak(evidence=EVIDENCE).to_record()) == leak(evidence=EVIDENCE)


def test_every_fuel_of_the_guidelines_is_inside_the_bounds_of_a_fuel_use() -> None:
    """The bounds refuse a slip of units, and no fuel."""
    for name in fuels():
        one = fuel(name)
        for bound in ("lower", "value", "upper"):
            used = diesel(
                fuel=name, ncv=f"{one.ncv_gj_per_t(bound)} GJ/t", emission_factor=f"{one.co2_t_per_gj(bound)} tCO2/GJ"
            )
            assert used.emissions_t > 0
