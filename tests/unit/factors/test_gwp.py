"""Global warming potentials: one set for each sum, and no set by default."""

import csv
import decimal
from decimal import Decimal
from typing import Any

import pytest
from tests.conftest import shared_file

import carbon_ledger as cl
from carbon_ledger.errors import (
    FactorNotFoundError,
    InexactNumberError,
    QuantityError,
    UnitMismatchError,
    UnknownUnitError,
)
from carbon_ledger.exact import Rounding
from carbon_ledger.factors.gwp import GWP_SETS, Co2e, Gwp, GwpSet, co2e, gwp_sets

KYOTO = {"CO2", "CH4", "N2O", "SF6", "NF3", "HFC23", "HFC134a", "CF4", "C2F6"}


@pytest.mark.parametrize(
    ("gwp_set", "methane", "nitrous_oxide"),
    [("SAR", "21", "310"), ("AR4", "25", "298"), ("AR5", "28", "265"), ("AR6", "27.9", "273")],
)
def test_methane_and_nitrous_oxide_of_each_set(gwp_set: str, methane: str, nitrous_oxide: str) -> None:
    """Domain section 5: CH4 21, 25, 28, 27.9; N2O 310, 298, 265, 273."""
    assert co2e("1 t", "CH4", gwp_set) == Co2e(methane, gwp_set)
    assert co2e("1 t", "N2O", gwp_set) == Co2e(nitrous_oxide, gwp_set)


def test_co2e_of_two_sets_never_adds() -> None:
    """Design decision 4: under a pint context the sum is a silent 53 t."""
    fourth, fifth = co2e("1 t", "CH4", "AR4"), co2e("1 t", "CH4", "AR5")
    assert (fourth.t, fifth.t) == (25, 28)
    for left, right in ((fourth, fifth), (fifth, fourth)):
        with pytest.raises(UnitMismatchError, match="different GWP sets cannot be added"):
            _ = left + right
    with pytest.raises(UnitMismatchError, match=r"25 tCO2e \(AR4\) \+ 28 tCO2e \(AR5\)"):
        sum([fourth, fifth])


def test_a_sum_stays_within_its_set() -> None:
    total = sum([co2e("1 t", "CH4", "AR5"), co2e("500 kg", "N2O", "AR5"), co2e("1000 g", "CO2", "AR5")])
    assert total == Co2e("160.501", "AR5")
    assert str(total) == "160.501 tCO2e (AR5)"
    assert total.to_record() == {"amount": "160.501", "unit": "tCO2e", "gwp_set": "AR5"}


@pytest.mark.parametrize("other", [0, 1, Decimal(1), "1 tCO2e", None])
def test_only_an_amount_under_a_set_adds(other: Any) -> None:
    with pytest.raises(UnitMismatchError, match="expected CO2e of the same GWP set"):
        _ = co2e("1 t", "CH4", "AR4") + other
    if other != 0:
        with pytest.raises(UnitMismatchError, match="expected CO2e of the same GWP set"):
            _ = other + co2e("1 t", "CH4", "AR4")


def test_ten_megawatt_hours_of_california_to_ten_decimals() -> None:
    """eGRID2023 rev 2, CAMX, total output: 428.464 lb CO2, 0.025 lb CH4, 0.003 lb N2O per MWh, under AR5. [P/C]"""
    pounds = (("4284.64 lb", "CO2"), ("0.25 lb", "CH4"), ("0.03 lb", "N2O"))
    with decimal.localcontext(prec=3):
        total = sum(co2e(mass, gas, "AR5") for mass, gas in pounds)
        assert isinstance(total, Co2e)
        assert total.kg == Decimal("1950.2612181283")
        assert total.rounded(Rounding("half-even", places=13)) == Decimal("1.9502612181283")
    assert total.rounded(Rounding("floor", places=2)) == Decimal("1.95")


def test_the_origin_of_methane_is_part_of_the_gas_in_ar6_alone() -> None:
    """AR6: 29.8 fossil, 27.0 other, from memory; 27.9 where no origin is stated."""
    sixth = GwpSet.named("AR6")
    assert [sixth.of(gas).value for gas in ("CH4", "CH4/fossil", "CH4/other")] == ["27.9", "29.8", "27.0"]
    assert {sixth.of(gas).confidence for gas in ("CH4/fossil", "CH4/other")} == {"M"}
    for name in ("SAR", "TAR", "AR4", "AR5"):
        with pytest.raises(FactorNotFoundError, match="CH4/fossil"):
            co2e("1 t", "CH4/fossil", name)


def test_the_one_potential_that_tables_disagree_on_is_flagged() -> None:
    flagged = [(item.name, gwp.gas) for item in gwp_sets() for gwp in item.gwps.values() if "24300" in str(gwp.flags)]
    assert flagged == [("AR6", "SF6")]
    assert GwpSet.named("AR6").of("SF6").value == "25200"


@pytest.mark.parametrize(
    ("mass", "gas", "gwp_set", "error"),
    [
        ("1 t", "CH4", "AR3", FactorNotFoundError),
        ("1 t", "CH4", None, FactorNotFoundError),
        ("1 t", "methane", "AR5", FactorNotFoundError),
        ("1 t", "NF3", "SAR", FactorNotFoundError),
        ("1 t", None, "AR5", FactorNotFoundError),
        ("1 tCO2e", "CH4", "AR5", UnitMismatchError),
        ("1 MWh", "CH4", "AR5", UnitMismatchError),
        ("1 ton", "CH4", "AR5", UnknownUnitError),
        (1, "CH4", "AR5", UnitMismatchError),
        (0.5, "CH4", "AR5", InexactNumberError),
    ],
)
def test_what_is_no_mass_of_a_known_gas_is_refused(mass: object, gas: Any, gwp_set: Any, error: type) -> None:
    with pytest.raises(error):
        co2e(mass, gas, gwp_set)


def test_a_quantity_is_weighed_as_its_text_is() -> None:
    assert co2e(cl.quantity("2.5 kg"), "SF6", "AR5") == co2e("2.5 kg", "SF6", "AR5") == Co2e("58.75", "AR5")


def test_an_amount_of_a_set_that_nobody_knows_is_none() -> None:
    with pytest.raises(FactorNotFoundError, match="AR9"):
        Co2e("1", "AR9")
    with pytest.raises(InexactNumberError):
        Co2e(0.5, "AR5")


def test_every_set_has_the_kyoto_gases_with_their_sources() -> None:
    assert tuple(item.name for item in gwp_sets()) == GWP_SETS
    for item in gwp_sets():
        missing = KYOTO - set(item.gwps)
        assert missing == ({"NF3"} if item.name == "SAR" else set())
        for gas, gwp in item.gwps.items():
            assert (gwp.gas, gwp.gwp_set) == (gas, item.name)
            assert gwp.year == {"SAR": 1995, "TAR": 2001, "AR4": 2007, "AR5": 2013, "AR6": 2021}[item.name]
            assert all((gwp.source, gwp.publisher, gwp.dataset, gwp.version, gwp.place, gwp.licence))
            assert gwp.confidence in ("P", "S", "C", "M")
    with pytest.raises(QuantityError, match="above 0"):
        Gwp(
            gas="X",
            gwp_set="AR5",
            year=2013,
            value="0",
            source="s",
            publisher="p",
            dataset="d",
            version="1",
            place="p",
            licence="l",
            confidence="M",
        )


@pytest.mark.outside
def test_every_potential_is_what_the_table_says() -> None:
    """openclimatedata/globalwarmingpotentials, CC0."""
    path = shared_file("data/factors/globalwarmingpotentials.csv")
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    table = {row["Species"]: row for row in csv.DictReader(lines)}
    seen = 0
    for item in gwp_sets():
        for gas, gwp in item.gwps.items():
            if gwp.dataset.startswith("openclimatedata") and gas != "CO2":
                assert gwp.value == table[gas][f"{item.name}GWP100"], (item.name, gas)
                seen += 1
    assert seen == 135
