"""The report of a ledger as a page of HTML, in pieces."""

from collections.abc import Iterator

from carbon_ledger.reports.ledger_page.contents import LedgerContents
from carbon_ledger.reports.ledger_page.page import page
from carbon_ledger.reports.ledger_page.proof import Proof
from carbon_ledger.reports.ledger_page.sections.calculations import calculations
from carbon_ledger.reports.ledger_page.sections.checks import checks
from carbon_ledger.reports.ledger_page.sections.energy import carry, generation
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
    makers = (held, where, generation, carry, calculations, remarks, attestations, changes, retirements, checks)
    sections = [make(contents) for make in makers]
    yield from page(contents.head, summary(contents, proof.verdict), sections, proof)
