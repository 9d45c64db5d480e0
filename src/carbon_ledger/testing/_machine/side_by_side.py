"""A ledger and its naive model, driven side by side through the same actions."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from fractions import Fraction

from carbon_ledger.core.entries.entry import Entry, recorded_text
from carbon_ledger.core.entries.events import LEDGER_OPENED
from carbon_ledger.core.rules import apply
from carbon_ledger.core.state.store import TABLES, ReplayTarget, Store
from carbon_ledger.errors import CarbonLedgerError, RefusedError
from carbon_ledger.ledger.ledger import Ledger
from carbon_ledger.queries.retirements import Retirement
from carbon_ledger.serials import Block
from carbon_ledger.testing._machine.commands import Action, factor_and_waivers, on_ledger, on_model
from carbon_ledger.testing._machine.comparison import Comparison
from carbon_ledger.testing._machine.naming import Figures, Names
from carbon_ledger.testing._machine.setup import OPENER
from carbon_ledger.testing._model.model import Model
from carbon_ledger.testing._model.rows import Quantified, RefusalError

Contents = tuple[object, ...]


class UndoneError(Exception):
    """Raised inside a transaction to roll it back."""


def contents(store: Store | ReplayTarget) -> Contents:
    """Every entry, every leaf hash and every derived row of a store, as plain values."""
    size = store.size()
    rows = [(table, list(store.rows(table))) for table in TABLES]
    return list(store.entries(0, size)), list(store.leaves(0, size)), rows


def ledger_over(
    store: Store, clock: Callable[[], datetime], ledger_id: str = "machine", policy: str = "open"
) -> Ledger:
    """A ledger over any store. An empty store gets its first entry.

    Args:
        store: The store.
        clock: Returns the time as an aware `datetime`.
        ledger_id: The id of a new ledger.
        policy: The policy of a new ledger.
    """
    with store.transaction():
        if store.size() == 0:
            event = {"ledger": ledger_id, "policy": policy, "software": "carbon-ledger tests"}
            entry = Entry(n=0, at=recorded_text(clock()), by=OPENER, type=LEDGER_OPENED, event=event)
            store.append(entry.to_bytes(), apply(store.view(), entry))
    return Ledger(store, clock=clock, by=OPENER)


class SideBySide:
    """A ledger and its naive model, which must agree after every action.

    Args:
        store: An empty store for the ledger.
        clock: Returns the time as an aware `datetime`.
        model: The model, with the setup that the ledger will get.
        policy: The ledger's policy.

    Attributes:
        tally: The number of times that each command was accepted, and refused with each error.
        retirements: Every retirement, as the command returned it.
        marks: After each command, the ledger's size, and how many changes of readings the model had made.
    """

    def __init__(self, store: Store, clock: Callable[[], datetime], model: Model, policy: str = "open") -> None:
        self.store = store
        self.clock = clock
        self.model = model
        self.ledger = ledger_over(store, clock, policy=policy)
        self.names = Names()
        self.first_results: dict[tuple[str, str], tuple[Action, object]] = {}
        self.retirements: list[Retirement] = []
        self.marks: list[tuple[int, int]] = []
        self.changed = True
        self.tally: Counter[tuple[str, bool]] = Counter()
        self._known: Contents | None = None

    @property
    def now_utc(self) -> int:
        """The clock's time. [s]"""
        return int(self.clock().timestamp())

    def blocks(self, states: Iterable[str]) -> list[tuple[str, Block]]:
        """The units in the given states as (account, block); adjacent units form one block."""
        wanted, found = tuple(states), list[tuple[str, Block]]()
        before: tuple[object, ...] = ()
        for serial, unit in sorted(self.model.units.items()):
            if unit.state not in wanted:
                continue
            if before == (serial.batch, serial.k - 1, unit[:2]):
                block = found.pop()[1]
                found.append((unit.account, Block(block.batch_id, block.first, serial.k)))
            else:
                found.append((unit.account, Block(self.names.batch_id(serial.batch), serial.k, serial.k)))
            before = (serial.batch, serial.k, unit[:2])
        return found

    def perform(self, action: Action) -> bool:
        """Execute an action on ledger and model; both must return the same, or both refuse it.

        Returns:
            Whether it was accepted.

        Raises:
            AssertionError: Ledger and model disagree, or a refusal or a replay changed the ledger.
        """
        replayed = action.key is not None and (action.by, action.key) in self.model.keys
        at_utc = self.now_utc
        try:
            expected = self.model.once(
                action.by, action.key, action.content, lambda: on_model(self.model, self.names, action, at_utc)
            )
        except RefusalError as refusal:
            self.tally[self._refuse(action, refusal), False] += 1
            self.tally[action.name, False] += 1
            return False
        if replayed:
            self._replay(action)
            self.tally["replay", True] += 1
            self.tally[f"{action.name}, again", True] += 1
            return True
        result = self._accept(action)
        self.changed, self._known = True, None
        if action.key is not None:
            self.first_results[action.by, action.key] = (action, result)
        if isinstance(result, Retirement):
            self.retirements.append(result)
        Comparison(self.ledger, self.model, self.names).compare(action, result, expected)
        self.tally[action.name, True] += 1
        self.marks.append((self.ledger.size, len(self.model.changes)))
        return True

    def batch(self, actions: Iterable[Action], *, keep: bool) -> None:
        """Execute actions in one transaction; if not *keep*, an exception must roll all of them back.

        Raises:
            AssertionError: Ledger and model disagree, or a rolled-back transaction changed the ledger.
        """
        before, snapshot = self.contents(), self.model.snapshot()
        entry_of, first_results = self.names.entry_of.copy(), self.first_results.copy()
        retirements, marks = self.retirements.copy(), self.marks.copy()
        try:
            with self.ledger.batch():
                for action in actions:
                    self.perform(action)
                if not keep:
                    raise UndoneError
        except UndoneError:
            self.model.restore(snapshot)
            self.names.entry_of, self.first_results = entry_of, first_results
            self.retirements, self.marks = retirements, marks
            self._unchanged(before, "ledger-model section 8: a batch that was rolled back changed the ledger")

    def reopen(self, store: Callable[[], Store]) -> None:
        """Close the ledger and open its store again; the contents must be the same.

        Raises:
            AssertionError: The contents differ.
        """
        before = self.contents()
        self.ledger.close()
        self.store = store()
        self.ledger = ledger_over(self.store, self.clock)
        self.changed = True
        self._unchanged(before, "invariant 3: the reopened store differs from the store that was closed")

    def rebuild(self) -> None:
        """Derive every row again; the rows must be the same.

        Raises:
            AssertionError: A row differs.
        """
        before = self.contents()
        self.ledger.rebuild()
        self.changed = True
        self._unchanged(before, "invariant 24: the rebuilt rows differ from the rows before")

    def quantify(self, action: Action) -> bool:
        """Quantify an issuance without recording it, and compare the amounts with the model.

        Returns:
            Whether it can be quantified. The quantification is then the last of `names.quantified`.

        Raises:
            AssertionError: Ledger and model disagree.
        """
        given = {name: value for name, value in action.given.items() if name not in ("unread", "odd")}
        action, period = action._replace(given=given), given["period"]
        waivers = [item.name for item in given["waivers"]]
        expected: Quantified | None = None
        errors: frozenset[str] = frozenset()
        try:
            expected = self.model.quantify(given["project"], period.start_utc, period.end_utc, waivers, self.now_utc)
        except RefusalError as refusal:
            errors = refusal.errors
        try:
            result = self.ledger.quantify(given["project"], period, **factor_and_waivers(action))
        except CarbonLedgerError as error:
            if type(error).__name__ in errors:
                return False
            raise AssertionError(f"expected {sorted(errors)}, the ledger raises {error!r}: {action}") from error
        found = {year: Fraction(amount) for year, amount in result.amounts}
        wanted = None if expected is None else expected.amounts
        assert found == wanted, f"quantified as {found}, expected {wanted or sorted(errors)}: {action}"
        if expected is not None:
            self.names.quantified.append(Figures(expected, result))
        return True

    def learn(self) -> None:
        """Discard the cached contents of the store, after a command that the model does not have."""
        self.changed, self._known = True, None

    def contents(self) -> Contents:
        """The contents of the store, cached until something changes."""
        if self._known is None:
            self._known = contents(self.store)
        return self._known

    def _unchanged(self, before: Contents, message: str) -> None:
        self._known = None
        assert self.contents() == before, message

    def _accept(self, action: Action, *, respelled: bool = False) -> object:
        try:
            return on_ledger(self.ledger, self.names, action, respelled=respelled)
        except CarbonLedgerError as error:
            raise AssertionError(f"the model accepts it, the ledger raises {error!r}: {action}") from error

    def _replay(self, action: Action) -> None:
        before = self.contents()
        result = self._accept(action, respelled=True)
        self._unchanged(before, f"invariant 26: a replay changed the ledger: {action}")
        first = self.first_results[action.by, str(action.key)][1]
        assert result == first, f"invariant 26: a replay returned {result}, the first call {first}: {action}"

    def _refuse(self, action: Action, refusal: RefusalError) -> str:
        """Require that the ledger refuses too; return the name of its error, with the rule of a `RefusedError`."""
        before = self.contents()
        try:
            result: object = on_ledger(self.ledger, self.names, action)
            name = "accepted"
        except CarbonLedgerError as error:
            result, name = error, type(error).__name__
        assert name in refusal.errors, f"expected {refusal}, the ledger: {name} ({result!r}), for {action}"
        self._unchanged(before, f"invariant 26: a refused command changed the ledger: {action}")
        return f"{name} {result.rule}" if isinstance(result, RefusedError) else name
