"""The parts of a layout: the table, the numbers, the times, the values and their quality."""

import re
from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Final

from attrs import field, frozen

from carbon_ledger.csv_rows import DELIMITERS
from carbon_ledger.errors import PeriodError, QuantityError
from carbon_ledger.exact import arithmetic, checked_decimal
from carbon_ledger.mappings import FrozenMapping
from carbon_ledger.metering.layouts.fields import (
    as_texts,
    as_words,
    check_line,
    check_lines,
    check_truth,
    text_in,
    word_of,
    words_of,
)
from carbon_ledger.metering.readings import MEASURED, QUALITIES
from carbon_ledger.periods import instant_text, instant_utc
from carbon_ledger.printing import quote
from carbon_ledger.records import Record
from carbon_ledger.units import duration_s, energy_wh, power_w

ENCODINGS: Final = ("utf-8", "cp1252", "latin-1", "utf-16")
THOUSANDS: Final = ("", ",", ".", " ", "'", "\u00a0", "\u202f")
STAMPS: Final = ("start", "end", "start-plus-step")
OLDEST_FIRST: Final = "oldest-first"
ORDERS: Final = (OLDEST_FIRST, "newest-first")
EPOCHS: Final = {"epoch s": 1, "epoch ms": 1_000}
CALENDAR_STEPS: Final = ("day", "month")
ROLES: Final = ("net", "gross", "export", "import")
KINDS: Final = ("energy", "power", "register")
FLAGS: Final = ("none", "after", "before")
NUMBERINGS: Final = ("elapsed", "wall")

_OFFSET: Final = re.compile(r"[+-](?:0[0-9]|1[0-4]):[0-5][0-9]", re.ASCII)


@frozen(kw_only=True, repr=False)
class TableLayout(Record):
    """The table of a file: CSV, or a sheet of an Excel file.

    Args:
        kind: ``csv`` or ``excel``.
        delimiter: What separates the cells of a CSV row: comma, semicolon, tab or ``|``.
        encoding: ``utf-8`` (a byte order mark is allowed), ``cp1252``, ``latin-1`` or ``utf-16``.
        skip_lines: How many lines stand before the header. They are not read.
        header: Whether the file has a header. Without one, columns are named ``1``, ``2``, ...
        unit_row: Whether the row below the header has the units of the columns.
        footers: Texts with which the first cell that is not blank of a footer begins, e.g. ``Summe``. Footers are
            counted, and not read as steps; a row that begins as one and has a time is refused.
        extra_cells: Whether rows may have more cells than the header, if these are blank.
        sheet: The name of the sheet of an Excel file; empty: the first one.

    Raises:
        QuantityError: A field cannot be used.

    Example:
        >>> TableLayout(delimiter=";", encoding="cp1252", footers="Summe").footers
        ('Summe',)
    """

    kind: str = field(default="csv", validator=word_of(("csv", "excel")))
    delimiter: str = field(default=",", validator=word_of(DELIMITERS))
    encoding: str = field(default="utf-8", validator=word_of(ENCODINGS))
    skip_lines: int = 0
    header: bool = field(default=True, validator=check_truth)
    unit_row: bool = field(default=False, validator=check_truth)
    footers: tuple[str, ...] = field(default=(), converter=as_texts, validator=check_lines)
    extra_cells: bool = field(default=False, validator=check_truth)
    sheet: str = field(default="", validator=check_line)

    def __attrs_post_init__(self) -> None:
        """Check the fields."""
        if type(self.skip_lines) is not int or not 0 <= self.skip_lines <= 10_000:
            raise QuantityError(f"skip_lines {quote(self.skip_lines, 40)}: expected a whole number from 0 to 10,000")
        if self.unit_row and not self.header:
            raise QuantityError("unit_row: a row of units stands below a header, and the table has none")
        if any(not footer.strip() for footer in self.footers):
            raise QuantityError("footers: an empty text; expected the text that a footer begins with, e.g. Summe")


@frozen(kw_only=True, repr=False)
class NumberLayout(Record):
    """How the numbers of a file are written.

    Args:
        decimal: The decimal mark: ``.`` or ``,``.
        thousands: What separates groups of three digits: nothing, ``,``, ``.``, a space, ``'`` or a no-break space.
        missing: Cells that stand for no value, beside an empty cell, e.g. ``-`` or ``n/a``.
        missing_is: What to do with a step that has no value: ``refuse`` it, or read it as a ``gap``.
        exponent: Whether a number may have an exponent, e.g. ``1.25E+3``.
        excel_text: Whether cells may be written as ``="..."``, which keeps a spreadsheet from changing them.

    Raises:
        QuantityError: A field cannot be used, or the decimal mark also separates thousands.

    Example:
        >>> NumberLayout(decimal=",", thousands=".", missing=["-"], missing_is="gap").missing
        ('-',)
    """

    decimal: str = field(default=".", validator=word_of((".", ",")))
    thousands: str = field(default="", validator=word_of(THOUSANDS))
    missing: tuple[str, ...] = field(default=(), converter=as_texts, validator=check_lines)
    missing_is: str = field(default="refuse", validator=word_of(("refuse", "gap")))
    exponent: bool = field(default=False, validator=check_truth)
    excel_text: bool = field(default=False, validator=check_truth)

    def __attrs_post_init__(self) -> None:
        """Refuse one mark for two things."""
        if self.decimal == self.thousands:
            raise QuantityError(f"decimal and thousands are both {quote(self.decimal)}: expected two marks")


@frozen(kw_only=True, repr=False)
class TimeLayout(Record):
    """How the times of a file are written.

    Args:
        columns: Headers of the column, or of the two columns of date and time, that hold a step's time. Of a layout
            whose rows are days, the column of the day.
        end_columns: Headers of the columns of the end of the step, where a row has both. If start and end share the
            column of the day, an end of ``00:00`` is the end of that day.
        format: How times are written, as for `datetime.strptime`; None: ISO 8601; or ``epoch s`` or ``epoch ms``. The
            format of two columns is that of both, joined by a space.
        stamp: ``start``: a time is the start of its step. ``end``: it is the end, as a clock shows it (``24:00`` and
            ``00:00`` of the next day are the same). ``start-plus-step``: the start as a clock shows it, plus the step;
            this differs from ``end`` only when the clocks change.
        offset: The offset of times that have none of their own, if it is the same all year, e.g. ``+10:00``; empty:
            times are local times of the layout's zone.
        summer_column: Header of a column that says whether a time is summer time: the start of the step, if rows have
            both ends.
        summer: What the cells of that column mean: ``summer`` or ``winter``.
        order: ``oldest-first`` or ``newest-first``: the order of the rows of a meter. It tells apart the local times
            that clocks show twice when they are set back, and nothing else: all other rows may be in any order.
        interval_column: Header of a column with the number of the step within its local day, from 1, as time passes:
            days of 23 and 25 hours have fewer and more of them. *columns* is the column of the day then.
        step: The length of each step, e.g. ``15 min``; ``day`` or ``month`` for local days and calendar months; or
            several lengths where the resolution changes within the file, e.g. ``["1 hour", "15 min"]``. Not used where
            rows have an end of their own.

    Raises:
        PeriodError: *format* or *offset* cannot be used, or fields contradict each other.
        QuantityError: Another field cannot be used.

    Example:
        >>> TimeLayout(columns=["day", "time"], format="%d.%m.%Y %H:%M", stamp="end", step="15 min").steps_s
        (900,)
    """

    columns: tuple[str, ...] = field(default=(), converter=as_texts, validator=check_lines)
    end_columns: tuple[str, ...] = field(default=(), converter=as_texts, validator=check_lines)
    format: str | None = None
    stamp: str = field(default="start", validator=word_of(STAMPS))
    offset: str = field(default="", validator=check_line)
    summer_column: str = field(default="", validator=check_line)
    summer: Mapping[str, str] = field(
        factory=lambda: FrozenMapping({}), converter=as_words, validator=words_of(("summer", "winter"))
    )
    order: str = field(default=OLDEST_FIRST, validator=word_of(ORDERS))
    interval_column: str = field(default="", validator=check_line)
    step: tuple[str, ...] = field(default=("1 hour",), converter=as_texts, validator=check_lines)

    def __attrs_post_init__(self) -> None:
        """Refuse fields that contradict each other."""
        if self.format is not None:
            text_in(self.format, "time format")
        if self.offset and not _OFFSET.fullmatch(self.offset):
            raise PeriodError(f'offset {quote(self.offset)}: expected e.g. "+10:00" or "-03:30"')
        for given, most in ((self.columns, 2), (self.end_columns, 2)):
            if len(given) > most:
                raise PeriodError(
                    f"time columns {quote([*given])}: expected one column, or one of dates and one of times"
                )
        if bool(self.summer_column) != bool(self.summer):
            raise PeriodError("summer_column and summer: give both, or neither")
        if self.summer_column and self.offset:
            raise PeriodError("summer_column and offset: times of one offset all year have no summer time; give one")
        if self.end_columns and self.stamp != "start":
            raise PeriodError(
                "end_columns and stamp: a row that has both ends of its step needs no stamp; leave it out"
            )
        if not self.step or (len(self.step) > 1 and set(self.step) & set(CALENDAR_STEPS)):
            raise PeriodError(f"step {quote([*self.step])}: expected one step, or several fixed lengths")
        if len(set(self.steps_s)) != len(self.steps_s):
            raise PeriodError(f"step {quote([*self.step])}: a length is given twice")
        if self.format in EPOCHS and (self.offset or self.summer_column or len(self.columns) > 1):
            raise PeriodError(f"format {self.format}: such a time is an instant, in one column and without an offset")
        has_days = (
            not self.end_columns and self.stamp == "start" and self.format not in EPOCHS and len(self.columns) < 2
        )
        if self.interval_column and not has_days:
            raise PeriodError("interval_column: the number of a step takes a day, a stamp of start, and no end_columns")
        if (self.interval_column or self.stamp == "start-plus-step") and (len(self.step) > 1 or self.is_calendar):
            raise PeriodError("interval_column and stamp start-plus-step take one step of fixed length")

    @property
    def is_calendar(self) -> bool:
        """Whether steps are local days or calendar months."""
        return self.step[0] in CALENDAR_STEPS

    @property
    def steps_s(self) -> tuple[int, ...]:
        """The lengths of the steps; empty for local days and months. [s]"""
        return () if self.is_calendar else tuple(duration_s(item, "step") for item in self.step)

    @property
    def offset_s(self) -> int | None:
        """The offset of times that have none of their own; None: they are local times of the layout's zone. [s]"""
        if not self.offset:
            return None
        seconds = int(self.offset[1:3]) * 3600 + int(self.offset[4:]) * 60
        return -seconds if self.offset[0] == "-" else seconds


@frozen(kw_only=True, repr=False)
class ValueColumn(Record):
    """A column of values: what they are, and what they stand for.

    Args:
        column: Header of the column. Of a layout whose rows are days, it is empty: `WideLayout` names the columns.
        unit: Unit of the values. [energy, or power where *kind* is ``power``; kWh, MW, ...]
        role: ``net`` (export minus import), ``gross`` (generation before station service), ``export`` or ``import``.
            Several columns of one role, such as tariffs, are added up.
        kind: ``energy`` of the step; ``power``: the average power of the step, which is multiplied by its length; or
            ``register``: the standing of a meter at the time of the row, of which differences are the energy.
        multiplier: What each value is multiplied by, e.g. the ratio of transformers. [an exact number as text]
        channel: What the cell of the layout's channel column has for these values, if it has a channel column.
        modulus: The standing at which a register returns to 0, in *unit*, e.g. ``1000000``; empty: a standing that
            is less than the one before it is refused.
        reset: ``none``, or ``day``: the register is set to 0 at each local midnight.

    Raises:
        QuantityError: A field cannot be used, or *multiplier* or *modulus* is not above 0.
        UnknownUnitError, UnitMismatchError, InexactNumberError: *unit* cannot be used.

    Example:
        >>> ValueColumn(column="reading", unit="kWh", kind="register", multiplier="40").factor_wh
        Fraction(40000, 1)
    """

    column: str = field(default="", validator=check_line)
    unit: str = "kWh"
    role: str = field(default="net", validator=word_of(ROLES))
    kind: str = field(default="energy", validator=word_of(KINDS))
    multiplier: str = "1"
    channel: str = field(default="", validator=check_line)
    modulus: str = ""
    reset: str = field(default="none", validator=word_of(("none", "day")))

    def __attrs_post_init__(self) -> None:
        """Check the unit and the numbers."""
        text_in(self.unit, "unit")
        _ = self.factor_wh
        for name in ("multiplier", "modulus"):
            text = getattr(self, name)
            if name == "modulus" and text == "":
                continue
            if not isinstance(text, str) or checked_decimal(text, name) <= 0:
                raise QuantityError(f'{name} {quote(text, 40)}: expected a number above 0 as text, e.g. "1000"')
        if (self.modulus or self.reset != "none") and self.kind != "register":
            raise QuantityError(f"modulus and reset belong to a register, and the column is of kind {self.kind}")
        if self.modulus and self.reset != "none":
            raise QuantityError("modulus and reset: a register that is reset each day does not roll over; give one")

    @property
    def factor_wh(self) -> Fraction:
        """What one unit of a value is. [Wh; of power, Wh in a second]"""
        if self.kind == "power":
            unit = Fraction(power_w(f"1 {self.unit}", "unit"), 3600)
        else:
            unit = Fraction(energy_wh(f"1 {self.unit}", "unit"))
        with arithmetic():
            return unit * Fraction(checked_decimal(self.multiplier, "multiplier"))


@frozen(kw_only=True, repr=False)
class WideLayout(Record):
    """The columns of a file whose rows are local days.

    Args:
        first: Header of the column of the day's first step.
        last: Header of the column of the day's last step; on a day of 25 hours, of that day's last one.
        flags: Whether a column with a quality flag stands ``after`` each value, ``before`` it, or nowhere (``none``).
        numbering: ``elapsed``: values follow each other as time passes, and a short day has fewer of them. ``wall``:
            each column is a time of the clock, and the hour that spring skips is blank.

    Raises:
        QuantityError: A field cannot be used.

    Example:
        >>> WideLayout(first="HH01", last="HH50", flags="after").numbering
        'elapsed'
    """

    first: str = field(validator=check_line)
    last: str = field(validator=check_line)
    flags: str = field(default="none", validator=word_of(FLAGS))
    numbering: str = field(default="elapsed", validator=word_of(NUMBERINGS))


@frozen(kw_only=True, repr=False)
class QualityLayout(Record):
    """How a file says how its values came about.

    Args:
        column: Header of the column of flags; empty if flags stand beside the values of a wide layout, or if all
            values are of the quality *default*.
        flags: What each flag means: ``measured``, ``estimated`` or ``substituted``. A flag that is not here is refused.
        default: The quality of values without a flag.

    Raises:
        QuantityError: A field cannot be used.

    Example:
        >>> QualityLayout(column="flag", flags={"A": "measured", "E": "estimated"}).flags["E"]
        'estimated'
    """

    column: str = field(default="", validator=check_line)
    flags: Mapping[str, str] = field(
        factory=lambda: FrozenMapping({}), converter=as_words, validator=words_of(QUALITIES)
    )
    default: str = field(default=MEASURED, validator=word_of(QUALITIES))


def _as_instant(value: object) -> object:
    """An instant that TOML or the caller gives as a time, as text. What is no such time is left for the check."""
    return instant_text(instant_utc(value, "exchange: at")) if isinstance(value, datetime) else value


@frozen(kw_only=True, repr=False)
class MeterExchange(Record):
    """The exchange of a meter, or of its register, between two standings.

    Args:
        at: When the exchange took place: a time with its offset. A `datetime`, as TOML has it, becomes its text. The
            standing of a row of that very instant may be that of either meter, if it is one of the two standings.
        last_standing: The standing of the removed meter, in the unit of its column. [an exact number as text]
        first_standing: The standing of the new meter.
        evidence: Digest of the document of the exchange; see `digest_file`.
        meter: The meter's id in the file, if the file has several.
        register: The register's column, or its channel, if the layout has several registers.

    Raises:
        QuantityError: A standing is not a number of 0 or more, or the evidence is not a digest.
        PeriodError: *at* is not an instant.

    Example:
        >>> evidence = "sha256:" + "0" * 64
        >>> MeterExchange(at="2024-05-01T10:30Z", last_standing="20733.874", first_standing="0", evidence=evidence).at
        '2024-05-01T10:30Z'
    """

    at: str = field(converter=_as_instant)
    last_standing: str
    first_standing: str
    evidence: str
    meter: str = field(default="", validator=check_line)
    register: str = field(default="", validator=check_line)

    def __attrs_post_init__(self) -> None:
        """Check the fields."""
        instant_utc(text_in(self.at, "exchange: at"), "exchange: at")
        for name in ("last_standing", "first_standing"):
            text = getattr(self, name)
            if not isinstance(text, str) or checked_decimal(text, name) < 0:
                raise QuantityError(f'exchange: {name} {quote(text, 40)}: expected a number as text, e.g. "20733.874"')
        if not isinstance(self.evidence, str) or not re.fullmatch(r"sha256:[0-9a-f]{64}", self.evidence, re.ASCII):
            raise QuantityError(f"exchange: evidence {quote(self.evidence, 80)}: expected sha256: and 64 hex digits")
