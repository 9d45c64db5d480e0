"""Messages of commands that move units, and of questions."""

import carbon_ledger as cl
from carbon_ledger.errors import (
    InsufficientBalanceError,
    NaiveTimeError,
    NotActiveError,
    NotHolderError,
    PeriodError,
    QuantityError,
    RefusedError,
    SerialError,
    StoreError,
    UnknownAccountError,
    UnknownBatchError,
    UnknownFactorError,
    UnknownMeterError,
    UnknownThingError,
    WaiverError,
)
from tests.messages.ledgers import CLAIM, busy
from tests.messages.snapshots import Case, Expect, Refusal, refusals, refused

APRIL = cl.Period.month(2024, 4, zone="Asia/Baku")


def reported_late(ledger: cl.Ledger) -> cl.MonitoringReport:
    """A report of a quantification, after the readings were corrected."""
    found = ledger.quantify("p", APRIL)
    ledger.correct_generation("plant", APRIL, net="2 MWh", reason="misread", evidence="sha256:" + "e" * 64)
    return ledger.monitoring_report("p", APRIL, quantification=found)


MOVING: list[Refusal] = [
    ("transfer-of-text-that-names-no-block", lambda x: x.transfer("three", to="buyer"), SerialError),
    ("transfer-of-nothing", lambda x: x.transfer([], to="buyer"), SerialError),
    ("transfer-to-malformed-account", lambda x: x.transfer("p/2024/14/41", to="a b"), QuantityError),
    ("transfer-to-unknown-account", lambda x: x.transfer("p/2024/14/41", to="ghost"), UnknownAccountError),
    ("transfer-of-unknown-batch", lambda x: x.transfer("p/2024/99/1", to="buyer"), UnknownBatchError),
    ("transfer-beyond-batch", lambda x: x.transfer("p/2024/14/90-101", to="buyer"), SerialError),
    (
        "transfer-of-overlapping-blocks",
        lambda x: x.transfer(["p/2024/14/41-45", "p/2024/14/45"], to="buyer"),
        SerialError,
    ),
    ("transfer-of-block-of-two-holders", lambda x: x.transfer("p/2024/14/5-14", to="other"), NotHolderError),
    (
        "transfer-from-account-that-holds-a-part",
        lambda x: x.transfer("p/2024/14/5-14", to="other", from_="op"),
        NotHolderError,
    ),
    (
        "transfer-of-blocks-of-two-holders",
        lambda x: x.transfer(["p/2024/14/1", "p/2024/14/41"], to="other"),
        NotHolderError,
    ),
    ("transfer-to-the-holder", lambda x: x.transfer("p/2024/14/1-5", to="buyer"), NotHolderError),
    ("transfer-of-retired-units", lambda x: x.transfer("p/2024/14/11-12", to="buyer"), NotActiveError),
    ("withdraw-withdrawn-units", lambda x: x.withdraw("p/2024/14/31", reason="again"), NotActiveError),
    (
        "withdraw-from-account-that-does-not-hold",
        lambda x: x.withdraw("p/2024/14/41", reason="r", from_="buyer"),
        NotHolderError,
    ),
    ("release-of-active-units", lambda x: x.release("p/2024/14/41", reason="r"), NotActiveError),
    ("release-buffer-of-active-units", lambda x: x.release_buffer("p/2024/14/41", reason="r"), NotActiveError),
    (
        "transfer-of-selection-without-account",
        lambda x: x.transfer(cl.Selection(3, instrument="I-REC-E"), to="buyer"),
        QuantityError,
    ),
    (
        "transfer-of-selection-beyond-balance",
        lambda x: x.transfer(cl.Selection(61, instrument="I-REC-E", vintage=2024, project="p"), to="buyer", from_="op"),
        InsufficientBalanceError,
    ),
    (
        "release-of-selection-with-label-beyond-balance",
        lambda x: x.release(cl.Selection(1, instrument="I-REC-E", label="CORSIA"), reason="r", from_="op"),
        InsufficientBalanceError,
    ),
    ("retire-with-empty-beneficiary", lambda x: x.retire("p/2024/14/41", **CLAIM | {"beneficiary": ""}), QuantityError),
    ("retire-with-empty-purpose", lambda x: x.retire("p/2024/14/41", **CLAIM | {"purpose": ""}), QuantityError),
    (
        "retire-for-earlier-period",
        lambda x: x.retire("p/2024/14/41", **CLAIM | {"period": cl.Period.year(2023, zone="UTC")}),
        RefusedError,
    ),
    (
        "retire-for-future-period",
        lambda x: x.retire("p/2024/14/41", **CLAIM | {"period": cl.Period.year(2099, zone="UTC")}),
        RefusedError,
    ),
    ("retire-with-text-as-waiver", lambda x: x.retire("p/2024/14/41", **CLAIM, waivers="claim-period"), WaiverError),
    ("retire-with-text-as-period", lambda x: x.retire("p/2024/14/41", **CLAIM | {"period": "2024"}), PeriodError),
    ("cancel-with-empty-reason", lambda x: x.cancel("p/2024/14/41", reason=""), QuantityError),
    ("withdraw-with-empty-reason", lambda x: x.withdraw("p/2024/14/41", reason=""), QuantityError),
    ("lock-with-empty-reason", lambda x: x.lock("p/2024/14/41", reason=""), QuantityError),
    ("lock-with-malformed-evidence", lambda x: x.lock("p/2024/14/41", reason="r", evidence="x"), QuantityError),
    ("release-with-empty-reason", lambda x: x.release("p/2024/14/41", reason=""), QuantityError),
    ("release-buffer-with-empty-reason", lambda x: x.release_buffer("p/2024/14/41", reason=""), QuantityError),
    ("cancel-buffer-with-empty-reason", lambda x: x.cancel_buffer("p/2024/14/41", reason=""), QuantityError),
]
ASKING: list[Refusal] = [
    ("entry-beyond-end", lambda x: x.entry(99), StoreError),
    ("entry-by-text", lambda x: x.entry("3"), StoreError),
    ("entry-bytes-beyond-end", lambda x: x.entry_bytes(99), StoreError),
    ("as-of-a-bare-number", lambda x: x.as_of(3), PeriodError),
    ("as-of-time-without-zone", lambda x: x.as_of("2026-01-01T00:00"), NaiveTimeError),
    ("as-of-the-future", lambda x: x.as_of("2031-01-01T00:00Z"), PeriodError),
    ("as-of-before-the-opening", lambda x: x.as_of("2020-01-01T00:00Z"), StoreError),
    ("as-of-entry-beyond-end", lambda x: x.as_of(entry=99), StoreError),
    ("audit-by-no-worker", lambda x: x.audit(workers=0), StoreError),
    ("meter-unknown", lambda x: x.meter("ghost"), UnknownMeterError),
    ("factor-unknown", lambda x: x.factor("ghost"), UnknownFactorError),
    ("balance-of-unknown-account", lambda x: x.balance("ghost"), UnknownAccountError),
    ("holdings-in-unknown-state", lambda x: x.holdings("op", state="sold"), RefusedError),
    ("holdings-at-date-without-zone", lambda x: x.holdings("op", at="2026-01-01"), NaiveTimeError),
    ("holdings-with-text-as-production", lambda x: x.holdings("op", production="May"), PeriodError),
    ("readings-with-text-as-period", lambda x: x.readings("plant", "May"), PeriodError),
    ("reconcile-with-text-as-period", lambda x: x.reconcile("p", "May"), PeriodError),
    (
        "monitoring-report-of-nothing-issued",
        lambda x: x.monitoring_report("p", APRIL),
        RefusedError,
    ),
    (
        "monitoring-report-of-part-of-an-issuance",
        lambda x: x.monitoring_report("p", cl.Period.of("2024-05-10", "2024-07-01", zone="Asia/Baku")),
        RefusedError,
    ),
    (
        "monitoring-report-of-text",
        lambda x: x.monitoring_report("p", cl.Period.month(2024, 5, zone="Asia/Baku"), quantification="q"),
        QuantityError,
    ),
    ("monitoring-report-of-another-quantification", reported_late, RefusedError),
    ("energytag-bundles-of-megawatt-hours", lambda x: x.energytag_bundles(project="p"), RefusedError),
    ("cad-trust-units-of-certificates", lambda x: x.cad_trust_units("p"), RefusedError),
    ("cad-trust-units-of-another-type", lambda x: x.cad_trust_units("credits", unit_type="Offset"), QuantityError),
    ("claims-with-text-as-period", lambda x: x.claims("plant", "May"), PeriodError),
    ("statement-since-time-without-zone", lambda x: x.statement("op", since="2026-01-02T00:00"), NaiveTimeError),
    ("statement-until-number", lambda x: x.statement("op", until=5), PeriodError),
    ("trace-beyond-batch", lambda x: x.trace("p/2024/14/101"), SerialError),
    ("hours-beyond-batch", lambda x: x.hours("p/2024/14/101"), SerialError),
    ("hours-of-batch-without-hours", lambda x: x.hours("p/2024/14/1"), SerialError),
    ("hour-of-batch-without-hours", lambda x: x.batches("p")[0].hour("2024-05-01T00:00Z"), SerialError),
    ("labels-beyond-batch", lambda x: x.labels("p/2024/14/101"), SerialError),
    ("actors-of-unknown-role", lambda x: x.actors("king"), QuantityError),
    ("retirement-unknown", lambda x: x.retirement(7), UnknownThingError),
    ("retirement-of-another-ledger", lambda x: x.retirement("other/7"), UnknownThingError),
    ("grammar-of-unknown-registry", lambda x: x.grammar("gcc"), UnknownThingError),
    ("match-with-list-as-profile", lambda x: x.match("op", [1, 2]), QuantityError),
    (
        "selection-of-no-unit",
        lambda x: x.cancel(cl.Selection(0, instrument="I-REC-E"), reason="r", from_="op"),
        QuantityError,
    ),
    (
        "selection-in-unknown-order",
        lambda x: x.cancel(cl.Selection(1, instrument="I-REC-E", order="cheapest"), reason="r", from_="op"),
        QuantityError,
    ),
    (
        "selection-without-instrument",
        lambda x: x.cancel(cl.Selection(1, instrument=None), reason="r", from_="op"),
        QuantityError,
    ),
    (
        "selection-with-text-as-vintage",
        lambda x: x.cancel(cl.Selection(1, instrument="I-REC-E", vintage="2024"), reason="r", from_="op"),
        QuantityError,
    ),
    (
        "selection-with-misspelt-label",
        lambda x: x.cancel(cl.Selection(1, instrument="I-REC-E", label="CORSA"), reason="r", from_="op"),
        RefusedError,
    ),
    (
        "selection-with-number-as-project",
        lambda x: x.cancel(cl.Selection(1, instrument="I-REC-E", project=5), reason="r", from_="op"),
        QuantityError,
    ),
]


@refusals(MOVING, ASKING)
def test_it_is_refused_in_these_words(case: Case, expect: Expect) -> None:
    expect(refused(case, busy()))
