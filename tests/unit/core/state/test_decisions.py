"""Figures that a command computes once: only the rule decides, and everywhere else they are computed again."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from types import FrameType
from typing import Any, cast

import pytest
from attrs import evolve, frozen
from tests.conftest import EVIDENCE, device, dump
from tests.support import hourly_plant as granular
from tests.support.everything import FACTOR, TEXT
from tests.support.forging import found_in

import carbon_ledger as cl
from carbon_ledger.canonical import dumps, loads
from carbon_ledger.core import readings
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.issuance import conversion, corrections, issuing, quantifying, voiding
from carbon_ledger.core.rules import apply, rebuild
from carbon_ledger.core.state import decisions
from carbon_ledger.core.state.decisions import Decisions, decide
from carbon_ledger.core.state.rows import Carry, KeyUse, Registration
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import BrokenLogError, RefusedError
from carbon_ledger.ledger.commands import approvals, runs
from carbon_ledger.ledger.recorder import Recorder
from carbon_ledger.stores.memory import MemoryStore

MAY = cl.Period.month(2025, 5, zone="Asia/Baku")
COUNTED: dict[object, str] = {
    function.__code__: function.__name__
    for function in (
        quantifying.quantify,
        quantifying.requantify,
        corrections.effects_of,
        voiding.voided_carry,
        conversion.convertible,
        readings._apportioned,
    )
}


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """How often each function that computes figures is called."""
    calls: Counter[str] = Counter()

    def note(frame: FrameType, happened: str, _: object) -> None:
        if happened == "call" and frame.f_code in COUNTED:
            calls[COUNTED[frame.f_code]] += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield calls
    finally:
        sys.setprofile(before)


@pytest.fixture
def plants(ledger: cl.Ledger) -> cl.Ledger:
    """Two plants behind one meter, with a project of certificates and one of credits, and May metered by the hour."""
    for name in ("plant", "second"):
        ledger.register_device(device(name))
    ledger.register_meter(cl.Meter(id="feeder", shares={"plant": 1, "second": 2}))
    ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone="Asia/Baku", devices=("plant", "second")))
    ledger.register_project(
        cl.Project(
            id="credits",
            instrument="GCC-ACC",
            zone="Asia/Baku",
            devices=("plant",),
            methodology="ACM0002@22.0",
            baseline="greenfield",
            crediting_period=cl.Period.years("2021-01-01", 10, zone="Asia/Baku"),
        )
    )
    meter(ledger)
    return ledger


def meter(ledger: cl.Ledger) -> None:
    ledger.record_meter_readings("feeder", start=MAY.start, step="1 h", net_wh=[9_000_000] * 744)


def correct(ledger: cl.Ledger, wh: int = 1_000_000) -> object:
    return ledger.correct_readings(
        "plant", start=MAY.start, step="1 h", net_wh=[wh] * 24, reason="misread", evidence=EVIDENCE
    )


class TestOnce:
    """Each figure is computed once when it is recorded."""

    def test_an_issuance_of_a_month_of_two_devices(self, plants: cl.Ledger) -> None:
        with counted() as calls:
            plants.issue("p", MAY, to="op")
        assert calls == {"quantify": 1}

    def test_an_issuance_that_adopts_its_factor_and_has_a_key(self, plants: cl.Ledger) -> None:
        with counted() as calls:
            plants.issue("credits", MAY, to="op", factor=FACTOR, waivers=[TEXT], key="k")
        assert calls == {"quantify": 1}

    @pytest.mark.parametrize("names", [("plant",), ("plant", "second", "third")])
    def test_granular_issuances_one_for_each_device(self, ledger: cl.Ledger, names: tuple[str, ...]) -> None:
        granular.set_up(ledger, devices=names)
        for name in names:
            granular.record(ledger, [5, 0, 7], name=name)
        period = granular.hours(0, 3)
        # The first to use its zone: the first issuance pins the rules, and the others find them.
        with counted() as calls:
            ledger.issue("h", cl.Period(period.start_utc, period.end_utc, "Europe/Berlin"), to="op")
        assert calls == {"quantify": len(names)}

    def test_an_approval(self, plants: cl.Ledger) -> None:
        result = plants.quantify("p", MAY)
        with counted() as calls:
            plants.approve(result, by="verifier")
        assert calls == {"quantify": 1}

    def test_approvals_of_granular_certificates(self, ledger: cl.Ledger) -> None:
        """One for each device, and one for the whole that was approved."""
        granular.set_up(ledger, devices=("plant", "second"))
        for name in ("plant", "second"):
            granular.record(ledger, [5, 0, 7], name=name)
        result = ledger.quantify("h", granular.hours(0, 3))
        with counted() as calls:
            ledger.approve(result, by="verifier")
        assert calls == {"quantify": 3}

    def test_a_correction(self, plants: cl.Ledger) -> None:
        plants.issue("p", cl.Period(MAY.start_utc, MAY.start_utc + 7200), to="op")
        plants.issue("p", cl.Period(MAY.start_utc + 7200, MAY.start_utc + 14400), to="op")
        with counted() as calls:
            correct(plants)
        assert calls == {"effects_of": 1, "requantify": 2}

    def test_a_correction_of_granular_certificates(self, ledger: cl.Ledger) -> None:
        granular.set_up(ledger)
        granular.issue(ledger, [5, 7])
        with counted() as calls:
            granular.correct(ledger, [4, 7])
        assert calls == {"effects_of": 1, "requantify": 1}

    def test_a_void(self, plants: cl.Ledger) -> None:
        (batch,) = plants.issue("p", MAY, to="op")
        with counted() as calls:
            plants.void(batch, reason="misread")
        assert calls == {"voided_carry": 1}

    def test_a_conversion(self, plants: cl.Ledger) -> None:
        (batch,) = plants.issue("p", MAY, to="op")
        with counted() as calls:
            plants.convert(batch, to_instrument="EECS-GO", reason="moves")
        assert calls == {"convertible": 1, "voided_carry": 1}

    def test_a_meter_of_two_entries(self, plants: cl.Ledger) -> None:
        with counted() as calls:
            plants.record_meter_readings("feeder", start="2025-01-01T00:00Z", step="1 h", net_wh=list(range(1, 2001)))
        assert calls == {"_apportioned": 2}

    def test_the_next_command_computes_anew(self, plants: cl.Ledger) -> None:
        (batch,) = plants.issue("p", MAY, to="op")
        with counted() as calls, plants.batch():
            plants.void(batch, reason="misread")
            plants.issue("p", MAY, to="op")
        assert calls == {"voided_carry": 1, "quantify": 1}

    def test_an_audit_and_a_rebuild_compute_everything(self, plants: cl.Ledger) -> None:
        plants.issue("p", MAY, to="op")
        with counted() as calls:
            rebuild(plants._store)
        assert calls == {"_apportioned": 1, "quantify": 1}
        with counted() as calls:
            for n, data in enumerate(plants._store.entries(0, plants.size)):
                apply(plants._store.view(n), Entry.from_bytes(data))
        assert calls == {"_apportioned": 1, "quantify": 1}


Change = Callable[[dict[str, Any]], None]


@frozen
class Lie:
    """A command, its event, and what is changed of the event after it was planned."""

    kind: str
    command: Callable[[cl.Ledger, cl.Batch], object]
    change: Change


LIES: Mapping[str, Lie] = {
    "a unit more": Lie(
        "issuance.recorded",
        lambda ledger, _: ledger.issue("p", MAY, to="op"),
        lambda event: event["batches"][0].update(count=event["batches"][0]["count"] + 1),
    ),
    "an amount": Lie(
        "issuance.recorded",
        lambda ledger, _: ledger.issue("p", MAY, to="op"),
        lambda event: event["amounts"][0].update(amount="7"),
    ),
    "carry of an issuance": Lie(
        "issuance.recorded",
        lambda ledger, _: ledger.issue("p", MAY, to="op"),
        lambda event: event["carry"][0].update(amount="0.5"),
    ),
    "carry of a void": Lie(
        "issuance.voided",
        lambda ledger, batch: ledger.void(batch, reason="x"),
        lambda event: event["carry"][0].update(amount="1"),
    ),
    "carry of a conversion": Lie(
        "units.converted",
        lambda ledger, batch: ledger.convert(batch, to_instrument="EECS-GO", reason="x"),
        lambda event: event["carry"][0].update(amount="1"),
    ),
    "blocks of a conversion": Lie(
        "units.converted",
        lambda ledger, batch: ledger.convert(batch, to_instrument="EECS-GO", reason="x"),
        lambda event: event.update(last=event["last"] - 1),
    ),
    "amounts of a correction": Lie(
        "generation.corrected",
        lambda ledger, _: correct(ledger),
        lambda event: event["issuances"][0]["amounts"][0].update(amount="7"),
    ),
    "carry of a correction": Lie(
        "generation.corrected",
        lambda ledger, _: correct(ledger),
        lambda event: event["carries"][0]["carry"][0].update(amount="0.25"),
    ),
    "a device's share": Lie(
        "meter.recorded",
        lambda ledger, _: ledger.record_meter_readings("feeder", start="2025-01-01T00:00Z", step="1 h", net_wh=[9, 9]),
        lambda event: event["devices"]["plant"].__setitem__(0, 4),
    ),
    "a meter's column": Lie(
        "meter.recorded",
        lambda ledger, _: ledger.record_meter_readings("feeder", start="2025-01-01T00:00Z", step="1 h", net_wh=[9, 9]),
        lambda event: event["net_wh"].__setitem__(0, 12),
    ),
    "an approval": Lie(
        "quantification.approved",
        lambda ledger, _: ledger.approve(ledger.quantify("q", MAY), by="verifier"),
        lambda event: event.update(quantification="sha256:" + "0" * 64),
    ),
}


@pytest.fixture
def issued(plants: cl.Ledger) -> tuple[cl.Ledger, cl.Batch]:
    """The plants, the first hours issued; and a project whose device is metered and claimed by nobody."""
    (batch,) = plants.issue("p", cl.Period(MAY.start_utc, MAY.start_utc + 7200), to="op")
    plants.register_device(device("free"))
    plants.register_project(cl.Project(id="q", instrument="I-REC-E", zone="Asia/Baku", devices=("free",)))
    plants.record_generation("free", MAY, net="5 MWh")
    return plants, batch


@pytest.mark.parametrize("name", LIES)
def test_a_plan_that_changes_a_figure_is_refused(
    issued: tuple[cl.Ledger, cl.Batch], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was decided is not what the event says, even if the event was changed in place after it was planned."""
    ledger, batch = issued
    lie, perform = LIES[name], Recorder._record
    changed: list[str] = []

    def lying(self: Recorder, command: str, arguments: Any, plan: Any, **more: Any) -> list[Entry]:
        def planned(view: Any) -> Any:
            events = plan(view)
            for kind, event in events:
                if kind == lie.kind:
                    lie.change(event)
                    changed.append(kind)
            return events

        return perform(self, command, arguments, planned, **more)

    monkeypatch.setattr(Recorder, "_record", lying)
    before = dump(ledger)
    with pytest.raises((BrokenLogError, RefusedError)):
        lie.command(ledger, batch)
    assert changed == [lie.kind]
    assert dump(ledger) == before


@pytest.mark.parametrize("name", LIES)
def test_a_forged_figure_is_refused_by_the_rule_an_audit_and_a_rebuild(
    issued: tuple[cl.Ledger, cl.Batch], name: str
) -> None:
    ledger, batch = issued
    lie = LIES[name]
    lie.command(ledger, batch)
    n = next(k for k in reversed(range(ledger.size)) if ledger.entry(k).type == lie.kind)
    store, data = MemoryStore(), list(ledger._store.entries(0, ledger.size))
    record = loads(data[n])
    lie.change(record["event"])
    forged = Entry.from_bytes(dumps(record))

    with pytest.raises((BrokenLogError, RefusedError)):
        apply(ledger._store.view(n), forged)
    assert found_in(ledger, n, lie.change).entry == n
    with store.transaction():
        for k, item in enumerate(data):
            store.append(forged.to_bytes() if k == n else item, [])
    with pytest.raises((BrokenLogError, RefusedError)):
        rebuild(store)


def test_what_is_used_again_is_what_computing_again_gives(plants: cl.Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each figure is computed again, and is what was decided."""
    used: list[str] = []

    def checked(view: View, function: Callable[..., Any], *arguments: Any, **named: Any) -> object:
        with counted() as calls:
            result = decide(view, function, *arguments, **named)
        if not calls:
            used.append(function.__name__)
        again = function(getattr(view, "below", view), *arguments, **named)
        assert decisions._same(decisions._immutable(result), decisions._immutable(again))
        return result

    for module in (conversion, corrections, issuing, quantifying, readings, voiding):
        monkeypatch.setattr(module, "decide", checked)
    for command in (approvals, runs):
        monkeypatch.setattr(command, "decide", checked)
    plants.record_meter("feeder", cl.Period.month(2025, 6, zone="Asia/Baku"), net="9 MWh")
    (batch,) = plants.issue("p", MAY, to="op", key="k")
    correct(plants)
    plants.void(batch, reason="misread")
    plants.approve(plants.quantify("p", MAY), by="verifier")
    (batch,) = plants.issue("p", MAY, to="op")
    plants.convert(batch, to_instrument="GCC-ACC", reason="moves")
    plants.issue("credits", MAY, to="op", factor=FACTOR, waivers=[TEXT])
    granular.set_up(plants, devices=("a", "b", "c"))
    for name in "abc":
        granular.record(plants, [5, 0, 7], name=name)
    period = evolve(granular.hours(0, 3), zone="Europe/Berlin")
    plants.approve(plants.quantify("h", period), by="verifier")
    plants.issue("h", period, to="op")
    granular.correct(plants, [4, 7], name="a")
    assert set(used) == {"quantify", "effects_of", "voided_carry", "convertible", "_apportioned"}
    assert used.count("quantify") == 9
    assert plants.audit().findings == ()


class Numbers:
    """A view of some entries, that answers with what it was made with."""

    def __init__(self, size: int, answer: object = None) -> None:
        self.size = size
        self._answer = answer

    def carry(self, _: str) -> object:
        return self._answer

    def key_use(self, by: str, key: str) -> object:
        return self._answer, by, key


ROW = Registration("account", "a", 3)
CARRY = Carry("p", 2024, 1, claimed=Decimal("1.0"))


class Asked:
    """A function of a view, and how often it computed."""

    def __init__(self, *questions: str) -> None:
        self.times = 0
        self._questions = questions

    def __call__(self, view: Any, *_: object, **__: object) -> int:
        for name in self._questions:
            found = getattr(view, name)
            if callable(found):
                found(*("p", "k")[: 2 if name == "key_use" else 1])
        self.times += 1
        return self.times


def twice(
    function: Asked, before: Any, after: Any, *, rows: tuple[Any, ...] | None, ask: Any = (), again: Any = ()
) -> int:
    """How often a function computes that is asked on a view, and again after an entry (or none) was recorded."""
    made = Decisions(before.size)
    decide(made.on(before), function, *ask)
    if rows is not None:
        made.recorded(rows)
    decide(made.on(after), function, *again)
    return function.times


def test_a_decision_is_used_where_nothing_was_written() -> None:
    assert twice(Asked("carry"), Numbers(3), Numbers(3), rows=None) == 1
    assert twice(Asked("carry"), Numbers(3), Numbers(4), rows=()) == 1
    assert twice(Asked("carry"), Numbers(3), Numbers(4), rows=(KeyUse("k", "x", 3),)) == 1


def test_a_decision_is_used_where_every_answer_is_the_same() -> None:
    same = evolve(CARRY)
    assert twice(Asked("carry"), Numbers(3, CARRY), Numbers(4, same), rows=(ROW,)) == 1
    assert twice(Asked("carry"), Numbers(3, [CARRY]), Numbers(4, [same]), rows=(ROW,)) == 1


@pytest.mark.parametrize(
    "other", [None, evolve(CARRY, claimed=Decimal("1.00")), evolve(CARRY, counted=True), [CARRY], (CARRY, CARRY)]
)
def test_a_decision_is_not_used_where_an_answer_is_another(other: object) -> None:
    carry = evolve(CARRY, counted=1)
    assert twice(Asked("carry"), Numbers(3, carry), Numbers(4, other), rows=(ROW,)) == 2


class Rows(list[Carry]):
    """What a store of somebody's own may answer with."""


@pytest.mark.parametrize("kind", [list, Rows])
def test_a_list_that_an_answer_was_is_compared_as_it_was(kind: type[list[Carry]]) -> None:
    rows = kind([CARRY])
    made, function = Decisions(3), Asked("carry")
    decide(made.on(cast(View, Numbers(3, rows))), function)
    rows.append(CARRY)
    made.recorded([ROW])
    decide(made.on(cast(View, Numbers(4, rows))), function)
    assert function.times == 2


def test_a_decision_that_asked_for_the_size_is_used_at_that_size_alone() -> None:
    assert twice(Asked("size"), Numbers(3), Numbers(3), rows=None) == 1
    assert twice(Asked("size"), Numbers(3), Numbers(4), rows=()) == 2


def test_a_decision_that_asked_for_a_key_asks_again() -> None:
    assert twice(Asked("key_use"), Numbers(3, 1), Numbers(4, 2), rows=(KeyUse("k", "x", 3),)) == 2


@pytest.mark.parametrize("size", [2, 4, 5])
def test_no_decision_is_used_after_an_entry_that_the_command_did_not_record(size: int) -> None:
    assert twice(Asked(), Numbers(3), Numbers(size), rows=None) == 2


@pytest.mark.parametrize(
    ("ask", "again"),
    [
        ((1,), (True,)),
        ((1,), (2,)),
        ((Decimal("1.0"),), (Decimal("1.00"),)),
        (([1, 2],), ([1, 3],)),
        (([1],), ((1,),)),
        (({"a": 1, "b": 2},), ({"b": 2, "a": 1},)),
        ((MAY,), (evolve(MAY, zone="UTC"),)),
        ((MAY,), (MAY, None)),
        ((None,), ("",)),
    ],
)
def test_other_arguments_are_another_decision(ask: Any, again: Any) -> None:
    assert twice(Asked(), Numbers(3), Numbers(3), rows=None, ask=ask, again=ask) == 1
    assert twice(Asked(), Numbers(3), Numbers(3), rows=None, ask=ask, again=again) == 2


def test_an_argument_that_was_changed_in_place_is_another() -> None:
    made, function, column = Decisions(3), Asked(), [1, 2]
    decide(made.on(cast(View, Numbers(3))), function, {"net_wh": column})
    column[0] = 7
    decide(made.on(cast(View, Numbers(3))), function, {"net_wh": column})
    assert function.times == 2


def test_another_function_decides_for_itself() -> None:
    made, one, other = Decisions(3), Asked(), Asked()
    view = made.on(cast(View, Numbers(3)))
    decide(view, one)
    decide(view, other)
    assert (one.times, other.times) == (1, 1)


def test_named_arguments_are_compared_too() -> None:
    made, function = Decisions(3), Asked()
    view = made.on(cast(View, Numbers(3)))
    for k in (1, 1, 2):
        decide(view, function, k=k)
    assert function.times == 2


def test_a_view_of_a_store_remembers_nothing(ledger: cl.Ledger) -> None:
    function, view = Asked(), ledger._store.view()
    decide(view, function)
    decide(view, function)
    assert function.times == 2


def test_what_is_refused_is_not_decided() -> None:
    made, refusals = Decisions(3), []

    def refuse(_: View) -> None:
        refusals.append(1)
        raise RefusedError("thing", "no")

    for _ in range(2):
        with pytest.raises(RefusedError):
            decide(made.on(cast(View, Numbers(3))), refuse)
    assert len(refusals) == 2
