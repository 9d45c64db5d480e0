"""Messages of methodologies: added units, small-scale projects, and the year of a baseline."""

from typing import Any

from attrs import evolve

import carbon_ledger as cl
from carbon_ledger.errors import (
    FactorNotApplicableError,
    MethodologyError,
    NotApplicableError,
    QuantityError,
    RefusedError,
)
from carbon_ledger.methodologies import vt0011
from carbon_ledger.methodologies.tool07 import (
    FuelFactor,
    OptionA2,
    PowerUnit,
    UnknownFuel,
    average_operating_margin,
)
from tests.conftest import EVIDENCE, device
from tests.messages.ledgers import BAKU, begin
from tests.messages.snapshots import Case, Expect, Refusal, refusals, refused

FIRST, SECOND = (
    cl.Period.of(*days, zone=BAKU) for days in (("2024-01-01", "2024-07-01"), ("2024-07-01", "2025-01-01"))
)
FACTOR = cl.EmissionFactor(
    factor_id="f", value="1", unit="tCO2e/MWh", kind="combined_margin", region="AZ", source="a round figure"
)
SEVERAL = OptionA2(
    efficiency="0.4",
    fuels=[FuelFactor(name=name, ef=ef, source="s") for name, ef in (("gas", "0.05"), ("oil", "0.07"))],
    source="s",
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


VERRA: dict[str, Any] = {"methodology": "VMR0017@1.0"}


def capped(ledger: cl.Ledger) -> None:
    """Both halves of a year, of which the second is beyond the limit."""
    expected = cl.Estimate(yearly={2024: "50000"}, source="PDD", day_basis="calendar-days")
    for period in (FIRST, SECOND):
        if period == FIRST:
            ledger.register_project(project(**SMALL, estimate=expected))
        ledger.issue("p", period, to="op", factor=FACTOR, waivers=[cl.Waiver("methodology-text", "compared")])


def thermal(**fields: object) -> PowerUnit:
    """A unit of which only the generation is known."""
    given: dict[str, Any] = {
        "id": "u",
        "technology": "thermal",
        "commissioned": "2001-01-01",
        "low_cost_must_run": False,
        "option": UnknownFuel("r"),
        "generation": {2023: "100 MWh"},
    }
    return PowerUnit(**(given | fields))


def margins(case: int) -> object:
    """The combined margin of a case, of margins of the other one."""
    units = [thermal()] if case == 2 else vt0011.units_of_case_2([thermal()])
    return vt0011.combined_margin(
        average_operating_margin(units, [2023], vintage_option="ex-post"),
        vt0011.build_margin([thermal()], 2023, case=3 - case),
        factor_id="f",
        region="X",
        technology="hydro",
        crediting_period_ordinal=1,
        case=case,
    )


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
        "quantify-retrofit-of-wind-power-by-vmr0017",
        lambda x: [
            x.record_generation("larger", FIRST, net="40000 MWh"),
            quantified(x, FIRST, **VERRA | {"devices": ("larger",), "baseline": "retrofit"}, **HISTORY),
        ],
        NotApplicableError,
    ),
    (
        "quantify-with-factor-of-consumption",
        lambda x: [
            x.register_project(project(**VERRA)),
            x.quantify("p", FIRST, factor=evolve(FACTOR, tool="VT0011@1.0", flags=("increases-consumption",))),
        ],
        FactorNotApplicableError,
    ),
    ("margin-of-consumption-in-case-1", lambda _: margins(case=1), MethodologyError),
    ("margin-of-supply-in-case-2", lambda _: margins(case=2), MethodologyError),
    (
        "units-of-case-2-with-several-fuels",
        lambda _: vt0011.units_of_case_2([thermal(option=SEVERAL)]),
        MethodologyError,
    ),
    (
        "build-margin-of-case-1-from-units-of-case-2",
        lambda _: vt0011.build_margin([thermal(option=UnknownFuel("r", case=2))], 2023),
        MethodologyError,
    ),
    ("unknown-fuel-of-case-3", lambda _: UnknownFuel("r", case=3), QuantityError),
    ("unknown-fuel-without-reason", lambda _: UnknownFuel(" "), QuantityError),
    (
        "void-what-a-capped-issuance-rests-on",
        lambda x: [capped(x), x.void(x.issuances("p")[0].n, reason="r")],
        RefusedError,
    ),
]


@refusals(CREDITS)
def test_credits_are_refused_in_these_words(case: Case, expect: Expect) -> None:
    expect(refused(case, farm()))
