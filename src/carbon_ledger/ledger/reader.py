"""Questions to a ledger, now or as of any entry."""

from collections.abc import Iterator

from attrs import evolve

from carbon_ledger import units
from carbon_ledger.core import lookup
from carbon_ledger.core.authority import policy_of
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.holdings.pieces import second_of
from carbon_ledger.core.intervals import merge_serials
from carbon_ledger.core.issuance.approvals import ApprovalStatus, status_of
from carbon_ledger.core.issuance.hours import with_hours
from carbon_ledger.core.issuance.monitoring import energy_of, whole_steps_in
from carbon_ledger.core.state.rows import ACTIVE, STATES, Balance, Carry, Grant, Issuance, Reading
from carbon_ledger.devices import Device, Meter
from carbon_ledger.errors import RefusedError, StoreError
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.ledger.arguments import checked_recorded_time, checked_role, checked_second
from carbon_ledger.ledger.queries import hours as of_hours
from carbon_ledger.ledger.queries import imports
from carbon_ledger.ledger.queries.holdings import expired_by
from carbon_ledger.ledger.queries.hours import produced
from carbon_ledger.ledger.queries.offers import Offer, offers_of
from carbon_ledger.ledger.queries.reconciliation import Reconciliation, reconcile
from carbon_ledger.ledger.queries.retirements import Retirement, retirement_named, retirements_of
from carbon_ledger.ledger.queries.statements import Statement, statement
from carbon_ledger.ledger.queries.traces import Trace, trace
from carbon_ledger.ledger.snapshot import Snapshot
from carbon_ledger.log.tiles import root_hash
from carbon_ledger.periods import Period, checked_period
from carbon_ledger.printing import quote
from carbon_ledger.projects import Project
from carbon_ledger.serials import Batch, Block, block_of


class Reader(Snapshot):
    """A ledger's state: the newest, or as of an entry."""

    # Steps and hours
    match = of_hours.match
    claims = of_hours.claims
    hours = of_hours.hours

    # Other registries, and labels
    grammar = imports.grammar
    imported = imports.imported
    registry_serial = imports.registry_serial
    labels = imports.labels

    @property
    def size(self) -> int:
        """How many entries it sees."""
        return self._view().size

    @property
    def ledger_id(self) -> str:
        """The ledger's own id, from entry 0."""
        return str(self._view().entry(0).event["ledger"])

    @property
    def policy(self) -> str:
        """Who may record, from entry 0: ``open`` for anybody, ``roles`` for whom a role allows it."""
        return policy_of(self._view())

    def root(self) -> str:
        """The RFC 6962 root of all entries it sees, as hexadecimal digits.

        It is made of the hashes that were stored when the entries were recorded, and no entry is read: in a file that
        somebody changed, the entries may be others. `audit` holds the stored hashes against the entries, and gives the
        root that it computed from the entries themselves; ``open_ledger(pinned=)`` does both up to a checkpoint.
        """
        return root_hash(self.size, self._store.tile).hex()

    def entry(self, n: int) -> Entry:
        """Entry *n*, decoded.

        Raises:
            StoreError: There is no such entry.
        """
        if type(n) is not int or not 0 <= n < self.size:
            raise StoreError(f"entry {quote(n)}: there are entries 0 to {self.size - 1}; give one of these numbers")
        # Decoded anew: what a caller changes in it, the rules never see.
        return Entry.from_bytes(next(self._store.entries(n, n + 1)))

    def entries(self) -> Iterator[Entry]:
        """All entries, oldest first; nothing is locked between two of them.

        Raises:
            StoreError: The entries that are left were undone with their batch, or the ledger was closed.
        """
        return (Entry.from_bytes(data) for data in self._store.entries(0, self.size))

    def accounts(self) -> tuple[str, ...]:
        """Ids of all accounts, in order of opening."""
        return tuple(self._view().registrations("account"))

    def device(self, name: str) -> Device:
        """A registered device.

        Raises:
            UnknownDeviceError: No such device.
        """
        return lookup.device(self._view(), name)

    def meter(self, name: str) -> Meter:
        """A registered meter.

        Raises:
            UnknownMeterError: No such meter.
        """
        return lookup.meter(self._view(), name)

    def project(self, name: str) -> Project:
        """A registered project.

        Raises:
            UnknownProjectError: No such project.
        """
        return lookup.project(self._view(), name)

    def factor(self, name: str) -> EmissionFactor:
        """An adopted emission factor.

        Raises:
            UnknownFactorError: No such factor.
        """
        return lookup.factor(self._view(), name)

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
        if isinstance(account, str) and isinstance(instrument, str) and (account + instrument).isascii():
            found = view.balance(account, instrument)
            if found is not None:  # so there is such an account: one question less
                return found
        lookup.account(view, account)
        if instrument is not None:
            return Balance(account, instrument, 0)
        balances = view.balances(account)
        if len(balances) > 1:
            names = ", ".join(item.instrument for item in balances)
            raise RefusedError(
                f"account {account}",
                f"it has had units of {names}, which do not add; pass instrument=",
                rule="several-instruments",
            )
        return balances[0] if balances else Balance(account, "", 0)

    def holdings(
        self, account: str, *, state: str = ACTIVE, production: Period | None = None, at: object = None
    ) -> tuple[Block, ...]:
        """The blocks an account has in a state, by batch and serial; blocks that touch are joined.

        Args:
            account: The account.
            production: Only units generated wholly inside this period: of granular certificates those of its
                hours, of others those of batches whose production lies inside.
            state: One of `STATES`: ``active``, ``locked``, ``buffered``, ``pending``, ``retired``, ...
            at: A time by which the units must not have expired; by default, expired ones are there too. Final
                ones do not expire.

        Raises:
            UnknownAccountError: No such account.
            RefusedError: No such state.
            NaiveTimeError: *at* has no zone.
            PeriodError: *at* is no time.
        """
        view = self._view()
        lookup.account(view, account)
        if not isinstance(state, str) or state not in STATES:
            raise RefusedError(f"state {quote(state)}", f"expected one of {', '.join(STATES)}", rule="unknown-state")
        held = [piece for piece in view.holdings(account) if piece.state == state]
        if at is not None:
            over = expired_by(view, checked_second(at))
            held = [piece for piece in held if not over(piece)]
        return merge_serials(
            held if production is None else produced(view, held, checked_period(production, "production"))
        )

    def expired(self, account: str, *, at: object = None) -> tuple[Block, ...]:
        """The blocks of an account that can no longer be used, by batch and serial, whatever hold they are under.

        Expiry is no state and no event: it follows from the time asked about. Final units do not expire.

        Args:
            account: The account.
            at: The time asked about; by default, now, or the time that `as_of` was asked about.

        Raises:
            UnknownAccountError: No such account.
            NaiveTimeError: *at* has no zone.
            PeriodError: *at* is no time.

        Source:
            ledger-model section 8.
        """
        view = self._view()
        lookup.account(view, account)
        at_utc = second_of(self._asked_at(view)) if at is None else checked_second(at)
        expired = expired_by(view, at_utc)
        return merge_serials(piece for piece in view.holdings(account) if expired(piece))

    def offers(self, account: str) -> tuple[Offer, ...]:
        """Every offer that an account made or was made, as it stands, oldest first.

        Raises:
            UnknownAccountError: No such account.
        """
        view = self._view()
        return offers_of(view, lookup.account(view, account))

    def retirement(self, number: int | str) -> Retirement:
        """A retirement by its number, such as ``hydro/57``, or by the number of its entry.

        Raises:
            RefusedError: This ledger has no such retirement.
        """
        return retirement_named(self._view(), number)

    def retirements(self, account: str) -> tuple[Retirement, ...]:
        """Every retirement from an account, oldest first.

        Raises:
            UnknownAccountError: No such account.
        """
        view = self._view()
        return retirements_of(view, lookup.account(view, account))

    def batches(self, project: str) -> tuple[Batch, ...]:
        """Every batch of a project, in order of issuance and vintage.

        Raises:
            UnknownProjectError: No such project.
        """
        view = self._view()
        lookup.project(view, project)
        return tuple(with_hours(view, found) for item in view.issuances(project) for found in view.batches(item.n))

    def issuances(self, project: str) -> tuple[Issuance, ...]:
        """Every issuance of a project as it stands, in order.

        Raises:
            UnknownProjectError: No such project.
        """
        view = self._view()
        lookup.project(view, project)
        return tuple(view.issuances(project))

    def carry(self, project: str) -> Carry:
        """A project's carry, exact, and its parts: claimed amount, adjustments, counted units.

        Raises:
            UnknownProjectError: No such project.
        """
        view = self._view()
        lookup.project(view, project)
        return view.carry(project) or Carry(project, 0)

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
        lookup.device(view, device)
        find = view.readings_ever if superseded else view.readings
        within = checked_period(period, "period")
        return tuple(find(device, within.start_utc, within.end_utc))

    def generation(self, device: str, period: Period) -> "units.Quantity":
        """The live net energy of the steps wholly inside a period. [MWh]

        Raises:
            UnknownDeviceError: No such device.
        """
        view = self._view()
        parts = (whole_steps_in(run, period) for run in self.readings(device, period))
        return units.energy(sum(energy_of(view, part)[0] for part in parts if part is not None))

    def reconcile(self, project: str, period: Period) -> Reconciliation:
        """MWh generated against units issued, to the last digit; see `Reconciliation`.

        Raises:
            UnknownProjectError: No such project.
        """
        view = self._view()
        return reconcile(view, lookup.project(view, project), checked_period(period, "period"))

    def roles(self, actor: str) -> tuple[Grant, ...]:
        """The roles that an actor has, by role and account; none under the open policy, where none count."""
        return tuple(self._view().grants(actor)) if isinstance(actor, str) else ()

    def actors(self, role: str) -> tuple[Grant, ...]:
        """Everybody who has a role, by actor and account.

        Raises:
            QuantityError: There is no such role.
        """
        return tuple(self._view().grants_of(checked_role(role)))

    def approvals(self, project: str) -> tuple[ApprovalStatus, ...]:
        """Every approval of a project's quantifications as it stands, oldest first; see `ApprovalStatus`.

        Raises:
            UnknownProjectError: No such project.
        """
        view = self._view()
        lookup.project(view, project)
        return tuple(status_of(view, row) for row in view.approvals_ever(project))

    def statement(self, account: str, *, since: object = None, until: object = None) -> Statement:
        """Everything that changed an account's units, with the balance after each.

        Args:
            account: The account.
            since: Only what was recorded at this time or later.
            until: Only what was recorded before this time.

        Raises:
            UnknownAccountError: No such account.
            NaiveTimeError: A time has no zone.
            PeriodError: A time is none.
        """
        view = self._view()
        told = statement(view, lookup.account(view, account))
        first = "" if since is None else checked_recorded_time(since, "since")
        last = "~" if until is None else checked_recorded_time(until, "until")
        return evolve(told, movements=tuple(item for item in told.movements if first <= item.at < last))

    def trace(self, serial: object) -> Trace:
        """Where a unit comes from and what became of it: issuance, quantification, steps, evidence.

        Args:
            serial: A serial's text such as ``hydro/2024/17/5``, or a block, of which the first is traced.

        Raises:
            SerialError: *serial* is none, or beyond its batch.
            UnknownBatchError: No such batch.
        """
        return trace(self._view(), block_of(serial))
