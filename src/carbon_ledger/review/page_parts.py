"""What the page of an auditor shows of a sample, of changes since a checkpoint, and of dispositions."""

import base64
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from carbon_ledger.core.state.store import Store
from carbon_ledger.exact import arithmetic, plain
from carbon_ledger.log.tiles import consistency_proof
from carbon_ledger.reports.ledger_page.amounts import Listed
from carbon_ledger.reports.ledger_page.markup import mwh
from carbon_ledger.reports.ledger_page.review_contents import Chosen, Disposed, Drawn, Rows, Since
from carbon_ledger.review.change_results import Changes
from carbon_ledger.review.dispositions import OPEN, Dispositions
from carbon_ledger.review.page import rows_of
from carbon_ledger.review.results import Review
from carbon_ledger.review.sampling import Found, Sample, SampleItem, evaluate_sample

MOST_CHOSEN: Final = 1_000

_TABLES: Final = {
    "issuances": (
        "Issuances of then that have changed",
        (
            ("issuance", "entry", "issuance"),
            ("project", "name", "project"),
            ("amount then", "number", "old_amount"),
            ("amount now", "number", "new_amount"),
            ("units then", "number", "old_units"),
            ("units now", "number", "new_units"),
            ("by entries", "entries", "entries"),
        ),
    ),
    "late_readings": (
        "Late readings into time that was claimed or verified",
        (
            ("entry", "entry", "entry"),
            ("device", "name", "device"),
            ("start", "state", "start"),
            ("end", "state", "end"),
            ("MWh", "mwh", "net_wh"),
            ("into", "text", "into"),
            ("by", "name", "by"),
        ),
    ),
    "corrections": (
        "Corrections of readings",
        (
            ("entry", "entry", "entry"),
            ("device", "name", "device"),
            ("start", "state", "start"),
            ("end", "state", "end"),
            ("MWh then", "mwh", "old_wh"),
            ("MWh now", "mwh", "new_wh"),
            ("difference", "mwh", "difference_wh"),
            ("reason", "text", "reason"),
            ("evidence", "mono", "evidence"),
        ),
    ),
    "removed": (
        "Units voided, withdrawn or converted",
        (
            ("entry", "entry", "entry"),
            ("what", "text", "what"),
            ("issuance", "entry", "issuance"),
            ("units", "number", "units"),
            ("reason", "text", "reason"),
            ("by", "name", "by"),
        ),
    ),
    "factors": (
        "Factors of which there was an earlier one",
        (
            ("entry", "entry", "entry"),
            ("earlier", "name", "earlier"),
            ("its value", "text", "earlier_value"),
            ("factor", "name", "factor"),
            ("value", "text", "value"),
            ("unit", "unit", "unit"),
        ),
    ),
    "roles": (
        "Roles granted or revoked",
        (
            ("entry", "entry", "entry"),
            ("change", "text", "change"),
            ("actor", "name", "actor"),
            ("role", "text", "role"),
            ("by", "name", "by"),
            ("reason", "text", "reason"),
        ),
    ),
    "verifications": (
        "Verifiers' statements made, replaced or overtaken",
        (
            ("entry", "entry", "entry"),
            ("change", "text", "change"),
            ("statement", "entry", "verification"),
            ("project", "name", "project"),
            ("start", "state", "start"),
            ("end", "state", "end"),
            ("opinion", "text", "opinion"),
            ("by", "name", "by"),
        ),
    ),
}


def since_of(store: Store, changes: Changes) -> Since:
    """What has changed, with the proof that the ledger continues the older one.

    Args:
        store: The store.
        changes: What has changed.
    """
    proof = consistency_proof(changes.since, changes.size, store.tile) if 0 < changes.since < changes.size else []
    return Since(
        size=changes.since,
        root=changes.since_root,
        is_pinned=changes.is_pinned,
        proof=tuple(base64.b64encode(item).decode("ascii") for item in proof),
        new=changes.size - changes.since,
        changed=len(changes.issuances),
        types=tuple((item.type, item.count) for item in changes.entries),
        tables=(
            *(
                rows_of(title, columns, getattr(changes, name), f"changes(since=...).{name}")
                for name, (title, columns) in _TABLES.items()
            ),
            _debits(changes),
        ),
    )


def _debits(changes: Changes) -> Rows:
    columns = (("project", "name", "project"), ("debit then", "number", "then"), ("debit now", "number", "now"))
    found = (item for item in changes.debits if item.then or item.now)
    return rows_of("Debits then and now", columns, found, "changes(since=...).debits")


def drawn(sample: Sample, found: Found) -> Drawn:
    """The sample as the page shows it.

    Args:
        sample: The sample.
        found: What the documents show for the chosen steps that were tested. [Wh by (device, start in s)]
    """
    items = tuple(_chosen(item, found) for item in sample.items[:MOST_CHOSEN])
    with arithmetic():
        percent = plain(sample.tolerable * Decimal(100))
    return Drawn(
        seed=sample.seed,
        confidence_percent=sample.confidence_percent,
        tolerable=plain(sample.tolerable),
        percent=percent,
        steps=sample.steps,
        total_wh=sample.total_wh,
        size=sample.size,
        interval_wh=sample.interval_wh,
        offset_wh=sample.offset_wh,
        items=Listed(items, len(sample.items), "sample(seed)"),
        evaluation=_evaluation(sample, found) if found and len(found) == len(sample.items) else (),
    )


def _chosen(item: SampleItem, found: Found) -> Chosen:
    step = item.step
    return Chosen(
        device=step.device,
        start=step.start.strftime("%Y-%m-%d %H:%M:%S UTC"),
        end=step.end.strftime("%Y-%m-%d %H:%M:%S UTC"),
        net_wh=step.net_wh,
        entry=step.entry,
        hits=item.hits,
        is_key=item.is_key,
        evidence=step.evidence,
        found_wh=found.get((step.device, step.start_utc)),
    )


def _evaluation(sample: Sample, found: Found) -> tuple[str, ...]:
    result = evaluate_sample(sample, found)
    verdict = "is at most" if result.accept else "is above"
    return (
        f"{result.errors:,} of the chosen steps are overstated, and {result.understated:,} are understated.",
        f"The projected overstatement is {mwh(result.projected_wh)} MWh. Its upper bound at "
        f"{sample.confidence_percent}% is {mwh(result.upper_wh)} MWh, which {verdict} the tolerable "
        f"{mwh(result.tolerable_wh)} MWh.",
    )


def disposed_of(review: Review, dispositions: Dispositions) -> Iterator[tuple[str, Disposed]]:
    """What an auditor noted on the flags of a review, by the key of the flag; a flag without a note is left out.

    Args:
        review: The review.
        dispositions: The auditor's dispositions.

    Raises:
        QuantityError: A row is about another ledger.
    """
    for item in dispositions.of_review(review):
        if item.disposition != OPEN or item.response or item.by or item.date:
            lacks = f"lacks {', '.join(item.lacks)}" if item.lacks else ""
            yield (
                item.key,
                Disposed(
                    status=item.disposition,
                    reason=item.response or "no response",
                    by=item.by or "nobody",
                    on="no day" if item.date is None else str(item.date),
                    amount_wh=item.misstated_wh,
                    lacks=lacks,
                ),
            )
