"""The record of a factor: its required fields, the number as published, and the canonical form."""

import decimal
from datetime import date
from decimal import Decimal
from typing import Any

import attrs
import pytest
from tests.support.factor_records import factor

from carbon_ledger.canonical import dumps, loads
from carbon_ledger.errors import (
    InexactNumberError,
    PeriodError,
    QuantityError,
    UnitMismatchError,
    UnknownUnitError,
)
from carbon_ledger.factors import (
    EmissionFactor,
)


def full() -> EmissionFactor:
    return factor(
        "cm-2",
        value="0.3840",
        unit="tCO2/MWh",
        series="cm",
        revision=2,
        supersedes="cm-1",
        lower="0.380",
        upper="0.40",
        gas="CO2",
        gwp_set="AR5",
        technologies=["hydro", "geothermal"],
        data_years=[2017, 2018, 2019],
        valid_from="2021-01-01",
        valid_to=date(2023, 12, 31),
        published_at="2020-11-05",
        recorded_at="2020-12-01",
        withdrawn_at="2024-02-01",
        publisher="P",
        dataset="D",
        version="3.1",
        place="page 7, table 2",
        digest="sha256:00",
        licence="CC BY 4.0",
        derived_from=["om-1", "bm-1"],
        flags=["outlier"],
        operating_margin="0.4620",
        build_margin="0.30600",
        weights=["1/2", "1/2"],
        tool="TOOL07@7.0",
        vintage_option="ex-ante",
        project_class="hydro",
        crediting_period_ordinal=1,
        confidence="P",
    )


def test_the_call_of_the_design_works() -> None:
    made = EmissionFactor(
        factor_id="my-ef",
        value="0.384",
        unit="tCO2e/MWh",
        kind="combined_margin",
        region="AZ",
        valid_from="2021-01-01",
        valid_to=None,
        source="IFI 2021 v3.1",
    )
    assert made.valid_from == date(2021, 1, 1)
    assert made.t_per_mwh == Decimal("0.384")


@pytest.mark.parametrize(
    ("value", "unit", "t_per_mwh"),
    [
        ("384", "gCO2/kWh", "0.384"),
        ("384", "kgCO2e/MWh", "0.384"),
        ("0.4620", "tCO2/MWh", "0.462"),
        ("1000", "lb CO2/MWh", "0.45359237"),
        ("0.05", "tCO2/GJ", "0.18"),
        (0, "gCO2/kWh", "0"),
    ],
)
def test_tonnes_per_mwh_are_exact_in_any_decimal_context(value: object, unit: str, t_per_mwh: str) -> None:
    with decimal.localcontext(prec=2):
        found = factor(value=value, unit=unit).t_per_mwh
    assert found == Decimal(t_per_mwh)


def test_the_number_stays_as_published() -> None:
    assert factor(value="0.4620").to_record()["value"] == "0.4620"
    assert factor(value=Decimal("0.4620")).value == "0.4620"
    assert factor(value=Decimal("1E+2")).value == "100"
    assert factor(value=384, unit="gCO2/kWh").value == "384"
    assert factor(value="0.4620").number == Decimal("0.462")


def test_a_record_comes_back_exactly_and_is_canonical_json() -> None:
    pinned = full().to_record()
    assert EmissionFactor.from_record(loads(dumps(pinned))) == full()
    assert EmissionFactor.from_record(pinned).to_record() == pinned
    assert pinned["valid_to"] == "2023-12-31"
    assert pinned["weights"] == ["1/2", "1/2"]
    assert pinned["build_margin"] == "0.30600"


def test_every_field_is_in_the_record_of_a_full_factor_and_none_that_was_not_given() -> None:
    assert set(full().to_record()) == {one.name for one in attrs.fields(EmissionFactor)}
    assert set(factor().to_record()) == {"factor_id", "value", "unit", "kind", "region", "source"}


@pytest.mark.parametrize(
    ("record", "named"),
    [
        ({"factor_id": "f", "value": "1"}, "missing unit, kind, region, source"),
        (full().to_record() | {"valid": "yes"}, "unknown valid"),
    ],
)
def test_a_record_with_missing_or_unknown_fields_is_refused(record: dict[str, Any], named: str) -> None:
    with pytest.raises(QuantityError, match=named):
        EmissionFactor.from_record(record)


@pytest.mark.parametrize(
    ("change", "error", "named"),
    [
        ({"value": 0.384}, InexactNumberError, "float"),
        ({"value": "0,384"}, QuantityError, "plain decimal"),
        ({"value": "-0.1"}, QuantityError, "expected 0 or more"),
        ({"unit": ""}, QuantityError, "unit"),
        ({"unit": "tCO2/MWH"}, UnknownUnitError, "tCO2/MWh"),
        ({"region": " "}, QuantityError, "region"),
        ({"source": None}, QuantityError, "source"),
        ({"kind": "average"}, QuantityError, "combined_margin"),
        ({"factor_id": "a b"}, QuantityError, "factor id"),
        ({"technologies": "hydro"}, QuantityError, "factor technologies .hydro.: expected several texts"),
        (
            {"weights": "0.5"},
            QuantityError,
            r"factor weights .0.5.: expected several texts, none blank, e.g. \(.0.5., .0.5.\)",
        ),
        ({"technologies": ["hydro", ""]}, QuantityError, "none blank"),
        ({"data_years": ["2019"]}, QuantityError, "data_years"),
        ({"valid_from": "2024-01-02", "valid_to": "2024-01-01"}, QuantityError, "not before valid_from"),
        ({"valid_from": "1 May 2024"}, PeriodError, "not a date"),
        ({"weights": ["0.5", "0.6"]}, QuantityError, "sum to 1"),
        ({"weights": ["1"]}, QuantityError, "sum to 1"),
        ({"weights": ["1.5", "-0.5"]}, QuantityError, "sum to 1"),
        ({"tool": "TOOL07 v7"}, QuantityError, "TOOL07@7.0"),
        ({"vintage_option": "ex ante"}, QuantityError, "ex-ante"),
        ({"confidence": "sure"}, QuantityError, "P, S, C, M"),
        ({"gwp_set": "ar5"}, QuantityError, "expected one of SAR, TAR, AR4, AR5, AR6"),
        ({"gwp_set": "IPCC AR5"}, QuantityError, "expected one of SAR, TAR, AR4, AR5, AR6"),
        ({"crediting_period_ordinal": 0}, QuantityError, "at least 1"),
        ({"crediting_period_ordinal": 11}, QuantityError, "at most 10"),
        ({"operating_margin": "-0.1"}, QuantityError, "operating_margin -0.1, expected 0 or more"),
        ({"build_margin": "-0.1"}, QuantityError, "build_margin -0.1, expected 0 or more"),
        ({"revision": "2"}, QuantityError, "at least 1"),
        ({"supersedes": "f"}, QuantityError, "supersedes itself"),
        ({"licence": ""}, QuantityError, "licence"),
    ],
)
def test_what_is_no_factor_is_refused(change: dict[str, Any], error: type[Exception], named: str) -> None:
    with pytest.raises(error, match=named):
        factor(**change)


def test_marginal_and_lifecycle_factors_may_be_negative() -> None:
    assert factor(kind="marginal", value="-0.1").t_per_mwh == Decimal("-0.1")


def test_another_gas_is_no_co2e_until_it_is_weighted() -> None:
    methane = factor(unit="lb/MWh", gas="CH4")
    with pytest.raises(UnitMismatchError, match="CH4"):
        assert methane.t_per_mwh
    with pytest.raises(UnitMismatchError, match="not stated"):
        assert factor(unit="lb/MWh").t_per_mwh
    assert factor(unit="lb/MWh", gas="CO2", value="1000").t_per_mwh == Decimal("0.45359237")


@pytest.mark.parametrize(
    ("technologies", "asked", "answer"),
    [
        ((), "wind/onshore", True),
        (("hydro",), "hydro/run-of-river", True),
        (("hydro",), "hydro", True),
        (("hydro",), "hydropower", False),
        (("hydro/reservoir",), "hydro", False),
        (("wind", "solar"), "solar/thermal", True),
    ],
)
def test_a_technology_is_matched_whole_or_by_its_group(technologies: tuple[str, ...], asked: str, answer: bool) -> None:
    assert factor(technologies=technologies).applies_to(asked) is answer
