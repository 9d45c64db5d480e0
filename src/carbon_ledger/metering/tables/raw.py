"""Values as a table prints them, with the time of each: before they are steps of energy."""

from collections.abc import Sequence
from fractions import Fraction
from math import gcd
from typing import cast

from attrs import evolve, field, frozen

from carbon_ledger.errors import QuantityError
from carbon_ledger.metering.file_report import FileReport
from carbon_ledger.metering.layouts import MeterLayout, ValueColumn
from carbon_ledger.printing import near, quote


@frozen
class RawColumn:
    """Values of one channel as they are printed, with their times; times and lengths are made into steps later.

    Args:
        meter: The meter's id in the file.
        value: The column of the layout.
        at_utc: The time of each row. [s since 1970-01-01 UTC]
        end_utc: The end of each row's step, if rows have one; otherwise empty.
        numerators: The values, as multiples of 1/*denominator* of the unit; None where a row has no value.
        denominator: The denominator.
        lines: The line of each row.
        quality: The quality of all rows, or of each.
    """

    meter: str
    value: ValueColumn
    at_utc: Sequence[int] = field(repr=False)
    end_utc: Sequence[int] = field(repr=False)
    numerators: Sequence[int | None] = field(repr=False)
    denominator: int
    lines: Sequence[int] = field(repr=False)
    quality: str | Sequence[str] = field(repr=False)

    @property
    def place(self) -> str:
        """What the values are called in the file, for messages."""
        column, channel = self.value.column, self.value.channel
        names = [f"column {quote(column)}"] if column else []
        return ", ".join([*names, f"channel {quote(channel)}"] if channel or not names else names)

    def taken(self, positions: Sequence[int]) -> "RawColumn":
        """The rows at these positions, in their order."""
        quality = self.quality
        return evolve(
            self,
            at_utc=[self.at_utc[at] for at in positions],
            end_utc=[self.end_utc[at] for at in positions] if self.end_utc else [],
            numerators=[self.numerators[at] for at in positions],
            lines=[self.lines[at] for at in positions],
            quality=quality if isinstance(quality, str) else [quality[at] for at in positions],
        )


@frozen
class Part:
    """What is known of some rows beside their values."""

    lines: Sequence[int]
    at_utc: Sequence[int | None]
    end_utc: Sequence[int | None]
    quality: str | Sequence[str | None]

    def taken(self, positions: Sequence[int]) -> "Part":
        """The same of some of the rows."""
        quality = self.quality
        return Part(
            [self.lines[at] for at in positions],
            [self.at_utc[at] for at in positions],
            [self.end_utc[at] for at in positions] if self.end_utc else [],
            quality if isinstance(quality, str) else [quality[at] for at in positions],
        )


def raw_column(meter: str, value: ValueColumn, part: Part, numbers: Sequence[int | None], places: int) -> RawColumn:
    """The rows that have a time and a quality, as a column."""
    complete = None not in part.at_utc and None not in part.end_utc
    if not complete or (not isinstance(part.quality, str) and None in part.quality):
        kept = [
            position
            for position in range(len(numbers))
            if part.at_utc[position] is not None
            and (not part.end_utc or part.end_utc[position] is not None)
            and (isinstance(part.quality, str) or part.quality[position] is not None)
        ]
        part, numbers = part.taken(kept), [numbers[position] for position in kept]
    at_utc, end_utc = cast("Sequence[int]", part.at_utc), cast("Sequence[int]", part.end_utc)
    quality = cast("str | Sequence[str]", part.quality)
    return RawColumn(meter, value, at_utc, end_utc, numbers, 10**places, part.lines, quality)


def qualities(
    cells: Sequence[str], layout: MeterLayout, path: str, lines: Sequence[int], report: FileReport
) -> list[str | None]:
    """The quality of each flag; None where a flag is refused.

    Args:
        cells: The flags, as printed.
        layout: Says what each flag means.
        path: The file, for messages.
        lines: The line of each flag.
        report: Takes what is refused.
    """
    words = {cell: layout.quality.flags.get(cell.strip()) for cell in set(cells)}
    for cell, word in words.items():
        if word is None and not cell.strip():
            words[cell] = layout.quality.default
    if None in words.values():
        for line, cell in zip(lines, cells, strict=True):
            if words[cell] is None:
                error = QuantityError(
                    f"{path}, line {line}, quality {quote(cell.strip(), 40)}: the layout says what "
                    f"{quote([*layout.quality.flags], 100)} mean"
                )
                report.refuse(line, layout.quality.column, error)
    return [words[cell] for cell in cells]


def scaled(numerators: Sequence[int], denominator: int, factor: Fraction) -> tuple[Sequence[int], int]:
    """Fractions times a factor, in lowest terms of the column.

    Example:
        >>> scaled([3250, 125], 1000, Fraction(1000))
        ([3250, 125], 1)
    """
    common = gcd(factor.numerator, denominator)
    by, below = factor.numerator // common, denominator // common * factor.denominator
    return (numerators if by == 1 else [value * by for value in numerators]), below


def channel_values(
    layout: MeterLayout, channel: str, path: str, line: int, report: FileReport
) -> Sequence[ValueColumn]:
    """The values of a layout that the rows of a channel have.

    Args:
        layout: The layout of the file.
        channel: What the row's cell of the channel column says; not looked at where there is no such column.
        path: The file, for messages.
        line: The line of the first row of the channel.
        report: Takes what is refused: a channel that the layout neither reads nor passes over.
    """
    if not layout.channel_column:
        return layout.values
    found = [value for value in layout.values if value.channel == channel]
    if not found and channel not in layout.skip_channels:
        known = [value.channel for value in layout.values]
        close = near(channel, known)
        hint = f"did you mean {quote(close[0])}?" if close else f"the layout has {quote(known, 200)}"
        error = QuantityError(
            f"{path}, line {line}, column {quote(layout.channel_column)}: channel {quote(channel, 60)} is not in the "
            f"layout; {hint}; name a channel to pass over in skip_channels"
        )
        report.refuse(line, layout.channel_column, error)
    return found
