"""Declared conversion: units are retired, and their steps can be issued as one other instrument only."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from attrs import evolve
from tests.conftest import EVIDENCE, Clock, device, dump
from tests.support.forging import found_in
from tests.support.other_registry import BAKU, import_go
from tests.support.three_instruments import GC, GO, IREC, WHY, books, claimed, hours, issued, month, refusal

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core.entries.splitting import block_record
from carbon_ledger.core.issuance.conversion import converted_event

__all__ = ["books"]


CLAIM = {"beneficiary": "B Ltd", "purpose": "2025", "period": cl.Period.year(2025, zone="UTC")}


def test_all_units_are_retired_and_the_steps_kept_for_the_declared_instrument(books: cl.Ledger) -> None:
    """Invariants 5 and 14."""
    batch = issued(books)
    claim = books.convert(batch, to_instrument="EECS-GO", reason=WHY)
    assert (claim.blocks, claim.count, claim.instrument, claim.account) == ((batch.block,), 10, "I-REC-E", "op")
    assert (claim.beneficiary, claim.purpose, claim.period) == ("Op", "conversion to EECS-GO", month(2))
    assert books.retirement(claim.number) == claim
    assert books.retirements("op") == (claim,)
    assert books.entry(claim.n).event == {
        "batch": batch.batch_id,
        "first": 1,
        "last": 10,
        "issuance": 11,
        "account": "op",
        "instrument": GO.to_record(),
        "reason": WHY,
        "carry": [{"vintage": 2025, "amount": "0"}],
    }
    assert books.balance("op", instrument="I-REC-E").retired == 10
    (issuance,) = books.issuances("irec")
    assert (issuance.voided, issuance.converted, issuance.counted, issuance.amounts) == (True, True, 0, ())
    (kept,) = books.claims("plant", month(2))
    assert (kept.issuance_n, kept.project, kept.instrument, kept.account, kept.kept) == (
        claim.n,
        "irec",
        "EECS-GO",
        "op",
        True,
    )


def test_carry_is_computed_again_as_in_voiding(books: cl.Ledger) -> None:
    """S7's figures: 10.6 and 10.6 issue 10 and 11; without the first, what was carried from it is owed."""
    first, second = issued(books), issued(books, k=3)
    assert (first.count, second.count) == (10, 11)
    books.convert(first, to_instrument="EECS-GO", reason=WHY)
    carry = books.carry("irec")
    assert (carry.carry, carry.claimed, carry.counted) == (Decimal("-0.4"), Decimal("10.6"), 11)
    assert books.reconcile("irec", month(3)).debit == Decimal("0.4")
    books.record_generation("plant", month(4), net="1.5 MWh")
    assert issued(books, k=4).count == 1
    assert books.carry("irec").carry == Decimal("0.1")


def test_units_that_were_sold_whole_can_be_converted_by_whoever_has_them_all(books: cl.Ledger) -> None:
    batch = issued(books)
    books.transfer(batch, to="buyer")
    assert "are not op's but buyer's" in refusal(
        errors.NotHolderError, books, lambda: books.convert(batch, to_instrument="EECS-GO", reason=WHY, from_="op")
    )
    claim = books.convert(batch, to_instrument="EECS-GO", reason=WHY)
    assert (claim.account, claim.beneficiary) == ("buyer", "Buyer")


def test_units_that_were_taken_back_before_are_left_out(books: cl.Ledger) -> None:
    """A correction withdrew two, the issuer one: seven count, and with them 8 MWh are freed."""
    batch = issued(books)
    books.correct_generation("plant", month(2), net="8 MWh", reason="r", evidence=EVIDENCE)
    books.withdraw(f"{batch.batch_id}/4", reason="r")
    claim = books.convert(batch, to_instrument="EECS-GO", reason=WHY)
    assert [(block.first, block.last) for block in claim.blocks] == [(1, 3), (5, 8)]
    assert books.entry(claim.n).event["more"] == [{"batch": batch.batch_id, "first": 5, "last": 8}]
    assert issued(books, "go").count == 8
    # The forfeited unit is still owed by the project that forfeited it.
    assert (books.carry("irec").carry, books.carry("irec").adjustments) == (Decimal(-1), -1)


def test_a_debit_of_units_that_were_sold_ends_with_them(books: cl.Ledger) -> None:
    batch = issued(books)
    books.transfer(batch, to="buyer")
    books.correct_generation("plant", month(2), net="8 MWh", reason="r", evidence=EVIDENCE)
    assert books.carry("irec").carry == -2
    assert books.convert(batch, to_instrument="EECS-GO", reason=WHY).count == 10
    assert books.carry("irec").carry == 0
    assert issued(books, "go").count == 8


def test_an_issuance_of_converted_steps_can_be_converted_on(books: cl.Ledger) -> None:
    """I-REC to GO and back: each conversion keeps them for the instrument it declared."""
    books.convert(issued(books), to_instrument="EECS-GO", reason=WHY)
    second = issued(books, "go", to="buyer")
    books.convert(second, to_instrument="I-REC-E", reason="back again")
    assert claimed(books) == [("I-REC-E", True)]
    assert refusal(errors.DoubleIssuanceError, books, lambda: issued(books, "go"))
    third = issued(books)
    books.void(third, reason="r")
    assert claimed(books) == [("I-REC-E", True)]
    assert str(issued(books)) == "irec/2025/20/1-10"


def test_granular_certificates_convert_both_ways(books: cl.Ledger) -> None:
    """S5's hours: 3, -1 and 2 MWh are 5,000,000 granular units of hours 1 and 3, or 4 certificates of all three."""
    start = hours(1).start
    books.record_readings("plant", start=start, step="1 hour", net_wh=[3_000_000, -1_000_000, 2_000_000])
    three = cl.Period(hours(1).start_utc, hours(1).start_utc + 3 * 3600)
    (batch,) = books.issue("gc", three, to="op")
    claim = books.convert(batch, to_instrument="I-REC-E", reason=WHY)
    assert claim.count == 5_000_000
    assert books.carry("gc").carry == 0
    assert [hour.count for hour in books.hours(batch)] == [3_000_000, 2_000_000]
    # The hour at or below zero was never claimed, and goes with the others.
    (certificates,) = books.issue("irec", three, to="op")
    assert certificates.count == 4
    books.convert(certificates, to_instrument="GC", reason=WHY)
    (again,) = books.issue("gc", three, to="op")
    assert (again.count, [hour.count for hour in books.hours(again)]) == (5_000_000, [3_000_000, 2_000_000])
    assert [item.kept for item in books.claims("plant", three)] == [False, True, False]
    books.void(again, reason="r")
    assert {(item.instrument, item.kept) for item in books.claims("plant", three)} == {("GC", True)}


def test_a_batch_of_one_vintage_stands_for_its_whole_issuance(books: cl.Ledger) -> None:
    """Whole issuances only: batches of two vintages are converted together."""
    old = cl.Period.month(2024, 12, zone=BAKU)
    books.record_generation("plant", old, net="5 MWh")
    books.record_generation("plant", month(1), net="3 MWh")
    both = books.issue("irec", cl.Period(old.start_utc, month(1).end_utc), to="op")
    books.transfer(both[1].take(1), to="buyer")
    assert "issuance 13: its units are held by buyer, op; an issuance is converted whole" in refusal(
        errors.NotHolderError, books, lambda: books.convert(both[0], to_instrument="EECS-GO", reason=WHY)
    )
    books.transfer(f"{both[1].batch_id}/1", to="op")
    claim = books.convert(both[0], to_instrument="EECS-GO", reason=WHY)
    assert claim.blocks == (both[0].block, both[1].block)
    assert books.carry("irec").counted == 0


def test_what_is_said_of_a_conversion(books: cl.Ledger) -> None:
    """Statement, trace and reconciliation."""
    batch = issued(books)
    claim = books.convert(batch, to_instrument="EECS-GO", reason=WHY)
    moved = books.statement("op").movements[-1]
    assert (moved.type, moved.changes) == ("units.converted", (("active", -10), ("retired", 10)))
    words = f"{batch} retired for a conversion to EECS-GO: {WHY} ({claim.number})"
    assert moved.detail == f"{words}; carry 0"
    trace = books.trace(f"{batch.batch_id}/3")
    assert (trace.told[-1], trace.sources) == (words, ())
    assert [(item.type, item.amounts, item.withdrawn) for item in trace.revisions] == [("units.converted", (), ())]
    found = books.reconcile("irec", month(2))
    assert (found.claimed_wh, found.claimed_elsewhere_wh, found.unclaimed_wh) == (0, 10_600_000, 0)
    found = books.reconcile("go", month(2))
    assert (found.claimed_wh, found.claimed_elsewhere_wh, found.unclaimed_wh) == (0, 0, 10_600_000)


@pytest.mark.parametrize(
    ("before", "kind", "message"),
    [
        (lambda x, b: x.retire(b.take(1), **CLAIM), errors.NotActiveError, "is retired, for ever"),
        (lambda x, b: x.cancel(b.take(1), reason="r"), errors.NotActiveError, "is cancelled, for ever"),
        (lambda x, b: x.export(b.take(1), to_registry="r", reference="7"), errors.NotActiveError, "is exported"),
        (lambda x, b: x.lock(b.take(1), reason="r"), errors.NotActiveError, "is locked"),
        (lambda x, b: x.offer(b.take(1), to="buyer"), errors.NotActiveError, "is pending"),
        (lambda x, b: x.transfer(b.take(1), to="buyer"), errors.NotHolderError, "held by buyer, op; "),
        (lambda x, b: x.void(b, reason="r"), errors.UnknownBatchError, "entry 12 voided it already"),
        (lambda x, b: x.convert(b, to_instrument="GC", reason="r"), errors.UnknownBatchError, "entry 12 converted it"),
        (lambda x, b: x.withdraw(b, reason="r"), errors.RefusedError, "nothing-to-convert: issuance 11"),
    ],
)
def test_every_unit_that_counts_has_to_be_active_and_in_one_account(
    books: cl.Ledger,
    before: Callable[[cl.Ledger, cl.Batch], object],
    kind: type[errors.CarbonLedgerError],
    message: str,
) -> None:
    batch = issued(books)
    before(books, batch)
    assert message in refusal(kind, books, lambda: books.convert(batch, to_instrument="EECS-GO", reason=WHY))


def test_what_is_converted_is_not_voided(books: cl.Ledger) -> None:
    batch = issued(books)
    books.convert(batch, to_instrument="EECS-GO", reason=WHY)
    assert "converted it already" in refusal(errors.UnknownBatchError, books, lambda: books.void(batch, reason="r"))


def test_expired_units_free_nothing(books: cl.Ledger, clock: Clock) -> None:
    batch = issued(books, "go")
    clock.move(days=400)
    assert "EECS-GO of this batch expired" in refusal(
        errors.ExpiredError, books, lambda: books.convert(batch, to_instrument="I-REC-E", reason=WHY)
    )


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        ({"to_instrument": "I-REC-E"}, errors.RefusedError, "same-instrument: issuance 11"),
        ({"to_instrument": "REC"}, errors.QuantityError, "instrument 'REC'"),
        ({"to_instrument": evolve(GO, valid_months=24)}, errors.AlreadyRegisteredError, "instrument EECS-GO"),
        ({"reason": ""}, errors.QuantityError, "reason ''"),
        ({"from_": "nobody"}, errors.UnknownAccountError, "nobody"),
        ({"issuance": 7}, errors.UnknownBatchError, "no such issuance"),
        ({"issuance": 99}, errors.UnknownBatchError, "no such issuance"),
    ],
)
def test_what_cannot_be_converted_is_refused_by_name(
    books: cl.Ledger, given: dict[str, Any], kind: type[errors.CarbonLedgerError], message: str
) -> None:
    arguments = {"issuance": issued(books), "to_instrument": "EECS-GO", "reason": WHY} | given
    assert message in refusal(kind, books, lambda: books.convert(**arguments))


def test_an_issuance_that_made_no_unit_has_nothing_to_retire(books: cl.Ledger) -> None:
    books.record_generation("plant", month(4), net="0.6 MWh")
    assert books.issue("irec", month(4), to="op") == ()
    n = books.issuances("irec")[0].n
    said = refusal(errors.RefusedError, books, lambda: books.convert(n, to_instrument="EECS-GO", reason=WHY))
    assert said.startswith("nothing-to-convert: ")
    books.void(n, reason="r")


def test_an_instrument_that_nobody_used_yet_is_pinned(books: cl.Ledger) -> None:
    """Its id means one record from then on, for a project that is registered later."""
    mine = cl.Instrument(id="TIGR", name="TIGR", unit="MWh", claim="energy-attribute", source="a test")
    books.convert(issued(books), to_instrument=mine, reason=WHY)
    project = cl.Project(id="tigr", instrument=evolve(mine, name="Another"), zone=BAKU, devices=("plant",))
    assert "instrument TIGR: entry 12 uses this id" in refusal(
        errors.AlreadyRegisteredError, books, lambda: books.register_project(project)
    )
    books.register_project(evolve(project, instrument=mine))
    assert issued(books, "tigr").count == 10


def test_a_historic_baseline_is_converted_from_the_last_issuance_of_its_years_on(books: cl.Ledger) -> None:
    """A yearly baseline was subtracted in the first, so what came later in the year rests on it."""
    books.register_device(device("old", capacity_before="100 MW"))
    retrofit = cl.Project(
        id="retrofit",
        instrument="GCC-ACC",
        zone=BAKU,
        devices=("old",),
        methodology="ACM0002@22.0",
        baseline="retrofit",
        crediting_period=cl.Period.years("2025-01-01", 7, zone=BAKU),
        history=dict.fromkeys(range(2018, 2023), "10 MWh"),
        replaced_on="2035-01-01",
    )
    books.register_project(retrofit)
    factor = cl.EmissionFactor(
        factor_id="f", value="0.5", unit="tCO2e/MWh", kind="combined_margin", region="AZ", source="a test"
    )
    waivers = [cl.Waiver(name, "a test") for name in ("methodology-text", "factor-method")]
    made = []
    for k in (5, 6):
        books.record_generation("old", month(k), net="20 MWh")
        made += books.issue("retrofit", month(k), to="op", factor=factor, waivers=waivers)
    said = refusal(errors.RefusedError, books, lambda: books.convert(made[0], to_instrument="I-REC-E", reason=WHY))
    assert said.startswith("later-issuance: ")
    for batch in reversed(made):
        books.convert(batch, to_instrument="I-REC-E", reason=WHY)
    assert books.carry("retrofit").carry == 0


def test_a_conversion_changes_what_an_approval_covered(books: cl.Ledger) -> None:
    batch = issued(books)
    (standing,) = books.approve(books.quantify("go", month(3)))
    (lapsing,) = books.approve(books.quantify("go", cl.Period(month(2).start_utc, month(3).end_utc)))
    books.convert(batch, to_instrument="EECS-GO", reason=WHY)
    statuses = {item.n: item.status for item in books.approvals("go")}
    assert statuses == {standing.n: "standing", lapsing.n: "lapsed"}


def test_a_retry_converts_once(books: cl.Ledger) -> None:
    """Invariant 26."""
    batch = issued(books)
    first = books.convert(batch, to_instrument="EECS-GO", reason=WHY, key="k")
    size = books.size
    assert books.convert(11, to_instrument=GO, reason=WHY, key="k") == first
    assert books.size == size
    assert refusal(errors.IdempotencyError, books, lambda: books.convert(batch, to_instrument=GC, reason=WHY, key="k"))


def test_a_conversion_of_very_many_blocks_is_refused_whole(books: cl.Ledger) -> None:
    """One entry says all of it, and an entry holds 65,535 bytes."""
    books.record_readings("plant", start=hours(1).start, step="1 hour", net_wh=[100_000] * 2)
    (batch,) = books.issue("gc", hours(1), to="op", waivers=[cl.Waiver("gap", "a test")])
    holes = [f"{batch.batch_id}/{k}" for k in range(2, 4_000, 2)]
    books.withdraw(holes, reason="r")
    assert refusal(errors.EntryTooLargeError, books, lambda: books.convert(batch, to_instrument="I-REC-E", reason=WHY))


FORGED: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda event: event.update(last=9), "its blocks are not exactly the units of issuance 11 that were not withdrawn"),
    (lambda event: event.update(first=2), "not exactly the units of issuance 11"),
    (lambda event: event.update(more=[{"batch": event["batch"], "first": 4, "last": 4}]), "overlap"),
    (lambda event: event["carry"][0].update(amount="0.6"), "expected [{'amount': '0', 'vintage': 2025}]"),
    (lambda event: event.update(account="buyer"), "are not buyer's but op's"),
    (lambda event: event.update(account="nobody"), "account nobody"),
    (lambda event: event.update(issuance=9), "no such issuance"),
    (lambda event: event.update(instrument=IREC.to_record()), "same-instrument"),
    (lambda event: event["instrument"].update(name="Another"), "uses this id for another record"),
    (lambda event: event["instrument"].update(unit="tCO2e"), "expected emission-reduction"),
]


@pytest.mark.parametrize(("change", "message"), FORGED)
def test_a_changed_entry_is_found(books: cl.Ledger, change: Callable[[dict[str, Any]], object], message: str) -> None:
    claim = books.convert(issued(books), to_instrument="EECS-GO", reason=WHY)
    found = found_in(books, claim.n, change)
    assert (found.entry, message in found.detail) == (claim.n, True), found


def test_imported_units_are_no_issuance_and_keep_no_step(books: cl.Ledger) -> None:
    import_go(books, 1, 10)
    assert claimed(books) == []
    assert issued(books).count == 10


def test_a_command_converts_one_issuance(books: cl.Ledger) -> None:
    """Invariant 14: a second conversion of one command would be a part of the first one's statement."""
    events = []
    for batch in (issued(books), issued(books, k=3)):
        blocks, event = converted_event(books._store.view(), int(batch.batch_id[-2:]), GO, None, WHY)
        events.append(("units.converted", {**block_record(blocks[0]), **event}))
    before = dump(books)
    with pytest.raises(errors.BrokenLogError, match="one issuance, and entry 14 of the same command is"):
        books._record("forged", {}, lambda _: events, key=None, by=None)
    assert dump(books) == before


OTHERS = [{"batch_id": "elsewhere/2025/11"}, {"count": 7}, {"batch_id": "hydro"}, {"batch_id": "irec/2025/x"}]


@pytest.mark.parametrize("fields", OTHERS)
def test_a_batch_of_another_ledger_names_no_issuance_of_this_one(books: cl.Ledger, fields: dict[str, Any]) -> None:
    """Its number is that of an issuance here, which nobody meant."""
    ours = issued(books)
    other = evolve(ours, **fields)
    for do in (books.void, partial(books.convert, to_instrument="EECS-GO")):
        assert "batch" in refusal(errors.UnknownBatchError, books, partial(do, other, reason=WHY))
    books.void(books.as_of(entry=11).batches("irec")[0], reason=WHY)
    assert [item.voided for item in books.issuances("irec")] == [True]


@pytest.mark.parametrize("number", [[], {}, "11", True, Decimal("sNaN")])
def test_what_is_no_number_of_an_issuance_is_refused(books: cl.Ledger, number: object) -> None:
    issued(books)
    for do in (books.void, partial(books.convert, to_instrument="EECS-GO")):
        assert refusal(errors.UnknownBatchError, books, partial(do, number, reason=WHY))
