"""Free text: the characters and the length that are allowed, in arguments and in entries."""

import re
from typing import Final

from carbon_ledger.errors import QuantityError
from carbon_ledger.printing import quote

MAX_TEXT: Final = 2_000  # the most characters of a free text
# Patterns with the same meaning in Python and ECMA-262: no control character, no lone surrogate, and not blank.
_BLANK: Final = r"\u0020\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_CONTROL: Final = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ud800-\udfff"
_BREAK: Final = r"\u0009\u000a\u000d\u2028\u2029"  # allowed in a text, but not in a line
TEXT_PATTERN: Final = rf"^[{_BREAK}{_BLANK}]*[^{_CONTROL}{_BREAK}{_BLANK}][^{_CONTROL}]*$"
LINE_PATTERN: Final = rf"^[{_BLANK}]*[^{_CONTROL}{_BREAK}{_BLANK}][^{_CONTROL}{_BREAK}]*$"
NAME_PATTERN: Final = rf"^[^{_CONTROL}{_BREAK}]*$"  # of one line, possibly empty: a name as a file has it
MAX_NAME: Final = 1_000  # the most characters of such a name
WORDS: Final = f"text of 1 to {MAX_TEXT:,} characters, not blank and without control characters"

_TEXT: Final = re.compile(TEXT_PATTERN.removesuffix("$") + r"\Z")
_NAME: Final = re.compile(NAME_PATTERN.removesuffix("$") + r"\Z")
_LINE: Final = re.compile(LINE_PATTERN.removesuffix("$") + r"\Z")


def is_text(value: object) -> bool:
    """Whether *value* is a valid free text of one or more lines."""
    return isinstance(value, str) and len(value) <= MAX_TEXT and _TEXT.match(value) is not None


def is_line(value: object) -> bool:
    """Whether *value* is a valid free text of one line."""
    return isinstance(value, str) and len(value) <= MAX_TEXT and _LINE.match(value) is not None


def is_name(value: object) -> bool:
    """Whether *value* is a name as a file can have it: one line without control characters, possibly empty."""
    return isinstance(value, str) and len(value) <= MAX_NAME and _NAME.match(value) is not None


def text(value: object, name: str) -> str:
    """Return a free text after checking it, such as a reason or a note. It may have several lines.

    Args:
        value: The text.
        name: The name of the argument, for the message.

    Returns:
        The text, unchanged.

    Raises:
        QuantityError: *value* is not text, is blank, is longer than 2,000 characters, or contains a control character
            or a lone surrogate.

    Example:
        >>> text("the feeder was down", "reason")
        'the feeder was down'
    """
    if not isinstance(value, str) or not is_text(value):
        raise QuantityError(f"{name} {quote(value)}: expected {WORDS}")
    return value


def line(value: object, name: str) -> str:
    """Return a free text of one line after checking it, such as a name, an actor or an idempotency key.

    Args:
        value: The text.
        name: The name of the argument, for the message.

    Returns:
        The text, unchanged.

    Raises:
        QuantityError: *value* is not text, is blank, is longer than 2,000 characters, or contains a line break, another
            control character or a lone surrogate.

    Example:
        >>> line("Kəlbəcər SES", "name")
        'Kəlbəcər SES'
    """
    if not isinstance(value, str) or not is_line(value):
        raise QuantityError(f"{name} {quote(value)}: expected {WORDS}")
    return value


def optional_line(value: object, name: str) -> str | None:
    """Return a free text of one line after checking it, or ``None`` if *value* is ``None``.

    Args:
        value: The text, or ``None``.
        name: The name of the argument, for the message.

    Raises:
        QuantityError: *value* is neither ``None`` nor a text as `line` requires it.
    """
    return None if value is None else line(value, name)
