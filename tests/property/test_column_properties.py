"""Columns: one text for a value, whoever writes it; one value for a text, whoever reads it."""

import enum
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from carbon_ledger import _accelerator, canonical, column
from carbon_ledger.canonical import dumps, loads
from carbon_ledger.column import LONG, MAX_INTEGER, Column
from carbon_ledger.core.entries.events import EVENTS
from carbon_ledger.core.entries.schema import check, compile_check
from carbon_ledger.errors import BrokenLogError, QuantityError
from carbon_ledger.packed import MOST_VALUES, none_above, pack

INTEGERS = st.integers(-MAX_INTEGER, MAX_INTEGER)
LISTS = st.lists(INTEGERS, min_size=LONG, max_size=LONG + 300)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NAMES = st.sampled_from(("a", "b", "net_wh", "z"))
ENTRIES = st.dictionaries(
    NAMES, LISTS | TEXTS | INTEGERS | st.dictionaries(NAMES, LISTS | TEXTS, min_size=1), min_size=1
)


def columned(value: Any) -> Any:
    """The same value with its long lists of integers as columns."""
    if isinstance(value, dict):
        return {key: columned(item) for key, item in value.items()}
    return Column(value) if isinstance(value, list) else value


def with_and_without(action: Callable[[], Any]) -> tuple[Any, Any]:
    """What an action gives, or the error it raises, with the accelerator and without it."""
    results = []
    for fast in (_accelerator.accelerator, lambda: None):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(canonical, "accelerator", fast)
            patch.setattr(column, "accelerator", fast)
            patch.setattr(canonical, "_FEW", 0)  # the accelerator is loaded for the first short value
            try:
                results.append(action())
            except (BrokenLogError, QuantityError) as error:
                results.append(str(error))
    return results[0], results[1]


def test_the_accelerator_is_installed() -> None:
    assert _accelerator.accelerator() is not None, "install the extra 'fast': pip install 'carbon-ledger[fast]'"


@given(ENTRIES)
@example({"a": [0] * 600, "b": "\0column"})
def test_a_column_is_written_as_the_list_that_it_is(value: dict[str, Any]) -> None:
    plain = canonical._encode(value).encode()
    fast, slow = with_and_without(lambda: dumps(columned(value)))
    assert fast == slow == plain
    fast, slow = with_and_without(lambda: dumps(columned(value), checked=True))
    assert fast == slow == plain


ANY_TEXT = st.text(st.characters(), max_size=20)  # lone surrogates included
SHORT_VALUES = st.recursive(
    ANY_TEXT | INTEGERS | st.booleans(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(max_codepoint=127)), inner),
    max_leaves=12,
)
CONTROLS = "".join(map(chr, (*range(0x20), 0x7F, 0x80, 0x2028, 0xFEFF, 0xFFFF, 0x10FFFF)))


@given(SHORT_VALUES)
@example({"b": CONTROLS, "a": {"": [], "B": {}, "\x7f": [True, 1, False, 0]}})
@example("\ud800")
def test_a_short_value_is_written_and_read_the_same_with_and_without_the_accelerator(value: Any) -> None:
    fast, slow = with_and_without(lambda: dumps(value, checked=True))
    assert fast == slow
    if isinstance(slow, bytes):
        for shaped in (True, False):
            fast, slow = with_and_without(lambda shaped=shaped: loads(dumps(value), shaped=shaped))
            assert (fast, repr(fast)) == (slow, repr(slow))


TOKENS = st.sampled_from(
    (
        *(
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            '"a"',
            '"b"',
            '""',
            '"\\u0041"',
            '"\\ud800"',
            '"\\n"',
            '"\\u000a"',
            '"\x1f"',
            '"é"',
        ),
        *("0", "1", "-0", "-1", "01", "1.0", "1.5", "1e0", "1E5", "-1.5e-3", "9007199254740992", "1" * 25, "1" * 400),
        *("true", "false", "null", "NaN", "Infinity", "-Infinity", " ", "\n", '{"a":1,"a":1}', '{"b":1,"a":1}'),
    )
)
DOCUMENTS = st.recursive(
    TOKENS,
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda items: f"[{','.join(items)}]")
        | st.dictionaries(st.sampled_from(("a", "b", "c")), inner, max_size=3).map(
            lambda fields: "{" + ",".join(f'"{key}":{item}' for key, item in fields.items()) + "}"
        )
        | st.lists(inner, max_size=4).map("".join)
    ),
    max_leaves=8,
)


@given(DOCUMENTS, st.booleans())
@example('{"a":1.5}', True)
@example('{"a":null}', True)
@example('{"a":1e400}', True)
@example("1" * 5_000, True)
@example("[" * 2_000 + "]" * 2_000, True)
def test_text_of_any_kind_is_read_or_refused_the_same_with_and_without_the_accelerator(text: str, shaped: bool) -> None:
    fast, slow = with_and_without(lambda: loads(text.encode(), shaped=shaped))
    assert (fast, repr(fast)) == (slow, repr(slow))


@given(ENTRIES)
@example({"a": [0] * 600, "b": "[-0, 1]"})
@example({"a": [0] * 600, "b": "\0column"})
def test_text_is_read_the_same_with_and_without_the_accelerator(value: dict[str, Any]) -> None:
    data = canonical._encode(value).encode()
    fast, slow = with_and_without(lambda: loads(data))
    assert fast == slow == columned(value)
    assert str(fast) == str(slow)


@given(ENTRIES, st.data())
def test_damaged_text_is_refused_with_and_without_the_accelerator(value: dict[str, Any], data: st.DataObject) -> None:
    text = canonical._encode(value).encode()
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(
        st.sampled_from((b" ", b"-0", b"1.5", b"1e3", b",", b"true", b"null", b'"', b"]", b"0", b"\n", b"+"))
    )
    damaged = text[:at] + other + text[at + data.draw(st.integers(0, 1)) :]
    fast, slow = with_and_without(lambda: loads(damaged))
    assert fast == slow
    if not isinstance(fast, str):
        assert dumps(fast) == damaged


LONG_LIST = b"[" + b"7," * 2000 + b"7]"


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":' + LONG_LIST.replace(b"[7,", b"[-0,") + b"}",
        b'{"a":' + LONG_LIST.replace(b"[7,", b"[ 7,") + b"}",
        b'{"a":' + LONG_LIST.replace(b"[7,", b"[7.0,") + b"}",
        b'{"a":' + LONG_LIST.replace(b"[7,", b"[9007199254740992,") + b"}",
        b'{"a":' + LONG_LIST + b',"a":1}',
        b'{"a":' + LONG_LIST + b',"b":1 }',
        b'{"b":1,"a":' + LONG_LIST + b"}",
        b'{"a":' + LONG_LIST + b',"b":"\\ud800"}',
        b'{"a":' + LONG_LIST + b',"b":1}x',
    ],
)
def test_noncanonical_text_is_refused_with_and_without_the_accelerator(text: bytes) -> None:
    fast, slow = with_and_without(lambda: loads(text))
    assert isinstance(fast, str)
    assert fast == slow


@given(st.lists(INTEGERS, min_size=1) | LISTS)
def test_a_column_has_its_maximum_and_sum(values: list[int]) -> None:
    for found in with_and_without(lambda: Column(values)):
        require_facts(found, values)


def require_facts(found: Column, values: list[int]) -> None:
    """The facts of a column are those of its values."""
    assert (found.least, found.most, found.total) == (min(values), max(values), sum(values))
    assert found.has_negative == (min(values) < 0)
    assert found.data == canonical._encode(values).encode()
    assert found == tuple(values)


class Number(enum.IntEnum):
    """An int that is not a plain one, and that msgspec writes with digits."""

    ONE = 1


class Digits(enum.Enum):
    """No int, but msgspec writes it with digits, too."""

    ONE = 1


WRONG = (1.5, 1.0, True, None, "1", 2**53, -(2**53), 2**64, -(2**70), Number.ONE, Digits.ONE, msgspec.Raw(b"1,2"))


@pytest.mark.parametrize("size", [1, LONG - 1, LONG, LONG + 1, 700])
@pytest.mark.parametrize("wrong", WRONG, ids=[type(wrong).__name__ + str(k) for k, wrong in enumerate(WRONG)])
def test_a_column_contains_only_whole_numbers(wrong: Any, size: int) -> None:
    """The same is refused in the same words, whether the accelerator writes the column or not."""
    for at in {0, size // 2, size - 1}:
        values = [*[7] * at, wrong, *[7] * (size - at - 1)]
        fast, slow = with_and_without(lambda values=values: Column(values))
        assert isinstance(slow, str)
        assert fast == slow
    assert isinstance(with_and_without(lambda: Column([]))[0], str)


VALUES = st.recursive(
    TEXTS
    | INTEGERS
    | st.booleans()
    | st.none()
    | st.sampled_from(("sha256:" + "a" * 64, "2024-01-01T00:00:00Z", "0.5", "p-1")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("batch", "first", "last", "p-1")), inner)
    ),
    max_leaves=8,
)


@given(st.sampled_from(sorted(EVENTS)), st.data())
def test_valid_columns_are_those_that_the_check_accepts(kind: str, data: st.DataObject) -> None:
    schema = EVENTS[kind]
    names = data.draw(st.sets(st.sampled_from(sorted(schema["properties"]))))
    value = {name: data.draw(plausible(schema["properties"][name])) for name in names | set(schema["required"])}
    name = data.draw(st.sampled_from(sorted(value)))
    if data.draw(st.booleans()):
        value[name] = data.draw(VALUES)
    try:
        check(value, schema, "event")
        accepted = True
    except BrokenLogError:
        accepted = False
    assert compile_check(schema)(value) is accepted


def plausible(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that mostly fit a shape."""
    match schema["type"]:
        case "string" if "enum" in schema:
            return st.sampled_from(schema["enum"])
        case "string" if "pattern" in schema:
            return st.from_regex(schema["pattern"].removesuffix("$") + r"\Z")
        case "string":
            return TEXTS
        case "integer":
            return st.integers(schema.get("minimum", -5) - 1, min(schema.get("maximum", 5), 2**40))
        case "boolean":
            return st.booleans()
        case "array":
            return st.lists(plausible(schema["items"]), max_size=3)
    fields = schema.get("properties", {})
    required = {name: plausible(fields[name]) for name in schema.get("required", ())}
    optional = {name: plausible(field) for name, field in fields.items() if name not in required}
    if fields:
        return st.fixed_dictionaries(required, optional=optional)
    return st.dictionaries(st.sampled_from(("p-1", "a b", "d")), plausible(schema["additionalProperties"]), max_size=2)


SHORT_INTEGERS = st.integers(-(2**31), 2**31 - 1)


def naive(values: list[Any]) -> tuple[int, int, int, bool] | str:
    """What a column says of values, computed one by one; or that it is refused."""
    if not values or any(type(item) is not int or abs(item) > MAX_INTEGER for item in values):
        return "refused"
    return max(values), min(values), sum(values), any(item < 0 for item in values)


def said(values: list[Any]) -> tuple[int, int, int, bool] | str:
    """What a column says of values, or that it is refused."""
    try:
        found = Column(values)
    except QuantityError:
        return "refused"
    return found.most, found.least, found.total, found.has_negative


class _Level(enum.IntEnum):
    ONE = 1


class _Whole(int):
    """A subclass of int."""


class _Adding:
    """A value that can be added to a number."""

    def __radd__(self, other: int) -> int:
        return other


class _Raising:
    """A value that raises an error of its own when it is added."""

    def __radd__(self, other: int) -> int:
        raise LookupError(other)


PLAIN_KINDS: tuple[object, ...] = (True, 1.0, 2.5, None, "1", "i", b"iiiii", 1j, [1], (1,), {}, range(2))
STRANGE: st.SearchStrategy[Any] = st.sampled_from((*PLAIN_KINDS, _Level.ONE, _Whole(7), _Adding(), _Raising()))


@given(st.lists(SHORT_INTEGERS) | st.lists(SHORT_INTEGERS | INTEGERS | STRANGE, max_size=40))
@example([True, 1.0])  # as long as two numbers when packed
@example([2**23])
@example([-(2**23) - 1])
@example([2**31 - 1, -(2**31)])
@example([2**31, 0])
@example([-(2**31) - 1])
@example([MAX_INTEGER + 1])
@example([0x69696969] * 5)
@example([msgspec.Raw(b"1")])
@example([np.int64(3), 4])
@example([np.array([1, 2, 3, 4, 5], dtype="int32")])
def test_a_column_says_what_its_values_say_one_by_one(values: list[Any]) -> None:
    fast, slow = with_and_without(lambda: said(values))
    assert fast == slow == naive(values)


@given(st.lists(st.integers(0, 2**31 - 1) | st.integers(0, 300), min_size=1, max_size=60), st.data())
@example([2**31 - 1], None)
@example([2**24], None)
def test_a_column_is_compared_with_a_bound_as_each_value_is(values: list[int], data: Any) -> None:
    near = [max(values) + more for more in (-1, 0, 1) if max(values) + more >= 0]
    drawn = [] if data is None else data.draw(st.lists(st.integers(0, 2**33) | st.sampled_from(values), max_size=5))
    for bound in (*near, *drawn, 0, 70_000, 2**20, 2**23, 2**24, 2**31 - 1, 2**31, MAX_INTEGER):
        assert Column(values).is_at_most(bound) == (max(values) <= bound)
        assert none_above(pack(tuple(values)) or b"", bound) == (max(values) <= bound)


@given(st.lists(INTEGERS, min_size=1, max_size=60), st.integers(0, MAX_INTEGER))
def test_a_column_with_negative_or_long_values_is_compared_with_a_bound_too(values: list[int], bound: int) -> None:
    assert Column(values).is_at_most(bound) == (max(values) <= bound)


def test_only_short_columns_of_short_integers_are_packed() -> None:
    assert pack((1, -1)) == b"i\1\0\0\0i\xff\xff\xff\xff"
    assert pack((0,) * MOST_VALUES) is not None
    assert pack((0,) * (MOST_VALUES + 1)) is None
    assert Column([5] * (MOST_VALUES + 1)).is_at_most(5)
    assert not Column([5] * (MOST_VALUES + 1)).is_at_most(4)


def test_lists_that_contain_one_another_are_refused_at_once() -> None:
    value: list[Any] = [1]
    for _ in range(60):  # written out, it would have 2^60 items
        value = [value, value]
    several: list[list[Any]] = [[value], [1, value], [1, tuple(value)], [0, {1: value}]]
    for values in several:
        with pytest.raises(QuantityError):
            Column(values)
