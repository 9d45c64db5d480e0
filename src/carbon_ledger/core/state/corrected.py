"""A view with one entry more than the log: what a correction needs to see its own readings."""

from collections.abc import Callable, Sequence

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.state.rows import (
    Accrual,
    Approval,
    Balance,
    Claim,
    External,
    Grant,
    Issuance,
    IssuedBatch,
    Label,
    Offer,
    Piece,
    Reading,
)
from carbon_ledger.core.state.view import Made, View


class Overlay:
    """A view on which readings of one device were replaced; the rest is the view below."""

    def __init__(self, below: View, entry: Entry, readings: Sequence[Reading]) -> None:
        self._below = below
        self._entry = entry
        closed = {(row.device, row.start_utc, row.from_n) for row in readings if row.to_n is not None}
        self._closed = closed
        self._added = [row for row in readings if row.to_n is None]
        self.size = below.size + 1

    def entry(self, n: int) -> Entry:
        """Entry *n*, the new one included."""
        return self._entry if n == self._entry.n else self._below.entry(n)

    def made_of(self, n: int, make: Callable[[Entry], Made]) -> Made:
        """As the view below; of the new entry, made anew."""
        return make(self._entry) if n == self._entry.n else self._below.made_of(n, make)

    def readings(self, device: str, start_utc: int, end_utc: int) -> Sequence[Reading]:
        """Live runs with the replacement made."""
        kept = [
            row
            for row in self._below.readings(device, start_utc, end_utc)
            if (row.device, row.start_utc, row.from_n) not in self._closed
        ]
        added = [
            row for row in self._added if row.device == device and row.start_utc < end_utc and row.end_utc > start_utc
        ]
        return sorted([*kept, *added], key=lambda row: row.start_utc)

    def readings_ever(self, device: str, start_utc: int, end_utc: int) -> Sequence[Reading]:
        """As the view below."""
        return self._below.readings_ever(device, start_utc, end_utc)

    def registration(self, kind: str, name: str) -> int | None:
        """As the view below."""
        return self._below.registration(kind, name)

    def registrations(self, kind: str) -> Sequence[str]:
        """As the view below."""
        return self._below.registrations(kind)

    def claims(self, device: str, start_utc: int, end_utc: int) -> Sequence[Claim]:
        """As the view below."""
        return self._below.claims(device, start_utc, end_utc)

    def readings_then(self, n: int, device: str, start_utc: int, end_utc: int) -> Sequence[Reading]:
        """As the view below."""
        return self._below.readings_then(n, device, start_utc, end_utc)

    def claims_since(self, n: int, device: str, start_utc: int, end_utc: int) -> Sequence[Claim]:
        """As the view below."""
        return self._below.claims_since(n, device, start_utc, end_utc)

    def claims_ended(self, n: int, device: str, start_utc: int, end_utc: int) -> Sequence[Claim]:
        """As the view below."""
        return self._below.claims_ended(n, device, start_utc, end_utc)

    def claims_of(self, issuance_n: int) -> Sequence[Claim]:
        """As the view below."""
        return self._below.claims_of(issuance_n)

    def accrual(self, project: str) -> Accrual | None:
        """As the view below."""
        return self._below.accrual(project)

    def accruals(self, project: str) -> Sequence[Accrual]:
        """As the view below."""
        return self._below.accruals(project)

    def issuance(self, n: int) -> Issuance | None:
        """As the view below."""
        return self._below.issuance(n)

    def issuances(self, project: str) -> Sequence[Issuance]:
        """As the view below."""
        return self._below.issuances(project)

    def issued_after(self, n: int, project: str, vintage: int) -> Sequence[int]:
        """As the view below."""
        return self._below.issued_after(n, project, vintage)

    def newest_vintage(self, project: str, without: int) -> int | None:
        """As the view below."""
        return self._below.newest_vintage(project, without)

    def batch(self, batch_id: str) -> IssuedBatch | None:
        """As the view below."""
        return self._below.batch(batch_id)

    def batches(self, issuance_n: int) -> Sequence[IssuedBatch]:
        """As the view below."""
        return self._below.batches(issuance_n)

    def pieces(self, batch_id: str, first: int, last: int) -> Sequence[Piece]:
        """As the view below."""
        return self._below.pieces(batch_id, first, last)

    def pieces_ever(self, batch_id: str) -> Sequence[Piece]:
        """As the view below."""
        return self._below.pieces_ever(batch_id)

    def holdings(self, account: str) -> Sequence[Piece]:
        """As the view below."""
        return self._below.holdings(account)

    def balance(self, account: str, instrument: str) -> Balance | None:
        """As the view below."""
        return self._below.balance(account, instrument)

    def balances(self, account: str) -> Sequence[Balance]:
        """As the view below."""
        return self._below.balances(account)

    def movements(self, account: str) -> Sequence[Balance]:
        """As the view below."""
        return self._below.movements(account)

    def offer(self, n: int) -> Offer | None:
        """As the view below."""
        return self._below.offer(n)

    def offers(self, account: str) -> Sequence[Offer]:
        """As the view below."""
        return self._below.offers(account)

    def labels(self, batch_id: str, first: int, last: int, label: str | None = None) -> Sequence[Label]:
        """As the view below."""
        return self._below.labels(batch_id, first, last, label)

    def externals(self, registry: str, space: str, first: int, last: int) -> Sequence[External]:
        """As the view below."""
        return self._below.externals(registry, space, first, last)

    def grants(self, actor: str) -> Sequence[Grant]:
        """As the view below."""
        return self._below.grants(actor)

    def grant(self, actor: str, role: str, scope: str) -> Grant | None:
        """As the view below."""
        return self._below.grant(actor, role, scope)

    def grants_of(self, role: str, most: int | None = None) -> Sequence[Grant]:
        """As the view below."""
        return self._below.grants_of(role, most)

    def approval(self, project: str, n: int) -> Approval | None:
        """As the view below."""
        return self._below.approval(project, n)

    def newest_approval(self, quantification: str, before: int, actor: str | None = None) -> Approval | None:
        """As the view below."""
        return self._below.newest_approval(quantification, before, actor)

    def approvals_ever(self, project: str) -> Sequence[Approval]:
        """As the view below."""
        return self._below.approvals_ever(project)

    def key_use(self, by: str, key: str) -> int | None:
        """As the view below."""
        return self._below.key_use(by, key)
