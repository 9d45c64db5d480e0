"""Labels on ranges of units: they are added and removed, and survive every split and transfer."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.conftest import EVIDENCE, Opener, dump
from tests.support.forging import found_in
from tests.support.other_registry import BAKU, OTHER, gs, import_go, import_serial, set_up

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core.state.rows import Label

CLAIM = {"beneficiary": "B Ltd", "purpose": "2025", "period": cl.Period.year(2025, zone="UTC")}
SAID = {"evidence": EVIDENCE, "reason": "letter 12"}


@pytest.fixture
def labelled(ledger: cl.Ledger) -> Iterator[cl.Ledger]:
    """A ledger with a block of 100 units in `op`, on either store; audited when the test is over."""
    import_serial(ledger, gs(1, 100))
    yield ledger
    assert ledger.audit().findings == ()


def batch(ledger: cl.Ledger) -> cl.Batch:
    return ledger.imported()[0]


def units(first: int, last: int) -> str:
    return f"gold-standard/2025/4/{first}-{last}"


def carried(ledger: cl.Ledger, block: object = units(1, 100)) -> list[tuple[str, int, int]]:
    return [(item.label, item.block.first, item.block.last) for item in ledger.labels(block)]


def refusal(kind: type[errors.CarbonLedgerError], ledger: cl.Ledger, do: Callable[[], object]) -> str:
    before = dump(ledger)
    with pytest.raises(kind) as refused:
        do()
    assert dump(ledger) == before
    return f"{getattr(refused.value, 'rule', '')}: {refused.value}"


def test_a_label_is_put_on_a_range_with_its_evidence(labelled: cl.Ledger) -> None:
    assert labelled.label(units(11, 20), "CORSIA", **SAID, by="registry office") == cl.Block(
        batch(labelled).batch_id, 11, 20
    )
    (entry,) = [labelled.entry(labelled.size - 1)]
    assert entry.event == {
        "batch": "gold-standard/2025/4",
        "first": 11,
        "last": 20,
        "label": "CORSIA",
        "evidence": EVIDENCE,
        "reason": "letter 12",
    }
    (found,) = labelled.labels(units(1, 15))
    assert (found.label, str(found.block)) == ("CORSIA", units(11, 15))
    assert (found.n, found.at, found.by, found.reason, found.evidence) == (
        entry.n,
        entry.recorded_at,
        "registry office",
        "letter 12",
        EVIDENCE,
    )
    assert labelled.labels(units(1, 10)) == labelled.labels(units(21, 100)) == ()


def test_a_label_survives_every_cut_and_every_holder(labelled: cl.Ledger) -> None:
    labelled.label(units(11, 90), "E+", **SAID)
    labelled.transfer(units(1, 50), to="buyer")
    labelled.transfer(units(30, 40), to="other")
    labelled.lock(units(85, 95), reason="r")
    labelled.release(units(85, 88), reason="r")
    labelled.offer(units(60, 61), to="buyer")
    labelled.retire(units(12, 20), **CLAIM)
    labelled.export(units(70, 75), to_registry="evident", reference="7")
    assert carried(labelled) == [("E+", 11, 90)]
    assert carried(labelled, units(35, 35)) == [("E+", 35, 35)]


def test_a_label_is_taken_off_and_what_is_beside_keeps_it_and_its_evidence(labelled: cl.Ledger) -> None:
    labelled.label(units(1, 40), "S+", **SAID)
    labelled.label(units(41, 60), "S+", evidence=OTHER, reason="another letter")
    labelled.unlabel(units(30, 50), "S+", reason="withdrawn", evidence=OTHER)
    assert carried(labelled) == [("S+", 1, 29), ("S+", 51, 60)]
    assert [(item.n, item.evidence) for item in labelled.labels(batch(labelled))] == [(5, EVIDENCE), (6, OTHER)]
    labelled.unlabel([units(10, 12), units(1, 1), units(5, 6)], "S+", reason="r")
    assert carried(labelled) == [("S+", 2, 4), ("S+", 7, 9), ("S+", 13, 29), ("S+", 51, 60)]
    assert {item.n for item in labelled.labels(units(1, 29))} == {5}
    labelled.label(units(30, 50), "S+", **SAID)
    labelled.unlabel([units(2, 4), units(7, 9), units(13, 60)], "S+", reason="r")
    assert carried(labelled) == []
    labelled.label(batch(labelled), "S+", **SAID)
    assert carried(labelled) == [("S+", 1, 100)]


def test_a_label_of_one_unit_is_taken_off(labelled: cl.Ledger) -> None:
    """The first and the last unit of what carries it are of it."""
    labelled.label(units(5, 5), "S+", **SAID)
    for first, last, bare in ((4, 4, 4), (6, 6, 6), (5, 6, 6), (4, 5, 4)):
        with pytest.raises(errors.RefusedError, match=rf"serial {bare} does not carry S\+"):
            labelled.unlabel(units(first, last), "S+", reason="r")
    labelled.unlabel(units(5, 5), "S+", reason="r")
    assert carried(labelled) == []


def test_labels_stand_beside_one_another(labelled: cl.Ledger) -> None:
    for label, first, last in (("SDG+", 1, 50), ("E+", 40, 60), ("tag:north", 1, 100)):
        labelled.label(units(first, last), label, **SAID)
    labelled.unlabel(units(45, 50), "E+", reason="r")
    assert carried(labelled, units(44, 46)) == [("E+", 44, 44), ("SDG+", 44, 46), ("tag:north", 44, 46)]


def test_own_units_of_several_holders_are_labelled_at_once(labelled: cl.Ledger) -> None:
    set_up(labelled)
    january = cl.Period.month(2025, 1, zone=BAKU)
    labelled.record_generation("plant", january, net="10 MWh")
    (own,) = labelled.issue("irec", january, to="op")
    labelled.transfer(own.take(3), to="buyer")
    blocks = labelled.label([own, batch(labelled).take(5)], "tag:pilot", **SAID)
    assert blocks == (own.block, batch(labelled).take(5))
    assert labelled.entry(labelled.size - 1).event["more"] == [{"batch": "gold-standard/2025/4", "first": 1, "last": 5}]
    assert labelled.labels(own)[0].block == own.block


@pytest.mark.parametrize(
    ("do", "kind", "message"),
    [
        (lambda x: x.label(units(1, 5), "CORSA", **SAID), errors.RefusedError, "unknown-label: "),
        (lambda x: x.label(units(1, 5), "pilot", **SAID), errors.RefusedError, "unknown-label: "),
        (lambda x: x.unlabel(units(20, 25), "e+", reason="r"), errors.RefusedError, "unknown-label: "),
        (lambda x: x.label(units(1, 20), "E+", **SAID), errors.RefusedError, "serials 20-30 carry E+ since entry 5"),
        (lambda x: x.label(units(30, 31), "E+", **SAID), errors.RefusedError, "already-labelled: "),
        (lambda x: x.label([units(1, 2), units(25, 25)], "E+", **SAID), errors.RefusedError, "already-labelled: "),
        (lambda x: x.label([units(1, 5), units(5, 9)], "S+", **SAID), errors.SerialError, "overlap"),
        (lambda x: x.label(units(99, 101), "S+", **SAID), errors.SerialError, "ends at 100"),
        (lambda x: x.label("p/2025/4/1", "S+", **SAID), errors.UnknownBatchError, "p/2025/4"),
        (
            lambda x: x.label(units(1, 5), "S+", evidence=None, reason="r"),
            errors.MissingDataError,
            "label: evidence is missing",
        ),
        (lambda x: x.label(units(1, 5), "S+", evidence="x", reason="r"), errors.QuantityError, "evidence 'x'"),
        (lambda x: x.label(units(1, 5), "S+", evidence=EVIDENCE, reason=""), errors.QuantityError, "reason ''"),
        (lambda x: x.label(units(1, 5), "S+", **SAID, from_="buyer"), errors.NotHolderError, "are not buyer's"),
        (lambda x: x.unlabel(units(20, 25), "E+", reason="r", from_="buyer"), errors.NotHolderError, "not buyer's"),
        (lambda x: x.unlabel(units(20, 31), "E+", reason="r"), errors.RefusedError, "serial 31 does not carry E+"),
        (lambda x: x.unlabel(units(19, 30), "E+", reason="r"), errors.RefusedError, "not-labelled: "),
        (lambda x: x.unlabel(units(25, 45), "E+", reason="r"), errors.RefusedError, "serial 31 does not"),
        (lambda x: x.unlabel(units(20, 25), "S+", reason="r"), errors.RefusedError, "serial 20 does not carry S+"),
        (lambda x: x.unlabel(units(20, 25), "E+", reason=" "), errors.QuantityError, "reason ' '"),
        (lambda x: x.unlabel(units(20, 25), "E+", reason="r", evidence="x"), errors.QuantityError, "evidence 'x'"),
        (lambda x: x.unlabel([units(20, 25), units(25, 26)], "E+", reason="r"), errors.SerialError, "overlap"),
        (lambda x: x.labels(units(99, 101)), errors.SerialError, "ends at 100"),
        (lambda x: x.labels("p/2025/4/1"), errors.UnknownBatchError, "p/2025/4"),
    ],
)
def test_what_cannot_be_labelled_is_refused_by_name(
    labelled: cl.Ledger, do: Callable[[cl.Ledger], object], kind: type[errors.CarbonLedgerError], message: str
) -> None:
    labelled.label(units(20, 30), "E+", **SAID)
    labelled.label(units(40, 50), "E+", **SAID)
    assert message in refusal(kind, labelled, lambda: do(labelled))


@pytest.mark.parametrize("end", ["retire", "cancel", "withdraw", "export"])
def test_nothing_changes_on_final_units(labelled: cl.Ledger, end: str) -> None:
    """Invariant 12: what a retirement's statement rests on stays as it was."""
    labelled.label(units(1, 50), "E+", **SAID)
    ends: dict[str, Callable[[], object]] = {
        "retire": lambda: labelled.retire(units(10, 10), **CLAIM),
        "cancel": lambda: labelled.cancel(units(10, 10), reason="r"),
        "withdraw": lambda: labelled.withdraw(units(10, 10), reason="r"),
        "export": lambda: labelled.export(units(10, 10), to_registry="evident", reference="7"),
    }
    ends[end]()
    for do in (
        lambda: labelled.label(units(1, 20), "S+", **SAID),
        lambda: labelled.unlabel(units(1, 20), "E+", reason="r"),
    ):
        assert "serial 10 is" in refusal(errors.NotActiveError, labelled, do)
    labelled.unlabel([units(1, 9), units(11, 20)], "E+", reason="r")
    assert carried(labelled) == [("E+", 10, 10), ("E+", 21, 50)]


def test_units_are_selected_by_their_label(labelled: cl.Ledger) -> None:
    labelled.label(units(11, 20), "CORSIA", **SAID)
    labelled.label(units(41, 60), "CORSIA", **SAID)
    labelled.transfer(units(15, 16), to="buyer")
    wanted = cl.Selection(12, instrument="GS-VER", label="CORSIA")
    assert str(wanted) == "12 units of GS-VER, label CORSIA (oldest-vintage)"
    moved = labelled.transfer(wanted, to="other", from_="op")
    assert [str(block) for block in moved] == [units(11, 14), units(17, 20), units(41, 44)]
    said = refusal(
        errors.InsufficientBalanceError,
        labelled,
        lambda: labelled.transfer(cl.Selection(17, instrument="GS-VER", label="CORSIA"), to="other", from_="op"),
    )
    assert "17 units of GS-VER, label CORSIA (oldest-vintage) were requested, but only 16 are active" in said
    labelled.unlabel(cl.Selection(16, instrument="GS-VER", label="CORSIA"), "CORSIA", reason="r", from_="op")
    assert carried(labelled) == [("CORSIA", 11, 20), ("CORSIA", 41, 44)]
    with pytest.raises(errors.RefusedError, match="unknown-label"):
        cl.Selection(1, instrument="GS-VER", label="CORSA")


def test_expired_units_with_the_label_are_told_of(labelled: cl.Ledger, clock: Any) -> None:
    go = import_go(labelled, 101, 110)
    labelled.label(go.take(4), "tag:x", **SAID)
    clock.move(days=400)
    said = refusal(
        errors.InsufficientBalanceError,
        labelled,
        lambda: labelled.transfer(cl.Selection(1, instrument="EECS-GO", label="tag:x"), to="other", from_="op"),
    )
    assert "only 0 can be transferred; 4 can only be retired or cancelled; see positions('op')" in said


def test_a_selection_by_label_is_sealed_with_it(labelled: cl.Ledger) -> None:
    """Invariant 26."""
    labelled.label(units(1, 20), "E+", **SAID)
    wanted = cl.Selection(5, instrument="GS-VER", label="E+")
    first = labelled.transfer(wanted, to="buyer", from_="op", key="k")
    assert labelled.transfer(wanted, to="buyer", from_="op", key="k") == first
    other = cl.Selection(5, instrument="GS-VER")
    assert refusal(errors.IdempotencyError, labelled, lambda: labelled.transfer(other, to="buyer", from_="op", key="k"))


def test_a_retry_labels_once(labelled: cl.Ledger) -> None:
    """Invariant 26."""
    for _ in range(2):
        assert labelled.label(units(1, 5), "E+", **SAID, key="k") == cl.Block("gold-standard/2025/4", 1, 5)
    assert labelled.unlabel([units(2, 3)], "E+", reason="r", key="u") == (cl.Block("gold-standard/2025/4", 2, 3),)
    assert labelled.unlabel([units(2, 3)], "E+", reason="r", key="u") == (cl.Block("gold-standard/2025/4", 2, 3),)
    assert refusal(
        errors.IdempotencyError, labelled, lambda: labelled.label(units(1, 5), "S+", **SAID, key="k")
    ).startswith("idempotency-key")
    assert labelled.size == 7


def test_the_past_keeps_its_labels(labelled: cl.Ledger) -> None:
    """Invariant 25."""
    labelled.label(units(1, 50), "E+", **SAID)
    labelled.unlabel(units(10, 20), "E+", reason="r")
    assert carried(labelled.as_of(entry=4)) == []
    assert carried(labelled.as_of(entry=5)) == [("E+", 1, 50)]
    assert carried(labelled.as_of(entry=6)) == [("E+", 1, 9), ("E+", 21, 50)]


def test_labels_are_rows_that_a_reopened_ledger_has(opener: Opener) -> None:
    with opener() as ledger:
        ledger.open_account("op", name="Op")
        import_serial(ledger, gs(1, 10), labels=["E+"])
        ledger.unlabel("gold-standard/2025/2/4", "E+", reason="r")
        rows = [Label("gold-standard/2025/2", 1, 3, "E+", 3, 4), Label("gold-standard/2025/2", 5, 10, "E+", 3, 4)]
        assert opener()._store.view().labels("gold-standard/2025/2", 1, 10) == rows
        before = dump(ledger)
        ledger.rebuild()
        assert dump(ledger) == before


FORGED: list[tuple[int, Callable[[dict[str, Any]], object], str]] = [
    (5, lambda event: event.update(label="CORSA"), "unknown-label"),
    (5, lambda event: event.update(last=101), "ends at 100"),
    (6, lambda event: event.update(first=20), "already-labelled"),
    (6, lambda event: event["more"][0].update(first=12), "overlap"),
    (8, lambda event: event.update(last=31), "not-labelled"),
    (8, lambda event: event.update(label="tag:"), "not-labelled"),
    (8, lambda event: event.update(first=1), "are retired, for ever"),
]


@pytest.mark.parametrize(("n", "change", "message"), FORGED)
def test_a_changed_entry_is_found(
    labelled: cl.Ledger, n: int, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    labelled.label(units(1, 20), "E+", **SAID)
    labelled.label([units(21, 30), units(40, 50)], "E+", **SAID)
    labelled.retire(units(1, 2), **CLAIM)
    labelled.unlabel(units(3, 25), "E+", reason="r")
    found = found_in(labelled, n, change)
    assert (found.entry, message in found.detail) == (n, True), found
