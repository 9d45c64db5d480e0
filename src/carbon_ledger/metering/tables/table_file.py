"""A table of metered energy, read from its file to steps."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain

from carbon_ledger.errors import MissingDataError
from carbon_ledger.files import MOST_BYTES, reading
from carbon_ledger.metering.file_report import FileReport, Progress
from carbon_ledger.metering.layouts import MeterLayout
from carbon_ledger.metering.steps import MeteredSteps
from carbon_ledger.metering.tables.blocks import TableRows
from carbon_ledger.metering.tables.excel import sheet_rows
from carbon_ledger.metering.tables.lines import Lines
from carbon_ledger.metering.tables.reader import TableReader
from carbon_ledger.metering.tables.steps import channels_of, steps_of_channel
from carbon_ledger.metering.tables.wide import WideReader
from carbon_ledger.printing import quote


def steps_in_table(
    path: str | os.PathLike[str], layout: MeterLayout, report: FileReport, progress: Progress | None
) -> tuple[str, list[MeteredSteps]]:
    """The steps in a file that is a table, and the digest of its octets.

    Args:
        path: The file.
        layout: Its layout.
        report: Counts the rows, and takes what is refused.
        progress: Called with how much was read, and how much there is. [octets, octets]

    Raises:
        CarbonLedgerError: The file cannot be read by the layout.
    """
    if layout.table.kind == "excel":
        sha256, sheet = sheet_rows(path, layout.table, report)
        if progress is not None:
            size = os.stat(path).st_size
            progress(size, size)
        return sha256, _steps(TableRows(report.path, layout.table, report, sheet=sheet), layout, report)
    with text_lines(path, layout, report, progress, most=MOST_BYTES) as lines:
        steps = _steps(TableRows(report.path, layout.table, report, lines), layout, report)
        return lines.sha256, steps


@contextmanager
def text_lines(
    path: str | os.PathLike[str],
    layout: MeterLayout,
    report: FileReport,
    progress: Progress | None,
    *,
    most: int | None = None,
) -> Iterator[Lines]:
    """Open a text file as lines.

    Args:
        path: The file.
        layout: Its layout.
        report: Names the file.
        progress: Called with how much was read, and how much there is. [octets, octets]
        most: The maximum length of the file. [octets]

    Raises:
        MissingDataError: The file cannot be read, or is longer than *most*.
    """
    with reading(path, MissingDataError) as file:
        size = os.fstat(file.fileno()).st_size
        if most is not None and size > most:
            raise MissingDataError(
                f"{quote(report.path)}: {size:,} octets, expected at most {most:,}; read it part by part with "
                "scan_meter_file"
            )
        call = progress or _silent
        yield Lines(report.path, file, layout.table.encoding, lambda read: call(read, size))


def _silent(_read: int, _size: int) -> None:
    """Tell nobody."""


def reader_of(rows: TableRows, layout: MeterLayout, report: FileReport) -> TableReader | WideReader:
    """The reader of a table's rows: of steps, or of days.

    Raises:
        CarbonLedgerError: The header lacks a column of the layout.
    """
    wide = layout.wide
    return TableReader(rows, layout, report) if wide is None else WideReader(rows, layout, wide, report)


def _steps(rows: TableRows, layout: MeterLayout, report: FileReport) -> list[MeteredSteps]:
    reader = reader_of(rows, layout, report)
    channels, unordered = channels_of(chain.from_iterable(reader.blocks()), layout)
    require_rows(report)
    reader.finish(unordered)
    return [steps_of_channel(column, channel, layout, report) for column, channel in channels]


def require_rows(report: FileReport) -> None:
    """Refuse a table without rows.

    Raises:
        MissingDataError: No row was read or refused.
    """
    if not report.rows and not report.refused:
        raise MissingDataError(f"{report.path}: no row below the header; expected one for each step")
