"""What an auditor found for the steps of a sample, from a file that a spreadsheet saved."""

import os
import re
from collections.abc import Collection, Mapping
from typing import Final

from carbon_ledger.csv_rows import CsvTable
from carbon_ledger.errors import MissingDataError, PeriodError, QuantityError
from carbon_ledger.periods.instants import instant_utc
from carbon_ledger.printing import named, quote
from carbon_ledger.records import seconds_text
from carbon_ledger.review.sampling import Found, Sample
from carbon_ledger.review.saved_tables import saved_table
from carbon_ledger.tables.csv import unguarded

MOST_ROWS: Final = 100_000

_COLUMNS: Final = ("device", "start", "found_wh")
_NUMBER: Final = re.compile(r"-?[0-9]{1,18}")


def read_sample_results(
    path: str | os.PathLike[str], sample: Sample, *, partial: bool = False
) -> dict[tuple[str, int], int]:
    """What was found for the chosen steps of a sample, as `evaluate_sample` takes it.

    The file has the columns ``device``, ``start`` and ``found_wh``: the sheet Sample of a workpaper, saved as CSV.
    Cells are separated by commas, semicolons, tabs or ``|``, and further columns are not read.

    Args:
        path: The file: CSV in UTF-8, with or without a byte order mark.
        sample: The sample.
        partial: Whether steps may be absent, or have no ``found_wh``, because they were not tested yet.

    Returns:
        The energy by device and start. [Wh by (device, s since 1970-01-01 UTC)]

    Raises:
        MissingDataError: The file cannot be read, is empty, or lacks a column; or a chosen step was not tested.
        QuantityError: The file is not CSV in UTF-8 or is too long, a cell is not what its column has, or a step was not
            chosen or stands twice in the file.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> import carbon_ledger as cl
        >>> from carbon_ledger.testing import sample_ledger
        >>> sample = sample_ledger().sample("seed of 3 March")
        >>> rows = [f"{item.step.device},{item.step.start:%Y-%m-%dT%XZ},{item.step.net_wh}" for item in sample.items]
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder, "found.csv")
        ...     _ = file.write_text("\\n".join(["device,start,found_wh", *rows]))
        ...     found = cl.read_sample_results(file, sample)
        >>> cl.evaluate_sample(sample, found).errors
        0
    """
    if not isinstance(sample, Sample):
        raise QuantityError(
            f"read_sample_results(sample={quote(sample)}): expected a Sample, such as ledger.sample(...)"
        )
    table = saved_table(path, _COLUMNS)
    chosen = {(item.step.device, item.step.start_utc) for item in sample.items}
    tested = _tested(table, chosen)
    untested = sorted(chosen - set(tested))
    if untested and not partial:
        raise MissingDataError(
            f"{table.file.path}: {len(untested):,} of {len(chosen):,} chosen steps have no found_wh; the first is that "
            f"of {named(untested[0][0])} from {seconds_text(untested[0][1])}. Test every chosen step"
        )
    return tested


def _tested(table: CsvTable, chosen: Collection[tuple[str, int]]) -> dict[tuple[str, int], int]:
    """What was found for each step that has an entry.

    Raises:
        MissingDataError: The file lacks a column.
        QuantityError: A cell is not what its column has, or a step was not chosen or stands twice in the file.
    """
    name = table.file.path
    device, start, wh = (table.column(column) for column in _COLUMNS)
    found: dict[tuple[str, int], int | None] = {}
    for count, (line, cells) in enumerate(table.rows()):
        if count >= MOST_ROWS:
            raise QuantityError(f"{name}, line {line}: more than {MOST_ROWS:,} rows; expected the chosen steps alone")
        key = (unguarded(cells[device.position]), _second(cells[start.position].strip(), start.place(line)))
        if key not in chosen:
            raise QuantityError(
                f"{name}, line {line}: the step of {named(key[0])} from {seconds_text(key[1])} was not chosen"
            )
        if key in found:
            raise QuantityError(f"{name}, line {line}: this step stands twice in the file; retain one of the rows")
        text = cells[wh.position].strip()
        if text and not _NUMBER.fullmatch(text):
            raise QuantityError(f"{wh.place(line)}: {quote(text)}, expected whole Wh, without separators")
        found[key] = int(text) if text else None
    return {key: value for key, value in found.items() if value is not None}


def _second(text: str, place: str) -> int:
    """The start of a step. [s since 1970-01-01 UTC]"""
    try:
        return instant_utc(text, "start")
    except PeriodError:
        raise QuantityError(f"{place}: {quote(text)}, expected a time such as 2025-03-01T00:00:00Z") from None


def checked_found(command: str, found: object, sample: Sample | None) -> Found:
    """Check what was found for the steps of a sample, as a caller passes it; nothing if *found* is None.

    Args:
        command: The command that it is passed to.
        found: Whole Wh by (device, s since 1970-01-01 UTC), or None.
        sample: The sample, or None.

    Raises:
        QuantityError: *found* is something else, is without a sample, or has a step that was not chosen.
    """
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise QuantityError(f"{command}(found={quote(found)}): expected whole Wh by (device, start in s)")
    if sample is None:
        raise QuantityError(f"{command}(found=...) without a sample; pass the sample whose steps were tested")
    chosen = {(item.step.device, item.step.start_utc) for item in sample.items}
    for key, value in found.items():
        if type(value) is not int or not isinstance(key, tuple) or [*map(type, key)] != [str, int]:
            raise QuantityError(
                f"{command}(found=...): {quote(key)} has {quote(value)}, expected whole Wh by (device, start in s)"
            )
        if key not in chosen:
            raise QuantityError(
                f"{command}(found=...): step {quote(key)} was not chosen; give (device, start in s) of chosen steps"
            )
    return dict(found)
