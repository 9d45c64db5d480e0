"""Corrections: their evidence, their length, the edges of claims, and the issuances that they change."""

import pytest
from tests.conftest import EVIDENCE, device, dump
from tests.support.forging import found_in
from tests.support.hourly_plant import correct as correct_hours
from tests.support.hourly_plant import hours
from tests.support.hourly_plant import issue as issue_hours
from tests.support.hourly_plant import set_up as set_up_granular

import carbon_ledger as cl
from carbon_ledger import errors


@pytest.fixture
def metered(ledger: cl.Ledger) -> cl.Ledger:
    """Six hours of 1 May, of which the first three are issued."""
    ledger.register_device(device(zone="UTC"))
    ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone="UTC", devices=("plant",)))
    ledger.record_readings("plant", start=hours(0, 1).start, step="1 hour", net_wh=[1_000_000] * 6)
    ledger.issue("p", hours(0, 3), to="op")
    return ledger


def corrected(ledger: cl.Ledger, first: int, net_wh: list[int], step: str = "1 hour") -> object:
    start = hours(first, first + 1).start
    return ledger.correct_readings("plant", start=start, step=step, net_wh=net_wh, reason="ratio", evidence=EVIDENCE)


def test_a_correction_rests_on_a_document(metered: cl.Ledger) -> None:
    before = dump(metered)
    with pytest.raises(errors.MissingDataError, match="correction of device plant: evidence is missing"):
        metered.correct_generation("plant", hours(3, 4), net="1 MWh", reason="ratio", evidence=None)
    with pytest.raises(errors.QuantityError, match="reason"):
        metered.correct_generation("plant", hours(3, 4), net="1 MWh", reason=" ", evidence=EVIDENCE)
    assert dump(metered) == before


def test_what_lies_beside_a_correction_keeps_what_it_was(metered: cl.Ledger) -> None:
    """Invariant 15: net and gross of the steps before and after it; and none where none was recorded."""
    metered.record_readings(
        "plant", start=hours(6, 7).start, step="1 hour", net_wh=[1, 2, 3, 4], gross_wh=[10, 20, 30, 40]
    )
    for first, gross in ((7, ((6, 10), (7, None), (8, 70))), (4, ((0, None), (4, None), (5, None)))):
        corrected(metered, first, [5])
        live = metered.readings("plant", hours(gross[0][0], gross[-1][0] + 1))
        assert [(run.start_utc, run.gross_wh) for run in live] == [(hours(k, k + 1).start_utc, wh) for k, wh in gross]
    assert [run.net_wh for run in metered.readings("plant", hours(6, 9))] == [1, 5, 7]
    assert metered.audit().findings == ()


@pytest.mark.parametrize(("first", "fits"), [(0, False), (1, True), (2, False), (3, True)])
def test_a_step_never_crosses_the_edge_of_a_claim(metered: cl.Ledger, first: int, fits: bool) -> None:
    """Invariant 5: what is claimed and what is not stay apart, to the step."""
    before = dump(metered)
    if fits:
        corrected(metered, first, [2_000_000], "2 hours")
        assert metered.audit().findings == ()
        return
    with pytest.raises(errors.StraddlingStepError, match="a step of 7200 s crosses the edge of the claim") as refused:
        corrected(metered, first, [2_000_000, 2_000_000], "2 hours")
    assert refused.value.rule == "step-crosses-claim"
    assert dump(metered) == before


def test_a_correction_names_the_issuances_that_it_changes(ledger: cl.Ledger) -> None:
    """Invariants 15 and 22."""
    set_up_granular(ledger)
    issue_hours(ledger, [10, 20])
    correct_hours(ledger, [7])
    found = found_in(ledger, ledger.size - 1, lambda event: event.update(issuances=[]))
    assert found.entry == ledger.size - 1
    assert "it names 0 issuances, expected 1" in found.detail
