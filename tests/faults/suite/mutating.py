"""Wrong inputs made of right ones: the same for the same seed."""

import random
from collections.abc import Sequence
from typing import Final

# What parsers get wrong: digits and signs of many kinds, line ends, brackets, blanks, marks of other formats.
TOKENS: Final = (
    "", "0", "-0", "+1", "1e9", "NaN", "Infinity", "9" * 30, "9" * 4_400, "0" * 500, "1_000", "1,000", "0x1f",
    "²", "٣", "\uff11", "½", "\0", "\n", "\r\n", "\r", "\t", " ", "\u00a0", "\u2028", "\u202e", "\u200b",
    "\ufeff", "\x1b[2K", "\x85", "é", "İ", "ß", "\U0001d7d9", '"', '""', "'", ",", ";", "|", "/", "//", "..",
    "-", "--", "—", "+", "=", "==", "%", ":", "{", "}", "[", "]", "{}", "[]", "null", "true", "1.5", "Z",
    "+14:00", "-23:59", "T24:00:00", "60", "0000", "9999", "99999", "1969", "-0001", "02-29", "02-30", "W01",
    "sha256:", "MWh", "kWh/MWh", "tCO2e", "(", ")", "*", "**", "^", "\\", "\\u0000", "\\ud800", "[" * 200,
    '{"a":' * 50,
)  # fmt: skip


def mutated(data: bytes, others: Sequence[bytes], choose: random.Random) -> bytes:
    """A wrong form of an input: one to four changes, of bytes, of tokens, or of pieces of other inputs.

    Args:
        data: A valid input.
        others: Valid inputs of the same parser.
        choose: What decides.
    """
    found = bytearray(data)
    for _ in range(choose.choice((1, 1, 1, 2, 4))):
        at = choose.randrange(len(found) + 1)
        end = min(len(found), at + choose.choice((1, 1, 2, 4, 16)))
        what = choose.randrange(9)
        if what == 0 and found:
            found[at - 1] ^= 1 << choose.randrange(8)
        elif what == 1:
            del found[at:end]
        elif what == 2:
            found[at:at] = found[at:end] * choose.choice((1, 2, 40))
        elif what in (3, 4):
            found[at : at if what == 3 else end] = choose.choice(TOKENS).encode("utf-8", "surrogatepass")
        elif what == 5:
            other = choose.choice(others)
            cut = choose.randrange(len(other) + 1)
            found[at:] = other[cut:]
        elif what == 6:
            del found[at:]
        elif what == 7:
            found[at:end] = choose.randbytes(end - at)
        else:
            _retype(found, choose)
    return bytes(found[:20_000])


def _retype(found: bytearray, choose: random.Random) -> None:
    """Replace a run of digits, or of letters, by a token."""
    places = [k for k, byte in enumerate(found) if chr(byte).isalnum()]
    if places:
        at = end = choose.choice(places)
        while end < len(found) and chr(found[end]).isdigit() == chr(found[at]).isdigit() and chr(found[end]).isalnum():
            end += 1
        found[at:end] = choose.choice(TOKENS).encode("utf-8", "surrogatepass")
