"""A store's cache returns what would be read again."""

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon_ledger.core.state.rows import ACTIVE, Carry, Claim, Piece, Reading
from carbon_ledger.core.state.view import View
from carbon_ledger.stores import cache
from carbon_ledger.stores.cache import Cache, Pieces
from carbon_ledger.stores.sqlite import SqliteStore
from carbon_ledger.testing.samples import entry_bytes

LAST = 40
BLOCKS = st.tuples(st.integers(1, LAST), st.integers(1, LAST)).map(sorted)


def piece(first: int, last: int, n: int, account: str = "op") -> Piece:
    return Piece("p/2024/1", first, last, account, ACTIVE, n)


def cut(pieces: list[Piece], first: int, last: int, n: int) -> list[Piece]:
    """The rows that give serials first..last to another account, as a move writes them."""
    rows = []
    for old in pieces:
        low, high = max(old.first, first), min(old.last, last)
        rows += [piece(old.first, low - 1, n, old.account)] if old.first < low else []
        rows.append(piece(low, high, n, f"a{n}"))
        rows += [piece(high + 1, old.last, n, old.account)] if high < old.last else []
    return rows


def known(kept: Pieces, first: int, last: int) -> list[Piece]:
    found = kept.between(first, last)
    assert found is not None
    return found


@given(st.lists(BLOCKS, max_size=20), BLOCKS)
def test_kept_pieces_are_those_that_were_written_last(moves: list[list[int]], asked: list[int]) -> None:
    kept = Pieces()
    assert kept.put(piece(1, LAST, 0))
    holder = dict.fromkeys(range(1, LAST + 1), "op")
    for n, (first, last) in enumerate(moves, 1):
        for row in cut(known(kept, first, last), first, last, n):
            kept.put(row)
        holder |= dict.fromkeys(range(first, last + 1), f"a{n}")
    found = known(kept, *asked)
    assert [row.first for row in found] == sorted(row.first for row in found)
    held = {k: row.account for row in found for k in range(row.first, row.last + 1)}
    assert {k: held[k] for k in range(asked[0], asked[1] + 1)} == {k: holder[k] for k in range(asked[0], asked[1] + 1)}
    assert all(row.first <= asked[1] and row.last >= asked[0] for row in found)
    assert kept.between(LAST, LAST + 1) is None


def test_what_is_not_known_whole_is_not_answered() -> None:
    kept = Pieces()
    assert kept.between(1, 1) is None
    assert [kept.put(item) for item in (piece(11, 20, 0), piece(31, 40, 0), piece(11, 15, 1), piece(16, 20, 1))] == [
        True,
        True,
        False,
        True,
    ]
    assert kept.between(11, 20) == [piece(11, 15, 1), piece(16, 20, 1)]
    assert kept.between(16, 17) == [piece(16, 20, 1)]
    for first, last in ((1, 40), (10, 12), (20, 21), (15, 31), (21, 30), (41, 42)):
        assert kept.between(first, last) is None


def test_the_pieces_of_all_batches_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_MAX_PIECES", 10)
    kept = Cache()
    for name, count in (("a/2024/1", 6), ("b/2024/1", 3)):
        kept.cache_pieces([Piece(name, k, k, "op", ACTIVE, 0) for k in range(1, count + 1)])
    kept.update(Piece("c/2024/1", 1, 1, "op", ACTIVE, 1))  # nobody asked for it
    kept.update(Piece("a/2024/1", 3, 3, "buyer", ACTIVE, 1))  # no more than before
    assert [row.account for row in kept.pieces("a/2024/1", 3, 3) or ()] == ["buyer"]
    kept.update(Piece("b/2024/1", 4, 4, "op", ACTIVE, 1))
    assert kept.pieces("a/2024/1", 3, 3) is not None
    kept.update(Piece("b/2024/1", 5, 5, "op", ACTIVE, 1))
    assert kept.pieces("a/2024/1", 3, 3) is None
    assert kept.pieces("b/2024/1", 5, 5) == [Piece("b/2024/1", 5, 5, "op", ACTIVE, 1)]


def reading(start: int, end: int, n: int, to_n: int | None = None) -> Reading:
    return Reading("plant", start, end, 1, 5, None, n, n, to_n)


def claim(start: int, end: int, n: int, to_n: int | None = None) -> Claim:
    return Claim("plant", start, end, n, n, to_n)


@pytest.mark.parametrize(("table", "row"), [("reading", reading), ("claim", claim)])
def test_the_end_of_what_lives_of_a_device_is_known_until_a_part_of_it_ends(
    tmp_path: Path, table: str, row: Callable[..., Reading | Claim]
) -> None:
    """Time after it needs no question; after a correction or a voiding it is asked for again."""
    store = SqliteStore(tmp_path / "a.db")

    def live(view: View, start: int, device: str = "plant") -> list[tuple[int, int]]:
        found = view.readings if table == "reading" else view.claims
        return [(item.start_utc, item.from_n) for item in found(device, start, 500)]

    with store.transaction():
        store.append(entry_bytes(0), [row(100, 200, 0)])
        assert live(store.view(), 200) == []
        assert store.cache.until == {(table, "plant"): 200}
        store.append(entry_bytes(1), [row(300, 400, 1)])
        assert store.cache.until == {(table, "plant"): 400}
        assert live(store.view(), 399) == [(300, 1)]
        store.append(entry_bytes(2), [row(300, 400, 1, to_n=2), row(300, 350, 2)])
        assert live(store.view(), 350) == []
        assert store.cache.until == {(table, "plant"): 350}
        assert live(store.view(2), 350) == [(300, 1)]
        assert live(store.view(), 0, "other") == []
    store.close()


def test_a_projects_newest_carry_is_asked_for_once(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "a.db")
    first, second = (Carry("p", 2024, n, Decimal(n)) for n in (0, 1))
    with store.transaction():
        assert list(store.view().carry("p")) == []
        store.append(entry_bytes(0), [first])
        assert store.view().carry("p")[0] is first
        store.append(entry_bytes(1), [second])
        assert [list(store.view(size).carry("p")) for size in (1, 2)] == [[first], [second]]
        with suppress(KeyError), store.transaction():
            store.append(entry_bytes(2), [Carry("p", 2023, 2, Decimal(7))])
            raise KeyError
        assert list(store.view().carry("p")) == [second]
        store.append(entry_bytes(2), [Carry("p", 2023, 2)])
        assert list(store.view().carry("p")) == [Carry("p", 2023, 2), second]
    store.close()


def test_what_another_writer_changed_is_not_answered_from_memory(tmp_path: Path) -> None:
    first, second = SqliteStore(tmp_path / "a.db"), SqliteStore(tmp_path / "a.db")
    with first.transaction():
        first.append(entry_bytes(0), [reading(100, 200, 0), piece(1, 9, 0)])
        for _ in range(5):
            assert first.view().pieces("p/2024/1", 1, 3) == [piece(1, 9, 0)]
        assert first.view().readings("plant", 200, 300) == []
    with second.transaction():
        second.append(entry_bytes(1), [reading(200, 300, 1), *cut([piece(1, 9, 0)], 1, 3, 1)])
    with first.transaction():
        assert first.view().pieces("p/2024/1", 1, 3) == [piece(1, 3, 1, "a1")]
        assert [row.start_utc for row in first.view().readings("plant", 200, 300)] == [200]
    first.close()
    second.close()


def test_what_is_undone_is_not_answered_from_memory(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "a.db")
    with store.transaction():
        store.append(entry_bytes(0), [piece(1, 9, 0), reading(100, 200, 0)])
        for _ in range(5):
            store.view().pieces("p/2024/1", 1, 3)
        store.view().readings("plant", 200, 300)
        try:
            with store.transaction():
                store.append(entry_bytes(1), [*cut([piece(1, 9, 0)], 1, 3, 1), reading(200, 300, 1)])
                raise KeyError
        except KeyError:
            pass
        assert store.size() == 1
        assert store.view().pieces("p/2024/1", 1, 3) == [piece(1, 9, 0)]
        assert store.view().readings("plant", 200, 300) == []
        assert len(list(store.rows("piece"))) == 1
    store.close()
