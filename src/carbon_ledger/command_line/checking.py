"""The commands that check the ledger: the audit, and the columns audit."""

import os
import re
from typing import Any, Final

import click

from carbon_ledger.command_line.arguments import checkpoint_of, misused
from carbon_ledger.command_line.exits import NOT_TRUE
from carbon_ledger.command_line.options import HELP, reads
from carbon_ledger.command_line.sessions import Session
from carbon_ledger.command_line.showing import progress_on, say_verdict

ENGINES: Final = ("duckdb", "spark")


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


@click.command(
    "columns-audit",
    context_settings=HELP,
    epilog="SOURCE is a ledger file, the URL of a ledger, or the folder of `export columns`; by default, the ledger "
    "of --file. The extra `columns` is needed, and `spark` for Spark. The answer lists what was not checked.",
)
@reads
@click.argument("source", required=False)
@click.option("--engine", type=click.Choice(ENGINES), default=ENGINES[0], help="What runs the checks.")
@click.option(
    "--since",
    metavar="SIZE:ROOT|CHECKPOINT|DIR",
    help="How many entries an earlier columns audit checked, and their root; or a published checkpoint that you "
    "stored, or its directory.",
)
@click.option("--threads", type=click.IntRange(1, 256), default=2, help="How many threads DuckDB uses.")
@click.option("--memory", "memory_mb", type=click.IntRange(100), default=2_000, help="Memory of DuckDB, in MB.")
def columns_audit_command(
    session: Session, source: str | None, engine: str, since: str | None, threads: int, memory_mb: int
) -> int:
    """Check hashes, readings, claims, amounts, carry, moves and balances by columns, but not every rule.

    It does not replace `audit`. The exit status is 1 if something is wrong.
    """
    from carbon_ledger.columns import audit
    from carbon_ledger.opening.stores import is_url

    given = source or (session.path if is_url(session.path) else session.existing())
    report = audit(given, engine=engine, since=_since(since), threads=threads, memory_mb=memory_mb)
    session.answer({"columns_audit": report}, lambda: say_verdict(str(report), is_good=report.passed))
    return 0 if report.passed else NOT_TRUE


def _since(text: str | None) -> tuple[int, str] | bytes | None:
    if text is None:
        return None
    if os.path.exists(text):
        return checkpoint_of(text)
    size, _, root = text.partition(":")
    if not (size.isascii() and size.isdigit()) or len(size) > 18 or not re.fullmatch("[0-9a-f]{64}", root):
        misused(
            f"--since {text[:100]}: no such file; expected SIZE:ROOT, what an earlier columns audit printed, ROOT with "
            "64 hexadecimal digits; or the file of a checkpoint"
        )
    return int(size), root
