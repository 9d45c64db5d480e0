"""Rows derived from entries: every state has a column in a balance, and every kind of row has a table."""

from typing import get_args

import attrs
import pytest

from carbon_ledger.core.state import rows
from carbon_ledger.core.state.rows import (
    EXPIRED,
    FINAL_STATES,
    LASTING_STATES,
    STATES,
    WITHDRAWABLE_STATES,
    Balance,
    Expiring,
    Piece,
    Row,
)
from carbon_ledger.core.state.store import TABLES


def test_a_balance_has_a_total_of_each_state() -> None:
    totals = [field.name for field in attrs.fields(Balance) if field.name not in ("account", "instrument", "from_n")]
    assert totals == [*STATES, EXPIRED]
    assert [name for name in STATES if name not in FINAL_STATES] == list(LASTING_STATES)
    assert set(LASTING_STATES) < {field.name for field in attrs.fields(Expiring)}


def test_an_issuer_can_take_back_what_is_neither_final_nor_promised() -> None:
    assert set(WITHDRAWABLE_STATES) == set(STATES) - set(FINAL_STATES) - {rows.PENDING}


def test_a_piece_counts_its_first_and_its_last_unit() -> None:
    assert Piece("p/2025/1", 3, 6, "op", "active", 1).count == 4
    assert Piece("p/2025/1", 3, 3, "op", "active", 1).count == 1


def test_every_kind_of_row_has_a_table_and_the_tree_of_the_log_has_one() -> None:
    assert len(get_args(Row)) == len(TABLES) - 1
    assert "tile" in TABLES


@pytest.mark.parametrize("kind", get_args(Row), ids=lambda kind: kind.__name__)
def test_a_row_cannot_be_changed(kind: type) -> None:
    """Stores give the same row to everybody who asks."""
    names = [field.name for field in attrs.fields(kind)]
    row = kind(*names)
    for name in names:
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(row, name, "other")
