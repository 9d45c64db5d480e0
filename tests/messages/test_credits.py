"""Messages of methodologies: added units, small-scale projects, and the year of a baseline."""

from typing import Any

import carbon_ledger as cl
from carbon_ledger.errors import MethodologyError, NotApplicableError, QuantityError, RefusedError
from tests.conftest import EVIDENCE, device
from tests.messages.ledgers import BAKU, begin
from tests.messages.snapshots import Case, Expect, Refusal, refusals, refused

FIRST, SECOND = (
    cl.Period.of(*days, zone=BAKU) for days in (("2024-01-01", "2024-07-01"), ("2024-07-01", "2025-01-01"))
)
FACTOR = cl.EmissionFactor(
    factor_id="f", value="1", unit="tCO2e/MWh", kind="combined_margin", region="AZ", source="a round figure"
)
HISTORY: dict[str, Any] = {"history": dict.fromkeys(range(2018, 2023), "70000 MWh"), "replaced_on": "2031-07-01"}


def project(**fields: Any) -> cl.Project:
    given: dict[str, Any] = {
        "id": "p",
        "instrument": "CDM-CER",
        "zone": BAKU,
        "devices": ("old", "new"),
        "methodology": "ACM0002@22.0",
        "baseline": "capacity-addition",
        "crediting_period": cl.Period.years("2023-07-01", 7, zone=BAKU),
    }
    return cl.Project(**(given | fields))


def farm() -> cl.Ledger:
    """A wind farm with an old and an added unit, and a hydropower plant of 14 MW that was enlarged to 16 MW in July."""
    ledger = begin()
    for name, before in (("old", "100 MW"), ("new", "0 MW"), ("larger", "90 MW"), ("unsaid", None)):
        ledger.register_device(device(name, technology="wind/onshore", capacity_before=before))
    for name, before in (("mill", "9 MW"), ("dam", "0 MW")):
        ledger.register_device(device(name, capacity="14 MW", capacity_before=before))
    ledger.amend_device("dam", effective="2024-07-01", capacity="16 MW", evidence=EVIDENCE, reason="a second turbine")
    for name in ("new", "mill", "dam"):
        for period in (FIRST, SECOND):
            ledger.record_generation(name, period, net="40000 MWh")
    return ledger


def quantified(ledger: cl.Ledger, period: cl.Period, **fields: Any) -> None:
    ledger.register_project(project(**fields))
    ledger.issue(
        fields.get("id", "p"), period, to="op", factor=FACTOR, waivers=[cl.Waiver("methodology-text", "compared")]
    )


SMALL: dict[str, Any] = {"devices": ("dam",), "methodology": "AMS-I.D@18.0", "baseline": "greenfield"}


def capped(ledger: cl.Ledger) -> None:
    """Both halves of a year, of which the second is beyond the limit."""
    expected = cl.Estimate(yearly={2024: "50000"}, source="PDD", day_basis="calendar-days")
    for period in (FIRST, SECOND):
        if period == FIRST:
            ledger.register_project(project(**SMALL, estimate=expected))
        ledger.issue("p", period, to="op", factor=FACTOR, waivers=[cl.Waiver("methodology-text", "compared")])


CREDITS: list[Refusal] = [
    ("register-metered-addition-with-history", lambda x: x.register_project(project(**HISTORY)), MethodologyError),
    (
        "register-hydropower-addition-without-history",
        lambda x: x.register_project(project(devices=("mill", "dam"))),
        MethodologyError,
    ),
    (
        "register-addition-of-grown-unit",
        lambda x: x.register_project(project(devices=("new", "larger"))),
        MethodologyError,
    ),
    (
        "register-additions-of-two-kinds",
        lambda x: x.register_project(project(devices=("new", "dam"))),
        MethodologyError,
    ),
    (
        "register-addition-without-added-unit",
        lambda x: x.register_project(project(devices=("old",))),
        MethodologyError,
    ),
    (
        "register-addition-without-capacity-before",
        lambda x: x.register_project(project(devices=("old", "unsaid"))),
        MethodologyError,
    ),
    (
        "register-unknown-baseline-year",
        lambda x: x.register_project(project(devices=("mill",), baseline="retrofit", baseline_year="x", **HISTORY)),
        QuantityError,
    ),
    (
        "register-baseline-year-without-history",
        lambda x: x.register_project(project(baseline_year="crediting")),
        MethodologyError,
    ),
    (
        "issue-added-unit-of-shared-meter",
        lambda x: [
            x.register_meter(cl.Meter(id="feeder", shares={"old": 1, "new": 1}, reason="equal units")),
            quantified(x, FIRST),
        ],
        RefusedError,
    ),
    (
        "issue-over-two-crediting-years",
        lambda x: quantified(
            x,
            cl.Period.of("2024-01-01", "2025-01-01", zone=BAKU),
            devices=("mill",),
            baseline="retrofit",
            baseline_year="crediting",
            **HISTORY,
        ),
        NotApplicableError,
    ),
    ("issue-beyond-limit-without-estimate", lambda x: quantified(x, SECOND, **SMALL), NotApplicableError),
    (
        "issue-large-plant-as-small-scale",
        lambda x: quantified(x, SECOND, **SMALL, crediting_period=cl.Period.years("2024-07-01", 7, zone=BAKU)),
        NotApplicableError,
    ),
    (
        "void-what-a-capped-issuance-rests-on",
        lambda x: [capped(x), x.void(x.issuances("p")[0].n, reason="r")],
        RefusedError,
    ),
]


@refusals(CREDITS)
def test_credits_are_refused_in_these_words(case: Case, expect: Expect) -> None:
    expect(refused(case, farm()))
