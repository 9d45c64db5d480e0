"""Tables whose rows are local days: 46, 48 and 50 half-hours, flags beside the values, columns by the clock."""

from datetime import date
from typing import Any

import pytest
from tests.support.meter_tables import ReadTable, by_start, local_starts, values_of

from carbon_ledger.errors import MissingDataError, OverlapError, PeriodError, QuantityError

LONDON = [(date(2024, 3, 31), 46), (date(2024, 4, 1), 48), (date(2024, 10, 27), 50)]


def layout(last: str = "50", step: str = "30 min", zone: str = "Europe/London", **changes: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "zone": zone, "time": {"columns": "day", "step": step}, "values": {"unit": "kWh"},
        "wide": {"first": "1", "last": last},
    }  # fmt: skip
    return fields | changes


def header(count: int, *before: str) -> str:
    return ",".join(["day", *before, *map(str, range(1, count + 1))])


def row(day: date | str, values: list[str], count: int) -> str:
    return ",".join([str(day), *values, *[""] * (count - len(values))])


@pytest.mark.parametrize(("day", "count"), LONDON)
def test_a_day_has_its_own_number_of_half_hours(read_table: ReadTable, day: date, count: int) -> None:
    values = [str(number) for number in range(count)]
    file = read_table("\n".join([header(50), row(day, values, 50)]), **layout())
    (run,) = file.runs
    starts = local_starts("Europe/London", day, 1, 1800)
    assert (run.start_utc, run.step_s) == (int(starts[0].timestamp()), 1800)
    assert run.net_wh == tuple(1000 * number for number in range(count))
    assert (file.rows, file.gaps) == (1, ())
    if count < 50:
        says = (
            rf"meter\.csv, line 2, column '{count + 1}': '7', expected a blank cell: {day} has {count} steps of 1800 s "
            "in Europe/London"
        )
        with pytest.raises(QuantityError, match=says):
            read_table("\n".join([header(50), row(day, [*values, "7"], 50)]), **layout())
    with pytest.raises(MissingDataError, match=rf"line 2, column '{count}': no value"):
        read_table("\n".join([header(50), row(day, values[:-1], 50)]), **layout())


def test_a_table_without_columns_for_a_long_day_is_refused(read_table: ReadTable) -> None:
    content = "\n".join([header(48), row("2024-10-27", ["1"] * 48, 48)])
    with pytest.raises(
        QuantityError, match=r"line 2, column 'day': 2024-10-27 has 50 steps, and the table has 48 column"
    ):
        read_table(content, **layout("48"))


@pytest.mark.parametrize(
    ("zone", "day", "step", "count"),
    [
        ("Europe/Berlin", date(2024, 3, 31), "15 min", 92), ("Europe/Berlin", date(2024, 10, 27), "15 min", 100),
        ("Europe/Berlin", date(2024, 10, 27), "1 hour", 25), ("Australia/Lord_Howe", date(2024, 4, 7), "30 min", 49),
        ("America/Havana", date(2024, 3, 10), "1 hour", 23), ("America/Havana", date(2024, 11, 3), "1 hour", 25),
        ("Asia/Beirut", date(2024, 3, 31), "1 hour", 23),
    ],
)  # fmt: skip
def test_days_of_other_zones(read_table: ReadTable, zone: str, day: date, step: str, count: int) -> None:
    values = [str(number) for number in range(count)]
    file = read_table("\n".join([header(100), row(day, values, 100)]), **layout("100", step, zone))
    (run,) = file.runs
    step_s = {"15 min": 900, "30 min": 1800, "1 hour": 3600}[step]
    starts = local_starts(zone, day, 1, step_s)
    assert (run.start_utc, len(starts)) == (int(starts[0].timestamp()), count)
    assert run.net_wh == tuple(1000 * number for number in range(count))


def test_days_in_any_order_follow_each_other(read_table: ReadTable) -> None:
    rows = [row(f"2024-05-0{number}", [str(number)] * 48, 50) for number in (3, 1, 2)]
    file = read_table("\n".join([header(50), *rows]), **layout())
    assert values_of(file) == [1000] * 48 + [2000] * 48 + [3000] * 48
    with pytest.raises(OverlapError, match=r"line 5, .* line 2"):
        read_table("\n".join([header(50), *rows, rows[0]]), **layout())
    file = read_table("\n".join([header(50), *rows[:2]]), **layout())
    assert [str(gap.start) for gap in file.gaps] == ["2024-05-01 23:00:00+00:00"]


@pytest.mark.parametrize("side", ["after", "before"])
def test_flags_beside_the_values(read_table: ReadTable, side: str) -> None:
    columns = [f"h{number}" for number in range(1, 25)]
    pairs = [(f"{name} flag", name) if side == "before" else (name, f"{name} flag") for name in columns]
    cells = [str(number) for number in range(24)]
    flags = ["A"] * 20 + ["E"] * 4
    filled = [(f, c) if side == "before" else (c, f) for c, f in zip(cells, flags, strict=True)]
    content = ",".join(["day", *(name for pair in pairs for name in pair)]) + "\n2024-05-01,"
    content += ",".join(cell for pair in filled for cell in pair)
    changes = {
        "wide": {"first": "h1", "last": "h24", "flags": side},
        "quality": {"flags": {"A": "measured", "E": "estimated"}},
    }
    file = read_table(content, **layout(step="1 hour", zone="UTC", **changes))
    assert [(run.quality, len(run.net_wh)) for run in file.runs] == [("measured", 20), ("estimated", 4)]
    assert values_of(file) == [1000 * number for number in range(24)]
    with pytest.raises(QuantityError, match=r"line 2, quality 'X': the layout says what"):
        read_table(content.replace("E", "X"), **layout(step="1 hour", zone="UTC", **changes))
    other = "before" if side == "after" else "after"
    wrong = changes | {"wide": {"first": "h1", "last": "h24", "flags": other}}
    with pytest.raises(QuantityError, match=r"line 1: a column of flags is missing beside the values|quality '"):
        read_table(content, **layout(step="1 hour", zone="UTC", **wrong))


def test_a_flag_of_a_row(read_table: ReadTable) -> None:
    content = "\n".join(
        [header(24, "q"), row("2024-05-01", ["E", *["1"] * 24], 25), row("2024-05-02", ["", *["1"] * 24], 25)]
    )
    file = read_table(
        content, **layout("24", "1 hour", "UTC", quality={"column": "q", "flags": {"E": "estimated"}})
    )  # fmt: skip
    assert [(run.quality, len(run.net_wh)) for run in file.runs] == [("estimated", 24), ("measured", 24)]


def test_columns_by_the_clock(read_table: ReadTable) -> None:
    """In spring the skipped hour is blank; in autumn a column cannot have both hours."""
    changes: dict[str, Any] = {"wide": {"first": "1", "last": "24", "numbering": "wall"}}
    wall = layout(step="1 hour", zone="Europe/Berlin", **changes)
    cells = [str(hour) for hour in range(24)]
    spring = [*cells[:2], "", *cells[3:]]
    file = read_table("\n".join([header(24), row("2024-03-31", spring, 24)]), **wall)
    (run,) = file.runs
    assert run.net_wh == tuple(1000 * hour for hour in range(24) if hour != 2)
    assert str(file.period) == "2024-03-31T00:00:00+01:00 to 2024-04-01T00:00:00+02:00 (Europe/Berlin)"
    with pytest.raises(QuantityError, match=r"line 2, column '3': '2', expected a blank cell: 2024-03-31 has 23 steps"):
        read_table("\n".join([header(24), row("2024-03-31", cells, 24)]), **wall)
    with pytest.raises(
        PeriodError, match=r"line 2, column 'day': on this day the clocks of Europe/Berlin went back, and"
    ):
        read_table("\n".join([header(24), row("2024-10-27", cells, 24)]), **wall)
    ordinary = read_table("\n".join([header(24), row("2024-05-01", cells, 24)]), **wall)
    assert values_of(ordinary) == [1000 * hour for hour in range(24)]


def test_a_fixed_offset_has_days_of_24_hours(read_table: ReadTable) -> None:
    rows = [row(f"2024-10-{day}", ["1"] * 24, 24) for day in (26, 27, 28)]
    time = {"columns": "day", "step": "1 hour", "offset": "+10:00"}
    file = read_table("\n".join([header(24), *rows]), **layout("24", zone="Australia/Sydney", time=time))
    assert (len(values_of(file)), next(iter(by_start(file)))) == (72, "2024-10-25T14:00:00Z")


def test_a_row_a_meter_a_channel_and_a_day(read_table: ReadTable) -> None:
    rows = [
        row("2024-05-01", [meter, channel, *[value] * 24], 26)
        for meter, channel, value in [
            ("a", "B1", "3"),
            ("a", "E1", "1"),
            ("a", "Q1", "x"),
            ("b", "B1", "5"),
            ("b", "E1", "0"),
        ]
    ]
    changes: dict[str, Any] = {
        "meter_column": "meter", "channel_column": "channel", "skip_channels": "Q1",
        "values": [{"channel": "B1", "role": "export"}, {"channel": "E1", "role": "import"}],
    }  # fmt: skip
    content = "\n".join([header(24, "meter", "channel"), *rows])
    file = read_table(content, **layout("24", "1 hour", "UTC", **changes))
    assert [values_of(file.meter(meter)) for meter in "ab"] == [[2000] * 24, [5000] * 24]
    with pytest.raises(QuantityError, match=r"line 4, column 'channel': channel 'Q1' is not in the layout"):
        read_table(content, **layout("24", "1 hour", "UTC", **changes | {"skip_channels": ()}))


def test_average_powers_and_standings_side_by_side(read_table: ReadTable) -> None:
    content = "\n".join([header(24), row("2024-05-01", [str(hour) for hour in range(24)], 24)])
    kilowatts = layout("24", "1 hour", "UTC", values={"unit": "kW", "kind": "power"})
    assert values_of(read_table(content, **kilowatts)) == [1000 * hour for hour in range(24)]
    register = layout("24", "1 hour", "UTC", values={"unit": "kWh", "kind": "register"})
    more = content + "\n" + row("2024-05-02", [str(24 + 2 * hour) for hour in range(24)], 24)
    assert values_of(read_table(more, **register)) == [1000] * 24 + [2000] * 23


def test_missing_values_are_gaps_where_the_layout_says_so(read_table: ReadTable) -> None:
    content = "\n".join([header(24), row("2024-05-01", ["1", "", "3", *["-"] * 21], 24)])
    numbers = {"missing": "-", "missing_is": "gap"}
    file = read_table(content, **layout("24", "1 hour", "UTC", numbers=numbers))
    assert by_start(file) == {"2024-05-01T00:00:00Z": 1000, "2024-05-01T02:00:00Z": 3000}
    assert [(gap.start.hour, gap.end.hour) for gap in file.gaps] == [(1, 2), (3, 0)]
    assert str(file.period) == "2024-05-01T00:00:00+00:00 to 2024-05-02T00:00:00+00:00 (UTC)"


@pytest.mark.parametrize(
    ("day", "says"),
    [
        ("", "is not an ISO 8601 time"), ("1 May", "is not an ISO 8601 time"), ("2024-02-30", "does not exist"),
        ("2024-05-01 01:00", "'2024-05-01 01:00', expected a day"), ("2024-05-01T00:00Z", "expected a day"),
        ("1969-12-31", "expected a day of the years"), ("1970-01-01", "expected a day of the years"),
        ("9999-12-31", "expected a day of the years"), ("9998-12-30", None), ("1970-01-02", None),
    ],
)  # fmt: skip
def test_a_day_that_cannot_be_read_is_refused(read_table: ReadTable, day: str, says: str | None) -> None:
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12", "UTC"):
        for changes in ({}, {"wide": {"first": "1", "last": "24", "numbering": "wall"}}):
            content = "\n".join([header(24), row(day, ["1"] * 24, 24)])
            if says is None:
                assert len(values_of(read_table(content, **layout("24", "1 hour", zone, **changes)))) == 24
                continue
            with pytest.raises(PeriodError, match=rf"meter\.csv, line 2, column 'day': .*{says}"):
                read_table(content, **layout("24", "1 hour", zone, **changes))


def test_a_refused_day_or_cell_is_a_gap_of_a_report(read_table: ReadTable) -> None:
    rows = [row(f"2024-05-0{day}", ["1"] * 24, 24) for day in range(1, 5)]
    rows[1] = rows[1].replace("2024-05-02", "2024-05-02T00:00Z")
    rows[2] = rows[2].replace(",1", ",x", 1)
    file = read_table("\n".join([header(24), *rows]), on_refusal="report", **layout("24", "1 hour", "UTC"))
    assert len(values_of(file)) == 71
    assert [(item.line, item.column, item.error) for item in file.refused] == [
        (3, "day", "PeriodError"), (4, "1", "QuantityError"),
    ]  # fmt: skip
    assert [str(gap) for gap in file.gaps] == ["2024-05-02T00:00:00+00:00 to 2024-05-03T01:00:00+00:00 (UTC)"]


def test_columns_that_are_no_day_are_refused(read_table: ReadTable) -> None:
    content = "\n".join([header(24), row("2024-05-01", ["1"] * 24, 24)])
    says = r"line 1: the columns from '24' to '1' are 24, from left to right; expected the columns of the day's steps"
    with pytest.raises(QuantityError, match=says):
        read_table(content, **layout(step="1 hour", wide={"first": "24", "last": "1"}))
    with pytest.raises(QuantityError, match=r"expected the columns of the day's steps, each with a flag beside it"):
        read_table(content, **layout(step="1 hour", wide={"first": "1", "last": "24", "flags": "after"}))
    with pytest.raises(MissingDataError, match="no column 'HH1'"):
        read_table(content, **layout(step="1 hour", wide={"first": "HH1", "last": "24"}))
    with pytest.raises(QuantityError, match="has 24 steps, and the table has 23 columns"):
        read_table(content, **layout("23", "1 hour"))
