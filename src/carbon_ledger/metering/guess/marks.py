"""Whether the times of a table are the starts or the ends of its steps."""

from carbon_ledger.metering.guess.questions import Inquiry
from carbon_ledger.metering.guess.table import TableSample
from carbon_ledger.metering.guess.times import TimeFinding
from carbon_ledger.metering.guess.words import names_end, names_start
from carbon_ledger.periods.zones import DAY_S
from carbon_ledger.printing import quote


def ask_stamp(table: TableSample, times: TimeFinding, inquiry: Inquiry) -> None:
    """Find whether times are starts or ends of steps, or ask.

    Args:
        table: The table.
        times: Its times. The answer is added to its record.
        inquiry: Takes reasons, doubts and questions.
    """
    record = times.record
    if "end_columns" in record or "interval_column" in record or times.step_s is None:
        return
    if record.pop("stamp", "") == "start":
        return
    name = " ".join(record["columns"])
    cells = [table.cells(table.names.index(column)) for column in record["columns"]]
    if any("24:00" in cell for column in cells for cell in column):
        record["stamp"] = "end"
        inquiry.because("a time is 24:00, so that times are the ends of steps")
        return
    if names_end(name) != names_start(name):
        record["stamp"] = "end" if names_end(name) else "start"
        inquiry.because(f"the header {quote(name)} says that times are the {record['stamp']}s of steps")
        return
    walls = [wall + times.offset_s for wall in times.walls if wall is not None]
    first, last, step_s = min(walls), max(walls), times.step_s
    whole = {"start": (0, DAY_S - step_s), "end": (step_s, 0)}
    fits = next((stamp for stamp, edges in whole.items() if edges == (first % DAY_S, last % DAY_S)), "")
    shown = f"the first time is {_clock(first)} and the last one {_clock(last)}"
    if fits == "start":
        inquiry.doubt(
            f"{shown}, as of whole days whose times are the starts of steps; if they are the ends, set time.stamp"
        )
        return
    if fits:
        inquiry.doubt(f"{shown}, as of whole days whose times are the ends of steps")
    choices = {
        "start": f"{_clock(first)} begins a step, which ends at {_clock(first + step_s)}",
        "end": f"{_clock(first)} ends a step, which began at {_clock(first - step_s)}",
    }
    answer = inquiry.ask("stamp", f"is a time the start of its step, or the end? {shown}", choices, fits)
    if answer == "end":
        record["stamp"] = "end"


def _clock(wall_s: int) -> str:
    minutes = wall_s % DAY_S // 60
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
