"""Columns: one text for a value, whoever writes it; one value for a text, whoever reads it."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from carbon_ledger import _accelerator, canonical
from carbon_ledger.canonical import LONG, dumps, loads
from carbon_ledger.column import MAX_INTEGER, Column
from carbon_ledger.core.entries.events import EVENTS
from carbon_ledger.core.entries.schema import check, compile_check
from carbon_ledger.errors import BrokenLogError, QuantityError

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
            try:
                results.append(action())
            except BrokenLogError as error:
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
    assert dumps(columned(value), checked=True) == plain


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


@given(st.lists(INTEGERS, min_size=1))
def test_a_column_has_its_maximum_and_sum(values: list[int]) -> None:
    column = Column(values)
    assert (column.least, column.most, column.total) == (min(values), max(values), sum(values))
    assert column == tuple(values)


@pytest.mark.parametrize("wrong", [[], [1.5], [True], [1, None], ["1"], [2**53], [-(2**53)]])
def test_a_column_contains_only_whole_numbers(wrong: list[Any]) -> None:
    with pytest.raises(QuantityError):
        Column(wrong)


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
