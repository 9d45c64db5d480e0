"""Tables of metered energy, written from a layout and a list of steps. Nothing of the library's reader is used here."""

import csv
import io
import random
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from attrs import define, field

UNITS = {"Wh": 1, "kWh": 1_000, "MWh": 1_000_000}
ISO, GERMAN, AMERICAN = "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M", "%m/%d/%y %I:%M %p"
WORDS = {"A": "measured", "E": "estimated", "S": "substituted"}


@define
class Step:
    """A step of a meter. Without a value, the file has a row for it, and no reading."""

    start: datetime
    end: datetime
    wh: int | None
    flag: str


@define
class Written:
    """A table, with the fields of the layout that says how it is written."""

    layout: dict[str, Any]
    data: bytes
    steps: dict[str, list[Step]]
    in_order: bool


@define
class Writer:
    """Writes tables. Everything that a layout leaves open is chosen by *choose*.

    Args:
        choose: Chooses.
        zone: The zone of the meter.
        first: The first local day.
        days: How many local days.
        step_s: The length of the steps. [s]
        shape: ``long``, ``numbered``, ``wide``, ``days`` or ``register``.
    """

    choose: random.Random
    zone: str
    first: date
    days: int
    step_s: int
    shape: str
    layout: dict[str, Any] = field(init=False, factory=dict)
    rules: ZoneInfo = field(init=False)
    in_order: bool = field(init=False, default=True)
    plan: random.Random = field(init=False, factory=random.Random)

    @rules.default
    def _rules(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def midnight(self, day: date) -> datetime:
        """The first instant of a local day: the zone's midnights are looked for, minute by minute."""
        at = datetime.combine(day, time(), UTC) - timedelta(hours=16)
        while at.astimezone(self.rules).date() < day:
            at += timedelta(minutes=30)
        return at

    def day_of(self, at: datetime) -> date:
        """The local day of an instant. In Newfoundland, clocks went back over midnight; no day began again."""
        day = at.astimezone(self.rules).date()
        return day + timedelta(days=1) if self.midnight(day + timedelta(days=1)) <= at else day

    def steps(self, meter: int) -> list[Step]:
        """Steps over the local days."""
        days = range(self.days + 1)
        ends = sorted({self.midnight(self.first + timedelta(days=number)) for number in days})  # Samoa skipped a day
        if self.shape != "days":
            count = (ends[-1] - ends[0]) // timedelta(seconds=self.step_s)
            ends = [ends[0] + timedelta(seconds=self.step_s * number) for number in range(count + 1)]
        lowest = 0 if self.shape == "register" else -9_999_999
        steps = []
        for number, (start, end) in enumerate(pairwise(ends)):
            known = number == 0 or self.shape == "register" or self.choose.random() > 0.1
            wh = self.choose.randint(lowest, 9_999_999) * 10 ** self.choose.randint(0, 3) + meter if known else None
            steps.append(Step(start, end, wh, self.choose.choice("AAAES") if self.flags else "A"))
        return steps

    @property
    def flags(self) -> bool:
        """Whether the file has flags."""
        return bool(self.layout["quality"])

    def number(self, wh: int | None, step: Step) -> str:
        """The cell of a value."""
        numbers: dict[str, Any] = self.layout["numbers"]
        value, markers = self.layout["values"], ["", *map(str, numbers["missing"])]
        if wh is None:
            return self.choose.choice(markers)
        exact = Decimal(wh)
        if value["kind"] == "power":
            exact = exact * 3600 / int((step.end - step.start).total_seconds())
        exact /= UNITS[value["unit"].replace("W", "Wh") if value["kind"] == "power" else value["unit"]]
        exact /= Decimal(value["multiplier"])
        text = f"{exact:,f}" if numbers["thousands"] and self.choose.random() < 0.8 else f"{exact:f}"
        if "." in text and self.choose.random() < 0.5:
            text += "0"
        text = text.replace(",", "\0").replace(".", numbers["decimal"]).replace("\0", numbers["thousands"])
        if numbers.get("excel_text"):
            text = f'="{text}"'
        return self.choose.choice([text, text, f" {text}"])

    def parts(self) -> None:
        """Choose the parts of the layout that do not depend on the shape."""
        choose = self.choose
        decimal, thousands = choose.choice([(".", ""), (".", ","), (".", "'"), (",", "."), (",", "\u00a0"), (",", " ")])
        kind = choose.choice(["energy", "power"]) if self.shape in ("long", "wide", "numbered") else "energy"
        kind = "register" if self.shape == "register" else kind
        unit = choose.choice(["W", "kW", "MW"] if kind == "power" else [*UNITS])
        self.layout = {
            "name": "written", "zone": self.zone, "remainder": "refuse",
            "table": {
                "delimiter": choose.choice([",", ";", "\t", "|"]), "skip_lines": choose.randint(0, 2),
                "encoding": choose.choice(["utf-8", "cp1252", "latin-1", "utf-16"]),
                "extra_cells": choose.random() < 0.3,
                "footers": choose.choice([[], ["Summe"]]), "unit_row": choose.random() < 0.3,
            },
            "numbers": {
                "decimal": decimal, "thousands": thousands,
                "missing": choose.choice([[], ["-"], ["n/a", "-999999999999"]]),
                "missing_is": "gap", "excel_text": choose.random() < 0.2,
            },
            "values": {
                "column": "Zähler, é", "unit": unit, "kind": kind, "multiplier": choose.choice(["1", "0.5", "40"]),
            },
            "quality": {"column": "q", "flags": WORDS} if choose.random() < 0.5 and self.shape != "register" else {},
        }  # fmt: skip
        if choose.random() < 0.3:
            self.layout["meter_column"] = "meter"

    def write(self) -> Written:
        """Write a table."""
        self.parts()
        names = ["north", "south"] if "meter_column" in self.layout else [""]
        meters = {name: self.steps(number) for number, name in enumerate(names)}
        rows: list[list[str]] = []
        header: list[str] = []
        shape = {
            "long": self.long,
            "register": self.register,
            "numbered": self.numbered,
            "wide": self.wide,
            "days": self.daily,
        }[self.shape]
        per_meter = []
        seed = self.choose.random()
        for name, steps in meters.items():
            self.plan = random.Random(seed)  # all meters are written alike
            self.layout.pop("time", None)
            header, found = shape(steps)
            per_meter.append([[name, *row] if name else row for row in found])
        header = ["meter", *header] if names[0] else header
        for at in range(max(map(len, per_meter))):
            rows += [found[at] for found in per_meter if at < len(found)]
        if not self.in_order:
            self.choose.shuffle(rows)
        return Written(self.layout, self.encoded(header, rows), meters, self.in_order)

    def encoded(self, header: list[str], rows: list[list[str]]) -> bytes:
        """The table as bytes."""
        choose, table = self.choose, self.layout["table"]
        text = io.StringIO()
        end = choose.choice(["\n", "\r\n"])
        quoting: Any = choose.choice([csv.QUOTE_ALL, csv.QUOTE_MINIMAL])
        out = csv.writer(text, delimiter=table["delimiter"], quoting=quoting, lineterminator=end)
        text.write('first "line\n' * table["skip_lines"])
        out.writerow(header)
        if table["unit_row"]:
            out.writerow(["[-]"] * len(header))
        for row in rows:
            out.writerow(row + [""] * choose.randint(0, 2) if table["extra_cells"] else row)
            if choose.random() < 0.05:
                out.writerow([""] * len(header))
        if table["footers"]:
            out.writerow(["Summe", "17"])
        mark = choose.choice([b"", b"\xef\xbb\xbf"]) if table["encoding"] == "utf-8" else b""
        if table["encoding"] == "utf-16":
            codec, mark = choose.choice([("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")])
            return mark + text.getvalue().encode(codec)
        return mark + text.getvalue().encode(table["encoding"])

    def long(self, steps: Sequence[Step]) -> tuple[list[str], list[list[str]]]:
        """A row a step."""
        stamps, header = self.stamps(steps)
        rows = [
            [*stamp, self.number(step.wh, step), *([step.flag] if self.flags else [])]
            for stamp, step in zip(stamps, steps, strict=True)
        ]
        return [*header, "Zähler, é", *(["q"] if self.flags else [])], rows

    def register(self, steps: Sequence[Step]) -> tuple[list[str], list[list[str]]]:
        """A row a standing, with its offset."""
        self.layout["time"] = {"columns": ["at"], "step": [f"{self.step_s} s"]}
        standing, rows = self.choose.randint(0, 10**9) * 1000, []
        for step in steps:
            rows.append([step.start.astimezone(self.rules).isoformat(), self.number(standing, step)])
            standing += step.wh or 0
        rows.append([steps[-1].end.astimezone(self.rules).isoformat(), self.number(standing, steps[-1])])
        self.in_order = False
        return ["at", "Zähler, é"], rows

    def daily(self, steps: Sequence[Step]) -> tuple[list[str], list[list[str]]]:
        """A row a local day."""
        stamp, form = self.plan.choice(["start", "end"]), self.plan.choice([None, "%d.%m.%Y"])
        self.layout["time"] = {"columns": ["at"], "step": ["day"], "stamp": stamp, "format": form}
        self.in_order = False
        rows = []
        for step in steps:
            day = (step.start if stamp == "start" else step.end).astimezone(self.rules)
            cells = [day.strftime(form or "%Y-%m-%d"), self.number(step.wh, step)]
            rows.append([*cells, *([step.flag] if self.flags else [])])
        return ["at", "Zähler, é", *(["q"] if self.flags else [])], rows

    def numbered(self, steps: Sequence[Step]) -> tuple[list[str], list[list[str]]]:
        """A row a step, which has its number in the local day."""
        self.layout["time"] = {"columns": ["day"], "interval_column": "n", "step": [f"{self.step_s} s"]}
        self.in_order = False
        rows, numbers = [], dict[date, int]()
        for step in steps:
            day = self.day_of(step.start)
            numbers[day] = numbers.get(day, 0) + 1
            flag = [step.flag] if self.flags else []
            rows.append([str(day), str(numbers[day]), self.number(step.wh, step), *flag])
        return ["day", "n", "Zähler, é", *(["q"] if self.flags else [])], rows

    def wide(self, steps: Sequence[Step]) -> tuple[list[str], list[list[str]]]:
        """A row a local day."""
        side = self.plan.choice(["after", "before"]) if self.flags else "none"
        days: dict[date, list[Step]] = {}
        for step in steps:
            days.setdefault(self.day_of(step.start), []).append(step)
        most = max(map(len, days.values())) + self.plan.randint(0, 2)
        self.layout["time"] = {"columns": ["day"], "step": [f"{self.step_s} s"]}
        self.layout["values"] = {key: item for key, item in self.layout["values"].items() if key != "column"}
        self.layout["wide"] = {"first": "h1", "last": f"h{most}", "flags": side}
        if self.flags:
            self.layout["quality"] = {"flags": WORDS}
        pair: Callable[[str, str], list[str]] = {
            "none": lambda cell, _: [cell],
            "after": lambda cell, flag: [cell, flag],
            "before": lambda cell, flag: [flag, cell],
        }[side]
        rows = []
        for day, some in days.items():
            cells = [pair(self.number(step.wh, step), step.flag) for step in some]
            cells += [pair("", "")] * (most - len(some))
            rows.append([str(day), *(cell for cell_pair in cells for cell in cell_pair)])
        self.in_order = False
        columns = [name for number in range(1, most + 1) for name in pair(f"h{number}", f"f{number}")]
        return ["day", *columns], rows

    def stamps(self, steps: Sequence[Step]) -> tuple[list[list[str]], list[str]]:
        """The cells of the times, and their headers."""
        kind = self.plan.choice(["order", "order", "offset", "fixed", "epoch", "mark", "both"])
        stamp = "start" if kind == "both" else self.plan.choice(["start", "end", "start-plus-step"])
        timing: dict[str, Any] = {"columns": ["at"], "step": [f"{self.step_s} s"], "stamp": stamp}
        self.layout["time"], step = timing, timedelta(seconds=self.step_s)
        shown = [item.start if stamp == "start" else item.end for item in steps]
        self.in_order = kind in ("order", "both")
        if kind == "epoch":
            timing["format"] = "epoch s"
            return [[str(int(at.timestamp()))] for at in shown], ["at"]
        if kind == "offset":
            return [[at.astimezone(self.rules).isoformat()] for at in shown], ["at"]
        if kind == "fixed":
            timing["offset"] = "+10:00"
            walls = [(at + timedelta(hours=10)).replace(tzinfo=None) for at in shown]
            return self.cells(walls, timing), self.headers(timing)
        starts = [item.start.astimezone(self.rules).replace(tzinfo=None) for item in steps]
        ends = [item.end.astimezone(self.rules).replace(tzinfo=None) for item in steps]
        walls = {"start": starts, "end": ends, "start-plus-step": [at + step for at in starts]}[stamp]
        cells = self.cells(walls, timing)
        if kind == "mark" and stamp == "end":
            kind, self.in_order = "order", True  # the mark of an end is not that of its start
        if kind == "mark":
            timing |= {"summer_column": "dst", "summer": {"S": "summer", "W": "winter"}}
            winter = min(at.astimezone(self.rules).utcoffset() or timedelta(0) for at in self.year())
            marks = [
                "S" if (item.start.astimezone(self.rules).utcoffset() or timedelta(0)) > winter else "W"
                for item in steps
            ]
            return [[*cell, mark] for cell, mark in zip(cells, marks, strict=True)], [*self.headers(timing), "dst"]
        if kind == "both":
            timing["end_columns"] = ["to"] if len(timing["columns"]) == 1 else ["to day", "to time"]
            both = [[*a, *b] for a, b in zip(cells, self.cells(ends, timing, is_end=True), strict=True)]
            return both, [*self.headers(timing), *timing["end_columns"]]
        return cells, self.headers(timing)

    def year(self) -> list[datetime]:
        """Some instants of the year."""
        return [datetime(self.first.year, month, 1, 12, tzinfo=UTC) for month in range(1, 13)]

    def headers(self, timing: dict[str, Any]) -> list[str]:
        """The headers of the columns of times."""
        columns: list[str] = timing["columns"]
        return columns

    def cells(self, walls: Sequence[datetime], timing: dict[str, Any], *, is_end: bool = False) -> list[list[str]]:
        """Local times, in one cell or in two."""
        if "format" not in timing:
            timing["format"] = self.plan.choice([None, ISO, GERMAN, AMERICAN])
            timing["columns"] = self.plan.choice([["at"], ["day", "time"]])
        form = timing["format"] or ISO
        as_24 = (is_end or timing["stamp"] != "start") and "%H:%M" in form
        cells = []
        for wall in walls:
            text = wall.strftime(form)
            if as_24 and wall.time() == time() and self.choose.random() < 0.5:
                text = (wall - timedelta(days=1)).strftime(form).replace("00:00", "24:00")
            cells.append(text.split(" ", 1) if len(timing["columns"]) == 2 else [text])
        return cells
