"""Questions to a ledger, now or as of any entry."""

from collections.abc import Iterator

from carbon_ledger import units
from carbon_ledger.devices import Device, Meter
from carbon_ledger.errors import RefusedError, StoreError
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.ledger import registry
from carbon_ledger.ledger.entries import Entry
from carbon_ledger.ledger.monitoring import inside, totals
from carbon_ledger.ledger.reconciling import Reconciliation, reconcile
from carbon_ledger.ledger.state import ACTIVE, STATES, Accrual, Balance, Issuance, Reading, Store, View
from carbon_ledger.ledger.statements import Statement, statement
from carbon_ledger.ledger.tracing import Trace, trace
from carbon_ledger.log.tiles import root_hash
from carbon_ledger.periods import Period, period_of
from carbon_ledger.projects import Project
from carbon_ledger.serials import Batch, Block, block_of


class Reader:
    """A ledger's state: the newest, or as of an entry."""

    def __init__(self, store: Store, size: int | None = None) -> None:
        self._store = store
        self._size = size

    def _view(self) -> View:
        return self._store.view(self._size)

    @property
    def size(self) -> int:
        """How many entries it sees."""
        return self._view().size

    @property
    def ledger_id(self) -> str:
        """The ledger's own id, from entry 0."""
        return str(self._view().entry(0).event["ledger"])

    def root(self) -> str:
        """The RFC 6962 root of all entries it sees, as hexadecimal digits."""
        return root_hash(self.size, self._store.tile).hex()

    def entry(self, n: int) -> Entry:
        """Entry *n*, decoded.

        Raises:
            StoreError: There is no such entry.
        """
        if type(n) is not int or not 0 <= n < self.size:
            raise StoreError(f"entry {n!r}: there are entries 0 to {self.size - 1}; give a whole number")
        # Decoded anew: what a caller changes in it, the rules never see.
        return Entry.from_bytes(next(self._store.entries(n, n + 1)))

    def entries(self) -> Iterator[Entry]:
        """All entries, oldest first."""
        return (Entry.from_bytes(data) for data in self._store.entries(0, self.size))

    def accounts(self) -> tuple[str, ...]:
        """Ids of all accounts, in order of opening."""
        return tuple(self._view().registrations("account"))

    def device(self, name: str) -> Device:
        """A registered device.

        Raises:
            UnknownDeviceError: No such device.
        """
        return registry.device(self._view(), name)

    def meter(self, name: str) -> Meter:
        """A registered meter.

        Raises:
            UnknownMeterError: No such meter.
        """
        return registry.meter(self._view(), name)

    def project(self, name: str) -> Project:
        """A registered project.

        Raises:
            UnknownProjectError: No such project.
        """
        return registry.project(self._view(), name)

    def factor(self, name: str) -> EmissionFactor:
        """An adopted emission factor.

        Raises:
            UnknownFactorError: No such factor.
        """
        return registry.factor(self._view(), name)

    def balance(self, account: str, *, instrument: str | None = None) -> Balance:
        """An account's units of one instrument, by state.

        Args:
            account: The account.
            instrument: The instrument; needed where the account has had units of several, which never add.

        Raises:
            UnknownAccountError: No such account.
            RefusedError: Several instruments, and none named.
        """
        view = self._view()
        registry.account(view, account)
        if instrument is not None:
            return view.balance(account, instrument) or Balance(account, instrument, 0)
        balances = view.balances(account)
        if len(balances) > 1:
            names = ", ".join(item.instrument for item in balances)
            raise RefusedError(
                f"account {account}",
                f"it has had units of {names}, which do not add; pass instrument=",
                rule="several-instruments",
            )
        return balances[0] if balances else Balance(account, "", 0)

    def holdings(self, account: str, *, state: str = ACTIVE) -> tuple[Block, ...]:
        """The blocks an account has in a state, by batch and serial; blocks that touch are joined.

        Args:
            account: The account.
            state: ``active``, ``retired``, ``cancelled`` or ``withdrawn``.

        Raises:
            UnknownAccountError: No such account.
            RefusedError: No such state.
        """
        view = self._view()
        registry.account(view, account)
        if state not in STATES:
            raise RefusedError(f"state {state!r}", f"expected one of {', '.join(STATES)}", rule="unknown-state")
        blocks: list[Block] = []
        for piece in view.holdings(account):
            if piece.state != state:
                continue
            last = blocks[-1] if blocks else None
            if last is not None and (last.batch_id, last.last + 1) == (piece.batch_id, piece.first):
                blocks[-1] = Block(last.batch_id, last.first, piece.last)
            else:
                blocks.append(Block(piece.batch_id, piece.first, piece.last))
        return tuple(blocks)

    def batches(self, project: str) -> tuple[Batch, ...]:
        """Every batch of a project, in order of issuance and vintage.

        Raises:
            UnknownProjectError: No such project.
        """
        view = self._view()
        registry.project(view, project)
        return tuple(found.batch for issuance in view.issuances(project) for found in view.batches(issuance.n))

    def issuances(self, project: str) -> tuple[Issuance, ...]:
        """Every issuance of a project as it stands, in order.

        Raises:
            UnknownProjectError: No such project.
        """
        view = self._view()
        registry.project(view, project)
        return tuple(view.issuances(project))

    def carry(self, project: str) -> Accrual:
        """A project's carry, exact, and its parts: claimed amount, adjustments, counted units.

        Raises:
            UnknownProjectError: No such project.
        """
        view = self._view()
        registry.project(view, project)
        return view.accrual(project) or Accrual(project, 0)

    def readings(self, device: str, period: Period, *, superseded: bool = False) -> tuple[Reading, ...]:
        """The runs of readings that overlap a period.

        Args:
            device: The device.
            period: The time asked about.
            superseded: Also those that corrections have replaced.

        Raises:
            UnknownDeviceError: No such device.
        """
        view = self._view()
        registry.device(view, device)
        find = view.readings_ever if superseded else view.readings
        within = period_of(period, "period")
        return tuple(find(device, within.start_utc, within.end_utc))

    def generation(self, device: str, period: Period) -> "units.Quantity":
        """The live net energy of the steps wholly inside a period. [MWh]

        Raises:
            UnknownDeviceError: No such device.
        """
        view = self._view()
        parts = (inside(run, period) for run in self.readings(device, period))
        return units.energy(sum(totals(view, part)[0] for part in parts if part is not None))

    def reconcile(self, project: str, period: Period) -> Reconciliation:
        """MWh generated against units issued, to the last digit; see `Reconciliation`.

        Raises:
            UnknownProjectError: No such project.
        """
        view = self._view()
        return reconcile(view, registry.project(view, project), period_of(period, "period"))

    def statement(self, account: str) -> Statement:
        """Everything that changed an account's units, with the balance after each.

        Raises:
            UnknownAccountError: No such account.
        """
        view = self._view()
        registry.account(view, account)
        return statement(view, account)

    def trace(self, serial: object) -> Trace:
        """Where a unit comes from and what became of it: issuance, quantification, steps, evidence.

        Args:
            serial: A serial's text such as ``hydro/2024/17/5``, or a block, of which the first is traced.

        Raises:
            SerialError: *serial* is none, or beyond its batch.
            UnknownBatchError: No such batch.
        """
        return trace(self._view(), block_of(serial))
