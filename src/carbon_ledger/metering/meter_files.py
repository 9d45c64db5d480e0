"""Files of metered energy: read by a layout, exactly, and with every row accounted for."""

import hashlib
import os
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from importlib import import_module
from operator import attrgetter
from typing import Final

from attrs import frozen

from carbon_ledger.errors import InexactNumberError, MissingDataError
from carbon_ledger.exact import DIRECTIONS, Rounding, decimal_text
from carbon_ledger.files import path_text, read_file
from carbon_ledger.metering.by_meter import ByMeter
from carbon_ledger.metering.file_report import FileReport, Progress, RefusedReading
from carbon_ledger.metering.layouts import MeterLayout
from carbon_ledger.metering.layouts.catalogue import checked_layout
from carbon_ledger.metering.runs import MeterSeries, series_of
from carbon_ledger.metering.steps import MeteredSteps
from carbon_ledger.printing import quote
from carbon_ledger.units import energy_wh

# The module of each named format. Each has `steps_in(data, layout, report)`, which gives the steps of the file's bytes.
_NAMED: Final = {"nem12": "nem12", "green-button": "green_button", "entsoe": "entsoe"}


@frozen(kw_only=True, repr=False)
class MeterFile(ByMeter):
    """The readings in a file of metered energy, and the report of reading it.

    Args:
        path: The file, as the caller named it.
        sha256: Digest of its bytes, to be recorded as evidence: ``sha256:<64 hex digits>``.
        layout: The layout that it was read by.
        series: The readings of each meter, in the order in which the file names them.
        rows: How many rows were read, or of a named format how many values; without headers and footers.
        footers: How many rows were passed over, since they begin as a footer of the layout.
        refused: What was refused and is not among the readings, by line; empty unless the caller asked for a report.
        notes: Remarks about the file as a whole.
    """

    _in_repr = ("path", "meters", "total_wh")
    _derived = ("total_wh",)

    path: str
    sha256: str
    layout: MeterLayout
    series: tuple[MeterSeries, ...]
    rows: int
    footers: int
    refused: tuple[RefusedReading, ...]
    notes: tuple[str, ...]

    @property
    def unit(self) -> str:
        """Unit of the file's numbers, if it is a unit of energy; otherwise ``Wh``."""
        units = {value.unit for value in self.layout.values if value.kind != "power"}
        return units.pop() if len(units) == 1 else "Wh"

    @property
    def exact_total(self) -> Decimal:
        """Net energy as printed. [*unit*, exact]

        Raises:
            InexactNumberError: It is not a decimal number, such as a third of a watt-hour: see `MeterSeries.exact_wh`.
        """
        return _decimal(self.only.exact_wh / energy_wh(f"1 {self.unit}", "unit"), "exact_total", "exact_wh")

    @property
    def cut(self) -> Decimal:
        """What was cut: the exact sum less the readings' sum. [Wh, exact]

        Raises:
            InexactNumberError: It is not a decimal number: see `MeterSeries.cut_wh`.
        """
        return _decimal(self.only.cut_wh, "cut", "cut_wh")

    @property
    def cut_rows(self) -> int:
        """How many steps are not exactly what was printed."""
        return self.only.changed_steps

    @property
    def rounding(self) -> Rounding | None:
        """The rounding of each value, if the layout names one."""
        remainder = self.layout.remainder
        return next((Rounding(item, places=0) for item in DIRECTIONS if item == remainder), None)


def _decimal(exact: Fraction, name: str, other: str) -> Decimal:
    text = decimal_text(exact)
    if text is None:
        raise InexactNumberError(f"{name}: {exact} is not a decimal number; use {other}, a Fraction, of the series")
    return Decimal(text)


def read_meter_file(
    path: str | os.PathLike[str],
    layout: MeterLayout | str,
    *,
    on_refusal: str = "raise",
    progress: Progress | None = None,
) -> MeterFile:
    """Read a file of metered energy by a layout.

    Args:
        path: The file.
        layout: How the file is written: a `MeterLayout`, or the name of a built-in one.
        on_refusal: ``raise``: what cannot be read ends the reading, with its line and column. ``report``: it is listed
            in `MeterFile.refused`, and its time is a gap. What concerns the file as a whole, such as a time off the
            grid of steps or two rows of one time, is raised: no single row is known to be wrong.
        progress: Called from time to time with how much was read, and how much there is. [octets, octets]

    Raises:
        MissingDataError: The file cannot be read, lacks a column, has no value, or has an empty one.
        InexactNumberError: An energy is finer than 1 Wh, and the layout does not say what to do with it.
        QuantityError: The file is not what the layout says, a value is not a number, or an argument cannot be used.
        PeriodError: A time is invalid, ambiguous, or off the grid of steps.
        OverlapError: Two rows of a meter have the same time.
        MissingExtraError: The file is an Excel file, and the extra ``excel`` is not installed.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> layout = MeterLayout(name="plant", zone="UTC", time={"columns": "time"}, values={"column": "kWh"})
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "meter.csv")
        ...     _ = path.write_text("time,kWh\\n2024-05-01T00:00Z,3\\n2024-05-01T01:00Z,1.5\\n")
        ...     read_meter_file(path, layout).runs[0].net_wh
        (3000, 1500)
    """
    layout = checked_layout(layout)
    name = path_text(path, MissingDataError)
    report = FileReport(name, on_refusal)
    sha256, steps = _steps(path, layout, report, progress)
    series = series_of(steps, zone=layout.zone, remainder=layout.remainder, path=name, report=report)
    if not series:
        raise _no_value(name, layout)
    return _file_of(series, sha256, layout, report)


def _file_of(series: tuple[MeterSeries, ...], sha256: str, layout: MeterLayout, report: FileReport) -> MeterFile:
    return MeterFile(
        path=report.path,
        sha256=sha256,
        layout=layout,
        series=series,
        rows=report.rows,
        footers=report.footers,
        refused=tuple(sorted(report.refused, key=attrgetter("line"))),
        notes=tuple(report.notes),
    )


def _no_value(name: str, layout: MeterLayout) -> MissingDataError:
    columns = ", ".join(quote(value.column) for value in layout.values if value.column)
    where = f" in column {columns}" if columns else ""
    return MissingDataError(f"{name}: no row has a value{where}; expected at least one")


def _steps(
    path: str | os.PathLike[str], layout: MeterLayout, report: FileReport, progress: Progress | None
) -> tuple[str, Iterable[MeteredSteps]]:
    """The steps in a file, and the digest of its bytes."""
    if layout.format == "table":
        from carbon_ledger.metering.tables.table_file import steps_in_table

        return steps_in_table(path, layout, report, progress)
    data = read_file(path, MissingDataError)
    module = import_module(f"carbon_ledger.metering.formats.{_NAMED[layout.format]}")
    steps: Iterable[MeteredSteps] = module.steps_in(data, layout, report)
    if progress is not None:
        progress(len(data), len(data))
    return f"sha256:{hashlib.sha256(data).hexdigest()}", steps
