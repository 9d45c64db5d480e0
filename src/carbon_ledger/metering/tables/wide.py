"""Tables whose rows are local days: each row has the values of a day's steps side by side."""

from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta

from attrs import define, field

from carbon_ledger.csv_rows import CsvColumn
from carbon_ledger.errors import CarbonLedgerError, PeriodError, QuantityError
from carbon_ledger.metering.file_report import FileReport
from carbon_ledger.metering.layouts import MeterLayout, ValueColumn, WideLayout
from carbon_ledger.metering.tables.blocks import Block, TableRows
from carbon_ledger.metering.tables.clocks import ClockReader
from carbon_ledger.metering.tables.numbers import NumberReader
from carbon_ledger.metering.tables.raw import Part, RawColumn, channel_values, qualities, raw_column
from carbon_ledger.periods import day_start_utc, local_instants
from carbon_ledger.periods.zones import DAY_S, EARLIEST_UTC, EPOCH, LATEST_UTC
from carbon_ledger.printing import quote


@define
class WideReader:
    """Reads the rows of a table in which each row is a local day, of a meter and a channel where it names them.

    Args:
        rows: The table.
        layout: The layout of the file.
        wide: Its part about the columns of the steps.
        report: Takes what is refused.

    Raises:
        MissingDataError: A column of the layout is not in the header.
        QuantityError: The columns of the steps are not in the header, or not in their order.
    """

    rows: TableRows
    layout: MeterLayout
    wide: WideLayout
    report: FileReport
    _named: dict[str, CsvColumn] = field(init=False, factory=dict)
    _cells: list[CsvColumn] = field(init=False)
    _flags: list[int] = field(init=False)
    _days: ClockReader = field(init=False)

    @_days.default
    def _day_reader(self) -> ClockReader:
        return ClockReader(self.layout.time.format, separate=False, is_end=False, takes_days=True)

    def __attrs_post_init__(self) -> None:
        """Look up the columns in the header."""
        layout, wide = self.layout, self.wide
        for name in (layout.time.columns[0], layout.meter_column, layout.channel_column, layout.quality.column):
            if name:
                self._named[name] = self.rows.column(name)
        header = self.rows.header
        first, last = self.rows.column(wide.first).position, self.rows.column(wide.last).position
        every = 1 if wide.flags == "none" else 2
        if first > last or (last - first) % every:
            raise QuantityError(
                f"{self.rows.path}, line {header.line}: the columns from {quote(wide.first)} to {quote(wide.last)} are "
                f"{abs(last - first) + 1}, from left to right; expected the columns of the day's steps"
                + (", each with a flag beside it" if every == 2 else "")
            )
        at = range(first, last + 1, every)
        self._cells = [CsvColumn(header.path, header.names[position], position) for position in at]
        shift = {"none": 0, "after": 1, "before": -1}[wide.flags]
        self._flags = [position + shift for position in at] if shift else []
        if self._flags and not (self._flags[0] >= 0 and self._flags[-1] < len(header.names)):
            raise QuantityError(f"{self.rows.path}, line {header.line}: a column of flags is missing beside the values")

    def blocks(self) -> Iterator[list[RawColumn]]:
        """Read the rows, block by block."""
        named = [*self._named.values()]
        positions = [column.position for column in (*named, *self._cells)] + self._flags
        for block in self.rows.blocks(positions, lambda cells: self._days.can_read([cells[:1]])):
            yield [*self._read(block)]

    def finish(self, unordered: Collection[str]) -> None:
        """Do nothing: days do not repeat an hour."""

    def _read(self, block: Block) -> Iterator[RawColumn]:
        names = [*self._named]
        values = block.columns[len(names) : len(names) + len(self._cells)]
        flags = block.columns[len(names) + len(self._cells) :]
        for row, line in enumerate(block.lines):
            cells = {name: block.columns[at][row].strip() for at, name in enumerate(names)}
            day_cells = [column[row] for column in values]
            day_flags = [column[row] for column in flags]
            try:
                starts = self._starts(cells[self.layout.time.columns[0]], line, day_cells)
            except CarbonLedgerError as error:
                self.report.refuse(line, self.layout.time.columns[0], error)
                continue
            meter = cells.get(self.layout.meter_column, "")
            channel = cells.get(self.layout.channel_column, "")
            for value in channel_values(self.layout, channel, self.rows.path, line, self.report):
                yield self._day(meter, value, starts, line, day_cells, day_flags, cells)

    def _starts(self, text: str, line: int, cells: Sequence[str]) -> list[int | None]:
        """The start of the step of each cell; None for a cell that has no step on that day, and is blank."""
        place = f"{self.rows.path}, line {line}, column {quote(self.layout.time.columns[0])}"
        days, clocks = self._days.texts([[text]])
        wall, clock = self._days.days[days[0]], self._days.clocks[clocks[0]]
        if wall is None or clock is None:
            raise self._days.refusal([text], place)
        if clock % DAY_S or clocks[0] in self._days.instants or not EARLIEST_UTC + DAY_S <= wall < LATEST_UTC - DAY_S:
            raise PeriodError(f"{place}: {quote(text)}, expected a day of the years 1970 to 9998")
        day = (EPOCH + timedelta(seconds=wall)).date()
        offset_s, zone, step_s = self.layout.time.offset_s, self.layout.zone, self.layout.time.steps_s[0]
        starts: list[int | None]
        if offset_s is not None:
            starts = [*range(wall - offset_s, wall - offset_s + DAY_S, step_s)]
        elif self.wide.numbering == "wall":
            starts = [self._at(wall + number * step_s, place) for number in range(DAY_S // step_s)]
        else:
            begin, end = day_start_utc(day, zone), day_start_utc(day + timedelta(days=1), zone)
            if (end - begin) % step_s:
                raise PeriodError(f"{place}: {day} has {end - begin} s, which is no multiple of the step, {step_s} s")
            starts = [*range(begin, end, step_s)]
        steps = sum(start is not None for start in starts)
        if len(starts) > len(cells):
            raise QuantityError(f"{place}: {day} has {steps} steps, and the table has {len(cells)} columns of them")
        starts += [None] * (len(cells) - len(starts))
        for column, start, cell in zip(self._cells, starts, cells, strict=True):
            if start is None and cell.strip():
                raise QuantityError(
                    f"{self.rows.path}, line {line}, column {quote(column.name)}: {quote(cell, 40)}, expected a blank "
                    f"cell: {day} has {steps} steps of {step_s} s in {zone}"
                )
        return starts

    def _at(self, wall: int, place: str) -> int | None:
        choices = local_instants(wall, self.layout.zone)
        if len(choices) == 2:
            raise PeriodError(
                f"{place}: on this day the clocks of {self.layout.zone} went back, and a column for each time of the "
                "clock cannot have both; export the file with numbered steps"
            )
        return choices[0] if choices else None

    def _day(
        self, meter: str, value: ValueColumn, starts: Sequence[int | None], line: int, cells: Sequence[str],
        flags: Sequence[str], named: dict[str, str],
    ) -> RawColumn:  # fmt: skip
        used = [position for position, start in enumerate(starts) if start is not None]
        columns = [self._cells[position] for position in used]

        def place(position: int) -> str:
            return columns[position].place(line)

        def refuse(position: int, error: CarbonLedgerError) -> None:
            self.report.refuse(line, columns[position].name, error)

        read = NumberReader(self.layout.numbers).read([cells[position] for position in used], place, refuse)
        lines = [line] * len(used)
        quality: str | Sequence[str | None] = self.layout.quality.default
        if flags or self.layout.quality.column:
            of_row = named.get(self.layout.quality.column, "")
            texts = [flags[position] for position in used] if flags else [of_row] * len(used)
            quality = qualities(texts, self.layout, self.rows.path, lines, self.report)
        part = Part(lines, [starts[position] for position in used], [], quality)
        return raw_column(meter, value, part, read.values, read.places)
