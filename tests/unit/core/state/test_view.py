"""The methods of a view: both stores have all of them with the same parameters, and no other public name."""

import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from carbon_ledger.core.state.store import Store
from carbon_ledger.core.state.view import View
from carbon_ledger.stores.memory import MemoryStore
from carbon_ledger.stores.sqlite import SqliteStore

QUESTIONS = [name for name in vars(View) if not name.startswith("_")]


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    found: Store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "ledger.db")
    yield found
    found.close()


@pytest.mark.parametrize("name", [name for name in QUESTIONS if name != "size"])
def test_a_store_answers_a_question_as_the_protocol_asks_it(store: Store, name: str) -> None:
    asked = inspect.signature(getattr(View, name)).parameters.values()
    answered = inspect.signature(getattr(type(store.view()), name)).parameters.values()
    assert [(one.name, one.kind, one.default) for one in answered] == [
        (one.name, one.kind, one.default) for one in asked
    ]


def test_a_view_of_an_empty_log_knows_nothing(store: Store) -> None:
    view = store.view()
    assert view.size == 0
    assert view.registrations("account") == view.holdings("op") == view.balances("op") == []
    assert view.carry("p") == view.carries("p") == view.batches_of("p", 2024) == []
    assert view.issuance(0) is view.batch("p/2025/1") is view.key_use("by", "key") is None
