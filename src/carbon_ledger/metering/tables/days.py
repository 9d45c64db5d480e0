"""Columns of times that say the same times of day each day: a day of them is compared as one text, and not parsed."""

from collections.abc import Callable, Sequence
from typing import Final

from attrs import define, frozen

from carbon_ledger.metering.tables.clocks import ClockReader

Base = Callable[[str, bool], int | None]
Slow = Callable[[int, int], tuple[list[int | None], bool]]

_FEW: Final = 16  # days after which the rows of a day are counted
_ROWS_A_DAY: Final = 4  # with fewer, a comparison by days takes longer than reading each time


@frozen
class _Pattern:
    """The times of day that the rows of a day have.

    Args:
        template: The cells of a day, with a null character in place of each day.
        seconds: The time of day of each row. [s]
        are_instants: Whether they have an offset of their own.
    """

    template: str
    seconds: Sequence[int]
    are_instants: bool


@define
class DayColumns:
    """Reads columns of times day by day.

    Args:
        clock: Reads what is not as on the day before.
        pattern: What the rows of the last day were, if it was a day without a change of clocks.
    """

    clock: ClockReader
    pattern: _Pattern | None = None

    def read(self, cells: Sequence[str], base: Base, slow: Slow) -> list[int | None] | None:
        """Read a column of times.

        Args:
            cells: The cells, as printed.
            base: Gives the instant of a day's midnight, by the text of the day and whether times have an offset of
                their own; None where the clocks change on that day.
            slow: Reads the rows from one position up to another; and whether none of them was out of the ordinary.

        Returns:
            The instants; None if the cells hold a line break or a null character. Once cells cannot be parted into days
            and times of day, or days have few rows, the rest is read at once: no cell is read twice, since a time that
            autumn repeats is counted.
        """
        cells_text, count = "\n".join(cells), len(cells)
        if cells_text.count("\n") != count - 1 or "\0" in cells_text:
            return None
        instants: list[int | None] = []
        at = place = days = 0
        while at < count:
            day = self.clock.day_in(cells[at])
            if day is None or (days > _FEW and at < days * _ROWS_A_DAY):
                return instants + slow(at, count)[0]
            days += 1
            found = self._repeated(cells, at, cells_text, place, day, base)
            if found is not None:
                text, some = found
                instants += some
                at, place = at + len(some), place + len(text) + 1
                continue
            end = at + 1
            while end < count and cells[end].startswith(day):
                end += 1
            some_instants, is_regular = slow(at, end)
            instants += some_instants
            if is_regular and (self.pattern is None or end - at >= len(self.pattern.seconds)):
                self._learn(cells[at:end], day)
            place += sum(map(len, cells[at:end])) + end - at
            at = end
        return instants

    def _repeated(
        self, cells: Sequence[str], at: int, cells_text: str, place: int, day: str, base: Base
    ) -> tuple[str, Sequence[int]] | None:  # fmt: skip
        """The text and the instants of a day that has the same times of day as the last one."""
        pattern = self.pattern
        if pattern is None:
            return None
        last = at + len(pattern.seconds) - 1
        if last >= len(cells) or not cells[last].startswith(day):
            return None  # before the text of a long day is made
        text = pattern.template.replace("\0", day)
        end = place + len(text)
        if not cells_text.startswith(text, place) or cells_text[end : end + 1] not in ("", "\n"):
            return None
        start = base(day, pattern.are_instants)
        if start is None:
            return None
        seconds = pattern.seconds
        if isinstance(seconds, range):
            return text, range(start + seconds.start, start + seconds.stop, seconds.step)
        return text, [start + second for second in seconds]

    def _learn(self, cells: Sequence[str], day: str) -> None:
        days, clocks = self.clock.texts([cells])
        known = [self.clock.clocks[text] for text in clocks]
        are_instants = {text in self.clock.instants for text in clocks}
        seconds = [second for second in known if second is not None]
        if len({*days}) != 1:
            return  # the text of one day may begin that of another, as 1/1 begins 1/10
        if len(seconds) != len(cells) or len(are_instants) != 1 or len(cells) < 2:
            return
        step = seconds[1] - seconds[0]
        even = range(seconds[0], seconds[-1] + 1, step) if step > 0 else None
        template = "\n".join(f"\0{cell[len(day) :]}" for cell in cells)
        self.pattern = _Pattern(template, even if [*(even or ())] == seconds and even else seconds, are_instants.pop())
