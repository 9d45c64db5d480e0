"""The ledger machine: random commands on a ledger and on a naive model, side by side.

To test your own store, subclass `LedgerMachine`::

    class MyMachine(LedgerMachine):
        def open_store(self):
            return MyStore(self.path)

    TestMyLedger = MyMachine.TestCase
"""

import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from carbon_ledger.core.state.store import Store
from carbon_ledger.stores.memory import MemoryStore
from carbon_ledger.testing._machine.actions import issuance, readings, registrations, units, verifications
from carbon_ledger.testing._machine.actions.drawing import MOSTLY, SELDOM, Kind, any_of, is_ready
from carbon_ledger.testing._machine.checks import check_all
from carbon_ledger.testing._machine.clock import check_clock_and_zone
from carbon_ledger.testing._machine.commands import Action, accounts_of
from carbon_ledger.testing._machine.queries import (
    answers,
    check_late_expiry,
    check_reconciliation,
    check_statements,
    check_trace,
)
from carbon_ledger.testing._machine.setup import ACTORS, OPENER, set_up, set_up_model
from carbon_ledger.testing._machine.side_by_side import SideBySide

MOST_REMEMBERED: Final = 4
ENTRIES_PER_REPLAY: Final = 25
_DATA: Final = st.data()
_KEYS: Final = st.sampled_from(("none",) * 10 + ("new",) * 5 + ("used",))
_RARE: Final = st.sampled_from(
    (*["register"] * 3, "change_roles", *["long column"] * 2, "a day", *["most of a year"] * 2)
)
_PERHAPS: Final = st.sampled_from((False, False, True))
_GOING_ON: Final = st.sampled_from(("record", *["approve"] * 2, *["issue"] * 3, *["correct"] * 2, "void"))
_IN_BATCH: Final = (
    *readings.RECORDING,
    *issuance.ISSUING,
    *(readings.CORRECTING, readings.CALIBRATING, *2 * (verifications.STATING,)),
    *(issuance.OF_CARRY, issuance.VOIDING, issuance.CONVERTING),
    *(units.MOVING, units.MOVING, units.OFFERING, units.ANSWERING),
    *(*units.ENDING, *units.HOLDING, *units.LABELLING),
    *registrations.IMPORTING,
)


class LedgerMachine(RuleBasedStateMachine):
    """A state machine that gives a ledger and a naive model the same commands and requires that they agree.

    If a command is refused, both must refuse it for the same reason, and nothing may have changed. After every
    step, the machine checks the ledger's invariants on the rows; a failure names the invariant by number.

    Attributes:
        persistent: Whether `open_store` opens the same contents again after the store was closed. If not, the
            machine never reopens the store.
        auditable: Whether the store has the methods of `Auditable`. If not, the machine never audits the ledger.
        policy: The ledger's policy: ``open``, or ``roles``, where actors with and without a role give commands.
        steps_run: The number of steps that all machines of this class have run.
        tally: The number of times that each command was accepted, and refused.
    """

    persistent: ClassVar[bool] = False
    auditable: ClassVar[bool] = True
    policy: ClassVar[str] = "open"
    steps_run: ClassVar[int] = 0
    tally: ClassVar[Counter[tuple[str, bool]]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2024, 2, 1, tzinfo=UTC)
        self.both = SideBySide(self.open_store(), lambda: self.now, set_up_model(self.policy), self.policy)
        set_up(self.both.ledger)
        self.remembered: list[tuple[int, list[object]]] = []
        self.last_issue: Action | None = None
        self.replayed_at = self.both.ledger.size
        self.started = False

    def open_store(self) -> Store:
        """Open the store: an empty store at first; later, if `persistent`, the same store again."""
        return MemoryStore()

    def teardown(self) -> None:
        """Audit the ledger and close the store."""
        try:
            if sys.exc_info()[0] is None:  # otherwise a step has failed, and its error is more useful
                self._audit()
            self.tally.update(self.both.tally)
        finally:
            self.both.ledger.close()

    def _audit(self) -> None:
        if not self.auditable:
            return
        report = self.both.ledger.audit()
        assert report.passed, f"invariant 24: {report}"
        assert report.size == self.both.ledger.size

    def _do(self, data: st.DataObject, *kinds: Kind) -> None:
        """Perform an action of one of the kinds, if one of them has something to act on."""
        self.now += timedelta(seconds=1)
        if is_ready(self.both, kinds):
            self.both.perform(self._signed(data, any_of(data.draw, self.both, kinds)))

    def _signed(self, data: st.DataObject, action: Action) -> Action:
        """The action with an actor, mostly one with the authority, and perhaps with an idempotency key."""
        model = self.both.model
        actors: tuple[str, ...] = (OPENER,)
        if model.grants is not None:
            able = self._able(action)
            actors = ACTORS if not able or data.draw(SELDOM) else able
        actor = data.draw(st.sampled_from(actors)) if len(actors) > 1 else actors[0]
        match data.draw(_KEYS):
            case "new":
                key: str | None = f"key-{len(model.keys)}"
            case "used" if model.keys:
                key = data.draw(st.sampled_from(sorted({used for _, used in model.keys})))
            case _:
                key = None
        return action._replace(key=key, by=actor)

    def _able(self, action: Action) -> tuple[str, ...]:
        """The actors who may give a command; for an issuance, preferably actors who approved nothing of the project."""
        model = self.both.model
        accounts = accounts_of(model, self.both.names, action)
        able = tuple(actor for actor in ACTORS if model.may(actor, action.name, accounts))
        if action.name not in ("issue", "issue_carry"):
            return able
        approvers = model.vouching(action.given["project"])
        return tuple(actor for actor in able if actor not in approvers) or able

    def _some(self, data: st.DataObject, most: int) -> Iterator[Action]:
        """A few actions, each drawn after the one before it was performed."""
        for _ in range(data.draw(st.integers(1, most))):
            yield self._signed(data, any_of(data.draw, self.both, _IN_BATCH))

    @invariant()
    def agrees(self) -> None:
        """Ledger and model agree on every row and every answer."""
        if self.started:
            type(self).steps_run += 1
        self.started = True
        if self.both.changed:
            # Refusals and queries are checked for changes where they are made.
            check_all(self.both)
            self.both.changed = False

    @initialize(data=_DATA, begin=st.booleans())
    def meter_everything(self, data: st.DataObject, begin: bool) -> None:
        """Start with a column of readings for every device, and perhaps with units of some projects."""
        for action in readings.first_columns(data.draw, self.both, shared=data.draw(_PERHAPS)):
            self.both.perform(action)
        for _ in range(2 * begin):
            self._approve_and_issue(data, issuance.issue_everything(data.draw, self.both))

    def _approve_and_issue(self, data: st.DataObject, action: Action) -> None:
        """Issue something; if it needs an approval or a statement, mostly give that first."""
        consent = verifications.consent_to(self.both, action)
        if consent is not None and data.draw(MOSTLY) and self.both.quantify(action):
            self._do(data, consent)
        self.now += timedelta(seconds=1)
        self.last_issue = self._signed(data, action)
        self.both.perform(self.last_issue)

    @rule(data=_DATA)
    def record(self, data: st.DataObject) -> None:
        """Record a total, a column, or a shared meter: invariants 4, 16 and 17; ledger-model section 2."""
        self._do(data, *readings.RECORDING)

    @rule(data=_DATA, times=st.integers(1, 3))
    def amend(self, data: st.DataObject, times: int) -> None:
        """Amend what is registered, and record at its edge: invariants 16 and 31; ledger-model section 8a."""
        for _ in range(times):
            self._do(data, registrations.AMENDING_DEVICE, *registrations.AMENDING, verifications.STATING)
        self._do(data, registrations.AT_EDGE, registrations.AT_EDGE, *readings.RECORDING)

    @precondition(lambda self: any(self.both.model.steps.values()))
    @rule(data=_DATA)
    def correct(self, data: st.DataObject) -> None:
        """Correct readings, claimed or not, of a device or a shared meter: invariant 15."""
        self._do(data, readings.CORRECTING, readings.CORRECTING_METERS)

    @rule(data=_DATA)
    def issue(self, data: st.DataObject) -> None:
        """Issue: invariants 2, 3, 5, 18, 20 and 28."""
        self._approve_and_issue(data, any_of(data.draw, self.both, issuance.ISSUING))

    @precondition(lambda self: self.last_issue is not None)
    @rule()
    def issue_again(self) -> None:
        """Issue the same period again: invariant 5."""
        if self.last_issue is not None:
            self.now += timedelta(seconds=1)
            self.both.perform(self.last_issue._replace(key=None))

    @precondition(lambda self: is_ready(self.both, (readings.RAISING, issuance.OF_CARRY)))
    @rule(data=_DATA, void=st.booleans())
    def issue_carry(self, data: st.DataObject, void: bool) -> None:
        """Correct a reading upward, and issue the carry that this makes: invariants 2, 3, 20 and 34a."""
        for kind in (readings.RAISING, issuance.OF_CARRY, *((issuance.VOIDING_OLDER,) if void else ())):
            self._do(data, kind)

    @precondition(lambda self: self.both.model.issuances)
    @rule(data=_DATA)
    def void(self, data: st.DataObject) -> None:
        """Void an issuance: invariant 6."""
        self._do(data, issuance.VOIDING)

    @precondition(lambda self: is_ready(self.both, (issuance.CONVERTING, issuance.EVERYTHING)))
    @rule(data=_DATA, more=st.integers(0, 8))
    def convert(self, data: st.DataObject, more: int) -> None:
        """Convert an issuance, and perhaps issue its steps as the other instrument: invariants 5 and 22."""
        if not issuance.CONVERTING.ready(self.both):
            self._approve_and_issue(data, issuance.issue_some(data.draw, self.both))
        self._do(data, issuance.CONVERTING)
        for _ in range(more):
            match data.draw(_GOING_ON):
                case "approve":
                    if self.both.quantify(issuance.issue_reserved(data.draw, self.both)):
                        self._do(data, issuance.APPROVING)
                case "issue":
                    self._approve_and_issue(data, issuance.issue_reserved(data.draw, self.both))
                case "correct":
                    self._do(data, readings.CORRECTING)
                case "void":
                    self._do(data, issuance.VOIDING)
                case _:
                    self._do(data, *readings.RECORDING)

    @precondition(lambda self: units.MOVING.ready(self.both))
    @rule(data=_DATA, times=st.integers(1, 2))
    def transfer(self, data: st.DataObject, times: int) -> None:
        """Transfer or offer parts of holdings, once or twice, so that units may return: invariants 8 and 13."""
        for _ in range(times):
            self._do(data, units.MOVING, units.MOVING, units.OFFERING)

    @precondition(lambda self: units.MOVING.ready(self.both))
    @rule(data=_DATA, corrections=st.integers(0, 2))
    def return_units(self, data: st.DataObject, corrections: int) -> None:
        """Transfer units back to the account they were issued to, perhaps correct readings: ledger-model section 7."""
        if not units.RETURNING.ready(self.both):
            self._do(data, units.MOVING)
        self._do(data, units.RETURNING)
        for _ in range(corrections):
            self._do(data, readings.CORRECTING)

    @precondition(lambda self: units.MOVING.ready(self.both))
    @rule(data=_DATA, times=st.integers(1, 2))
    def end(self, data: st.DataObject, times: int) -> None:
        """Retire, cancel, export or withdraw units: invariants 12, 13 and 14, and ledger-model section 7."""
        for _ in range(times):
            self._do(data, *units.ENDING)

    @precondition(lambda self: is_ready(self.both, units.HOLDING))
    @rule(data=_DATA)
    def hold(self, data: st.DataObject) -> None:
        """Lock and release units, release or cancel buffered units, perhaps try to use them: invariants 10 and 13."""
        self._do(data, *units.HOLDING)
        if data.draw(_PERHAPS):
            self._do(data, units.USING_HELD)

    @precondition(lambda self: units.OFFERING.ready(self.both))
    @rule(data=_DATA, answers=st.integers(0, 2))
    def offer(self, data: st.DataObject, answers: int) -> None:
        """Offer units to another account, and perhaps answer offers immediately: invariant 13."""
        self._do(data, units.OFFERING)
        for _ in range(answers):
            self._do(data, units.ANSWERING)

    @precondition(lambda self: units.ANSWERING.ready(self.both))
    @rule(data=_DATA)
    def answer(self, data: st.DataObject) -> None:
        """Accept, reject or revoke an offer, or time it out: invariants 11 and 13."""
        self._do(data, units.ANSWERING)

    @precondition(lambda self: is_ready(self.both, units.LABELLING))
    @rule(data=_DATA)
    def label(self, data: st.DataObject) -> None:
        """Add labels to units and remove them: invariant 12."""
        self._do(data, *units.LABELLING)

    @rule(data=_DATA)
    def import_units(self, data: st.DataObject) -> None:
        """Import a block of another registry: invariant 27."""
        self._do(data, *registrations.IMPORTING)

    @precondition(lambda self: self.both.model.units)
    @rule(data=_DATA)
    def act_wrongly(self, data: st.DataObject) -> None:
        """Act on units of other accounts, in other states, across block boundaries: invariants 7, 12 and 13."""
        self._do(data, *units.MISTAKES)

    @precondition(lambda self: self.policy == "roles")
    @rule(data=_DATA)
    def change_roles(self, data: st.DataObject) -> None:
        """Grant and revoke roles."""
        self._do(data, *registrations.CHANGING_ROLES)

    @rule(data=_DATA)
    def approve(self, data: st.DataObject) -> None:
        """Approve a current or an outdated quantification, or revoke an approval: invariant 22."""
        if issuance.REVOKING_APPROVAL.ready(self.both) and data.draw(SELDOM):
            self._do(data, issuance.REVOKING_APPROVAL)
            return
        amounts = self.both.quantify(any_of(data.draw, self.both, issuance.QUANTIFIED))
        if amounts and data.draw(_PERHAPS):
            self._do(data, readings.SHIFTING)
        if amounts or data.draw(SELDOM):
            self._do(data, issuance.APPROVING)

    @precondition(lambda self: self.both.first_results)
    @rule(data=_DATA, by=st.sampled_from((None, None, "somebody")))
    def replay(self, data: st.DataObject, by: str | None) -> None:
        """Repeat a command with its key; with another actor it is a new command: invariant 26."""
        key = data.draw(st.sampled_from(sorted(self.both.first_results)))
        first = self.both.first_results[key][0]
        self.now += timedelta(seconds=1)
        self.both.perform(first if by is None else first._replace(by=by))

    @rule(data=_DATA, keep=st.booleans(), inner=st.booleans())
    def batch(self, data: st.DataObject, keep: bool, inner: bool) -> None:
        """Perform commands in one transaction and commit it or roll it back: ledger-model section 8."""
        self.now += timedelta(seconds=1)

        def several() -> Iterator[Action]:
            yield from self._some(data, 4)
            if inner:
                self.both.batch(self._some(data, 2), keep=not keep)

        self.both.batch(several(), keep=keep)

    @precondition(lambda self: self.persistent)
    @rule()
    def reopen(self) -> None:
        """Close the ledger and open its store again: invariants 3 and 24."""
        self.both.reopen(self.open_store)

    @precondition(lambda self: self.both.ledger.size >= self.replayed_at + ENTRIES_PER_REPLAY)
    @rule(audit=st.booleans())
    def replay_every_entry(self, audit: bool) -> None:
        """Audit, or derive every row again: invariant 24."""
        self.replayed_at = self.both.ledger.size
        if audit:
            self._audit()
        else:
            self.both.rebuild()

    @rule(data=_DATA)
    def something_rare(self, data: st.DataObject) -> None:
        """Register something, record a long column that is refused, correct by the second, or let units expire."""
        match data.draw(_RARE):
            case "register":
                self._do(data, *registrations.REGISTERING, *3 * (readings.CALIBRATING,))
            case "change_roles":
                self._do(data, *registrations.CHANGING_ROLES)
            case "long column":
                for kind in readings.long_kinds(self.both):
                    self._do(data, kind)
            case "a day":
                self.now += timedelta(days=1)
                self.both.changed = True  # units may have expired
            case _:
                self._do(data, *units.HOLDING)
                self.now += timedelta(days=data.draw(st.sampled_from((350, 410))))  # 410: no command is accepted
                check_clock_and_zone(self.both)
                self._do(data, *units.HOLDING, *6 * (units.ANSWERING,))

    @rule(data=_DATA, by_time=st.booleans())
    def ask_about_the_past(self, data: st.DataObject, by_time: bool) -> None:
        """Compare earlier answers of the ledger with its answers as of that entry or time: invariant 25."""
        ledger = self.both.ledger
        self.remembered = [*self.remembered[1 - MOST_REMEMBERED :], (ledger.size - 1, answers(ledger))]
        n, expected = self.remembered[data.draw(st.integers(0, len(self.remembered) - 1))]
        self.now += timedelta(seconds=1)
        just_after = ledger.entry(n).at_utc + timedelta(microseconds=1)
        past = ledger.as_of(just_after) if by_time else ledger.as_of(entry=n)
        wrong = [(found, then) for found, then in zip(answers(past), expected, strict=True) if found != then]
        assert not wrong, f"invariant 25: as of entry {n} the answer is {wrong[0][0]}, at the time it was {wrong[0][1]}"

    @rule(data=_DATA)
    def ask(self, data: st.DataObject) -> None:
        """Quantify, reconcile and trace: invariant 2, and ledger-model sections 6 and 8."""
        action = issuance.issue_period(data.draw, self.both)
        self.both.quantify(action)
        check_reconciliation(self.both, action.given["project"], action.given["period"])
        account = data.draw(st.sampled_from(sorted(self.both.model.accounts)))
        check_statements(self.both, account)
        check_late_expiry(self.both, account, self.both.now_utc + 86_400 * data.draw(st.integers(0, 800)))
        if self.both.model.units:
            check_trace(self.both, issuance.serial(data.draw, self.both))
