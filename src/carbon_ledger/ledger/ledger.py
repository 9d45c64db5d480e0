"""The ledger: all commands and queries, on any store."""

import os
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from types import TracebackType
from typing import Self

from carbon_ledger.arguments import checked_recorded_time
from carbon_ledger.audit.findings import Progress
from carbon_ledger.audit.report import AuditReport, audit
from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import recorded_text
from carbon_ledger.core.methodologies import Known
from carbon_ledger.core.rules import rebuild
from carbon_ledger.core.state.store import Backup, Store
from carbon_ledger.errors import PeriodError, StoreError
from carbon_ledger.files import path_text
from carbon_ledger.ledger.commands import (
    amendments,
    approvals,
    calibrations,
    conversion,
    corrections,
    descriptions,
    holds,
    imports,
    issuance,
    labels,
    many_runs,
    meter_files,
    offers,
    readings,
    registration,
    roles,
    timekeeping,
    transfers,
    verifications,
)
from carbon_ledger.ledger.methodologies import known_methodologies, places_of
from carbon_ledger.ledger.reader import Reader
from carbon_ledger.ledger.recorder import Clock, Recorder
from carbon_ledger.methodologies import Methodology
from carbon_ledger.printing import quote
from carbon_ledger.publishing.public_views import PublicViews, checked_views
from carbon_ledger.publishing.publish import Published, publish
from carbon_ledger.publishing.receipts import make_receipt
from carbon_ledger.queries.public_views import PublicState, public_files
from carbon_ledger.queries.retirements import Retirement, retirement_named
from carbon_ledger.queries.snapshot import Snapshot
from carbon_ledger.serials import Batch, Block, block_of
from carbon_ledger.signing import Signer


class Ledger(Recorder):
    """An append-only log of entries and the state that follows from it.

    Open a ledger with `open_ledger`. Any number of threads can share it: commands run one after another, and a query
    never sees a part of a command. A forked process must open the ledger itself.

    Args:
        store: The store of the entries and of the rows that follow from them.
        clock: Returns the current time, an aware `datetime`.
        by: The actor of commands that are called without *by*.
        methodologies: Methodologies of one's own, as objects, or what `open_ledger` has made of them.

    Raises:
        MethodologyError: One of *methodologies* is not a methodology of one's own, or its source cannot be read.
    """

    def __init__(
        self, store: Store, *, clock: Clock, by: str, methodologies: Iterable[Methodology] | Known = ()
    ) -> None:
        known = methodologies if isinstance(methodologies, Known) else known_methodologies(methodologies)
        super().__init__(store, clock, by, known)

    # Register
    open_account = registration.open_account
    register_device = registration.register_device
    register_meter = registration.register_meter
    register_project = registration.register_project
    adopt_methodology = registration.adopt_methodology
    adopt_factor = registration.adopt_factor

    # Amend what was registered
    amend_device = amendments.amend_device
    amend_account = amendments.amend_account

    # Say what documents are, and how accounts are related
    describe_document = descriptions.describe_document
    declare_relation = descriptions.declare_relation
    end_relation = descriptions.end_relation

    # Record readings
    record_generation = readings.record_generation
    record_readings = readings.record_readings
    record_run = readings.record_run
    record_many = many_runs.record_many
    record_meter = readings.record_meter
    record_meter_readings = readings.record_meter_readings
    record_meter_file = meter_files.record_meter_file
    record_calibration = calibrations.record_calibration

    # Correct readings
    correct_generation = corrections.correct_generation
    correct_readings = corrections.correct_readings
    correct_meter = corrections.correct_meter

    # Issue and void
    quantify = issuance.quantify
    issue = issuance.issue
    quantify_carry = issuance.quantify_carry
    issue_carry = issuance.issue_carry
    void = issuance.void

    # Transfer units and use them
    transfer = transfers.transfer
    retire = transfers.retire
    cancel = transfers.cancel
    withdraw = transfers.withdraw

    # Lock, release, and use the buffer
    lock = holds.lock
    release = holds.release
    release_buffer = holds.release_buffer
    cancel_buffer = holds.cancel_buffer

    # Transfer in two phases
    offer = offers.offer
    accept = offers.accept
    reject = offers.reject
    revoke_offer = offers.revoke_offer
    time_out = offers.time_out

    # Other registries
    register_registry = imports.register_registry
    import_block = imports.import_block
    export = imports.export

    # Labels
    label = labels.label
    unlabel = labels.unlabel

    # Convert to another instrument
    convert = conversion.convert

    # Roles
    grant = roles.grant
    revoke = roles.revoke

    # Approvals
    approve = approvals.approve
    revoke_approval = approvals.revoke_approval

    # Record what a verifier states
    state_verification = verifications.state_verification

    # Clock and zones
    advance_clock = timekeeping.advance_clock
    adopt_zone = timekeeping.adopt_zone

    def as_of(
        self, time: datetime | date | str | None = None, *, entry: int | None = None, zone: str | None = None
    ) -> Reader:
        """A reader of the ledger as it was: after an entry, or with all entries that were recorded before a time.

        Args:
            time: An aware time, or the start of a local day of *zone*; not later than the ledger's clock.
            entry: The number of the newest entry that the reader sees; its answers never change.
            zone: IANA zone of a *time* that is a date.

        Raises:
            PeriodError: Both *time* and *entry* are given, or neither; or *time* is later than the ledger's clock.
            NaiveTimeError: *time* has no zone.
            StoreError: There is no such entry, or no entry before *time*.

        Example:
            >>> import carbon_ledger as cl
            >>> ledger = cl.open_ledger(":memory:")
            >>> _ = ledger.open_account("a", name="A")
            >>> ledger.as_of(entry=0).accounts()
            ()
        """
        if (time is None) == (entry is None) or isinstance(time, int):
            raise PeriodError(
                f"as_of({quote(time)}): expected a time, or the number of an entry as entry=; pass exactly one of them"
            )
        if entry is not None:
            if type(entry) is not int or not self._store.contains(entry):
                raise StoreError(
                    f"as_of(entry={quote(entry)}): the ledger has entries 0 to {self.size - 1}; "
                    "give one of these numbers"
                )
            return Reader(self._store, entry + 1, known=self._known)
        text = checked_recorded_time(time, "time", zone)
        if text > recorded_text(self._now()):
            raise PeriodError(f"as_of({time!s}): later than the ledger's clock; expected a time up to now")
        low, high = 0, self.size
        while low < high:
            middle = (low + high) // 2
            if self._view().entry(middle).at < text:
                low = middle + 1
            else:
                high = middle
        if low == 0:
            raise StoreError(f"as_of({time!s}): the ledger was opened at {self.entry(0).at}; give a later time")
        return Reader(self._store, low, text, self._known)

    def audit(
        self,
        *,
        workers: int = 1,
        progress: Progress | None = None,
        methodologies: Iterable[Methodology] | None = None,
    ) -> AuditReport:
        """A report on the whole ledger: every hash, rule and quantification, and every row derived from the entries.

        Args:
            workers: The number of processes that share the work; more than one is worthwhile for a log whose audit
                takes minutes, with a core for each.
            progress: Called now and then with the number of audited entries, and the number of all entries.
            methodologies: Methodologies of one's own, as objects; by default, those that the ledger was opened with.
                The quantifications of those that are missing are not computed again; the report lists them.

        Returns:
            The report. Problems are listed as its findings, and are not raised.

        Raises:
            MethodologyError: One of *methodologies* is not a methodology of one's own, or worker processes cannot
                import it.
            StoreError: The ledger was closed, or a parent process opened it; or its store is a custom store that cannot
                be audited in place.

        Example:
            >>> import carbon_ledger as cl
            >>> cl.open_ledger(":memory:").audit().passed
            True
        """
        self._store.view()
        known = self._known if methodologies is None else known_methodologies(methodologies)
        places = "[]" if type(workers) is not int or workers <= 1 else places_of(known)
        return audit(self._store, workers=workers, progress=progress, known=known, places=places)

    def rebuild(self) -> None:
        """Derive every table from the entries again, in one transaction; the entries are not changed.

        Quantifications are computed again. Those of a methodology of one's own that the ledger was not opened with are
        taken as they are recorded: an audit lists them.

        Raises:
            BrokenLogError: An entry is malformed, or is out of sequence.
            CarbonLedgerError: A rule refuses an entry; nothing has changed.
            StoreReadOnlyError: The file cannot be written.
            StoreLockedError: Another process writes for longer than the timeout.
        """
        rebuild(self._store, self._known)

    def publish(
        self, directory: str | os.PathLike[str], *, signer: Signer, views: PublicViews | None = None
    ) -> Published:
        """Publish the log as files that anyone can verify, also without this library; or extend the published files.

        Args:
            directory: The directory of the published log; any static file server can serve it.
            signer: The log's key; its name is the log's origin. The key is never stored.
            views: What is also written as JSON files for web pages, in the folder ``views``: batches, retirements with
                receipts, and the holdings of public accounts. By default, no such files are written.

        Returns:
            The checkpoint that is now published, and its signed bytes; store them in another place.

        Raises:
            ForkError: The ledger does not continue the checkpoint that is published in *directory*.
            BrokenLogError: An entry's hash is not the hash that was stored when it was recorded.
            StoreError: The directory cannot be written, another process published at the same time, or a batch of this
                thread is open.
            MissingExtraError: The package cryptography is not installed.
            QuantityError: *views* is not a `PublicViews`.
            UnknownAccountError: An account that *views* names is not in the ledger.

        Source:
            C2SP tlog-tiles and tlog-checkpoint. [P]
        """
        if self._store.in_transaction():
            raise StoreError("a batch of this thread is open and may still be undone; end the batch, then publish")
        if views is None:
            return publish(self._store, directory, signer)
        public = checked_views(views)
        for account in () if public.has_all_accounts else public.accounts:
            lookup.account(self._view(), account)

        def files(published: Published) -> Iterator[tuple[str, bytes]]:
            reader = Snapshot(self._store, published.size)
            return public_files(PublicState(reader, self._store, published, public))

        return publish(self._store, directory, signer, files)

    def receipt(self, thing: int | Batch | Block | Retirement | str, *, checkpoint: bytes | Published) -> bytes:
        """A receipt: a proof that an entry is in the log, for anybody who has the log's verifier key.

        Args:
            thing: The number of an entry; a retirement, for its entry; or a batch, a block or a serial, for the entry
                that issued it.
            checkpoint: A signed checkpoint of this ledger: the `Published` that `publish` returned, or the bytes of the
                published file.

        Returns:
            The bytes of a ``.tlog-proof`` file; hand it on together with the entry's bytes (`entry_bytes`).

        Raises:
            ForkError: The checkpoint is not of this ledger.
            StoreError: There is no such entry, or it is newer than the checkpoint.
            BrokenLogError: The entry's hash is not the hash that was stored when it was recorded.
            RefusedError: The retirement is of another ledger, or there is no such batch.
            SerialError: *thing* is not an entry's number, a retirement, a batch, a block or a serial.
            FormatError: *checkpoint* is not a signed checkpoint.

        Source:
            C2SP tlog-proof. [P]
        """
        return make_receipt(self._store, self._number_of(thing), checkpoint)

    def entry_bytes(self, thing: int | Batch | Block | Retirement | str) -> bytes:
        """The canonical bytes of an entry, which the log hashes and a receipt proves.

        Args:
            thing: As for `receipt`.

        Raises:
            StoreError: There is no such entry.
            RefusedError: The retirement is of another ledger, or there is no such batch.
            SerialError: *thing* is not an entry's number, a retirement, a batch, a block or a serial.
        """
        n = self._number_of(thing)
        return next(self._store.entries(n, n + 1))

    def _number_of(self, thing: object) -> int:
        if isinstance(thing, Retirement):
            return retirement_named(self._view(), thing.number).n
        if type(thing) is int:
            if not 0 <= thing < self.size:
                raise StoreError(
                    f"entry {quote(thing)}: the ledger has entries 0 to {self.size - 1}; give one of these numbers"
                )
            return thing
        return lookup.batch(self._view(), block_of(thing).batch_id).n

    def backup(self, path: str | os.PathLike[str]) -> Backup:
        """A checked, consistent copy of the ledger in a new file; others can write to the ledger meanwhile.

        The copy contains every entry that was committed when the backup began. It is written beside *path*, checked,
        and renamed when it is complete: its entries have the stored hashes, and its root is the ledger's root. To
        restore a backup, open it. A file that is copied in any other way during a write can be damaged.

        Args:
            path: The new file, which must not exist.

        Raises:
            StoreError: The file exists already or cannot be written, a batch of this thread is open, or the ledger was
                closed.
            StoreFullError: The disk is full.
            BrokenLogError: The ledger is damaged: an entry's hash is not the stored hash.

        Example:
            >>> import carbon_ledger as cl, tempfile
            >>> ledger = cl.open_ledger(":memory:", ledger_id="trial")
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     copy = ledger.backup(f"{folder}/copy.db")
            ...     with cl.open_ledger(copy.path, read_only=True) as restored:
            ...         restored.root() == copy.root == ledger.root()
            True
        """
        return self._store.backup(path_text(path, StoreError))

    def close(self) -> None:
        """Close the ledger and its store; every later call is refused, except another `close`.

        In a fork of the process that opened the ledger, this does nothing.

        Raises:
            StoreLockedError: Another thread writes for longer than the timeout, or a command of this thread has not
                ended.
        """
        self._store.close()

    def __enter__(self) -> Self:
        """Use the ledger in a `with` block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the ledger."""
        self.close()
