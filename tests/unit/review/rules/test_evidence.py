"""Evidence: energy without a document, and documents that show too much."""

import pytest
from tests.support.reviewed_ledgers import begun, digest_of, hours, month, months_of, plant, r06, r07

import carbon_ledger as cl


def rules(ledger: cl.Ledger, **more: object) -> set[str]:
    return {flag.rule for flag in ledger.review(**more).flags}  # type: ignore[arg-type]


def test_a_little_energy_without_evidence_is_medium() -> None:
    story = begun()
    for period in months_of(story):
        document = digest_of(period.start_utc)
        story.record(period, [40_000_321] * ((period.seconds // 86_400) - 1), evidence=document)
        last = cl.Period(period.end_utc - 86_400, period.end_utc)
        story.record(last, [40_000_321], evidence=None if period == month(3) else document)
        story.approve_and_issue(period)
    (flag,) = (item for item in story.ledger.review().flags if item.rule == "R16")
    assert (flag.severity, flag.exposure_wh) == ("medium", 40_000_321)


@pytest.mark.parametrize(("kind", "found"), [("settlement-statement", set()), ("letter", {"R17b"})])
def test_a_report_of_many_plants_is_cleared_by_its_kind(kind: str, found: set[str]) -> None:
    story = r07()
    story.ledger.describe_document(digest_of(7), kind=kind, title="March of all plants", by="meter-operator")
    assert rules(story.ledger) == found
    assert rules(story.ledger, parameters=cl.ReviewParameters(kinds_of_many=("letter",))) == {"R17b"} - found


def test_a_yearly_statement_may_be_long() -> None:
    story = r06()
    story.ledger.describe_document(digest_of(7), kind="yearly-statement", title="All of 2025", by="meter-operator")
    assert rules(story.ledger) == {"R16", "R17a"}


def test_a_long_file_in_one_command_is_one_use() -> None:
    """A year of hours needs two entries, which are of one command."""
    story = begun()
    period = cl.Period.of("2024-01-01T00:00Z", "2025-01-01T00:00Z")
    hours(story, period, [1_000_321 + 7_001 * (k * k % 353) for k in range(366 * 24)])
    recorded = [entry for entry in story.ledger.entries() if entry.type == "generation.recorded"]
    assert len(recorded) > 1
    assert not rules(story.ledger) & {"R17a", "R17b", "R17c"}


def test_a_device_and_its_meter_are_one_series() -> None:
    story = begun()
    story.ledger.register_meter(cl.Meter(id="m", shares={"plant": 1}))
    story.goto(month(4), 3)
    story.ledger.record_meter("m", month(3), net="1234.567 MWh", evidence=digest_of(3), by="meter-operator")
    story.later(minutes=1)
    story.record(month(4), evidence=digest_of(3))
    assert story.ledger.review().flags == ()


def test_the_entries_of_one_meter_are_one_use() -> None:
    names = ("plant", "second")
    story = begun("open", *(plant(name, name=name) for name in names))
    story.ledger.register_meter(cl.Meter(id="feeder", shares={"plant": 1, "second": 2}))
    story.goto(month(3), 3)
    story.ledger.record_meter("feeder", month(3), net="1234.567 MWh", evidence=digest_of(3))
    assert "R17b" not in rules(story.ledger)
