"""Commands for an auditor's own papers: the review with its dispositions, and the workpaper."""

import os
from typing import TYPE_CHECKING, Any, Final

import click

from carbon_ledger.command_line.arguments import misused
from carbon_ledger.command_line.exits import DONE, NOT_TRUE
from carbon_ledger.command_line.options import HELP, as_of_option, reads, zone_option
from carbon_ledger.command_line.papers import papers, papers_of
from carbon_ledger.command_line.sessions import Session
from carbon_ledger.command_line.showing import say, say_fields
from carbon_ledger.printing import named

if TYPE_CHECKING:
    from carbon_ledger.review.dispositions import Dispositions
    from carbon_ledger.review.results import Review

_projects: Final = click.option(
    "--project", "projects", multiple=True, metavar="ID", help="Only this project; once for each."
)


@click.command(
    "review",
    context_settings=HELP,
    epilog="A flag is settled if its row in the file says explained, corrected, misstatement or FAR, with a response, "
    "a name and a day.",
)
@reads
@_projects
@click.option("--since", type=click.IntRange(min=0), metavar="ENTRY", help="Only flags that rest on newer entries.")
@click.option("--dispositions", metavar="FILE", help="The CSV file with what became of each flag.")
@click.option("--update", is_flag=True, help="Write a row for each flag that the file does not have.")
@as_of_option
@zone_option
def review_command(
    session: Session,
    projects: tuple[str, ...],
    since: int | None,
    dispositions: str | None,
    update: bool,
    as_of: str | None,
    zone: str | None,
) -> int:
    """Ask what an auditor would ask about: flags, where the energy comes from, and what the waivers lifted.

    With --dispositions, the exit status is 1 while a flag is open.
    """
    if update and dispositions is None:
        misused("--update writes to the file of --dispositions; name it")
    with session.reading(as_of, zone) as ledger:
        found = ledger.review(scope=projects or None, since=since)
    written = None if dispositions is None else _dispositions(session, dispositions, found, update)
    unsettled = 0 if written is None else sum(item.is_open for item in written.of_review(found))
    answer = {"review": found, "dispositions": written, "open": None if written is None else unsettled}
    session.answer(answer, lambda: say(f"{found}" if written is None else f"{found}\n{written}"))
    return NOT_TRUE if unsettled else DONE


def _dispositions(session: Session, path: str, review: "Review", update: bool) -> "Dispositions":
    """The dispositions of a file, with a row for each flag; written to the file only if that is asked."""
    import carbon_ledger as cl

    if update:
        return cl.update_dispositions(path, review)
    if not os.path.lexists(path):
        misused(f"--dispositions {named(path)}: no such file; --update creates it")
    read = cl.read_dispositions(path)
    found = read.updated(review)
    if missing := len(found.rows) - len(read.rows):
        flags = "1 flag has" if missing == 1 else f"{missing:,} flags have"
        session.remark(f"{flags} no row in the file; --update writes one for each")
    return found


@click.command(
    "workpaper",
    context_settings=HELP,
    epilog="Write the seed down before you receive the ledger. FILE of --found is the sheet Sample, saved as CSV "
    "after the column found_wh was filled in.",
)
@reads
@click.argument("out", metavar="OUT")
@_projects
@papers
@as_of_option
@zone_option
def workpaper_command(
    session: Session, out: str, projects: tuple[str, ...], as_of: str | None, zone: str | None, **given: Any
) -> None:
    """Write a workpaper to the new file OUT: an Excel workbook of a review, in which you enter what you find."""
    import carbon_ledger as cl

    with session.reading(as_of, zone) as ledger:
        # Others may write meanwhile.
        reader = ledger.as_of(entry=ledger.size - 1) if isinstance(ledger, cl.Ledger) else ledger
        made = papers_of(reader, projects or None, given)
        reader.write_workpaper(out, **made)
    fields = _fields(out, made)
    session.answer({"workpaper": fields}, lambda: say_fields(fields.items()))


def _fields(out: str, made: dict[str, Any]) -> dict[str, object]:
    """What was written: the flags, and the evaluation of the sample once every step is tested."""
    from carbon_ledger.review.sampling import evaluate_sample

    fields: dict[str, object] = {"path": out, "flags": len(made["review"].flags)}
    if "sample" in made:
        chosen, found = len(made["sample"].items), made.get("found", {})
        fields |= {"steps": chosen, "tested": len(found)}
        if found and len(found) == chosen:
            fields["evaluation"] = evaluate_sample(made["sample"], found)
    return fields
