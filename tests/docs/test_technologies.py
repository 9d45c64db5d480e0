"""The page about technologies has those of the code, with what each methodology, TOOL07 and EnergyTag make of them."""

from tests.docs.documents import ROOT, table

import carbon_ledger as cl
from carbon_ledger.devices import TECHNOLOGIES
from carbon_ledger.exchange import energytag
from carbon_ledger.methodologies import METHODOLOGIES
from carbon_ledger.methodologies.activity import Activity, VintageGeneration
from carbon_ledger.methodologies.tool07.weights import combined_margin_weights

PAGE = ROOT / "docs" / "reference" / "technologies.md"


def device(technology: str) -> cl.Device:
    """A plant of 1 MW."""
    return cl.Device(
        id="plant",
        name="Plant",
        technology=technology,
        capacity="1 MW",
        country="DE",
        grid="DE",
        zone="UTC",
        commissioned="2024-01-01",
    )


def admitted(technology: str, methodology: str) -> str:
    """What a methodology says about a new plant of a technology."""
    activity = Activity(
        project="project",
        baseline="greenfield",
        crediting_period_ordinal=1,
        devices=(device(technology),),
        period=cl.Period.year(2025, zone="UTC"),
        generation=(VintageGeneration(2025, "plant", 1_000_000),),
    )
    (condition,) = (item for item in METHODOLOGIES[methodology].applicability(activity) if item.name == "technology")
    if condition.met:
        return "yes"
    if "fuel is declared" in condition.detail:
        return "yes, with its [fuel](../how-to/declare-emissions.md)"
    return "no: its emissions are not calculated" if "cannot calculate" in condition.detail else "no"


def rows() -> list[list[str]]:
    """The table, without the words of its second column."""
    made = []
    for technology in TECHNOLOGIES:
        first, second = (combined_margin_weights(technology, ordinal) for ordinal in (1, 2))
        weights = "/".join(first) + ("" if first == second else f", later {'/'.join(second)}")
        methods = [admitted(technology, name) for name in sorted(METHODOLOGIES)]
        made.append([f"`{technology}`", *methods, weights, energytag._SOURCES[technology.partition("/")[0]]])
    return made


def test_the_methodologies_of_the_page_are_those_that_are_built_in() -> None:
    assert f"| {' | '.join(sorted(METHODOLOGIES))} |" in PAGE.read_text(encoding="utf-8")


def test_every_technology_is_there_with_what_is_made_of_it() -> None:
    assert [[row[0], *row[2:]] for row in table(PAGE, "The list")] == rows()


def test_every_technology_is_described() -> None:
    assert all(len(row[1]) > 10 for row in table(PAGE, "The list"))
