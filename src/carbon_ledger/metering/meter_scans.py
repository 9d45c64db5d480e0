"""Files of metered energy that are longer than the memory: read part by part, each part exact."""

import os
from collections.abc import Collection, Generator, Iterator, Mapping
from typing import Self

from carbon_ledger.errors import MissingDataError, PeriodError, QuantityError
from carbon_ledger.files import path_text
from carbon_ledger.metering.file_report import FileReport, Progress, RefusedReading
from carbon_ledger.metering.layouts import MeterLayout
from carbon_ledger.metering.layouts.catalogue import checked_layout
from carbon_ledger.metering.layouts.parts import OLDEST_FIRST
from carbon_ledger.metering.runs import Carries, MeterSeries, series_of
from carbon_ledger.metering.steps import MeteredSteps
from carbon_ledger.metering.tables.blocks import TableRows
from carbon_ledger.metering.tables.raw import RawColumn
from carbon_ledger.metering.tables.steps import channels_of, steps_of_channel
from carbon_ledger.metering.tables.table_file import reader_of, require_rows, text_lines
from carbon_ledger.periods import instant_text
from carbon_ledger.printing import quote


class MeterScan(Iterator[MeterSeries]):
    """The parts of a file of metered energy, one after another. The file is closed when they have all been read.

    `scan_meter_file` makes it. In a ``with`` block, the file is closed even if the iteration over it ends early.
    """

    def __init__(self, path: str, layout: MeterLayout, report: FileReport, progress: Progress | None) -> None:
        """Prepare to read; `scan_meter_file` checks the arguments."""
        self.path = path
        self.layout = layout
        self._report = report
        self._sha256 = ""
        self._parts = self._read(progress)

    def __repr__(self) -> str:
        """The file, and how many of its rows have been read."""
        return f"<MeterScan of {quote(self.path)}: {self.rows:,} rows read>"

    def __next__(self) -> MeterSeries:
        """The next part: the readings of one meter in some rows of the file."""
        return next(self._parts)

    def __enter__(self) -> Self:
        """The scan itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file. Parts that have not been read are not given any more."""
        self._parts.close()

    @property
    def rows(self) -> int:
        """How many rows have been read."""
        return self._report.rows

    @property
    def refused(self) -> tuple[RefusedReading, ...]:
        """What has been refused, if the caller asked for a report."""
        return tuple(self._report.refused)

    @property
    def sha256(self) -> str:
        """Digest of the file's bytes, ``sha256:<64 hex digits>``.

        Raises:
            MissingDataError: The file has not been read to its end.
        """
        if not self._sha256:
            raise MissingDataError(
                f"{quote(self.path)}: the file has not been read to its end, so it has no digest yet"
            )
        return self._sha256

    def _read(self, progress: Progress | None) -> Generator[MeterSeries, None, None]:
        ends: dict[str, int] = {}
        last: dict[tuple[str, str], list[int]] = {}
        carries: Carries = {}
        found = False
        layout, report = self.layout, self._report
        with text_lines(self.path, layout, report, progress) as lines:
            reader = reader_of(TableRows(self.path, layout.table, report, lines), layout, report)
            has_grid = not (layout.time.is_calendar or layout.time.end_columns)
            for block in reader.blocks():
                channels, unordered = channels_of(block, layout)
                for column, channel in channels:
                    if has_grid:
                        _require_short_steps(column, last.setdefault((column.meter, channel), []), layout, self.path)
                steps = [steps_of_channel(column, channel, layout, report) for column, channel in channels]
                for part in steps:
                    _require_after(part, ends, self.path, unordered, has_grid=has_grid)
                for part in steps:
                    if part.start_utc:
                        ends[part.meter] = part.start_utc[-1] + part.step_s[-1]
                for series in series_of(
                    steps, zone=layout.zone, remainder=layout.remainder, path=self.path, carries=carries, report=report
                ):
                    found = True
                    yield series
            require_rows(report)
            reader.finish(())
            if not found:
                raise MissingDataError(f"{self.path}: no row has a value; expected at least one")
            self._sha256 = lines.sha256


def _require_short_steps(column: RawColumn, last: list[int], layout: MeterLayout, path: str) -> None:
    """Refuse rows of a longer step, as a whole file does, where they are in several parts.

    Args:
        column: The rows of a channel in this part, with or without a value.
        last: The times of its last two rows in earlier parts, which are brought up to date.
        layout: The layout of the file.
        path: The file, for messages.
    """
    step_s, times = layout.time.steps_s[0], [*last, *column.at_utc[:2]]
    for before, at, after in zip(times, times[1:], times[2:], strict=False):
        if at - before == after - at > step_s:
            raise PeriodError(
                f"{path}, near line {column.lines[0]}: from {instant_text(before)} to {instant_text(after)} the rows "
                f"are {at - before} s apart, and the step is {step_s} s; name the step that the file has"
            )
    last[:] = [*last, *column.at_utc[-2:]][-2:]


def _require_after(
    part: MeteredSteps, ends: Mapping[str, int], path: str, unordered: Collection[str], *, has_grid: bool
) -> None:
    """Refuse rows that are not in time order: a scan does not look back."""
    if not part.start_utc:
        return
    end_utc, first_utc, step_s = ends.get(part.meter), part.start_utc[0], part.step_s[0]
    if unordered or (end_utc is not None and first_utc < end_utc):
        raise PeriodError(
            f"{path}, near line {part.lines[0]}: the rows are not in time order; a scan reads them as they come: sort "
            "the file, or read it as a whole with read_meter_file"
        )
    if end_utc is not None and has_grid and part.step_s[-1] == step_s and (first_utc - end_utc) % step_s:
        raise PeriodError(
            f"{path}, line {part.lines[0]}: {instant_text(first_utc)} is no multiple of the step, {step_s} s, after "
            f"the row before it, which ends at {instant_text(end_utc)}"
        )


def scan_meter_file(
    path: str | os.PathLike[str],
    layout: MeterLayout | str,
    *,
    on_refusal: str = "raise",
    progress: Progress | None = None,
) -> MeterScan:
    """Read a long file of metered energy part by part, so that a part of it is in memory and not all.

    Each part is a `MeterSeries` of one meter, in the order of the file; runs end where a part ends. What is left below
    1 Wh is carried from part to part. A scan reads CSV tables whose rows are in time order for each meter, and have
    all values of a step: `read_meter_file` reads all others. The file is accepted once the iteration has ended: record
    its runs within ``with ledger.batch():``, so that nothing is recorded if a later row is refused.

    Args:
        path: The file.
        layout: How the file is written: a `MeterLayout`, or the name of a built-in one.
        on_refusal, progress: As for `read_meter_file`.

    Raises:
        MissingDataError, QuantityError, PeriodError, OverlapError: As for `read_meter_file`, while the parts are read.
        QuantityError: The layout is not one that can be scanned.
        PeriodError: Rows of a meter are not in time order.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> layout = MeterLayout(name="plant", zone="UTC", time={"columns": "time"}, values={"column": "kWh"})
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "meter.csv")
        ...     _ = path.write_text("time,kWh\\n2024-05-01T00:00Z,3\\n2024-05-01T01:00Z,1.5\\n")
        ...     with scan_meter_file(path, layout) as scan:
        ...         print([run.net_wh for part in scan for run in part.runs], scan.rows)
        [(3000, 1500)] 2
    """
    layout = checked_layout(layout)
    is_register = any(value.kind == "register" for value in layout.values)
    if layout.format != "table" or layout.table.kind != "csv" or layout.channel_column or is_register:
        raise QuantityError(
            f"layout {quote(layout.name)}: a scan reads CSV tables whose rows have all values of a step; this layout "
            "has another format, an Excel table, a column of channels or a register: use read_meter_file"
        )
    if len(layout.time.step) > 1:
        raise QuantityError(f"layout {quote(layout.name)}: a scan takes one step, not {quote([*layout.time.step])}")
    if layout.time.order != OLDEST_FIRST:
        raise QuantityError(f"layout {quote(layout.name)}: a scan reads files whose oldest row is first")
    name = path_text(path, MissingDataError)
    return MeterScan(name, layout, FileReport(name, on_refusal), progress)
