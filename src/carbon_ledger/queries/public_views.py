"""The contents of public views: batches, retirements with receipts, and the holdings of public accounts.

`carbon_ledger.publishing.public_views` names the files. They are as of the newest entry of a checkpoint: what depends
on the time, such as expiry, is derived from the time at which that entry was recorded.
"""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, Final

from attrs import frozen

from carbon_ledger.core import lookup
from carbon_ledger.core.in_force import account_at
from carbon_ledger.core.state.rows import EXPIRED, IssuedBatch
from carbon_ledger.core.state.store import Log
from carbon_ledger.core.state.view import View
from carbon_ledger.core.timekeeping import second_of
from carbon_ledger.periods.instants import instant_text
from carbon_ledger.publishing.public_views import (
    ACCOUNTS,
    ALL,
    BATCHES,
    FORMAT,
    HOLDINGS,
    INDEX,
    RETIREMENTS,
    PublicViews,
    encoded,
    holdings_of,
    index_path,
    page_path,
    pages,
)
from carbon_ledger.publishing.publish import Published
from carbon_ledger.publishing.receipts import prove
from carbon_ledger.queries.holdings import Position, balance, expired_by, positions
from carbon_ledger.queries.retirements import Retirement, retirement_at, retirement_numbers
from carbon_ledger.queries.snapshot import Snapshot

MOST_BLOCKS: Final = 1_000  # of a retirement; the entries in the log have all
MOST_RECEIPTS: Final = 64  # of a retirement

Item = dict[str, Any]


@frozen
class PublicState:
    """What the views of a checkpoint are made of.

    Args:
        reader: The state after the entries of the checkpoint.
        log: The log of the checkpoint.
        published: The signed checkpoint.
        views: What the publisher makes public.
    """

    reader: Snapshot
    log: Log
    published: Published
    views: PublicViews

    @property
    def view(self) -> View:
        """The state."""
        return self.reader._view()

    def head(self, view: str) -> Item:
        """The fields with which each file of a view states what it is, and of which checkpoint."""
        return {
            "format": FORMAT,
            "view": view,
            "ledger": self.view.entry(0).event["ledger"],
            "origin": self.published.origin,
            "size": self.published.size,
            "root": self.published.root.hex(),
            "at": self.view.entry(self.published.size - 1).at,
        }

    @cached_property
    def _named(self) -> frozenset[str]:
        """The accounts that the publisher names."""
        return frozenset() if self.views.has_all_accounts else frozenset(self.views.accounts)

    def is_public(self, account: str) -> bool:
        """Whether the publisher makes an account public."""
        return self.views.has_all_accounts or account in self._named


def public_files(state: PublicState) -> Iterator[tuple[str, bytes]]:
    """Every file of the views of a checkpoint, with its path below the published log; the index is the last.

    Args:
        state: What the views are made of.

    Raises:
        BrokenLogError: An entry of a retirement does not match the hash stored when it was recorded.
    """
    size = state.published.size
    held: dict[str, Item] = {}
    yield from _holdings(state, held)
    contents = {ACCOUNTS: _accounts(state, held), BATCHES: _batches(state), RETIREMENTS: _retirements(state)}
    found: dict[str, Item] = {}
    for view, items in contents.items():
        yield from _written(state.head(view), page_path(size, view), items, found.setdefault(view, {}))
    public = {"accounts": ALL if state.views.has_all_accounts else "listed", "beneficiaries": state.views.beneficiaries}
    yield index_path(size), encoded({**state.head(INDEX), "public": public, "views": found})


def _written(
    head: Item, path: Callable[[int], str], items: Iterator[Item], counts: Item
) -> Iterator[tuple[str, bytes]]:
    """The pages of a view with their paths; *counts* gets the numbers of items and of pages."""
    counts |= {"items": 0, "pages": 0}
    for number, data in enumerate(pages(head, _counted(items, counts))):
        counts["pages"] += 1
        yield path(number), data


def _counted(items: Iterator[Item], counts: Item) -> Iterator[Item]:
    for item in items:
        counts["items"] += 1
        yield item


def _batches(state: PublicState) -> Iterator[Item]:
    """The batches, by the entry that issued or imported them, and by vintage."""
    view = state.view
    issued = (
        (item.n, made.batch.batch_id)
        for project in view.registrations("project")
        for item in view.issuances(project)
        for made in view.batches(item.n)
    )
    imported = ((lookup.batch(view, name).n, name) for name in view.registrations("external"))
    over = expired_by(view, second_of(view.entry(view.size - 1).at))
    for _, batch_id in sorted((*issued, *imported)):
        made = lookup.batch(view, batch_id)
        states: dict[str, int] = {}
        for piece in view.pieces(batch_id, 1, made.batch.count):
            now = EXPIRED if over(piece) else piece.state
            states[now] = states.get(now, 0) + piece.count
        yield _batch(state, made) | {"states": states}


def _batch(state: PublicState, made: IssuedBatch) -> Item:
    batch = made.batch
    edges = {"expires": batch.expires_utc, "transferable_until": batch.transferable_until_utc}
    optional = {"device": batch.device, "registry": batch.registry, "serial": batch.serial}
    return {
        "batch": batch.batch_id,
        "entry": made.n,
        "recorded": state.view.entry(made.n).at,
        "project": batch.project,
        "instrument": batch.instrument,
        "vintage": batch.vintage,
        "units": batch.count,
        "production": batch.production.to_record(),
        **{name: instant_text(value) for name, value in edges.items() if value is not None},
        **{name: value for name, value in optional.items() if value is not None},
        **({"account": batch.account} if state.is_public(batch.account) else {}),
    }


def _retirements(state: PublicState) -> Iterator[Item]:
    """The retirements, oldest first, each with the receipts of its entries."""
    view = state.view
    numbers = (n for account in view.registrations("account") for n in retirement_numbers(view, account))
    for n in sorted(numbers):
        found = retirement_at(view, n)
        proved = found.entries[:MOST_RECEIPTS]
        receipts = [
            {"entry": k, "proof": prove(state.log, k, state.published.size, state.published.note).decode("utf-8")}
            for k in proved
        ]
        left_out = len(found.entries) - len(proved)
        yield _retirement(state, found) | {"receipts": receipts, **_if(left_out, receipts_omitted=left_out)}


def _retirement(state: PublicState, found: Retirement) -> Item:
    blocks = found.blocks[:MOST_BLOCKS]
    serials = zip(blocks, found.registry_serials, strict=False)
    imported = [
        {"block": str(block), "registry": serial.registry, "serial": serial.text}
        for block, serial in serials
        if serial is not None
    ]
    left_out = len(found.blocks) - len(blocks)
    claim = {"beneficiary": found.beneficiary, "purpose": found.purpose, "reference": found.reference}
    shown = {name: value for name, value in claim.items() if value is not None}
    return {
        "retirement": found.number,
        "entry": found.n,
        "entries": len(found.entries),
        "recorded": state.view.entry(found.n).at,
        "instrument": found.instrument,
        "units": found.count,
        "blocks": [str(block) for block in blocks],
        "period": found.period.to_record(),
        **_if(left_out, blocks_omitted=left_out),
        **_if(imported, imported=imported),
        **_if(found.waivers, waivers=[item.name for item in found.waivers]),
        **_if(state.is_public(found.account), account=found.account),
        **(shown if state.views.beneficiaries else {}),
    }


def _if(condition: object, **fields: Any) -> Item:
    """The fields, if there is something to show."""
    return fields if condition else {}


def _public_accounts(state: PublicState) -> Iterator[str]:
    """The public accounts, in the order in which they were opened."""
    return filter(state.is_public, state.view.registrations("account"))


def _holdings(state: PublicState, held: dict[str, Item]) -> Iterator[tuple[str, bytes]]:
    """The pages of the holdings of each public account; *held* gets the numbers of items and of pages."""
    for account in _public_accounts(state):
        path = page_path(state.published.size, holdings_of(account))
        items = map(_position, positions(state.reader, account))
        yield from _written(state.head(HOLDINGS) | {"account": account}, path, items, held.setdefault(account, {}))


def _accounts(state: PublicState, held: dict[str, Item]) -> Iterator[Item]:
    view = state.view
    at_utc = second_of(view.entry(view.size - 1).at)
    for account in _public_accounts(state):
        yield {
            "account": account,
            "name": account_at(view, account, at_utc).name,
            "holdings": {"path": holdings_of(account), **held[account]},
            "balances": [_balance(state, account, item.instrument) for item in view.balances(account)],
        }


def _balance(state: PublicState, account: str, instrument: str) -> Item:
    found = balance(state.reader, account, instrument=instrument).to_dict()
    states = {name: count for name, count in found.items() if isinstance(count, int) and count and name != "from_n"}
    return {"instrument": instrument, "states": states}


def _position(item: Position) -> Item:
    edges = {"expires": item.expires_utc, "transferable_until": item.transferable_until_utc}
    return {
        "block": str(item.block),
        "units": item.count,
        "instrument": item.instrument,
        "project": item.project,
        "vintage": item.vintage,
        "state": item.state,
        "production": item.production.to_record(),
        **{name: instant_text(value) for name, value in edges.items() if value is not None},
    }
