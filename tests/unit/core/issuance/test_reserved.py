"""Steps that a conversion reserves for another instrument: who can issue them, and what releases them."""

from decimal import Decimal
from itertools import pairwise

from tests.conftest import EVIDENCE, Opener, dump
from tests.support.forging import found_in
from tests.support.other_registry import set_up
from tests.support.three_instruments import GC, WHY, books, claimed, hours, issued, month, refusal

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core.state.rows import Claim

__all__ = ["books"]


def test_only_a_project_of_the_declared_instrument_can_issue_them(books: cl.Ledger) -> None:
    """Invariant 5: for any other project the steps are claimed."""
    batch = issued(books)
    claim = books.convert(batch, to_instrument="EECS-GO", reason=WHY)
    for project in ("irec", "gc"):
        for do in (books.quantify, lambda name, period: books.issue(name, period, to="op")):
            said = refusal(errors.DoubleIssuanceError, books, lambda name=project, act=do: act(name, month(2)))
            assert f"conversions reserve some: entry {claim.n} for EECS-GO" in said
    (new,) = books.issue("go", month(2), to="buyer")
    assert (new.count, new.instrument, claimed(books)) == (10, "EECS-GO", [("EECS-GO", False)])
    assert books.carry("go").carry == Decimal("0.6")
    for project in ("irec", "go"):
        assert "every step of the period is claimed already; a MWh is issued once" in refusal(
            errors.DoubleIssuanceError, books, lambda name=project: books.issue(name, month(2), to="op")
        )


def test_what_is_free_and_what_is_kept_is_issued_together_and_the_rest_stays_as_it_was(books: cl.Ledger) -> None:
    """A conversion's steps are taken in part: the claim is split, and nothing is claimed twice."""
    books.record_readings("plant", start=hours(1).start, step="1 hour", net_wh=[1_000_000] * 24)
    noon = hours(1).start_utc + 12 * 3600
    (first,) = books.issue("irec", cl.Period(hours(1).start_utc, noon), to="op")
    books.convert(first, to_instrument="EECS-GO", reason=WHY)
    middle = cl.Period(hours(1).start_utc + 6 * 3600, noon + 6 * 3600)
    (taken,) = books.issue("go", middle, to="op")
    assert taken.count == 12
    periods = [(item.period.start_utc - hours(1).start_utc, item.kept) for item in books.claims("plant", hours(1))]
    assert periods == [(0, True), (6 * 3600, False)]
    (rest,) = books.issue("irec", hours(1), to="op")
    assert rest.count == 6
    assert books.reconcile("irec", hours(1)).claimed_wh == 6_000_000
    elsewhere = books.reconcile("irec", hours(1)).claimed_elsewhere_wh
    assert (elsewhere, books.reconcile("go", hours(1)).unclaimed_wh) == (18_000_000, 6_000_000)
    assert books.issue("go", hours(1), to="op")[0].count == 6
    assert [item.kept for item in books.claims("plant", hours(1))] == [False, False, False]


def test_what_others_claim_between_kept_and_free_steps_stays_theirs(books: cl.Ledger) -> None:
    """Invariant 5: kept, claimed by another project, free."""
    books.record_readings("plant", start=hours(1).start, step="1 hour", net_wh=[1_000_000] * 24)
    edges = [hours(1).start_utc + k * 3600 for k in (0, 4, 8, 12)]
    first, second, third = (cl.Period(*pair) for pair in pairwise(edges))
    books.convert(books.issue("irec", first, to="op")[0], to_instrument="EECS-GO", reason=WHY)
    books.issue("irec", second, to="op")
    (batch,) = books.issue("go", cl.Period(first.start_utc, third.end_utc), to="op")
    assert batch.count == 8
    told = [(item.period, item.instrument, item.kept) for item in books.claims("plant", hours(1))]
    assert told == [(first, "EECS-GO", False), (second, "I-REC-E", False), (third, "EECS-GO", False)]


def test_steps_that_are_kept_can_be_corrected_and_no_issuance_changes(books: cl.Ledger) -> None:
    batch = issued(books)
    books.convert(batch, to_instrument="EECS-GO", reason=WHY)
    done = books.correct_generation("plant", month(2), net="8.25 MWh", reason="r", evidence=EVIDENCE)
    assert (done.issuances, done.withdrawn) == ((), ())
    assert issued(books, "go").count == 8
    assert books.carry("go").carry == Decimal("0.25")
    books.correct_generation("plant", month(2), net="7.25 MWh", reason="r", evidence=EVIDENCE)
    assert books.carry("go").counted == 7


def test_voiding_what_was_issued_of_kept_steps_keeps_them_again(books: cl.Ledger) -> None:
    """Invariant 6, and no way round: the units that were retired for the conversion are not issued again."""
    books.record_readings("plant", start=hours(1).start, step="1 hour", net_wh=[1_000_000] * 24)
    half = cl.Period(hours(1).start_utc, hours(1).start_utc + 12 * 3600)
    (first,) = books.issue("irec", half, to="op")
    claim = books.convert(first, to_instrument="EECS-GO", reason=WHY)
    (second,) = books.issue("go", hours(1), to="op")
    assert second.count == 24
    books.void(second, reason="wrong account")
    (kept,) = books.claims("plant", hours(1))
    assert (kept.period, kept.kept, kept.issuance_n) == (half, True, claim.n)
    (again,) = books.issue("irec", hours(1), to="op")
    assert again.count == 12
    (third,) = books.issue("go", hours(1), to="op")
    assert third.count == 12


def test_the_past_keeps_its_claims(books: cl.Ledger) -> None:
    """Invariant 25."""
    batch = issued(books)
    told = {}
    for act in (
        lambda: books.convert(batch, to_instrument="EECS-GO", reason=WHY),
        lambda: issued(books, "go"),
        lambda: books.void(books.batches("go")[0], reason="r"),
    ):
        act()
        told[books.size - 1] = (claimed(books), books.carry("irec"), books.carry("go"), books.retirements("op"))
    for n, answers in told.items():
        past = books.as_of(entry=n)
        assert (claimed(past), past.carry("irec"), past.carry("go"), past.retirements("op")) == answers


def test_no_row_of_a_claim_is_lost_on_the_way(opener: Opener) -> None:
    """Invariant 24: what each entry opened and closed."""
    with opener() as ledger:
        ledger.open_account("op", name="Op")
        set_up(ledger)
        ledger.record_generation("plant", month(2), net="10.6 MWh")
        ledger.convert(issued(ledger), to_instrument="EECS-GO", reason=WHY)
        ledger.void(issued(ledger, "go"), reason="r")
        start, end = month(2).start_utc, month(2).end_utc
        rows = [Claim("plant", start, end, 8, 8, 9), Claim("plant", start, end, 9, 9, 11)]
        rows += [Claim("plant", start, end, 11, 11, 12), Claim("plant", start, end, 9, 12)]
        assert list(ledger._store.view().claims_since(0, "plant", start, end)) == rows
        before = dump(ledger)
        ledger.rebuild()
        assert dump(ledger) == before


def test_what_is_given_back_is_one_claim_with_what_stayed_kept(books: cl.Ledger) -> None:
    """Invariant 5: a part is issued and voided, and nothing is left of the cut that a correction could cross."""
    start = hours(2).start_utc
    books.record_readings("plant", start=hours(2).start, step="1 hour", net_wh=[1_000_000] * 8)

    def span(first: int, last: int) -> cl.Period:
        return cl.Period(start + first * 3600, start + last * 3600)

    def kept() -> list[tuple[int, int, int]]:
        return [
            ((item.period.start_utc - start) // 3600, (item.period.end_utc - start) // 3600, item.issuance_n)
            for item in books.claims("plant", hours(2))
            if item.kept
        ]

    ours, other = (
        books.convert(books.issue("irec", each, to="op")[0], to_instrument="EECS-GO", reason=WHY).n
        for each in (span(0, 6), span(6, 8))
    )
    (middle,) = books.issue("go", span(2, 4), to="op")
    (approval,) = books.approve(books.quantify("go", span(0, 2)))
    books.void(middle, reason="r")
    assert kept() == [(0, 6, ours), (6, 8, other)]
    assert books.approvals("go") == (approval,)
    (middle,) = books.issue("go", span(2, 4), to="op")
    (around,) = books.issue("go", span(0, 8), to="op")
    assert kept() == []
    books.void(middle, reason="r")
    assert kept() == [(2, 4, ours)]
    books.void(around, reason="r")
    assert kept() == [(0, 6, ours), (6, 8, other)]
    done = books.correct_generation("plant", span(0, 6), net="7 MWh", reason="r", evidence=EVIDENCE)
    assert (done.issuances, done.withdrawn) == ((), ())
    assert "crosses the edge of the claim" in refusal(
        errors.StraddlingStepError,
        books,
        lambda: books.correct_generation("plant", span(0, 8), net="9 MWh", reason="r", evidence=EVIDENCE),
    )
    assert books.issue("go", span(0, 8), to="op")[0].count == 9


def test_an_issuance_of_kept_steps_that_claims_another_instrument_is_found(books: cl.Ledger) -> None:
    """Invariant 5 in the audit: the declared instrument is rewritten, and the issuance after it no longer follows."""
    claim = books.convert(issued(books), to_instrument="EECS-GO", reason=WHY)
    issued(books, "go")
    found = found_in(books, claim.n, lambda event: event.update(instrument=GC.to_record()))
    assert found.entry == claim.n + 2
    assert "double-issuance" in found.detail
