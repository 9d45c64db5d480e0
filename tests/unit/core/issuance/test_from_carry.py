"""Issuing of carry: what it makes, which steps it is of, who may, and what is refused."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.conftest import EVIDENCE, Clock, device, dump
from tests.support.expiring_plant import corrected, counts, expire, held, issued, month
from tests.support.forging import found_in

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.canonical import digest

__all__ = ["held"]


def raised(ledger: cl.Ledger, **more: Any) -> cl.Batch:
    """Ten units of January and five of February, all sold; January is corrected upward by 4.5 MWh."""
    batch = issued(ledger, month(1), **more)
    issued(ledger, month(2), "5.25 MWh")
    corrected(ledger, month(1), "14.5 MWh")
    return batch


def test_units_of_carry_claim_nothing(held: cl.Ledger) -> None:
    """Ledger-model section 5; invariants 2, 3 and 20."""
    raised(held)
    claims = held.claims("plant", cl.Period.year(2025, zone="Asia/Baku"))
    (batch,) = held.issue_carry("p", to="other", buffer="0.5")
    assert (batch.vintage, batch.count, batch.account) == (2025, 4, "other")
    assert counts(held, "other") == {"active": 2, "buffered": 2}
    assert held.claims("plant", cl.Period.year(2025, zone="Asia/Baku")) == claims
    event = held.entry(held.size - 1).event
    assert (event["amounts"], event["of_carry"], event["waivers"]) == ([], True, [])
    assert event["carry"] == [{"vintage": 2025, "amount": "0.75"}]
    assert held.issuances("p")[-1].amounts == ()
    with pytest.raises(errors.NothingToIssueError, match=r"0\.75 of 2025") as refused:
        held.issue_carry("p", to="op")
    assert refused.value.rule == "no-carry"
    assert held.audit().findings == ()


def test_the_refusal_says_how_much_of_the_carry_newer_units_need(held: cl.Ledger) -> None:
    """Invariant 20: a unit rests on the energy of its vintage and of older ones; what they need is not free."""
    old = month(12, 2024)
    held.record_generation("plant", old, net="10.9 MWh")
    held.record_generation("plant", month(3), net="0.2 MWh")
    held.issue("p", old, to="op")
    held.issue("p", month(3), to="op")
    corrected(held, old, "11.1 MWh")
    with pytest.raises(errors.NothingToIssueError) as refused:
        held.issue_carry("p", to="op")
    assert "makes no whole unit: 1.1 of 2024, of which units of 2025 need 0.8, leaves 0.3; issue" in str(refused.value)
    corrected(held, old, "13.5 MWh")
    assert [str(line) for line in held.quantify_carry("p").lines if line.symbol[:2] in ("to", "N[")] == [
        "total[2025] = carry[2024] + carry[2025] = 2.7 MWh  (carry with that of older vintages)",
        "N[2024] = floor(min(carry[2024], total[2025])) = 2 MWh  (units issued of carry)",
    ]
    held.issue_carry("p", to="other")
    held.retire(held.holdings("other"), beneficiary="b", purpose="p", period=cl.Period.year(2025, zone="Asia/Baku"))
    held.retire(held.holdings("op"), beneficiary="b", purpose="p", period=cl.Period.year(2025, zone="Asia/Baku"))
    corrected(held, old, "11 MWh")
    with pytest.raises(errors.NothingToIssueError) as refused:
        held.issue_carry("p", to="op")
    assert "its carry has a debit of 1.8 (" in str(refused.value)
    assert "issue a period, which makes the debit good first" in str(refused.value)


def test_a_batch_of_carry_is_of_all_steps_of_its_vintage(held: cl.Ledger) -> None:
    """Ledger-model section 6: production, expiry, the quantification, and the trace follow from the live claims."""
    raised(held)
    (batch,) = held.issue_carry("p", to="op")
    assert batch.production == cl.Period(month(1).start_utc, month(2).end_utc)
    traced = held.trace(batch)
    assert {source.reading.start_utc for source in traced.sources} == {month(1).start_utc, month(2).start_utc}
    assert traced.interval == batch.production
    assert traced.quantification is not None
    assert [str(line) for line in traced.quantification.lines] == [
        "A[2025] = 19.75 MWh  (amount of the live claims)",
        "J[2025] = 0 MWh  (adjustments: units forfeited)",
        "U[2025] = 15 MWh  (units counted)",
        "carry[2025] = A[2025] + J[2025] - U[2025] = 4.75 MWh  (carry)",
        "N[2025] = floor(carry[2025]) = 4 MWh  (units issued of carry)",
    ]
    assert "units of carry" in str(traced.quantification)
    assert held.statement("op").movements[-1].detail.startswith("issued of carry to op: 4 of 2025 (p)")


def test_units_of_carry_expire_with_the_steps_of_their_vintage(held: cl.Ledger, clock: Clock) -> None:
    first = issued(held, month(1), project="go")
    held.correct_generation("second", month(1), net="12 MWh", reason="r", evidence=EVIDENCE)
    (batch,) = held.issue_carry("go", to="op")
    assert batch.expires_utc == first.expires_utc
    expire(clock)
    assert batch.block in held.expired("op")


def test_a_unit_of_carry_alone_in_a_later_issuance_is_of_its_own_vintage(held: cl.Ledger, clock: Clock) -> None:
    """S18: the older batch of an issuance of 2026 is of the steps of 2025."""
    clock.move(days=60)
    batch = issued(held, month(12))
    corrected(held, month(12), "12 MWh")
    held.record_generation("plant", month(1, 2026), net="1 MWh")
    old, new = held.issue("p", month(1, 2026), to="op")
    assert (old.vintage, old.count, old.production) == (2025, 2, batch.production)
    assert (new.vintage, new.count, new.production) == (2026, 1, month(1, 2026))
    assert [source.reading.start_utc for source in held.trace(old).sources] == [month(12).start_utc]
    assert [source.reading.start_utc for source in held.trace(new).sources] == [month(1, 2026).start_utc]


def test_an_issuance_of_carry_is_voided_and_not_converted(held: cl.Ledger) -> None:
    """Ledger-model section 7: its carry is there again; it has no step that another instrument could use."""
    raised(held)
    (batch,) = held.issue_carry("p", to="op", key="k")
    assert held.issue_carry("p", to="op", key="k") == (batch,)
    with pytest.raises(errors.RefusedError, match="claims no step") as refused:
        held.convert(batch, to_instrument="EECS-GO", reason="r")
    assert refused.value.rule == "nothing-to-convert"
    held.void(batch, reason="r")
    assert str(held.carry("p").carry) == "4.75"
    (again,) = held.issue_carry("p", to="op")
    assert (again.count, again.batch_id != batch.batch_id) == (4, True)
    assert held.audit().findings == ()


def test_what_makes_no_unit_is_refused(held: cl.Ledger) -> None:
    before = dump(held)
    held.register_device(device("hour"))
    held.register_project(cl.Project(id="hours", instrument="GC", zone="UTC", devices=("hour",)))
    for project in ("p", "hours"):
        with pytest.raises(errors.NothingToIssueError):
            held.issue_carry(project, to="op")
        with pytest.raises(errors.NothingToIssueError):
            held.quantify_carry(project)
    with pytest.raises(errors.UnknownProjectError):
        held.issue_carry("nothing", to="op")
    raised(held)
    with pytest.raises(errors.UnknownAccountError):
        held.issue_carry("p", to="nobody")
    assert dump(held) != before
    assert held.audit().findings == ()


def test_issuing_carry_obeys_approvals(ledger: cl.Ledger) -> None:
    """Invariant 22: exactly the carry that a verifier approved, once, and not after it changed."""
    ledger.register_device(device())
    ledger.register_project(
        cl.Project(id="p", instrument="I-REC-E", zone="Asia/Baku", devices=("plant",), requires_approval=True)
    )
    ledger.record_generation("plant", month(1), net="10 MWh")
    ledger.approve(ledger.quantify("p", month(1)), by="verifier")
    ledger.issue("p", month(1), to="op")
    corrected(ledger, month(1), "14 MWh")
    with pytest.raises(errors.RefusedError, match=r"have .* approve the result of quantify_carry\('p'\)") as refused:
        ledger.issue_carry("p", to="op")
    assert refused.value.rule == "approval-missing"  # the used approval of the same period was of other units
    (stale,) = ledger.approve(ledger.quantify_carry("p"), by="verifier")
    corrected(ledger, month(1), "15 MWh")
    with pytest.raises(errors.RefusedError) as refused:
        ledger.issue_carry("p", to="op")
    assert refused.value.rule == "approval-lapsed"
    assert [item.status for item in ledger.approvals("p") if item.n == stale.n] == ["lapsed"]
    found = ledger.quantify_carry("p")
    (approval,) = ledger.approve(found, by="verifier")
    with pytest.raises(errors.RefusedError) as refused:
        ledger.issue_carry("p", to="op", by="verifier")
    assert refused.value.rule == "approval-own"
    (batch,) = ledger.issue_carry("p", to="op")
    assert batch.count == 5
    assert [item.status for item in ledger.approvals("p") if item.n == approval.n] == ["used"]
    with pytest.raises(errors.NothingToIssueError):
        ledger.approve(found, by="verifier")
    assert ledger.audit().findings == ()


FORGED: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda event: event["batches"][0].update(count=5), "batches"),
    (lambda event: event["batches"][0].update(vintage=2026), "batches"),
    (lambda event: event["carry"][0].update(amount="0"), "carry"),
    (lambda event: event["carry"].append({"vintage": 2026, "amount": "0"}), "carry"),
    (lambda event: event.update(amounts=[{"vintage": 2025, "amount": "4"}]), "amounts"),
    (lambda event: event["period"].update(end="2025-06-30T20:00:00Z"), "period"),
    (lambda event: event.update(waivers=[{"name": "gap", "reason": "r"}]), "waivers"),
    (lambda event: event.update(device="plant"), "device"),
    (lambda event: event.update(of_carry=False), "of_carry"),
    (lambda event: event.pop("of_carry"), "claimed"),
    (lambda event: event.update(buffer_share="0.5"), "batches"),
    (lambda event: event.update(project="go"), "no whole unit"),
    (lambda event: event.update(account="nobody"), "nobody"),
    (lambda event: event.update(quantification=digest(b"{}")), "document"),
]


@pytest.mark.parametrize(("change", "words"), FORGED)
def test_a_forged_issuance_of_carry_is_found(
    held: cl.Ledger, change: Callable[[dict[str, Any]], object], words: str
) -> None:
    """Invariant 34: no command writes such an entry."""
    raised(held)
    held.issue_carry("p", to="op")
    found = found_in(held, held.size - 1, change)
    assert (found.entry, words in found.detail) == (held.size - 1, True), found
