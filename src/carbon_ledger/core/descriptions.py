"""Descriptions of documents: what a digest is, for the readers who see only the digest."""

from collections.abc import Mapping
from typing import Any, Final

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.numbered import count, nth
from carbon_ledger.core.state.rows import Registration, Row
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import PeriodError, QuantityError, RefusedError
from carbon_ledger.metering.layouts import MeterLayout
from carbon_ledger.periods.instants import checked_date

DOCUMENT: Final = "document"
LAYOUT: Final = "layout"
DAYS: Final = ("issued", "covers_from", "covers_until")


def described(view: View, entry: Entry) -> list[Row]:
    """Describe a document. A later description of the same document takes the place of an earlier one.

    If the document is a meter file, a description can pin the layout that the file is read by. A later description
    without a layout leaves the layout as it is.

    Raises:
        RefusedError: The document has this description already.
        QuantityError: The layout is not the text of a layout, as `MeterLayout.to_toml` writes it.
        PeriodError: A day is not in the calendar; or only one day of the period that the document covers is given, or
            its days are not in order.
    """
    event = entry.event
    days = {
        name: checked_date(event[name], name) for name in ("issued", "covers_from", "covers_until") if name in event
    }
    first, last = days.get("covers_from"), days.get("covers_until")
    if (first is None) != (last is None):
        raise PeriodError("covers_from and covers_until: expected the first and the last day, or neither of them")
    if first is not None and last is not None and last < first:
        raise PeriodError(f"covers_until {last}: expected a day that is not before covers_from ({first})")
    name = event["document"]
    before = description_of(view, name)
    if before is not None and before.event == event:
        raise RefusedError(
            f"document {name}", f"entry {before.n} describes it in the same words already", rule="described-already"
        )
    rows: list[Row] = [Registration(DOCUMENT, nth(name, count(view, DOCUMENT, name) + 1), entry.n)]
    if "layout" in event:
        _require_layout(name, event["layout"])
        rows.append(Registration(LAYOUT, nth(name, count(view, LAYOUT, name) + 1), entry.n))
    return rows


def _require_layout(document: str, text: str) -> None:
    """Refuse a text that is no layout, or a layout in other words than its own: equal layouts have one text."""
    if MeterLayout.from_toml(text).to_toml() != text:
        raise QuantityError(
            f"document {document}: the text of its layout is not as MeterLayout writes it; pass the text of to_toml()"
        )


def layout_of(view: View, document: str, before: int | None = None) -> MeterLayout | None:
    """The layout that a document is read by, or None.

    Args:
        view: The state.
        document: The digest of the document.
        before: The layout that it was read by at this entry; by default, the layout that it is read by now.
    """
    k = count(view, LAYOUT, document, before)
    n = view.registration(LAYOUT, nth(document, k)) if k else None
    return None if n is None else view.parsed(n, _layout)


def _layout(entry: Entry) -> MeterLayout:
    return MeterLayout.from_toml(entry.event["layout"])


def description_of(view: View, document: str) -> Entry | None:
    """The entry that describes a document now, or None.

    Args:
        view: The state.
        document: The digest of the document.
    """
    if view.registration(DOCUMENT, document) is None:
        return None
    n = view.registration(DOCUMENT, nth(document, count(view, DOCUMENT, document)))
    return None if n is None else view.entry(n)


def title_of(view: View, event: Mapping[str, Any]) -> str | None:
    """The title and the kind of the document that an event has as evidence, or None if it is not described."""
    found = description_of(view, event["evidence"]) if "evidence" in event else None
    return None if found is None else f"{found.event['title']} ({found.event['kind']})"
