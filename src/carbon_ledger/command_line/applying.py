"""The command that registers what a TOML file describes."""

import click

from carbon_ledger.command_line.arguments import misused
from carbon_ledger.command_line.options import HELP, records
from carbon_ledger.command_line.sessions import Session
from carbon_ledger.command_line.showing import say_rows, talk


@click.command("apply", context_settings=HELP)
@records
@click.argument("path", metavar="TOML")
def apply_command(session: Session, path: str) -> None:
    """Register what a TOML file describes, all or nothing; what is registered already is left alone.

    Something that is registered otherwise than the file describes it is refused, with what differs.
    """
    from carbon_ledger.command_line.project_files import apply_items, read_project_file

    if session.key is not None:
        misused("--key: a file that is applied again records nothing in any case; leave --key out")
    items = read_project_file(path)
    news, outcome = session.record(lambda ledger: apply_items(ledger, items, {"by": session.by}))
    found = {(item.kind, item.id) for item in news}
    rows = [
        {"what": item.kind, "id": item.id, "is": "new" if (item.kind, item.id) in found else "unchanged"}
        for item in items
    ]

    def show() -> None:
        say_rows(rows, f"{path} describes nothing")

    if not session.as_json and not news:
        show()
        talk("nothing is new; nothing was recorded")
    else:
        session.report(outcome, {"plan": rows}, show)
