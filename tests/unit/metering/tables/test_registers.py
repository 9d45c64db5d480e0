"""Standings of registers: differences, a return to 0, an exchanged meter, a daily reset, missing rows."""

from datetime import date
from typing import Any

import pytest
from tests.support.meter_tables import ReadTable, by_start, lengths_of, local_starts, values_of

from carbon_ledger.errors import MissingDataError, OverlapError, PeriodError, QuantityError

EVIDENCE = "sha256:" + "e" * 64


def standings(*values: str, day: str = "2024-05-01") -> str:
    return "\n".join(["time,kWh", *(f"{day} {hour:02}:00,{value}" for hour, value in enumerate(values))])


def register(**fields: Any) -> dict[str, Any]:
    return {"values": {"column": "kWh", "kind": "register"} | fields}


def test_the_energy_is_the_difference_of_standings(read_table: ReadTable) -> None:
    """634 kWh were counted; the sum of the standings is 83 thousand."""
    file = read_table(standings("20733.874", "20900", "20900.001", "21367.874"), **register())
    assert values_of(file) == [166_126, 1, 467_873]
    assert (file.total_wh, file.exact_total, file.unit) == (634_000, 634, "kWh")
    assert str(file.period) == "2024-05-01T00:00:00+00:00 to 2024-05-01T03:00:00+00:00 (UTC)"
    assert file.rows == 4


def test_standings_in_any_order(read_table: ReadTable) -> None:
    header, *rows = standings("1", "3", "7", "8").splitlines()
    assert values_of(read_table("\n".join([header, *rows[::-1]]), **register())) == [2000, 4000, 1000]


def test_a_multiplier_is_of_the_difference(read_table: ReadTable) -> None:
    file = read_table(standings("100.5", "101", "102"), **register(multiplier="40", unit="MWh"))
    assert values_of(file) == [20_000_000, 40_000_000]


def test_a_register_that_returns_to_0(read_table: ReadTable) -> None:
    content = standings("99990", "99998.5", "3.5", "10")
    assert values_of(read_table(content, **register(modulus="100000"))) == [8500, 5000, 6500]
    says = r"line 4, column 'kWh': the standing is 99995 kWh less than the one before it, in line 3; if the register"
    with pytest.raises(QuantityError, match=says):
        read_table(content, **register())
    with pytest.raises(QuantityError, match="as a return to 0 that would be more than half of the modulus"):
        read_table(standings("5000", "4999"), **register(modulus="10000"))
    with pytest.raises(QuantityError, match=r"line 2.* the standing 99990 is not below the modulus, 1000"):
        read_table(content, **register(modulus="1000"))


def test_an_exchange_has_the_standings_of_both_meters(read_table: ReadTable) -> None:
    """From 107 to 110 at the old meter, and from 5 to 9 at the new one: 3 + 4 kWh in the second hour."""
    content = standings("100", "107", "9", "11")
    exchange = {
        "at": "2024-05-01T01:20Z", "last_standing": "110", "first_standing": "5", "evidence": EVIDENCE,
    }  # fmt: skip
    assert values_of(read_table(content, exchanges=exchange, **register())) == [7000, 7000, 2000]
    at_the_hour = exchange | {"at": "2024-05-01T02:00Z"}
    assert values_of(read_table(content, exchanges=at_the_hour, **register())) == [7000, 7000, 2000]
    for wrong in ({"last_standing": "106"}, {"first_standing": "9.5"}):
        with pytest.raises(
            QuantityError, match=r"line 4, column 'kWh': the meter was exchanged in this step, and a st"
        ):
            read_table(content, exchanges=exchange | wrong, **register())
    early = exchange | {"at": "2024-05-01T00:30Z"}
    with pytest.raises(QuantityError, match=r"line 4.* is 98 kWh less than the one before it"):
        read_table(content, exchanges=early, **register())
    twice = [exchange, exchange | {"at": "2024-05-01T01:40Z"}]
    with pytest.raises(QuantityError, match=r"line 4, column 'kWh': two exchanges of the meter in one step"):
        read_table(content, exchanges=twice, **register())
    unused = exchange | {"at": "2023-05-01T00:00Z"}
    assert values_of(read_table(standings("1", "2"), exchanges=unused, **register())) == [1000]


def test_an_exchange_hides_no_second_fall(read_table: ReadTable) -> None:
    exchange = {"at": "2024-05-01T01:20Z", "last_standing": "110", "first_standing": "5", "evidence": EVIDENCE}
    with pytest.raises(QuantityError, match=r"line 5, column 'kWh': the standing is 1 kWh less"):
        read_table(standings("100", "107", "9", "8"), exchanges=exchange, **register())


def test_an_exchange_is_of_one_meter_and_one_register(read_table: ReadTable) -> None:
    rows = ["a,2024-05-01 00:00,10,1", "a,2024-05-01 01:00,2,3", "b,2024-05-01 00:00,20,4", "b,2024-05-01 01:00,21,4"]
    content = "\n".join(["meter,time,out,in", *rows])
    layout: dict[str, Any] = {
        "meter_column": "meter",
        "values": [
            {"column": "out", "role": "export", "kind": "register"},
            {"column": "in", "role": "import", "kind": "register"},
        ],
    }
    exchange = {
        "at": "2024-05-01T00:30Z", "last_standing": "11", "first_standing": "0", "evidence": EVIDENCE, "meter": "a",
        "register": "out",
    }  # fmt: skip
    file = read_table(content, exchanges=exchange, **layout)
    assert [values_of(file.meter(meter)) for meter in "ab"] == [[1000], [1000]]
    assert file.meter("a").runs[0].export_wh == (3000,)
    assert file.meter("a").runs[0].import_wh == (2000,)
    with pytest.raises(QuantityError, match=r"line 3, column 'out': the standing is 8 kWh less"):
        read_table(content, exchanges=exchange | {"meter": "b"}, **layout)


def test_missing_standings(read_table: ReadTable) -> None:
    """What a register counted while nobody read it is known: it is a longer step."""
    content = standings("1", "2", "", "7", "8")
    with pytest.raises(MissingDataError, match=r"line 4, column 'kWh': no value"):
        read_table(content, **register())
    file = read_table(content, numbers={"missing_is": "gap"}, **register())
    assert (values_of(file), lengths_of(file), file.gaps) == ([1000, 5000, 1000], [3600, 7200, 3600], ())
    rows = content.splitlines()
    lacking = "\n".join(rows[:3] + rows[4:])
    says = r"line 4, column 'kWh': the standing before it is of 2024-05-01T01:00:00Z, 7200 s earlier, and the step is"
    with pytest.raises(MissingDataError, match=says):
        read_table(lacking, **register())
    assert lengths_of(read_table(lacking, numbers={"missing_is": "gap"}, **register())) == [3600, 7200, 3600]


def test_one_standing_alone_is_refused(read_table: ReadTable) -> None:
    for content in (standings("5"), standings("5", "", "")):
        with pytest.raises(MissingDataError, match="one standing of a register alone; a step takes two of them"):
            read_table(content, numbers={"missing_is": "gap"}, **register())


def test_two_standings_at_one_time_are_refused(read_table: ReadTable) -> None:
    content = standings("1", "2") + "\n2024-05-01T01:00Z,2"
    with pytest.raises(OverlapError, match=r"line 4, column 'kWh'.* a standing is also in line 3"):
        read_table(content, **register())


@pytest.mark.parametrize("first", [date(2024, 5, 1), date(2024, 3, 30), date(2024, 10, 26)])
def test_a_register_that_is_set_to_0_at_midnight(read_table: ReadTable, first: date) -> None:
    """Standings of each hour; that of midnight is the one before the register is set to 0."""
    starts = local_starts("Europe/Berlin", first, 3, 3600)
    values, total, expected = [], 0, []
    for at in starts:
        values.append(str(total))
        if at.hour == 0 and at.fold == 0:
            total = 0
        step = at.hour + 1
        total += step
        expected.append(step * 1000)
    content = "\n".join(["time,kWh", *(f"{at.isoformat()},{value}" for at, value in zip(starts, values, strict=True))])
    file = read_table(content, zone="Europe/Berlin", **register(reset="day"))
    assert values_of(file) == expected[:-1]
    assert (file.gaps, len(file.runs)) == ((), 1)


def test_a_reset_register_without_a_standing_at_midnight(read_table: ReadTable) -> None:
    rows = ["2024-05-01 22:00,70", "2024-05-01 23:00,75", "2024-05-02 01:00,2", "2024-05-02 02:00,5"]
    content = "\n".join(["time,kWh", *rows])
    with pytest.raises(MissingDataError, match=r"line 4.* 7200 s earlier, and the register was set to 0 at midnight"):
        read_table(content, **register(reset="day"))
    file = read_table(content, numbers={"missing_is": "gap"}, **register(reset="day"))
    assert by_start(file) == {
        "2024-05-01T22:00:00Z": 5000, "2024-05-02T00:00:00Z": 2000, "2024-05-02T01:00:00Z": 3000,
    }  # fmt: skip
    assert [str(gap) for gap in file.gaps] == ["2024-05-01T23:00:00+00:00 to 2024-05-02T00:00:00+00:00 (UTC)"]


def test_days_without_standings_of_a_reset_register_are_a_gap(read_table: ReadTable) -> None:
    """Of the days between, nothing is known: the standing says what was counted since the last midnight alone."""
    rows = ["2024-05-01 22:00,70", "2024-05-01 23:00,75", "2024-05-04 01:00,2", "2024-05-04 02:00,5"]
    file = read_table("\n".join(["time,kWh", *rows]), numbers={"missing_is": "gap"}, **register(reset="day"))
    assert by_start(file) == {
        "2024-05-01T22:00:00Z": 5000, "2024-05-04T00:00:00Z": 2000, "2024-05-04T01:00:00Z": 3000,
    }  # fmt: skip
    assert [(gap.start.day, gap.start.hour, gap.end.day) for gap in file.gaps] == [(1, 23, 4)]


def test_a_standing_at_midnight_that_is_already_0(read_table: ReadTable) -> None:
    rows = ["2024-05-01 22:00,70", "2024-05-01 23:00,75", "2024-05-02 00:00,0", "2024-05-02 01:00,3"]
    content = "\n".join(["time,kWh", *rows])
    with pytest.raises(MissingDataError, match=r"line 4.* and the register was set to 0 at midnight"):
        read_table(content, **register(reset="day"))
    for text in (content, content.replace("2024-05-02", "2024-05-05")):
        file = read_table(text, numbers={"missing_is": "gap"}, **register(reset="day"))
        assert values_of(file) == [5000, 3000]
        assert len(file.gaps) == 1


def test_a_refused_standing_is_reported(read_table: ReadTable) -> None:
    file = read_table(standings("10", "11", "5", "6", "8"), on_refusal="report", **register())
    assert values_of(file) == [1000, 1000, 2000]
    assert [(item.line, item.column, item.error) for item in file.refused] == [(4, "kWh", "QuantityError")]
    assert [gap.start.hour for gap in file.gaps] == [1]


def test_the_quality_is_that_of_the_less_certain_standing(read_table: ReadTable) -> None:
    header, *rows = standings("1", "2", "3", "4").splitlines()
    content = "\n".join([f"{header},q", *(f"{row},{flag}" for row, flag in zip(rows, "AAEA", strict=True))])
    file = read_table(
        content, quality={"column": "q", "flags": {"A": "measured", "E": "estimated"}}, **register()
    )  # fmt: skip
    assert [(run.quality, len(run.net_wh)) for run in file.runs] == [("measured", 1), ("estimated", 2)]


def test_standings_of_months_and_days(read_table: ReadTable) -> None:
    """A month with the change of clocks in it is an hour shorter; no fixed length is that of all months."""
    content = "time,kWh\n2024-02-01,100\n2024-03-01,107.5\n2024-04-01 00:00,110\n2024-05-01,111"
    months = read_table(content, zone="Europe/Berlin", time={"columns": "time", "step": "month"}, **register())
    assert values_of(months) == [7500, 2500, 1000]
    assert [run.step_s // 3600 for run in months.runs] == [29 * 24, 31 * 24 - 1, 30 * 24]
    days = "time,kWh\n2024-03-30 00:00,100\n2024-03-31 00:00,107\n2024-04-01 00:00,110"
    file = read_table(days, zone="Europe/Berlin", time={"columns": "time", "step": "day"}, **register())
    assert [(run.step_s // 3600, run.net_wh) for run in file.runs] == [(24, (7000,)), (23, (3000,))]


def test_standings_of_months_that_are_missing_or_within_a_month(read_table: ReadTable) -> None:
    months = {"columns": "time", "step": "month"}
    missing = "time,kWh\n2024-01-01,100\n2024-02-01,107\n2024-04-01,110"
    with pytest.raises(MissingDataError, match=r"line 4.* s earlier, and the step is \['month'\]"):
        read_table(missing, time=months, **register())
    for wrong in ("2024-02-02", "2024-02-01 09:00"):
        content = f"time,kWh\n2024-01-01 00:00,100\n{wrong},107\n2024-03-01 00:00,110"
        says = (
            r"line 3, column 'kWh': .* is not .*; with a step of 'month', standings are those at the start of a local"
        )
        with pytest.raises(PeriodError, match=says):
            read_table(content, time=months, **register())
