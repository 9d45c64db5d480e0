"""Workpapers of a review. How they are made is loaded when one is first written."""

import os
from typing import Final

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

    The spreadsheet computes the sample's draw and its evaluation. The same arguments give the same bytes.

    Args:
        path: The new file.
        review: The review, in the state that this reader sees; by default, one of the whole ledger.
        sample: A sample of the projects of the review.
        found: What the documents show for the steps that were tested. [Wh by (device, s since 1970-01-01 UTC)]
        changes: What has changed since the last verification.
        evidence: The check of a folder, which fills in the ticks.
        dispositions: The dispositions.

    Raises:
        QuantityError: An argument is something else, is about another state of the ledger, or is too long for a sheet.
        StoreError: The file exists, or cannot be written.
        MissingExtraError: XlsxWriter is not installed; it is the extra ``excel``.
        BrokenLogError: The ledger is damaged; audit the ledger.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from carbon_ledger.testing import sample_ledger
        >>> ledger = sample_ledger()
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     ledger.write_workpaper(Path(folder, "workpaper.xlsx"), sample=ledger.sample("seed of 3 March"))
    """
    _require_kinds(review=review, sample=sample, changes=changes, evidence=evidence, dispositions=dispositions)
    from carbon_ledger.review.sample_results import checked_found
    from carbon_ledger.review.workpapers.workpaper import workpaper_of

    file = require_new(path, StoreError)
    given = checked_found("write_workpaper", found, sample)
    made = workpaper_of(reader, review, sample, given, changes, evidence, dispositions or Dispositions())
    write_new(file, made, StoreError)


_KINDS: Final[dict[str, type]] = {
    "review": Review, "sample": Sample, "changes": Changes, "evidence": EvidenceCheck, "dispositions": Dispositions,
}  # fmt: skip


def _require_kinds(**given: object) -> None:
    """Refuse an argument that is neither a record of its kind nor None.

    Raises:
        QuantityError: An argument is something else.
    """
    for name, value in given.items():
        if value is not None and not isinstance(value, _KINDS[name]):
            raise QuantityError(f"write_workpaper({name}={quote(value)}): expected a {_KINDS[name].__name__}, or None")
