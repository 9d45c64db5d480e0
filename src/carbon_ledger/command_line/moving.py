"""Commands that transfer, retire, cancel and withdraw units."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from carbon_ledger.command_line.arguments import PERIOD_HELP, period_of, units_of
from carbon_ledger.command_line.options import HELP, Command, reason_option, records, waives, zone_option
from carbon_ledger.command_line.sessions import Session
from carbon_ledger.command_line.showing import say, say_rows

if TYPE_CHECKING:
    from carbon_ledger.serials import Block

reference_option = click.option("--reference", metavar="TEXT", help="The number of a contract or an order.")


def units(function: Command) -> Command:
    """Give a command the units that it is about: blocks, or a count that the ledger selects; and their holder.

    Args:
        function: Called with *units* and *from_* besides its own arguments.
    """

    @click.argument("blocks", nargs=-1, metavar="[BLOCK]...")
    @click.option("--from", "from_", metavar="ACCOUNT", help="The account that holds the units.")
    @click.option("--count", type=click.IntRange(1), metavar="N", help="Select N units, in place of naming blocks.")
    @click.option("--instrument", metavar="ID", help="With --count: the instrument of the units.")
    @click.option("--vintage", type=int, metavar="YEAR", help="With --count: only units of this vintage.")
    @click.option("--project", metavar="ID", help="With --count: only units of this project.")
    @click.option("--order", metavar="ORDER", help="With --count: which first, such as oldest-vintage.")
    @wraps(function)
    def called(
        session: Session,
        blocks: tuple[str, ...],
        count: int | None,
        instrument: str | None,
        vintage: int | None,
        project: str | None,
        order: str | None,
        **arguments: Any,
    ) -> int | None:
        chosen = units_of(blocks, count, instrument, vintage, project, order)
        return function(session, units=chosen, **arguments)

    return called


def moved(session: Session, command: Callable[[Any], "Block | Sequence[Block]"]) -> None:
    """Run a command that returns blocks, and show the blocks.

    Args:
        session: The call.
        command: Called with the ledger.
    """
    from carbon_ledger.serials import Block

    found, outcome = session.record(command)
    blocks = [found] if isinstance(found, Block) else list(found)
    rows = [{"serials": str(block), "units": block.count} for block in blocks]
    fields = {"units": sum(block.count for block in blocks), "blocks": blocks}
    session.report(outcome, fields, lambda: say_rows(rows, "no unit"))


@click.command("transfer", context_settings=HELP)
@records
@units
@click.option("--to", required=True, metavar="ACCOUNT", help="The account that receives the units.")
@reference_option
def transfer_command(session: Session, units: Any, from_: str | None, to: str, reference: str | None) -> None:
    """Transfer units to another account, at once."""
    moved(session, lambda ledger: ledger.transfer(units, to=to, from_=from_, reference=reference, **session.common))


@click.command("retire", context_settings=HELP, epilog=f"PERIOD is {PERIOD_HELP}.")
@waives
@units
@click.option("--for", "beneficiary", required=True, metavar="NAME", help="The beneficiary, who makes the claim.")
@click.option("--purpose", required=True, metavar="TEXT", help="What the claim is for.")
@click.option("--period", required=True, metavar="PERIOD", help="The reporting period of the claim.")
@zone_option
@reference_option
def retire_command(
    session: Session,
    units: Any,
    from_: str | None,
    beneficiary: str,
    purpose: str,
    period: str,
    zone: str | None,
    reference: str | None,
) -> None:
    """Retire units for a beneficiary; it is final."""
    claim = {
        "beneficiary": beneficiary,
        "purpose": purpose,
        "period": period_of(period, zone),
        "from_": from_,
        "waivers": session.waivers,
        "reference": reference,
        **session.common,
    }
    retirement, outcome = session.record(lambda ledger: ledger.retire(units, **claim))
    session.report(outcome, {"retirement": retirement}, lambda: say(str(retirement)))


@click.command("cancel", context_settings=HELP)
@records
@units
@reason_option
@reference_option
def cancel_command(session: Session, units: Any, from_: str | None, reason: str, reference: str | None) -> None:
    """Cancel units without a claim; it is final."""
    moved(
        session, lambda ledger: ledger.cancel(units, reason=reason, from_=from_, reference=reference, **session.common)
    )


@click.command("withdraw", context_settings=HELP)
@records
@units
@reason_option
def withdraw_command(session: Session, units: Any, from_: str | None, reason: str) -> None:
    """Withdraw units, as their issuer; it is final."""
    moved(session, lambda ledger: ledger.withdraw(units, reason=reason, from_=from_, **session.common))
