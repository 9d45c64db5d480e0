"""The parts of a layout: the table, the numbers, the times, the values and their quality."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, TypeVar, cast

import attrs
from attrs import Attribute, field, frozen

from carbon_ledger.csv_rows import DELIMITERS
from carbon_ledger.errors import PeriodError, QuantityError
from carbon_ledger.exact import arithmetic, checked_decimal, text_of
from carbon_ledger.mappings import FrozenMapping, listed
from carbon_ledger.metering.readings import MEASURED, QUALITIES
from carbon_ledger.periods import instant_utc
from carbon_ledger.printing import near, quote
from carbon_ledger.units import duration_s, energy_wh, power_w

ENCODINGS: Final = ("utf-8", "cp1252", "latin-1", "utf-16")
THOUSANDS: Final = ("", ",", ".", " ", "'", "\u00a0", "\u202f")
STAMPS: Final = ("start", "end", "start-plus-step")
EPOCHS: Final = {"epoch s": 1, "epoch ms": 1_000}
CALENDAR_STEPS: Final = ("day", "month")
ROLES: Final = ("net", "gross", "export", "import")
KINDS: Final = ("energy", "power", "register")
FLAGS: Final = ("none", "after", "before")
NUMBERINGS: Final = ("elapsed", "wall")
MOST_NAMES: Final = 200  # the most columns, footers, markers or exchanges that a layout names

_OFFSET: Final = re.compile(r"[+-](?:0[0-9]|1[0-4]):[0-5][0-9]", re.ASCII)

Part = TypeVar("Part")
Validator = Callable[[Any, "Attribute[Any]", Any], None]


def part_of(kind: type[Part], value: object, name: str) -> Part:
    """A part of a layout: the part itself, or a mapping of its fields, as TOML has it.

    Args:
        kind: The class of the part.
        value: The part, or a mapping.
        name: What the part is called in a layout, for the message.

    Raises:
        QuantityError: *value* is neither, or has a field that the part does not have.
        CarbonLedgerError: A field cannot be used.

    Example:
        >>> part_of(NumberLayout, {"decimal": ","}, "numbers").decimal
        ','
    """
    if isinstance(value, kind):
        return value
    if not isinstance(value, Mapping):
        raise QuantityError(f"{name}: {quote(value)}, expected a {kind.__name__} or a table of its fields")
    fields = {item.alias: item for item in attrs.fields(cast("Any", kind)) if item.init}
    for key in value:
        if key not in fields:
            close = near(key, fields) if isinstance(key, str) else []
            known = f"did you mean {quote(close[0])}?" if close else f"known: {', '.join(fields)}"
            raise QuantityError(f"{name}: no field {quote(key)}; {known}")
    lacking = [key for key, item in fields.items() if item.default is attrs.NOTHING and key not in value]
    if lacking:
        raise QuantityError(f"{name}: the field {quote(lacking[0])} is missing")
    return kind(**value)


def record_of(part: object) -> dict[str, Any]:
    """The fields of a part that differ from their defaults, as plain values."""
    record: dict[str, Any] = {}
    for item in attrs.fields(cast("Any", type(part))):
        value = getattr(part, item.name)
        default = item.default.factory() if hasattr(item.default, "factory") else item.default
        if item.init and value != default:
            record[item.alias] = _plain(value)
    return record


def _plain(value: object) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return text_of(value)
    return record_of(value) if attrs.has(type(value)) else value


def text_in(value: object, name: str) -> str:
    """A line of text without a line break, checked.

    Raises:
        QuantityError: *value* is not text, or has a line break or a null character.
    """
    if not isinstance(value, str) or len(value) > 1_000 or re.search(r"[\n\r\0]", value):
        raise QuantityError(f"{name} {quote(value, 60)}: expected one line of text, of at most 1,000 characters")
    return value


def one_of(choices: Sequence[str], value: object, name: str) -> None:
    """Refuse what is none of several texts.

    Raises:
        QuantityError: *value* is none of *choices*.
    """
    if not isinstance(value, str) or value not in choices:
        close = near(value, choices) if isinstance(value, str) else []
        hint = f"did you mean {quote(close[0])}?" if close else f"expected one of {', '.join(map(quote, choices))}"
        raise QuantityError(f"{name} {quote(value, 40)}: {hint}")


def as_texts(value: str | Iterable[str]) -> tuple[str, ...]:
    """A list of texts as a tuple; a single text is a list of one. Anything else is left to the check of the field."""
    if isinstance(value, str):
        return (value,)
    items = listed(value)
    return cast("tuple[str, ...]", value) if items is None else tuple(items)


def as_words(value: Mapping[str, str]) -> Mapping[str, str]:
    """A copy of a mapping. What is no mapping is left for the check of the field."""
    return FrozenMapping(value) if isinstance(value, Mapping) else value


def _one_of(choices: Sequence[str]) -> Validator:
    return lambda _, item, value: one_of(choices, value, str(item.alias))


def _line(_: object, item: "Attribute[Any]", value: object) -> None:
    text_in(value, str(item.alias))


def _truth(_: object, item: "Attribute[Any]", value: object) -> None:
    if not isinstance(value, bool):
        raise QuantityError(f"{item.alias} {quote(value, 40)}: expected true or false")


def _lines(_: object, item: "Attribute[Any]", value: object) -> None:
    if not isinstance(value, tuple) or len(value) > MOST_NAMES:
        raise QuantityError(f"{item.alias} {quote(value, 100)}: expected a list of at most {MOST_NAMES} texts")
    for text in value:
        text_in(text, str(item.alias))


def _words(choices: Sequence[str]) -> Validator:
    def check(_: object, item: "Attribute[Any]", value: object) -> None:
        if not isinstance(value, Mapping) or len(value) > MOST_NAMES:
            raise QuantityError(f"{item.alias} {quote(value, 100)}: expected a table of texts")
        for key, word in value.items():
            one_of(choices, word, f"{item.alias}, {quote(text_in(key, str(item.alias)))}")

    return check


@frozen(kw_only=True)
class TableLayout:
    """The table of a file: CSV, or a sheet of an Excel file.

    Args:
        kind: ``csv`` or ``excel``.
        delimiter: What separates the cells of a CSV row: comma, semicolon, tab or ``|``.
        encoding: ``utf-8`` (a byte order mark is allowed), ``cp1252``, ``latin-1`` or ``utf-16``.
        skip_lines: How many lines stand before the header. They are not read.
        header: Whether the file has a header. Without one, columns are named ``1``, ``2``, ...
        unit_row: Whether the row below the header has the units of the columns.
        footers: Texts with which the first cell that is not blank of a footer begins, e.g. ``Summe``. Footers are
            counted, and not read as steps.
        extra_cells: Whether rows may have more cells than the header, if these are blank.
        sheet: The name of the sheet of an Excel file; empty: the first one.

    Raises:
        QuantityError: A field cannot be used.
    """

    kind: str = field(default="csv", validator=_one_of(("csv", "excel")))
    delimiter: str = field(default=",", validator=_one_of(DELIMITERS))
    encoding: str = field(default="utf-8", validator=_one_of(ENCODINGS))
    skip_lines: int = 0
    header: bool = field(default=True, validator=_truth)
    unit_row: bool = field(default=False, validator=_truth)
    footers: tuple[str, ...] = field(default=(), converter=as_texts, validator=_lines)
    extra_cells: bool = field(default=False, validator=_truth)
    sheet: str = field(default="", validator=_line)

    def __attrs_post_init__(self) -> None:
        """Check the fields."""
        if type(self.skip_lines) is not int or not 0 <= self.skip_lines <= 10_000:
            raise QuantityError(f"skip_lines {quote(self.skip_lines, 40)}: expected a whole number from 0 to 10,000")
        if any(not footer.strip() for footer in self.footers):
            raise QuantityError("footers: an empty text; expected the text that a footer begins with, e.g. Summe")


@frozen(kw_only=True)
class NumberLayout:
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
    """

    decimal: str = field(default=".", validator=_one_of((".", ",")))
    thousands: str = field(default="", validator=_one_of(THOUSANDS))
    missing: tuple[str, ...] = field(default=(), converter=as_texts, validator=_lines)
    missing_is: str = field(default="refuse", validator=_one_of(("refuse", "gap")))
    exponent: bool = field(default=False, validator=_truth)
    excel_text: bool = field(default=False, validator=_truth)

    def __attrs_post_init__(self) -> None:
        """Refuse one mark for two things."""
        if self.decimal == self.thousands:
            raise QuantityError(f"decimal and thousands are both {quote(self.decimal)}: expected two marks")


@frozen(kw_only=True)
class TimeLayout:
    """How the times of a file are written.

    Args:
        columns: Headers of the column, or of the two columns of date and time, that hold a step's time. Of a layout
            whose rows are days, the column of the day.
        end_columns: Headers of the columns of the end of the step, where a row has both.
        format: How times are written, as for `datetime.strptime`; None: ISO 8601; or ``epoch s`` or ``epoch ms``. The
            format of two columns is that of both, joined by a space.
        stamp: ``start``: a time is the start of its step. ``end``: it is the end, as a clock shows it (``24:00`` and
            ``00:00`` of the next day are the same). ``start-plus-step``: the start as a clock shows it, plus the step;
            this differs from ``end`` only when the clocks change.
        offset: The offset of times that have none of their own, if it is the same all year, e.g. ``+10:00``; empty:
            times are local times of the layout's zone.
        summer_column: Header of a column that says whether a time is summer time.
        summer: What the cells of that column mean: ``summer`` or ``winter``.
        interval_column: Header of a column with the number of the step within its local day, from 1.
        step: The length of each step, e.g. ``15 min``; ``day`` or ``month`` for local days and calendar months; or
            several lengths where the resolution changes within the file, e.g. ``["1 hour", "15 min"]``. Not used where
            rows have an end of their own.

    Raises:
        PeriodError: *format* or *offset* cannot be used, or fields contradict each other.
        QuantityError: Another field cannot be used.
    """

    columns: tuple[str, ...] = field(default=(), converter=as_texts, validator=_lines)
    end_columns: tuple[str, ...] = field(default=(), converter=as_texts, validator=_lines)
    format: str | None = None
    stamp: str = field(default="start", validator=_one_of(STAMPS))
    offset: str = field(default="", validator=_line)
    summer_column: str = field(default="", validator=_line)
    summer: Mapping[str, str] = field(
        factory=lambda: FrozenMapping({}), converter=as_words, validator=_words(("summer", "winter"))
    )
    interval_column: str = field(default="", validator=_line)
    step: tuple[str, ...] = field(default=("1 hour",), converter=as_texts, validator=_lines)

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
        if not self.step or (len(self.step) > 1 and set(self.step) & set(CALENDAR_STEPS)):
            raise PeriodError(f"step {quote([*self.step])}: expected one step, or several fixed lengths")
        if len(set(self.steps_s)) != len(self.steps_s):
            raise PeriodError(f"step {quote([*self.step])}: a length is given twice")
        if self.format in EPOCHS and (self.offset or self.summer_column or len(self.columns) > 1):
            raise PeriodError(f"format {self.format}: such a time is an instant, in one column and without an offset")
        if self.interval_column and (self.end_columns or self.stamp != "start" or self.format in EPOCHS):
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


@frozen(kw_only=True)
class ValueColumn:
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
    """

    column: str = field(default="", validator=_line)
    unit: str = "kWh"
    role: str = field(default="net", validator=_one_of(ROLES))
    kind: str = field(default="energy", validator=_one_of(KINDS))
    multiplier: str = "1"
    channel: str = field(default="", validator=_line)
    modulus: str = ""
    reset: str = field(default="none", validator=_one_of(("none", "day")))

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


@frozen(kw_only=True)
class WideLayout:
    """The columns of a file whose rows are local days.

    Args:
        first: Header of the column of the day's first step.
        last: Header of the column of the day's last step; on a day of 25 hours, of that day's last one.
        flags: Whether a column with a quality flag stands ``after`` each value, ``before`` it, or nowhere (``none``).
        numbering: ``elapsed``: values follow each other as time passes, and a short day has fewer of them. ``wall``:
            each column is a time of the clock, and the hour that spring skips is blank.

    Raises:
        QuantityError: A field cannot be used.
    """

    first: str = field(validator=_line)
    last: str = field(validator=_line)
    flags: str = field(default="none", validator=_one_of(FLAGS))
    numbering: str = field(default="elapsed", validator=_one_of(NUMBERINGS))


@frozen(kw_only=True)
class QualityLayout:
    """How a file says how its values came about.

    Args:
        column: Header of the column of flags; empty if flags stand beside the values of a wide layout, or if all
            values are of the quality *default*.
        flags: What each flag means: ``measured``, ``estimated`` or ``substituted``. A flag that is not here is refused.
        default: The quality of values without a flag.

    Raises:
        QuantityError: A field cannot be used.
    """

    column: str = field(default="", validator=_line)
    flags: Mapping[str, str] = field(factory=lambda: FrozenMapping({}), converter=as_words, validator=_words(QUALITIES))
    default: str = field(default=MEASURED, validator=_one_of(QUALITIES))


@frozen(kw_only=True)
class MeterExchange:
    """The exchange of a meter, or of its register, between two standings.

    Args:
        at: When the exchange took place: a time with its offset.
        last_standing: The standing of the removed meter, in the unit of its column. [an exact number as text]
        first_standing: The standing of the new meter.
        evidence: Digest of the document of the exchange; see `digest_file`.
        meter: The meter's id in the file, if the file has several.

    Raises:
        QuantityError: A standing is not a number of 0 or more, or the evidence is not a digest.
        PeriodError: *at* is not an instant.
    """

    at: str
    last_standing: str
    first_standing: str
    evidence: str
    meter: str = field(default="", validator=_line)

    def __attrs_post_init__(self) -> None:
        """Check the fields."""
        instant_utc(self.at, "exchange: at")
        for name in ("last_standing", "first_standing"):
            text = getattr(self, name)
            if not isinstance(text, str) or checked_decimal(text, name) < 0:
                raise QuantityError(f'exchange: {name} {quote(text, 40)}: expected a number as text, e.g. "20733.874"')
        if not isinstance(self.evidence, str) or not re.fullmatch(r"sha256:[0-9a-f]{64}", self.evidence, re.ASCII):
            raise QuantityError(f"exchange: evidence {quote(self.evidence, 80)}: expected sha256: and 64 hex digits")
