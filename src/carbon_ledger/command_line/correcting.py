"""The command that corrects the metered energy of a period."""

from typing import Any

import click

from carbon_ledger.command_line.arguments import PERIOD_HELP, evidence_of, period_of
from carbon_ledger.command_line.importing import energies_of, volumes
from carbon_ledger.command_line.options import HELP, reason_option, waives, zone_option
from carbon_ledger.command_line.sessions import Session
from carbon_ledger.command_line.showing import say_fields


@click.command("correct", context_settings=HELP, epilog=f"PERIOD is {PERIOD_HELP}; the zone is the device's.")
@waives
@click.argument("device")
@click.argument("period")
@reason_option
@click.option("--evidence", required=True, metavar="FILE|DIGEST", help="The document that shows the right value.")
@volumes
@zone_option
def correct_command(
    session: Session, device: str, period: str, reason: str, evidence: str, zone: str | None, **given: Any
) -> None:
    """Correct the readings of a device in exactly this period by one total; the old ones stay visible.

    To correct the steps of a meter file, deliver a right file: import readings FILE --already correct.
    """
    options = {**energies_of(given), **given, "reason": reason, "evidence": evidence_of(evidence)}

    def command(ledger: Any) -> Any:
        within = period_of(period, zone or ledger.device(device).zone)
        return ledger.correct_generation(device, within, **options, waivers=session.waivers, **session.common)

    found, outcome = session.record(command)
    withdrawn = [str(block) for block in found.withdrawn]
    units = sum(block.count for block in found.withdrawn)
    shown = [
        ("corrected", f"{device}, {period}"),
        ("issuances that changed", ", ".join(map(str, found.issuances))),
        ("units withdrawn", f"{units:,}"),
        ("serials withdrawn", ", ".join(withdrawn)),
    ]
    session.report(outcome, {"correction": found}, lambda: say_fields(shown))
