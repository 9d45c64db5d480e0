"""Workpapers of a review. How they are made is loaded when one is first written."""

import os

from carbon_ledger.errors import QuantityError, StoreError
from carbon_ledger.files import require_new, write_new
from carbon_ledger.printing import quote
from carbon_ledger.queries.snapshot import Snapshot
from carbon_ledger.review.change_results import Changes
from carbon_ledger.review.dispositions import Dispositions
from carbon_ledger.review.evidence_results import EvidenceCheck
from carbon_ledger.review.results import Review
from carbon_ledger.review.sampling import Found, Sample


def write_workpaper(
    reader: Snapshot,
    path: str | os.PathLike[str],
    *,
    review: Review | None = None,
    sample: Sample | None = None,
    found: Found | None = None,
    changes: Changes | None = None,
    evidence: EvidenceCheck | None = None,
    dispositions: Dispositions | None = None,
) -> None:
    """Write a workpaper: an Excel workbook of a review, in which an auditor enters dispositions and what was found.

    The sheets are: a first page; the flags; the sample, its evaluation and its draw, all of which the spreadsheet
    computes; what is always tested in full; the index of evidence with ticks; the changes; the waivers; the origin of
    the claimed energy; and the thresholds. The same arguments give the same bytes.

    Args:
        path: The new file.
        review: The review, in the state that this reader sees; by default, one of the whole ledger.
        sample: A sample of the projects of the review, from `Ledger.sample`.
        found: The energy that the documents show, as `evaluate_sample` takes it. A chosen step that it lacks was not
            tested yet. [Wh by (device, s since 1970-01-01 UTC)]
        changes: What has changed since the last verification, from `Ledger.changes`.
        evidence: The check of a folder, from `Ledger.verify_evidence`, which fills in the ticks.
        dispositions: The dispositions, from `read_dispositions`.

    Raises:
        QuantityError: An argument is not what is listed here, is about another state of the ledger, or has more rows
            than a sheet.
        StoreError: The file exists, or cannot be written.
        MissingExtraError: XlsxWriter is not installed; it is the extra ``excel``.
        BrokenLogError: The ledger is damaged; audit the ledger.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from carbon_ledger.testing import sample_ledger
        >>> ledger = sample_ledger()
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder, "workpaper.xlsx")
        ...     ledger.write_workpaper(file, sample=ledger.sample("seed of 3 March"))
        ...     file.read_bytes()[:2]
        b'PK'
    """
    for name, value, kind in (
        ("review", review, Review),
        ("sample", sample, Sample),
        ("changes", changes, Changes),
        ("evidence", evidence, EvidenceCheck),
        ("dispositions", dispositions, Dispositions),
    ):
        if value is not None and not isinstance(value, kind):
            raise QuantityError(f"write_workpaper({name}={quote(value)}): expected a {kind.__name__}, or None")
    from carbon_ledger.review.sample_results import checked_found
    from carbon_ledger.review.workpapers.workpaper import workpaper_of

    file = require_new(path, StoreError)
    given = {} if found is None else checked_found(found)
    made = workpaper_of(reader, review, sample, given, changes, evidence, dispositions or Dispositions())
    write_new(file, made, StoreError)
