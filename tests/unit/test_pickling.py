"""Errors and records survive pickle and copy, as they must to be returned by a worker process."""

import copy
import inspect
import pickle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import attrs
import pytest
from tests.messages.ledgers import busy
from tests.support.public_records import parts, records, sample

import carbon_ledger as cl
from carbon_ledger import errors

KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.CarbonLedgerError)]
WAYS: list[Callable[[Any], Any]] = [
    *(lambda thing, protocol=protocol: pickle.loads(pickle.dumps(thing, protocol)) for protocol in range(6)),
    copy.copy,
    copy.deepcopy,
]


class OfAUser(errors.RefusedError):
    """What somebody builds on ours: other arguments, keyword-only ones, one that is no part of the message."""

    default_rule = "quota"

    def __init__(self, account: str, *, left: int) -> None:
        """Say it in words of its own."""
        super().__init__(f"account {account}", f"{left} requests left")
        self.left = left


def made(kind: type[errors.CarbonLedgerError]) -> errors.CarbonLedgerError:
    error = (
        kind("device d", "expected\nanother", rule="a-rule") if issubclass(kind, errors.RefusedError) else kind("why")
    )
    error.add_note("a note")
    error.extra = ["more", 1]
    return error


def same(left: errors.CarbonLedgerError, right: errors.CarbonLedgerError) -> bool:
    return (
        type(left) is type(right)
        and left.args == right.args
        and vars(left) == vars(right)
        and str(left) == str(right)
        and repr(left) == repr(right)
        and left.__notes__ == right.__notes__
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_comes_back_as_it_was(kind: type[errors.CarbonLedgerError]) -> None:
    error = made(kind)
    for way in WAYS:
        again = way(error)
        assert again is not error
        assert same(error, again)
    if issubclass(kind, errors.RefusedError):
        assert (again.rule, again.subject, again.detail) == ("a-rule", "device d", "expected\nanother")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if issubclass(kind, errors.RefusedError)])
def test_every_refusal_has_a_rule_of_its_own(kind: type[errors.RefusedError]) -> None:
    assert kind("x", "y").rule == kind.default_rule
    assert [other.__name__ for other in KINDS if getattr(other, "default_rule", "") == kind.default_rule] == [
        kind.__name__
    ]


def test_an_error_of_another_signature_comes_back() -> None:
    error = OfAUser("a", left=3)
    for way in WAYS:
        again = way(error)
        assert (type(again), again.left, again.rule, str(again)) == (OfAUser, 3, "quota", str(error))


def test_a_missing_extra_is_still_an_import_error() -> None:
    again = pickle.loads(pickle.dumps(errors.MissingExtraError("why", name="numpy", path="/x")))
    assert (again.msg, again.name, again.path, str(again)) == ("why", "numpy", "/x", "why")


def test_what_is_unknown_shares_a_base() -> None:
    named = {kind for kind in KINDS if kind.__name__.startswith("Unknown")} - {errors.UnknownUnitError}
    assert len(named) == 7
    assert all(issubclass(kind, errors.UnknownThingError) for kind in named)


@pytest.mark.parametrize(
    ("ask", "rule"),
    [
        (lambda ledger: ledger.balance("x"), "unknown-account"),
        (lambda ledger: ledger.retirement(99), "unknown-retirement"),
        (lambda ledger: ledger.accept(99), "unknown-offer"),
        (lambda ledger: ledger.revoke_approval(99, reason="why"), "unknown-approval"),
        (lambda ledger: ledger.grammar("nobody"), "unknown-registry"),
        (lambda ledger: ledger.document("nothing"), "unknown-document"),
    ],
)
def test_a_question_about_what_is_not_there_is_of_that_base(ask: Callable[[cl.Ledger], object], rule: str) -> None:
    with pytest.raises(errors.UnknownThingError) as refused:
        ask(busy())
    assert refused.value.rule == rule


def refuse(account: str) -> None:
    cl.open_ledger(":memory:").balance(account)


def test_a_process_pool_gives_the_refusal_back() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        with pytest.raises(errors.UnknownAccountError) as refused:
            pool.submit(refuse, "nobody").result(60)
        assert (refused.value.rule, refused.value.subject) == ("unknown-account", "account nobody")
    with get_context("spawn").Pool(1) as pool, pytest.raises(errors.UnknownAccountError):
        pool.apply_async(refuse, ("nobody",)).get(60)


def test_public_records_come_back_equal(tmp_path: Path) -> None:
    seen = set()
    given = [part for record in records(tmp_path) for part in (record, *parts(record))]
    tried = {type(record) for record in given}
    classes = [kind for kind in map(partial(getattr, cl), cl.__all__) if inspect.isclass(kind) and attrs.has(kind)]
    for record in (*given, *(sample(kind) for kind in classes if kind not in tried)):
        if type(record) in seen:
            continue
        seen.add(type(record))
        for way in WAYS:
            again = way(record)
            same_rules = isinstance(record, cl.ZoneRules) and record.same_as(again)
            assert same_rules or again == record, type(record)
            assert type(again) is type(record)
            if attrs.has(type(record)):
                assert repr(again) == repr(record)
    public = {getattr(cl, name) for name in cl.__all__}
    assert {kind.__name__ for kind in public - seen if inspect.isclass(kind) and attrs.has(kind)} == set()


def test_a_quantity_comes_back_in_the_units_of_this_library() -> None:
    for text in ("5 MWh", "3 tCO2e", "2 h"):
        amount = cl.quantity(text)
        again = pickle.loads(pickle.dumps(amount))
        assert again == amount
        assert again + amount == 2 * amount
        assert cl.convert(again, text.split()[1]) == cl.convert(amount, text.split()[1])
