"""Projects of earlier plants: their history and their day of replacement are part of the record."""

from datetime import date
from typing import Any

import pytest
from attrs import evolve

import carbon_ledger as cl
from carbon_ledger import projects
from carbon_ledger.canonical import dumps
from carbon_ledger.errors import (
    CarbonLedgerError,
    InexactNumberError,
    MethodologyError,
    PeriodError,
    QuantityError,
    UnitMismatchError,
)
from carbon_ledger.methodologies import applicability, capacity_additions
from carbon_ledger.periods import Period
from carbon_ledger.projects import Project

ENERGIES = {2019: "39300 MWh", 2015: "38.2 GWh", 2016: "41500 MWh", 2017: "36900 MWh", 2018: "40100 MWh"}


def project(**more: Any) -> Project:
    fields: dict[str, Any] = {
        "id": "rebuilt",
        "instrument": "GCC-ACC",
        "zone": "Asia/Baku",
        "devices": ("old",),
        "methodology": "ACM0002@22.0",
        "baseline": "retrofit",
        "crediting_period": Period.years("2020-03-01", 10, zone="Asia/Baku"),
        "history": ENERGIES,
        "replaced_on": "2031-07-01",
    }
    return Project(**(fields | more))


@pytest.mark.parametrize("baseline", ["retrofit", "capacity-addition"])
def test_the_past_is_pinned(baseline: str) -> None:
    made = project(baseline=baseline)
    assert made.history_wh[0] == (2015, 38_200_000_000)
    assert [year for year, _ in made.history_wh] == [2015, 2016, 2017, 2018, 2019]
    assert made.replaced_on == date(2031, 7, 1)
    record = made.to_record()
    assert record["history_wh"] == {
        "2015": 38_200_000_000,
        "2016": 41_500_000_000,
        "2017": 36_900_000_000,
        "2018": 40_100_000_000,
        "2019": 39_300_000_000,
    }
    assert record["replaced_on"] == "2031-07-01"
    assert dumps(record)
    assert Project.from_record(record) == made


def test_a_project_can_be_evolved() -> None:
    assert evolve(project(), name="Rebuilt").history_wh == project().history_wh
    assert evolve(project(baseline="greenfield", history=None, replaced_on=None), name="New").history_wh == ()


def test_what_is_not_given_is_absent() -> None:
    new = project(baseline="greenfield", history=None, replaced_on=None)
    assert not {"history_wh", "replaced_on"} & set(new.to_record())
    assert Project.from_record(new.to_record()) == new


@pytest.mark.parametrize("baseline", ["retrofit", "capacity-addition"])
@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"history": None}, "must state history;"),
        ({"history": {}}, "must state history;"),
        ({"replaced_on": None}, "must state replaced_on;"),
        ({"history": None, "replaced_on": None}, "must state history, replaced_on;"),
    ],
)
def test_a_plant_that_existed_has_a_past(baseline: str, change: dict[str, Any], named: str) -> None:
    if baseline == "capacity-addition" and len(change) == 2:
        assert project(baseline=baseline, **change).history_wh == ()  # the ledger checks it against the devices
        return
    with pytest.raises(MethodologyError, match=named):
        project(**({"baseline": baseline} | change))


def test_a_history_ends_before_crediting_begins() -> None:
    """The year in which crediting begins is one of the zone's, so the ledger asks when the project is registered."""
    late = project(history=ENERGIES | {2020: "1 MWh"})
    with pytest.raises(MethodologyError, match="a history of 2020, but crediting begins in 2020"):
        late.require_past_history(late.zone)
    with pytest.raises(MethodologyError, match="a history of 2020"):
        cl.open_ledger(":memory:").register_project(late)
    project().require_past_history(late.zone)
    project(baseline="greenfield", history=None, replaced_on=None).require_past_history(late.zone)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"replaced_on": None}, "leave out history$"),
        ({"history": None}, "leave out replaced_on$"),
        ({}, "leave out history and replaced_on$"),
    ],
)
def test_a_new_plant_has_none(change: dict[str, Any], named: str) -> None:
    with pytest.raises(MethodologyError, match=named):
        project(**({"baseline": "greenfield"} | change))


def test_certificates_have_none() -> None:
    with pytest.raises(MethodologyError, match="leave out history"):
        Project(id="a", instrument="I-REC-E", zone="UTC", devices=("old",), history=ENERGIES)


@pytest.mark.parametrize(
    ("history", "error", "named"),
    [
        ([(2019, "1 MWh")], QuantityError, "energies by year"),
        ({"2019": "1 MWh"}, QuantityError, "calendar year such as 2019"),
        ({True: "1 MWh"}, QuantityError, "calendar year such as 2019"),
        ({2019: "-1 MWh"}, QuantityError, "expected 0 or more"),
        ({2019: 38_200}, UnitMismatchError, "no unit"),
        ({2019: "38200 MW"}, UnitMismatchError, "history of 2019"),
        ({2019: "0.1 Wh"}, InexactNumberError, "history of 2019"),
    ],
)
def test_what_is_no_history(history: Any, error: type[CarbonLedgerError], named: str) -> None:
    with pytest.raises(error, match=named):
        project(history=history)


def test_what_is_no_day() -> None:
    with pytest.raises(PeriodError, match="replaced_on"):
        project(replaced_on="2031-07")


def test_the_year_of_a_baseline_is_named() -> None:
    assert "baseline_year" not in project().to_record()
    made = project(baseline_year="crediting")
    assert made.to_record()["baseline_year"] == "crediting"
    assert Project.from_record(made.to_record()) == made
    for wrong in ("fiscal", 2024, None):
        with pytest.raises(QuantityError, match=r"baseline_year .*, expected one of calendar, crediting"):
            project(baseline_year=wrong)
    new = {"baseline": "greenfield", "history": None, "replaced_on": None}
    with pytest.raises(MethodologyError, match="baseline_year crediting, but there is no history"):
        project(**new, baseline_year="crediting")


@pytest.mark.parametrize("given", [("2024-01-01", "2034-01-01"), "2024-01-01", 10])
def test_a_crediting_period_is_a_period(given: Any) -> None:
    with pytest.raises(QuantityError, match=r"crediting_period .*, expected a Period, e.g. Period.years\("):
        project(crediting_period=given)


def test_projects_and_methodologies_name_the_same_baselines() -> None:
    """Neither module imports the other, so each has the names."""
    assert projects.EXISTING == applicability.EXISTING
    assert projects.ADDITION == capacity_additions.ADDITION
    assert (applicability.GREENFIELD, *applicability.EXISTING) == projects.BASELINES
