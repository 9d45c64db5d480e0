"""The ledger: every command and every question, over any store."""

import os
from datetime import date, datetime
from types import TracebackType
from typing import Self

from carbon_ledger.audit.findings import Progress
from carbon_ledger.audit.report import AuditReport, audit
from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import recorded_text
from carbon_ledger.core.rules import rebuild
from carbon_ledger.core.state.store import Backup, Store
from carbon_ledger.errors import PeriodError, StoreError
from carbon_ledger.files import path_text
from carbon_ledger.ledger.arguments import checked_recorded_time
from carbon_ledger.ledger.commands import (
    approvals,
    conversion,
    corrections,
    holds,
    imports,
    issuance,
    labels,
    offers,
    readings,
    registration,
    roles,
    timekeeping,
    transfers,
)
from carbon_ledger.ledger.queries.retirements import Retirement, retirement_named
from carbon_ledger.ledger.reader import Reader
from carbon_ledger.ledger.recorder import Clock, Recorder
from carbon_ledger.printing import quote
from carbon_ledger.publishing.publish import Published, publish
from carbon_ledger.publishing.receipts import make_receipt
from carbon_ledger.serials import Batch, Block, block_of
from carbon_ledger.signing import Signer


class Ledger(Recorder):
    """An append-only log of entries and the state that follows from it.

    Open one with `open_ledger`. Any number of threads may share it: commands take turns, and each question sees
    whole commands. A fork of the process that opened it opens its own.

    Args:
        store: Where entries and rows live.
        clock: Tells the time, aware.
        by: The actor of commands that name none.
    """

    def __init__(self, store: Store, *, clock: Clock, by: str) -> None:
        super().__init__(store, clock, by)

    # What is registered
    open_account = registration.open_account
    register_device = registration.register_device
    register_meter = registration.register_meter
    register_project = registration.register_project
    adopt_factor = registration.adopt_factor

    # What meters say
    record_generation = readings.record_generation
    record_readings = readings.record_readings
    record_run = readings.record_run
    record_meter = readings.record_meter
    record_meter_readings = readings.record_meter_readings

    # Readings that were wrong
    correct_generation = corrections.correct_generation
    correct_readings = corrections.correct_readings

    # Issue, and take back
    quantify = issuance.quantify
    issue = issuance.issue
    void = issuance.void

    # Move and use units
    transfer = transfers.transfer
    retire = transfers.retire
    cancel = transfers.cancel
    withdraw = transfers.withdraw

    # Hold units where they are
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

    # Another instrument for the same steps
    convert = conversion.convert

    # Who may do what
    grant = roles.grant
    revoke = roles.revoke

    # What a verifier approved
    approve = approvals.approve
    revoke_approval = approvals.revoke_approval

    # What every other entry rests on
    advance_clock = timekeeping.advance_clock
    adopt_zone = timekeeping.adopt_zone

    def as_of(
        self, time: datetime | date | str | None = None, *, entry: int | None = None, zone: str | None = None
    ) -> Reader:
        """The ledger as it was: after an entry, or as of a time, of all entries recorded before it.

        Args:
            time: An aware time, or the start of a local day of *zone*; not later than the ledger's clock.
            entry: The number of an entry; what it answers never changes.
            zone: IANA zone of a *time* that is a date.

        Raises:
            PeriodError: Not exactly one of the two is given, or *time* is later than the clock.
            NaiveTimeError: *time* has no zone.
            StoreError: There is no such entry, or none before *time*.

        Example:
            >>> import carbon_ledger as cl
            >>> ledger = cl.open_ledger(":memory:")
            >>> _ = ledger.open_account("a", name="A")
            >>> ledger.as_of(entry=0).accounts()
            ()
        """
        if (time is None) == (entry is None) or isinstance(time, int):
            raise PeriodError(f"as_of({quote(time)}): give a time, or an entry's number as entry=, one of the two")
        if entry is not None:
            if type(entry) is not int or not self._store.contains(entry):
                raise StoreError(
                    f"as_of(entry={quote(entry)}): the ledger has entries 0 to {self.size - 1}; give one of "
                    f"these numbers"
                )
            return Reader(self._store, entry + 1)
        text = checked_recorded_time(time, "time", zone)
        if text > recorded_text(self._now()):
            raise PeriodError(f"as_of({time!s}): later than the ledger's clock; nobody knows that yet")
        low, high = 0, self.size
        while low < high:
            middle = (low + high) // 2
            if self._view().entry(middle).at < text:
                low = middle + 1
            else:
                high = middle
        if low == 0:
            raise StoreError(f"as_of({time!s}): the ledger was opened at {self.entry(0).at}; give a later time")
        return Reader(self._store, low, text)

    def audit(self, *, workers: int = 1, progress: Progress | None = None) -> AuditReport:
        """Check everything: hashes, every rule, every quantification, every row derived from them.

        Args:
            workers: How many processes share the work; a core each is worth it for a log of many minutes.
            progress: Is called now and then with the entries that are done, and how many there are.

        Returns:
            The report; its findings are empty where all is right. Nothing is raised for what is found.

        Raises:
            StoreError: The ledger was closed, or is that of a parent process; or its store is one of your own that
                cannot be audited where it is.
        """
        self._store.view()
        return audit(self._store, workers=workers, progress=progress)

    def rebuild(self) -> None:
        """Derive every table again from the entries, in one transaction; the entries stay as they are.

        Raises:
            BrokenLogError: An entry is malformed, or is out of sequence.
            CarbonLedgerError: A rule refuses its entry; nothing has changed.
            StoreReadOnlyError: The file cannot be written.
            StoreLockedError: Another process writes for longer than the timeout.
        """
        rebuild(self._store)

    def publish(self, directory: str | os.PathLike[str], *, signer: Signer) -> Published:
        """Write or extend the log as files that anyone can verify, with tools that are not ours.

        Args:
            directory: Where the log is published; any static file server can serve it.
            signer: The log's key; its name is the log's origin. It is never stored.

        Returns:
            The checkpoint that is now published, and its signed bytes: keep them elsewhere.

        Raises:
            ForkError: The ledger does not continue the checkpoint that is published there.
            BrokenLogError: An entry does not hash to what was stored when it was written.
            StoreError: The directory cannot be written, or another process published meanwhile.
            MissingExtraError: cryptography is not installed.

        Source:
            C2SP tlog-tiles and tlog-checkpoint. [P]
        """
        return publish(self._store, directory, signer)

    def receipt(self, thing: int | Batch | Block | Retirement | str, *, checkpoint: bytes | Published) -> bytes:
        """Prove that an entry is in the log, for whoever has its verifier key and nothing else.

        Args:
            thing: An entry's number, a retirement (its entry), or a batch, a block or a serial (the entry
                that issued it).
            checkpoint: A signed checkpoint of this ledger: what `publish` returned, or the bytes of its file.

        Returns:
            A ``.tlog-proof`` file; give it away with the entry's bytes, `entry_bytes`.

        Raises:
            ForkError: The checkpoint is not of this ledger.
            StoreError: There is no such entry, or the checkpoint does not hold it yet.
            BrokenLogError: The entry is not what was hashed when it was recorded.
            RefusedError: The retirement is another ledger's.
            SerialError: *thing* is no block.
            FormatError: *checkpoint* is no signed checkpoint.

        Source:
            C2SP tlog-proof. [P]
        """
        return make_receipt(self._store, self._number_of(thing), checkpoint)

    def entry_bytes(self, thing: int | Batch | Block | Retirement | str) -> bytes:
        """The canonical bytes of an entry: what is hashed, and what a receipt is for.

        Args:
            thing: As for `receipt`.

        Raises:
            StoreError: There is no such entry.
            RefusedError: The retirement is another ledger's.
            SerialError: *thing* is no block.
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
        """Write a consistent copy of the ledger to a new file, while others go on writing, and check it.

        The copy has every entry that was committed when it began. It is written beside *path* and renamed when it is
        whole: its entries hash to what was stored, and their root is the ledger's. To restore it is to open it. A
        file that is copied in any other way while somebody writes may be damaged.

        Args:
            path: The new file; there must be none.

        Raises:
            StoreError: There is a file already, it cannot be written, a batch of this thread is open, or the ledger
                was closed.
            StoreFullError: There is no room left.
            BrokenLogError: The ledger is damaged: an entry does not hash to what was stored.

        Example:
            >>> import carbon_ledger as cl, tempfile
            >>> ledger = cl.open_ledger(":memory:", ledger_id="trial")
            >>> with tempfile.TemporaryDirectory() as place:
            ...     copy = ledger.backup(f"{place}/copy.db")
            ...     with cl.open_ledger(copy.path, read_only=True) as restored:
            ...         restored.root() == copy.root == ledger.root()
            True
        """
        return self._store.backup(path_text(path, StoreError))

    def close(self) -> None:
        """Release the store; every later call is refused, but to close it again.

        In a fork of the process that opened it nothing happens.

        Raises:
            StoreLockedError: Another thread writes for longer than the timeout, or a command of this one is not done.
        """
        self._store.close()

    def __enter__(self) -> Self:
        """Use the ledger in a `with` block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()
