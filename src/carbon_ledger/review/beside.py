"""What an auditor puts beside a review on a page: changes, a sample and its results, dispositions, a threshold."""

from attrs import frozen

from carbon_ledger.review.change_results import Changes
from carbon_ledger.review.dispositions import Dispositions
from carbon_ledger.review.evidence_results import EvidenceCheck
from carbon_ledger.review.sampling import Found, Materiality, Sample


@frozen
class Beside:
    """What is beside a review on a page; each is None if it is absent."""

    sample: Sample | None
    found: Found | None
    changes: Changes | None
    evidence: EvidenceCheck | None
    dispositions: Dispositions | None
    materiality: Materiality | None
