"""Rules for labels: a range of units carries a label, whoever holds the units, until the label is removed."""

from collections.abc import Sequence

from attrs import evolve

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.holdings.pieces import block_in, blocks_of_event, name_serials, require_state
from carbon_ledger.core.state.rows import FINAL_STATES, STATES, Label, Row
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import RefusedError
from carbon_ledger.labels import label_of
from carbon_ledger.serials import Block

LASTING = tuple(state for state in STATES if state not in FINAL_STATES)


def labels_over(view: View, block: Block, label: str | None = None) -> list[Label]:
    """The live labels that units of a block carry, each with its whole range, in order of label and serial.

    Args:
        view: The state.
        block: The units.
        label: Only labels of this name; None for all labels.
    """
    return list(view.labels(block.batch_id, block.first, block.last, label))


def labelled(view: View, entry: Entry) -> list[Row]:
    """Label units. They carry the label through every split and every change of holder.

    Raises:
        RefusedError: The label is unknown, or some units carry it already.
        NotActiveError: Some units are in a final state, in which labels do not change.
        UnknownBatchError: No such batch.
        SerialError: A block extends past the end of its batch, or two blocks overlap.

    Source:
        Domain invariant 12.
    """
    label = label_of(entry.event["label"])
    blocks = _changeable(view, entry)
    for block in blocks:
        if found := labels_over(view, block, label):
            raise RefusedError(
                f"block {block}",
                f"{name_serials(found[0].first, found[0].last, 'carries', 'carry')} {label} since entry "
                f"{found[0].source_n}; label the other units, or remove the label first: see labels(block)",
                rule="already-labelled",
            )
    return [Label(block.batch_id, block.first, block.last, label, entry.n, entry.n) for block in blocks]


def unlabelled(view: View, entry: Entry) -> list[Row]:
    """Remove a label from units, all of which carry it; units beside them still carry it.

    Raises:
        RefusedError: Some of the units do not carry it.
        NotActiveError: Some units are in a final state, in which labels do not change.
        UnknownBatchError: No such batch.
        SerialError: A block extends past the end of its batch, or two blocks overlap.

    Source:
        Domain invariant 12.
    """
    label, inside = entry.event["label"], dict[Label, list[Block]]()
    for block in sorted(_changeable(view, entry)):
        carried = labels_over(view, block, label)
        _require_labelled(block, carried, label)
        for row in carried:
            inside.setdefault(row, []).append(block)
    rows: list[Row] = []
    for row, blocks in inside.items():
        rows.append(evolve(row, to_n=entry.n))
        rows += _beside(row, blocks, entry.n)
    return rows


def _changeable(view: View, entry: Entry) -> tuple[Block, ...]:
    """The blocks of an event, if no unit of them is in a final state."""
    blocks = blocks_of_event(entry.event)
    for block in blocks:
        block_in(view, block)
        require_state(view, block, LASTING)
    return blocks


def _require_labelled(block: Block, carried: Sequence[Label], label: str) -> None:
    """Refuse a block of which a unit does not carry a label; *carried* are the label's rows over the block."""
    at = block.first
    for row in carried:
        if row.first <= at <= row.last:
            at = row.last + 1
    if at <= block.last:
        raise RefusedError(
            f"block {block}",
            f"serial {at} does not carry {label}; name only units that carry it: see labels(block)",
            rule="not-labelled",
        )


def _beside(row: Label, blocks: Sequence[Block], n: int) -> list[Row]:
    """The rows of the parts of a labelled range that are outside *blocks*, which are in ascending order."""
    rows: list[Row] = []
    at = row.first
    for block in blocks:
        if at < block.first:
            rows.append(evolve(row, first=at, last=block.first - 1, from_n=n))
        at = block.last + 1
    return [*rows, *([evolve(row, first=at, from_n=n)] if at <= row.last else [])]
