"""Roles: grants, revocations and their refusals, and the policy in entry 0."""

from pathlib import Path

import pytest
from tests.conftest import Clock, Opener, dump
from tests.support.staffed_ledger import begin, staffed

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core.state.rows import Grant


def held(ledger: cl.Ledger, actor: str) -> list[tuple[str, str]]:
    return [(grant.role, grant.scope) for grant in ledger.roles(actor)]


@pytest.fixture(params=["memory", "sqlite"])
def roles(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> cl.Ledger:
    """A ledger in which roles count, on both stores."""
    return begin(":memory:" if request.param == "memory" else tmp_path / "roles.db", clock)


def test_a_ledger_is_open_unless_somebody_says_otherwise(ledger: cl.Ledger) -> None:
    """A single user's: entry 0 says so, and anybody may do anything."""
    assert (ledger.policy, ledger.entry(0).event["policy"]) == ("open", "open")
    ledger.open_account("mine", name="Mine", by="anybody")
    assert (ledger.roles("tester"), ledger.actors("registrar")) == ((), ())
    assert cl.open_ledger(":memory:", policy="open").policy == "open"


def test_whoever_opens_a_ledger_of_roles_is_its_first_registrar(tmp_path: Path) -> None:
    with cl.open_ledger(tmp_path / "new.db", policy="roles", by="anna") as ledger:
        assert (ledger.policy, ledger.entry(0).event["policy"], ledger.entry(0).by) == ("roles", "roles", "anna")
        assert ledger.roles("anna") == ledger.actors("registrar") == (Grant("anna", "registrar", "", 0),)
        assert ledger.audit().findings == ()


@pytest.mark.parametrize(("made", "asked"), [("open", "roles"), ("roles", "open")])
def test_a_ledger_of_another_policy_is_refused_by_name(tmp_path: Path, made: str, asked: str) -> None:
    path = tmp_path / "ledger.db"
    cl.open_ledger(path, policy=made).close()
    before = path.read_bytes()
    for read_only in (False, True):
        with pytest.raises(errors.RefusedError, match=f"its policy is {made}, expected {asked}") as refused:
            cl.open_ledger(path, policy=asked, read_only=read_only)
        assert refused.value.rule == "another-policy"
        assert str(path) in refused.value.subject
    assert path.read_bytes() == before
    for given in (made, None):
        with cl.open_ledger(path, policy=given) as ledger:
            assert ledger.policy == made


@pytest.mark.parametrize("policy", ["closed", "Open", "", 1, True, ("open",)])
def test_there_are_two_policies(tmp_path: Path, policy: object) -> None:
    with pytest.raises(errors.QuantityError, match="expected one of open, roles"):
        cl.open_ledger(tmp_path / "new.db", policy=policy)
    assert not (tmp_path / "new.db").exists()


def test_grants_come_and_go_and_the_past_keeps_them(roles: cl.Ledger) -> None:
    """Invariant 25: what was held as of an entry is what the ledger answered then."""
    told = {}
    for step in (
        lambda: roles.grant("a", "verifier"),
        lambda: roles.grant("a", "account-holder", account="op"),
        lambda: roles.grant("a", "account-holder", account="buyer"),
        lambda: roles.revoke("a", "verifier", reason="left"),
        lambda: roles.revoke("a", "account-holder", account="op", reason="sold"),
        lambda: roles.grant("a", "verifier"),
    ):
        step()
        told[roles.size - 1] = (roles.roles("a"), roles.actors("verifier"), roles.actors("account-holder"))
    assert held(roles, "a") == [("account-holder", "buyer"), ("verifier", "")]
    assert [grant.actor for grant in roles.actors("verifier")] == ["a", "verifier"]
    for n, (own, verifiers, holders) in told.items():
        past = roles.as_of(entry=n)
        assert (past.roles("a"), past.actors("verifier"), past.actors("account-holder")) == (own, verifiers, holders)
    assert [len(own) for own, _, _ in told.values()] == [1, 2, 3, 2, 1, 2]
    assert roles.audit().findings == ()


def test_a_grant_is_returned_and_a_retry_gives_it_again(roles: cl.Ledger) -> None:
    first = roles.grant("a", "account-holder", account="op", key="g")
    assert first == Grant("a", "account-holder", "op", roles.size - 1) == roles.roles("a")[0]
    assert roles.entry(first.from_n).event == {"actor": "a", "role": "account-holder", "account": "op"}
    roles.revoke("a", "account-holder", account="op", reason="left", key="r")
    size = roles.size
    assert roles.grant("a", "account-holder", account="op", key="g") == first
    roles.revoke("a", "account-holder", account="op", reason="left", key="r")
    assert (roles.size, held(roles, "a")) == (size, [])
    with pytest.raises(errors.IdempotencyError):
        roles.grant("a", "account-holder", account="buyer", key="g")


REFUSALS = [
    ("role-held", lambda x: x.grant("verifier", "verifier")),
    ("role-held", lambda x: x.grant("holder-op", "account-holder", account="op")),
    ("role-held", lambda x: x.grant("registrar", "registrar")),
    ("role-not-held", lambda x: x.revoke("verifier", "issuer", reason="r")),
    ("role-not-held", lambda x: x.revoke("nobody", "verifier", reason="r")),
    ("role-not-held", lambda x: x.revoke("holder-op", "account-holder", account="buyer", reason="r")),
    ("role-not-held", lambda x: x.revoke("holder-op", "account-holder", reason="r")),
    ("last-registrar", lambda x: x.revoke("registrar", "registrar", reason="r")),
    ("role-account", lambda x: x.grant("a", "account-holder")),
    *(
        ("role-account", lambda x, role=role: x.grant("a", role, account="op"))
        for role in ("registrar", "meter-operator", "verifier", "issuer", "auditor")
    ),
    ("unknown-account", lambda x: x.grant("a", "account-holder", account="nowhere")),
]


@pytest.mark.parametrize(("rule", "action"), REFUSALS)
def test_what_is_refused_leaves_no_trace(roles: cl.Ledger, rule: str, action: object) -> None:
    before = dump(roles)
    with pytest.raises(errors.RefusedError) as refused:
        action(roles)
    assert refused.value.rule == rule
    assert dump(roles) == before


def test_what_is_refused_says_what_to_do(roles: cl.Ledger) -> None:
    for action, said in (
        (lambda: roles.grant("verifier", "verifier"), "it already has the role verifier"),
        (
            lambda: roles.revoke("verifier", "issuer", reason="r"),
            "it does not have the role issuer; see roles('verifier')",
        ),
        (lambda: roles.revoke("registrar", "registrar", reason="r"), "grant registrar to another actor first"),
        (lambda: roles.grant("a", "account-holder"), "this role is for one account: pass account="),
        (lambda: roles.grant("a", "issuer", account="op"), "not for account op: leave account= out"),
    ):
        with pytest.raises(errors.RefusedError) as refused:
            action()
        assert said in refused.value.detail


@pytest.mark.parametrize(
    "action",
    [
        lambda x: x.grant("a", "king"),
        lambda x: x.grant("a", ["issuer"]),
        lambda x: x.revoke("a", "king", reason="r"),
        lambda x: x.actors("king"),
        lambda x: x.grant("", "issuer"),
        lambda x: x.grant("a" * 2001, "issuer"),
        lambda x: x.grant("a", "account-holder", account="a/b"),
        lambda x: x.revoke("verifier", "verifier", reason=" "),
    ],
)
def test_what_is_no_role_no_actor_and_no_reason(roles: cl.Ledger, action: object) -> None:
    before = dump(roles)
    with pytest.raises(errors.QuantityError):
        action(roles)
    assert dump(roles) == before


def test_the_registrars_can_be_replaced_but_never_all_go(roles: cl.Ledger) -> None:
    roles.grant("second", "registrar")
    roles.revoke("registrar", "registrar", reason="retired")
    with pytest.raises(errors.NotAuthorisedError):
        roles.open_account("late", name="Late")
    with pytest.raises(errors.RefusedError, match="last registrar"):
        roles.revoke("second", "registrar", reason="r", by="second")
    roles.grant("registrar", "registrar", by="second")
    roles.revoke("second", "registrar", reason="r", by="second")
    assert [grant.actor for grant in roles.actors("registrar")] == ["registrar"]
    assert roles.audit().findings == ()


def test_an_open_ledger_has_no_roles_to_grant(ledger: cl.Ledger) -> None:
    """A role that would protect nothing is not recorded as if it did."""
    before = dump(ledger)
    with pytest.raises(errors.RefusedError, match="begin a new ledger with open_ledger") as refused:
        ledger.grant("a", "issuer")
    assert refused.value.rule == "open-policy"
    with pytest.raises(errors.RefusedError) as refused:
        ledger.revoke("a", "issuer", reason="r")
    assert refused.value.rule == "role-not-held"
    assert dump(ledger) == before


def test_what_was_done_with_a_role_stands_after_it() -> None:
    ledger = staffed()
    before = ledger.balance("op")
    for role in ("issuer", "meter-operator", "verifier"):
        ledger.revoke(role, role, reason="left")
    assert ledger.balance("op") == before
    assert ledger.audit().findings == ()


def test_an_older_ledger_is_open(opener: Opener) -> None:
    """Every ledger written so far says `open`: nothing changes for it, whatever its actors are called."""
    ledger = opener()
    ledger.open_account("op", name="Op", by="registrar")
    ledger.open_account("buyer", name="Buyer", by="stranger")
    assert ledger.audit().findings == ()
