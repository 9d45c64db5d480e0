"""Numbers as people write them: read exactly, or refused with their place."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.meter_tables import ReadTable, by_start, values_of

from carbon_ledger.errors import CarbonLedgerError, InexactNumberError, MissingDataError, QuantityError
from carbon_ledger.metering.layouts import NumberLayout
from carbon_ledger.metering.tables.numbers import NumberReader


def numbers(*cells: str, **layout: Any) -> list[Fraction | None]:
    """Each number as a fraction; refusals are raised."""

    def refuse(position: int, error: CarbonLedgerError) -> None:
        raise error

    read = NumberReader(NumberLayout(**layout)).read(cells, lambda position: f"cell {position}", refuse)
    assert len(read.values) == len(cells)
    return [None if value is None else Fraction(value, 10**read.places) for value in read.values]


@pytest.mark.parametrize(
    ("cells", "layout", "exact"),
    [
        (["1", "-2", "0", "-0", "007"], {}, ["1", "-2", "0", "0", "7"]),
        (["1.5", "2", "-0.25", "1000.125"], {}, ["1.5", "2", "-0.25", "1000.125"]),
        (["1.50", "2.25", "0.00"], {}, ["1.5", "2.25", "0"]),
        (["1,5", "2", "-0,25"], {"decimal": ","}, ["1.5", "2", "-0.25"]),
        (["1,234,567.8", "999", "-12,345", "1234.5"], {"thousands": ","}, ["1234567.8", "999", "-12345", "1234.5"]),
        (["1.234.567,8", "999", "1.234"], {"decimal": ",", "thousands": "."}, ["1234567.8", "999", "1234"]),
        (["1 234,5", "999"], {"decimal": ",", "thousands": " "}, ["1234.5", "999"]),
        (["1'234.5", "12'345'678"], {"thousands": "'"}, ["1234.5", "12345678"]),
        (["1\u00a0234,5", "2"], {"decimal": ",", "thousands": "\u00a0"}, ["1234.5", "2"]),
        (["1\u202f234,5", "2"], {"decimal": ",", "thousands": "\u202f"}, ["1234.5", "2"]),
        (["1.25E+3", "5e-2", "-1E3", "7", "2E0"], {"exponent": True}, ["1250", "0.05", "-1000", "7", "2"]),
        (["1,25E+3", "7"], {"exponent": True, "decimal": ","}, ["1250", "7"]),
        (['="1.5"', '="-2"', "3"], {"excel_text": True}, ["1.5", "-2", "3"]),
        (['="1,5"', '=" 2 "'], {"excel_text": True, "decimal": ","}, ["1.5", "2"]),
        ([" 1.5", "2 ", "\t3"], {}, ["1.5", "2", "3"]),
        (["9" * 29, "1"], {}, ["9" * 29, "1"]),
        (["9" * 40, "1.5"], {}, ["9" * 40, "1.5"]),
        (["18446744073709551616", "1"], {}, ["18446744073709551616", "1"]),
    ],
)
def test_numbers_are_read_exactly(cells: list[str], layout: dict[str, Any], exact: list[str]) -> None:
    expected = [Fraction(text) for text in exact]
    assert numbers(*cells, **layout) == expected
    assert [number for cell in cells for number in numbers(cell, **layout)] == expected, "each cell by itself"


@pytest.mark.parametrize(
    ("cell", "layout"),
    [
        ("1,5", {}),
        ("1.5", {"decimal": ","}),
        ("1,234", {}),
        ("1.234.567", {}),
        ("--1", {}),
        ("1-2", {}),
        ("1.", {}),
        (".5", {}),
        ("-", {}),
        ("-.5", {}),
        ("+1", {}),
        ("1_000", {}),
        ("1e3", {}),
        ("1E3", {}),
        ("NaN", {}),
        ("inf", {}),
        ("\u0661", {}),
        ("1 000", {}),
        ("0x10", {}),
        ("=1", {}),
        ('="1"', {}),
        ("1\n2", {}),
        ("1\xa0234", {"thousands": " "}),
        ("12,34", {"thousands": ","}),
        ("1,2345", {"thousands": ","}),
        ("1234,567", {"thousands": ","}),
        (",123", {"thousands": ","}),
        ("1,,234", {"thousands": ","}),
        ("1,234,", {"thousands": ","}),
        ("1.23", {"decimal": ",", "thousands": "."}),
        ("1.234.56", {"decimal": ",", "thousands": "."}),
        ("1,234.567", {"decimal": ",", "thousands": "."}),
        ("1.5E", {"exponent": True}),
        ("1E999", {"exponent": True}),
        ("E3", {"exponent": True}),
        ("1.E3", {"exponent": True}),
        ('="1', {"excel_text": True}),
        ('=""1""', {"excel_text": True}),
        ("=1+1", {"excel_text": True}),
        ("1-", {}),
        ("1 kWh", {}),
        ("(1)", {}),
        ("%", {}),
    ],
)
def test_what_is_no_number_is_refused(cell: str, layout: dict[str, Any]) -> None:
    for cells in ([cell], ["1", cell], [cell, "2"], ["1", cell, "3"]):
        place = f"cell {cells.index(cell)}: "
        with pytest.raises(QuantityError, match=place):
            numbers(*cells, **layout)


def test_too_many_digits_are_refused() -> None:
    for cell in ("1" * 61, "0." + "1" * 61, "1" * 5000):
        with pytest.raises(InexactNumberError, match=r"cell 1: .*more than 60 digits"):
            numbers("1", cell)


@pytest.mark.parametrize("marker", ["-", "n/a", "NULL", "#N/A", "-999", "9999", "0", "1.5"])
def test_markers_of_no_value(marker: str) -> None:
    """A marker may look like a number."""
    layout = {"missing": [marker], "missing_is": "gap"}
    assert numbers("1", marker, "", " ", "2", **layout) == [1, None, None, None, 2]
    assert numbers("1", marker, "2", **layout) == [1, None, 2]
    assert numbers(marker, **layout) == [None]
    with pytest.raises(MissingDataError, match=r"cell 1: .* is no value; if the step has no reading, read it as a gap"):
        numbers("1", marker, missing=[marker])


def test_a_blank_cell_alone_is_no_value() -> None:
    assert numbers("", missing_is="gap") == [None]
    for cells in ([""], ["", ""], ["1", ""], ["", "1"], ["1", " "]):
        with pytest.raises(MissingDataError, match="no value; if the step"):
            numbers(*cells)


@given(
    st.lists(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=4)),
    st.sampled_from([(".", ""), (".", ","), (".", "'"), (",", "."), (",", " "), (",", "\u202f"), (",", "")]),
)
def test_what_is_written_is_read(values: list[Any], marks: tuple[str, str]) -> None:
    decimal, thousands = marks
    cells = [f"{value:,f}".replace(",", "\0").replace(".", decimal).replace("\0", thousands) for value in values]
    assert numbers(*cells, decimal=decimal, thousands=thousands) == [Fraction(value) for value in values]


CONTENT = "time;kWh\n2024-05-01 00:00;1.234,5\n2024-05-01 01:00;{}\n2024-05-01 02:00;-1,25\n"
GERMAN = {"table": {"delimiter": ";"}, "numbers": {"decimal": ",", "thousands": ".", "missing": "n/a"}}


def test_a_file_of_decimal_commas(read_table: ReadTable) -> None:
    assert values_of(read_table(CONTENT.format("0,001"), **GERMAN)) == [1_234_500, 1, -1250]
    with pytest.raises(MissingDataError, match=r"meter\.csv, line 3, column 'kWh': 'n/a' is no value"):
        read_table(CONTENT.format("n/a"), **GERMAN)
    with pytest.raises(QuantityError, match=r"line 3, column 'kWh': '12\.34' has a point"):
        read_table(CONTENT.format("12.34"), **GERMAN)


def test_a_marker_is_a_gap_where_the_layout_says_so(read_table: ReadTable) -> None:
    file = read_table(
        CONTENT.format("n/a"), table={"delimiter": ";"},
        numbers={"decimal": ",", "thousands": ".", "missing": "n/a", "missing_is": "gap"},
    )  # fmt: skip
    assert by_start(file) == {"2024-05-01T00:00:00Z": 1_234_500, "2024-05-01T02:00:00Z": -1250}
    assert [str(gap) for gap in file.gaps] == ["2024-05-01T01:00:00+00:00 to 2024-05-01T02:00:00+00:00 (UTC)"]


def test_a_number_that_is_refused_is_a_gap_of_a_report(read_table: ReadTable) -> None:
    file = read_table(CONTENT.format("12.34"), on_refusal="report", **GERMAN)
    assert values_of(file) == [1_234_500, -1250]
    (refused,) = file.refused
    assert (refused.line, refused.column, refused.error) == (3, "kWh", "QuantityError")
    assert len(file.gaps) == 1
