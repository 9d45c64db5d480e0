"""Tables as people have them: delimiters, quotes, lines before the header, rows of units, footers, blank cells."""

import pytest
from tests.support.meter_tables import ReadTable, by_start, values_of

from carbon_ledger.errors import CarbonLedgerError, MissingDataError, QuantityError

FIRST, SECOND = "2024-05-01T00:00:00Z", "2024-05-01T01:00:00Z"
TWO = {FIRST: 1500, SECOND: 2250}  # 1.5 and 2.25 kWh


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_each_delimiter(read_table: ReadTable, delimiter: str) -> None:
    content = "time,kWh\n2024-05-01 00:00,1.5\n2024-05-01 01:00,2.25\n".replace(",", delimiter)
    file = read_table(content, table={"delimiter": delimiter})
    assert by_start(file) == TWO
    assert (file.rows, file.footers, file.refused, file.gaps) == (2, 0, (), ())


@pytest.mark.parametrize(
    "content",
    [
        'time,kWh\n"2024-05-01 00:00","1.5"\n"2024-05-01 01:00","2.25"\n',
        '"time","kWh"\n2024-05-01 00:00,1.5\n2024-05-01 01:00,"2.25"\n',
        'time,note,kWh\n2024-05-01 00:00,"a, ""b""\nand c",1.5\n2024-05-01 01:00,,2.25\n',
        "time,note,kWh\n2024-05-01 00:00,,1.5\r\n2024-05-01 01:00,,2.25\r\n",
        "\ufeff time , kWh \n2024-05-01 00:00 , 1.5\n 2024-05-01 01:00,2.25",
        "time,kWh\r2024-05-01 00:00,1.5\r2024-05-01 01:00,2.25\r",
        "\n\ntime,kWh\n\n2024-05-01 00:00,1.5\n , \n\n2024-05-01 01:00,2.25\n,\n\n",
    ],
)
def test_quotes_breaks_blanks_and_blank_rows(read_table: ReadTable, content: str) -> None:
    file = read_table(content)
    assert by_start(file) == TWO
    assert file.rows == 2


def test_lines_before_the_header_are_not_read(read_table: ReadTable) -> None:
    content = 'Meter "12\nMay; 2024\n\ntime,kWh\n2024-05-01 00:00,1.5\n2024-05-01 01:00,x\n'
    with pytest.raises(QuantityError, match=r"meter\.csv, line 6, column 'kWh': 'x'"):
        read_table(content, table={"skip_lines": 3})
    assert by_start(read_table(content.replace(",x", ",2.25"), table={"skip_lines": 3})) == TWO
    with pytest.raises(MissingDataError, match="the file is empty"):
        read_table(content, table={"skip_lines": 6})


def test_a_table_without_a_header_has_numbered_columns(read_table: ReadTable) -> None:
    layout = {"table": {"header": False}, "time": {"columns": "1"}, "values": {"column": "3"}}
    file = read_table("2024-05-01 00:00,x,1.5\n2024-05-01 01:00,y,2.25\n", **layout)
    assert (by_start(file), file.rows) == (TWO, 2)
    with pytest.raises(MissingDataError, match=r"line 1: no column '3'"):
        read_table("2024-05-01 00:00,1.5\n", **layout)


UNITS = "time,kWh,net\n{}\n2024-05-01 00:00,,1.5\n2024-05-01 01:00,,2.25\n"


@pytest.mark.parametrize("row", [",,kWh", "UTC,,[kWh]", "-,-,(kWh)", ",,", "s,s,energy"])
def test_a_row_of_units_that_agrees_or_says_nothing(read_table: ReadTable, row: str) -> None:
    file = read_table(UNITS.format(row or ",,"), table={"unit_row": True}, values={"column": "net"})
    assert (by_start(file), file.rows) == (TWO, 2)


def test_a_row_of_units_that_contradicts_the_layout_is_refused(read_table: ReadTable) -> None:
    says = r"meter\.csv, column 'net': the row of units says 'MWh', and the layout 'kWh'; correct the layout"
    with pytest.raises(QuantityError, match=says):
        read_table(UNITS.format(",,[MWh]"), table={"unit_row": True}, values={"column": "net"})
    with pytest.raises(QuantityError, match="the row of units says 'kW', and the layout 'kWh'"):
        read_table(UNITS.format(",,kW"), table={"unit_row": True}, values={"column": "net"})


@pytest.mark.parametrize("value", ["1.5", "2024-05-01 00:00", "-1,5", "7"])
def test_a_first_row_is_not_taken_for_a_row_of_units(read_table: ReadTable, value: str) -> None:
    with pytest.raises(QuantityError, match=r"meter\.csv, line 2: .* in the row below the header; expected units"):
        read_table(UNITS.format(f',,"{value}"'), table={"unit_row": True}, values={"column": "net"})


def test_footers_are_counted_and_not_read(read_table: ReadTable) -> None:
    content = "time,kWh\n2024-05-01 00:00,1.5\n2024-05-01 01:00,2.25\n,\n Summe:,3.75\nMittel\n,Summe 2\n"
    file = read_table(content, table={"footers": ["Summe", "Mittel"]})
    assert (by_start(file), file.rows, file.footers) == (TWO, 2, 3)
    with pytest.raises(CarbonLedgerError, match=r"line 5, column 'time': 'Summe:' is not an ISO 8601 time"):
        read_table(content.replace("Mittel\n", ""))
    with pytest.raises(QuantityError, match=r"line 6: 1 cell, the header has 2"):
        read_table(content, table={"footers": "Summe"})


def test_trailing_blank_cells_are_read_where_the_layout_says_so(read_table: ReadTable) -> None:
    content = "time,kWh\n2024-05-01 00:00,1.5,\n2024-05-01 01:00,2.25, ,\n"
    assert by_start(read_table(content, table={"extra_cells": True})) == TWO
    with pytest.raises(QuantityError, match=r"line 2: 3 cells, the header has 2"):
        read_table(content)
    with pytest.raises(QuantityError, match=r"line 3: 4 cells, the header has 2"):
        read_table(content.replace(", ,", ",7,"), table={"extra_cells": True})
    with pytest.raises(QuantityError, match=r"line 2: 1 cell, the header has 2"):
        read_table("time,kWh\n2024-05-01 00:00\n", table={"extra_cells": True})


def test_a_decimal_comma_that_is_also_the_delimiter_is_refused(read_table: ReadTable) -> None:
    with pytest.raises(QuantityError, match=r"line 2: 3 cells, the header has 2"):
        read_table("time,kWh\n2024-05-01 00:00,1,5\n", numbers={"decimal": ","})


def test_a_row_over_several_lines_does_not_shift_the_lines(read_table: ReadTable) -> None:
    rows = [f'2024-05-01 {hour:02}:00,"a\nb",{hour}' for hour in range(3)]
    with pytest.raises(QuantityError, match="line 8, column 'kWh': 'x'"):
        read_table("\n".join(["time,note,kWh", *rows, "2024-05-01 03:00,c,x"]))


def test_a_cell_of_two_lines_is_not_two_cells(read_table: ReadTable) -> None:
    for cell in ('"1\n2"', '"1.5\n2.5"', '"\n"'):
        with pytest.raises(CarbonLedgerError, match="line 2, column 'kWh'"):
            read_table(f"time,kWh\n2024-05-01 00:00,{cell}\n2024-05-01 01:00,3\n")


def test_rows_refused_in_a_report_are_left_out(read_table: ReadTable) -> None:
    content = 'time,kWh\n2024-05-01 00:00,1.5\n2024-05-01 01:00\n2024-05-01 02:00,"1"x\n2024-05-01 03:00,2.25\n'
    file = read_table(content, on_refusal="report")
    assert values_of(file) == [1500, 2250]
    assert [(item.line, item.column, item.error) for item in file.refused] == [
        (3, "", "QuantityError"), (4, "", "QuantityError"),
    ]  # fmt: skip
    assert [item.reason.partition(": ")[2].partition(";")[0].partition(",")[0] for item in file.refused] == [
        "1 cell", "not CSV: ',' expected after '\"'".partition(",")[0],
    ]  # fmt: skip
    assert [(gap.start.hour, gap.end.hour) for gap in file.gaps] == [(1, 3)]


def test_many_rows_are_read_as_few_are(read_table: ReadTable) -> None:
    """Several pieces of the file, and with quotes in the middle of it several ways of reading."""
    rows = [f"{1_700_000_000 + 60 * number},{number}.5,{'x' * 20}" for number in range(60_000)]
    rows[40_000] += '"'
    rows[50_000] = rows[50_000].replace("x" * 20, '"a\nb"')
    layout = {"time": {"columns": "time", "format": "epoch s", "step": "1 min"}}
    content = "\n".join(["time,kWh,note", *rows])
    file = read_table(content, **layout)
    assert (file.rows, len(file.runs)) == (60_000, 1)
    assert values_of(file) == [number * 1000 + 500 for number in range(60_000)]
    bad = content.replace("59999.5", "59999,5")
    with pytest.raises(QuantityError, match=r"line 60002: 4 cells, the header has 3"):
        read_table(bad, **layout)
