"""The metered values as rows of a sheet, and which lines of calculations are sums of these rows."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from carbon_ledger.methodologies import Line
from carbon_ledger.methodologies.net_energy import millionths
from carbon_ledger.periods.instants import instant_text
from carbon_ledger.reports.computed import ALL
from carbon_ledger.reports.limbs import MOST_RAW
from carbon_ledger.reports.parts import Calculation, MeteredRun
from carbon_ledger.tables import Value

COLUMNS: Final = (
    *("calculation", "device", "vintage", "from, UTC", "to, UTC", "step, s", "quality", "net, Wh", "gross, Wh"),
    *("meter", "entry", "evidence", "remark"),
)
Group = tuple[int, int, str]  # position of the calculation, vintage, device

_DEVICE_LINE: Final = re.compile(r"(?P<name>[A-Za-z_]+)\[(?P<vintage>[0-9]{4}),(?P<device>[^\]]+)\]")
_QUALITIES: Final = ("estimated", "substituted")
_SPLIT: Final = "part of a step that is divided at the end of a vintage, in proportion to seconds"


def reading_rows(run: MeteredRun, every_step: bool) -> Iterator[list[Value]]:
    """The rows of metered steps, without the column of the calculation.

    Args:
        run: The steps.
        every_step: Whether each step has a row; otherwise one row has the sum of all steps.
    """
    width = 1 if every_step else len(run.net_wh)
    for at in range(0, len(run.net_wh), width):
        start = run.start_utc + at * run.step_s
        yield [
            run.device,
            run.vintage,
            instant_text(start),
            instant_text(start + width * run.step_s),
            run.step_s,
            run.quality,
            sum(run.net_wh[at : at + width]),
            None if run.gross_wh is None else sum(run.gross_wh[at : at + width]),
            run.meter,
            run.entry,
            run.evidence,
            _SPLIT if run.split else "" if width == 1 else f"sum of {width} steps",
        ]


def sums_of_readings(
    groups: Mapping[Group, Sequence[int]], readings: Sequence[MeteredRun], calculations: Sequence[Calculation]
) -> dict[tuple[int, str], str]:
    """The formula of each line that is a sum of readings, by position of the calculation and symbol. [Wh]

    A line is such a sum if its symbol has a vintage and a device, and its value is the sum of that device's readings:
    of net energy, of gross energy, or of net energy of one quality. A sheet with a value of 10^14 Wh or more gives no
    sums, because a spreadsheet's numbers do not hold them.

    Args:
        groups: The rows of each calculation, vintage and device in the sheet of readings, from 1.
        readings: The metered steps.
        calculations: The calculations.
    """
    if any(abs(wh) >= MOST_RAW for run in readings for wh in (*run.net_wh, *(run.gross_wh or ()))):
        return {}
    runs: dict[Group, list[MeteredRun]] = {}
    for run in readings:
        runs.setdefault((run.calculation, run.vintage, run.device), []).append(run)
    last = max((rows[-1] for rows in groups.values()), default=1)
    found = {ALL: f"SUM(Readings!H2:H{last})"}
    for k, item in enumerate(calculations):
        for line in item.quantification.lines:
            match = _DEVICE_LINE.fullmatch(line.symbol)
            if match is None or line.formula or line.unit not in ("MWh", "Wh"):
                continue
            group = (k, int(match["vintage"]), match["device"])
            for formula, wh in _sums(groups[group], runs[group], match["name"]) if group in runs else ():
                if line.value == _in_unit(wh, line):
                    found[k, line.symbol] = formula
    return found


def _sums(rows: Sequence[int], runs: Sequence[MeteredRun], name: str) -> Iterator[tuple[str, int]]:
    """The sum that a line of this name may be: its formula, and its value. [Wh]"""
    first, last = rows[0], rows[-1]
    quality = name.rpartition("_")[2]
    if quality in _QUALITIES:
        of_quality = sum(sum(run.net_wh) for run in runs if run.quality == quality)
        yield f'SUMIF(Readings!G{first}:G{last},"{quality}",Readings!H{first}:H{last})', of_quality
    elif name.startswith("TEG"):
        yield f"SUM(Readings!I{first}:I{last})", sum(sum(run.gross_wh or ()) for run in runs)
    else:
        yield f"SUM(Readings!H{first}:H{last})", sum(sum(run.net_wh) for run in runs)


def _in_unit(wh: int, line: Line) -> Decimal:
    return millionths(wh) if line.unit == "MWh" else Decimal(wh)
