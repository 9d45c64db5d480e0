"""The report of a ledger as a page, and the page of an auditor. What makes a page is loaded when it is written."""

import os
from collections.abc import Iterable

from carbon_ledger.audit.report import AuditReport
from carbon_ledger.publishing.publish import Published
from carbon_ledger.queries.snapshot import Snapshot
from carbon_ledger.review.beside import Beside, require_review
from carbon_ledger.review.change_results import Changes
from carbon_ledger.review.dispositions import Dispositions
from carbon_ledger.review.evidence_results import EvidenceCheck
from carbon_ledger.review.results import Review
from carbon_ledger.review.sampling import Found, Materiality, Sample


def report(
    reader: Snapshot,
    path: str | os.PathLike[str],
    *,
    projects: Iterable[str] | None = None,
    accounts: Iterable[str] | None = None,
    title: str | None = None,
    prepared_by: str | None = None,
    checkpoint: bytes | Published | None = None,
    audit_report: AuditReport | None = None,
    review: Review | None = None,
    changes: Changes | None = None,
    sample: Sample | None = None,
    found: Found | None = None,
    evidence: EvidenceCheck | None = None,
    dispositions: Dispositions | None = None,
    materiality: Materiality | None = None,
) -> str:
    """Write a report of the ledger as one page of HTML, which a browser shows and verifies without a network.

    The page contains the entries of the ledger, and hashes them again when it is opened. A page of more than 100,000
    entries or 64 MiB, and a page of some projects or accounts, contains the entries that it cites, each with a
    receipt, if *checkpoint* is given. The same state and the same arguments give the same bytes.

    With *review*, the page is that of an auditor: its first page is one sheet with an empty box for the opinion, and it
    has the flags, the index of evidence and fields to fill in by hand. If it contains all entries, the browser sums its
    figures again from them, draws the sample again, and checks that the ledger continues that of *changes*.

    Args:
        path: The new file.
        projects: The projects that the page is about; by default, all projects, and imported units. A page with a
            review is about those of the review.
        accounts: The accounts whose holdings, retirements and withdrawals the page lists; by default, all accounts.
        title: The title of the page.
        prepared_by: Who prepares the page; by default, the page states that this is not stated.
        checkpoint: A signed checkpoint of this ledger, from `publish` or from the published file.
        audit_report: What `audit` returned for this state. By default, a page of the newest state runs the audit, and a
            page of an earlier state has none.
        review: What `review` returned for this state.
        changes: What `changes` returned for this state, for a page with a review of all projects.
        sample: What `sample` returned for this state and the projects of the review.
        found: The energy that the documents show, as `evaluate_sample` takes it. A chosen step that it lacks was not
            tested yet; when all were tested, the page has the evaluation. [Wh by (device, s since 1970-01-01 UTC)]
        evidence: What `verify_evidence` returned for this state, which ticks the documents that were found.
        dispositions: What `read_dispositions` returned.
        materiality: What `materiality` returned; by default, the page has an empty field.

    Returns:
        The digest of the file, as `digest_file` returns it.

    Raises:
        StoreError: The file exists or cannot be written; or *checkpoint*, *audit_report*, *review*, *changes* or
            *sample* is of another state or of other projects.
        UnknownThingError: There is no such project or account.
        QuantityError: *projects* or *accounts* is not a sequence, *title* or *prepared_by* is not a line of text, or
            one of the last seven arguments is not what is listed here.
        ForkError: *checkpoint* is not of this ledger.
        FormatError: *checkpoint* is not a signed checkpoint.
        BrokenLogError: The ledger is damaged, so that no page can be written; audit the ledger.
    """
    from carbon_ledger.queries.ledger_page.report import write_report
    from carbon_ledger.review.page_of_review import contents_for

    if review is None:
        only, contents = projects, None
        given = {"changes": changes, "sample": sample, "found": found, "evidence": evidence}
        require_review(**given, dispositions=dispositions, materiality=materiality)
    else:
        only, contents = contents_for(
            reader, review, projects, accounts, Beside(changes, sample, found, evidence, dispositions, materiality)
        )
    return write_report(
        reader,
        path,
        projects=only,
        accounts=accounts,
        title=title,
        prepared_by=prepared_by,
        checkpoint=checkpoint,
        audit_report=audit_report,
        review=contents,
    )
