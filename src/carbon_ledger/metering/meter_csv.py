"""Files of metered energy: a CSV read as columns of whole Wh, with no float and nothing passed over.

What a file holds and what is kept of it can differ in one way only, by a rounding that the caller
names; the difference is reported beside the result.
"""

import hashlib
import os
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Final

from attrs import frozen

from carbon_ledger.errors import InexactNumberError, MissingDataError, QuantityError
from carbon_ledger.exact import Rounding, arithmetic, decimal_of, text_of, whole_below
from carbon_ledger.files import path_text, read_file, reading
from carbon_ledger.metering.readings import Readings
from carbon_ledger.metering.rows import MeterCsv, MeterRow
from carbon_ledger.periods import Period
from carbon_ledger.printing import quote
from carbon_ledger.units import duration_s, energy_wh

MISSING: Final = ("refuse", "gap")


@frozen(kw_only=True)
class MeterFile:
    """What a file of metered energy holds.

    Args:
        path: The file, as it was named.
        sha256: Digest of its bytes, to be recorded as evidence: ``sha256:<64 hex digits>``.
        period: From the first time in the file to the end of the last one's step.
        runs: The readings, in time order.
        gaps: The parts of *period* without a reading, in time order.
        unit: Unit of the file's numbers.
        exact_total: Sum of the numbers as printed. [*unit*, exact]
        cut: What the rounding took away: the exact sum less what is kept. [Wh, exact]
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
        """Energy that is kept, over all runs. [Wh]"""
        return sum(run.total_wh for run in self.runs)


@frozen
class _Keeping:
    """How the numbers of a file are kept."""

    unit: str
    unit_wh: int
    step_s: int
    rounding: Rounding | None
    missing: str

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.missing, str) or self.missing not in MISSING:
            raise QuantityError(f"missing {quote(self.missing, 40)}: expected one of {', '.join(MISSING)}")
        if self.rounding is not None and self.rounding.places != 0:
            raise QuantityError(f"rounding {self.rounding}: energy is kept in whole Wh, so it needs places=0")


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
    """Read a CSV file of metered energy, one step a row, rows in any order.

    A row's time is the start of its step. Local times that autumn repeats are told apart by their order,
    where each stands in the file twice and all rows are in time order; otherwise they are refused.

    Args:
        path: The file: UTF-8, with a header.
        time_column: Header of the times.
        value_column: Header of the energies, which may be negative.
        zone: IANA zone of the times that name none themselves.
        time_format: How times are written, as for `datetime.strptime`; ISO 8601 where none is given.
        unit: Unit of the energies, a whole number of Wh. [energy; kWh, MWh, ...]
        step: Length of each step. [duration; "1 hour", "15 min", ...]
        rounding: How to cut values finer than 1 Wh (places 0); where none is given, they are refused.
        delimiter: Comma, semicolon, tab or ``|``.
        missing: What an empty value is: ``refuse``, or ``gap``, time without a reading.

    Raises:
        MissingDataError: No such file, no such column, no row, or an empty value.
        InexactNumberError: A value is finer than 1 Wh and no rounding is named, or *unit* is no whole Wh.
        QuantityError: No UTF-8 CSV, fields that are not the header's, no number, an unusable argument.
        PeriodError: A time is none, ambiguous or off the grid of steps; an unusable *zone* or *time_format*.
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
    layout = MeterCsv(path_text(path, MissingDataError), time_column, value_column, zone, time_format, delimiter)
    step_s, unit_wh = duration_s(step, "step"), energy_wh(f"1 {unit}", "unit")
    return _read(layout, _Keeping(unit, unit_wh, step_s, rounding, missing))


def _read(layout: MeterCsv, keeping: _Keeping) -> MeterFile:
    data = read_file(layout.path, MissingDataError)
    timed = layout.rows(data, keeping.step_s)
    period = Period(timed[0][0], timed[-1][0] + keeping.step_s, layout.zone)
    printed, kept = [], []
    for at, row in timed:
        place = layout.value_place(row)
        if not row.value and keeping.missing == "gap":
            continue
        number = _number(row, place)
        printed.append(number)
        kept.append((at, _whole_wh(number, keeping, place)))
    if not kept:
        raise MissingDataError(f"{layout.path}: no row has a value in column {quote(layout.value_column)}")
    runs = _runs(kept, keeping.step_s)
    with arithmetic():
        exact_total = sum(printed, Decimal(0))
        cut = exact_total * keeping.unit_wh - sum(wh for _, wh in kept)
        cut_rows = sum(number * keeping.unit_wh != wh for number, (_, wh) in zip(printed, kept, strict=True))
    return MeterFile(
        path=layout.path,
        sha256=f"sha256:{hashlib.sha256(data).hexdigest()}",
        period=period,
        runs=runs,
        gaps=_gaps(period, runs),
        unit=keeping.unit,
        exact_total=exact_total,
        cut=Decimal(text_of(cut)),
        cut_rows=cut_rows,
        rounding=keeping.rounding,
    )


def _number(row: MeterRow, place: str) -> Decimal:
    if not row.value:
        raise MissingDataError(f'{place}: no value; pass missing="gap" if the step has no reading')
    return decimal_of(row.value, place)


def _whole_wh(number: Decimal, keeping: _Keeping, place: str) -> int:
    with arithmetic():
        exact_wh = number * keeping.unit_wh
    floor_wh = whole_below(exact_wh)
    if floor_wh == exact_wh:
        return floor_wh
    if keeping.rounding is None:
        raise InexactNumberError(
            f"{place}: {number} {keeping.unit} is finer than 1 Wh; name how to cut it, e.g. "
            'rounding=Rounding("floor", places=0)'
        )
    return int(keeping.rounding.apply(exact_wh))


def _runs(kept: Iterable[tuple[int, int]], step_s: int) -> tuple[Readings, ...]:
    columns: list[tuple[int, list[int]]] = []
    following = None
    for at, wh in kept:
        if at != following:
            columns.append((at, []))
        columns[-1][1].append(wh)
        following = at + step_s
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
