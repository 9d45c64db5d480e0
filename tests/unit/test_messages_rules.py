"""What is refused of units that were offered, labelled, converted, or expired: to the letter."""

from datetime import timedelta

from attrs import evolve
from tests.conftest import EVIDENCE, Clock
from tests.crossing import furnish as furnish_three
from tests.holding import furnish as furnish_two
from tests.holding import issued, month
from tests.messages import DIGEST, ID, NO_BATCH, TEXT, TIME, Case, Do, Kind, begin, each, said

import carbon_ledger as cl
from carbon_ledger.errors import (
    AlreadyRegisteredError,
    DoubleIssuanceError,
    ExpiredError,
    InsufficientBalanceError,
    MissingDataError,
    NaiveTimeError,
    NotActiveError,
    NotHolderError,
    OverlapError,
    PeriodError,
    QuantityError,
    RefusedError,
    SerialError,
    UnknownBatchError,
    UnknownThingError,
)

SAID = {"evidence": EVIDENCE, "reason": "r"}
CLAIM = {"beneficiary": "B", "purpose": "use", "period": month(1)}
P, GO = "p/2025/10", "go/2025/13"


def traded(**later: int) -> cl.Ledger:
    """Units that last (`p/2025/10`) and that expire (`go/2025/13`), two offers, a label; then time passes."""
    clock = Clock()
    ledger = begin(clock)
    furnish_two(ledger)
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


TRADED: list[Case] = [
    (lambda x: x.offer(f"{P}/9", to="a b"), QuantityError, f"account id 'a b': {ID}"),
    (
        lambda x: x.offer(f"{P}/9", to="op"),
        NotHolderError,
        "block p/2025/10/9: op holds it already; a transfer changes the holder [not-holder]",
    ),
    (
        lambda x: x.offer(f"{P}/9", to="buyer", deadline="2027-01-01T00:00"),
        NaiveTimeError,
        "deadline: '2027-01-01T00:00' names no zone; end it with \"Z\" or its offset from UTC, e.g. "
        '"2027-01-01T00:00+04:00"',
    ),
    (lambda x: x.offer(f"{P}/9", to="buyer", deadline=5), PeriodError, f"deadline: 5 is a int; {TIME}"),
    (
        lambda x: x.offer(f"{P}/9", to="buyer", deadline="2025-12-31T00:00Z"),
        RefusedError,
        "block p/2025/10/9: the deadline 2025-12-31T00:00:00Z is not after the offer, recorded at "
        "2026-01-01T00:00:00.000018Z; give a later one [deadline-passed]",
    ),
    (lambda x: x.accept("14"), QuantityError, "offer '14': expected an Offer, or the number of its entry"),
    (lambda x: x.reject(-1), QuantityError, "offer -1: expected an Offer, or the number of its entry"),
    (
        lambda x: x.accept(999),
        UnknownThingError,
        "offer 999: no such offer in this ledger; see offers(account) for their numbers [unknown-offer]",
    ),
    (lambda x: x.reject(14, reason=""), QuantityError, f"reason '': {TEXT}"),
    (
        lambda x: x.time_out(14),
        RefusedError,
        "offer 14: it does not time out; op can revoke_offer() it and buyer can reject() it [offer-not-lapsed]",
    ),
    (
        lambda x: x.time_out(15),
        RefusedError,
        "offer 15: it does not time out before 2026-01-01T01:00:00Z; op can revoke_offer() it and buyer "
        "can reject() it [offer-not-lapsed]",
    ),
    (
        lambda x: [x.accept(14), x.reject(14)],
        RefusedError,
        "offer 14: it was accepted by entry 18; an offer ends once [offer-ended]",
    ),
    (
        lambda x: [x.revoke_offer(14), x.accept(14)],
        RefusedError,
        "offer 14: it was revoked by entry 18; an offer ends once [offer-ended]",
    ),
    (
        lambda x: x.transfer(f"{P}/1", to="other"),
        NotActiveError,
        "block p/2025/10/1: serials 1-1 are pending; expected active: see holdings('op', state='active') [not-active]",
    ),
    (
        lambda x: x.balance("op"),
        RefusedError,
        "account op: it has had units of EECS-GO, I-REC-E, which do not add; pass instrument= [several-instruments]",
    ),
    (
        lambda x: x.retire([f"{P}/9", f"{GO}/1"], **CLAIM),
        RefusedError,
        "block p/2025/10/9: it is retired together with units of EECS-GO, I-REC-E, which do not add; "
        "retire each instrument by itself [several-instruments]",
    ),
    (
        lambda x: x.retire([f"{P}/7", f"{P}/9"], **CLAIM).block,
        SerialError,
        "retirement test/18 is of 2 blocks: see .blocks",
    ),
    (
        lambda x: x.label(f"{P}/9", "pilot", **SAID),
        RefusedError,
        "label 'pilot': expected one of CORSIA, E+, S+, SDG+; or a tag of your own, such as 'tag:north', "
        "with at most 100 printable characters in all and no space at either end [unknown-label]",
    ),
    (
        lambda x: x.label(f"{P}/9", "CORSIA", evidence=None, reason="r"),
        MissingDataError,
        "label: without evidence; give the digest of the document, cl.digest_file(path)",
    ),
    (lambda x: x.label(f"{P}/9", "CORSIA", evidence=EVIDENCE, reason=""), QuantityError, f"reason '': {TEXT}"),
    (
        lambda x: x.label(f"{P}/8-9", "tag:pilot", **SAID),
        RefusedError,
        "block p/2025/10/8-9: serials 7-8 carry tag:pilot since entry 16; label the others, or take it off "
        "first: see labels(block) [already-labelled]",
    ),
    (
        lambda x: x.label(f"{P}/10", "CORSIA", **SAID),
        NotActiveError,
        "block p/2025/10/10: serials 10-10 are retired, for ever; expected active or locked or buffered or "
        "pending: see holdings('op', state='active') [not-active]",
    ),
    (
        lambda x: x.unlabel(f"{P}/8-9", "tag:pilot", reason="r"),
        RefusedError,
        "block p/2025/10/8-9: serial 9 does not carry tag:pilot; name units that all do: see labels(block) "
        "[not-labelled]",
    ),
    (
        lambda x: x.unlabel(f"{P}/8", "pilot", reason="r"),
        RefusedError,
        "label 'pilot': expected one of CORSIA, E+, S+, SDG+; or a tag of your own, such as 'tag:north', "
        "with at most 100 printable characters in all and no space at either end [unknown-label]",
    ),
    (lambda x: x.unlabel(f"{P}/8", "tag:pilot", reason=""), QuantityError, f"reason '': {TEXT}"),
    (
        lambda x: x.unlabel(f"{P}/8", "tag:pilot", reason="r", evidence="page 3"),
        QuantityError,
        f"evidence 'page 3': {DIGEST}",
    ),
    (
        lambda x: x.correct_readings("plant", start="2025-01-15T00:00Z", step="1 day", net_wh=[1], **SAID),
        OverlapError,
        "device plant: a correction replaces readings over exactly the same interval, and "
        "2025-01-15T00:00:00Z to 2025-01-16T00:00:00Z is not made of whole live steps; see "
        "readings('plant') [overlap]",
    ),
]
LAPSED: list[Case] = [
    (
        lambda x: x.accept(15),
        RefusedError,
        "offer 15: it could be accepted before 2026-01-01T01:00:00Z, and it is "
        "2026-01-01T02:00:00.000000Z; ask op for another offer [offer-lapsed]",
    ),
]
EXPIRED: list[Case] = [
    (
        lambda x: x.transfer(f"{GO}/1", to="buyer"),
        ExpiredError,
        "block go/2025/13/1: EECS-GO of this batch expired at 2026-01-31T20:00:00Z, which is final; see "
        "expired(account) [expired]",
    ),
    (
        lambda x: x.void(13, reason="r"),
        ExpiredError,
        "block go/2025/13/1-10: EECS-GO of this batch expired at 2026-01-31T20:00:00Z, which is final; see "
        "expired(account) [expired]",
    ),
    (
        lambda x: x.cancel(cl.Selection(1, instrument="EECS-GO"), reason="r", from_="op"),
        InsufficientBalanceError,
        "account op: 1 units of EECS-GO (oldest-vintage) are asked for, and it has 0 that are active (10 "
        "more have expired); see holdings('op', state='active') [insufficient-balance]",
    ),
]


def kept() -> cl.Ledger:
    """A plant in three projects; February issued twice as `irec/2025/10` and converted, March issued; and April."""
    ledger = begin()
    furnish_three(ledger)
    for k, net in ((2, "10.6 MWh"), (3, "10.6 MWh"), (4, "0.6 MWh")):
        ledger.record_generation("plant", month(k), net=net)
    (batch,) = ledger.issue("irec", month(2), to="op")
    ledger.convert(batch, to_instrument="EECS-GO", reason="sold in Europe")
    ledger.issue("irec", month(3), to="op")
    return ledger


def convert(ledger: cl.Ledger, issuance: object = 15, **more: object) -> cl.Retirement:
    return ledger.convert(issuance, **{"to_instrument": "EECS-GO", "reason": "r"} | more)


KEPT: list[Case] = [
    (
        lambda x: x.issue("irec", month(2), to="op"),
        DoubleIssuanceError,
        "project irec, 2025-02-01T00:00:00+04:00 to 2025-03-01T00:00:00+04:00 (Asia/Baku): every step of "
        "the period is claimed already, and a conversion keeps some: entry 13 for EECS-GO; only a project "
        "of that instrument can issue them [double-issuance]",
    ),
    (
        lambda x: [convert(x), x.issue("irec", cl.Period.of("2025-02-01", "2025-04-01", zone="Asia/Baku"), to="op")],
        DoubleIssuanceError,
        "project irec, 2025-02-01T00:00:00+04:00 to 2025-04-01T00:00:00+04:00 (Asia/Baku): every step of "
        "the period is claimed already, and a conversion keeps some: entry 13 for EECS-GO, entry 16 for "
        "EECS-GO; only a project of that instrument can issue them [double-issuance]",
    ),
    (lambda x: convert(x, reason=""), QuantityError, f"reason '': {TEXT}"),
    (
        lambda x: convert(x, to_instrument="REC"),
        QuantityError,
        "instrument 'REC': expected an Instrument or one of GCC-ACC, GS-VER, VCS-VCU, CDM-CER, I-REC-E, EECS-GO, GC",
    ),
    (
        lambda x: convert(x, to_instrument=evolve(cl.instruments.BUILTIN["EECS-GO"], valid_months=24)),
        AlreadyRegisteredError,
        "instrument EECS-GO: entry 6 uses this id for another record; units of one id add, so they must be "
        "of one kind; give the other an id of its own [already-registered]",
    ),
    (
        lambda x: convert(x, to_instrument=evolve(cl.instruments.BUILTIN["GS-VER"], name="Mine")),
        AlreadyRegisteredError,
        "instrument GS-VER: this is the id of a built-in instrument with other fields, 'Gold Standard "
        "Verified Emission Reduction'; give yours another id [already-registered]",
    ),
    (
        lambda x: convert(x, 99),
        UnknownBatchError,
        "issuance 99: no such issuance in this ledger; give the number of its entry [unknown-batch]",
    ),
    (
        lambda x: convert(x, 12),
        UnknownBatchError,
        "issuance 12: entry 13 converted it already; see issuances('irec') [unknown-batch]",
    ),
    (
        lambda x: [x.void(15, reason="r"), convert(x)],
        UnknownBatchError,
        "issuance 15: entry 16 voided it already; see issuances('irec') [unknown-batch]",
    ),
    (
        lambda x: x.void(12, reason="r"),
        UnknownBatchError,
        "issuance 12: entry 13 converted it already; see issuances('irec') [unknown-batch]",
    ),
    (
        lambda x: [x.void(15, reason="r"), x.void(15, reason="r")],
        UnknownBatchError,
        "issuance 15: entry 16 voided it already; see issuances('irec') [unknown-batch]",
    ),
    (
        lambda x: convert(x, to_instrument="I-REC-E"),
        RefusedError,
        "issuance 15: its units are I-REC-E already; name the other instrument that its steps are to be "
        "issued for [same-instrument]",
    ),
    (
        lambda x: [x.withdraw("irec/2025/15/1-10", reason="r"), convert(x)],
        RefusedError,
        "issuance 15: it has no unit that counts, so there is none to retire for its steps; an issuer can "
        "void() it [nothing-to-convert]",
    ),
    (
        lambda x: [x.transfer("irec/2025/15/1-4", to="buyer"), convert(x)],
        NotHolderError,
        "issuance 15: its units are held by buyer, op; an issuance is converted whole, by the one account "
        "that has all of its units [not-holder]",
    ),
    (
        lambda x: x.void(evolve(x.batches("irec")[1], batch_id="hydro"), reason="r"),
        UnknownBatchError,
        f"batch hydro: {NO_BATCH} [unknown-batch]",
    ),
    (
        lambda x: x.void(evolve(x.batches("irec")[1], batch_id="go/2025/15"), reason="r"),
        UnknownBatchError,
        f"batch go/2025/15: {NO_BATCH} [unknown-batch]",
    ),
    (
        lambda x: x.void(evolve(x.batches("irec")[1], count=7), reason="r"),
        UnknownBatchError,
        "batch irec/2025/15: belongs to another ledger; list this ledger's batches with batches('irec') "
        "[unknown-batch]",
    ),
]


@each(TRADED)
def test_what_was_traded_is_refused_in_these_words(do: Do, kind: Kind, message: str) -> None:
    assert said(traded(), do, kind) == message


@each(LAPSED)
def test_what_lapsed_is_refused_in_these_words(do: Do, kind: Kind, message: str) -> None:
    assert said(lapsed(), do, kind) == message


@each(EXPIRED)
def test_what_expired_is_refused_in_these_words(do: Do, kind: Kind, message: str) -> None:
    assert said(expired(), do, kind) == message


@each(KEPT)
def test_what_was_converted_is_refused_in_these_words(do: Do, kind: Kind, message: str) -> None:
    assert said(kept(), do, kind) == message
