"""The options that commands share, as decorators; each decorated function is called with a `Session`."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

import click

from carbon_ledger.command_line.names import BY_VARIABLE
from carbon_ledger.command_line.sessions import Session, waivers_of

Command = Callable[..., int | None]

HELP = {"help_option_names": ["-h", "--help"]}

json_option = click.option("--json", "as_json", is_flag=True, help="Write one JSON object to stdout.")
as_of_option = click.option("--as-of", metavar="TIME|ENTRY", help="As of a time, or as of an entry, by its number.")
zone_option = click.option("--zone", metavar="ZONE", help="IANA zone of dates, such as Europe/Berlin.")
reason_option = click.option("--reason", required=True, metavar="TEXT", help="The reason, in words.")

_RECORDING_OPTIONS: Final = (
    click.option("--dry-run", is_flag=True, help="Apply the rules, say what would be recorded, and record nothing."),
    click.option("--key", metavar="TEXT", help="Idempotency key: the same call with it records nothing again."),
    click.option(
        "--by", metavar="ACTOR", envvar=BY_VARIABLE, help=f"The actor; by default, the variable {BY_VARIABLE}."
    ),
)
_recording: set[Command] = set()  # the commands that have a dry run


def reads(function: Command) -> Command:
    """Give a command the options ``--file`` and ``--json``.

    Args:
        function: Called with a `Session`, and with the command's own arguments.

    Raises:
        click.UsageError: When called: `doctor refusal` tries a command that records nothing.
    """

    @click.option("-f", "--file", metavar="FILE", help="The ledger's file or URL.")
    @json_option
    @click.pass_context
    @wraps(function)
    def called(context: click.Context, /, file: str | None, as_json: bool, **arguments: Any) -> int | None:
        before = context.ensure_object(dict)
        if before.get("dry_run") and function not in _recording:
            # `doctor refusal` tries commands, and this one could write a file.
            raise click.UsageError("expected a command that records, such as transfer; only these are refused by rules")
        session = Session(file or before.get("file"), as_json=as_json or before.get("as_json", False))
        session.state, before["json"] = before, session.as_json
        return function(session, **arguments)

    return called


def records(function: Command) -> Command:
    """Give a command the options of `reads`, and ``--dry-run``, ``--key`` and ``--by``.

    Args:
        function: Called with a `Session`, and with the command's own arguments.
    """

    @wraps(function)
    def called(session: Session, dry_run: bool, key: str | None, by: str | None, **arguments: Any) -> int | None:
        before = click.get_current_context().find_object(dict) or {}
        session.dry_run, session.key, session.by = dry_run or before.get("dry_run", False), key, by
        return function(session, **arguments)

    _recording.add(called)
    decorated = reads(called)
    for option in reversed(_RECORDING_OPTIONS):
        decorated = option(decorated)
    return decorated


def waives(function: Command) -> Command:
    """Give a recording command the option ``--waive`` as well.

    Args:
        function: Called with a `Session`, and with the command's own arguments.
    """

    @click.option("--waive", multiple=True, metavar="NAME=REASON", help="Lift a refusal by name, with a reason.")
    @records
    @wraps(function)
    def called(session: Session, waive: tuple[str, ...], **arguments: Any) -> int | None:
        session.waivers = waivers_of(waive)
        return function(session, **arguments)

    return called
