"""The Arrow C data interface without a library: what is read, what is released, and what a wrong producer gets."""

import struct
from typing import Any

import pytest
from tests.support.arrow_producer import Node, Producer, instants, integers, table

from carbon_ledger.errors import CarbonLedgerError, MissingDataError, MissingExtraError, QuantityError
from carbon_ledger.metering.columns import one_column, table_columns
from carbon_ledger.metering.readings import column_wh


def words(*texts: str, **more: Any) -> Node:
    octets = [text.encode() for text in texts]
    ends = [sum(map(len, octets[:at])) for at in range(len(octets) + 1)]
    return Node(b"u", len(texts), (None, struct.pack(f"{len(ends)}i", *ends), b"".join(octets)), **more)


def read(node: Node) -> list[Any]:
    return list(one_column(Producer([node]), "c").values)


def test_chunks_follow_each_other_and_are_released() -> None:
    producer = Producer([integers([1, 2]), integers([]), integers([2**53 - 1])])
    assert column_wh(producer, "net_wh") == (1, 2, 2**53 - 1)
    assert sorted(producer.released) == sorted(producer.given) == ["array", "array", "array", "schema"]


def test_a_stream_of_no_chunk_is_an_empty_column() -> None:
    producer = Producer([integers([])])
    producer.chunks = [integers([])]
    with pytest.raises(QuantityError, match="an empty column"):
        column_wh(producer, "net_wh")


def test_an_offset_is_of_the_values_and_of_the_nulls() -> None:
    column = integers([10, 11, 12, 13, 14, 15, 16, 17, 18, 19])
    column.buffers = (bytes([0b1111_1011, 0b10]), column.buffers[1])
    column.null_count, column.offset, column.length = -1, 1, 9
    assert read(column) == [11, None, 13, 14, 15, 16, 17, None, 19]


def test_the_offset_of_a_table_is_added_to_that_of_its_columns() -> None:
    column = integers([0, 1, 2, 3, 4, 5], b"net", offset=1)
    rows = table(column)
    rows.offset, rows.length = 2, 2
    found, count = table_columns(Producer([rows]), ["net"])
    assert (list(found["net"].values), count) == ([3, 4], 2)


def test_only_the_columns_that_are_named_are_read() -> None:
    broken = Node(b"l", 2, (None, None), b"other")
    found, _ = table_columns(Producer([table(integers([1, 2], b"net"), broken)]), ["net"])
    assert list(found) == ["net"]


def test_what_was_handed_over_is_released_after_an_error() -> None:
    producer = Producer([integers([1]), Node(b"l", 2, (None, None)), integers([3])])
    with pytest.raises(QuantityError, match="lacks a buffer"):
        column_wh(producer, "net_wh")
    assert sorted(producer.released) == sorted(producer.given) == ["array", "array", "schema"]


def test_an_error_of_the_producer_is_told() -> None:
    producer = Producer([integers([1]), integers([2])], fails_at=1)
    with pytest.raises(QuantityError, match=r"ended with an error: 'the disk is gone'"):
        column_wh(producer, "net_wh")
    with pytest.raises(QuantityError, match="the disk is gone"):
        column_wh(Producer([integers([1])], schema_fails=True), "net_wh")


WRONG = {
    "a negative length": Node(b"l", -1, (None, b"")),
    "a negative offset": integers([1], offset=-1),
    "no buffers": Node(b"l", 1, ()),
    "ends that go back": Node(b"u", 2, (None, struct.pack("3i", 0, 3, 1), b"abc")),
    "a negative end": Node(b"u", 1, (None, struct.pack("2i", -3, 1), b"abc")),
    "a text that is not UTF-8": Node(b"u", 1, (None, struct.pack("2i", 0, 1), b"\xff")),
    "a view of no buffer": Node(b"vu", 1, (None, struct.pack("=i4sii", 20, b"abcd", 0, 0), b"")),
    "a view beyond its buffer": Node(
        b"vu", 1, (None, struct.pack("=i4sii", 20, b"abcd", 0, 8), b"a" * 24, struct.pack("q", 24))
    ),
    "a view of a negative length": Node(b"vu", 1, (None, struct.pack("=i4sii", -1, b"abcd", 0, 0), b"")),
    "a key beyond its dictionary": Node(b"c", 1, (None, b"\x02"), dictionary=words("a", "b")),
    "a negative key": Node(b"c", 1, (None, b"\xff"), dictionary=words("a", "b")),
    "a decimal without places": Node(b"d:38", 1, (None, bytes(16))),
    "a decimal of words": Node(b"d:a,b", 1, (None, bytes(16))),
    "a decimal of no width": Node(b"d:9,2,0", 1, (None, bytes(16))),
}


@pytest.mark.parametrize("what", WRONG)
def test_an_array_that_is_wrong_is_refused(what: str) -> None:
    producer = Producer([WRONG[what]])
    with pytest.raises(QuantityError):
        one_column(producer, "c")
    assert sorted(producer.released) == sorted(producer.given)


def test_chunks_have_the_columns_of_the_schema_and_no_row_is_null() -> None:
    fewer = Producer([table(integers([1], b"a"), integers([1], b"b")), table(integers([1], b"a"))])
    with pytest.raises(QuantityError, match="a chunk has 1 columns, and the schema 2"):
        table_columns(fewer, ["a"])
    null = table(integers([1, 2], b"a"))
    null.buffers, null.null_count = (b"\x02",), 1
    with pytest.raises(QuantityError, match="a whole row is null"):
        table_columns(Producer([null]), ["a"])


def test_an_extension_type_is_not_read_as_what_it_is_stored_as() -> None:
    key, value = b"ARROW:extension:name", b"arrow.bool8"
    metadata = struct.pack("=i", 2) + b"".join(
        struct.pack("=i", len(text)) + text for text in (b"other", b"x", key, value)
    )
    with pytest.raises(QuantityError, match=r"the extension type 'arrow.bool8'"):
        column_wh(Producer([integers([1], metadata=metadata)]), "net_wh")


def test_texts_in_views_and_dictionaries() -> None:
    long = b"a text of more than twelve"
    views = struct.pack("=i12s", 2, b"kW") + struct.pack("=i4sii", len(long), long[:4], 0, 3)
    column = Node(b"vu", 2, (None, views, b"xyz" + long, struct.pack("q", 3 + len(long))))
    assert read(column) == ["kW", long.decode()]
    keyed = Node(b"c", 4, (b"\x0d", b"\x01\x07\x00\x01"), null_count=1, dictionary=words("a", "b"))
    assert read(keyed) == ["b", None, "a", "b"]


def test_a_capsule_of_something_else_is_refused() -> None:
    class Wrong:
        def __arrow_c_stream__(self) -> object:
            return 5

        def __arrow_c_array__(self) -> object:
            return 5

    class WrongArray:
        def __arrow_c_array__(self) -> object:
            return 5

    class Absent:
        def __arrow_c_stream__(self) -> object:
            raise ImportError("pyarrow is required")

    class Raising:
        def __arrow_c_stream__(self) -> object:
            raise RuntimeError("no")

    for source, error in ((Wrong(), QuantityError), (WrongArray(), QuantityError), (Raising(), QuantityError),
                          (Absent(), MissingExtraError), (Wrong, QuantityError)):  # fmt: skip
        with pytest.raises(error):
            column_wh(source, "net_wh")


def test_a_table_is_no_column_and_a_column_is_no_table() -> None:
    with pytest.raises(QuantityError, match=r"is a table; pass one of its columns"):
        column_wh(Producer([table(integers([1], b"a"))]), "net_wh")
    with pytest.raises(QuantityError, match="is a column; expected a table"):
        table_columns(Producer([integers([1])]), ["a"])
    with pytest.raises(MissingDataError, match="no column 'nett'; did you mean 'net'"):
        table_columns(Producer([table(integers([1], b"net"))]), ["nett"])
    twice = table(integers([1], b"net"), integers([2], b"net"), instants([0]))
    with pytest.raises(QuantityError, match="two columns are named 'net'"):
        table_columns(Producer([twice]), ["net"])


def test_all_refusals_are_of_this_library() -> None:
    for code in (b"", b"x", b"tss", b"tsx:UTC", b"d:", b"+l", b"+r", b"b", b"e", b"z", b"tDs", b"\xff"):
        with pytest.raises(CarbonLedgerError):
            column_wh(Producer([Node(code, 1, (None, bytes(16)))]), "net_wh")
