"""Relations of accounts: declared once, ended once, and listed under both accounts."""

import pytest
from tests.conftest import EVIDENCE, dump
from tests.support.forging import found_in

import carbon_ledger as cl
from carbon_ledger import errors

OWNER = {"relation": "owner", "reason": "the register of companies"}


def test_a_relation_is_listed_under_both_accounts_until_after_its_end(ledger: cl.Ledger) -> None:
    owner = ledger.declare_relation("op", "buyer", evidence=EVIDENCE, **OWNER)
    ledger.declare_relation("buyer", "op", **(OWNER | {"relation": "subsidiary"}))
    assert (owner.account, owner.other, owner.relation, owner.evidence) == ("op", "buyer", "owner", EVIDENCE)
    assert ledger.relations("op") == ledger.relations("buyer")
    assert [item.relation for item in ledger.relations("op")] == ["owner", "subsidiary"]
    assert ledger.relations("other") == ()
    ended = ledger.end_relation("op", "buyer", **OWNER)
    again = ledger.declare_relation("op", "buyer", **OWNER)
    assert [(item.n, item.ended_n) for item in ledger.relations("buyer") if item.relation == "owner"] == [
        (owner.n, ended.ended_n),
        (again.n, None),
    ]
    assert ledger.as_of(entry=owner.n).relations("op") == (owner,)
    assert ledger.audit().passed


def test_what_is_not_a_new_relation_is_refused(ledger: cl.Ledger) -> None:
    ledger.declare_relation("op", "buyer", **OWNER)
    before = dump(ledger)
    with pytest.raises(errors.AlreadyRegisteredError):
        ledger.declare_relation("op", "buyer", **OWNER)
    with pytest.raises(errors.RefusedError) as refused:
        ledger.declare_relation("op", "op", **OWNER)
    assert refused.value.rule == "related-to-itself"
    for account, other in (("op", "nobody"), ("nobody", "op")):
        with pytest.raises(errors.UnknownAccountError):
            ledger.declare_relation(account, other, **OWNER)
        with pytest.raises(errors.UnknownAccountError):
            ledger.end_relation(account, other, **OWNER)
    with pytest.raises(errors.UnknownThingError) as missing:
        ledger.end_relation("buyer", "op", **OWNER)
    assert (missing.value.rule, dump(ledger)) == ("unknown-relation", before)


def test_a_retry_returns_the_first_result(ledger: cl.Ledger) -> None:
    first = ledger.declare_relation("op", "buyer", key="k", **OWNER)
    ledger.end_relation("op", "buyer", key="e", **OWNER)
    size = ledger.size
    assert ledger.declare_relation("op", "buyer", key="k", **OWNER).n == first.n
    assert (ledger.end_relation("op", "buyer", key="e", **OWNER).n, ledger.size) == (first.n, size)


@pytest.mark.parametrize(
    ("ends", "change", "words"),
    [
        (False, {"relation": "owner"}, "declared it, and it has not ended"),
        (False, {"other": "op"}, "related to itself"),
        (False, {"other": "nobody"}, "not open"),
        (True, {"relation": "owner"}, "it is not declared"),
    ],
)
def test_a_forged_relation_is_a_finding(ends: bool, change: dict[str, str], words: str) -> None:
    """Domain invariant 34."""
    ledger = cl.open_ledger(":memory:")
    for account in ("op", "buyer"):
        ledger.open_account(account, name=account)
    ledger.declare_relation("op", "buyer", **OWNER)
    second = OWNER | {"relation": "trader-for"}
    ledger.declare_relation("op", "buyer", **second)
    if ends:
        ledger.end_relation("op", "buyer", **OWNER)
        ledger.end_relation("op", "buyer", **second)
    assert words in str(found_in(ledger, ledger.size - 1, lambda event: event.update(change)))
