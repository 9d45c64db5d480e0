"""Queries on a ledger, in its newest state or as of any entry."""

from collections.abc import Iterator

from attrs import evolve

from carbon_ledger.arguments import checked_recorded_time, checked_role
from carbon_ledger.choices import Role, TimeLike
from carbon_ledger.core import lookup
from carbon_ledger.core.authority import policy_of
from carbon_ledger.core.entries.entry import Entry, recorded_time
from carbon_ledger.core.issuance.approvals import ApprovalStatus, status_of
from carbon_ledger.core.issuance.hours import with_hours
from carbon_ledger.core.state.rows import Grant, Issuance, Reading
from carbon_ledger.errors import CarbonLedgerError, StoreError
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.log.tiles import root_hash
from carbon_ledger.meters import Meter
from carbon_ledger.periods import Period, checked_period
from carbon_ledger.printing import quote
from carbon_ledger.projects import Project
from carbon_ledger.queries import amended, descriptions, imports, listings
from carbon_ledger.queries import calibrations as of_calibrations
from carbon_ledger.queries import generation as of_generation
from carbon_ledger.queries import holdings as of_holdings
from carbon_ledger.queries import hours as of_hours
from carbon_ledger.queries import values as of_values
from carbon_ledger.queries import volumes as of_volumes
from carbon_ledger.queries.attestations import attestations
from carbon_ledger.queries.cad_trust import cad_trust_units
from carbon_ledger.queries.carry import ProjectCarry, project_carry
from carbon_ledger.queries.energytag import energytag_bundles
from carbon_ledger.queries.monitoring_report import monitoring_report
from carbon_ledger.queries.offers import Offer, offers_of
from carbon_ledger.queries.pages import report, retirement_certificate
from carbon_ledger.queries.reconciliation import Reconciliation, reconcile
from carbon_ledger.queries.retirements import Retirement, retirement_named
from carbon_ledger.queries.snapshot import Snapshot
from carbon_ledger.queries.statements import Movement, Statement, statement
from carbon_ledger.queries.traces import Trace, trace
from carbon_ledger.queries.verifications import verifications
from carbon_ledger.review.follow_up import changes, evidence, verify_evidence
from carbon_ledger.review.report import review_page
from carbon_ledger.review.review import review, sample
from carbon_ledger.review.workpaper import write_workpaper
from carbon_ledger.serials import Batch, Block, block_of
from carbon_ledger.tables import Listing
from carbon_ledger.tables.html import html_facts


class Reader(Snapshot):
    """The state of a ledger: its newest state, or its state as of an entry; it has queries and no commands."""

    # The units of accounts
    balance = of_holdings.balance
    holdings = of_holdings.holdings
    expired = of_holdings.expired
    positions = of_holdings.positions

    # Steps and hours
    match = of_hours.match
    claims = of_hours.claims
    hours = of_hours.hours

    # Energy by day and by month
    generation_by = of_generation.generation_by

    # Volumes of units
    volumes = of_volumes.volumes

    # Calibrations of meters
    calibrations = of_calibrations.calibrations
    late_calibrations = of_calibrations.late_calibrations

    # Reports
    monitoring_report = monitoring_report
    report = report
    retirement_certificate = retirement_certificate
    review = review
    review_page = review_page
    sample = sample
    changes = changes
    evidence = evidence
    verify_evidence = verify_evidence
    write_workpaper = write_workpaper

    # Units in the formats of other systems
    cad_trust_units = cad_trust_units
    energytag_bundles = energytag_bundles

    # Attested texts of methodologies
    attestations = attestations

    # Verifiers' statements
    verifications = verifications

    # Listings of what is registered, and of retirements
    devices = listings.devices
    meters = listings.meters
    projects = listings.projects
    factors = listings.factors
    batch = listings.batch
    retirements = listings.retirements

    # Metered values
    values = of_values.values
    generation = of_values.generation

    # What is in force, and its amendments
    device = amended.device
    account = amended.account
    amendments = amended.amendments

    # Documents, and relations of accounts
    document = descriptions.document
    documents = descriptions.documents
    meter_layout = descriptions.meter_layout
    relations = descriptions.relations

    # Other registries, and labels
    grammar = imports.grammar
    imported = imports.imported
    registry_serial = imports.registry_serial
    labels = imports.labels

    def __repr__(self) -> str:
        """The name of the ledger and the number of its entries, on one line."""
        kind = type(self).__name__
        try:
            view = self._view()
            entries = "1 entry" if view.size == 1 else f"{view.size:,} entries"
            return f"<{kind} {view.entry(0).event['ledger']}: {entries}>"
        except CarbonLedgerError as error:  # closed, damaged, or not open in this process
            return f"<{kind}: {type(error).__name__}>"

    def _repr_html_(self) -> str:
        """The state as an HTML table for a notebook: few rows are read, and no entry but the first and the newest."""
        try:
            view = self._view()
            facts = {
                "entries": view.size,
                "newest entry": view.entry(view.size - 1).at,
                "root": root_hash(view.size, self._store.tile).hex(),
                "policy": policy_of(view),
            }
            name = f"{type(self).__name__} {view.entry(0).event['ledger']}"
        except StoreError as error:  # the ledger was closed
            name, facts = type(self).__name__, {"state": str(error)}
        return html_facts(name, facts)

    @property
    def size(self) -> int:
        """The number of entries."""
        return self._view().size

    @property
    def ledger_id(self) -> str:
        """The ledger's id, as entry 0 records it."""
        return str(self._view().entry(0).event["ledger"])

    @property
    def policy(self) -> str:
        """The ledger's policy, as entry 0 records it: ``open`` if anybody may record, ``roles`` if roles decide."""
        return policy_of(self._view())

    def root(self) -> str:
        """The RFC 6962 root of all entries, as hexadecimal digits.

        The root is computed from the hashes that were stored when the entries were recorded; no entry is read. In a
        file that somebody has changed, the entries can differ from their hashes. `audit` compares the stored hashes
        with the entries, and reports the root computed from the entries. ``open_ledger(pinned=)`` does both up to a
        checkpoint.
        """
        return root_hash(self.size, self._store.tile).hex()

    def entry(self, n: int) -> Entry:
        """Entry *n*, decoded.

        Raises:
            StoreError: There is no such entry.
        """
        if type(n) is not int or not 0 <= n < self.size:
            raise StoreError(f"entry {quote(n)}: there are entries 0 to {self.size - 1}; give one of these numbers")
        # The entry is decoded again, so that the rules never see what a caller changes in it.
        return Entry.from_bytes(next(self._store.entries(n, n + 1)))

    def entries(self, start: int = 0) -> Iterator[Entry]:
        """All entries, oldest first, from any number on; the ledger is not locked between two entries.

        Args:
            start: The number of the first entry. It may be the size of the ledger, after which no entry comes.

        Raises:
            StoreError: *start* is not the number of an entry, the remaining entries were undone with their batch, or
                the ledger was closed.

        Example:
            >>> import carbon_ledger as cl
            >>> ledger = cl.open_ledger(":memory:")
            >>> _ = ledger.open_account("a", name="A")
            >>> [entry.type for entry in ledger.entries()], [entry.type for entry in ledger.entries(start=1)]
            (['ledger.opened', 'account.opened'], ['account.opened'])
        """
        size = self.size
        if type(start) is not int or not 0 <= start <= size:
            raise StoreError(
                f"entries(start={quote(start)}): expected a number from 0 to {size}, the number of entries"
            )
        return (Entry.from_bytes(data) for data in self._store.entries(start, size))

    def accounts(self) -> tuple[str, ...]:
        """The ids of all accounts, in the order in which they were opened; `account` gives the record of one.

        Example:
            >>> import carbon_ledger as cl
            >>> ledger = cl.open_ledger(":memory:")
            >>> _ = ledger.open_account("buyer", name="Buyer Ltd")
            >>> ledger.accounts(), cl.Listing(map(ledger.account, ledger.accounts()), cl.Account)[0].name
            (('buyer',), 'Buyer Ltd')
        """
        return tuple(self._view().registrations("account"))

    def meter(self, name: str) -> Meter:
        """A registered meter.

        Raises:
            UnknownMeterError: There is no such meter.
        """
        return lookup.meter(self._view(), name)

    def project(self, name: str) -> Project:
        """A registered project.

        Raises:
            UnknownProjectError: There is no such project.
        """
        return lookup.project(self._view(), name)

    def factor(self, name: str) -> EmissionFactor:
        """An adopted emission factor.

        Raises:
            UnknownFactorError: There is no such factor.
        """
        return lookup.factor(self._view(), name)

    def offers(self, account: str) -> Listing[Offer]:
        """Every offer from an account or to it, in its present state, oldest first.

        Raises:
            UnknownAccountError: There is no such account.
        """
        view = self._view()
        return Listing(offers_of(view, lookup.account(view, account)), Offer)

    def retirement(self, number: int | str) -> Retirement:
        """A retirement by its number, such as ``hydro/57``, or by the number of its entry.

        Raises:
            RefusedError: There is no such retirement in this ledger.
        """
        return retirement_named(self._view(), number)

    def batches(self, project: str) -> Listing[Batch]:
        """Every batch of a project, in order of issuance and vintage.

        Raises:
            UnknownProjectError: There is no such project.
        """
        view = self._view()
        lookup.project(view, project)
        found = (with_hours(view, made) for item in view.issuances(project) for made in view.batches(item.n))
        return Listing(found, Batch)

    def issuances(self, project: str) -> Listing[Issuance]:
        """Every issuance of a project, in its present state, in order of issuance.

        Raises:
            UnknownProjectError: There is no such project.
        """
        view = self._view()
        lookup.project(view, project)
        return Listing(view.issuances(project), Issuance)

    def carry(self, project: str) -> ProjectCarry:
        """A project's exact carry, by vintage and in total, with its claimed amount, adjustments and counted units.

        Raises:
            UnknownProjectError: There is no such project.
        """
        view = self._view()
        lookup.project(view, project)
        return project_carry(view, project)

    def readings(self, device: str, period: Period, *, superseded: bool = False) -> Listing[Reading]:
        """The runs of readings that overlap a period.

        Args:
            device: The device's id.
            period: The period.
            superseded: Whether to include readings that corrections have replaced.

        Raises:
            UnknownDeviceError: There is no such device.
        """
        view = self._view()
        lookup.device(view, device)
        find = view.readings_ever if superseded else view.readings
        within = checked_period(period, "period")
        return Listing(find(device, within.start_utc, within.end_utc), Reading)

    def reconcile(self, project: str, period: Period) -> Reconciliation:
        """The exact reconciliation of a period: energy generated against units issued; see `Reconciliation`.

        Raises:
            UnknownProjectError: There is no such project.
        """
        view = self._view()
        return reconcile(view, lookup.project(view, project), checked_period(period, "period"))

    def roles(self, actor: str) -> tuple[Grant, ...]:
        """The roles of an actor, by role and account; empty under the policy ``open``, which has no roles."""
        return tuple(self._view().grants(actor)) if isinstance(actor, str) else ()

    def actors(self, role: Role) -> tuple[Grant, ...]:
        """The actors that have a role, by actor and account.

        Raises:
            QuantityError: *role* is not a role.
        """
        return tuple(self._view().grants_of(checked_role(role)))

    def approvals(self, project: str) -> tuple[ApprovalStatus, ...]:
        """Every approval of a project's quantifications, in its present state, oldest first; see `ApprovalStatus`.

        Raises:
            UnknownProjectError: There is no such project.
        """
        view = self._view()
        lookup.project(view, project)
        return tuple(status_of(view, row) for row in view.approvals_ever(project))

    def statement(self, account: str, *, since: TimeLike | None = None, until: TimeLike | None = None) -> Statement:
        """The statement of an account: everything that changed its units, with the balance after each change.

        Args:
            account: The account's id.
            since: Only changes recorded at this time or later.
            until: Only changes recorded before this time.

        Raises:
            UnknownAccountError: There is no such account.
            NaiveTimeError: A time has no zone.
            PeriodError: *since* or *until* is not a time.
        """
        view = self._view()
        whole = statement(view, lookup.account(view, account))
        first = None if since is None else recorded_time(checked_recorded_time(since, "since", takes_zone=False))
        last = None if until is None else recorded_time(checked_recorded_time(until, "until", takes_zone=False))
        inside = (
            item for item in whole.movements if (first is None or first <= item.at) and (last is None or item.at < last)
        )
        return evolve(whole, movements=Listing(inside, Movement))

    def trace(self, serial: str | Block | Batch) -> Trace:
        """The trace of a unit: its issuance, quantification, steps and evidence, and everything that happened to it.

        Args:
            serial: A serial's text such as ``hydro/2024/17/5``; or a block, whose first unit is traced.

        Raises:
            SerialError: *serial* is malformed, or extends past the end of its batch.
            UnknownBatchError: There is no such batch.
        """
        return trace(self._view(), block_of(serial))
