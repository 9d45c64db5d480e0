"""Units: support, claims, movements in a circle, and repeated voiding."""

import pytest
from tests.support.reviewed_ledgers import BAKU, Story, begun, digest_of, month, months_of, plant, r12, r14, r16, total

import carbon_ledger as cl


def flag_of(story: Story, rule: str) -> cl.Flag:
    (flag,) = (item for item in story.ledger.review().flags if item.rule == rule)
    return flag


def sold() -> tuple[Story, cl.Batch]:
    story = begun()
    for period in months_of(story, (3,)):
        story.record(period)
        (batch,) = story.approve_and_issue(period)
    return story, batch


def test_consumption_without_units_is_no_debit() -> None:
    """A plant that imported more than it exported has negative carry, and no unit stands on it."""
    story = begun()
    story.goto(month(3), 3)
    total(story, month(3), -400_321)
    story.approve_and_issue(month(3))
    assert story.ledger.carry("hydro").carry < 0
    assert story.ledger.review().flags == ()


def test_a_debit_of_an_old_vintage_that_a_newer_one_covers_is_none() -> None:
    story = begun()
    for period in (month(12), month(3, 2026)):
        story.goto(period, 3)
        total(story, period, 1_234_567_000)
        (batch,) = story.approve_and_issue(period)
        story.ledger.transfer(batch, to="buyer", by="issuer")
        story.later(days=1)
    story.ledger.correct_generation(
        "plant", month(12), net="1233.6 MWh", reason="the statement of May", evidence=digest_of(8), by="meter-operator"
    )
    story.goto(month(4, 2026), 3)
    total(story, month(4, 2026), 10_900_000)
    story.approve_and_issue(month(4, 2026))
    assert [item.cumulative < 0 for item in story.ledger.carry("hydro").vintages] == [True, False]
    assert "R25" not in {flag.rule for flag in story.ledger.review().flags}


def test_a_name_or_an_account_in_other_letters_is_the_same() -> None:
    assert flag_of(r12(), "R20").exposure_units == 100
    for beneficiary, purpose, found in (
        (" op", "electricity use of the year", {"R20": "medium"}),
        ("Somebody else", "use", {"R20": "low"}),
        ("Somebody else", "electricity use of the year", {}),
    ):
        story, batch = sold()
        story.ledger.retire(batch.take(10), beneficiary=beneficiary, purpose=purpose, period=month(3))
        assert {flag.rule: flag.severity for flag in story.ledger.review().flags} == found


@pytest.mark.parametrize(
    ("year", "severity"), [(2019, "high"), (2024, "high"), (2025, None), (2026, "low"), (2027, "medium")]
)
def test_the_period_of_a_claim(year: int, severity: str | None) -> None:
    story, batch = sold()
    for name in ("one", "two"):
        story.later(days=390)
        story.ledger.open_account(name, name=name)
    story.ledger.retire(
        batch.take(10),
        beneficiary="Somebody else",
        purpose="electricity use of the year",
        period=cl.Period.year(year, zone=BAKU),
        waivers=[cl.Waiver("claim-period", "the buyer asked for this year")],
    )
    assert [flag.severity for flag in story.ledger.review().flags if flag.rule == "R21"] == (
        [] if severity is None else [severity]
    )


def test_units_that_come_back() -> None:
    flag = flag_of(r14(), "R23")
    assert (flag.severity, dict(flag.figures)["returns"], flag.exposure_units) == ("high", 19, 500)
    story, batch = sold()
    story.ledger.transfer(batch.cut(100, 100)[0], to="buyer")
    story.ledger.transfer(cl.Block(batch.batch_id, 51, 100), from_="buyer", to="op")
    back = flag_of(story, "R23")
    assert (back.severity, back.exposure_units) == ("medium", 50)


def test_units_that_move_on_do_not_come_back() -> None:
    story, batch = sold()
    story.ledger.transfer(batch.take(100), to="buyer")
    story.ledger.transfer(cl.Block(batch.batch_id, 1, 50), from_="buyer", to="trader")
    story.ledger.transfer(cl.Block(batch.batch_id, 101, 150), to="trader")
    assert "R23" not in {flag.rule for flag in story.ledger.review().flags}


def test_voiding_once_and_issuing_again_to_the_same_account_is_no_flag() -> None:
    story, batch = sold()
    story.ledger.void(batch, reason="the period was wrong", by="issuer")
    story.later(days=1)
    story.approve_and_issue(month(3))
    assert story.ledger.review().flags == ()


def test_voiding_several_times_and_another_account_are_high() -> None:
    flag = flag_of(r16(), "R24")
    assert (flag.severity, flag.entry_count) == ("high", 4)
    assert "3 issuances" in flag.cause


def test_two_plants_have_causes_of_their_own() -> None:
    story = begun("open", plant(), plant("second", name="Other plant"))
    for device, project in (("plant", "hydro"), ("second", "second")):
        story.goto(month(3), 3 if device == "plant" else 5 + 30)
        total(story, month(3), 1_234_567_000 + len(device), device)
        (batch,) = story.approve_and_issue(month(3), project)
        story.ledger.transfer(batch, to="buyer", by="issuer")
        story.later(days=1)
        story.ledger.correct_generation(
            device,
            month(3),
            net="1000.1 MWh",
            reason="misread",
            evidence=digest_of(90 + len(device)),
            by="meter-operator",
        )
        story.later(days=1)
    flags = [flag for flag in story.ledger.review().flags if flag.rule == "R25"]
    assert [flag.subject for flag in flags] == ["project hydro", "project second"]
    assert len({flag.key for flag in flags}) == 2
