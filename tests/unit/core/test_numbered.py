"""Numbered registrations: how many there are, at any number and before any entry."""

from types import SimpleNamespace
from typing import cast

import pytest

from carbon_ledger.core.numbered import count, nth
from carbon_ledger.core.state.view import View


def test_the_first_has_the_plain_name() -> None:
    assert [nth("name", k) for k in (1, 2, 11)] == ["name", "name#2", "name#11"]


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 7, 8, 33])
def test_every_registration_is_counted(size: int) -> None:
    numbers = {("kind", nth("name", k)): 10 * k for k in range(1, size + 1)}
    view = cast(View, SimpleNamespace(registration=lambda kind, name: numbers.get((kind, name))))
    assert count(view, "kind", "name") == size
    assert [count(view, "kind", "name", before) for before in (0, 10, 11, 25)] == [min(size, k) for k in (0, 0, 1, 2)]
