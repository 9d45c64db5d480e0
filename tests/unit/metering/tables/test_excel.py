"""Excel files: floats by their shortest text, dates and times of day, sheets by name."""

import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.support.meter_tables import by_start, table_layout, values_of

from carbon_ledger.errors import InexactNumberError, MissingDataError, MissingExtraError, PeriodError, QuantityError
from carbon_ledger.metering.meter_csv import digest_file
from carbon_ledger.metering.meter_files import MeterFile, read_meter_file
from carbon_ledger.metering.tables.excel import FLOATS

xlsxwriter = pytest.importorskip("xlsxwriter")
pytest.importorskip("python_calamine")

FORMATS = {datetime: "yyyy-mm-dd hh:mm", date: "yyyy-mm-dd", time: "hh:mm", timedelta: "[h]:mm"}
MAY = datetime.fromisoformat("2024-05-01")

Sheets = dict[str, Sequence[Sequence[Any]]]
ReadExcel = Callable[..., MeterFile]


@pytest.fixture
def read_excel(tmp_path: Path) -> ReadExcel:
    """Write sheets of cells as an Excel file, and read it by a layout."""

    def reader(sheets: Sheets, *, on_refusal: str = "raise", sheet: str = "", **changes: Any) -> MeterFile:
        path = tmp_path / "meter.xlsx"
        with xlsxwriter.Workbook(path) as book:
            formats = {kind: book.add_format({"num_format": text}) for kind, text in FORMATS.items()}
            for name, rows in sheets.items():
                page = book.add_worksheet(name)
                for at, cells in enumerate(rows):
                    for column, cell in enumerate(cells):
                        if type(cell) in formats:
                            page.write_datetime(at, column, cell, formats[type(cell)])
                        else:
                            page.write(at, column, cell)
        table = {"kind": "excel", "sheet": sheet} | changes.pop("table", {})
        return read_meter_file(path, table_layout(table=table, **changes), on_refusal=on_refusal)

    return reader


def hours(*values: Any) -> Sheets:
    rows = [(MAY + timedelta(hours=number), value) for number, value in enumerate(values)]
    return {"May": [("time", "kWh"), *rows]}


def test_floats_are_read_by_their_shortest_text(read_excel: ReadExcel, tmp_path: Path) -> None:
    """0.1 + 0.2 kWh are 300 Wh, and not the 300.00000000000004 of floats."""
    file = read_excel(hours(0.1, 0.2, 1.0, 12, 1234567.891, -0.001, 0.0))
    assert values_of(file) == [100, 200, 1000, 12_000, 1_234_567_891, -1, 0]
    assert file.exact_total == Decimal("1234581.19")
    assert next(iter(by_start(file))) == "2024-05-01T00:00:00Z"
    assert file.notes == (FLOATS,)
    assert file.sha256 == digest_file(tmp_path / "meter.xlsx")


def test_a_float_finer_than_1_wh_is_refused_or_cut_by_name(read_excel: ReadExcel) -> None:
    with pytest.raises(InexactNumberError, match=r"meter\.xlsx, line 3, column 'kWh': 1\.5 Wh is finer than 1 Wh"):
        read_excel(hours(1, 0.0015))
    file = read_excel(hours(1, 0.0015), remainder="floor")
    assert (values_of(file), file.cut_rows, str(file.exact_total)) == ([1000, 1], 1, "1.0015")


def test_texts_are_read_as_in_a_csv_file(read_excel: ReadExcel) -> None:
    rows = [("time", "kWh"), ("01.05.2024 00:00", "1.234,5"), ("01.05.2024 01:00", "n/a"), ("01.05.2024 02:00", " 2 ")]
    file = read_excel(
        {"May": rows}, time={"columns": "time", "format": "%d.%m.%Y %H:%M"},
        numbers={"decimal": ",", "thousands": ".", "missing": "n/a", "missing_is": "gap"},
    )  # fmt: skip
    assert (values_of(file), file.notes) == ([1_234_500, 2000], ())


@pytest.mark.parametrize("minutes", [5, 15, 60])
def test_a_month_of_times_is_on_the_minute(read_excel: ReadExcel, minutes: int) -> None:
    """Excel keeps a time as a float of days, and midnight without a time of day."""
    count = 31 * 24 * 60 // minutes
    rows = [(MAY + timedelta(minutes=minutes * number), number) for number in range(count)]
    file = read_excel({"May": [("time", "kWh"), *rows]}, time={"columns": "time", "step": f"{minutes} min"})
    (run,) = file.runs
    assert (run.step_s, run.net_wh) == (60 * minutes, tuple(1000 * number for number in range(count)))
    assert file.rows == count


def test_days_and_times_in_two_columns(read_excel: ReadExcel) -> None:
    rows = [
        ("d", "t", "kWh"),
        (date(2024, 5, 1), time(22), 1),
        (date(2024, 5, 1), time(23), 2),
        (date(2024, 5, 2), time(0), 3),
    ]
    file = read_excel({"May": rows}, time={"columns": ["d", "t"]})
    assert [*by_start(file)] == [f"2024-05-0{at}:00:00Z" for at in ("1T22", "1T23", "2T00")]


def test_the_end_of_a_day_as_24_hours(read_excel: ReadExcel) -> None:
    day = date(2024, 5, 1)
    rows = [("d", "t", "kWh"), (day, timedelta(hours=23), 1), (day, timedelta(hours=24), 2)]
    file = read_excel({"May": rows}, time={"columns": ["d", "t"], "stamp": "end"})
    assert [*by_start(file)] == ["2024-05-01T22:00:00Z", "2024-05-01T23:00:00Z"]


@pytest.mark.parametrize("kind", [date, datetime])
def test_local_days_and_wide_rows(read_excel: ReadExcel, kind: type) -> None:
    days = [date(2024, 3, 30), date(2024, 3, 31)]
    cells = days if kind is date else [datetime.combine(day, time()) for day in days]
    rows = [("time", "kWh"), *zip(cells, (1, 2), strict=True)]
    file = read_excel({"days": rows}, zone="Europe/Berlin", time={"columns": "time", "step": "day"})
    assert [run.step_s for run in file.runs] == [86_400, 82_800]
    wide = [("time", *range(1, 26)), (cells[0], *range(24)), (cells[1], *range(23))]
    file = read_excel(
        {"days": wide}, zone="Europe/Berlin", values={"unit": "kWh"}, wide={"first": "1", "last": "25"},
    )  # fmt: skip
    assert values_of(file) == [1000 * hour for hour in (*range(24), *range(23))]
    numbered = [("day", "n", "kWh"), (cells[1], 1, 5), (cells[1], 23, 7)]
    file = read_excel(
        {"days": numbered}, zone="Europe/Berlin", time={"columns": "day", "interval_column": "n"},
    )  # fmt: skip
    assert [*by_start(file)] == ["2024-03-30T23:00:00Z", "2024-03-31T21:00:00Z"]


def test_lines_before_the_header_units_footers_and_blank_rows(read_excel: ReadExcel) -> None:
    rows: list[tuple[Any, ...]] = [("Report",), (), ("time", "net"), ("", "MWh"), (), (MAY, 0.5), ("Summe", 0.5), ()]
    table = {"skip_lines": 2, "unit_row": True, "footers": "Summe"}
    file = read_excel({"May": rows}, table=table, values={"column": "net", "unit": "MWh"})
    assert (values_of(file), file.rows, file.footers) == ([500_000], 1, 1)


def test_a_sheet_by_its_name(read_excel: ReadExcel) -> None:
    sheets = {"Notes": [("a", "b")]} | hours(1, 2)
    assert values_of(read_excel(sheets, sheet="May")) == [1000, 2000]
    with pytest.raises(MissingDataError, match=r"meter\.xlsx, line 1: no column 'time'"):
        read_excel(sheets)
    with pytest.raises(MissingDataError, match=r"no sheet 'Mai'; did you mean 'May'\?|no sheet 'Mai'; the file has"):
        read_excel(sheets, sheet="Mai")
    with pytest.raises(MissingDataError, match=r"no sheet 'x'; the file has \['Notes', 'May'\]"):
        read_excel(sheets, sheet="x")


@pytest.mark.parametrize("cell", [True, "x", "=1/0", MAY, "1,5"])
def test_a_cell_that_is_no_number_is_refused(read_excel: ReadExcel, cell: object) -> None:
    with pytest.raises((QuantityError, MissingDataError), match=r"meter\.xlsx, line 3, column 'kWh'|line 3"):
        read_excel(hours(1, cell) if cell != "=1/0" else hours(1, None))


def test_hours_that_are_days_are_refused(read_excel: ReadExcel) -> None:
    rows = [(date(2024, 5, day), day) for day in range(1, 4)]
    with pytest.raises(PeriodError, match="the rows are 86400 s apart, and the step is 3600 s"):
        read_excel({"May": [("time", "kWh"), *rows]})


@pytest.mark.parametrize(
    "data", [b"", b"time,kWh\n2024-05-01 00:00,1\n", b"PK\x03\x04" + b"\0" * 100, b"\xd0\xcf\x11\xe0" * 9]
)
def test_what_is_no_excel_file_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "meter.xlsx"
    path.write_bytes(data)
    with pytest.raises(QuantityError, match=r"meter\.xlsx: not an Excel file that can be read: "):
        read_meter_file(path, table_layout(table={"kind": "excel"}))
    with pytest.raises(MissingDataError, match="cannot be read"):
        read_meter_file(tmp_path / "absent.xlsx", table_layout(table={"kind": "excel"}))


def test_progress_is_reported_once(tmp_path: Path, read_excel: ReadExcel) -> None:
    read_excel(hours(1, 2))
    path, seen = tmp_path / "meter.xlsx", []
    size = path.stat().st_size
    read_meter_file(
        path, table_layout(table={"kind": "excel"}), progress=lambda done, of: seen.append((done, of))
    )  # fmt: skip
    assert seen == [(size, size)]


def test_the_extra_is_named_where_it_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(MissingExtraError, match=r"install the extra excel: pip install 'carbon-ledger\[excel\]'"):
        read_meter_file(tmp_path / "meter.xlsx", table_layout(table={"kind": "excel"}))
