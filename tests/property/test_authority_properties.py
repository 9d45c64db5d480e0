"""Roles and approvals against naive models: sets of grants, and an approval as a photograph of what it covered."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import EVIDENCE, Clock, device
from tests.support.staffed_ledger import ACTIONS, ALLOWED, HOLDERS, PARTIES, STAFF, begin, project, staffed

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core.entries.events import ROLES

ACTORS = ("ada", "bo", "registrar")
Held = set[tuple[str, str, str]]

GRANTS = st.tuples(
    st.booleans(),
    st.sampled_from(ACTORS),
    st.sampled_from(ROLES),
    st.sampled_from([None, *HOLDERS]),
    st.sampled_from(ACTORS),
)


def expected(held: Held, grant: bool, what: tuple[str, str, str], by: str) -> str:
    """What a naive reader expects of a grant or a revocation: done, or the rule that refuses it."""
    actor, role, scope = what
    if (by, "registrar", "") not in held:
        return "not-authorised"
    if not grant:
        if what not in held:
            return "role-not-held"
        registrars = {name for name, kind, _ in held if kind == "registrar"}
        return "last-registrar" if role == "registrar" and registrars == {actor} else "done"
    if (role == "account-holder") != bool(scope):
        return "role-account"
    return "role-held" if what in held else "done"


def outcome(action: Callable[[], object]) -> str:
    """The rule that refuses an action, or done."""
    try:
        action()
    except errors.RefusedError as refusal:
        return refusal.rule
    return "done"


def answers(reader: Any) -> Held:
    """Everybody's roles, asked by actor; asked by role it is the same."""
    held = {(grant.actor, grant.role, grant.scope) for actor in ACTORS for grant in reader.roles(actor)}
    by_role = {(grant.actor, grant.role, grant.scope) for role in ROLES for grant in reader.actors(role)}
    assert held == {item for item in by_role if item[0] in ACTORS}
    return held


@given(st.lists(GRANTS, max_size=25))
@settings(deadline=None)
def test_roles_are_what_was_granted_and_not_revoked(
    steps: list[tuple[bool, str, str, str | None, str]],
) -> None:
    """Invariants 24, 25 and 26: refused without a trace, as of any entry as it was, and the replay gives the same."""
    ledger = begin(clock=Clock())
    held: Held = {("registrar", "registrar", "")}
    told = {ledger.size: set(held)}
    for grant, actor, role, account, by in steps:
        what = (actor, role, account or "")
        size, rule = ledger.size, expected(held, grant, what, by)
        if grant:
            found = outcome(lambda a=(actor, role, account, by): ledger.grant(a[0], a[1], account=a[2], by=a[3]))
            held |= {what} if rule == "done" else set()
        else:
            found = outcome(
                lambda a=(actor, role, account, by): ledger.revoke(a[0], a[1], account=a[2], by=a[3], reason="r")
            )
            held -= {what} if rule == "done" else set()
        assert found == rule
        assert ledger.size == size + (rule == "done")
        assert answers(ledger) == held
        told[ledger.size] = set(held)
    for size, then in told.items():
        assert answers(ledger.as_of(entry=size - 1)) == then
    assert ledger.audit().findings == ()


HELD = {"holder of op": "op", "holder of buyer": "buyer"}


@pytest.mark.slow
@given(st.sets(st.sampled_from([*STAFF, *HELD])), st.sampled_from(sorted(ACTIONS)))
@settings(max_examples=150, deadline=None)
def test_an_actor_may_do_what_its_roles_together_allow(roles: set[str], action: str) -> None:
    """Whatever roles are combined: an action is done if one of them allows it, and nothing else is."""
    ledger = staffed()
    for role in sorted(roles):
        account = HELD.get(role)
        ledger.grant("newcomer-2", "account-holder" if account else role, account=account)
    accounts = {account for role, account in HELD.items() if role in roles}
    allowed = any((role, action.split(maxsplit=1)[0]) in ALLOWED for role in roles & set(STAFF))
    if ("account-holder", action.split(maxsplit=1)[0]) in ALLOWED:
        allowed = not accounts.isdisjoint(PARTIES.get(action, ("op",)))
    assert outcome(lambda: ACTIONS[action](ledger, "newcomer-2")) == ("done" if allowed else "not-authorised")
    assert ledger.audit().findings == ()


# Approvals: three hours of one device, two projects that may claim them, two verifiers, one of them the issuer.

START = cl.Period.of("2024-06-10T00:00Z", "2024-06-10T03:00Z").start_utc
HOURS = [cl.Period(START + 3600 * k, START + 3600 * (k + 1)) for k in range(5)]
WHOLE = cl.Period(START, START + 3 * 3600)
GAP = cl.Waiver("gap", "down")

# Approving and issuing come often, so that something is issued, and lapses in between, in most examples.
STEPS = st.sampled_from(
    [
        *[("approve", "verifier"), ("issue",)] * 5,
        *[("approve", "issuer"), ("void",)] * 2,
        *(("record", hour) for hour in range(5)),
        *(("correct", hour, net) for hour in (0, 1, 3) for net in ("1 MWh", "1.5 MWh")),
        *(("claim", hour) for hour in (0, 1, 3)),
        ("free",),
        ("revoke",),
        ("idle",),
    ]
)


class Photographs:
    """The naive model: who approved what it looked like, and whether it was touched since."""

    def __init__(self) -> None:
        self.approvals: dict[int, dict[str, Any]] = {}

    def take(self, n: int, actor: str, digest: str) -> None:
        self.approvals[n] = {"actor": actor, "digest": digest, "status": "standing"}

    def touch(self) -> None:
        """Something in the period was recorded, corrected, claimed or freed."""
        for item in self.approvals.values():
            if item["status"] == "standing":
                item["status"] = "lapsed"

    def end(self, digest: str, status: str, but: str = "") -> None:
        for item in self.approvals.values():
            if item["status"] == "standing" and item["digest"] == digest and item["actor"] != but:
                item["status"] = status

    def allow(self, digest: str, by: str) -> bool:
        return any(
            item["status"] == "standing" and item["digest"] == digest and item["actor"] != by
            for item in self.approvals.values()
        )


class Town:
    """The ledger beside the model; each step is done on both."""

    def __init__(self) -> None:
        self.ledger = begin(clock=Clock())
        self.ledger.grant("issuer", "verifier")
        self.ledger.register_device(device())
        self.ledger.register_project(project(requires_approval=True))
        self.ledger.register_project(project("rival"))
        self.ledger.record_generation("plant", HOURS[0], net="1.5 MWh", by="meter-operator")
        self.model = Photographs()
        self.names = (f"account-{k}" for k in count())

    def digest(self) -> str | None:
        """Of what would be issued now, if anything would."""
        try:
            return self.ledger.quantify("p", WHOLE, waivers=[GAP]).digest
        except errors.CarbonLedgerError:
            return None

    def tried(self, hour: int | None, action: Callable[[], object]) -> None:
        """Do something that may not be possible; if it is, and it is in the period, approvals lapse."""
        try:
            action()
        except errors.CarbonLedgerError:
            return
        if hour is None or hour < 3:
            self.model.touch()

    def record(self, hour: int) -> None:
        self.tried(
            hour, lambda: self.ledger.record_generation("plant", HOURS[hour], net="1.5 MWh", by="meter-operator")
        )

    def correct(self, hour: int, net: str) -> None:
        fields = {"net": net, "reason": "r", "evidence": EVIDENCE, "by": "meter-operator"}
        self.tried(hour, lambda: self.ledger.correct_generation("plant", HOURS[hour], **fields))

    def claim(self, hour: int) -> None:
        self.tried(hour, lambda: self.ledger.issue("rival", HOURS[hour], to="op", by="issuer"))

    def _void(self, name: str) -> None:
        live = [item for item in self.ledger.issuances(name) if not item.voided]
        if live:
            hour = (live[-1].start_utc - START) // 3600
            self.tried(hour, lambda: self.ledger.void(live[-1].n, reason="r", by="issuer"))

    def free(self) -> None:
        self._void("rival")

    def void(self) -> None:
        self._void("p")

    def idle(self) -> None:
        self.ledger.open_account(next(self.names), name="A")

    def approve(self, by: str) -> None:
        digest = self.digest()
        if digest is None:
            return
        again = any(
            item["status"] == "standing" and (item["actor"], item["digest"]) == (by, digest)
            for item in self.model.approvals.values()
        )
        quantification = self.ledger.quantify("p", WHOLE, waivers=[GAP])
        found = outcome(lambda: self.ledger.approve(quantification, by=by))
        assert found == ("approval-standing" if again else "done")
        if not again:
            self.model.take(self.ledger.size - 1, by, digest)

    def revoke(self) -> None:
        for n, item in self.model.approvals.items():
            if item["status"] == "standing":
                self.ledger.revoke_approval(n, reason="r", by="verifier")
                item["status"] = "revoked"
                return

    def issue(self) -> None:
        digest = self.digest()
        found = None
        try:
            self.ledger.issue("p", WHOLE, to="op", waivers=[GAP], by="issuer")
        except errors.CarbonLedgerError as refusal:
            found = refusal
        if digest is None:
            assert found is not None
            return
        if self.model.allow(digest, "issuer"):
            assert found is None
            self.model.end(digest, "used", but="issuer")
            self.model.touch()
        else:
            assert isinstance(found, errors.RefusedError)
            assert found.rule.startswith("approval-")


@pytest.mark.slow
@given(st.lists(STEPS, min_size=8, max_size=24))
@settings(max_examples=150, deadline=None)
def test_an_issuance_has_exactly_the_approval_that_stands(steps: list[tuple[Any, ...]]) -> None:
    """Invariants 22, 24 and 25: nothing is issued on an approval that was touched, used, revoked or one's own."""
    town = Town()
    told: dict[int, Mapping[int, str]] = {}
    for name, *arguments in steps:
        getattr(town, name)(*arguments)
        statuses = {item.n: item.status for item in town.ledger.approvals("p")}
        assert statuses == {n: item["status"] for n, item in town.model.approvals.items()}
        told[town.ledger.size] = statuses
    for size, then in told.items():
        assert {item.n: item.status for item in town.ledger.as_of(entry=size - 1).approvals("p")} == then
    assert town.ledger.audit().findings == ()
