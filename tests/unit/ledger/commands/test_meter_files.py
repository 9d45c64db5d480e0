"""Recording a file: all or none, skipped, corrected or refused by name, with the layout that it was read by."""

from pathlib import Path

import pytest
from attrs import evolve
from tests.conftest import EVIDENCE, Clock, device, dump
from tests.support.meter_file import FILE, LAYOUT, OTHER_FILE, hours, meter_file, series_of_runs
from tests.support.shared_meter import two_plants
from tests.support.staffed_ledger import staffed

import carbon_ledger as cl
from carbon_ledger import errors

__all__ = ["two_plants"]

MWH = 1_000_000
DAY = cl.Period.day("2025-05-01", zone="Asia/Baku")
WHY = {"already": "correct", "reason": "the operator's newer file"}


@pytest.fixture
def plant(ledger: cl.Ledger) -> cl.Ledger:
    """A ledger with a plant and a project of certificates."""
    ledger.register_device(device())
    ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone="Asia/Baku", devices=("plant",)))
    return ledger


def test_a_file_is_recorded_with_its_digest_and_its_layout(plant: cl.Ledger) -> None:
    done = plant.record_meter_file("plant", meter_file(hours([1, 2, 3]), hours([5], at=4)))
    assert (done.subject, done.sha256, done.net_wh) == ("plant", FILE, 11)
    assert [plant.entry(n).type for n in range(done.first, done.last + 1)] == ["document.described"] + 2 * [
        "generation.recorded"
    ]
    assert all(plant.entry(n).event.get("evidence", FILE) == FILE for n in range(done.first, done.last + 1))
    assert [period.seconds // 3600 for period in (*done.recorded, *done.gaps)] == [3, 1, 1]
    assert (done.skipped_steps, done.skipped, done.corrections, done.corrected) == (0, (), (), ())
    assert plant.meter_layout(FILE) == LAYOUT
    assert plant.document(FILE).layout == LAYOUT
    assert (plant.document(FILE).kind, plant.document(FILE).title) == ("meter-file", "may.csv")
    assert plant.audit().passed


def test_live_readings_are_refused_unless_the_caller_says_otherwise(plant: cl.Ledger) -> None:
    plant.record_meter_file("plant", meter_file(hours([1, 2, 3])))
    before = dump(plant)
    with pytest.raises(errors.OverlapError) as refused:
        plant.record_meter_file("plant", meter_file(hours([1, 2, 3, 4])))
    assert (refused.value.rule, dump(plant)) == ("overlap", before)


def test_identical_steps_are_skipped_by_name(plant: cl.Ledger) -> None:
    plant.record_meter_file("plant", meter_file(hours([1, 2, 3])))
    longer = meter_file(hours([1, 2, 3, 4]), sha256=OTHER_FILE)
    done = plant.record_meter_file("plant", longer, already="skip-identical")
    assert (done.skipped_steps, done.net_wh) == (3, 4)
    assert [(period.start_utc, period.seconds) for period in done.skipped] == [(DAY.start_utc, 3 * 3600)]
    again = plant.record_meter_file("plant", longer, already="skip-identical")
    assert (again.first, again.last, again.net_wh, again.skipped_steps) == (None, None, 0, 4)
    assert plant.audit().passed


@pytest.mark.parametrize(
    "run",
    [
        hours([1, 7, 3]),
        hours([1, 2, 3], quality="estimated"),
        hours([1, 2, 3], gross_wh=(3, 3, 3)),
        hours([1, 2, 3], export_wh=(3, 3, 3), import_wh=(2, 1, 0)),
        hours([1, 2], step_s=1800),
        hours([6], step_s=3 * 3600),
        hours([1, 1], step_s=5400),
        evolve(hours([1, 2]), start_utc=DAY.start_utc + 1800),
    ],
)
def test_whatever_differs_is_refused_with_both_values(plant: cl.Ledger, run: object) -> None:
    plant.record_meter_file("plant", meter_file(hours([1, 2, 3])))
    before = dump(plant)
    with pytest.raises(errors.OverlapError, match=r"net \d Wh.* in the file, net \d Wh.* in entry 7") as refused:
        plant.record_meter_file("plant", meter_file(run, sha256=OTHER_FILE), already="skip-identical")
    assert (refused.value.rule, dump(plant)) == ("differing-reading", before)


def test_differing_steps_are_corrected_and_identical_ones_stay(plant: cl.Ledger) -> None:
    plant.record_meter_file("plant", meter_file(hours([1, 2, 3, 4, 5])))
    done = plant.record_meter_file("plant", meter_file(hours([1, 7, 3, 4, 9, 6]), sha256=OTHER_FILE), **WHY)
    assert (done.skipped_steps, done.net_wh, len(done.corrections)) == (3, 6, 2)
    assert [period.start_utc - DAY.start_utc for period in done.corrected] == [3600, 4 * 3600]
    events = [plant.entry(item.n).event for item in done.corrections]
    assert [event["net_wh"] for event in events] == [[7], [9]]
    assert {(event["evidence"], event["reason"]) for event in events} == {(OTHER_FILE, WHY["reason"])}
    assert plant.generation("plant", DAY) == cl.quantity("0.00003 MWh")
    assert plant.audit().passed


def test_a_step_is_identical_in_every_column(plant: cl.Ledger) -> None:
    plant.record_meter_file("plant", meter_file(hours([1, 2, 3], gross_wh=(4, 4, 4))))
    newer = meter_file(hours([1, 1, 3], gross_wh=(5, 4, 4)), sha256=OTHER_FILE)
    done = plant.record_meter_file("plant", newer, **WHY)
    assert (done.skipped_steps, len(done.corrections)) == (1, 1)
    assert plant.entry(done.last).event["gross_wh"] == [5, 4]


def test_a_measured_value_may_be_the_estimate_that_was_corrected(plant: cl.Ledger) -> None:
    plant.record_meter_file("plant", meter_file(hours([100], quality="estimated")))
    better = {"net_wh": [120], "quality": "estimated", "reason": "a better estimate", "evidence": EVIDENCE}
    plant.correct_readings("plant", start=DAY.start, step="1 hour", **better)
    done = plant.record_meter_file("plant", meter_file(hours([100]), sha256=OTHER_FILE), **WHY)
    assert len(done.corrections) == 1


def test_a_step_of_another_length_corrects_whole_steps_alone(plant: cl.Ledger) -> None:
    plant.record_meter_file("plant", meter_file(hours([4, 4])))
    quarters = hours([1, 1, 1, 2], step_s=900)
    assert len(plant.record_meter_file("plant", meter_file(quarters, sha256=OTHER_FILE), **WHY).corrections) == 1
    before = dump(plant)
    half = meter_file(hours([1, 1], at=1, step_s=900), sha256=OTHER_FILE)
    with pytest.raises(errors.OverlapError) as refused:
        plant.record_meter_file("plant", half, **WHY)
    assert (refused.value.rule, dump(plant)) == ("overlap", before)


def test_an_old_file_does_not_undo_a_correction(plant: cl.Ledger) -> None:
    plant.record_meter_file("plant", meter_file(hours([1, 2, 3, 4])))
    n = plant.correct_readings(
        "plant", start=DAY.start, step="1 hour", net_wh=[1, 7], reason="misread", evidence=EVIDENCE
    ).n
    before = dump(plant)
    for old in (hours([1, 2, 3, 4]), hours([1, 2, 3, 8]), hours([1, 2], gross_wh=(9, 9))):
        with pytest.raises(errors.RefusedError, match=f"correction of entry {n} replaced") as refused:
            plant.record_meter_file("plant", meter_file(old), **WHY)
        assert (refused.value.rule, dump(plant)) == ("superseded-reading", before)
    # Of the hours beside the corrected ones, no value was replaced.
    done = plant.record_meter_file("plant", meter_file(hours([3, 4], at=2, gross_wh=(9, 9)), sha256=OTHER_FILE), **WHY)
    assert len(done.corrections) == 1
    assert plant.audit().passed


def test_an_old_file_of_longer_steps_does_not_undo_a_correction_either(plant: cl.Ledger) -> None:
    plant.record_meter_file("plant", meter_file(hours([4])))
    quarters = {"start": DAY.start, "step": "15 min", "net_wh": [1, 1, 1, 2]}
    plant.correct_readings("plant", **quarters, reason="finer", evidence=EVIDENCE)
    with pytest.raises(errors.RefusedError, match=r"of 3600 s .* net 1 Wh in 900 s from .* in entry 8") as no:
        plant.record_meter_file("plant", meter_file(hours([4])), **WHY)
    assert no.value.rule == "superseded-reading"


@pytest.mark.parametrize(
    ("old", "file"),
    [
        (hours([4, 4, 4, 4]), hours([8, 8], step_s=7200)),
        (hours([4, 4, 4, 4]), hours([16], step_s=4 * 3600)),
        (hours([4, 4, 4, 4]), hours([1, 2, 1, 0] * 4, step_s=900)),
        (hours([8, 8], step_s=7200), hours([3, 5, 4, 4])),
    ],
)
def test_an_old_file_of_other_steps_does_not_undo_a_correction(plant: cl.Ledger, old: object, file: object) -> None:
    """The energy that a correction replaced comes back by no sum of steps, and by no division of one."""
    plant.record_meter_file("plant", meter_file(old))
    step = {"start": DAY.start, "step": f"{old.step_s} s", "reason": "misread", "evidence": EVIDENCE}
    n = plant.correct_readings("plant", **step, net_wh=[old.net_wh[0] + 3]).n
    beside = {**step, "start": "2025-05-01T02:00+04:00", "net_wh": [old.net_wh[0]], "evidence": OTHER_FILE}
    plant.correct_readings("plant", **beside)
    before = dump(plant)
    with pytest.raises(errors.RefusedError, match=f"correction of entry {n} replaced") as refused:
        plant.record_meter_file("plant", meter_file(file, sha256=OTHER_FILE), **WHY)
    assert (refused.value.rule, dump(plant)) == ("superseded-reading", before)


@pytest.mark.parametrize("file", [hours([5, 5, 4]), hours([4000, 4000, 4]), hours([2, 3, 2, 3, 2, 2], step_s=1800)])
def test_a_file_that_a_document_replaced_does_not_come_back_by_another_layout(plant: cl.Ledger, file: object) -> None:
    """By another unit, stamp or rounding, the replaced hours have other values, but are of the same old file."""
    plant.record_meter_file("plant", meter_file(hours([4, 4, 4])))
    letter = {"reason": "misread", "evidence": EVIDENCE}
    n = plant.correct_readings("plant", start=DAY.start, step="1 hour", net_wh=[7, 7], **letter).n
    before = dump(plant)
    again = meter_file(file, layout=evolve(LAYOUT, name="another"))
    with pytest.raises(errors.RefusedError, match=f"correction of entry {n} replaced") as refused:
        plant.record_meter_file("plant", again, **WHY)
    assert (refused.value.rule, dump(plant)) == ("superseded-reading", before)
    rest = meter_file(hours([9], at=2), layout=evolve(LAYOUT, name="another"))
    assert len(plant.record_meter_file("plant", rest, **WHY).corrections) == 1


def test_other_steps_with_the_energy_of_now_are_no_old_ones(plant: cl.Ledger) -> None:
    plant.record_meter_file("plant", meter_file(hours([4, 4])))
    for net_wh in ([5, 4], [4, 4]):
        plant.correct_readings(
            "plant", start=DAY.start, step="1 hour", net_wh=net_wh, reason="misread", evidence=EVIDENCE
        )
    done = plant.record_meter_file("plant", meter_file(hours([8], step_s=7200), sha256=OTHER_FILE), **WHY)
    assert len(done.corrections) == 1


def test_one_column_more_beside_values_that_a_correction_kept(plant: cl.Ledger) -> None:
    """The correction of both hours kept the value of the first, so the file brings nothing back."""
    plant.record_meter_file("plant", meter_file(hours([1, 2])))
    plant.correct_readings("plant", start=DAY.start, step="1 hour", net_wh=[1, 7], reason="misread", evidence=EVIDENCE)
    done = plant.record_meter_file("plant", meter_file(hours([1, 7], gross_wh=(3, 9)), sha256=OTHER_FILE), **WHY)
    assert len(done.corrections) == 1


def test_a_file_of_one_meter_is_recorded_for_one_device(plant: cl.Ledger) -> None:
    """Invariant 5: by a loop over devices, one meter's energy would be counted for each of them."""
    plant.register_device(device("second"))
    plant.register_meter(cl.Meter(id="feeder", shares={"second": 1}))
    plant.record_meter_file("plant", meter_file(hours([1, 2, 3])))
    before = dump(plant)
    for subject in ("second", "feeder"):
        for how in ({}, {"already": "skip-identical"}, WHY):
            with pytest.raises(errors.RefusedError, match="device plant") as refused:
                plant.record_meter_file(subject, meter_file(hours([1, 2, 3])), **how)
            assert (refused.value.rule, dump(plant)) == ("file-of-another", before)
    # Whoever took the wrong device corrects its readings first.
    letter = {"reason": "they are those of the second plant", "evidence": EVIDENCE}
    plant.correct_readings("plant", start=DAY.start, step="1 hour", net_wh=[0, 0, 0], **letter)
    assert plant.record_meter_file("second", meter_file(hours([1, 2, 3]))).net_wh == 6


def test_a_file_of_several_columns_is_recorded_for_each_device_by_a_layout_of_its_own(plant: cl.Ledger) -> None:
    plant.register_device(device("second"))
    plant.record_meter_file("plant", meter_file(hours([1, 2, 3])))
    other = meter_file(hours([4, 5, 6]), layout=evolve(LAYOUT, values={"column": "second", "unit": "kWh"}))
    assert plant.record_meter_file("second", other, **WHY).net_wh == 15


def test_a_file_that_contradicts_itself_corrects_nothing(plant: cl.Ledger) -> None:
    plant.record_meter_file("plant", meter_file(hours([1, 2, 3, 4])))
    before = dump(plant)
    runs = [hours([5, 6]), hours([9, 9], at=1)]
    for how in ({"already": "skip-identical"}, WHY):
        with pytest.raises(errors.OverlapError) as refused:
            plant.record_meter_file("plant", meter_file(*runs, sha256=OTHER_FILE), **how)
        assert (refused.value.rule, dump(plant)) == ("overlap", before)


def test_what_is_known_is_not_replaced_by_less(plant: cl.Ledger) -> None:
    both = hours([2, 2], gross_wh=(3, 3))
    plant.record_meter_file("plant", meter_file(both))
    plant.record_meter_file("plant", meter_file(hours([2], at=5, export_wh=(3,), import_wh=(1,)), sha256=OTHER_FILE))
    before = dump(plant)
    for run, rule in ((hours([2, 2]), "gross-missing"), (hours([4], at=5), "sides-missing")):
        with pytest.raises(errors.RefusedError) as refused:
            plant.record_meter_file("plant", meter_file(run, sha256=OTHER_FILE), **WHY)
        assert (refused.value.rule, dump(plant)) == (rule, before)


def test_energy_that_moves_from_hour_to_hour_withdraws_no_unit(plant: cl.Ledger) -> None:
    """Ledger-model section 7, scenario S22: the outcome is that of the file, not of the order of its hours."""
    plant.record_meter_file("plant", meter_file(hours([2 * MWH] * 3)))
    plant.issue("p", cl.Period(DAY.start_utc, DAY.start_utc + 3 * 3600), to="op")
    moved = meter_file(hours([MWH, 2 * MWH, 3 * MWH]), sha256=OTHER_FILE)
    done = plant.record_meter_file("plant", moved, **WHY)
    assert [(item.withdrawn, len(item.issuances)) for item in done.corrections] == [((), 1), ((), 1)]
    assert plant.balance("op", instrument="I-REC-E").active == 6
    assert plant.audit().passed


def test_nothing_is_recorded_if_the_last_row_is_refused(plant: cl.Ledger) -> None:
    plant.record_meter_file("plant", meter_file(hours([1, 2, 3])))
    before = dump(plant)
    for last in (hours([200 * MWH], at=9), hours([5], at=24 * 300)):
        file = meter_file(hours([1, 9, 3, 4]), hours([5], at=6), last, sha256=OTHER_FILE)
        with pytest.raises(errors.CarbonLedgerError):
            plant.record_meter_file("plant", file, **WHY, key="k")
        assert dump(plant) == before
    with plant.batch():
        plant.open_account("new", name="New")
        with pytest.raises(errors.CarbonLedgerError):
            plant.record_meter_file("plant", file, **WHY)
    assert plant.accounts()[-1] == "new"
    assert len(dump(plant)[0]) == len(before[0]) + 1


def test_a_key_is_used_once_for_all_of_a_file(plant: cl.Ledger) -> None:
    plant.record_meter_file("plant", meter_file(hours([1, 2, 3])))
    file = meter_file(hours([1, 9, 3, 4]), hours([5], at=6), sha256=OTHER_FILE)
    done = plant.record_meter_file("plant", file, **WHY, key="k")
    plant.correct_readings("plant", start=DAY.start, step="1 hour", net_wh=[8], reason="no", evidence=EVIDENCE)
    size = plant.size
    assert plant.record_meter_file("plant", file, **WHY, key="k") == done
    shorter, longer = meter_file(hours([1, 9, 3]), sha256=OTHER_FILE), meter_file(*file.runs, hours([5], at=9))
    others = (
        {"file": meter_file(hours([1, 9, 3, 4]), hours([6], at=6), sha256=OTHER_FILE)},
        {"file": shorter},
        {"file": evolve(longer, sha256=OTHER_FILE)},
        {"file": evolve(file, sha256=FILE)},
        {"file": evolve(file, layout=evolve(LAYOUT, name="another"))},
        {"file": file, "reason": "another"},
    )
    for other in others:
        with pytest.raises(errors.IdempotencyError):
            plant.record_meter_file("plant", **({**WHY, "key": "k"} | other))
    with pytest.raises(errors.IdempotencyError):
        plant.open_account("another", name="Another", key="k")
    assert plant.size == size
    assert plant.audit().passed


def test_a_key_is_used_by_no_part_of_the_file_and_by_no_longer_one(plant: cl.Ledger) -> None:
    runs = [hours([1]), hours([2], at=3), hours([3], at=6)]
    done = plant.record_meter_file("plant", meter_file(*runs[:2]), key="k")
    size = plant.size
    for other in (runs[:1], runs):
        with pytest.raises(errors.IdempotencyError):
            plant.record_meter_file("plant", meter_file(*other), key="k")
    assert plant.record_meter_file("plant", meter_file(*runs[:2]), key="k") == done
    assert plant.size == size


def test_a_key_that_looks_like_one_of_the_file_is_another_command(plant: cl.Ledger) -> None:
    done = plant.record_meter_file("plant", meter_file(hours([1])), key="k")
    plant.open_account("new", name="New", key="k#3")
    assert plant.record_meter_file("plant", meter_file(hours([1])), key="k") == done


def test_a_key_of_another_command_is_named_before_the_file_is_compared(plant: cl.Ledger) -> None:
    plant.record_meter_file("plant", meter_file(hours([1])))
    plant.open_account("new", name="New", key="k")
    with pytest.raises(errors.IdempotencyError):
        plant.record_meter_file("plant", meter_file(hours([2])), already="skip-identical", key="k")


def test_a_correction_of_several_entries_begins_with_the_first_of_them(plant: cl.Ledger) -> None:
    plant.record_meter_file("plant", meter_file(hours([1] * 1_500)))
    size = plant.size
    file = meter_file(hours([2] * 1_500))
    done = plant.record_meter_file("plant", file, **WHY, key="k")
    assert (done.first, done.last) == (size, size + 1)
    assert plant.record_meter_file("plant", file, **WHY, key="k") == done


def test_another_layout_is_recorded_only_with_corrections(plant: cl.Ledger) -> None:
    wrong, right = meter_file(hours([1, 2])), meter_file(hours([2, 1]), layout=evolve(LAYOUT, name="end-stamped"))
    first = plant.record_meter_file("plant", wrong)
    before = dump(plant)
    for already in ("refuse", "skip-identical"):
        with pytest.raises(errors.RefusedError) as refused:
            plant.record_meter_file("plant", right, already=already)
        assert (refused.value.rule, dump(plant)) == ("layout-differs", before)
    plant.record_meter_file("plant", right, **WHY)
    assert plant.meter_layout(FILE) == right.layout
    assert plant.as_of(entry=first.last).meter_layout(FILE) == wrong.layout
    assert plant.audit().passed


def test_a_description_keeps_its_words_and_its_layout(plant: cl.Ledger) -> None:
    plant.describe_document(FILE, kind="settlement-statement", title="May", issuer="The grid")
    plant.record_meter_file("plant", meter_file(hours([1])))
    found = plant.document(FILE)
    assert (found.title, found.issuer, found.layout, len(found.entries)) == ("May", "The grid", LAYOUT, 2)
    plant.describe_document(FILE, kind="settlement-statement", title="May 2025")
    assert plant.meter_layout(FILE) == LAYOUT
    assert plant.document(FILE).layout == LAYOUT
    done = plant.record_meter_file("plant", meter_file(hours([1, 2])), already="skip-identical")
    assert done.first == done.last


def test_a_file_without_a_name_has_a_title(plant: cl.Ledger) -> None:
    plant.record_meter_file("plant", evolve(meter_file(hours([1])), path=""))
    assert plant.document(FILE).title == "meter file"


def test_a_shared_meter_is_compared_with_what_it_recorded(two_plants: cl.Ledger) -> None:
    two_plants.record_meter_file("feeder", meter_file(hours([3, 6, 9])))
    parts = {"start": DAY.start, "step": "1 hour", "net_wh": [5], "reason": "a meter of its own", "evidence": EVIDENCE}
    two_plants.correct_readings("plant", **parts)
    done = two_plants.record_meter_file("feeder", meter_file(hours([3, 9, 9, 12]), sha256=OTHER_FILE), **WHY)
    assert (done.skipped_steps, done.net_wh, len(done.corrections)) == (2, 12, 1)
    assert two_plants.entry(done.last).type == "meter.corrected"
    before = dump(two_plants)
    with pytest.raises(errors.RefusedError) as refused:
        two_plants.record_meter_file("feeder", meter_file(hours([3, 6, 9])), **WHY)
    assert (refused.value.rule, dump(two_plants)) == ("superseded-reading", before)
    with pytest.raises(errors.QuantityError, match="a shared meter has none"):
        two_plants.record_meter_file("feeder", meter_file(hours([3], at=9, gross_wh=(3,))))
    assert two_plants.audit().passed


def test_a_device_of_a_shared_meter_is_compared_with_its_part(two_plants: cl.Ledger) -> None:
    two_plants.record_meter_readings("feeder", start=DAY.start, step="1 hour", net_wh=[3, 6])
    done = two_plants.record_meter_file("second", meter_file(hours([2, 5])), **WHY)
    assert (done.skipped_steps, two_plants.entry(done.last).type) == (1, "generation.corrected")


def test_both_sides_of_a_shared_meter_are_not_those_of_its_devices(two_plants: cl.Ledger) -> None:
    sides = {"net_wh": [3, 6], "export_wh": [4, 6], "import_wh": [1, 0]}
    two_plants.record_meter_readings("feeder", start=DAY.start, step="1 hour", **sides)
    own = two_plants.record_meter_file("second", meter_file(hours([2, 4])), already="skip-identical")
    assert own.skipped_steps == 2
    with pytest.raises(errors.OverlapError):
        two_plants.record_meter_file("feeder", meter_file(hours([3, 6])), already="skip-identical")
    both = hours([3, 6], export_wh=(4, 6), import_wh=(1, 0))
    assert two_plants.record_meter_file("feeder", meter_file(both), already="skip-identical").skipped_steps == 2


def test_an_id_of_a_device_and_a_meter_is_ambiguous(two_plants: cl.Ledger) -> None:
    two_plants.register_meter(cl.Meter(id="plant", shares={"second": 1}))
    before = dump(two_plants)
    with pytest.raises(errors.RefusedError, match=r"ledger.device\('plant'\) or ledger.meter\('plant'\)") as refused:
        two_plants.record_meter_file("plant", meter_file(hours([1])))
    assert (refused.value.rule, dump(two_plants)) == ("device-or-meter", before)
    two_plants.record_meter_file(two_plants.device("plant"), meter_file(hours([1])))
    two_plants.record_meter_file(two_plants.meter("plant"), meter_file(hours([1]), sha256=OTHER_FILE))
    kinds = [two_plants.entry(n).type for n in range(two_plants.size - 4, two_plants.size)]
    assert kinds == ["document.described", "generation.recorded", "document.described", "meter.recorded"]


def test_one_meter_of_several_is_chosen_by_name(plant: cl.Ledger) -> None:
    named = evolve(LAYOUT, meter_column="meter")
    file = meter_file(hours([1]), layout=named, others=[series_of_runs(hours([2], at=3), meter="M2")])
    with pytest.raises(errors.QuantityError, match="2 meters"):
        plant.record_meter_file("plant", file)
    with pytest.raises(errors.MissingDataError, match="no meter"):
        plant.record_meter_file("plant", file, meter="M3")
    assert plant.record_meter_file("plant", file, meter="M2").net_wh == 2
    assert plant.record_meter_file("plant", file, meter="").net_wh == 1
    assert [plant.entry(n).event["series"] for n in (plant.size - 2, plant.size - 1)] == ["M2", ""]


@pytest.mark.parametrize("meter", ["a\tb", "a\nb", "\u2028", "x" * 1_001, "\x7f"])
def test_a_meter_that_an_entry_cannot_name_is_refused(plant: cl.Ledger, meter: str) -> None:
    before = dump(plant)
    named = evolve(LAYOUT, meter_column="meter")
    file = evolve(meter_file(layout=named), series=(series_of_runs(hours([1]), meter=meter),))
    with pytest.raises(errors.QuantityError, match="an entry cannot name it"):
        plant.record_meter_file("plant", file)
    with pytest.raises(errors.QuantityError, match="has no meter_column"):
        plant.record_meter_file("plant", evolve(file, layout=LAYOUT, series=(series_of_runs(hours([1]), meter="M"),)))
    assert dump(plant) == before


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"subject": "nobody"}, errors.UnknownThingError),
        ({"subject": None}, errors.QuantityError),
        ({"subject": device("unknown")}, errors.UnknownDeviceError),
        ({"subject": cl.Meter(id="unknown", shares={"plant": 1})}, errors.UnknownMeterError),
        ({"file": None}, errors.QuantityError),
        ({"file": evolve(meter_file(hours([1])), layout=None)}, errors.QuantityError),
        ({"file": meter_file(hours([1]), sha256="sha256:5")}, errors.QuantityError),
        ({"already": "skip"}, errors.QuantityError),
        ({"already": None}, errors.QuantityError),
        ({"already": "correct"}, errors.QuantityError),
        ({"reason": "why"}, errors.QuantityError),
        ({"waivers": ["x"]}, errors.WaiverError),
        ({"key": ""}, errors.QuantityError),
        ({"by": 5}, errors.QuantityError),
    ],
)
def test_arguments_that_cannot_be_used_change_nothing(
    plant: cl.Ledger, given: dict[str, object], kind: type[Exception]
) -> None:
    before = dump(plant)
    with pytest.raises(kind):
        plant.record_meter_file(**({"subject": "plant", "file": meter_file(hours([1]))} | given))
    assert dump(plant) == before


def test_a_correction_without_a_reason_asks_for_one(plant: cl.Ledger) -> None:
    with pytest.raises(
        errors.QuantityError, match=r"needs a reason: pass reason= with why the recorded values were wrong"
    ):
        plant.record_meter_file("plant", meter_file(hours([1])), already="correct")


def test_a_waiver_is_stored_in_every_entry_of_readings(plant: cl.Ledger) -> None:
    waiver = cl.Waiver("implausible-reading", "checked by the operator")
    plant.record_meter_file("plant", meter_file(hours([200 * MWH]), hours([200 * MWH], at=3)), waivers=waiver)
    done = plant.record_meter_file("plant", meter_file(hours([300 * MWH]), sha256=OTHER_FILE), waivers=waiver, **WHY)
    assert [note.entry for note in plant.audit().notes] == [7, 8, done.last]


def test_a_meter_operator_records_files() -> None:
    """Domain: who may is what the entries need; see the reference of authority."""
    ledger = staffed()
    file = meter_file(hours([1, 2]))
    for actor in ("registrar", "verifier", "issuer", "auditor", "nobody"):
        before = dump(ledger)
        with pytest.raises(errors.NotAuthorisedError):
            ledger.record_meter_file("plant", file, by=actor)
        assert dump(ledger) == before
    ledger.record_meter_file("plant", file, by="meter-operator")


def test_a_file_is_recorded_after_the_ledger_is_opened_again(tmp_path: Path) -> None:
    path, clock = tmp_path / "l.db", Clock()
    file = meter_file(hours([1, 2]), hours([3], at=5))
    with cl.open_ledger(path, clock=clock) as ledger:
        ledger.register_device(device())
        done = ledger.record_meter_file("plant", file, key="k")
    with cl.open_ledger(path, clock=clock) as ledger:
        assert ledger.record_meter_file("plant", file, key="k") == done
        assert ledger.meter_layout(FILE) == file.layout
        assert ledger.audit().passed


def test_a_file_with_a_column_for_each_plant(plant: cl.Ledger, tmp_path: Path) -> None:
    """Each plant's column is a layout of its own; the layouts of one column are not for two plants."""
    plant.register_device(device("second"))
    path = tmp_path / "plants.csv"
    path.write_text("time,first kWh,second kWh\n2025-05-01 00:00,1,4\n2025-05-01 01:00,2,5\n")

    def read(column: str, name: str) -> cl.MeterFile:
        layout = cl.MeterLayout(name=name, zone="Asia/Baku", time={"columns": "time"}, values={"column": column})
        return cl.read_meter_file(path, layout)

    plant.record_meter_file("plant", read("first kWh", "first"))
    before = dump(plant)
    with pytest.raises(errors.RefusedError) as refused:
        plant.record_meter_file("second", read("first kWh", "another name"))
    assert (refused.value.rule, dump(plant)) == ("layout-differs", before)
    with pytest.raises(errors.RefusedError, match="column 'first kWh' of this file is recorded") as refused:
        plant.record_meter_file("second", read("first kWh", "another name"), **WHY)
    assert (refused.value.rule, dump(plant)) == ("file-of-another", before)
    done = plant.record_meter_file("second", read("second kWh", "second"))
    assert done.net_wh == 9_000
    assert plant.meter_layout(done.sha256).name == "second"
    # The file again, for each plant; a column of one is never the other's.
    for subject, column in (("plant", "first kWh"), ("second", "second kWh")):
        for how in ({"already": "skip-identical"}, WHY):
            again = plant.record_meter_file(subject, read(column, subject), **how)
            assert (again.skipped_steps, again.net_wh, again.corrections) == (2, 0, ())
    before = dump(plant)
    for subject, column in (("plant", "second kWh"), ("second", "first kWh")):
        with pytest.raises(errors.RefusedError) as refused:
            plant.record_meter_file(subject, read(column, column), **WHY)
        assert (refused.value.rule, dump(plant)) == ("file-of-another", before)
    assert plant.audit().passed
