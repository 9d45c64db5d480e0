"""Several columns, roles, meters, channels and flags of a table whose rows are steps."""

from typing import Any

import pytest
from tests.support.meter_tables import ReadTable, by_start, values_of

from carbon_ledger.errors import (
    ImplausibleReadingError,
    MissingDataError,
    OverlapError,
    QuantityError,
)

HOURS = ["2024-05-01 00:00", "2024-05-01 01:00", "2024-05-01 02:00"]


def table(header: str, *cells: str) -> str:
    return "\n".join([f"time,{header}", *(f"{hour},{rest}" for hour, rest in zip(HOURS, cells, strict=False))])


def columns(**roles: str | list[str]) -> dict[str, Any]:
    """A layout of columns by their roles."""
    named = [(role, name) for role, names in roles.items() for name in ([names] if isinstance(names, str) else names)]
    return {"values": [{"column": name, "role": role} for role, name in named]}


def test_import_and_export(read_table: ReadTable) -> None:
    file = read_table(table("in,out", "1,0", "0.5,2.5", "0,3"), **columns(**{"import": "in", "export": "out"}))
    (run,) = file.runs
    assert (run.net_wh, run.export_wh, run.import_wh) == ((-1000, 2000, 3000), (0, 2500, 3000), (1000, 500, 0))
    assert (file.exact_total, file.unit) == (4, "kWh")


@pytest.mark.parametrize(("role", "sign"), [("import", -1), ("export", 1), ("net", 1)])
def test_one_direction_alone(read_table: ReadTable, role: str, sign: int) -> None:
    file = read_table(table("v", "1", "2", "0"), **columns(**{role: "v"}))
    (run,) = file.runs
    assert run.net_wh == (sign * 1000, sign * 2000, 0)
    assert (run.export_wh, run.import_wh) == (None, None)
    assert file.exact_total == 3 * sign


def test_tariffs_are_added_before_a_remainder_is_looked_at(read_table: ReadTable) -> None:
    """1.0005 and 2.0005 kWh are 3001 Wh: no value of the step is finer than 1 Wh."""
    file = read_table(table("day,night", "1.0005,2.0005", "0,1.5"), **columns(net=["day", "night"]))
    assert (values_of(file), file.cut_rows) == ([3001, 1500], 0)


def test_tariffs_of_both_directions(read_table: ReadTable) -> None:
    content = table("i1,i2,e1,e2", "1,2,10,20", "0,0,0.25,0.5")
    file = read_table(content, **columns(**{"import": ["i1", "i2"], "export": ["e1", "e2"]}))
    (run,) = file.runs
    assert (run.export_wh, run.import_wh, run.net_wh) == ((30_000, 750), (3000, 0), (27_000, 750))


def test_gross_beside_net(read_table: ReadTable) -> None:
    layout = columns(net="net", gross="gross")
    (run,) = read_table(table("net,gross", "1,1.5", "-0.25,0"), **layout).runs
    assert (run.net_wh, run.gross_wh) == ((1000, -250), (1500, 0))
    with pytest.raises(ImplausibleReadingError, match="gross"):
        read_table(table("net,gross", "1,1.5", "2,1"), **layout)
    with pytest.raises(MissingDataError, match="has gross generation alone; expected net energy beside it"):
        read_table(table("gross", "1"), **columns(gross="gross"))


def test_columns_of_several_units(read_table: ReadTable) -> None:
    values = [
        {"column": "a", "unit": "MWh", "role": "export"},
        {"column": "b", "unit": "W", "kind": "power", "role": "import"},
    ]
    file = read_table(table("a,b", "0.001,250"), values=values)
    assert values_of(file) == [750]
    assert file.exact_total * 10**6 == 750, "in the unit of energy of the file"


def test_a_step_that_one_column_lacks_is_refused(read_table: ReadTable) -> None:
    content = table("in,out", "1,0", ",2.5", "0,3")
    layout: dict[str, Any] = columns(**{"import": "in", "export": "out"}) | {"numbers": {"missing_is": "gap"}}
    says = (
        r"meter\.csv, line 3: the step of 3600 s from 2024-05-01T01:00:00Z has a value in column 'out' and none in "
        r"column 'in'; complete the file, or leave out the step"
    )
    with pytest.raises(MissingDataError, match=says):
        read_table(content, **layout)
    file = read_table(content, on_refusal="report", **layout)
    assert by_start(file) == {"2024-05-01T00:00:00Z": -1000, "2024-05-01T02:00:00Z": 3000}
    assert [(item.line, item.column, item.error) for item in file.refused] == [(3, "column 'out'", "MissingDataError")]


def test_a_refused_value_of_one_column_is_a_gap_of_a_report(read_table: ReadTable) -> None:
    content = table("in,out", "1,0", "x,2.5", "0,3")
    file = read_table(content, on_refusal="report", **columns(**{"import": "in", "export": "out"}))
    assert values_of(file) == [-1000, 3000]
    assert [(item.line, item.column) for item in file.refused] == [(3, "in"), (3, "column 'out'")]
    assert len(file.gaps) == 1


METERS = [
    "north,2024-05-01 00:00,1", "south,2024-05-01 00:00,10", " north ,2024-05-01 01:00,2", "south,2024-05-01 01:00,20",
]  # fmt: skip


def test_several_meters_by_a_column(read_table: ReadTable) -> None:
    file = read_table("\n".join(["id,time,kWh", *METERS]), meter_column="id")
    assert file.meters == ("north", "south")
    assert [values_of(file.meter(meter)) for meter in file.meters] == [[1000, 2000], [10_000, 20_000]]
    with pytest.raises(QuantityError, match=r"it has 2 meters, \['north', 'south'\]; take the readings of one"):
        _ = file.runs
    with pytest.raises(MissingDataError, match=r"no meter 'nord'; did you mean 'north'\?"):
        file.meter("nord")
    with pytest.raises(OverlapError, match=r"line 6, column 'kWh': .* line 2"):
        read_table("\n".join(["id,time,kWh", *METERS, METERS[0]]), meter_column="id")


CHANNELS = [
    "a,2024-05-01 00:00,B1,5", "a,2024-05-01 00:00,E1,1", "a,2024-05-01 00:00,Q1,99", "b,2024-05-01 00:00,B1,7",
    "b,2024-05-01 00:00,E1,0", "a,2024-05-01 01:00,B1,6", "a,2024-05-01 01:00,E1,2", "b,2024-05-01 01:00,B1,8",
    "b,2024-05-01 01:00,E1,0",
]  # fmt: skip


def test_a_row_a_meter_and_channel(read_table: ReadTable) -> None:
    content = "\n".join(["id,time,channel,kWh", *CHANNELS])
    layout: dict[str, Any] = {
        "meter_column": "id", "channel_column": "channel", "skip_channels": ["Q1", "Q2"],
        "values": [
            {"column": "kWh", "channel": "B1", "role": "export"}, {"column": "kWh", "channel": "E1", "role": "import"},
        ],
    }  # fmt: skip
    file = read_table(content, **layout)
    assert [values_of(file.meter(meter)) for meter in "ab"] == [[4000, 4000], [7000, 8000]]
    assert file.rows == 9
    says = r"line 4, column 'channel': channel 'Q1' is not in the layout; the layout has \['B1', 'E1'\]; name a channel"
    with pytest.raises(QuantityError, match=says):
        read_table(content, **layout | {"skip_channels": []})
    with pytest.raises(QuantityError, match=r"channel 'B11' is not in the layout; did you mean 'B1'\?"):
        read_table(content.replace("a,2024-05-01 01:00,B1", "a,2024-05-01 01:00,B11"), **layout)
    with pytest.raises(
        MissingDataError, match="from 2024-05-01T01:00:00Z has a value in column 'kWh', channel 'B1' and none"
    ):
        read_table(content.replace("a,2024-05-01 01:00,E1,2\n", ""), **layout)


FLAGS = {"column": "q", "flags": {"A": "measured", "E": "estimated", "S": "substituted"}}


def test_flags_are_qualities(read_table: ReadTable) -> None:
    file = read_table(table("kWh,q", "1,A", "2, E ", "3,S"), quality=FLAGS)
    assert [(run.quality, run.net_wh) for run in file.runs] == [
        ("measured", (1000,)), ("estimated", (2000,)), ("substituted", (3000,)),
    ]  # fmt: skip
    assert file.gaps == ()
    file = read_table(table("kWh,q", "1,A", "2,", "3,A"), quality=FLAGS | {"default": "estimated"})
    assert [run.quality for run in file.runs] == ["measured", "estimated", "measured"]
    file = read_table(table("kWh", "1", "2"), quality={"default": "substituted"})
    assert [run.quality for run in file.runs] == ["substituted"]


def test_a_flag_that_the_layout_does_not_name_is_refused(read_table: ReadTable) -> None:
    content = table("kWh,q", "1,A", "2,X", "3,a")
    with pytest.raises(QuantityError, match=r"meter\.csv, line 3, quality 'X': the layout says what \['A', 'E', 'S'\]"):
        read_table(content, quality=FLAGS)
    file = read_table(content, quality=FLAGS, on_refusal="report")
    assert values_of(file) == [1000]
    assert [(item.line, item.column) for item in file.refused] == [(3, "q"), (4, "q")]


def test_the_quality_of_two_columns_is_one(read_table: ReadTable) -> None:
    content = table("in,out,q", "1,0,A", "0,2,E")
    file = read_table(content, quality=FLAGS, **columns(**{"import": "in", "export": "out"}))
    assert [(run.quality, run.net_wh) for run in file.runs] == [("measured", (-1000,)), ("estimated", (2000,))]


@pytest.mark.parametrize(
    "changes",
    [
        {"time": {"columns": "when"}}, {"time": {"columns": ["time", "when"]}}, {"values": {"column": "when"}},
        {"time": {"columns": "time", "end_columns": "when"}}, {"meter_column": "when"}, {"quality": {"column": "when"}},
        {"time": {"columns": "time", "interval_column": "when"}},
        {"time": {"columns": "time", "summer_column": "when", "summer": {"S": "summer"}}},
        {"channel_column": "when", "values": {"column": "kWh", "channel": "B1"}},
    ],
)  # fmt: skip
def test_a_column_that_is_not_there_is_refused(read_table: ReadTable, changes: dict[str, Any]) -> None:
    with pytest.raises(MissingDataError, match=r"meter\.csv, line 1: no column 'when'; the header is"):
        read_table(table("kWh", "1"), **changes)


def test_a_column_that_is_there_twice_is_refused(read_table: ReadTable) -> None:
    with pytest.raises(QuantityError, match="line 1: 2 columns are called 'kWh'"):
        read_table(table("kWh,kWh", "1,2"))


def test_columns_that_no_part_names_are_not_read(read_table: ReadTable) -> None:
    assert values_of(read_table(table("note,kWh,note", "x,1,y", ",2,"))) == [1000, 2000]
