"""The command that puts a question in SQL to the ledger."""

import sys
from collections.abc import Sequence

import click

from carbon_ledger.command_line.arguments import misused
from carbon_ledger.command_line.options import HELP, reads
from carbon_ledger.command_line.sessions import Session
from carbon_ledger.command_line.showing import say_rows, talk

_MOST_SQL = 100_000  # characters that are read from stdin


@click.command("query", context_settings=HELP)
@reads
@click.argument("sql", required=False)
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=1_000, show_default=True, help="The most rows.")
@click.option(
    "--timeout",
    "timeout_s",
    type=click.IntRange(1, 3_600),
    default=4,
    show_default=True,
    metavar="SECONDS",
    help="The most time; who writes to the ledger waits meanwhile.",
)
@click.option("--views", is_flag=True, help="List the views and their columns, in place of a question.")
def query_command(session: Session, sql: str | None, limit: int, timeout_s: int, views: bool) -> None:
    """Put a question in SQL to the ledger: one SELECT over documented views; - reads it from stdin.

    Such as: select account, sum(units) as units from holdings where state = 'active' group by account
    """
    if views:
        _list_views(session)
        return
    if sql is None:
        misused("give a question in SQL, - to read it from stdin, or --views")
    from carbon_ledger.stores.sqlite.questions import answer_of

    answer = answer_of(session.existing(), _text(sql), limit=limit, timeout_s=timeout_s)
    names = _different(answer.columns)
    rows = [dict(zip(names, row, strict=True)) for row in answer.rows]
    fields = {"columns": answer.columns, "rows": [list(row) for row in answer.rows], "is_cut": answer.is_cut}
    session.answer(fields, lambda: say_rows(rows, "no row", every_column=True))
    if answer.is_cut and not session.as_json:
        talk(f"there are more than {limit:,} rows; give a higher --limit")


def _different(columns: Sequence[str]) -> list[str]:
    """Names of columns, of which two can be the same in a question; a later one gets a number."""
    return [name if name not in columns[:at] else f"{name}:{at + 1}" for at, name in enumerate(columns)]


def _text(sql: str) -> str:
    return sys.stdin.read(_MOST_SQL + 1) if sql == "-" else sql


def _list_views(session: Session) -> None:
    from carbon_ledger.stores.sqlite.question_views import VIEWS

    found = {name: {"about": view.about, "columns": view.columns} for name, view in VIEWS.items()}
    rows = [
        {"view": name, "column": column, "has": text}
        for name, view in VIEWS.items()
        for column, text in view.columns.items()
    ]
    session.answer({"views": found}, lambda: say_rows(rows, ""))
