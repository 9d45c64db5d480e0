"""The lines of a text file, decoded and digested piece by piece: never is all of a file in memory."""

import codecs
import hashlib
from collections.abc import Callable, Iterator
from io import BufferedReader
from typing import Final

from attrs import define, field

from carbon_ledger.csv_rows import MOST_LINE_BYTES
from carbon_ledger.errors import QuantityError

CHUNK_BYTES: Final = 1 << 20

_NAMES: Final = {"utf-8": "UTF-8", "cp1252": "Windows-1252", "latin-1": "ISO 8859-1", "utf-16": "UTF-16"}
_ZIP: Final = b"PK\x03\x04"  # how an Excel file begins
_BOMS: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@define
class Lines:
    """The lines of a text file.

    Args:
        path: The file, for messages.
        file: The open file.
        encoding: How its text is encoded; one of `ENCODINGS`.
        progress: Called with the number of octets read, after each piece.
    """

    path: str
    file: BufferedReader
    encoding: str
    progress: Callable[[int], object]
    line: int = field(init=False, default=1)
    _digest: "hashlib._Hash" = field(init=False, factory=hashlib.sha256)
    _pieces: Iterator[str] = field(init=False)
    _rest: str = field(init=False, default="")
    _ready: list[str] = field(init=False, factory=list)
    _at: int = field(init=False, default=0)

    @_pieces.default
    def _decoded(self) -> Iterator[str]:
        return self._read()

    @property
    def sha256(self) -> str:
        """Digest of the octets that were read: of the whole file, once all lines were read."""
        return f"sha256:{self._digest.hexdigest()}"

    def __iter__(self) -> Iterator[str]:
        """Iterate over the lines that were not read yet, each with its line break."""
        return self

    def __next__(self) -> str:
        """Read the next line."""
        if self._at == len(self._ready):
            text = self.chunk()
            if text is None:
                raise StopIteration
            self.unread(text)
        text = self._ready[self._at]
        self._at += 1
        self.line += 1
        return text

    def chunk(self) -> str | None:
        """Some whole lines, each with a line break; None at the end. The caller adds what it read of them to `line`.

        Raises:
            QuantityError: A line is too long, or the file is not in the encoding.
        """
        if self._at < len(self._ready):
            text = "".join(self._ready[self._at :])
            self._ready, self._at = [], 0
            return text
        while True:
            piece = next(self._pieces, None)
            if piece is None:
                text, self._rest = self._rest, ""
                return f"{text}\n" if text else None
            end = piece.rfind("\n") + 1
            if end:
                text, self._rest = self._rest + piece[:end], piece[end:]
                return text
            self._rest += piece
            if len(self._rest) > MOST_LINE_BYTES:
                raise self.too_long(self.line)

    def unread(self, text: str) -> None:
        """Give back what `chunk` gave, so that it is read line by line."""
        self._ready, self._at = [f"{line}\n" for line in text.split("\n")], 0
        self._ready.pop()

    def too_long(self, line: int) -> QuantityError:
        """The error of a line that is too long to be one of a table."""
        return QuantityError(
            f"{self.path}, line {line}: a line of more than {MOST_LINE_BYTES:,} octets; expected a table, a row a line"
        )

    def _read(self) -> Iterator[str]:
        decoder: codecs.IncrementalDecoder | None = None
        is_cr, read, breaks = False, 0, 0
        while True:
            data = self.file.read(CHUNK_BYTES)
            self._digest.update(data)
            if decoder is None:
                decoder = codecs.getincrementaldecoder(self._codec(data))("strict")
            try:
                text = decoder.decode(data, final=not data)
            except UnicodeDecodeError as error:
                if not read and data.startswith(_ZIP):
                    raise QuantityError(
                        f'{self.path}: it begins as an Excel file; read it with table={{"kind": "excel"}} in its layout'
                    ) from None
                raise QuantityError(
                    f"{self.path}, line {1 + breaks + self._breaks_before(error)}: byte {read + error.start} is not "
                    f"{_NAMES[self.encoding]}; save the file as CSV in UTF-8, or name the encoding that it has"
                ) from None
            read += len(data)
            if not breaks and read == len(data):
                text = text.removeprefix("\ufeff")
            if is_cr:
                text = f"\r{text}"
            is_cr = text.endswith("\r") and bool(data)
            if is_cr:
                text = text[:-1]
            if "\r" in text:
                text = text.replace("\r\n", "\n").replace("\r", "\n")
            breaks += text.count("\n")
            if text:
                yield text
            self.progress(read)
            if not data:
                return

    def _codec(self, data: bytes) -> str:
        if self.encoding != "utf-16":
            return self.encoding
        found = _BOMS.get(data[:2])
        if found is None:
            raise QuantityError(
                f"{self.path}: no byte order mark at its beginning, so it is not UTF-16; name the encoding that it has"
            )
        return found

    def _breaks_before(self, error: UnicodeDecodeError) -> int:
        return error.object[: error.start].replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n")
