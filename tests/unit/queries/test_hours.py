"""Queries by time: the claims of steps, and the holdings of units of a time of generation."""

import pytest
from tests.conftest import Clock, device
from tests.support.hourly_plant import correct, hours, issue, record, set_up, text

import carbon_ledger as cl
from carbon_ledger.errors import NaiveTimeError, PeriodError, UnknownDeviceError
from carbon_ledger.serials import Block

MAY = cl.Period.month(2024, 5, zone="UTC")
JUNE = cl.Period.month(2024, 6, zone="UTC")


@pytest.fixture
def batch(ledger: cl.Ledger) -> cl.Batch:
    """Hours of 10, -1, 20 and 5 Wh."""
    set_up(ledger)
    return issue(ledger, [10, -1, 20, 5])


def test_a_claim_says_who_has_the_steps(ledger: cl.Ledger, batch: cl.Batch, clock: Clock) -> None:
    """Ledger-model section 3; the hour that was excluded is in none."""
    n = int(batch.batch_id.rsplit("/", 1)[1])
    first, second = ledger.claims("plant", MAY)
    assert (first.period, second.period) == (hours(0, 1), hours(2, 4))
    for claim in (first, second):
        assert (claim.device, claim.issuance_n, claim.project) == ("plant", n, "h")
        assert (claim.instrument, claim.account, claim.at) == ("GC", "op", ledger.entry(n).recorded_at)


@pytest.mark.parametrize(
    ("asked", "found"), [((0, 1), 1), ((1, 2), 0), ((3, 4), 1), ((0, 3), 2), ((4, 9), 0), ((-5, 0), 0)]
)
def test_only_claims_that_overlap_the_period_and_these_whole(
    ledger: cl.Ledger, batch: cl.Batch, asked: tuple[int, int], found: int
) -> None:
    claims = ledger.claims("plant", hours(*asked))
    assert len(claims) == found
    assert {claim.period for claim in claims} <= {hours(0, 1), hours(2, 4)}


def test_a_voided_claim_is_gone_and_known_as_of_before(ledger: cl.Ledger, batch: cl.Batch) -> None:
    """Invariants 5 and 25."""
    before, n = ledger.claims("plant", MAY), ledger.size - 1
    ledger.void(batch, reason="wrong")
    assert ledger.claims("plant", MAY) == ()
    assert ledger.as_of(entry=n).claims("plant", MAY) == before


def test_a_correction_leaves_the_claim(ledger: cl.Ledger, batch: cl.Batch) -> None:
    before = ledger.claims("plant", MAY)
    correct(ledger, [0])
    assert ledger.claims("plant", MAY) == before


def test_steps_that_a_conversion_keeps_say_what_for(ledger: cl.Ledger, batch: cl.Batch) -> None:
    """Invariant 5: nobody else's, and no issuance's yet."""
    before = ledger.claims("plant", MAY)
    ledger.convert(batch, to_instrument="I-REC-E", reason="the buyer asked for it")
    kept = ledger.claims("plant", MAY)
    assert [claim.period for claim in kept] == [claim.period for claim in before]
    assert {(c.issuance_n, c.project, c.instrument, c.account, c.kept) for c in kept} == {
        (ledger.size - 1, "h", "I-REC-E", "op", True)
    }
    assert {claim.kept for claim in before} == {False}


def test_claims_of_what_is_not_there(ledger: cl.Ledger) -> None:
    with pytest.raises(UnknownDeviceError):
        ledger.claims("ghost", MAY)
    set_up(ledger)
    with pytest.raises(PeriodError):
        ledger.claims("plant", "2024-05")
    assert ledger.claims("plant", MAY) == ()


def test_granular_holdings_by_the_hour_they_were_generated_in(ledger: cl.Ledger, batch: cl.Batch) -> None:
    ledger.transfer(Block(batch.batch_id, 8, 14), to="buyer")
    assert ledger.holdings("buyer", production=hours(0, 1)) == (Block(batch.batch_id, 8, 10),)
    assert ledger.holdings("buyer", production=hours(1, 4)) == (Block(batch.batch_id, 11, 14),)
    assert ledger.holdings("buyer", production=MAY) == (Block(batch.batch_id, 8, 14),)
    assert ledger.holdings("op", production=hours(2, 3)) == (Block(batch.batch_id, 15, 30),)
    assert ledger.holdings("op", production=JUNE) == ()
    half = cl.Period(hours(2, 3).start_utc + 1, hours(3, 4).end_utc)
    assert ledger.holdings("op", production=half) == (Block(batch.batch_id, 31, 35),)


def test_final_units_are_asked_for_in_the_same_way(ledger: cl.Ledger, batch: cl.Batch) -> None:
    ledger.retire(batch.hour(text(2)), beneficiary="B", purpose="P", period=MAY)
    assert ledger.holdings("op", state="retired", production=hours(2, 3)) == (Block(batch.batch_id, 11, 30),)
    assert ledger.holdings("op", state="retired", production=hours(0, 2)) == ()


def test_other_units_are_of_their_whole_production(ledger: cl.Ledger) -> None:
    """One unit of a month is of no single hour."""
    ledger.register_device(device(zone="UTC"))
    ledger.register_project(cl.Project(id="m", instrument="I-REC-E", zone="UTC", devices=("plant",)))
    record(ledger, [2_000_000, 3_000_000])
    (batch,) = ledger.issue("m", hours(0, 2), to="op")
    for production, expected in ((MAY, (batch.block,)), (hours(0, 2), (batch.block,)), (hours(0, 1), ()), (JUNE, ())):
        assert ledger.holdings("op", production=production) == expected


def test_a_production_is_a_period(ledger: cl.Ledger, batch: cl.Batch) -> None:
    with pytest.raises(PeriodError, match="production"):
        ledger.holdings("op", production="May")


def test_a_statement_is_cut_by_the_time_of_recording(ledger: cl.Ledger, batch: cl.Batch, clock: Clock) -> None:
    at = [clock.now]
    for count in (1, 2):
        clock.move(days=1)
        ledger.transfer(ledger.holdings("op")[0].take(count), to="buyer")
        at.append(clock.now)
    whole = ledger.statement("op").movements
    assert [item.active for item in whole] == [35, 34, 32]
    assert ledger.statement("op", since=at[1]).movements == whole[1:]
    assert ledger.statement("op", until=at[1]).movements == whole[:1]
    assert ledger.statement("op", since=at[1], until=at[2]).movements == whole[1:2]
    assert ledger.statement("op", since="2026-01-02T00:00Z", until="2026-01-03T00:00Z").movements == whole[1:2]
    assert ledger.statement("op", since="2031-01-01T00:00Z").movements == ()
    with pytest.raises(NaiveTimeError):
        ledger.statement("op", since="2026-01-02T00:00")
    with pytest.raises(PeriodError):
        ledger.statement("op", until=5)
