"""Dispositions: bound to what a flag stated, kept when it is gone, open again when its entries or figures change."""

from datetime import date

import pytest
from attrs import evolve
from tests.support.reviewed_ledgers import digest_of, month, r06, r07, r17

import carbon_ledger as cl
from carbon_ledger.errors import QuantityError
from carbon_ledger.review.dispositions import CURRENT, DISPOSITIONS, GONE, UNSETTLED


@pytest.fixture(scope="module")
def review() -> cl.Review:
    return r06().ledger.review()


def answered(review: cl.Review) -> cl.Dispositions:
    """Every flag is explained."""
    rows = cl.Dispositions().updated(review).rows
    settled = [
        evolve(item, disposition="explained", response="seen", by="A. Auditor", date=date(2026, 3, 3)) for item in rows
    ]
    return cl.Dispositions(rows=cl.Listing(settled, cl.Disposition))


def with_flags(review: cl.Review, *flags: cl.Flag) -> cl.Review:
    return evolve(review, flags=cl.Listing(flags, cl.Flag))


def test_without_a_file_every_flag_is_open(review: cl.Review) -> None:
    found = cl.Dispositions().of_review(review)
    assert [item.key for item in found] == [flag.key for flag in review.flags]
    assert [item.rule for item in found] == [f"{flag.rule}@{flag.version}" for flag in review.flags]
    assert all(item.is_open and item.status == CURRENT for item in found)
    assert len(found) > 1


def test_an_answer_is_that_of_its_flag_whatever_the_order_of_the_rows(review: cl.Review) -> None:
    written = answered(review)
    backwards = evolve(written, rows=cl.Listing(reversed(written.rows), cl.Disposition))
    assert backwards.of_review(review) == written.rows
    assert not any(item.is_open for item in written.rows)
    assert backwards.updated(review) == backwards, "the order of the file stays"


@pytest.mark.parametrize(
    "change",
    [
        {"key": 64 * "0"},
        {"version": 2},
        {"severity": "low"},
        {"subject": "device other"},
        {"cause": "something else"},
        {"figures": (("claimed_wh", 1),)},
        {"exposure_wh": 1},
        {"exposure_units": 1},
    ],
)
def test_a_flag_that_states_anything_else_is_open_again(review: cl.Review, change: dict[str, object]) -> None:
    """The answer was about what the flag stated then: its entries by its key, its figures, and its severity."""
    written = answered(review)
    first, *others = review.flags
    changed = with_flags(review, evolve(first, **change), *others)
    found = written.of_review(changed)
    assert [item.is_open for item in found] == [True, *[False] * len(others)]
    updated = written.updated(changed)
    assert [item.status for item in updated.rows] == [GONE, *[CURRENT] * len(review.flags)]
    assert updated.rows[0].response == "seen"
    assert updated.rows[-1].is_open
    assert written.gone_from(changed) == (updated.rows[0],)


def test_what_is_asked_for_does_not_reopen_a_flag(review: cl.Review) -> None:
    first, *others = review.flags
    assert not answered(review).of_review(with_flags(review, evolve(first, ask="more"), *others))[0].is_open


def test_a_flag_that_comes_back_has_its_answer_again(review: cl.Review) -> None:
    written = answered(review)
    empty = written.updated(with_flags(review))
    assert {item.status for item in empty.rows} == {GONE}
    assert empty.updated(review) == written


def test_a_restricted_review_marks_nothing_as_gone(review: cl.Review) -> None:
    written = answered(review)
    for restricted in (
        evolve(with_flags(review), projects=("hydro",)),
        evolve(with_flags(review), since=review.size),
    ):
        assert written.updated(restricted) == written
        assert written.gone_from(restricted) == ()


def test_other_entries_of_a_ledger_open_a_flag_again() -> None:
    """A debit that is explained, and becomes another one by a further correction."""
    story = r17()
    review = story.ledger.review()
    written = answered(review)
    story.ledger.correct_generation("plant", month(3), net="300 MWh", reason="read again", evidence=digest_of(77))
    later = story.ledger.review()
    assert any(item.is_open for item in written.of_review(later))
    assert len(written.gone_from(later)) == 1


def test_dispositions_of_another_ledger_are_refused(review: cl.Review) -> None:
    other = evolve(r07().ledger.review(), ledger_id="other")
    for ask in (answered(review).of_review, answered(review).updated, answered(review).gone_from):
        with pytest.raises(QuantityError, match="of the ledger reviewed: expected those of the ledger other"):
            ask(other)


@pytest.mark.parametrize("name", DISPOSITIONS)
def test_what_is_settled_needs_a_response_a_name_and_a_day(review: cl.Review, name: str) -> None:
    (item, *_) = answered(review).rows
    settled = evolve(item, disposition=name)
    assert settled.is_open == (name in UNSETTLED)
    for missing in ({"response": ""}, {"by": ""}, {"date": None}):
        lacking = evolve(settled, **missing)
        assert lacking.is_open
        assert lacking.lacks == (() if name in UNSETTLED else tuple(missing))


def test_a_long_subject_is_bound_by_its_digest(review: cl.Review) -> None:
    """Two subjects that begin alike are two flags."""
    first = review.flags[0]
    long = [evolve(first, subject=f"{3_000 * 'x'}{end}") for end in "ab"]
    one, other = cl.Dispositions().of_review(with_flags(review, *long))
    assert one.stated != other.stated
    assert len(one.subject) < 2_100


def test_the_words(review: cl.Review) -> None:
    written = answered(review)
    lines = str(written.updated(with_flags(review))).splitlines()
    assert lines[0] == f"Dispositions: none; 0 to be settled; besides, {len(review.flags)} rows of flags that are gone"
    assert lines[1].startswith("  gone: R17a@1, ")
    assert lines[1].endswith(": explained by A. Auditor on 2026-03-03: seen")
    half = evolve(written.rows[0], by="", misstated_wh=1_000)
    assert str(half).endswith(": explained, 1,000 Wh on 2026-03-03 (lacks by): seen")
