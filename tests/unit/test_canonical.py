"""Canonical JSON: the bytes of an independent encoder, and refusal of every other spelling."""

import enum
import hashlib
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from carbon_ledger.canonical import IDENTIFIER, digest, dumps, identifier, loads
from carbon_ledger.column import MAX_INTEGER
from carbon_ledger.errors import BrokenLogError, QuantityError

KEYS = st.text(st.characters(max_codepoint=127))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
INTEGERS = st.integers(-MAX_INTEGER, MAX_INTEGER)
VALUES = st.recursive(
    TEXTS | INTEGERS | st.booleans(),
    lambda inner: st.lists(inner) | st.lists(INTEGERS) | st.dictionaries(KEYS, inner),
    max_leaves=30,
)

ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def quoted(text: str) -> str:
    """A string as RFC 8785 section 3.2.2.2 writes it, character by character."""
    parts = [ESCAPES.get(each) or (f"\\u{ord(each):04x}" if ord(each) < 0x20 else each) for each in text]
    return '"' + "".join(parts) + '"'


def independent(value: Any) -> str:
    """RFC 8785 without Python's json: keys in the order of their UTF-16 code units (section 3.2.3)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list):
        return "[" + ",".join(map(independent, value)) + "]"
    names = sorted(value, key=lambda name: name.encode("utf-16-be"))
    return "{" + ",".join(f"{quoted(name)}:{independent(value[name])}" for name in names) + "}"


@given(VALUES)
def test_the_bytes_are_those_of_an_independent_encoder(value: Any) -> None:
    assert dumps(value) == independent(value).encode("utf-8")


def with_lists(value: Any) -> Any:
    """The same, with lists for columns: a long list of whole numbers is read as a column."""
    if isinstance(value, dict):
        return {name: with_lists(item) for name, item in value.items()}
    return [with_lists(item) for item in value] if isinstance(value, list | tuple) else value


@given(VALUES)
@example({"": [0] * 40})
def test_values_survive_writing_and_reading(value: Any) -> None:
    data = dumps(value)
    assert with_lists(loads(data)) == value
    assert json.loads(data) == value
    assert dumps(loads(data)) == data


@given(st.dictionaries(KEYS, INTEGERS, min_size=2), st.randoms())
def test_the_order_of_keys_does_not_matter(value: dict[str, int], random: Any) -> None:
    names = list(value)
    random.shuffle(names)
    assert dumps({name: value[name] for name in names}) == dumps(value)


@given(VALUES, st.sampled_from([{"indent": 1}, {"separators": (", ", ":")}, {"separators": (",", ": ")}]))
def test_space_between_tokens_is_refused(value: Any, style: dict[str, Any]) -> None:
    loose = json.dumps(value, ensure_ascii=False, sort_keys=True, **style).encode("utf-8")
    if loose == dumps(value):
        return
    with pytest.raises(BrokenLogError, match="not canonical"):
        loads(loose)


@given(VALUES.filter(lambda value: not json.dumps(value, ensure_ascii=False).isascii()))
def test_an_unnecessary_escape_is_refused(value: Any) -> None:
    escaped = json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode("ascii")
    assert json.loads(escaped) == value
    with pytest.raises(BrokenLogError, match="not canonical"):
        loads(escaped)


@given(
    st.binary(max_size=40) | VALUES.map(dumps).flatmap(lambda data: st.integers(0, len(data)).map(lambda n: data[:n]))
)
def test_bytes_are_read_only_if_they_are_the_encoding_of_their_value(data: bytes) -> None:
    try:
        value = loads(data)
    except BrokenLogError:
        return
    assert independent(value).encode("utf-8") == data


def test_the_example_of_the_rfc() -> None:
    """RFC 8785 sections 3.2.2 to 3.2.4: the strings of its example."""
    text = "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/"
    assert dumps(text) == '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'.encode()
    assert dumps("€$").hex() == "22e282ac2422"


def test_every_character_below_the_space_has_one_spelling() -> None:
    spelled = {chr(code): dumps(chr(code))[1:-1].decode() for code in range(0x20)}
    assert {character: text for character, text in spelled.items() if len(text) == 2} == {
        character: text for character, text in ESCAPES.items() if character < " "
    }
    assert all(text == f"\\u{ord(character):04x}" for character, text in spelled.items() if len(text) != 2)
    for plain in ("\u007f", "\u0080", "\u2028", "\u2029", "\ufeff", "\uffff", "\U0010ffff", "/", "<"):
        assert dumps(plain) == f'"{plain}"'.encode()
    for other in (b'"\\u000A"', b'"\\u000a"', b'"\\u001F"', b'"\\/"', b'"\\u002f"', b'"\\ud834\\udd1e"', b'"\x1f"'):
        with pytest.raises(BrokenLogError):
            loads(other)


class Number(enum.IntEnum):
    """An int that is not a plain one."""

    ONE = 1


@pytest.mark.parametrize(
    "value",
    [
        None,
        0.0,
        1.5,
        float("nan"),
        float("inf"),
        MAX_INTEGER + 1,
        -MAX_INTEGER - 1,
        Number.ONE,
        b"x",
        {1},
        "\ud800",
        "a\udfff",
        {"ə": 1},
        {1: 1},
        {True: 1},
        {None: 1},
        {"\ud800": 1},
    ],
)
@pytest.mark.parametrize(
    "wrap", [lambda x: x, lambda x: [x], lambda x: [1, x], lambda x: {"a": x}, lambda x: [[{"a": (x,)}]]]
)
def test_invalid_values_are_refused_at_any_depth(value: object, wrap: Any) -> None:
    with pytest.raises(QuantityError):
        dumps(wrap(value))


def test_the_largest_integers_are_written_and_a_tuple_is_a_list() -> None:
    assert dumps((MAX_INTEGER, -MAX_INTEGER, 0)) == b"[9007199254740991,-9007199254740991,0]"
    assert dumps([True, 1, False, 0]) == b"[true,1,false,0]"
    assert dumps([]) == b"[]"
    assert dumps({}) == b"{}"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b" 1",
        b"1 ",
        b"1\n",
        b"null",
        b"[null]",
        b"1.0",
        b"1e0",
        b"0.1",
        b"-0",
        b"01",
        b"+1",
        b"NaN",
        b"Infinity",
        b"-Infinity",
        b"9007199254740992",
        b"-9007199254740992",
        b"1" * 5000,
        b'{"a":1,"a":1}',
        b'{"b":1,"a":1}',
        b'{"a":1,}',
        b"{'a':1}",
        b'{"\xc3\xa9":1}',
        b'{"\\u0061":1}',
        b'["a", 1]',
        b"[1,]",
        b'"\\u0041"',
        b'"\\ud800"',
        b'"\xed\xa0\x80"',
        b'"\xff"',
        b'"\xc0\x80"',
        b'\xef\xbb\xbf"a"',
        '"a"'.encode("utf-16"),
        b'"a',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"// 1",
    ],
)
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(BrokenLogError):
        loads(data)


def test_a_repeated_key_is_refused_with_the_names_of_the_keys() -> None:
    with pytest.raises(BrokenLogError, match=r"has a key twice: \['a', 'b', 'a'\]"):
        loads(b'{"a":1,"b":1,"a":1}')


@given(st.binary())
def test_a_digest_is_named_after_its_function(data: bytes) -> None:
    assert digest(data) == "sha256:" + hashlib.sha256(data).hexdigest()


@given(st.text() | st.from_regex(IDENTIFIER))
def test_an_id_is_accepted_or_refused_by_name(text: str) -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    allowed = set(letters + letters.upper() + "0123456789._-")
    if 1 <= len(text) <= 64 and set(text) <= allowed and text[0] not in "._-":
        assert identifier(text, "device") == text
    else:
        with pytest.raises(QuantityError, match=r"^device id "):
            identifier(text, "device")


@pytest.mark.parametrize("value", [None, 1, b"a", "", "a\n", "ə", "a b", "a/b", ".a", "-a", "a" * 65])
def test_an_invalid_id_is_refused(value: object) -> None:
    with pytest.raises(QuantityError, match="expected 1 to 64 of the letters"):
        identifier(value, "account")
