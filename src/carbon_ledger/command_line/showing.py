"""What a command shows: data on stdout, as text or as one JSON object; remarks and progress on stderr."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Reversible, Sequence, Set
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import click

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
    click.echo(click.style(shown, fg="red") if important else shown, err=True, color=is_coloured())


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
    if value is None or (isinstance(value, int | str) and not isinstance(value, bool)):
        return value
    found = plain(value)
    if isinstance(found, list) and all(isinstance(item, str | int) for item in found):
        return ", ".join(map(str, found))
    return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)


def say_json(value: Mapping[str, object]) -> None:
    """Write one JSON object to stdout, in ASCII.

    Args:
        value: The object.
    """
    click.echo(json.dumps(plain(value), indent=2))


def plain(value: object) -> Any:
    """A value as plain data of JSON: numbers that are not whole are text, and times end with Z.

    Args:
        value: A record of this library, or a value in one.

    Example:
        >>> from decimal import Decimal
        >>> plain({"amount": Decimal("1.50"), "years": (2024, 2025)})
        {'amount': '1.5', 'years': [2024, 2025]}
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if hasattr(value, "to_dict"):
        return plain(value.to_dict())
    if isinstance(value, Reversible | Set) and not hasattr(value, "__attrs_attrs__"):  # a listing is no tuple
        return [plain(item) for item in value]
    return _plain_leaf(value)


def _plain_leaf(value: Any) -> Any:
    if isinstance(value, Decimal):
        from carbon_ledger.exact import text_of

        return text_of(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Fraction):
        return str(value)
    if hasattr(value, "to_record"):
        return plain(value.to_record())
    if hasattr(value, "__attrs_attrs__") and not _is_text(value):
        return {item.name: plain(getattr(value, item.name)) for item in value.__attrs_attrs__ if item.name[0] != "_"}
    return str(value)


def _is_text(value: object) -> bool:
    """Whether it is written as its text: a block, or a serial of a registry."""
    return type(value).__name__ in ("Block", "RegistrySerial")


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
