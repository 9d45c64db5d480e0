"""What is refused of registering, recording, correcting and issuing: to the letter, for it says what to do."""

from decimal import Decimal

from tests.conftest import EVIDENCE, device
from tests.messages import (
    APRIL,
    BAKU,
    DIGEST,
    FACTOR,
    ID,
    JUNE,
    MAY,
    PERIOD,
    TEXT,
    Case,
    Do,
    Kind,
    busy,
    each,
    said,
)

import carbon_ledger as cl
from carbon_ledger.errors import (
    AlreadyRegisteredError,
    DoubleIssuanceError,
    EntryTooLargeError,
    FactorConflictError,
    FactorError,
    GapError,
    IdempotencyError,
    ImplausibleReadingError,
    InexactNumberError,
    MethodologyError,
    NaiveTimeError,
    NotCommissionedError,
    NothingToIssueError,
    NotHolderError,
    OutsideCreditingPeriodError,
    OverlapError,
    PeriodError,
    QuantityError,
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

REVISED = cl.EmissionFactor(
    factor_id="f", value="0.6", unit="tCO2e/MWh", kind="combined_margin", region="AZ", source="a test"
)
START = {"start": "2024-07-01T00:00Z", "step": "1 hour"}
WHY = {"reason": "r", "evidence": EVIDENCE}


REGISTERING: list[Case] = [
    (
        lambda x: x.open_account("op", name="Again"),
        AlreadyRegisteredError,
        "account op: registered by entry 1 (account.opened); a registration is never replaced, choose "
        "another id [already-registered]",
    ),
    (lambda x: x.open_account("a/b", name="A"), QuantityError, f"account id 'a/b': {ID}"),
    (lambda x: x.open_account("new", name=" "), QuantityError, f"name ' ': {TEXT}"),
    (
        lambda x: x.open_account("new", name="x" * 2001),
        QuantityError,
        f"name 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...: {TEXT}",
    ),
    (lambda x: x.open_account("new", name="\ud800"), QuantityError, f"name '\\ud800': {TEXT}"),
    (lambda x: x.open_account("new", name="New", by=""), QuantityError, f"by '': {TEXT}"),
    (lambda x: x.open_account("new", name="New", key=""), QuantityError, f"key '': {TEXT}"),
    (
        lambda x: x.open_account("new", name="New", key="may"),
        IdempotencyError,
        "key 'may': entry 13 (document.recorded by tester, 2026-01-01T00:00:00.000013Z) used it for "
        "another command; a retry repeats the same arguments, a new command takes a new key "
        "[idempotency-key]",
    ),
    (
        lambda x: x.register_device(device()),
        AlreadyRegisteredError,
        "device plant: registered by entry 4 (device.registered); a registration is never replaced, choose "
        "another id [already-registered]",
    ),
    (
        lambda x: x.register_meter(x.meter("feeder")),
        AlreadyRegisteredError,
        "meter feeder: registered by entry 7 (meter.registered); a registration is never replaced, choose "
        "another id [already-registered]",
    ),
    (
        lambda x: x.register_meter(cl.Meter(id="m", shares={"ghost": 1})),
        UnknownDeviceError,
        "device ghost: not registered; register it with register_device() first [unknown-device]",
    ),
    (
        lambda x: x.register_project(x.project("p")),
        AlreadyRegisteredError,
        "project p: registered by entry 8 (project.registered); a registration is never replaced, choose "
        "another id [already-registered]",
    ),
    (
        lambda x: x.adopt_factor(FACTOR),
        AlreadyRegisteredError,
        "factor f: registered by entry 19 (factor.adopted); a registration is never replaced, choose "
        "another id [already-registered]",
    ),
    (lambda x: x.adopt_factor("f"), FactorError, "factor 'f': expected an EmissionFactor"),
]
RECORDING: list[Case] = [
    (
        lambda x: x.record_generation("ghost", JUNE, net="1 MWh"),
        UnknownDeviceError,
        "device ghost: not registered; register it with register_device() first [unknown-device]",
    ),
    (lambda x: x.record_generation("a/b", JUNE, net="1 MWh"), QuantityError, f"device id 'a/b': {ID}"),
    (lambda x: x.record_generation("plant", "June", net="1 MWh"), PeriodError, f"period 'June': {PERIOD}"),
    (
        lambda x: x.record_generation("plant", JUNE, net=0.1),
        InexactNumberError,
        'net: 0.1 is a float, which is not the number that was typed; write it as text with its unit, e.g. "18600 MWh"',
    ),
    (
        lambda x: x.record_generation("plant", JUNE, net="1 MWh", gross="1 MW"),
        UnitMismatchError,
        "gross: 1 megawatt is a power, an energy was expected; multiply it by hours: 1 MW over 24 hours is 24 MWh",
    ),
    (
        lambda x: x.record_generation("plant", JUNE, net="2 Wh", gross="1 Wh"),
        ImplausibleReadingError,
        "step 0: net 2 Wh, gross 1 Wh; net is export minus import and never above gross, and gross is "
        "never negative [implausible-reading]",
    ),
    (
        lambda x: x.record_generation("plant", JUNE, net="1 Wh", evidence="report.pdf"),
        QuantityError,
        f"evidence 'report.pdf': {DIGEST}",
    ),
    (
        lambda x: x.record_generation("plant", JUNE, net="1 Wh", evidence=EVIDENCE.upper()),
        QuantityError,
        f"evidence 'SHA256:EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE': {DIGEST}",
    ),
    (
        lambda x: x.record_generation("plant", JUNE, net="1 Wh", evidence="sha256:" + "E" * 64),
        QuantityError,
        f"evidence 'sha256:EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE': {DIGEST}",
    ),
    (
        lambda x: x.record_readings("plant", **START | {"start": "2024-07-01T00:00"}, net_wh=[1]),
        NaiveTimeError,
        "start: '2024-07-01T00:00' names no zone; end it with \"Z\" or its offset from UTC, e.g. "
        '"2024-07-01T00:00+04:00"',
    ),
    (
        lambda x: x.record_readings("plant", **START | {"start": "2024-07-01"}, net_wh=[1]),
        NaiveTimeError,
        'start: 2024-07-01 is a date, which begins at another instant in every zone; pass one, e.g. zone="Asia/Baku"',
    ),
    (
        lambda x: x.record_readings("plant", **START | {"step": 3600}, net_wh=[1]),
        UnitMismatchError,
        'step: a bare int has no unit; write it as text with its unit, e.g. "1 hour"',
    ),
    (
        lambda x: x.record_readings("plant", **START, net_wh=[1, 0.5]),
        InexactNumberError,
        "net_wh[1]: 0.5 is a float; a column holds whole numbers of Wh (int)",
    ),
    (
        lambda x: x.record_readings("plant", **START, net_wh=[1], gross_wh=[0.5]),
        InexactNumberError,
        "gross_wh[0]: 0.5 is a float; a column holds whole numbers of Wh (int)",
    ),
    (lambda x: x.record_run("plant", None), QuantityError, "run None: expected Readings, e.g. one of MeterFile.runs"),
    (
        lambda x: x.record_meter("ghost", JUNE, net="1 MWh"),
        UnknownMeterError,
        "meter ghost: not registered; register it with register_meter() first [unknown-meter]",
    ),
    (lambda x: x.record_meter("a/b", JUNE, net="1 MWh"), QuantityError, f"meter id 'a/b': {ID}"),
    (
        lambda x: x.record_meter("feeder", JUNE, net="1 MWh"),
        NotCommissionedError,
        "device new, 2024-06-01T00:00:00+04:00 to 2024-07-01T00:00:00+04:00 (Asia/Baku): it was "
        "commissioned on 2025-01-01 and metered since 2025-02-01 (Asia/Baku); generation before that is "
        "refused: check the period [not-commissioned]",
    ),
    (
        lambda x: x.record_meter("feeder", JUNE, net="1 TWh"),
        ImplausibleReadingError,
        "meter feeder, 2024-05-31T20:00:00Z to 2024-06-30T20:00:00Z: a step of 2592000 s holds "
        "1000000000000 Wh; its devices together give at most 144000000000 Wh: check the unit and the step, "
        "or the devices' capacities [implausible-reading]",
    ),
    (
        lambda x: x.record_generation("planned", JUNE, net="1 MWh"),
        NotCommissionedError,
        "device planned, 2024-06-01T00:00:00+04:00 to 2024-07-01T00:00:00+04:00 (Asia/Baku): it has no "
        "commissioning date (planned or under construction), so it has no generation; once it runs, "
        "register it with its date, under another id [not-commissioned]",
    ),
    (
        lambda x: x.record_generation("plant", cl.Period.year(2019, zone=BAKU), net="1 MWh"),
        NotCommissionedError,
        "device plant, 2019-01-01T00:00:00+04:00 to 2020-01-01T00:00:00+04:00 (Asia/Baku): it was "
        "commissioned on 2020-01-01 (Asia/Baku); generation before that is refused: check the period "
        "[not-commissioned]",
    ),
    (
        lambda x: x.record_generation("plant", JUNE, net="72001 MWh"),
        ImplausibleReadingError,
        "device plant, 2024-06-01T00:00:00+04:00 to 2024-07-01T00:00:00+04:00 (Asia/Baku): a step of "
        "2592000 s holds 72001000000 Wh; 100000000 W with margin 1 gives at most 72000000000 Wh: check the "
        "unit and the step, or the device's capacity [implausible-reading]",
    ),
    (
        lambda x: x.record_generation("plant", MAY.days()[3], net="1 MWh"),
        OverlapError,
        "device plant, 2024-05-03T20:00:00Z to 2024-05-04T20:00:00Z: live readings already cover "
        "2024-04-30T20:00:00Z to 2024-05-31T20:00:00Z; record other time, or correct them [overlap]",
    ),
]
CORRECTING: list[Case] = [
    (
        lambda x: x.correct_generation("plant", MAY, net="1 MWh", reason="r", evidence=None),
        QuantityError,
        "evidence: a correction shows the document it rests on; see digest_file()",
    ),
    (
        lambda x: x.correct_generation("plant", MAY, net="1 MWh", reason="r", evidence="p. 3"),
        QuantityError,
        f"evidence 'p. 3': {DIGEST}",
    ),
    (
        lambda x: x.correct_generation("plant", MAY, net="1 MWh", reason=" ", evidence=EVIDENCE),
        QuantityError,
        f"reason ' ': {TEXT}",
    ),
    (lambda x: x.correct_generation("a/b", MAY, net="1 MWh", **WHY), QuantityError, f"device id 'a/b': {ID}"),
    (
        lambda x: x.correct_generation("ghost", MAY, net="1 MWh", **WHY),
        UnknownDeviceError,
        "device ghost: not registered; register it with register_device() first [unknown-device]",
    ),
    (
        lambda x: x.correct_generation("plant", JUNE, net="1 MWh", **WHY),
        OverlapError,
        "device plant: a correction replaces readings over exactly the same interval, and "
        "2024-05-31T20:00:00Z to 2024-06-30T20:00:00Z is not made of whole live steps; see "
        "readings('plant') [overlap]",
    ),
    (
        lambda x: x.correct_readings("plant", **START, net_wh=[1] * 1489, **WHY),
        EntryTooLargeError,
        "a correction of 1489 steps: at most 1488 at once; correct in parts",
    ),
]
ISSUING: list[Case] = [
    (
        lambda x: x.quantify("ghost", MAY),
        UnknownProjectError,
        "project ghost: not registered; register it with register_project() first [unknown-project]",
    ),
    (lambda x: x.quantify("p", "May"), PeriodError, f"period 'May': {PERIOD}"),
    (lambda x: x.quantify("p", APRIL, waivers=1), WaiverError, "waivers 1: expected a list of Waiver(name, reason)"),
    (lambda x: x.quantify("p", APRIL, waivers=["gap"]), WaiverError, "waiver 'gap': expected a Waiver(name, reason)"),
    (
        lambda x: x.quantify("p", APRIL, emissions=1),
        MethodologyError,
        "emissions 1: expected a list of FuelUse, ImportedElectricity or Leakage",
    ),
    (
        lambda x: x.quantify("p", APRIL, emissions=["2 t"]),
        MethodologyError,
        "emission '2 t': expected a FuelUse, an ImportedElectricity or a Leakage",
    ),
    (
        lambda x: x.quantify("p", APRIL, emissions=[Leakage(amount="2 tCO2e", vintage=2024, reason="r", source="s")]),
        MethodologyError,
        "project p certifies energy: it has no emissions to declare",
    ),
    (
        lambda x: x.quantify("p", APRIL, factor=FACTOR),
        MethodologyError,
        "project p certifies energy: pass no factor (f)",
    ),
    (
        lambda x: x.quantify("credits", APRIL),
        MethodologyError,
        "project credits is credited by ACM0002@22.0: pass factor=, an EmissionFactor or the id of an adopted one",
    ),
    (
        lambda x: x.quantify("credits", APRIL, factor=Decimal("0.5")),
        FactorError,
        "factor Decimal('0.5'): expected an EmissionFactor, or the id of an adopted one",
    ),
    (
        lambda x: x.quantify("credits", APRIL, factor="ghost"),
        UnknownFactorError,
        "factor ghost: not adopted by this ledger; pass the EmissionFactor itself, or adopt_factor() first "
        "[unknown-factor]",
    ),
    (
        lambda x: x.quantify("credits", APRIL, factor=REVISED),
        FactorConflictError,
        "factor f: the ledger adopted another record under this id (0.5 tCO2e/MWh); a revision takes an "
        "id of its own [factor-conflict]",
    ),
    (
        lambda x: x.quantify("credits", cl.Period.month(2023, 12, zone=BAKU), factor=FACTOR),
        OutsideCreditingPeriodError,
        "project credits: monitoring period 2023-12-01T00:00:00+04:00 to 2024-01-01T00:00:00+04:00 "
        "(Asia/Baku) is not inside its crediting period 2024-01-01T00:00:00+04:00 to "
        "2031-01-01T00:00:00+04:00 (Asia/Baku); choose one that is [outside-crediting-period]",
    ),
    (lambda x: x.issue("a/b", APRIL, to="op"), QuantityError, f"project id 'a/b': {ID}"),
    (lambda x: x.issue("p", "April", to="op"), PeriodError, f"period 'April': {PERIOD}"),
    (lambda x: x.issue("p", APRIL, to="a b"), QuantityError, f"account id 'a b': {ID}"),
    (
        lambda x: x.issue("p", APRIL, to="ghost"),
        UnknownAccountError,
        "account ghost: not open; open it with open_account() first [unknown-account]",
    ),
    (
        lambda x: x.issue("p", APRIL, to="op", buffer=0.1),
        InexactNumberError,
        'buffer: 0.1 is a float, which is not the number that was typed; give a string such as "0.1", an '
        "int or a Decimal",
    ),
    (
        lambda x: x.issue("p", APRIL, to="op", buffer="100%"),
        QuantityError,
        "buffer '100%': a share from 0 to below 1 is expected, such as '0.1' or '10%'; to hold back all of "
        "a batch, issue it and lock() it",
    ),
    (
        lambda x: x.issue("p", MAY, to="op"),
        DoubleIssuanceError,
        "project p, 2024-05-01T00:00:00+04:00 to 2024-06-01T00:00:00+04:00 (Asia/Baku): every step of the "
        "period is claimed already; a MWh is issued once. Record late readings, or void the earlier "
        "issuance first [double-issuance]",
    ),
    (
        lambda x: x.issue("p", JUNE, to="op"),
        GapError,
        "device plant: no reading for 2024-06-01T00:00:00+04:00 to 2024-07-01T00:00:00+04:00 (Asia/Baku); "
        "record it, or pass Waiver('gap', reason): it then counts zero, is listed, and stays open for a "
        "late reading [gap]",
    ),
    (
        lambda x: [x.record_generation("plant", JUNE.days()[9], net="1 MWh"), x.quantify("p", JUNE)],
        GapError,
        "device plant: no reading for 2024-06-01T00:00:00+04:00 to 2024-06-10T00:00:00+04:00 (Asia/Baku) "
        "(and 1 more); record it, or pass Waiver('gap', reason): it then counts zero, is listed, and stays "
        "open for a late reading [gap]",
    ),
    (
        lambda x: x.issue("p", JUNE, to="op", waivers=[cl.Waiver("gap", "down")]),
        NothingToIssueError,
        "project p: no device has a reading inside 2024-06-01T00:00:00+04:00 to 2024-07-01T00:00:00+04:00 "
        "(Asia/Baku); record one first [nothing-to-issue]",
    ),
    (
        lambda x: x.issue("p", APRIL.days()[3], to="op"),
        StraddlingStepError,
        "device plant, 2024-04-04T00:00:00+04:00 to 2024-04-05T00:00:00+04:00 (Asia/Baku): a step of "
        "2592000 s crosses the period's edge; choose a period that begins and ends between steps, or "
        "record shorter steps [step-crosses-period]",
    ),
    (lambda x: x.void(x.batches("p")[0], reason=""), QuantityError, f"reason '': {TEXT}"),
    (
        lambda x: x.void(x.batches("p")[0], reason="r"),
        NotHolderError,
        "issuance 14: 10 of its units are buyer's; only an issuance whose units are all still op's can be "
        "voided. Withdraw blocks, or correct the readings [not-holder]",
    ),
    (
        lambda x: x.void(3, reason="r"),
        UnknownBatchError,
        "issuance 3: no such issuance in this ledger; give the number of its entry [unknown-batch]",
    ),
]


@each(REGISTERING, RECORDING, CORRECTING, ISSUING)
def test_it_is_refused_in_these_words(do: Do, kind: Kind, message: str) -> None:
    assert said(busy(), do, kind) == message
