"""Descriptions of what an entry did to units, each in one line, for statements and traces."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from carbon_ledger.core import lookup
from carbon_ledger.core.descriptions import title_of
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import (
    BLOCK_IMPORTED,
    BUFFER_CANCELLED,
    BUFFER_RELEASED,
    CORRECTIONS,
    GENERATION_CORRECTED,
    ISSUANCE_RECORDED,
    ISSUANCE_VOIDED,
    METER_CORRECTED,
    TRANSFER_ACCEPTED,
    TRANSFER_ENDED,
    TRANSFER_OFFERED,
    UNITS_CANCELLED,
    UNITS_CONVERTED,
    UNITS_EXPORTED,
    UNITS_LOCKED,
    UNITS_RELEASED,
    UNITS_RETIRED,
    UNITS_TRANSFERRED,
    UNITS_WITHDRAWN,
)
from carbon_ledger.core.holdings.offers import offered_blocks
from carbon_ledger.core.holdings.pieces import blocks_of_event
from carbon_ledger.core.issuance.corrections import withdrawn_blocks
from carbon_ledger.core.state.view import View
from carbon_ledger.queries.retirements import retirement_at
from carbon_ledger.serials import Block
from carbon_ledger.waivers import waivers_of, waivers_text

Describe = Callable[[View, Entry], str]

_MOST_BLOCKS: Final = 3  # that a line lists


def blocks_of_entry(view: View, entry: Entry) -> tuple[Block, ...]:
    """The blocks that an entry concerns; for an issuance, the blocks of its batches.

    Args:
        view: A state that has the entry.
        entry: The entry.
    """
    event = entry.event
    if "batch" in event:
        return blocks_of_event(event)
    if "offer" in event:
        return offered_blocks(view, event["offer"])
    if entry.type in CORRECTIONS:
        return withdrawn_blocks(event)
    return tuple(found.batch.block for found in view.batches(event.get("issuance", entry.n)))


def describe(view: View, entry: Entry) -> str:
    """Describe in one line what an entry did to units.

    Args:
        view: A state that has the entry.
        entry: An entry that changed units, or the carry of a project.
    """
    words = [_DESCRIPTIONS[entry.type](view, entry)]
    reference = entry.event.get("reference") if entry.type != UNITS_EXPORTED else None
    words += [] if reference is None else [f"reference {reference}"]
    title = title_of(view, entry.event)
    words += [] if title is None else [f"evidence: {title}"]
    return "; ".join(words)


def _named(blocks: Sequence[Block]) -> str:
    """Up to three blocks by name; of more blocks, the first and the number of the others."""
    if len(blocks) <= _MOST_BLOCKS:
        return ", ".join(map(str, blocks))
    return f"{blocks[0]} and {len(blocks) - 1} more blocks"


def _waived(entry: Entry) -> str:
    """What an event waived, to be appended to its description; empty if it waived nothing."""
    waivers = waivers_text(waivers_of(entry.event))
    return f"; waived {waivers}" if waivers else ""


def _issued(view: View, entry: Entry) -> str:
    event = entry.event
    units = ", ".join(f"{item['count']:,} of {item['vintage']}" for item in event["batches"])
    held = sum(item.get("buffered", 0) for item in event["batches"])
    buffer = f", {held:,} of them held back" if held else ""
    carry = " of carry" if "of_carry" in event else ""
    return f"issued{carry} to {event['account']}: {units}{buffer}{_levied(view, event)} ({event['project']})"


def _levied(view: View, event: Mapping[str, Any]) -> str:
    """The units that an issuance's levy took, in words."""
    taken = sum(item.get("levied", 0) for item in event["batches"])
    levy = lookup.project(view, event["project"]).instrument.levy if taken else None
    if levy is None:
        return ""
    return f", {taken:,} levied and cancelled" if levy.to is None else f", {taken:,} levied for {levy.to}"


def _voided(_: View, entry: Entry) -> str:
    return f"issuance {entry.event['issuance']} voided: {entry.event['reason']}"


def _corrected(view: View, entry: Entry) -> str:
    blocks = blocks_of_entry(view, entry)
    taken = f"{_named(blocks)} withdrawn" if blocks else "nothing withdrawn"
    event = entry.event
    of = f"meter {event['meter']}" if entry.type == METER_CORRECTED else event["device"]
    return f"readings of {of} corrected: {event['reason']}; {taken}{_waived(entry)}"


def _retired(view: View, entry: Entry) -> str:
    event = entry.event
    number = retirement_at(view, entry.n).number
    what = f"{_named(blocks_of_entry(view, entry))} retired for {event['beneficiary']}: {event['purpose']} ({number})"
    return f"{what}{_waived(entry)}"


def _imported(_: View, entry: Entry) -> str:
    event = entry.event
    return f"imported to {event['account']}: {event['serial']} of {event['registry']} ({event['project']})"


def _exported(view: View, entry: Entry) -> str:
    event = entry.event
    return f"{_named(blocks_of_entry(view, entry))} exported to {event['registry']}: {event['reference']}"


def _converted(view: View, entry: Entry) -> str:
    event, number = entry.event, retirement_at(view, entry.n).number
    what = f"{_named(blocks_of_entry(view, entry))} retired for a conversion to {event['instrument']['id']}"
    return f"{what}: {event['reason']} ({number})"


def _between(words: str) -> Describe:
    def describe_units(view: View, entry: Entry) -> str:
        return f"{_named(blocks_of_entry(view, entry))} {words} {entry.event['from']} to {entry.event['to']}"

    return describe_units


def _offered(view: View, entry: Entry) -> str:
    until = f", until {entry.event['deadline']}" if "deadline" in entry.event else ""
    return f"{_between('offered by')(view, entry)}{until}"


def _accepted(view: View, entry: Entry) -> str:
    offer = view.entry(entry.event["offer"]).event
    blocks = _named(blocks_of_entry(view, entry))
    reference = f"; reference {offer['reference']}" if "reference" in offer else ""
    return f"{blocks} from {offer['from']} to {offer['to']}: offer {entry.event['offer']} accepted{reference}"


def _ended(view: View, entry: Entry) -> str:
    event, offer = entry.event, view.entry(entry.event["offer"]).event
    reason = f": {event['reason']}" if "reason" in event else ""
    blocks = _named(blocks_of_entry(view, entry))
    return f"{blocks} back to {offer['from']}: offer {event['offer']} to {offer['to']} {event['outcome']}{reason}"


def _because(words: str) -> Describe:
    def describe_units(view: View, entry: Entry) -> str:
        return f"{_named(blocks_of_entry(view, entry))} {words}: {entry.event['reason']}"

    return describe_units


_DESCRIPTIONS: Final[Mapping[str, Describe]] = {
    ISSUANCE_RECORDED: _issued,
    ISSUANCE_VOIDED: _voided,
    GENERATION_CORRECTED: _corrected,
    METER_CORRECTED: _corrected,
    UNITS_TRANSFERRED: _between("from"),
    UNITS_RETIRED: _retired,
    UNITS_CANCELLED: _because("cancelled"),
    UNITS_WITHDRAWN: _because("withdrawn by the issuer"),
    UNITS_EXPORTED: _exported,
    UNITS_CONVERTED: _converted,
    BLOCK_IMPORTED: _imported,
    UNITS_LOCKED: _because("locked"),
    UNITS_RELEASED: _because("released from a lock"),
    BUFFER_RELEASED: _because("released from the buffer"),
    BUFFER_CANCELLED: _because("cancelled out of the buffer"),
    TRANSFER_OFFERED: _offered,
    TRANSFER_ACCEPTED: _accepted,
    TRANSFER_ENDED: _ended,
}
