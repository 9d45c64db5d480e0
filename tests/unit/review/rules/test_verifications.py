"""R31: a verifier's statement that no longer supports what was issued; and the changes of statements."""

from pathlib import Path
from typing import Any

import pytest
from tests.conftest import EVIDENCE, Clock, device
from tests.support.html_pages import Page
from tests.support.office import cells
from tests.support.staffed_ledger import JUNE, MAY, begin, project

import carbon_ledger as cl

REPORT = "sha256:" + "e" * 64


@pytest.fixture
def ledger(clock: Clock) -> cl.Ledger:
    """May and June verified, May issued."""
    opened = begin(":memory:", clock)
    opened.register_device(device())
    opened.register_project(project(requires_verification=True))
    for period in (MAY, JUNE):
        opened.record_generation("plant", period, net="10.5 MWh", by="meter-operator")
    for period in (MAY, JUNE):
        state(opened, period)
    opened.issue("p", MAY, to="op", by="issuer")
    return opened


def state(ledger: cl.Ledger, period: cl.Period, **given: Any) -> int:
    fields: dict[str, Any] = {"body": "V", "opinion": "unmodified", "assurance": "limited", "quantities": {2024: 10}}
    fields |= {"report": REPORT, "size": ledger.size, "root": ledger.root(), "by": "verifier"}
    return ledger.state_verification("p", period, **(fields | given)).n


def correct(ledger: cl.Ledger, period: cl.Period, net: str) -> int:
    ledger.correct_generation("plant", period, net=net, reason="r", evidence=EVIDENCE, by="meter-operator")
    return ledger.size - 1


def flags(ledger: cl.Ledger) -> list[cl.Flag]:
    return [flag for flag in ledger.review().flags if flag.rule == "R31"]


def test_statements_that_stand_raise_no_flag(ledger: cl.Ledger) -> None:
    assert flags(ledger) == []


def test_a_statement_of_time_that_was_not_issued_raises_no_flag(ledger: cl.Ledger) -> None:
    correct(ledger, JUNE, "9 MWh")
    assert flags(ledger) == []


def test_an_overtaken_statement_of_issued_time_is_a_flag_until_it_is_replaced(ledger: cl.Ledger) -> None:
    may = ledger.verifications("p")[0].n
    n = correct(ledger, MAY, "10.4 MWh")
    (flag,) = flags(ledger)
    (issuance,) = ledger.issuances("p")
    assert (flag.severity, flag.subject, flag.entries) == (
        "high",
        f"project p, verification {may}",
        (may, issuance.n, n),
    )
    assert f"overtaken by 1 entry, first by entry {n}" in flag.cause
    assert (flag.exposure_wh, flag.exposure_units) == (10_400_000, 10)
    state(ledger, MAY, replaces=may)
    assert flags(ledger) == []


def test_an_opinion_that_supports_nothing_is_critical_for_issued_time(ledger: cl.Ledger) -> None:
    state(ledger, MAY, opinion="adverse", quantities={}, replaces=ledger.verifications("p")[0])
    (flag,) = flags(ledger)
    assert (flag.severity, "the opinion is adverse" in flag.cause) == ("critical", True)


def test_more_claimed_than_a_later_statement_verifies_is_a_flag(ledger: cl.Ledger) -> None:
    state(ledger, MAY, quantities={2024: 9}, replaces=ledger.verifications("p")[0])
    (flag,) = flags(ledger)
    assert "10.5 of vintage 2024 are claimed of its time, and 9 were verified" in flag.cause


def test_issued_time_that_a_statement_of_a_part_leaves_is_a_flag(ledger: cl.Ledger) -> None:
    """May was issued on a statement that one about its first ten days replaced: the rest has no statement any more."""
    may = ledger.verifications("p")[0].n
    days = cl.Period.of("2024-05-01", "2024-05-11", zone="Asia/Baku")
    again = state(ledger, days, quantities={2024: "10.5"}, replaces=may)
    (flag,) = flags(ledger)
    (issuance,) = ledger.issuances("p")
    assert (flag.severity, flag.subject) == ("high", f"project p, verification {may}")
    assert flag.entries == (may, issuance.n, again)
    assert f"replaced by verification {again}, and no statement is about 2024-05-10T20:00:00Z" in flag.cause
    assert "to 2024-05-31T20:00:00Z: 1 issuance of this time" in flag.cause
    assert (flag.exposure_wh, flag.exposure_units) == (10_500_000, 10)
    rest = cl.Period.of("2024-05-11", "2024-06-01", zone="Asia/Baku")
    state(ledger, rest, quantities={2024: "10.5"})
    assert flags(ledger) == []


def test_time_that_was_left_twice_is_one_flag(ledger: cl.Ledger) -> None:
    may = last = ledger.verifications("p")[0].n
    for after in (21, 11):
        part = cl.Period.of("2024-05-01", f"2024-05-{after}", zone="Asia/Baku")
        last = state(ledger, part, quantities={2024: "10.5"}, replaces=last)
    assert [flag.subject for flag in flags(ledger)] == [f"project p, verification {may}"]


def test_time_that_was_left_and_not_issued_raises_no_flag(ledger: cl.Ledger) -> None:
    june = ledger.verifications("p")[1].n
    state(ledger, cl.Period.of("2024-06-01", "2024-06-11", zone="Asia/Baku"), replaces=june)
    assert flags(ledger) == []


def test_changes_have_the_statements_made_replaced_and_overtaken(ledger: cl.Ledger) -> None:
    """And a late reading into time that a statement is about is one into verified time."""
    since, may = ledger.size, ledger.verifications("p")[0].n
    assert list(ledger.changes(since=since).verifications) == []
    n = correct(ledger, MAY, "10.4 MWh")
    again = state(ledger, MAY, replaces=may)
    found = [(x.entry, x.verification, x.change, x.by) for x in ledger.changes(since=since).verifications]
    assert found == [
        (n, may, "overtaken", "meter-operator"),
        (again, may, "replaced", "verifier"),
        (again, again, "stated", "verifier"),
    ]
    (first, *_) = ledger.changes(since=since).verifications
    assert (first.start, first.end) == (MAY.start, MAY.end)
    assert f"verification {may} of p" in str(first)
    assert "made, replaced or overtaken: 3" in str(ledger.changes(since=since))
    assert [x.change for x in ledger.changes(since=n + 1).verifications] == ["replaced", "stated"]


def test_the_page_and_the_workpaper_have_the_statements_that_changed(ledger: cl.Ledger, tmp_path: Path) -> None:
    since, may = ledger.size, ledger.verifications("p")[0].n
    n = correct(ledger, MAY, "10.4 MWh")
    changes = ledger.changes(since=since)
    ledger.review_page(tmp_path / "page.html", changes=changes)
    page = Page((tmp_path / "page.html").read_text(encoding="utf-8"))
    _, row = page.tables["Verifiers' statements made, replaced or overtaken"]
    assert row[:4] == [f"entry {n}", "overtaken", f"entry {may}", "p"]
    ledger.write_workpaper(tmp_path / "paper.xlsx", changes=changes)
    found = [
        cell.value for (sheet, _), cell in cells((tmp_path / "paper.xlsx").read_bytes()).items() if sheet == "Changes"
    ]
    place = found.index("verifiers' statements made, replaced or overtaken")
    assert found[place + 1] == "1"
    assert "overtaken" in found[place:]


def test_a_late_reading_into_stated_time_is_one_into_verified_time(ledger: cl.Ledger) -> None:
    coming = cl.Period.of("2024-07-01", "2024-09-01", zone="Asia/Baku")
    state(ledger, coming, quantities={})
    since = ledger.size
    ledger.record_generation("plant", cl.Period.day("2024-08-03", zone="Asia/Baku"), net="1 MWh", by="meter-operator")
    assert [item.into for item in ledger.changes(since=since).late_readings] == ["verified"]
