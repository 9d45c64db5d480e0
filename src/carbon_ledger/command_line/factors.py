"""Commands about emission factors: those that are bundled, and those that a ledger adopted."""

from typing import Any

import click

from carbon_ledger.command_line.arguments import misused
from carbon_ledger.command_line.options import HELP, json_option, records
from carbon_ledger.command_line.registration import options, registered, show_and_list
from carbon_ledger.command_line.sessions import Session
from carbon_ledger.command_line.showing import say_rows, talk


@click.group("factors", context_settings=HELP)
def factors_command() -> None:
    """Find emission factors among those that are bundled; these commands need no ledger."""


@factors_command.command("find", context_settings=HELP)
@click.option("--region", required=True, metavar="REGION", help="ISO 3166 code, or the name of an electricity system.")
@click.option(
    "--purpose",
    type=click.Choice(["crediting", "location-based", "market-based"]),
    default="crediting",
    show_default=True,
    help="What the factor is for.",
)
@options(
    ("--kind", "KIND", "Such as combined_margin."),
    ("--technology", "TEXT", "Such as hydro or wind."),
    ("--tool", "TEXT", "The tool that made it."),
    ("--on", "DAY", "A day on which it is valid."),
    ("--policy", "NAME", "Which to take of several: lowest, highest, conservative or latest."),
    ("--as-of", "DAY", "As it was known on that day."),
)
@json_option
def find_factors(region: str, purpose: str, as_json: bool, **given: Any) -> int:
    """List the bundled factors that answer a question; the exit status is 5 if no factor does."""
    from carbon_ledger.factors import builtin

    registry, question = builtin(), {name: value for name, value in given.items() if value is not None}
    if "policy" in question:
        found = [registry.find(region=region, purpose=purpose, **question)]
    else:
        found = list(registry.candidates(region=region, purpose=purpose, **question))
        if not found:
            registry.find(region=region, purpose=purpose, **question)
    _show(as_json, found)
    if len(found) > 1 and not as_json:
        talk("several factors answer; adopt one by its id, or narrow the question")
    return 0


@factors_command.command("list", context_settings=HELP)
@json_option
def list_factors(as_json: bool) -> None:
    """List every bundled factor."""
    from carbon_ledger.factors import builtin

    _show(as_json, list(builtin()))


def _show(as_json: bool, factors: list[Any]) -> None:
    found = [item.to_dict() for item in factors]
    columns = ("factor_id", "value", "unit", "kind", "region", "valid_from", "valid_to", "source")
    rows = [{name: fields.get(name) for name in columns} for fields in found]
    Session(None, as_json=as_json).answer({"factors": found}, lambda: say_rows(rows, "no factor"))


@click.group("factor", context_settings=HELP)
def factor_command() -> None:
    """Adopt, show and list a ledger's emission factors."""


@factor_command.command("add", context_settings=HELP)
@records
@click.argument("factor", metavar="ID")
@click.option("--builtin", "is_builtin", is_flag=True, help="Adopt the bundled factor with this id; no other option.")
@options(
    ("--value", "NUMBER", "The value as published, such as 0.384."),
    ("--unit", "UNIT", "Such as tCO2e/MWh."),
    ("--kind", "KIND", "Such as combined_margin; it is never inferred."),
    ("--region", "REGION", "ISO 3166 code, or the name of an electricity system."),
    ("--source", "TEXT", "Where it is published."),
    ("--publisher", "TEXT", "Who publishes it."),
    ("--dataset", "TEXT", "The dataset."),
    ("--version", "TEXT", "The dataset's version."),
    ("--place", "TEXT", "The page, table or cell."),
    ("--digest", "DIGEST", "Digest of the document."),
    ("--licence", "TEXT", "Its licence."),
    ("--valid-from", "DAY", "The first day on which it is valid."),
    ("--valid-to", "DAY", "The last day on which it is valid."),
    ("--published-at", "DAY", "When it was published."),
    ("--tool", "TEXT", "The tool that made it, such as TOOL07@7.0."),
    ("--gas", "GAS", "Its gas, if it is not CO2e."),
    ("--gwp-set", "SET", "Its set of global warming potentials, such as AR5."),
    ("--vintage-option", "TEXT", "ex-ante or ex-post."),
    ("--project-class", "TEXT", "The class of projects that its weights are for."),
)
@click.option("--technology", "technologies", multiple=True, metavar="TEXT", help="A technology that it is for.")
@click.option("--data-year", "data_years", type=int, multiple=True, metavar="YEAR", help="A year of its data.")
def add_factor(session: Session, factor: str, is_builtin: bool, **given: Any) -> None:
    """Adopt an emission factor: its whole record is pinned in the ledger."""
    from carbon_ledger.factors import EmissionFactor, builtin

    fields = {name: value for name, value in given.items() if value not in (None, ())}
    if is_builtin and fields:
        misused("--builtin adopts the factor as it is bundled; leave the other options out")
    missing = [name for name in ("value", "unit", "kind", "region", "source") if name not in fields]
    if missing and not is_builtin:
        misused(f"a factor needs {', '.join(f'--{name}' for name in missing)}; or give --builtin")
    item = builtin().get(factor) if is_builtin else EmissionFactor(factor_id=factor, **fields)
    registered(session, "factor", item.factor_id, lambda ledger: ledger.adopt_factor(item, **session.common))


show_and_list(factor_command, "factor", ("factor_id", "value", "unit", "kind", "region", "valid_from", "valid_to"))
