"""Tables whose rows are local days: which columns are the steps of the day, and where the flags stand."""

import re
from collections.abc import Sequence
from typing import Any, Final

from attrs import frozen

from carbon_ledger.metering.guess.numerals import is_marker, is_number
from carbon_ledger.metering.guess.questions import Inquiry
from carbon_ledger.metering.guess.table import TableSample
from carbon_ledger.printing import quote

_FEWEST: Final = 23
_STEPS: Final = ((23, 25, "1 hour"), (46, 50, "30 min"), (92, 100, "15 min"), (276, 300, "5 min"))
_NUMBERED: Final = re.compile(r"(\D*?)0*(\d{1,3})\D*")
_CLOCK: Final = re.compile(r"\D{0,8}?(\d{1,2}):?(\d{2})(?::00)?(?:\s*-.*)?", re.ASCII)


@frozen(kw_only=True)
class WideFinding:
    """The columns of the steps of a day.

    Args:
        record: The fields of the `WideLayout`.
        columns: The positions of the values.
        flags: The positions of the flags; empty where no flag stands beside a value.
        step: The length of a step.
    """

    record: dict[str, Any]
    columns: Sequence[int]
    flags: Sequence[int]
    step: str


def wide_of(table: TableSample, inquiry: Inquiry) -> WideFinding | None:
    """The columns of the steps of a day; None if the rows are no days.

    Args:
        table: The table.
        inquiry: Takes the reasons and the doubts.
    """
    columns = max((_run(table, every) for every in (1, 2)), key=len)
    step = next((step for least, most, step in _STEPS if least <= len(columns) <= most), None)
    if step is None:
        return None
    first, last = table.names[columns[0]], table.names[columns[-1]]
    record: dict[str, Any] = {"first": first, "last": last}
    flags: list[int] = []
    if len(columns) > 1 and columns[1] - columns[0] == 2:
        after = columns[-1] + 1 < len(table.names) and not _is_value(table, columns[-1] + 1)
        record["flags"] = "after" if after else "before"
        flags = [position + (1 if after else -1) for position in columns]
        inquiry.because(f"a column with a flag stands {record['flags']} each value")
    is_clock = ":" in first and len(columns) in (24, 48, 96, 288)
    if is_clock:
        record["numbering"] = "wall"
    inquiry.because(
        f"each row is a local day: its steps of {step} are the {len(columns)} columns from {quote(first)} to "
        f"{quote(last)}"
    )
    inquiry.doubt(
        "on the days when the clocks change, each column is read as " + (
            "the time of the clock in its header, so that the hour that spring skips is blank"
            if is_clock
            else "the next step that passes, so that a short day ends in blank cells; "
            'if each column is a time of the clock, set wide.numbering = "wall"'
        )
    )  # fmt: skip
    return WideFinding(record=record, columns=columns, flags=flags, step=step)


def _run(table: TableSample, every: int) -> list[int]:
    """The longest run of columns of values whose headers count up, one after the other or with one between them."""
    best: list[int] = []
    for begin in range(min(len(table.names), 60)):
        if best and begin <= best[-1] and (begin - best[0]) % every == 0:
            continue
        run: list[int] = []
        for position in range(begin, len(table.names), every):
            if run and not _follows(table.names[run[-1]], table.names[position]):
                break
            if not _is_value(table, position):
                break
            run.append(position)
        if len(run) > len(best):
            best = run
    return best if len(best) >= _FEWEST else []


def _follows(before: str, after: str) -> bool:
    clocks = _CLOCK.fullmatch(before), _CLOCK.fullmatch(after)
    if ":" in before and clocks[0] and clocks[1]:
        minutes = [int(match[1]) * 60 + int(match[2]) for match in clocks if match]
        return 0 < (minutes[1] - minutes[0]) % 1440 <= 60
    numbers = _NUMBERED.fullmatch(before), _NUMBERED.fullmatch(after)
    if numbers[0] and numbers[1]:
        apart = int(numbers[1][2]) - int(numbers[0][2])
        return numbers[0][1] == numbers[1][1] and (apart == 1 or apart % 5 == 0)
    return False


def _is_value(table: TableSample, position: int) -> bool:
    """Whether a column has numbers, or blanks and markers."""
    cells = [row[position] for row in table.rows[:200]]
    return (any(map(is_number, cells)) and all(not cell or is_number(cell) or is_marker(cell) for cell in cells)) or (
        not any(cells) and bool(re.search(r"\d", table.names[position]))
    )
