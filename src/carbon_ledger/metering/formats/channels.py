"""What the readers of named formats share: exact numbers, flags of quality, refusals, and columns of steps."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import gcd
from typing import Final

from attrs import define, field

from carbon_ledger.errors import CarbonLedgerError, MissingDataError, OverlapError, QuantityError
from carbon_ledger.metering.file_report import FileReport
from carbon_ledger.metering.layouts import MeterLayout
from carbon_ledger.metering.readings import QUALITIES
from carbon_ledger.metering.steps import MeteredSteps
from carbon_ledger.periods import instant_text
from carbon_ledger.printing import quote

HOUR_S: Final = 3600
MOST_DIGITS: Final = 60
MOST_ADDED: Final = 1_000_000  # steps of a file that has fewer octets

_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?([0-9]*)|\.([0-9]+))", re.ASCII)
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)


class UnreadableError(Exception):
    """A part of a file that a reader of it refuses. It does not leave the reader.

    Args:
        line: The line of the file on which the part begins, from 1.
        column: What the format calls the place; may be empty.
        text: What was given, what was expected, and what to do.
        kind: The class of the error to raise.
    """

    def __init__(self, line: int, column: str, text: str, kind: type[CarbonLedgerError] = QuantityError) -> None:
        """Keep the parts of the refusal."""
        super().__init__(text)
        self.line, self.column, self.text, self.kind = line, column, text, kind

    def refuse(self, report: FileReport) -> None:
        """Raise the error of the refusal, or collect it in a report."""
        where = f"{report.path}, line {self.line}" + (f", {self.column}" if self.column else "")
        error = OverlapError(where, self.text) if self.kind is OverlapError else self.kind(f"{where}: {self.text}")
        error.__suppress_context__ = True
        report.refuse(self.line, self.column, error)


def exact(text: str) -> tuple[int, int] | None:
    """A plain decimal number as its digits and the count of its decimal places.

    Args:
        text: The number; without an exponent and without marks between thousands.

    Returns:
        Digits and places: the number is digits / 10**places. None: *text* is not such a number, or has more than 60
        characters.

    Example:
        >>> exact("-12.50"), exact("1e3"), exact("1,000")
        ((-1250, 2), None, None)
    """
    match = _NUMBER.fullmatch(text)
    if match is None or len(text) > MOST_DIGITS:
        return None
    return int(text.replace(".", "", 1)), len(match[1] or match[2] or "")


def whole(text: str) -> int | None:
    """A whole number of at most 18 digits; None: *text* is not one."""
    return int(text) if _WHOLE.fullmatch(text) else None


def quality_of(flags: tuple[str, ...], layout: MeterLayout, known: Mapping[str, str], line: int, column: str) -> str:
    """The quality that a flag of a format stands for.

    Args:
        flags: The flag, and shorter forms of it that are looked for after it: ``("S14", "S")``.
        layout: The layout; what its `QualityLayout.flags` says goes before what the format says.
        known: What the format's flags mean.
        line: The line of the flag.
        column: What the format calls the place of the flag.

    Raises:
        UnreadableError: The flag stands for none of the three qualities.
    """
    for meanings in (layout.quality.flags, known):
        for flag in flags:
            if flag in meanings:
                return meanings[flag]
    raise UnreadableError(
        line,
        column,
        f"the quality flag {quote(flags[0], 40)} is not one of {', '.join(known)}; if you know what it stands for, "
        f'name it in the layout, e.g. quality={{"flags": {{{quote(flags[0], 40)}: "estimated"}}}}',
    )


@define
class Room:
    """How many steps may still be stored that have no text of their own, so that a small file does not fill the memory.

    Args:
        most: The greatest number for the file, for messages.
        left: How many of them are left.
    """

    most: int
    left: int

    @classmethod
    def of(cls, data: bytes) -> "Room":
        """The room of a file: a step for each of its octets, or a million."""
        most = max(MOST_ADDED, len(data))
        return cls(most, most)

    def take(self, count: int, line: int) -> None:
        """Take room for so many steps.

        Raises:
            UnreadableError: There is not so much room; none was taken.
        """
        if count > self.left:
            text = f"more than {self.most:,} steps of the file have no text of their own; divide the file"
            raise UnreadableError(line, "", text)
        self.left -= count


@define
class Channel:
    """The steps of one channel while a file is read.

    Args:
        meter: The meter's id in the file.
        role: ``net``, ``export`` or ``import``.
        channel: What the file calls the channel.
        place: What its values are called, for messages.
        unit_wh: One unit of the values. [Wh; of average power, Wh in an hour]
        is_power: Whether values are the average power of their steps.
    """

    meter: str
    role: str
    channel: str
    place: str
    unit_wh: Fraction
    is_power: bool = False
    start_utc: list[int] = field(factory=list)
    step_s: list[int] = field(factory=list)
    digits: list[int] = field(factory=list)
    places: list[int] = field(factory=list)
    lines: list[int] = field(factory=list)
    quality: list[str] = field(factory=list)
    left_out: set[tuple[int, int]] = field(factory=set)

    def leave_out(self, start_utc: int, step_s: int, count: int = 1) -> None:
        """Remember that steps have no value here, so that no other channel of the meter is read at their time.

        Args:
            start_utc: Start of the first step. [s since 1970-01-01 UTC]
            step_s: Length of each step. [s]
            count: How many steps follow each other.
        """
        self.left_out.update((start_utc + at * step_s, step_s) for at in range(count))

    def remove(self, steps: set[tuple[int, int]]) -> None:
        """Remove steps, each a start and a length."""
        keep = [at for at, step in enumerate(zip(self.start_utc, self.step_s, strict=True)) if step not in steps]
        for name in ("start_utc", "step_s", "digits", "places", "lines", "quality"):
            column = getattr(self, name)
            setattr(self, name, [column[at] for at in keep])

    def add(self, start_utc: int, step_s: int, number: tuple[int, int], quality: str, line: int) -> None:
        """Add a step.

        Args:
            start_utc: Start of the step. [s since 1970-01-01 UTC]
            step_s: Length of the step. [s]
            number: Digits and decimal places of the value, as `exact` gives them.
            quality: How the value came about.
            line: The line of the file on which the value stands.
        """
        self.start_utc.append(start_utc)
        self.step_s.append(step_s)
        self.digits.append(number[0])
        self.places.append(number[1])
        self.lines.append(line)
        self.quality.append(quality)

    @property
    def extent_utc(self) -> tuple[int, int]:
        """Start of the first step and end of the last one, with or without a value. [s since 1970-01-01 UTC]"""
        steps = [*zip(self.start_utc, self.step_s, strict=True), *self.left_out]
        return min(start for start, _ in steps), max(start + step_s for start, step_s in steps)

    def steps(self) -> MeteredSteps:
        """The steps as columns of exact energies over one denominator, the smallest one."""
        most = max(self.places, default=0)
        factor, denominator = self.unit_wh.numerator, self.unit_wh.denominator * 10**most
        powers = [factor * 10 ** (most - places) for places in range(most + 1)]
        numerators = [digits * powers[places] for digits, places in zip(self.digits, self.places, strict=True)]
        if self.is_power:
            numerators = [number * step_s for number, step_s in zip(numerators, self.step_s, strict=True)]
            denominator *= HOUR_S
        common = gcd(denominator, *numerators)
        qualities = set(self.quality)
        return MeteredSteps(
            meter=self.meter,
            role=self.role,
            channel=self.channel,
            start_utc=self.start_utc,
            step_s=self.step_s,
            numerators=[number // common for number in numerators],
            denominator=denominator // common,
            lines=self.lines,
            quality=qualities.pop() if len(qualities) == 1 else self.quality,
            extent_utc=self.extent_utc,
            place=self.place,
        )


def of_whole_meters(
    channels: Iterable[Channel], report: FileReport, refused: Collection[tuple[str, str]] = ()
) -> Iterator[MeteredSteps]:
    """The steps of channels, where each meter has a value in all of its channels.

    A step that was left out of one channel is left out of all channels of the meter, since its net energy is not known.

    Args:
        channels: The channels of all meters.
        report: Gets a note for each meter with such steps, and refuses a meter whose channels have other steps, or of
            which a channel has none.
        refused: The meter and the role of each channel that was refused as a whole. A meter that has no other channel
            of the role is left out, since the rest of its channels are not its net energy.
    """
    meters: defaultdict[str, list[Channel]] = defaultdict(list)
    for channel in channels:
        meters[channel.meter].append(channel)
    unread: defaultdict[str, set[str]] = defaultdict(set)
    for meter, role in refused:
        unread[meter].add(role)
    for meter, several in meters.items():
        lacking = sorted(unread.get(meter, set()) - {channel.role for channel in several})
        if lacking:
            report.note(f"meter {meter}: it was left out, since its channel of {', '.join(lacking)} was refused")
            continue
        _leave_out_of_all(meter, several, report)
        filled = [channel for channel in several if channel.start_utc]
        steps = _by_name(several)
        try:
            for name, other in steps.items():
                _require_equal(next(iter(steps.items())), (name, other))
        except UnreadableError as refusal:
            refusal.refuse(report)
            continue
        yield from (channel.steps() for channel in filled)


def _leave_out_of_all(meter: str, channels: Sequence[Channel], report: FileReport) -> None:
    left_out = set().union(*(channel.left_out for channel in channels))
    if not left_out or len(channels) == 1:
        return
    before = sum(len(channel.start_utc) for channel in channels)
    for channel in channels:
        channel.left_out = left_out
        channel.remove(left_out)
    count = before - sum(len(channel.start_utc) for channel in channels)
    if count:
        report.note(f"meter {meter}: {count} values were left out, since another channel has no value at their time")


Steps = dict[tuple[int, int], int]  # the line of each step, by its start and length


def _by_name(channels: Iterable[Channel]) -> dict[str, Steps]:
    """The steps of each channel. A channel may be in several parts, if its unit changed."""
    steps: dict[str, Steps] = {}
    for channel in channels:
        found = zip(zip(channel.start_utc, channel.step_s, strict=True), channel.lines, strict=True)
        steps.setdefault(channel.place, {}).update(found)
    return steps


def _require_equal(one: tuple[str, Steps], other: tuple[str, Steps]) -> None:
    for (name, steps), (second, against) in ((one, other), (other, one)):
        lacking = next((step for step in steps if step not in against), None)
        if lacking is not None:
            raise UnreadableError(
                steps[lacking],
                name,
                f"the step of {lacking[1]} s from {instant_text(lacking[0])} has a value here and none in {second}; "
                "ask for the data again, or leave the step out of the file",
                MissingDataError,
            )


def worst(qualities: tuple[str, ...]) -> str:
    """The least certain of several qualities."""
    return max(qualities, key=QUALITIES.index)
