"""The three silent faults: ends read as starts, standings summed, daily totals read as hours."""

from datetime import date
from typing import Any

import pytest
from tests.support.meter_tables import ReadTable, by_start, local_starts, values_of

from carbon_ledger.errors import PeriodError

BERLIN = "Europe/Berlin"


def day_by_quarters(shift: int) -> str:
    """Two days of quarters: stamped by the start of each, or by a later one."""
    shown = local_starts(BERLIN, date(2024, 5, 1), 3, 900)[shift : 2 * 96 + shift]
    return "\n".join(["time,kWh", *(f"{at:%Y-%m-%d %H:%M},{number % 7}" for number, at in enumerate(shown))])


def test_times_of_the_ends_of_steps(read_table: ReadTable) -> None:
    """Read as starts, each step is a quarter late. Only the user can know; the file suggests it."""
    right = read_table(day_by_quarters(1), zone=BERLIN, time={"columns": "time", "step": "15 min", "stamp": "end"})
    starts = read_table(day_by_quarters(0), zone=BERLIN, time={"columns": "time", "step": "15 min"})
    assert right.runs == starts.runs
    assert right.notes == starts.notes == ()
    late = read_table(day_by_quarters(1), zone=BERLIN, time={"columns": "time", "step": "15 min"})
    assert late.notes == (
        "the first time is 00:15, one step after midnight, and the last one is midnight; if times are the ends of "
        'their steps, the stamp is "end"',
    )
    last = day_by_quarters(1).replace("2024-05-03 00:00", "2024-05-02 24:00")
    with pytest.raises(PeriodError, match="the end of a day is 00:00"):
        read_table(last, zone=BERLIN, time={"columns": "time", "step": "15 min"})


def standings(count: int, total_wh: int) -> str:
    rows = [f"{at:%Y-%m-%dT%H:%MZ},{20_000_000 + total_wh * number // (count - 1)}" for number, at in enumerate(
        local_starts("UTC", date(2024, 5, 1), count // 24 + 1, 3600)[:count]
    )]  # fmt: skip
    return "\n".join(["time,Wh", *rows])


def test_standings_of_a_register(read_table: ReadTable) -> None:
    """634 kWh were counted; the sum of the standings is 12 GWh."""
    content = standings(635, 634_000)
    column: dict[str, Any] = {"column": "Wh", "unit": "Wh"}
    right = read_table(content, values=column | {"kind": "register"})
    assert (right.total_wh, len(values_of(right)), right.notes) == (634_000, 634, ())
    summed = read_table(content, values=column)
    assert summed.total_wh > 12_000_000_000
    assert summed.notes == (
        "column 'Wh': no value is less than the one before it, in 635 rows; if it is the standing of a register, its "
        'kind is "register"',
    )


@pytest.mark.parametrize(
    "values",
    [[5] * 500, [0] * 400 + [*range(10)], [*range(99)], [*range(200), 198], [0] * 480 + [1] * 20, [*range(300)][::-1]],
)
def test_energies_are_not_remarked_on(read_table: ReadTable, values: list[int]) -> None:
    """A constant load, a night without sun, a short file, one value that falls."""
    starts = local_starts("UTC", date(2024, 5, 1), 30, 3600)
    rows = [f"{at:%Y-%m-%dT%H:%MZ},{value}" for at, value in zip(starts, values, strict=False)]
    assert read_table("\n".join(["time,kWh", *rows])).notes == ()


@pytest.mark.parametrize("cell", ["{day} 00:00", "{day}"])
def test_daily_totals(read_table: ReadTable, cell: str) -> None:
    rows = [f"{cell.format(day=f'2024-05-0{number}')},{number}" for number in range(1, 6)]
    content = "\n".join(["time,kWh", *rows])
    right = read_table(content, zone=BERLIN, time={"columns": "time", "step": "day"})
    assert [run.step_s for run in right.runs] == [86_400]
    assert next(iter(by_start(right))) == "2024-04-30T22:00:00Z"
    with pytest.raises(
        PeriodError, match=r"86400 s apart, and the step is 3600 s|each value is of a whole day, the ste"
    ):
        read_table(content, zone=BERLIN)


def test_hours_are_not_read_as_days(read_table: ReadTable) -> None:
    with pytest.raises(PeriodError, match=r"line 3: .*01:00.* is not the start of a local day"):
        read_table("time,kWh\n2024-05-01 00:00,1\n2024-05-01 01:00,2\n", time={"columns": "time", "step": "day"})
