"""The columns audit of a ledger, of its file or of an export, by DuckDB or by Spark."""

import os
import tempfile
from typing import TYPE_CHECKING, Any, Final

from carbon_ledger.columns.checking import Since, checked
from carbon_ledger.columns.dialects import DUCKDB, ENGINES
from carbon_ledger.columns.duckdb_engine import DuckdbEngine
from carbon_ledger.columns.exporting import Export, load, write_export
from carbon_ledger.columns.report import ColumnsReport
from carbon_ledger.columns.sources import OpenedSource, Source
from carbon_ledger.core.state.store import Backup
from carbon_ledger.errors import StoreError
from carbon_ledger.log.checkpoint import Checkpoint
from carbon_ledger.printing import one_of, quote
from carbon_ledger.publishing.publish import Published, checkpoint_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MEMORY_MB: Final = 2_000
_DIGITS: Final = frozenset("0123456789abcdef")


def audit(
    source: "str | os.PathLike[str] | Source | object",
    *,
    engine: str = DUCKDB,
    since: "ColumnsReport | tuple[int, str] | bytes | Checkpoint | Published | Backup | None" = None,
    threads: int = 2,
    memory_mb: int = MEMORY_MB,
    session: "SparkSession | None" = None,
) -> ColumnsReport:
    """Check a ledger by columns: hashes, order, readings, claims, amounts, carry, moves and balances.

    It is much faster than `Ledger.audit` and checks less: the report lists what was not checked.

    Args:
        source: A ledger file, the URL of a ledger on a server, an open ledger, the folder of an export, or a `Source`.
        engine: ``duckdb``, in this process, or ``spark``. Spark reads an export; of anything else DuckDB first writes
            one to a temporary folder.
        since: What an earlier audit found right: the report of a columns audit, a number of entries and their root, or
            a checkpoint or a backup as `open_ledger` takes it for ``pinned=``. A ledger's earlier entries are hashed
            and their root is compared; an export's are not read, and the manifest's roots and digests of their
            partitions are compared. The other checks are of later entries.
        threads: How many threads DuckDB uses.
        memory_mb: How much memory DuckDB uses at most; what exceeds it is written to a temporary folder. [MB]
        session: The session of Spark; by default, one on this machine, which is stopped at the end.

    Raises:
        MissingExtraError: The engine is not installed, or psycopg is not and a URL is given.
        FormatError: The checkpoint is malformed.
        StoreError: *source* cannot be read, or an argument is invalid.

    Example:
        >>> import carbon_ledger as cl
        >>> from carbon_ledger.testing import sample_ledger
        >>> cl.columns.audit(sample_ledger()).passed
        True
    """
    if not isinstance(engine, str) or engine not in ENGINES:
        raise StoreError(f"engine {quote(engine)}: expected {one_of(engine, ENGINES)}")
    for name, value in (("threads", threads), ("memory_mb", memory_mb)):
        if type(value) is not int or value < 1:
            raise StoreError(f"{name} {quote(value)}: expected a whole number of 1 or more")
    earlier = _since(since)
    with tempfile.TemporaryDirectory(prefix="carbon-ledger-columns-") as directory:
        export = _export_of(source)
        if engine == DUCKDB:
            return _by_duckdb(source, export, earlier, directory, threads, memory_mb)
        if export is not None:
            return _by_spark(export, earlier, session, is_of_ledger=False)
        made = write_export(source, os.path.join(directory, "export"), threads=threads, memory_mb=memory_mb)
        return _by_spark(Export.read(made.path), earlier, session, is_of_ledger=True)


def _since(given: object) -> Since | None:
    if given is None:
        return None
    if isinstance(given, ColumnsReport):
        given = (given.size, given.root)
    elif isinstance(given, bytes | Checkpoint | Published | Backup):
        pinned = checkpoint_of(given)
        given = (pinned.size, pinned.root.hex())
    if (
        isinstance(given, tuple)
        and len(given) == 2
        and type(given[0]) is int
        and given[0] >= 0
        and isinstance(given[1], str)
        and len(given[1]) == 64
        and set(given[1]) <= _DIGITS
    ):
        return Since(*given)
    raise StoreError(
        f"since {quote(given)}: expected the report of an earlier columns audit, the bytes of a checkpoint, what "
        "backup() or publish() returned, or (entries, root), the root as 64 hexadecimal digits"
    )


def _export_of(source: object) -> Export | None:
    """The export in a folder; None if *source* is no folder."""
    if isinstance(source, str | os.PathLike) and os.path.isdir(source):
        return Export.read(source)
    return None


def _by_duckdb(
    source: object, export: Export | None, since: Since | None, directory: str, threads: int, memory_mb: int
) -> ColumnsReport:
    engine = DuckdbEngine(directory, threads=threads, memory_mb=memory_mb)
    try:
        if export is not None:
            return _of_export(engine, export, since)
        with OpenedSource(source) as opened:
            size = opened.size
            derived = load(engine, opened, ("balance", "piece"), newest=True)
        return checked(engine, size, _within(since, size), derived=derived)
    finally:
        engine.close()


def _of_export(engine: Any, export: Export, since: Since | None, *, is_of_ledger: bool = False) -> ColumnsReport:
    export.open_in(engine)
    size = int(engine.rows("select coalesce(max(n) + 1, 0) from entry")[0][0])
    derived = {"balance", "piece"} <= {*export.derived}
    earlier = _within(since, size)
    return checked(engine, size, earlier, derived=derived, stated=export, is_of_ledger=is_of_ledger)


def _within(since: Since | None, size: int) -> Since | None:
    if since is not None and since.size > size:
        raise StoreError(f"since {since.size:,} entries: the ledger has {size:,}; was its end cut off?")
    return since


def _by_spark(export: Export, since: Since | None, session: Any, *, is_of_ledger: bool) -> ColumnsReport:
    from carbon_ledger.columns.spark_engine import SparkEngine

    engine = SparkEngine(session)
    try:
        return _of_export(engine, export, since, is_of_ledger=is_of_ledger)
    finally:
        engine.close()
