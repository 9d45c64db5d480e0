"""What to write in place of words that click refuses."""

import shlex
from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import Final

import click

from carbon_ledger.command_line.names import PROGRAM
from carbon_ledger.errors import StoreError
from carbon_ledger.files import URL_SCHEMES, reading
from carbon_ledger.printing import named, quote

_LEDGER: Final = b"SQLite format 3\0"  # the first bytes of a ledger file
# Arguments of Python's functions, written as options, that are options of another name, which click would not guess.
_OPTIONS: Final = MappingProxyType(
    {
        "--accounts": "--public",
        "--at": "--as-of",
        "--beneficiary": "--for",
        "--evidence": "--folder",
        "--ledger-id": "--id",
        "--sample": "--seed",
        "--scope": "--project",
        "--signer": "--key",
        "--trusted-keys": "--key",
    }
)


def usage_text(error: click.UsageError, words: Sequence[str]) -> str:
    """What is wrong with the arguments, what to write instead, and where the help is.

    Args:
        error: The error.
        words: The words after the program's name.
    """
    where = PROGRAM if error.ctx is None else error.ctx.command_path
    return f"{_message(error, words)}\nFor help: {where} --help"


def _message(error: click.UsageError, words: Sequence[str]) -> str:
    """What is wrong, and what to write instead if that is known."""
    text = error.format_message()
    if error.ctx is None:
        return text
    if isinstance(error, click.NoSuchOption):
        option = _OPTIONS.get(error.option_name)
        # The key by which a call is repeated is no key that signs.
        known = {name for item in error.ctx.command.params if item.name != "key" for name in item.opts}
        return f"{error.message} Did you mean {quote(option)}?" if option in known else text
    # click has no class for the error of an argument too many.
    if error.message.startswith("Got unexpected extra argument"):
        hint = "" if _names_a_file(words) else ledger_hint(words)
        return f"{text}{hint or f'; write {_form(error.ctx)}'}"
    if isinstance(error, click.MissingParameter):
        return f"{text.partition('. Choose from')[0].rstrip('.')}; write {_form(error.ctx)}"
    return text


def _form(context: click.Context) -> str:
    """What a command needs: its arguments, and the options that are required."""
    command = context.command
    arguments = [item for item in command.collect_usage_pieces(context) if item != command.options_metavar]
    required = (item for item in command.params if isinstance(item, click.Option) and item.required)
    options = [f"{item.opts[-1]} {_value_of(item)}" for item in required]
    return " ".join((context.command_path, *arguments, *options))


def _value_of(option: click.Option) -> str:
    if isinstance(option.type, click.Choice):
        return "|".join(map(str, option.type.choices))
    return option.metavar or option.human_readable_name.upper()


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
