"""Running one command: whatever happens becomes a message on stderr and an exit status."""

import json
import os
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

import click

from carbon_ledger.command_line import exits
from carbon_ledger.command_line.hints import in_shell
from carbon_ledger.command_line.misuse import usage_text
from carbon_ledger.command_line.names import COMPLETE_VARIABLE, PROGRAM
from carbon_ledger.command_line.program import program
from carbon_ledger.command_line.showing import talk
from carbon_ledger.command_line.streams import forget_stream
from carbon_ledger.errors import CarbonLedgerError, RefusedError
from carbon_ledger.printing import printable_lines, without_password

_LONGEST = 2_000  # characters of a message


def run(arguments: Sequence[str]) -> int:
    """Run a command, and return its exit status.

    Args:
        arguments: The words after the program's name.
    """
    words, state = list(arguments), dict[str, Any]()
    failed = partial(_failed, state, words)
    try:
        status = _invoked([*words], state)  # click takes the words out of the list
        sys.stdout.flush()
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.UsageError as error:
        return failed("UsageError", usage_text(error, words), exits.USAGE)
    except click.ClickException as error:
        return failed(type(error).__name__, error.format_message(), exits.USAGE)
    except (click.Abort, KeyboardInterrupt):
        return failed("Interrupted", f"interrupted; {_recorded(state)}", exits.INTERRUPTED)
    except CarbonLedgerError as error:
        return failed(type(error).__name__, str(error), exits.status_of(error), error)
    except BrokenPipeError:
        forget_stream("stdout")
        return exits.BROKEN_PIPE
    except OSError as error:
        if error.filename is None:
            forget_stream("stdout")
        remark = f"; {_recorded(state)}" if state.get("recorded") else ""
        return failed("OSError", f"{error.filename or 'output'}: {error.strerror}{remark}", exits.STORE)
    return status if isinstance(status, int) else exits.DONE


def _invoked(arguments: list[str], state: dict[str, Any]) -> object:
    """Run a command, or complete one; what it returns is its exit status."""
    if COMPLETE_VARIABLE in os.environ:
        return program.main(args=arguments, prog_name=PROGRAM, complete_var=COMPLETE_VARIABLE, standalone_mode=False)
    with program.make_context(PROGRAM, arguments, obj=state) as context:
        return program.invoke(context)


def _recorded(state: dict[str, Any]) -> str:
    """What of a command that did not end is in the ledger, so that nobody repeats what was recorded."""
    if state.get("recorded"):
        return f"the command itself was done: {state['recorded']}"
    if state.get("is_committing"):
        return "whether the command was recorded is not known: see log"
    return "nothing of this command was recorded"


def _failed(
    state: dict[str, Any],
    words: Sequence[str],
    kind: str,
    text: str,
    status: int,
    error: CarbonLedgerError | None = None,
) -> int:
    """Write an error to stderr: as text with the rule's name, or as one JSON object with the remarks before it."""
    shown = printable_lines(without_password(text)[:_LONGEST])
    rule = error.rule if isinstance(error, RefusedError) else None
    try:
        # Where the words could not be read, whatever looks like the option is taken for it.
        if state.get("json", "--json" in words):
            fields: dict[str, object] = {"kind": kind, "message": shown, "rule": rule, "status": status}
            if isinstance(error, RefusedError):
                fields |= {"subject": printable_lines(error.subject), "detail": printable_lines(error.detail)}
            remarks = {"remarks": state["remarks"]} if state.get("remarks") else {}
            click.echo(json.dumps({"error": fields, **remarks}, indent=2), err=True)
        else:
            talk(f"{PROGRAM}: {in_shell(shown)}", important=True)
    except OSError:
        forget_stream("stderr")
    return status
