"""Documents of records for another system: as JSON, as CSV, and as a file. The same records give the same bytes."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias

from attrs import frozen

from carbon_ledger.errors import StoreError
from carbon_ledger.files import path_text, write_new
from carbon_ledger.printing import quote
from carbon_ledger.records import Record, time_text
from carbon_ledger.serials import Block
from carbon_ledger.tables import Cells
from carbon_ledger.tables.columns import text_of_value
from carbon_ledger.tables.csv import csv_line, guarded

Value: TypeAlias = str | int | bool | tuple[str, ...] | None
UnitRecord: TypeAlias = Mapping[str, Value]

EMPTY_FIELD: Final = "empty-field"
NO_FIELD: Final = "no-field"
NO_STATUS: Final = "no-status"


@frozen(kw_only=True, repr=False)
class Unsaid(Record):
    """Something that a format cannot say about units, or that the ledger cannot say in the format.

    Attributes:
        kind: ``empty-field``: the ledger does not have what the field is for. ``no-field``: the ledger has it, and the
            format has no field for it. ``no-status``: the format has no status for the state of the units, so that no
            record is written of them.
        what: The field of the format, or what the ledger has, or the state of the units.
        reason: Why, in words.
        units: How many units it concerns.
        blocks: For ``no-status``, the units.
    """

    kind: str
    what: str
    reason: str
    units: int
    blocks: tuple[Block, ...] = ()

    def row(self) -> Cells:
        """What the format cannot say, as a row of plain values."""
        return {
            "kind": self.kind,
            "what": self.what,
            "units": self.units,
            "reason": self.reason,
            "blocks": ", ".join(map(str, self.blocks)) or None,
        }

    def to_record(self) -> dict[str, Any]:
        """What the format cannot say, as plain data."""
        record: dict[str, Any] = {"kind": self.kind, "what": self.what, "reason": self.reason, "units": self.units}
        return record | ({"blocks": list(map(str, self.blocks))} if self.blocks else {})


@frozen(kw_only=True, repr=False)
class LedgerState(Record):
    """The state of a ledger that a document was written from.

    Attributes:
        ledger_id: The ledger's id.
        entries: The number of its entries.
        root: The RFC 6962 root of these entries, as hexadecimal digits.
        at: The time at which expiry was checked, UTC.
    """

    ledger_id: str
    entries: int
    root: str
    at: datetime

    def to_record(self) -> dict[str, Any]:
        """The state, as plain data."""
        return {"ledger": self.ledger_id, "entries": self.entries, "root": self.root, "at": time_text(self.at)}


def json_text(document: Mapping[str, Any]) -> str:
    """A document as JSON, in the order of its fields, ending with a line feed. It has no float.

    Args:
        document: Plain data: texts, integers, booleans, None, lists and mappings.
    """
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def csv_text(columns: Sequence[str], records: Iterable[UnitRecord]) -> str:
    r"""Records as CSV with a header, as RFC 4180 has it: commas, CRLF, quotes where they are needed.

    A text that a spreadsheet would run as a formula has an apostrophe before it; a number has none.

    Args:
        columns: The fields, in the order of the columns.
        records: The records. A field that is missing or None is an empty cell.

    Example:
        >>> csv_text(("name", "units", "longitude"), [{"name": "=1+1", "units": 3, "longitude": "-40.5"}])
        "name,units,longitude\r\n'=1+1,3,-40.5\r\n"
    """
    rows = [[_cell(record.get(name)) for name in columns] for record in records]
    return "".join(map(csv_line, [columns, *rows]))


def _cell(value: Value) -> str | None:
    if value is None or isinstance(value, bool | int):
        return None if value is None else text_of_value(value)
    return guarded(value if isinstance(value, str) else " ".join(value))


def plain(record: UnitRecord) -> dict[str, Any]:
    """A record as plain data for JSON: a tuple is a list."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in record.items()}


def save(path: str | os.PathLike[str], to_json: str, to_csv: str) -> None:
    """Write a document to a new file, as JSON or as CSV by the end of the file's name.

    Raises:
        StoreError: The name ends with neither ``.json`` nor ``.csv``; or the file exists, or cannot be written.
    """
    name = path_text(path, StoreError)
    if not name.endswith((".json", ".csv")):
        raise StoreError(f"{quote(name, 1_000)}: expected a name that ends with .json or .csv")
    write_new(name, (to_json if name.endswith(".json") else to_csv).encode(), StoreError)
