"""Runs of readings from the steps of a file: in order, without overlaps, cut at gaps, lengths and qualities."""

from fractions import Fraction
from typing import Any

import pytest

from carbon_ledger.errors import CarbonLedgerError, InexactNumberError, MissingDataError, OverlapError, PeriodError
from carbon_ledger.metering.file_report import FileReport
from carbon_ledger.metering.runs import MeterSeries, gaps_between, series_of
from carbon_ledger.metering.steps import MeteredSteps, Repeated
from carbon_ledger.periods import Period


def steps(starts: list[int], values: list[int], **fields: Any) -> MeteredSteps:
    """Steps of an hour from 1970-01-02, in Wh."""
    defaults: dict[str, Any] = {
        "meter": "", "role": "net", "start_utc": [86_400 + 3600 * hour for hour in starts], "numerators": values,
        "step_s": Repeated(3600, len(starts)), "denominator": 1,
        "lines": range(2, 2 + len(starts)), "place": "column 'v'",
    }  # fmt: skip
    return MeteredSteps(**defaults | fields)


def made(*parts: MeteredSteps, remainder: str = "refuse", report: FileReport | None = None) -> tuple[MeterSeries, ...]:
    return series_of(parts, zone="UTC", remainder=remainder, path="f.csv", report=report)


def shape(series: MeterSeries) -> list[tuple[int, int, tuple[int, ...], str]]:
    return [((run.start_utc - 86_400) // 3600, run.step_s, tuple(run.net_wh), run.quality) for run in series.runs]


def test_a_run_ends_at_a_gap_at_another_length_and_at_another_quality() -> None:
    words = ["measured"] * 4 + ["estimated"]
    (series,) = made(steps([0, 1, 3, 4, 5], [1, 2, 3, 4, 5], quality=words))
    assert shape(series) == [
        (0, 3600, (1, 2), "measured"), (3, 3600, (3, 4), "measured"), (5, 3600, (5,), "estimated"),
    ]  # fmt: skip
    assert series.gaps == (Period(86_400 + 7200, 86_400 + 10_800, "UTC"),)
    (series,) = made(steps([0, 1, 3], [1, 2, 3], step_s=[3600, 7200, 7200]))
    assert [item[:2] for item in shape(series)] == [(0, 3600), (1, 7200)]
    assert (series.gaps, series.total_wh, series.step_count) == ((), 6, 3)


def test_parts_of_a_channel_are_joined_in_order() -> None:
    one, two = steps([2, 3], [20, 30], denominator=10), steps([0, 1], [1, 2], quality="estimated")
    (series,) = made(one, two)
    assert shape(series) == [(0, 3600, (1, 2), "estimated"), (2, 3600, (2, 3), "measured")]


def test_overlaps_are_refused_with_both_lines() -> None:
    says = (
        r"f\.csv, line 4, column 'v': the step from 1970-01-02T00:00:00Z overlaps that from .*, line 2; a step has one"
    )
    with pytest.raises(OverlapError, match=says):
        made(steps([0, 1, 0], [1, 2, 3]))
    with pytest.raises(OverlapError, match=r"line 3, .* line 2"):
        made(steps([0, 1], [1, 2], step_s=[3601, 3600]))
    with pytest.raises(OverlapError):
        made(steps([0], [1]), steps([0], [1]))


def test_a_step_outside_the_calendar_is_refused_with_the_file_and_the_meter() -> None:
    with pytest.raises(PeriodError, match=r"^f\.csv, meter 'm-1': start of a run of readings: .* outside the years"):
        made(steps([-25], [1], meter="m-1"))


def test_channels_of_one_role_are_added_and_the_others_stand_beside_each_other() -> None:
    parts = [
        steps([0, 1], [1, 1], role="export", channel="day", denominator=2),
        steps([0, 1], [2, 5], role="export", channel="night", denominator=6, quality=["measured", "estimated"]),
        steps([0, 1], [4, 0], role="import"), steps([0, 1], [9, 9], role="gross"),
    ]  # fmt: skip
    (series,) = made(*parts, remainder="floor")
    assert shape(series) == [(0, 3600, (-4,), "measured"), (1, 3600, (1,), "estimated")]
    assert [run.gross_wh for run in series.runs] == [(9,), (9,)]
    assert series.exact_wh == Fraction(1, 2) + Fraction(1, 3) + Fraction(1, 2) + Fraction(5, 6) - 4
    assert (series.cut_wh, series.changed_steps) == (series.exact_wh + 3, 2)


def test_roles_of_other_steps_are_refused_or_reported() -> None:
    one, two = (
        steps([0, 1, 2], [1, 2, 3], role="export"),
        steps([0, 2, 3], [1, 1, 1], role="import", place="column 'w'"),
    )
    with pytest.raises(MissingDataError, match=r"line 3: .* a value in column 'v' and none in column 'w'"):
        made(one, two)
    report = FileReport("f.csv", "report")
    (series,) = made(one, two, report=report)
    assert shape(series) == [(0, 3600, (0,), "measured"), (2, 3600, (2,), "measured")]
    assert [(item.line, item.column) for item in report.refused] == [(3, "column 'v'"), (4, "column 'w'")]
    report = FileReport("f.csv", "report")
    assert made(steps([0], [1], role="export"), steps([1], [1], role="import"), report=report) == ()
    assert len(report.refused) == 2


def test_meters_are_in_the_order_of_the_file_and_one_without_a_step_has_no_series() -> None:
    found = made(steps([0], [1], meter="b"), steps([], [], meter="c"), steps([0], [2], meter="a"))
    assert [(series.meter, series.total_wh) for series in found] == [("b", 1), ("a", 2)]


def test_the_period_is_that_of_the_rows() -> None:
    (series,) = made(steps([1], [1], extent_utc=(86_400, 86_400 + 4 * 3600)))
    assert str(series.period) == "1970-01-02T00:00:00+00:00 to 1970-01-02T04:00:00+00:00 (UTC)"
    assert [(gap.start.hour, gap.end.hour) for gap in series.gaps] == [(0, 1), (2, 4)]
    assert gaps_between(series.period, series.runs) == series.gaps


def test_refusals_name_the_file() -> None:
    with pytest.raises(InexactNumberError, match=r"f\.csv, line 2, column 'v': 0\.5 Wh is finer than 1 Wh"):
        made(steps([0], [1], denominator=2))
    for part in (
        steps([0], [2**60]), steps([0], [5], start_utc=[-5]), steps([0], [5], step_s=[10**12]),
        steps([0], [5], start_utc=[253_370_764_800]),
    ):  # fmt: skip
        with pytest.raises(CarbonLedgerError):
            made(part)
