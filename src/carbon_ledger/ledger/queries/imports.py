"""Questions about other registries and labels: what came in, under which serials, and what units carry."""

from attrs import frozen

from carbon_ledger.core import grammars, lookup
from carbon_ledger.core.holdings.labels import labels_over
from carbon_ledger.core.holdings.pieces import block_in
from carbon_ledger.ledger.snapshot import Snapshot
from carbon_ledger.registries import RegistrySerial, SerialGrammar
from carbon_ledger.serials import Batch, Block, block_of


@frozen(kw_only=True)
class LabelledUnits:
    """Units that carry a label, since when, and on which evidence.

    Attributes:
        label: The label or tag.
        block: The units.
        n: The entry that put it on.
        at: When, UTC.
        by: Who put it on.
        reason: Why.
        evidence: Digest of the document that says so.
    """

    label: str
    block: Block
    n: int
    at: str
    by: str
    reason: str
    evidence: str


def grammar(reader: Snapshot, registry: str) -> SerialGrammar:
    """The grammar by which serials of another registry are read: the registered one, else the built-in one.

    Raises:
        RefusedError: It is not registered, and no built-in grammar has this id.
    """
    return grammars.grammar_in(reader._view(), registry)


def imported(reader: Snapshot) -> tuple[Batch, ...]:
    """Every block that came in from another registry, oldest first, whatever became of its units."""
    view = reader._view()
    return tuple(lookup.batch(view, name).batch for name in view.registrations("external"))


def registry_serial(reader: Snapshot, block: Block | Batch | str) -> RegistrySerial | None:
    """The other registry's own serial of exactly these units; none where they were issued here.

    Args:
        block: Units of one batch.

    Raises:
        UnknownBatchError: No such batch.
        SerialError: *block* is none, or goes beyond its batch.
    """
    return grammars.registry_serial(reader._view(), block_of(block))


def labels(reader: Snapshot, block: Block | Batch | str) -> tuple[LabelledUnits, ...]:
    """The labels that units of a block carry, each with those units, by label and serial.

    Args:
        block: Units of one batch.

    Raises:
        UnknownBatchError: No such batch.
        SerialError: *block* is none, or goes beyond its batch.
    """
    view, asked = reader._view(), block_of(block)
    block_in(view, asked)
    found = []
    for row in labels_over(view, asked):
        entry = view.entry(row.source_n)
        units = Block(row.batch_id, max(row.first, asked.first), min(row.last, asked.last))
        found.append(
            LabelledUnits(
                label=row.label,
                block=units,
                n=entry.n,
                at=entry.at,
                by=entry.by,
                reason=entry.event["reason"],
                evidence=entry.event["evidence"],
            )
        )
    return tuple(found)
