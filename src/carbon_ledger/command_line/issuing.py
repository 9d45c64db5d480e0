"""Commands that quantify, issue and void."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from carbon_ledger.command_line.arguments import PERIOD_HELP, buffer_of, factor_of, period_of
from carbon_ledger.command_line.options import HELP, reason_option, records, waives, zone_option
from carbon_ledger.command_line.sessions import Session
from carbon_ledger.command_line.showing import say, say_rows, talk

if TYPE_CHECKING:
    from carbon_ledger.serials import Batch


def batch_rows(batches: "Sequence[Batch]") -> list[dict[str, Any]]:
    """Batches as rows of plain values.

    Args:
        batches: The batches.
    """
    return [
        {
            "batch": item.batch_id,
            "instrument": item.instrument,
            "vintage": item.vintage,
            "units": item.count,
            "serials": str(item),
            "account": item.account,
        }
        for item in batches
    ]


@click.command("issue", context_settings=HELP, epilog=f"PERIOD is {PERIOD_HELP}; the zone is the project's.")
@waives
@click.argument("project")
@click.argument("period")
@click.option("--to", required=True, metavar="ACCOUNT", help="The account that receives the units.")
@click.option("--factor", metavar="ID", help="The emission factor, adopted or bundled; for credits.")
@click.option("--buffer", metavar="N|SHARE", help="Units that are held back: a count, or a share such as 0.05.")
@click.option("--expect", type=int, metavar="N", help="The count that must come out; otherwise it is refused.")
@zone_option
def issue_command(
    session: Session,
    project: str,
    period: str,
    to: str,
    factor: str | None,
    buffer: str | None,
    expect: int | None,
    zone: str | None,
) -> None:
    """Issue units for the metered energy of a project in a period."""
    held = buffer_of(buffer)

    def command(ledger: Any) -> Any:
        within = period_of(period, zone or ledger.project(project).zone)
        found = factor_of(ledger, factor)
        options = {"factor": found, "waivers": session.waivers, "buffer": held, "expect": expect, **session.common}
        return ledger.issue(project, within, to=to, **options)

    batches, outcome = session.record(command)
    rows = batch_rows(batches)
    nothing = "no whole unit was made; all of it is carried"
    session.report(outcome, {"batches": batches}, lambda: say_rows(rows, nothing))


@click.command("quantify", context_settings=HELP, epilog=f"PERIOD is {PERIOD_HELP}; the zone is the project's.")
@waives
@click.argument("project")
@click.argument("period")
@click.option("--factor", metavar="ID", help="The emission factor, adopted or bundled; for credits.")
@zone_option
def quantify_command(session: Session, project: str, period: str, factor: str | None, zone: str | None) -> None:
    """Compute what could be issued for a period, line by line; nothing is recorded."""
    with session.reading() as ledger:
        within = period_of(period, zone or ledger.project(project).zone)
        found: Any = ledger
        result = found.quantify(project, within, factor=factor_of(ledger, factor), waivers=session.waivers)
    session.answer({"quantification": result}, lambda: say(str(result)))


@click.command("void", context_settings=HELP)
@records
@click.argument("issuance", type=click.IntRange(0), metavar="ENTRY")
@reason_option
def void_command(session: Session, issuance: int, reason: str) -> None:
    """Void a whole issuance, named by its entry: its units are withdrawn, and its energy may be issued again."""
    _, outcome = session.record(lambda ledger: ledger.void(issuance, reason=reason, **session.common))
    session.report(outcome, {"issuance": issuance, "voided": True}, lambda: talk(f"issuance {issuance} is void"))
