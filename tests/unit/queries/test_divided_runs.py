"""The totals that a report's readings are parts of: as recorded, with what the devices were owed at each step."""

import pytest
from tests.conftest import EVIDENCE, device
from tests.support.reported import BAKU, both_sides, corrected, shared_hours, two_vintages
from tests.support.shared_meter import two_plants

import carbon_ledger as cl
from carbon_ledger.core.owed import apportion_column
from carbon_ledger.exact import apportion
from carbon_ledger.reports.divisions import DividedRun

__all__ = ["two_plants"]


def require_divided(runs: tuple[DividedRun, ...]) -> None:
    """Each run is what the ledger's own rule gives, and what follows the run before is owed what that one left."""
    left: tuple[int, ...] = ()
    for run in runs:
        weights = [weight for _, weight in run.shares]
        if run.meter is None:
            assert [column[0] for column in run.parts_wh] == apportion(run.net_wh[0], weights)
            continue
        columns, after = apportion_column(run.owed, weights, run.net_wh)
        assert tuple(map(tuple, columns)) == run.parts_wh
        assert not run.follows or run.owed == left
        left = tuple(after)


def test_every_part_follows_from_its_total_by_the_rule_of_the_ledger() -> None:
    for report in (shared_hours(), shared_hours(correct=False), two_vintages()):
        require_divided(report.divisions)
        known = {
            (run.entry, step.start_utc, run.device or name, name if run.device else "", wh)
            for run in report.divisions
            for step in run.steps()
            for (name, _), wh in zip(run.shares, step.parts, strict=True)
        }
        for run in report.readings:
            vintage = str(run.vintage) if run.split else ""
            for at, wh in enumerate(run.net_wh):
                assert (run.entry, run.start_utc + at * run.step_s, run.device, vintage, wh) in known


def test_what_is_owed_follows_only_the_total_that_was_recorded_just_before() -> None:
    """Two hours of the first entry were replaced, so that the second entry follows hours that are not in the report."""
    followed = [(run.meter, len(run.net_wh), run.follows) for run in shared_hours(correct=False).divisions]
    assert followed == [("feeder", 6, False), ("feeder", 3, True), (None, 1, False), (None, 1, False)]
    runs = shared_hours().divisions
    assert [(len(run.net_wh), run.follows) for run in runs if run.meter] == [(4, False), (3, False), (2, False)]
    assert len({run.entry for run in runs if run.meter}) == 3


def test_export_and_import_are_those_of_the_total() -> None:
    for run in shared_hours().divisions:
        if run.meter is not None:
            assert run.export_wh is not None
            assert run.import_wh is not None
            assert tuple(a - b for a, b in zip(run.export_wh, run.import_wh, strict=True)) == run.net_wh
        else:
            assert (run.export_wh, run.import_wh) == (None, None), "a device's share of a meter has no sides"
    assert all(run.export_wh is None for run in shared_hours().readings)
    (own,) = both_sides().readings
    assert (own.export_wh, own.import_wh, own.net_wh) == ((3_000_001, 4), (0, 14_000), (3_000_001, -13_996))
    assert both_sides().divisions == corrected().divisions == ()


def test_the_sides_of_a_step_across_the_end_of_a_vintage_are_kept_with_its_total(ledger: cl.Ledger) -> None:
    ledger.register_device(device())
    ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone=BAKU, devices=("plant",)))
    period = cl.Period.of("2023-12-01", "2024-02-01", zone=BAKU)
    ledger.record_generation("plant", period, export="900.000001 MWh", import_="2 MWh")
    ledger.issue("p", period, to="op", waivers=[cl.Waiver("straddling-step", "one total")])
    report = ledger.monitoring_report("p", period)
    (run,) = report.divisions
    assert (run.device, run.export_wh, run.import_wh) == ("plant", (900_000_001,), (2_000_000,))
    assert run.shares == (("2023", 31 * 86_400), ("2024", 31 * 86_400))
    assert run.parts_wh == ((449_000_001,), (449_000_000,))
    assert [item.export_wh for item in report.readings] == [None, None]
    record = report.to_record()["divisions"][0]
    assert record["parts_wh"] == {"2023": [449_000_001], "2024": [449_000_000]}


@pytest.mark.usefixtures("two_plants")
def test_entries_of_one_correction_follow_each_other(ledger: cl.Ledger) -> None:
    """Ten-minute values of a meter, corrected by several entries; what was recorded before them counts."""
    start, steps = "2024-05-01T00:00+04:00", 3_500
    ledger.record_meter_readings("feeder", start="2024-04-30T23:50+04:00", step="10 min", net_wh=[100])
    ledger.record_meter_readings("feeder", start=start, step="10 min", net_wh=[k * k % 4_001 for k in range(steps)])
    period = cl.Period.of("2024-05-01T00:00+04:00", "2024-05-25T07:20+04:00", zone=BAKU)
    ledger.issue("p", period, to="op")
    before = ledger.monitoring_report("p", period)
    ledger.correct_meter(
        "feeder",
        start=start,
        step="10 min",
        net_wh=[k * 7 % 3_001 for k in range(steps)],
        reason="misread",
        evidence=EVIDENCE,
    )
    runs = ledger.monitoring_report("p", period).divisions
    require_divided(runs)
    assert [run.follows for run in runs] == [False, True, True, True]
    assert runs[-1].entry > runs[-2].entry + 1, "the documents of the new calculation are between them"
    assert sum(len(run.net_wh) for run in runs) == steps
    assert any(runs[0].owed), "the step before is owed, and is not in the report"
    assert ledger.as_of(entry=before.entries - 1).monitoring_report("p", period) == before
    require_divided(before.divisions)
