"""Queries about other registries and labels: imported blocks, their serials, and the labels of units."""

from datetime import datetime

from attrs import frozen

from carbon_ledger.core import grammars, lookup
from carbon_ledger.core.holdings.labels import labels_over
from carbon_ledger.core.holdings.pieces import block_in
from carbon_ledger.queries.snapshot import Snapshot
from carbon_ledger.records import Record
from carbon_ledger.registries import RegistrySerial, SerialGrammar
from carbon_ledger.serials import Batch, Block, block_of
from carbon_ledger.tables import Listing


@frozen(kw_only=True, repr=False)
class LabelledUnits(Record):
    """Units that carry a label, with the entry that added the label.

    Attributes:
        label: The label or tag.
        block: The units.
        n: The entry that added the label.
        at: When the entry was recorded, UTC.
        by: The actor who added the label.
        reason: Why the label was added.
        evidence: Digest of the document that supports the label.
    """

    label: str
    block: Block
    n: int
    at: datetime
    by: str
    reason: str
    evidence: str


def grammar(reader: Snapshot, registry: str) -> SerialGrammar:
    """The grammar of another registry's serials: the registered grammar, or else the built-in grammar.

    Raises:
        RefusedError: *registry* is not registered, and no built-in grammar has this id.
    """
    return grammars.grammar_in(reader._view(), registry)


def imported(reader: Snapshot) -> Listing[Batch]:
    """Every block that was imported from another registry, oldest first, whatever the state of its units."""
    view = reader._view()
    return Listing((lookup.batch(view, name).batch for name in view.registrations("external")), Batch)


def registry_serial(reader: Snapshot, block: Block | Batch | str) -> RegistrySerial | None:
    """The other registry's serial of exactly these units, or `None` for units that were issued in this ledger.

    Args:
        block: Units of one batch.

    Raises:
        UnknownBatchError: The ledger has no such batch.
        SerialError: *block* is invalid, or extends past the end of its batch.
    """
    return grammars.registry_serial(reader._view(), block_of(block))


def labels(reader: Snapshot, block: Block | Batch | str) -> tuple[LabelledUnits, ...]:
    """The labels of a block's units, each with the units that carry it, ordered by label and serial.

    Args:
        block: Units of one batch.

    Raises:
        UnknownBatchError: The ledger has no such batch.
        SerialError: *block* is invalid, or extends past the end of its batch.
    """
    view, requested = reader._view(), block_of(block)
    block_in(view, requested)
    found = []
    for row in labels_over(view, requested):
        entry = view.entry(row.source_n)
        units = Block(row.batch_id, max(row.first, requested.first), min(row.last, requested.last))
        found.append(
            LabelledUnits(
                label=row.label,
                block=units,
                n=entry.n,
                at=entry.recorded_at,
                by=entry.by,
                reason=entry.event["reason"],
                evidence=entry.event["evidence"],
            )
        )
    return tuple(found)
