"""Commands that add labels to units and remove them."""

from typing import overload

from carbon_ledger.arguments import checked_evidence, required_evidence
from carbon_ledger.core.entries.events import UNITS_LABELLED, UNITS_UNLABELLED
from carbon_ledger.core.entries.splitting import without_none
from carbon_ledger.core.requests import blocks_of_entries
from carbon_ledger.labels import label_of
from carbon_ledger.ledger.commands.record_units import record_units_event
from carbon_ledger.ledger.commands.selection import Many, One, Units, checked_units
from carbon_ledger.ledger.recorder import Recorder
from carbon_ledger.serials import Block
from carbon_ledger.texts import text


@overload
def label(
    ledger: Recorder,
    block: One,
    label: str,
    *,
    evidence: str,
    reason: str,
    from_: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Block: ...


@overload
def label(
    ledger: Recorder,
    block: Many,
    label: str,
    *,
    evidence: str,
    reason: str,
    from_: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> tuple[Block, ...]: ...


def label(
    ledger: Recorder,
    block: Units,
    label: str,
    *,
    evidence: str,
    reason: str,
    from_: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Block | tuple[Block, ...]:
    """Label units, as the issuer: the units carry the label in whichever account they are.

    Args:
        block: The units: a block, a batch or a serial's text; a list or tuple of these; or a `Selection`.
        label: A label of `labels.BUILTIN`, e.g. ``CORSIA``; or a tag, which is any other text after ``tag:``.
        evidence: Digest of the document that the label rests on; see `digest_file`.
        reason: The reason, in words.
        from_: The account that must hold all of the units; by default, the units can be in any accounts.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The block if *block* names a single block, else a tuple of all blocks.

    Raises:
        RefusedError: The label is unknown, or some units carry it already.
        NotActiveError: Some units are in a final state.
        NotHolderError: *from_* does not hold all of the units.
        InsufficientBalanceError: *from_* has fewer active units than the `Selection` requests.
        UnknownBatchError: There is no such batch.
        SerialError: A block is invalid, extends past the end of its batch, or overlaps another.
        MissingDataError: *evidence* is missing.
        QuantityError: *reason* is empty or not text; *evidence* is not a digest; or *block* is a `Selection` without
            *from_*.
    """
    request = checked_units(block, from_)
    fields = {
        "label": label_of(label),
        "evidence": required_evidence(evidence, "label"),
        "reason": text(reason, "reason"),
    }
    entries = record_units_event(
        ledger, "label", request, UNITS_LABELLED, fields, from_=from_, holder="", key=key, by=by
    )
    return request.result(blocks_of_entries(entries))


@overload
def unlabel(
    ledger: Recorder,
    block: One,
    label: str,
    *,
    reason: str,
    evidence: str | None = None,
    from_: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Block: ...


@overload
def unlabel(
    ledger: Recorder,
    block: Many,
    label: str,
    *,
    reason: str,
    evidence: str | None = None,
    from_: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> tuple[Block, ...]: ...


def unlabel(
    ledger: Recorder,
    block: Units,
    label: str,
    *,
    reason: str,
    evidence: str | None = None,
    from_: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Block | tuple[Block, ...]:
    """Remove a label from units, as the issuer; the label stays on all other units.

    Args:
        block: The units: a block, a batch or a serial's text; a list or tuple of these; or a `Selection`. All of them
            must carry the label.
        label: The label or tag.
        reason: The reason, in words.
        evidence: Digest of the document that the removal rests on.
        from_: The account that must hold all of the units; by default, the units can be in any accounts.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The block if *block* names a single block, else a tuple of all blocks.

    Raises:
        RefusedError: Some units do not carry the label, or the label is unknown.
        NotActiveError: Some units are in a final state.
        NotHolderError: *from_* does not hold all of the units.
        InsufficientBalanceError: *from_* has fewer active units than the `Selection` requests.
        UnknownBatchError: There is no such batch.
        SerialError: A block is invalid, extends past the end of its batch, or overlaps another.
        QuantityError: *reason* is empty or not text; *evidence* is not a digest; or *block* is a `Selection` without
            *from_*.
    """
    request = checked_units(block, from_)
    fields = without_none(label=label_of(label), evidence=checked_evidence(evidence), reason=text(reason, "reason"))
    entries = record_units_event(
        ledger, "unlabel", request, UNITS_UNLABELLED, fields, from_=from_, holder="", key=key, by=by
    )
    return request.result(blocks_of_entries(entries))
