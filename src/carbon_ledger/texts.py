"""Texts that somebody wrote: the one statement of what they may hold, for whoever gives them and for entries."""

import re
from typing import Final

from carbon_ledger.errors import QuantityError
from carbon_ledger.printing import quote

MAX_TEXT: Final = 2_000  # characters of any text that somebody wrote
# Patterns that Python and ECMA-262 read alike: no control character, no lone surrogate, and not blank.
_BLANK: Final = r"\u0020\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_CONTROL: Final = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ud800-\udfff"
_BREAK: Final = r"\u0009\u000a\u000d\u2028\u2029"  # what a text may hold, and a line may not
TEXT_PATTERN: Final = rf"^[{_BREAK}{_BLANK}]*[^{_CONTROL}{_BREAK}{_BLANK}][^{_CONTROL}]*$"
LINE_PATTERN: Final = rf"^[{_BLANK}]*[^{_CONTROL}{_BREAK}{_BLANK}][^{_CONTROL}{_BREAK}]*$"
WORDS: Final = f"text of 1 to {MAX_TEXT:,} characters, not blank and without control characters"

_TEXT: Final = re.compile(TEXT_PATTERN.removesuffix("$") + r"\Z")
_LINE: Final = re.compile(LINE_PATTERN.removesuffix("$") + r"\Z")


def is_text(value: object) -> bool:
    """Whether *value* is a text that somebody may write, of several lines or one."""
    return isinstance(value, str) and len(value) <= MAX_TEXT and _TEXT.match(value) is not None


def is_line(value: object) -> bool:
    """Whether *value* is a text of one line that somebody may write."""
    return isinstance(value, str) and len(value) <= MAX_TEXT and _LINE.match(value) is not None


def text(value: object, name: str) -> str:
    """Take a text that somebody wrote: a reason, a note; it may have several lines.

    Args:
        value: The text.
        name: What it is, for the message.

    Returns:
        The text, unchanged.

    Raises:
        QuantityError: *value* is no text, is blank, is longer than 2,000 characters, or holds a control
            character or a lone surrogate.

    Example:
        >>> text("the feeder was down", "reason")
        'the feeder was down'
    """
    if not isinstance(value, str) or not is_text(value):
        raise QuantityError(f"{name} {quote(value)}: expected {WORDS}")
    return value


def line(value: object, name: str) -> str:
    """Take a text of one line that somebody wrote: a name, an actor, an idempotency key.

    Args:
        value: The text.
        name: What it is, for the message.

    Returns:
        The text, unchanged.

    Raises:
        QuantityError: *value* is no text, is blank, is longer than 2,000 characters, or holds a line break,
            another control character or a lone surrogate.

    Example:
        >>> line("Kəlbəcər SES", "name")
        'Kəlbəcər SES'
    """
    if not isinstance(value, str) or not is_line(value):
        raise QuantityError(f"{name} {quote(value)}: expected {WORDS}")
    return value
