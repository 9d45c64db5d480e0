"""What to write in place of words that click refuses."""

import shlex
from collections.abc import Iterable, Sequence

import click

from carbon_ledger.command_line.names import PROGRAM
from carbon_ledger.errors import StoreError
from carbon_ledger.files import URL_SCHEMES, reading
from carbon_ledger.printing import named

_LEDGER = b"SQLite format 3\0"  # the first bytes of a ledger file


def usage_text(error: click.UsageError, words: Sequence[str]) -> str:
    """What is wrong with the arguments, what to write instead, and where the help is.

    Args:
        error: The error.
        words: The words after the program's name.
    """
    where = PROGRAM if error.ctx is None else error.ctx.command_path
    return f"{error.format_message()}{_instead(error, words)}\nFor help: {where} --help"


def _instead(error: click.UsageError, words: Sequence[str]) -> str:
    """The end of a message: what to write instead; empty if that is not known."""
    # click has no class for this error.
    if error.message.startswith("Got unexpected extra argument") and not _names_a_file(words):
        return ledger_hint(words)
    return ""


def _names_a_file(words: Iterable[str]) -> bool:
    return any(word == "--file" or word.startswith(("-f", "--file=")) for word in words)


def ledger_hint(words: Iterable[str]) -> str:
    """The end of a message: how to name the ledger, if a word is its file or its URL; else empty.

    Args:
        words: The words.
    """
    ledger = next((word for word in words if word.startswith(URL_SCHEMES) or _is_ledger_file(word)), None)
    return "" if ledger is None else f"; name the ledger with -f {shlex.quote(named(ledger))}"


def _is_ledger_file(word: str) -> bool:
    if not word or word.startswith("-"):
        return False
    try:
        with reading(word, StoreError) as file:
            return file.read(len(_LEDGER)) == _LEDGER
    except StoreError:
        return False
