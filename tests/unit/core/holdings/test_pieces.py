"""Moving blocks: pieces are split at the edges of a block, and the rest of a piece is unchanged."""

import pytest
from tests.support.expiring_plant import issued, month, set_up

import carbon_ledger as cl
from carbon_ledger.serials import Block


def pieces(ledger: cl.Ledger, batch: cl.Batch) -> list[tuple[int, int, str, str]]:
    found = ledger._view().pieces(batch.batch_id, 1, batch.count)
    return [(piece.first, piece.last, piece.account, piece.state) for piece in found]


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_left_of_each_piece_stays(ledger: cl.Ledger, order: int) -> None:
    """Invariants 3 and 10: three blocks of two pieces, two of them in one, in whatever order they are named."""
    set_up(ledger)
    batch = issued(ledger, month(1), "30 MWh")
    name = batch.batch_id
    ledger.transfer(Block(name, 11, 20), to="buyer")
    chosen = [Block(name, 2, 3), Block(name, 6, 7), Block(name, 21, 23)][::order]
    ledger.retire(chosen, beneficiary="B", purpose="use", period=month(1))
    assert pieces(ledger, batch) == [
        (1, 1, "op", "active"),
        (2, 3, "op", "retired"),
        (4, 5, "op", "active"),
        (6, 7, "op", "retired"),
        (8, 10, "op", "active"),
        (11, 20, "buyer", "active"),
        (21, 23, "op", "retired"),
        (24, 30, "op", "active"),
    ]
    assert (ledger.balance("op").active, ledger.balance("op").retired, ledger.balance("buyer").active) == (13, 7, 10)
    assert ledger.audit().findings == ()
