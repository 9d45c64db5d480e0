"""The parts of a layout: what each field takes."""

from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest

from carbon_ledger.errors import CarbonLedgerError, InexactNumberError, PeriodError, QuantityError
from carbon_ledger.metering.layouts import MeterExchange, NumberLayout, TableLayout, TimeLayout, ValueColumn
from carbon_ledger.metering.layouts.fields import part_of, record_of

EVIDENCE = "sha256:" + "0" * 64
EXCHANGE = {"at": "2024-05-01T00:00Z", "last_standing": "1", "first_standing": "0", "evidence": EVIDENCE}


@pytest.mark.parametrize(
    ("kind", "fields", "says"),
    [
        (TableLayout, {"skip_lines": -1}, "skip_lines -1: expected a whole number from 0 to 10,000"),
        (TableLayout, {"skip_lines": True}, "skip_lines True"),
        (TableLayout, {"footers": [" "]}, "footers: an empty text"),
        (TableLayout, {"footers": ["a"] * 201}, "expected a list of at most 200 texts"),
        (TableLayout, {"unit_row": True, "header": False}, "a row of units stands below a header, and the t"),
        (TableLayout, {"delimiter": "::"}, "delimiter '::': expected one of"),
        (NumberLayout, {"decimal": ",", "thousands": ","}, "decimal and thousands are both ','"),
        (NumberLayout, {"exponent": "yes"}, "exponent 'yes': expected true or false"),
        (ValueColumn, {"multiplier": "0"}, "multiplier '0': expected a number above 0 as text"),
        (ValueColumn, {"multiplier": 1000}, "multiplier 1000: expected a number above 0 as text"),
        (ValueColumn, {"modulus": "100"}, "modulus and reset belong to a register, and the column is of kind energy"),
        (ValueColumn, {"kind": "register", "modulus": "100", "reset": "day"}, "give one"),
        (ValueColumn, {"kind": "register", "modulus": "-5"}, "modulus '-5'"),
        (ValueColumn, {"unit": "kW"}, "unit"),
        (ValueColumn, {"unit": "kWh", "kind": "power"}, "unit"),
        (ValueColumn, {"unit": "apples"}, "unit"),
        (ValueColumn, {"unit": ""}, "unit"),
        (MeterExchange, EXCHANGE | {"last_standing": "-1"}, "exchange: last_standing '-1': expected a number as text"),
        (MeterExchange, EXCHANGE | {"first_standing": 0}, "exchange: first_standing 0: expected a number as text"),
        (MeterExchange, EXCHANGE | {"evidence": "e"}, "exchange: evidence 'e': expected sha256:"),
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_used_is_refused(kind: type, fields: dict[str, Any], says: str) -> None:
    with pytest.raises(CarbonLedgerError, match=says):
        kind(**fields)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"offset": "10:00"}, r'offset .10:00.: expected e\.g\. "\+10:00"'),
        ({"offset": "+15:00"}, "offset"),
        ({"columns": ["a", "b", "c"]}, "expected one column, or one of dates and one of times"),
        ({"summer_column": "s"}, "summer_column and summer: give both, or neither"),
        ({"summer": {"S": "summer"}}, "summer_column and summer: give both, or neither"),
        (
            {"summer_column": "s", "summer": {"S": "summer"}, "offset": "+01:00"},
            "times of one offset all year have no su",
        ),
        ({"end_columns": "to", "stamp": "end"}, "a row that has both ends of its step needs no stamp"),
        ({"step": ["day", "1 hour"]}, "expected one step, or several fixed lengths"),
        ({"step": ()}, "expected one step"),
        ({"step": ["1 hour", "60 min"]}, "a length is given twice"),
        ({"format": "epoch s", "offset": "+01:00"}, "such a time is an instant"),
        ({"interval_column": "n", "stamp": "end"}, "the number of a step takes a day, a stamp of start"),
        ({"interval_column": "n", "step": "day"}, "take one step of fixed length"),
        ({"stamp": "start-plus-step", "step": ["1 hour", "15 min"]}, "take one step of fixed length"),
        ({"interval_column": "n", "columns": ["d", "t"]}, "takes a day"),
    ],
)
def test_times_that_contradict_themselves_are_refused(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(PeriodError, match=says):
        TimeLayout(**{"columns": "time"} | fields)


@pytest.mark.parametrize(("offset", "seconds"), [("+10:00", 36_000), ("-03:30", -12_600), ("", None), ("+00:00", 0)])
def test_an_offset_in_seconds(offset: str, seconds: int | None) -> None:
    assert TimeLayout(columns="t", offset=offset).offset_s == seconds


@pytest.mark.parametrize(
    ("fields", "factor"),
    [
        ({}, Fraction(1000)), ({"unit": "MWh", "multiplier": "0.5"}, Fraction(500_000)), ({"unit": "Wh"}, Fraction(1)),
        ({"unit": "kW", "kind": "power"}, Fraction(1000, 3600)),
        ({"kind": "register", "multiplier": "40"}, Fraction(40_000)),
    ],
)  # fmt: skip
def test_what_one_unit_of_a_value_is(fields: dict[str, Any], factor: Fraction) -> None:
    assert ValueColumn(column="v", **fields).factor_wh == factor


def test_a_unit_that_is_no_whole_number_of_wh_is_refused() -> None:
    with pytest.raises(InexactNumberError):
        ValueColumn(unit="MJ")


def test_an_exchange_takes_a_time_with_its_offset() -> None:
    fields = {"last_standing": "1", "first_standing": "0", "evidence": EVIDENCE}
    assert MeterExchange(at=datetime(2024, 5, 1, tzinfo=UTC), **fields).at == "2024-05-01T00:00:00Z"
    for at in ("2024-05-01", "2024-05-01 00:00", datetime.fromisoformat("2024-05-01"), 5, None):
        with pytest.raises(CarbonLedgerError):
            MeterExchange(at=at, **fields)


def test_a_part_is_a_mapping_or_itself() -> None:
    numbers = NumberLayout(decimal=",")
    assert part_of(NumberLayout, numbers, "numbers") is numbers
    assert part_of(NumberLayout, record_of(numbers), "numbers") == numbers
    for wrong in (5, "x", ["decimal"], {5: ","}):
        with pytest.raises(QuantityError, match="numbers: "):
            part_of(NumberLayout, wrong, "numbers")
