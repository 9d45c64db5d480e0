"""Numbers, base64 and lines of the text formats: each value has exactly one spelling."""

from typing import Any

import pytest

from carbon_ledger.errors import FormatError
from carbon_ledger.log.text import check_line, count, read_base64, read_number, read_text


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("7", 7), ("10", 10), ("9223372036854775807", 2**63 - 1)])
def test_number(text: str, number: int) -> None:
    assert read_number(text, "size") == number


BAD_NUMBERS = [
    "",
    "00",
    "01",
    "-1",
    "+1",
    " 1",
    "1 ",
    "1_0",
    "1.0",
    "0x1",
    "1e3",
    "٣",
    "²",
    "9223372036854775808",
    "9" * 40,
    "9" * 9999,
    "1\n",
]


@pytest.mark.parametrize("text", BAD_NUMBERS)
def test_another_spelling_of_a_number_is_refused(text: str) -> None:
    with pytest.raises(FormatError, match="size is"):
        read_number(text, "size")


@pytest.mark.parametrize("value", [True, "1", -1, 2**63, None])
def test_invalid_count_is_refused(value: Any) -> None:
    with pytest.raises(FormatError, match="size is"):
        count(value, "size")


@pytest.mark.parametrize(
    "text", ["", "=", "aGk", "aGk==", "aGl=", "aG k=", "aGk=\n", " aGk=", "aGk=aGk=", "a-_=", "éé==", "aGk=x", "A"]
)
def test_another_spelling_of_base64_is_refused(text: str) -> None:
    """Also the unused last bits of a group: aGl= has the bytes of aGk=."""
    with pytest.raises(FormatError, match="expected standard base64 with padding"):
        read_base64(text, "hash")


@pytest.mark.parametrize("value", ["", "a\nb", "a\x00", "\t", "a\r", "\ud800", None, b"a", 1])
def test_malformed_line_is_refused(value: Any) -> None:
    with pytest.raises(FormatError, match="origin is"):
        check_line(value, "origin")


def test_a_line_may_have_any_letter() -> None:
    assert check_line("Ärende loggböcker + ü\x7f\u2028", "origin") == "Ärende loggböcker + ü\x7f\u2028"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("text", "note is of type str: expected bytes"),
        (None, "note is of type NoneType"),
        (b"a\xff", "not UTF-8 at byte 1"),
        (b"\xed\xa0\x80", "not UTF-8 at byte 0"),
        (b"\xc0\x80", "not UTF-8 at byte 0"),
        (b"ab\x00", r"control character '\\x00' at 2"),
        (b"a\r\n", r"control character '\\r' at 1"),
        (b"a\tb", r"control character '\\t' at 1"),
        (b"\x1f", "control character"),
        (b"a" * 1_000_001, "has 1000001 bytes: expected at most 1000000"),
    ],
)
def test_malformed_text_is_refused(data: Any, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read_text(data, "note")


def test_a_text_is_not_changed() -> None:
    assert read_text("a\n\nü\x7f\x85\u2028".encode(), "note") == "a\n\nü\x7f\x85\u2028"
    assert len(read_text(b"a" * 1_000_000, "note")) == 1_000_000
