"""Commands that explain: what an entry rests on, why something is refused, and which readings are missing."""

import io
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

import click

from carbon_ledger.command_line.arguments import PERIOD_HELP, period_of
from carbon_ledger.command_line.exits import NOT_TRUE, status_of
from carbon_ledger.command_line.hints import in_shell
from carbon_ledger.command_line.options import HELP, reads, zone_option
from carbon_ledger.command_line.program import program
from carbon_ledger.command_line.sessions import Session
from carbon_ledger.command_line.showing import progress_on, say, say_fields, say_rows
from carbon_ledger.errors import CarbonLedgerError, RefusedError

if TYPE_CHECKING:
    from carbon_ledger.ledger.reader import Reader
    from carbon_ledger.periods import Period
    from carbon_ledger.projects import Project


@click.group("doctor", context_settings=HELP)
def doctor_command() -> None:
    """Explain an entry, a refusal, or what is missing."""


@doctor_command.command("why", context_settings=HELP)
@reads
@click.argument("entry", type=click.IntRange(0))
def why(session: Session, entry: int) -> None:
    """Show which earlier entries an entry rests on, and which later ones rest on it."""
    from carbon_ledger.queries.grounds import grounds_of, resting_on

    with session.reading() as ledger:
        grounds = grounds_of(ledger, entry)
        later = resting_on(ledger, entry, progress_on("looking at later entries"))
        kind = ledger.entry(entry).type
    rests = [{"entry": item.n, "type": item.type, "which": item.relation} for item in grounds]
    resting = [{"entry": item.n, "type": item.type, "because this one": item.relation} for item in later]

    def show() -> None:
        say(f"entry {entry} ({kind}) rests on" if rests else f"entry {entry} ({kind}) rests on no other entry")
        if rests:
            say_rows(rests, "")
        say("what rests on it" if resting else "nothing rests on it")
        if resting:
            say_rows(resting, "")

    session.answer({"entry": entry, "type": kind, "rests_on": grounds, "resting_on_it": later}, show)


@doctor_command.command("gaps", context_settings=HELP, epilog=f"PERIOD is {PERIOD_HELP}; the zone is the project's.")
@reads
@click.argument("project", required=False)
@click.argument("period", required=False)
@zone_option
def gaps(session: Session, project: str | None, period: str | None, zone: str | None) -> int:
    """List the time without readings, and the energy that is not claimed yet, of a project, or of all projects.

    Without a PERIOD, from the first reading to the last one. The exit status is 1 if something is missing.
    """
    rows: list[dict[str, Any]] = []
    with session.reading() as ledger:
        for item in ledger.projects() if project is None else [ledger.project(project)]:
            rows += _missing(ledger, item, period, zone)
    session.answer({"gaps": rows}, lambda: say_rows([_shown(row) for row in rows], "nothing is missing"))
    return NOT_TRUE if rows else 0


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """A row as a reader sees it: local times, and energy with its unit."""
    period, unclaimed_wh = row["period"], row["unclaimed_wh"]
    return {
        **{name: row[name] for name in ("project", "device", "what")},
        "period": None if period is None else str(period),
        "energy": None if unclaimed_wh is None else f"{unclaimed_wh:,} Wh",
    }


def _missing(ledger: "Reader", project: "Project", text: str | None, zone: str | None) -> list[dict[str, Any]]:
    """What is missing of a project: time without readings of each device, and energy that is not claimed."""
    period = _whole(ledger, project) if text is None else period_of(text, zone or project.zone)
    row: dict[str, Any] = {"project": project.id, "device": None, "what": "", "period": period, "unclaimed_wh": None}
    if period is None:
        return [{**row, "what": "no reading at all"}]
    found = ledger.reconcile(project.id, period)
    rows = [{**row, "device": device, "what": "no reading", "period": gap} for device, gap in found.gaps]
    if found.unclaimed_wh:
        rows.append({**row, "what": "not issued", "unclaimed_wh": found.unclaimed_wh})
    return rows


def _whole(ledger: "Reader", project: "Project") -> "Period | None":
    """From the first live reading of a project's devices to the last one."""
    from carbon_ledger.periods import Period

    ages = Period.of("1970-01-01T00:00Z", "9998-01-01T00:00Z")
    runs = [run for device in project.devices for run in ledger.readings(device, ages)]
    if not runs:
        return None
    return Period(min(run.start_utc for run in runs), max(run.end_utc for run in runs), project.zone)


@doctor_command.command("refusal", context_settings={**HELP, "ignore_unknown_options": True})
@reads
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND...")
def refusal(session: Session, command: tuple[str, ...]) -> None:
    """Explain why a command is refused: give it after --, as you typed it; it runs as a dry run.

    A refusal leaves no trace in the ledger, so the command is tried again, on the ledger as it is now.
    """
    error = _tried(session, list(command))
    if error is None:
        session.answer({"refusal": None}, lambda: say("the command is not refused now"))
        return
    fields = _explained(error)
    session.answer({"refusal": fields}, lambda: say_fields(fields.items()))


def _tried(session: Session, words: list[str]) -> CarbonLedgerError | None:
    """The error of a command that is run as a dry run, or None."""
    found = {"file": session.file, "as_json": False, "dry_run": True}
    with program.make_context("carbon-ledger", words, obj=found) as context:
        try:
            with redirect_stdout(io.StringIO()):
                program.invoke(context)
        except CarbonLedgerError as error:
            return error
        return None


def _explained(error: CarbonLedgerError) -> dict[str, Any]:
    """What an error means, and what can be done about it."""
    from carbon_ledger.waivers import WAIVABLE

    rule = error.rule if isinstance(error, RefusedError) else None
    fields: dict[str, Any] = {
        "rule": rule,
        "kind": type(error).__name__,
        "meaning": (type(error).__doc__ or "").splitlines()[0],
        "subject": error.subject if isinstance(error, RefusedError) else None,
        "detail": in_shell(error.detail if isinstance(error, RefusedError) else str(error)),
        "status": status_of(error),
    }
    if rule in WAIVABLE:
        fields["waiver"] = f"--waive {rule}='the reason, in words' ({WAIVABLE[rule]})"
    return fields
