"""Metered generation: columns of whole Wh over steps of equal length."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from operator import eq, gt, sub
from struct import unpack
from typing import TYPE_CHECKING, Any, Final, cast

from attrs import field, frozen
from attrs.converters import optional

from carbon_ledger.column import MAX_INTEGER, Column
from carbon_ledger.errors import ImplausibleReadingError, InexactNumberError, PeriodError, QuantityError
from carbon_ledger.periods.instants import instant_text
from carbon_ledger.periods.spans import Span
from carbon_ledger.periods.zones import LATEST_UTC, checked_instant
from carbon_ledger.printing import one_of, quote

if TYPE_CHECKING:
    from carbon_ledger.metering.columns import TypedColumn

INTEGER_FORMATS: Final = frozenset("bBhHiIlLqQnN")
FLOAT_FORMATS: Final = frozenset(("e", "f", "d", "g", "Zf", "Zd", "Zg"))

MEASURED: Final = "measured"
QUALITIES: Final = (MEASURED, "estimated", "substituted")
SIDES: Final = ("export_wh", "import_wh")
INVOICED: Final = ("invoiced_export_wh", "invoiced_import_wh")


def column_wh(values: object, name: str) -> Column:
    """Validate a column of energies.

    Args:
        values: Whole numbers: a list, a tuple, an `array.array`; anything with the buffer protocol whose items are
            integers, such as a NumPy array; a pandas Series of integers; or an integer column of anything with the
            Arrow C interface, such as pyarrow, polars and DuckDB. Values are taken in their order. [Wh, shape (steps,)]
        name: What the column is, for the message.

    Returns:
        The column, with its least, most and total.

    Raises:
        InexactNumberError: The column holds floats.
        QuantityError: The column is empty, not one-dimensional, has a null or an index of times, or holds something
            other than whole numbers below 2^53 in magnitude.
        MissingExtraError: The column's own library needs another one to hand it over.

    Example:
        >>> column_wh([3_000_000, -1_000_000], "net_wh")
        (3000000, -1000000)
    """
    column = _listed(values, name)
    if not column:
        raise QuantityError(f"{name}: an empty column; give one whole number of Wh for each step")
    with suppress(QuantityError):
        return Column(column)
    raise _refusal(column, name)


def _refusal(column: Sequence[object], name: str) -> QuantityError:
    """The error that names the invalid value of a column."""
    for position, wrong in enumerate(column):
        if type(wrong) is not int:
            error = InexactNumberError if isinstance(wrong, float) else QuantityError
            return error(
                f"{name}[{position}]: {quote(wrong)} is a {type(wrong).__name__}; a column holds whole numbers "
                f"of Wh (int)"
            )
    return QuantityError(f"{name}: a value is not below 2^53 Wh in magnitude")


def _listed(values: object, name: str) -> Sequence[int]:
    if isinstance(values, list | tuple):
        return values
    try:
        view = memoryview(cast("bytes", values))
    except (TypeError, ValueError):
        return _listed_otherwise(values, name)
    if view.ndim != 1 or isinstance(values, bytes | bytearray):
        raise QuantityError(f"{name}: expected a column of one dimension, shape (steps,)")
    order, form = (view.format[0], view.format[1:]) if view.format[:1] in ("@", "=", "<", ">") else ("@", view.format)
    if form not in INTEGER_FORMATS:
        error = InexactNumberError if form in FLOAT_FORMATS else QuantityError
        raise error(f"{name}: items of format {quote(view.format)} are not integers; convert them to whole Wh")
    _require_unmasked(values, name)
    return view.tolist() if order == "@" else unpack(f"{order}{len(view)}{form}", view.tobytes())


def _listed_otherwise(values: object, name: str) -> Sequence[int]:
    """The values of what has no buffer: a column of a frame, or a sequence of Python objects."""
    from carbon_ledger.metering.columns import is_column_of_frame, one_column

    if is_column_of_frame(values):
        return whole_numbers(one_column(values, name), name)
    if isinstance(values, Sequence | Iterator) and not isinstance(values, str):
        return list(values)
    raise QuantityError(f"{name}: {type(values).__name__} is not a column of whole numbers") from None


def _require_unmasked(values: Any, name: str) -> None:
    """Refuse a masked array of NumPy, whose buffer has a value where the array has none."""
    mask: Any = getattr(values, "mask", None)
    if mask is not None and hasattr(values, "fill_value") and bool(mask.any()):
        raise QuantityError(f"{name}: the array masks values; give one whole number of Wh for each step")


def whole_numbers(column: "TypedColumn", name: str) -> Sequence[int]:
    """The values of a column of a frame, if its type is one of whole numbers and none is null.

    Raises:
        InexactNumberError: It is a column of floats.
        QuantityError: It is of another type, or has a null.
    """
    if column.kind == "float":
        raise InexactNumberError(
            f"{name}: a column of {column.type}; a float cannot hold every whole number of Wh: read the column as "
            "int64 where it comes from, even if these are whole"
        )
    if column.kind != "integer":
        raise QuantityError(f"{name}: a column of {column.type}; expected a type of whole numbers, such as int64")
    if column.has_nulls:
        raise QuantityError(
            f"{name}[{column.null_at}]: a null; give one whole number of Wh for each step, and record what lies on "
            "both sides of a gap by itself"
        )
    return column.values


def checked_quality(quality: object) -> str:
    """The quality of a run of readings, checked.

    Raises:
        QuantityError: *quality* is not one of `QUALITIES`.
    """
    if not isinstance(quality, str) or quality not in QUALITIES:
        raise QuantityError(f"quality {quote(quality)}: expected {one_of(quality, QUALITIES)}")
    return str(quality)


def _check_sides(net: Column, export: Column | None, import_: Column | None) -> None:
    """Refuse export and import that are not both known, are negative, or do not give the net energy of each step."""
    if export is None or import_ is None:
        given, missing = ("import", "export") if export is None else ("export", "import")
        raise QuantityError(
            f"{given} is given without {missing}; give both sides of the meter, or the net energy alone"
        )
    if not len(export) == len(import_) == len(net):
        raise QuantityError(
            f"export has {len(export)} steps, import {len(import_)}, net {len(net)}; give one of each a step"
        )
    if export.least >= 0 and import_.least >= 0 and all(map(eq, map(sub, export, import_), net)):
        return
    for position, (out, taken, wh) in enumerate(zip(export, import_, net, strict=True)):
        if out < 0 or taken < 0 or out - taken != wh:
            raise QuantityError(
                f"step {position}: export {out} Wh, import {taken} Wh, net {wh} Wh; net is exactly export minus "
                "import, and neither side is negative"
            )


def _check_invoiced(export: int | None, import_: int | None) -> None:
    """Refuse invoiced volumes that are not both known, or are not whole numbers of Wh of 0 or more."""
    for name, wh in (("invoiced_export", export), ("invoiced_import", import_)):
        if type(wh) is not int or not 0 <= wh <= MAX_INTEGER:
            raise QuantityError(
                f"{name} {quote(wh)}: expected a whole number of Wh of 0 or more; give both sides of the invoice"
            )


def _column(values: Iterable[int]) -> Column:
    if isinstance(values, Column):
        return values
    try:
        return Column(values)
    except (TypeError, QuantityError):
        raise QuantityError(
            f"a run of readings: {quote(values)}; expected one or more whole numbers of Wh (int), one a step"
        ) from None


@frozen(repr=False)
class Readings(Span):
    """A run of readings: the net energy of consecutive steps of equal length, and what else is known of the run.

    Args:
        start_utc: Start of the first step. [s since 1970-01-01 UTC]
        step_s: Length of each step. [s]
        net_wh: Export minus import of each step; may be negative. [Wh, shape (steps,)]
        gross_wh: Generation before station service, where a rule needs it. [Wh, shape (steps,)]
        quality: How the values of the run came about: ``measured``, ``estimated`` or ``substituted``.
        export_wh: Metered export of each step, if it is known together with the import. [Wh, shape (steps,)]
        import_wh: Metered import of each step. [Wh, shape (steps,)]
        invoiced_export_wh: Export of the whole run as it was invoiced, if it is known together with the import. [Wh]
        invoiced_import_wh: Import of the whole run as it was invoiced. [Wh]

    Raises:
        PeriodError: The step is not a whole positive number of seconds, or a step is outside the years 1970 to 9998.
        ImplausibleReadingError: Net is above gross, gross is negative, or the sum is not below 2^53 Wh.
        QuantityError: A column is empty or holds something other than ints, or the columns differ in length; net is
            not export minus import, one of the two is negative or missing; or the quality is not a quality.

    Example:
        >>> Readings(0, 3600, (3_000_000, -1_000_000)).total_wh
        2000000
    """

    _derived = ("end", "total_wh")

    start_utc: int
    step_s: int
    net_wh: Column = field(converter=_column)
    gross_wh: Column | None = field(converter=optional(_column), default=None)
    quality: str = MEASURED
    export_wh: Column | None = field(converter=optional(_column), default=None)
    import_wh: Column | None = field(converter=optional(_column), default=None)
    invoiced_export_wh: int | None = None
    invoiced_import_wh: int | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse columns that do not form a run."""
        if self.quality is not MEASURED:
            checked_quality(self.quality)
        if type(self.step_s) is not int or self.step_s < 1:
            raise PeriodError(f"step {quote(self.step_s)} s: expected a whole number of seconds of at least 1")
        checked_instant(self.start_utc, "start of a run of readings")
        if self.end_utc > LATEST_UTC:
            checked_instant(self.end_utc, f"end of a run of readings of {len(self.net_wh)} steps of {self.step_s} s")
        if abs(self.net_wh.total) > MAX_INTEGER or (self.gross_wh is not None and self.gross_wh.total > MAX_INTEGER):
            raise ImplausibleReadingError("run", "its energy is not below 2^53 Wh (9 PWh); check the unit")
        if self.export_wh is not None or self.import_wh is not None:
            _check_sides(self.net_wh, self.export_wh, self.import_wh)
        if self.invoiced_export_wh is not None or self.invoiced_import_wh is not None:
            _check_invoiced(self.invoiced_export_wh, self.invoiced_import_wh)
        if self.gross_wh is None:
            return
        if len(self.gross_wh) != len(self.net_wh):
            raise QuantityError(f"gross_wh has {len(self.gross_wh)} steps, net_wh has {len(self.net_wh)}")
        if self.gross_wh.least >= 0 and not any(map(gt, self.net_wh, self.gross_wh)):
            return
        for position, (net, gross) in enumerate(zip(self.net_wh, self.gross_wh, strict=True)):
            if net > gross or gross < 0:
                begins = instant_text(self.start_utc + position * self.step_s)
                raise ImplausibleReadingError(
                    f"step {position}, which begins at {begins}",
                    f"net {net} Wh, gross {gross} Wh; net is export minus import and never above gross, "
                    "and gross is never negative",
                )

    @property
    def end_utc(self) -> int:
        """End of the last step. [s since 1970-01-01 UTC]"""
        return self.start_utc + self.step_s * len(self.net_wh)

    @property
    def total_wh(self) -> int:
        """Net energy of the run. [Wh]"""
        return self.net_wh.total
