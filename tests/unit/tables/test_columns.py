"""Columns: values of each kind, and what is none."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

import carbon_ledger as cl
from carbon_ledger.errors import QuantityError
from carbon_ledger.tables import Column, Kind, Table, list_column, period_columns, table_of
from carbon_ledger.tables.columns import is_long, plain_value, text_of_value

MORNING = datetime(2024, 5, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("text", "a", "a"),
        ("text", "", ""),
        ("text", cl.Block("p/2024/7", 1, 5), "p/2024/7/1-5"),
        ("text", 5, "5"),
        ("integer", 10**40, 10**40),
        ("decimal", Decimal("0.50"), Decimal("0.5")),
        ("decimal", 3, Decimal(3)),
        ("decimal", Decimal("-0"), Decimal(0)),
        ("time", MORNING, MORNING),
        ("time", datetime(2024, 5, 1, 14, tzinfo=timezone(timedelta(hours=4))), MORNING),
        ("time", "2024-05-01T10:00:00.000000Z", MORNING),
        ("time", 1_714_557_600, MORNING),
        ("date", date(1895, 1, 1), date(1895, 1, 1)),
        ("date", "1895-01-01", date(1895, 1, 1)),
        ("boolean", False, False),
        *((kind, None, None) for kind in ("text", "integer", "decimal", "time", "date", "boolean")),
    ],
)
def test_a_value_is_what_its_kind_has(kind: Kind, value: object, expected: object) -> None:
    found = Column("c", kind).checked(value)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", 0.5),
        ("text", "\ud800"),
        ("integer", 0.5),
        ("integer", True),
        ("integer", "5"),
        ("integer", Decimal(5)),
        pytest.param("integer", 10**5_000, id="long integer"),
        pytest.param("decimal", 10**5_000, id="long decimal"),
        ("decimal", Decimal("1E+999999")),
        ("decimal", Decimal("1E-999999")),
        ("decimal", 0.5),
        ("decimal", True),
        ("decimal", "0.5"),
        ("decimal", Decimal("NaN")),
        ("decimal", Decimal("Infinity")),
        ("time", MORNING.replace(tzinfo=None)),
        ("time", "2024-05-01"),
        ("time", "yesterday"),
        ("time", True),
        ("time", 0.5),
        ("time", 10**20),
        ("date", MORNING),
        ("date", 5),
        ("date", "1 May"),
        ("boolean", 1),
        ("boolean", "true"),
    ],
)
def test_a_value_of_another_kind_is_refused_by_the_name_of_the_column(kind: Kind, value: object) -> None:
    with pytest.raises(QuantityError, match=rf"column c: .*, expected a value of the kind {kind}"):
        Column("c", kind).checked(value)


def test_a_column_reads_an_attribute_or_calls_its_function() -> None:
    block = cl.Block("p/2024/7", 1, 5)
    assert Column("first", "integer").value_of(block) == 1
    assert Column("size", "integer", lambda item: item.count).value_of(block) == 5
    assert Column("size", "integer", lambda item: item.count) == Column("size", "integer")
    assert repr(Column("size", "integer", len)) == "Column(name='size', kind='integer')"


def test_several_values_are_one_text() -> None:
    assert list_column("digits", list).value_of("57") == "5, 7"
    assert list_column("digits", list).value_of("") is None
    start, end = period_columns("period")
    assert (start.name, end.name) == ("period_start", "period_end")


def test_a_table_has_each_name_once() -> None:
    with pytest.raises(QuantityError, match=r"table t: columns \['a', 'a'\], expected a name of its own for each"):
        Table("t", (Column("a", "text"), Column("a", "integer")), ())
    assert table_of("t", [Column("real", "integer")], []).rows == ()


def test_values_as_text_and_as_json() -> None:
    assert [text_of_value(value) for value in (None, True, 5, Decimal("1E+2"), "x")] == ["", "true", "5", "100", "x"]
    assert text_of_value(MORNING + timedelta(microseconds=1)) == "2024-05-01T10:00:00.000001Z"
    assert text_of_value(date(2024, 5, 1)) == "2024-05-01"
    assert text_of_value(datetime(1, 1, 1, tzinfo=UTC)) == "0001-01-01T00:00:00Z"
    assert [plain_value(value) for value in (None, True, 5, Decimal("0.50"), MORNING)] == [
        None, True, 5, "0.5", "2024-05-01T10:00:00Z",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "long"),
    [(10**15 - 1, False), (10**15, True), (-(10**15), True), (Decimal("0.00000000000000000001"), False), (True, False),
     (Decimal("123456.7890123456"), True), (Decimal("12345.6789012345"), False), ("1" * 20, False), (None, False)],
)  # fmt: skip
def test_a_long_number_has_more_than_15_digits(value: object, long: bool) -> None:
    assert is_long(value) is long  # type: ignore[arg-type]
