"""Commands that answer questions about accounts, units and projects."""

from typing import TYPE_CHECKING, Any, Final, get_args

import click

from carbon_ledger.choices import State
from carbon_ledger.command_line.arguments import PERIOD_HELP, period_of, time_of
from carbon_ledger.command_line.exits import NOT_TRUE
from carbon_ledger.command_line.options import HELP, as_of_option, reads, zone_option
from carbon_ledger.command_line.sessions import Session
from carbon_ledger.command_line.showing import plain, say, say_rows

if TYPE_CHECKING:
    from carbon_ledger.queries.holdings import Position

STATES: Final = (*get_args(State), "expired")


@click.command("balance", context_settings=HELP)
@reads
@click.argument("account")
@click.option("--instrument", metavar="ID", help="Only units of this instrument.")
@as_of_option
@zone_option
def balance_command(
    session: Session, account: str, instrument: str | None, as_of: str | None, zone: str | None
) -> None:
    """Count an account's units by state; expired ones apart."""
    with session.reading(as_of, zone) as ledger:
        balance = ledger.balance(account, instrument=instrument)
    rows = [{"state": state, "units": count} for state in STATES if (count := getattr(balance, state))]
    session.answer({"balance": balance}, lambda: say_rows(rows, f"account {account} has no unit"))


@click.command("positions", context_settings=HELP)
@reads
@click.argument("account", required=False)
@click.option("--instrument", metavar="ID", help="Only units of this instrument.")
@click.option("--project", metavar="ID", help="Only units of this project.")
@click.option("--vintage", type=int, metavar="YEAR", help="Only units of this vintage.")
@click.option("--state", type=click.Choice(STATES), help="Only units in this state; by default, all that is not final.")
@as_of_option
@zone_option
def positions_command(session: Session, account: str | None, as_of: str | None, zone: str | None, **only: Any) -> None:
    """List the blocks that an account holds, or all accounts."""
    with session.reading(as_of, zone) as ledger:
        found = ledger.positions(account, **only)
    rows = [_position_row(item) for item in found]
    session.answer({"positions": list(found)}, lambda: say_rows(rows, "no unit is held"))


def _position_row(position: "Position") -> dict[str, Any]:
    return {
        "account": position.account,
        "serials": str(position.block),
        "units": position.block.count,
        "instrument": position.instrument,
        "project": position.project,
        "vintage": position.vintage,
        "state": position.state,
        "expires": plain(position)["expires"],
    }


@click.command("statement", context_settings=HELP)
@reads
@click.argument("account")
@click.option("--since", metavar="TIME", help="Only changes recorded at this time, or on this day, or later.")
@click.option("--until", metavar="TIME", help="Only changes recorded before this time or this day.")
@as_of_option
@zone_option
def statement_command(
    session: Session, account: str, since: str | None, until: str | None, as_of: str | None, zone: str | None
) -> None:
    """List everything that changed an account's units, with the balance after each change."""
    with session.reading(as_of, zone) as ledger:
        found = ledger.statement(account, since=time_of(since, zone), until=time_of(until, zone))
    session.answer({"statement": found}, lambda: say(str(found)))


@click.command("trace", context_settings=HELP)
@reads
@click.argument("serial")
@as_of_option
@zone_option
def trace_command(session: Session, serial: str, as_of: str | None, zone: str | None) -> None:
    """Follow a unit, such as hydro/2024/17/5, from its readings to its holder."""
    with session.reading(as_of, zone) as ledger:
        found = ledger.trace(serial)
    session.answer({"trace": found}, lambda: say(str(found)))


@click.command("reconcile", context_settings=HELP, epilog=f"PERIOD is {PERIOD_HELP}; the zone is the project's.")
@reads
@click.argument("project")
@click.argument("period")
@as_of_option
@zone_option
def reconcile_command(session: Session, project: str, period: str, as_of: str | None, zone: str | None) -> int:
    """Compare the energy that a project generated with the units that were issued, to the last digit."""
    with session.reading(as_of, zone) as ledger:
        within = period_of(period, zone or ledger.project(project).zone)
        found = ledger.reconcile(project, within)
    session.answer({"reconciliation": found}, lambda: say(str(found)))
    return 0 if found.holds else NOT_TRUE
