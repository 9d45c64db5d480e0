"""The export of a ledger's columns: Parquet files by partitions of 2^17 entries, and a manifest with the root."""

import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from glob import escape, glob
from typing import Any, Final

from attrs import frozen

from carbon_ledger.canonical import dumps, loads
from carbon_ledger.columns.dialects import blocks, events
from carbon_ledger.columns.duckdb_engine import DuckdbEngine
from carbon_ledger.columns.engines import PART_HEIGHT, tree_of
from carbon_ledger.columns.sources import DERIVED_TABLES, OpenedSource, Source, StoreSource, derived_columns
from carbon_ledger.errors import CarbonLedgerError, StoreError
from carbon_ledger.files import path_text, read_file, write_new
from carbon_ledger.mappings import FrozenMapping
from carbon_ledger.printing import quote
from carbon_ledger.records import Record

PART: Final = 1 << PART_HEIGHT  # entries of a partition
MANIFEST: Final = "manifest.json"
VERSION: Final = 1
ENTRY: Final = "entry"
_ENTRY_COLUMNS: Final = (("n", "integer"), ("leaf", "blob"), ("data", "blob"))
_MOST_MANIFEST: Final = 1 << 26
_MOST_PART: Final = 1 << 40
_FILE: Final = "data.parquet"


@frozen(kw_only=True, repr=False)
class ColumnsExport(Record):
    """An export that was written.

    Attributes:
        path: The folder.
        ledger_id: The ledger's id.
        size: The number of entries.
        root: The RFC 6962 root of the stored leaf hashes, hexadecimal; empty if a leaf is missing.
        partitions: The number of partitions.
        rows: The number of rows of each table.
    """

    path: str
    ledger_id: str | None
    size: int
    root: str
    partitions: int
    rows: tuple[tuple[str, int], ...]


def load(engine: DuckdbEngine, source: Source, tables: tuple[str, ...], *, newest: bool = False) -> bool:
    """Load the entries of a source, decode them, and load derived rows.

    Args:
        engine: DuckDB.
        source: The source.
        tables: The derived tables to load.
        newest: Whether the newest row of each key is enough.

    Returns:
        Whether the source has derived rows.
    """
    engine.load(ENTRY, _ENTRY_COLUMNS, source.entries())
    for block in (*events(engine.name), *blocks("tables")):
        engine.table(block.name, block.select)
    for block in events(engine.name):
        engine.drop(block.name)
    try:
        for name in tables:
            rows = source.newest if newest and isinstance(source, StoreSource) else source.rows
            engine.load(f"derived_{name}", derived_columns(name), rows(name))
    except LookupError:
        return False
    return True


def export(
    source: object, directory: str | os.PathLike[str], *, threads: int = 2, memory_mb: int = 2_000
) -> ColumnsExport:
    """Write the columns of a ledger to a new folder: Parquet files, and a manifest with the root.

    Args:
        source: A ledger file, the URL of a ledger on a server, an open ledger, or a `Source`.
        directory: The folder; it does not exist yet, or is empty.
        threads: How many threads DuckDB uses.
        memory_mb: How much memory DuckDB uses at most. [MB]

    Raises:
        MissingExtraError: DuckDB or pyarrow is not installed, or psycopg is not and a URL is given.
        StoreError: *source* cannot be read, or the folder is not empty or cannot be written.

    Example:
        >>> import carbon_ledger as cl, tempfile
        >>> from carbon_ledger.testing import sample_ledger
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     made = cl.columns.export(sample_ledger(), f"{folder}/columns")
        ...     made.partitions, dict(made.rows)["reading"], cl.columns.audit(made.path).passed
        (1, 2, True)
    """
    return write_export(source, directory, threads=threads, memory_mb=memory_mb)


def write_export(source: object, directory: str | os.PathLike[str], *, threads: int, memory_mb: int) -> ColumnsExport:
    """Write an export; see `export`.

    Raises:
        StoreError: The folder has files already, or it cannot be written.
    """
    path = _new_folder(directory)
    with tempfile.TemporaryDirectory(prefix="carbon-ledger-columns-") as spilled, OpenedSource(source) as opened:
        engine = DuckdbEngine(spilled, threads=threads, memory_mb=memory_mb)
        try:
            derived = DERIVED_TABLES if load(engine, opened, DERIVED_TABLES) else ()
            return _written(engine, path, opened.size, derived)
        finally:
            engine.close()


def _new_folder(directory: str | os.PathLike[str]) -> str:
    path = path_text(directory, StoreError)
    try:
        os.makedirs(path, exist_ok=True)
        if os.listdir(path):
            raise StoreError(f"{quote(path, 1_000)}: the folder is not empty; name a new one, nothing is overwritten")
    except OSError as error:
        raise StoreError(f"{quote(path, 1_000)}: cannot be written: {error.strerror}; name a folder") from None
    return path


def _written(engine: DuckdbEngine, path: str, size: int, derived: tuple[str, ...]) -> ColumnsExport:
    tables = (ENTRY, *(block.name for block in blocks("tables")))
    parts = max(1, -(-size // PART))
    tree = tree_of(engine, size, PART.bit_length() - 1)
    roots = tree.parts or ([tree.root] if size == 0 else [""] * parts)
    files: dict[str, str] = {}
    for number in range(parts):
        for table in tables:
            where = f"n >= {number * PART} and n < {(number + 1) * PART}"
            name = f"{table}/part_id={number}/{_FILE}"
            files[name] = _written_file(engine, path, name, f"select * from {table} where {where} order by n")
    for table in derived:
        name = f"derived_{table}/{_FILE}"
        files[name] = _written_file(engine, path, name, f"select * from derived_{table}")
    ((ledger_id,),) = engine.rows(
        'select max(regexp_extract(text_of(data), \'"ledger":"([A-Za-z0-9._-]+)"\', 1)) from entry where n = 0'
    )
    partitions = [
        {
            "part_id": number,
            "first": number * PART,
            "size": min(PART, size - number * PART),
            "root": roots[number],
        }
        for number in range(parts)
    ]
    manifest = {
        "version": VERSION,
        "part": PART,
        "size": size,
        "root": tree.root,
        "partitions": partitions,
        "files": files,
        "derived": list(derived),
        **({"ledger": ledger_id} if ledger_id else {}),
    }
    write_new(os.path.join(path, MANIFEST), dumps(manifest), StoreError)
    rows = tuple((table, int(engine.rows(f"select count(*) from {table}")[0][0])) for table in tables)
    return ColumnsExport(path=path, ledger_id=ledger_id or None, size=size, root=tree.root, partitions=parts, rows=rows)


def _written_file(engine: DuckdbEngine, path: str, name: str, select: str) -> str:
    """Write a file, and return its digest."""
    where = os.path.join(path, *name.split("/"))
    try:
        os.makedirs(os.path.dirname(where), exist_ok=True)
        engine.write(select, where)
    except OSError as error:
        raise StoreError(f"{quote(where, 1_000)}: cannot be written: {error.strerror}") from None
    return _digest(where)


def _digest(path: str) -> str:
    """The SHA-256 of a file's bytes."""
    try:
        with open(path, "rb") as file:
            return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
    except OSError as error:
        raise StoreError(f"{quote(path, 1_000)}: cannot be read: {error.strerror}") from None


def _names_in(folder: str) -> list[str]:
    """The names in a folder.

    Raises:
        StoreError: It cannot be read.
    """
    try:
        return os.listdir(folder)
    except OSError as error:
        raise StoreError(f"{quote(folder, 1_000)}: cannot be read: {error.strerror}") from None


@frozen
class Export:
    """An export that is read.

    Attributes:
        path: The folder.
        size: The number of entries that its manifest states.
        root: The root that its manifest states.
        part: How many entries its manifest states that a partition has.
        roots: The roots of the partitions that its manifest states.
        files: The digests of the files that its manifest states, by their paths.
        derived: Its derived tables.
    """

    path: str
    size: int
    root: str
    part: int
    roots: tuple[str, ...]
    files: Mapping[str, str]
    derived: tuple[str, ...]

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> "Export":
        """The export of a folder.

        Raises:
            StoreError: The folder has no manifest of an export.
        """
        folder = path_text(path, StoreError)
        if MANIFEST not in _names_in(folder):
            raise StoreError(
                f"{quote(folder, 1_000)}: a folder without {MANIFEST}; expected a ledger file, a URL, or the folder "
                "that export columns wrote"
            )
        try:
            manifest: Any = loads(read_file(os.path.join(folder, MANIFEST), StoreError, most=_MOST_MANIFEST))
            if manifest["version"] != VERSION:
                raise StoreError(
                    f"{quote(folder, 1_000)}: an export of version {quote(manifest['version'])}, expected {VERSION}"
                )
            size, root, part = manifest["size"], manifest["root"], manifest["part"]
            roots = tuple(str(item["root"]) for item in manifest["partitions"])
            files = {str(name): str(found) for name, found in manifest["files"].items()}
            derived = tuple(map(str, manifest["derived"]))
            if type(size) is not int or type(root) is not str or not set(derived) <= set(DERIVED_TABLES):
                raise ValueError("a field has another type")
            if type(part) is not int or not 1 <= part <= _MOST_PART or part & (part - 1):
                raise ValueError("part is no power of two")
        except StoreError:
            raise
        except (AttributeError, CarbonLedgerError, KeyError, TypeError, ValueError) as error:
            raise StoreError(
                f"{quote(folder, 1_000)}: {MANIFEST} is no manifest of an export ({error!s:.100})"
            ) from None
        return cls(folder, size, root, part, roots, FrozenMapping(files), derived)

    @property
    def height(self) -> int:
        """The height of the subtree that a partition is."""
        return self.part.bit_length() - 1

    def changed(self) -> Iterator[tuple[int, str, str]]:
        """The files whose digest is not that of the manifest, and the files of a table that the manifest lacks.

        Later partitions are among them, because the file of one can have a row of an earlier entry.

        Returns:
            The number of the partition's first entry, the path of the file, and the digest that it has.

        Raises:
            StoreError: A file cannot be read.
        """
        for number in range(len(self.roots)):
            for table in (ENTRY, *(block.name for block in blocks("tables"))):
                name = f"{table}/part_id={number}/{_FILE}"
                found = _digest(os.path.join(self.path, *name.split("/")))
                if found != self.files.get(name):
                    yield number * self.part, name, found
        for name in self._read_too():
            yield 0, name, _digest(os.path.join(self.path, *name.split("/")))

    def _read_too(self) -> list[str]:
        """The files that are read as those of a table, and that are of none of the partitions."""
        names = {f"part_id={number}" for number in range(len(self.roots))}
        found = []
        for table in (ENTRY, *(block.name for block in blocks("tables"))):
            for name in _names_in(os.path.join(self.path, table)):
                if name.startswith("part_id=") and name not in names:
                    found.append(f"{table}/{name}/{_FILE}")
        return [name for name in sorted(found) if os.path.exists(os.path.join(self.path, *name.split("/")))]

    def open_in(self, engine: Any) -> None:
        """Make the tables of the export known to an engine.

        Raises:
            StoreError: A table has no file.
        """
        folder = os.path.abspath(self.path)  # a relative path could begin as a URL does
        for table in (ENTRY, *(block.name for block in blocks("tables"))):
            self._read_in(engine, folder, table, "part_id=*", _FILE)
        for table in self.derived:
            self._read_in(engine, folder, f"derived_{table}", _FILE)

    def _read_in(self, engine: Any, folder: str, table: str, *parts: str) -> None:
        if not glob(os.path.join(escape(folder), table, *parts)):
            raise StoreError(
                f"{quote(self.path, 1_000)}: no file of the table {table} is there; fetch the export again, or write a "
                "new one with export columns"
            )
        engine.read(table, folder, "/".join((table, *parts)))
