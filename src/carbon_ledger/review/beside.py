"""What an auditor puts beside a review on a page: changes, a sample and its results, dispositions, a threshold."""

from attrs import frozen

from carbon_ledger.errors import QuantityError
from carbon_ledger.review.change_results import Changes
from carbon_ledger.review.dispositions import Dispositions
from carbon_ledger.review.evidence_results import EvidenceCheck
from carbon_ledger.review.sampling import Found, Materiality, Sample


@frozen
class Beside:
    """What is beside a review on a page; each is None if it is absent."""

    changes: Changes | None
    sample: Sample | None
    found: Found | None
    evidence: EvidenceCheck | None
    dispositions: Dispositions | None
    materiality: Materiality | None


def require_review(**given: object) -> None:
    """Refuse arguments that only a page with a review shows.

    Args:
        given: The arguments by their names; an absent one is None.

    Raises:
        QuantityError: One of them is there.
    """
    for name, value in given.items():
        if value is not None:
            raise QuantityError(f"report({name}=...) without a review: expected review=ledger.review() as well")
