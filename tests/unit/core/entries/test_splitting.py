"""Arguments that are too long for one entry are split into several entries, each as full as possible."""

import pytest
from tests.support.expiring_plant import held, issued, month

import carbon_ledger as cl
from carbon_ledger.core.entries.splitting import events_about

__all__ = ["held"]


def test_an_entry_holds_as_many_blocks_as_fit_whatever_else_it_says() -> None:
    """65,535 bytes: with the longest texts that a command takes, in the characters that take most room."""
    from carbon_ledger.core.entries.entry import Entry

    longest = "\U0001d11e" * 2000
    blocks = [cl.Block(f"{'p' * 64}/2025/{10**15}", 2**53 - 3 * k - 3, 2**53 - 3 * k - 2) for k in range(2000)]
    said = {"account": "a" * 64, "beneficiary": longest, "purpose": longest}
    for key, by, most in ((longest, longest, 200), (None, "op", 400)):
        events = events_about("units.retired", blocks, said, key=key, by=by)
        assert len(events) < len(blocks) / most * 2
        again = []
        for part, (kind, event) in enumerate(events, 1):
            entry = Entry(
                n=10**15,
                at="2026-01-01T00:00:00.000000Z",
                by=by,
                type=kind,
                event=event,
                key=key,
                digest=None if key is None else "sha256:" + "0" * 64,
                part=part,
                parts=len(events),
            )
            assert 1_000 < len(entry.to_bytes()) <= 65_535
            again += [cl.Block(item["batch"], item["first"], item["last"]) for item in (event, *event.get("more", ()))]
        assert again == blocks


@pytest.mark.slow
def test_a_long_actor_and_a_long_key_leave_less_room(held: cl.Ledger) -> None:
    batch = issued(held, month(1), "6000 MWh")
    longest = "\U0001d11e" * 2000
    size = held.size
    held.lock([cl.Block(batch.batch_id, k, k) for k in range(1, 6000, 2)], reason=longest, by=longest, key=longest)
    assert held.size - size == 4
    assert held.balance("op").locked == 3000
