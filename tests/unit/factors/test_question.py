"""Questions to the registry: which factor fits, which were considered, and why a question is refused."""

from datetime import date
from typing import Any

import pytest
from tests.support.factor_records import FIRST_MONTHS, factor

from carbon_ledger.errors import (
    AmbiguousFactorError,
    FactorNotApplicableError,
    FactorNotFoundError,
    QuantityError,
)
from carbon_ledger.factors import (
    EmissionFactor,
    FactorRegistry,
    Question,
)
from carbon_ledger.waivers import Waiver


def test_a_registry_is_a_collection_of_factors_each_once() -> None:
    one, two = factor("a"), factor("b", source="another document")
    letters: Any = "ab"
    registry = FactorRegistry([one, two])
    assert (len(registry), list(registry), registry.get("b")) == (2, [one, two], two)
    assert registry == FactorRegistry((one, two))
    with pytest.raises(QuantityError, match="a is given twice"):
        FactorRegistry([one, factor("a", value="0.5")])
    with pytest.raises(QuantityError, match="a registry of str"):
        FactorRegistry(letters)
    with pytest.raises(FactorNotFoundError, match="which has a; b"):
        registry.get("c")
    with pytest.raises(AttributeError):
        registry.__setattr__("factors", ())


def test_find_takes_the_one_that_fits_and_says_what_it_looked_at() -> None:
    registry = FactorRegistry(
        [factor("firm", technologies=("hydro",)), factor("intermittent", technologies=("wind", "solar"))]
    )
    answer = registry.ask(Question(region="AZ", purpose="crediting", technology="wind/onshore"))
    assert answer.factor.factor_id == "intermittent"
    assert answer.considered == (("firm", "for hydro, not for wind/onshore"), ("intermittent", ""))
    assert answer.question.technology == "wind/onshore"


def test_two_that_fit_are_refused_and_listed() -> None:
    registry = FactorRegistry([factor("a", value="0.5"), factor("b", value="0.4")])
    with pytest.raises(AmbiguousFactorError, match=r"2 factors answer: a \(0\.5.*b \(0\.4"):
        registry.find(region="AZ", purpose="crediting")
    assert [one.factor_id for one in registry.candidates(region="AZ", purpose="crediting")] == ["a", "b"]


def test_a_baseline_takes_the_lowest_of_several_where_asked_and_never_the_highest() -> None:
    """Domain section 5: peers pick the highest factor, which is anti-conservative for credits."""
    registry = FactorRegistry([factor("a", value="0.5"), factor("b", value="400", unit="gCO2/kWh")])
    assert registry.find(region="AZ", purpose="crediting", policy="lowest").factor_id == "b"
    with pytest.raises(FactorNotApplicableError, match="a baseline takes the lowest"):
        registry.find(region="AZ", purpose="crediting", policy="highest")
    with pytest.raises(FactorNotApplicableError, match="lowest, highest, conservative, latest"):
        registry.find(region="AZ", purpose="crediting", policy="newest")
    kind = "average_production"
    averages = FactorRegistry([factor("a", kind=kind, value="0.5"), factor("b", kind=kind, value="0.4")])
    assert averages.find(region="AZ", purpose="location-based", policy="highest").factor_id == "a"


def test_a_policy_does_not_decide_between_equal_numbers() -> None:
    registry = FactorRegistry([factor("a"), factor("b", value="0.3840")])
    with pytest.raises(AmbiguousFactorError):
        registry.find(region="AZ", purpose="crediting", policy="lowest")


def test_no_factor_of_the_region_is_refused_with_the_regions_there_are() -> None:
    registry = FactorRegistry([factor("a"), factor("b", region="AM")])
    with pytest.raises(FactorNotFoundError, match=r"of GE for crediting: none of the 2 .* AM; AZ"):
        registry.find(region="GE", purpose="crediting")
    assert registry.candidates(region="GE", purpose="crediting") == ()


def test_no_factor_of_the_technology_is_refused_with_the_candidates() -> None:
    registry = FactorRegistry([factor("solar", technologies=("solar",))])
    with pytest.raises(FactorNotFoundError, match=r"solar \(0\.384 .*for solar, not for hydro"):
        registry.find(region="AZ", purpose="crediting", technology="hydro")


def test_the_wrong_kind_is_refused_with_the_kinds_that_the_purpose_admits() -> None:
    registry = FactorRegistry([factor("average", kind="lifecycle", value="632.89", unit="gCO2e/kWh")])
    for kind in (None, "lifecycle"):
        with pytest.raises(FactorNotApplicableError, match=r"admits combined_margin.*average \(632\.89"):
            registry.find(region="AZ", purpose="crediting", kind=kind)
    waivers = [Waiver("factor-kind", "a test")]
    with pytest.raises(FactorNotApplicableError):
        registry.find(region="AZ", purpose="crediting", waivers=waivers)
    found = registry.find(region="AZ", purpose="crediting", kind="lifecycle", waivers=waivers)
    assert found.factor_id == "average"
    with pytest.raises(FactorNotApplicableError, match="expected one of operating_margin"):
        registry.find(region="AZ", purpose="crediting", kind="average")


def test_location_based_takes_either_average_where_one_is_there() -> None:
    production, consumption = (
        factor("p", kind="average_production"),
        factor("c", kind="average_consumption"),
    )
    assert FactorRegistry([consumption, factor()]).find(region="AZ", purpose="location-based") == consumption
    both = FactorRegistry([production, consumption])
    with pytest.raises(AmbiguousFactorError):
        both.find(region="AZ", purpose="location-based")
    assert both.find(region="AZ", purpose="location-based", kind="average_production") == production


def test_expired_is_refused_by_name_and_admitted_by_waiver_where_no_valid_one_is() -> None:
    old = factor("old", valid_from="2018-01-01", valid_to="2020-12-31")
    new = factor("new", valid_from="2021-01-01", valid_to="2022-12-31")
    registry = FactorRegistry([old, new])
    assert registry.find(region="AZ", purpose="crediting", on="2020-12-31") == old
    assert registry.find(region="AZ", purpose="crediting", on=date(2021, 1, 1)) == new
    with pytest.raises(FactorNotApplicableError, match=r"old .*to 2020-12-31.*new .*to 2022-12-31"):
        registry.find(region="AZ", purpose="crediting", on=FIRST_MONTHS)
    waivers = [Waiver("expired-factor", "a test")]
    assert registry.find(region="AZ", purpose="crediting", on="2019-05-01", waivers=waivers) == old
    with pytest.raises(AmbiguousFactorError):
        registry.find(region="AZ", purpose="crediting", on=FIRST_MONTHS, waivers=waivers)
    alone = FactorRegistry([old])
    assert alone.candidates(region="AZ", purpose="crediting", on=FIRST_MONTHS) == ()
    assert alone.find(region="AZ", purpose="crediting", on=FIRST_MONTHS, waivers=waivers) == old


def test_a_period_across_two_validities_is_answered_by_neither() -> None:
    registry = FactorRegistry([factor("a", valid_to="2023-12-31"), factor("b", valid_from="2024-01-01")])
    with pytest.raises(FactorNotApplicableError, match="no factor is valid then"):
        registry.find(region="AZ", purpose="crediting", on=FIRST_MONTHS)


def test_a_factor_valid_for_a_century_is_found_in_every_year() -> None:
    registry = FactorRegistry([factor("long", valid_from="1950-01-01", valid_to="2049-12-31")])
    for day in ("1950-01-01", "2000-02-29", "2049-12-31"):
        assert registry.find(region="AZ", purpose="crediting", on=day).factor_id == "long"


def test_the_crediting_period_narrows_but_a_factor_that_states_none_is_for_any() -> None:
    registry = FactorRegistry(
        [factor("first", crediting_period_ordinal=1), factor("later", crediting_period_ordinal=2)]
    )
    found = registry.find(region="AZ", purpose="crediting", crediting_period_ordinal=2)
    assert found.factor_id == "later"
    with pytest.raises(FactorNotFoundError, match="for crediting period 1, not for 3"):
        registry.find(region="AZ", purpose="crediting", crediting_period_ordinal=3)
    assert FactorRegistry([factor()]).find(region="AZ", purpose="crediting", crediting_period_ordinal=3)


def test_a_superseded_factor_does_not_answer_and_the_past_keeps_it() -> None:
    one = factor("cm-1", series="cm", revision=1, published_at="2020-01-01")
    two = factor("cm-2", series="cm", revision=2, supersedes="cm-1", published_at="2022-01-01", value="0.3")
    registry = FactorRegistry([two, one])
    assert registry.history("cm") == (one, two)
    assert registry.find(region="AZ", purpose="crediting") == two
    assert registry.find(region="AZ", purpose="crediting", as_of="2021-12-31") == one
    assert registry.find(region="AZ", purpose="crediting", as_of="2022-01-01") == two
    with pytest.raises(FactorNotFoundError, match="known since 2020-01-01, but not on"):
        registry.find(region="AZ", purpose="crediting", as_of="2019-12-31")
    with pytest.raises(FactorNotFoundError, match="which has cm"):
        registry.history("om")


def test_a_withdrawn_factor_answers_only_for_the_time_before() -> None:
    registry = FactorRegistry([factor(published_at="2020-01-01", withdrawn_at="2023-01-01")])
    with pytest.raises(FactorNotFoundError, match="withdrawn by its publisher on 2023-01-01"):
        registry.find(region="AZ", purpose="crediting")
    with pytest.raises(FactorNotFoundError, match="withdrawn"):
        registry.find(region="AZ", purpose="crediting", as_of="2023-01-01")
    assert registry.find(region="AZ", purpose="crediting", as_of="2022-12-31")


def test_a_withdrawn_revision_supersedes_nothing() -> None:
    one = factor("cm-1")
    two = factor("cm-2", supersedes="cm-1", withdrawn_at="2023-01-01")
    assert FactorRegistry([one, two]).find(region="AZ", purpose="crediting") == one


def test_a_factor_is_known_from_the_day_it_was_recorded_where_that_is_stated() -> None:
    registry = FactorRegistry([factor(published_at="2020-01-01", recorded_at="2021-01-01")])
    with pytest.raises(FactorNotFoundError, match="known since 2021-01-01, but not on"):
        registry.find(region="AZ", purpose="crediting", as_of="2020-06-01")
    assert registry.find(region="AZ", purpose="crediting", as_of="2021-01-01")


def test_a_factor_of_unknown_age_does_not_answer_for_the_past() -> None:
    registry = FactorRegistry([factor()])
    with pytest.raises(FactorNotFoundError, match="does not say since when it is known"):
        registry.find(region="AZ", purpose="crediting", as_of="2024-01-01")


def test_a_long_list_of_candidates_is_cut() -> None:
    registry = FactorRegistry(factor(f"f{k}", source=f"document {k}") for k in range(14))
    with pytest.raises(AmbiguousFactorError, match="and 4 more"):
        registry.find(region="AZ", purpose="crediting")


@pytest.mark.parametrize("field", ["technologies", "flags", "weights", "derived_from", "data_years"])
@pytest.mark.parametrize("given", [5, True, "hydro", [""], [None]])
def test_a_list_that_is_none_is_refused_by_us(field: str, given: object) -> None:
    with pytest.raises(QuantityError):
        EmissionFactor(
            factor_id="x",
            value="0.3",
            unit="tCO2e/MWh",
            kind="combined_margin",
            region="AZ",
            source="s",
            **{field: given},
        )
