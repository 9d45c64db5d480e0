"""Commands about the ledger file itself: create it, copy it, and look at its entries."""

from typing import TYPE_CHECKING, Any, Final, cast, get_args

import click

from carbon_ledger.choices import Policy
from carbon_ledger.command_line.arguments import entry_of
from carbon_ledger.command_line.names import BY_VARIABLE
from carbon_ledger.command_line.options import HELP, reads
from carbon_ledger.command_line.sessions import Session, require_entry
from carbon_ledger.command_line.showing import plain, say, say_fields, say_rows, talk
from carbon_ledger.printing import named, without_password

if TYPE_CHECKING:
    from carbon_ledger.core.entries.entry import Entry

_LONGEST: Final = 120  # characters of an event in the list of entries


@click.command("init", context_settings=HELP)
@reads
@click.argument("path", metavar="[FILE]", required=False)
@click.option("--id", "ledger_id", metavar="ID", help="The ledger's id; by default, a random one.")
@click.option(
    "--policy", type=click.Choice(get_args(Policy)), help="Who may record: anybody, or actors by their roles."
)
@click.option(
    "--by", metavar="ACTOR", envvar=BY_VARIABLE, help="The actor; under the policy roles, the first registrar."
)
def init_command(session: Session, path: str | None, ledger_id: str | None, policy: str | None, by: str | None) -> None:
    """Create a ledger: a file, or in the database of a URL."""
    import os

    from carbon_ledger.errors import StoreError
    from carbon_ledger.opening.ledgers import open_ledger
    from carbon_ledger.opening.stores import is_url, store_at

    session.file = path or session.file
    where = store_at(session.path, read_only=False) if is_url(session.path) else session.path
    if os.path.lexists(where) if isinstance(where, str) else where.size():
        other = "give another path" if isinstance(where, str) else "name another schema with ?ledger_schema="
        raise StoreError(f"{named(session.name)}: it exists already; {other}, or use the ledger there")
    with open_ledger(
        where, ledger_id=ledger_id, policy=cast(Policy | None, policy), by="local" if by is None else by
    ) as ledger:
        fields = {"path": session.name, "ledger": ledger.ledger_id, "policy": ledger.policy, "entries": ledger.size}
    session.answer({"ledger": fields}, lambda: say_fields(fields.items()))


@click.command("backup", context_settings=HELP)
@reads
@click.argument("out", metavar="OUT")
def backup_command(session: Session, out: str) -> None:
    """Write a checked copy of the ledger to the new file OUT; others may write to the ledger meanwhile."""
    with session.opened() as ledger:
        copy = ledger.backup(out)
    shown = [("path", out), ("entries", copy.size), ("root", copy.root)]
    session.answer({"backup": copy}, lambda: say_fields(shown))


@click.command("copy", context_settings=HELP)
@reads
@click.argument("target", metavar="TARGET")
def copy_command(session: Session, target: str) -> None:
    """Copy the ledger to the file or URL TARGET, entry for entry; or complete a copy that was stopped."""
    from carbon_ledger.opening.copying import copy_ledger

    with session.opened() as ledger:
        copy = copy_ledger(ledger, target)
    shown = [
        ("target", without_password(target)),
        ("entries", copy.size),
        ("copied now", copy.copied),
        ("root", copy.root),
    ]
    session.answer({"copy": copy}, lambda: say_fields(shown))


@click.command("log", context_settings=HELP)
@reads
@click.option("-n", "count", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many entries.")
@click.option("--since", type=click.IntRange(0), metavar="ENTRY", help="The first entry, in place of the newest ones.")
def log_command(session: Session, count: int, since: int | None) -> None:
    """List the newest entries, oldest first."""
    with session.reading() as ledger:
        size = ledger.size
        first = max(0, size - count) if since is None else since
        entries = [ledger.entry(n) for n in range(first, min(first + count, size))]
    rows = [
        {"entry": item.n, "recorded": f"{item.at[:19]}Z", "by": item.by, "type": item.type, "about": _about(item)}
        for item in entries
    ]
    found = [{**row, "recorded": item.at} for row, item in zip(rows, entries, strict=True)]
    session.answer(
        {"entries": size, "log": found},
        lambda: say_rows(rows, f"there is no entry {first}; the ledger has {size} entries"),
    )


def _about(entry: "Entry") -> str:
    """The short fields of an entry's event, each with its name."""
    short = [
        f"{name} {value}"
        for name, value in entry.event.items()
        if isinstance(value, str | int) and 0 < len(str(value)) <= 40
    ]
    text = ", ".join(short)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


@click.command("show", context_settings=HELP)
@reads
@click.argument("what", metavar="ENTRY|RETIREMENT|UNIT")
def show_command(session: Session, what: str) -> None:
    """Show the entry of a number, the retirement of a number such as hydro/57, or a unit such as hydro/2024/17/5."""
    n = entry_of(what)
    with session.reading() as ledger:
        if n is not None:
            _show_entry(session, ledger, n)
        elif what.count("/") == 1:
            retirement = ledger.retirement(what)
            session.answer({"retirement": retirement}, lambda: say(str(retirement)))
        else:
            trace = ledger.trace(what)
            session.answer({"trace": trace}, lambda: say(str(trace)))


def _show_entry(session: Session, ledger: Any, n: int) -> None:
    import json

    require_entry(ledger, n)
    entry = ledger.entry(n)
    record = plain(entry.record())
    session.answer({"entry": entry}, lambda: say(json.dumps(record, indent=2, ensure_ascii=False)))
    if not session.as_json:
        talk(f"entry {n} of {ledger.size}")
