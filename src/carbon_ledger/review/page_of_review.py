"""The contents of an auditor's page: whether its parts are of one state, and what the page then shows of them."""

import os
from collections.abc import Iterable
from typing import TypeVar

from attrs import evolve

from carbon_ledger.audit.report import AuditReport
from carbon_ledger.errors import QuantityError, StoreError
from carbon_ledger.files import require_new
from carbon_ledger.printing import quote
from carbon_ledger.publishing.publish import Published
from carbon_ledger.queries.ledger_page.report import write_report
from carbon_ledger.queries.snapshot import Snapshot
from carbon_ledger.reports.ledger_page.review_contents import ReviewContents
from carbon_ledger.review.beside import Beside
from carbon_ledger.review.change_results import Changes
from carbon_ledger.review.dispositions import Dispositions
from carbon_ledger.review.evidence_results import EvidenceCheck
from carbon_ledger.review.page import review_contents
from carbon_ledger.review.page_parts import disposed_of, drawn, since_of
from carbon_ledger.review.parameters import DEFAULTS
from carbon_ledger.review.questions import Questions
from carbon_ledger.review.results import Review
from carbon_ledger.review.reviewing import is_drawn_from, reviewed
from carbon_ledger.review.sample_results import checked_found
from carbon_ledger.review.sampling import Materiality, Sample

Part = TypeVar("Part")


def written(
    reader: Snapshot,
    path: str | os.PathLike[str],
    review: object,
    beside: Beside,
    title: str | None,
    prepared_by: str | None,
    checkpoint: bytes | Published | None,
    audit_report: AuditReport | None,
) -> str:
    """Write the page of an auditor; see `report.review_page`.

    Raises:
        StoreError, QuantityError, ForkError, FormatError, BrokenLogError: As `report.review_page` raises them.
    """
    require_new(path, StoreError)
    only, contents = contents_for(reader, review, beside)
    return write_report(
        reader,
        path,
        projects=only,
        accounts=None,
        title=title,
        prepared_by=prepared_by,
        checkpoint=checkpoint,
        audit_report=audit_report,
        review=contents,
    )


def contents_for(reader: Snapshot, review: object, beside: Beside) -> tuple[Iterable[str] | None, ReviewContents]:
    """The projects of a page with a review, and what the page shows of it.

    Args:
        reader: The reader.
        review: The review, or None for one of the whole ledger.
        beside: What is beside the review.

    Raises:
        QuantityError: An argument is not what `report.review_page` lists; or the parts are of different states or
            projects, or of a state that the reader does not have.
    """
    given = reviewed(reader, None, None, DEFAULTS) if review is None else _checked("review", review, Review, "review")
    changes, sample = _part("changes", beside.changes, Changes), _part("sample", beside.sample, Sample)
    threshold = _part("materiality", beside.materiality, Materiality)
    found = checked_found("review_page", beside.found, sample)
    noted = _part("dispositions", beside.dispositions, Dispositions, "read_dispositions")
    disposed = None if noted is None else dict(disposed_of(given, noted))
    check = _part("evidence", beside.evidence, EvidenceCheck, "verify_evidence")
    only = given.projects or None
    if changes is not None and only is not None:
        raise QuantityError(
            "review_page: changes are of the whole ledger, but the review is of some projects; leave changes out"
        )
    if given.size > reader._view().size:
        raise QuantityError(
            f"review_page: the review is of {given.size:,} entries, but this state has {reader._view().size:,}; review "
            f"this state"
        )
    if check is not None and (check.ledger_id, check.size) != (given.ledger_id, given.size):
        raise QuantityError(
            f"review_page: the folder was compared with {check.size:,} entries of {quote(check.ledger_id)}, but the "
            f"review is of {given.size:,} of {quote(given.ledger_id)}; check it again"
        )
    questions = Questions(reader._view_of(given.size), reader._store, reader._view_of, only)
    _require_same(questions, given, changes, sample)
    contents = review_contents(questions, given, disposed, threshold, check)
    return only, evolve(
        contents,
        sample=None if sample is None else drawn(sample, found),
        since=None if changes is None else since_of(reader._store, changes),
    )


def _part(name: str, value: object, kind: type[Part], command: str = "") -> Part | None:
    return None if value is None else _checked(name, value, kind, command or name)


def _checked(name: str, value: object, kind: type[Part], command: str) -> Part:
    if not isinstance(value, kind):
        raise QuantityError(f"review_page({name}={quote(value)}): expected what {command}() returned, or None")
    return value


def _require_same(questions: Questions, review: Review, changes: Changes | None, sample: Sample | None) -> None:
    """Refuse changes of another state, and a sample that is not the one that its seed draws for the review.

    Raises:
        QuantityError: One of them is.
    """
    if changes is not None and (changes.size, changes.root) != (review.size, review.root):
        raise QuantityError(
            f"review_page: the changes are up to {changes.size:,} entries with the root {changes.root}, but the review "
            f"is of {review.size:,} with {review.root}; ask both of one state"
        )
    if sample is None:
        return
    if sample.root != review.root:
        raise QuantityError(
            f"review_page: the sample is drawn with the root {sample.root}, but the review has {review.root}; draw it "
            "again"
        )
    if not is_drawn_from(sample, questions, review.root):
        raise QuantityError(
            "review_page: the sample is not that of the review's projects; draw it with the scope of the review"
        )
