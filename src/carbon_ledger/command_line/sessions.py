"""One call of a command: the ledger file, how to write the answer, and what every recording command takes."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from carbon_ledger.command_line.names import FILE_VARIABLE
from carbon_ledger.command_line.showing import say_json, talk
from carbon_ledger.printing import named, printable_lines, without_password

if TYPE_CHECKING:
    from carbon_ledger.ledger.ledger import Ledger
    from carbon_ledger.ledger.reader import Reader
    from carbon_ledger.waivers import Waiver

T = TypeVar("T")

_MOST_DIGITS: Final = 18  # of the number of an entry; a longer one is too large as well


class _DryRunError(Exception):
    """Ends the transaction of a dry run, so that nothing of it stays."""


def _undo() -> None:
    raise _DryRunError


class Outcome:
    """What a command recorded.

    Args:
        first: Number of the first entry, or None if nothing was recorded.
        last: Number of the last entry, or None.
        types: How many entries of each type were recorded, in the order of their first ones.
        dry_run: Whether nothing of it stays.
        is_keyed: Whether the caller gave an idempotency key.
    """

    def __init__(
        self, first: int | None, last: int | None, types: Mapping[str, int], *, dry_run: bool, is_keyed: bool = False
    ) -> None:
        self.first, self.last, self.types, self.dry_run, self.is_keyed = first, last, types, dry_run, is_keyed

    def to_dict(self) -> dict[str, Any] | None:
        """The entries as plain values, or None if nothing was recorded."""
        return None if self.first is None else {"first": self.first, "last": self.last, "types": dict(self.types)}

    def __str__(self) -> str:
        """The outcome in one line."""
        if self.first is None:
            what = "nothing is new"
            if self.is_keyed:
                what += ": the key was used for the same command before, whose result this is"
            else:
                what += "; nothing was recorded"
            return f"dry run: {what}" if self.dry_run else what
        several = f"entries {self.first} to {self.last}" if self.last != self.first else f"entry {self.first}"
        kinds = ", ".join(name if count == 1 else f"{count} {name}" for name, count in self.types.items())
        if self.dry_run:
            return f"dry run: this would be recorded as {several} ({kinds}); nothing was recorded"
        return f"recorded {several} ({kinds})"


def require_entry(ledger: "Reader", n: int) -> None:
    """Refuse the number of an entry that a ledger does not have.

    Args:
        ledger: The ledger.
        n: The number.

    Raises:
        UnknownThingError: The ledger has fewer entries.
    """
    from carbon_ledger.errors import UnknownThingError

    if n >= ledger.size:
        detail = f"the ledger has entries 0 to {ledger.size - 1}; give one of these"
        raise UnknownThingError(f"entry {n}", detail, rule="unknown-entry")


def waivers_of(texts: Sequence[str]) -> "list[Waiver]":
    """Waivers, from the texts that name each and its reason.

    Args:
        texts: Texts such as ``gap=no data on 4 May``.

    Raises:
        click.UsageError: A text has no name or no reason.
        WaiverError: No refusal that can be waived has the name.
    """
    from carbon_ledger.waivers import Waiver

    found = []
    for text in texts:
        name, equals, reason = text.partition("=")
        if not equals or not reason.strip():
            raise click.UsageError(f"--waive {named(text)}: expected NAME=REASON, such as gap='no data on 4 May'")
        found.append(Waiver(name.strip(), reason.strip()))
    return found


class Session:
    """One call of a command.

    Args:
        file: The ledger file, or None if the caller named none.
        as_json: Whether to write one JSON object.
        dry_run: Whether to record nothing.
        key: Idempotency key, or None.
        by: The actor, or None.
    """

    def __init__(
        self,
        file: str | None,
        *,
        as_json: bool,
        dry_run: bool = False,
        key: str | None = None,
        by: str | None = None,
    ) -> None:
        self.file, self.as_json, self.dry_run, self.key, self.by = file, as_json, dry_run, key, by
        self.waivers: list[Waiver] = []
        self.state: dict[str, Any] = {}  # of the whole call: what was recorded, for the message if it fails

    @property
    def path(self) -> str:
        """The ledger file.

        Raises:
            click.UsageError: The caller named none.
        """
        if not self.file:
            raise click.UsageError(
                f"no ledger is named; give -f with its file or its URL, or set the variable {FILE_VARIABLE}"
            )
        return self.file

    @property
    def name(self) -> str:
        """The ledger file, for messages and answers; of a URL without its password."""
        return without_password(self.path)

    def opened(self, *, read_only: bool = True) -> "Ledger":
        """The ledger, which has to exist.

        Args:
            read_only: Whether nothing is recorded.

        Raises:
            NotALedgerError: There is no such file, or the file is no ledger.
        """
        from carbon_ledger.errors import NotALedgerError
        from carbon_ledger.opening.ledgers import open_ledger
        from carbon_ledger.opening.stores import is_url, store_at

        if not is_url(self.path):
            return open_ledger(self.existing(), read_only=read_only)
        store = store_at(self.path, read_only=read_only, create=False)
        try:
            if store.size() == 0:
                raise NotALedgerError(f"{named(self.name)}: the ledger has no entry; begin it with init")
            return open_ledger(store, read_only=read_only)
        except BaseException:
            store.close()
            raise

    def existing(self) -> str:
        """The ledger file, which has to exist.

        Raises:
            NotALedgerError: There is no such file.
            StoreError: The ledger is on a server.
        """
        from carbon_ledger.errors import NotALedgerError, StoreError
        from carbon_ledger.files import path_text
        from carbon_ledger.opening.stores import is_url

        path = self.path
        if is_url(path):
            raise StoreError(
                "this needs a ledger file, and the ledger is on a server; make a file of it with carbon-ledger backup, "
                "and give the file with -f"
            )
        if not os.path.lexists(path_text(path, NotALedgerError, may_be_url=True)):
            raise NotALedgerError(f"{path}: no such file; give the path of a ledger, or create one with init")
        return path

    @contextmanager
    def reading(self, as_of: str | None = None, zone: str | None = None) -> "Iterator[Reader]":
        """The ledger, opened for reading, in a `with` block.

        Args:
            as_of: A time, or the number of an entry, as of which the ledger answers; None: now.
            zone: The zone of *as_of*, if that is a date.
        """
        with self.opened() as ledger:
            if as_of is None:
                yield ledger
            elif as_of.isascii() and as_of.isdigit():
                n = int(as_of[:_MOST_DIGITS])
                require_entry(ledger, n)
                yield ledger.as_of(entry=n)
            else:
                yield ledger.as_of(as_of, zone=zone)

    def record(self, command: "Callable[[Ledger], T]") -> tuple[T, Outcome]:
        """Run a command on the ledger in one transaction; in a dry run, undo it.

        Args:
            command: Called with the ledger.

        Returns:
            What the command returned, and what was recorded, or would be.
        """
        found: list[tuple[T, Outcome]] = []
        with self.opened(read_only=False) as ledger, suppress(_DryRunError), ledger.batch():
            before = ledger.size
            result = command(ledger)
            found.append((result, self._outcome(ledger, before)))
            if self.dry_run:
                _undo()
            self.state["is_committing"] = True
        if not self.dry_run and found[0][1].first is not None:
            self.state["recorded"] = str(found[0][1])
        self.state["is_committing"] = False
        return found[0]

    def _outcome(self, ledger: "Ledger", before: int) -> Outcome:
        """What was recorded since the ledger had *before* entries."""
        after = ledger.size
        if after == before:
            return Outcome(None, None, {}, dry_run=self.dry_run, is_keyed=self.key is not None)
        types: dict[str, int] = {}
        for n in range(before, after):
            kind = ledger.entry(n).type
            types[kind] = types.get(kind, 0) + 1
        return Outcome(before, after - 1, types, dry_run=self.dry_run)

    def remark(self, text: str) -> None:
        """Write a remark to stderr; or add it to the one JSON object, if the caller asked for that.

        Args:
            text: Lines.
        """
        if self.as_json:
            self.state.setdefault("remarks", []).append(printable_lines(text))
        else:
            talk(text)

    def _say_json(self, fields: Mapping[str, object]) -> None:
        remarks = self.state.get("remarks")
        say_json({**fields, "remarks": remarks} if remarks else fields)

    def answer(self, fields: Mapping[str, object], show: Callable[[], object]) -> None:
        """Write the answer: one JSON object if the caller asked for it, else text.

        Args:
            fields: The members of the object.
            show: Writes the text.
        """
        if self.as_json:
            self._say_json(fields)
        else:
            show()

    def report(self, outcome: Outcome, fields: Mapping[str, object], show: Callable[[], object]) -> None:
        """Write what a recording command gave: its result to stdout, and what was recorded to stderr.

        Args:
            outcome: What was recorded.
            fields: The members of the object besides ``dry_run`` and ``recorded``.
            show: Writes the result as text.
        """
        if self.as_json:
            self._say_json({"dry_run": outcome.dry_run, "recorded": outcome.to_dict(), **fields})
        else:
            show()
            talk(str(outcome))

    @property
    def common(self) -> dict[str, Any]:
        """The arguments that every command of a ledger takes: the key and the actor."""
        return {"key": self.key, "by": self.by}
