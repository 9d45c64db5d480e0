"""Columns that say what a row is: its meter, its channel, its quality, and whether its time is summer time."""

from collections import Counter
from collections.abc import Collection
from typing import Any, Final

from attrs import define, field

from carbon_ledger.metering.guess.numerals import is_number
from carbon_ledger.metering.guess.questions import ROLE_CHOICES, SKIP, Inquiry
from carbon_ledger.metering.guess.table import TableSample
from carbon_ledger.metering.guess.words import (
    SUMMER_PAIRS,
    is_reactive,
    names_channel,
    names_meter,
    names_quality,
    names_summer,
    names_units,
    quality_of,
    role_in,
    unit_in,
)
from carbon_ledger.metering.readings import QUALITIES
from carbon_ledger.printing import quote

_MOST: Final = 40  # the most channels, or flags, that a column may have
_FLAG_LENGTH: Final = 24


@define
class Labels:
    """Finds the columns that say what a row is.

    Args:
        table: The table.
        inquiry: Takes reasons, doubts and questions.
        taken: The positions of columns that are something else.
        record: The fields of the layout that were found.
        channels: The role of each channel, by its cell.
        unit: The unit that a column of units has in all rows.
        summer: The fields of the `TimeLayout` that say which times are summer time.
    """

    table: TableSample
    inquiry: Inquiry
    taken: set[int]
    record: dict[str, Any] = field(factory=dict)
    channels: dict[str, str] = field(factory=dict)
    unit: str = ""
    summer: dict[str, Any] = field(factory=dict)

    def find(self, *, is_repeated: bool) -> None:
        """Find the columns.

        Args:
            is_repeated: Whether the times of rows repeat, so that rows are of several meters or channels.
        """
        self._unit()
        self._summer()
        self._meter()
        self._channel(is_repeated)
        self._quality()

    def _cells(self, position: int) -> Counter[str]:
        return Counter(self.table.cells(position))

    def _free(self) -> list[tuple[int, str]]:
        return [(at, name) for at, name in enumerate(self.table.names) if at not in self.taken and name]

    def _unit(self) -> None:
        for position, name in self._free():
            cells = {cell for cell in self._cells(position) if cell}
            if names_units(name) and len(cells) == 1 and (unit := unit_in(next(iter(cells)))):
                self.taken.add(position)
                self.unit = unit
                self.inquiry.because(f"column {quote(name)} has the unit {unit} in all rows")
                return

    def _summer(self) -> None:
        for position, name in self._free():
            cells = {cell for cell in self._cells(position) if cell}
            pair = next((pair for pair in SUMMER_PAIRS if cells and cells <= pair.keys()), None)
            if names_summer(name) and pair is not None:
                self.taken.add(position)
                self.summer = {"summer_column": name, "summer": dict(pair)}
                self.inquiry.because(f"column {quote(name)} says whether a time is summer time: {quote(dict(pair))}")
                return

    def _meter(self) -> None:
        for position, name in self._free():
            cells = self._cells(position)
            if names_meter(name) and len(cells) * 2 <= max(cells.total(), 2) and "" not in cells:
                self.taken.add(position)
                self.record["meter_column"] = name
                self.inquiry.because(f"column {quote(name)} has the meter's id: {quote([*cells][:3], 120)}")
                return

    def _channel(self, is_repeated: bool) -> None:
        for position, name in self._free():
            cells = [cell for cell in self._cells(position) if cell]
            if not 1 <= len(cells) <= _MOST or all(map(is_number, cells)):
                continue
            known = [cell for cell in cells if role_in(cell) or is_reactive(cell)]
            if not known or not (names_channel(name) or len(known) == len(cells)):
                continue
            if len(cells) == 1 and not names_channel(name):
                continue
            self.taken.add(position)
            self.record["channel_column"] = name
            self.inquiry.because(f"column {quote(name)} says which channel a row has: {quote(cells[:6], 200)}")
            for number, cell in enumerate(sorted(cells), 1):
                self._role_of(number, cell)
            return
        if is_repeated and "meter_column" not in self.record:
            self.inquiry.doubt("times repeat, and no column was recognised that says which meter or channel a row has")

    def _role_of(self, number: int, cell: str) -> None:
        if is_reactive(cell):
            self.record.setdefault("skip_channels", []).append(cell)
            self.inquiry.because(f"channel {quote(cell)} is of reactive energy: it is passed over")
            return
        role = role_in(cell)
        if role is None:
            choices = {**ROLE_CHOICES, SKIP: "the channel is passed over"}
            role = self.inquiry.ask(f"channel_{number}", f"what is channel {quote(cell)}?", choices)
        else:
            self.inquiry.because(f"channel {quote(cell)} is {role}, by its name")
        if role == SKIP:
            self.record.setdefault("skip_channels", []).append(cell)
        elif role is not None:
            self.channels[cell] = role

    def _quality(self) -> None:
        for position, name in self._free():
            cells = {cell for cell in self._cells(position) if cell}
            if not names_quality(name) or not 1 <= len(cells) <= _MOST or max(map(len, cells)) > _FLAG_LENGTH:
                continue
            if all(is_number(cell) for cell in cells) and len(cells) > 4:
                continue
            self.taken.add(position)
            self.record["quality"] = {"column": name, "flags": flags_of(cells, name, self.inquiry)}
            return

    def mention_unread(self) -> None:
        """Add a doubt for each column of a few texts that nothing reads: it may name meters, channels or qualities."""
        for position, name in self._free():
            cells = self._cells(position)
            if 1 < len(cells) <= _MOST and not all(not cell or is_number(cell) for cell in cells):
                self.inquiry.doubt(
                    f"column {quote(name)} is not read, and has {quote([*cells][:4], 120)}: if it names meters, "
                    "channels or qualities, name it in the layout"
                )

    def keys(self) -> list[str]:
        """What each row belongs to: its meter and its channel."""
        names = [self.record.get(key, "") for key in ("meter_column", "channel_column")]
        columns = [self.table.cells(self.table.names.index(name)) for name in names if name]
        rows = len(self.table.rows) + len(self.table.last)
        return [*map("\0".join, zip(*columns, strict=True))] if columns else [""] * rows

    def flags_beside(self, positions: Collection[int]) -> None:
        """The meaning of the flags that stand beside the values of a wide table.

        Args:
            positions: The positions of the columns of flags.
        """
        cells = {cell for position in positions for cell in self._cells(position) if cell}
        if cells and len(cells) <= _MOST:
            self.record["quality"] = {"flags": flags_of(cells, "beside each value", self.inquiry)}


def flags_of(cells: set[str], name: str, inquiry: Inquiry) -> dict[str, str]:
    """What flags mean: by their words, or as the caller answered.

    Args:
        cells: The flags.
        name: The column they are in, for questions.
        inquiry: Takes reasons and questions.
    """
    flags = quality_of(cells)
    for flag, word in flags.items():
        inquiry.because(f"flag {quote(flag)} of {quote(name)} is read as {word}")
    for number, flag in enumerate(sorted(cells - flags.keys()), 1):
        choices = dict.fromkeys(QUALITIES, "")
        answer = inquiry.ask(f"flag_{number}", f"what does {quote(flag)} in {quote(name)} mean?", choices)
        if answer is not None:
            flags[flag] = answer
    return flags
