"""The store contract: tests that every store must pass.

Subclass `StoreContract` in a test module and implement `make_store`; pytest runs the tests::

    class TestMyStore(StoreContract):
        persistent = True

        def make_store(self, directory):
            return MyStore(directory / "ledger")
"""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from unittest import SkipTest

from attrs import evolve

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.state.rows import Approval, Claim, Grant, KeyUse, Label, Reading, Registration, Row
from carbon_ledger.core.state.store import TABLES, Store
from carbon_ledger.errors import StoreError
from carbon_ledger.log.merkle import leaf_hash, root_hash
from carbon_ledger.log.tiles import root_hash as root_from_tiles
from carbon_ledger.stores.memory import MemoryStore
from carbon_ledger.stores.tables import TABLES as SPECS
from carbon_ledger.testing._machine.commands import Action, on_ledger
from carbon_ledger.testing._machine.naming import Names
from carbon_ledger.testing._machine.setup import START_UTC, set_up
from carbon_ledger.testing._machine.side_by_side import UndoneError, contents, ledger_over
from carbon_ledger.testing.audit_contract import AuditContract
from carbon_ledger.testing.samples import entry_bytes, one_of_each, story, write
from carbon_ledger.testing.thread_contract import ThreadContract
from carbon_ledger.testing.view_contract import ViewContract, refused

LARGE_ENTRIES: Final = 200  # of 60 kB: too much for a store to hold in memory before it writes to its file


@contextmanager
def _undone(store: Store, error: type[BaseException] = UndoneError) -> Iterator[None]:
    """A transaction that an exception rolls back."""
    try:
        with store.transaction():
            yield
            raise error
    except error:
        return


class StoreContract(AuditContract, ThreadContract, ViewContract):
    """Tests that every store must pass, whatever it is built on.

    A store has the methods of three protocols, `Log`, `Projections` and `Transactions`, which are `Store` together with
    `backup` and `close`; and its view has those of `View`. A store that has the methods of `Auditable` too can be
    audited where it is.

    Attributes:
        persistent: Whether `make_store` with the same directory opens the contents of the closed store again.
        auditable: Whether the store has the methods of `Auditable`. Without them `Ledger.audit` refuses the store, and
            a copy that `backup` has written is audited instead.
    """

    persistent = False

    def _require_persistent(self) -> None:
        if not self.persistent:
            raise SkipTest("a store that is not persistent is empty after it was closed")

    def test_a_new_store_is_empty(self, tmp_path: Path) -> None:
        """A new store has no entries and no rows."""
        store = self.make_store(tmp_path)
        assert store.size() == 0
        assert contents(store) == ([], [], [(table, []) for table in TABLES])
        store.close()

    def test_every_kind_of_row_is_kept_as_it_is(self, tmp_path: Path) -> None:
        """Values are read back unchanged: long decimals, nulls, booleans, numbers up to 2^53 - 1."""
        store = self.make_store(tmp_path)
        write(store, one_of_each(0), one_of_each(1))
        for kind, spec in SPECS.items():
            expected = [spec.to_values(row) for n in (0, 1) for row in one_of_each(n) if type(row) is kind]
            assert list(store.rows(spec.name)) == expected, f"table {spec.name}"
        store.close()

    def test_rows_come_in_the_order_of_their_key(self, tmp_path: Path) -> None:
        """Rows are sorted by key, in whatever order they were written."""
        store = self.make_store(tmp_path)
        names = ["b", "a", "B", "aa", "é"]
        write(store, [Registration("account", name, 0) for name in names], [KeyUse(name, "a", 1) for name in names])
        assert [row[1] for row in store.rows("registration")] == sorted(names)
        assert [row[0] for row in store.rows("key_use")] == sorted(names)
        store.close()

    def test_rows_as_of_fewer_entries(self, tmp_path: Path) -> None:
        """Rows as of a size are the rows that the store had at that size."""
        store = self.make_store(tmp_path)
        accounts: list[list[Row]] = [[Registration("account", f"a-{n}", n)] for n in range(250)]
        write(store, *accounts, one_of_each(250))
        before = [list(store.rows(table)) for table in TABLES]
        size = store.size()
        kinds = Reading | Claim | Label | Grant | Approval
        ended: list[Row] = [evolve(row, to_n=size) for row in one_of_each(250) if isinstance(row, kinds)]
        write(store, [*ended, *one_of_each(size)], *([] for _ in range(10)))
        for table, rows in zip(TABLES, before, strict=True):
            assert list(store.rows(table, size)) == rows, f"table {table}"
            assert not rows or list(store.rows(table)) != rows, f"table {table}"
        store.close()

    def test_entries_and_leaves_are_kept(self, tmp_path: Path) -> None:
        """Every slice of entries is read back byte for byte, and leaves are their hashes (invariant 24)."""
        store = self.make_store(tmp_path)
        data = [entry_bytes(n) for n in range(600)]
        with store.transaction():
            for item in data:
                store.append(item, [])
        assert store.size() == len(data)
        assert [store.contains(n) for n in (-1, 0, 599, 600)] == [False, True, True, False]
        for start, stop in ((0, 600), (0, 0), (255, 257), (599, 600)):
            assert list(store.entries(start, stop)) == data[start:stop]
            assert list(store.leaves(start, stop)) == [leaf_hash(item) for item in data[start:stop]]
        store.close()

    def test_tiles_give_the_root_of_the_log(self, tmp_path: Path) -> None:
        """Full and partial tiles have the hashes of the log as of any size (invariant 24)."""
        store = self.make_store(tmp_path)
        leaves = [leaf_hash(entry_bytes(n)) for n in range(600)]
        for stop in (1, 255, 256, 257, 600):
            with store.transaction():
                for n in range(store.size(), stop):
                    store.append(entry_bytes(n), [])
            with _undone(store):
                for n in range(stop, stop + 300):
                    store.append(entry_bytes(n, "undone"), [])
            assert store.size() == stop
            for size in {1, stop // 2, stop - 1, stop} - {0}:
                assert root_from_tiles(size, store.tile) == root_hash(leaves[:size]), f"as of {size} of {stop} entries"
        store.close()

    def test_many_appended_entries_are_those_that_are_appended_one_by_one(self, tmp_path: Path) -> None:
        """What stops while it makes entries leaves none of them; what makes them may ask the store."""
        store = self.make_store(tmp_path)
        items = [(entry_bytes(n), one_of_each(n) if n in (3, 400) else []) for n in range(600)]

        def made(first: int, stop: int | None = None) -> Iterator[tuple[bytes, list[Row]]]:
            for n, item in enumerate(items[first:], first):
                if n == stop:
                    raise ZeroDivisionError
                assert store.size() >= first
                yield item

        with store.transaction():
            store.append_many(made(0))
            store.append_many(iter(()))
            assert store.size() == 600
        with suppress(ZeroDivisionError), store.transaction():
            store.append_many(made(401, 500))
        assert store.size() == 600
        one_by_one = MemoryStore()
        with one_by_one.transaction():
            for data, rows in items:
                one_by_one.append(data, rows)
        assert list(store.entries(0, 600)) == [data for data, _ in items]
        for table in TABLES:
            assert list(store.rows(table)) == list(one_by_one.rows(table)), f"table {table}"
        assert refused(lambda: store.append_many(iter(items[:1]))) is not None
        store.close()

    def test_an_append_needs_a_transaction(self, tmp_path: Path) -> None:
        """An append outside a transaction is refused and writes nothing."""
        store = self.make_store(tmp_path)
        assert isinstance(refused(lambda: store.append(entry_bytes(0), one_of_each(0))), StoreError)
        assert contents(store) == ([], [], [(table, []) for table in TABLES])
        write(store, one_of_each(0))
        assert store.size() == 1
        store.close()

    def test_an_exception_undoes_the_transaction(self, tmp_path: Path) -> None:
        """Any exception rolls back everything that the transaction wrote, and the store stays usable."""
        store = self.make_store(tmp_path)
        write(store, one_of_each(0))
        before = contents(store)
        for error in (UndoneError, KeyboardInterrupt):
            with _undone(store, error):
                store.append(entry_bytes(1), one_of_each(1))
                assert (store.size(), store.contains(1)) == (2, True), "a transaction must see what it wrote"
            assert not store.contains(1), "an entry that was rolled back is still counted"
            assert contents(store) == before, f"{error.__name__} changed the store"
        write(store, one_of_each(1))
        assert store.size() == 2
        store.close()

    def test_an_inner_transaction_is_undone_alone(self, tmp_path: Path) -> None:
        """Rolling back an inner transaction leaves the outer transaction as it was."""
        store = self.make_store(tmp_path)
        with store.transaction():
            store.append(entry_bytes(0), one_of_each(0))
            before = contents(store)
            with _undone(store):
                store.append(entry_bytes(1, "undone"), one_of_each(1))
                assert store.view().entry(1).event["name"] == "undone"
                with store.transaction():
                    store.append(entry_bytes(2, "undone"), one_of_each(2))
            assert contents(store) == before
            with store.transaction():
                store.append(entry_bytes(1), one_of_each(1))
        assert list(store.entries(0, store.size())) == [entry_bytes(0), entry_bytes(1)]
        assert store.view().entry(1).event["name"] == "Ünïcode, 水力", "an entry that was rolled back is still cached"
        store.close()

    def test_a_transaction_is_that_of_who_opened_it(self, tmp_path: Path) -> None:
        """`in_transaction()` is true inside a transaction and its parts, and for nobody else."""
        store = self.make_store(tmp_path)
        assert not store.in_transaction()
        with store.transaction():
            assert store.in_transaction()
            with store.transaction():
                assert store.in_transaction()
            assert store.in_transaction()
            with ThreadPoolExecutor(1) as others:
                assert not others.submit(store.in_transaction).result()
        assert not store.in_transaction()
        store.close()

    def test_an_outer_transaction_undoes_the_inner(self, tmp_path: Path) -> None:
        """Rolling back the outer transaction also rolls back an inner transaction that had ended."""
        store = self.make_store(tmp_path)
        before = contents(store)
        with _undone(store), store.transaction():
            store.append(entry_bytes(0), one_of_each(0))
        assert contents(store) == before
        with _undone(store):
            store.append(entry_bytes(0), one_of_each(0))
            with _undone(store):
                store.append(entry_bytes(1), one_of_each(1))
            assert (store.size(), store.contains(0), store.contains(1)) == (1, True, False)
        assert not store.contains(0), "an entry of a rolled-back transaction is still counted"
        assert contents(store) == before
        store.close()

    def test_a_key_is_taken_once(self, tmp_path: Path) -> None:
        """A row whose key is taken is refused, and so is the entry that writes it."""
        store = self.make_store(tmp_path)
        write(store, one_of_each(0))
        before = contents(store)
        for row in one_of_each(0):
            rows: list[Row] = [Registration("account", "new", 1), row]

            def append_twice(rows: list[Row] = rows) -> None:
                write(store, rows)

            assert isinstance(refused(append_twice), StoreError), f"{type(row).__name__}"
            assert contents(store) == before, f"{type(row).__name__}: a refused append changed the store"
        with store.transaction():
            store.append(entry_bytes(1), one_of_each(1))
            stands = contents(store)
            refused(lambda: write(store, one_of_each(0)))
            assert contents(store) == stands, "a refused append changed the transaction around it"
        assert store.size() == 2
        store.close()

    def test_a_refused_command_leaves_no_trace(self, tmp_path: Path) -> None:
        """A command that is refused at the last of its entries leaves every table unchanged (invariant 26)."""
        store = self.make_store(tmp_path)
        ledger = ledger_over(store, lambda: datetime(2024, 2, 1, tzinfo=UTC))
        set_up(ledger)
        before, before_size = contents(store), store.size()
        values = [0] * 1500 + [2**40]
        given = {"device": "alpha", "start": START_UTC, "step_s": 1, "values": values}
        refused(lambda: on_ledger(ledger, Names(), Action("record", given, "key")))
        assert contents(store) == before
        given["values"] = [0] * 1500
        on_ledger(ledger, Names(), Action("record", given, "key"))
        assert store.size() == before_size + 2
        ledger.close()

    def test_rows_are_derived_again(self, tmp_path: Path) -> None:
        """Rows can be cleared and written again; entries, leaves and tiles stay (invariant 24)."""
        store = self.make_store(tmp_path)
        write(store, one_of_each(0), one_of_each(1))
        before = contents(store)
        for call in (store.clear_projections, lambda: store.write_rows(one_of_each(2))):
            assert isinstance(refused(call), StoreError), "must be refused outside a transaction"
        with _undone(store):
            store.clear_projections()
            assert [table for table in TABLES if table != "tile" and list(store.rows(table))] == []
            assert list(store.entries(0, 2)) == before[0]
        assert contents(store) == before, "rows that were cleared and rolled back are missing"
        with store.transaction():
            store.clear_projections()
            for n in (0, 1):
                store.write_rows(one_of_each(n))
        assert contents(store) == before
        write(store, one_of_each(2))
        assert store.size() == 3
        store.close()

    def test_a_ledger_is_rebuilt(self, tmp_path: Path) -> None:
        """Rebuilding a ledger from its entries gives the same rows (invariant 24)."""
        store = self.make_store(tmp_path)
        *_, ledger = story(store)
        before = contents(store)
        ledger.rebuild()
        assert contents(store) == before
        ledger.close()

    def test_writing_joins_a_transaction(self, tmp_path: Path) -> None:
        """Inside a transaction, `write_lock` joins it: what it writes is rolled back with the transaction."""
        store = self.make_store(tmp_path)
        with store.write_lock():
            store.append(entry_bytes(0), one_of_each(0))
        before = contents(store)
        assert store.size() == 1
        with _undone(store), store.write_lock():
            store.append(entry_bytes(1), one_of_each(1))
        assert contents(store) == before
        store.close()

    def test_an_entry_that_is_kept_is_the_one_that_was_written(self, tmp_path: Path) -> None:
        """A store may cache a decoded entry; rolling back the entry removes it from the cache."""
        store = self.make_store(tmp_path)
        for name, keep in (("undone", False), ("stands", True)):
            entry = Entry.from_bytes(entry_bytes(0, name))
            with store.transaction() if keep else _undone(store):
                store.append(entry.to_bytes(), one_of_each(0))
                store.cache_entry(entry)
                assert store.view().entry(0) == entry
        assert store.view().entry(0) == entry
        assert store.view().parsed(0, lambda item: item.event["name"]) == "stands"
        store.close()

    def test_what_was_closed_is_there_again(self, tmp_path: Path) -> None:
        """A store that is opened again has the same entries and rows, and can be appended to."""
        self._require_persistent()
        store = self.make_store(tmp_path)
        write(store, one_of_each(0), one_of_each(1))
        before = contents(store)
        store.close()
        again = self.make_store(tmp_path)
        assert contents(again) == before
        assert list(again.view().carry("hydro")) == [one_of_each(1)[3]]
        write(again, one_of_each(2))
        assert again.size() == 3
        again.close()

    def test_a_crash_leaves_the_last_committed_state(self, tmp_path: Path) -> None:
        """A copy of the files during a transaction opens in the last committed state."""
        self._require_persistent()
        for count in (1, LARGE_ENTRIES):
            directory = tmp_path / f"of-{count}"
            directory.mkdir()
            store = self.make_store(directory)
            write(store, one_of_each(0))
            before = contents(store)
            with _undone(store):
                for n in range(1, count + 1):
                    store.append(entry_bytes(n, "x" * 60_000), one_of_each(n))
                crashed = Path(shutil.copytree(directory, tmp_path / f"crashed-of-{count}"))
            assert contents(store) == before
            store.close()
            recovered = self.make_store(crashed)
            assert contents(recovered) == before, f"after a crash within {count} entries"
            write(recovered, one_of_each(1))
            assert recovered.size() == 2
            recovered.close()
