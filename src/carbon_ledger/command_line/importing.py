"""Commands that read files and totals into the ledger: meter files, typed totals, and exports of registries."""

import os
from typing import TYPE_CHECKING, Any, get_args

import click

from carbon_ledger.choices import Already, Quality
from carbon_ledger.command_line.arguments import PERIOD_HELP, evidence_of, misused, pairs_of, period_of
from carbon_ledger.command_line.exits import NOT_TRUE
from carbon_ledger.command_line.options import HELP, Command, json_option, records, waives, zone_option
from carbon_ledger.command_line.sessions import Session
from carbon_ledger.command_line.showing import plain, progress_on, say, say_fields, say_rows, talk
from carbon_ledger.printing import named, near

if TYPE_CHECKING:
    from carbon_ledger.metering.guess.description import MeterFileDescription
    from carbon_ledger.metering.layouts import MeterLayout

AUTO = "auto"
_MOST_SHOWN = 20  # doubts or refused rows that are shown one by one

answer_option = click.option("--answer", multiple=True, metavar="NAME=VALUE", help="Answer a question about the file.")


@click.group("import", context_settings=HELP)
def import_command() -> None:
    """Read meter files, totals and registry exports into the ledger."""


def described(path: str, zone: str | None, answers: tuple[str, ...]) -> "MeterFileDescription":
    """The description of a meter file, with the answers that the caller gave.

    Args:
        path: The file.
        zone: The zone of the meter, or None.
        answers: Answers as ``NAME=VALUE``.

    Raises:
        MissingDataError: The file cannot be read.
        QuantityError: The file cannot be described, or an answer is to no question.
        click.UsageError: An answer is to no question, and others are open.
    """
    from carbon_ledger.metering.guess.description import describe_meter_file

    found = describe_meter_file(path, zone=zone)
    given = pairs_of(answers, "--answer", "stamp=start")
    # A question may follow from the answer to another one, so they are answered one after another.
    while names := [question.name for question in found.questions if question.name in given]:
        found = found.answered(**{name: given.pop(name) for name in names})
    if given and found.questions:
        given_name, names = next(iter(given)), [question.name for question in found.questions]
        close = "".join(f"; did you mean {name}?" for name in near(given_name, names))
        misused(f"--answer {named(given_name)}: the file does not ask this, but {', '.join(names)}{close}")
    return found.answered(**given) if given else found


def _questions(description: "MeterFileDescription") -> list[str]:
    """The open questions, with their choices, in words."""
    lines = []
    for question in description.questions:
        lines.append(f"{question.name}? {question.text}")
        lines += [
            f"  --answer {question.name}={choice}  {meaning}".rstrip() for choice, meaning in question.choices.items()
        ]
        if not question.choices:
            lines.append(f"  --answer {question.name}=...")
    return lines


@import_command.command("describe", context_settings=HELP)
@click.argument("path", metavar="FILE")
@json_option
@zone_option
@answer_option
def describe(path: str, as_json: bool, zone: str | None, answer: tuple[str, ...]) -> int:
    """Say what a meter file seems to be, and print a layout for it as TOML; it needs no ledger.

    The exit status is 1 as long as a question about the file is open.
    """
    found = described(path, zone, answer)
    fields = {
        "layout": None if found.layout is None else found.layout.to_record(),
        **{name: list(getattr(found, name)) for name in ("reasons", "doubts", "read")},
        "questions": [plain(question) for question in found.questions],
    }

    def show() -> None:
        for title, items in (("because", found.reasons), ("in doubt", found.doubts), ("read by it", found.read)):
            talk("\n".join(f"{title}: {item}" for item in items)) if items else None
        if found.questions:
            talk("\n".join(_questions(found)))
        if found.layout is not None:
            say(found.layout.to_toml().rstrip())

    Session(None, as_json=as_json).answer({"description": fields}, show)
    return 0 if found.layout is not None else NOT_TRUE


def _layout_of(
    session: Session, name: str, path: str, zone: str | None, answers: tuple[str, ...]
) -> "MeterLayout | str":
    """The layout to read a file by: a built-in one, one in a TOML file, or the one that the file suggests."""
    from carbon_ledger.metering.layouts import MeterLayout

    if name != AUTO:
        if os.path.isfile(name):
            return MeterLayout.read(name)
        if name.endswith(".toml") or os.sep in name:
            misused(
                f"--layout {named(name)}: there is no such file; give a TOML file, or the name of a built-in layout"
            )
        return name
    found = described(path, zone, answers)
    if found.layout is None:
        problems = [*_questions(found), *found.doubts]
        misused("\n".join([f"{path}: the file leaves something open; answer, or give --layout", *problems]))
    for doubt in found.doubts[:_MOST_SHOWN]:
        session.remark(f"in doubt: {doubt}")
    return found.layout


@import_command.command("readings", context_settings=HELP)
@waives
@click.argument("path", metavar="FILE")
@click.option("--device", metavar="ID", help="The device whose readings they are.")
@click.option("--meter", metavar="ID", help="The shared meter whose readings they are.")
@click.option(
    "--layout", default=AUTO, show_default=True, metavar="NAME|TOML", help="A built-in layout, or a TOML file."
)
@click.option("--series", metavar="NAME", help="The meter in the file, if it has several.")
@click.option(
    "--already",
    type=click.Choice(get_args(Already)),
    default="refuse",
    show_default=True,
    help="What happens to steps that are recorded already.",
)
@click.option("--reason", metavar="TEXT", help="With --already correct: the reason of the corrections.")
@zone_option
@answer_option
def import_readings(
    session: Session,
    path: str,
    device: str | None,
    meter: str | None,
    layout: str,
    series: str | None,
    already: str,
    reason: str | None,
    zone: str | None,
    answer: tuple[str, ...],
) -> None:
    """Record the readings in a meter file, all or none."""
    from carbon_ledger.metering.meter_files import read_meter_file

    kind, name = _subject(device, meter)
    options = {"meter": series, "already": already, "reason": reason, "waivers": session.waivers, **session.common}
    with session.reading() as ledger:
        subject = getattr(ledger, kind)(name)
    # The file is read before the transaction, since others cannot write during it.
    read_by = _layout_of(session, layout, path, zone or getattr(subject, "zone", None), answer)
    file = read_meter_file(path, read_by, progress=progress_on("reading"))
    found, outcome = session.record(lambda ledger: ledger.record_meter_file(subject, file, **options))
    shown = [(kind, found.subject), ("net energy", f"{found.net_wh:,} Wh"), ("sha256", found.sha256)]
    shown += [("recorded", str(period)) for period in found.recorded]
    shown += [("skipped", f"{found.skipped_steps} steps")] if found.skipped_steps else []
    shown += [("corrected", str(period)) for period in found.corrected]
    shown += [("gap", str(period)) for period in found.gaps]
    session.report(outcome, {"readings": found}, lambda: say_fields(shown))


def _subject(device: str | None, meter: str | None) -> tuple[str, str]:
    """The kind and the id of whose readings they are."""
    if (device is None) == (meter is None):
        misused("whose readings are they? give either --device or --meter")
    return ("device", device) if device is not None else ("meter", str(meter))


def volumes(function: Command) -> Command:
    """Give a command the energies of a total: net, gross, export, import, evidence and quality.

    Args:
        function: Called with these besides its own arguments; a missing one is None.
    """
    for name, text in (
        ("--import", "Energy taken from the grid, with its unit."),
        ("--export", "Energy delivered to the grid, with its unit."),
        ("--gross", "Gross generation, with its unit."),
        ("--net", "Net generation: export minus import, with its unit, such as '18600 MWh'."),
    ):
        function = click.option(name, f"{name[2:]}_", metavar="ENERGY", help=text)(function)
    quality = click.Choice(get_args(Quality))
    return click.option("--quality", type=quality, default="measured", show_default=True, help="How it is known.")(
        function
    )


def energies_of(given: dict[str, Any]) -> dict[str, Any]:
    """The energies that `volumes` took, as arguments of a command; those that were not given are left out.

    Args:
        given: The arguments; the energies are removed from it.
    """
    names = {"net_": "net", "gross_": "gross", "export_": "export", "import_": "import_"}
    found = {name: given.pop(key) for key, name in names.items()}
    return {name: value for name, value in found.items() if value is not None}


@import_command.command("total", context_settings=HELP, epilog=f"PERIOD is {PERIOD_HELP}; the zone is the device's.")
@waives
@click.argument("period")
@click.option("--device", metavar="ID", help="The device whose energy it is.")
@click.option("--meter", metavar="ID", help="The shared meter whose energy it is.")
@click.option("--evidence", metavar="FILE|DIGEST", help="The document that it comes from.")
@volumes
@zone_option
def import_total(
    session: Session,
    period: str,
    device: str | None,
    meter: str | None,
    evidence: str | None,
    zone: str | None,
    **given: Any,
) -> None:
    """Record the energy of a whole period, as typed."""
    kind, name = _subject(device, meter)
    options = {**energies_of(given), **given, "evidence": evidence_of(evidence), "waivers": session.waivers}

    def command(ledger: Any) -> Any:
        subject = getattr(ledger, kind)(name)
        within = period_of(period, zone or getattr(subject, "zone", None))
        record = ledger.record_generation if kind == "device" else ledger.record_meter
        return record(name, within, **options, **session.common)

    found, outcome = session.record(command)
    fields = {kind: name, **found.to_dict()}
    session.report(
        outcome, {"readings": fields}, lambda: say_fields([(kind, name), ("net energy", f"{found.net_wh:,} Wh")])
    )


@import_command.command("units", context_settings=HELP)
@records
@click.argument("path", metavar="FILE")
@click.option("--registry", metavar="ID", help="The registry whose serials they are; by default, the serials say it.")
@click.option("--serial-column", required=True, metavar="HEADER", help="The column of the serials.")
@click.option("--quantity-column", required=True, metavar="HEADER", help="The column of the quantities.")
@click.option("--to", required=True, metavar="ACCOUNT", help="The account that receives the units.")
@click.option("--instrument", metavar="ID", help="The instrument; by default, the serials say it.")
@click.option("--project", metavar="ID", help="The project there; by default, the serials say it.")
@click.option("--production", metavar="PERIOD", help="When the units were produced; by default, the serials say it.")
@click.option("--skip-refused", is_flag=True, help="Import the other rows, although some rows are refused.")
@click.option("--delimiter", default=",", metavar="CHARACTER", help="What separates the columns.")
@click.option("--thousands", default="", metavar="CHARACTER", help="What separates groups of three digits.")
@zone_option
def import_units(session: Session, path: str, to: str, skip_refused: bool, **given: Any) -> None:
    """Import the units of a registry's export, all rows in one transaction."""
    from carbon_ledger.command_line.registry_rows import imported, rows_of

    rows = rows_of(session, path, given, skip_refused=skip_refused)
    if session.key is not None:
        misused("--key: each row is a command of its own, and a serial is imported once in any case")
    batches, outcome = session.record(lambda ledger: imported(ledger, rows, to, given, session.by))
    shown = [{"batch": item.batch_id, "units": item.count, "serials": str(item), "account": to} for item in batches]
    fields = {"batches": batches, "refused": list(rows.refused)}
    session.report(outcome, fields, lambda: say_rows(shown, "the file has no row"))
