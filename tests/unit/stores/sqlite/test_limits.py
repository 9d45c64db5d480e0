"""The limit on how much SQLite may read for a query."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from carbon_ledger.stores.sqlite import limits
from carbon_ledger.stores.sqlite.limits import Budget

COUNT = "with recursive c(n) as (select 1 union all select n + 1 from c where n < ?) select count(*) from c"


@pytest.mark.parametrize(("size_bytes", "is_answered"), [(1 << 20, True), (1 << 10, False)])
def test_a_file_that_is_moved_while_it_is_read_still_has_its_size(
    tmp_path: Path, size_bytes: int, is_answered: bool
) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(bytes(size_bytes))
    connection, budget = sqlite3.connect(":memory:"), Budget(path)
    budget.watch(connection)
    with budget:
        assert connection.execute(COUNT, (100_000,)).fetchone() == (100_000,)
    path.unlink()
    with budget:
        if is_answered:
            assert connection.execute(COUNT, (1_000_000,)).fetchone() == (1_000_000,)
        else:
            with pytest.raises(sqlite3.OperationalError, match="interrupted"):
                connection.execute(COUNT, (1_000_000,)).fetchone()
    assert budget.spent is not is_answered
    connection.close()


def test_what_a_signal_handler_raises_while_a_schema_is_read_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite stops, and says only that it was interrupted."""

    def interrupted() -> Iterator[int]:
        raise KeyboardInterrupt
        yield 0

    monkeypatch.setattr(limits, "count", interrupted)
    connection = sqlite3.connect(":memory:")
    with pytest.raises(KeyboardInterrupt), limits.brief(connection):
        connection.execute(COUNT, (1_000_000,)).fetchone()
    connection.close()


def test_a_schema_that_takes_too_long_is_stopped() -> None:
    connection = sqlite3.connect(":memory:")
    with pytest.raises(sqlite3.OperationalError, match="interrupted"), limits.brief(connection):
        connection.execute(COUNT, (1_000_000,)).fetchone()
    assert connection.execute(COUNT, (1_000_000,)).fetchone() == (1_000_000,)
    connection.close()
