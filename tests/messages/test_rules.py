"""Messages about units that were offered, labelled, converted or have expired."""

from datetime import timedelta
from typing import Any

from attrs import evolve

import carbon_ledger as cl
from carbon_ledger.errors import (
    AlreadyRegisteredError,
    DoubleIssuanceError,
    ExpiredError,
    InsufficientBalanceError,
    MissingDataError,
    NaiveTimeError,
    NotActiveError,
    NothingToIssueError,
    NotHolderError,
    OverlapError,
    PeriodError,
    QuantityError,
    RefusedError,
    SerialError,
    UnknownBatchError,
    UnknownThingError,
)
from tests.conftest import EVIDENCE, Clock, device
from tests.messages.ledgers import begin
from tests.messages.snapshots import Case, Expect, Refusal, refusals, refused
from tests.support.expiring_plant import issued, month
from tests.support.expiring_plant import set_up as set_up_two
from tests.support.other_registry import set_up as set_up_three

SAID = {"evidence": EVIDENCE, "reason": "r"}
CLAIM = {"beneficiary": "B", "purpose": "use", "period": month(1)}
P, GO = "p/2025/10", "go/2025/13"


def traded(**later: int) -> cl.Ledger:
    """Units that last (`p/2025/10`) and that expire (`go/2025/13`), two offers, a label; then time passes."""
    clock = Clock()
    ledger = begin(clock)
    set_up_two(ledger)
    issued(ledger, month(1))
    issued(ledger, month(1), project="go")
    ledger.offer(f"{P}/1-3", to="buyer")
    ledger.offer(f"{P}/4-6", to="buyer", deadline=clock.now + timedelta(hours=1))
    ledger.label(f"{P}/7-8", "tag:pilot", **SAID)
    ledger.retire(f"{P}/10", **CLAIM)
    clock.move(**later)
    return ledger


def lapsed() -> cl.Ledger:
    """The deadline of the second offer has passed."""
    return traded(hours=2)


def expired() -> cl.Ledger:
    """What expires has expired."""
    return traded(days=400)


TRADED: list[Refusal] = [
    ("offer-to-malformed-account", lambda x: x.offer(f"{P}/9", to="a b"), QuantityError),
    ("offer-to-the-holder", lambda x: x.offer(f"{P}/9", to="op"), NotHolderError),
    (
        "offer-until-time-without-zone",
        lambda x: x.offer(f"{P}/9", to="buyer", deadline="2027-01-01T00:00"),
        NaiveTimeError,
    ),
    ("offer-until-number", lambda x: x.offer(f"{P}/9", to="buyer", deadline=5), PeriodError),
    ("offer-until-the-past", lambda x: x.offer(f"{P}/9", to="buyer", deadline="2025-12-31T00:00Z"), RefusedError),
    ("accept-by-text", lambda x: x.accept("14"), QuantityError),
    ("reject-negative-number", lambda x: x.reject(-1), QuantityError),
    ("accept-unknown-offer", lambda x: x.accept(999), UnknownThingError),
    ("reject-with-empty-reason", lambda x: x.reject(14, reason=""), QuantityError),
    ("time-out-offer-without-deadline", lambda x: x.time_out(14), RefusedError),
    ("time-out-before-deadline", lambda x: x.time_out(15), RefusedError),
    ("reject-accepted-offer", lambda x: [x.accept(14), x.reject(14)], RefusedError),
    ("accept-revoked-offer", lambda x: [x.revoke_offer(14), x.accept(14)], RefusedError),
    ("transfer-of-offered-units", lambda x: x.transfer(f"{P}/1", to="other"), NotActiveError),
    ("balance-of-two-instruments", lambda x: x.balance("op"), RefusedError),
    ("retire-two-instruments", lambda x: x.retire([f"{P}/9", f"{GO}/1"], **CLAIM), RefusedError),
    ("block-of-retirement-of-two", lambda x: x.retire([f"{P}/7", f"{P}/9"], **CLAIM).block, SerialError),
    ("label-unknown", lambda x: x.label(f"{P}/9", "pilot", **SAID), RefusedError),
    ("label-without-evidence", lambda x: x.label(f"{P}/9", "CORSIA", evidence=None, reason="r"), MissingDataError),
    ("label-with-empty-reason", lambda x: x.label(f"{P}/9", "CORSIA", evidence=EVIDENCE, reason=""), QuantityError),
    ("label-twice", lambda x: x.label(f"{P}/8-9", "tag:pilot", **SAID), RefusedError),
    ("label-retired-units", lambda x: x.label(f"{P}/10", "CORSIA", **SAID), NotActiveError),
    ("unlabel-units-without-label", lambda x: x.unlabel(f"{P}/8-9", "tag:pilot", reason="r"), RefusedError),
    ("unlabel-unknown", lambda x: x.unlabel(f"{P}/8", "pilot", reason="r"), RefusedError),
    ("unlabel-with-empty-reason", lambda x: x.unlabel(f"{P}/8", "tag:pilot", reason=""), QuantityError),
    (
        "unlabel-with-malformed-evidence",
        lambda x: x.unlabel(f"{P}/8", "tag:pilot", reason="r", evidence="page 3"),
        QuantityError,
    ),
    (
        "correct-day-of-recorded-month",
        lambda x: x.correct_readings("plant", start="2025-01-15T00:00Z", step="1 day", net_wh=[1], **SAID),
        OverlapError,
    ),
]
LAPSED: list[Refusal] = [
    ("accept-after-deadline", lambda x: x.accept(15), RefusedError),
]
LATE: list[Refusal] = [
    ("transfer-after-the-months-of-transfers", lambda x: x.transfer(f"{GO}/1", to="buyer"), ExpiredError),
    (
        "selection-after-the-months-of-transfers",
        lambda x: x.offer(cl.Selection(1, instrument="EECS-GO"), to="buyer", from_="op"),
        InsufficientBalanceError,
    ),
]
EXPIRED: list[Refusal] = [
    ("transfer-of-expired-units", lambda x: x.transfer(f"{GO}/1", to="buyer"), ExpiredError),
    ("void-of-expired-units", lambda x: x.void(13, reason="r"), ExpiredError),
    (
        "selection-of-expired-units",
        lambda x: x.cancel(cl.Selection(1, instrument="EECS-GO"), reason="r", from_="op"),
        InsufficientBalanceError,
    ),
]


def kept() -> cl.Ledger:
    """A plant in three projects; February issued twice as `irec/2025/10` and converted, March issued; and April."""
    ledger = begin()
    set_up_three(ledger)
    for k, net in ((2, "10.6 MWh"), (3, "10.6 MWh"), (4, "0.6 MWh")):
        ledger.record_generation("plant", month(k), net=net)
    (batch,) = ledger.issue("irec", month(2), to="op")
    ledger.convert(batch, to_instrument="EECS-GO", reason="sold in Europe")
    ledger.issue("irec", month(3), to="op")
    return ledger


def convert(ledger: cl.Ledger, issuance: object = 15, **more: object) -> cl.Retirement:
    return ledger.convert(issuance, **{"to_instrument": "EECS-GO", "reason": "r"} | more)


def from_carry(ledger: cl.Ledger) -> int:
    """The number of an issuance of carry, after the readings of March were corrected upward."""
    ledger.correct_generation("plant", month(3), net="14 MWh", reason="r", evidence=EVIDENCE)
    ledger.issue_carry("irec", to="op")
    return ledger.size - 1


KEPT: list[Refusal] = [
    ("issue-what-a-conversion-reserves", lambda x: x.issue("irec", month(2), to="op"), DoubleIssuanceError),
    (
        "issue-what-two-conversions-reserve",
        lambda x: [convert(x), x.issue("irec", cl.Period.of("2025-02-01", "2025-04-01", zone="Asia/Baku"), to="op")],
        DoubleIssuanceError,
    ),
    ("convert-with-empty-reason", lambda x: convert(x, reason=""), QuantityError),
    ("convert-to-unknown-instrument", lambda x: convert(x, to_instrument="REC"), QuantityError),
    (
        "convert-to-instrument-with-other-fields",
        lambda x: convert(x, to_instrument=evolve(cl.instruments.BUILTIN["EECS-GO"], valid_months=24)),
        AlreadyRegisteredError,
    ),
    (
        "convert-to-built-in-with-other-fields",
        lambda x: convert(x, to_instrument=evolve(cl.instruments.BUILTIN["GS-VER"], name="Mine")),
        AlreadyRegisteredError,
    ),
    ("convert-unknown-issuance", lambda x: convert(x, 99), UnknownBatchError),
    ("convert-twice", lambda x: convert(x, 12), UnknownBatchError),
    ("convert-what-was-voided", lambda x: [x.void(15, reason="r"), convert(x)], UnknownBatchError),
    ("void-what-was-converted", lambda x: x.void(12, reason="r"), UnknownBatchError),
    ("void-twice", lambda x: [x.void(15, reason="r"), x.void(15, reason="r")], UnknownBatchError),
    ("convert-to-its-own-instrument", lambda x: convert(x, to_instrument="I-REC-E"), RefusedError),
    ("convert-after-withdrawal", lambda x: [x.withdraw("irec/2025/15/1-10", reason="r"), convert(x)], RefusedError),
    (
        "convert-units-of-two-accounts",
        lambda x: [x.transfer("irec/2025/15/1-4", to="buyer"), convert(x)],
        NotHolderError,
    ),
    ("issue-carry-of-less-than-a-unit", lambda x: x.issue_carry("irec", to="op"), NothingToIssueError),
    ("issue-carry-of-granular-certificates", lambda x: x.issue_carry("gc", to="op"), NothingToIssueError),
    ("convert-issuance-of-carry", lambda x: convert(x, from_carry(x)), RefusedError),
    ("void-what-units-rest-on", lambda x: [from_carry(x), x.void(15, reason="r")], RefusedError),
    (
        "void-batch-with-id-without-entry",
        lambda x: x.void(evolve(x.batches("irec")[1], batch_id="hydro"), reason="r"),
        UnknownBatchError,
    ),
    (
        "void-batch-with-id-of-another-project",
        lambda x: x.void(evolve(x.batches("irec")[1], batch_id="go/2025/15"), reason="r"),
        UnknownBatchError,
    ),
    (
        "void-batch-of-another-ledger",
        lambda x: x.void(evolve(x.batches("irec")[1], count=7), reason="r"),
        UnknownBatchError,
    ),
]


@refusals(TRADED)
def test_what_was_traded_is_refused_in_these_words(case: Case, expect: Expect) -> None:
    expect(refused(case, traded()))


@refusals(LAPSED)
def test_what_lapsed_is_refused_in_these_words(case: Case, expect: Expect) -> None:
    expect(refused(case, lapsed()))


@refusals(LATE)
def test_what_is_late_for_a_transfer_is_refused_in_these_words(case: Case, expect: Expect) -> None:
    expect(refused(case, traded(days=100)))


def ruled() -> cl.Ledger:
    """A plant whose instrument has last days of issuance and a levy; January and February of 2025 were recorded."""
    ledger = begin(Clock())
    ledger.open_account("fund", name="Fund")
    ledger.register_device(device())
    own = cl.Instrument(id="OWN", name="Own", unit="MWh", claim="energy-attribute", **RULES)
    ledger.register_project(cl.Project(id="own", instrument=own, zone="Asia/Baku", devices=("plant",)))
    for k in (1, 2):
        ledger.record_generation("plant", month(k), net="10 MWh")
    return ledger


RULES: dict[str, Any] = {"issuance_deadlines": [(1, 6, 0, 11, 30)], "levy": {"share": "0.15", "to": "fund"}}
WINTER = cl.Period.of("2025-01-01", "2025-03-01", zone="Asia/Baku")
WAIVED = cl.Waiver("issuance-deadline", "a letter")


def instrument(**fields: object) -> cl.Instrument:
    return cl.Instrument(**{"id": "X", "name": "X", "unit": "MWh", "claim": "energy-attribute"} | fields)


def sold(ledger: cl.Ledger) -> cl.Batch:
    """A batch of January, of whose levied units one was transferred."""
    (batch,) = ledger.issue("own", month(1), to="op", waivers=[WAIVED])
    ledger.transfer(f"{batch.batch_id}/10", to="op")
    return batch


RULED: list[Refusal] = [
    ("issue-after-the-last-day", lambda x: x.issue("own", month(1), to="op"), RefusedError),
    ("issue-two-months-after-the-last-day", lambda x: x.issue("own", WINTER, to="op"), RefusedError),
    ("void-after-levied-units-were-sold", lambda x: x.void(sold(x), reason="r"), NotHolderError),
    ("levy-of-everything", lambda _: instrument(levy={"share": "1"}), QuantityError),
    ("levy-that-is-a-text", lambda _: instrument(levy="2%"), QuantityError),
    (
        "granular-instrument-with-levy",
        lambda _: instrument(unit="Wh", granular=True, levy={"share": "0.1"}),
        QuantityError,
    ),
    ("transfers-for-longer-than-use", lambda _: instrument(valid_months=12, transferable_months=18), QuantityError),
    ("last-day-of-use-in-1900", lambda _: instrument(last_use_day="1900-01-01"), PeriodError),
    ("deadline-in-month-13", lambda _: instrument(issuance_deadlines=[(1, 6, 1, 13, 1)]), QuantityError),
    ("deadline-on-29-february", lambda _: instrument(issuance_deadlines=[(1, 6, 1, 2, 29)]), QuantityError),
    ("deadline-before-production", lambda _: instrument(issuance_deadlines=[(1, 6, 0, 6, 30)]), QuantityError),
    (
        "two-deadlines-of-a-month",
        lambda _: instrument(issuance_deadlines=[(1, 6, 1, 1, 1), (6, 6, 1, 1, 1)]),
        QuantityError,
    ),
    ("deadline-of-four-numbers", lambda _: instrument(issuance_deadlines=[(1, 6, 1, 1)]), QuantityError),
    ("deadlines-as-text", lambda _: instrument(issuance_deadlines="May"), QuantityError),
]


@refusals(RULED)
def test_rules_of_an_instrument_are_told_in_these_words(case: Case, expect: Expect) -> None:
    expect(refused(case, ruled()))


@refusals(EXPIRED)
def test_what_expired_is_refused_in_these_words(case: Case, expect: Expect) -> None:
    expect(refused(case, expired()))


@refusals(KEPT)
def test_what_was_converted_is_refused_in_these_words(case: Case, expect: Expect) -> None:
    expect(refused(case, kept()))
