"""Files of metered energy: a CSV file read as columns of whole Wh, without a float, and with every row accounted for.

The readings differ from the numbers in the file only by a rounding that the caller names. The result reports the
difference.
"""

import hashlib
import os
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Final

from attrs import frozen

from carbon_ledger.csv_rows import CsvFile, read_csv_file
from carbon_ledger.errors import InexactNumberError, MissingDataError, QuantityError
from carbon_ledger.exact import Rounding, arithmetic, checked_decimal, text_of, whole_below
from carbon_ledger.files import reading
from carbon_ledger.metering.readings import Readings
from carbon_ledger.metering.rows import MeterCsvLayout, MeterRow
from carbon_ledger.periods import Period
from carbon_ledger.printing import quote
from carbon_ledger.units import duration_s, energy_wh

MISSING: Final = ("refuse", "gap")


@frozen(kw_only=True)
class MeterFile:
    """The readings in a file of metered energy.

    Args:
        path: The file, as the caller named it.
        sha256: Digest of its bytes, to be recorded as evidence: ``sha256:<64 hex digits>``.
        period: From the first time in the file to the end of the last step.
        runs: The readings, in time order.
        gaps: The parts of *period* without a reading, in time order.
        unit: Unit of the file's numbers.
        exact_total: Sum of the numbers as printed. [*unit*, exact]
        cut: What the rounding took away: the exact sum less the readings' sum. [Wh, exact]
        cut_rows: How many numbers the rounding changed.
        rounding: The rounding that the caller named.
    """

    path: str
    sha256: str
    period: Period
    runs: tuple[Readings, ...]
    gaps: tuple[Period, ...]
    unit: str
    exact_total: Decimal
    cut: Decimal
    cut_rows: int
    rounding: Rounding | None

    @property
    def total_wh(self) -> int:
        """Energy of all runs. [Wh]"""
        return sum(run.total_wh for run in self.runs)


@frozen
class Conversion:
    """How the numbers of a file become whole Wh.

    Args:
        unit: Unit of the numbers.
        unit_wh: One *unit*. [Wh]
        step_s: Length of each step. [s]
        rounding: How to cut numbers finer than 1 Wh; None: they are refused.
        missing: One of `MISSING`.

    Raises:
        QuantityError: *missing* or *rounding* cannot be used.
    """

    unit: str
    unit_wh: int
    step_s: int
    rounding: Rounding | None
    missing: str

    def __attrs_post_init__(self) -> None:
        """Refuse what no file can be read with."""
        if not isinstance(self.missing, str) or self.missing not in MISSING:
            raise QuantityError(f"missing {quote(self.missing, 40)}: expected one of {', '.join(MISSING)}")
        if self.rounding is not None and self.rounding.places != 0:
            raise QuantityError(f"rounding {self.rounding}: energy is recorded in whole Wh, so it needs places=0")


def read_meter_csv(
    path: str | os.PathLike[str],
    *,
    time_column: str,
    value_column: str,
    zone: str,
    time_format: str | None = None,
    unit: str = "MWh",
    step: str | timedelta = "1 hour",
    rounding: Rounding | None = None,
    delimiter: str = ",",
    missing: str = "refuse",
) -> MeterFile:
    """Read a CSV file of metered energy, with one step in each row, in any order.

    A row's time is the start of its step. Local times that occur twice when clocks are set back are distinguished by
    their order if the file has each of them twice and all rows are in time order; otherwise they are refused.

    Args:
        path: The file: UTF-8, with a header.
        time_column: Header of the times.
        value_column: Header of the energies, which may be negative.
        zone: IANA zone of the times that have no offset of their own.
        time_format: How times are written, as for `datetime.strptime`; None: ISO 8601.
        unit: Unit of the energies, a whole number of Wh. [energy; kWh, MWh, ...]
        step: Length of each step. [duration; "1 hour", "15 min", ...]
        rounding: How to cut values finer than 1 Wh (places 0); None: they are refused.
        delimiter: Comma, semicolon, tab or ``|``.
        missing: What to do with an empty value: ``refuse`` it, or read it as a ``gap`` (time without a reading).

    Raises:
        MissingDataError: The file cannot be read, lacks a column, has no row, or has an empty value.
        InexactNumberError: A value is finer than 1 Wh and *rounding* is None, or *unit* is not a whole number of Wh.
        QuantityError: The file is not CSV in UTF-8, a value is not a number, or an argument cannot be used.
        PeriodError: A time is invalid, ambiguous, or off the grid of steps; or *zone* or *time_format* is invalid.
        OverlapError: Two rows have the same time.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "meter.csv")
        ...     _ = path.write_text("time,MWh\\n2024-05-01T00:00Z,3\\n2024-05-01T01:00Z,-1.5\\n")
        ...     read_meter_csv(path, time_column="time", value_column="MWh", zone="UTC").runs[0].net_wh
        (3000000, -1500000)
    """
    layout = MeterCsvLayout(time_column, value_column, zone, time_format)
    conversion = Conversion(unit, energy_wh(f"1 {unit}", "unit"), duration_s(step, "step"), rounding, missing)
    file = read_csv_file(path, delimiter=delimiter, missing=MissingDataError, malformed=QuantityError)
    return _read(file, layout, conversion)


def _read(file: CsvFile, layout: MeterCsvLayout, conversion: Conversion) -> MeterFile:
    timed = layout.timed_rows(file, conversion.step_s)
    period = Period(timed[0][0], timed[-1][0] + conversion.step_s, layout.zone)
    printed, steps = [], []
    for at, row in timed:
        if not row.value and conversion.missing == "gap":
            continue
        number = _number(row)
        printed.append(number)
        steps.append((at, _whole_wh(number, conversion, row)))
    if not steps:
        raise MissingDataError(
            f"{file.path}: no row has a value in column {quote(layout.value_column)}; expected at least one"
        )
    runs = _runs(steps, conversion.step_s)
    with arithmetic():
        exact_total = sum(printed, Decimal(0))
        cut = exact_total * conversion.unit_wh - sum(wh for _, wh in steps)
        cut_rows = sum(number * conversion.unit_wh != wh for number, (_, wh) in zip(printed, steps, strict=True))
    return MeterFile(
        path=file.path,
        sha256=file.sha256,
        period=period,
        runs=runs,
        gaps=_gaps(period, runs),
        unit=conversion.unit,
        exact_total=exact_total,
        cut=Decimal(text_of(cut)),
        cut_rows=cut_rows,
        rounding=conversion.rounding,
    )


def _number(row: MeterRow) -> Decimal:
    if not row.value:
        raise MissingDataError(f'{row.value_place}: no value; pass missing="gap" if the step has no reading')
    return checked_decimal(row.value, row.value_place)


def _whole_wh(number: Decimal, conversion: Conversion, row: MeterRow) -> int:
    with arithmetic():
        exact_wh = number * conversion.unit_wh
    floor_wh = whole_below(exact_wh)
    if floor_wh == exact_wh:
        return floor_wh
    if conversion.rounding is None:
        raise InexactNumberError(
            f"{row.value_place}: {number} {conversion.unit} is finer than 1 Wh; name how to cut it, e.g. "
            'rounding=Rounding("floor", places=0)'
        )
    return int(conversion.rounding.apply(exact_wh))


def _runs(steps: Iterable[tuple[int, int]], step_s: int) -> tuple[Readings, ...]:
    columns: list[tuple[int, list[int]]] = []
    next_utc = None
    for at, wh in steps:
        if at != next_utc:
            columns.append((at, []))
        columns[-1][1].append(wh)
        next_utc = at + step_s
    return tuple(Readings(start, step_s, tuple(column)) for start, column in columns)


def _gaps(period: Period, runs: Iterable[Readings]) -> tuple[Period, ...]:
    gaps = []
    covered = period.start_utc
    for run in runs:
        if covered < run.start_utc:
            gaps.append(Period(covered, run.start_utc, period.zone))
        covered = run.end_utc
    if covered < period.end_utc:
        gaps.append(Period(covered, period.end_utc, period.zone))
    return tuple(gaps)


def digest_file(path: str | os.PathLike[str]) -> str:
    """Digest a document, to be recorded as evidence of what was read from it.

    Args:
        path: The document: a regular file of any format and size. A ledger that this process has open is refused,
            as reading the file beside SQLite would drop the ledger's locks: digest a copy.

    Returns:
        ``sha256:`` and the 64 hex digits of its SHA-256.

    Raises:
        MissingDataError: The file cannot be read, is not a regular file, or is a ledger that this process has open.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "empty.pdf")
        ...     path.touch()
        ...     digest_file(path)[:23]
        'sha256:e3b0c44298fc1c14'
    """
    with reading(path, MissingDataError) as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
