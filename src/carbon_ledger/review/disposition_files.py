"""Files of dispositions: CSV that a person edits in a spreadsheet, beside the ledger.

A file is UTF-8 with a byte order mark, without which some spreadsheets take it for another encoding. Text that a
spreadsheet would run as a formula has an apostrophe before it.
"""

import os
import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from attrs import frozen

from carbon_ledger.csv_rows import Cells, CsvTable
from carbon_ledger.errors import MissingDataError, QuantityError, StoreError
from carbon_ledger.files import path_text, read_file, replace_file, write_new
from carbon_ledger.printing import one_of, quote
from carbon_ledger.review.dispositions import (
    CURRENT,
    DISPOSITIONS,
    OPEN,
    STATUSES,
    Disposition,
    Dispositions,
    Stated,
)
from carbon_ledger.review.results import Review
from carbon_ledger.review.saved_tables import MOST_BYTES, table_in
from carbon_ledger.tables import Listing
from carbon_ledger.tables.columns import text_of_value
from carbon_ledger.tables.csv import END, guarded, unguarded
from carbon_ledger.texts import MAX_TEXT, is_line, is_text

MOST_ROWS: Final = 100_000

_COLUMNS: Final = tuple(column.name for column in Disposition._columns)
_BOM: Final = b"\xef\xbb\xbf"
_KEY: Final = re.compile(r"[0-9a-f]{64}")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DOTTED: Final = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
_NUMBER: Final = re.compile(r"[0-9]{1,18}")


@frozen
class _Read:
    """A file as it was read.

    Attributes:
        dispositions: Its rows.
        data: Its bytes.
        delimiter: What separates its cells.
        header: Its columns, in their order.
    """

    dispositions: Dispositions
    data: bytes
    delimiter: str
    header: tuple[str, ...]


def read_dispositions(path: str | os.PathLike[str]) -> Dispositions:
    """The dispositions of a file that `update_dispositions` wrote and an auditor edited.

    Cells are separated by commas, semicolons, tabs or ``|``, as spreadsheets save them. Columns may be in any order,
    and further columns are read. Names of dispositions are read in upper and lower case, and an empty cell is ``open``.
    A day is ISO 8601, ``2025-03-03``, or ``3.3.2025``.

    Args:
        path: The file: CSV in UTF-8, with or without a byte order mark.

    Raises:
        MissingDataError: The file cannot be read, is empty, or lacks a column.
        QuantityError: The file is not CSV in UTF-8 or is too long, a cell is not what its column has, or two rows about
            the same flag have different contents.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> import carbon_ledger as cl
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder, "dispositions.csv")
        ...     _ = cl.update_dispositions(file, cl.open_ledger(":memory:", ledger_id="new").review())
        ...     cl.read_dispositions(file).rows
        ()
    """
    return _read(path).dispositions


def update_dispositions(path: str | os.PathLike[str], review: Review) -> Dispositions:
    """The dispositions of a file, after a row was added for each flag of a review that had none.

    What the auditor wrote stays, in the order and with the columns of the file. A row whose flag the review does not
    have any more, because its entries or its figures have changed, stays and is marked as ``gone``, and the changed
    flag gets a new row, which is open. A review that is restricted to projects or to new entries marks no row as gone.
    A file that does not exist is created. A file without a change is not written.

    Args:
        path: The file. After any error it has the bytes that it had before.
        review: The review.

    Raises:
        MissingDataError: The file cannot be read, is empty, or lacks a column.
        QuantityError: The file cannot be used, as `read_dispositions` says; or a row is about another ledger.
        StoreError: The file cannot be written, or another program has changed it in the meantime.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> import carbon_ledger as cl
        >>> from carbon_ledger.testing import sample_ledger
        >>> review = sample_ledger().review()
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     found = cl.update_dispositions(Path(folder, "dispositions.csv"), review)
        >>> len(found.rows) == len(review.flags), {row.disposition for row in found.rows}
        (True, {'open'})
    """
    if not isinstance(review, Review):
        raise QuantityError(f"update_dispositions(review={quote(review)}): expected a Review, such as ledger.review()")
    name = path_text(path, StoreError)
    if not os.path.lexists(name):
        made = Dispositions().updated(review)
        write_new(name, _written(made, _COLUMNS, ","), StoreError)
        return made
    read = _read(name)
    made = read.dispositions.updated(review)
    if made != read.dispositions:
        replace_file(name, _written(made, read.header, read.delimiter), StoreError, before=read.data)
    return made


def _read(path: str | os.PathLike[str]) -> _Read:
    name = path_text(path, MissingDataError)
    return _parsed(name, read_file(name, MissingDataError, most=MOST_BYTES))


def _parsed(name: str, data: bytes) -> _Read:
    """What the bytes of a file say."""
    table = table_in(name, data, _COLUMNS)
    header = tuple(unguarded(cell) for cell in table.header)
    positions = {column: table.column(column).position for column in _COLUMNS}
    others = [k for k, cell in enumerate(header) if cell not in _COLUMNS]
    rows: dict[Stated, tuple[int, Disposition]] = {}
    for count, (line, cells) in enumerate(table.rows()):
        if count >= MOST_ROWS:
            raise QuantityError(f"{name}, line {line}: more than {MOST_ROWS:,} rows; keep a file for each ledger")
        item = _row(table, line, cells, positions, [(header[k], k) for k in others])
        earlier, other = rows.setdefault(item.stated, (line, item))
        if other != item:
            raise QuantityError(
                f"{name}, line {line}: another row about the flag of line {earlier}, with other contents; keep one of "
                "them"
            )
    dispositions = Dispositions(
        rows=Listing((item for _, item in rows.values()), Disposition), other_columns=tuple(header[k] for k in others)
    )
    return _Read(dispositions, data, table.file.delimiter, header)


def _row(
    table: CsvTable, line: int, cells: Cells, positions: dict[str, int], others: Sequence[tuple[str, int]]
) -> Disposition:
    """The disposition of a row.

    Raises:
        QuantityError: A cell has a value that its column cannot have.
    """
    path = table.file.path

    def cell(column: str) -> str:
        return unguarded(cells[positions[column]]).strip()

    def checked(column: str, is_valid: Callable[[str], object], expected: str, usual: str = "") -> str:
        text = cell(column) or usual
        if not is_valid(text):
            raise QuantityError(f"{path}, line {line}, column {quote(column)}: {quote(text)}, expected {expected}")
        return text

    answer = cell("disposition") or OPEN
    disposition = {name.casefold(): name for name in DISPOSITIONS}.get(answer.casefold())
    if disposition is None:
        expected = one_of(answer, DISPOSITIONS)
        raise QuantityError(f"{path}, line {line}, column 'disposition': {quote(answer)}, expected {expected}")
    words = f"text of at most {MAX_TEXT:,} characters, without control characters"
    wh = checked("misstated_wh", lambda text: not text or _NUMBER.fullmatch(text), "whole Wh, without separators")
    return Disposition(
        ledger=checked("ledger", is_line, "the ledger's id"),
        key=checked("key", _KEY.fullmatch, "the key of a flag: 64 hexadecimal digits"),
        rule=checked("rule", is_line, "a rule and its version, such as R25@1"),
        **{column: cell(column) for column in ("severity", "subject", "cause", "entries", "figures")},
        status=checked("status", STATUSES.__contains__, f"one of {', '.join(STATUSES)}", CURRENT),
        disposition=disposition,
        misstated_wh=int(wh) if wh else None,
        response=checked("response", lambda text: not text or is_text(text), words),
        by=checked("by", lambda text: not text or is_line(text), words),
        date=_day(cell("date"), path, line),
        others=tuple((name, unguarded(cells[k])) for name, k in others),
    )


def _day(text: str, path: str, line: int) -> date | None:
    """The day that a cell states, or None if it is empty."""
    dotted = _DOTTED.fullmatch(text)
    day, month, year = dotted.groups() if dotted else ("", "", "")
    iso = f"{year}-{month:>02}-{day:>02}" if dotted else text
    try:
        if not text:
            return None
        if _DAY.fullmatch(iso):
            return date.fromisoformat(iso)
    except ValueError:
        pass
    raise QuantityError(
        f"{path}, line {line}, column 'date': {quote(text)}, expected a day such as 2025-03-03; format the column as "
        "text, so that a spreadsheet does not write days in its own way"
    )


def _written(dispositions: Dispositions, header: Sequence[str], delimiter: str) -> bytes:
    """The bytes of a file."""
    lines, rows = [header], tuple(dispositions.rows)
    columns = {column.name: column.values_of(rows) for column in Disposition._columns}
    for k, item in enumerate(rows):
        texts = {name: text_of_value(values[k]) for name, values in columns.items()}
        others = iter([text for _, text in item.others])
        lines.append([texts[name] if name in texts else next(others, "") for name in header])
    return _BOM + "".join(delimiter.join(_cell(text, delimiter) for text in line) + END for line in lines).encode()


def _cell(text: str, delimiter: str) -> str:
    shown = guarded(text)
    return '"' + shown.replace('"', '""') + '"' if {delimiter, '"', "\r", "\n"} & {*shown} else shown
