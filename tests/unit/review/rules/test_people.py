"""People and time: late and early entries, one person, doubtful approvals, and the clock."""

from datetime import timedelta

import pytest
from tests.support.forging import found_in
from tests.support.reviewed_ledgers import Story, begun, digest_of, month, months_of, plant, r00, r04, r10, r11, r18

import carbon_ledger as cl
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.review.flags import CRITICAL
from carbon_ledger.review.parameters import DEFAULTS
from carbon_ledger.review.questions import Questions
from carbon_ledger.review.reviewing import questions_of
from carbon_ledger.review.rules import people


def flag_of(story: Story, rule: str) -> cl.Flag:
    (flag,) = (item for item in story.ledger.review().flags if item.rule == rule)
    return flag


def test_a_late_month_is_one_flag_with_its_entry() -> None:
    flag = flag_of(r04(), "R07")
    assert (flag.severity, flag.entry_count) == ("high", 1)
    assert dict(flag.figures) == {"longest_lag_days": 233}


def test_a_first_load_of_history_is_not_late_by_its_own_habit() -> None:
    """All entries of the series are late alike: three times their median is the limit."""
    story = begun()
    story.clock.now = month(11).end + timedelta(days=50)
    for number in range(6, 12):
        story.record(month(number))
    assert {flag.rule for flag in story.ledger.review().flags} == set()


def test_a_late_correction_is_not_a_late_entry() -> None:
    story = begun()
    for period in months_of(story, (3, 4, 5)):
        story.record(period)
        story.approve_and_issue(period)
    story.later(days=200)
    old = story.ledger.readings("plant", month(3))[0].net_wh
    story.ledger.correct_generation(
        "plant", month(3), net=f"{old + 1} Wh", reason="the final statement", evidence=digest_of(5), by="meter-operator"
    )
    assert story.ledger.review().flags == ()


def test_readings_before_their_end_are_critical() -> None:
    """The ledger refuses them, so that only a forged log has them."""
    ledger = r00().ledger
    questions = questions_of(ledger)
    recorded = next(entry for entry in questions.entries("generation.recorded"))
    assert found_in(ledger, recorded.n, lambda event: event.update(start="2025-05-01T20:00:00Z")) is not None

    class Forged(Questions):
        def entries(self, *kinds: str):  # type: ignore[no-untyped-def]
            for entry in super().entries(*kinds):
                yield Entry(**{**fields(entry), "at": "2025-03-02T00:00:00.000000Z"})

    def fields(entry: Entry) -> dict[str, object]:
        names = ("n", "at", "by", "type", "event", "key", "digest", "part", "parts", "sigs")
        return {name: getattr(entry, name) for name in names}

    forged = Forged(questions.view, questions.store, questions.view_of)
    (cause,) = people.before_end(forged, DEFAULTS)
    assert cause.severity == CRITICAL
    assert list(people.before_end(questions, DEFAULTS)) == []


def test_one_person_is_one_flag_under_an_open_policy() -> None:
    story = begun("open", plant(), plant("second", name="Other plant"))
    for period in months_of(story):
        for device, project in (("plant", "hydro"), ("second", "second")):
            story.record(period, device=device, by="ops")
            story.later(days=1)
            story.issue(period, project, by="ops")
    flag = flag_of(story, "R10")
    assert (flag.subject, flag.entry_count) == ("ledger", 6)
    assert flag.exposure_wh == story.ledger.review().claimed_wh


def test_one_person_is_one_flag_a_project_under_roles() -> None:
    story = begun("roles")
    for role in ("meter-operator", "issuer"):
        story.ledger.grant("ops", role)
        story.later(minutes=1)
    for period in months_of(story):
        story.record(period, by="ops")
        story.later(days=1)
        story.issue(period, by="ops")
    assert flag_of(story, "R10").subject == "project hydro"


@pytest.mark.parametrize("other", ["recorder", "approver"])
def test_a_second_person_is_enough(other: str) -> None:
    story = begun()
    for period in months_of(story):
        story.record(period, by="meter-operator" if other == "recorder" else "issuer")
        story.later(days=1)
        if other == "approver":
            story.approve_and_issue(period)
        else:
            story.issue(period)
    assert story.ledger.review().flags == ()


def test_haste_alone_is_no_flag() -> None:
    """Imports of a whole month right before its issuance are normal."""
    story = begun()
    for period in months_of(story):
        story.record(period)
        story.issue(period)
    assert story.ledger.review().flags == ()
    assert flag_of(r11(), "R09").entry_count == 1


def test_every_doubt_about_an_approval_is_in_one_flag() -> None:
    flag = flag_of(r18(), "R11")
    assert flag.severity == "high"
    for words in ("role was given shortly", "the issuer gave", "less than 60 s", "no note"):
        assert words in flag.cause


def test_an_approval_without_a_note_is_asked_about() -> None:
    story = begun()
    for period in months_of(story):
        story.record(period)
        story.approve_and_issue(period, note=None)
    flag = flag_of(story, "R11")
    assert (flag.severity, flag.entry_count) == ("medium", 6)


def test_an_approval_of_a_voided_issuance_is_not_asked_about() -> None:
    story = begun()
    for period in months_of(story, (3,)):
        story.record(period)
        (batch,) = story.approve_and_issue(period, note=None)
        story.ledger.void(batch, reason="the wrong account was named", by="issuer")
    assert story.ledger.review().flags == ()


def test_a_clock_that_went_back_is_counted() -> None:
    assert flag_of(r10(), "R26").entry_count == 18
    story = begun()
    story.record(cl.Period.day("2025-01-01", zone="Asia/Baku"), [1_000], evidence=digest_of(3))
    story.clock.move(hours=-1)
    story.ledger.open_account("one", name="One")
    assert story.ledger.review().flags == ()
    story.clock.move(hours=-1)
    story.ledger.open_account("two", name="Two")
    assert flag_of(story, "R26").entry_count == 2
