"""VMR0017 v1.0 in a ledger: existing plants are issued, corrected and audited, and forged figures are found."""

from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import evolve
from tests.conftest import EVIDENCE, Clock, device, dump
from tests.support.forging import found_in, with_document

import carbon_ledger as cl

ZONE = "UTC"
FIRST = cl.Period.of("2027-01-01", "2027-07-01", zone=ZONE)
SECOND = cl.Period.of("2027-07-01", "2028-01-01", zone=ZONE)
YEAR = cl.Period.year(2027, zone=ZONE)
HISTORY = dict.fromkeys(range(2021, 2026), "40000 MWh")
MARGIN = cl.EmissionFactor(
    factor_id="cm",
    value="0.5",
    unit="tCO2e/MWh",
    kind="combined_margin",
    region="NP",
    source="a round figure",
    tool="VT0011@1.0",
)


@pytest.fixture
def mills(unattested: cl.Ledger) -> cl.Ledger:
    unattested.adopt_methodology("VMR0017@1.0", text=EVIDENCE, note="compared with the document")
    return unattested


@pytest.fixture
def unattested(ledger: cl.Ledger, clock: Clock) -> cl.Ledger:
    """A hydropower plant that was enlarged from 6 to 10 MW, and one that was rebuilt, of 40,000 MWh a year."""
    clock.now = datetime(2029, 1, 1, tzinfo=UTC)
    ledger.advance_clock(reason="three years later")
    for name, before, baseline in (("enlarged", "6 MW", "capacity-addition"), ("rebuilt", "10 MW", "retrofit")):
        fields = {"capacity": "10 MW", "capacity_before": before, "country": "NP", "grid": "NP", "zone": ZONE}
        ledger.register_device(device(name, **fields))
        ledger.register_project(
            cl.Project(
                id=name,
                instrument="VCS-VCU",
                zone=ZONE,
                devices=(name,),
                methodology="VMR0017@1.0",
                baseline=baseline,
                crediting_period=cl.Period.years("2027-01-01", 5, zone=ZONE),
                registered="2026-11-20",
                history=HISTORY,
                replaced_on="2040-01-01",
            )
        )
        ledger.record_generation(name, FIRST, net="30000 MWh")
        ledger.record_generation(name, SECOND, net="20000 MWh")
    return ledger


def issue(ledger: cl.Ledger, project: str, period: cl.Period) -> None:
    ledger.issue(project, period, to="op", factor=MARGIN)


@pytest.mark.parametrize("technology", ["hydro/run-of-river", "solar/photovoltaic", "wind/onshore", "tidal"])
def test_a_new_plant_is_issued(mills: cl.Ledger, technology: str) -> None:
    """The document of the quantification conforms to its schema, whatever the technology."""
    fields = {"technology": technology, "capacity": "10 MW", "country": "NP", "grid": "NP", "zone": ZONE}
    mills.register_device(device("new", **fields))
    mills.register_project(
        cl.Project(
            id="new",
            instrument="VCS-VCU",
            zone=ZONE,
            devices=("new",),
            methodology="VMR0017@1.0",
            baseline="greenfield",
            crediting_period=cl.Period.years("2027-01-01", 5, zone=ZONE),
            registered="2026-11-20",
        )
    )
    mills.record_generation("new", YEAR, net="50000 MWh")
    issue(mills, "new", YEAR)
    kg = {"hydro/run-of-river": 21, "solar/photovoltaic": 43, "wind/onshore": 13, "tidal": 8}[technology]
    assert mills.carry("new").claimed == 25_000 - 50 * kg
    assert mills.audit().findings == ()


@pytest.mark.parametrize("periods", [(YEAR,), (FIRST, SECOND), (SECOND, FIRST)])
def test_the_year_counts_the_same_however_it_is_divided(mills: cl.Ledger, periods: tuple[cl.Period, ...]) -> None:
    """50,000 MWh less 40,000 at 0.5 t; of them 4/10 are 20,000 MWh at 21 kg: 5,000 - 420. The retrofit: 5,000. [S]"""
    for period in periods:
        issue(mills, "enlarged", period)
        issue(mills, "rebuilt", period)
    assert (mills.carry("enlarged").claimed, mills.carry("rebuilt").claimed) == (4_580, 5_000)
    assert mills.audit().findings == ()


def test_a_correction_changes_what_rests_on_it(mills: cl.Ledger) -> None:
    """30,000 MWh: 0 - 12,000 x 0.021 = -252 t. 60,000 MWh: 20,000 x 0.5 - 24,000 x 0.021 = 9,496 t."""
    for period in (FIRST, SECOND):
        issue(mills, "enlarged", period)
    for net, claimed in (("10000 MWh", -252), ("40000 MWh", 9_496), ("30000 MWh", 4_580)):
        done = mills.correct_generation("enlarged", FIRST, net=net, reason="ratio", evidence=EVIDENCE)
        assert len(done.issuances) == 2
        assert mills.carry("enlarged").claimed == claimed
    assert mills.audit().findings == ()


def test_the_text_is_attested_before_an_existing_plant_is_issued(unattested: cl.Ledger) -> None:
    """It may be quantified, as a new plant may be."""
    for name, amount in (("enlarged", 4_580), ("rebuilt", 5_000)):
        assert unattested.quantify(name, YEAR, factor=MARGIN).amount == amount
        with pytest.raises(cl.errors.NotApplicableError, match="attest that once with adopt_methodology"):
            issue(unattested, name, YEAR)


@pytest.mark.parametrize(
    ("project", "symbol", "value"),
    [("enlarged", "LE[2027]", "210"), ("enlarged", "EG_PJ_Add[2027]", "10000"), ("rebuilt", "LE[2027]", "-10")],
)
def test_a_forged_entry_with_another_figure_is_found(mills: cl.Ledger, project: str, symbol: str, value: str) -> None:
    """An audit quantifies again: the leakage of what is credited alone, or a negative one, is no result of the rule."""
    issue(mills, project, YEAR)
    n = mills.size - 1

    def forge(record: dict[str, Any]) -> None:
        (line,) = [line for line in record["lines"] if line["symbol"] == symbol]
        assert line["value"] != value
        line["value"] = value

    finding = with_document(mills, n, forge)
    assert finding.entry == n
    assert f"line {symbol}" in finding.detail


def test_an_entry_that_makes_a_retrofit_of_wind_power_is_found(mills: cl.Ledger) -> None:
    """What the command refuses because it is not built, the rule refuses in an entry."""
    issue(mills, "rebuilt", YEAR)
    registered = next(
        n
        for n in range(mills.size)
        if mills.entry(n).type == "device.registered" and mills.entry(n).event["device"] == "rebuilt"
    )
    finding = found_in(mills, registered, lambda event: event.update(technology="wind/onshore"))
    assert finding.entry == mills.size - 1
    assert "the retrofit of such a plant is not built" in finding.detail


def test_a_factor_of_consumption_in_an_entry_is_found(mills: cl.Ledger) -> None:
    """Case 2 of VT0011 is for projects that increase the consumption of a grid: as a baseline it needs a waiver."""
    factor = evolve(MARGIN, flags=("increases-consumption",))
    before = dump(mills)
    with pytest.raises(cl.errors.FactorNotApplicableError, match="increase the consumption of a grid") as refused:
        mills.issue("enlarged", YEAR, to="op", factor=factor)
    assert (refused.value.rule, dump(mills)) == ("factor-method", before)
    mills.issue("enlarged", YEAR, to="op", factor=factor, waivers=[cl.Waiver("factor-method", "a comparison")])
    assert mills.audit().findings == ()
    finding = found_in(mills, mills.size - 1, lambda event: event["waivers"].pop())
    assert "increase the consumption of a grid" in finding.detail


def test_a_report_has_the_lines_of_an_addition(mills: cl.Ledger) -> None:
    issue(mills, "enlarged", FIRST)
    issue(mills, "enlarged", SECOND)
    report = mills.monitoring_report("enlarged", SECOND)
    for symbol in ("EG_share[2027]", "EG_added[2027]", "EG_PJ_Add[2027]"):
        assert symbol in report.to_html()
    assert report.to_workbook()
