"""The rows of a CSV file of metered energy, each with its instant: what `meter_csv` reads from.

Every refusal names the file, the line and the column.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

from attrs import field, frozen

from carbon_ledger.errors import MissingDataError, NaiveTimeError, OverlapError, PeriodError, QuantityError
from carbon_ledger.periods import instant_utc, local_instants, zone_info
from carbon_ledger.printing import near, quote

DELIMITERS: Final = (",", ";", "\t", "|")

_DIRECTIVES: Final = frozenset("YymdbBHIMSpfz")


@frozen
class MeterRow:
    """One row that is not blank.

    Args:
        line: Its line in the file, the header's being 1.
        time: Its time, as printed.
        value: Its energy, as printed; empty where the file has none.
    """

    line: int
    time: str
    value: str


@frozen
class MeterCsv:
    """How one file is written.

    Args:
        path: The file, as it was named.
        time_column: Header of the times.
        value_column: Header of the energies.
        zone: IANA zone of the times that name none.
        time_format: How times are written, as for `datetime.strptime`; None: ISO 8601.
        delimiter: One of `DELIMITERS`.

    Raises:
        PeriodError: *zone* or *time_format* is unusable.
        QuantityError: *delimiter* is not one of the four.
    """

    path: str
    time_column: str
    value_column: str
    zone: str
    time_format: str | None
    delimiter: str
    _has_offset: bool = field(init=False)

    @_has_offset.default
    def _offset_in_format(self) -> bool:
        return self.time_format is not None and "z" in _directives(self.time_format)

    def __attrs_post_init__(self) -> None:
        """Refuse a description that no file can fit."""
        zone_info(self.zone)
        if not isinstance(self.delimiter, str) or self.delimiter not in DELIMITERS:
            raise QuantityError(f"delimiter {quote(self.delimiter, 20)}: expected one of {DELIMITERS}")

    def time_place(self, row: MeterRow) -> str:
        """Where a row's time stands, for messages."""
        return f"{self.path}, line {row.line}, column {quote(self.time_column)}"

    def value_place(self, row: MeterRow) -> str:
        """Where a row's energy stands, for messages."""
        return f"{self.path}, line {row.line}, column {quote(self.value_column)}"

    def rows(self, data: bytes, step_s: int) -> list[tuple[int, MeterRow]]:
        """Read the rows with their instants, in time order and on one grid of steps.

        Args:
            data: The file's bytes.
            step_s: Length of a step. [s]

        Returns:
            At least one pair of an instant [s since 1970-01-01 UTC] and its row.

        Raises:
            MissingDataError: There is no row, or no such column.
            QuantityError: *data* is no UTF-8 CSV, or a row's fields are not the header's.
            PeriodError: A time cannot be used, or stands off the grid.
            OverlapError: Two rows have the same time.
        """
        rows = list(self._read(data))
        if not rows:
            raise MissingDataError(f"{self.path}: no row below the header; there is nothing to read")
        timed = sorted(zip(self._instants(rows), rows, strict=True), key=lambda pair: pair[0])
        first_utc, first = timed[0]
        for at, row in timed:
            if (at - first_utc) % step_s:
                raise PeriodError(
                    f"{self.time_place(row)}: {quote(row.time)} is {at - first_utc} s after {quote(first.time)} (line "
                    f"{first.line}), which is no whole number of {step_s} s; name the file's own step"
                )
        return timed

    def _read(self, data: bytes) -> Iterator[MeterRow]:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise QuantityError(
                f"{self.path}: byte {error.start} is not UTF-8; save the file as CSV in UTF-8"
            ) from None
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=self.delimiter, strict=True)
        try:
            header = next(reader, [])
            time_at = self._column(header, self.time_column)
            value_at = self._column(header, self.value_column)
            for fields in reader:
                if not any(fields):
                    continue  # a blank line, or the empty cells that spreadsheets leave below a table
                if len(fields) != len(header):
                    raise QuantityError(
                        f"{self.path}, line {reader.line_num}: {len(fields)} fields, the header has "
                        f"{len(header)}; quote what holds the delimiter; complete a row that was cut short"
                    )
                yield MeterRow(reader.line_num, fields[time_at].strip(), fields[value_at].strip())
        except csv.Error as error:
            raise QuantityError(f"{self.path}, line {reader.line_num}: no CSV: {error}") from None

    def _column(self, header: Sequence[str], name: str) -> int:
        if not any(header):
            raise MissingDataError(f"{self.path}: the first line holds no header; expected column {quote(name)}")
        if header.count(name) == 1:
            return header.index(name)
        if name in header:
            raise QuantityError(
                f"{self.path}, line 1: {header.count(name)} columns are called {quote(name)}; rename one"
            )
        close = near(name, header)
        hint = f"did you mean {quote(close[0])}?" if close else f"the header is {quote(header, 200)}"
        raise MissingDataError(f"{self.path}, line 1: no column {quote(name)}; {hint}")

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
                    f"{self.time_place(row)}: {quote(row.time)} did not exist in {self.zone}, whose clocks went "
                    "forward over it; a meter that keeps winter time all year needs a zone such as Etc/GMT+5"
                )
            at = choices[0]
            if len(choices) == 2:
                at = choices[min(seen[wall_s], 1)]
                seen[wall_s] += 1
                repeated.append((wall_s, row))
            if at in lines:
                raise OverlapError(
                    f"{self.time_place(row)}",
                    f"{quote(row.time)} is the time of line {lines[at].line} too; a step "
                    "has one value: remove the row that is wrong",
                )
            lines[at] = row
            instants.append(at)
        self._check_repeated(repeated, seen, instants)
        return instants

    def _check_repeated(
        self, repeated: Sequence[tuple[int, MeterRow]], seen: Counter[int], instants: Sequence[int]
    ) -> None:
        """Refuse to guess which of two equal local times a row means."""
        in_order = all(early < late for early, late in pairwise(instants))
        for wall_s, row in repeated:
            if seen[wall_s] != 2 or not in_order:
                why = "the rows are not in time order" if seen[wall_s] == 2 else "the file has it once"
                raise PeriodError(
                    f"{self.time_place(row)}: {quote(row.time)} came twice in {self.zone}, whose clocks went "
                    f"back, and {why}; give every time its offset, or UTC"
                )

    def _time(self, row: MeterRow) -> tuple[int, bool]:
        """Read one time: an instant, or what local clocks showed, counted as if it were UTC."""
        if self.time_format is not None:
            return self._formatted(row, self.time_format), self._has_offset
        text = re.sub(r"\A([0-9-]{10}) ", r"\1T", row.time)
        try:
            return instant_utc(text, self.time_place(row)), True
        except NaiveTimeError:
            return instant_utc(f"{text}Z", self.time_place(row)), False

    def _formatted(self, row: MeterRow, time_format: str) -> int:
        place = self.time_place(row)
        refused = PeriodError(f"{place}: {quote(row.time)} is not written as {quote(time_format)}")
        if not row.time.isascii():  # strptime reads the digits of every script
            raise refused
        try:
            if self._has_offset:
                read = datetime.strptime(row.time, time_format).astimezone(UTC)
            else:
                read = datetime.strptime(row.time, time_format).replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            raise refused from None
        return instant_utc(read, place)


def _directives(time_format: str) -> frozenset[str]:
    """Check that a format names one whole date, and a time of day in one way."""
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
