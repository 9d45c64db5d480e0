"""Permissions: every line of the table is tried with every role, by commands and in audits."""

from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Final

import pytest
from tests.conftest import Clock, dump
from tests.support.each import by_default
from tests.support.staffed_ledger import (
    ACTIONS,
    ACTORS,
    ALLOWED,
    FACTOR,
    HOLDERS,
    JUNE,
    MAY_RECORD,
    STAFF,
    batch,
    begin,
    may,
    staffed,
)

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core import rules
from carbon_ledger.core.authority import require_authorised
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import EVENTS, ROLES
from carbon_ledger.core.state.rows import Grant, Offer
from carbon_ledger.ledger import recorder

# Account holders: the account of each event that is theirs, as `op` gives and `buyer` takes.
GIVES, TAKES, EITHER = ("op",), ("buyer",), ("op", "buyer")
EVENTS_OF_HOLDERS: Final = [
    ("units.transferred", {"from": "op", "to": "buyer"}, GIVES),
    ("transfer.offered", {"from": "op", "to": "buyer"}, GIVES),
    ("transfer.accepted", {"offer": 7}, TAKES),
    ("transfer.ended", {"offer": 7, "outcome": "rejected"}, TAKES),
    ("transfer.ended", {"offer": 7, "outcome": "revoked"}, GIVES),
    ("transfer.ended", {"offer": 7, "outcome": "timed-out"}, EITHER),
    ("units.retired", {"account": "op"}, GIVES),
    ("units.cancelled", {"account": "op"}, GIVES),
    ("units.exported", {"account": "op"}, GIVES),
    ("units.converted", {"account": "op"}, GIVES),
]
EXAMPLES: Final[dict[str, dict[str, Any]]] = {kind: event for kind, event, _ in EVENTS_OF_HOLDERS}


class Grants:
    """A view of one actor's roles and one offer, from `op` to `buyer`; the policy is `roles`."""

    size = 9

    def __init__(self, *grants: Grant, policy: str = "roles") -> None:
        self._grants = grants
        self._first = Entry(n=0, at="", by="r", type="ledger.opened", event={"policy": policy})

    def entry(self, n: int) -> Entry:
        assert n == 0
        return self._first

    def grant(self, actor: str, role: str, scope: str) -> Grant | None:
        return next((grant for grant in self.grants(actor) if (grant.role, grant.scope) == (role, scope)), None)

    def grants(self, actor: str) -> tuple[Grant, ...]:
        return tuple(grant for grant in self._grants if grant.actor == actor)

    def offer(self, n: int) -> Offer | None:
        return Offer(7, 7, "op", "buyer", None, "offered") if n == 7 else None


TABLE = {kind: rule.may for kind, rule in rules.RULES.items()}


def authorised(view: object, kind: str, event: dict[str, Any] | None = None) -> bool:
    """Whether the actor `me` may record an event."""
    given = EXAMPLES.get(kind, {}) if event is None else event
    with_it = Entry(n=9, at="", by="me", type=kind, event=given)
    try:
        require_authorised(view, with_it, TABLE[kind])
    except errors.NotAuthorisedError:
        return False
    return True


def test_every_type_of_event_has_a_line() -> None:
    """A type that is missing here could be recorded by nobody, or by anybody: neither was decided."""
    assert set(TABLE) == set(EVENTS)
    assert {role for line in TABLE.values() for role in line.roles} <= set(ROLES)
    assert [kind for kind, line in TABLE.items() if not line.roles] == ["ledger.opened"]


def test_the_table_is_the_one_that_was_decided() -> None:
    assert {(role, kind) for kind, line in TABLE.items() for role in line.roles} == ALLOWED
    assert set(MAY_RECORD) == set(ROLES)


@pytest.mark.parametrize(("role", "kind"), list(product(ROLES, TABLE)))
def test_each_role_may_record_what_was_decided_and_nothing_else(role: str, kind: str) -> None:
    """Every role with every type of event; a holder's account is the one that the event is about."""
    scopes = EITHER if role == "account-holder" else ("",)
    view = Grants(*(Grant("me", role, scope, 0) for scope in scopes), Grant("you", "registrar", "", 0))
    assert authorised(view, kind) == ((role, kind) in ALLOWED)


@pytest.mark.parametrize("kind", TABLE)
def test_without_a_role_nobody_may_record_anything(kind: str) -> None:
    assert not authorised(Grants(Grant("you", "registrar", "", 0)), kind)


@pytest.mark.parametrize("kind", TABLE)
def test_under_the_open_policy_anybody_may_record_anything(kind: str) -> None:
    assert authorised(Grants(policy="open"), kind)


@pytest.mark.parametrize(("kind", "event", "accounts"), EVENTS_OF_HOLDERS)
def test_a_holder_acts_for_its_own_account_alone(kind: str, event: dict[str, Any], accounts: tuple[str, ...]) -> None:
    for account in ("op", "buyer", "other", ""):
        assert authorised(Grants(Grant("me", "account-holder", account, 0)), kind, event) == (account in accounts)


@pytest.mark.parametrize("kind", ["transfer.accepted", "transfer.ended"])
def test_an_offer_that_is_not_there_is_for_the_rule_to_refuse(kind: str) -> None:
    assert authorised(Grants(), kind, {"offer": 8, "outcome": "revoked"})


# The same with real commands, on a ledger that has one actor for each role and each account.

CASES = [(action, actor, may(actor, action)) for action, actor in product(ACTIONS, ACTORS)]


def test_every_command_s_event_has_an_action_to_try() -> None:
    """What only stands in front of another event in its command is tried with that one."""
    with_others = {"ledger.opened", "document.recorded", "correction.staged"}
    assert {action.split()[0] for action in ACTIONS} == set(rules.RULES) - with_others


@cache
def unmoved(action: str) -> cl.Ledger:
    """A ledger for all actors who may not do it: what is refused leaves it as it was."""
    return staffed()


@pytest.mark.parametrize(("action", "actor", "allowed"), CASES)
def test_each_action_for_each_actor(action: str, actor: str, allowed: bool) -> None:
    """Refused by name and without a trace, or done and recorded under the actor's name (invariant 26)."""
    ledger, kind = staffed() if allowed else unmoved(action), action.split(maxsplit=1)[0]
    before, size = dump(ledger), ledger.size
    if allowed:
        ACTIONS[action](ledger, actor)
        assert [ledger.entry(n).by for n in range(size, ledger.size)] == [actor] * (ledger.size - size)
        assert ledger.entry(ledger.size - 1).type == kind
        assert ledger.audit().findings == ()
        return
    with pytest.raises(errors.NotAuthorisedError) as refused:
        ACTIONS[action](ledger, actor)
    assert dump(ledger) == before
    assert refused.value.rule == "not-authorised"
    assert refused.value.subject == f"actor {actor}"
    for said in (TABLE[kind].action, kind, *TABLE[kind].roles, f"see roles({actor!r})"):
        assert said in refused.value.detail


@pytest.mark.parametrize(
    ("action", "actor"),
    by_default((case[:2] for case in CASES if not case[2]), lambda case: case[1] in ("stranger", "auditor")),
)
def test_an_entry_that_was_written_past_the_door_is_found(
    action: str, actor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same rules in the audit (invariant 24): whoever writes into the file himself is found out."""
    ledger = staffed()
    size = ledger.size
    with monkeypatch.context() as without:
        for door in (rules, recorder):
            without.setattr(door, "require_authorised", lambda *_: None)
        ACTIONS[action](ledger, actor)
    (found,) = ledger.audit().findings
    assert found.entry is not None
    assert size <= found.entry < ledger.size
    assert f"actor {actor}: it may not" in found.detail
    assert "[not-authorised]" in found.detail


def test_a_roles_ledger_audits_from_its_file_alone(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "staffed.db"
    with staffed(path, clock):
        pass
    with cl.open_ledger(path, read_only=True) as ledger:
        report = ledger.audit()
    assert (report.findings, report.passed) == ((), True)


def test_a_refusal_says_what_is_held_and_who_can_help() -> None:
    ledger = staffed()
    with pytest.raises(errors.NotAuthorisedError) as refused:
        ledger.transfer(batch(ledger).take(1), to="buyer", by="holder-other")
    assert str(refused.value) == (
        "actor holder-other: it may not transfer units (units.transferred): it has account-holder of other, "
        "expected the role account-holder of op. Ask somebody who has this role, or ask a registrar to grant() it; "
        "see roles('holder-other') [not-authorised]"
    )


def test_a_factor_comes_with_an_issuance_and_from_nobody_else() -> None:
    """An issuer adopts the factor in the command that issues; the registrar may adopt one, a verifier may not."""
    ledger = begin()
    ledger.adopt_factor(FACTOR, by="issuer")
    assert ledger.factor("f") == FACTOR
    for actor in ("verifier", "meter-operator", "auditor", "holder-op"):
        with pytest.raises(errors.NotAuthorisedError):
            ledger.adopt_factor(FACTOR, by=actor)


def test_a_role_counts_from_the_entry_after_its_grant_to_its_revocation() -> None:
    """Also inside a batch, where a later command sees the earlier ones."""
    ledger = staffed()

    def record(day: cl.Period) -> object:
        return ledger.record_generation("second", day, net="1 MWh", by="temp")

    one, two, three = JUNE.days()[:3]
    with pytest.raises(errors.NotAuthorisedError):
        record(one)
    with ledger.batch():
        ledger.grant("temp", "meter-operator")
        record(one)
        ledger.revoke("temp", "meter-operator", reason="the shift is over")
        with pytest.raises(errors.NotAuthorisedError):
            record(two)
    with pytest.raises(errors.NotAuthorisedError):
        record(two)
    ledger.grant("temp", "meter-operator")
    record(three)
    assert ledger.audit().findings == ()


def test_a_grant_in_the_command_itself_comes_too_late() -> None:
    """A forged command of two entries: the role that its second would give does not cover its first."""
    ledger = staffed()
    events = [
        ("account.opened", {"account": "mine", "name": "Mine"}),
        ("role.granted", {"actor": "stranger", "role": "registrar"}),
    ]
    for order in (events, events[::-1]):
        before = dump(ledger)
        with pytest.raises(errors.NotAuthorisedError):
            ledger._record("forged", {}, lambda _, chosen=order: chosen, key=None, by="stranger")
        assert dump(ledger) == before


def test_a_retry_is_no_new_action() -> None:
    """It writes nothing, so a role that was lost since does not matter."""
    ledger = staffed()
    first = ledger.record_generation("second", JUNE, net="1 MWh", by="meter-operator", key="june")
    ledger.revoke("meter-operator", "meter-operator", reason="left")
    size = ledger.size
    assert ledger.record_generation("second", JUNE, net="1 MWh", by="meter-operator", key="june") == first
    assert ledger.size == size


def test_an_actor_may_have_several_roles_and_accounts() -> None:
    ledger = staffed()
    for account in HOLDERS[1:]:
        ledger.grant("holder-op", "account-holder", account=account)
    ledger.grant("holder-op", "issuer")
    sold = ledger.transfer(batch(ledger).take(3), to="buyer", by="holder-op")
    ledger.transfer(sold, to="other", by="holder-op")
    ledger.withdraw(sold, reason="an order", by="holder-op")
    held = [(grant.role, grant.scope) for grant in ledger.roles("holder-op")]
    assert held == [*(("account-holder", account) for account in sorted(HOLDERS)), ("issuer", "")]
    assert ledger.audit().findings == ()


def test_the_staff_has_every_role() -> None:
    assert {*STAFF, "account-holder"} == set(ROLES)
