"""What a command shows: data on stdout, as text or as one JSON object; remarks and progress on stderr."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import click

from carbon_ledger.command_line.streams import forget_stream
from carbon_ledger.printing import printable, printable_lines


def is_coloured() -> bool | None:
    """Whether to colour: None leaves it to the stream, which is coloured if it is a terminal."""
    return False if os.environ.get("NO_COLOR") else None


def say(text: str) -> None:
    """Write text to stdout, with every character escaped that does not print.

    Args:
        text: Lines.
    """
    click.echo(printable_lines(text), color=is_coloured())


def say_verdict(text: str, *, is_good: bool) -> None:
    """Write lines to stdout; on a terminal in green or red.

    Args:
        text: Lines.
        is_good: Whether the verdict is good.
    """
    click.secho(printable_lines(text), fg="green" if is_good else "red", color=is_coloured())


def talk(text: str, *, important: bool = False) -> None:
    """Write a remark to stderr.

    Args:
        text: Lines.
        important: Whether it is an error; on a terminal it is red.
    """
    shown = printable_lines(text)
    try:
        click.echo(click.style(shown, fg="red") if important else shown, err=True, color=is_coloured())
    except OSError:  # a remark that nobody can read does not make a command fail that was done
        forget_stream("stderr")


def say_rows(rows: Sequence[Mapping[str, Any]], nothing: str, *, every_column: bool = False) -> None:
    """Write a table to stdout.

    Args:
        rows: Rows that have the same columns.
        nothing: What is written to stderr if there is no row.
        every_column: Whether a column that is empty in every row is shown as well.
    """
    from carbon_ledger.tables import text_table

    if not rows:
        talk(nothing)
        return
    names = [name for name in rows[0] if every_column or any(row[name] not in (None, "") for row in rows)]
    click.echo("\n".join(text_table([{name: _cell(row[name]) for name in names} for row in rows], indent="")))


def say_fields(fields: Iterable[tuple[str, object]]) -> None:
    """Write names and values to stdout, a line each; a value that is missing is left out.

    Args:
        fields: Names and values.
    """
    shown = [(name, value) for name, value in fields if value not in (None, "", (), [], {})]
    width = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        click.echo(printable(f"{name:<{width}}  {_cell(value)}"))


def _cell(value: object) -> str | int | None:
    """A value as a cell of text: a block by its serials, a period by its edges, and anything registered by its id."""
    found = plain(value)
    if isinstance(found, bool):
        return "yes" if found else "no"
    if isinstance(found, dict):
        return _text_of(found)
    if isinstance(found, list):
        return ", ".join(str(_cell(item)) for item in found)
    return found if isinstance(found, int) else None if found is None else str(found)


def _text_of(fields: Mapping[str, Any]) -> str:
    if {"batch_id", "first", "last"} <= set(fields):
        return f"{fields['batch_id']}/{fields['first']}-{fields['last']}"
    if {"start", "end"} <= set(fields):
        return f"{fields['start']} to {fields['end']}"
    return str(fields["id"]) if "id" in fields else ", ".join(f"{name}={_cell(item)}" for name, item in fields.items())


def say_json(value: Mapping[str, object]) -> None:
    """Write one JSON object to stdout, in ASCII.

    Args:
        value: The object.
    """
    click.echo(json.dumps(plain(value), indent=2))


def plain(value: object) -> Any:
    """A value as plain data of JSON: a record of this library by its `to_dict`, numbers that are not whole as text.

    Args:
        value: A record, a value of one, or a collection of these.

    Raises:
        QuantityError: The value has no plain form.

    Example:
        >>> from decimal import Decimal
        >>> plain({"amount": Decimal("1.50"), "years": (2024, 2025)})
        {'amount': '1.5', 'years': [2024, 2025]}
    """
    from carbon_ledger.records import plain_value

    return plain_value(value)


Progress = Callable[[int, int], object]


def progress_on(what: str) -> Progress | None:
    """A function that shows on stderr how far something is; None where stderr is no terminal.

    Args:
        what: What is done.
    """
    if not sys.stderr.isatty():
        return None
    state = {"share": -1}

    def show(done: int, whole: int) -> None:
        share = 100 * done // whole if whole else 100
        if share != state["share"]:
            state["share"] = share
            end = "\n" if done >= whole else ""
            sys.stderr.write(f"\r{what}: {share} %{end}")
            sys.stderr.flush()

    return show
