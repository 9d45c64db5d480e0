"""Corrections of any length, and of shared meters: one event in effect, however many entries a column needs."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from itertools import chain
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import EVIDENCE, device, dump

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.audit.report import audit
from carbon_ledger.canonical import dumps
from carbon_ledger.core.entries import splitting
from carbon_ledger.core.entries.splitting import STEPS_PER_ENTRY
from carbon_ledger.core.owed import apportion_column
from carbon_ledger.periods.instants import instant_of, instant_text
from carbon_ledger.stores.memory import MemoryStore

DAY = cl.Period.day("2025-06-01", zone="UTC")
YEAR = cl.Period.year(2025, zone="UTC")
WHY = {"reason": "a wrong ratio", "evidence": EVIDENCE}
Record = dict[str, Any]


def plant(ledger: cl.Ledger, *names: str, instrument: str = "I-REC-E") -> None:
    """Devices with a project each, and a meter that they share if they are several."""
    for name in names:
        ledger.register_device(device(name, zone="UTC"))
        ledger.register_project(cl.Project(id=f"p-{name}", instrument=instrument, zone="UTC", devices=(name,)))
    if len(names) > 1:
        ledger.register_meter(cl.Meter(id="feeder", shares=dict.fromkeys(names, 1), reason="one feeder"))


def values_of(ledger: cl.Ledger, name: str, period: cl.Period) -> list[int]:
    """The live value of each step of a device."""
    found: list[int] = []
    for run in ledger.readings(name, period):
        event = ledger.entry(run.source_n).event
        column = event["devices"][name] if "devices" in event else event["net_wh"]
        first = (run.start_utc - instant_of(event["start"])) // run.step_s
        found += column[first : first + (run.end_utc - run.start_utc) // run.step_s]
    return found


def forged(ledger: cl.Ledger, first: int, change: Callable[[list[Record]], list[Record]]) -> cl.Finding:
    """The first finding of an audit of a log whose entries from *first* on, of one command, were changed."""
    store = MemoryStore()
    with store.transaction():
        entries = [json.loads(data) for data in ledger._store.entries(0, ledger.size)]
        command = change(entries[first:])
        for k, entry in enumerate(command):
            entry["n"] = first + k
            entry["command"] = {"part": k + 1, "parts": len(command)}
            entry["at"] = f"2026-06-01T00:00:00.{k:06d}Z"
        for entry in [*entries[:first], *command]:
            store.append(dumps(entry), [])
    return audit(store).findings[0]


@pytest.mark.parametrize("step_s", [3600, 900, 36, 9])
def test_s22_nothing_is_withdrawn(ledger: cl.Ledger, step_s: int) -> None:
    """Scenario S22, invariant 32: 48 MWh remain 48 MWh, whatever the step length and however many entries it takes."""
    plant(ledger, "plant")
    ledger.record_readings("plant", start=DAY.start, step="1 hour", net_wh=[2_000_000] * 24)
    (batch,) = ledger.issue("p-plant", DAY, to="op")
    size = ledger.size
    each = 3600 // step_s
    column = [1_000_000 // each] * (12 * each) + [3_000_000 // each] * (12 * each)
    done = ledger.correct_readings("plant", start=DAY.start, step=f"{step_s} s", net_wh=column, **WHY)
    assert done.withdrawn == ()
    assert (batch.count, ledger.balance("op", instrument="I-REC-E").active) == (48, 48)
    assert ledger.carry("p-plant").carry == 0
    staged = [ledger.entry(n).type for n in range(size, ledger.size)].count("correction.staged")
    assert staged == (24 * each - 1) // STEPS_PER_ENTRY
    assert ledger.audit().findings == ()


def test_readings_change_with_the_last_entry_alone(ledger: cl.Ledger) -> None:
    """Invariant 25: as of an entry inside the command, nothing is corrected, issued or withdrawn yet."""
    plant(ledger, "plant")
    count = 2 * STEPS_PER_ENTRY + 7
    start = instant_text(YEAR.start_utc)
    period = cl.Period.of(start, instant_text(YEAR.start_utc + 60 * count))
    ledger.record_readings("plant", start=start, step="1 min", net_wh=[10_000] * count)
    ledger.issue("p-plant", period, to="op")
    size, before = ledger.size, ledger.generation("plant", period)
    done = ledger.correct_readings("plant", start=start, step="1 min", net_wh=[7_000] * count, **WHY)
    assert done.n == ledger.size - 1
    types = [ledger.entry(n).type for n in range(size, ledger.size)]
    assert types[:2] == ["correction.staged"] * 2
    assert (types[2], types[-1]) == ("document.recorded", "generation.corrected")
    for n in range(size, done.n):
        then = ledger.as_of(entry=n)
        assert then.generation("plant", period) == before
        assert then.balance("op", instrument="I-REC-E").active == 29
        assert {run.source_n for run in then.readings("plant", period)} < set(range(size))
    assert ledger.generation("plant", period).magnitude == Decimal(7 * count) / 1000
    live = ledger.readings("plant", period)
    assert [(run.source_n, run.from_n) for run in live] == [(n, done.n) for n in (size, size + 1, done.n)]
    assert ledger.trace(ledger.batches("p-plant")[0].take(1)).sources[0].evidence == EVIDENCE
    # A part of the corrected run can be corrected again, across the edge of two entries.
    again = instant_text(YEAR.start_utc + 60 * (STEPS_PER_ENTRY - 3))
    ledger.correct_readings("plant", start=again, step="3 min", net_wh=[1, 2], **WHY)
    assert ledger.generation("plant", period).magnitude == Decimal(7_000 * (count - 6) + 3) / 1_000_000
    assert ledger.audit().findings == ()


@pytest.mark.parametrize("count", [2_976, 35_040])
def test_a_month_and_a_year_of_quarter_hours_are_one_command(ledger: cl.Ledger, count: int) -> None:
    plant(ledger, "plant")
    run = {"start": instant_text(YEAR.start_utc), "step": "15 min"}
    ledger.record_readings("plant", **run, net_wh=[5_000] * count)
    ledger.issue("p-plant", cl.Period.of(run["start"], instant_text(YEAR.start_utc + 900 * count)), to="op")
    size = ledger.size
    column = [4_000 + k % 7 for k in range(count)]
    done = ledger.correct_readings("plant", **run, net_wh=column, key="k", **WHY)
    again = ledger.correct_readings("plant", **run, net_wh=column, key="k", **WHY)
    assert again == done
    assert ledger.entry(size).parts == ledger.size - size
    period = cl.Period.of(run["start"], instant_text(YEAR.start_utc + 900 * count))
    assert ledger.generation("plant", period).magnitude == Decimal(sum(column)) / 1_000_000
    with pytest.raises(errors.IdempotencyError):
        ledger.correct_readings("plant", **run, net_wh=[*column[:-1], 1], key="k", **WHY)
    assert ledger.audit().findings == ()


def _long_correction(ledger: cl.Ledger) -> int:
    """A correction of three parts and a quantification; the number of its first entry."""
    plant(ledger, "one", "two")
    count = 2 * STEPS_PER_ENTRY + 5
    start = instant_text(YEAR.start_utc)
    for name in ("one", "two"):
        ledger.record_readings(name, start=start, step="1 min", net_wh=[100] * count, gross_wh=[200] * count)
    ledger.issue("p-one", cl.Period.of(start, instant_text(YEAR.start_utc + 60 * count)), to="op")
    size = ledger.size
    more = {"gross_wh": [150] * count, **WHY}
    ledger.correct_readings("one", start=start, step="1 min", net_wh=[90] * count, **more)
    assert ledger.size == size + 4
    return size


def _cut(entries: list[Record]) -> list[Record]:
    """The same column cut two steps earlier."""
    first, second = entries[0]["event"], entries[1]["event"]
    for name in ("net_wh", "gross_wh"):
        second[name] = first[name][-2:] + second[name]
        first[name] = first[name][:-2]
    second["start"] = "2025-01-02T00:46:00Z"
    return entries


def _set(at: int, **fields: object) -> Callable[[list[Record]], list[Record]]:
    def change(entries: list[Record]) -> list[Record]:
        entries[at]["event"].update(fields)
        return entries

    return change


def _without(at: int, name: str) -> Callable[[list[Record]], list[Record]]:
    def change(entries: list[Record]) -> list[Record]:
        del entries[at]["event"][name]
        return entries

    return change


CONTINUES = "its column does not continue the part of a correction that entry"
PART_OF_ONE = "expected a part of a correction of one device, or of one meter"


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        (_cut, "no command writes entries"),
        (lambda entries: [entries[0], *entries[2:]], CONTINUES),
        (lambda entries: [entries[1], *entries[2:]], "computed again"),
        (lambda entries: [entries[1], entries[0], *entries[2:]], CONTINUES),
        (lambda entries: [*entries[:2], entries[3]], "document"),
        (lambda entries: [entries[0], entries[2], entries[1], entries[3]], "does not use it"),
        (lambda entries: entries[:2], "the last entry of its command is a part of a correction"),
        (lambda entries: entries[:1], "the last entry of its command is a part of a correction"),
        (_set(1, device="two"), CONTINUES),
        (_set(0, device="two"), CONTINUES),
        (_set(1, step_s=30), CONTINUES),
        (_set(1, evidence="sha256:" + "0" * 64), CONTINUES),
        (_set(0, evidence="sha256:" + "0" * 64), CONTINUES),
        (_set(1, start="2025-01-02T00:48:01Z"), CONTINUES),
        (_without(1, "gross_wh"), CONTINUES),
        (_without(0, "device"), PART_OF_ONE),
        (_set(0, meter="feeder"), PART_OF_ONE),
        (_set(0, devices={"one": [1]}), PART_OF_ONE),
        (lambda entries: [entries[0], entries[1], entries[3] | {"type": "meter.corrected"}], "entry"),
    ],
)
def test_a_forged_correction_is_refused(change: Callable[[list[Record]], list[Record]], refused: str) -> None:
    """Invariant 34: other cuts, missing parts, parts of another device: no command writes them."""
    ledger = cl.open_ledger(":memory:", clock=_clock)
    ledger.open_account("op", name="Op")
    first = _long_correction(ledger)
    finding = forged(ledger, first, change)
    assert refused in finding.detail


def _clock() -> datetime:
    return datetime(2026, 5, 1, tzinfo=UTC)


def test_a_staged_part_follows_parts_alone() -> None:
    """A part that follows an entry of its command that is no part of the correction."""
    ledger = cl.open_ledger(":memory:", clock=_clock)
    ledger.open_account("op", name="Op")
    first = _long_correction(ledger)
    account = {"account": "x", "name": "X"}

    def change(entries: list[Record]) -> list[Record]:
        return [{**entries[0], "type": "account.opened", "event": account}, *entries]

    assert "expected a part of a correction before it" in forged(ledger, first, change).detail


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_the_outcome_does_not_depend_on_the_cut(monkeypatch: pytest.MonkeyPatch, data: st.DataObject) -> None:
    """Invariant 32: readings, units, carry and amounts are the same however the column is cut into entries."""
    hours = data.draw(st.lists(st.integers(0, 3), min_size=4, max_size=12))
    each = data.draw(st.sampled_from([1, 2, 4]))
    length = len(hours) * each
    column = data.draw(st.lists(st.integers(0, 3_000_000 // each), min_size=length, max_size=length))
    edge = data.draw(st.integers(1, len(hours) - 1))
    sold = data.draw(st.integers(0, 3))
    outcomes = []
    for size in {*data.draw(st.lists(st.integers(1, len(column)), min_size=2, max_size=3)), 1_488}:
        monkeypatch.setattr(splitting, "STEPS_PER_ENTRY", size)
        ledger = cl.open_ledger(":memory:", clock=_clock)
        for account in ("op", "buyer"):
            ledger.open_account(account, name=account)
        plant(ledger, "plant")
        ledger.record_readings("plant", start=DAY.start, step="1 hour", net_wh=[1_000_000 * mwh for mwh in hours])
        edges = (DAY.start_utc, DAY.start_utc + 3600 * edge, DAY.start_utc + 3600 * len(hours))
        for low, high in ((0, 1), (1, 2)):
            period = cl.Period.of(instant_text(edges[low]), instant_text(edges[high]))
            for batch in ledger.issue("p-plant", period, to="op"):
                ledger.transfer(batch.take(min(sold, batch.count)), to="buyer") if sold else None
        ledger.correct_readings("plant", start=DAY.start, step=f"{3600 // each} s", net_wh=column, **WHY)
        span = cl.Period.of(DAY.start, instant_text(edges[-1]))
        view = ledger._store.view()
        outcomes.append(
            (
                [
                    (piece.first, piece.last, piece.account, piece.state)
                    for batch in ledger.batches("p-plant")
                    for piece in view.pieces(batch.batch_id, 1, batch.count)
                ],
                [(item.amounts, item.counted) for item in ledger.issuances("p-plant")],
                ledger.carry("p-plant").carry,
                ledger.generation("plant", span).magnitude,
                values_of(ledger, "plant", span),
            )
        )
        assert ledger.audit().findings == ()
    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert outcomes[0][-1] == column


# -- meters --


def given_to(ledger: cl.Ledger, name: str) -> int:
    return sum(run.net_wh for run in ledger.readings(name, cl.Period.of("2020-01-01T00:00Z", "2030-01-01T00:00Z")))


def test_correct_meter_corrects_all_devices_in_one_command(ledger: cl.Ledger) -> None:
    """Domain invariants 2 and 15: both devices and both projects change by one event."""
    plant(ledger, "one", "two")
    ledger.record_meter_readings("feeder", start=DAY.start, step="1 hour", net_wh=[3_000_001] * 24)
    for name in ("one", "two"):
        assert ledger.issue(f"p-{name}", DAY, to="op")[0].count == 36
    size = ledger.size
    done = ledger.correct_meter("feeder", start=DAY.start, step="1 hour", net_wh=[2_000_001] * 24, key="k", **WHY)
    assert ledger.size == size + 3
    made = [ledger.issuances(f"p-{name}")[0].n for name in ("one", "two")]
    assert (done.n, sorted(done.issuances)) == (ledger.size - 1, made)
    assert sum(block.count for block in done.withdrawn) == 24
    assert {ledger.carry(f"p-{name}").carry for name in ("one", "two")} == {Decimal("0.000012")}
    assert [given_to(ledger, name) for name in ("one", "two")] == [24_000_012] * 2
    entry = ledger.entry(done.n)
    assert entry.type == "meter.corrected"
    assert sorted(entry.event["devices"]) == ["one", "two"]
    assert (
        ledger.correct_meter("feeder", start=DAY.start, step="1 hour", net_wh=[2_000_001] * 24, key="k", **WHY) == done
    )
    source = ledger.trace(ledger.batches("p-one")[0].take(1)).sources[0]
    assert (source.evidence, source.reading.source_n) == (EVIDENCE, done.n)
    assert ledger.audit().findings == ()


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_corrected_meter_owes_what_its_live_readings_say(data: st.DataObject) -> None:
    """What is owed is the exact share of all live meter energy less what was given; within 1 Wh after enough steps."""
    ledger = cl.open_ledger(":memory:", clock=_clock)
    plant(ledger, *(names := ("a", "b", "c")[: data.draw(st.integers(2, 3))]))
    steps = data.draw(st.integers(4, 16))
    value = st.integers(-3, 5)
    ledger.record_meter_readings(
        "feeder", start=DAY.start, step="15 min", net_wh=data.draw(st.lists(value, min_size=steps, max_size=steps))
    )
    live = dict(enumerate(ledger.entry(ledger.size - 1).event["net_wh"]))
    for _ in range(data.draw(st.integers(1, 4))):
        low = data.draw(st.integers(0, steps - 1))
        count = data.draw(st.integers(1, steps - low))
        column = data.draw(st.lists(value, min_size=count, max_size=count))
        start = instant_text(DAY.start_utc + 900 * low)
        ledger.correct_meter("feeder", start=start, step="15 min", net_wh=column, **WHY)
        live |= dict(zip(range(low, low + count), column, strict=True))
        owed = ledger._store.view().owed("feeder").owed
        total = sum(live.values())
        assert list(owed) == [total - len(names) * given_to(ledger, name) for name in names]
        assert sum(given_to(ledger, name) for name in names) == total
        parts = list(zip(*(values_of(ledger, name, DAY) for name in names), strict=True))
        assert [sum(part) for part in parts] == [live[k] for k in range(steps)]
        assert all(wh * live[k] >= 0 and (live[k] or not wh) for k, part in enumerate(parts) for wh in part)
    ledger.record_meter_readings("feeder", start="2025-06-02T00:00Z", step="15 min", net_wh=[100])
    assert max(map(abs, ledger._store.view().owed("feeder").owed)) < len(names)
    assert ledger.audit().findings == ()


def test_a_meters_correction_of_several_entries(ledger: cl.Ledger) -> None:
    """Each entry has the parts of its own steps; the entries before the last change nothing."""
    plant(ledger, "one", "two")
    count = 2 * STEPS_PER_ENTRY
    run = {"start": instant_text(YEAR.start_utc), "step": "1 min"}
    ledger.record_meter_readings("feeder", **run, net_wh=[7] * count)
    owed = ledger._store.view().owed("feeder").owed
    size = ledger.size
    column = [k % 9 - 1 for k in range(count)]
    done = ledger.correct_meter("feeder", **run, net_wh=column, **WHY)
    assert ledger.size > size + 2
    assert ledger._store.view(done.n).owed("feeder").owed == owed
    expected, after = apportion_column([0, 0], [1, 1], column)
    entries = [ledger.entry(n).event for n in range(size, ledger.size)]
    for name, values in zip(("one", "two"), expected, strict=True):
        assert list(chain.from_iterable(event["devices"][name] for event in entries)) == values
    assert ledger._store.view().owed("feeder").owed == tuple(after)
    assert ledger.audit().findings == ()


def test_a_devices_own_correction_changes_nothing_that_is_owed(ledger: cl.Ledger) -> None:
    """It says what the device generated, not what the meter counted; a correction of the meter replaces it."""
    plant(ledger, "one", "two")
    ledger.record_meter_readings("feeder", start=DAY.start, step="1 hour", net_wh=[1, 1, 1])
    owed = ledger._store.view().owed("feeder")
    ledger.correct_readings("one", start=DAY.start, step="30 min", net_wh=[500, 500], **WHY)
    assert ledger._store.view().owed("feeder") == owed
    assert [given_to(ledger, name) for name in ("one", "two")] == [1_001, 1]
    ledger.correct_meter("feeder", start=DAY.start, step="3 hours", net_wh=[5], **WHY)
    assert [given_to(ledger, name) for name in ("one", "two")] == [3, 2]
    assert ledger.audit().findings == ()


def test_a_meter_is_corrected_where_it_was_read(ledger: cl.Ledger) -> None:
    """A meter's correction replaces whole steps that the meter recorded."""
    plant(ledger, "one", "two")
    ledger.record_meter_readings("feeder", start=DAY.start, step="1 hour", net_wh=[2, 2])
    for name in ("one", "two"):
        ledger.record_readings(name, start="2025-06-01T02:00Z", step="1 hour", net_wh=[5])
    before = dump(ledger)
    for start, step in (("2025-06-01T02:00Z", "1 hour"), (DAY.start, "90 min"), (DAY.start, "3 hours")):
        with pytest.raises(errors.OverlapError, match=r"meter feeder: .*whole steps that this meter recorded"):
            ledger.correct_meter("feeder", start=start, step=step, net_wh=[1], **WHY)
    with pytest.raises(errors.UnknownMeterError):
        ledger.correct_meter("other", start=DAY.start, step="1 hour", net_wh=[1], **WHY)
    with pytest.raises(errors.ImplausibleReadingError, match=r"the devices together can have from -[0-9]+ to"):
        ledger.correct_meter("feeder", start=DAY.start, step="1 hour", net_wh=[10**12], **WHY)
    with pytest.raises(errors.MissingDataError, match="correction of meter feeder: evidence is missing"):
        ledger.correct_meter("feeder", start=DAY.start, step="1 hour", net_wh=[1], reason="x", evidence=None)
    assert dump(ledger) == before
    # A device's own correction over an edge of the meter's steps keeps the meter from being corrected there.
    ledger.correct_readings("one", start=DAY.start, step="2 hours", net_wh=[9], **WHY)
    with pytest.raises(errors.OverlapError, match="device one: "):
        ledger.correct_meter("feeder", start=DAY.start, step="1 hour", net_wh=[1], **WHY)


@pytest.mark.parametrize(
    "parts",
    [{"one": [1], "two": [0]}, {"one": [2], "two": [-1]}, {"one": [0]}, {"one": [0], "two": [1], "x": [0]}],
)
def test_a_forged_correction_of_a_meter_is_refused(parts: Record) -> None:
    """Invariant 34: the parts are recomputed from what is owed without the replaced steps."""
    ledger = cl.open_ledger(":memory:", clock=_clock)
    plant(ledger, "one", "two")
    ledger.record_meter_readings("feeder", start=DAY.start, step="1 hour", net_wh=[1, 2])
    ledger.correct_meter("feeder", start="2025-06-01T01:00Z", step="1 hour", net_wh=[1], **WHY)
    assert ledger.entry(ledger.size - 1).event["devices"] == {"one": [0], "two": [1]}
    finding = forged(ledger, ledger.size - 1, _set(0, devices=parts))
    assert "the devices' columns are not the column of meter feeder, apportioned by what its devices are owed" in (
        finding.detail
    )
