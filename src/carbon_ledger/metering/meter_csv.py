"""Files of metered energy: a CSV file read as columns of whole Wh, without a float, and with every row accounted for.

The readings differ from the numbers in the file only by a rounding that the caller names. The result reports the
difference.
"""

import hashlib
import os
from datetime import timedelta

from carbon_ledger.errors import MissingDataError, QuantityError
from carbon_ledger.exact import Rounding
from carbon_ledger.files import reading
from carbon_ledger.metering.layouts import MeterLayout, NumberLayout, TableLayout, TimeLayout, ValueColumn
from carbon_ledger.metering.layouts.layout import REFUSE
from carbon_ledger.metering.meter_files import MeterFile, read_meter_file
from carbon_ledger.units import duration_s


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

    The short form of `read_meter_file`, which reads many more layouts. A row's time is the start of its step. Local
    times that occur twice when clocks are set back are distinguished by their order if the file has each of them twice
    and all rows are in time order; otherwise they are refused.

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
    time = TimeLayout(columns=(time_column,), format=time_format, step=(f"{duration_s(step, 'step')} s",))
    value = ValueColumn(column=value_column, unit=unit)
    return read_meter_file(path, _layout(zone, time, value, delimiter, missing, rounding))


def _layout(
    zone: str, time: TimeLayout, value: ValueColumn, delimiter: str, missing: str, rounding: Rounding | None
) -> MeterLayout:
    return MeterLayout(
        name="read_meter_csv",
        zone=zone,
        table=TableLayout(delimiter=delimiter),
        numbers=NumberLayout(missing_is=missing),
        time=time,
        values=(value,),
        remainder=_remainder(rounding),
    )


def _remainder(rounding: Rounding | None) -> str:
    """What a layout calls a rounding."""
    if rounding is None:
        return REFUSE
    if rounding.places != 0:
        raise QuantityError(f"rounding {rounding}: energy is recorded in whole Wh, so it needs places=0")
    return rounding.direction


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
