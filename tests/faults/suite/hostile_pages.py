"""Hostile pages: false headers, trees that contain themselves, files that are cut off or too long."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

from tests.faults.suite.flips import PAGE_BYTES
from tests.faults.suite.hostile import Kind
from tests.faults.suite.tampering import connected

from carbon_ledger.stores.tables import BY_NAME

_INTERIOR: Final = {13: 5, 10: 2}  # the type of a page above a leaf of a table, of an index
_TREES: Final = ("entry", "tile", "sqlite_autoindex_tile_1", *BY_NAME, "piece_account", "claim_issuance", "offer_giver")

# Field of the header: its place and its length in octets.
_HEADER: Final = {
    "page size": (16, 2),
    "write version": (18, 1),
    "read version": (19, 1),
    "reserved octets": (20, 1),
    "largest payload": (21, 1),
    "least payload": (22, 1),
    "change counter": (24, 4),
    "pages": (28, 4),
    "first free page": (32, 4),
    "free pages": (36, 4),
    "schema cookie": (40, 4),
    "schema format": (44, 4),
    "page cache": (48, 4),
    "largest root": (52, 4),
    "text encoding": (56, 4),
    "incremental vacuum": (64, 4),
    "expansion": (72, 4),
    "version valid for": (92, 4),
    "SQLite version": (96, 4),
}
_UNUSED: Final = "SQLite does not use this field as long as others agree, and no content depends on it"
_WRITERS: Final = "it says which versions of SQLite may write the file, and no content depends on it"
_SAME: Final = "the content is the same, and SQLite checks the other layout itself"


def _bytes(name: str, change: Callable[[bytearray], object], harmless: str = "") -> Kind:
    def make(path: Path) -> None:
        data = bytearray(path.read_bytes())
        change(data)
        path.write_bytes(data)

    return Kind(name, make, harmless)


def _field(name: str, value: int) -> Kind:
    at, length = _HEADER[name]

    def change(data: bytearray) -> None:
        data[at : at + length] = (value % 256**length).to_bytes(length, "big")

    return _bytes(f"header: {name} is {value}", change, _HARMLESS.get((name, value), ""))


_HARMLESS: Final = {
    **{
        (name, value): _UNUSED
        for name in (
            "page cache",
            "change counter",
            "version valid for",
            "SQLite version",
            "expansion",
            "schema cookie",
            "first free page",
            "free pages",
            "incremental vacuum",
            "pages",
        )
        for value in (0, 1, 2, 3, 255, -1)
    },
    **{("schema format", value): _UNUSED for value in (0, 1, 2, 3)},
    **{("text encoding", value): _UNUSED for value in (0, 1)},
    ("largest root", 0): _UNUSED,
    **{("write version", value): _WRITERS for value in (0, 1, 2, 3, 255, -1)},
    ("read version", 0): _UNUSED,
    ("read version", 1): _UNUSED,
    ("reserved octets", 0): _UNUSED,
}


def _root(path: Path, name: str) -> int:
    with closing(sqlite3.connect(path)) as connection:
        ((page,),) = connection.execute("select rootpage from sqlite_master where name = ?", (name,)).fetchall()
    return int(page)


def _page(name: str, tree: str, change: Callable[[bytes], bytes]) -> Kind:
    def make(path: Path) -> None:
        page = _root(path, tree)
        data = bytearray(path.read_bytes())
        at = (page - 1) * PAGE_BYTES
        data[at : at + PAGE_BYTES] = change(bytes(data[at : at + PAGE_BYTES]))
        path.write_bytes(data)

    return Kind(f"{tree}: {name}", make)


def _circle(path: Path, tree: str) -> None:
    """A page of a tree that is its own child."""
    page = _root(path, tree)
    data = bytearray(path.read_bytes())
    at = (page - 1) * PAGE_BYTES
    kind = _INTERIOR.get(data[at], data[at])
    data[at : at + PAGE_BYTES] = (
        bytes([kind, 0, 0, 0, 0, *PAGE_BYTES.to_bytes(2, "big"), 0]) + page.to_bytes(4, "big") + bytes(PAGE_BYTES - 12)
    )
    path.write_bytes(data)


def _bomb(path: Path, tree: str, depth: int = 12) -> None:
    """Pages each of which has the next one many times over: few pages, and rows without end."""
    page = _root(path, tree)
    data = bytearray(path.read_bytes())
    at = (page - 1) * PAGE_BYTES
    while data[at] in _INTERIOR.values():  # go down to a leaf
        page_below = int.from_bytes(data[at + 8 : at + 12], "big")
        at = (page_below - 1) * PAGE_BYTES
    leaf = bytes(data[at : at + PAGE_BYTES])
    pages = len(data) // PAGE_BYTES
    data += leaf
    child = pages + 1
    for level in range(depth):
        here = _above(leaf, child)
        if level == depth - 1:
            data[(page - 1) * PAGE_BYTES : page * PAGE_BYTES] = here
        else:
            data += here
            child += 1
    data[28:32] = (len(data) // PAGE_BYTES).to_bytes(4, "big")
    path.write_bytes(data)


def _older_bomb(path: Path, tree: str) -> None:
    """A tree without end in a file of an earlier version, whose tables are dropped when it is opened."""
    with closing(connected(path)) as connection:
        connection.execute("pragma user_version = 2")
    _bomb(path, tree)


def _above(leaf: bytes, child: int) -> bytes:
    """An interior page, with the keys of a leaf, whose children are all one page."""
    count = int.from_bytes(leaf[3:5], "big")
    cells = []
    for k in range(min(count, 40)):
        start = int.from_bytes(leaf[8 + 2 * k : 10 + 2 * k], "big")
        if leaf[0] == 13:
            cells.append(child.to_bytes(4, "big") + _varint_after(leaf, start))
        else:
            length = leaf[start]
            if length < 0x80:
                cells.append(child.to_bytes(4, "big") + leaf[start : start + 1 + length])
    page = bytearray(PAGE_BYTES)
    end, pointers = PAGE_BYTES, []
    for cell in cells:
        if end - len(cell) < 12 + 2 * len(cells) + 8:
            break
        end -= len(cell)
        page[end : end + len(cell)] = cell
        pointers.append(end)
    page[0] = _INTERIOR[leaf[0]]
    page[3:5] = len(pointers).to_bytes(2, "big")
    page[5:7] = end.to_bytes(2, "big")
    page[8:12] = child.to_bytes(4, "big")
    for k, pointer in enumerate(pointers):
        page[12 + 2 * k : 14 + 2 * k] = pointer.to_bytes(2, "big")
    return bytes(page)


def _varint_after(leaf: bytes, start: int) -> bytes:
    """The row's number of a cell of a table's leaf, as it is written."""
    while leaf[start] & 0x80:  # the length of the payload
        start += 1
    end = start = start + 1
    while leaf[end] & 0x80:
        end += 1
    return leaf[start : end + 1]


def _vacuumed(name: str, *pragmas: str) -> Kind:
    def make(path: Path) -> None:
        with closing(connected(path)) as connection:
            for pragma in (*pragmas, "vacuum"):
                connection.execute(pragma)

    return Kind(name, make, _SAME)


def _utf16(path: Path) -> None:
    """The same tables and rows in a file whose texts are UTF-16."""
    with closing(sqlite3.connect(path)) as connection:
        pragmas = [connection.execute(f"pragma {name}").fetchone()[0] for name in ("application_id", "user_version")]
        script = list(connection.iterdump())
    path.unlink()
    with closing(connected(path)) as connection:
        connection.execute("pragma encoding = 'UTF-16le'")
        connection.executescript("\n".join(script))
        connection.execute(f"pragma application_id = {pragmas[0]}")
        connection.execute(f"pragma user_version = {pragmas[1]}")


def _cut(name: str, keep: Callable[[int], int]) -> Kind:
    def make(path: Path) -> None:
        data = path.read_bytes()
        path.write_bytes(data[: keep(len(data))])

    return Kind(name, make)


def _shorter(size: int, by: int) -> int:
    return size - by


def _longer(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(1 << 40)


PAGES: Final[list[Kind]] = [
    *(
        _field(name, value)
        for name in _HEADER
        for value in (0, 1, 2, 3, 255, -1)
        if (name, value)
        not in {
            ("text encoding", 1),
            ("write version", 1),
            ("read version", 1),
            ("reserved octets", 0),
            ("incremental vacuum", 0),
            ("largest root", 0),
        }
    ),
    _bytes("header: another magic", lambda data: data.__setitem__(slice(0, 6), b"SQLITE")),
    *(_page("its first page is zeros", tree, lambda _: bytes(PAGE_BYTES)) for tree in _TREES),
    *(_page("its first page is ones", tree, lambda _: b"\xff" * PAGE_BYTES) for tree in _TREES),
    *(_page("its first page has no cell", tree, lambda page: page[:3] + b"\0\0" + page[5:]) for tree in _TREES),
    *(
        _page("its first page has 65,535 cells", tree, lambda page: page[:3] + b"\xff\xff" + page[5:])
        for tree in _TREES
    ),
    *(Kind(f"{tree}: a page holds itself", partial(_circle, tree=tree)) for tree in _TREES),
    *(Kind(f"{tree}: a tree without end", partial(_bomb, tree=tree)) for tree in _TREES),
    *(
        Kind(f"version 2, {tree}: a tree without end", partial(_older_bomb, tree=tree))
        for tree in (*BY_NAME, "piece_account")
    ),
    *(_cut(f"cut off by {by}", partial(_shorter, by=by)) for by in (1, 512, PAGE_BYTES, 10 * PAGE_BYTES)),
    *(_cut(f"cut off after {keep}", partial(min, keep)) for keep in (1, 99, 100, 511, PAGE_BYTES)),
    _bytes(
        "a byte more", lambda data: data.extend(b"x"), "SQLite reads no further than the pages that the header counts"
    ),
    _bytes(
        "a page more",
        lambda data: data.extend(bytes(PAGE_BYTES)),
        "SQLite reads no further than the pages that the header counts",
    ),
    Kind("1 TB of zeros after the last page", _longer, "SQLite reads no further than the pages that the header counts"),
    _vacuumed("another page size", "pragma page_size = 512"),
    _vacuumed("large pages", "pragma page_size = 65536"),
    _vacuumed("pages that vacuum themselves", "pragma auto_vacuum = 1"),
    Kind("texts are UTF-16", _utf16),
]
