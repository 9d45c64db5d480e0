"""Commands that put labels on units and take them off."""

from typing import overload

from carbon_ledger.core.entries.events import UNITS_LABELLED, UNITS_UNLABELLED
from carbon_ledger.core.entries.splitting import without_none
from carbon_ledger.core.requests import blocks_of_entries
from carbon_ledger.labels import label_of
from carbon_ledger.ledger.arguments import checked_evidence, required_evidence
from carbon_ledger.ledger.commands.selection import Many, One, Units, units_of
from carbon_ledger.ledger.commands.units import record_units_event
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
    """Label units, as the issuer: the label stays on them, whoever holds them.

    Args:
        block: A block, a batch or a text; several of these, whoever holds them; or a `Selection`, which
            takes active units of *from_*.
        label: One of `labels.BUILTIN`, e.g. ``CORSIA``; or a tag, which is any other text after ``tag:``.
        evidence: Digest of the document that says so; see `digest_file`.
        reason: Why, in words.
        from_: The account that must hold them all; by default, anybody.
        key: Idempotency key.
        by: The actor.

    Returns:
        The block, where one was named, else all of them.

    Raises:
        RefusedError: The label is not known, or some units carry it already.
        NotActiveError: Some units are final.
        NotHolderError: Some are not *from_*'s.
        UnknownBatchError: No such batch.
        SerialError: A block is invalid, extends past the end of its batch, or overlaps another.
        MissingDataError: *evidence* is missing.
        QuantityError: *evidence* or *reason* is none; a selection, and no *from_*.
    """
    asked = units_of(block, from_)
    said = {
        "label": label_of(label),
        "evidence": required_evidence(evidence, "label"),
        "reason": text(reason, "reason"),
    }
    entries = record_units_event(ledger, "label", asked, UNITS_LABELLED, said, from_=from_, holder="", key=key, by=by)
    return asked.result(blocks_of_entries(entries))


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
    """Take a label off units, as the issuer; those beside them keep it.

    Args:
        block: Units that all carry it: a block, a batch or a text; several of these; or a `Selection`.
        label: The label.
        reason: Why.
        evidence: Digest of the document that says so.
        from_: The account that must hold them all; by default, anybody.
        key: Idempotency key.
        by: The actor.

    Returns:
        The block, where one was named, else all of them.

    Raises:
        RefusedError: Some of the units do not carry the label, or it is not known.
        NotActiveError: Some units are final.
        NotHolderError: Some are not *from_*'s.
        UnknownBatchError: No such batch.
        SerialError: A block is invalid, extends past the end of its batch, or overlaps another.
        QuantityError: *evidence* or *reason* is none; a selection, and no *from_*.
    """
    asked = units_of(block, from_)
    said = without_none(label=label_of(label), evidence=checked_evidence(evidence), reason=text(reason, "reason"))
    entries = record_units_event(
        ledger, "unlabel", asked, UNITS_UNLABELLED, said, from_=from_, holder="", key=key, by=by
    )
    return asked.result(blocks_of_entries(entries))
