"""Commands that say what a document is, and how accounts are related."""

from collections.abc import Sequence
from datetime import date

from carbon_ledger.arguments import checked_evidence, required_evidence
from carbon_ledger.canonical import identifier
from carbon_ledger.core.descriptions import description_of
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import DOCUMENT_DESCRIBED, RELATION_DECLARED, RELATION_ENDED
from carbon_ledger.core.entries.splitting import Events, without_none
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import QuantityError
from carbon_ledger.ledger.recorder import Recorder
from carbon_ledger.metering.layouts import MeterLayout
from carbon_ledger.periods.instants import checked_date
from carbon_ledger.printing import quote
from carbon_ledger.queries.descriptions import DocumentDescription, Relation, description, relation_at
from carbon_ledger.texts import line, optional_line, text


def describe_document(
    ledger: Recorder,
    document: str,
    *,
    kind: str,
    title: str,
    issuer: str | None = None,
    issued: date | str | None = None,
    covers_from: date | str | None = None,
    covers_until: date | str | None = None,
    holder: str | None = None,
    layout: MeterLayout | None = None,
    key: str | None = None,
    by: str | None = None,
) -> DocumentDescription:
    """Describe a document, so that traces and statements show its title; a later description takes the place of this.

    Args:
        document: Digest of the document, as `digest_file` returns it; it need not be evidence yet.
        kind: The kind of document, as an id: ``settlement-statement``, ``invoice``, ``meter-file``, ``letter``, ...
        title: The title, as the document has it.
        issuer: Who issued the document.
        issued: The day on which it was issued, as the document has it.
        covers_from, covers_until: The first and the last day that the document covers, as the document has them.
        holder: Who has the document, for everybody who needs to see it.
        layout: The layout of a meter file. A later description without a layout leaves the layout as it is.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The description.

    Raises:
        RefusedError, MissingDataError: The document has this description already; or *document* is None.
        QuantityError: An argument is malformed, or the layout is too long for an entry.
        PeriodError: A day is not a day, or the days that the document covers are not in order.
    """
    words = {"issuer": issuer, "holder": holder}
    days = {"issued": issued, "covers_from": covers_from, "covers_until": covers_until}
    event = without_none(
        document=required_evidence(document, "description of a document"),
        kind=identifier(kind, "kind of document"),
        title=line(title, "title"),
        **{name: optional_line(given, name) for name, given in words.items()},
        layout=_layout_text(layout),
        **{name: None if day is None else checked_date(day, name).isoformat() for name, day in days.items()},
    )
    plan: Events = [(DOCUMENT_DESCRIBED, event)]
    return ledger._recorded(_described, "describe_document", event, lambda _: plan, key=key, by=by)


def _described(view: View, entries: Sequence[Entry]) -> DocumentDescription:
    return description(view, description_of(view, entries[0].event["document"]) or entries[0])


def _layout_text(layout: object) -> str | None:
    if layout is None or isinstance(layout, MeterLayout):
        return None if layout is None else layout.to_toml()
    raise QuantityError(f"layout {quote(layout)}: expected a MeterLayout, such as MeterLayout.read(path) returns")


def declare_relation(
    ledger: Recorder,
    account: str,
    other: str,
    *,
    relation: str,
    reason: str,
    evidence: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Relation:
    """Declare a relation of an account to another account, e.g. that the holder of one owns the holder of the other.

    Args:
        account: The account that has the relation.
        other: The account that it is related to.
        relation: What *account* is to *other*, e.g. ``owner``, ``subsidiary``, ``same-group`` or ``trader-for``:
            letters, digits, ``.``, ``_`` and ``-``.
        reason: How this is known, in words.
        evidence: Digest of a document that shows it, as `digest_file` returns it.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The relation.

    Raises:
        UnknownAccountError: An account is not open.
        AlreadyRegisteredError: The relation is declared already, and has not ended.
        RefusedError: *account* and *other* are one account.
        QuantityError: An argument is malformed.

    Example:
        >>> import carbon_ledger as cl
        >>> ledger = cl.open_ledger(":memory:")
        >>> for account in ("plant-ltd", "trading-ltd"):
        ...     _ = ledger.open_account(account, name=account)
        >>> _ = ledger.declare_relation("plant-ltd", "trading-ltd", relation="owner", reason="their annual report")
        >>> [item.relation for item in ledger.relations("trading-ltd")]
        ['owner']
    """
    event = _relation(account, other, relation, reason, evidence)
    plan: Events = [(RELATION_DECLARED, event)]
    return ledger._recorded(_related, "declare_relation", event, lambda _: plan, key=key, by=by)


def _related(view: View, entries: Sequence[Entry]) -> Relation:
    return relation_at(view, entries[-1])


def end_relation(
    ledger: Recorder,
    account: str,
    other: str,
    *,
    relation: str,
    reason: str,
    evidence: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Relation:
    """End a relation that was declared: it stays visible, with the entry that ended it.

    Args:
        account: The account that has the relation.
        other: The account that it is related to.
        relation: What *account* is to *other*, as it was declared.
        reason: The reason, in words.
        evidence: Digest of a document that shows it, as `digest_file` returns it.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The relation, ended.

    Raises:
        UnknownAccountError: An account is not open.
        RefusedError: The relation is not declared, or it has ended.
        QuantityError: An argument is malformed.
    """
    event = _relation(account, other, relation, reason, evidence)
    return ledger._recorded(_related, "end_relation", event, lambda _: [(RELATION_ENDED, event)], key=key, by=by)


def _relation(account: str, other: str, relation: str, reason: str, evidence: str | None) -> dict[str, object]:
    return without_none(
        account=identifier(account, "account"),
        other=identifier(other, "account"),
        relation=identifier(relation, "relation"),
        reason=text(reason, "reason"),
        evidence=checked_evidence(evidence),
    )
