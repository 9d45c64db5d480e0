"""The beginning and the end of a file, and what its first bytes say it is."""

import codecs
import os
import re
from typing import Final

from attrs import frozen

from carbon_ledger.errors import MissingDataError, QuantityError
from carbon_ledger.files import path_text, reading
from carbon_ledger.printing import quote

HEAD_BYTES: Final = 1 << 18
TAIL_BYTES: Final = 1 << 16

_EXCEL: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_NEM12: Final = re.compile(r'\s*"?100"?,"?NEM12\b')
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@frozen
class FileSample:
    """The first and the last octets of a file.

    Args:
        path: The file, as the caller named it.
        size: The length of the file. [octets]
        head: Its first octets.
        tail: Its last octets, from behind the head; empty where the head is the whole file.
    """

    path: str
    size: int
    head: bytes
    tail: bytes

    @property
    def kind(self) -> str:
        """What its first bytes say it is: ``excel``, ``nem12``, ``green-button``, ``entsoe``, ``xml``, ``text``."""
        if self.head.startswith(_EXCEL):
            return "excel"
        start = decoded(self.head[:4096], "utf-16" if self.head[:2] in _UTF_16 else "latin-1")
        start = start.removeprefix("\xef\xbb\xbf").removeprefix("\ufeff")
        if _NEM12.match(start):
            return "nem12"
        if not start.lstrip().startswith("<"):
            return "text"
        if "GL_MarketDocument" in start:
            return "entsoe"
        return "green-button" if "naesb.org/espi" in start else "xml"


def sample_of(path: str | os.PathLike[str]) -> FileSample:
    """Read the first and the last octets of a file.

    Args:
        path: The file.

    Raises:
        MissingDataError: The file cannot be read, or is empty.
    """
    name = path_text(path, MissingDataError)
    with reading(path, MissingDataError) as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(HEAD_BYTES)
        tail = b""
        if size > len(head):
            file.seek(max(len(head), size - TAIL_BYTES))
            tail = file.read(TAIL_BYTES)
    if not head.strip():
        raise MissingDataError(f"{name}: the file is empty; expected a header, and rows below it")
    return FileSample(name, size, head, tail)


def encoding_of(sample: FileSample) -> tuple[str, str, str]:
    """The encoding of a text file; why, and the doubt about it, of which one is empty.

    Raises:
        QuantityError: The file is not text.
    """
    if sample.head[:2] in _UTF_16:
        return "utf-16", "the file begins with the byte order mark of UTF-16", ""
    if b"\0" in sample.head:
        raise QuantityError(
            f"{sample.path}: byte {sample.head.index(0)} is 0, and no byte order mark says UTF-16; expected a table of "
            "text, an Excel file, NEM12, Green Button or ENTSO-E"
        )
    if sample.head.startswith(codecs.BOM_UTF8):
        return "utf-8", "the file begins with the byte order mark of UTF-8", ""
    wrong = _first_wrong(sample.head, is_cut=sample.size > len(sample.head))
    if wrong is None:
        return "utf-8", "all bytes that were looked at are UTF-8", ""
    encoding = "cp1252"
    try:
        sample.head.decode(encoding)
    except UnicodeDecodeError:
        encoding = "latin-1"
    shown = sample.head[max(wrong - 12, 0) : wrong + 12].decode(encoding)
    return encoding, "", f"byte {wrong} is not UTF-8; read as {encoding}, the text around it is {quote(shown)}"


def _first_wrong(data: bytes, *, is_cut: bool) -> int | None:
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(data, final=not is_cut)
    except UnicodeDecodeError as error:
        return error.start
    return None


def decoded(data: bytes, encoding: str) -> str:
    """Bytes as text; what cannot be decoded is replaced, since a sample may begin or end within a character."""
    return data.decode(encoding, "replace")
