"""Two times: what a ledger answers about a period as of a time is what it answered then, whatever came later."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import EVIDENCE, Clock, device
from tests.support.hourly_plant import MAY_1_UTC

import carbon_ledger as cl
from carbon_ledger.core.state.rows import ACTIVE, RETIRED, WITHDRAWN
from carbon_ledger.errors import CarbonLedgerError, StraddlingStepError
from carbon_ledger.ledger.reader import Reader

Draw = Callable[[st.SearchStrategy[Any]], Any]
STEPS = 6
WHOLE = cl.Period(MAY_1_UTC, MAY_1_UTC + STEPS * 3600)
PERIODS = (
    WHOLE,
    cl.Period(MAY_1_UTC, MAY_1_UTC + 2 * 3600),
    cl.Period(MAY_1_UTC + 3600 + 1800, MAY_1_UTC + 4 * 3600),
    cl.Period(MAY_1_UTC + 30 * 86_400, MAY_1_UTC + 31 * 86_400),
)
DEVICES = ("plant", "mill")
PROJECTS = {"fine": "GC", "coarse": "I-REC-E"}
ACCOUNTS = ("op", "buyer")
VALUES_WH = st.sampled_from((2_500_000, 1_000_000, 1_400_000, 0, -300_000))
GAPS = cl.Waiver("gap", "late")


def generated(reader: Reader, device: str, period: cl.Period) -> str:
    """The generation of a device in a period, or the rule that refuses to cut a step."""
    try:
        return str(reader.generation(device, period))
    except StraddlingStepError as error:
        return error.rule


def answers(reader: Reader) -> dict[str, object]:
    """All that is known about every period, by question."""
    told: dict[str, object] = {}
    for k, period in enumerate(PERIODS):
        for name in DEVICES:
            told[f"generation {name} {k}"] = generated(reader, name, period)
            told[f"readings {name} {k}"] = reader.readings(name, period, superseded=True)
            told[f"claims {name} {k}"] = reader.claims(name, period)
        for name in ACCOUNTS:
            for state in (ACTIVE, RETIRED, WITHDRAWN):
                told[f"holdings {name} {state} {k}"] = reader.holdings(name, state=state, production=period)
        for name in PROJECTS:
            told[f"reconciliation {name} {k}"] = reader.reconcile(name, period)
    profile = cl.ConsumptionProfile(start=WHOLE.start, step="1 hour", consumption_wh=[700_000] * STEPS)
    for name in ACCOUNTS:
        told[f"match {name}"] = reader.match(name, profile, instrument="GC")
        told[f"statement {name}"] = reader.statement(name)
    for batch in reader.batches("fine"):
        told[f"hours {batch.batch_id}"] = reader.hours(batch)
        told[f"trace {batch.batch_id}"] = reader.trace(batch)
    return told


def period(draw: Draw) -> tuple[int, int]:
    first = draw(st.integers(0, STEPS - 1))
    return first, draw(st.integers(first + 1, STEPS))


def record(draw: Draw, ledger: cl.Ledger) -> object:
    first, last = period(draw)
    values = [draw(VALUES_WH) for _ in range(first, last)]
    start = cl.Period(MAY_1_UTC + first * 3600, WHOLE.end_utc).start
    return ledger.record_readings(draw(st.sampled_from(DEVICES)), start=start, step="1 hour", net_wh=values)


def correct(draw: Draw, ledger: cl.Ledger) -> object:
    name = draw(st.sampled_from(DEVICES))
    runs = ledger.readings(name, WHOLE)
    if not runs:
        return None
    run = draw(st.sampled_from(tuple(runs)))
    count = (run.end_utc - run.start_utc) // run.step_s
    first = draw(st.integers(0, count - 1))
    values = [draw(VALUES_WH) for _ in range(draw(st.integers(1, count - first)))]
    start = cl.Period(run.start_utc + first * run.step_s, run.end_utc).start
    return ledger.correct_readings(
        name, start=start, step=f"{run.step_s} s", net_wh=values, reason="misread", evidence=EVIDENCE
    )


def issue(draw: Draw, ledger: cl.Ledger) -> object:
    first, last = period(draw)
    asked = cl.Period(MAY_1_UTC + first * 3600, MAY_1_UTC + last * 3600)
    return ledger.issue(draw(st.sampled_from(tuple(PROJECTS))), asked, to="op", waivers=[GAPS])


def void(draw: Draw, ledger: cl.Ledger) -> object:
    issued = [item.n for name in PROJECTS for item in ledger.issuances(name) if not item.voided]
    return ledger.void(draw(st.sampled_from(issued)), reason="a mistake") if issued else None


def move(draw: Draw, ledger: cl.Ledger) -> object:
    name = draw(st.sampled_from(ACCOUNTS))
    held = ledger.holdings(name)
    if not held:
        return None
    block = draw(st.sampled_from(held))
    part = block.take(draw(st.sampled_from((block.count, -(-block.count // 3)))))
    what = draw(st.sampled_from(("transfer", "transfer", "retire", "withdraw")))
    if what == "transfer":
        return ledger.transfer(part, to="buyer" if name == "op" else "op")
    if what == "retire":
        return ledger.retire(part, beneficiary="B", purpose="P", period=WHOLE)
    return ledger.withdraw(part, reason="an order")


ACTIONS = (record, record, issue, issue, correct, correct, move, move, void)


def live_and_again(data: st.DataObject, path: str | Path, done: Counter[str]) -> None:
    clock = Clock()
    with cl.open_ledger(path, clock=clock, ledger_id="late", by="tester") as ledger:
        for name in ACCOUNTS:
            ledger.open_account(name, name=name)
        for name in DEVICES:
            ledger.register_device(device(name, zone="UTC"))
        for name, instrument in PROJECTS.items():
            ledger.register_project(cl.Project(id=name, instrument=instrument, zone="UTC", devices=DEVICES))
        record(data.draw, ledger)
        seen: list[tuple[int, datetime, dict[str, object]]] = []
        for action in (issue, *data.draw(st.lists(st.sampled_from(ACTIONS), min_size=6, max_size=12))):
            size = ledger.size
            try:
                action(data.draw, ledger)
            except CarbonLedgerError:
                assert ledger.size == size
            done[action.__name__] += ledger.size > size
            seen.append((ledger.size - 1, clock.now, answers(ledger)))
            clock.move(hours=1)
        for n, at, then in seen:
            for reader in (ledger.as_of(entry=n), ledger.as_of(at + timedelta(minutes=30))):
                assert reader.size == n + 1
                again = answers(reader)
                assert {name for name in {**again, **then} if again.get(name) != then.get(name)} == set()


@pytest.mark.slow
@pytest.mark.parametrize("store", ["memory", "sqlite"])
def test_what_was_known_about_a_period_does_not_change(store: str) -> None:
    """Invariant 25, for every question about a period, under late readings, corrections and voiding."""
    done: Counter[str] = Counter()

    @settings(
        max_examples=40 if store == "memory" else 12,
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def hold(data: st.DataObject) -> None:
        if store == "memory":
            live_and_again(data, ":memory:", done)
            return
        with TemporaryDirectory() as directory:
            live_and_again(data, Path(directory) / "late.db", done)

    hold()
    assert {name for name, times in done.items() if times} == {action.__name__ for action in ACTIONS}, done


def test_knowledge_grows_and_the_past_stays() -> None:
    """One late reading, told as of three times: nothing, wrong, right."""
    clock = Clock()
    ledger = cl.open_ledger(":memory:", clock=clock)
    ledger.open_account("op", name="Op")
    ledger.register_device(device(zone="UTC"))
    ledger.register_project(cl.Project(id="fine", instrument="GC", zone="UTC", devices=("plant",)))
    asked = cl.Period(MAY_1_UTC, MAY_1_UTC + 3600)
    known = []
    for action in (
        lambda: None,
        lambda: ledger.record_readings("plant", start=asked.start, step="1 hour", net_wh=[90]),
        lambda: ledger.issue("fine", asked, to="op"),
        lambda: ledger.correct_readings(
            "plant", start=asked.start, step="1 hour", net_wh=[70], reason="misread", evidence=EVIDENCE
        ),
    ):
        clock.move(days=1)
        action()
        known.append(clock.now + timedelta(seconds=1))
    clock.move(days=1)
    told = [ledger.as_of(time) for time in known]
    assert [str(then.generation("plant", asked).to("Wh")) for then in told] == ["0 Wh", "90 Wh", "90 Wh", "70 Wh"]
    assert [len(then.claims("plant", asked)) for then in told] == [0, 0, 1, 1]
    assert [sum(b.count for b in then.holdings("op", production=asked)) for then in told] == [0, 0, 90, 70]
    assert [len(then.statement("op").movements) for then in told] == [0, 0, 1, 2]
    assert [len(ledger.statement("op", since=known[1], until=until).movements) for until in known[1:]] == [0, 1, 2]
