"""The layout of a file of metered energy: one record, which TOML can hold."""

import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Self

from attrs import field, frozen

from carbon_ledger.errors import MissingDataError, PeriodError, QuantityError
from carbon_ledger.exact import DIRECTIONS
from carbon_ledger.files import read_file
from carbon_ledger.mappings import listed
from carbon_ledger.metering.layouts.fields import MOST_NAMES, as_texts, one_of, part_of, record_of, text_in
from carbon_ledger.metering.layouts.parts import (
    EPOCHS,
    MeterExchange,
    NumberLayout,
    QualityLayout,
    TableLayout,
    TimeLayout,
    ValueColumn,
    WideLayout,
)
from carbon_ledger.metering.layouts.toml import toml_of
from carbon_ledger.periods import instant_utc, zone_info
from carbon_ledger.periods.zones import DAY_S
from carbon_ledger.printing import quote
from carbon_ledger.records import Record, reads_record

FORMATS: Final = ("table", "nem12", "green-button", "entsoe")
CARRY: Final = "carry"
REFUSE: Final = "refuse"
REMAINDERS: Final = (REFUSE, CARRY, *DIRECTIONS)
_MOST_BYTES: Final = 1 << 20
_MOST_DOTS: Final = 2_000  # the standard library reads a key a.b.c... in a time that grows with the square of its dots


def _table(value: object) -> TableLayout:
    return part_of(TableLayout, value, "table")


def _numbers(value: object) -> NumberLayout:
    return part_of(NumberLayout, value, "numbers")


def _time(value: object) -> TimeLayout:
    return part_of(TimeLayout, value, "time")


def _quality(value: object) -> QualityLayout:
    return part_of(QualityLayout, value, "quality")


def _wide(value: object) -> WideLayout | None:
    return None if value is None else part_of(WideLayout, value, "wide")


def _parts(value: object, name: str) -> tuple[object, ...]:
    items = (value,) if isinstance(value, Mapping | ValueColumn | MeterExchange) else listed(value)
    if items is None or len(items) > MOST_NAMES:
        raise QuantityError(f"{name} {quote(value, 100)}: expected a list of at most {MOST_NAMES} tables of fields")
    return tuple(items)


def _values(value: object) -> tuple[ValueColumn, ...]:
    return tuple(part_of(ValueColumn, item, "values") for item in _parts(value, "values"))


def _exchanges(value: object) -> tuple[MeterExchange, ...]:
    return tuple(part_of(MeterExchange, item, "exchanges") for item in _parts(value, "exchanges"))


@frozen(kw_only=True, repr=False)
class MeterLayout(Record):
    """How a file of metered energy is written, and how its values become whole Wh.

    Each part may be given as a mapping of its fields, as TOML has it. Everything that is not given has its default: a
    CSV file in UTF-8 with commas, whose times are the starts of steps of 1 hour.

    Args:
        name: A name for the layout, e.g. of the meter operator.
        zone: IANA zone of the meter. Times that have no offset of their own are local times of it, and local days begin
            and end by it.
        format: ``table``, or a named format, which says of itself what a table's layout has to say: ``nem12``,
            ``green-button`` (ESPI) or ``entsoe`` (GL_MarketDocument).
        table: The table: CSV or Excel. [`TableLayout`]
        numbers: How numbers are written. [`NumberLayout`]
        time: How times are written. [`TimeLayout`]
        values: The columns of values. [one or more `ValueColumn`]
        wide: The columns of the steps of a day, if each row is a local day. [`WideLayout`]
        meter_column: Header of the column of the meter's id, if a file has several meters.
        channel_column: Header of a column that says which of *values* a row has, if each row has one of them.
        skip_channels: Channels of the channel column that are passed over, such as those of reactive energy. A channel
            that is neither read nor passed over is refused.
        quality: How the file says how its values came about. [`QualityLayout`]
        exchanges: Exchanges of meters or registers in the time of the file. [`MeterExchange`]
        remainder: What to do with a value finer than 1 Wh. ``refuse`` it. ``carry``: carry what is left below 1 Wh to
            the next step of the same local day, so that the sum of each day is right to 1 Wh: never more net energy
            than was metered. Or round each value by itself: ``floor``, ``ceiling``, ``truncate``, ``half-up``,
            ``half-even``.
        source: Where the facts of the layout come from, in words.

    Raises:
        QuantityError: A part cannot be used, or parts contradict each other.
        PeriodError: The zone does not exist, or the times cannot be used.

    Example:
        >>> layout = MeterLayout(name="plant", zone="Asia/Baku", time={"columns": "time", "step": "15 min"},
        ...                      values={"column": "net", "unit": "kWh"})
        >>> MeterLayout.from_toml(layout.to_toml()) == layout
        True
    """

    _in_repr = ("name", "zone")

    name: str
    zone: str
    format: str = "table"
    table: TableLayout = field(factory=TableLayout, converter=_table)
    numbers: NumberLayout = field(factory=NumberLayout, converter=_numbers)
    time: TimeLayout = field(factory=TimeLayout, converter=_time)
    values: tuple[ValueColumn, ...] = field(default=(), converter=_values)
    wide: WideLayout | None = field(default=None, converter=_wide)
    meter_column: str = ""
    channel_column: str = ""
    skip_channels: tuple[str, ...] = field(default=(), converter=as_texts)
    quality: QualityLayout = field(factory=QualityLayout, converter=_quality)
    exchanges: tuple[MeterExchange, ...] = field(default=(), converter=_exchanges)
    remainder: str = REFUSE
    source: str = ""

    def __attrs_post_init__(self) -> None:
        """Refuse parts that contradict each other."""
        for name in ("name", "meter_column", "channel_column", "source"):
            text_in(getattr(self, name), name)
        if not isinstance(self.skip_channels, tuple) or len(self.skip_channels) > MOST_NAMES:
            raise QuantityError(f"skip_channels {quote(self.skip_channels, 100)}: expected a list of texts")
        for channel in self.skip_channels:
            text_in(channel, "skip_channels")
        if not self.name:
            raise QuantityError("name: empty; expected a name for the layout")
        zone_info(self.zone)
        one_of(FORMATS, self.format, "format")
        one_of(REMAINDERS, self.remainder, "remainder")
        if self.format == "table":
            self._check_table()
        elif self.values or self.wide or self.time.columns or self.meter_column or self.channel_column:
            raise QuantityError(
                f"format {self.format}: the file itself says what its columns are; leave out values, wide, time, "
                "meter_column and channel_column"
            )

    def _check_table(self) -> None:
        if not self.time.columns:
            raise QuantityError("time: columns is missing; expected the header of the column of times")
        if not self.values:
            raise QuantityError("values: missing; expected one or more columns of values")
        for value in self.values:
            if bool(value.channel) != bool(self.channel_column):
                raise QuantityError("channel_column and the channel of each value: give both, or neither")
            if bool(value.column) == bool(self.wide):
                raise QuantityError("values: a column belongs to each value, or a wide layout to all of them")
        if self.wide is not None:
            self._check_wide()
        if len(self.values) > 1 and any(value.role == "net" for value in self.values):
            others = {value.role for value in self.values} - {"net", "gross"}
            if others:
                raise QuantityError(f"values: net beside {', '.join(sorted(others))}; net is export minus import")
        registers = [value for value in self.values if value.kind == "register"]
        if registers:
            self._check_registers(registers)
        elif self.exchanges:
            raise QuantityError("exchanges: a meter is exchanged between two standings; no value is of kind register")
        places = [(value.column, value.channel, value.role) for value in self.values]
        sides = {place[:2] for place in places if place[2] == "export"} & {
            place[:2] for place in places if place[2] == "import"
        }
        if sides:
            name = " ".join(filter(None, min(sides)))
            raise QuantityError(f"values: {quote(name)} is both export and import, whose difference would always be 0")
        if len({*places}) != len(places):
            raise QuantityError("values: a column or channel is given twice for one role, so it would be counted twice")

    def _check_registers(self, registers: Sequence[ValueColumn]) -> None:
        time = self.time
        if time.end_columns or time.interval_column or time.stamp == "start-plus-step":
            raise QuantityError(
                "a register has a standing at a time; leave out end_columns, interval_column and stamp start-plus-step"
            )
        names = {name for value in registers for name in (value.column, value.channel) if name}
        for item in self.exchanges:
            if (item.register or len(registers) > 1) and item.register not in names:
                raise QuantityError(
                    f"exchanges: register {quote(item.register)}: expected one of {quote(sorted(names), 200)}"
                )
            if bool(item.meter) != bool(self.meter_column):
                raise QuantityError(
                    f"exchanges: meter {quote(item.meter)}: a layout with a meter_column names the meter of each "
                    "exchange, and a layout without one names none"
                )
        known = [(item.meter, item.register, instant_utc(item.at, "exchange")) for item in self.exchanges]
        if len({*known}) != len(known):
            raise QuantityError("exchanges: a register is exchanged twice at one time; give each exchange once")

    def _check_wide(self) -> None:
        time = self.time
        if (
            len(time.step) > 1 or time.is_calendar or time.end_columns or time.interval_column or time.summer_column
            or len(time.columns) > 1 or time.stamp != "start" or time.format in EPOCHS
        ):  # fmt: skip
            raise PeriodError(
                "wide: a row is a local day, so the time is one column of dates, with one fixed step and no stamp"
            )
        if DAY_S % time.steps_s[0]:
            raise PeriodError(f"wide: a day is no multiple of the step, {time.steps_s[0]} s; correct the step")
        if len(self.values) > 1 and not self.channel_column:
            raise QuantityError("wide: several values need a channel_column that says which of them a row has")
        if self.quality.column and self.wide is not None and self.wide.flags != "none":
            raise QuantityError("quality: flags stand in a column, or beside each value of a wide layout, not both")

    def to_record(self) -> dict[str, Any]:
        """The fields that differ from their defaults, as plain values."""
        return record_of(self)

    @classmethod
    @reads_record("a layout")
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """The layout that `to_record` wrote.

        Raises:
            QuantityError, PeriodError: *record* is not the record of a layout.
        """
        return part_of(cls, record, "layout")

    def to_toml(self) -> str:
        """The layout as a TOML document, which `from_toml` reads."""
        return toml_of(self.to_record())

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """The layout of a TOML document.

        Raises:
            QuantityError: *text* is not TOML, has a field that layouts do not have, or lacks one.
            PeriodError: The zone does not exist, or the times cannot be used.
        """
        if not isinstance(text, str):
            raise QuantityError(f"layout {quote(text, 60)}: expected the text of a TOML document")
        if text.count(".") > _MOST_DOTS:
            raise QuantityError(f"layout: {text.count('.'):,} dots, expected at most {_MOST_DOTS:,}; shorten its texts")
        try:
            record = tomllib.loads(text)
        except (ValueError, RecursionError) as error:  # not TOML, or a number of thousands of digits
            raise QuantityError(f"layout: not TOML: {quote(str(error), 200)}") from None
        return cls.from_record(record)

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Self:
        """The layout in a TOML file.

        Raises:
            MissingDataError: The file cannot be read.
            QuantityError, PeriodError: The file is not the TOML document of a layout.
        """
        data = read_file(path, MissingDataError, most=_MOST_BYTES)
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise QuantityError(f"{quote(os.fspath(path))}: expected a TOML document in UTF-8") from None
        return cls.from_toml(text)


def checked_layouts(layouts: Iterable[MeterLayout]) -> Mapping[str, MeterLayout]:
    """Layouts by their names, each of which is used once.

    Raises:
        QuantityError: Two layouts have one name.
    """
    by_name: dict[str, MeterLayout] = {}
    for layout in layouts:
        if layout.name in by_name:
            raise QuantityError(f"layout {quote(layout.name)}: the name is used twice")
        by_name[layout.name] = layout
    return by_name
