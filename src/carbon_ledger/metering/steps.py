"""The steps of one channel of a meter, as a file has them: exact energies, in columns, before a ledger sees them."""

from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import overload

from attrs import field, frozen

from carbon_ledger.metering.readings import MEASURED


@frozen
class Repeated(Sequence[int]):
    """One whole number, so many times: the lengths of steps that are all as long.

    Args:
        value: The number.
        length: How many times.

    Example:
        >>> Repeated(3600, 24).count(3600), list(Repeated(900, 2))
        (24, [900, 900])
    """

    value: int
    length: int

    def __len__(self) -> int:
        """How many times the number is there."""
        return self.length

    @overload
    def __getitem__(self, key: int) -> int: ...
    @overload
    def __getitem__(self, key: slice) -> "Repeated": ...
    def __getitem__(self, key: int | slice) -> "int | Repeated":
        """The number, or some of it."""
        if isinstance(key, slice):
            return Repeated(self.value, len(range(self.length)[key]))
        range(self.length)[key]
        return self.value

    def __iter__(self) -> Iterator[int]:
        """Give the number so many times."""
        return repeat(self.value, self.length)

    def count(self, value: object) -> int:
        """How many times a number is there."""
        return self.length if value == self.value else 0


@frozen(kw_only=True)
class MeteredSteps:
    """Steps of one channel of one meter, in the order of the file.

    All columns have the same length. The energy of a step is a fraction: a numerator of the column, and one denominator
    for all of them, so that no value loses a digit.

    Args:
        meter: The meter's id in the file; empty where the file does not name its meter.
        role: ``net``, ``gross``, ``export`` or ``import``.
        channel: What the file calls the channel. Several channels of one role, such as tariffs, are added up; steps of
            the same channel follow each other.
        start_utc: Start of each step. [s since 1970-01-01 UTC]
        step_s: Length of each step. [s]
        numerators: Energy of each step, as a multiple of 1/*denominator* Wh.
        denominator: The denominator of the energies, at least 1.
        lines: The line of the file on which each step stands, from 1.
        quality: How the values came about: one word for all, or one for each step.
        extent_utc: Start of the first step and end of the last one that the file has a row for, with or without a
            value; None: those of the steps. [s since 1970-01-01 UTC]
        place: What the values are called in the file, for messages: ``column 'kWh'``.
    """

    meter: str
    role: str
    channel: str = ""
    start_utc: Sequence[int] = field(repr=False)
    step_s: Sequence[int] = field(repr=False)
    numerators: Sequence[int] = field(repr=False)
    denominator: int
    lines: Sequence[int] = field(repr=False)
    quality: str | Sequence[str] = MEASURED
    extent_utc: tuple[int, int] | None = None
    place: str = ""
