"""The ledger machine: random commands on a real ledger and on a naive model, side by side.

Subclass `LedgerMachine` with a store of your own::

    class MyMachine(LedgerMachine):
        def open_store(self):
            return MyStore(self.path)

    TestMyLedger = MyMachine.TestCase
"""

import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar, Final

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from carbon_ledger.ledger.state import Store
from carbon_ledger.stores.memory import MemoryStore
from carbon_ledger.stores.sqlite import SqliteStore
from carbon_ledger.testing import actions
from carbon_ledger.testing.checks import answers, check_all, check_reconciliation, check_trace
from carbon_ledger.testing.commands import Action
from carbon_ledger.testing.rows import ACTIVE
from carbon_ledger.testing.stage import furnish, furnished_model
from carbon_ledger.testing.twin import Twin

STEPS_PER_RUN: Final = 50
RUNS_AT_ONCE: Final = 20
MOST_REMEMBERED: Final = 4
ENTRIES_PER_AUDIT: Final = 60
_DATA: Final = st.data()
_RECORDING: Final = st.sampled_from(
    (
        actions.record_total,
        actions.record_total,
        actions.record_column,
        actions.record_column,
        actions.record_meter,
        actions.record_meter,
    )
)
_IN_BATCH: Final[tuple[tuple[actions.Drawn, Callable[[Twin], object]], ...]] = (
    (actions.record_total, lambda _: True),
    (actions.record_column, lambda _: True),
    (actions.issue, lambda _: True),
    (actions.issue_everything, lambda _: True),
    (actions.correct, lambda twin: any(twin.model.steps.values())),
    (actions.transfer, actions.some_active),
    (actions.retire, actions.some_active),
    (actions.withdraw, actions.some_active),
    (actions.void, lambda twin: twin.model.issuances),
)


class LedgerMachine(RuleBasedStateMachine):
    """Drives a ledger and the naive model through the same commands; they must always agree.

    Each rule may be refused, by both for the same reason, and then nothing may have changed. After every
    step the domain's invariants are checked on the rows, and messages name them by number.

    Attributes:
        persistent: Whether `open_store` opens again what was closed; if not, a reopening does nothing.
        steps_run: How many steps machines of this class have run, in all.
        tally: How often each command was accepted and refused, in all.
    """

    persistent: ClassVar[bool] = False
    steps_run: ClassVar[int] = 0
    tally: ClassVar[Counter[tuple[str, bool]]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2024, 2, 1, tzinfo=UTC)
        self.twin = Twin(self.open_store(), lambda: self.now, furnished_model())
        furnish(self.twin.ledger)
        self.remembered: list[tuple[int, list[object]]] = []
        self.last_issue: Action | None = None
        self.audited = self.twin.ledger.size
        self.started = False

    def open_store(self) -> Store:
        """Open the store: an empty one at first, then, where `persistent`, the same one again."""
        return MemoryStore()

    def teardown(self) -> None:
        """Audit what came of it, and close the store."""
        try:
            if sys.exc_info()[0] is None:  # else a step has failed, and says it better
                self._audit()
            self.tally.update(self.twin.tally)
        finally:
            self.twin.ledger.close()

    def _audit(self) -> None:
        report = self.twin.ledger.audit()
        assert report.passed, f"invariant 24: {report}"
        assert report.size == self.twin.ledger.size
        self.audited = report.size

    def _do(self, action: Action) -> None:
        self.now += timedelta(seconds=1)
        self.twin.perform(action)

    def _some(self, data: st.DataObject, most: int) -> Iterator[Action]:
        """A few actions, each drawn from what the ones before it left."""
        for _ in range(data.draw(st.integers(1, most))):
            possible = [drawn for drawn, ready in _IN_BATCH if ready(self.twin)]
            yield data.draw(st.sampled_from(possible))(data.draw, self.twin)

    @invariant()
    def agrees(self) -> None:
        """Ledger and model agree on every row and every answer."""
        if self.started:
            type(self).steps_run += 1
        self.started = True
        if self.twin.changed:
            # A refusal or a question is held to have changed nothing where it is made.
            check_all(self.twin)
            self.twin.changed = False

    @initialize(data=_DATA)
    def meter_everything(self, data: st.DataObject) -> None:
        """Begin with a column of readings for every device, so that there is something to issue."""
        for device in self.twin.model.plants:
            self._do(actions.first_column(data.draw, self.twin, device))

    @rule(data=_DATA)
    def record(self, data: st.DataObject) -> None:
        """Record a total, a column, or a shared meter: invariants 4, 16 and 17; ledger-model section 2."""
        drawn = data.draw(_RECORDING)
        self._do(drawn(data.draw, self.twin))

    @precondition(lambda self: any(self.twin.model.steps.values()))
    @rule(data=_DATA)
    def correct(self, data: st.DataObject) -> None:
        """Correct readings, claimed or not: invariant 15."""
        self._do(actions.correct(data.draw, self.twin))

    @rule(data=_DATA)
    def issue(self, data: st.DataObject) -> None:
        """Issue: invariants 2, 3, 5, 18, 20 and 28."""
        self.last_issue = actions.issue(data.draw, self.twin)
        self._do(self.last_issue)

    @rule(data=_DATA)
    def issue_everything(self, data: st.DataObject) -> None:
        """Issue all that is unclaimed: invariants 2, 3, 5, 20 and 28."""
        self._do(actions.issue_everything(data.draw, self.twin))

    @precondition(lambda self: self.last_issue is not None)
    @rule()
    def issue_again(self) -> None:
        """Issue the same period again: invariant 5."""
        if self.last_issue is not None:
            self._do(self.last_issue._replace(key=None))

    @precondition(lambda self: self.twin.model.issuances)
    @rule(data=_DATA)
    def void(self, data: st.DataObject) -> None:
        """Void an issuance: invariant 6."""
        self._do(actions.void(data.draw, self.twin))

    @precondition(lambda self: actions.some_active(self.twin))
    @rule(data=_DATA)
    def transfer(self, data: st.DataObject) -> None:
        """Transfer any cut of holdings: invariants 8 and 13."""
        self._do(actions.transfer(data.draw, self.twin))

    @precondition(lambda self: actions.some_active(self.twin))
    @rule(data=_DATA)
    def take_and_give(self, data: st.DataObject) -> None:
        """Transfer a cut and then another one: what left an account may come back to it."""
        for _ in range(2):
            self._do(actions.transfer(data.draw, self.twin))

    @precondition(lambda self: actions.some_active(self.twin))
    @rule(data=_DATA)
    def retire_cancel_or_withdraw(self, data: st.DataObject) -> None:
        """End any cut of holdings: invariants 13 and 14, and ledger-model section 7."""
        drawn = data.draw(st.sampled_from((actions.retire, actions.cancel, actions.withdraw)))
        self._do(drawn(data.draw, self.twin))

    @precondition(lambda self: self.twin.model.units)
    @rule(data=_DATA)
    def act_wrongly(self, data: st.DataObject) -> None:
        """Act on somebody else's units, on final ones, over the edges of blocks: invariants 7, 12 and 13."""
        possible = [actions.act_across]
        if actions.some_active(self.twin):
            possible.append(actions.take_from_another)
        if any(unit.state != ACTIVE for unit in self.twin.model.units.values()):
            possible.append(actions.act_on_final)
        self._do(data.draw(st.sampled_from(possible))(data.draw, self.twin))

    @precondition(lambda self: self.twin.first_results)
    @rule(data=_DATA, by=st.sampled_from(("machine", "machine", "somebody")))
    def replay(self, data: st.DataObject, by: str) -> None:
        """Send a command again with its key; by another actor it is refused: invariant 26."""
        key = data.draw(st.sampled_from(sorted(self.twin.first_results)))
        self._do(self.twin.first_results[key][0]._replace(by=by))

    @rule(data=_DATA, keep=st.booleans(), inner=st.booleans())
    def batch(self, data: st.DataObject, keep: bool, inner: bool) -> None:
        """Do several commands in one transaction, kept or undone, refusals caught inside: ledger-model section 8."""
        self.now += timedelta(seconds=1)

        def several() -> Iterator[Action]:
            yield from self._some(data, 3)
            if inner:
                self.twin.batch(self._some(data, 2), keep=not keep)

        self.twin.batch(several(), keep=keep)

    @precondition(lambda self: self.persistent)
    @rule()
    def reopen(self) -> None:
        """Close and open again: invariants 3 and 24."""
        self.twin.reopen(self.open_store)

    @precondition(lambda self: self.twin.ledger.size >= self.audited + ENTRIES_PER_AUDIT)
    @rule()
    def audit(self) -> None:
        """Replay every entry: invariant 24."""
        self._audit()

    @rule(data=_DATA)
    def something_rare(self, data: st.DataObject) -> None:
        """Open an account, record in two entries what is refused at its end, or let units expire."""
        match data.draw(st.sampled_from(("account", "long column", "a day", "most of a year"))):
            case "account":
                self._do(actions.open_account(data.draw, self.twin))
            case "long column":
                self._do(actions.record_long_column(data.draw, self.twin))
            case "a day":
                self.now += timedelta(days=1)
            case _:
                self.now += timedelta(days=350)

    @rule(data=_DATA, by_time=st.booleans())
    def ask_about_the_past(self, data: st.DataObject, by_time: bool) -> None:
        """Keep what the ledger answers now, and ask again as of an entry and of a time: invariant 25."""
        ledger = self.twin.ledger
        self.remembered = [*self.remembered[1 - MOST_REMEMBERED :], (ledger.size - 1, answers(ledger))]
        n, expected = self.remembered[data.draw(st.integers(0, len(self.remembered) - 1))]
        self.now += timedelta(seconds=1)
        just_after = ledger.entry(n).at_utc + timedelta(microseconds=1)
        past = ledger.as_of(just_after) if by_time else ledger.as_of(entry=n)
        wrong = [(found, then) for found, then in zip(answers(past), expected, strict=True) if found != then]
        assert not wrong, f"invariant 25: as of entry {n} the ledger says {wrong[0][0]}, then it said {wrong[0][1]}"

    @rule(data=_DATA)
    def ask(self, data: st.DataObject) -> None:
        """Quantify, reconcile and trace: invariant 2, and ledger-model sections 6 and 8."""
        action = actions.issue(data.draw, self.twin)
        self.twin.quantify(action._replace(given={**action.given, "to": "op"}))
        check_reconciliation(self.twin, action.given["project"], action.given["period"])
        if self.twin.model.units:
            check_trace(self.twin, actions.serial(data.draw, self.twin))


class SqliteLedgerMachine(LedgerMachine):
    """The ledger machine over a ledger file in a temporary directory."""

    persistent: ClassVar[bool] = True
    steps_run: ClassVar[int] = 0
    tally: ClassVar[Counter[tuple[str, bool]]] = Counter()

    def __init__(self) -> None:
        self.directory = tempfile.TemporaryDirectory(prefix="carbon-ledger-")
        super().__init__()

    def open_store(self) -> Store:
        """Open the file."""
        return SqliteStore(Path(self.directory.name) / "machine.db")

    def teardown(self) -> None:
        """Audit, close and remove the file."""
        try:
            super().teardown()
        finally:
            self.directory.cleanup()


def run_machine(machine: type[LedgerMachine], steps: int, *, shrink: bool = True) -> int:
    """Run a machine until it has done so many steps, the same ones each time.

    Args:
        machine: The machine.
        steps: How many steps, at least.
        shrink: Look for the shortest run that fails, which takes its time.

    Returns:
        How many steps it has run.

    Raises:
        AssertionError: Ledger and model do not agree.

    Example:
        >>> run_machine(LedgerMachine, 20) >= 20
        True
    """
    before, rounds = machine.steps_run, 0
    while machine.steps_run - before < steps:
        left = steps - (machine.steps_run - before)
        once: type[LedgerMachine] = type(machine.__name__, (machine,), {"steps_run": 0})
        try:
            run_state_machine_as_test(
                seed(rounds)(once),
                settings=settings(
                    max_examples=min(RUNS_AT_ONCE, -(-left // STEPS_PER_RUN)),
                    stateful_step_count=STEPS_PER_RUN,
                    deadline=None,
                    database=None,
                    print_blob=False,
                    phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            machine.steps_run += once.steps_run
        rounds += 1
    return machine.steps_run - before
