"""Arrow streams: types, requested schemas, what is refused, and that nothing is leaked."""

import gc
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import nanoarrow as na
import pyarrow as pa
import pytest
from tests.support.arrow_producer import Node, Producer

from carbon_ledger.errors import MissingExtraError, QuantityError
from carbon_ledger.tables import BOOLEAN, DATE, DECIMAL, INTEGER, TEXT, TIME, Column, Kind, Table, arrow
from carbon_ledger.tables.columns import Exact

KINDS: tuple[Kind, ...] = (TEXT, INTEGER, DECIMAL, TIME, DATE, BOOLEAN)
LINE = ("ş", -(2**63), Decimal("-0.000000001"), datetime(1969, 12, 31, 23, 59, 59, 999999, UTC), date(1, 1, 1), True)
NULLS = (None,) * 6


def table(rows: tuple[tuple[Exact, ...], ...]) -> Table:
    return Table("t", tuple(Column(kind, kind) for kind in KINDS), rows)


def of(kind: Kind, *values: Exact) -> Table:
    return Table("t", (Column("c", kind),), tuple((value,) for value in values))


class Streamed:
    """What gives the stream of a table, and remembers the schema that it was asked for."""

    def __init__(self, item: Table) -> None:
        self.item = item

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return arrow.stream(self.item, requested_schema)


def read(item: Table, wanted: pa.DataType | None = None) -> Any:
    if wanted is None:
        return pa.RecordBatchReader.from_stream(Streamed(item)).read_all()
    schema = pa.schema([pa.field(item.columns[0].name, wanted)])
    capsule = arrow.stream(item, schema.__arrow_c_schema__())
    return pa.RecordBatchReader._import_from_c_capsule(capsule).read_all()


def test_each_kind_has_its_type() -> None:
    found = read(table((LINE, NULLS)))
    assert [str(field.type) for field in found.schema] == [
        "string", "int64", "decimal128(38, 9)", "timestamp[us, tz=UTC]", "date32[day]", "bool",
    ]  # fmt: skip
    assert [tuple(row.values()) for row in found.to_pylist()] == [LINE, NULLS]
    assert [column.null_count for column in found.columns] == [1] * 6
    found.validate(full=True)


def test_a_table_without_rows_has_the_same_columns() -> None:
    found = read(table(()))
    assert found.num_rows == 0
    assert found.column_names == list(KINDS)


@pytest.mark.parametrize("count", [1, 7, 8, 9, 65_535, 65_536, 65_537, 131_073])
def test_every_row_comes_in_batches_that_are_whole(count: int) -> None:
    values = [None if k % 3 == 0 else k for k in range(count)]
    item = Table(
        "t", (Column("n", INTEGER), Column("s", TEXT)), tuple((k, None if k is None else str(k)) for k in values)
    )
    found = read(item)
    found.validate(full=True)
    assert found["n"].to_pylist() == values
    assert found["s"].to_pylist() == [None if k is None else str(k) for k in values]


def test_a_decimal_has_the_places_of_the_column_and_38_digits() -> None:
    assert str(read(of(DECIMAL, Decimal("1.50"), Decimal("0.125"))).schema[0].type) == "decimal128(38, 3)"
    most = Decimal("9" * 30 + "." + "9" * 8)
    assert read(of(DECIMAL, most, most.copy_negate()))["c"].to_pylist() == [most, most.copy_negate()]
    assert str(read(of(DECIMAL)).schema[0].type) == "decimal128(38, 0)"
    assert str(read(of(DECIMAL, Decimal("1E+3"))).schema[0].type) == "decimal128(38, 0)"


def test_decimals_of_more_digits_are_text() -> None:
    wide = [Decimal("1e30"), Decimal("0.123456789"), None]
    found = read(of(DECIMAL, *wide))
    assert str(found.schema[0].type) == "string"
    assert found["c"].to_pylist() == ["1" + "0" * 30, "0.123456789", None]


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 10**40])
def test_an_integer_beyond_64_bits_is_refused_by_the_name_of_its_column(value: int) -> None:
    with pytest.raises(QuantityError, match=r"column c: .* is outside the range of 64 bits"):
        read(of(INTEGER, 1, value))


@pytest.mark.parametrize(
    ("item", "wanted"),
    [
        (of(TEXT, "a", None, "ş"), pa.large_string()),
        (of(INTEGER, 1, None, 127), pa.int8()),
        (of(INTEGER, 1, None, 255), pa.uint8()),
        (of(INTEGER, 1, None, -30_000), pa.int16()),
        (of(INTEGER, 1, None, 30_000), pa.uint16()),
        (of(INTEGER, 1, None, 2**31 - 1), pa.int32()),
        (of(INTEGER, 1, None, 2**32 - 1), pa.uint32()),
        (of(INTEGER, 1, None, 2**63 - 1), pa.uint64()),
        (of(INTEGER, 1, None), pa.int64()),
        (of(DECIMAL, Decimal("1.5"), None), pa.decimal128(10, 2)),
        (of(DECIMAL, Decimal("1.5"), None), pa.decimal256(70, 30)),
        (of(DECIMAL, Decimal("1.5"), None), pa.string()),
        (of(DECIMAL, Decimal("1.5"), None), pa.decimal128(38, 1)),
    ],
)
def test_another_representation_is_given_where_it_is_exact(item: Table, wanted: pa.DataType) -> None:
    found = read(item, wanted)
    found.validate(full=True)
    assert found.schema[0].type == wanted
    expected = [None if value is None else value for (value,) in item.rows]
    values = found["c"].to_pylist()
    assert [Decimal(v) if isinstance(e, Decimal) else v for e, v in zip(expected, values, strict=True)] == expected


@pytest.mark.parametrize(
    ("item", "wanted"),
    [
        (of(INTEGER, 128), pa.int8()),
        (of(INTEGER, -1), pa.uint64()),
        (of(INTEGER, 1), pa.float64()),
        (of(INTEGER, 1), pa.string()),
        (of(DECIMAL, Decimal("1.5")), pa.float64()),
        (of(DECIMAL, Decimal("1.55")), pa.decimal128(10, 1)),
        (of(DECIMAL, Decimal(1000)), pa.decimal128(3, 0)),
        (of(DECIMAL, Decimal(1)), pa.decimal32(3, 0)),
        (of(TEXT, "1"), pa.int64()),
        (of(TEXT, "1"), pa.dictionary(pa.int32(), pa.string())),
        (of(TIME, datetime(2024, 1, 1, tzinfo=UTC)), pa.timestamp("us")),
        (of(DATE, date(2024, 1, 1)), pa.date64()),
        (of(BOOLEAN, True), pa.int8()),
    ],
)
def test_a_request_that_would_change_a_value_is_ignored(item: Table, wanted: pa.DataType) -> None:
    assert read(item, wanted).schema == read(item).schema


def test_one_column_that_cannot_be_given_so_leaves_the_whole_schema() -> None:
    item = Table("t", (Column("a", INTEGER), Column("b", INTEGER)), ((1, 300),))
    schema = pa.schema([("a", pa.int8()), ("b", pa.int8())])
    found = pa.RecordBatchReader._import_from_c_capsule(arrow.stream(item, schema.__arrow_c_schema__())).read_all()
    assert found.schema.types == [pa.int64(), pa.int64()]


@pytest.mark.parametrize(
    "names",
    [["other"], [], ["c", "more"]],
)
def test_a_request_of_other_columns_is_refused(names: list[str]) -> None:
    schema = pa.schema([(name, pa.string()) for name in names])
    with pytest.raises(
        QuantityError, match=r"requested_schema: it has the columns .*, expected those of the table: \['c'\]"
    ):
        arrow.stream(of(TEXT, "a"), schema.__arrow_c_schema__())


@pytest.mark.parametrize(
    "wanted",
    [b"d:", b"d:a,b", b"d:5", b"d:76,2", b"d:10,2,7", b"d:100,5,256", b"d:999999999999,2,256", b"d:-5,-9", b"d:0,0",
     "d:10,٣".encode(), b"d:9,2,32", b"", b"zz", b"vu"],
)  # fmt: skip
def test_a_format_that_nothing_has_leaves_the_own_schema(wanted: bytes) -> None:
    item = of(DECIMAL, Decimal("1.5"), None)
    asked = Producer([Node(b"+s", children=[Node(wanted, name=b"c")])])
    reader = pa.RecordBatchReader._import_from_c_capsule(arrow.stream(item, asked.schema_capsule()))
    assert reader.read_all().schema[0].type == pa.decimal128(38, 1)


def test_a_format_that_is_no_text_is_refused() -> None:
    asked = Producer([Node(b"+s", children=[Node(b"\xff", name=b"c")])])
    with pytest.raises(QuantityError, match="expected a capsule with an Arrow schema"):
        arrow.stream(of(DECIMAL, Decimal("1.5")), asked.schema_capsule())


@pytest.mark.parametrize("requested", [5, "c", object(), Producer([])])
def test_a_request_that_is_no_schema_is_refused(requested: object) -> None:
    with pytest.raises(QuantityError, match="expected a capsule with an Arrow schema"):
        arrow.stream(of(TEXT, "a"), requested)


def test_a_requested_type_that_is_no_table_is_refused() -> None:
    with pytest.raises(QuantityError, match="it has the columns"):
        arrow.stream(of(TEXT, "a"), pa.string().__arrow_c_schema__())


@pytest.fixture
def buffers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Weak references to the numbers that streams hold."""
    from array import array
    from weakref import ref

    made: list[Any] = []

    def remembered(*args: Any) -> Any:
        found = array(*args)
        made.append(ref(found))
        return found

    monkeypatch.setattr(arrow, "array", remembered)
    return made


@pytest.mark.parametrize("read_rows", [0, 1, 2])
def test_a_stream_that_nobody_reads_to_its_end_leaks_nothing(buffers: list[Any], read_rows: int) -> None:
    item = Table("t", (Column("n", INTEGER), Column("s", TEXT)), ((1, "a"),) * 70_000)
    if read_rows == 0:
        capsule = arrow.stream(item)
        assert len(buffers) == 4
        assert all(item() is not None for item in buffers)
        del capsule
    else:
        reader = pa.RecordBatchReader.from_stream(Streamed(item))
        batches = [reader.read_next_batch() for _ in range(read_rows)]
        assert all(item() is not None for item in buffers)
        assert batches[0]["n"][0].as_py() == 1
        reader.close()
        del reader, batches
    gc.collect()
    assert [item() for item in buffers] == [None] * 4


def test_a_stream_is_read_once_and_a_table_often() -> None:
    streamed = Streamed(of(INTEGER, 1))
    assert pa.table(streamed) == pa.table(streamed)
    capsule = arrow.stream(streamed.item)
    pa.RecordBatchReader._import_from_c_capsule(capsule).read_all()
    with pytest.raises(Exception, match="released"):
        pa.RecordBatchReader._import_from_c_capsule(capsule)


def test_without_nanoarrow_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nanoarrow", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'carbon-ledger\[frames\]'"):
        arrow.stream(of(TEXT, "a"))


@pytest.mark.outside
def test_a_listing_loads_no_library_before_it_is_asked() -> None:
    code = (
        "import sys, carbon_ledger as cl\n"
        "cl.open_ledger(':memory:').positions().rows()\n"
        "print([name for name in ('nanoarrow', 'xlsxwriter', 'pyarrow') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_the_stream_is_a_capsule_of_the_interface() -> None:
    assert 'capsule object "arrow_array_stream"' in repr(arrow.stream(of(TEXT, "a")))
    assert na.Array(Streamed(of(TEXT, "a"))).to_pylist() == [{"c": "a"}]
