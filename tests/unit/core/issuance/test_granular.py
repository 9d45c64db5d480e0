"""Corrections under granular certificates: each hour answers for its own units (decision 18)."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from attrs import evolve
from tests.conftest import device
from tests.support.hourly_plant import correct, hours, issue, record, set_up, text

import carbon_ledger as cl
from carbon_ledger.audit.invariants import broken_invariants
from carbon_ledger.core.issuance.documents import quantification_at
from carbon_ledger.core.state.rows import Issuance
from carbon_ledger.errors import EntryTooLargeError, RefusedError
from carbon_ledger.serials import Block


def told(ledger: cl.Ledger) -> tuple[int, int, int, int]:
    """Claimed amount, adjustments, counted units and carry of the project; everything must hold."""
    found = ledger.carry("h")
    assert found.carry == found.claimed + found.adjustments - found.counted
    assert [item.vintage for item in found.vintages] in ([], [None])
    assert ledger.reconcile("h", hours(0, 24)).holds
    assert ledger.audit().findings == ()
    return int(found.claimed), found.adjustments, found.counted, int(found.carry)


@pytest.fixture
def batch(ledger: cl.Ledger) -> cl.Batch:
    """Hours of 10, -1 and 20 Wh."""
    set_up(ledger)
    return issue(ledger, [10, -1, 20])


def test_a_lowered_hour_gives_up_its_own_highest_serials(ledger: cl.Ledger, batch: cl.Batch) -> None:
    """Ledger-model section 7; not the highest of the batch, which are of another hour."""
    done = correct(ledger, [7])
    assert done.withdrawn == (Block(batch.batch_id, 8, 10),)
    assert done.issuances == (int(batch.batch_id.rsplit("/", 1)[1]),)
    assert told(ledger) == (27, 0, 27, 0)
    assert ledger.balance("op").active == 27
    assert ledger.trace(f"{batch.batch_id}/11").interval == hours(2, 3)
    assert ledger.trace(f"{batch.batch_id}/9").interval == hours(0, 1)
    assert batch.hour(text(0)) == Block(batch.batch_id, 1, 10)


def test_several_hours_at_once(ledger: cl.Ledger, batch: cl.Batch) -> None:
    """The hour that was excluded is no claim: its correction is free."""
    done = correct(ledger, [9, 4, 18])
    assert done.withdrawn == (Block(batch.batch_id, 10, 10), Block(batch.batch_id, 29, 30))
    assert told(ledger) == (27, 0, 27, 0)
    (late,) = ledger.issue("h", hours(0, 3), to="op")
    assert late.hour(text(1)).count == late.count == 4


def test_a_surplus_is_forfeited_and_hides_no_shortage(ledger: cl.Ledger, batch: cl.Batch) -> None:
    """An hour's surplus is no unit of another hour."""
    done = correct(ledger, [4, -1, 26])
    assert done.withdrawn == (Block(batch.batch_id, 5, 10),)
    assert told(ledger) == (30, -6, 24, 0)


def test_a_correction_that_is_taken_back_leaves_nothing(ledger: cl.Ledger, batch: cl.Batch) -> None:
    correct(ledger, [15])
    assert told(ledger) == (35, -5, 30, 0)
    assert correct(ledger, [10]).withdrawn == ()
    assert told(ledger) == (30, 0, 30, 0)


def test_what_was_given_up_does_not_come_back(ledger: cl.Ledger, batch: cl.Batch) -> None:
    """Invariant 12: withdrawn for ever; the energy that turns out to be there is forfeited."""
    correct(ledger, [7])
    assert correct(ledger, [10]).withdrawn == ()
    assert told(ledger) == (30, -3, 27, 0)


def test_a_sold_hour_that_is_lowered_is_a_debit(ledger: cl.Ledger, batch: cl.Batch) -> None:
    """Invariant 15: it deletes nothing; the unsold ones of the hour go first."""
    ledger.transfer(batch.hour(text(0)).cut(4)[1], to="buyer")
    done = correct(ledger, [3])
    assert done.withdrawn == (Block(batch.batch_id, 1, 4),)
    assert told(ledger) == (23, 0, 26, -3)
    assert ledger.balance("buyer").active == 6
    assert ledger.reconcile("h", hours(0, 3)).debit == 3


def test_of_what_is_left_of_an_hour_the_highest_go_first(ledger: cl.Ledger, batch: cl.Batch) -> None:
    ledger.transfer(Block(batch.batch_id, 5, 6), to="buyer")
    assert correct(ledger, [8]).withdrawn == (Block(batch.batch_id, 9, 10),)
    assert correct(ledger, [5]).withdrawn == (Block(batch.batch_id, 4, 4), Block(batch.batch_id, 7, 8))
    assert told(ledger) == (25, 0, 25, 0)


def test_units_that_left_and_came_back_are_not_taken(ledger: cl.Ledger, batch: cl.Batch) -> None:
    """Ledger-model section 7: only those that never left the issuing account."""
    ledger.transfer(batch.hour(text(0)), to="buyer")
    ledger.transfer(batch.hour(text(0)), to="op")
    assert correct(ledger, [8]).withdrawn == ()
    assert told(ledger)[3] == -2


def test_retired_units_stay_retired(ledger: cl.Ledger, batch: cl.Batch) -> None:
    """Invariant 12."""
    ledger.retire(batch.hour(text(0)), beneficiary="B", purpose="P", period=hours(0, 3))
    assert correct(ledger, [0]).withdrawn == ()
    assert told(ledger) == (20, 0, 30, -10)
    assert ledger.balance("op").retired == 10


def test_an_hour_that_turns_negative_counts_nothing(ledger: cl.Ledger, batch: cl.Batch) -> None:
    """Invariant 28: it subtracts from no other hour, and stays claimed: the claim stays with its interval."""
    done = correct(ledger, [-8])
    assert done.withdrawn == (Block(batch.batch_id, 1, 10),)
    assert told(ledger) == (20, 0, 20, 0)
    assert ledger.claims("plant", hours(0, 1)) != ()
    with pytest.raises(cl.errors.DoubleIssuanceError):
        ledger.issue("h", hours(0, 1), to="op")


def test_all_hours_can_turn_to_nothing(ledger: cl.Ledger, batch: cl.Batch) -> None:
    correct(ledger, [0, 0, 0])
    assert told(ledger) == (0, 0, 0, 0)
    assert correct(ledger, [1, 0, 2]).withdrawn == ()
    assert told(ledger) == (3, -3, 0, 0)


def debited(ledger: cl.Ledger, batch: cl.Batch, owed: int) -> None:
    """Sell the third hour and lower it."""
    ledger.transfer(batch.hour(text(2)), to="buyer")
    correct(ledger, [20 - owed], 2)
    assert ledger.carry("h").carry == -owed


def test_the_next_issuance_pays_with_its_first_wh(ledger: cl.Ledger, batch: cl.Batch) -> None:
    """Ledger-model section 5: steps are claimed as usual, for no unit, until the debit is made good."""
    debited(ledger, batch, 5)
    following = issue(ledger, [2, 7, 4], 10)
    assert following.count == 8
    with pytest.raises(cl.errors.SerialError):
        following.hour(text(10))
    assert following.hour(text(11)) == Block(following.batch_id, 1, 4)
    assert following.hour(text(12)) == Block(following.batch_id, 5, 8)
    assert told(ledger) == (38, 0, 38, 0)
    assert ledger.claims("plant", hours(10, 11))[0].issuance_n == int(following.batch_id.rsplit("/", 1)[1])


def test_a_small_issuance_pays_a_part_and_has_no_batch(ledger: cl.Ledger, batch: cl.Batch) -> None:
    debited(ledger, batch, 5)
    assert ledger.issue("h", record(ledger, [3], 10), to="op") == ()
    assert told(ledger) == (28, 0, 30, -2)
    assert issue(ledger, [9], 11).count == 7
    assert told(ledger)[3] == 0


def test_devices_pay_one_after_the_other(ledger: cl.Ledger) -> None:
    """A debit is the project's, as carry is; one command issues for each device."""
    set_up(ledger, devices=("plant", "other"))
    record(ledger, [0], name="other")
    sold = issue(ledger, [9])
    ledger.transfer(sold, to="buyer")
    correct(ledger, [2])
    record(ledger, [3], 1)
    record(ledger, [8], 1, name="other")
    (batch,) = ledger.issue("h", hours(1, 2), to="op")
    assert (batch.device, batch.count) == ("other", 4)
    assert told(ledger) == (13, 0, 13, 0)


def test_a_quantification_is_of_one_device_after_a_correction_too(ledger: cl.Ledger) -> None:
    set_up(ledger, devices=("plant", "other"))
    record(ledger, [9, 4])
    record(ledger, [3, 3], name="other")
    ledger.issue("h", hours(0, 2), to="op")
    done = correct(ledger, [2])
    result = quantification_at(ledger._store.view(), done.n - 1)
    assert [(item.device, item.net_wh) for item in result.steps] == [("plant", 6)]
    assert ledger.issuances("h")[0].quantification == result.digest


def test_energy_that_turns_up_pays_before_it_is_forfeited(ledger: cl.Ledger, batch: cl.Batch) -> None:
    """The hour that lacked energy has it again; another hour of the issuance cannot pay for it unasked."""
    debited(ledger, batch, 5)
    correct(ledger, [17])
    assert told(ledger) == (32, -7, 30, -5)
    correct(ledger, [23], 2)
    assert told(ledger) == (40, -10, 30, 0)


def test_what_was_paid_is_owed_again_where_its_energy_is_gone(ledger: cl.Ledger, batch: cl.Batch) -> None:
    debited(ledger, batch, 5)
    issue(ledger, [5, 7], 10)
    assert told(ledger)[3] == 0
    correct(ledger, [3], 10)
    assert told(ledger) == (35, 0, 37, -2)
    correct(ledger, [5], 10)
    assert told(ledger) == (37, 0, 37, 0)


def test_voiding_what_paid_brings_the_debit_back(ledger: cl.Ledger, batch: cl.Batch) -> None:
    debited(ledger, batch, 5)
    paying = issue(ledger, [8], 10)
    ledger.void(paying, reason="wrong account")
    assert told(ledger) == (25, 0, 30, -5)
    (again,) = ledger.issue("h", hours(10, 11), to="op")
    assert again.count == 3
    assert told(ledger)[3] == 0


def test_voiding_what_lacked_energy_ends_its_debit(ledger: cl.Ledger, batch: cl.Batch) -> None:
    """All its units are back where they were issued, so nothing is out any more."""
    debited(ledger, batch, 5)
    ledger.transfer(batch.hour(text(2)), to="op")
    ledger.void(batch, reason="misread")
    assert told(ledger) == (0, 0, 0, 0)
    (again,) = ledger.issue("h", hours(0, 3), to="op")
    assert again.count == 25


def test_what_was_paid_for_a_voided_issuance_is_given_back_by_voiding(ledger: cl.Ledger, batch: cl.Batch) -> None:
    debited(ledger, batch, 5)
    paying = issue(ledger, [8], 10)
    ledger.transfer(batch.hour(text(2)), to="op")
    ledger.void(batch, reason="misread")
    assert told(ledger) == (8, -5, 3, 0)
    ledger.void(paying, reason="paid for nothing")
    assert told(ledger) == (0, 0, 0, 0)
    (again,) = ledger.issue("h", hours(10, 11), to="op")
    assert again.count == 8


def test_units_withdrawn_before_the_correction_count_towards_it(ledger: cl.Ledger, batch: cl.Batch) -> None:
    """The issuer can take units of the hour back from whoever holds them, and then correct without a debit."""
    ledger.transfer(batch.hour(text(0)), to="buyer")
    ledger.withdraw(Block(batch.batch_id, 2, 4), reason="the hour was misread")
    assert told(ledger) == (30, -3, 27, 0)
    assert correct(ledger, [7]).withdrawn == ()
    assert told(ledger) == (27, 0, 27, 0)


def test_units_withdrawn_after_it_are_forfeited(ledger: cl.Ledger, batch: cl.Batch) -> None:
    """Ledger-model section 7: a withdrawal leaves carry as it is."""
    debited(ledger, batch, 5)
    ledger.withdraw(batch.hour(text(2)).take(5), reason="goodwill")
    assert told(ledger) == (25, -5, 25, -5)


def test_both_vintages_of_a_step_answer_for_it(ledger: cl.Ledger) -> None:
    set_up(ledger, zone="Asia/Kolkata")
    start = "2023-12-31T17:00Z"
    ledger.record_readings("plant", start=start, step="1 hour", net_wh=[5, 12, 4])
    period = cl.Period.of(start, "2023-12-31T20:00Z")
    older, newer = ledger.issue("h", period, to="op", waivers=[cl.Waiver("straddling-step", "by the hour of UTC")])
    done = ledger.correct_readings(
        "plant", start="2023-12-31T18:00Z", step="1 hour", net_wh=[7], reason="misread", evidence="sha256:" + "e" * 64
    )
    # 12 was 6 and 6; 7 is 4 and 3
    assert done.withdrawn == (Block(older.batch_id, 10, 11), Block(newer.batch_id, 4, 6))
    assert ledger.carry("h").carry == 0
    assert ledger.audit().findings == ()


def test_a_vintage_that_only_pays_hides_no_other(ledger: cl.Ledger, batch: cl.Batch) -> None:
    """Two hours of 2023 pay the debit and have no batch; those of 2024 pay the rest, and answer for their own."""
    debited(ledger, batch, 5)
    start = "2023-12-31T22:00Z"
    ledger.record_readings("plant", start=start, step="1 hour", net_wh=[2, 1, 10, 20])
    (following,) = ledger.issue("h", cl.Period.of(start, "2024-01-01T02:00Z"), to="op")
    assert (following.vintage, following.count) == (2024, 28)
    done = ledger.correct_readings(
        "plant", start="2024-01-01T00:00Z", step="1 hour", net_wh=[4], reason="misread", evidence="sha256:" + "e" * 64
    )
    assert done.withdrawn == (Block(following.batch_id, 5, 8),)
    assert ledger.audit().findings == ()


def test_what_was_voided_counts_nothing(ledger: cl.Ledger, batch: cl.Batch) -> None:
    """Invariant 6: no unit, no amount, and nothing towards a debit that it paid."""
    debited(ledger, batch, 5)
    following = issue(ledger, [2, 7, 4], 10)
    (before,) = (item for item in ledger.issuances("h") if item.counted == 8)
    assert before.toward_debit == 5
    ledger.void(following, reason="an order")
    after = ledger._view().issuance(before.n)
    assert after == evolve(before, from_n=ledger.size - 1, counted=0, amounts=(), voided=True, toward_debit=0)


# --- refused ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step_s", "first", "values"), [(1800, 0, [5, 5]), (900, 0, [1, 2, 3, 4]), (1800, 4, [10, 10])]
)
def test_a_correction_keeps_the_steps_that_were_certified(
    ledger: cl.Ledger, batch: cl.Batch, step_s: int, first: int, values: list[int]
) -> None:
    before = ledger.size
    with pytest.raises(
        RefusedError, match=r"certificates for steps of 3600 s, .*; correct with steps that begin and end"
    ) as refused:
        correct(ledger, values, first, step_s=step_s)
    assert refused.value.rule == "granular-steps"
    assert ledger.size == before


def test_longer_steps_are_refused_too(ledger: cl.Ledger) -> None:
    set_up(ledger)
    record(ledger, [1, 2, 3, 4], step_s=900)
    ledger.issue("h", hours(0, 1), to="op")
    with pytest.raises(RefusedError) as refused:
        correct(ledger, [10])
    assert refused.value.rule == "granular-steps"
    assert correct(ledger, [1, 1, 3, 4], step_s=900).withdrawn != ()


def test_a_correction_of_unclaimed_steps_is_free(ledger: cl.Ledger, batch: cl.Batch) -> None:
    """The hour that was excluded may take any steps."""
    assert correct(ledger, [2, 2], 2, step_s=1800).issuances == ()
    (late,) = ledger.issue("h", hours(0, 3), to="op")
    assert late.hour(text(1, 30)).count == 2


def test_a_correction_that_withdraws_from_very_many_hours_is_done_in_parts(ledger: cl.Ledger) -> None:
    """An entry holds 65,535 bytes; each lowered hour is a block in it."""
    set_up(ledger)
    period = record(ledger, [83_000_000] * 1200)
    ledger.issue("h", period, to="op")
    with pytest.raises(EntryTooLargeError):
        correct(ledger, [82_000_000] * 1200)
    assert correct(ledger, [82_000_000] * 600).withdrawn != ()
    assert ledger.carry("h").carry == 0


def test_a_correction_under_two_projects_does_both(ledger: cl.Ledger) -> None:
    """The hours of one are granular, those of the other are not: each by its own rule."""
    set_up(ledger)
    ledger.register_project(cl.Project(id="months", instrument="I-REC-E", zone="UTC", devices=("plant",)))
    record(ledger, [9_000_000, 2_500_000])
    (fine,) = ledger.issue("h", hours(0, 1), to="op")
    (coarse,) = ledger.issue("months", hours(1, 2), to="op")
    done = correct(ledger, [8_999_999, 1_500_000])
    assert done.withdrawn == (Block(fine.batch_id, 9_000_000, 9_000_000), Block(coarse.batch_id, 2, 2))
    assert ledger.carry("months").carry == Decimal("0.5")
    assert ledger.carry("h").carry == 0
    assert ledger.audit().findings == ()


# --- the audit ----------------------------------------------------------------------------------------


def test_the_audit_recounts_every_hour(ledger: cl.Ledger, batch: cl.Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that forgot what hours lack would derive such a row; the sums are checked apart from the rules."""
    debited(ledger, batch, 5)
    store = ledger._store
    assert list(broken_invariants(store, 100)[1]) == []
    newest = type(store).latest_rows

    def forgetful(self: object, table: str, *order: str) -> Iterator[object]:
        for row in newest(self, table, *order):
            yield evolve(row, toward_debit=0) if isinstance(row, Issuance) else row

    monkeypatch.setattr(type(store), "latest_rows", forgetful)
    problems = list(broken_invariants(store, 100)[1])
    assert [problem for problem in problems if "owe 0 in total" in problem] != []
    assert [problem for problem in problems if "allow -5 at most" in problem] != []


def test_a_device_of_another_project_is_left_alone(ledger: cl.Ledger, batch: cl.Batch) -> None:
    ledger.register_device(device("second", zone="UTC"))
    ledger.register_project(cl.Project(id="g", instrument="GC", zone="UTC", devices=("second",)))
    record(ledger, [4], name="second")
    ledger.issue("g", hours(0, 1), to="op")
    correct(ledger, [3])
    assert ledger.carry("g").counted == 4
    assert told(ledger)[:3] == (batch.count - 7, 0, batch.count - 7)
