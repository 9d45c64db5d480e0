"""Commands with an idempotency key: executed once, the first result on a retry, refused for another command."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.conftest import EVIDENCE, dump
from tests.support.staffed_ledger import ACTIONS, AUGUST, MAY, SEPTEMBER, batch, may, staffed, waiting
from tests.support.staffed_ledger import ACTORS as EVERYBODY

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.metering.readings import Readings

ASKED = ("batches", "offers", "approvals", "quantify", "root")


class Keyed:
    """A ledger whose every command takes this key."""

    def __init__(self, ledger: cl.Ledger, key: str) -> None:
        self._ledger = ledger
        self._key = key

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._ledger, name)
        if name in ASKED or name in ("_clock", "size"):
            return found
        return lambda *arguments, **more: found(*arguments, **more, key=self._key)


@pytest.mark.parametrize("action", ACTIONS)
def test_a_command_is_done_once_for_a_key(action: str) -> None:
    """Invariant 26: a retry gives what the first run gave, and writes nothing."""
    ledger = staffed()
    by = next(actor for actor in EVERYBODY if may(actor, action))
    # What the action is about is looked up before it is done: afterwards the ledger has moved on.
    asked: dict[str, Any] = {}

    class Before(Keyed):
        def __getattr__(self, name: str) -> Any:
            if name == "size":
                return asked.setdefault(name, ledger.size)
            if name in ASKED:
                return lambda *given, **more: asked.setdefault(f"{name}{given}", getattr(ledger, name)(*given, **more))
            return super().__getattr__(name)

    first = ACTIONS[action](Before(ledger, "once"), by)
    after = dump(ledger)
    assert ACTIONS[action](Before(ledger, "once"), by) == first
    assert dump(ledger) == after
    with pytest.raises(errors.IdempotencyError, match="key 'once': entry"):
        ledger.open_account("another-command", name="A", by=by, key="once")
    assert dump(ledger) == after
    if by != "registrar":  # the same text is another actor's key
        ledger.open_account("another-command", name="A", by="registrar", key="once")


OTHERWISE: dict[str, tuple[Callable[[Any], object], Callable[[Any], object]]] = {
    "record_generation": (
        lambda x: x.record_generation("second", MAY, net="1 MWh", by="meter-operator"),
        lambda x: x.record_generation("second", MAY, net="2 MWh", by="meter-operator"),
    ),
    "record_meter": (
        lambda x: x.record_meter("feeder", AUGUST, net="3 MWh", by="meter-operator"),
        lambda x: x.record_meter("feeder", AUGUST, net="6 MWh", by="meter-operator"),
    ),
    "release_buffer": (
        lambda x: x.release_buffer(waiting(x)[3], reason="a", by="issuer"),
        lambda x: x.release_buffer(waiting(x)[3], reason="b", by="issuer"),
    ),
    "lock a count": (
        lambda x: x.lock(cl.Selection(count=3, instrument="I-REC-E"), reason="a", from_="op", by="registrar"),
        lambda x: x.lock(cl.Selection(count=4, instrument="I-REC-E"), reason="a", from_="op", by="registrar"),
    ),
    "retire": (
        lambda x: x.retire(batch(x).take(3), beneficiary="B", purpose="use", period=MAY, by="holder-op"),
        lambda x: x.retire(batch(x).take(3), beneficiary="B", purpose="use", period=SEPTEMBER, by="holder-op"),
    ),
    "cancel": (
        lambda x: x.cancel(batch(x).take(3), reason="a", by="holder-op"),
        lambda x: x.cancel(batch(x).take(2), reason="a", by="holder-op"),
    ),
}


@pytest.mark.parametrize("what", OTHERWISE)
def test_other_arguments_are_another_command(what: str) -> None:
    """Invariant 26: a key is of its arguments, all of them."""
    ledger = staffed()
    do, otherwise = OTHERWISE[what]
    do(Keyed(ledger, "once"))
    after = dump(ledger)
    with pytest.raises(errors.IdempotencyError):
        otherwise(Keyed(ledger, "once"))
    assert dump(ledger) == after


REASONS = {
    "correct_generation": lambda x, why: x.correct_generation("plant", MAY, net="1 MWh", reason=why, evidence=EVIDENCE),
    "revoke": lambda x, why: x.revoke("auditor", "auditor", reason=why),
    "revoke_approval": lambda x, why: x.revoke_approval(x.approvals("p")[0], reason=why),
    "void": lambda x, why: x.void(batch(x), reason=why),
    "withdraw": lambda x, why: x.withdraw(batch(x), reason=why),
    "cancel": lambda x, why: x.cancel(batch(x), reason=why),
    "convert": lambda x, why: x.convert(batch(x), to_instrument="EECS-GO", reason=why),
    "label": lambda x, why: x.label(batch(x), "tag:own", evidence=EVIDENCE, reason=why),
    "unlabel": lambda x, why: x.unlabel(waiting(x)[0], "tag:pilot", reason=why),
    "lock": lambda x, why: x.lock(batch(x), reason=why),
    "release": lambda x, why: x.release(waiting(x)[0], reason=why),
    "release_buffer": lambda x, why: x.release_buffer(waiting(x)[3], reason=why),
    "cancel_buffer": lambda x, why: x.cancel_buffer(waiting(x)[3], reason=why),
    "reject": lambda x, why: x.reject(27, reason=why),
    "revoke_offer": lambda x, why: x.revoke_offer(27, reason=why),
}


@pytest.mark.parametrize("command", REASONS)
@pytest.mark.parametrize("why", [" ", "x" * 2001, 7])
def test_a_reason_is_a_text_and_is_named(command: str, why: object) -> None:
    ledger = staffed()
    before = dump(ledger)
    with pytest.raises(errors.QuantityError, match=r"^reason .*: expected text of 1 to 2,000 characters"):
        REASONS[command](ledger, why)
    assert dump(ledger) == before


@pytest.mark.parametrize("name", ["transfer", "retire", "cancel", "withdraw", "export", "lock", "label"])
def test_the_account_that_was_named_is_sealed(name: str) -> None:
    """Named or not, it is another command: the account decides whether units are taken at all."""
    ledger, given = staffed(), {"reason": "why"}
    by = {"withdraw": "issuer", "label": "issuer", "lock": "registrar"}.get(name, "holder-op")
    match name:
        case "transfer":
            given = {"to": "buyer"}
        case "retire":
            given = {"beneficiary": "B", "purpose": "use", "period": MAY}
        case "export":
            given = {"to_registry": "evident", "reference": "7"}
        case "label":
            given = {"label": "tag:own", "evidence": EVIDENCE, "reason": "ours"}
    command: Any = getattr(ledger, name)
    command(batch(ledger).take(2), **given, from_="op", by=by, key="once")
    with pytest.raises(errors.IdempotencyError, match="key 'once'"):
        command(batch(ledger).take(2), **given, by=by, key="once")


def test_a_run_is_recorded_with_its_evidence_by_its_actor() -> None:
    ledger = staffed()
    run = Readings(AUGUST.start_utc, 3600, (1, 2, 3))
    done = ledger.record_run("second", run, evidence=EVIDENCE, by="meter-operator", key="run")
    entry = ledger.entry(done.first)
    assert (entry.event["evidence"], entry.by, entry.key) == (EVIDENCE, "meter-operator", "run")
    assert ledger.record_run("second", run, evidence=EVIDENCE, by="meter-operator", key="run") == done
