"""Imports and exports: a serial is imported only once, and an exported unit is final in this ledger."""

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve
from tests.conftest import EVIDENCE, Clock, Opener, dump
from tests.support.forging import found_in
from tests.support.other_registry import (
    BAKU,
    GCC,
    OTHER,
    PRODUCTION,
    event,
    go,
    gs,
    import_go,
    import_serial,
    open_ledger,
    set_up,
)

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core.state.rows import STATES

__all__ = ["open_ledger"]

CLAIM = {"beneficiary": "B Ltd", "purpose": "2025", "period": cl.Period.year(2025, zone="UTC")}


def refusal(kind: type[errors.CarbonLedgerError], ledger: cl.Ledger, do: Callable[[], object]) -> str:
    """Refuse, leave no trace, and give what was said."""
    before = dump(ledger)
    with pytest.raises(kind) as refused:
        do()
    assert dump(ledger) == before
    return f"{getattr(refused.value, 'rule', '')}: {refused.value}"


def states(ledger: cl.Ledger, account: str, instrument: str = "GS-VER") -> dict[str, int]:
    balance = ledger.balance(account, instrument=instrument)
    return {state: getattr(balance, state) for state in STATES if getattr(balance, state)}


def test_an_imported_block_is_a_batch_like_others(open_ledger: cl.Ledger) -> None:
    """Invariants 7 and 27: 608 to 30350 are 29,743 units, and unit k is number 607 + k there."""
    text = "GS1-1-KE-GS7495-16-2025-30645-608-30350"
    batch = import_serial(open_ledger, text, project="GS7495", count=29_743)
    assert (str(batch), batch.count, batch.vintage, batch.project) == (
        "gold-standard/2025/4/1-29743",
        29_743,
        2025,
        "GS7495",
    )
    assert (batch.registry, batch.serial, batch.device, batch.expires_utc) == ("gold-standard", text, None, None)
    assert (batch.instrument, batch.account, batch.production) == ("GS-VER", "op", PRODUCTION)
    recorded = dict(event(open_ledger))
    assert recorded.pop("zone_rules")["closing"] == "<+04>-4"
    assert recorded == {
        "registry": "gold-standard",
        "version": 1,
        "serial": text,
        "space": "30645",
        "first": 608,
        "last": 30_350,
        "instrument": cl.instruments.BUILTIN["GS-VER"].to_record(),
        "account": "op",
        "project": "GS7495",
        "vintage": 2025,
        "production": PRODUCTION.to_record(),
        "evidence": EVIDENCE,
    }
    assert open_ledger.imported() == (batch,)
    assert open_ledger.holdings("op") == (batch.block,)
    for number in (608, 609, 30_350):
        unit = f"{batch.batch_id}/{number - 607}"
        assert open_ledger.registry_serial(unit) == cl.parse_serial(text).part(number, number)
    assert "cannot take" in refusal(
        errors.SerialError, open_ledger, lambda: open_ledger.registry_serial(f"{batch.batch_id}/29744")
    )
    assert refusal(errors.UnknownBatchError, open_ledger, lambda: open_ledger.registry_serial("gold-standard/2025/5/1"))


def test_a_unit_enters_once_whatever_became_of_it(open_ledger: cl.Ledger) -> None:
    """Invariant 27: also after it was retired, exported, cancelled or withdrawn here."""
    batch = import_serial(open_ledger, gs(101, 200))
    first, second, third, fourth = batch.cut(25, 25, 25)
    open_ledger.retire(first, **CLAIM)
    open_ledger.export(second, to_registry="gold-standard", reference="back")
    open_ledger.cancel(third, reason="r")
    open_ledger.withdraw(fourth, reason="r")
    for low, high in ((101, 200), (1, 101), (200, 300), (150, 150), (1, 500)):
        said = refusal(errors.RefusedError, open_ledger, lambda a=low, b=high: import_serial(open_ledger, gs(a, b)))
        assert said.startswith("already-imported: gold-standard serial")
        assert f"its numbers {max(low, 101)} to {min(high, 200)} were imported by entry 4, as {gs(101, 200)}" in said
    # Another country or vintage in the text does not make other units of one number space.
    other = "GS1-1-KE-GS9-7-2024-1-200-210"
    assert "already-imported" in refusal(
        errors.RefusedError, open_ledger, lambda: import_serial(open_ledger, other, vintage=2024)
    )
    for low, high, space in ((1, 100, 1), (201, 300, 1), (101, 200, 2)):
        import_serial(open_ledger, gs(low, high, space))
    assert [batch.count for batch in open_ledger.imported()] == [100, 100, 100, 100]


def test_the_same_numbers_of_another_registry_are_other_units(open_ledger: cl.Ledger) -> None:
    import_serial(open_ledger, gs(1, 10))
    import_go(open_ledger, 1, 10)
    assert len(open_ledger.imported()) == 2


@pytest.mark.parametrize(
    ("serial", "more", "kind", "message"),
    [
        (gs(1, 9), {"count": 10}, errors.SerialError, "10 units stated, but 1 to 9 are 9"),
        ("GS1-1-AZ-GS1-2-2025-1-1-1O", {}, errors.SerialError, "letter O"),
        (gs(9, 1), {}, errors.SerialError, "reversed"),
        (gs(1, 9), {"registry": "verra"}, errors.SerialError, "verra serial"),
        (gs(1, 9), {"registry": "gcc"}, errors.RefusedError, "unknown-registry: registry 'gcc': not registered"),
        (gs(1, 9), {"registry": GCC}, errors.RefusedError, "unknown-registry: registry 'gcc': not registered"),
        (gs(1, 9), {"registry": "a b"}, errors.QuantityError, "registry id 'a b'"),
        (
            gs(1, 9),
            {"registry": evolve(GCC, id="gold-standard")},
            errors.SerialError,
            "reads serials of gold-standard by another grammar than the one given",
        ),
        (gs(1, 9), {"to": "nobody"}, errors.UnknownAccountError, "nobody"),
        (gs(1, 9), {"instrument": "GC"}, errors.RefusedError, "external-granular: "),
        (gs(1, 9), {"instrument": "GS"}, errors.QuantityError, "instrument 'GS'"),
        (gs(1, 9), {"vintage": 2023}, errors.RefusedError, "vintage-outside: "),
        (gs(1, 9), {"vintage": 2026}, errors.RefusedError, "vintage 2026 is outside its production, 2025-01-01"),
        (gs(1, 9), {"vintage": "2025"}, errors.QuantityError, "vintage '2025'"),
        (gs(1, 9), {"vintage": True}, errors.QuantityError, "vintage True"),
        (gs(1, 9), {"vintage": 1969}, errors.QuantityError, "vintage 1969"),
        (gs(1, 9), {"evidence": None}, errors.MissingDataError, "import_block: evidence is missing"),
        (gs(1, 9), {"evidence": "page 3"}, errors.QuantityError, "evidence 'page 3'"),
        (gs(1, 9), {"project": " "}, errors.QuantityError, "project ' '"),
        (gs(1, 9), {"production": "2025"}, errors.PeriodError, "production"),
        (gs(1, 9), {"labels": "CORSIA"}, errors.QuantityError, "expected a list, e.g. ['CORSIA']"),
        (gs(1, 9), {"labels": None}, errors.QuantityError, "labels None"),
        (gs(1, 9), {"labels": ["CORSA"]}, errors.RefusedError, "unknown-label: "),
        (gs(1, 9), {"labels": ["E+", "E+"]}, errors.QuantityError, "each label once"),
        (7, {}, errors.QuantityError, "serial 7"),
    ],
)
def test_what_cannot_come_in_is_refused_by_name(
    open_ledger: cl.Ledger, serial: Any, more: dict[str, Any], kind: type[errors.CarbonLedgerError], message: str
) -> None:
    assert message in refusal(kind, open_ledger, lambda: import_serial(open_ledger, serial, **more))


def test_a_vintage_is_a_year_of_production_and_the_newest_by_default(open_ledger: cl.Ledger) -> None:
    """A calendar year of production's zone: its last second is 1 January in UTC+4, and 31 December in UTC."""
    edge = cl.Period.of("2024-12-31T20:00Z", "2024-12-31T21:00Z")
    assert import_go(open_ledger, 1, 1, production=edge).vintage == 2024
    assert import_go(open_ledger, 2, 2, production=evolve(edge, zone=BAKU)).vintage == 2025
    both = cl.Period.of("2024-04-01", "2025-09-01", zone=BAKU)
    assert import_go(open_ledger, 3, 3, production=both).vintage == 2025
    assert import_go(open_ledger, 4, 4, production=both, vintage=2024).vintage == 2024
    year = cl.Period.year(2024, zone=BAKU)
    assert import_go(open_ledger, 5, 5, production=year).vintage == 2024


def test_imported_units_expire_by_their_instruments_rule(open_ledger: cl.Ledger, clock: Clock) -> None:
    batch = import_go(open_ledger, 1, 9)
    clock.move(days=400)
    assert refusal(errors.ExpiredError, open_ledger, lambda: open_ledger.transfer(batch.take(1), to="buyer"))
    assert refusal(errors.ExpiredError, open_ledger, lambda: open_ledger.export(batch, to_registry="r", reference="7"))


def test_labels_come_in_with_the_block_and_the_same_evidence(open_ledger: cl.Ledger) -> None:
    size = open_ledger.size
    batch = import_serial(open_ledger, gs(1, 9), labels=["CORSIA", "tag:north"])
    assert [open_ledger.entry(n).type for n in range(size, open_ledger.size)] == [
        "block.imported",
        "units.labelled",
        "units.labelled",
    ]
    assert [(item.label, item.block, item.evidence, item.reason) for item in open_ledger.labels(batch)] == [
        ("CORSIA", batch.block, EVIDENCE, "imported with it from gold-standard"),
        ("tag:north", batch.block, EVIDENCE, "imported with it from gold-standard"),
    ]


def test_imported_units_move_like_others_and_count_in_no_project(open_ledger: cl.Ledger) -> None:
    """Invariants 9 to 13; a project of the same name as the other registry's is not touched."""
    set_up(open_ledger)
    batch = import_go(open_ledger, 1, 100, project="irec", instrument="I-REC-E")
    sold = open_ledger.transfer(batch.take(60), to="buyer")
    open_ledger.offer(sold.take(10), to="other")
    open_ledger.lock(batch.cut(90)[1], reason="r")
    open_ledger.release(batch.cut(90)[1].take(4), reason="r")
    open_ledger.withdraw(batch.cut(99)[1], reason="r")
    assert states(open_ledger, "op", "I-REC-E") == {"active": 34, "locked": 5, "withdrawn": 1}
    assert states(open_ledger, "buyer", "I-REC-E") == {"active": 50, "pending": 10}
    assert (open_ledger.carry("irec").counted, open_ledger.carry("irec").adjustments) == (0, 0)
    assert open_ledger.batches("irec") == ()
    taken = open_ledger.transfer(
        cl.Selection(5, instrument="I-REC-E", project="irec", vintage=2025), to="other", from_="op"
    )
    assert taken == (cl.Block(batch.batch_id, 61, 65),)


def test_there_is_no_issuance_of_it_to_void_or_to_convert(open_ledger: cl.Ledger) -> None:
    batch = import_serial(open_ledger, gs(1, 9))
    for do in (
        lambda: open_ledger.void(batch, reason="r"),
        lambda: open_ledger.convert(batch, to_instrument="I-REC-E", reason="r"),
    ):
        said = refusal(errors.UnknownBatchError, open_ledger, do)
        assert "issuance 4: another registry issued these units" in said


def test_a_retirement_shows_the_other_registrys_own_serials(open_ledger: cl.Ledger) -> None:
    """Invariant 14: of exactly the units that were retired."""
    first, second = import_serial(open_ledger, gs(608, 700)), import_serial(open_ledger, gs(1, 50, 2))
    claim = open_ledger.retire([first.cut(10, 5)[1], second.take(2)], **CLAIM)
    serials = ("GS1-1-AZ-GS1-2-2025-1-618-622", "GS1-1-AZ-GS1-2-2025-2-1-2")
    assert tuple(map(str, claim.registry_serials)) == serials
    assert [(row["registry"], row["registry serials"]) for row in claim.rows()] == [
        ("gold-standard", serial) for serial in serials
    ]
    assert open_ledger.retirement(claim.number) == claim
    assert all(serial in str(claim) and serial in claim._repr_html_() for serial in serials)
    assert sum(serial.count for serial in claim.registry_serials if serial) == claim.count == 7


def test_a_retirement_of_own_units_has_no_such_column(open_ledger: cl.Ledger) -> None:
    set_up(open_ledger)
    open_ledger.record_generation("plant", cl.Period.month(2025, 1, zone=BAKU), net="5 MWh")
    (batch,) = open_ledger.issue("irec", cl.Period.month(2025, 1, zone=BAKU), to="op")
    claim = open_ledger.retire(batch.take(2), **CLAIM)
    assert claim.registry_serials == (None,)
    assert "registry serials" not in str(claim)
    assert {row["registry serials"] for row in claim.rows()} == {None}
    assert open_ledger.registry_serial(batch) is None
    # Units of both origins on one statement: the column is there, and empty where there is nothing to say.
    outside = import_go(open_ledger, 1, 9, instrument="I-REC-E")
    both = open_ledger.retire([batch.cut(2)[1].take(1), outside.take(3)], **CLAIM)
    assert [row["registry serials"] for row in both.rows()] == [None, go(1, 3)]
    assert go(1, 3) in str(both)


def test_a_trace_goes_back_to_the_other_registry(open_ledger: cl.Ledger) -> None:
    batch = import_serial(open_ledger, gs(608, 700))
    open_ledger.transfer(batch.take(20), to="buyer")
    trace = open_ledger.trace(f"{batch.batch_id}/11")
    assert (trace.batch, trace.issuance_n, trace.interval) == (batch, 4, PRODUCTION)
    assert (trace.quantification, trace.sources, trace.revisions) == (None, (), ())
    assert (str(trace.registry_serial), trace.import_evidence) == (gs(618, 618), EVIDENCE)
    assert [(piece.account, piece.state) for piece in trace.history] == [("op", "active"), ("buyer", "active")]
    for shown in (str(trace), trace._repr_html_()):
        assert gs(618, 618) in shown
        assert EVIDENCE in shown
    assert "quantification" not in str(trace)


def test_a_statement_tells_of_import_and_export(open_ledger: cl.Ledger) -> None:
    batch = import_serial(open_ledger, gs(1, 100))
    assert open_ledger.export(batch.take(30), to_registry="verra", reference="request 12") == batch.take(30)
    moved = open_ledger.statement("op").movements
    assert [(item.type, item.changes) for item in moved] == [
        ("block.imported", (("active", 100),)),
        ("units.exported", (("active", -30), ("exported", 30))),
    ]
    assert moved[0].detail == f"imported to op: {gs(1, 100)} of gold-standard (GS1)"
    assert moved[1].detail == "gold-standard/2025/4/1-30 exported to verra: request 12"


def test_what_is_exported_is_final(open_ledger: cl.Ledger) -> None:
    """Invariant 12: own units and imported ones."""
    set_up(open_ledger)
    open_ledger.record_generation("plant", cl.Period.month(2025, 1, zone=BAKU), net="10 MWh")
    (own,) = open_ledger.issue("irec", cl.Period.month(2025, 1, zone=BAKU), to="op")
    for batch in (own, import_serial(open_ledger, gs(1, 10))):
        gone = open_ledger.export(batch.take(4), to_registry="evident", reference="7")
        for do in (
            lambda block=gone: open_ledger.transfer(block, to="buyer"),
            lambda block=gone: open_ledger.retire(block, **CLAIM),
            lambda block=gone: open_ledger.cancel(block, reason="r"),
            lambda block=gone: open_ledger.withdraw(block, reason="r"),
            lambda block=gone: open_ledger.lock(block, reason="r"),
            lambda block=gone: open_ledger.offer(block, to="buyer"),
            lambda block=gone: open_ledger.export(block, to_registry="evident", reference="7"),
            lambda block=gone: open_ledger.label(block, "E+", evidence=EVIDENCE, reason="r"),
        ):
            assert "are exported, for ever" in refusal(errors.NotActiveError, open_ledger, do)
        assert gone in open_ledger.holdings("op", state="exported")
    # Exported units still count: the steps behind them made them.
    assert open_ledger.carry("irec").counted == 10


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        ({"to_registry": "a b"}, errors.QuantityError, "registry id 'a b'"),
        ({"to_registry": None}, errors.QuantityError, "registry id None"),
        ({"reference": ""}, errors.QuantityError, "reference ''"),
        ({"from_": "buyer"}, errors.NotHolderError, "are not buyer's but op's"),
        ({"from_": "nobody"}, errors.UnknownAccountError, "nobody"),
    ],
)
def test_what_cannot_go_out_is_refused(
    open_ledger: cl.Ledger, given: dict[str, Any], kind: type[errors.CarbonLedgerError], message: str
) -> None:
    batch = import_serial(open_ledger, gs(1, 10))
    arguments = {"to_registry": "evident", "reference": "7"} | given
    assert message in refusal(kind, open_ledger, lambda: open_ledger.export(batch, **arguments))


def test_units_of_several_blocks_go_out_together(open_ledger: cl.Ledger) -> None:
    first, second = import_serial(open_ledger, gs(1, 10)), import_serial(open_ledger, gs(11, 20))
    gone = open_ledger.export(cl.Selection(15, instrument="GS-VER"), to_registry="evident", reference="7", from_="op")
    assert gone == (first.block, second.take(5))
    assert open_ledger.size == 7
    assert states(open_ledger, "op") == {"active": 5, "exported": 15}


def test_a_retry_gives_the_first_result(open_ledger: cl.Ledger) -> None:
    """Invariant 26."""
    first = import_serial(open_ledger, gs(1, 10), key="k", count=10, labels=["E+"])
    size = open_ledger.size
    assert import_serial(open_ledger, gs(1, 10), key="k", count=10, labels=("E+",)) == first
    for more in ({"labels": ["S+"]}, {"project": "p"}, {"to": "buyer"}, {"count": None}):
        arguments: dict[str, Any] = {"count": 10, "labels": ["E+"]} | more
        assert refusal(
            errors.IdempotencyError,
            open_ledger,
            lambda given=arguments: import_serial(open_ledger, gs(1, 10), key="k", **given),
        )
    for _ in range(2):
        assert open_ledger.register_registry("acr", key="r").id == "acr"
        assert open_ledger.export(first.take(3), to_registry="evident", reference="7", key="e") == first.take(3)
    assert open_ledger.size == size + 2


def test_the_past_keeps_what_was_there(open_ledger: cl.Ledger) -> None:
    """Invariant 25."""
    batch = import_serial(open_ledger, gs(1, 10))
    then = open_ledger.size - 1
    open_ledger.export(batch.take(4), to_registry="evident", reference="7")
    import_serial(open_ledger, gs(11, 20))
    past = open_ledger.as_of(entry=then)
    assert past.imported() == (batch,)
    assert past.holdings("op") == (batch.block,)
    assert past.registry_serial(batch) == cl.parse_serial(gs(1, 10))
    assert open_ledger.as_of(entry=then - 1).imported() == ()


def test_a_ledger_opened_again_has_all_of_it(opener: Opener, clock: Clock) -> None:
    with opener() as ledger:
        ledger.open_account("op", name="Op")
        ledger.register_registry(GCC)
        batch = import_serial(ledger, "GCC-1-10", registry="gcc", instrument="GCC-ACC")
        again = opener()
        assert (again.imported(), again.grammar("gcc")) == ((batch,), GCC)
        ledger.rebuild()
        assert ledger.imported() == (batch,)
        assert ledger.audit().findings == ()


def imported_twice(ledger: cl.Ledger) -> None:
    ledger.register_registry(GCC)
    ledger.register_registry("acr")
    import_serial(ledger, gs(1, 10))
    import_serial(ledger, gs(11, 20))
    import_serial(ledger, "GCC-S1-2024-1-9", registry="gcc", instrument="GCC-ACC")


FORGED: list[tuple[int, Callable[[dict[str, Any]], object], str]] = [
    (4, lambda event: event.pop("grammar"), "expected a grammar or the version of a built-in grammar"),
    (4, lambda event: event.update(version=1), "exactly one of the two"),
    (4, lambda event: event["grammar"].update(lowest=7), "lowest number 7"),
    (4, lambda event: event["grammar"]["forms"][0].update(template="GCC-{first}"), "expected {last} once"),
    (5, lambda event: event.update(version=2), "no version 2"),
    (
        5,
        lambda event: event.update(name="Another"),
        "registry acr has the name 'Another', expected 'ACR (American Carbon Registry)'",
    ),
    (5, lambda event: event.update(registry="gcc"), "no version 1 of its grammar"),
    (6, lambda event: event.update(last=11), "expected {'space': '1', 'first': 1, 'last': 10}"),
    (6, lambda event: event.update(first=0), "expected {'space': "),
    (6, lambda event: event.update(space="2"), "expected {'space': "),
    (6, lambda event: event.pop("space"), "expected {'space': "),
    (6, lambda event: event.update(serial=gs(1, 12)), "expected {'space': "),
    (6, lambda event: event.update(serial="GS1"), "gold-standard serial 'GS1'"),
    (6, lambda event: event.update(version=2), "no version 2"),
    (
        6,
        lambda event: event.pop("version"),
        "gold-standard is not registered, so a version is required",
    ),
    (6, lambda event: event.update(account="nobody"), "account nobody"),
    (6, lambda event: event.update(vintage=2023), "vintage 2023"),
    (6, lambda event: event["instrument"].update(name="Another"), "the id of a built-in instrument with other fields"),
    (6, lambda event: event["instrument"].update(unit="kg"), "expected one of"),
    (7, lambda event: event.update(serial=gs(10, 20), first=10), "its numbers 10 to 10 were imported by entry 6"),
    (
        8,
        lambda event: event.update(version=1),
        "a version of a built-in grammar, but entry 4 registers the grammar of gcc",
    ),
    (8, lambda event: event.update(serial="GCC-S1-2024-1-10", last=10), ""),
]


@pytest.mark.parametrize(("n", "change", "message"), FORGED)
def test_a_changed_entry_is_found(
    ledger: cl.Ledger, n: int, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    """Entry 6 with another instrument's name is no lie by itself: entry 7 is then the one that contradicts it."""
    imported_twice(ledger)
    found = found_in(ledger, n, change)
    if not message:
        assert "every derived row" in found.check
    else:
        assert found.entry == (7 if "another record" in message else n)
        assert message in found.detail


def test_evidence_of_an_import_is_kept(open_ledger: cl.Ledger) -> None:
    batch = import_serial(open_ledger, gs(1, 10), evidence=OTHER)
    assert open_ledger.trace(batch).import_evidence == OTHER
