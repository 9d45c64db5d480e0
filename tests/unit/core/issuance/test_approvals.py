"""Approvals: each covers exactly one quantification, by another actor than the issuer, until it lapses."""

from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve
from tests.conftest import EVIDENCE, Clock, device, dump
from tests.support.staffed_ledger import FACTOR, JULY, JUNE, MAY, begin, project

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core import rules
from carbon_ledger.core.issuance.approvals import ApprovalStatus, approval_event
from carbon_ledger.core.issuance.documents import document_events

GAP = cl.Waiver("gap", "the logger was down")
DAYS = JUNE.days()
TEXT = cl.Waiver("methodology-text", "compared with the published text")
HOURS = cl.Period.of("2024-06-10T00:00Z", "2024-06-10T04:00Z")


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> cl.Ledger:
    """May and June recorded by the day (two days of June are missing), for two projects that need approvals."""
    opened = begin(":memory:" if request.param == "memory" else tmp_path / "approvals.db", clock)
    with opened.batch():
        opened.grant("issuer", "verifier")
        for name in ("plant", "second"):
            opened.register_device(device(name))
        opened.register_project(project(requires_approval=True))
        opened.register_project(project("rival", devices=("plant", "second")))
        opened.record_generation("plant", MAY, net="10.5 MWh", by="meter-operator")
        for day in [*DAYS[:10], *DAYS[12:]]:
            opened.record_generation("plant", day, net="1.1 MWh", by="meter-operator")
    return opened


def quantified(ledger: cl.Ledger) -> cl.Quantification:
    return ledger.quantify("p", JUNE, waivers=[GAP])


def approve(ledger: cl.Ledger, by: str = "verifier") -> int:
    (made,) = ledger.approve(quantified(ledger), by=by)
    return made.n


def issue(ledger: cl.Ledger, by: str = "issuer") -> tuple[cl.Batch, ...]:
    return ledger.issue("p", JUNE, to="op", waivers=[GAP], by=by)


def correct(ledger: cl.Ledger, period: cl.Period, net: str) -> object:
    return ledger.correct_generation("plant", period, net=net, reason="r", evidence=EVIDENCE, by="meter-operator")


def refused(rule: str, action: Callable[[], object]) -> str:
    with pytest.raises(errors.RefusedError) as caught:
        action()
    assert caught.value.rule == rule
    return caught.value.detail


def test_an_issuance_needs_an_approval_where_the_project_says_so(ledger: cl.Ledger) -> None:
    """Another actor approves, then the issuer issues; the approval is used and the audit finds nothing."""
    before = dump(ledger)
    assert "have an actor other than the issuer approve" in refused("approval-missing", lambda: issue(ledger))
    assert dump(ledger) == before
    quantification = quantified(ledger)
    (made,) = ledger.approve(quantification, note="visited on 3 July", by="verifier")
    assert (made.status, made.ended_n, made.by, made.note) == ("standing", None, "verifier", "visited on 3 July")
    assert (made.project, made.period, made.device) == ("p", JUNE, None)
    assert made.quantification == quantification.digest
    (batch,) = issue(ledger)
    issued = ledger.entry(int(batch.batch_id.rsplit("/", 1)[1]))
    assert issued.event["quantification"] == made.quantification
    assert ledger.approvals("p") == (evolve(made, status="used", ended_n=issued.n),)
    assert ledger.as_of(entry=made.n).approvals("p") == (made,)
    assert ledger.audit().findings == ()


def test_what_was_approved_is_in_the_log(ledger: cl.Ledger) -> None:
    """The document is right before the approval: an auditor reads what the verifier put his name to."""
    n = approve(ledger)
    entry = ledger.entry(n)
    document = "".join(part["text"] for _, part in document_events(quantified(ledger).to_bytes()))
    assert ledger.entry(n - 1).event["text"] == document
    assert entry.event == {
        "project": "p",
        "period": JUNE.to_record(),
        "quantification": quantified(ledger).digest,
    }


def test_a_project_that_needs_none_issues_without_one(ledger: cl.Ledger) -> None:
    """And its record has no such field, so that older projects keep their bytes."""
    assert "requires_approval" not in ledger.project("rival").to_record()
    assert ledger.project("p").to_record()["requires_approval"] is True
    ledger.record_generation("second", MAY, net="1 MWh", by="meter-operator")
    (batch,) = ledger.issue("rival", MAY, to="op", by="issuer")
    assert batch.count == 11
    assert ledger.approvals("rival") == ()


def test_an_approval_that_was_not_needed_is_used_all_the_same(ledger: cl.Ledger) -> None:
    ledger.record_generation("second", MAY, net="1 MWh", by="meter-operator")
    (made,) = ledger.approve(ledger.quantify("rival", MAY), by="verifier")
    (batch,) = ledger.issue("rival", MAY, to="op", by="issuer")
    (after,) = ledger.approvals("rival")
    assert (after.n, after.status, after.ended_n) == (made.n, "used", ledger.issuances("rival")[0].n)
    ledger.void(batch, reason="r", by="issuer")
    ledger.issue("rival", MAY, to="op", by="issuer")


@pytest.mark.parametrize("requires", [0, 1, "yes", None])
def test_requiring_an_approval_is_yes_or_no(requires: object) -> None:
    with pytest.raises(errors.QuantityError, match=r"requires_approval .*, expected True or False"):
        project(requires_approval=requires)


def test_nobody_issues_on_his_own_approval_alone(ledger: cl.Ledger) -> None:
    """The issuer is a verifier too; with another verifier's approval beside his own he may."""
    own = approve(ledger, by="issuer")
    assert "issuer approved this quantification" in refused("approval-own", lambda: issue(ledger))
    other = approve(ledger)
    issue(ledger)
    assert [(item.n, item.status) for item in ledger.approvals("p")] == [(own, "lapsed"), (other, "used")]


def test_somebody_else_issues_on_the_issuers_approval(ledger: cl.Ledger) -> None:
    approve(ledger, by="issuer")
    ledger.grant("deputy", "issuer")
    issue(ledger, by="deputy")
    assert ledger.approvals("p")[0].status == "used"


# What an approval covered, changed and changed back, so that its digest is right again.


def corrected_and_back(ledger: cl.Ledger) -> None:
    correct(ledger, DAYS[3], "9 MWh")
    correct(ledger, DAYS[3], "1.1 MWh")


def corrected_to_the_same(ledger: cl.Ledger) -> None:
    correct(ledger, DAYS[3], "1.1 MWh")


def claimed_and_freed(ledger: cl.Ledger) -> None:
    (batch,) = ledger.issue("rival", DAYS[3], to="op", waivers=[GAP], by="issuer")
    ledger.void(batch, reason="r", by="issuer")


@pytest.mark.parametrize("change", [corrected_and_back, corrected_to_the_same, claimed_and_freed])
def test_an_approval_lapses_for_good(ledger: cl.Ledger, change: Callable[[cl.Ledger], None]) -> None:
    """A -> B -> A does not revive it: nobody approved the way there and back."""
    before = quantified(ledger).digest
    n = approve(ledger)
    first = ledger.size
    change(ledger)
    assert quantified(ledger).digest == before
    (lapsed,) = ledger.approvals("p")
    assert (lapsed.n, lapsed.status) == (n, "lapsed")
    changes = ("generation.corrected", "issuance.recorded", "issuance.voided")
    assert lapsed.ended_n == min(k for k in range(first, ledger.size) if ledger.entry(k).type in changes)
    assert [ledger.as_of(entry=lapsed.ended_n - k).approvals("p")[0].status for k in (1, 0)] == ["standing", "lapsed"]
    for _ in range(2):
        detail = refused("approval-lapsed", lambda: issue(ledger))
        assert f"approval {n} lapsed: entry {lapsed.ended_n}" in detail
    again = approve(ledger)
    issue(ledger)
    assert [item.status for item in ledger.approvals("p")] == ["lapsed", "used"]
    assert again > lapsed.ended_n
    assert ledger.audit().findings == ()


def late(ledger: cl.Ledger) -> None:
    ledger.record_generation("plant", DAYS[10], net="2 MWh", by="meter-operator")


def corrected(ledger: cl.Ledger) -> None:
    correct(ledger, DAYS[3], "1.2 MWh")


def claimed(ledger: cl.Ledger) -> None:
    ledger.issue("rival", DAYS[3], to="op", waivers=[GAP], by="issuer")


@pytest.mark.parametrize("change", [late, corrected, claimed])
def test_another_quantification_is_not_the_one_that_was_approved(
    ledger: cl.Ledger, change: Callable[[cl.Ledger], None]
) -> None:
    before = quantified(ledger).digest
    n = approve(ledger)
    change(ledger)
    assert quantified(ledger).digest != before
    assert f"approval {n} lapsed" in refused("approval-lapsed", lambda: issue(ledger))
    approve(ledger)
    assert len(issue(ledger)) == 1


def beside(ledger: cl.Ledger) -> None:
    """Readings, corrections and claims of other time and of other devices."""
    ledger.record_generation("second", JUNE, net="5 MWh", by="meter-operator")
    ledger.record_generation("plant", JULY, net="5 MWh", by="meter-operator")
    correct(ledger, MAY, "9 MWh")
    ledger.issue("rival", JULY, to="op", waivers=[GAP], by="issuer")
    ledger.open_account("late", name="Late")


def test_what_it_did_not_cover_may_change(ledger: cl.Ledger) -> None:
    n = approve(ledger)
    beside(ledger)
    assert [(item.n, item.status) for item in ledger.approvals("p")] == [(n, "standing")]
    issue(ledger)


def test_a_correction_that_cuts_a_long_run_beside_the_period_changes_nothing(ledger: cl.Ledger) -> None:
    """One run of hours reaches over the period: its part in it keeps its values, and the approval stands."""
    ledger.register_project(project("hours", devices=("second",), requires_approval=True))
    edge = cl.Period.of("2024-06-10T00:00Z", "2024-06-10T08:00Z")
    ledger.record_readings("second", start=edge.start, step="1 hour", net_wh=[10**6] * 8, by="meter-operator")
    ledger.approve(ledger.quantify("hours", HOURS), by="verifier")
    outside, inside = cl.Period(HOURS.end_utc, HOURS.end_utc + 3600), cl.Period(HOURS.end_utc - 3600, HOURS.end_utc)
    for period, status in ((outside, "standing"), (inside, "lapsed")):
        ledger.correct_generation("second", period, net="2 MWh", reason="r", evidence=EVIDENCE, by="meter-operator")
        assert [item.status for item in ledger.approvals("hours")] == [status]


def test_an_approval_is_for_one_issuance(ledger: cl.Ledger) -> None:
    """Void the issuance, and the same quantification needs a new approval."""
    n = approve(ledger)
    (batch,) = issue(ledger)
    ledger.void(batch, reason="r", by="issuer")
    assert f"used approval {n}" in refused("approval-used", lambda: issue(ledger))
    approve(ledger)
    issue(ledger)
    assert ledger.audit().findings == ()


def test_a_revoked_approval_is_none(ledger: cl.Ledger) -> None:
    (made,) = ledger.approve(quantified(ledger), by="verifier", key="a")
    ledger.revoke_approval(made, reason="the meter's seal was broken", by="issuer", key="r")
    ledger.revoke_approval(made, reason="the meter's seal was broken", by="issuer", key="r")
    detail = refused("approval-missing", lambda: issue(ledger))
    assert f"entry {made.n + 1} revoked approval {made.n} (the meter's seal was broken)" in detail
    (after,) = ledger.approvals("p")
    assert (after.status, after.ended_n) == ("revoked", made.n + 1)
    assert ledger.approve(quantified(ledger), by="verifier", key="a") == (made,)
    assert "nothing to revoke" in refused(
        "approval-ended", lambda: ledger.revoke_approval(made.n, reason="r", by="verifier")
    )
    again = approve(ledger)
    issue(ledger)
    assert "void that issuance instead" in refused(
        "approval-ended", lambda: ledger.revoke_approval(again, reason="r", by="verifier")
    )


@pytest.mark.parametrize("n", [0, 3, 10_000])
def test_what_is_no_approval_cannot_be_revoked(ledger: cl.Ledger, n: int) -> None:
    refused("unknown-approval", lambda: ledger.revoke_approval(n, reason="r", by="verifier"))


def test_another_factor_waiver_or_zone_is_another_quantification(ledger: cl.Ledger) -> None:
    n = approve(ledger)
    for period, waiver in ((JUNE.in_utc, GAP), (JUNE, cl.Waiver("gap", "another reason"))):
        detail = refused(
            "approval-missing",
            lambda period=period, waiver=waiver: ledger.issue("p", period, to="op", waivers=[waiver], by="issuer"),
        )
        assert f"approval {n} is of another quantification, {quantified(ledger).digest}" in detail
    assert "no verifier has approved it" in refused(
        "approval-missing", lambda: ledger.issue("p", DAYS[3], to="op", by="issuer")
    )
    issue(ledger)


def test_of_two_the_one_that_comes_closest_is_named(ledger: cl.Ledger) -> None:
    """An approval of these very figures that lapsed says more than a later one of other figures."""
    first = approve(ledger)
    corrected_to_the_same(ledger)
    ledger.approve(ledger.quantify("p", JUNE, waivers=[cl.Waiver("gap", "another reason")]), by="verifier")
    assert f"approval {first} lapsed" in refused("approval-lapsed", lambda: issue(ledger))


def test_a_quantification_that_the_readings_no_longer_give_is_not_approved(ledger: cl.Ledger) -> None:
    old = quantified(ledger)
    correct(ledger, DAYS[3], "1.2 MWh")
    assert "quantify() again" in refused("quantification-stale", lambda: ledger.approve(old, by="verifier"))
    approve(ledger)
    issue(ledger)
    with pytest.raises(errors.DoubleIssuanceError):
        ledger.approve(old, by="verifier")


def test_approving_twice_is_refused_so_that_revoking_once_is_enough(ledger: cl.Ledger) -> None:
    n = approve(ledger)
    assert "it is still standing; there is nothing to approve" in refused("approval-standing", lambda: approve(ledger))
    assert len(ledger.approvals("p")) == 1
    corrected_to_the_same(ledger)
    assert approve(ledger) > n


def test_what_is_no_quantification_is_not_approved(ledger: cl.Ledger) -> None:
    for wrong in (None, "sha256:" + "0" * 64, quantified(ledger).to_record()):
        with pytest.raises(errors.QuantityError, match="expected a Quantification"):
            ledger.approve(wrong, by="verifier")
    with pytest.raises(errors.UnknownProjectError):
        ledger.approve(evolve(quantified(ledger), project="ghost"), by="verifier")
    with pytest.raises(errors.UnknownProjectError):
        ledger.approvals("ghost")


def test_a_verifier_of_then_is_enough(ledger: cl.Ledger) -> None:
    """Who was a verifier when he approved; not who becomes one, and it does not matter that he left."""
    with pytest.raises(errors.NotAuthorisedError):
        approve(ledger, by="auditor")
    approve(ledger)
    ledger.revoke("verifier", "verifier", reason="left")
    issue(ledger)
    assert ledger.audit().findings == ()


def test_facts_about_approvals_hold_in_an_open_ledger() -> None:
    """Anybody may approve there, but the issuer's own approval is none."""
    open_ = cl.open_ledger(":memory:", clock=Clock(), by="me")
    open_.open_account("op", name="Op")
    open_.register_device(device())
    open_.register_project(project(requires_approval=True))
    open_.record_generation("plant", JUNE, net="3 MWh")
    refused("approval-missing", lambda: open_.issue("p", JUNE, to="op"))
    open_.approve(open_.quantify("p", JUNE))
    refused("approval-own", lambda: open_.issue("p", JUNE, to="op"))
    open_.approve(open_.quantify("p", JUNE), by="a friend")
    assert [batch.count for batch in open_.issue("p", JUNE, to="op")] == [3]
    assert open_.audit().findings == ()


def test_credits_are_approved_with_the_factor_that_they_will_be_issued_on(ledger: cl.Ledger) -> None:
    """The factor is adopted with the issuance: the approval names it, in its document, before that."""
    ledger.register_project(
        project(
            "credits",
            instrument="GCC-ACC",
            methodology="ACM0002@22.0",
            baseline="greenfield",
            crediting_period=cl.Period.years("2021-01-01", 10, zone="Asia/Baku"),
            requires_approval=True,
        )
    )
    ledger.approve(ledger.quantify("credits", MAY, factor=FACTOR, waivers=[TEXT]), by="verifier")
    other = evolve(FACTOR, factor_id="g", value="0.6")
    refused(
        "approval-missing", lambda: ledger.issue("credits", MAY, to="op", factor=other, waivers=[TEXT], by="issuer")
    )
    (batch,) = ledger.issue("credits", MAY, to="op", factor=FACTOR, waivers=[TEXT], by="issuer")
    assert batch.count == 5
    assert ledger.audit().findings == ()


def test_granular_certificates_have_an_approval_for_each_device(ledger: cl.Ledger) -> None:
    """One issuance a device, so one approval a device; a claim on one leaves the other's standing."""
    ledger.register_device(device("third"))
    ledger.register_project(project("gc", instrument="GC", devices=("third", "second"), requires_approval=True))
    for name, values in (("second", [5, -1, 7, 0]), ("third", [1, 2, 3, 4])):
        ledger.record_readings(name, start=HOURS.start, step="1 hour", net_wh=values, by="meter-operator")
    made = ledger.approve(ledger.quantify("gc", HOURS), by="verifier", key="hours")
    assert [item.device for item in made] == ["third", "second"]
    assert len({item.quantification for item in made}) == 2
    assert ledger.approve(ledger.quantify("gc", HOURS), by="verifier", key="hours") == made
    batches = ledger.issue("gc", HOURS, to="op", by="issuer")
    assert sorted((batch.device, batch.count) for batch in batches) == [("second", 12), ("third", 10)]
    assert [item.status for item in ledger.approvals("gc")] == ["used", "used"]
    ledger.void(ledger.issuances("gc")[0].n, reason="r", by="issuer")
    detail = refused("approval-used", lambda: ledger.issue("gc", HOURS, to="op", by="issuer"))
    assert f"used approval {made[0].n}" in detail
    ledger.approve(ledger.quantify("gc", HOURS), by="verifier")
    assert [batch.device for batch in ledger.issue("gc", HOURS, to="op", by="issuer")] == ["third"]
    assert ledger.audit().findings == ()


def test_a_stale_granular_quantification_is_refused_too(ledger: cl.Ledger) -> None:
    ledger.register_project(project("gc", instrument="GC", devices=("second",), requires_approval=True))
    ledger.record_readings("second", start=HOURS.start, step="1 hour", net_wh=[1, 2, 3, 4], by="meter-operator")
    old = ledger.quantify("gc", HOURS)
    first = cl.Period(HOURS.start_utc, HOURS.start_utc + 3600)
    ledger.correct_generation("second", first, net="9 Wh", reason="r", evidence=EVIDENCE, by="meter-operator")
    refused("quantification-stale", lambda: ledger.approve(old, by="verifier"))


def historic(ledger: cl.Ledger) -> None:
    """A retrofit: a baseline is subtracted once a year, so June rests on May."""
    ledger.register_device(device("old", capacity_before="50 MW"))
    ledger.register_project(
        project(
            "retrofit",
            instrument="GCC-ACC",
            devices=("old",),
            methodology="ACM0002@22.0",
            baseline="retrofit",
            crediting_period=cl.Period.years("2024-01-01", 10, zone="Asia/Baku"),
            history={2019 + k: f"{4 + k % 2} MWh" for k in range(5)},
            replaced_on="2030-01-01",
            requires_approval=True,
        )
    )
    for period in (MAY, JUNE):
        ledger.record_generation("old", period, net="10 MWh", by="meter-operator")


def test_with_a_historic_baseline_the_rest_of_the_year_is_covered_too(ledger: cl.Ledger) -> None:
    """Claims there and corrections lapse it, since the figures rest on them; a new reading there does not."""
    historic(ledger)
    asked = {"factor": FACTOR, "waivers": [TEXT]}

    def status() -> str:
        return ledger.approvals("retrofit")[-1].status

    def approve_of(period: cl.Period) -> None:
        ledger.approve(ledger.quantify("retrofit", period, **asked), by="verifier")

    def fix(period: cl.Period) -> None:
        ledger.correct_generation("old", period, net="6 MWh", reason="r", evidence=EVIDENCE, by="meter-operator")

    approve_of(JUNE)
    ledger.record_generation("old", JULY, net="5 MWh", by="meter-operator")
    assert status() == "standing"
    fix(JULY)
    assert status() == "lapsed"
    approve_of(JUNE)
    approve_of(MAY)
    ledger.issue("retrofit", MAY, to="op", by="issuer", **asked)
    assert [item.status for item in ledger.approvals("retrofit")] == ["lapsed", "lapsed", "used"]
    next_year = cl.Period.month(2025, 1, zone="Asia/Baku")
    ledger.record_generation("old", next_year, net="5 MWh", by="meter-operator")
    approve_of(JUNE)
    fix(next_year)
    assert status() == "standing"
    ledger.issue("retrofit", JUNE, to="op", by="issuer", **asked)
    assert status() == "used"
    assert ledger.audit().findings == ()


# Entries that nobody's command wrote.


def forge(ledger: cl.Ledger, events: list[tuple[str, dict[str, object]]], by: str = "verifier") -> None:
    ledger._record("forged", {}, lambda _: events, key=None, by=by)


def test_an_approval_of_another_document_is_refused(ledger: cl.Ledger) -> None:
    result = quantified(ledger)
    document = document_events(result.to_bytes())
    event = approval_event(ledger.project("p"), result, None)
    other, empty = document_events(evolve(result, waivers=()).to_bytes()), document_events(b"{}")
    before = dump(ledger)
    for events in (
        [("quantification.approved", event)],
        [*document, ("quantification.approved", event | {"project": "rival"})],
        [*document, ("quantification.approved", event | {"period": MAY.to_record()})],
        [*document, ("quantification.approved", event | {"period": JUNE.in_utc.to_record()})],
        [*document, ("quantification.approved", event | {"device": "plant"})],
        [*document, ("quantification.approved", event | {"quantification": "sha256:" + "0" * 64})],
        [*other, ("quantification.approved", event)],
        [*empty, ("quantification.approved", event | {"quantification": empty[0][1]["sha256"]})],
    ):
        with pytest.raises(errors.BrokenLogError):
            forge(ledger, events)
        assert dump(ledger) == before
    forge(ledger, [*document, ("quantification.approved", event)])
    assert ledger.approvals("p")[0].status == "standing"


def test_a_granular_approval_names_its_device(ledger: cl.Ledger) -> None:
    ledger.register_project(project("gc", instrument="GC", devices=("second",), requires_approval=True))
    ledger.record_readings("second", start=HOURS.start, step="1 hour", net_wh=[1, 2, 3, 4], by="meter-operator")
    result = ledger.quantify("gc", HOURS)
    event = approval_event(ledger.project("gc"), result, None)
    assert event["device"] == "second"
    for wrong in ({name: event[name] for name in event if name != "device"}, event | {"device": "plant"}):
        with pytest.raises(errors.BrokenLogError):
            forge(ledger, [*document_events(result.to_bytes()), ("quantification.approved", wrong)])


def test_an_issuance_written_without_its_approval_is_found(ledger: cl.Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Invariant 24: the audit runs the same rule, so the file alone shows what was not approved."""
    with monkeypatch.context() as without:
        without.setattr(rules.issuing, "use_approvals", lambda *_: [])
        issue(ledger)
    (found,) = ledger.audit().findings
    assert found.entry == ledger.size - 1
    assert "[approval-missing]" in found.detail


def test_a_correction_of_any_device_of_a_project_lapses_its_approval(ledger: cl.Ledger) -> None:
    """Each device's readings are covered, not those of the last one alone."""
    ledger.register_project(project("both", devices=("plant", "second"), requires_approval=True))
    for day in DAYS[10:12]:
        ledger.record_generation("plant", day, net="1 MWh", by="meter-operator")
    ledger.record_generation("second", JUNE, net="7 MWh", by="meter-operator")
    ledger.approve(ledger.quantify("both", JUNE), by="verifier")
    correct(ledger, DAYS[0], "0.5 MWh")
    (status,) = ledger.approvals("both")
    assert status.status == "lapsed"
    refused("approval-lapsed", lambda: ledger.issue("both", JUNE, to="op", by="issuer"))


@pytest.mark.parametrize("beyond", [0, 1, 10**6])
def test_an_approval_of_an_entry_that_is_not_there_is_refused_by_name(ledger: cl.Ledger, beyond: int) -> None:
    refused("unknown-approval", lambda: ledger.revoke_approval(ledger.size + beyond, reason="r", by="verifier"))


def test_another_ledgers_approval_is_not_revoked_here(ledger: cl.Ledger) -> None:
    """Its number is that of another approval in this ledger."""
    (standing,) = ledger.approve(quantified(ledger), by="verifier")
    before = dump(ledger)
    for wrong in (
        evolve(standing, at=ledger.entry(0).at),
        evolve(standing, by="issuer"),
        evolve(standing, quantification="sha256:" + "0" * 64),
    ):
        assert "another ledger" in refused("unknown-approval", lambda wrong=wrong: revoke(ledger, wrong))
    assert "no such approval" in refused("unknown-approval", lambda: revoke(ledger, evolve(standing, n=0)))
    assert dump(ledger) == before
    revoke(ledger, standing)
    assert "revoked" in refused("approval-ended", lambda: revoke(ledger, ledger.approvals("p")[0]))


def revoke(ledger: cl.Ledger, approval: ApprovalStatus) -> None:
    ledger.revoke_approval(approval, reason="r", by="verifier")
