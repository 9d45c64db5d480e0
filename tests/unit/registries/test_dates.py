"""The days of production that a serial states."""

from datetime import date

import pytest

from carbon_ledger.registries.dates import NOTATIONS, Production, production_between


@pytest.mark.parametrize(
    ("start", "end", "notation", "first", "last"),
    [
        ("2024", "2025", "YYYY", date(2024, 1, 1), date(2025, 12, 31)),
        ("202402", "202402", "YYYYMM", date(2024, 2, 1), date(2024, 2, 29)),
        ("20240203", "20240203", "YYYYMMDD", date(2024, 2, 3), date(2024, 2, 3)),
        ("03022024", "04022024", "DDMMYYYY", date(2024, 2, 3), date(2024, 2, 4)),
        ("02032024", "12312024", "MMDDYYYY", date(2024, 2, 3), date(2024, 12, 31)),
        ("9999", "9999", "YYYY", date(9999, 1, 1), date(9999, 12, 31)),
    ],
)
def test_both_days_are_included(start: str, end: str, notation: str, first: date, last: date) -> None:
    found = production_between(start, end, notation)
    assert found == Production(first, last)
    assert isinstance(found, Production)
    assert found.vintage == (first.year if first.year == last.year else None)


def test_without_a_start_production_ends_in_the_year() -> None:
    assert production_between("", "2025", "YYYY") == Production(None, date(2025, 12, 31), date(2025, 1, 1))
    assert Production(None, date(2025, 12, 31), date(2025, 1, 1)).vintage == 2025
    assert production_between("2025", "", "YYYY") == Production(date(2025, 1, 1))
    assert production_between("", "", "YYYY") == Production()
    assert Production().vintage is Production(date(2025, 1, 1)).vintage is None


@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize("text", ["0000", "20240", "00000000", "99999999", "2o24", "\u0662024", "31022024", "202413"])
def test_what_is_no_date_is_named(notation: str, text: str) -> None:
    for start, end in ((text, ""), ("", text), (text, text)):
        assert production_between(start, end, notation) == f"production is {text!r}, expected a date {notation}"


def test_the_earlier_date_comes_first() -> None:
    assert "is reversed" in str(production_between("2025", "2024", "YYYY"))
