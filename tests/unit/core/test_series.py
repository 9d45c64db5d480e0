"""Series of files: one series counts for one subject, whatever its layout says, and entries say which one it is."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from tests.conftest import EVIDENCE, device, dump
from tests.support.forging import found_in
from tests.support.meter_file import FILE, LAYOUT, OTHER_FILE, hours, meter_file, series_of_runs

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core.series import Series, apart_by_columns
from carbon_ledger.metering.layouts.catalogue import layout_named
from carbon_ledger.periods.instants import instant_utc

DAY = cl.Period.day("2025-05-01", zone="Asia/Baku")
WHY = {"already": "correct", "reason": "the operator's newer file"}
NAMED = evolve(LAYOUT, meter_column="meter")
XLS = {"kind": "excel"}
KW = {"column": "net", "unit": "kW", "kind": "power"}


@pytest.fixture
def plants(ledger: cl.Ledger) -> cl.Ledger:
    """A ledger with three plants, and a meter that the last two share."""
    for name in ("plant", "second", "third"):
        ledger.register_device(device(name))
    ledger.register_meter(cl.Meter(id="feeder", shares={"second": 1, "third": 1}))
    return ledger


def of_meters(*meters: str, layout: cl.MeterLayout = NAMED, sha256: str = FILE) -> cl.MeterFile:
    """A file of several meters; the hours of the k-th are k Wh each."""
    others = [series_of_runs(hours([k, k, k]), meter=meter) for k, meter in enumerate(meters, 1)]
    return meter_file(layout=layout, sha256=sha256, others=others)


def read(layout: cl.MeterLayout, meter: str = "", evidence: str = FILE) -> Series:
    return Series(evidence=evidence, layout=layout, meter=meter)


def column(name: str, **more: Any) -> cl.MeterLayout:
    return evolve(LAYOUT, values={"column": name}, **more)


def channel(name: str, **more: Any) -> cl.MeterLayout:
    return evolve(LAYOUT, values={"column": "value", "channel": name}, **({"channel_column": "channel"} | more))


def sheet(name: str, **more: Any) -> cl.MeterLayout:
    return evolve(LAYOUT, table=XLS | {"sheet": name} | more)


def wide(first: str, last: str, **more: Any) -> cl.MeterLayout:
    return evolve(LAYOUT, values={"unit": "kWh"}, wide={"first": first, "last": last}, **more)


NEM12 = layout_named("nem12")


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        (read(LAYOUT), read(LAYOUT, evidence=OTHER_FILE), True),
        (read(LAYOUT), read(evolve(LAYOUT, name="another", zone="UTC", values=KW)), False),
        (read(NAMED, "M1"), read(NAMED, "M2"), True),
        (read(NAMED, "M1"), read(evolve(NAMED, values=KW, remainder="carry"), "M1"), False),
        (read(NAMED, "M1"), read(LAYOUT), False),
        (read(NAMED, "M1"), read(evolve(NAMED, meter_column="serial"), "M2"), False),
        (read(NEM12, "M1"), read(NEM12, "M2"), True),
        (read(NEM12, "M1"), read(evolve(NEM12, zone="UTC"), "M1"), False),
        (read(NEM12, "M1"), read(NAMED, "M2"), False),
        (read(column("a")), read(column("b")), True),
        (read(column("a", meter_column="m"), "M1"), read(column("b", meter_column="m"), "M1"), True),
        (read(column("a", meter_column="m"), "M1"), read(column("b")), True),
        (read(evolve(LAYOUT, values=[{"column": "a"}, {"column": "b", "role": "gross"}])), read(column("b")), False),
        (read(column("a")), read(column("2", table={"header": False, "skip_lines": 1})), False),
        (read(column("a")), read(column("b", table={"skip_lines": 1})), False),
        (read(column("\u00e4")), read(column("\u00c3\u00a4", table={"encoding": "cp1252"})), False),
        (read(column("a")), read(column("b", table={"footers": "Sum"})), True),
        (read(channel("E")), read(channel("B")), True),
        (read(channel("E")), read(channel("E", skip_channels="B")), False),
        (read(channel("E")), read(channel("B", channel_column="unit")), False),
        (read(channel("E")), read(column("value")), False),
        (read(channel("E")), read(column("net")), True),
        (read(sheet("A")), read(sheet("B")), True),
        (read(sheet("A")), read(sheet("B", skip_lines=1)), True),
        (read(sheet("A")), read(sheet("")), False),
        (read(sheet("A", kind="csv")), read(sheet("B", kind="csv")), False),
        (read(sheet("A")), read(sheet("B", kind="csv")), False),
        (read(evolve(NEM12, table={"sheet": "A"}), "M1"), read(evolve(NEM12, table={"sheet": "B"}), "M1"), False),
        (read(evolve(NEM12, table=XLS | {"sheet": "A"})), read(evolve(NEM12, table=XLS | {"sheet": "B"})), False),
        (read(wide("a1", "a24")), read(wide("b1", "b24")), True),
        (read(wide("a1", "a24")), read(wide("a1", "a25")), False),
        (read(wide("a1", "a24")), read(column("a2")), False),
    ],
)
def test_what_layouts_show_to_be_apart(one: Series, other: Series, *, apart: bool) -> None:
    """Whatever layouts do not show to be apart may be the same energy. The relation is symmetric."""
    assert (one.is_apart_from(other), other.is_apart_from(one)) == (apart, apart)
    assert not one.is_apart_from(one)
    assert apart_by_columns(one.layout, other.layout) <= apart


def test_a_loop_over_devices_does_not_record_one_meter_of_a_file_twice(plants: cl.Ledger) -> None:
    """Invariant 5: a file with several meters is no way round the rule."""
    file = of_meters("M1", "M2")
    plants.record_meter_file("plant", file, meter="M1")
    before = dump(plants)
    for subject in ("second", "feeder"):
        for how in ({}, {"already": "skip-identical"}, WHY):
            with pytest.raises(
                errors.RefusedError, match=r"meter 'M1' of this file is recorded for device plant"
            ) as no:
                plants.record_meter_file(subject, file, meter="M1", **how)
            assert (no.value.rule, dump(plants)) == ("file-of-another", before)
    assert plants.record_meter_file("second", file, meter="M2").net_wh == 6
    assert plants.record_meter_file("plant", file, meter="M1", already="skip-identical").skipped_steps == 3
    assert plants.audit().passed


def test_a_shared_meter_has_its_series_and_its_devices_do_not(plants: cl.Ledger) -> None:
    file = of_meters("M1", "M2")
    done = plants.record_meter_file("feeder", file, meter="M1")
    assert plants.entry(done.last).event["series"] == "M1"
    before = dump(plants)
    for subject in ("plant", "second"):
        for how in ({}, WHY):
            with pytest.raises(errors.RefusedError, match="is recorded for meter feeder") as refused:
                plants.record_meter_file(subject, file, meter="M1", **how)
            assert (refused.value.rule, dump(plants)) == ("file-of-another", before)
    # A device's own meter corrects what it was given of the shared one.
    assert len(plants.record_meter_file("second", file, meter="M2", **WHY).corrections) == 1
    again = plants.record_meter_file("feeder", file, meter="M1", already="skip-identical")
    assert again.skipped_steps == 3
    assert plants.audit().passed


def test_the_same_file_and_newer_ones_are_delivered_for_the_same_subject(plants: cl.Ledger) -> None:
    """Decision 32: a file that grew, and one that corrects."""
    plants.record_meter_file("plant", of_meters("M1", "M2"), meter="M1")
    newer = meter_file(layout=NAMED, sha256=OTHER_FILE, others=[series_of_runs(hours([1, 9, 1, 4]), meter="M1")])
    done = plants.record_meter_file("plant", newer, **WHY, key="k")
    assert (done.skipped_steps, done.net_wh, len(done.corrections)) == (2, 4, 1)
    assert plants.record_meter_file("plant", newer, **WHY, key="k") == done
    assert [plants.entry(n).event["series"] for n in range(done.first + 1, done.last + 1)] == ["M1", "M1"]
    assert plants.record_meter_file("plant", newer, already="skip-identical").skipped_steps == 4
    assert plants.audit().passed
    with pytest.raises(errors.RefusedError) as refused:
        plants.record_meter_file("second", newer)
    assert refused.value.rule == "file-of-another"


def test_who_took_the_wrong_device_corrects_its_readings_first(plants: cl.Ledger) -> None:
    """A part of the readings that stays live stays those of the wrong device."""
    file = of_meters("M1", "M2")
    plants.record_meter_file("plant", file, meter="M1")
    letter = {"step": "1 hour", "reason": "they are those of the second plant", "evidence": EVIDENCE}
    plants.correct_readings("plant", start=DAY.start, net_wh=[0, 0], **letter)
    with pytest.raises(errors.RefusedError) as refused:
        plants.record_meter_file("second", file, meter="M1")
    assert refused.value.rule == "file-of-another"
    plants.correct_readings("plant", start="2025-05-01T02:00+04:00", net_wh=[0], **letter)
    assert plants.record_meter_file("second", file, meter="M1").net_wh == 3
    assert plants.audit().passed


def test_hours_that_are_equal_in_both_series_are_corrected_too(plants: cl.Ledger) -> None:
    """By the right meter of the same file; otherwise night hours would stay those of the wrong one."""
    night = [series_of_runs(hours([0, 5, 0]), meter="M1"), series_of_runs(hours([0, 7, 0]), meter="M2")]
    file = meter_file(layout=NAMED, others=night)
    plants.record_meter_file("plant", file, meter="M1")
    with pytest.raises(errors.OverlapError, match="3 of 3 steps differ") as refused:
        plants.record_meter_file("plant", file, meter="M2", already="skip-identical")
    assert refused.value.rule == "differing-reading"
    done = plants.record_meter_file("plant", file, meter="M2", **WHY)
    assert (done.skipped_steps, len(done.corrections)) == (0, 1)
    assert plants.record_meter_file("second", file, meter="M1").net_wh == 5
    assert plants.audit().passed


@pytest.mark.parametrize(
    ("first", "other"),
    [
        (column("a"), column("b")),
        (evolve(column("a"), meter_column="meter"), evolve(column("b"), meter_column="meter")),
        (channel("export"), channel("import")),
        (sheet("Plant 1"), sheet("Plant 2")),
        (wide("a1", "a24"), wide("b1", "b24")),
    ],
)
def test_two_plants_of_one_file_have_a_layout_each(
    plants: cl.Ledger, first: cl.MeterLayout, other: cl.MeterLayout
) -> None:
    """Columns, channels and sheets; the same layout again is for the same plant."""
    meter = "M1" if first.meter_column else ""
    one, two = (
        meter_file(layout=layout, others=[series_of_runs(hours(values), meter=meter)])
        for layout, values in ((first, [1, 2]), (other, [3, 4]))
    )
    plants.record_meter_file("plant", one)
    plants.record_meter_file("second", two)
    before = dump(plants)
    for subject, file in (("third", one), ("third", two), ("plant", two), ("second", one)):
        with pytest.raises(errors.CarbonLedgerError) as refused:
            plants.record_meter_file(subject, file, **WHY)
        assert (refused.value.rule, dump(plants)) == ("file-of-another", before)
    assert plants.record_meter_file("plant", one, already="skip-identical").skipped_steps == 2
    assert plants.audit().passed


@pytest.mark.parametrize(
    "layout",
    [
        evolve(NAMED, name="another", zone="UTC", values=KW),
        evolve(NAMED, meter_column="serial"),
        evolve(LAYOUT, table={"skip_lines": 1, "header": False}, values={"column": "2", "unit": "kWh"}),
        LAYOUT,
    ],
)
def test_another_layout_is_no_way_round(plants: cl.Ledger, layout: cl.MeterLayout) -> None:
    plants.record_meter_file("plant", of_meters("M1"), meter="M1")
    before = dump(plants)
    meter = {True: "M1", False: ""}[layout.meter_column == "meter"]
    again = meter_file(layout=layout, others=[series_of_runs(hours([1, 1], at=8), meter=meter)])
    with pytest.raises(errors.RefusedError, match="recorded for device plant") as refused:
        plants.record_meter_file("second", again, **WHY)
    assert (refused.value.rule, dump(plants)) == ("file-of-another", before)
    assert plants.record_meter_file("plant", again, **WHY).net_wh == 2
    assert plants.audit().passed


def test_readings_that_name_no_series_are_as_before(plants: cl.Ledger) -> None:
    """One document may be evidence for many devices."""
    for name in ("plant", "second"):
        plants.record_readings(name, start=DAY.start, step="1 hour", net_wh=[1, 1], evidence=FILE)
        assert "series" not in plants.entry(plants.size - 1).event
    plants.record_meter_file("plant", of_meters("M1"), meter="M1", **WHY)
    assert plants.audit().passed


def recorded(plants: cl.Ledger, subject: str, meter: str, *, correct: bool, steps: int = 3) -> int:
    """Record a file of two meters, or correct by it, for a subject; the number of the last entry."""
    values = series_of_runs(hours([1] * steps), meter=meter)
    file = meter_file(layout=NAMED, sha256=FILE, others=[values])
    if correct:
        old = {"start": DAY.start, "step": "1 hour", "net_wh": [5] * steps, "evidence": EVIDENCE}
        (plants.record_meter_readings if subject == "feeder" else plants.record_readings)(subject, **old)
    return plants.record_meter_file(subject, file, **(WHY if correct else {})).last


@pytest.mark.parametrize("correct", [False, True])
@pytest.mark.parametrize("subject", ["second", "feeder"])
def test_a_forged_entry_that_gives_one_series_to_two_subjects_is_a_finding(subject: str, *, correct: bool) -> None:
    """Domain invariants 5 and 34: the rule says what the command says, of recordings and of corrections."""
    plants = cl.open_ledger(":memory:")
    for name in ("plant", "second", "third"):
        plants.register_device(device(name))
    plants.register_meter(cl.Meter(id="feeder", shares={"second": 1, "third": 1}))
    recorded(plants, "plant", "M1", correct=False)
    n = recorded(plants, subject, "M2", correct=correct)
    assert plants.audit().passed
    finding = found_in(plants, n, lambda event: event.update(series="M1"))
    assert (finding.entry, "is recorded for device plant (entry" in finding.detail) == (n, True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda event: event.pop("evidence"), "no earlier entry records the layout"),
        (lambda event: event.update(evidence=OTHER_FILE), "no earlier entry records the layout"),
        (lambda event: event.update(series="a\tb"), "does not match"),
        (lambda event: event.update(series="x" * 1_001), "1,001 characters"),
        (lambda event: event.update(series=1), "expected a string"),
    ],
)
def test_a_forged_series_is_a_finding(change: Any, words: str) -> None:
    """Domain invariant 34: nobody but a file that is read by a layout has a series."""
    plants = cl.open_ledger(":memory:")
    plants.register_device(device())
    n = recorded(plants, "plant", "M1", correct=False)
    assert words in found_in(plants, n, change).detail


def test_a_forged_meter_of_a_file_without_meters_is_a_finding() -> None:
    plants = cl.open_ledger(":memory:")
    plants.register_device(device())
    n = plants.record_meter_file("plant", meter_file(hours([1]))).last
    assert "names no meter" in found_in(plants, n, lambda event: event.update(series="M1")).detail


def test_the_parts_of_a_correction_are_of_one_series() -> None:
    """A column of 1,500 steps needs two entries, and both of them are the file's."""
    plants = cl.open_ledger(":memory:")
    for name in ("plant", "second"):
        plants.register_device(device(name))
    n = recorded(plants, "plant", "M1", correct=True, steps=1_500)
    assert [plants.entry(k).event["series"] for k in (n - 1, n)] == ["M1", "M1"]
    assert "does not continue" in found_in(plants, n - 1, lambda event: event.update(series="M2")).detail
    plants.register_device(device("third"))
    last = recorded(plants, "third", "M3", correct=False, steps=1_500)
    assert "no command writes" in found_in(plants, last - 1, lambda event: event.update(series="M4")).detail


@pytest.mark.parametrize(("first", "count"), [(0, 1_488), (1_488, 12)])
def test_a_part_of_a_correction_that_stays_live_is_found(first: int, count: int) -> None:
    """Whichever of its entries has it."""
    plants = cl.open_ledger(":memory:")
    for name in ("plant", "second"):
        plants.register_device(device(name))
    recorded(plants, "plant", "M1", correct=True, steps=1_500)
    start = DAY.start + timedelta(hours=first)
    letter = {"step": "1 hour", "net_wh": [7] * count, "reason": "misread", "evidence": EVIDENCE}
    plants.correct_readings("plant", start=start, **letter)
    with pytest.raises(errors.RefusedError) as refused:
        recorded(plants, "second", "M1", correct=False)
    assert refused.value.rule == "file-of-another"


def test_the_series_belongs_to_the_request_of_a_key() -> None:
    """Domain invariant 26: the digest of a keyed command is that of the series that it recorded."""
    plants = cl.open_ledger(":memory:")
    plants.register_device(device())
    file = of_meters("M1", "M2")
    done = plants.record_meter_file("plant", file, meter="M1", key="k")
    assert plants.audit().passed
    found = found_in(plants, done.last, lambda event: event.update(series="M2"))
    assert "no request for these entries has it" in found.detail


def run_of(folder: Path, ledger: cl.Ledger, n: int) -> Mapping[str, Any]:
    """What an auditor reads in a file, by what an entry and the ledger say, over the time of the entry."""
    event = ledger.entry(n).event
    layout = ledger.as_of(entry=n).meter_layout(event["evidence"])
    path = next(path for path in folder.iterdir() if cl.digest_file(path) == event["evidence"])
    series = cl.read_meter_file(path, layout).meter(event["series"])
    start = instant_utc(event["start"], "start")
    end = start + event["step_s"] * len(event["net_wh"])
    found = {
        run.start_utc + k * run.step_s: (wh, run.step_s)
        for run in series.runs
        for k, wh in enumerate(run.net_wh)
        if start <= run.start_utc + k * run.step_s < end
    }
    assert [*found] == [*range(start, end, event["step_s"])]
    return {**event, "net_wh": [wh for wh, _ in found.values()], "step_s": {step for _, step in found.values()}.pop()}


def test_an_auditor_reproduces_every_run(plants: cl.Ledger, tmp_path: Path) -> None:
    """From the file, the layout in the ledger and the entry: of meters, of columns, of corrections."""
    rows = [f"2025-05-01 {hour:02d}:00,M{k},{hour * k},{hour + k}\n" for hour in range(1, 9) for k in (1, 2)]
    path = tmp_path / "meters.csv"
    path.write_text("time,meter,a,b\n" + "".join(rows))
    time = {"columns": "time"}
    layouts = {
        name: cl.MeterLayout(name=name, zone="Asia/Baku", time=time, values={"column": name}, meter_column="meter")
        for name in ("a", "b")
    }
    wrong = evolve(layouts["a"], name="end-stamped", time={"columns": "time", "stamp": "end"})
    since = plants.size
    plants.record_meter_file("plant", cl.read_meter_file(path, wrong), meter="M1")
    plants.record_meter_file("second", cl.read_meter_file(path, layouts["b"]), meter="M1")
    plants.record_meter_file("plant", cl.read_meter_file(path, layouts["a"]), meter="M1", **WHY)
    plants.record_meter_file("third", cl.read_meter_file(path, layouts["a"]), meter="M2")
    longer = tmp_path / "longer.csv"
    longer.write_text(path.read_text().replace("08:00,M1,8", "08:00,M1,9") + "2025-05-01 09:00,M1,9,10\n")
    plants.record_meter_file("plant", cl.read_meter_file(longer, layouts["a"]), meter="M1", **WHY)
    runs = [n for n in range(since, plants.size) if "net_wh" in plants.entry(n).event]
    assert len(runs) == 7
    for n in runs:
        event = plants.entry(n).event
        assert run_of(tmp_path, plants, n) == {**event, "net_wh": [*event["net_wh"]]}
    assert plants.audit().passed


@pytest.mark.parametrize(
    ("series", "words"),
    [
        (read(NAMED, "M1"), "meter 'M1'"),
        (read(column("a")), "column 'a'"),
        (read(channel("E")), "channel 'E'"),
        (read(wide("a1", "a24")), "column 'a1'"),
        (read(NEM12), "the meter"),
    ],
)
def test_a_series_in_words(series: Series, words: str) -> None:
    assert str(series) == words
