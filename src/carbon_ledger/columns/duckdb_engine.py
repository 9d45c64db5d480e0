"""DuckDB as an engine of a columns audit: in this process, with bounded memory and threads."""

import os
from collections.abc import Iterable, Sequence
from glob import escape
from typing import Any, Final

from carbon_ledger.columns.arrow_arrays import Arrays
from carbon_ledger.columns.dialects import DUCKDB, prelude
from carbon_ledger.errors import MissingExtraError, StoreError

_WORDS: Final = {"integer": "bigint", "text": "varchar", "blob": "blob"}
ROWS_OF_A_GROUP: Final = 8_192
_ABSENT: Final = "columns need the libraries duckdb and pyarrow: pip install 'carbon-ledger[columns]'"


class DuckdbEngine:
    """A database in memory that spills to a directory beyond its limit.

    Args:
        directory: Where DuckDB writes what exceeds the memory.
        threads: How many threads it uses.
        memory_mb: How much memory it uses at most. [MB]

    Raises:
        MissingExtraError: DuckDB or pyarrow is not installed.
    """

    name = DUCKDB

    def __init__(self, directory: str, *, threads: int, memory_mb: int) -> None:
        """Open the database and define the functions."""
        try:
            import duckdb
            import pyarrow as pa
        except ImportError as error:
            raise MissingExtraError(_ABSENT) from error
        self._arrow = pa
        self._arrays = Arrays(pa)
        self._error = duckdb.Error
        config: dict[str, Any] = {
            "threads": threads,
            "memory_limit": f"{memory_mb}MB",
            "temp_directory": os.path.join(directory, "spilled"),
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
        }
        self._connection: duckdb.DuckDBPyConnection = duckdb.connect(":memory:", config=config)
        # Threads divide a table by its groups of rows. DuckDB's own groups are larger than a ledger of many months.
        self.run(f"attach ':memory:' as columns (row_group_size {ROWS_OF_A_GROUP})")
        self.run("use columns")
        for statement in prelude(self.name):
            self.run(statement)

    def run(self, statement: str) -> None:
        """Run a statement.

        Raises:
            StoreError: DuckDB cannot run it: the disk is full, for example.
        """
        try:
            self._connection.execute(statement)
        except self._error as error:
            raise StoreError(f"duckdb: {error!s:.500}") from error

    def table(self, name: str, select: str) -> None:
        """Make a table of the rows of a select."""
        self.run(f"create or replace table {name} as {select}")

    def drop(self, name: str) -> None:
        """Remove a table."""
        self.run(f"drop table {name}")

    def rows(self, select: str) -> list[tuple[Any, ...]]:
        """The rows of a select.

        Raises:
            StoreError: DuckDB cannot run it.
        """
        try:
            return self._connection.execute(select).fetchall()
        except self._error as error:
            raise StoreError(f"duckdb: {error!s:.500}") from error

    def load(self, name: str, columns: Sequence[tuple[str, str]], batches: Iterable[Sequence[Sequence[Any]]]) -> None:
        """Make a table of rows.

        Args:
            name: The table.
            columns: Name and type of each column: `integer`, `text` or `blob`.
            batches: Lists of rows.

        Raises:
            StoreError: A row has a value of another type.
        """
        kinds = [kind for _, kind in columns]
        titles = [title for title, _ in columns]
        self.run(f"create table {name} ({', '.join(f'{title} {_WORDS[kind]}' for title, kind in columns)})")
        for batch in batches:
            try:
                values = zip(*batch, strict=True)
                arrays = [self._arrays.of(kind, column) for kind, column in zip(kinds, values, strict=True)]
            except (self._arrow.ArrowException, TypeError, OverflowError, ValueError) as error:
                raise StoreError(f"{name}: {error!s:.200}; expected {', '.join(kinds)}") from error
            self._connection.register("fresh_rows", self._arrow.Table.from_arrays(arrays, names=titles))
            self.run(f"insert into {name} select * from fresh_rows")
            self._connection.unregister("fresh_rows")

    def read(self, name: str, folder: str, pattern: str) -> None:
        """Make a view of the Parquet files of a table of an export.

        Args:
            name: The view.
            folder: The folder, in whose name no letter stands for others.
            pattern: The files in it.
        """
        quoted = f"{escape(folder)}/{pattern}".replace("'", "''")
        self.run(f"create or replace view {name} as select * from read_parquet('{quoted}', hive_partitioning = false)")

    def write(self, select: str, path: str) -> None:
        """Write the rows of a select to a Parquet file."""
        quoted = path.replace("'", "''")
        self.run(f"copy ({select}) to '{quoted}' (format parquet, compression zstd, row_group_size 65536)")

    def close(self) -> None:
        """Release the memory and the files."""
        self._connection.close()
