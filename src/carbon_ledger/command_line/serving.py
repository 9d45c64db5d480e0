"""Commands about the database server of a ledger."""

import click

from carbon_ledger.command_line.arguments import misused
from carbon_ledger.command_line.options import HELP, reads
from carbon_ledger.command_line.sessions import Session
from carbon_ledger.command_line.showing import say_fields


@click.group("postgres", context_settings=HELP)
def postgres_command() -> None:
    """Prepare a PostgreSQL database for a ledger."""


@postgres_command.command("init", context_settings=HELP)
@reads
@click.argument("url", metavar="[URL]", required=False)
@click.option("--writer", "writers", metavar="ROLE", multiple=True, help="A role that may append entries.")
@click.option("--auditor", "auditors", metavar="ROLE", multiple=True, help="A role that may read.")
def init_database(session: Session, url: str | None, writers: tuple[str, ...], auditors: tuple[str, ...]) -> None:
    """Create the tables of a ledger as their owner, and allow roles to append entries, or to read.

    The role in the URL becomes the owner. Roles that do not exist are created without the right to log in. Then begin
    the ledger with init, as a writer.
    """
    from carbon_ledger.opening.stores import is_url, require_psycopg

    session.file = url or session.file
    if not is_url(session.path):
        misused(f"{session.name[:200]}: expected a URL that begins with postgresql://")
    require_psycopg()
    from carbon_ledger.stores.postgres.administration import prepare

    found = prepare(session.path, writers=writers, auditors=auditors)
    shown = [
        ("schema", found.schema),
        ("owner", found.owner),
        ("writers", ", ".join(found.writers)),
        ("auditors", ", ".join(found.auditors)),
        ("created", ", ".join(found.created)),
    ]
    session.answer({"database": found}, lambda: say_fields(shown))
