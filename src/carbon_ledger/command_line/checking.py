"""The command that audits the ledger."""

from typing import Any

import click

from carbon_ledger.command_line.exits import NOT_TRUE
from carbon_ledger.command_line.options import HELP, reads
from carbon_ledger.command_line.sessions import Session
from carbon_ledger.command_line.showing import progress_on, say_verdict


def show_report(session: Session, report: Any) -> int:
    """Write an audit's report, and return the exit status that it means.

    Args:
        session: The call.
        report: An `AuditReport`.
    """
    session.answer({"audit": report}, lambda: say_verdict(str(report), is_good=report.passed))
    return 0 if report.passed else NOT_TRUE


@click.command("audit", context_settings=HELP)
@reads
@click.option("--workers", type=click.IntRange(1, 64), default=1, help="How many processes share the work.")
def audit_command(session: Session, workers: int) -> int:
    """Check every entry, rule and sum of the ledger; the exit status is 1 if something is wrong."""
    with session.opened() as ledger:
        report = ledger.audit(workers=workers, progress=progress_on("audit"))
    return show_report(session, report)
