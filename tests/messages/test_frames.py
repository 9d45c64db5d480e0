"""Messages of frames in memory, and of their columns."""

from typing import Any

import carbon_ledger as cl
from carbon_ledger.errors import InexactNumberError, MissingDataError, NaiveTimeError, PeriodError, QuantityError
from tests.messages.ledgers import BAKU, busy
from tests.messages.snapshots import Case, Expect, Refusal, refusals, refused
from tests.support.arrow_producer import Node, Producer, instants, integers, table


def framed(*columns: Node, **more: Any) -> cl.MeterFrame:
    """The readings of a frame of columns."""
    return cl.read_meter_frame(
        Producer([table(*columns)]), **{"time": "time", "zone": BAKU, "step": "1 hour", "values": "net"} | more
    )


def of_type(kind: bytes, name: bytes = b"net") -> Node:
    """A column of another type."""
    return Node(kind, 1, (None, bytes(8)), name)


def recorded(ledger: cl.Ledger, column: Node) -> object:
    """A column that is recorded."""
    return ledger.record_readings("plant", start="2024-07-01T00:00Z", step="1 hour", net_wh=Producer([column]))


NULL = Node(b"l", 2, (b"\x01", bytes(16)), b"net", null_count=1)
DECIMAL = Node(b"d:9,2", 1, (None, bytes(16)), b"net")
FRAMES: list[Refusal] = [
    ("read-frame-of-floats", lambda _: framed(instants([0]), of_type(b"g")), InexactNumberError),
    ("read-frame-of-naive-times", lambda _: framed(of_type(b"tsu:", b"time"), integers([1], b"net")), NaiveTimeError),
    ("read-frame-of-text-times", lambda _: framed(of_type(b"u", b"time"), integers([1], b"net")), PeriodError),
    ("read-frame-without-unit", lambda _: framed(instants([0]), DECIMAL), QuantityError),
    ("read-frame-without-column", lambda _: framed(instants([0]), integers([1], b"nett")), MissingDataError),
    ("read-frame-with-null", lambda _: framed(instants([0, 3600]), NULL), MissingDataError),
    ("read-frame-of-dates", lambda _: framed(Node(b"tdD", 1, (None, bytes(4)), b"time"), NULL), PeriodError),
    ("read-list-as-frame", lambda _: cl.read_meter_frame([1], time="time", zone=BAKU, values="net"), QuantityError),
    ("record-column-of-floats", lambda x: recorded(x, of_type(b"g")), InexactNumberError),
    ("record-column-of-text", lambda x: recorded(x, of_type(b"u")), QuantityError),
    ("record-column-with-null", lambda x: recorded(x, NULL), QuantityError),
    ("record-table-as-column", lambda x: recorded(x, table(NULL)), QuantityError),
]


@refusals(FRAMES)
def test_it_is_refused_in_these_words(case: Case, expect: Expect) -> None:
    expect(refused(case, busy()))
