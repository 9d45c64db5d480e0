"""Issuances of a project that requires a verifier's statement: only on what a standing statement supports."""

from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Clock, device, dump
from tests.support.forging import found_in
from tests.support.staffed_ledger import JUNE, MAY, begin, project
from tests.unit.core.issuance.test_verifications import BAKU, correct, refused, state

import carbon_ledger as cl
from carbon_ledger import errors

DECEMBER = cl.Period.month(2023, 12, zone=BAKU)
JANUARY = cl.Period.month(2024, 1, zone=BAKU)
WINTER = cl.Period(DECEMBER.start_utc, JANUARY.end_utc, BAKU)
HOURS = cl.Period.of("2024-06-10T00:00Z", "2024-06-10T04:00Z")
DAYS = MAY.days()


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> cl.Ledger:
    """May, June and the winter before recorded, for a project that requires a statement and one that does not."""
    opened = begin(":memory:" if request.param == "memory" else tmp_path / "verified.db", clock)
    with opened.batch():
        opened.grant("issuer", "verifier")
        for name in ("plant", "second", "third"):
            opened.register_device(device(name))
        opened.register_project(project(requires_verification=True))
        opened.register_project(project("rival"))
        opened.register_project(
            project("hours", instrument="GC", devices=("second", "third"), requires_verification=True)
        )
        for day in DAYS:
            opened.record_generation("plant", day, net="0.5 MWh", by="meter-operator")
        for period, net in ((JUNE, "10.6 MWh"), (DECEMBER, "20 MWh"), (JANUARY, "30 MWh")):
            opened.record_generation("plant", period, net=net, by="meter-operator")
        for name in ("second", "third"):
            opened.record_readings(
                name, start=HOURS.start, step="1 hour", net_wh=[100, 200, 0, 50], by="meter-operator"
            )
    return opened


def issue(ledger: cl.Ledger, period: cl.Period = MAY, name: str = "p", **given: Any) -> int:
    """Issue a period, and count the units."""
    return sum(batch.count for batch in ledger.issue(name, period, to="op", **({"by": "issuer"} | given)))


def test_a_project_that_requires_a_statement_issues_on_one_alone(ledger: cl.Ledger) -> None:
    before = dump(ledger)
    assert "state_verification()" in refused("verification-missing", lambda: issue(ledger))
    assert dump(ledger) == before
    state(ledger, quantities={2024: 15})
    assert issue(ledger) == 15
    assert issue(ledger, JUNE, "rival") == 10
    assert ledger.audit().passed


def test_the_whole_period_is_verified_by_one_statement(ledger: cl.Ledger) -> None:
    may = state(ledger, quantities={2024: 15})
    june = state(ledger, JUNE, quantities={2024: 11})
    both = cl.Period(MAY.start_utc, JUNE.end_utc, BAKU)
    detail = refused("verification-missing", lambda: issue(ledger, both))
    assert f"(about a part of it: verification {may.n}, verification {june.n})" in detail
    assert (issue(ledger), issue(ledger, JUNE)) == (15, 11)  # 15.5, then 10.6 and the .5 that was carried


def test_a_replaced_statement_supports_nothing(ledger: cl.Ledger) -> None:
    may = state(ledger, quantities={2024: 15})
    part = cl.Period(DAYS[10].start_utc, DAYS[-1].end_utc, BAKU)
    state(ledger, part, quantities={2024: 10}, replaces=may)
    refused("verification-missing", lambda: issue(ledger))
    assert issue(ledger, part) == 10


def test_nobody_issues_on_a_statement_of_his_own(ledger: cl.Ledger) -> None:
    made = state(ledger, quantities={2024: 15}, by="issuer")
    refused("verification-own", lambda: issue(ledger))
    state(ledger, quantities={2024: 15}, replaces=made)
    assert issue(ledger) == 15


@pytest.mark.parametrize("opinion", ["adverse", "disclaimed"])
def test_an_opinion_that_supports_nothing_supports_no_issuance(ledger: cl.Ledger, opinion: str) -> None:
    made = state(ledger, opinion=opinion, quantities={})
    assert opinion in refused("verification-opinion", lambda: issue(ledger))
    state(ledger, opinion="modified", assurance="limited", quantities={2024: 15}, replaces=made)
    assert issue(ledger) == 15


def test_an_overtaken_statement_supports_nothing(ledger: cl.Ledger) -> None:
    made = state(ledger, quantities={2024: 15})
    first = correct(ledger, DAYS[3], "0.4 MWh")
    assert f"entry {first}," in refused("verification-overtaken", lambda: issue(ledger))
    for k in (4, 5, 6):
        correct(ledger, DAYS[k], "0.4 MWh")
    assert f"entry {first}, {first + 1}, {first + 2} and 1 more" in refused(
        "verification-overtaken", lambda: issue(ledger)
    )
    correct(ledger, JUNE, "10 MWh")
    state(ledger, quantities={2024: 15}, replaces=made)
    assert issue(ledger) == 15


@pytest.mark.parametrize(
    ("quantity", "units"), [("15.5", 15), (15, 15), ("15.6", 15), (16, 15), ("15.4", None), (14, None), (0, None)]
)
def test_an_issuance_claims_no_more_than_was_verified(
    ledger: cl.Ledger, quantity: str | int, units: int | None
) -> None:
    """15.5 are claimed: rounded down to as many decimals as the verifier states, they are at most the quantity."""
    state(ledger, quantities={2024: quantity})
    if units is None:
        assert "15.5 of vintage 2024" in refused("verification-exceeded", lambda: issue(ledger))
    else:
        assert issue(ledger) == units


def test_all_issuances_of_the_verified_time_count(ledger: cl.Ledger) -> None:
    state(ledger, quantities={2024: 14})
    halves = [cl.Period(DAYS[a].start_utc, DAYS[b].end_utc, BAKU) for a, b in ((0, 14), (15, 30))]
    assert issue(ledger, halves[0]) == 7
    assert "15.5 of vintage 2024" in refused("verification-exceeded", lambda: issue(ledger, halves[1]))
    (batch,) = ledger.batches("p")
    ledger.void(batch, reason="r", by="issuer")
    assert issue(ledger, halves[1]) == 8


def test_what_was_converted_still_uses_what_was_verified(ledger: cl.Ledger) -> None:
    """Its steps are reserved for the other instrument, which issues units for them again."""
    may = state(ledger, quantities={2024: 8})
    halves = [cl.Period(DAYS[a].start_utc, DAYS[b].end_utc, BAKU) for a, b in ((0, 14), (15, 30))]
    assert issue(ledger, halves[0]) == 7
    ledger.convert(ledger.batches("p")[0], to_instrument="EECS-GO", reason="another scheme", by="holder-op")
    ledger.register_project(project("go", instrument="EECS-GO"))
    for _ in range(2):  # also when the steps are issued there
        assert "15.5 of vintage 2024" in refused("verification-exceeded", lambda: issue(ledger, halves[1]))
        if not ledger.batches("go"):
            assert issue(ledger, halves[0], "go") == 7
    state(ledger, halves[1], quantities={2024: 8}, replaces=may)
    assert issue(ledger, halves[1]) == 8
    assert ledger.audit().passed


def test_another_project_of_the_same_device_does_not_count(ledger: cl.Ledger) -> None:
    """The rival has a whole unit of the verified time, so that counting it would pass the quantity."""
    assert issue(ledger, cl.Period(DAYS[0].start_utc, DAYS[1].end_utc, BAKU), "rival") == 1
    part = cl.Period(DAYS[2].start_utc, DAYS[-1].end_utc, BAKU)
    state(ledger, quantities={2024: 14})
    assert issue(ledger, part) == 14


def test_a_part_of_a_unit_needs_a_quantity_of_its_vintage(ledger: cl.Ledger) -> None:
    """A quantity of 0 units is one that was rounded down; where none is stated, no energy was verified."""
    made = state(ledger, DAYS[0], quantities={})
    assert "0.5 of vintage 2024" in refused("verification-exceeded", lambda: issue(ledger, DAYS[0]))
    state(ledger, DAYS[0], quantities={2024: 0}, replaces=made)
    assert issue(ledger, DAYS[0]) == 0


def test_each_vintage_has_its_quantity(ledger: cl.Ledger) -> None:
    made = state(ledger, WINTER, quantities={2024: 50})
    assert "20 of vintage 2023" in refused("verification-exceeded", lambda: issue(ledger, WINTER))
    made = state(ledger, WINTER, quantities={2023: 20, 2024: 29}, replaces=made)
    assert "30 of vintage 2024" in refused("verification-exceeded", lambda: issue(ledger, WINTER))
    state(ledger, WINTER, quantities={2023: 20, 2024: 30}, replaces=made)
    assert issue(ledger, WINTER) == 50


def test_carry_that_a_correction_raised_needs_a_statement_too(ledger: cl.Ledger) -> None:
    """A correction upward makes units; neither issue_carry nor the next issuance makes them unverified."""
    may = state(ledger, quantities={2024: 15})
    state(ledger, JUNE, quantities={2024: 11})
    assert issue(ledger) == 15
    correct(ledger, DAYS[0], "40 MWh")
    for command in (lambda: ledger.issue_carry("p", to="op", by="issuer"), lambda: issue(ledger, JUNE)):
        assert f"verification {may.n}" in refused("verification-overtaken", command)
    may = state(ledger, quantities={2024: 54}, replaces=may)
    assert "55 of vintage 2024" in refused(
        "verification-exceeded", lambda: ledger.issue_carry("p", to="op", by="issuer")
    )
    state(ledger, quantities={2024: 55}, replaces=may)
    (batch,) = ledger.issue_carry("p", to="op", by="issuer")
    assert batch.count == 40
    assert issue(ledger, JUNE) == 10
    assert ledger.audit().passed


def test_carry_of_time_that_nobody_verified_makes_no_unit(ledger: cl.Ledger) -> None:
    made = state(ledger, quantities={2024: 15})
    assert issue(ledger) == 15
    correct(ledger, DAYS[0], "40 MWh")
    part = cl.Period(DAYS[1].start_utc, DAYS[-1].end_utc, BAKU)
    state(ledger, part, quantities={2024: 15}, replaces=made)
    with pytest.raises(errors.RefusedError, match="units of carry, issuance") as caught:
        ledger.issue_carry("p", to="op", by="issuer")
    assert caught.value.rule == "verification-missing"


def test_fractions_of_corrections_upward_do_not_add_up_to_unverified_units(ledger: cl.Ledger) -> None:
    """No correction leaves a whole unit, but each one completes a unit with the fraction of the next issuance."""
    most, last = cl.Period(DAYS[0].start_utc, DAYS[29].end_utc, BAKU), DAYS[30]
    may = state(ledger, most, quantities={2024: 15})
    state(ledger, last, quantities={2024: "0.5"})
    state(ledger, JUNE, quantities={2024: "10.6"})
    assert issue(ledger, most) == 15
    correct(ledger, DAYS[0], "1.4 MWh")  # 15.9 are claimed
    assert issue(ledger, last) == 1  # the fraction of a unit by which one statement can be exceeded
    correct(ledger, DAYS[0], "1.9 MWh")
    before = dump(ledger)
    detail = refused("verification-exceeded", lambda: issue(ledger, JUNE))
    assert f"16.4 of vintage 2024 would be claimed of the time of verification {may.n}" in detail
    assert dump(ledger) == before
    state(ledger, most, quantities={2024: 16}, replaces=may)
    assert issue(ledger, JUNE) == 11
    assert ledger.audit().passed


def test_a_correction_upward_makes_no_debit_good_unverified(ledger: cl.Ledger) -> None:
    """What another issuance lacks after a correction is not replaced by energy that nobody verified."""
    december = state(ledger, DECEMBER, quantities={2023: 20})
    state(ledger, JANUARY, quantities={2024: 30})
    state(ledger, JUNE, quantities={2024: 11})
    assert (issue(ledger, DECEMBER), issue(ledger, JANUARY)) == (20, 30)
    for batch in ledger.batches("p"):
        ledger.retire(batch, beneficiary="B", purpose="use", period=cl.Period.year(2024, zone=BAKU), by="holder-op")
    correct(ledger, JANUARY, "25 MWh")
    correct(ledger, DECEMBER, "25 MWh")
    refused("verification-exceeded", lambda: issue(ledger, JUNE))
    part = cl.Period(DECEMBER.start_utc + 3600, DECEMBER.end_utc, BAKU)
    state(ledger, part, quantities={2023: 25}, replaces=december)
    refused("verification-missing", lambda: issue(ledger, JUNE))
    correct(ledger, DECEMBER, "20 MWh")
    assert issue(ledger, JUNE) == 5
    assert ledger.audit().passed


def test_granular_certificates_of_all_devices_count_together(ledger: cl.Ledger) -> None:
    made = state(ledger, HOURS, project="hours", quantities={2024: 699})
    before = dump(ledger)
    assert "700 of vintage 2024" in refused("verification-exceeded", lambda: issue(ledger, HOURS, "hours"))
    assert dump(ledger) == before
    state(ledger, HOURS, project="hours", quantities={2024: 700}, replaces=made)
    assert issue(ledger, HOURS, "hours") == 700
    assert ledger.audit().passed


def test_a_quantification_shows_what_a_statement_would_refuse(ledger: cl.Ledger) -> None:
    """A verifier needs the figures first, so quantifying needs no statement."""
    assert str(ledger.quantify("p", MAY).amount) == "15.5"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"quantities": []}, "15.5 of vintage 2024"),
        ({"quantities": [{"vintage": 2024, "amount": "14"}]}, "which verifies 14"),
        ({"opinion": "disclaimed", "quantities": []}, "disclaimed"),
        ({"period": {"start": "2024-05-01T20:00:00Z", "end": "2024-05-31T20:00:00Z", "zone": BAKU}}, "whole time"),
        ({"project": "rival"}, "whole time"),
    ],
)
def test_a_forged_statement_supports_no_issuance(change: dict[str, Any], words: str) -> None:
    """Domain invariant 34."""
    ledger = cl.open_ledger(":memory:", by="issuer")
    ledger.open_account("op", name="O")
    ledger.register_device(device())
    ledger.register_project(project(requires_verification=True))
    ledger.register_project(project("rival"))
    ledger.record_generation("plant", MAY, net="15.5 MWh")
    n = state(ledger, quantities={2024: 15}).n
    issue(ledger)
    assert ledger.audit().passed
    assert words in str(found_in(ledger, n, lambda event: event.update(change)))


def test_a_forged_requirement_or_correction_is_a_finding() -> None:
    """Domain invariant 34: what the rule refuses, an audit finds, also where no command was asked."""
    ledger = cl.open_ledger(":memory:", by="issuer")
    ledger.open_account("op", name="O")
    ledger.register_device(device())
    registered = ledger.size
    ledger.register_project(project())
    ledger.record_generation("plant", MAY, net="15.5 MWh")
    issue(ledger)
    finding = found_in(ledger, registered, lambda event: event.update(requires_verification=True))
    assert "no verifier's statement" in str(finding)
    finding = found_in(ledger, registered, lambda event: event.update(requires_verification=False))
    assert "normal form" in str(finding)
