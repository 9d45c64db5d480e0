"""Commands about the database server of a ledger."""

from typing import TYPE_CHECKING, Final

import click

from carbon_ledger.command_line.arguments import misused
from carbon_ledger.command_line.options import HELP, reads
from carbon_ledger.command_line.sessions import Session
from carbon_ledger.command_line.showing import say, say_fields, say_rows

if TYPE_CHECKING:
    from carbon_ledger.stores.postgres.status import Status

_MAY: Final = {
    "superuser": "everything (superuser)",
    "owner": "own the tables, append, read",
    "writer": "append, read",
    "auditor": "read",
}


@click.group("postgres", context_settings=HELP)
def postgres_command() -> None:
    """Prepare a PostgreSQL database for a ledger, and show what is in it."""


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
    _require_server(session, url)
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


@postgres_command.command("status", context_settings=HELP)
@reads
@click.argument("url", metavar="[URL]", required=False)
def show_status(session: Session, url: str | None) -> None:
    """Show a ledger's schema on a server: versions, id, entries, size, and which roles may write or read.

    Nothing is created or changed. Any role that may read the ledger can ask.
    """
    _require_server(session, url)
    from carbon_ledger.stores.postgres.status import status_of

    found = status_of(session.path)
    session.answer({"status": found}, lambda: _say_status(found))


def _require_server(session: Session, url: str | None) -> None:
    """Take the URL that was given, and refuse one of no server.

    Raises:
        click.UsageError: It does not begin as the URL of a database does.
        NotALedgerError: It has the parameters of a connection in another form.
        MissingExtraError: The package psycopg is not installed.
    """
    from carbon_ledger.errors import NotALedgerError
    from carbon_ledger.files import require_no_parameters
    from carbon_ledger.opening.stores import is_url, require_psycopg

    session.file = url or session.file
    if not is_url(session.path):
        require_no_parameters(session.path, NotALedgerError)
        misused(f"{session.name[:200]}: expected a URL that begins with postgresql://")
    require_psycopg()


def _say_status(found: "Status") -> None:
    kind = "a standby, which takes no writes" if found.is_standby else "takes writes"
    version = str(found.version)
    if found.version < found.latest:
        version += f", older than {found.latest}; its owner opens the ledger once to derive the tables again"
    newest = None if found.newest is None else f"{found.newest[:19]}Z {found.newest_type}"
    say_fields(
        [
            ("server", f"PostgreSQL {found.server}; {kind}"),
            ("database", found.database),
            ("schema", found.schema),
            ("version", version),
            ("ledger", found.ledger_id or "not begun; begin it with init"),
            ("entries", f"{found.entries:,}"),
            ("newest", newest),
            ("size", f"{found.size:,} octets"),
            ("owner", found.owner),
            ("you", found.user),
        ]
    )
    say("")
    rows = [
        {
            "role": item.role,
            "may": _MAY[item.may],
            "logs in": "yes" if item.can_log_in else "no",
            "by": item.member_of,
        }
        for item in found.rights
    ]
    say_rows(rows, "no role has a right")
