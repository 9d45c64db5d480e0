"""TOOL07: weights, the combined margin as a factor, and its trace."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs
import pytest
from tests.support.electricity_systems import THREE, by_symbol, follows, grid, unit

from carbon_ledger.devices import Device
from carbon_ledger.errors import (
    MethodologyError,
    MissingDataError,
    NotApplicableError,
    QuantityError,
    UnitMismatchError,
)
from carbon_ledger.exact import Rounding
from carbon_ledger.factors import EmissionFactor, builtin
from carbon_ledger.methodologies import METHODOLOGIES, Activity, VintageGeneration, quantify_lines, vt0011
from carbon_ledger.methodologies.tool07 import (
    ROUNDINGS,
    Margin,
    Tool07Result,
    build_margin,
    combined_margin,
    combined_margin_weights,
    published_margin,
    simple_operating_margin,
)
from carbon_ledger.periods import Period

HALF_UP = Rounding("half-up", places=4)


def published(kind: str, value: str, **more: Any) -> Margin:
    fields: dict[str, Any] = {
        "factor_id": kind.replace("_", "-"),
        "value": value,
        "unit": "tCO2/MWh",
        "kind": kind,
        "region": "X",
        "source": "a document",
        "vintage_option": "ex-ante",
        "confidence": "S",
    }
    return published_margin(EmissionFactor(**(fields | more)))


def margins(operating: str, build: str) -> tuple[Margin, Margin]:
    return published("operating_margin", operating), published("build_margin", build)


def combined(operating: Margin, build: Margin, **more: Any) -> Tool07Result:
    fields: dict[str, Any] = {
        "factor_id": "f",
        "region": "X",
        "technology": "hydro",
        "crediting_period_ordinal": 1,
    }
    if more.get("crediting_period_ordinal") == 3:
        fields["second_period_build_margin"] = build.digest
    return combined_margin(operating, build, **(fields | more))


def calculated() -> Tool07Result:
    """A simple operating margin of 0.64298 and a build margin of 0.39096, of one system."""
    system = [unit("gas", 300, "2018-01-01"), *grid(300, 300, 400)[1:]]
    newest = [*system, *(unit(f"new-{k}", 0, "2022-01-01") for k in range(4))]
    return combined(simple_operating_margin(newest, THREE), build_margin(newest, 2023))


# --- published figures --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operating", "build", "technology", "ordinal", "rounding", "value"),
    [
        ("0.4620", "0.3456", "wind", 1, HALF_UP, "0.4329"),
        ("0.4620", "0.3456", "solar", 3, HALF_UP, "0.4329"),
        ("0.4620", "0.3456", "hydro", 1, HALF_UP, "0.4038"),
        ("0.2740", "0.00001", "hydro", 1, HALF_UP, "0.1370"),
        ("0.9646", "0.5119", "hydro", 1, HALF_UP, "0.7383"),
        ("0.9646", "0.5119", "hydro", 1, ROUNDINGS[-1].rounding, "0.7382"),
    ],
)
def test_published_combined_margins(
    operating: str, build: str, technology: str, ordinal: int, rounding: Rounding, value: str
) -> None:
    """Domain section 4: Armenia ASB0038-2018, Uganda ASB0054-2022, India CEA v21 FY2024-25.

    India's 0.73825 is published rounded half up; the default here is a baseline's, downwards.
    """
    found = combined(
        *margins(operating, build), technology=technology, crediting_period_ordinal=ordinal, rounding=rounding
    )
    assert found.factor.value == value
    assert found.line("EF_CM").value == Decimal(value)


@pytest.mark.parametrize("direction", ["floor", "half-up", "half-even"])
def test_armenias_rounded_margins_give_0_3747_and_0_3748_was_published(direction: str) -> None:
    """Domain section 4: the published 0.3748 was made from margins that were not rounded; it stays."""
    operating, build = (
        published_margin(builtin().get(f"asb0038-2018-am-{name}"), vintage_option="ex-ante")
        for name in ("operating-margin", "build-margin")
    )
    found = combined(operating, build, region="AM", crediting_period_ordinal=2, rounding=Rounding(direction, places=4))
    assert found.factor.value == "0.3747"
    assert builtin().get("asb0038-2018-am-hydro-2").value == "0.3748"
    assert found.factor.derived_from == (
        "asb0038-2018-am-operating-margin",
        "asb0038-2018-am-build-margin",
        f"build-margin:{build.digest}",
    )


# --- weights ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("technology", "ordinal", "weights"),
    [
        ("wind", 1, ("0.75", "0.25")),
        ("wind/offshore", 2, ("0.75", "0.25")),
        ("solar/photovoltaic", 3, ("0.75", "0.25")),
        ("hydro/reservoir", 1, ("0.5", "0.5")),
        ("hydro/reservoir", 2, ("0.25", "0.75")),
        ("geothermal", 3, ("0.25", "0.75")),
        ("other", 2, ("0.25", "0.75")),
    ],
)
def test_weights_by_technology_and_crediting_period(technology: str, ordinal: int, weights: tuple[str, str]) -> None:
    """Domain section 4: wind and solar always the same, all others by crediting period. [P]"""
    assert combined_margin_weights(technology, ordinal) == weights
    found = combined(*margins("0.8", "0.4"), technology=technology, crediting_period_ordinal=ordinal)
    assert found.factor.weights == weights
    assert Fraction(found.factor.value) == Fraction(weights[0]) * Fraction(4, 5) + Fraction(weights[1]) * Fraction(2, 5)


@pytest.mark.parametrize("ordinal", [0, 4, True, "1"])
def test_a_crediting_period_is_one_of_three(ordinal: Any) -> None:
    with pytest.raises(QuantityError, match="expected 1, 2 or 3"):
        combined_margin_weights("hydro", ordinal)


def test_a_technology_is_needed() -> None:
    with pytest.raises(QuantityError, match="technology ''"):
        combined_margin_weights("", 1)


@pytest.mark.parametrize(
    ("technology", "meant"), [("wnd", "wind"), ("Solar", "solar"), ("wind/on-shore", "wind/onshore")]
)
def test_a_misspelt_technology_is_refused(technology: str, meant: str) -> None:
    """It would have been weighted as all technologies but wind and solar are, in silence."""
    for weights in (combined_margin_weights, vt0011.combined_margin_weights):
        with pytest.raises(QuantityError, match=f"expected one of .*did you mean '{meant}'"):
            weights(technology, 1)
    with pytest.raises(
        QuantityError, match="a project of another kind, such as one that saves electricity, is 'other'"
    ):
        combined(*margins("0.8", "0.4"), technology="windmill")


# --- the factor ---------------------------------------------------------------------------------------


def test_the_factor_says_all_that_is_known_of_it() -> None:
    found = calculated().factor
    assert found.value == "0.5169"
    assert (found.kind, found.unit, found.gas, found.region) == ("combined_margin", "tCO2/MWh", "CO2", "X")
    assert (found.tool, found.vintage_option, found.confidence) == ("TOOL07@7.0", "ex-ante", "C")
    assert (found.operating_margin, found.build_margin) == ("0.64298", "0.39096")
    assert (found.technologies, found.crediting_period_ordinal) == (("hydro",), 1)
    assert found.project_class == "all but wind and solar"
    assert found.data_years == (2021, 2022, 2023)
    assert found.flags == ("derived-not-published",)
    assert found.source == (
        "calculated by TOOL07 v7.0: simple operating margin of 2021 to 2023, ex-ante, and SET_sample build margin "
        "of 2023, ex-ante"
    )


def test_rounding_happens_once() -> None:
    """0.33335 and 0.33335 rounded to 4 places each before they are combined would give 0.3334."""
    exact = attrs.evolve(published("operating_margin", "0"), value=Fraction(33335, 100000))
    build = attrs.evolve(published("build_margin", "0"), value=Fraction(33334, 100000))
    found = combined(exact, build, rounding=HALF_UP)
    assert found.factor.value == "0.3333"


def test_a_factor_credits_a_project_of_its_technology_and_period() -> None:
    """The result goes through the door that every factor goes through."""
    plant = Device(
        id="p", name="P", technology="hydro/run-of-river", capacity="4 MW", country="AZ", grid="X", zone="UTC"
    )
    activity = Activity(
        project="p",
        baseline="greenfield",
        crediting_period_ordinal=1,
        devices=[plant],
        period=Period.year(2024, zone="UTC"),
        generation=[VintageGeneration(2024, "p", 10**9)],
    )
    _, amounts = quantify_lines(METHODOLOGIES["AMS-I.D@18.0"], activity, calculated().factor)
    assert amounts == ((2024, Decimal("516.9")),)


# --- what does not combine ----------------------------------------------------------------------------


def test_the_margins_are_one_of_each_kind_in_order() -> None:
    operating, build = margins("0.4", "0.3")
    for pair in ((build, operating), (operating, operating), (build, build)):
        with pytest.raises(MethodologyError, match="expected an operating_margin and a build_margin, in that order"):
            combined(*pair)


def test_margins_of_another_region_do_not_combine() -> None:
    operating, build = published("operating_margin", "0.4", region="Y"), published("build_margin", "0.3")
    with pytest.raises(MethodologyError, match="combined margin of X: a margin is of Y"):
        combined(operating, build)


def test_an_ex_post_build_margin_is_for_the_first_crediting_period() -> None:
    build = published("build_margin", "0.3", vintage_option="ex-post")
    assert combined(published("operating_margin", "0.4"), build).factor.vintage_option == "ex-post"
    with pytest.raises(NotApplicableError, match="crediting period 2 with an ex-post build margin"):
        combined(published("operating_margin", "0.4"), build, crediting_period_ordinal=2)


def test_the_third_crediting_period_uses_the_build_margin_of_the_second() -> None:
    """Paragraph 72: the factor of the second period names that margin, and the third refuses another one."""
    operating, build = margins("0.4", "0.3")
    second = combined(operating, build, crediting_period_ordinal=2)
    (named,) = second.factor.derived_from[-1:]
    assert named == f"build-margin:{build.digest}"
    for digest in (named, build.digest):
        third = combined(operating, build, crediting_period_ordinal=3, second_period_build_margin=digest)
        assert third.factor.derived_from[-1] == named
    other = published("build_margin", "0.2")
    with pytest.raises(
        NotApplicableError, match=r"crediting period 3 with build margin .*, expected that of the second"
    ):
        combined(operating, other, crediting_period_ordinal=3, second_period_build_margin=named)
    with pytest.raises(MissingDataError, match="period 3: second_period_build_margin is not stated"):
        combined(operating, build, crediting_period_ordinal=3, second_period_build_margin=None)
    with pytest.raises(QuantityError, match="second_period_build_margin 7: expected the digest"):
        combined(operating, build, crediting_period_ordinal=3, second_period_build_margin=7)
    for ordinal in (1, 2):
        with pytest.raises(MethodologyError, match="second_period_build_margin is for period 3 alone"):
            combined(operating, build, crediting_period_ordinal=ordinal, second_period_build_margin=named)


def test_the_digest_of_a_margin_is_that_of_its_value_years_and_units() -> None:
    """A later version of the library may word the lines in another way: the digest stays."""
    first, again, other = (published("build_margin", value) for value in ("0.3", "0.3", "0.30001"))
    assert first.digest == again.digest != other.digest
    built = build_margin([unit("a", 100, "2020-01-01"), unit("b", 100, "2021-01-01")], 2023)
    assert built.digest == attrs.evolve(built, lines=()).digest
    changes: tuple[dict[str, Any], ...] = (
        {"value": built.value + Fraction(1, 10**30)},
        {"data_years": (2022,)},
        {"units": built.units[1:]},
        {"derived_from": ("f",)},
        {"kind": "operating_margin"},
        {"vintage_option": "ex-post"},
    )
    assert len({built.digest, *(attrs.evolve(built, **change).digest for change in changes)}) == 7


@pytest.mark.parametrize(
    ("region", "countries", "flagged"),
    [
        ("TR", (), True),
        ("AZ", (), False),
        ("US-CA", (), True),
        ("USSR grid", (), False),
        ("western pool", ("AZ", "TR"), True),
        ("western pool", ("AZ", "GE"), False),
        ("AZ", ("RU",), True),
    ],
)
def test_a_system_in_annex_i_is_flagged(region: str, countries: tuple[str, ...], flagged: bool) -> None:
    """Paragraph 5: partially or totally in an Annex I country."""
    pair = published("operating_margin", "0.4", region=region), published("build_margin", "0.3", region=region)
    found = combined(*pair, region=region, countries=countries).factor
    assert found.flags == ("derived-not-published", *(("system-in-annex-i",) if flagged else ()))


def test_a_country_is_a_code() -> None:
    with pytest.raises(QuantityError, match="country 'Turkey': expected an ISO 3166 code"):
        combined(*margins("0.4", "0.3"), countries=["Turkey"])


@pytest.mark.parametrize(
    ("displaced_in", "words"), [(2023, ""), (2024, ", one year before the"), (2025, ", two years before the")]
)
def test_the_source_names_the_lag_of_the_data(displaced_in: int, words: str) -> None:
    more: dict[str, Any] = {"vintage_option": "ex-post", "displaced_in": displaced_in}
    operating = simple_operating_margin(grid(300, 300, 400), [2023], **more)
    source = combined(operating, published("build_margin", "0.3")).factor.source
    assert f"simple operating margin of 2023, ex-post{words}" in source
    assert ("displacement" in source) is bool(words)


def test_an_ex_post_operating_margin_makes_the_factor_ex_post() -> None:
    operating = published("operating_margin", "0.4", vintage_option="ex-post")
    found = combined(operating, published("build_margin", "0.3"), crediting_period_ordinal=3)
    assert found.factor.vintage_option == "ex-post"


def test_margins_of_contradicting_data_do_not_combine() -> None:
    """Both traces name EG[gas,2023], and not the same number."""
    operating = simple_operating_margin(grid(300, 300, 400), THREE)
    with pytest.raises(MethodologyError, match=r"EG\[gas,2023\] is both 300 and 301 MWh"):
        combined(operating, build_margin([unit("gas", 301, "2018-01-01")], 2023))


def test_a_published_margin_says_its_kind_and_vintage() -> None:
    with pytest.raises(MethodologyError, match="expected an operating_margin or a build_margin"):
        published("combined_margin", "0.4")
    with pytest.raises(QuantityError, match="vintage_option None"):
        published("operating_margin", "0.4", vintage_option=None)
    with pytest.raises(UnitMismatchError):
        published("operating_margin", "0.4", gas="CH4")
    factor = builtin().get("asb0038-2018-am-build-margin")
    stated = attrs.evolve(factor, vintage_option="ex-ante")
    assert published_margin(stated).vintage_option == "ex-ante"
    with pytest.raises(MethodologyError, match=r"vintage_option ex-post .*, which is ex-ante"):
        published_margin(stated, vintage_option="ex-post")


def test_a_margin_in_another_unit_is_converted() -> None:
    found = published("operating_margin", "462", unit="gCO2/kWh")
    assert found.value == Fraction("0.462")
    assert "published as 462 gCO2/kWh" in found.lines[0].name


# --- the trace ----------------------------------------------------------------------------------------


def test_the_trace_holds_everything_from_generation_to_the_factor() -> None:
    found = calculated()
    lines = by_symbol(found.lines)
    assert {"EG[gas,2023]", "eta[gas]", "EF_OM", "AEG_20%[2023]", "EF_BM", "w_OM", "w_BM"} <= set(lines)
    assert found.lines[-2].symbol == "EF_CM,exact"
    assert lines["EF_CM,exact"].value == Decimal("0.51697")
    assert lines["EF_CM,exact"].formula == "w_OM x EF_OM + w_BM x EF_BM"
    assert lines["EF_CM"].name == "combined margin, rounded once: floor at 4 places"
    assert all(line.source and line.unit for line in found.lines)
    assert {line.confidence for line in found.lines} == {"", "C", "M", "P"}


def test_every_line_follows_from_the_lines_that_it_names() -> None:
    found = calculated()
    lines = by_symbol(found.lines)
    checked = [line for line in found.lines if line.formula and line.symbol != "EF_CM"]
    assert len(checked) > 30
    assert [line.symbol for line in checked if not follows(lines, line)] == []


def test_the_factor_pins_its_trace() -> None:
    found = calculated()
    again = Tool07Result.from_record(found.to_record())
    assert again == found
    assert again.to_bytes() == found.to_bytes()
    record = found.to_record()
    record["lines"][0]["value"] = "301"
    with pytest.raises(MethodologyError, match="expected that of this trace"):
        Tool07Result.from_record(record)


def test_the_trace_is_text_too() -> None:
    text = str(combined(*margins("0.4620", "0.3456")))
    assert text.splitlines()[0] == ("TOOL07 v7.0: f (0.4038 tCO2/MWh, combined_margin, X, hydro, crediting period 1)")
    assert text.splitlines()[-1] == (
        "EF_CM = EF_CM,exact, rounded = 0.4038 tCO2/MWh  (combined margin, rounded once: floor at 4 places)"
    )


def test_a_line_that_is_not_there_is_named() -> None:
    with pytest.raises(MethodologyError, match="calculation of f has no line 'EF_XX'; it has EF_OM, EF_BM"):
        combined(*margins("0.4", "0.3")).line("EF_XX")
