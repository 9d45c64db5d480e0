"""The page of an auditor: the report of a ledger with a review. What makes it is loaded when it is written."""

import os

from carbon_ledger.audit.report import AuditReport
from carbon_ledger.publishing.publish import Published
from carbon_ledger.queries.snapshot import Snapshot
from carbon_ledger.review.beside import Beside
from carbon_ledger.review.change_results import Changes
from carbon_ledger.review.dispositions import Dispositions
from carbon_ledger.review.evidence_results import EvidenceCheck
from carbon_ledger.review.results import Review
from carbon_ledger.review.sampling import Found, Materiality, Sample


def review_page(
    reader: Snapshot,
    path: str | os.PathLike[str],
    *,
    review: Review | None = None,
    sample: Sample | None = None,
    found: Found | None = None,
    changes: Changes | None = None,
    evidence: EvidenceCheck | None = None,
    dispositions: Dispositions | None = None,
    materiality: Materiality | None = None,
    title: str | None = None,
    prepared_by: str | None = None,
    checkpoint: bytes | Published | None = None,
    audit_report: AuditReport | None = None,
) -> str:
    """Write the page of an auditor: that of `report` with a review, a first page of one sheet, and fields to fill in.

    If the page has all entries, the browser sums its figures again, and draws the sample again.

    Args:
        path: The new file.
        review: What `review` returned for this state; by default, a review of the whole ledger.
        sample: What `sample` returned for this state and the projects of the review.
        found: The energy that documents show; untested steps are absent. [Wh by (device, s since 1970-01-01 UTC)]
        changes: What `changes` returned for this state, for a review of all projects.
        evidence: What `verify_evidence` returned for this state, which ticks documents.
        dispositions: What `read_dispositions` returned.
        materiality: What `materiality` returned; by default, the page has an empty field.
        title, prepared_by, checkpoint, audit_report: As `report` takes them.

    Returns:
        The digest of the file, as `digest_file` returns it.

    Raises:
        StoreError: The file exists or cannot be written; or *checkpoint* is of a later state.
        QuantityError: An argument is not what is listed here, or is of another state or of other projects.
        ForkError, FormatError, BrokenLogError: As `report` raises them.
    """
    from carbon_ledger.review.page_of_review import written

    beside = Beside(sample, found, changes, evidence, dispositions, materiality)
    return written(reader, path, review, beside, title, prepared_by, checkpoint, audit_report)
