"""A view as a correction leaves it: it forwards every query except those about the entry and the readings."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.state.corrected import corrected_view
from carbon_ledger.core.state.rows import Reading
from carbon_ledger.core.state.view import View

NEW = Entry(n=7, at="2026-01-01T00:00:00.000000Z", by="x", type="generation.corrected", event={"net_wh": [5]})
OLD = Reading("plant", 0, 20, 10, 8, None, 3, 3)
KEPT = Reading("plant", 20, 30, 10, 4, None, 3, 3)
OWN = ("size", "entry", "parsed", "readings")


class Echo:
    """A view that answers every question with the question."""

    size = 7

    def __getattr__(self, name: str) -> Callable[..., object]:
        return lambda *arguments: (name, *arguments)


def over(below: object) -> Any:
    closed = Reading("plant", 0, 20, 10, 8, None, 3, 3, 7)
    return corrected_view(below, NEW, [closed, Reading("plant", 0, 10, 10, 5, None, 7, 7)])


@pytest.mark.parametrize("name", [name for name in vars(View) if not name.startswith("_") and name not in OWN])
def test_a_question_goes_to_the_view_below_as_it_was_asked(name: str) -> None:
    arguments = tuple(inspect.signature(getattr(View, name)).parameters)[1:]
    assert getattr(over(Echo()), name)(*arguments) == (name, *arguments)


def test_the_entry_on_top_is_its_own() -> None:
    view = over(Echo())
    assert view.size == 8
    assert view.entry(7) is NEW
    assert view.entry(6) == ("entry", 6)
    assert view.parsed(7, lambda entry: entry.type) == "generation.corrected"
    assert view.parsed(6, str) == ("parsed", 6, str)


def test_its_readings_stand_in_for_those_that_it_closes() -> None:
    class Below:
        size = 7

        def readings(self, device: str, start_utc: int, end_utc: int) -> list[Reading]:
            rows = [OLD, KEPT] if device == "plant" else []
            return [row for row in rows if row.start_utc < end_utc and row.end_utc > start_utc]

    view = over(Below())
    new = Reading("plant", 0, 10, 10, 5, None, 7, 7)
    assert view.readings("plant", 0, 30) == [new, KEPT]
    assert view.readings("plant", 9, 20) == [new]
    assert view.readings("plant", 10, 20) == []
    assert view.readings("plant", -5, 0) == []
    assert view.readings("other", 0, 30) == []
