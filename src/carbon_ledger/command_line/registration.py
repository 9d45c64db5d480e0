"""Commands that register accounts, devices, meters, projects and methodologies, and that show them."""

from collections.abc import Callable
from typing import Any

import click

from carbon_ledger.command_line.arguments import evidence_of, number_of, pairs_of, period_of
from carbon_ledger.command_line.options import HELP, Command, reads, records, waives
from carbon_ledger.command_line.registered import fields_of, ids_of, things_of
from carbon_ledger.command_line.sessions import Session
from carbon_ledger.command_line.showing import say, say_fields, say_rows


def options(*items: tuple[str, str, str]) -> Callable[[Command], Command]:
    """Give a command options of text: for each its name, its metavar and its help.

    Args:
        items: The options; the name of one that is required ends with an exclamation mark.
    """

    def decorated(function: Command) -> Command:
        for name, metavar, text in reversed(items):
            required = name.endswith("!")
            function = click.option(name.rstrip("!"), metavar=metavar, required=required, help=text)(function)
        return function

    return decorated


def show_and_list(group: click.Group, kind: str, columns: tuple[str, ...]) -> None:
    """Give a group the commands ``show`` and ``list``.

    Args:
        group: The group.
        kind: ``account``, ``device``, ``meter``, ``project`` or ``factor``.
        columns: The fields that the list has.
    """

    @group.command("show", context_settings=HELP, help=f"Show one {kind}, as it is in force now.")
    @reads
    @click.argument("name", metavar="ID")
    def show(session: Session, name: str) -> None:
        with session.reading() as ledger:
            fields = fields_of(ledger, kind, name)
        session.answer({kind: fields}, lambda: say_fields(fields.items()))

    @group.command("list", context_settings=HELP, help=f"List every {kind}, in the order of registration.")
    @reads
    def listed(session: Session) -> None:
        with session.reading() as ledger:
            found = [thing.to_dict() for thing in things_of(ledger, kind)]
        rows = [{column: fields.get(column) for column in columns} for fields in found]
        session.answer({f"{kind}s": found}, lambda: say_rows(rows, f"there is no {kind}"))


def registered(session: Session, kind: str, name: str, register: Callable[[Any], object]) -> None:
    """Register something, and show it.

    Args:
        session: The call.
        kind: What it is.
        name: Its id.
        register: Registers it in a ledger.
    """

    def command(ledger: Any) -> dict[str, Any]:
        register(ledger)
        return fields_of(ledger, kind, name)

    fields, outcome = session.record(command)
    session.report(outcome, {kind: fields}, lambda: say_fields(fields.items()))


@click.group("account", context_settings=HELP)
def account_command() -> None:
    """Open, amend, show and list accounts."""


@account_command.command("add", context_settings=HELP)
@records
@click.argument("account", metavar="ID")
@options(
    ("--name!", "TEXT", "The name of the account's holder."),
    ("--legal-id", "TEXT", "The legal id of the holder, such as LEI:..."),
    ("--contact", "TEXT", "How the holder is reached: an office rather than a person."),
)
def add_account(session: Session, account: str, **given: Any) -> None:
    """Open an account, which can hold units."""
    registered(session, "account", account, lambda ledger: ledger.open_account(account, **given, **session.common))


amendment = options(
    ("--effective!", "DAY", "The first local day on which the values are in force."),
    ("--evidence!", "FILE|DIGEST", "The document that shows the change."),
    ("--reason!", "TEXT", "The reason, in words."),
)


def amended(session: Session, kind: str, name: str, evidence: str, given: dict[str, Any]) -> None:
    """Amend an account or a device, and show it as it is in force from the day on.

    Args:
        session: The call.
        kind: ``account`` or ``device``.
        name: Its id.
        evidence: The document that shows the change: a file, or its digest.
        given: The other arguments of the command.
    """
    arguments = {**given, "evidence": evidence_of(evidence), **session.common}
    thing, outcome = session.record(lambda ledger: getattr(ledger, f"amend_{kind}")(name, **arguments))
    fields = thing.to_dict()
    session.report(outcome, {kind: fields}, lambda: say_fields(fields.items()))


@account_command.command("amend", context_settings=HELP)
@records
@click.argument("account", metavar="ID")
@amendment
@options(
    ("--name", "TEXT", "The new name of the account's holder."),
    ("--legal-id", "TEXT", "The new legal id."),
    ("--contact", "TEXT", "The new contact."),
)
def amend_account(session: Session, account: str, evidence: str, **given: Any) -> None:
    """Amend an account from a day on; what was registered stays."""
    amended(session, "account", account, evidence, given)


@click.group("device", context_settings=HELP)
def device_command() -> None:
    """Register, amend, show and list devices."""


@device_command.command("add", context_settings=HELP)
@records
@click.argument("device", metavar="ID")
@options(
    ("--name!", "TEXT", "The device's name."),
    ("--technology!", "TEXT", "Such as hydro/run-of-river or wind/onshore."),
    ("--capacity!", "POWER", "Nameplate capacity with its unit, such as '8.33 MW'."),
    ("--country!", "CODE", "ISO 3166 code of the country."),
    ("--grid!", "NAME", "The electricity system, as emission factors name it."),
    ("--zone!", "ZONE", "IANA zone of its local days, such as Asia/Baku."),
    ("--commissioned", "DAY", "First local day of operation."),
    ("--metered-since", "DAY", "First local day on which the meter measures, if that is later."),
    ("--margin", "NUMBER", "The most energy of a step, as a multiple of the capacity's."),
    ("--station-load", "POWER", "The most power that it takes from the grid."),
    ("--capacity-before", "POWER", "Capacity before the project, of an extended plant."),
    ("--reservoir-area", "AREA", "Area of the reservoir, with its unit."),
    ("--reservoir-area-before", "AREA", "Area of the reservoir before the project."),
    ("--latitude", "DEGREES", "Latitude."),
    ("--longitude", "DEGREES", "Longitude."),
)
@click.option("--identifier", multiple=True, metavar="SCHEME=ID", help="An identifier elsewhere, such as gsrn=...")
def add_device(session: Session, device: str, identifier: tuple[str, ...], **given: Any) -> None:
    """Register a device, so that its readings can be recorded."""
    from carbon_ledger.devices import Device

    fields = {name: value for name, value in given.items() if value is not None}
    if identifier:
        fields["identifiers"] = pairs_of(identifier, "--identifier", "gsrn=570714700000000016")
    item = Device(id=device, **fields)
    registered(session, "device", item.id, lambda ledger: ledger.register_device(item, **session.common))


@device_command.command("amend", context_settings=HELP)
@records
@click.argument("device", metavar="ID")
@amendment
@options(
    ("--name", "TEXT", "The new name."),
    ("--capacity", "POWER", "The new capacity, with its unit."),
    ("--margin", "NUMBER", "The new margin."),
    ("--station-load", "POWER", "The new most power that it takes from the grid."),
)
@click.option("--decommissioned/--operating", default=None, help="Whether it no longer operates from the day on.")
def amend_device(session: Session, device: str, evidence: str, **given: Any) -> None:
    """Amend a device from a day on; what was registered stays."""
    amended(session, "device", device, evidence, given)


@click.group("meter", context_settings=HELP)
def meter_command() -> None:
    """Register, show and list shared meters."""


@meter_command.command("add", context_settings=HELP)
@records
@click.argument("meter", metavar="ID")
@click.option("--share", multiple=True, required=True, metavar="DEVICE=WEIGHT", help="A device, and its weight.")
@options(
    ("--reason", "TEXT", "Why its total is divided by these weights."),
    ("--serial-number", "TEXT", "Serial number; needs --manufacturer."),
    ("--manufacturer", "TEXT", "Who made the meter."),
    ("--accuracy-class", "CLASS", "Such as 0.2S; it states the maximum permissible error."),
    ("--resolution", "ENERGY", "The smallest difference that it shows, with its unit."),
    ("--installed", "DAY", "First local day on which it measures."),
    ("--calibration-due", "DAY", "The day on which its first calibration is due."),
    ("--replaces", "ID", "The meter whose place it takes."),
)
def add_meter(session: Session, meter: str, share: tuple[str, ...], **given: Any) -> None:
    """Register a meter that several devices share."""
    from carbon_ledger.meters import Meter

    texts = pairs_of(share, "--share", "chirag-1=8330")
    weights = {name: number_of(text) for name, text in texts.items()}
    item = Meter(id=meter, shares=weights, **{name: value for name, value in given.items() if value is not None})
    registered(session, "meter", item.id, lambda ledger: ledger.register_meter(item, **session.common))


@click.group("project", context_settings=HELP)
def project_command() -> None:
    """Register, show and list projects."""


@project_command.command("add", context_settings=HELP)
@waives
@click.argument("project", metavar="ID")
@click.option("--device", "devices", multiple=True, required=True, metavar="ID", help="A device; once for each.")
@options(
    ("--instrument!", "ID", "Such as I-REC-E or GCC-ACC."),
    ("--zone!", "ZONE", "IANA zone whose calendar years are the vintages."),
    ("--name", "TEXT", "The project's name."),
    ("--methodology", "KEY", "Name and version, such as GCCM001@4.0; for credits."),
    ("--baseline", "KIND", "greenfield, retrofit or capacity-addition; for credits."),
    ("--crediting-period", "PERIOD", "START/END, where END is not included; for credits."),
    ("--replaced-on", "DAY", "When the plant would have been replaced; for existing plants."),
    ("--registered", "DAY", "The day that decides by which rules the programme registers it."),
)
@click.option("--crediting-period-ordinal", type=int, metavar="N", help="1 for the first crediting period.")
@click.option("--history", multiple=True, metavar="YEAR=ENERGY", help="Net generation of a year before the project.")
@click.option("--requires-approval", is_flag=True, help="Whether each issuance needs an approval.")
@click.option("--requires-verification", is_flag=True, help="Whether each issuance needs a verifier's statement.")
def add_project(
    session: Session, project: str, crediting_period: str | None, history: tuple[str, ...], **given: Any
) -> None:
    """Register a project: devices under an instrument."""
    from carbon_ledger.projects import Project

    fields = {name: value for name, value in given.items() if value is not None}
    if crediting_period is not None:
        fields["crediting_period"] = period_of(crediting_period, given["zone"])
    if history:
        years = pairs_of(history, "--history", "2019='38200 MWh'")
        fields["history"] = {number_of(year): energy for year, energy in years.items()}
    item = Project(id=project, **fields)
    arguments = {**session.common, "waivers": session.waivers}
    registered(session, "project", item.id, lambda ledger: ledger.register_project(item, **arguments))


show_and_list(account_command, "account", ("id", "name", "legal_id", "contact"))
show_and_list(device_command, "device", ("id", "name", "technology", "capacity_w", "zone", "commissioned"))
show_and_list(meter_command, "meter", ("id", "shares", "accuracy_class", "installed"))
show_and_list(project_command, "project", ("id", "name", "instrument", "devices", "methodology", "zone"))


@click.group("methodology", context_settings=HELP)
def methodology_command() -> None:
    """Adopt a methodology, or attest its text."""


@methodology_command.command("add", context_settings=HELP)
@records
@click.argument("methodology", metavar="KEY")
@options(
    ("--text", "FILE|DIGEST", "The document that was compared with the library's rules."),
    ("--note", "TEXT", "Who compared them, how, and with what result."),
)
def add_methodology(session: Session, methodology: str, text: str | None, note: str | None) -> None:
    """Adopt a version of a methodology; with --text and --note, attest that its text was compared."""
    text = evidence_of(text)
    n, outcome = session.record(
        lambda ledger: ledger.adopt_methodology(methodology, text=text, note=note, **session.common)
    )
    session.report(outcome, {"methodology": methodology, "entry": n}, lambda: say(methodology))


@methodology_command.command("list", context_settings=HELP)
@reads
def list_methodologies(session: Session) -> None:
    """List the methodologies that the ledger adopted, with the attestations of their texts."""
    with session.reading() as ledger:
        found = [
            {"methodology": key, "attestations": list(ledger.attestations(key))}
            for key in ids_of(ledger, "methodology")
        ]
    rows = [{"methodology": item["methodology"], "attestations": len(item["attestations"])} for item in found]
    session.answer({"methodologies": found}, lambda: say_rows(rows, "no methodology is adopted"))
