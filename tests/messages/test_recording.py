"""Messages of registering, recording, correcting and issuing."""

from decimal import Decimal
from typing import Any

from attrs import evolve

import carbon_ledger as cl
from carbon_ledger.errors import (
    AlreadyRegisteredError,
    DoubleIssuanceError,
    FactorConflictError,
    FactorError,
    FactorNotApplicableError,
    GapError,
    IdempotencyError,
    ImplausibleReadingError,
    InexactNumberError,
    MethodologyError,
    MissingDataError,
    NaiveTimeError,
    NotCommissionedError,
    NothingToIssueError,
    NotHolderError,
    OutsideCreditingPeriodError,
    OverlapError,
    PeriodError,
    QuantityError,
    RefusedError,
    StraddlingStepError,
    UnitMismatchError,
    UnknownAccountError,
    UnknownBatchError,
    UnknownDeviceError,
    UnknownFactorError,
    UnknownMeterError,
    UnknownProjectError,
    WaiverError,
)
from carbon_ledger.methodologies import Leakage
from tests.conftest import EVIDENCE, device
from tests.messages.ledgers import APRIL, BAKU, FACTOR, JUNE, MAY, busy
from tests.messages.snapshots import Case, Expect, Refusal, refusals, refused

REVISED = cl.EmissionFactor(
    factor_id="f", value="0.6", unit="tCO2e/MWh", kind="combined_margin", region="AZ", source="a test"
)
START = {"start": "2024-07-01T00:00Z", "step": "1 hour"}
LATE = cl.Period.month(2099, 1, zone=BAKU)
WHY = {"reason": "r", "evidence": EVIDENCE}


def credited(**fields: Any) -> cl.Project:
    """A project of credits of a plant that was commissioned in 2020."""
    given: dict[str, Any] = {
        "instrument": "GCC-ACC",
        "methodology": "ACM0002@22.0",
        "baseline": "greenfield",
        "crediting_period": cl.Period.years("2024-01-01", 7, zone=BAKU),
    }
    return cl.Project(id="hydro", zone=BAKU, devices=("plant",), **(given | fields))


def _after_first(ledger: cl.Ledger, number: int, start: str) -> object:
    """Register a crediting period of seven years, and another one of the same plant."""
    given = {"instrument": "CDM-CER", "crediting_period": cl.Period.years("2020-01-01", 7, zone=BAKU)}
    ledger.register_project(evolve(credited(**given), id="first"))
    given["crediting_period"] = cl.Period.years(start, 7, zone=BAKU)
    return ledger.register_project(credited(**given, crediting_period_ordinal=number))


def _third_after_fifteen_years(ledger: cl.Ledger) -> object:
    """Register crediting periods of seven and, by a waiver, eight years, and then a third one."""
    letter = cl.Waiver("crediting-period", "letter 4")
    for number, start, years in ((1, "2001-01-01", 7), (2, "2008-01-01", 8), (3, "2016-01-01", 7)):
        period = cl.Period.years(start, years, zone=BAKU)
        item = credited(instrument="CDM-CER", crediting_period=period, crediting_period_ordinal=number)
        ledger.register_project(evolve(item, id=f"period-{number}"), waivers=[letter] if years == 8 else [])
    return None


FREE_UTC = 1_721_000_000  # in July 2024, which has no readings
RUN = cl.Readings(FREE_UTC, 3600, [1_000] * 40)
IMPLAUSIBLE_RUN = cl.Readings(FREE_UTC, 3600, [1_000] * 40 + [10**12])


def deliver_again(ledger: cl.Ledger, first: int, second: int) -> object:
    """Record a number of runs with a key, and then another number of them with the same key."""
    runs = [("plant", cl.Readings(FREE_UTC + k * 86_400, 3600, [1_000] * 24)) for k in range(2)]
    ledger.record_many(runs[:first], key="july")
    return ledger.record_many(runs[:second], key="july")


REGISTERING: list[Refusal] = [
    ("open-account-twice", lambda x: x.open_account("op", name="Again"), AlreadyRegisteredError),
    ("open-account-with-malformed-id", lambda x: x.open_account("a/b", name="A"), QuantityError),
    ("open-account-with-blank-name", lambda x: x.open_account("new", name=" "), QuantityError),
    ("open-account-with-long-name", lambda x: x.open_account("new", name="x" * 2001), QuantityError),
    ("open-account-with-surrogate-in-name", lambda x: x.open_account("new", name="\ud800"), QuantityError),
    ("open-account-by-nobody", lambda x: x.open_account("new", name="New", by=""), QuantityError),
    ("open-account-with-empty-key", lambda x: x.open_account("new", name="New", key=""), QuantityError),
    (
        "open-account-with-key-of-another-command",
        lambda x: x.open_account("new", name="New", key="may"),
        IdempotencyError,
    ),
    ("register-device-twice", lambda x: x.register_device(device()), AlreadyRegisteredError),
    (
        "register-device-with-larger-capacity-before",
        lambda x: x.register_device(device("new", capacity_before="101 MW")),
        QuantityError,
    ),
    (
        "register-device-with-larger-area-before",
        lambda x: x.register_device(device("new", reservoir_area="1 m2", reservoir_area_before="2 m2")),
        QuantityError,
    ),
    (
        "register-device-with-area-before-alone",
        lambda x: x.register_device(device("new", reservoir_area_before="2 m2")),
        QuantityError,
    ),
    (
        "register-reservoir-of-no-area",
        lambda x: x.register_device(device("new", technology="hydro/reservoir", reservoir_area="0 m2")),
        QuantityError,
    ),
    (
        "register-wind-farm-with-reservoir",
        lambda x: x.register_device(device("new", technology="wind/onshore", reservoir_area="1 m2")),
        QuantityError,
    ),
    (
        "register-device-with-negative-station-load",
        lambda x: x.register_device(device("new", station_load="-1 kW")),
        QuantityError,
    ),
    (
        "register-project-with-future-history",
        lambda x: [
            x.register_device(device("mill", capacity_before="9 MW")),
            x.register_project(
                cl.Project(
                    id="retrofit",
                    instrument="GCC-ACC",
                    zone=BAKU,
                    devices=("mill",),
                    methodology="ACM0002@22.0",
                    baseline="retrofit",
                    history=dict.fromkeys(range(2094, 2099), "1 GWh"),
                    replaced_on="2120-01-01",
                    crediting_period=cl.Period.years("2099-01-01", 7, zone=BAKU),
                )
            ),
        ],
        RefusedError,
    ),
    (
        "register-project-for-eleven-years",
        lambda x: x.register_project(credited(crediting_period=cl.Period.years("2020-01-01", 11, zone=BAKU))),
        RefusedError,
    ),
    (
        "register-project-whose-crediting-is-renewed-too-often",
        lambda x: x.register_project(credited(instrument="CDM-CER", crediting_period_ordinal=4)),
        RefusedError,
    ),
    (
        "register-project-whose-crediting-begins-too-late",
        lambda x: x.register_project(credited(crediting_period=cl.Period.years("2021-01-02", 9, zone=BAKU))),
        RefusedError,
    ),
    *(
        (f"register-project-{name}", lambda x, number=number, start=start: _after_first(x, number, start), RefusedError)
        for name, number, start in (
            ("that-begins-before-the-last-period-ended", 2, "2026-12-31"),
            ("whose-crediting-period-is-not-the-next", 3, "2027-01-01"),
            ("whose-crediting-period-has-the-number-of-another", 1, "2027-01-01"),
        )
    ),
    ("register-project-beyond-the-years-of-all-periods", _third_after_fifteen_years, RefusedError),
    (
        "register-project-in-the-future",
        lambda x: x.register_project(credited(registered="2031-01-01")),
        RefusedError,
    ),
    (
        "register-project-before-its-methodology-is-valid",
        lambda x: x.register_project(credited(instrument="VCS-VCU", registered="2024-05-30")),
        RefusedError,
    ),
    (
        "renew-project-after-the-end-of-its-methodology",
        lambda x: x.register_project(
            credited(
                instrument="VCS-VCU",
                crediting_period=cl.Period.years("2027-06-01", 5, zone=BAKU),
                crediting_period_ordinal=2,
            )
        ),
        RefusedError,
    ),
    (
        "register-project-of-a-closed-programme",
        lambda x: x.register_project(
            credited(
                instrument="CDM-CER",
                crediting_period=cl.Period.years("2027-06-01", 7, zone=BAKU),
                crediting_period_ordinal=2,
            )
        ),
        RefusedError,
    ),
    ("register-meter-twice", lambda x: x.register_meter(x.meter("feeder")), AlreadyRegisteredError),
    (
        "register-meter-of-unknown-device",
        lambda x: x.register_meter(cl.Meter(id="m", shares={"ghost": 1})),
        UnknownDeviceError,
    ),
    ("register-project-twice", lambda x: x.register_project(x.project("p")), AlreadyRegisteredError),
    ("adopt-factor-twice", lambda x: x.adopt_factor(FACTOR), AlreadyRegisteredError),
    ("adopt-methodology-twice", lambda x: x.adopt_methodology("ACM0002@22.0"), AlreadyRegisteredError),
    ("adopt-methodology-unknown", lambda x: x.adopt_methodology("ACM0002"), MethodologyError),
    ("attest-text-without-note", lambda x: x.adopt_methodology("ACM0002@22.0", text=EVIDENCE), MissingDataError),
    ("attest-text-without-digest", lambda x: x.adopt_methodology("ACM0002@22.0", note="n"), MissingDataError),
    (
        "attest-text-by-path",
        lambda x: x.adopt_methodology("ACM0002@22.0", text="acm0002.pdf", note="compared"),
        QuantityError,
    ),
    (
        "attest-text-twice",
        lambda x: [x.adopt_methodology("ACM0002@22.0", text=EVIDENCE, note=note) for note in ("one", "two")],
        AlreadyRegisteredError,
    ),
    ("adopt-factor-by-name", lambda x: x.adopt_factor("f"), FactorError),
]
RECORDING: list[Refusal] = [
    ("record-for-unknown-device", lambda x: x.record_generation("ghost", JUNE, net="1 MWh"), UnknownDeviceError),
    ("record-for-malformed-device", lambda x: x.record_generation("a/b", JUNE, net="1 MWh"), QuantityError),
    ("record-with-text-as-period", lambda x: x.record_generation("plant", "June", net="1 MWh"), PeriodError),
    ("record-float", lambda x: x.record_generation("plant", JUNE, net=0.1), InexactNumberError),
    (
        "record-power-as-gross",
        lambda x: x.record_generation("plant", JUNE, net="1 MWh", gross="1 MW"),
        UnitMismatchError,
    ),
    (
        "record-net-above-gross",
        lambda x: x.record_generation("plant", JUNE, net="2 Wh", gross="1 Wh"),
        ImplausibleReadingError,
    ),
    (
        "record-with-file-name-as-evidence",
        lambda x: x.record_generation("plant", JUNE, net="1 Wh", evidence="report.pdf"),
        QuantityError,
    ),
    (
        "record-with-evidence-in-upper-case",
        lambda x: x.record_generation("plant", JUNE, net="1 Wh", evidence=EVIDENCE.upper()),
        QuantityError,
    ),
    (
        "record-with-digits-of-evidence-in-upper-case",
        lambda x: x.record_generation("plant", JUNE, net="1 Wh", evidence="sha256:" + "E" * 64),
        QuantityError,
    ),
    (
        "record-from-time-without-zone",
        lambda x: x.record_readings("plant", **START | {"start": "2024-07-01T00:00"}, net_wh=[1]),
        NaiveTimeError,
    ),
    (
        "record-from-date-without-zone",
        lambda x: x.record_readings("plant", **START | {"start": "2024-07-01"}, net_wh=[1]),
        NaiveTimeError,
    ),
    (
        "record-step-without-unit",
        lambda x: x.record_readings("plant", **START | {"step": 3600}, net_wh=[1]),
        UnitMismatchError,
    ),
    ("record-float-in-column", lambda x: x.record_readings("plant", **START, net_wh=[1, 0.5]), InexactNumberError),
    (
        "record-float-in-gross-column",
        lambda x: x.record_readings("plant", **START, net_wh=[1], gross_wh=[0.5]),
        InexactNumberError,
    ),
    ("record-many-without-pairs", lambda x: x.record_many(["plant"]), QuantityError),
    ("record-many-as-a-mapping", lambda x: x.record_many({"plant": None}), QuantityError),
    ("record-many-of-a-number", lambda x: x.record_many(5), QuantityError),
    ("record-many-with-none-as-run", lambda x: x.record_many([("plant", None)]), QuantityError),
    ("record-many-of-unknown-device", lambda x: x.record_many([("ghost", RUN)]), UnknownDeviceError),
    ("record-many-above-capacity", lambda x: x.record_many([("plant", IMPLAUSIBLE_RUN)]), ImplausibleReadingError),
    ("record-many-with-a-key-of-fewer-runs", lambda x: deliver_again(x, 1, 2), IdempotencyError),
    ("record-many-with-a-key-of-more-runs", lambda x: deliver_again(x, 2, 1), IdempotencyError),
    ("record-none-as-run", lambda x: x.record_run("plant", None), QuantityError),
    ("record-for-unknown-meter", lambda x: x.record_meter("ghost", JUNE, net="1 MWh"), UnknownMeterError),
    ("record-for-malformed-meter", lambda x: x.record_meter("a/b", JUNE, net="1 MWh"), QuantityError),
    ("record-meter-before-commissioning", lambda x: x.record_meter("feeder", JUNE, net="1 MWh"), NotCommissionedError),
    ("record-meter-above-capacity", lambda x: x.record_meter("feeder", JUNE, net="1 TWh"), ImplausibleReadingError),
    ("record-for-planned-device", lambda x: x.record_generation("planned", JUNE, net="1 MWh"), NotCommissionedError),
    (
        "record-before-commissioning",
        lambda x: x.record_generation("plant", cl.Period.year(2019, zone=BAKU), net="1 MWh"),
        NotCommissionedError,
    ),
    (
        "record-below-station-load",
        lambda x: x.record_generation("plant", JUNE, net="-7201 MWh"),
        ImplausibleReadingError,
    ),
    ("record-future", lambda x: x.record_generation("plant", LATE, net="1 MWh"), RefusedError),
    ("record-future-of-meter", lambda x: x.record_meter("feeder", LATE, net="1 MWh"), RefusedError),
    (
        "record-with-text-as-waiver",
        lambda x: x.record_generation("plant", JUNE, net="1 MWh", waivers="gap"),
        WaiverError,
    ),
    ("record-above-capacity", lambda x: x.record_generation("plant", JUNE, net="72001 MWh"), ImplausibleReadingError),
    ("record-day-of-recorded-month", lambda x: x.record_generation("plant", MAY.days()[3], net="1 MWh"), OverlapError),
]
CORRECTING: list[Refusal] = [
    (
        "correct-without-evidence",
        lambda x: x.correct_generation("plant", MAY, net="1 MWh", reason="r", evidence=None),
        MissingDataError,
    ),
    (
        "correct-with-malformed-evidence",
        lambda x: x.correct_generation("plant", MAY, net="1 MWh", reason="r", evidence="p. 3"),
        QuantityError,
    ),
    (
        "correct-with-blank-reason",
        lambda x: x.correct_generation("plant", MAY, net="1 MWh", reason=" ", evidence=EVIDENCE),
        QuantityError,
    ),
    ("correct-malformed-device", lambda x: x.correct_generation("a/b", MAY, net="1 MWh", **WHY), QuantityError),
    ("correct-unknown-device", lambda x: x.correct_generation("ghost", MAY, net="1 MWh", **WHY), UnknownDeviceError),
    ("correct-what-was-not-recorded", lambda x: x.correct_generation("plant", JUNE, net="1 MWh", **WHY), OverlapError),
    ("correct-unknown-meter", lambda x: x.correct_meter("ghost", **START, net_wh=[1], **WHY), UnknownMeterError),
    (
        "correct-meter-beyond-its-devices",
        lambda x: x.correct_meter("feeder", **START, net_wh=[10**13], **WHY),
        ImplausibleReadingError,
    ),
    (
        "correct-meter-where-it-was-not-read",
        lambda x: x.correct_meter("feeder", **START, net_wh=[1], **WHY),
        OverlapError,
    ),
]
ISSUING: list[Refusal] = [
    ("quantify-unknown-project", lambda x: x.quantify("ghost", MAY), UnknownProjectError),
    ("quantify-future", lambda x: x.quantify("p", LATE), RefusedError),
    ("quantify-with-text-as-period", lambda x: x.quantify("p", "May"), PeriodError),
    ("quantify-with-number-as-waivers", lambda x: x.quantify("p", APRIL, waivers=1), WaiverError),
    ("quantify-with-text-as-waiver", lambda x: x.quantify("p", APRIL, waivers=["gap"]), WaiverError),
    ("quantify-with-number-as-emissions", lambda x: x.quantify("p", APRIL, emissions=1), MethodologyError),
    ("quantify-with-text-as-emission", lambda x: x.quantify("p", APRIL, emissions=["2 t"]), MethodologyError),
    (
        "quantify-energy-with-leakage",
        lambda x: x.quantify("p", APRIL, emissions=[Leakage(amount="2 tCO2e", vintage=2024, reason="r", source="s")]),
        MethodologyError,
    ),
    ("quantify-energy-with-factor", lambda x: x.quantify("p", APRIL, factor=FACTOR), MethodologyError),
    ("quantify-credits-without-factor", lambda x: x.quantify("credits", APRIL), MethodologyError),
    ("quantify-with-number-as-factor", lambda x: x.quantify("credits", APRIL, factor=Decimal("0.5")), FactorError),
    ("quantify-with-unknown-factor", lambda x: x.quantify("credits", APRIL, factor="ghost"), UnknownFactorError),
    ("quantify-with-factor-of-taken-id", lambda x: x.quantify("credits", APRIL, factor=REVISED), FactorConflictError),
    (
        "quantify-with-factor-in-wrong-unit",
        lambda x: x.quantify("credits", APRIL, factor=evolve(FACTOR, factor_id="g", value="384")),
        FactorNotApplicableError,
    ),
    (
        "issue-in-another-gwp-set",
        lambda x: [
            x.issue(
                "credits",
                period,
                to="op",
                factor=evolve(FACTOR, factor_id=gwp_set, gwp_set=gwp_set),
                waivers=[cl.Waiver("methodology-text", "r"), cl.Waiver("gap", "r")],
            )
            for period, gwp_set in ((APRIL.days()[0], "AR5"), (APRIL.days()[1], "AR6"))
            if x.correct_readings(
                "plant", start=APRIL.start, step="1 day", net_wh=[10**6] * 30, reason="r", evidence=EVIDENCE
            )
        ],
        FactorNotApplicableError,
    ),
    (
        "quantify-outside-crediting-period",
        lambda x: x.quantify("credits", cl.Period.month(2020, 12, zone=BAKU), factor=FACTOR),
        OutsideCreditingPeriodError,
    ),
    ("issue-for-malformed-project", lambda x: x.issue("a/b", APRIL, to="op"), QuantityError),
    ("issue-with-text-as-period", lambda x: x.issue("p", "April", to="op"), PeriodError),
    ("issue-to-malformed-account", lambda x: x.issue("p", APRIL, to="a b"), QuantityError),
    ("issue-to-unknown-account", lambda x: x.issue("p", APRIL, to="ghost"), UnknownAccountError),
    ("issue-with-float-as-buffer", lambda x: x.issue("p", APRIL, to="op", buffer=0.1), InexactNumberError),
    ("issue-with-all-as-buffer", lambda x: x.issue("p", APRIL, to="op", buffer="100%"), QuantityError),
    ("issue-with-negative-number-as-buffer", lambda x: x.issue("p", APRIL, to="op", buffer=-1), QuantityError),
    ("issue-with-more-as-buffer-than-issued", lambda x: x.issue("p", APRIL, to="op", buffer=10_000), RefusedError),
    ("issue-with-text-as-expected-number", lambda x: x.issue("p", APRIL, to="op", expect="5"), QuantityError),
    ("issue-another-number-than-expected", lambda x: x.issue("p", APRIL, to="op", expect=10_000), RefusedError),
    ("issue-other-vintages-than-expected", lambda x: x.issue("p", APRIL, to="op", expect={2023: 7}), RefusedError),
    ("issue-twice", lambda x: x.issue("p", MAY, to="op"), DoubleIssuanceError),
    ("issue-with-gap", lambda x: x.issue("p", JUNE, to="op"), GapError),
    (
        "quantify-with-two-gaps",
        lambda x: [x.record_generation("plant", JUNE.days()[9], net="1 MWh"), x.quantify("p", JUNE)],
        GapError,
    ),
    (
        "issue-without-reading",
        lambda x: x.issue("p", JUNE, to="op", waivers=[cl.Waiver("gap", "down")]),
        NothingToIssueError,
    ),
    ("issue-day-of-recorded-month", lambda x: x.issue("p", APRIL.days()[3], to="op"), StraddlingStepError),
    ("void-with-empty-reason", lambda x: x.void(x.batches("p")[0], reason=""), QuantityError),
    ("void-after-transfer", lambda x: x.void(x.batches("p")[0], reason="r"), NotHolderError),
    ("void-unknown-issuance", lambda x: x.void(3, reason="r"), UnknownBatchError),
]


@refusals(REGISTERING, RECORDING, CORRECTING, ISSUING)
def test_it_is_refused_in_these_words(case: Case, expect: Expect) -> None:
    expect(refused(case, busy()))
