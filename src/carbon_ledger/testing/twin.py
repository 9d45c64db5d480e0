"""A ledger and its naive model, driven side by side through the same actions."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from fractions import Fraction
from typing import Any

from carbon_ledger.errors import CarbonLedgerError
from carbon_ledger.ledger.entries import Entry, recorded_text
from carbon_ledger.ledger.ledger import Ledger
from carbon_ledger.ledger.rules import apply
from carbon_ledger.ledger.state import TABLES, Store
from carbon_ledger.serials import Block
from carbon_ledger.testing.commands import Action, Names, factor_and_waivers, on_ledger, on_model
from carbon_ledger.testing.model import Model
from carbon_ledger.testing.rows import RefusalError
from carbon_ledger.testing.strategies import Cut

Contents = tuple[object, ...]


class UndoneError(Exception):
    """Leaves a batch of commands so that all of it is undone."""


def contents(store: Store) -> Contents:
    """Every entry, every leaf hash and every derived row of a store, as plain values."""
    size = store.size()
    rows = [(table, list(store.rows(table))) for table in TABLES]
    return list(store.entries(0, size)), list(store.leaves(0, size)), rows


def begun(store: Store, clock: Callable[[], datetime], ledger_id: str = "machine") -> Ledger:
    """A ledger over any store; an empty one is begun.

    Args:
        store: The store.
        clock: Tells the time, aware.
        ledger_id: The id of a ledger that is begun.
    """
    with store.transaction():
        if store.size() == 0:
            event = {"ledger": ledger_id, "policy": "open", "software": "carbon-ledger tests"}
            entry = Entry(n=0, at=recorded_text(clock()), by="machine", type="ledger.opened", event=event)
            store.append(entry.to_bytes(), apply(store.view(), entry))
    return Ledger(store, clock=clock, by="machine")


class Twin:
    """A ledger and a model of it that must agree after every action.

    Args:
        store: Where the ledger lives; empty.
        clock: Tells the time, aware.
        model: The model, at the same stage as the ledger is brought to.

    Attributes:
        tally: How often each command was accepted and refused.
    """

    def __init__(self, store: Store, clock: Callable[[], datetime], model: Model) -> None:
        self.store = store
        self.clock = clock
        self.model = model
        self.ledger = begun(store, clock)
        self.names = Names()
        self.first_results: dict[str, tuple[Action, object]] = {}
        self.changed = True
        self.tally: Counter[tuple[str, bool]] = Counter()

    def blocks(self, states: Iterable[str]) -> list[tuple[str, Block]]:
        """The blocks in some states, as the ledger says, each with its account."""
        wanted = tuple(states)
        return [
            (account, block)
            for account in self.ledger.accounts()
            for state in wanted
            for block in self.ledger.holdings(account, state=state)
        ]

    def perform(self, action: Action) -> bool:
        """Do an action on both; they must agree on what comes of it, or both refuse it.

        Returns:
            Whether it was accepted.

        Raises:
            AssertionError: They do not agree, or a refusal or a replay left a trace.
        """
        replayed = action.key is not None and action.key in self.model.keys
        at_utc = int(self.clock().timestamp())
        try:
            expected = self.model.once(
                action.key, action.content, lambda: on_model(self.model, self.names, action, at_utc)
            )
        except RefusalError as refusal:
            self._refuse(action, refusal)
            self.tally[action.name, False] += 1
            return False
        if replayed:
            self._replay(action)
            self.tally["replay", True] += 1
            return True
        result = self._accept(action)
        self.changed = True
        if action.key is not None:
            self.first_results[action.key] = (action, result)
        self._compare(action, result, expected)
        self.tally[action.name, True] += 1
        return True

    def batch(self, actions: Iterable[Action], *, keep: bool) -> None:
        """Do actions inside one transaction; where it is not kept, an exception must undo them all.

        Raises:
            AssertionError: An undone batch left a trace, or the two do not agree.
        """
        before, snapshot = contents(self.store), self.model.snapshot()
        entry_of, first_results = self.names.entry_of.copy(), self.first_results.copy()
        try:
            with self.ledger.batch():
                for action in actions:
                    self.perform(action)
                if not keep:
                    raise UndoneError
        except UndoneError:
            self.model.restore(snapshot)
            self.names.entry_of, self.first_results = entry_of, first_results
            assert contents(self.store) == before, "ledger-model section 8: a batch that was undone left a trace"

    def reopen(self, store: Callable[[], Store]) -> None:
        """Close the ledger and open its store again; everything must be there.

        Raises:
            AssertionError: Something is not.
        """
        before = contents(self.store)
        self.ledger.close()
        self.store = store()
        self.ledger = begun(self.store, self.clock)
        self.changed = True
        assert contents(self.store) == before, "invariant 3: what was reopened is not what was closed"

    def quantify(self, action: Action) -> None:
        """Ask what an issuance would amount to, and hold it against the model; nothing is recorded.

        Raises:
            AssertionError: They do not agree.
        """
        given, snapshot = action.given, self.model.snapshot()
        expected: dict[int, Fraction] | None = {}
        errors: frozenset[str] = frozenset()
        try:
            numbers: Any = on_model(self.model, self.names, action, 0)
            expected = _added(self.model.amounts(number) for number in numbers)
        except RefusalError as refusal:
            expected, errors = None, refusal.errors
        self.model.restore(snapshot)
        try:
            result = self.ledger.quantify(given["project"], given["period"], **factor_and_waivers(action))
            found: dict[int, Fraction] | None = {year: Fraction(amount) for year, amount in result.amounts}
        except CarbonLedgerError as error:
            self._require(
                type(error).__name__ in errors, f"expected {sorted(errors)}, the ledger says {error!r}: {action}"
            )
            found = None
        self._require(found == expected, f"it would amount to {found}, expected {expected}: {action}")

    @staticmethod
    def _require(condition: bool, message: str) -> None:
        assert condition, message

    def _accept(self, action: Action, *, respelled: bool = False) -> object:
        try:
            return on_ledger(self.ledger, self.names, action, respelled=respelled)
        except CarbonLedgerError as error:
            raise AssertionError(f"the model accepts it, the ledger says {error!r}: {action}") from error

    def _replay(self, action: Action) -> None:
        before = contents(self.store)
        result = self._accept(action, respelled=True)
        assert contents(self.store) == before, f"invariant 26: a replay changed the ledger: {action}"
        first = self.first_results[str(action.key)][1]
        assert result == first, f"invariant 26: a replay gave {result}, first it was {first}: {action}"

    def _refuse(self, action: Action, refusal: RefusalError) -> None:
        before = contents(self.store)
        try:
            result: object = on_ledger(self.ledger, self.names, action)
            name = "accepted"
        except CarbonLedgerError as error:
            result, name = error, type(error).__name__
        assert name in refusal.errors, f"expected {refusal}, the ledger gives {name} ({result!r}): {action}"
        assert contents(self.store) == before, f"invariant 26: a command was refused and left a trace: {action}"

    def _compare(self, action: Action, result: Any, expected: Any) -> None:
        """What the ledger gave back must be what the model did."""
        given, found, wanted = action.given, result, expected
        match action.name:
            case "record" | "record_meter":
                found, wanted = result.net_wh, sum(given["values"])
            case "correct":
                found = {(block.batch_id, k) for block in result.withdrawn for k in range(block.first, block.last + 1)}
                wanted = {(self.names.batch_id(serial.batch), serial.k) for serial in expected}
            case "issue":
                entries = [item.n for item in self.ledger.issuances(given["project"])][-len(expected) :]
                self.names.entry_of |= dict(zip(expected, entries, strict=True))
                keys = [key for key in self.model.produced_until if key.issuance in expected]
                found = sorted((batch.batch_id, batch.count, batch.account) for batch in result)
                wanted = sorted((self.names.batch_id(key), self.model.count(key), given["to"]) for key in keys)
            case "transfer" | "withdraw" | "cancel" | "retire":
                block: Block = result.block if action.name == "retire" else result
                cut: Cut = given["cut"]
                found = (block.batch_id, block.first, block.last)
                wanted = (cut.block.batch_id, cut.first, cut.last)
            case _:
                return
        assert found == wanted, f"the ledger gives {found}, the model {wanted}: {action}"


def _added(amounts: Iterable[dict[int, Fraction]]) -> dict[int, Fraction]:
    total: dict[int, Fraction] = {}
    for item in amounts:
        for year, amount in item.items():
            total[year] = total.get(year, Fraction(0)) + amount
    return total
