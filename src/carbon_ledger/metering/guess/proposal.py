"""From a sample of a file to the fields of a layout: each part with its reasons, its doubts and its questions."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import PurePath
from typing import Any, Final

from attrs import define, field

from carbon_ledger.errors import CarbonLedgerError
from carbon_ledger.metering.guess.courses import number_of
from carbon_ledger.metering.guess.labels import Labels
from carbon_ledger.metering.guess.marks import ask_stamp
from carbon_ledger.metering.guess.numerals import numbers_of
from carbon_ledger.metering.guess.questions import Inquiry, ask_zone
from carbon_ledger.metering.guess.sample import FileSample
from carbon_ledger.metering.guess.table import TableSample, table_of
from carbon_ledger.metering.guess.times import TimeFinding, times_of
from carbon_ledger.metering.guess.values import ValueReader, candidates_of
from carbon_ledger.metering.guess.wide import WideFinding, wide_of
from carbon_ledger.metering.guess.words import unit_in
from carbon_ledger.metering.layouts import ValueColumn
from carbon_ledger.units import duration_s

_REMAINDERS: Final[Mapping[str, str]] = {
    "carry": "the rest below 1 Wh goes to the next step of the same local day: the sum of a day is right to 1 Wh",
    "floor": "each value is rounded down by itself",
    "refuse": "the file is refused, since its values are finer than 1 Wh",
}


def table_record(sample: FileSample, inquiry: Inquiry, zone: str | None) -> dict[str, Any] | None:
    """The fields of the layout of a file that is a table; None if it cannot be described.

    Args:
        sample: The beginning and the end of the file.
        inquiry: Takes reasons, doubts and questions. As long as a question is open, fields are missing.
        zone: The zone that the caller has given.
    """
    table = table_of(sample, inquiry)
    if table is None:
        return None
    times = times_of(table, inquiry)
    if times is None:
        return None
    found_zone = ask_zone(inquiry, zone, is_local=times.is_local)
    return _Proposal(sample, table, times, inquiry, found_zone).record()


@define
class _Proposal:
    """The fields of a layout of a table.

    Args:
        sample: The beginning and the end of the file.
        table: Its table.
        times: Its times.
        inquiry: Takes reasons, doubts and questions.
        zone: The zone of the meter, or None as long as it is not known.
    """

    sample: FileSample
    table: TableSample
    times: TimeFinding
    inquiry: Inquiry
    zone: str | None
    numbers: dict[str, Any] | None = field(init=False, default=None)

    def record(self) -> dict[str, Any] | None:
        """The fields; None if no column has values."""
        record: dict[str, Any] = {"name": PurePath(self.sample.path).stem[:100] or "layout", "zone": self.zone or "UTC"}
        record["source"] = f"proposed from {PurePath(self.sample.path).name[:200]}"
        labels = Labels(self.table, self.inquiry, {*self.times.columns, *self._intervals()})
        is_one_date = len(self.times.record["columns"]) == 1 and "interval_column" not in self.times.record
        wide = wide_of(self.table, self.inquiry) if is_one_date and (self.times.is_day or self._is_short()) else None
        values = self._tall(labels) if wide is None else self._wide(labels, wide)
        if values is None:
            return None
        record |= {"table": self.table.record, "numbers": self.numbers or {}, "time": self.times.record | labels.summer}
        record |= {"values": values, **labels.record}
        if wide is not None:
            record["wide"] = wide.record
        if not self.inquiry.questions and self._is_fine(values, wide):
            text = "values are finer than 1 Wh, and a ledger counts whole Wh: what becomes of the rest?"
            record["remainder"] = self.inquiry.ask("remainder", text, _REMAINDERS, "carry") or "refuse"
        return record

    def _intervals(self) -> set[int]:
        name = self.times.record.get("interval_column")
        return {self.table.names.index(name)} if name else set()

    def _is_short(self) -> bool:
        """Whether the days of the rows are all the same, or their distance is not known."""
        return self.times.step_s is None

    def _tall(self, labels: Labels) -> list[dict[str, Any]] | None:
        times = Counter(wall for wall in self.times.walls[: len(self.table.rows)] if wall is not None)
        is_repeated = "interval_column" not in self.times.record and sum(
            count > 1 for count in times.values()
        ) * 2 > len(times)
        labels.find(is_repeated=is_repeated)
        found = candidates_of(self.table, labels.taken, labels.unit, self.inquiry)
        if not found:
            self.inquiry.doubt("no column of numbers is one of energy or power: the file cannot be described")
            return None
        cells = [cell for item in found for cell in self.table.cells(item.position)]
        is_part = bool(self.table.last)
        self.numbers = numbers_of(cells, self.inquiry, found[0].unit, is_part=is_part)
        reader = ValueReader(self.table, self.times, self.inquiry, self.numbers, labels.keys(), found)
        values = reader.values(labels.channels)
        labels.mention_unread()
        if reader.has_energies:
            ask_stamp(self.table, self.times, self.inquiry)
        if not values and not self.inquiry.questions:
            self.inquiry.doubt("no column is read: the file cannot be described")
            return None
        return values

    def _wide(self, labels: Labels, wide: WideFinding) -> list[dict[str, Any]]:
        self.inquiry.questions[:] = [item for item in self.inquiry.questions if item.name != "step"]
        labels.taken |= {*wide.columns, *wide.flags}
        labels.find(is_repeated=False)
        if wide.flags:
            labels.flags_beside(wide.flags)
        self.times.record["step"] = wide.step
        if wide.step == "1 hour":
            del self.times.record["step"]
        for name in set(self.times.record) - {"columns", "format", "step"}:
            del self.times.record[name]
        name = self.table.names[wide.columns[0]]
        unit = labels.unit or unit_in(name) or ""
        cells = [cell for position in wide.columns for cell in self.table.cells(position)]
        some = [cell for cell in cells if cell]
        self.numbers = numbers_of(some, self.inquiry, unit, is_part=bool(self.table.last))
        context = " ".join([name, *map(str, self.table.preamble[:20])])
        role_text = context if re.search(r"(?i)import|export|einspeis|bezug", context) else f"{name} and the following"
        reader = ValueReader(self.table, self.times, self.inquiry, self.numbers, ())
        return reader.wide_value(unit, role_text[:120], labels.channels)

    def _is_fine(self, values: Sequence[Mapping[str, Any]], wide: WideFinding | None) -> bool:
        """Whether a value of the sample is finer than 1 Wh."""
        step = self.times.record.get("step", "1 hour")
        step_s = 0 if step in ("day", "month") else self.times.step_s
        try:
            step_s = step_s or duration_s(step if isinstance(step, str) else step[0], "step")
        except CarbonLedgerError:
            step_s = 1
        for fields in values:
            column = ValueColumn(**fields)
            factor = column.factor_wh * (step_s if column.kind == "power" else 1)
            positions = wide.columns if wide else [self.table.names.index(column.column)]
            for position in positions:
                if any(_below_1(cell, self.numbers or {}, factor) for cell in self.table.cells(position)):
                    return True
        return False


def _below_1(cell: str, numbers: Mapping[str, Any], factor: Fraction) -> bool:
    value = number_of(cell, numbers)
    return value is not None and (Fraction(value) * factor).denominator > 1
