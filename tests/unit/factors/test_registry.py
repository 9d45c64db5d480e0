"""The two times of the registry, its policies, its explanations, and how little it looks at."""

from typing import Any

import pytest

from carbon_ledger.canonical import dumps, loads
from carbon_ledger.errors import (
    AmbiguousFactorError,
    FactorNotApplicableError,
    FactorNotFoundError,
    PeriodError,
    QuantityError,
    UnitMismatchError,
)
from carbon_ledger.factors import EmissionFactor, FactorRegistry, Question, builtin
from carbon_ledger.waivers import Waiver


def factor(factor_id: str = "f", **more: Any) -> EmissionFactor:
    fields: dict[str, Any] = {
        "factor_id": factor_id,
        "value": "0.384",
        "unit": "tCO2e/MWh",
        "kind": "combined_margin",
        "region": "AZ",
        "source": f"a document on {factor_id}",
    }
    return EmissionFactor(**(fields | more))


def revisions() -> tuple[EmissionFactor, EmissionFactor, EmissionFactor]:
    return (
        factor("cm-1", series="cm", revision=1, recorded_at="2020-01-01"),
        factor("cm-2", series="cm", revision=2, supersedes="cm-1", recorded_at="2021-01-01", value="0.4"),
        factor("cm-3", series="cm", revision=3, supersedes="cm-2", recorded_at="2022-01-01", value="0.3"),
    )


def found(registry: FactorRegistry, **more: Any) -> str:
    asked: dict[str, Any] = {"region": "AZ", "purpose": "crediting"} | more
    return registry.find(**asked).factor_id


# --- the two times ------------------------------------------------------------------------------------


def test_a_view_answers_as_the_registry_did_then() -> None:
    registry = FactorRegistry(revisions())
    answers = {day: found(registry.as_of(day)) for day in ("2020-12-31", "2021-01-01", "2022-01-01", "2030-01-01")}
    assert answers == {"2020-12-31": "cm-1", "2021-01-01": "cm-2", "2022-01-01": "cm-3", "2030-01-01": "cm-3"}
    assert {day: found(registry, as_of=day) for day in answers} == answers
    assert found(registry) == "cm-3"


def test_a_view_holds_what_was_known_and_nothing_else() -> None:
    one, two, _ = revisions()
    registry = FactorRegistry([*revisions(), factor("ageless")])
    view = registry.as_of("2021-06-01")
    assert list(view) == [one, two]
    assert view.history("cm") == (one, two)
    with pytest.raises(FactorNotFoundError, match="which has cm-1; cm-2"):
        view.get("cm-3")
    with pytest.raises(FactorNotFoundError, match="which has none"):
        registry.as_of("2019-01-01").history("cm")


def test_a_view_is_asked_about_its_past_but_not_about_what_came_after() -> None:
    view = FactorRegistry(revisions()).as_of("2021-06-01")
    assert found(view, as_of="2020-06-01") == "cm-1"
    assert found(view.as_of("2020-06-01")) == "cm-1"
    with pytest.raises(FactorNotApplicableError, match="as_of 2022-06-01: this registry is a view of 2021-06-01"):
        found(view, as_of="2022-06-01")
    with pytest.raises(FactorNotApplicableError, match="has no later knowledge"):
        view.as_of("2022-06-01")
    with pytest.raises(PeriodError):
        view.as_of("last year")


def test_a_question_keeps_its_days_in_a_view() -> None:
    short = factor("short", valid_from="2020-01-01", valid_to="2020-12-31", recorded_at="2020-01-01")
    view = FactorRegistry([short]).as_of("2020-06-01")
    assert found(view, on="2020-12-31") == "short"
    with pytest.raises(FactorNotApplicableError, match="no factor is valid then"):
        found(view, on="2021-01-01")


def test_what_was_withdrawn_later_still_answers_in_a_view() -> None:
    registry = FactorRegistry([factor("gone", recorded_at="2020-01-01", withdrawn_at="2023-01-01")])
    assert found(registry.as_of("2022-12-31")) == "gone"
    with pytest.raises(FactorNotFoundError, match="withdrawn"):
        found(registry.as_of("2023-01-01"))
    with pytest.raises(FactorNotFoundError, match="withdrawn"):
        found(registry)


def test_the_trace_of_a_past_answer_names_nothing_that_came_later() -> None:
    registry = FactorRegistry(revisions())
    answer = registry.ask(Question(region="AZ", purpose="crediting", as_of="2021-06-01"))
    assert answer.considered == (("cm-1", "superseded by cm-2"), ("cm-2", ""))


def test_extending_supersedes_and_overwrites_nothing() -> None:
    one, two, three = revisions()
    first = FactorRegistry([one, two])
    second = first.extend([factor("cm-3", supersedes="cm-2", series="cm", revision=3)], recorded_at="2022-05-05")
    assert (found(first), found(second)) == ("cm-2", "cm-3")
    assert second.get("cm-3").recorded_at == factor(recorded_at="2022-05-05").recorded_at
    assert found(second, as_of="2022-05-04") == "cm-2"
    assert [item.factor_id for item in second.history("cm")] == ["cm-1", "cm-2", "cm-3"]
    assert found(first.extend([three], recorded_at="2022-01-01")) == "cm-3"


def test_nothing_is_learned_before_what_is_known() -> None:
    """What is added to the past would change what was answered since."""
    registry = FactorRegistry(revisions())
    with pytest.raises(QuantityError, match="has factors that are known since 2022-01-01"):
        registry.extend([factor("late")], recorded_at="2021-12-31")
    assert len(registry.extend([factor("late")], recorded_at="2022-01-01")) == 4
    with pytest.raises(QuantityError, match="recorded_at 2020-01-01, expected 2022-06-01"):
        registry.extend([factor("late", recorded_at="2020-01-01")], recorded_at="2022-06-01")
    with pytest.raises(QuantityError, match="a view of 2021-01-01"):
        registry.as_of("2021-01-01").extend([factor("late")], recorded_at="2023-01-01")


def test_an_id_or_a_content_comes_once() -> None:
    registry = FactorRegistry([factor("a", source="s", recorded_at="2021-01-01")])
    with pytest.raises(QuantityError, match="a is given twice"):
        registry.extend([factor("a", source="s", value="0.5")], recorded_at="2021-01-01")
    with pytest.raises(QuantityError, match="a and b are the same record under two ids"):
        registry.extend([factor("b", source="s")], recorded_at="2021-01-01")
    assert len(registry.extend([factor("b", source="s", value="0.3840")], recorded_at="2021-01-01")) == 2


def test_a_series_of_several_years_is_told_year_by_year() -> None:
    rows = [
        factor(f"{year}-{revision}", series="s", data_years=year, revision=revision)
        for revision in (2, 1)
        for year in (2021, 2020)
    ]
    ids = [item.factor_id for item in FactorRegistry(rows).history("s")]
    assert ids == ["2020-1", "2020-2", "2021-1", "2021-2"]


# --- purposes, narrowing and policies -----------------------------------------------------------------


def test_a_tie_break_is_conservative_by_role() -> None:
    """Domain section 5: baseline takes the lowest, project emissions the highest."""
    registry = FactorRegistry([factor("low", value="0.3"), factor("high", value="0.5"), factor("mid", value="0.4")])
    assert found(registry, policy="conservative") == "low"
    assert found(registry, purpose="project-emissions", policy="conservative") == "high"
    with pytest.raises(FactorNotApplicableError, match="project emissions take the highest"):
        found(registry, purpose="project-emissions", policy="lowest")
    with pytest.raises(FactorNotApplicableError, match="a baseline takes the lowest"):
        found(registry, policy=("latest", "highest"))


def test_policies_are_applied_in_their_order_and_recorded() -> None:
    registry = FactorRegistry(
        [
            factor("old", value="0.1", data_years=2019),
            factor("new-high", value="0.5", data_years=[2018, 2021]),
            factor("new-low", value="0.4", data_years=2021),
        ]
    )
    answer = registry.ask(Question(region="AZ", purpose="crediting", policy=["latest", "lowest"]))
    assert answer.factor.factor_id == "new-low"
    assert answer.question.policy == ("latest", "lowest")
    assert dict(answer.considered) == {
        "old": "answers too; the policy takes the latest, new-high",
        "new-high": "answers too; the policy takes the lowest, new-low",
        "new-low": "",
    }
    assert found(registry, policy="lowest") == "old"
    with pytest.raises(AmbiguousFactorError, match="2 factors answer: new-high"):
        found(registry, policy="latest")


def test_gas_and_tool_narrow_a_question() -> None:
    registry = FactorRegistry(
        [
            factor("methane", unit="lb/MWh", gas="CH4"),
            factor("tool-7", gas="CO2", tool="TOOL07@7.0"),
            factor("tool-5", gas="CO2", tool="TOOL07@5.0"),
            factor("other", gas="CO2"),
        ]
    )
    assert found(registry, gas="CH4") == "methane"
    assert found(registry, tool="TOOL07@5.0") == "tool-5"
    several = registry.candidates(region="AZ", purpose="crediting", tool="TOOL07")
    assert [item.factor_id for item in several] == ["tool-7", "tool-5"]
    with pytest.raises(FactorNotFoundError, match="made by a tool that is not stated, not by IFI-2021"):
        found(registry, tool="IFI-2021")
    with pytest.raises(UnitMismatchError, match="CH4"):
        found(registry, policy="lowest")


def test_project_emissions_take_a_fuel_and_no_average() -> None:
    registry = FactorRegistry([factor("gas", kind="fuel", unit="kgCO2/TJ", gas="CO2"), factor("mix", kind="lifecycle")])
    assert found(registry, purpose="project-emissions") == "gas"
    with pytest.raises(FactorNotApplicableError, match="admits combined_margin or fuel or reservoir, never lifecycle"):
        found(registry, purpose="project-emissions", kind="lifecycle")


# --- explanations -------------------------------------------------------------------------------------


def test_an_answer_is_explained_in_words_and_as_data() -> None:
    wind = factor("wind", technologies=("wind",), recorded_at="2020-01-01")
    registry = FactorRegistry([*revisions(), wind])
    waivers = [Waiver("expired-factor", "a test")]
    asked: dict[str, Any] = {"region": "AZ", "purpose": "crediting", "technology": "hydro", "as_of": "2021-06-01"}
    explained = registry.explain(**asked, waivers=waivers, policy="lowest")
    assert str(explained).splitlines() == [
        "Question: a factor of AZ for crediting",
        "  technology: hydro",
        "  as_of: 2021-06-01",
        "  policy: lowest",
        "  waived: expired-factor, because a test",
        "Considered: 3",
        "  cm-1: superseded by cm-2",
        "  cm-2: answers",
        "  wind: for wind, not for hydro",
        "Answer: cm-2 (0.4 tCO2e/MWh, combined_margin, AZ)",
        "  source: a document on cm-2",
    ]
    record = explained.to_record()
    assert loads(dumps(record)) == record
    assert record["factor"]["factor_id"] == "cm-2"
    assert record["question"]["waivers"] == [{"name": "expired-factor", "reason": "a test"}]
    assert record["considered"][0] == {"factor": "cm-1", "dropped": "superseded by cm-2"}


def test_a_refusal_is_explained_and_not_raised() -> None:
    registry = FactorRegistry([factor("a"), factor("b", value="0.5")])
    explained = registry.explain(region="AZ", purpose="crediting", on="2024-01-01")
    assert explained.factor is None
    assert "2 factors answer" in explained.refusal
    assert explained.considered == (("a", ""), ("b", ""))
    assert explained.to_record()["question"]["on"] == ["2024-01-01", "2024-01-01"]
    assert str(explained).splitlines()[-1] == f"Refused: {explained.refusal}"
    with pytest.raises(FactorNotApplicableError, match="purpose"):
        registry.explain(region="AZ", purpose="offsetting")


def test_an_expired_factor_that_a_waiver_admits_answers_in_the_trace() -> None:
    old = factor("old", valid_to="2020-12-31")
    asked: dict[str, Any] = {"region": "AZ", "purpose": "crediting", "on": "2022-01-01"}
    waived = {"waivers": [Waiver("expired-factor", "a test")]}
    assert FactorRegistry([old]).explain(**asked, **waived).considered == (("old", ""),)
    reason = "valid to 2020-12-31 (that day included), but needed on 2022-01-01"
    assert FactorRegistry([old]).explain(**asked).considered == (("old", reason),)
    new = factor("new", valid_from="2021-01-01")
    assert dict(FactorRegistry([old, new]).explain(**asked, **waived).considered)["new"] == ""


def test_the_lifecycle_average_of_azerbaijan_is_refused_for_crediting_and_told_what_is_needed() -> None:
    """Domain section 5: 632.89 g/kWh (Ember, 2024) is no baseline; 70 GWh would make 44,302 t of it."""
    with pytest.raises(FactorNotApplicableError, match=r"crediting admits combined_margin, never lifecycle.*632\.89"):
        builtin().find(region="AZ", purpose="crediting", kind="lifecycle")
    waivers = [Waiver("factor-kind", "to show what it would come to")]
    found_anyway = builtin().find(region="AZ", purpose="crediting", kind="lifecycle", waivers=waivers)
    assert int(found_anyway.t_per_mwh * 70_000) == 44_302


# --- how little it looks at ---------------------------------------------------------------------------


def test_a_lookup_looks_at_the_records_of_its_place_kind_and_year_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        factor(
            f"{region}-{kind}-{year}",
            region=region,
            kind=kind,
            valid_from=f"{year}-01-01",
            valid_to=f"{year}-12-31",
            recorded_at="2024-01-01",
        )
        for region in ("AZ", "AM", *(f"R{k}" for k in range(58)))
        for kind in ("combined_margin", "lifecycle", "residual_mix")
        for year in range(2005, 2025)
    ]
    registry = FactorRegistry(rows)
    looked_at = []
    for name in ("misfit", "unknown", "expiry"):
        rule = getattr(Question, name)

        def counted(self: Question, item: EmissionFactor, rule: Any = rule) -> str:
            looked_at.append(item.factor_id)
            return str(rule(self, item))

        monkeypatch.setattr(Question, name, counted)
    assert found(registry, on="2015-03-01", as_of="2024-06-01") == "AZ-combined_margin-2015"
    assert len(registry) == 3600
    assert set(looked_at) == {"AZ-combined_margin-2015"}
