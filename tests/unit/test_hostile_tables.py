"""Odd and hostile tables: nothing of them is read wrong in silence, and no fast way of reading says another thing."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tests.support.meter_tables import ReadTable, by_start, lengths_of, table_layout, values_of

from carbon_ledger.errors import MissingDataError, PeriodError, QuantityError
from carbon_ledger.metering.layouts import NumberLayout
from carbon_ledger.metering.meter_files import MeterFile, read_meter_file
from carbon_ledger.metering.meter_scans import scan_meter_file
from carbon_ledger.metering.tables.numbers import NumberReader

EVIDENCE = "sha256:" + "0" * 64
GAP = {"missing_is": "gap"}
REGISTER = {"column": "kWh", "kind": "register"}
SIDES = [{"column": "out", "role": "export"}, {"column": "in", "role": "import"}]


@pytest.fixture
def read_table(tmp_path: Path) -> ReadTable:
    """Read a file of the given content, by changes of the usual layout."""

    def reader(content: str, *, on_refusal: str = "raise", **changes: Any) -> MeterFile:
        path = tmp_path / "meter.csv"
        path.write_text(content, encoding="utf-8")
        return read_meter_file(path, table_layout(**changes), on_refusal=on_refusal)

    return reader


def test_an_exponent_loses_no_digit() -> None:
    digits = "1." + "1" * 45
    read = NumberReader(NumberLayout(exponent=True)).read(
        [f"{digits}e3"], str, lambda _at, error: pytest.fail(str(error))
    )
    assert [Fraction(value or 0, 10**read.places) for value in read.values] == [Fraction(digits) * 1000]


def few_rows_a_day(days: int) -> Iterator[str]:
    """Three rows a day around the night in which Berlin's clocks went back, with one time that came twice."""
    yield "time,kWh"
    for day in range(20, 20 + days):
        month, number = (10, day) if day <= 31 else (11, day - 31)
        for hour in ("02:30", "10:30", "18:30"):
            yield f"2024-{month}-{number:02} {hour},{day}"


def test_a_time_that_autumn_repeats_is_counted_once(read_table: ReadTable) -> None:
    """Of days with few rows, each time is read by itself: a time that was read day by day is not read again."""
    time = {"columns": "time", "step": "8 hours"}
    for days in (12, 20, 40):
        with pytest.raises(PeriodError, match=r"02:30' came twice in Europe/Berlin, .* and the file has it once"):
            read_table("\n".join(few_rows_a_day(days)), zone="Europe/Berlin", time=time, values=REGISTER, numbers=GAP)


def test_a_refusal_is_reported_once(read_table: ReadTable) -> None:
    rows = [f"2024-05-{day:02} {'xx' if day < 4 else '01'}:00,1" for day in range(1, 31)]
    time = {"columns": "time", "step": "24 hours"}
    file = read_table("\n".join(["time,kWh", *rows]), time=time, on_refusal="report")
    assert [item.line for item in file.refused] == [2, 3, 4]


def test_a_side_without_any_value_is_not_left_out(read_table: ReadTable) -> None:
    """Without the import, the export would be the net energy."""
    header, rows = "time,out,in\n", ["2024-05-01 00:00,5,", "2024-05-01 01:00,6,"]
    with pytest.raises(
        MissingDataError, match=r"line 2: the step of 3600 s .* a value in column 'out' and none in col"
    ):
        read_table(header + "\n".join(rows), values=SIDES, numbers=GAP)
    with pytest.raises(MissingDataError, match=r"no row has a value"):
        read_table(header + "2024-05-01 00:00,,\n", values=SIDES, numbers=GAP)
    with pytest.raises(MissingDataError, match=r"no row has a value"):
        read_table(header + "\n".join(rows), values=SIDES, numbers=GAP, on_refusal="report")


def test_a_side_whose_rows_are_all_refused_is_not_left_out(read_table: ReadTable) -> None:
    layout = {
        "values": [{"column": "kWh", "role": role, "channel": role[0]} for role in ("export", "import")],
        "channel_column": "channel",
        "quality": {"column": "flag", "flags": {"A": "measured"}},
    }
    content = "time,channel,kWh,flag\n2024-05-01 00:00,e,5,A\n2024-05-01 00:00,i,2,?\n"
    with pytest.raises(MissingDataError, match=r"no row has a value"):
        read_table(content, on_refusal="report", **layout)
    assert values_of(read_table(content.replace("?", "A"), **layout)) == [3000]
    only = "\n".join(content.splitlines()[:2])
    assert values_of(read_table(only, **layout)) == [5000], "a meter without that channel has no import"


def test_a_scan_leaves_no_side_out(tmp_path: Path) -> None:
    path = tmp_path / "meter.csv"
    path.write_text("time,out,in\n2024-05-01 00:00,5,\n2024-05-01 01:00,6,\n")
    with scan_meter_file(path, table_layout(values=SIDES, numbers=GAP)) as scan, pytest.raises(MissingDataError):
        list(scan)


def test_a_refused_row_does_not_change_the_length_of_the_step_before_it(read_table: ReadTable) -> None:
    rows = [f"2024-05-01 {m // 60:02}:{m % 60:02},1" for m in range(0, 240, 15)]
    time = {"columns": "time", "step": ["30 min", "15 min"]}
    assert lengths_of(read_table("\n".join(["time,kWh", *rows]), time=time)) == [900] * 16
    wrong = [row.replace(" ", " x") if at in (5, 7, 9) else row for at, row in enumerate(rows)]
    with pytest.raises(PeriodError, match=r"the length of a step is the distance to the next row, and line 7 was ref"):
        read_table("\n".join(["time,kWh", *wrong]), time=time, on_refusal="report")
    wide = [f"{row}," if at in (5, 7, 9) else row for at, row in enumerate(rows)]
    with pytest.raises(PeriodError, match=r"line 7 was refused"):
        read_table("\n".join(["time,kWh", *wide]), time=time, on_refusal="report")
    bad = [row.replace(",1", ",x") if at in (5, 7, 9) else row for at, row in enumerate(rows)]
    file = read_table("\n".join(["time,kWh", *bad]), time=time, on_refusal="report")
    assert (lengths_of(file), len(file.refused)) == ([900] * 13, 3)


def standings(*values: str) -> str:
    return "\n".join(["time,kWh", *(f"2024-05-01 {hour:02}:00,{value}" for hour, value in enumerate(values))])


def test_no_step_begins_at_a_standing_that_was_refused(read_table: ReadTable) -> None:
    """From a standing that is too low, the next step would have energy that was never metered."""
    low = read_table(standings("100", "5", "101", "103"), values=REGISTER, on_refusal="report", numbers=GAP)
    assert by_start(low) == {"2024-05-01T00:00:00Z": 1000, "2024-05-01T02:00:00Z": 2000}
    assert [item.line for item in low.refused] == [3]
    low = read_table(standings("100", "5", "101", "103"), values=REGISTER, on_refusal="report")
    assert (by_start(low), [item.line for item in low.refused]) == ({"2024-05-01T02:00:00Z": 2000}, [3, 4])
    new = read_table(standings("100", "5", "6", "8"), values=REGISTER, on_refusal="report")
    assert (values_of(new), [item.line for item in new.refused]) == ([1000, 2000], [3])
    twice = "time,kWh\n2024-05-01 00:00,100\n2024-05-01 00:00,5\n2024-05-01 01:00,101\n2024-05-01 02:00,102\n"
    assert values_of(read_table(twice, values=REGISTER, on_refusal="report")) == [1000, 1000]


def test_a_row_at_the_instant_of_an_exchange(read_table: ReadTable) -> None:
    """The standing of that instant may be that of the removed meter: it is not the energy of the new one."""
    exchange = {"at": "2024-05-01T01:00Z", "last_standing": "107", "first_standing": "3", "evidence": EVIDENCE}
    for row in ("107", "3"):
        assert values_of(read_table(standings("100", row, "8"), values=REGISTER, exchanges=exchange)) == [7000, 5000]
    with pytest.raises(QuantityError, match=r"line 3, .*may be that of either meter"):
        read_table(standings("100", "106.5", "8"), values=REGISTER, exchanges=exchange)
    one = {**exchange, "first_standing": "107"}
    assert values_of(read_table(standings("100", "107", "110"), values=REGISTER, exchanges=one)) == [7000, 3000]


def test_two_exchanges_at_one_instant_are_not_one(read_table: ReadTable) -> None:
    exchange = {"at": "2024-05-01T00:30Z", "last_standing": "107", "first_standing": "0", "evidence": EVIDENCE}
    both = [exchange, {**exchange, "last_standing": "120", "register": "kWh"}]
    with pytest.raises(QuantityError, match=r"two exchanges of the meter in one step"):
        read_table(standings("100", "1"), values=REGISTER, exchanges=both)


def test_a_standing_is_below_the_modulus(read_table: ReadTable) -> None:
    for values in (("20900", "20300"), ("999", "1000")):
        with pytest.raises(QuantityError, match=r"the standing \d+ is not below the modulus, 1000"):
            read_table(standings(*values), values={**REGISTER, "modulus": "1000"})
    assert values_of(read_table(standings("999", "0"), values={**REGISTER, "modulus": "1000"})) == [1000]


@pytest.mark.parametrize("roles", [("export", "import"), ("import", "export")])
def test_one_column_is_not_both_export_and_import(roles: tuple[str, str]) -> None:
    with pytest.raises(QuantityError, match=r"'kWh' is both export and import"):
        table_layout(values=[{"column": "kWh", "role": role} for role in roles])


def test_the_end_of_a_day_is_the_end_of_a_local_day(read_table: ReadTable) -> None:
    """A gas day ends at 06:00: it is no local day."""
    time = {"columns": "time", "step": "day", "stamp": "end"}
    with pytest.raises(PeriodError, match=r"line 2: 2024-05-02T06:00:00.* is not the end of a local day"):
        read_table("time,kWh\n2024-05-02 06:00,1\n", time=time)
    with pytest.raises(PeriodError, match=r"line 2: 2024-05-02T00:00:00.* is not the end of a local month"):
        read_table("time,kWh\n2024-05-02 00:00,1\n", time={**time, "step": "month"})


def test_a_scan_takes_a_gap_over_a_change_of_clocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carbon_ledger.metering.tables.lines.CHUNK_BYTES", 30)
    path = tmp_path / "meter.csv"
    path.write_text("time,kWh\n" + "".join(f"2024-{day},1\n" for day in ("03-28", "03-29", "04-02", "04-03", "04-04")))
    layout = table_layout(zone="Europe/Berlin", time={"columns": "time", "step": "day"})
    with scan_meter_file(path, layout) as scan:
        assert sum(part.step_count for part in scan) == 5


def test_a_scan_sees_a_longer_step_over_the_pieces_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many meters, a piece has few rows of each: hours that are read as quarters are refused all the same."""
    path = tmp_path / "meter.csv"
    rows = [f"2024-05-01 {hour:02}:00,{meter},1\n" for hour in range(4) for meter in "abc"]
    path.write_text("time,id,kWh\n" + "".join(rows))
    layout = table_layout(time={"columns": "time", "step": "15 min"}, meter_column="id")
    for size in (30, 70, 150):
        monkeypatch.setattr("carbon_ledger.metering.tables.lines.CHUNK_BYTES", size)
        with scan_meter_file(path, layout) as scan, pytest.raises(PeriodError, match="rows are 3600 s apart"):
            list(scan)
    blank = [f"2024-05-01 00:{m:02},a,{'1' if m % 30 == 0 else ''}\n" for m in range(0, 60, 15)]
    path.write_text("time,id,kWh\n" + "".join(blank))
    monkeypatch.setattr("carbon_ledger.metering.tables.lines.CHUNK_BYTES", 30)
    with scan_meter_file(path, table_layout(time=layout.time, meter_column="id", numbers=GAP)) as scan:
        assert sum(part.step_count for part in scan) == 2


@pytest.mark.parametrize("printed", ["MWH", "[mwh]", "Wh", "GWH"])
def test_a_unit_in_other_letters_is_that_unit(read_table: ReadTable, printed: str) -> None:
    table = {"table": {"unit_row": True}}
    with pytest.raises(QuantityError, match=r"the row of units says"):
        read_table(f"time,kWh\n,{printed}\n2024-05-01 00:00,1\n", **table)
    for same in ("KWH", "kwh", "(kWh)"):
        assert values_of(read_table(f"time,kWh\n,{same}\n2024-05-01 00:00,1\n", **table)) == [1000]


def test_a_null_character_parts_no_meter_id(read_table: ReadTable) -> None:
    content = "time,id,kWh\n2024-05-01 00:00,a\0b,1\n2024-05-01 01:00,a,1\n"
    with pytest.raises(QuantityError, match=r"line 2.* null character"):
        read_table(content, meter_column="id")


def test_a_row_of_other_blanks_is_blank(read_table: ReadTable) -> None:
    content = "time,kWh\n2024-05-01 00:00,1\n\u00a0,\u3000\n2024-05-01 01:00,1\n"
    assert values_of(read_table(content)) == [1000, 1000]


def test_a_row_with_a_time_is_no_footer(read_table: ReadTable) -> None:
    """The name of a meter may begin as a footer does."""
    layout: dict[str, Any] = {"meter_column": "id", "table": {"footers": ["Sum"]}}
    content = "id,time,kWh\nSummerhill,2024-05-01 00:00,1\nSum,,1\n"
    with pytest.raises(QuantityError, match=r"line 2: the row begins as a footer, 'Sum', and has a time"):
        read_table(content, **layout)
    content = "id,time,kWh\nWest,2024-05-01 00:00,1\nSum,,1\nSum,Mai 2024,1\nSum,total,1\n"
    assert (values_of(read_table(content, **layout)), read_table(content, **layout).footers) == ([1000], 3)
