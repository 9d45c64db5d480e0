"""The mixin of records: plain values for JSON, and one short line for people."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest
from attrs import field, frozen

import carbon_ledger as cl
from carbon_ledger.errors import QuantityError
from carbon_ledger.records import Record, plain_value, seconds_text, time_text

AT = datetime(2025, 5, 1, 12, 30, 0, 123_456, tzinfo=UTC)


@frozen(kw_only=True, repr=False)
class Thing(Record):
    """A record with a field of each kind."""

    _derived = ("half",)

    name: str
    at: datetime = AT
    until_utc: int | None = None
    amount: Decimal = Decimal(0)
    parts: tuple[object, ...] = ()
    _secret: str = "kept"
    shown: str = field(default="", repr=False)

    @property
    def half(self) -> Decimal:
        return self.amount / 2


def test_a_record_is_its_fields_and_what_is_derived() -> None:
    thing = Thing(name="a", until_utc=1_746_057_600, amount=Decimal("2.50"), parts=(cl.Block("p/2025/1", 1, 3), None))
    assert thing.to_dict() == {
        "name": "a",
        "at": "2025-05-01T12:30:00.123456Z",
        "until": "2025-05-01T00:00:00Z",
        "amount": "2.5",
        "parts": [{"batch_id": "p/2025/1", "first": 1, "last": 3, "count": 3}, None],
        "shown": "",
        "half": "1.25",
    }


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Decimal("1E+3"), "1000"),
        (Decimal("-0.0"), "0"),
        (Decimal("0.50"), "0.5"),
        (Fraction(1, 3), "1/3"),
        (2**80, 2**80),
        (True, True),
        (date(2025, 5, 1), "2025-05-01"),
        (datetime(2025, 5, 1, 4, tzinfo=timezone(timedelta(hours=4))), "2025-05-01T00:00:00Z"),
        (timedelta(minutes=1, microseconds=5), "60.000005 s"),
        (b"\x00\xff", "00ff"),
        ({"a": Decimal(1)}, {"a": "1"}),
        (frozenset({"b", "a"}), ["a", "b"]),
        ((1, (2, "x")), [1, [2, "x"]]),
    ],
)
def test_values_have_plain_forms(value: object, plain: object) -> None:
    assert plain_value(value) == plain


def test_an_amount_is_text_with_its_unit() -> None:
    assert plain_value(cl.quantity("18600.50 MWh")) == "18600.5 MWh"
    assert plain_value(cl.quantity("26880 tCO2e")) == "26880 tCO2e"


def test_what_has_no_plain_form_is_refused() -> None:
    with pytest.raises(QuantityError, match="no plain form"):
        plain_value(0.5)
    with pytest.raises(QuantityError, match="no plain form"):
        plain_value(object())


def test_times_are_written_with_what_they_have() -> None:
    assert time_text(AT) == "2025-05-01T12:30:00.123456Z"
    assert time_text(AT.replace(microsecond=0)) == "2025-05-01T12:30:00Z"
    assert seconds_text(0) == "1970-01-01T00:00:00Z"


def test_a_repr_leaves_out_defaults_private_fields_and_what_is_not_shown() -> None:
    assert repr(Thing(name="a", shown="no")) == "Thing(name='a')"
    assert repr(Thing(name="a", until_utc=0, amount=Decimal("0.10"))) == (
        "Thing(name='a', until=1970-01-01T00:00:00Z, amount=0.1)"
    )


def test_a_repr_is_short_and_safe_to_print() -> None:
    thing = Thing(name="\x1b[2J" + "x" * 500, parts=tuple(cl.Block("p/2025/1", k, k) for k in range(1, 2_001)))
    assert len(repr(thing)) <= 120
    assert repr(thing).isprintable()
    assert repr(Thing(name="a", parts=thing.parts)) == "Thing(name='a', parts=(p/2025/1/1 and 1,999 more))"


def test_a_period_inside_another_record_is_short() -> None:
    local = cl.Period.of("2025-05-01", "2025-06-01", zone="Asia/Baku")
    assert repr(Thing(name="a", parts=(local,))) == "Thing(name='a', parts=(2025-05-01/2025-06-01 Asia/Baku))"
