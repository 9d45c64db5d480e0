"""Commands that record a verifier's statement, and list the statements about a project."""

from typing import Any, get_args

import click

from carbon_ledger.choices import Assurance, Opinion
from carbon_ledger.command_line.arguments import PERIOD_HELP, evidence_of, number_of, pairs_of, period_of
from carbon_ledger.command_line.options import HELP, as_of_option, reads, records, zone_option
from carbon_ledger.command_line.sessions import Session
from carbon_ledger.command_line.showing import plain, say_fields, say_rows


@click.group("verification", context_settings=HELP)
def verification_command() -> None:
    """Record and list verifiers' statements."""


@verification_command.command(
    "state", context_settings=HELP, epilog=f"PERIOD is {PERIOD_HELP}; the zone is the project's."
)
@records
@click.argument("project")
@click.argument("period")
@click.option("--body", required=True, metavar="NAME", help="The verification body.")
@click.option("--accreditation", metavar="TEXT", help="The body's accreditation.")
@click.option("--opinion", required=True, type=click.Choice(get_args(Opinion)), help="The opinion.")
@click.option("--assurance", required=True, type=click.Choice(get_args(Assurance)), help="The level of assurance.")
@click.option("--quantity", multiple=True, metavar="YEAR=UNITS", help="Verified units of a vintage; once for each.")
@click.option("--report", required=True, metavar="FILE|DIGEST", help="The verification report.")
@click.option("--size", required=True, type=click.IntRange(1), metavar="N", help="Entries that the verifier saw.")
@click.option("--root", required=True, metavar="HEX", help="The root of these entries.")
@click.option("--request", multiple=True, metavar="ID=TEXT", help="An open request, such as FAR-1=...")
@click.option("--replaces", multiple=True, type=click.IntRange(0), metavar="ENTRY", help="A statement it replaces.")
@zone_option
def state_verification(
    session: Session,
    project: str,
    period: str,
    quantity: tuple[str, ...],
    report: str,
    request: tuple[str, ...],
    zone: str | None,
    **given: Any,
) -> None:
    """Record what a verifier states about a project and a period, over the root that the verifier saw."""
    amounts = {number_of(year): units for year, units in pairs_of(quantity, "--quantity", "2024=12899").items()}
    requests = pairs_of(request, "--request", "FAR-1='Calibrate the meter'") or None
    options = {**given, "quantities": amounts, "report": evidence_of(report), "open_requests": requests}

    def command(ledger: Any) -> Any:
        within = period_of(period, zone or ledger.project(project).zone)
        return ledger.state_verification(project, within, **options, **session.common)

    found, outcome = session.record(command)
    fields = plain(found)
    session.report(outcome, {"verification": fields}, lambda: say_fields(fields.items()))


@verification_command.command("list", context_settings=HELP)
@reads
@click.argument("project")
@as_of_option
@zone_option
def list_verifications(session: Session, project: str, as_of: str | None, zone: str | None) -> None:
    """List the verifiers' statements about a project, with what has replaced or overtaken them."""
    with session.reading(as_of, zone) as ledger:
        found = list(ledger.verifications(project))
    rows = [
        {
            "entry": item.n,
            "period": str(item.period),
            "opinion": item.opinion,
            "quantities": ", ".join(f"{year}: {units}" for year, units in item.quantities.items()),
            "replaced by": item.replaced_by,
            "overtaken by": ", ".join(map(str, item.overtaken_by)),
        }
        for item in found
    ]
    session.answer({"verifications": found}, lambda: say_rows(rows, f"nobody stated a verification of {project}"))
