"""A file read by a layout: the readings, the report, and what cannot be read."""

import hashlib
from pathlib import Path

import pytest
from tests.support.meter_tables import ReadTable, table_layout, values_of

from carbon_ledger.errors import InexactNumberError, MissingDataError, PeriodError, QuantityError
from carbon_ledger.exact import Rounding
from carbon_ledger.metering.meter_files import read_meter_file

CONTENT = "time,kWh\n2024-05-01 00:00,1.5\n2024-05-01 01:00,x\n2024-05-01 02:00,2.0005\n2024-05-01 03:00,\n"


def test_every_row_is_accounted_for(read_table: ReadTable) -> None:
    file = read_table(CONTENT, on_refusal="report", remainder="floor")
    assert values_of(file) == [1500, 2000]
    assert (file.rows, len(file.refused), file.footers) == (4, 2, 0)
    assert [(item.line, item.column, item.error) for item in file.refused] == [
        (3, "kWh", "QuantityError"), (5, "kWh", "MissingDataError"),
    ]  # fmt: skip
    assert [(gap.start.hour, gap.end.hour) for gap in file.gaps] == [(1, 2), (3, 4)]
    assert str(file.exact_total) == "3.5005"
    assert (str(file.cut), file.cut_rows, file.rounding) == ("0.5", 1, Rounding("floor", places=0))
    assert (file.unit, file.total_wh, file.meters, file.period) == ("kWh", 3500, ("",), file.only.period)
    assert file.sha256 == f"sha256:{hashlib.sha256(CONTENT.encode()).hexdigest()}"


def test_a_carry_is_no_rounding_of_each_value(read_table: ReadTable) -> None:
    file = read_table(CONTENT.replace("x", "0").replace(",\n", ",0\n"), remainder="carry")
    assert (file.rounding, file.layout.remainder) == (None, "carry")


def test_what_concerns_the_whole_file_is_raised_in_a_report_too(read_table: ReadTable) -> None:
    """A report lists cells and rows. A file off its grid, or without a value, has no readings that could be used."""
    with pytest.raises(InexactNumberError, match="finer than 1 Wh"):
        read_table(CONTENT, on_refusal="report")
    with pytest.raises(PeriodError, match="no multiple of the step"):
        read_table("time,kWh\n2024-05-01 00:00,1\n2024-05-01 01:30,1\n", on_refusal="report")
    with pytest.raises(MissingDataError, match="no row has a value in column 'kWh'"):
        read_table("time,kWh\n2024-05-01 00:00,x\n", on_refusal="report")
    with pytest.raises(MissingDataError, match="no row below the header"):
        read_table("time,kWh\n", on_refusal="report")


@pytest.mark.parametrize("layout", [None, 5, {"name": "a"}, "nem13", "", b"nem12"])
def test_what_is_no_layout_is_refused(tmp_path: Path, layout: object) -> None:
    with pytest.raises(QuantityError, match="layout "):
        read_meter_file(tmp_path / "meter.csv", layout)  # type: ignore[arg-type]


def test_another_choice_of_refusals_is_refused(tmp_path: Path) -> None:
    with pytest.raises(QuantityError, match="on_refusal 'skip': expected one of raise, report"):
        read_meter_file(tmp_path / "meter.csv", table_layout(), on_refusal="skip")


@pytest.mark.parametrize("name", ["absent.csv", "no/such/folder.csv", ".", "nul\0byte.csv"])
@pytest.mark.parametrize("kind", ["csv", "excel"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, kind: str) -> None:
    with pytest.raises(MissingDataError, match="cannot be read: "):
        read_meter_file(tmp_path / name, table_layout(table={"kind": kind}))
