"""Putting a workpaper together: what is given has to be about one state of the ledger."""

from collections.abc import Iterable

from carbon_ledger.core.entries.entry import recorded_time
from carbon_ledger.errors import QuantityError
from carbon_ledger.log.tiles import root_hash
from carbon_ledger.queries.snapshot import Snapshot
from carbon_ledger.reports.limbs import MOST_RAW
from carbon_ledger.reports.papers import PaperSheet, paper
from carbon_ledger.review.change_results import Changes
from carbon_ledger.review.dispositions import Dispositions
from carbon_ledger.review.evidence_index import index_of
from carbon_ledger.review.evidence_results import EvidenceCheck, EvidenceItem
from carbon_ledger.review.parameters import DEFAULTS
from carbon_ledger.review.population import Population
from carbon_ledger.review.questions import Questions
from carbon_ledger.review.results import Review
from carbon_ledger.review.reviewing import is_drawn_from, questions_of, reviewed
from carbon_ledger.review.sampling import Found, Sample
from carbon_ledger.review.workpapers import sheets
from carbon_ledger.review.workpapers.draw import (
    draw_sheet,
    is_counted,
    population_sheet,
    positions_of,
    results_of,
    sample_sheet,
)
from carbon_ledger.review.workpapers.evaluation import evaluation_sheet, result_of


def workpaper_of(
    reader: Snapshot,
    review: Review | None,
    sample: Sample | None,
    found: Found,
    changes: Changes | None,
    evidence: EvidenceCheck | None,
    dispositions: Dispositions,
) -> bytes:
    """The bytes of a workpaper.

    Args:
        reader: The reader.
        review: The review, or None for one of the whole ledger.
        sample: The sample, or None.
        found: What the documents show for chosen steps. [Wh by (device, s since 1970-01-01 UTC)]
        changes: The changes, or None.
        evidence: The check of a folder, or None.
        dispositions: The dispositions.

    Raises:
        QuantityError: Something is about another state of the ledger, or the sample is of other projects.
        MissingExtraError: XlsxWriter is not installed.
    """
    size = reader._view().size
    reader = Snapshot(reader._store, size, known=reader._known)  # others may write meanwhile
    used = reviewed(reader, None, None, DEFAULTS) if review is None else review
    questions = questions_of(reader, used.projects or None)
    root = root_hash(size, reader._store.tile).hex()
    _require_state("review is", used.ledger_id, used.root, str(questions.entry(0).event["ledger"]), root)
    if changes is not None:
        _require_state("changes are", changes.ledger_id, changes.root, used.ledger_id, root)
    if evidence is not None:
        _require_state("check of the evidence is", evidence.ledger_id, str(evidence.size), used.ledger_id, str(size))
    of_sample = _sample_sheets(questions, root, sample, found)
    index = index_of(questions_of(reader))
    if evidence is not None:  # two ledgers of one id may have as many entries
        documents = {item.document for item in (*evidence.found, *evidence.missing)}
        _require_same("check of the evidence is", sorted(documents) == sorted(item.document for item in index))
    parts = sheets.Parts(
        review=used,
        dispositions=dispositions.of_review(used),
        gone=dispositions.gone_from(used),
        evidence=index,
        equal={} if evidence is None else _equal(index, evidence),
        changes=changes,
        result=result_of(of_sample[1]) if of_sample else "no sample was drawn",
    )
    created = recorded_time(questions.entry(size - 1).at)
    return paper(f"Workpaper of {used.ledger_id}", created, _in_order(parts, of_sample))


def _in_order(parts: sheets.Parts, of_sample: Iterable[PaperSheet]) -> list[PaperSheet]:
    """The sheets of the workbook."""
    in_full, *others = sheets.listing_sheets(parts.review)
    made = [sheets.summary_sheet(parts), sheets.flags_sheet(parts), *of_sample, in_full, sheets.evidence_sheet(parts)]
    made += [] if parts.changes is None else sheets.change_sheets(parts.changes)
    return [*made, *others, sheets.parameters_sheet(parts.review)]


def _equal(index: Iterable[EvidenceItem], evidence: EvidenceCheck) -> dict[str, bool]:
    """For each document, whether a file of the folder has its content."""
    missing = {item.document for item in evidence.missing}
    return {item.document: item.document not in missing for item in index}


def _require_state(what: str, ledger: str, state: str, of_ledger: str, of_state: str) -> None:
    """Refuse what is about another state of the ledger than the one that is asked.

    Raises:
        QuantityError: It is about another ledger or another state.
    """
    _require_same(what, (ledger, state) == (of_ledger, of_state))


def _require_same(what: str, is_same: bool) -> None:
    if not is_same:
        raise QuantityError(
            f"the {what} about another state of a ledger; make it again, or write the workpaper of that state with "
            "as_of(entry=...)"
        )


def _sample_sheets(questions: Questions, root: str, sample: Sample | None, found: Found) -> list[PaperSheet]:
    """The sheets of a sample, after it was drawn again.

    Raises:
        QuantityError: The sample is of another state, or of other projects than the review; or *found* has a step of
            more energy than the workpaper counts.
    """
    if sample is None:
        return []
    if not is_drawn_from(sample, questions, root):
        raise QuantityError(
            "the sample is not the one that is drawn from this state of the ledger and the projects of the review; "
            "draw it again with the scope of the review"
        )
    if is_counted(sample) and any(abs(wh) >= MOST_RAW for wh in found.values()):
        raise QuantityError(
            f"found: a step of {MOST_RAW:,} Wh or more, but the population has {sample.total_wh:,} Wh; check the unit"
        )
    population = Population(questions)
    results, positions = results_of(sample, found), positions_of(population, sample)
    made = [sample_sheet(sample, positions, results), evaluation_sheet(sample, results), draw_sheet(sample, positions)]
    return [*made, population_sheet(sample, positions)] if positions.steps else made
