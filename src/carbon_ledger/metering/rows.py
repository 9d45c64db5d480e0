"""The rows of a CSV file of metered energy, each with its instant in time.

Every refusal names the file, the line and the column.
"""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

from attrs import field, frozen

from carbon_ledger.csv_rows import CsvColumn, CsvFile
from carbon_ledger.errors import MissingDataError, NaiveTimeError, OverlapError, PeriodError
from carbon_ledger.periods import instant_utc, local_instants, zone_info
from carbon_ledger.printing import quote

_DIRECTIVES: Final = frozenset("YymdbBHIMSpfz")


@frozen
class MeterRow:
    """One row that is not blank.

    Args:
        line: The line of the file on which the row begins, from 1.
        time: Its time, as printed.
        value: Its energy, as printed; empty where the file has none.
        time_column: The column of its time.
        value_column: The column of its energy.
    """

    line: int
    time: str
    value: str
    time_column: CsvColumn
    value_column: CsvColumn

    @property
    def time_place(self) -> str:
        """Where the time stands, for messages."""
        return self.time_column.place(self.line)

    @property
    def value_place(self) -> str:
        """Where the energy stands, for messages."""
        return self.value_column.place(self.line)


@frozen
class MeterCsvLayout:
    """How a file of metered energy is written.

    Args:
        time_column: Header of the times.
        value_column: Header of the energies.
        zone: IANA zone of the times that have no offset of their own.
        time_format: How times are written, as for `datetime.strptime`; None: ISO 8601.

    Raises:
        PeriodError: *zone* or *time_format* cannot be used.
    """

    time_column: str
    value_column: str
    zone: str
    time_format: str | None
    _has_offset: bool = field(init=False)

    @_has_offset.default
    def _offset_in_format(self) -> bool:
        return self.time_format is not None and "z" in _directives(self.time_format)

    def __attrs_post_init__(self) -> None:
        """Refuse a zone that does not exist."""
        zone_info(self.zone)

    def timed_rows(self, file: CsvFile, step_s: int) -> list[tuple[int, MeterRow]]:
        """Read the rows with their instants, in time order and on one grid of steps.

        Args:
            file: The file.
            step_s: Length of a step. [s]

        Returns:
            At least one pair of an instant [s since 1970-01-01 UTC] and its row.

        Raises:
            MissingDataError: The file has no row below its header, or lacks a column.
            QuantityError: The file is not CSV, a row has more or fewer cells than the header, or two columns have the
                name of one that is read.
            PeriodError: A time cannot be read, is ambiguous, or is off the grid; or rows follow each other by a longer
                step.
            OverlapError: Two rows have the same time.
        """
        rows = self._rows(file)
        if not rows:
            raise MissingDataError(f"{file.path}: no row below the header; expected one for each step")
        timed = sorted(zip(self._instants(rows), rows, strict=True), key=lambda pair: pair[0])
        first_utc, first = timed[0]
        for at, row in timed:
            if (at - first_utc) % step_s:
                raise PeriodError(
                    f"{row.time_place}: {quote(row.time)} is {at - first_utc} s after {quote(first.time)} (line "
                    f"{first.line}), which is no multiple of the step, {step_s} s; pass the step that the file has"
                )
        _require_one_step(timed, step_s)
        return timed

    def _rows(self, file: CsvFile) -> list[MeterRow]:
        table = file.table()
        time, value = table.column(self.time_column), table.column(self.value_column)
        return [
            MeterRow(line, cells[time.position].strip(), cells[value.position].strip(), time, value)
            for line, cells in table.rows()
        ]

    def _instants(self, rows: Sequence[MeterRow]) -> list[int]:
        seen: Counter[int] = Counter()
        lines: dict[int, MeterRow] = {}
        instants: list[int] = []
        repeated: list[tuple[int, MeterRow]] = []
        for row in rows:
            wall_s, has_offset = self._time(row)
            choices = (wall_s,) if has_offset else local_instants(wall_s, self.zone)
            if not choices:
                raise PeriodError(
                    f"{row.time_place}: {quote(row.time)} did not exist in {self.zone}, whose clocks went "
                    "forward over it; if the meter shows winter time all year, pass a zone such as Etc/GMT+5"
                )
            at = choices[0]
            if len(choices) == 2:
                at = choices[min(seen[wall_s], 1)]
                seen[wall_s] += 1
                repeated.append((wall_s, row))
            if at in lines:
                raise OverlapError(
                    row.time_place,
                    f"{quote(row.time)} is also the time of line {lines[at].line}; a step has one value: remove the "
                    "row that is wrong",
                )
            lines[at] = row
            instants.append(at)
        self._check_repeated(repeated, seen, instants)
        return instants

    def _check_repeated(
        self, repeated: Sequence[tuple[int, MeterRow]], seen: Counter[int], instants: Sequence[int]
    ) -> None:
        """Refuse local times that autumn repeats, unless the order of the rows tells them apart."""
        in_order = all(early < late for early, late in pairwise(instants))
        for wall_s, row in repeated:
            if seen[wall_s] != 2 or not in_order:
                reason = "the rows are not in time order" if seen[wall_s] == 2 else "the file has it once"
                raise PeriodError(
                    f"{row.time_place}: {quote(row.time)} came twice in {self.zone}, whose clocks went back, and "
                    f"{reason}; write every time with its offset, or in UTC"
                )

    def _time(self, row: MeterRow) -> tuple[int, bool]:
        """Read one time: an instant, or what local clocks showed, counted as if it were UTC."""
        if self.time_format is not None:
            return self._formatted(row, self.time_format), self._has_offset
        text = row.time
        if text[10:11] == " ":
            text = re.sub(r"\A([0-9-]{10}) ", r"\1T", text)
        try:
            return instant_utc(text, row.time_place), True
        except NaiveTimeError:
            return instant_utc(f"{text}Z", row.time_place), False

    def _formatted(self, row: MeterRow, time_format: str) -> int:
        try:
            row.time.encode("ascii")  # strptime reads the digits of every script
            if self._has_offset:
                read = datetime.strptime(row.time, time_format).astimezone(UTC)
            else:
                read = datetime.strptime(row.time, time_format).replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            raise PeriodError(
                f"{row.time_place}: {quote(row.time)} is not written as {quote(time_format)}; correct the time, or "
                "pass the time_format that the file has"
            ) from None
        return instant_utc(read, row.time_place)


def _require_one_step(timed: Sequence[tuple[int, MeterRow]], step_s: int) -> None:
    """Refuse rows of a longer step: two distances in a row that are equal, and longer than the step.

    A single longer distance is a gap. Read with the shorter step, the energy of each longer step would be put into its
    first part.

    Raises:
        PeriodError: Three rows are equally far apart, by more than the step.
    """
    for (before, row), (at, _), (after, last) in zip(timed, timed[1:], timed[2:], strict=False):
        if at - before == after - at != step_s:
            raise PeriodError(
                f"{row.time_place}: from {quote(row.time)} to {quote(last.time)} (line {last.line}) the rows are "
                f"{at - before} s apart, and the step is {step_s} s; if the file has two resolutions, split it and "
                'read each part with its own step; if rows are missing, add them without a value and pass missing="gap"'
            )


def _directives(time_format: str) -> frozenset[str]:
    """The directives of a format, which has to name one whole date, and a time of day in one way."""
    if not isinstance(time_format, str):
        raise PeriodError(f'time_format {quote(time_format)}: expected text, e.g. "%m/%d/%Y %H:%M"')
    codes = re.findall(r"%(.?)", time_format.replace("%%", ""), flags=re.DOTALL)
    used = frozenset(codes)
    if (
        len(used) != len(codes)
        or not used <= _DIRECTIVES
        or "d" not in used
        or len(used & {"Y", "y"}) != 1
        or len(used & {"m", "b", "B"}) != 1
        or used & {"H", "I", "p"} not in ({"H"}, {"I", "p"}, set())
    ):
        raise PeriodError(
            f"time_format {quote(time_format)}: expected a year, a month, a day and a time of day, each once, "
            'e.g. "%m/%d/%Y %H:%M" (known: %Y %y %m %b %B %d %H, or %I with %p, %M %S %f %z)'
        )
    return used
