"""The checks of a columns audit, in one engine over the tables of the export."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Final

from attrs import evolve, frozen

from carbon_ledger.audit.findings import MOST_FINDINGS, Finding
from carbon_ledger.columns.dialects import blocks, events
from carbon_ledger.columns.engines import PART_HEIGHT, Engine, Tree, tree_of
from carbon_ledger.columns.exporting import Export
from carbon_ledger.columns.report import BALANCES, CHECKS, COLUMNS, NOT_CHECKED, ROOT, ColumnsReport

_HASHES: Final = "hashes"
_HASHED: Final = "entries below {size:,}, but for their hashes: an earlier columns audit checked them"
_NOT_READ: Final = (
    "entries below {size:,}, which an earlier columns audit checked: their files have the digests of the manifest, and "
    "the digest of a table's file is proven by no root"
)
_COMPARED: Final = """select n, 'the table {table} has a row that is not of the entry' as detail
from (select * from {table} where n >= {since} except all select * from fresh) surplus
union all
select n, 'the table {table} lacks a row of the entry'
from (select * from fresh except all select * from {table} where n >= {since}) lacking"""


@frozen
class Since:
    """What an earlier columns audit found right: the first *size* entries, which have this root.

    Attributes:
        size: The number of entries.
        root: Their root, hexadecimal.
    """

    size: int
    root: str


def checked(
    engine: Engine,
    size: int,
    since: Since | None,
    *,
    derived: bool,
    stated: Export | None = None,
    is_of_ledger: bool = True,
) -> ColumnsReport:
    """Run the checks.

    Args:
        engine: The engine; it has the tables of `tables.sql`.
        size: The number of entries.
        since: What an earlier audit found right.
        derived: Whether the engine has the tables `derived_balance` and `derived_piece`.
        stated: The export that the tables are of, which are compared with its entries and with its manifest.
        is_of_ledger: Whether the tables were made of a ledger for this audit. All entries are then hashed. Otherwise
            entries before *since* are not read.
    """
    first = 0 if since is None else since.size
    for block in (*blocks("stages"), *(blocks("derived") if derived else ())):
        engine.table(block.name, block.select)
    counts: dict[str, int] = {}
    findings: list[Finding] = []
    for name, count, rows in _run(engine, first, derived=derived, hashes_all=is_of_ledger, compares=stated is not None):
        counts[name] = count
        findings += _findings(name, rows)
    read = None if is_of_ledger else stated
    height = PART_HEIGHT if stated is None else stated.height
    # The partitions of an export before `since` have the roots that the manifest states, which give the earlier root.
    tree = tree_of(engine, size, height, () if read is None else read.roots[: first >> height])
    findings += _of_manifest(stated, size, tree)
    not_checked = NOT_CHECKED + _skipped(engine)
    if since is not None:
        counts[ROOT] = first
        findings += _of_earlier_root(since, tree_of(engine, first, height, tree.parts[: first >> height]))
        findings += _of_files(read)
        not_checked += ((_HASHED if read is None else _NOT_READ).format(size=first),)
    return ColumnsReport(
        ledger_id=_ledger_id(engine),
        size=size,
        root=tree.root,
        engine=engine.name,
        since=first,
        checks=tuple(counts.items()),
        findings=findings,
        not_run=() if derived else (BALANCES,),
        not_checked=not_checked,
    )


def _run(
    engine: Engine, first: int, *, derived: bool, hashes_all: bool, compares: bool
) -> Iterator[tuple[str, int, list[tuple[object, ...]]]]:
    """Run each check: its name, how many rows it read, and the rows that are wrong."""
    for block in blocks("checks"):
        name, table = CHECKS[block.name]
        if name == BALANCES and not derived:
            continue
        start = 0 if block.name == _HASHES and hashes_all else first
        rows = engine.rows(block.select.replace("{since}", str(start)))
        if name == COLUMNS and compares:
            rows += _compared(engine, first)
        yield name, int(engine.rows(f"select count(*) from {table}")[0][0]), rows


def _of_manifest(stated: Export | None, size: int, tree: Tree) -> list[Finding]:
    if stated is None:
        return []
    found = []
    if (stated.size, stated.root) != (size, tree.root):
        text = (
            f"the manifest states {stated.size:,} entries and the root {stated.root or 'of no tree'}, the entries are "
        )
        found.append(Finding(COLUMNS, None, f"{text}{size:,} and have the root {tree.root or 'of no tree'}"))
    parts = tree.parts if size else (tree.root,)
    for number, (ours, theirs) in enumerate(zip_longest(parts, stated.roots, fillvalue="")):
        if ours != theirs and tree.root:
            text = (
                f"the manifest states the root {theirs or 'of no tree'} of partition {number}, its entries have {ours}"
            )
            found.append(Finding(COLUMNS, min(number * stated.part, size), text))
    return found


def _of_earlier_root(since: Since, tree: Tree) -> list[Finding]:
    if tree.root == since.root:
        return []
    text = f"the first {since.size:,} entries have the root {tree.root or 'of no tree'}, expected {since.root}"
    return [Finding(ROOT, None, text)]


def _of_files(stated: Export | None) -> list[Finding]:
    """Of each file whose bytes are not those of which the manifest has the digest."""
    if stated is None:
        return []
    return [
        Finding(COLUMNS, entry, f"the file {name} has the digest {digest}, which is not that of the manifest")
        for entry, name, digest in stated.changed()
    ]


def _findings(name: str, rows: list[tuple[object, ...]]) -> list[Finding]:
    """The findings of a check, in the order of the entries; at most a hundred, and one that counts the others."""
    found = [Finding(name, None if n is None else int(str(n)), str(detail)) for n, detail in rows]
    found.sort(key=lambda item: (-1 if item.entry is None else item.entry, item.detail))
    if (more := len(found) - MOST_FINDINGS) > 0:
        last = evolve(found[MOST_FINDINGS - 1], entry=None, detail=f"{more + 1:,} more such findings")
        found = [*found[: MOST_FINDINGS - 1], last]
    return found


def _compared(engine: Engine, since: int) -> list[tuple[object, ...]]:
    """What the tables of an export have that the entries do not have, and the other way round."""
    found: list[tuple[object, ...]] = []
    # A document of which an earlier entry has the first part is read from that part on.
    ((begun,),) = engine.rows(f"select min(n) from document where n < {since} and last_n >= {since}")
    parsed = events(engine.name, since if begun is None else int(begun))
    for block in parsed:
        engine.table(block.name, block.select)
    for block in blocks("tables"):
        engine.table("fresh", f"select * from ({block.select}) decoded where n >= {since}")
        found += engine.rows(_COMPARED.format(table=block.name, since=since))
        engine.drop("fresh")
    for block in parsed:
        engine.drop(block.name)
    return found


def _skipped(engine: Engine) -> tuple[str, ...]:
    """The projects whose carry was not checked, because its decimals are too long for integers."""
    rows = engine.rows("select project from scaled_project where not granular and scale > 24 order by project")
    return tuple(f"carry of project {project}, whose amounts have more than 24 decimals" for (project,) in rows)


def _ledger_id(engine: Engine) -> str | None:
    rows = engine.rows(
        'select regexp_extract(text_of(data), \'"ledger":"([A-Za-z0-9._-]+)"\', 1) from entry where n = 0'
    )
    return str(rows[0][0]) if rows and rows[0][0] else None
