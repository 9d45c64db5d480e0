"""The report of a ledger as a page of HTML, in pieces; and the page of an auditor, which has a review beside it."""

from collections.abc import Iterator

from carbon_ledger.reports.ledger_page.contents import LedgerContents
from carbon_ledger.reports.ledger_page.page import Section, page
from carbon_ledger.reports.ledger_page.proof import Proof
from carbon_ledger.reports.ledger_page.review_contents import ReviewContents
from carbon_ledger.reports.ledger_page.sections import reviewed, to_fill
from carbon_ledger.reports.ledger_page.sections.calculations import calculations
from carbon_ledger.reports.ledger_page.sections.checks import checks
from carbon_ledger.reports.ledger_page.sections.energy import carry, generation
from carbon_ledger.reports.ledger_page.sections.first_page import first_page
from carbon_ledger.reports.ledger_page.sections.remarks import remarks
from carbon_ledger.reports.ledger_page.sections.retirements import retirements
from carbon_ledger.reports.ledger_page.sections.statements import attestations, changes
from carbon_ledger.reports.ledger_page.sections.summary import summary
from carbon_ledger.reports.ledger_page.sections.units import held, where


def ledger_page(contents: LedgerContents, proof: Proof) -> Iterator[str]:
    """The page of a ledger's report in pieces.

    Args:
        contents: What the report shows.
        proof: The part of the page that verifies itself.
    """
    if contents.review is not None:
        first = first_page(contents, contents.review, proof.verdict)
        yield from page(contents.head, first, _of_auditor(contents, contents.review), proof, kind="report auditor")
        return
    makers = (held, where, generation, carry, calculations, remarks, attestations, changes, retirements, checks)
    sections = [make(contents) for make in makers]
    yield from page(contents.head, summary(contents, proof.verdict), sections, proof)


def _of_auditor(contents: LedgerContents, review: ReviewContents) -> Iterator[Section]:
    """The sections of an auditor's page, in the order in which an auditor works."""
    yield to_fill.engagement(contents, review)
    yield checks(contents)
    yield reviewed.since(review)
    yield reviewed.plants(review)
    yield generation(contents)
    yield calculations(contents)
    yield reviewed.reconciliation(contents, review)
    yield carry(contents)
    yield reviewed.override(review)
    yield remarks(contents)
    yield attestations(contents)
    yield reviewed.flags(review)
    yield reviewed.sample(review)
    yield reviewed.evidence(review)
    yield where(contents)
    yield held(contents)
    yield retirements(contents)
    yield changes(contents)
    yield to_fill.findings()
    yield to_fill.monitoring_map()
    yield to_fill.statement(contents)
