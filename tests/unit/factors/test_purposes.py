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
