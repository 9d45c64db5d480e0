"""What an entry rests on, and what rests on it."""

import pytest
from tests.conftest import EVIDENCE
from tests.support.busy_ledger import APRIL, busy
from tests.support.metered_project import MAY

import carbon_ledger as cl
from carbon_ledger.errors import UnknownThingError
from carbon_ledger.queries.grounds import grounds_of, resting_on

__all__ = ["busy"]


def of_type(ledger: cl.Ledger, kind: str) -> int:
    return next(entry.n for entry in ledger.entries() if entry.type == kind)


def relations(ledger: cl.Ledger, n: int) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for item in grounds_of(ledger, n):
        found.setdefault(item.type, set()).add(item.relation)
    return found


def test_an_issuance_rests_on_its_readings_its_document_and_its_registrations(busy: cl.Ledger) -> None:
    found = relations(busy, of_type(busy, "issuance.recorded"))
    assert found == {
        "account.opened": {"opens account op"},
        "document.recorded": {"part of the same command"},
        "generation.recorded": {"has readings of plant"},
        "project.registered": {"registers project p"},
    }


def test_units_rest_on_what_issued_them_and_on_what_put_them_there(busy: cl.Ledger) -> None:
    (block,) = busy.holdings("buyer")
    moved = of_type(busy, "units.transferred")
    busy.transfer(block, to="op")
    found = {item.n: item.relation for item in grounds_of(busy, busy.size - 1)}
    issued = of_type(busy, "issuance.recorded")
    assert found[issued].startswith("issued batch")
    assert found[moved] == "made units active in account buyer"


def test_a_correction_rests_on_what_it_replaced_and_on_what_it_changed(busy: cl.Ledger) -> None:
    busy.correct_generation("plant", MAY, net="99 MWh", reason="misread", evidence=EVIDENCE)
    found = relations(busy, busy.size - 1)
    assert found["generation.recorded"] == {"has the readings that were replaced"}
    assert found["issuance.recorded"] == {"the issuance that it changed"}


def test_each_ground_is_earlier_and_each_way_has_its_other_way(busy: cl.Ledger) -> None:
    offer = busy.offer(busy.holdings("op")[0], to="buyer")
    busy.accept(offer)
    busy.describe_document(EVIDENCE, kind="meter-report", title="A report")
    busy.correct_generation("plant", APRIL, net="2 MWh", reason="misread", evidence=EVIDENCE)
    pairs = {(n, item.n) for n in range(busy.size) for item in grounds_of(busy, n)}
    assert all(ground < n for n, ground in pairs)
    assert pairs == {(item.n, n) for n in range(busy.size) for item in resting_on(busy, n)}
    accepted = of_type(busy, "transfer.accepted")
    assert (accepted, offer.n) in pairs
    assert "describes the evidence" in relations(busy, busy.size - 1)["document.described"]


def test_as_of_an_entry_only_what_was_there_rests_on_it(busy: cl.Ledger) -> None:
    issued = of_type(busy, "issuance.recorded")
    assert resting_on(busy, issued)
    assert resting_on(busy.as_of(entry=issued), issued) == ()


@pytest.mark.parametrize("n", [-1, True, "1", 10**20, None])
def test_there_is_no_such_entry(n: int, busy: cl.Ledger) -> None:
    with pytest.raises(UnknownThingError, match="unknown-entry"):
        grounds_of(busy, n)


def test_progress_is_reported(busy: cl.Ledger) -> None:
    calls: list[tuple[int, int]] = []
    resting_on(busy, 1, lambda done, whole: calls.append((done, whole)))
    assert calls[-1] == (busy.size - 2, busy.size - 2)
