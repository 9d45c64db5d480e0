"""Purposes: which kind of factor each admits, and which refusal a waiver lifts."""

from typing import Any

import pytest
from tests.support.factor_records import FIRST_MONTHS, factor

from carbon_ledger.errors import (
    FactorNotApplicableError,
)
from carbon_ledger.factors import (
    KINDS,
    PURPOSES,
    EmissionFactor,
    check_factor,
)
from carbon_ledger.periods import Period
from carbon_ledger.waivers import Waiver


def test_the_table_of_purposes() -> None:
    assert dict(PURPOSES) == {
        "crediting": ("combined_margin",),
        "project-emissions": ("combined_margin", "fuel", "reservoir"),
        "location-based": ("average_production", "average_consumption"),
        "market-based": ("residual_mix",),
    }


def check(one: EmissionFactor, *waivers: str, on: Period = FIRST_MONTHS, **more: Any) -> None:
    fields: dict[str, Any] = {
        "purpose": "crediting",
        "on": on,
        "region": "AZ",
        "technologies": ("hydro/run-of-river",),
        "waivers": [Waiver(name, "a test") for name in waivers],
    }
    check_factor(one, **(fields | more))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "combined_margin"])
def test_no_other_kind_credits_unless_waived(kind: str) -> None:
    """Invariant 15 of the design: a lifecycle average is no baseline; nor are the margins by themselves."""
    with pytest.raises(FactorNotApplicableError, match=r"crediting admits combined_margin.*factor-kind"):
        check(factor(kind=kind))
    check(factor(kind=kind), "factor-kind")


def test_one_waiver_lifts_one_refusal() -> None:
    other = factor(region="GE", kind="lifecycle", valid_to="2022-12-31")
    with pytest.raises(FactorNotApplicableError, match="lifecycle"):
        check(other, "factor-region", "expired-factor")
    with pytest.raises(FactorNotApplicableError, match=r"for GE, not for AZ.*factor-region"):
        check(other, "factor-kind", "expired-factor")
    with pytest.raises(FactorNotApplicableError, match=r"valid to 2022-12-31.*expired-factor"):
        check(other, "factor-kind", "factor-region")
    check(other, "factor-kind", "factor-region", "expired-factor")


def test_a_factor_for_another_technology_cannot_be_waived() -> None:
    solar = factor(technologies=("solar",))
    with pytest.raises(FactorNotApplicableError, match="for solar, not for hydro/run-of-river"):
        check(solar, "factor-kind", "factor-region", "expired-factor", "factor-method")
    with pytest.raises(FactorNotApplicableError, match="not for hydro/run-of-river"):
        check(solar, technologies=("solar/photovoltaic", "hydro/run-of-river"))


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "valid"),
    [
        ("2023-08-25", "2024-04-28", True),
        ("2023-08-26", None, False),
        (None, "2024-04-27", False),
        (None, None, True),
    ],
)
def test_validity_covers_whole_local_days_and_its_last_day_is_included(
    valid_from: str | None, valid_to: str | None, valid: bool
) -> None:
    """The period ends with 28 April in Baku, which is 20:00 of that day in UTC."""
    one = factor(valid_from=valid_from, valid_to=valid_to)
    if valid:
        check(one)
    else:
        with pytest.raises(FactorNotApplicableError, match="but needed on"):
            check(one)


def test_a_withdrawn_factor_is_like_an_expired_one() -> None:
    withdrawn = factor(withdrawn_at="2022-01-01")
    with pytest.raises(FactorNotApplicableError, match="withdrawn by its publisher on 2022-01-01"):
        check(withdrawn)
    check(withdrawn, "expired-factor")


def test_an_unknown_purpose_names_the_known_ones() -> None:
    with pytest.raises(FactorNotApplicableError, match="crediting, project-emissions, location-based, market-based"):
        check(factor(), purpose="offsetting")


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("value", ["1.5000001", "384", "-0.0000001"])
def test_a_factor_outside_what_any_grid_emits_is_refused_unless_waived(purpose: str, value: str) -> None:
    """Ledger-model section 8a: above 1.5 tCO2e/MWh, below 0."""
    one = factor(value=value, kind="lifecycle")
    with pytest.raises(FactorNotApplicableError, match=r"t/MWh, but a grid emits from 0 to 1\.5.*") as refused:
        check(one, "factor-kind", purpose=purpose)
    assert refused.value.rule == "implausible-factor"
    check(one, "factor-kind", "implausible-factor", purpose=purpose)


@pytest.mark.parametrize(
    "more",
    [
        {"value": "0"},
        {"value": "1.5"},
        {"value": "1500", "unit": "gCO2/kWh"},
        {"value": "1500", "unit": "kgCO2/MWh"},
        {"value": "384", "unit": "tCO2/GWh"},
    ],
)
def test_the_unit_counts_and_the_bounds_are_included(more: dict[str, str]) -> None:
    check(factor(**more))


@pytest.mark.parametrize(
    ("more", "refused"),
    [
        ({"kind": "reservoir", "value": "90", "unit": "kgCO2/MWh"}, False),
        ({"kind": "reservoir", "value": "90", "unit": "tCO2/MWh"}, True),
        ({"kind": "fuel", "value": "74800", "unit": "kgCO2/TJ"}, False),
        ({"kind": "fuel", "value": "74800", "unit": "kgCO2/GJ"}, True),
        ({"kind": "fuel", "value": "43.3", "unit": "TJ/Gg"}, False),  # a calorific value
    ],
)
def test_no_kind_of_factor_passes_by_without_bounds(more: dict[str, str], refused: bool) -> None:
    one = factor(**more)
    for purpose in ("crediting", "project-emissions"):
        if refused:
            with pytest.raises(FactorNotApplicableError, match="a grid emits"):
                check(one, "factor-kind", purpose=purpose)
        else:
            check(one, "factor-kind", purpose=purpose)
