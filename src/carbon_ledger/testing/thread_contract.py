"""The part of the store contract about threads: writers take turns, readers see committed data only."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

from carbon_ledger.core.state.store import Store
from carbon_ledger.errors import StoreError
from carbon_ledger.testing._machine.side_by_side import contents
from carbon_ledger.testing.samples import entry_bytes, one_of_each, write


class Maker(Protocol):
    """A test class that can make a store."""

    def make_store(self, directory: Path) -> Store:
        """Make a store in a directory."""


class _UndoneError(Exception):
    """Raised inside a transaction to roll it back."""


def _fail() -> None:
    raise _UndoneError


def _elsewhere(call: Callable[[], Any]) -> Any:
    """The result of a call in another thread, or the error that it raises."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(call)
        return future.exception() or future.result()


class ThreadContract:
    """Tests of a store that threads share."""

    def test_others_see_what_was_committed(self: Maker, tmp_path: Path) -> None:
        """Another thread sees a transaction only after it was committed (design decision 10b)."""
        store = self.make_store(tmp_path)
        write(store, one_of_each(0))
        before = contents(store)
        with store.transaction():
            store.append(entry_bytes(1), one_of_each(1))
            now = contents(store)
            assert _elsewhere(lambda: contents(store)) == before
        assert _elsewhere(lambda: contents(store)) == now == contents(store)
        store.close()

    def test_writers_take_turns(self: Maker, tmp_path: Path) -> None:
        """Writing threads wait for one another, and no two transactions are interleaved (invariant 35)."""
        store = self.make_store(tmp_path)

        def work(k: int) -> None:
            for _ in range(5):
                with store.transaction():
                    for part in (1, 2):
                        store.append(entry_bytes(store.size(), f"{k}/{part}"), [])

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(4)))
        names = [store.view().entry(n).event["name"] for n in range(store.size())]
        assert len(names) == 40
        assert all(one[:-1] == two[:-1] for one, two in zip(names[::2], names[1::2], strict=True)), names
        store.close()

    def test_commands_take_turns(self: Maker, tmp_path: Path) -> None:
        """A command has the turn until it ends, whether or not it declares its queries."""
        store = self.make_store(tmp_path)

        def work(k: int) -> None:
            for i in range(5):
                with store.write_lock([lambda view: view.size] if i % 2 else ()):
                    for part in (1, 2):
                        store.append(entry_bytes(store.size(), f"{k}/{part}"), [])

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(4)))
        names = [store.view().entry(n).event["name"] for n in range(store.size())]
        assert len(names) == 40
        assert all(one[:-1] == two[:-1] for one, two in zip(names[::2], names[1::2], strict=True)), names
        store.close()

    def test_what_was_undone_is_not_read_on(self: Maker, tmp_path: Path) -> None:
        """Iterating over entries that were rolled back raises an error; over committed entries it continues."""
        store = self.make_store(tmp_path)
        write(store, *(one_of_each(n) for n in range(3)))
        stands = store.entries(0, 3)
        next(stands)
        try:
            with store.transaction():
                store.append(entry_bytes(3, "undone"), one_of_each(3))
                undone, guard = store.entries(0, 4), store.rollback_guard(4)
                next(undone)
                guard()
                _fail()
        except _UndoneError:
            write(store, one_of_each(3))
        assert len(list(stands)) == 2
        for call in (lambda: list(undone), guard):
            assert isinstance(_elsewhere(call), StoreError)
        store.close()

    def test_a_closed_store_refuses(self: Maker, tmp_path: Path) -> None:
        """A closed store refuses reads and writes, and closing it again does nothing."""
        store = self.make_store(tmp_path)
        write(store, one_of_each(0))
        view = store.view()
        store.close()
        store.close()
        calls = (store.size, store.view, lambda: write(store, one_of_each(1)), lambda: view.carry("hydro"))
        for call in (*calls, lambda: list(store.entries(0, 1))):
            assert isinstance(_elsewhere(call), StoreError)
