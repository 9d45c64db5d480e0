"""A table of metered energy as steps: each row's time, values and quality, column by column."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from attrs import define, field

from carbon_ledger.csv_rows import CsvColumn
from carbon_ledger.errors import CarbonLedgerError, QuantityError
from carbon_ledger.metering.file_report import FileReport
from carbon_ledger.metering.layouts import MeterLayout, ValueColumn
from carbon_ledger.metering.tables.blocks import Block, TableRows
from carbon_ledger.metering.tables.intervals import Intervals
from carbon_ledger.metering.tables.numbers import NumberReader
from carbon_ledger.metering.tables.raw import Part, RawColumn, channel_values, qualities, raw_column
from carbon_ledger.metering.tables.stamps import StampReader
from carbon_ledger.printing import quote
from carbon_ledger.units.spellings import checked_unit

_UNITS: Final = ("Wh", "kWh", "MWh", "GWh", "TWh", "kW", "MW", "GW")
_LETTERS: Final = {unit.casefold(): unit for unit in _UNITS}  # a row of units may have them in other letters


@define
class TableReader:
    """Reads the rows of a table in which each row is a step, or a step of one channel.

    Args:
        rows: The table.
        layout: The layout of the file.
        report: Takes what is refused.
    """

    rows: TableRows
    layout: MeterLayout
    report: FileReport
    columns: list[CsvColumn] = field(init=False, factory=list)
    starts: StampReader = field(init=False)
    ends: StampReader | None = field(init=False)
    numbers: NumberReader = field(init=False)
    _intervals: Intervals = field(init=False)
    _at: dict[str, int] = field(init=False, factory=dict)

    @starts.default
    def _start_reader(self) -> StampReader:
        time = self.layout.time
        shift_s = time.steps_s[0] if time.stamp == "start-plus-step" else 0
        return StampReader(
            time, self.layout.zone, len(time.columns), time.stamp != "start", shift_s, takes_days=self._takes_days
        )

    @ends.default
    def _end_reader(self) -> StampReader | None:
        time = self.layout.time
        if not time.end_columns:
            return None
        ends_its_day = len(time.end_columns) == 2 and time.end_columns[0] == time.columns[0]
        return StampReader(
            time, self.layout.zone, len(time.end_columns), True, takes_days=self._takes_days, ends_its_day=ends_its_day
        )

    @property
    def _takes_days(self) -> bool:
        """Whether a time may be a day alone: Excel keeps no time of day at midnight."""
        return self.layout.table.kind == "excel"

    @_intervals.default
    def _interval_reader(self) -> Intervals:
        return Intervals(self.layout.time, self.layout.zone)

    @numbers.default
    def _number_reader(self) -> NumberReader:
        return NumberReader(self.layout.numbers)

    def __attrs_post_init__(self) -> None:
        """Look up the columns of the layout in the header."""
        layout, time = self.layout, self.layout.time
        names = [*time.columns, *time.end_columns, time.summer_column, time.interval_column]
        names += [layout.meter_column, layout.channel_column, layout.quality.column]
        for name in [*names, *(value.column for value in layout.values)]:
            if name and name not in self._at:
                self._at[name] = len(self.columns)
                self.columns.append(self.rows.column(name))
        self._check_units()

    def _check_units(self) -> None:
        """Refuse a row of units that has another unit than the layout."""
        for value in self.layout.values:
            if not self.rows.units or not value.column:
                continue
            position = self.columns[self._at[value.column]].position
            printed = self.rows.units[position].strip("[]() ") if position < len(self.rows.units) else ""
            if not printed:
                continue
            try:
                known = checked_unit(_LETTERS.get(printed.casefold(), printed), "unit")
            except CarbonLedgerError:
                continue
            if known != checked_unit(value.unit, "unit"):
                raise QuantityError(
                    f"{self.rows.path}, column {quote(value.column)}: the row of units says {quote(printed, 40)}, and "
                    f"the layout {quote(value.unit, 40)}; correct the layout"
                )

    def blocks(self) -> Iterator[list[RawColumn]]:
        """Read the rows, block by block, as columns of each meter and channel."""
        width = len(self.layout.time.columns)

        def has_time(cells: Sequence[str]) -> bool:
            return self.starts.can_read(cells[:width])

        for block in self.rows.blocks([column.position for column in self.columns], has_time):
            yield [*self._read(block)]

    def finish(self, unordered: Collection[str]) -> None:
        """Refuse what only the whole file shows.

        Args:
            unordered: The keys of meters and channels whose rows are not in the order that the layout says.

        Raises:
            PeriodError: A local time that autumn repeats is ambiguous.
        """
        for reader in (self.starts, self.ends):
            if reader is not None:
                reader.finish(unordered)

    def _cells(self, block: Block, name: str) -> list[str] | None:
        return block.columns[self._at[name]] if name else None

    def _read(self, block: Block) -> Iterator[RawColumn]:
        meters = self._cells(block, self.layout.meter_column)
        channels = self._cells(block, self.layout.channel_column)
        keys: str | list[str] = "\0"
        if meters is not None or channels is not None:
            blank = [""] * len(block.lines)
            self._require_no_null(block)
            keys = [*map("\0".join, zip(_stripped(meters or blank), _stripped(channels or blank), strict=True))]
        at_utc = self._times(self.starts, block, self.layout.time.columns, keys)
        end_utc: list[int | None] = []
        if self.ends is not None:
            end_utc = self._times(self.ends, block, self.layout.time.end_columns, keys)
        quality = self._quality(block)
        whole = Part(block.lines, at_utc, end_utc, quality)
        if isinstance(keys, str):
            for value in self.layout.values:
                yield self._values("", value, self._cells(block, value.column) or [], whole)
            return
        yield from self._of_channels(block, keys, whole)

    def _require_no_null(self, block: Block) -> None:
        """Refuse a meter or a channel with a null character, which parts the two in a key."""
        for name in filter(None, (self.layout.meter_column, self.layout.channel_column)):
            cells = block.columns[self._at[name]]
            if any("\0" in cell for cell in set(cells)):
                at = next(at for at, cell in enumerate(cells) if "\0" in cell)
                raise QuantityError(
                    f"{self.columns[self._at[name]].place(block.lines[at])}: {quote(cells[at], 40)} has a null "
                    "character; is the file in the encoding of the layout?"
                )

    def _of_channels(self, block: Block, keys: list[str], whole: Part) -> Iterator[RawColumn]:
        positions: defaultdict[str, list[int]] = defaultdict(list)
        for position, key in enumerate(keys):
            positions[key].append(position)
        for key, some in positions.items():
            meter, _, channel = key.partition("\0")
            part = whole.taken(some)
            values = channel_values(self.layout, channel, self.rows.path, part.lines[0], self.report)
            for value in values:
                cells = self._cells(block, value.column) or []
                yield self._values(meter, value, [cells[position] for position in some], part)

    def _times(
        self, reader: StampReader, block: Block, names: Sequence[str], keys: str | list[str]
    ) -> list[int | None]:
        time = self.layout.time
        name = quote(names[0]) if len(names) == 1 else " and ".join(map(quote, names))
        path = self.rows.path

        def place(position: int) -> str:
            return f"{path}, line {block.lines[position]}, column{'s' * (len(names) > 1)} {name}"

        def refuse(position: int, error: CarbonLedgerError) -> None:
            self.report.refuse(block.lines[position], " ".join(names), error)

        columns = [block.columns[self._at[name]] for name in names]
        summer = None if reader is self.ends else self._cells(block, time.summer_column)
        at_utc = reader.read(columns, keys, summer, place, refuse)
        numbers = self._cells(block, time.interval_column)
        return at_utc if numbers is None else self._numbered(at_utc, numbers, block)

    def _numbered(self, days_utc: Sequence[int | None], numbers: Sequence[str], block: Block) -> list[int | None]:
        """The starts of steps that are numbered within their local day, as time passes. [s since 1970-01-01 UTC]"""
        column = self.columns[self._at[self.layout.time.interval_column]]
        starts: list[int | None] = []
        for day_utc, number, line in zip(days_utc, numbers, block.lines, strict=True):
            try:
                place = column.place(line)
                starts.append(None if day_utc is None else self._intervals.start_utc(day_utc, number, place))
            except CarbonLedgerError as error:
                self.report.refuse(line, column.name, error)
                starts.append(None)
        return starts

    def _quality(self, block: Block) -> str | list[str | None]:
        layout = self.layout.quality
        cells = self._cells(block, layout.column)
        return (
            layout.default if cells is None else qualities(cells, self.layout, self.rows.path, block.lines, self.report)
        )

    def _values(self, meter: str, value: ValueColumn, cells: Sequence[str], part: Part) -> RawColumn:
        path = self.rows.path

        def place(position: int) -> str:
            return f"{path}, line {part.lines[position]}, column {quote(value.column)}"

        def refuse(position: int, error: CarbonLedgerError) -> None:
            self.report.refuse(part.lines[position], value.column, error)

        read = self.numbers.read(cells, place, refuse)
        return raw_column(meter, value, part, read.values, read.places)


def _stripped(cells: list[str]) -> list[str]:
    words = {cell: cell.strip() for cell in set(cells)}
    return cells if all(cell == word for cell, word in words.items()) else [words[cell] for cell in cells]
