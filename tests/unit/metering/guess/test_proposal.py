"""Files as a plant's operator has them on the first day: each is described, or asked about, and never read wrongly."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

import carbon_ledger as cl

LONDON, BAKU = "Europe/London", "Asia/Baku"
HALVES = [f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 30)]


def file_of(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "file.csv"
    path.write_text("\n".join([*lines, ""]))
    return path


def names(described: cl.MeterFileDescription) -> list[str]:
    return [question.name for question in described.questions]


@pytest.mark.parametrize("header", ["MPAN", "Supply", "NMI"])
@pytest.mark.parametrize("number", ["1200012345678", "1200012345"])
def test_a_meter_number_that_could_be_a_count_since_1970(tmp_path: Path, header: str, number: str) -> None:
    """1200012345678 is a British meter's number, and would be a time of January 2008."""
    rows = [f"{number},{day:02}/03/2024,AE,{','.join(['1.5'] * 48)}" for day in range(1, 31)]
    path = file_of(tmp_path, f"{header},Read Date,Measurement,{','.join(HALVES)}", *rows)
    described = cl.describe_meter_file(path, zone=LONDON).answered(unit="kWh", role="export")
    assert described.layout is not None
    assert described.layout.time.columns == ("Read Date",)
    assert cl.read_meter_file(path, described.layout).total_wh == 30 * 48 * 1500


def test_a_meter_number_alone_is_no_time(tmp_path: Path) -> None:
    path = file_of(tmp_path, "MPAN,kWh", *["1200012345678,5"] * 4)
    described = cl.describe_meter_file(path, zone=LONDON)
    assert described.layout is None
    assert any("no column has times" in doubt for doubt in described.doubts)


@pytest.mark.parametrize("mark", ["/", "-", "."])
@pytest.mark.parametrize("months", [3, 12])
def test_first_days_of_months_are_not_taken_for_days(tmp_path: Path, mark: str, months: int) -> None:
    """01/02/2024 after 01/01/2024 is a month later, or a day."""
    rows = [f"01{mark}{month:02}{mark}2024,{900 - month * 37 % 11}" for month in range(1, months + 1)]
    path = file_of(tmp_path, "Month,Export kWh", *rows)
    described = cl.describe_meter_file(path, zone=LONDON)
    if mark == ".":
        assert described.layout is not None
    else:
        assert "day_order" in names(described)
        described = described.answered(day_order="day-first")
    assert described.layout is not None
    assert described.layout.time.step == ("month",)


def test_the_two_orders_are_shown_by_a_day_that_differs(tmp_path: Path) -> None:
    rows = [f"0{day}/01/2024 {hour:02}:00,{hour % 5 + 1}" for day in (1, 2, 3) for hour in range(24)]
    described = cl.describe_meter_file(file_of(tmp_path, "time,Export kWh", *rows), zone=LONDON)
    assert any("2 Jan 2024" in doubt and "1 Feb 2024" in doubt for doubt in described.doubts)


@pytest.mark.parametrize("step", ["day", "month"])
def test_standings_of_days_and_of_months(tmp_path: Path, step: str) -> None:
    days = range(1, 13)
    times = [f"2024-05-{day:02} 00:00" if step == "day" else f"2024-{day:02}-01 00:00" for day in days]
    rows = [f"{time},{1_204_500 + day * 400}.5,{3300 + day}" for time, day in zip(times, days, strict=True)]
    path = file_of(tmp_path, "Read at,2.8.0 kWh,1.8.0 kWh", *rows)
    described = cl.describe_meter_file(path, zone=BAKU).answered(kind_2="register", kind_3="register")
    assert described.layout is not None
    assert described.layout.time.step == (step,)
    file = cl.read_meter_file(path, described.layout)
    assert (file.total_wh, file.gaps) == (11 * 399_000, ())


def test_a_register_that_returns_to_0_is_asked_for_its_modulus(tmp_path: Path) -> None:
    rows = [f"2024-05-01 {hour:02}:00,{(99_800 + hour * 40) % 100_000}.4" for hour in range(24)]
    path = file_of(tmp_path, "time,Export register 2.8.0 kWh", *rows)
    described = cl.describe_meter_file(path, zone=BAKU).answered(kind="register")
    (question,) = described.questions
    assert (question.name, question.suggested) == ("modulus", "100000")
    answered = described.answered(modulus="100000")
    assert answered.layout is not None
    assert answered.layout.values[0].modulus == "100000"
    assert cl.read_meter_file(path, answered.layout).total_wh == 23 * 40_000
    other = described.answered(modulus="none")
    assert other.layout is not None
    assert other.layout.values[0].modulus == ""
    assert any("99960 kWh less" in doubt for doubt in other.doubts)


@pytest.mark.parametrize("header", ["Verano", "Sommerzeit", "DST", "Zomertijd", "Yay saati"])
def test_a_column_of_summer_time(tmp_path: Path, header: str) -> None:
    rows = [
        f"27/10/2024;{hour:02}:00;{summer};{hour * 3 % 7 + 1}"
        for hour, summer in [(0, 1), (1, 1), (2, 1), *((h, 0) for h in range(2, 24))]
    ]
    path = file_of(tmp_path, f"Fecha;Hora;{header};Export kWh", *rows)
    described = cl.describe_meter_file(path, zone="Europe/Madrid")
    assert described.layout is not None
    assert described.layout.time.summer_column == header
    assert cl.read_meter_file(path, described.layout).total_wh == 1000 * (
        sum(hour * 3 % 7 + 1 for hour in range(24)) + 7
    )


def test_a_sheet_whose_times_are_dates_of_excel(tmp_path: Path) -> None:
    """Excel keeps no time of day at midnight, so that the first cell of each day is a day alone."""
    xlsxwriter = pytest.importorskip("xlsxwriter")
    pytest.importorskip("python_calamine")
    path = tmp_path / "inverter.xlsx"
    first = datetime.fromisoformat("2024-06-01")
    with xlsxwriter.Workbook(path) as book:
        page, form = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        page.write_row(0, 0, ["Date", "Export kWh"])
        for hour in range(48):
            page.write_datetime(hour + 1, 0, first + timedelta(hours=hour), form)
            page.write(hour + 1, 1, hour % 7 + 0.25)
    described = cl.describe_meter_file(path, zone="America/New_York")
    assert described.layout is not None
    assert described.layout.time.steps_s == (3600,)
    assert cl.read_meter_file(path, described.layout).total_wh == sum(hour % 7 * 1000 + 250 for hour in range(48))


def test_gross_generation_alone_is_explained(tmp_path: Path) -> None:
    rows = [f"2024-05-01 {hour:02}:00,{hour % 5}" for hour in range(24)]
    described = cl.describe_meter_file(file_of(tmp_path, "time,Production (kWh)", *rows), zone=BAKU)
    (question,) = described.questions
    assert "gross" in question.text
