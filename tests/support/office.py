"""Workbooks for tests: their cells, workbooks without the values that the file keeps, and LibreOffice's own results."""

import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import pytest
from attrs import frozen

_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_KEPT: Final = re.compile(rb"(</f>)<v>[^<]*</v>")
_TYPED: Final = re.compile(rb'<c (?P<place>r="[A-Z]+[0-9]+"(?: s="[0-9]+")?) t="(?:str|b|e)">(?=<f>)')
# LibreOffice computes every formula when it opens a file, and does not ask first.
_ALWAYS: Final = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item>
</oor:items>
"""


@frozen
class Cell:
    """A cell: its formula, if it has one, and the value that the file keeps."""

    formula: str | None
    value: str
    kind: str  # n: a number, s: a text, str: the text of a formula, b: true or false, e: an error


def cells(data: bytes) -> dict[tuple[str, str], Cell]:
    """Every cell of a workbook by sheet and address."""
    with zipfile.ZipFile(BytesIO(data)) as book:
        texts = [_text(item) for item in _root(book, "xl/sharedStrings.xml").iter(f"{_MAIN}si")]
        return {
            (name, address): cell
            for k, name in enumerate(_names(book), 1)
            for address, cell in _cells(_root(book, f"xl/worksheets/sheet{k}.xml"), texts)
        }


def _names(book: zipfile.ZipFile) -> list[str]:
    """The names of the sheets in their order."""
    return [item.attrib["name"] for item in _root(book, "xl/workbook.xml").iter(f"{_MAIN}sheet")]


def _root(book: zipfile.ZipFile, path: str) -> ElementTree.Element:
    return ElementTree.fromstring(book.read(path))


def _text(item: ElementTree.Element) -> str:
    return "".join(part.text or "" for part in item.iter(f"{_MAIN}t"))


def _cells(sheet: ElementTree.Element, texts: list[str]) -> Iterator[tuple[str, Cell]]:
    for item in sheet.iter(f"{_MAIN}c"):
        formula, value = item.find(f"{_MAIN}f"), item.findtext(f"{_MAIN}v")
        kind = item.attrib.get("t", "n")
        if value is not None:
            shown = texts[int(value)] if kind == "s" else value
            yield item.attrib["r"], Cell(None if formula is None else formula.text, shown, kind)
        elif formula is not None:
            yield item.attrib["r"], Cell(formula.text, "", kind)


def with_number(data: bytes, sheet: str, address: str, number: str) -> bytes:
    """The same workbook with another number in a cell that has one.

    Args:
        data: The workbook.
        sheet: The name of the sheet.
        address: The cell.
        number: The number.
    """
    place = re.compile(rf'(<c r="{address}"[^>]*>)<v>[^<]*</v>'.encode())
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as book, zipfile.ZipFile(buffer, "w") as changed:
        path = f"xl/worksheets/sheet{_names(book).index(sheet) + 1}.xml"
        for item in book.infolist():
            content = book.read(item)
            if item.filename == path:
                content, count = place.subn(rb"\1<v>" + number.encode() + b"</v>", content)
                assert count == 1
            changed.writestr(item, content)
    return buffer.getvalue()


def without_results(data: bytes) -> bytes:
    """The same workbook without the result of any formula."""
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as book, zipfile.ZipFile(buffer, "w") as stripped:
        for item in book.infolist():
            content = book.read(item)
            if item.filename.startswith("xl/worksheets/"):
                content = _TYPED.sub(rb"<c \g<place>>", _KEPT.sub(rb"\1", content))
            stripped.writestr(item, content)
    return buffer.getvalue()


def recalculated(books: Mapping[str, bytes], folder: Path) -> dict[str, dict[tuple[str, str], Cell]]:
    """The cells of workbooks as LibreOffice computes them from files without any result.

    Args:
        books: The workbooks by name.
        folder: A directory for LibreOffice's files.
    """
    program = shutil.which("soffice")
    if program is None:
        if os.environ.get("CARBON_LEDGER_REQUIRE_OFFICE"):
            pytest.fail("CARBON_LEDGER_REQUIRE_OFFICE is set, but soffice is not on the path: install libreoffice-calc")
        pytest.skip("soffice is not on the path; install libreoffice-calc")
    settings = folder / "profile" / "user" / "registrymodifications.xcu"
    settings.parent.mkdir(parents=True)
    settings.write_text(_ALWAYS, encoding="utf-8")
    made = folder / "made"
    for name, data in books.items():
        stripped = without_results(data)
        assert not any(cell.value for cell in cells(stripped).values() if cell.formula)
        (folder / f"{name}.xlsx").write_bytes(stripped)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [program, profile, "--headless", "--norestore", "--convert-to", "xlsx", "--outdir", str(made)]
    files = [str(folder / f"{name}.xlsx") for name in books]
    subprocess.run([*command, *files], check=True, capture_output=True, timeout=300)
    return {name: cells((made / f"{name}.xlsx").read_bytes()) for name in books}
