"""What an auditor puts beside a review, from the options of a command: sample, changes, documents, dispositions."""

from typing import TYPE_CHECKING, Any, Final

import click

from carbon_ledger.command_line.arguments import misused
from carbon_ledger.command_line.options import Command
from carbon_ledger.command_line.publishing import since_of

if TYPE_CHECKING:
    from carbon_ledger.ledger.reader import Reader

USUAL: Final = {"confidence": "95", "tolerable": "2%"}  # what the options of a sample are by default

_PAPERS: Final = (
    click.option("--dispositions", metavar="FILE", help="The CSV file with what became of each flag."),
    click.option("--folder", metavar="DIR", help="Compare the documents of this folder with the evidence."),
    click.option("--since", metavar="CHECKPOINT|DIR|SIZE", help="Show what has changed since the last verification."),
    click.option("--found", metavar="FILE", help="What the documents show for the chosen steps."),
    click.option(
        "--tolerable", default=USUAL["tolerable"], metavar="SHARE", help="The tolerable misstatement; by default 2%."
    ),
    click.option(
        "--confidence", type=click.Choice(["90", "95"]), default=USUAL["confidence"], help="Of the sample, in percent."
    ),
    click.option("--seed", metavar="TEXT", help="Draw a sample with this text."),
)


def papers(function: Command) -> Command:
    """Give a command the options of what is beside a review; `papers_of` makes it."""
    for option in _PAPERS:
        function = option(function)
    return function


def papers_of(ledger: "Reader", scope: tuple[str, ...] | None, given: dict[str, Any]) -> dict[str, Any]:
    """The review and what is beside it, by the names of the arguments of `write_workpaper` and `review_page`.

    Args:
        ledger: The reader, in one state.
        scope: The projects, or None for all.
        given: The options of `papers`.

    Raises:
        click.UsageError: An option does not fit.
    """
    import carbon_ledger as cl

    if given["seed"] is None:
        for name in ("found", "confidence", "tolerable"):
            if given[name] != USUAL.get(name):
                misused(f"--{name} is about a sample; give its --seed")
    made: dict[str, Any] = {"review": ledger.review(scope=scope)}
    if given["seed"] is not None:
        confidence = int(given["confidence"])
        sample = ledger.sample(given["seed"], scope=scope, confidence_percent=confidence, tolerable=given["tolerable"])
        made["sample"] = sample
        if given["found"] is not None:
            made["found"] = cl.read_sample_results(given["found"], sample, partial=True)
    if given["since"] is not None:
        made["changes"] = ledger.changes(since=since_of(given["since"]))
    if given["folder"] is not None:
        made["evidence"] = ledger.verify_evidence(given["folder"])
    if given["dispositions"] is not None:
        made["dispositions"] = cl.read_dispositions(given["dispositions"])
    return made
