"""The factor record, the purposes, the registry and the bundled data."""

import csv
import decimal
import hashlib
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs
import pytest
from tests.conftest import SHARED

from carbon_ledger.canonical import dumps, loads
from carbon_ledger.errors import (
    AmbiguousFactorError,
    FactorNotApplicableError,
    FactorNotFoundError,
    InexactNumberError,
    PeriodError,
    QuantityError,
    UnitMismatchError,
    UnknownUnitError,
)
from carbon_ledger.factors import (
    KINDS,
    PURPOSES,
    EmissionFactor,
    FactorRegistry,
    Question,
    builtin,
    check_factor,
)
from carbon_ledger.periods import Period
from carbon_ledger.waivers import Waiver

IFI_CSV = SHARED / "data/factors/ifi_default_grid_factors_2021_v3.1.csv"
FIRST_MONTHS = Period.of("2023-08-25", "2024-04-29", zone="Asia/Baku")


def factor(factor_id: str = "f", **more: Any) -> EmissionFactor:
    fields: dict[str, Any] = {
        "factor_id": factor_id,
        "value": "0.384",
        "unit": "tCO2e/MWh",
        "kind": "combined_margin",
        "region": "AZ",
        "source": "a document",
    }
    return EmissionFactor(**(fields | more))


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


# --- the record ---------------------------------------------------------------------------------------


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
        ({"value": "-0.1"}, QuantityError, "never below 0"),
        ({"unit": ""}, QuantityError, "unit"),
        ({"unit": "tCO2/MWH"}, UnknownUnitError, "tCO2/MWh"),
        ({"region": " "}, QuantityError, "region"),
        ({"source": None}, QuantityError, "source"),
        ({"kind": "average"}, QuantityError, "combined_margin"),
        ({"factor_id": "a b"}, QuantityError, "factor id"),
        ({"lower": "0.4"}, QuantityError, "lower bound 0.4"),
        ({"upper": "0.3"}, QuantityError, "upper bound 0.3"),
        ({"technologies": "hydro"}, QuantityError, "several texts"),
        ({"technologies": ["hydro", ""]}, QuantityError, "none blank"),
        ({"data_years": ["2019"]}, QuantityError, "data_years"),
        ({"valid_from": "2024-01-02", "valid_to": "2024-01-01"}, QuantityError, "before its first"),
        ({"valid_from": "1 May 2024"}, PeriodError, "no date"),
        ({"weights": ["0.5", "0.6"]}, QuantityError, "sum to 1"),
        ({"weights": ["1"]}, QuantityError, "sum to 1"),
        ({"weights": ["1.5", "-0.5"]}, QuantityError, "sum to 1"),
        ({"tool": "TOOL07 v7"}, QuantityError, "TOOL07@7.0"),
        ({"vintage_option": "ex ante"}, QuantityError, "ex-ante"),
        ({"confidence": "sure"}, QuantityError, "P, S, C, M"),
        ({"crediting_period_ordinal": 0}, QuantityError, "at least 1"),
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


# --- purposes -----------------------------------------------------------------------------------------


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
        with pytest.raises(FactorNotApplicableError, match="only"):
            check(one)


def test_a_withdrawn_factor_is_like_an_expired_one() -> None:
    withdrawn = factor(withdrawn_at="2022-01-01")
    with pytest.raises(FactorNotApplicableError, match="withdrawn by its publisher on 2022-01-01"):
        check(withdrawn)
    check(withdrawn, "expired-factor")


def test_an_unknown_purpose_names_the_known_ones() -> None:
    with pytest.raises(FactorNotApplicableError, match="crediting, project-emissions, location-based, market-based"):
        check(factor(), purpose="offsetting")


# --- the registry -------------------------------------------------------------------------------------


def test_a_registry_is_a_collection_of_factors_each_once() -> None:
    one, two = factor("a"), factor("b", source="another document")
    letters: Any = "ab"
    registry = FactorRegistry([one, two])
    assert (len(registry), list(registry), registry.get("b")) == (2, [one, two], two)
    assert registry == FactorRegistry((one, two))
    with pytest.raises(QuantityError, match="a is given twice"):
        FactorRegistry([one, factor("a", value="0.5")])
    with pytest.raises(QuantityError, match="not a str"):
        FactorRegistry(letters)
    with pytest.raises(FactorNotFoundError, match="there are a; b"):
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
    with pytest.raises(AmbiguousFactorError, match=r"2 answer: a \(0\.5.*b \(0\.4"):
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
    with pytest.raises(FactorNotApplicableError, match="not valid then"):
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
    with pytest.raises(FactorNotFoundError, match="known since 2020-01-01 only"):
        registry.find(region="AZ", purpose="crediting", as_of="2019-12-31")
    with pytest.raises(FactorNotFoundError, match="there are cm"):
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
    with pytest.raises(FactorNotFoundError, match="known since 2021-01-01 only"):
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


# --- bundled data -------------------------------------------------------------------------------------


def test_the_call_of_the_design_finds_the_firm_factor() -> None:
    """IFI 2021 v3.1, Azerbaijan, firm energy: 384 gCO2/kWh."""
    found = builtin().find(
        region="AZ", kind="combined_margin", technology="hydro", purpose="crediting", on=FIRST_MONTHS
    )
    assert (found.value, found.unit, found.t_per_mwh) == ("384", "gCO2/kWh", Decimal("0.384"))
    assert found.tool == "IFI-2021@3.1"
    assert builtin() is builtin()


@pytest.mark.parametrize(
    ("technology", "value"),
    [
        ("hydro/run-of-river", "384"),
        ("geothermal", "384"),
        ("wind/onshore", "478"),
        ("solar/photovoltaic", "478"),
    ],
)
def test_azerbaijan_by_technology(technology: str, value: str) -> None:
    assert builtin().find(region="AZ", purpose="crediting", technology=technology).value == value


def test_the_operating_margin_of_azerbaijan_credits_nothing() -> None:
    assert builtin().get("ifi-2021-v3.1-az-operating-margin").value == "534"
    with pytest.raises(FactorNotApplicableError, match="never operating_margin"):
        builtin().find(region="AZ", purpose="crediting", kind="operating_margin")


def test_armenian_hydro_is_ambiguous_until_the_crediting_period_is_named() -> None:
    def ask(**more: Any) -> EmissionFactor:
        asked = {"kind": "combined_margin", "technology": "hydro", "purpose": "crediting"} | more
        return builtin().find(region="AM", tool="TOOL07", **asked)

    with pytest.raises(AmbiguousFactorError, match=r"0\.4038.*0\.3748.*crediting_period_ordinal"):
        ask()
    assert ask(crediting_period_ordinal=1).value == "0.4038"
    assert ask(crediting_period_ordinal=2).value == "0.3748"


def test_armenia_keeps_what_was_published_and_says_where_it_cannot_be_recomputed() -> None:
    """ASB0038-2018: OM 0.4620, BM 0.3456; later hydro is published 0.3748, and the margins give 0.3747."""
    computed = {}
    for one in builtin().candidates(region="AM", purpose="crediting", tool="TOOL07"):
        assert (one.operating_margin, one.build_margin) == ("0.4620", "0.3456")
        weights = [Fraction(weight) for weight in one.weights or ()]
        computed[one.value] = weights[0] * Fraction("0.4620") + weights[1] * Fraction("0.3456")
    assert computed == {
        "0.4329": Fraction("0.4329"),
        "0.4038": Fraction("0.4038"),
        "0.3748": Fraction("0.3747"),
    }
    flagged = [one.factor_id for one in builtin() if any("give-0.3747" in flag for flag in one.flags)]
    assert flagged == ["asb0038-2018-am-hydro-2"]


def test_armenia_is_valid_to_18_february_2021_and_no_longer() -> None:
    """nature-ic.am, publication 10540: effective 19 February 2018, valid until 18 February 2021."""

    def ask(on: str) -> str:
        return builtin().find(region="AM", purpose="crediting", technology="wind", tool="TOOL07", on=on).value

    assert ask("2018-02-19") == ask("2021-02-18") == "0.4329"
    for day in ("2018-02-18", "2021-02-19"):
        with pytest.raises(FactorNotApplicableError, match="not valid then"):
            ask(day)


def ifi_rows() -> dict[str, list[str]]:
    if not IFI_CSV.is_file():
        pytest.skip(f"IFI default grid factors are not here: no {IFI_CSV.name} in ../shared/data/factors")
    with IFI_CSV.open(encoding="utf-8", newline="") as lines:
        return {row[0]: row[1:6] for row in csv.reader(lines) if row[1:] and all(map(str.isdigit, row[1:6]))}


def test_azerbaijan_is_what_the_ifi_file_says() -> None:
    """IFI 2021 v3.1: firm 384, intermittent 478, operating margin 534."""
    firm, intermittent, _, _, margin = ifi_rows()["Azerbaijan"]
    series = {one.series: one for one in builtin() if one.region == "AZ" and one.dataset != "Yearly electricity data"}
    assert series["ifi-az-firm"].value == firm
    assert series["ifi-az-intermittent"].value == intermittent
    assert series["ifi-az-operating-margin"].value == margin
    digest = f"sha256:{hashlib.sha256(IFI_CSV.read_bytes()).hexdigest()}"
    assert {one.digest for one in series.values()} == {digest}


def test_the_weights_of_the_ifi_file_fit_all_of_its_rows() -> None:
    """Firm OM/3 + 2 BM/3 gives a build margin with which intermittent is 0.75 OM + 0.25 BM. [C]"""
    firm_weights, intermittent_weights = (
        [Fraction(weight) for weight in builtin().get(f"ifi-2021-v3.1-az-{name}").weights or ()]
        for name in ("firm", "intermittent")
    )
    half = Fraction(1, 2)
    rows = ifi_rows()
    for territory, row in rows.items():
        firm, intermittent, operating = int(row[0]), int(row[1]), int(row[4])
        build = (firm - firm_weights[0] * operating) / firm_weights[1]
        slack = (half + firm_weights[0] * half) / firm_weights[1]
        found = intermittent_weights[0] * operating + intermittent_weights[1] * build
        most = intermittent_weights[0] * half + intermittent_weights[1] * slack + half
        assert abs(found - intermittent) <= most, territory
    assert len(rows) == 233


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
